# Why a world cannot be loaded.

world-missing = لا يوجد ملف «{ $path }». تحقّق من المسار وحاول مجددًا.
world-not-a-file = «{ $path }» مجلد أو جهاز. أعطِ ملف العالم نفسه (world.ron أو { "\u2066" }.glb{ "\u2069" } أو { "\u2066" }.gltf{ "\u2069" }).
world-unreadable = تتعذّر قراءة «{ $path }» ({ $error }). تحقّق من الأذونات والقرص.
world-unknown-kind = «{ $path }» ليس عالمًا يعرفه Holm. يفتح world.ron وglTF 2.0 ({ "\u2066" }.glb{ "\u2069" } و{ "\u2066" }.gltf{ "\u2069" })؛ صدّر مشهدك بصيغة glTF.
world-too-much = هذا العالم كبير جدًا: { $what }: { $found }، ويقبل Holm حتى { $max }. صغّره (في Blender: معدّل Decimate وصور أصغر) وحاول مجددًا.
world-path-escapes = يطلب هذا العالم الملف «{ $path }» خارج مجلده، وHolm لا يفتحه. ضع كل شيء في مجلد العالم.
world-remote = يطلب هذا العالم «{ $uri }» وهو ليس في مجلده. نزّله إلى مجلد العالم أولًا.
world-newer = صُنع هذا العالم بإصدار أحدث من Holm (النسخة { $found }، وهذا يقرأ حتى { $known }). حدّث Holm.
world-gltf-version = هذا glTF { $found }، وHolm يقرأ glTF 2.0. صدّره مجددًا ببرنامج حديث.
world-syntax = في «{ $path }» خطأ في السطر { $line }، العمود { $column }: { $what }.
world-damaged = «{ $path }» تالف ({ $what }). نزّله أو صدّره مجددًا.
world-missing-part = يحتاج «{ $path }» إلى «{ $file }» وهو غير موجود. انسخه بجانب ملف العالم أو صدّر ملف { "\u2066" }.glb{ "\u2069" } واحدًا.
world-extension = «{ $path }» مضغوط بـ { $name } ولا يستطيع Holm قراءته. صدّره بلا ضغط.
world-cycle = «{ $path }» معطوب: { $what } { $index } يحتوي نفسه. صدّره مجددًا.
world-bad-number = في «{ $path }» رقم لا يصلح: { $what }. صحّحه وحاول مجددًا.
world-empty = ليس في «{ $path }» ما يُعرض. صدّره مع أشكاله.
world-wrong-bytes = أرسل المضيف بيانات لـ «{ $path }» غير التي أعلنها. حاول مجددًا أو اطلب منه إعادة تشغيل العالم.
world-bad-manifest = يصف المضيف عالمه وصفًا غير مفهوم ({ $what }). اطلب منه تحديث Holm.
