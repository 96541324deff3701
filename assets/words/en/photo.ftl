# Pictures of the world.

photo-open = Take a picture
photo-title = Picture
photo-back = Back
photo-take = Take it
photo-turn = Turn
photo-tilt = Tilt
photo-distance = Distance
photo-field = Lens
photo-hide-names = Without names
photo-taken = The picture is kept.
photo-failed = The picture could not be kept.
photo-failed-next = Check that the disk has room and that your pictures folder can be written.
