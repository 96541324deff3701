# Pictures of the world.

photo-open = Foto machen
photo-title = Foto
photo-back = Zurück
photo-take = Auslösen
photo-turn = Drehen
photo-tilt = Neigen
photo-distance = Abstand
photo-field = Objektiv
photo-hide-names = Ohne Namen
photo-taken = Das Foto ist gespeichert.
photo-failed = Das Foto konnte nicht gespeichert werden.
photo-failed-next = Prüfe, ob Platz ist und in deinen Bilderordner geschrieben werden kann.
