# Who goes on with a world if its host vanishes, and what is told of it.
succession-title = إذا غاب المضيف
succession-what = إذا تعطّل هذا الجهاز أو شبكته استمر العالم عند من تسمّيه هنا ويوافق، بترتيب تسميتهم: بكل ما فيه، وكلّ شخص في مكانه.
succession-what-guest = إذا تعطّل جهاز المضيف أو شبكته استمر العالم عند شخص سُمّي لذلك ووافق. تُنقل إليه تلقائيًا وتبقى في مكانك.
succession-heirs = من يكمل إذا غبت
succession-alone = لا أحد غيرك هنا بعد.
succession-most = لا يمكن تسمية أكثر من { $most }.
succession-how-asked = سُئل ولم يُجب بعد
succession-how-away = ليس هنا؛ يُسأل حين يأتي
succession-how-copying = وافق، والنسخة في الطريق
succession-how-ready = جاهز
succession-hand-over = سلّم العالم الآن
succession-hand-over-ask = أتسلّم العالم إلى { $name }؟
succession-hand-over-what = من الآن يستضيف { $name } هذا العالم، ويذهب الجميع إليه وأنت معهم. تبقى الأدوار كما هي، وكذلك كل ما فيه.
succession-hand-over-yes = سلّمه
succession-hand-over-no = سأبقى المضيف
succession-giving = جارٍ تسليم هذا العالم.
succession-giving-next = ينتقل الجميع تلقائيًا. يستغرق ذلك لحظة.
succession-only-look = للمشاهدة فقط
succession-looked-at = هذا العالم للمشاهدة فقط الآن.
succession-looked-at-next = تعذّر الوصول إلى أشخاص كانوا هنا، وربما يكملونه في مكان آخر. يبحث Holm عنهم: انتظر لحظة أو تحقّق من الشبكة.
succession-go-on = أكمل من دونهم
succession-go-on-ask = أتكمل من دونهم؟
succession-go-on-what = يمكن تغيير هذا العالم هنا من جديد فورًا. ومن أكمله في مكان آخر يخسر ما فعله هناك منذ ذلك الحين.
succession-go-on-yes = أكمل
succession-go-on-no = انتظرهم
succession-heirs-guest = من يكمل إذا غاب المضيف
succession-nobody = لا أحد بعد
succession-asked = تُسأل هل تكمل هذا العالم إذا غاب مضيفه.
succession-asked-next = أجب في القائمة، تحت «إذا غاب المضيف».
succession-asked-what = يُحفظ العالم وما بُني فيه حينها على هذا الجهاز أيضًا. وإذا غاب المضيف اتصل الآخرون بهذا الجهاز: يحتاج إلى منفذ يمكنهم الوصول إليه.
succession-yes = نعم، أكمله
succession-no = لا
succession-own = هذا العالم لك.
succession-own-what = بنسخة منه على هذا الجهاز يمكنك أن تستضيفه هنا من جديد متى شئت. يتصل الآخرون حينها بهذا الجهاز: يحتاج إلى منفذ يمكنهم الوصول إليه.
succession-own-yes = جهّز نسخة
succession-copying = نسختك في الطريق.
succession-copying-next = لا حاجة إلى الانتظار: تجوّل في هذه الأثناء.
succession-files =
    { $count ->
        [zero] لم يبق أي ملف
        [one] بقي ملف واحد
        [two] بقي ملفان
        [few] بقيت { $count } ملفات
        [many] بقي { $count } ملفًا
        *[other] بقي { $count } ملف
    }
succession-ready = أنت جاهز لإكمال هذا العالم.
succession-ready-next = إذا غاب مضيفه استمر هنا تلقائيًا. اترك Holm مفتوحًا لذلك.
succession-not-any-more = لم أعد أريد ذلك
succession-home = أعده إليّ
succession-home-what = يُستضاف من حينها على هذا الجهاز، وينتقل الجميع معه.
succession-not-ready = لا يمكنك إكمال هذا العالم.
succession-heir-ready = صار { $name } جاهزًا لإكمال هذا العالم.
succession-heir-ready-next = إذا غبت استمر عند أول من هو جاهز.
succession-no-heir = لن يكمل { $name } هذا العالم.
succession-no-heir-next = سمِّ شخصًا آخر في القائمة، تحت «إذا غاب المضيف».
succession-ours = أنت تستضيف هذا العالم الآن.
succession-ours-next = يأتي الآخرون تلقائيًا. تجد الرابط الجديد في القائمة، تحت «دعوة الأصدقاء».
succession-moved = يستمر هذا العالم عند مضيف آخر.
succession-moved-next = الجميع في أماكنهم: تابع كما كنت.
succession-writes = يمكن تغيير هذا العالم من جديد.
succession-writes-next = تابع من حيث كنت.
succession-may = ربما أكمل آخرون هذا العالم وهو مغلق هنا.
succession-may-next = يبحث Holm عنهم أولًا، وحتى ذلك الحين هو للمشاهدة فقط. تجد المزيد في القائمة، تحت «إذا غاب المضيف».
succession-elsewhere = يستمر هذا العالم عند شخص آخر.
succession-elsewhere-next = تذهب إليه كالآخرين، ودورك كما كان.
succession-gave-up = لم يلتقِ من جديد عدد كافٍ ممن كانوا هنا.
succession-gave-up-next = أُغلق العالم هنا. اطلب من الآخرين الرابط الذي يستمر تحته.
succession-cut-off = لم يحدث ذلك: هذا العالم للمشاهدة فقط الآن، لانقطاع كثيرين ممن كانوا هنا.
succession-browser = لا تستطيع صفحة في متصفح إكمال عالم لأن أحدًا لا يصل إليها. افتح الرابط في برنامج Holm ووافق هناك.
succession-broken = نسخة هذا العالم لا تطابق ما يقوله مضيفه. اطلب منه أن يسمّيك من جديد.
