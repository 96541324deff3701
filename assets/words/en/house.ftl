# Why a world could not be opened to others.

house-nobody = There is nobody here to host as; start Holm again.
house-browser = A browser cannot host a world, since nobody can reach it. Host from the Holm program and send its link.
house-no-thread = The system gave no thread for the rendezvous ({ $error }). Close other programs and try again.
house-no-link = “{ $host }” cannot be in a link: { $error }.
house-turn = A STUN or TURN address is wrong: { $error }. They look like stun:host:3478.
house-no-random = The system gives no random numbers; Holm cannot make a link.
house-authority = “{ $text }” is no host:port. Write it like holm.example.org:443.
house-port-busy = Port { $port } is in use, perhaps by another Holm. Stop that, or choose another with --port.
house-port-denied = This system does not let you use port { $port }. Choose one above 1023 with --port.
house-no-address = { $address } is not an address of this machine. Leave --bind out to listen on all of them.
house-no-listen = Nothing can listen on { $address }: { $error }.
house-pem-unreadable = { $path } cannot be read: { $error }. Check --cert and --key.
house-pem-without = { $path } holds no { $what }. Both files must be PEM.
house-certificate = Certificate and key do not work together: { $error }.
house-open-elsewhere = This world is open in another window already. Close it there, or host another one.
house-not-kept = What people build here could not be kept ({ $error }). See that the disk has room and that { $folder } can be written.
