# Pictures of the world.

photo-open = 写真を撮る
photo-title = 写真
photo-back = 戻る
photo-take = 撮影
photo-turn = 向き
photo-tilt = 傾き
photo-distance = 距離
photo-field = 画角
photo-hide-names = 名前を隠す
photo-taken = 写真を保存しました。
photo-failed = 写真を保存できませんでした。
photo-failed-next = 空き容量と、ピクチャフォルダーに書き込めるかを確認してください。
