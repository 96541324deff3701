# The title screen: who one is, and the ways into a world.

title-small-islands = Pequeñas islas para ti y tus amigos
title-name = Tu nombre
title-name-hint = Como te llaman tus amigos
title-host = Abrir un mundo
title-opening-world = Abriendo tu mundo…
title-opening = Abriendo…
title-join-by-link = Entrar con un enlace
title-settings = Ajustes
title-back = Atrás
title-try-again = Reintentar
title-what-was-tried = Qué se ha intentado
title-dismiss = Cerrar
title-use-the-program = Para abrir un mundo propio, usa el programa Holm.
title-on-this-network = Abiertos en esta red
title-world = { $name }  ·  { $people }
title-people =
    { $count ->
        [0] aún no hay nadie
        [one] 1 persona
        [many] { $count } personas
        *[other] { $count } personas
    }
title-not-opened = No se ha podido abrir tu mundo.
title-strange-link = Ese mundo anuncia un enlace que Holm no puede leer.
title-strange-link-next = Quizá el anfitrión usa otra versión. Pide un enlace y entra con él.
title-link = Enlace de tu amigo o amiga
title-link-hint = http://…/#…  o  holm://…
title-join = Entrar
title-bad-link = Holm no puede leer este enlace.
title-link-empty = Pega el enlace que te han enviado.
title-link-begin = Debe empezar por http:// o holm://. Cópialo entero.
title-link-no-key = Falta la parte que sigue a #: es la llave de la sala. Copia el enlace entero.
title-link-changed = Falta o ha cambiado una parte. Cópialo otra vez de donde te lo enviaron.
title-page-link = Este enlace no abre nada.
title-page-link-next = Pídelo otra vez, entero.
title-runs-here = Funciona en este dispositivo mientras lo tengas abierto.
title-kept = O una de tus copias
title-kept-world = { $world }  ·  { $name }
title-own-world = O un mundo propio
title-world-file = Archivo del mundo (.ron, .glb, .gltf)
title-path = Ruta del archivo
title-open-file = Abrir este archivo
title-port = Puerto (vacío: cualquiera)
title-port-hint = cualquiera
title-announce = Mostrarlo en esta red
title-no-port = Esto no es un puerto.
title-no-port-next = Un puerto es un número de 1024 a 65535. Déjalo vacío y el sistema elegirá uno.
