# Who may do what, and who did what.
powers-title = Roles and rights
powers-back = Back
powers-wait = This is still on its way.
powers-you-are = Here you are: { $role }
powers-past = Who did what
powers-past-none = Nothing was done here yet.
powers-past-more = Show more
powers-locked = Lock the world
powers-locked-what = While it is locked, only those who may set it change anything in it.
powers-is-locked = This world is locked: nothing in it can be changed for now.
powers-newcomers = Whoever comes for the first time is
powers-table = What each role may
powers-may = May
powers-may-nothing = Nothing at all.
powers-things = Things one may have
powers-as-role = As the role says
powers-role = Role
powers-amount = { $count }
powers-banned = banned
powers-banned-list = Banned from this world
powers-order = Keep order
powers-ban-them = Ban
powers-unban = Let them in again
powers-take-back = Take back what they did in the last
powers-silence = Silence
powers-silent-for = Silent for { $time } more.
powers-let-speak = Let them speak
powers-block = Block
powers-unblock = Unblock
powers-block-what = Whoever you block you neither see nor hear, and they change nothing of yours.
powers-blocked = blocked by you
powers-somebody = Somebody ({ $key })
powers-key = key { $key }
powers-has = { $count } of { $most } things
powers-owner = Owner
powers-moderator = Moderator
powers-builder = Builder
powers-guest = Guest
powers-spectator = Spectator
powers-talk = Speak
powers-chat = Write in the chat
powers-emote = Gestures
powers-spawn = Make things
powers-edit-own = Change what is theirs
powers-edit-others = Change what others made
powers-moving = Things that move
powers-media = Pictures, models and sounds
powers-invite = Invite
powers-kick = Send away and silence
powers-ban = Ban
powers-roll-back = Take back what others did
powers-settings = Set roles and rights
powers-copy = Take a copy of the world along
powers-minutes =
    { $count ->
        [one] 1 minute
        *[other] { $count } minutes
    }
powers-hours =
    { $count ->
        [one] 1 hour
        *[other] { $count } hours
    }
powers-days =
    { $count ->
        [one] 1 day
        *[other] { $count } days
    }
powers-now = just now
powers-ago = { $time } ago
powers-not-done = That was not done: you may not, or they are gone already.
powers-struck = { $name } { $what } (warning { $strikes } of { $most })
powers-did-wishes = asks for far too much at once
powers-did-lines = writes far too much at once
powers-did-speed = moves as nobody can
powers-did-orders = gives orders that are not theirs to give
powers-did-make =
    { $count ->
        [one] made 1 thing
        *[other] made { $count } things
    }
powers-did-change =
    { $count ->
        [one] changed 1 thing
        *[other] changed { $count } things
    }
powers-did-remove =
    { $count ->
        [one] removed 1 thing
        *[other] removed { $count } things
    }
powers-did-undo = took it back
powers-did-redo = did it again
powers-did-roll-back = took back what { $name } did
powers-did-rank = made { $name } this: { $role }
powers-did-except = set what { $name } may
powers-did-allot = set how much { $name } may have
powers-did-ban = banned { $name }
powers-did-unban = let { $name } in again
powers-did-silence = silenced { $name }
powers-did-let-speak = let { $name } speak again
powers-did-line = set what this role may: { $role }
powers-did-newcomers = newcomers are from now on: { $role }
powers-did-lock = locked the world
powers-did-unlock = unlocked the world
powers-did-come = came for the first time
powers-did-restore = brought back a version of the world
powers-did-settle = let come to rest
