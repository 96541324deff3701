# The connection report: what the network did.

report-title = الاتصال
report-back = رجوع
report-copy = انسخ التقرير
report-copied = نُسخ
report-guests = الضيوف، بأرقام مقاعدهم
report-tried = الطرق التي جُرِّبت
report-side = هذا الطرف
report-host = المضيف
report-guest = ضيف
report-path = الطريق
report-path-unknown = غير معروف بعد
report-path-direct = مباشر، من جهاز إلى جهاز
report-path-relayed = عبر وسيط (TURN)
report-path-memory = داخل هذا البرنامج
report-pair = الزوج المختار
report-pair-words = { $ours } هنا، { $theirs } هناك
report-sent = المُرسَل
report-received = المُستلَم
report-bytes-in-messages =
    { $messages ->
        [zero] { $bytes } بلا رسائل
        [one] { $bytes } في رسالة واحدة
        [two] { $bytes } في رسالتين
        [few] { $bytes } في { $messages } رسائل
        [many] { $bytes } في { $messages } رسالة
        *[other] { $bytes } في { $messages } رسالة
    }
report-round-trip = ذهابًا وإيابًا
report-not-measured = لم يُقَس بعد
report-ms = { $ms } م.ث
report-loss = الفقد، آخر 10 ث
report-late-lost = الحزم المتأخرة / المفقودة
report-late-lost-words = { $late } / { $lost } من { $all }
report-playout = تأخير التشغيل
report-avatar-update = تحديث الشخصية
report-avatar-most = { $mean } B وسطيًا، { $most } B أقصى
report-avatar-mean = { $mean } B وسطيًا
report-rate = المعدل خروجًا / دخولًا
report-joins = انضمام / عودة / رفض
report-misbehaved = أساؤوا التصرف
report-streams = التدفقات خروجًا / دخولًا
report-messages = الرسائل خروجًا / دخولًا
report-files = الملفات المُرسَلة
report-guest-line = { $seat }: { $path }، { $ping }، فقد { $loss } %، خروج { $sent }، دخول { $received }
