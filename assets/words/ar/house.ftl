# Why a world could not be opened to others.

house-nobody = لا أحد هنا ليستضيف؛ أعد تشغيل Holm.
house-browser = لا يستطيع المتصفح استضافة عالم لأن أحدًا لا يصل إليه. استضف من برنامج Holm وأرسل رابطه.
house-no-thread = لم يمنح النظام خيطًا لنقطة اللقاء ({ $error }). أغلق برامج أخرى وحاول مجددًا.
house-no-link = لا يمكن أن يكون «{ $host }» في رابط: { $error }.
house-turn = عنوان STUN أو TURN خاطئ: { $error }. شكله مثل stun:host:3478.
house-no-random = لا يعطي النظام أرقامًا عشوائية؛ لا يستطيع Holm إنشاء رابط.
house-authority = ليس «{ $text }» مضيفًا:منفذًا. اكتبه مثل holm.example.org:443.
house-port-busy = المنفذ { $port } مستخدم، ربما من Holm آخر. أوقفه أو اختر غيره بـ { "\u2066" }--port{ "\u2069" }.
house-port-denied = لا يسمح لك هذا النظام بالمنفذ { $port }. اختر ما فوق 1023 بـ { "\u2066" }--port{ "\u2069" }.
house-no-address = ليس { $address } عنوانًا لهذا الجهاز. احذف { "\u2066" }--bind{ "\u2069" } للاستماع عليها كلها.
house-no-listen = لا يمكن الاستماع على { $address }: { $error }.
house-pem-unreadable = تتعذّر قراءة { $path }: { $error }. تحقّق من { "\u2066" }--cert{ "\u2069" } و { "\u2066" }--key{ "\u2069" }.
house-pem-without = لا يحتوي { $path } على { $what }. يجب أن يكون الملفان PEM.
house-certificate = الشهادة والمفتاح لا يعملان معًا: { $error }.
house-open-elsewhere = هذا العالم مفتوح في نافذة أخرى. أغلقه هناك أو افتح عالمًا آخر.
house-not-kept = لا يمكن حفظ ما يُبنى هنا ({ $error }). تأكّد من وجود مساحة على القرص ومن إمكان الكتابة في { $folder }.
