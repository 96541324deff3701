# Why a world could not be opened to others.

house-nobody = Hier ist niemand, der öffnen könnte; starte Holm neu.
house-browser = Ein Browser kann keine Welt öffnen, weil ihn niemand erreicht. Öffne sie im Programm Holm und verschicke den Link.
house-no-thread = Das System gab keinen Thread für das Rendezvous her ({ $error }). Schließe andere Programme und versuch es noch einmal.
house-no-link = „{ $host }“ kann nicht in einem Link stehen: { $error }.
house-turn = Eine STUN- oder TURN-Adresse ist falsch: { $error }. Sie sehen aus wie stun:host:3478.
house-no-random = Das System gibt keine Zufallszahlen her; Holm kann keinen Link machen.
house-authority = „{ $text }“ ist kein Rechner:Port. Schreib es wie holm.example.org:443.
house-port-busy = Port { $port } ist belegt, vielleicht von einem anderen Holm. Beende das oder wähle mit --port einen anderen.
house-port-denied = Dieses System erlaubt dir Port { $port } nicht. Wähle mit --port einen über 1023.
house-no-address = { $address } ist keine Adresse dieses Rechners. Ohne --bind gilt jede.
house-no-listen = Auf { $address } kann nichts lauschen: { $error }.
house-pem-unreadable = { $path } lässt sich nicht lesen: { $error }. Prüfe --cert und --key.
house-pem-without = { $path } enthält keinen Teil „{ $what }“. Beide Dateien müssen PEM sein.
house-certificate = Zertifikat und Schlüssel passen nicht zusammen: { $error }.
house-open-elsewhere = Diese Welt ist schon in einem anderen Fenster offen. Schließe sie dort oder öffne eine andere.
house-not-kept = Was hier gebaut wird, ließe sich nicht aufheben ({ $error }). Sieh nach, ob auf dem Datenträger Platz ist und ob in { $folder } geschrieben werden kann.
