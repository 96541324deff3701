# About the keys of whoever sits here.

profile-unreadable = 鍵を読み込めませんでした（{ $error }）。直るまで新しい鍵を使います。
profile-newer = 鍵は新しい Holm で作られたものです。今回は別の鍵を使います。Holm を更新すると元に戻ります。
profile-damaged-kept = 鍵のファイルが壊れていたため { $place } として残しました。新しい鍵を使います。
profile-damaged = 鍵のファイルが壊れています。今回だけ新しい鍵を使います。
profile-not-kept = 鍵を保存できませんでした（{ $error }）。次回は別の人になります。
