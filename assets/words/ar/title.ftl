# The title screen: who one is, and the ways into a world.

title-small-islands = جزر صغيرة لك ولأصدقائك
title-name = اسمك
title-name-hint = كما يناديك أصدقاؤك
title-host = افتح عالمًا
title-opening-world = يجري فتح عالمك…
title-opening = يجري الفتح…
title-join-by-link = انضم عبر رابط
title-settings = الإعدادات
title-back = رجوع
title-try-again = حاول مجددًا
title-what-was-tried = ما جُرِّب
title-dismiss = إغلاق
title-use-the-program = لفتح عالم خاص بك استخدم برنامج Holm.
title-on-this-network = مفتوح على هذه الشبكة
title-world = { $name }  ·  { $people }
title-people =
    { $count ->
        [zero] لا أحد بعد
        [one] شخص واحد
        [two] شخصان
        [few] { $count } أشخاص
        [many] { $count } شخصًا
        *[other] { $count } شخص
    }
title-not-opened = تعذّر فتح عالمك.
title-strange-link = يعلن ذلك العالم رابطًا لا يستطيع Holm قراءته.
title-strange-link-next = قد يستخدم المضيف إصدارًا آخر. اطلب رابطًا وانضم به.
title-link = رابط من صديقك
title-link-hint = { "\u2066" }http://…/#…{ "\u2069" }  أو  { "\u2066" }holm://…{ "\u2069" }
title-join = انضم
title-bad-link = لا يستطيع Holm قراءة هذا الرابط.
title-link-empty = الصق الرابط الذي أرسله إليك المضيف.
title-link-begin = ينبغي أن يبدأ بـ { "\u2066" }http://{ "\u2069" } أو { "\u2066" }holm://{ "\u2069" }. انسخه كاملًا.
title-link-no-key = الجزء الذي بعد # مفقود، وهو مفتاح الغرفة. انسخ الرابط كاملًا.
title-link-changed = جزء منه ناقص أو متغيّر. انسخه مجددًا من حيث أُرسل إليك.
title-page-link = هذا الرابط لا يفتح شيئًا.
title-page-link-next = اطلبه مرة أخرى، كاملًا.
title-runs-here = يعمل على هذا الجهاز ما دمت تبقيه مفتوحًا.
title-kept = أو إحدى نُسخك
title-kept-world = { $world }  ·  { $name }
title-own-world = أو عالمًا من صنعك
title-world-file = ملف العالم ({ "\u2066" }.ron, .glb, .gltf{ "\u2069" })
title-path = مسار الملف
title-open-file = افتح هذا الملف
title-port = المنفذ (فارغ: أي منفذ)
title-port-hint = أي منفذ
title-announce = أظهِره على هذه الشبكة
title-no-port = هذا ليس رقم منفذ.
title-no-port-next = المنفذ رقم من 1024 إلى 65535. اتركه فارغًا ليختاره النظام.
