# The versions of a world.
versions-title = この世界の版
versions-what = 版は、ここに作られたものを今のまま残します。何があっても、ここへ戻れます。
versions-name = 新しい版の名前
versions-name-hint = パーティーの前
versions-save = この版を残す
versions-none = まだ版はありません。
versions-things = 物 { $count }個
versions-restore = 元に戻す
versions-forget = 捨てる
versions-not-allowed = ここではできません。
versions-bad-name = 版には64文字までの名前が要ります。
versions-name-taken = その名前の版はもうあります。ほかの名前にするか、古い版を捨ててください。
versions-too-many = これ以上の版は残せません。先に一つ捨ててください。
versions-gone = その版はもうありません。
versions-not-kept = ホストが残せませんでした。この世界がディスクにないか、ディスクが受けつけません。
