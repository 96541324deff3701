# The title screen: who one is, and the ways into a world.

title-small-islands = Kleine Inseln für dich und deine Freunde
title-name = Dein Name
title-name-hint = Wie Freunde dich nennen
title-host = Eine Welt öffnen
title-opening-world = Deine Welt wird geöffnet …
title-opening = Wird geöffnet …
title-join-by-link = Mit Link beitreten
title-settings = Einstellungen
title-back = Zurück
title-try-again = Noch einmal
title-what-was-tried = Was versucht wurde
title-dismiss = Schließen
title-use-the-program = Um selbst eine Welt zu öffnen, nimm das Programm Holm.
title-on-this-network = Offen in diesem Netz
title-world = { $name }  ·  { $people }
title-people =
    { $count ->
        [0] noch niemand da
        [one] 1 Person
        *[other] { $count } Personen
    }
title-not-opened = Deine Welt ließ sich nicht öffnen.
title-strange-link = Diese Welt nennt einen Link, den Holm nicht lesen kann.
title-strange-link-next = Vielleicht läuft dort eine andere Version. Bitte um einen Link und tritt damit bei.
title-link = Link von deinem Freund oder deiner Freundin
title-link-hint = http://…/#…  oder  holm://…
title-join = Beitreten
title-bad-link = Holm kann diesen Link nicht lesen.
title-link-empty = Füge den Link ein, den du bekommen hast.
title-link-begin = Er sollte mit http:// oder holm:// beginnen. Kopiere ihn ganz.
title-link-no-key = Der Teil hinter dem # fehlt: Das ist der Schlüssel zum Raum. Kopiere den ganzen Link.
title-link-changed = Etwas fehlt oder ist verändert. Kopiere ihn noch einmal dort, wo du ihn bekommen hast.
title-page-link = Dieser Link öffnet nichts.
title-page-link-next = Bitte noch einmal darum, um den ganzen.
title-runs-here = Sie läuft auf diesem Gerät, solange du sie offen hältst.
title-kept = Oder eine deiner Kopien
title-kept-world = { $world }  ·  { $name }
title-own-world = Oder eine eigene Welt
title-world-file = Weltdatei (.ron, .glb, .gltf)
title-path = Pfad zur Datei
title-open-file = Diese Datei öffnen
title-port = Port (leer: irgendeiner)
title-port-hint = irgendeiner
title-announce = In diesem Netz zeigen
title-no-port = Das ist kein Port.
title-no-port-next = Ein Port ist eine Zahl von 1024 bis 65535. Leer gelassen wählt das System einen.
