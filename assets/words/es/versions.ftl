# The versions of a world.
versions-title = Versiones de este mundo
versions-what = Una versión guarda todo lo construido aquí tal como está ahora. Puedes volver a ella pase lo que pase.
versions-name = Nombre de la nueva versión
versions-name-hint = Antes de la fiesta
versions-save = Guardar esta versión
versions-none = Aún no se ha guardado ninguna versión.
versions-things =
    { $count ->
        [one] 1 cosa
        *[other] { $count } cosas
    }
versions-restore = Recuperar
versions-forget = Tirar
versions-not-allowed = Aquí no puedes hacer eso.
versions-bad-name = Una versión necesita un nombre de 64 letras como mucho.
versions-name-taken = Ya hay una versión con ese nombre. Elige otro o tira la antigua.
versions-too-many = Un mundo no guarda más versiones. Tira una primero.
versions-gone = Esa versión ya no está.
versions-not-kept = El anfitrión no pudo guardarla: este mundo no está en ningún disco, o el disco se niega.
