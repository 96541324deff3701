# Who may do what, and who did what.
powers-title = الأدوار والصلاحيات
powers-back = رجوع
powers-wait = ما زال في الطريق.
powers-you-are = أنت هنا: { $role }
powers-past = من فعل ماذا
powers-past-none = لم يُفعل شيء هنا بعد.
powers-past-more = عرض المزيد
powers-locked = قفل العالم
powers-locked-what = ما دام مقفلًا لا يغيّر فيه شيئًا إلا من يحق له ضبطه.
powers-is-locked = هذا العالم مقفل: لا يمكن تغيير شيء فيه الآن.
powers-newcomers = من يأتي لأول مرة يكون
powers-table = ما يحق لكل دور
powers-may = يحق له
powers-may-nothing = لا شيء على الإطلاق.
powers-things = عدد الأشياء المسموح بها
powers-as-role = كما يقول الدور
powers-role = الدور
powers-amount = { $count }
powers-banned = محظور
powers-banned-list = المحظورون من هذا العالم
powers-order = حفظ النظام
powers-ban-them = حظر
powers-unban = السماح بالدخول مجددًا
powers-take-back = التراجع عمّا فعله خلال آخر
powers-silence = إسكات
powers-silent-for = صامت لمدة { $time } أخرى.
powers-let-speak = السماح بالكلام
powers-block = حجب
powers-unblock = إلغاء الحجب
powers-block-what = من تحجبه لا تراه ولا تسمعه، ولا يغيّر شيئًا من أشيائك.
powers-blocked = محجوب من قِبلك
powers-somebody = شخص ({ $key })
powers-key = المفتاح { $key }
powers-has = { $count } من { $most } شيء
powers-owner = المالك
powers-moderator = مشرف
powers-builder = بنّاء
powers-guest = ضيف
powers-spectator = متفرج
powers-talk = الكلام
powers-chat = الكتابة في الدردشة
powers-emote = الإيماءات
powers-spawn = صنع الأشياء
powers-edit-own = تغيير ما يملكه
powers-edit-others = تغيير ما صنعه الآخرون
powers-moving = الأشياء المتحركة
powers-media = الصور والنماذج والأصوات
powers-invite = الدعوة
powers-kick = الإبعاد والإسكات
powers-ban = الحظر
powers-roll-back = التراجع عمّا فعله الآخرون
powers-settings = ضبط الأدوار والصلاحيات
powers-copy = أخذ نسخة من العالم
powers-minutes =
    { $count ->
        [one] دقيقة واحدة
        [two] دقيقتين
        [few] { $count } دقائق
        *[other] { $count } دقيقة
    }
powers-hours =
    { $count ->
        [one] ساعة واحدة
        [two] ساعتين
        [few] { $count } ساعات
        *[other] { $count } ساعة
    }
powers-days =
    { $count ->
        [one] يوم واحد
        [two] يومين
        [few] { $count } أيام
        *[other] { $count } يومًا
    }
powers-now = الآن
powers-ago = قبل { $time }
powers-not-done = لم يحدث ذلك: لا يحق لك، أو أنه غادر.
powers-struck = { $name } { $what } (تحذير { $strikes } من { $most })
powers-did-wishes = يطلب أكثر من اللازم دفعة واحدة
powers-did-lines = يكتب أكثر من اللازم دفعة واحدة
powers-did-speed = يتحرك كما لا يستطيع أحد
powers-did-orders = يعطي أوامر ليست له
powers-did-make =
    { $count ->
        [one] صنع شيئًا واحدًا
        [two] صنع شيئين
        [few] صنع { $count } أشياء
        *[other] صنع { $count } شيئًا
    }
powers-did-change =
    { $count ->
        [one] غيّر شيئًا واحدًا
        [two] غيّر شيئين
        [few] غيّر { $count } أشياء
        *[other] غيّر { $count } شيئًا
    }
powers-did-remove =
    { $count ->
        [one] أزال شيئًا واحدًا
        [two] أزال شيئين
        [few] أزال { $count } أشياء
        *[other] أزال { $count } شيئًا
    }
powers-did-undo = تراجع عنه
powers-did-redo = أعاده
powers-did-roll-back = تراجع عمّا فعله { $name }
powers-did-rank = جعل دور { $name }: { $role }
powers-did-except = ضبط ما يحق لـ{ $name }
powers-did-allot = ضبط كم يملك { $name }
powers-did-ban = حظر { $name }
powers-did-unban = سمح لـ{ $name } بالدخول مجددًا
powers-did-silence = أسكت { $name }
powers-did-let-speak = سمح لـ{ $name } بالكلام مجددًا
powers-did-line = ضبط ما يحق لهذا الدور: { $role }
powers-did-newcomers = دور القادمين الجدد من الآن: { $role }
powers-did-lock = قفل العالم
powers-did-unlock = فتح قفل العالم
powers-did-come = جاء لأول مرة
powers-did-restore = أعاد نسخة سابقة من العالم
powers-did-settle = استقر في مكانه بعد حركة
