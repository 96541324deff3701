# Who is here.

people-title = من هنا
people-close = إغلاق
people-count =
    { $count ->
        [0] لا أحد بعد
        [1] أنت وحدك حتى الآن. أرسل الرابط إلى صديق: «دعوة الأصدقاء» في القائمة.
        [zero] لا أحد بعد
        [one] شخص واحد
        [two] شخصان
        [few] { $count } أشخاص
        [many] { $count } شخصًا
        *[other] { $count } شخص
    }
people-you = أنت
people-and = { $one } · { $other }
people-send-away = أخرِجه
people-more = المزيد
people-link-lost = انقطع، مكانه محفوظ
people-host = المضيف
people-direct = مباشر
people-relayed = عبر وسيط
people-same-machine = الجهاز نفسه
people-connecting = يتصل
people-listens = يستمع
people-muted = ميكروفونه مكتوم
people-ping = { $ms } م.ث
people-path-ping = { $path } · { $ms } م.ث
people-back-soon = { $name } · يعود قريبًا
people-nameless = ضيف
