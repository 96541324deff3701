# Gestos y la rueda donde se eligen.

gesture-wave = Saludar
gesture-clap = Aplaudir
gesture-point = Señalar
gesture-dance = Bailar
gesture-laugh = Reír
gesture-shrug = Ni idea
gesture-stop = Parar
gesture-close = Cerrar
