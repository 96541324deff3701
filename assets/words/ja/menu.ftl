# In a world: the menu, the invitation, what is loading.

menu-people =
    { $count ->
        [1] あなただけです
        *[other] { $count }人います
    }
menu-here =
    { $count ->
        [0] あなただけ
        [1] あなただけ
        *[other] { $count }人
    }
menu-resume = ワールドに戻る
menu-invite = 友だちを招待
menu-people-here = いる人
menu-connection = 接続
menu-settings = 設定
menu-back = 戻る
menu-close = ワールドを閉じる
menu-leave = 退出
menu-no-link = このワールドには送れるリンクがありません。
menu-no-link-next = タイトル画面からもう一度開くと作られます。
menu-no-invite = このワールドの管理者は、リンクを広めないよう望んでいます。
menu-no-invite-next = 友だちの招待、または招待する権限を管理者に頼んでください。
menu-link-what = このリンクを持つ人は誰でも入れます。ブラウザでも Holm でも開きます。
menu-copy = リンクをコピー
menu-copied = コピーしました。友だちに送りましょう
menu-qr = スマートフォンで読み取ることもできます：
menu-qr-name = リンクのQRコード
menu-away = 接続が途切れました。
menu-away-next = 再接続しています。
menu-away-kept = 再接続しています。席はあと { $seconds } 秒残ります。
