notices-here = وصل { $name }
notices-left = غادر { $name }
notices-opened = عالمك مفتوح الآن.
notices-opened-next = اضغط Esc ثم «دعوة الأصدقاء» لترسل إليهم الرابط.
notices-no-network-next = صِله بالشبكة ثم افتح العالم من جديد لتحصل على رابط للآخرين.
