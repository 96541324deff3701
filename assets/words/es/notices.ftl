notices-here = { $name } está aquí
notices-left = { $name } se ha ido
notices-opened = Tu mundo está abierto.
notices-opened-next = El enlace para ellos está en el menú, en «Invitar a amigos».
notices-no-network-next = Conéctalo y vuelve a abrir el mundo para obtener un enlace para los demás.
notices-muted-lost = No se ha podido leer la lista de personas silenciadas.
notices-muted-lost-next = Vuelves a oír a todo el mundo; la lista antigua se guarda junto a la nueva.
