# 本当によいか：ほかの人に影響することの前に。

confirm-close = 「{ $world }」を閉じますか？
confirm-close-what =
    { $others ->
        [0] 今はほかに誰もいません。あとからリンクを開いた人は入れません。
        *[other] ほかに{ $others }人いて、一緒に退出することになります。
    }
confirm-close-yes = 閉じる
confirm-close-no = このまま続ける
confirm-send-away = { $name }さんを退出させますか？
confirm-send-away-what = { $name }さんはすぐにこのワールドを出ることになり、あなたが退出させたと伝わります。
confirm-send-away-yes = 退出させる
confirm-send-away-no = このままにする
confirm-ban = { $name }を追放しますか？
confirm-ban-what = { $name }はすぐに退出し、あなたが許すまで戻れません。ほかに誰も使っていなければ、同じネットワークからも 1 週間入れません。
confirm-ban-yes = 追放する
confirm-ban-no = 追放しない
confirm-roll-back = { $name }のしたことを取り消しますか？
confirm-roll-back-what = { $name }がこの{ $minutes }分間に作り、変え、消したものは、そのあとほかの人が変えたものを除いて元に戻ります。
confirm-roll-back-yes = 取り消す
confirm-roll-back-no = そのままにする
confirm-restore = { $name }に戻しますか？
confirm-restore-what = ここに作られたものはすべて{ $name }のときに戻ります。そのあと作られたものは、取り消すまで消えます。
confirm-restore-yes = 戻す
confirm-restore-no = そのままにする
confirm-forget = { $name }を捨てますか？
confirm-forget-what = この版は二度と戻りません。世界は今のままです。
confirm-forget-yes = 捨てる
confirm-forget-no = 残す
