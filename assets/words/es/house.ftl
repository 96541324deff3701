# Why a world could not be opened to others.

house-nobody = No hay nadie que pueda abrirlo; reinicia Holm.
house-browser = Un navegador no puede abrir un mundo, porque nadie llega a él. Ábrelo desde el programa Holm y envía su enlace.
house-no-thread = El sistema no ha dado un hilo para el punto de encuentro ({ $error }). Cierra otros programas y reinténtalo.
house-no-link = «{ $host }» no puede ir en un enlace: { $error }.
house-turn = Una dirección STUN o TURN es incorrecta: { $error }. Son como stun:host:3478.
house-no-random = El sistema no da números aleatorios; Holm no puede crear un enlace.
house-authority = «{ $text }» no es un servidor:puerto. Escríbelo como holm.example.org:443.
house-port-busy = El puerto { $port } está en uso, quizá por otro Holm. Ciérralo o elige otro con --port.
house-port-denied = Este sistema no te deja usar el puerto { $port }. Elige uno mayor que 1023 con --port.
house-no-address = { $address } no es una dirección de este equipo. Quita --bind para usar todas.
house-no-listen = Nada puede escuchar en { $address }: { $error }.
house-pem-unreadable = No se puede leer { $path }: { $error }. Revisa --cert y --key.
house-pem-without = { $path } no contiene { $what }. Ambos archivos deben ser PEM.
house-certificate = El certificado y la clave no encajan: { $error }.
house-open-elsewhere = Este mundo ya está abierto en otra ventana. Ciérralo allí o abre otro.
house-not-kept = Lo que se construya aquí no se podría guardar ({ $error }). Comprueba que haya espacio en el disco y que se pueda escribir en { $folder }.
