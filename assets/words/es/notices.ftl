notices-here = { $name } está aquí
notices-left = { $name } se ha ido
notices-opened = Tu mundo está abierto.
notices-opened-next = Pulsa Esc y luego «Invitar a amigos» para enviarles el enlace.
notices-no-network-next = Conéctalo y vuelve a abrir el mundo para obtener un enlace para los demás.
