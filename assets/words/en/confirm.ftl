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
confirm-ban = Ban { $name }?
confirm-ban-what = { $name } has to leave at once and cannot come back until you let them in again. Their network is kept out for a week, too, if nobody else here shares it.
confirm-ban-yes = Ban
confirm-ban-no = Do not ban
confirm-roll-back = Take back what { $name } did?
confirm-roll-back-what = Everything that { $name } built, changed or removed in the last { $minutes } minutes is as it was before, except where others have changed it since.
confirm-roll-back-yes = Take it back
confirm-roll-back-no = Leave it
confirm-restore = Bring back { $name }?
confirm-restore-what = Everything that was built here is as it was in { $name }. What was built since is gone, until you undo this.
confirm-restore-yes = Bring it back
confirm-restore-no = Leave it as it is
confirm-forget = Throw { $name } away?
confirm-forget-what = This version is gone for good. The world stays as it is now.
confirm-forget-yes = Throw away
confirm-forget-no = Keep it
