motion-hint-take = خذه بيدك
motion-hint-throw = ارمِه
motion-hint-put = ضعه
motion-not-allowed = لا يُسمح لك بلمس الأشياء هنا.
motion-taken = يمسك به شخص آخر.
motion-too-far = إنه بعيد جدًا.
motion-too-heavy = إنه أثقل من أن تحمله يد واحدة.
