# The title screen: who one is, and the ways into a world.

title-small-islands = あなたと友だちの小さな島
title-name = 名前
title-name-hint = 友だちからの呼び名
title-host = ワールドを開く
title-opening-world = ワールドを開いています…
title-opening = 開いています…
title-join-by-link = リンクで参加
title-settings = 設定
title-back = 戻る
title-try-again = もう一度
title-what-was-tried = 試したこと
title-dismiss = 閉じる
title-use-the-program = 自分のワールドを開くには、Holm アプリを使ってください。
title-on-this-network = このネットワークで公開中
title-world = { $name }  ·  { $people }
title-people =
    { $count ->
        [0] まだ誰もいません
        *[other] { $count }人
    }
title-not-opened = ワールドを開けませんでした。
title-strange-link = このワールドのリンクは Holm では読めません。
title-strange-link-next = ホストのバージョンが違うのかもしれません。リンクをもらって参加してください。
title-link = 友だちからのリンク
title-link-hint = http://…/#… または holm://…
title-join = 参加
title-bad-link = このリンクは読めません。
title-link-empty = ホストから届いたリンクを貼り付けてください。
title-link-begin = http:// か holm:// で始まるはずです。全体をコピーしてください。
title-link-no-key = # の後ろがありません。そこが部屋の鍵です。リンク全体をコピーしてください。
title-link-changed = 一部が欠けているか変わっています。届いたところからもう一度コピーしてください。
title-page-link = このリンクでは何も開けません。
title-page-link-next = もう一度、全体を送ってもらってください。
title-runs-here = この端末で、開いている間だけ動きます。
title-kept = または自分の写し
title-kept-world = { $world }  ·  { $name }
title-own-world = または自分のワールド
title-world-file = ワールドのファイル (.ron, .glb, .gltf)
title-path = ファイルの場所
title-open-file = このファイルを開く
title-port = ポート（空欄なら自動）
title-port-hint = 自動
title-announce = このネットワークに知らせる
title-no-port = ポート番号ではありません。
title-no-port-next = 1024 から 65535 までの数です。空欄にすると自動で選ばれます。
