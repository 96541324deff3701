# Gestures and the wheel they are chosen on.

gesture-wave = Wave
gesture-clap = Clap
gesture-point = Point
gesture-dance = Dance
gesture-laugh = Laugh
gesture-shrug = Shrug
gesture-stop = Stop
gesture-close = Close
