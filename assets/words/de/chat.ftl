# Talking: the lines, the entry, what can be done with a line, where a link leads.

chat-nothing = Hier wurde noch nichts gesagt.
chat-new = Neu
chat-to-end = Zur neuesten Zeile
chat-edited = (geändert)
chat-taken-back = Zurückgenommen
chat-tag-near = in der Nähe
chat-tag-announcement = an alle
chat-announced-by = { $name } sagt allen
chat-hint-all = Sag allen etwas
chat-hint-near = Sag etwas zu denen in der Nähe
chat-hint-announce = Kündige allen etwas an
chat-hint-edit = Ändere deine Zeile
chat-to-all = Alle
chat-to-announce = Ankündigung
chat-send = senden
chat-editing = Du änderst deine Zeile. Gehst du zurück, bleibt sie, wie sie war.
chat-now = jetzt
chat-minutes = { $count } min
chat-hours = { $count } h
chat-days = { $count } T
chat-calls-you = { $name } ruft dich im Chat
chat-too-fast = Das war zu viel auf einmal.
chat-empty = In dieser Zeile stand nichts Lesbares.
chat-not-allowed = Durchsagen machen hier nur die, die für Ordnung sorgen.
chat-silent = Du darfst hier gerade nicht schreiben. Das entscheidet, wer in dieser Welt für Ordnung sorgt.
chat-not-yours = Der Gastgeber hat diese Zeile nicht mehr.
chat-too-late = Eine Zeile lässt sich fünfzehn Minuten lang ändern.
chat-not-sent = Deine Zeile wurde nicht gesendet. Warte ein paar Sekunden und sende sie noch einmal.
chat-not-changed = Deine Zeile bleibt, wie sie war.
chat-unsure = Die Verbindung endete, bevor klar war, ob deine letzte Zeile angekommen ist.
chat-unsure-next = Sie lautete: { $text }
chat-back = Zurück
chat-look-at-link = Link zu { $host }
chat-copy-line = Text kopieren
chat-edit-line = Ändern
chat-take-back = Zurücknehmen
chat-call = @{ $name } rufen
chat-mute = { $name } stummschalten
chat-unmute = { $name } wieder hören
chat-muted-away = Stumm, nicht hier
chat-mute-short = Stumm
chat-unmute-short = Hören
chat-link-title = Ein Link aus Holm hinaus
chat-link-leads = Er führt zu { $host }. Holm weiß nicht, wer dort ist.
chat-link-copy = Adresse kopieren
chat-link-open = Öffnen
chat-link-copied = Adresse kopiert
chat-link-not-opened = Die Adresse ließ sich nicht öffnen.
chat-link-not-opened-next = Kopiere sie und öffne sie in deinem Browser.
chat-link-name-in-front = „{ $name }“ vor dem @ ist nur ein Name. Die Adresse ist { $host }.
chat-link-other-letters = Buchstaben darin können anderen gleichen. Im Netz heißt sie { $network }.
chat-link-disguised = Sie ist kodiert geschrieben und liest sich { $looks }.
chat-link-mixed-letters = In einem Wort sind Buchstaben verschiedener Alphabete gemischt: Sie ahmt vielleicht eine andere Adresse nach.
chat-link-number = Statt eines Namens steht da eine Nummer.
chat-link-unencrypted = Sie ist unverschlüsselt: Wer auf dem Weg sitzt, kann mitlesen und ändern.
chat-to-near = { $count ->
    [0] Nähe · niemand hört dich
    [one] Nähe · 1 hört dich
   *[other] Nähe · { $count } hören dich
}
chat-new-below = { $count ->
    [one] 1 neue Zeile
   *[other] { $count } neue Zeilen
}
chat-unread = { $count ->
    [one] 1 Zeile ungelesen
   *[other] { $count } Zeilen ungelesen
}
chat-unread-calls = { $count ->
    [one] eine ruft dich
   *[other] { $count } rufen dich
}
