# In a world: the menu, the invitation, what is loading.

menu-people =
    { $count ->
        [1] Solo estás tú
        [one] Hay 1 persona
        [many] Hay { $count } personas
        *[other] Hay { $count } personas
    }
menu-here =
    { $count ->
        [0] solo tú
        [1] solo tú
        [one] 1 aquí
        [many] { $count } aquí
        *[other] { $count } aquí
    }
menu-resume = Volver al mundo
menu-invite = Invitar a amigos
menu-people-here = Quién está
menu-connection = Conexión
menu-settings = Ajustes
menu-back = Atrás
menu-close = Cerrar este mundo
menu-leave = Salir
menu-no-link = Este mundo no tiene enlace que enviar.
menu-no-link-next = Ábrelo de nuevo desde el inicio para obtener uno.
menu-no-invite = Quien lleva este mundo no quiere que se comparta su enlace.
menu-no-invite-next = Pídele que invite a tus amigos, o el permiso para hacerlo tú.
menu-link-what = Quien tenga este enlace puede entrar. Se abre en el navegador y en Holm.
menu-copy = Copiar enlace
menu-copied = Copiado: pégaselo a un amigo
menu-qr = O enséñaselo a un teléfono:
menu-qr-name = Código QR del enlace
menu-away = La conexión se ha interrumpido.
menu-away-next = Intentando volver.
menu-away-kept = Intentando volver. Tu sitio se guarda { $seconds } s más.
