# The versions of a world.
versions-title = Fassungen dieser Welt
versions-what = Eine Fassung behält alles, was hier gebaut wurde, wie es jetzt ist. Zu ihr kannst du zurück, was auch geschieht.
versions-name = Name der neuen Fassung
versions-name-hint = Vor dem Fest
versions-save = Diese Fassung behalten
versions-none = Noch keine Fassung behalten.
versions-things =
    { $count ->
        [one] 1 Ding
        *[other] { $count } Dinge
    }
versions-restore = Zurückholen
versions-forget = Wegwerfen
versions-not-allowed = Das darfst du hier nicht.
versions-bad-name = Eine Fassung braucht einen Namen von höchstens 64 Zeichen.
versions-name-taken = Es gibt schon eine Fassung dieses Namens. Nimm einen anderen, oder wirf die alte weg.
versions-too-many = Mehr Fassungen behält eine Welt nicht. Wirf erst eine weg.
versions-gone = Diese Fassung gibt es nicht mehr.
versions-not-kept = Der Gastgeber konnte sie nicht behalten: diese Welt liegt auf keiner Platte, oder die Platte weigert sich.
