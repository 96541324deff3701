# The title screen: who one is, and the ways into a world.

title-small-islands = Small islands for you and your friends
title-name = Your name
title-name-hint = How friends call you
title-host = Host a world
title-opening-world = Opening your world…
title-opening = Opening…
title-join-by-link = Join by link
title-settings = Settings
title-back = Back
title-try-again = Try again
title-what-was-tried = What was tried
title-dismiss = Dismiss
title-use-the-program = To host a world of your own, use the Holm program.
title-on-this-network = Open on this network
title-world = { $name }  ·  { $people }
title-people =
    { $count ->
        [0] nobody there yet
        [one] 1 person
        *[other] { $count } people
    }
title-not-opened = Your world could not be opened.
title-strange-link = That world announces a link Holm cannot read.
title-strange-link-next = Its host may run another version. Ask for a link and join by it.
title-link = Link from your friend
title-link-hint = http://…/#…  or  holm://…
title-join = Join
title-bad-link = Holm cannot read this link.
title-link-empty = Paste the link that the host sent you.
title-link-begin = It should begin with http:// or holm://. Copy the whole of it.
title-link-no-key = The part behind the # is missing: that is the key to the room. Copy the whole link.
title-link-changed = Some of it is missing or changed. Copy it again from where the host sent it.
title-page-link = This link does not open anything.
title-page-link-next = Ask for it again, all of it.
title-runs-here = It runs on this device, for as long as you keep it open.
title-kept = Or one of your copies
title-kept-world = { $world }  ·  { $name }
title-own-world = Or a world of your own
title-world-file = World file (.ron, .glb, .gltf)
title-path = Path to the file
title-open-file = Open this file
title-port = Port (empty: any)
title-port-hint = any
title-announce = Show it to this network
title-no-port = This is no port.
title-no-port-next = A port is a number from 1024 to 65535. Leave it empty to let the system choose.
