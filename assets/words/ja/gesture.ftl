# しぐさと、それを選ぶホイール。

gesture-wave = 手をふる
gesture-clap = 拍手
gesture-point = 指さす
gesture-dance = おどる
gesture-laugh = 笑う
gesture-shrug = さあ？
gesture-stop = やめる
gesture-close = とじる
