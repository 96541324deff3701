# The versions of a world.
versions-title = نُسخ هذا العالم
versions-what = تحفظ النسخة كل ما بُني هنا كما هو الآن، ويمكنك العودة إليها مهما حدث.
versions-name = اسم النسخة الجديدة
versions-name-hint = قبل الحفلة
versions-save = احفظ هذه النسخة
versions-none = لم تُحفظ أي نسخة بعد.
versions-things =
    { $count ->
        [one] شيء واحد
        [two] شيئان
        [few] { $count } أشياء
        *[other] { $count } شيئًا
    }
versions-restore = استعادة
versions-forget = حذف
versions-not-allowed = لا يحق لك ذلك هنا.
versions-bad-name = تحتاج النسخة إلى اسم لا يزيد على 64 حرفًا.
versions-name-taken = هناك نسخة بهذا الاسم. اختر اسمًا آخر أو احذف القديمة.
versions-too-many = لا يحفظ العالم نُسخًا أكثر من ذلك. احذف واحدة أولًا.
versions-gone = لم تعد هذه النسخة موجودة.
versions-not-kept = لم يستطع المضيف حفظها: هذا العالم ليس على قرص، أو أن القرص يرفض.
