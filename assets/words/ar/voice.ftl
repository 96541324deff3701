# Talking aloud: one's own microphone, who hears it, and what is wrong with it.

voice-title = صوتك
voice-back = رجوع
voice-mute = اكتم صوتي
voice-unmute = افتح الميكروفون
voice-retry = حاول مجددًا
voice-settings = إعدادات الصوت والكلام
voice-is-muted = صوتك مكتوم: لا يسمعك أحد.
voice-is-off = ميكروفونك غير مفتوح: أنت تستمع.
voice-is-opening = يُفتح ميكروفونك الآن. إن سُئلت عن السماح لـ Holm باستخدامه فوافق.
voice-is-waiting = يُسمع صوتك ما دمت تضغط مفتاح التحدث.
voice-is-heard = صوتك مسموع.
voice-is-open = يُسمع صوتك حالما تتكلم.
voice-no-device = لم يُعثر على ميكروفون.
voice-no-device-next = صِل واحدًا أو شغّله ثم حاول مجددًا. تسمع الآخرين حتى من دونه.
voice-not-allowed = لا يُسمح لـ Holm باستخدام الميكروفون.
voice-not-allowed-next = اسمح به بجانب عنوان هذه الصفحة أو في إعدادات الخصوصية في نظامك، ثم حاول مجددًا.
voice-busy = يستأثر برنامج آخر بالميكروفون.
voice-busy-next = أغلق ذلك البرنامج أو اختر ميكروفونًا آخر، ثم حاول مجددًا.
voice-lost = اختفى ميكروفونك.
voice-lost-next = صِله من جديد أو اختر غيره في الإعدادات. تسمع الآخرين على أي حال.
voice-broken = ميكروفونك لا يعمل.
voice-broken-next = افصله ثم صِله من جديد، أو اختر غيره، وحاول مرة أخرى.
voice-nobody = لا أحد قريب بما يكفي ليسمعك.
voice-not-here = لا يمكنك الكلام هنا الآن.
voice-not-here-next = يقرر ذلك من يحفظ النظام في هذا العالم.
voice-reach = مدى صوتك
voice-whisper = همس
voice-normal = عادي
voice-shout = صياح
voice-stage = مسرح
voice-heard-within = حتى { $count } م.
voice-heard-everywhere = في كل أنحاء هذا العالم.
voice-to-one = إلى { $name } وحده
voice-to-few =
    { $count ->
        [zero] لا إلى أحد
        [one] إلى شخص واحد فقط
        [two] إلى شخصين فقط
        [few] إلى { $count } أشخاص فقط
        [many] إلى { $count } شخصًا فقط
       *[other] إلى { $count } شخص فقط
    }
voice-only-to = تتكلم فقط إلى
voice-sealed = لا يستطيع أحد سواهم الاستماع، ولا حتى المضيف.
voice-to-all = تكلم إلى الجميع مجددًا
voice-volume = مستوى صوته
voice-percent = { $percent } ٪
voice-whisper-to-them = اهمس إليه
voice-add = أضفه إلى دائرتي
voice-take-out = أخرجه من دائرتي
voice-circle =
    { $count ->
        [zero] لا تتكلم إلى أحد.
        [one] تتكلم إليه وحده.
        [two] تتكلم إلى شخصين فقط، وهو أحدهما.
        [few] تتكلم إلى { $count } أشخاص فقط، وهو منهم.
        [many] تتكلم إلى { $count } شخصًا فقط، وهو منهم.
       *[other] تتكلم إلى { $count } شخص فقط، وهو منهم.
    }
voice-whispers = { $name } يكلّمك وحدك
voice-whispers-to-few =
    { $count ->
        [zero] { $name } يكلّمك وحدك
        [one] { $name } يكلّمك أنت وشخصًا آخر فقط
        [two] { $name } يكلّمك أنت وشخصين آخرين فقط
        [few] { $name } يكلّمك أنت و{ $count } أشخاص آخرين فقط
        [many] { $name } يكلّمك أنت و{ $count } شخصًا آخر فقط
       *[other] { $name } يكلّمك أنت و{ $count } شخص آخر فقط
    }
voice-answer = أجب بالهدوء نفسه
voice-microphone = الميكروفون
voice-device-system = كما في هذا الجهاز
voice-device-gone = ما اخترته غير موصول الآن
voice-list-empty = لا يُعرف أي ميكروفون بعد. يذكرها المتصفح حين تسمح بأحدها.
voice-look-again = ابحث مجددًا
voice-test = أسمعني صوتي
voice-test-what = يفتح الميكروفون ويُسمعك إياه. لا يسمعه أحد غيرك.
voice-open-as = مفتوح: { $name }
voice-meter-loud = مرتفع جدًا: يتقطع الصوت
voice-meter-speech = كلام
voice-meter-silent = صمت
voice-meter-mark = ما بعد العلامة كلام ويصل إلى الآخرين.
voice-meter-no-mark = قل شيئًا: ستظهر علامة حيث يبدأ الكلام.
voice-when = متى يُسمع صوتك
voice-when-open = كلما تكلمت
voice-when-held = أثناء ضغط مفتاح
voice-without-noise = إزالة الضجيج
voice-automatic-gain = جعل صوتي بعلوّ أصوات الآخرين
voice-without-echo = إزالة ما يخرج من مكبرات الصوت عندي
voice-echo-stays = لا يستطيع Holm هنا إزالة ما يخرج من مكبرات الصوت. بالسماعات لا يسمع الآخرون أنفسهم.
