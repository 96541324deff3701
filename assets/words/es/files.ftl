# Archivos que la gente trae a un mundo: el panel, las cajas que los representan y por qué alguno no está.
files-bring = Traer un archivo…
files-title = Traer un archivo
files-back = Atrás
files-how = Una imagen (PNG, JPEG, WebP, GIF o BMP) o un modelo (glTF, con todo dentro). También puedes soltarlo sobre la ventana.
files-choose = Elegir un archivo…
files-path = Ruta del archivo
files-open = Abrir
files-looking = Mirándolo…
files-cannot = Eso no se puede poner en un mundo.
files-unread = No se puede leer el archivo: { $why }
files-bad-empty = En este archivo no hay nada.
files-bad-large = Un archivo puede tener { $most } MB como mucho. Reduce sus imágenes o quítale partes.
files-bad-kind = No es una imagen (PNG, JPEG, WebP, GIF o BMP) ni un modelo glTF.
files-bad-damaged = La imagen está dañada. Guárdala otra vez con otro programa.
files-bad-pixels = Con { $width } × { $height } píxeles, la imagen es demasiado grande. Redúcela: 32 megapíxeles, y 8192 por lado, como mucho.
files-others-wait = { $count ->
    [one] Espera un archivo más.
   *[other] Esperan { $count } archivos más.
}
files-others-wait-next = Pon este en su sitio y tendrás el siguiente en la mano. Si lo guardas, se guardan también los demás.
files-left-out = { $count ->
    [one] Uno era demasiado y quedó fuera.
   *[other] { $count } eran demasiados y quedaron fuera.
}
files-take-back = No traer lo que está en camino
files-take = Tomar en la mano
files-wear = Ponérmelo
files-picture = Una imagen de { $width } × { $height } píxeles, { $megabytes } MB
files-model = Un modelo de { $triangles } triángulos, { $megabytes } MB
files-author = De { $author }
files-licence = Licencia: { $licence }
files-licence-next = Todos en este mundo reciben una copia. Ponlo aquí solo si puedes compartirlo.
files-still = Está quieto: sus movimientos no se muestran.
files-percent = { $percent } %
files-not-received = Este archivo no está aquí. Quien lo trajo puede traerlo otra vez.
files-bad = Este archivo no se puede mostrar.
files-not-as-said = No se muestra: es más de lo que se dijo.
files-no-room = No se muestra: aquí ya hay demasiado que mostrar.
files-not-wanted = No se muestra, como elegiste en los ajustes.
files-not-brought = El anfitrión no aceptó tu archivo.
files-no-allowed = No puedes traer archivos aquí. Quien aloja este mundo decide quién puede.
files-no-large = Es demasiado grande para este mundo.
files-no-kind = No es de ningún tipo que se pueda mostrar.
files-no-quota = Tienes aquí tanto como puede tener una persona. Quita algo primero.
files-no-full = En este mundo no hay sitio para más archivos.
files-no-many = Eran demasiados archivos a la vez. Espera a que lleguen los otros.
files-no-received = No llegó. Mira tu conexión y ponlo otra vez.
files-no-kept = El disco del anfitrión no pudo guardarlo. Díselo a quien aloja este mundo.
files-no-file = El anfitrión no tiene este archivo. Tráelo otra vez.
files-shown = Imágenes y modelos de otros
files-shown-all = Todos
files-shown-small = Pequeños (hasta 4 MB)
files-shown-none = Ninguno
