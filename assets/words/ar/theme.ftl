# Letters that are fetched when they are needed.

theme-no-arabic = تعذّر تحميل الحروف العربية.
theme-no-japanese = تعذّر تحميل الحروف اليابانية.
theme-no-hebrew = تعذّر تحميل الحروف العبرية.
theme-no-thai = تعذّر تحميل الحروف التايلاندية.
theme-no-devanagari = تعذّر تحميل حروف الديفاناغاري.
theme-no-letters-next = تظهر مربعات مكانها. أعد تحميل الصفحة للمحاولة من جديد.
