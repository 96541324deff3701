# Talking aloud: one's own microphone, who hears it, and what is wrong with it.

voice-title = Tu voz
voice-back = Atrás
voice-mute = Silenciarme
voice-unmute = Abrir el micrófono
voice-retry = Intentar otra vez
voice-settings = Ajustes de sonido y voz
voice-is-muted = Estás en silencio: nadie te oye.
voice-is-off = Tu micrófono no está abierto: solo escuchas.
voice-is-opening = Se está abriendo tu micrófono. Si te preguntan si Holm puede usarlo, di que sí.
voice-is-waiting = Se te oye mientras mantienes la tecla de hablar.
voice-is-heard = Se te oye.
voice-is-open = Se te oye en cuanto hablas.
voice-no-device = No se ha encontrado ningún micrófono.
voice-no-device-next = Conecta uno o enciéndelo e inténtalo otra vez. A los demás los oyes igual.
voice-not-allowed = Holm no puede usar el micrófono.
voice-not-allowed-next = Permítelo junto a la dirección de esta página o en los ajustes de privacidad de tu sistema, e inténtalo otra vez.
voice-busy = Otro programa tiene el micrófono para él solo.
voice-busy-next = Cierra ese programa o elige otro micrófono e inténtalo otra vez.
voice-lost = Tu micrófono ha desaparecido.
voice-lost-next = Vuelve a conectarlo o elige otro en los ajustes. A los demás los oyes igual.
voice-broken = Tu micrófono no funciona.
voice-broken-next = Desconéctalo y vuelve a conectarlo, o elige otro, e inténtalo una vez más.
voice-nobody = No hay nadie lo bastante cerca para oírte.
voice-not-here = Por ahora no puedes hablar aquí.
voice-not-here-next = Lo decide quien mantiene el orden en este mundo.
voice-reach = Hasta dónde se te oye
voice-whisper = Susurro
voice-normal = Normal
voice-shout = Grito
voice-stage = Escenario
voice-heard-within = Hasta a { $count } m.
voice-heard-everywhere = En todo este mundo.
voice-to-one = Solo a { $name }
voice-to-few =
    { $count ->
        [one] Solo a 1 persona
        [many] Solo a { $count } personas
       *[other] Solo a { $count } personas
    }
voice-only-to = Hablas solo a
voice-sealed = Nadie más puede escuchar, ni siquiera el anfitrión.
voice-to-all = Hablar a todos otra vez
voice-volume = Su volumen
voice-percent = { $percent } %
voice-whisper-to-them = Susurrarle
voice-add = Añadir a mi círculo
voice-take-out = Sacar de mi círculo
voice-circle =
    { $count ->
        [one] Hablas solo a esta persona.
        [many] Hablas solo a { $count } personas, esta entre ellas.
       *[other] Hablas solo a { $count } personas, esta entre ellas.
    }
voice-whispers = { $name } habla solo contigo
voice-whispers-to-few =
    { $count ->
        [one] { $name } habla solo contigo y con otra persona
        [many] { $name } habla solo contigo y con otras { $count }
       *[other] { $name } habla solo contigo y con otras { $count }
    }
voice-answer = Responder igual de bajo
voice-microphone = Micrófono
voice-device-system = El de este dispositivo
voice-device-gone = El que elegiste no está ahora
voice-list-empty = Aún no se conoce ningún micrófono. Un navegador los nombra cuando permites uno.
voice-look-again = Buscar otra vez
voice-test = Oírme
voice-test-what = Abre el micrófono y te lo reproduce. Nadie más lo oye.
voice-open-as = Abierto: { $name }
voice-meter-loud = Demasiado alto: se corta
voice-meter-speech = Voz
voice-meter-silent = Silencio
voice-meter-mark = A partir de la marca es voz y llega a los demás.
voice-meter-no-mark = Di algo: una marca mostrará a partir de dónde es voz.
voice-when = Cuándo se te oye
voice-when-open = Siempre que hablo
voice-when-held = Mientras se mantiene una tecla
voice-without-noise = Quitar el ruido
voice-automatic-gain = Igualar mi volumen al de los demás
voice-without-echo = Quitar lo que suena por mis altavoces
voice-echo-stays = Aquí Holm no puede quitar lo que suena por tus altavoces. Con auriculares los demás no se oyen a sí mismos.
