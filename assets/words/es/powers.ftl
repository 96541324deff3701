# Who may do what, and who did what.
powers-title = Roles y permisos
powers-back = Atrás
powers-wait = Todavía está en camino.
powers-you-are = Aquí eres: { $role }
powers-past = Quién hizo qué
powers-past-none = Aquí aún no se ha hecho nada.
powers-past-more = Mostrar más
powers-locked = Bloquear el mundo
powers-locked-what = Mientras esté bloqueado, solo lo cambian quienes pueden configurarlo.
powers-is-locked = Este mundo está bloqueado: por ahora no se puede cambiar nada.
powers-newcomers = Quien viene por primera vez es
powers-table = Lo que puede cada rol
powers-may = Puede
powers-may-nothing = Nada.
powers-things = Cosas que se pueden tener
powers-as-role = Lo que diga el rol
powers-role = Rol
powers-amount = { $count }
powers-banned = vetado
powers-banned-list = Vetados de este mundo
powers-order = Mantener el orden
powers-ban-them = Vetar
powers-unban = Dejar entrar otra vez
powers-take-back = Deshacer lo que hizo en los últimos
powers-silence = Silenciar
powers-silent-for = En silencio durante { $time } más.
powers-let-speak = Dejar que hable
powers-block = Bloquear
powers-unblock = Desbloquear
powers-block-what = A quien bloqueas no lo ves ni lo oyes, y no cambia nada tuyo.
powers-blocked = bloqueado por ti
powers-somebody = Alguien ({ $key })
powers-key = clave { $key }
powers-has = { $count } de { $most } cosas
powers-owner = Propietario
powers-moderator = Moderador
powers-builder = Constructor
powers-guest = Invitado
powers-spectator = Espectador
powers-talk = Hablar
powers-chat = Escribir en el chat
powers-emote = Gestos
powers-spawn = Crear cosas
powers-edit-own = Cambiar lo suyo
powers-edit-others = Cambiar lo que hicieron otros
powers-moving = Cosas que se mueven
powers-media = Imágenes, modelos y sonidos
powers-invite = Invitar
powers-kick = Expulsar y silenciar
powers-ban = Vetar
powers-roll-back = Deshacer lo que hicieron otros
powers-settings = Configurar roles y permisos
powers-copy = Llevarse una copia del mundo
powers-minutes =
    { $count ->
        [one] 1 minuto
        *[other] { $count } minutos
    }
powers-hours =
    { $count ->
        [one] 1 hora
        *[other] { $count } horas
    }
powers-days =
    { $count ->
        [one] 1 día
        *[other] { $count } días
    }
powers-now = ahora mismo
powers-ago = hace { $time }
powers-not-done = No se ha hecho: no puedes, o ya no está.
powers-struck = { $name } { $what } (aviso { $strikes } de { $most })
powers-did-wishes = pide demasiado de golpe
powers-did-lines = escribe demasiado de golpe
powers-did-speed = se mueve como nadie puede
powers-did-orders = da órdenes que no le corresponden
powers-did-make =
    { $count ->
        [one] creó 1 cosa
        *[other] creó { $count } cosas
    }
powers-did-change =
    { $count ->
        [one] cambió 1 cosa
        *[other] cambió { $count } cosas
    }
powers-did-remove =
    { $count ->
        [one] quitó 1 cosa
        *[other] quitó { $count } cosas
    }
powers-did-undo = lo deshizo
powers-did-redo = lo rehízo
powers-did-roll-back = deshizo lo que hizo { $name }
powers-did-rank = { $name } ahora es: { $role }
powers-did-except = decidió lo que puede { $name }
powers-did-allot = decidió cuánto puede tener { $name }
powers-did-ban = vetó a { $name }
powers-did-unban = dejó entrar otra vez a { $name }
powers-did-silence = silenció a { $name }
powers-did-let-speak = dejó hablar otra vez a { $name }
powers-did-line = decidió lo que puede este rol: { $role }
powers-did-newcomers = los nuevos son desde ahora: { $role }
powers-did-lock = bloqueó el mundo
powers-did-unlock = desbloqueó el mundo
powers-did-come = vino por primera vez
powers-did-restore = recuperó una versión del mundo
powers-did-settle = lo dejó quedar quieto
