# Keeping a copy of a world one is in, as a world of one's own.
keep-copy = Keep a copy of this world
keep-progress = Keeping a copy: { $here } / { $all }
keep-begun = A copy of this world is being kept.
keep-begun-next = The menu shows how far it is. Walk on meanwhile.
keep-done = A copy of this world is yours now: { $name }
keep-done-next = You find it under this name where you host a world. You own it, and nobody else has a rank in it.
keep-done-missing =
    { $count ->
        [one] 1 file that a thing shows was not to be had: a box stands for it. You find the copy under this name where you host a world.
        *[other] { $count } files that things show were not to be had: boxes stand for them. You find the copy under this name where you host a world.
    }
keep-not-kept = No copy was kept.
keep-busy = A copy is being kept already. Wait until it is there.
keep-own = You host this world: it is kept on your device already.
keep-nothing-yet = Not all of this world is here yet. Wait a moment and try again.
keep-no-place = The place of this world could not be shown here, so it cannot be kept either. Tell whoever hosts it.
keep-not-allowed = Whoever runs this world lets you take no copy along. Ask them for the right to.
keep-nowhere = Holm has no folder for worlds on this device.
keep-browser = A page in a browser has no room for a world. Open the link in the Holm program and keep the copy there.
keep-disk-full = The disk is full. Make room on it and try again.
keep-not-written = It could not be written ({ $error }). See that { $folder } can be written.
keep-no-world = There is something in it that no world has ({ $error }). Tell whoever hosts it.
keep-place-unread = The place of this world cannot be read ({ $error }). What was built in it is whole: host it with another place by --world.
keep-place-newer = The place of this world was kept by a newer Holm. Get the newest one.
