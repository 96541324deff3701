# Are you sure: before a press that other people would pay for.

confirm-close = Close { $world }?
confirm-close-what =
    { $others ->
        [0] Nobody else is here now. Whoever opens the link later finds it closed.
        [one] 1 other person is here and has to leave with you.
        *[other] { $others } other people are here and have to leave with you.
    }
confirm-close-yes = Close it
confirm-close-no = Stay
confirm-send-away = Send { $name } away?
confirm-send-away-what = { $name } has to leave this world at once and is told that you sent them away.
confirm-send-away-yes = Send away
confirm-send-away-no = Let them stay
