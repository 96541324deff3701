# Who is here.

people-title = Who is here
people-close = Close
people-count =
    { $count ->
        [0] Nobody yet
        [1] Only you so far. Send a friend the link: Invite friends, in the menu.
        [one] 1 person
        *[other] { $count } people
    }
people-you = you
people-and = { $one } · { $other }
people-send-away = Send away
people-more = More
people-link-lost = link lost, seat kept
people-host = host
people-direct = direct
people-relayed = relayed
people-same-machine = same machine
people-connecting = connecting
people-listens = listens
people-muted = microphone off
people-ping = { $ms } ms
people-path-ping = { $path } · { $ms } ms
people-back-soon = { $name } · back soon
people-nameless = Guest
