# Gesten und das Rad, auf dem man sie wählt.

gesture-wave = Winken
gesture-clap = Klatschen
gesture-point = Zeigen
gesture-dance = Tanzen
gesture-laugh = Lachen
gesture-shrug = Achselzucken
gesture-stop = Aufhören
gesture-close = Zu
