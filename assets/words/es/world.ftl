# Why a world cannot be loaded.

world-missing = No existe el archivo «{ $path }». Revisa la ruta y reinténtalo.
world-not-a-file = «{ $path }» es una carpeta o un dispositivo. Indica el propio archivo del mundo (world.ron, .glb o .gltf).
world-unreadable = No se puede leer «{ $path }» ({ $error }). Revisa los permisos y el disco.
world-unknown-kind = «{ $path }» no es un mundo que Holm conozca. Abre world.ron y glTF 2.0 (.glb, .gltf); exporta tu escena como glTF.
world-too-much = Este mundo es demasiado grande: { $what }: { $found }, y Holm admite hasta { $max }. Redúcelo (en Blender: modificador Decimate, imágenes más pequeñas) y reinténtalo.
world-path-escapes = Este mundo pide el archivo «{ $path }» fuera de su carpeta, y Holm no lo abre. Ponlo todo en la carpeta del mundo.
world-remote = Este mundo pide «{ $uri }», que no está en su carpeta. Descárgalo primero allí.
world-newer = Este mundo se hizo con un Holm más nuevo (versión { $found }; este lee hasta { $known }). Actualiza Holm.
world-gltf-version = Esto es glTF { $found } y Holm lee glTF 2.0. Expórtalo de nuevo con un programa actual.
world-syntax = «{ $path }» tiene un error en la línea { $line }, columna { $column }: { $what }.
world-damaged = «{ $path }» está dañado ({ $what }). Descárgalo o expórtalo de nuevo.
world-missing-part = «{ $path }» necesita «{ $file }», que no está. Cópialo junto al archivo del mundo o exporta un solo .glb.
world-extension = «{ $path }» está empaquetado con { $name }, que Holm no lee. Expórtalo sin compresión.
world-cycle = «{ $path }» está roto: { $what } { $index } se contiene a sí mismo. Expórtalo de nuevo.
world-bad-number = «{ $path }» tiene un número inservible: { $what }. Corrígelo y reinténtalo.
world-empty = «{ $path }» no tiene nada que mostrar. Expórtalo con sus mallas.
world-wrong-bytes = El anfitrión ha enviado otros datos para «{ $path }» que los anunciados. Reinténtalo o pide que reinicie el mundo.
world-bad-manifest = La descripción de este mundo no tiene sentido ({ $what }). Pide al anfitrión que actualice Holm.
