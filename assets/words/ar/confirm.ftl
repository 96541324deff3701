# هل أنت متأكد: قبل ما يمسّ الآخرين.

confirm-close = أتغلق { $world }؟
confirm-close-what =
    { $others ->
        [0] لا أحد غيرك هنا الآن. ومن يفتح الرابط لاحقًا يجده مغلقًا.
        [zero] لا أحد غيرك هنا الآن. ومن يفتح الرابط لاحقًا يجده مغلقًا.
        [one] هنا شخص آخر، وسيضطر إلى المغادرة معك.
        [two] هنا شخصان آخران، وسيضطران إلى المغادرة معك.
        [few] هنا { $others } أشخاص آخرين، وسيضطرون إلى المغادرة معك.
        [many] هنا { $others } شخصًا آخر، وسيضطرون إلى المغادرة معك.
        *[other] هنا { $others } شخص آخر، وسيضطرون إلى المغادرة معك.
    }
confirm-close-yes = أغلقه
confirm-close-no = سأبقى
confirm-send-away = أتُخرج { $name }؟
confirm-send-away-what = سيغادر { $name } هذا العالم فورًا ويعلم أنك أخرجته.
confirm-send-away-yes = أخرِجه
confirm-send-away-no = دعه يبقى
confirm-ban = أتحظر { $name }؟
confirm-ban-what = على { $name } أن يغادر فورًا ولا يمكنه العودة حتى تسمح له. وتُمنع شبكته أيضًا أسبوعًا إن لم يشاركه فيها أحد هنا.
confirm-ban-yes = حظر
confirm-ban-no = لا تحظر
confirm-roll-back = أتتراجع عمّا فعله { $name }؟
confirm-roll-back-what = كل ما صنعه { $name } أو غيّره أو أزاله خلال آخر { $minutes } دقيقة يعود كما كان، إلا ما غيّره آخرون بعد ذلك.
confirm-roll-back-yes = تراجع
confirm-roll-back-no = اتركه
confirm-restore = أتستعيد { $name }؟
confirm-restore-what = يعود كل ما بُني هنا كما كان في { $name }. وما بُني بعدها يختفي إلى أن تتراجع عن ذلك.
confirm-restore-yes = استعد
confirm-restore-no = اتركه كما هو
confirm-forget = أتحذف { $name }؟
confirm-forget-what = تضيع هذه النسخة نهائيًا، ويبقى العالم كما هو الآن.
confirm-forget-yes = احذف
confirm-forget-no = احتفظ بها
