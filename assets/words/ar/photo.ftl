# Pictures of the world.

photo-open = التقط صورة
photo-title = صورة
photo-back = رجوع
photo-take = التقاط
photo-turn = الدوران
photo-tilt = الميل
photo-distance = البُعد
photo-field = العدسة
photo-hide-names = دون أسماء
photo-taken = حُفظت الصورة.
photo-failed = تعذّر حفظ الصورة.
photo-failed-next = تأكد من وجود مساحة ومن إمكان الكتابة في مجلد صورك.
