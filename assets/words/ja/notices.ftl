notices-here = { $name }さんが来ました
notices-left = { $name }さんが去りました
notices-opened = あなたのワールドが開きました。
notices-opened-next = メニューの「友だちを招待」からリンクを送れます。
notices-no-network-next = ネットワークに接続してもう一度開くと、ほかの人に送れるリンクができます。
notices-muted-lost = ミュートした人の一覧を読み込めませんでした。
notices-muted-lost-next = 全員の声がまた届きます。古い一覧は新しいものの隣に残してあります。
