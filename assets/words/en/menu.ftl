# In a world: the menu, the invitation, what is loading.

menu-people =
    { $count ->
        [1] Only you are here
        [one] 1 person is here
        *[other] { $count } people are here
    }
menu-here =
    { $count ->
        [0] only you
        [1] only you
        [one] 1 here
        *[other] { $count } here
    }
menu-resume = Back to the world
menu-invite = Invite friends
menu-people-here = Who is here
menu-connection = Connection
menu-settings = Settings
menu-back = Back
menu-close = Close this world
menu-leave = Leave
menu-no-link = This world has no link to send.
menu-no-link-next = Host it again from the title screen to get one.
menu-no-invite = Whoever keeps this world does not want it to be passed on.
menu-no-invite-next = Ask them to invite your friends, or for the right to do it yourself.
menu-link-what = Whoever has this link may come in. It opens in a browser, and in Holm.
menu-copy = Copy link
menu-copied = Copied: paste it to a friend
menu-qr = Or let a telephone look at this:
menu-qr-name = QR code of the link
menu-away = The connection is interrupted.
menu-away-next = Trying to come back.
menu-away-kept = Trying to come back. Your place is kept for { $seconds } s.
