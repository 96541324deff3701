# About the keys of whoever sits here.

profile-unreadable = تعذّرت قراءة مفاتيحك ({ $error }). لديك مفاتيح جديدة حتى يُصلَح ذلك.
profile-newer = أُنشئت مفاتيحك بإصدار أحدث من Holm. لديك غيرها في هذه الجلسة؛ حدّث Holm لتعود أنت.
profile-damaged-kept = كان ملف مفاتيحك تالفًا وحُفظ باسم { $place }. لديك الآن مفاتيح جديدة.
profile-damaged = ملف مفاتيحك تالف. لديك مفاتيح جديدة لهذه الجلسة فقط.
profile-not-kept = تعذّر حفظ مفاتيحك ({ $error }): ستكون شخصًا آخر في المرة القادمة.
