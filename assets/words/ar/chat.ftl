# Talking: the lines, the entry, what can be done with a line, where a link leads.

chat-nothing = لم يُقل شيء هنا بعد.
chat-new = جديد
chat-to-end = إلى آخر ما قيل
chat-edited = (معدّل)
chat-taken-back = سُحبت الرسالة
chat-tag-near = للقريبين
chat-tag-announcement = إعلان
chat-announced-by = إعلان من { $name }
chat-hint-all = قل شيئًا للجميع
chat-hint-near = قل شيئًا للقريبين منك
chat-hint-announce = أعلن شيئًا للجميع
chat-hint-edit = عدّل رسالتك
chat-to-all = الجميع
chat-to-announce = إعلان
chat-send = إرسال
chat-editing = أنت تعدّل رسالتك. إن رجعت بقيت كما كانت.
chat-now = الآن
chat-minutes = { $count } د
chat-hours = { $count } س
chat-days = { $count } ي
chat-calls-you = { $name } يناديك في الدردشة
chat-too-fast = هذا كثير دفعةً واحدة.
chat-empty = لم يكن في الرسالة ما يُقرأ.
chat-not-allowed = الإعلانات لمن يحفظون النظام هنا وحدهم.
chat-silent = لا يمكنك الكتابة هنا الآن. يقرر ذلك من يحفظ النظام في هذا العالم.
chat-not-yours = لم تعد هذه الرسالة لدى المضيف.
chat-too-late = يمكن تعديل الرسالة خلال خمس عشرة دقيقة.
chat-not-sent = لم تُرسل رسالتك. انتظر بضع ثوانٍ وأرسلها مجددًا.
chat-not-changed = تبقى رسالتك كما كانت.
chat-unsure = انتهى الاتصال قبل أن يُعرف إن كان سطرك الأخير قد وصل.
chat-unsure-next = كان: { $text }
chat-back = رجوع
chat-look-at-link = رابط إلى { $host }
chat-copy-line = نسخ النص
chat-edit-line = تعديل
chat-take-back = سحب
chat-call = مناداة @{ $name }
chat-mute = كتم { $name }
chat-unmute = إلغاء كتم { $name }
chat-muted-away = مكتومون وليسوا هنا
chat-mute-short = كتم
chat-unmute-short = إلغاء الكتم
chat-link-title = رابط إلى خارج Holm
chat-link-leads = يقود إلى { $host }. لا يعرف Holm من هناك.
chat-link-copy = نسخ العنوان
chat-link-open = فتح
chat-link-copied = نُسخ العنوان
chat-link-not-opened = تعذّر فتح العنوان.
chat-link-not-opened-next = انسخه وافتحه في متصفحك.
chat-link-name-in-front = «{ $name }» قبل @ مجرد اسم. العنوان هو { $host }.
chat-link-other-letters = فيه حروف قد تشبه غيرها. يُكتب في الشبكة { $network }.
chat-link-disguised = مكتوب بالرموز ويُقرأ { $looks }.
chat-link-mixed-letters = تختلط فيه حروف من أبجديات مختلفة: ربما يقلّد عنوانًا آخر.
chat-link-number = إنه رقم بدل اسم.
chat-link-unencrypted = غير مشفّر: يمكن لمن في الطريق قراءته وتغييره.
chat-to-near = { $count ->
    [zero] القريبون · لا أحد يسمعك
    [one] القريبون · يسمعك واحد
    [two] القريبون · يسمعك اثنان
    [few] القريبون · يسمعك { $count }
    [many] القريبون · يسمعك { $count }
   *[other] القريبون · يسمعك { $count }
}
chat-new-below = { $count ->
    [zero] لا رسائل جديدة
    [one] رسالة جديدة
    [two] رسالتان جديدتان
    [few] { $count } رسائل جديدة
    [many] { $count } رسالة جديدة
   *[other] { $count } رسالة جديدة
}
chat-unread = { $count ->
    [zero] لا رسائل غير مقروءة
    [one] رسالة غير مقروءة
    [two] رسالتان غير مقروءتين
    [few] { $count } رسائل غير مقروءة
    [many] { $count } رسالة غير مقروءة
   *[other] { $count } رسالة غير مقروءة
}
chat-unread-calls = { $count ->
    [zero] لا أحد يناديك
    [one] إحداها تناديك
    [two] اثنتان تناديانك
    [few] { $count } تناديك
    [many] { $count } تناديك
   *[other] { $count } تناديك
}
