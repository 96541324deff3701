# Who is here.

people-title = いる人
people-close = 閉じる
people-count =
    { $count ->
        [0] まだ誰もいません
        [1] 今はあなただけです。メニューの「友だちを招待」からリンクを送りましょう。
        *[other] { $count }人
    }
people-you = あなた
people-and = { $one } · { $other }
people-send-away = 退出させる
people-more = 詳しく
people-link-lost = 切断中（席を確保）
people-host = ホスト
people-direct = 直接
people-relayed = 中継
people-same-machine = 同じ端末
people-connecting = 接続中
people-listens = 聞くだけ
people-muted = ミュート中
people-ping = { $ms } ms
people-path-ping = { $path } · { $ms } ms
people-back-soon = { $name } · すぐ戻ります
people-nameless = ゲスト
