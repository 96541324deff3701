# Keeping a copy of a world one is in, as a world of one's own.
keep-copy = Eine Kopie dieser Welt behalten
keep-progress = Kopie wird behalten: { $here } / { $all }
keep-begun = Von dieser Welt wird eine Kopie behalten.
keep-begun-next = Das Menü zeigt, wie weit sie ist. Geh inzwischen weiter.
keep-done = Eine Kopie dieser Welt gehört jetzt dir: { $name }
keep-done-next = Unter diesem Namen findest du sie dort, wo du eine Welt öffnest. Sie gehört dir, und sonst hat niemand einen Rang in ihr.
keep-done-missing =
    { $count ->
        [one] 1 Datei, die ein Ding zeigt, war nicht zu bekommen: dafür steht ein Kasten. Unter diesem Namen findest du die Kopie dort, wo du eine Welt öffnest.
        *[other] { $count } Dateien, die Dinge zeigen, waren nicht zu bekommen: dafür stehen Kästen. Unter diesem Namen findest du die Kopie dort, wo du eine Welt öffnest.
    }
keep-not-kept = Es wurde keine Kopie behalten.
keep-busy = Es wird schon eine Kopie behalten. Warte, bis sie da ist.
keep-own = Diese Welt öffnest du selbst: sie liegt schon auf deinem Gerät.
keep-nothing-yet = Noch ist nicht die ganze Welt hier. Warte einen Moment und versuch es noch einmal.
keep-no-place = Der Ort dieser Welt ließ sich hier nicht zeigen, also lässt er sich auch nicht behalten. Sag es dem, der sie öffnet.
keep-not-allowed = Wer diese Welt führt, lässt dich keine Kopie mitnehmen. Bitte um das Recht dazu.
keep-nowhere = Holm hat auf diesem Gerät keinen Ordner für Welten.
keep-browser = Eine Seite im Browser hat keinen Platz für eine Welt. Öffne den Link im Programm Holm und behalte die Kopie dort.
keep-disk-full = Der Datenträger ist voll. Mach Platz und versuch es noch einmal.
keep-not-written = Sie ließ sich nicht schreiben ({ $error }). Sieh nach, ob in { $folder } geschrieben werden kann.
keep-no-world = Darin ist etwas, das keine Welt hat ({ $error }). Sag es dem, der sie öffnet.
keep-place-unread = Der Ort dieser Welt lässt sich nicht lesen ({ $error }). Was in ihr gebaut wurde, ist heil: öffne sie mit --world an einem anderen Ort.
keep-place-newer = Den Ort dieser Welt hat ein neueres Holm behalten. Hol dir das neueste.
