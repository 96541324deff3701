# الإيماءات والعجلة التي تُختار منها.

gesture-wave = لوّح
gesture-clap = صفّق
gesture-point = أشِر
gesture-dance = ارقص
gesture-laugh = اضحك
gesture-shrug = لا أدري
gesture-stop = توقّف
gesture-close = أغلق
