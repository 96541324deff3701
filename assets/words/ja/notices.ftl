notices-here = { $name }さんが来ました
notices-left = { $name }さんが去りました
notices-opened = あなたのワールドが開きました。
notices-opened-next = メニューの「友だちを招待」からリンクを送れます。
notices-no-network-next = ネットワークに接続してもう一度開くと、ほかの人に送れるリンクができます。
