# The connection report: what the network did.

report-title = Verbindung
report-back = Zurück
report-copy = Bericht kopieren
report-copied = Kopiert
report-guests = Gäste, nach der Nummer ihres Platzes
report-tried = Wege, die versucht wurden
report-side = Diese Seite
report-host = Gastgeber
report-guest = Gast
report-path = Weg
report-path-unknown = noch nicht bekannt
report-path-direct = direkt, von Gerät zu Gerät
report-path-relayed = über ein Relais (TURN)
report-path-memory = in diesem Programm
report-pair = Gewähltes Paar
report-pair-words = { $ours } hier, { $theirs } dort
report-sent = Gesendet
report-received = Empfangen
report-bytes-in-messages =
    { $messages ->
        [one] { $bytes } in 1 Nachricht
        *[other] { $bytes } in { $messages } Nachrichten
    }
report-round-trip = Hin und zurück
report-not-measured = noch nicht gemessen
report-ms = { $ms } ms
report-loss = Verlust, letzte 10 s
report-late-lost = Späte / verlorene Pakete
report-late-lost-words = { $late } / { $lost } von { $all }
report-playout = Abspielverzögerung
report-avatar-update = Figur-Aktualisierung
report-avatar-most = { $mean } B im Mittel, { $most } B höchstens
report-avatar-mean = { $mean } B im Mittel
report-rate = Rate hinaus / herein
report-joins = Beitritte / Rückkehr / Abweisungen
report-misbehaved = Fehlverhalten
report-streams = Ströme hinaus / herein
report-messages = Nachrichten hinaus / herein
report-files = Dateien hinaus
report-guest-line = { $seat }: { $path }, { $ping }, Verlust { $loss } %, { $sent } hinaus, { $received } herein
