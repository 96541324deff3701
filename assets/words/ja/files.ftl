# 世界に持ち込むファイル：パネル、代わりに置かれる箱、そして表示されない理由。
files-bring = ファイルを持ち込む…
files-title = ファイルを持ち込む
files-back = 戻る
files-how = 画像（PNG・JPEG・WebP・GIF・BMP）またはモデル（すべてを含む glTF）。ウィンドウにドロップすることもできます。
files-choose = ファイルを選ぶ…
files-path = ファイルのパス
files-open = 開く
files-looking = 調べています…
files-cannot = これは世界に置けません。
files-unread = ファイルを読めません：{ $why }
files-bad-empty = このファイルには何も入っていません。
files-bad-large = ファイルは { $most } MB までです。中の画像を小さくするか、部品を減らしてください。
files-bad-kind = 画像（PNG・JPEG・WebP・GIF・BMP）でも glTF のモデルでもありません。
files-bad-damaged = 画像が壊れています。別のプログラムで保存し直してください。
files-bad-pixels = { $width } × { $height } ピクセルの画像は大きすぎます。3200 万画素以下、一辺 8192 以下に縮小してください。
files-others-wait = { $count ->
   *[other] あと { $count } 個のファイルが待っています。
}
files-others-wait-next = 今のものを置くと、次のファイルが手に入ります。しまうと、ほかのファイルも一緒にしまわれます。
files-left-out = { $count ->
   *[other] 多すぎた { $count } 個は取り込みませんでした。
}
files-take-back = 送信中のものを持ち込まない
files-take = 手に取る
files-wear = 身に着ける
files-picture = { $width } × { $height } ピクセルの画像、{ $megabytes } MB
files-model = 三角形 { $triangles } 個のモデル、{ $megabytes } MB
files-author = 作者：{ $author }
files-licence = ライセンス：{ $licence }
files-licence-next = この世界の全員が複製を受け取ります。配布してよい場合だけ置いてください。
files-still = 動きません：ファイル内の動きは表示されません。
files-percent = { $percent } %
files-not-received = このファイルはここにありません。持ち込んだ人がもう一度持ち込めます。
files-bad = このファイルは表示できません。
files-not-as-said = 表示しません：申告された内容を超えています。
files-no-room = 表示しません：ここには表示するものが多すぎます。
files-not-wanted = 設定により表示しません。
files-not-brought = ホストはファイルを受け取りませんでした。
files-no-allowed = ここではファイルを持ち込めません。誰ができるかは、この世界のホストが決めます。
files-no-large = この世界には大きすぎます。
files-no-kind = 表示できる種類ではありません。
files-no-quota = 一人が持てる上限に達しています。先に何かを取り除いてください。
files-no-full = この世界には、これ以上ファイルを置く場所がありません。
files-no-many = 一度に多すぎます。ほかのファイルが届くまで待ってください。
files-no-received = 届きませんでした。接続を確かめて、もう一度置いてください。
files-no-kept = ホストのディスクに保存できませんでした。この世界のホストに伝えてください。
files-no-file = ホストはこのファイルを持っていません。もう一度持ち込んでください。
files-shown = ほかの人の画像とモデル
files-shown-all = すべて
files-shown-small = 小さいもの（4 MB まで）
files-shown-none = なし
