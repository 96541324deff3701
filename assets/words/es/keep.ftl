# Keeping a copy of a world one is in, as a world of one's own.
keep-copy = Guardar una copia de este mundo
keep-progress = Guardando una copia: { $here } / { $all }
keep-begun = Se está guardando una copia de este mundo.
keep-begun-next = El menú muestra cuánto falta. Mientras tanto, sigue paseando.
keep-done = Ya tienes una copia de este mundo: { $name }
keep-done-next = La encuentras con este nombre donde abres un mundo. Es tuya, y nadie más tiene rango en ella.
keep-done-missing =
    { $count ->
        [one] No se pudo obtener 1 archivo que muestra una cosa: en su lugar hay una caja. Encuentras la copia con este nombre donde abres un mundo.
        [many] No se pudieron obtener { $count } archivos que muestran las cosas: en su lugar hay cajas. Encuentras la copia con este nombre donde abres un mundo.
        *[other] No se pudieron obtener { $count } archivos que muestran las cosas: en su lugar hay cajas. Encuentras la copia con este nombre donde abres un mundo.
    }
keep-not-kept = No se guardó ninguna copia.
keep-busy = Ya se está guardando una copia. Espera a que esté.
keep-own = Este mundo lo abres tú: ya está en tu dispositivo.
keep-nothing-yet = Aún no ha llegado todo este mundo. Espera un momento y vuelve a intentarlo.
keep-no-place = El lugar de este mundo no se pudo mostrar aquí, así que tampoco se puede guardar. Díselo a quien lo abre.
keep-not-allowed = Quien lleva este mundo no te deja llevarte una copia. Pídele permiso.
keep-nowhere = Holm no tiene carpeta para mundos en este dispositivo.
keep-browser = En una página del navegador no cabe un mundo. Abre el enlace en el programa Holm y guarda la copia allí.
keep-disk-full = El disco está lleno. Haz sitio y vuelve a intentarlo.
keep-not-written = No se pudo escribir ({ $error }). Comprueba que se pueda escribir en { $folder }.
keep-no-world = Contiene algo que ningún mundo tiene ({ $error }). Díselo a quien lo abre.
keep-place-unread = No se puede leer el lugar de este mundo ({ $error }). Lo construido en él está entero: ábrelo en otro lugar con --world.
keep-place-newer = El lugar de este mundo lo guardó un Holm más nuevo. Consigue el último.
