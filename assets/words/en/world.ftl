# Why a world cannot be loaded.

world-missing = There is no file “{ $path }”. Check the path and try again.
world-not-a-file = “{ $path }” is a folder or a device. Give the world file itself (world.ron, .glb or .gltf).
world-unreadable = “{ $path }” cannot be read ({ $error }). Check its permissions and the disk.
world-unknown-kind = “{ $path }” is not a world Holm knows. It opens world.ron files and glTF 2.0 (.glb, .gltf); export your scene as glTF.
world-too-much = This world is too large: { $what }: { $found }, and Holm takes up to { $max }. Reduce it (in Blender: the Decimate modifier, smaller pictures) and try again.
world-path-escapes = This world asks for the file “{ $path }” outside its own folder, which Holm does not open. Put everything into the world's folder.
world-remote = This world asks for “{ $uri }”, which is not in its folder. Download it into the world's folder first.
world-newer = This world was made with a newer Holm (world version { $found }, this one reads up to { $known }). Update Holm.
world-gltf-version = This is glTF { $found }, and Holm reads glTF 2.0. Export it again with a current program.
world-syntax = “{ $path }” has a mistake in line { $line }, column { $column }: { $what }.
world-damaged = “{ $path }” is damaged ({ $what }). Download or export it again.
world-missing-part = “{ $path }” needs “{ $file }”, which is not there. Copy it next to the world file, or export as one .glb.
world-extension = “{ $path }” is packed with { $name }, which Holm cannot read. Export it again without compression.
world-cycle = “{ $path }” is broken: { $what } { $index } contains itself. Export it again.
world-bad-number = “{ $path }” has an unusable number: { $what }. Correct it and try again.
world-empty = “{ $path }” has nothing to show. Export it with its meshes.
world-wrong-bytes = The host sent other bytes for “{ $path }” than it had announced. Try again, or ask the host to restart the world.
world-bad-manifest = The host describes its world in a way that makes no sense ({ $what }). Ask the host to update Holm.
