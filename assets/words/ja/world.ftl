# Why a world cannot be loaded.

world-missing = 「{ $path }」というファイルはありません。場所を確かめてください。
world-not-a-file = 「{ $path }」はフォルダーか装置です。ワールドのファイル (world.ron, .glb, .gltf) を指定してください。
world-unreadable = 「{ $path }」を読めません（{ $error }）。権限とディスクを確かめてください。
world-unknown-kind = 「{ $path }」は Holm の知らない形式です。world.ron と glTF 2.0 (.glb, .gltf) を開けます。glTF で書き出してください。
world-too-much = ワールドが大きすぎます（{ $what }: { $found }、上限 { $max }）。小さくして（Blender の Decimate、画像の縮小など）もう一度試してください。
world-path-escapes = このワールドは自分のフォルダーの外の「{ $path }」を求めていますが、Holm は開きません。すべて同じフォルダーに入れてください。
world-remote = このワールドはフォルダーにない「{ $uri }」を求めています。先に同じフォルダーへ保存してください。
world-newer = このワールドは新しい Holm で作られています（版 { $found }、この Holm は { $known } まで）。Holm を更新してください。
world-gltf-version = これは glTF { $found } です。Holm は glTF 2.0 を読みます。新しいソフトで書き出し直してください。
world-syntax = 「{ $path }」の { $line } 行 { $column } 列に誤りがあります: { $what }
world-damaged = 「{ $path }」は壊れています（{ $what }）。もう一度入手するか書き出してください。
world-missing-part = 「{ $path }」に必要な「{ $file }」がありません。隣に置くか、一つの .glb として書き出してください。
world-extension = 「{ $path }」は { $name } で圧縮されていて読めません。圧縮せずに書き出してください。
world-cycle = 「{ $path }」は壊れています: { $what } { $index } が自分自身を含んでいます。書き出し直してください。
world-bad-number = 「{ $path }」に使えない数があります: { $what }。直してもう一度試してください。
world-empty = 「{ $path }」には表示するものがありません。メッシュを含めて書き出してください。
world-wrong-bytes = 「{ $path }」として予告と違うデータが届きました。もう一度試すか、ホストにワールドの再起動を頼んでください。
world-bad-manifest = ホストから届いたワールドの説明がおかしいです（{ $what }）。Holm の更新を頼んでください。
