# ملفات يجلبها الناس إلى عالم: اللوحة، والصناديق التي تقوم مقامها، وسبب غياب أحدها.
files-bring = إحضار ملف…
files-title = إحضار ملف
files-back = رجوع
files-how = صورة (PNG أو JPEG أو WebP أو GIF أو BMP) أو مجسم (glTF وفيه كل شيء). يمكنك أيضًا إفلاته على النافذة.
files-choose = اختيار ملف…
files-path = مسار الملف
files-open = فتح
files-looking = جارٍ النظر فيه…
files-cannot = لا يمكن وضع هذا في عالم.
files-unread = تتعذر قراءة الملف: { $why }
files-bad-empty = لا شيء في هذا الملف.
files-bad-large = لا يزيد الملف على { $most } ميغابايت. صغّر الصور التي فيه أو احذف أجزاء منه.
files-bad-kind = ليس صورة (PNG أو JPEG أو WebP أو GIF أو BMP) ولا مجسم glTF.
files-bad-damaged = الصورة تالفة. احفظها من جديد ببرنامج آخر.
files-bad-pixels = الصورة كبيرة جدًا: { $width } × { $height } بكسل. صغّرها إلى 32 ميغابكسل، و8192 في كل جانب، على الأكثر.
files-others-wait = { $count ->
    [zero] لا ملف آخر ينتظر.
    [one] ينتظر ملف آخر.
    [two] ينتظر ملفان آخران.
    [few] تنتظر { $count } ملفات أخرى.
    [many] ينتظر { $count } ملفًا آخر.
   *[other] ينتظر { $count } ملفًا آخر.
}
files-others-wait-next = ضع هذا في مكانه فيصبح التالي في يدك. وإن أعدته أُعيدت البقية معه.
files-left-out = { $count ->
    [zero] لم يُترك شيء.
    [one] كان ملف واحد زائدًا فتُرك.
    [two] كان ملفان زائدين فتُركا.
    [few] كانت { $count } ملفات زائدة فتُركت.
    [many] كان { $count } ملفًا زائدًا فتُركت.
   *[other] كان { $count } ملفًا زائدًا فتُركت.
}
files-take-back = لا تُحضر ما هو في الطريق
files-take = خذه بيدك
files-wear = ارتدِه
files-picture = صورة من { $width } × { $height } بكسل، { $megabytes } ميغابايت
files-model = مجسم من { $triangles } مثلث، { $megabytes } ميغابايت
files-author = من { $author }
files-licence = الرخصة: { $licence }
files-licence-next = كل من في هذا العالم يحصل على نسخة. لا تضعه هنا إلا إذا كان يجوز لك نشره.
files-still = إنه ساكن: الحركات التي فيه لا تُعرض.
files-percent = { $percent } %
files-not-received = هذا الملف ليس هنا. يمكن لمن أحضره أن يحضره من جديد.
files-bad = لا يمكن عرض هذا الملف.
files-not-as-said = لا يُعرض: فيه أكثر مما قيل عنه.
files-no-room = لا يُعرض: هنا ما يكفي مما يُعرض.
files-not-wanted = لا يُعرض، كما اخترت في الإعدادات.
files-not-brought = لم يقبل المضيف ملفك.
files-no-allowed = لا يجوز لك إحضار ملفات هنا. من يستضيف هذا العالم يقرر من يجوز له ذلك.
files-no-large = إنه كبير جدًا على هذا العالم.
files-no-kind = ليس من نوع يمكن عرضه.
files-no-quota = لديك هنا كل ما يجوز لشخص واحد. احذف شيئًا أولًا.
files-no-full = لا مكان لمزيد من الملفات في هذا العالم.
files-no-many = ملفات كثيرة دفعة واحدة. انتظر حتى تصل الأخرى.
files-no-received = لم يصل. تحقق من اتصالك وضعه مرة أخرى.
files-no-kept = لم يتسع له قرص المضيف. أخبر من يستضيف هذا العالم.
files-no-file = ليس لدى المضيف هذا الملف. أحضره من جديد.
files-shown = صور الآخرين ومجسماتهم
files-shown-all = كلها
files-shown-small = الصغيرة (حتى 4 ميغابايت)
files-shown-none = لا شيء منها
