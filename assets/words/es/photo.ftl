# Pictures of the world.

photo-open = Hacer una foto
photo-title = Foto
photo-back = Atrás
photo-take = Disparar
photo-turn = Girar
photo-tilt = Inclinar
photo-distance = Distancia
photo-field = Objetivo
photo-hide-names = Sin nombres
photo-taken = La foto está guardada.
photo-failed = No se pudo guardar la foto.
photo-failed-next = Comprueba que hay espacio y que se puede escribir en tu carpeta de imágenes.
