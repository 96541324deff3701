# Dateien, die Leute in eine Welt bringen: das Fenster, die Kästen, die für sie stehen, und warum eine nicht da ist.
files-bring = Datei hereinholen …
files-title = Datei hereinholen
files-back = Zurück
files-how = Ein Bild (PNG, JPEG, WebP, GIF oder BMP) oder ein Modell (glTF, mit allem darin). Du kannst sie auch auf das Fenster ziehen.
files-choose = Datei wählen …
files-path = Pfad der Datei
files-open = Öffnen
files-looking = Wird angesehen …
files-cannot = Das lässt sich nicht in eine Welt stellen.
files-unread = Die Datei lässt sich nicht lesen: { $why }
files-bad-empty = In dieser Datei ist nichts.
files-bad-large = Eine Datei darf höchstens { $most } MB haben. Mach die Bilder darin kleiner oder nimm Teile heraus.
files-bad-kind = Sie ist weder ein Bild (PNG, JPEG, WebP, GIF oder BMP) noch ein glTF-Modell.
files-bad-damaged = Das Bild ist beschädigt. Speichere es noch einmal mit einem anderen Programm.
files-bad-pixels = Mit { $width } × { $height } Pixeln ist das Bild zu groß. Mach es kleiner: höchstens 32 Megapixel, und 8192 an einer Seite.
files-others-wait = { $count ->
    [one] Eine weitere Datei wartet.
   *[other] { $count } weitere Dateien warten.
}
files-others-wait-next = Stell diese hin, dann hast du die nächste in der Hand. Legst du sie weg, kommen die anderen mit weg.
files-left-out = { $count ->
    [one] Eine war zu viel und blieb draußen.
   *[other] { $count } waren zu viel und blieben draußen.
}
files-take-back = Was unterwegs ist, doch nicht bringen
files-take = In die Hand nehmen
files-wear = Anziehen
files-picture = Ein Bild von { $width } × { $height } Pixeln, { $megabytes } MB
files-model = Ein Modell von { $triangles } Dreiecken, { $megabytes } MB
files-author = Von { $author }
files-licence = Lizenz: { $licence }
files-licence-next = Alle in dieser Welt bekommen eine Kopie. Stell es nur hin, wenn du es weitergeben darfst.
files-still = Es steht still: Bewegungen darin werden nicht gezeigt.
files-percent = { $percent } %
files-not-received = Diese Datei ist nicht da. Wer sie gebracht hat, kann sie noch einmal bringen.
files-bad = Diese Datei lässt sich nicht zeigen.
files-not-as-said = Nicht gezeigt: Es ist mehr, als davon gesagt wurde.
files-no-room = Nicht gezeigt: Hier gibt es schon zu viel zu zeigen.
files-not-wanted = Nicht gezeigt, wie du es eingestellt hast.
files-not-brought = Der Gastgeber hat deine Datei nicht angenommen.
files-no-allowed = Du darfst hier keine Dateien bringen. Wer diese Welt betreibt, entscheidet, wer es darf.
files-no-large = Sie ist zu groß für diese Welt.
files-no-kind = Sie ist von keiner Art, die sich zeigen lässt.
files-no-quota = Du hast hier so viel, wie eine Person darf. Nimm erst etwas weg.
files-no-full = In dieser Welt ist kein Platz für weitere Dateien.
files-no-many = Das waren zu viele Dateien auf einmal. Warte, bis die anderen da sind.
files-no-received = Sie ist nicht angekommen. Sieh nach deiner Verbindung und stell sie noch einmal hin.
files-no-kept = Die Festplatte des Gastgebers hat sie nicht aufgenommen. Sag es dem, der diese Welt betreibt.
files-no-file = Der Gastgeber hat diese Datei nicht. Hol sie noch einmal herein.
files-shown = Bilder und Modelle anderer
files-shown-all = Alle
files-shown-small = Kleine (bis 4 MB)
files-shown-none = Keine
