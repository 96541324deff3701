# ¿Seguro?: antes de algo que pagarían los demás.

confirm-close = ¿Cerrar { $world }?
confirm-close-what =
    { $others ->
        [0] Ahora no hay nadie más. Quien abra el enlace después lo encontrará cerrado.
        [one] Hay 1 persona más y tendrá que irse contigo.
        *[other] Hay { $others } personas más y tendrán que irse contigo.
    }
confirm-close-yes = Cerrar
confirm-close-no = Quedarme
confirm-send-away = ¿Expulsar a { $name }?
confirm-send-away-what = { $name } tendrá que salir de este mundo ahora mismo y sabrá que has sido tú.
confirm-send-away-yes = Expulsar
confirm-send-away-no = Dejar que se quede
confirm-ban = ¿Vetar a { $name }?
confirm-ban-what = { $name } tiene que irse enseguida y no podrá volver hasta que lo permitas. Su red también queda fuera una semana, si nadie más de aquí la comparte.
confirm-ban-yes = Vetar
confirm-ban-no = No vetar
confirm-roll-back = ¿Deshacer lo que hizo { $name }?
confirm-roll-back-what = Todo lo que { $name } creó, cambió o quitó en los últimos { $minutes } minutos vuelve a estar como antes, salvo lo que otros hayan cambiado después.
confirm-roll-back-yes = Deshacer
confirm-roll-back-no = Dejarlo así
confirm-restore = ¿Recuperar { $name }?
confirm-restore-what = Todo lo construido vuelve a estar como en { $name }. Lo construido después desaparece, hasta que lo deshagas.
confirm-restore-yes = Recuperar
confirm-restore-no = Dejarlo así
confirm-forget = ¿Tirar { $name }?
confirm-forget-what = Esta versión se pierde para siempre. El mundo queda como está ahora.
confirm-forget-yes = Tirar
confirm-forget-no = Conservar
