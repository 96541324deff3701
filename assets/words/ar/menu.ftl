# In a world: the menu, the invitation, what is loading.

menu-people =
    { $count ->
        [1] أنت وحدك هنا
        [zero] لا أحد هنا
        [one] شخص واحد هنا
        [two] شخصان هنا
        [few] { $count } أشخاص هنا
        [many] { $count } شخصًا هنا
        *[other] { $count } شخص هنا
    }
menu-here =
    { $count ->
        [0] أنت وحدك
        [1] أنت وحدك
        [zero] أنت وحدك
        [one] أنت وحدك
        [two] شخصان هنا
        [few] { $count } هنا
        [many] { $count } هنا
        *[other] { $count } هنا
    }
menu-resume = عودة إلى العالم
menu-invite = دعوة الأصدقاء
menu-people-here = من هنا
menu-connection = الاتصال
menu-settings = الإعدادات
menu-back = رجوع
menu-close = أغلق هذا العالم
menu-leave = غادر
menu-no-link = ليس لهذا العالم رابط لإرساله.
menu-no-link-next = افتحه مجددًا من شاشة البداية لتحصل على واحد.
menu-no-invite = من يدير هذا العالم لا يريد أن يُنشر رابطه.
menu-no-invite-next = اطلب منه أن يدعو أصدقاءك، أو أن يمنحك حق الدعوة.
menu-link-what = كل من لديه هذا الرابط يمكنه الدخول. يفتح في المتصفح وفي Holm.
menu-copy = انسخ الرابط
menu-copied = نُسخ: ألصقه لصديق
menu-qr = أو وجّه هاتفًا نحو هذا:
menu-qr-name = رمز QR للرابط
menu-away = انقطع الاتصال.
menu-away-next = جارٍ محاولة العودة.
menu-away-kept = جارٍ محاولة العودة. يُحفظ مكانك { $seconds } ث.
