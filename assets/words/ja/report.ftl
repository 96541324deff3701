# The connection report: what the network did.

report-title = 接続
report-back = 戻る
report-copy = レポートをコピー
report-copied = コピーしました
report-guests = ゲスト（席の番号順）
report-tried = 試した経路
report-side = こちら側
report-host = ホスト
report-guest = ゲスト
report-path = 経路
report-path-unknown = まだ不明
report-path-direct = 直接（端末どうし）
report-path-relayed = 中継 (TURN) 経由
report-path-memory = このアプリの中
report-pair = 選ばれた組
report-pair-words = こちら { $ours }、相手 { $theirs }
report-sent = 送信
report-received = 受信
report-bytes-in-messages =
    { $messages ->
        *[other] { $bytes }、メッセージ { $messages } 件
    }
report-round-trip = 往復
report-not-measured = 未計測
report-ms = { $ms } ms
report-loss = 損失（直近 10 秒）
report-late-lost = 遅延／損失パケット
report-late-lost-words = { $all } のうち { $late } / { $lost }
report-playout = 再生の遅れ
report-avatar-update = アバターの更新
report-avatar-most = 平均 { $mean } B、最大 { $most } B
report-avatar-mean = 平均 { $mean } B
report-rate = 速度 送／受
report-joins = 参加／復帰／拒否
report-misbehaved = 異常な相手
report-streams = ストリーム 送／受
report-messages = メッセージ 送／受
report-files = 送ったファイル
report-guest-line = { $seat }: { $path }、{ $ping }、損失 { $loss } %、送信 { $sent }、受信 { $received }
