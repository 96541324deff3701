# Who is here.

people-title = Wer ist da
people-close = Schließen
people-count =
    { $count ->
        [0] Noch niemand
        [1] Bisher nur du. Schick jemandem den Link: „Freunde einladen“ im Menü.
        [one] 1 Person
        *[other] { $count } Personen
    }
people-you = du
people-and = { $one } · { $other }
people-send-away = Wegschicken
people-more = Mehr
people-link-lost = Verbindung weg, Platz frei gehalten
people-host = Gastgeber
people-direct = direkt
people-relayed = über Relais
people-same-machine = gleiches Gerät
people-connecting = verbindet sich
people-listens = hört zu
people-muted = Mikrofon stumm
people-ping = { $ms } ms
people-path-ping = { $path } · { $ms } ms
people-back-soon = { $name } · gleich zurück
people-nameless = Gast
