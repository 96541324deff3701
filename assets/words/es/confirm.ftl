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
