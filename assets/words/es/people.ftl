# Who is here.

people-title = Quién está
people-close = Cerrar
people-count =
    { $count ->
        [0] Nadie todavía
        [1] Solo tú por ahora. Envía el enlace: «Invitar a amigos», en el menú.
        [one] 1 persona
        [many] { $count } personas
        *[other] { $count } personas
    }
people-you = tú
people-and = { $one } · { $other }
people-send-away = Expulsar
people-more = Más
people-link-lost = sin conexión, sitio guardado
people-host = anfitrión
people-direct = directo
people-relayed = con relé
people-same-machine = mismo equipo
people-connecting = conectando
people-listens = escucha
people-muted = micrófono en silencio
people-ping = { $ms } ms
people-path-ping = { $path } · { $ms } ms
people-back-soon = { $name } · vuelve pronto
people-nameless = Invitado
