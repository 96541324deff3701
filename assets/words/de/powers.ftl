# Who may do what, and who did what.
powers-title = Rollen und Rechte
powers-back = Zurück
powers-wait = Das ist noch unterwegs.
powers-you-are = Du bist hier: { $role }
powers-past = Wer was getan hat
powers-past-none = Hier wurde noch nichts getan.
powers-past-more = Mehr zeigen
powers-locked = Welt sperren
powers-locked-what = Solange sie gesperrt ist, ändern nur die etwas darin, die sie einstellen dürfen.
powers-is-locked = Diese Welt ist gesperrt: zurzeit lässt sich nichts darin ändern.
powers-newcomers = Wer zum ersten Mal kommt, ist
powers-table = Was jede Rolle darf
powers-may = Darf
powers-may-nothing = Gar nichts.
powers-things = So viele Dinge darf man haben
powers-as-role = Wie die Rolle sagt
powers-role = Rolle
powers-amount = { $count }
powers-banned = verbannt
powers-banned-list = Aus dieser Welt verbannt
powers-order = Für Ordnung sorgen
powers-ban-them = Verbannen
powers-unban = Wieder hereinlassen
powers-take-back = Zurücknehmen, was in dieser Zeit getan wurde
powers-silence = Stumm schalten
powers-silent-for = Noch { $time } stumm.
powers-let-speak = Wieder sprechen lassen
powers-block = Blockieren
powers-unblock = Nicht mehr blockieren
powers-block-what = Wen du blockierst, den siehst und hörst du nicht, und an deinen Dingen ändert er nichts.
powers-blocked = von dir blockiert
powers-somebody = Jemand ({ $key })
powers-key = Schlüssel { $key }
powers-has = { $count } von { $most } Dingen
powers-owner = Eigentümer
powers-moderator = Moderator
powers-builder = Erbauer
powers-guest = Gast
powers-spectator = Zuschauer
powers-talk = Sprechen
powers-chat = Im Chat schreiben
powers-emote = Gesten
powers-spawn = Dinge bauen
powers-edit-own = Eigenes ändern
powers-edit-others = Ändern, was andere gebaut haben
powers-moving = Dinge, die sich bewegen
powers-media = Bilder, Modelle und Klänge
powers-invite = Einladen
powers-kick = Wegschicken und stumm schalten
powers-ban = Verbannen
powers-roll-back = Zurücknehmen, was andere getan haben
powers-settings = Rollen und Rechte einstellen
powers-copy = Eine Kopie der Welt mitnehmen
powers-minutes =
    { $count ->
        [one] 1 Minute
        *[other] { $count } Minuten
    }
powers-hours =
    { $count ->
        [one] 1 Stunde
        *[other] { $count } Stunden
    }
powers-days =
    { $count ->
        [one] 1 Tag
        *[other] { $count } Tage
    }
powers-now = gerade eben
powers-ago = seit { $time }
powers-not-done = Das geschah nicht: du darfst es nicht, oder sie sind schon fort.
powers-struck = { $name } { $what } (Warnung { $strikes } von { $most })
powers-did-wishes = verlangt viel zu viel auf einmal
powers-did-lines = schreibt viel zu viel auf einmal
powers-did-speed = bewegt sich, wie es niemand kann
powers-did-orders = gibt Anweisungen, die anderen zustehen
powers-did-make =
    { $count ->
        [one] 1 Ding gebaut
        *[other] { $count } Dinge gebaut
    }
powers-did-change =
    { $count ->
        [one] 1 Ding geändert
        *[other] { $count } Dinge geändert
    }
powers-did-remove =
    { $count ->
        [one] 1 Ding entfernt
        *[other] { $count } Dinge entfernt
    }
powers-did-undo = zurückgenommen
powers-did-redo = wieder getan
powers-did-roll-back = zurückgenommen, was { $name } getan hat
powers-did-rank = { $name } ist jetzt: { $role }
powers-did-except = festgelegt, was { $name } darf
powers-did-allot = festgelegt, wie viel { $name } haben darf
powers-did-ban = { $name } verbannt
powers-did-unban = { $name } wieder hereingelassen
powers-did-silence = { $name } stumm geschaltet
powers-did-let-speak = { $name } wieder sprechen lassen
powers-did-line = festgelegt, was diese Rolle darf: { $role }
powers-did-newcomers = Neue sind ab jetzt: { $role }
powers-did-lock = die Welt gesperrt
powers-did-unlock = die Welt entsperrt
powers-did-come = zum ersten Mal gekommen
powers-did-restore = eine Fassung der Welt zurückgeholt
powers-did-settle = zur Ruhe kommen lassen
