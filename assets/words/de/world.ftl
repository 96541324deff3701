# Why a world cannot be loaded.

world-missing = Es gibt keine Datei „{ $path }“. Prüfe den Pfad und versuch es noch einmal.
world-not-a-file = „{ $path }“ ist ein Ordner oder ein Gerät. Gib die Weltdatei selbst an (world.ron, .glb oder .gltf).
world-unreadable = „{ $path }“ lässt sich nicht lesen ({ $error }). Prüfe die Rechte und den Datenträger.
world-unknown-kind = „{ $path }“ ist keine Welt, die Holm kennt. Es öffnet world.ron und glTF 2.0 (.glb, .gltf); exportiere deine Szene als glTF.
world-too-much = Diese Welt ist zu groß: { $what }: { $found }, und Holm nimmt höchstens { $max }. Verkleinere sie (in Blender: Modifikator „Decimate“, kleinere Bilder) und versuch es noch einmal.
world-path-escapes = Diese Welt verlangt die Datei „{ $path }“ außerhalb ihres Ordners; die öffnet Holm nicht. Leg alles in den Ordner der Welt.
world-remote = Diese Welt verlangt „{ $uri }“, das nicht in ihrem Ordner liegt. Lade es zuerst dorthin.
world-newer = Diese Welt stammt von einem neueren Holm (Weltversion { $found }, dieses liest bis { $known }). Aktualisiere Holm.
world-gltf-version = Das ist glTF { $found }, und Holm liest glTF 2.0. Exportiere es mit einem aktuellen Programm neu.
world-syntax = „{ $path }“ hat einen Fehler in Zeile { $line }, Spalte { $column }: { $what }.
world-damaged = „{ $path }“ ist beschädigt ({ $what }). Lade oder exportiere es noch einmal.
world-missing-part = „{ $path }“ braucht „{ $file }“, das fehlt. Kopiere es neben die Weltdatei, oder exportiere alles als eine .glb.
world-extension = „{ $path }“ ist mit { $name } gepackt, das Holm nicht liest. Exportiere es ohne Komprimierung.
world-cycle = „{ $path }“ ist kaputt: { $what } { $index } enthält sich selbst. Exportiere es noch einmal.
world-bad-number = „{ $path }“ enthält eine unbrauchbare Zahl: { $what }. Berichtige sie und versuch es noch einmal.
world-empty = „{ $path }“ hat nichts zu zeigen. Exportiere es mit seinen Meshes.
world-wrong-bytes = Für „{ $path }“ kamen andere Daten als angekündigt. Versuch es noch einmal, oder bitte darum, die Welt neu zu starten.
world-bad-manifest = Die Beschreibung dieser Welt ergibt keinen Sinn ({ $what }). Bitte darum, Holm dort zu aktualisieren.
