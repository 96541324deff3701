# The connection report: what the network did.

report-title = Conexión
report-back = Atrás
report-copy = Copiar informe
report-copied = Copiado
report-guests = Invitados, por número de asiento
report-tried = Caminos intentados
report-side = Este lado
report-host = anfitrión
report-guest = invitado
report-path = Camino
report-path-unknown = aún desconocido
report-path-direct = directo, de equipo a equipo
report-path-relayed = por un relé (TURN)
report-path-memory = dentro de este programa
report-pair = Par elegido
report-pair-words = { $ours } aquí, { $theirs } allí
report-sent = Enviado
report-received = Recibido
report-bytes-in-messages =
    { $messages ->
        [one] { $bytes } en 1 mensaje
        [many] { $bytes } en { $messages } mensajes
        *[other] { $bytes } en { $messages } mensajes
    }
report-round-trip = Ida y vuelta
report-not-measured = aún sin medir
report-ms = { $ms } ms
report-loss = Pérdida, últimos 10 s
report-late-lost = Paquetes tardíos / perdidos
report-late-lost-words = { $late } / { $lost } de { $all }
report-playout = Retardo de reproducción
report-avatar-update = Actualización de avatar
report-avatar-most = { $mean } B de media, { $most } B máximo
report-avatar-mean = { $mean } B de media
report-rate = Ritmo salida / entrada
report-joins = Entradas / regresos / rechazos
report-misbehaved = Mal comportamiento
report-streams = Flujos salida / entrada
report-messages = Mensajes salida / entrada
report-files = Archivos enviados
report-guest-line = { $seat }: { $path }, { $ping }, pérdida { $loss } %, { $sent } enviados, { $received } recibidos
