notices-here = وصل { $name }
notices-left = غادر { $name }
notices-opened = عالمك مفتوح الآن.
notices-opened-next = تجد الرابط لهم في القائمة، تحت «دعوة الأصدقاء».
notices-no-network-next = صِله بالشبكة ثم افتح العالم من جديد لتحصل على رابط للآخرين.
notices-muted-lost = تعذّرت قراءة قائمة من كتمتهم.
notices-muted-lost-next = تسمع الجميع من جديد؛ وتُحفظ القائمة القديمة بجوار الجديدة.
