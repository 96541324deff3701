# Why a world could not be opened to others.

house-nobody = 開く人がいません。Holm を起動し直してください。
house-browser = ブラウザには誰も接続できないため、ワールドを開けません。Holm アプリから開いてリンクを送ってください。
house-no-thread = 待ち合わせ用のスレッドを作れませんでした（{ $error }）。ほかのアプリを閉じてもう一度試してください。
house-no-link = 「{ $host }」はリンクに使えません: { $error }
house-turn = STUN か TURN のアドレスが違います: { $error }。stun:host:3478 のような形です。
house-no-random = 乱数を得られないため、リンクを作れません。
house-authority = 「{ $text }」はホスト:ポートではありません。holm.example.org:443 のように書いてください。
house-port-busy = ポート { $port } は使用中です。別の Holm を終了するか、--port でほかの番号を選んでください。
house-port-denied = ポート { $port } は許可されていません。--port で 1023 より大きい番号を選んでください。
house-no-address = { $address } はこの端末のアドレスではありません。--bind を外すとすべてで待ち受けます。
house-no-listen = { $address } で待ち受けられません: { $error }
house-pem-unreadable = { $path } を読めません: { $error }。--cert と --key を確かめてください。
house-pem-without = { $path } に { $what } がありません。どちらも PEM である必要があります。
house-certificate = 証明書と鍵が合いません: { $error }
house-open-elsewhere = このワールドは別のウィンドウですでに開いています。そちらを閉じるか、別のワールドを開いてください。
house-not-kept = ここで作ったものを保存できません（{ $error }）。ディスクの空き容量と、{ $folder } に書き込めるかを確認してください。
