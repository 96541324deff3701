# Talking: the lines, the entry, what can be done with a line, where a link leads.

chat-nothing = Aquí aún no se ha dicho nada.
chat-new = Nuevo
chat-to-end = Ir a lo último
chat-edited = (editado)
chat-taken-back = Retirado
chat-tag-near = cerca
chat-tag-announcement = a todos
chat-announced-by = { $name } anuncia
chat-hint-all = Di algo a todos
chat-hint-near = Di algo a quienes están cerca
chat-hint-announce = Anuncia algo a todos
chat-hint-edit = Cambia tu línea
chat-to-all = Todos
chat-to-announce = Anuncio
chat-send = enviar
chat-editing = Estás cambiando tu línea. Si vuelves atrás, queda como estaba.
chat-now = ahora
chat-minutes = { $count } min
chat-hours = { $count } h
chat-days = { $count } d
chat-calls-you = { $name } te llama en el chat
chat-too-fast = Eso fue demasiado de golpe.
chat-empty = En esa línea no había nada que leer.
chat-not-allowed = Solo quienes mantienen el orden hacen anuncios aquí.
chat-silent = Por ahora no puedes escribir aquí. Lo decide quien mantiene el orden en este mundo.
chat-not-yours = El anfitrión ya no tiene esa línea.
chat-too-late = Una línea se puede cambiar durante quince minutos.
chat-not-sent = Tu línea no se envió. Espera unos segundos y envíala otra vez.
chat-not-changed = Tu línea queda como estaba.
chat-unsure = La conexión terminó antes de saber si tu última línea había llegado.
chat-unsure-next = Decía: { $text }
chat-back = Atrás
chat-look-at-link = Enlace a { $host }
chat-copy-line = Copiar texto
chat-edit-line = Cambiar
chat-take-back = Retirar
chat-call = Llamar a @{ $name }
chat-mute = Silenciar a { $name }
chat-unmute = Volver a oír a { $name }
chat-muted-away = Silenciados, no están aquí
chat-mute-short = Silenciar
chat-unmute-short = Oír
chat-link-title = Un enlace fuera de Holm
chat-link-leads = Lleva a { $host }. Holm no sabe quién hay ahí.
chat-link-copy = Copiar dirección
chat-link-open = Abrir
chat-link-copied = Dirección copiada
chat-link-not-opened = No se pudo abrir la dirección.
chat-link-not-opened-next = Cópiala y ábrela en tu navegador.
chat-link-name-in-front = «{ $name }» delante de la @ es solo un nombre. La dirección es { $host }.
chat-link-other-letters = Tiene letras que pueden parecer otras. En la red se escribe { $network }.
chat-link-disguised = Está escrita en código y se lee { $looks }.
chat-link-mixed-letters = Mezcla letras de varios alfabetos en una palabra: puede imitar otra dirección.
chat-link-number = Es un número en lugar de un nombre.
chat-link-unencrypted = No va cifrada: quien esté en el camino puede leerla y cambiarla.
chat-to-near = { $count ->
    [0] Cerca · nadie te oye
    [one] Cerca · te oye 1
   *[other] Cerca · te oyen { $count }
}
chat-new-below = { $count ->
    [one] 1 línea nueva
   *[other] { $count } líneas nuevas
}
chat-unread = { $count ->
    [one] 1 línea sin leer
   *[other] { $count } líneas sin leer
}
chat-unread-calls = { $count ->
    [one] una te llama
   *[other] { $count } te llaman
}
