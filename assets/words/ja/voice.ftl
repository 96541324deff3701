# Talking aloud: one's own microphone, who hears it, and what is wrong with it.

voice-title = 自分の声
voice-back = 戻る
voice-mute = ミュートする
voice-unmute = ミュートを解除
voice-retry = もう一度試す
voice-settings = 音と声の設定
voice-is-muted = ミュート中です。誰にも聞こえません。
voice-is-off = マイクは開いていません。聞くだけです。
voice-is-opening = マイクを開いています。Holmに使わせるか聞かれたら、許可してください。
voice-is-waiting = 話すキーを押している間だけ聞こえます。
voice-is-heard = 声が届いています。
voice-is-open = 話すとすぐに声が届きます。
voice-no-device = マイクが見つかりません。
voice-no-device-next = マイクをつなぐか電源を入れて、もう一度試してください。なくても、ほかの人の声は聞こえます。
voice-not-allowed = Holmはマイクの使用を許可されていません。
voice-not-allowed-next = ページのアドレスの横か、システムのプライバシー設定で許可して、もう一度試してください。
voice-busy = ほかのプログラムがマイクを独占しています。
voice-busy-next = そのプログラムを閉じるか別のマイクを選んで、もう一度試してください。
voice-lost = マイクがなくなりました。
voice-lost-next = もう一度つなぐか、設定で別のマイクを選んでください。ほかの人の声はそのまま聞こえます。
voice-broken = マイクが動きません。
voice-broken-next = つなぎ直すか別のマイクを選んで、もう一度試してください。
voice-nobody = 声の届く範囲に誰もいません。
voice-not-here = 今ここでは話せません。
voice-not-here-next = この世界を管理する人が決めています。
voice-reach = 声の届く範囲
voice-whisper = ささやき
voice-normal = ふつう
voice-shout = 大声
voice-stage = ステージ
voice-heard-within = { $count } m まで届きます。
voice-heard-everywhere = このワールド全体に届きます。
voice-to-one = { $name }だけに
voice-to-few =
    { $count ->
       *[other] { $count }人だけに
    }
voice-only-to = 話している相手
voice-sealed = ほかの人には、ホストにも聞こえません。
voice-to-all = 全員に話す
voice-volume = この人の音量
voice-percent = { $percent } %
voice-whisper-to-them = この人だけに話す
voice-add = 輪に加える
voice-take-out = 輪から外す
voice-circle =
    { $count ->
        [1] この人だけに話しています。
       *[other] この人を含む{ $count }人だけに話しています。
    }
voice-whispers = { $name }があなただけに話しています
voice-whispers-to-few =
    { $count ->
       *[other] { $name }があなたとほか{ $count }人だけに話しています
    }
voice-answer = 同じ相手だけに返事する
voice-microphone = マイク
voice-device-system = この端末に合わせる
voice-device-gone = 選んだものは今つながっていません
voice-list-empty = マイクはまだ分かりません。ブラウザーは、一度許可すると名前を教えてくれます。
voice-look-again = もう一度探す
voice-test = 自分の声を聞く
voice-test-what = マイクを開いて、あなたにだけ聞かせます。ほかの人には聞こえません。
voice-open-as = 使用中：{ $name }
voice-meter-loud = 大きすぎて音が割れています
voice-meter-speech = 声
voice-meter-silent = 無音
voice-meter-mark = 線より右は声として、ほかの人に届きます。
voice-meter-no-mark = 何か話してください。どこから声とみなすかを線で示します。
voice-when = 声が届くとき
voice-when-open = 話したときいつでも
voice-when-held = キーを押している間
voice-without-noise = 雑音を取り除く
voice-automatic-gain = ほかの人と同じ大きさにする
voice-without-echo = スピーカーの音を取り除く
voice-echo-stays = ここではスピーカーの音を取り除けません。ヘッドホンを使えば、ほかの人に自分の声が返りません。
