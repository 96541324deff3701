# Talking: the lines, the entry, what can be done with a line, where a link leads.

chat-nothing = Nothing was said here yet.
chat-new = New
chat-to-end = Newest line
chat-edited = (edited)
chat-taken-back = Taken back
chat-tag-near = nearby
chat-tag-announcement = to all
chat-announced-by = { $name } announces
chat-hint-all = Say something to everyone
chat-hint-near = Say something to those nearby
chat-hint-announce = Announce something to everyone
chat-hint-edit = Change your line
chat-to-all = Everyone
chat-to-announce = Announcement
chat-send = send
chat-editing = You are changing your line. Going back leaves it as it was.
chat-now = now
chat-minutes = { $count } min
chat-hours = { $count } h
chat-days = { $count } d
chat-calls-you = { $name } calls you in the chat
chat-too-fast = That was too much at once.
chat-empty = There was nothing to read in that line.
chat-not-allowed = Only those who keep order here make announcements.
chat-silent = You may not write here for now. Whoever keeps order in this world decides.
chat-not-yours = The host no longer has that line.
chat-too-late = A line can be changed for fifteen minutes.
chat-not-sent = Your line was not sent. Wait a few seconds and send it again.
chat-not-changed = Your line stays as it was.
chat-unsure = The link ended before anybody could tell whether your last line arrived.
chat-unsure-next = It was: { $text }
chat-back = Back
chat-look-at-link = Link to { $host }
chat-copy-line = Copy text
chat-edit-line = Change
chat-take-back = Take back
chat-call = Call @{ $name }
chat-mute = Mute { $name }
chat-unmute = Hear { $name } again
chat-muted-away = Muted, not here
chat-mute-short = Mute
chat-unmute-short = Unmute
chat-link-title = A link out of Holm
chat-link-leads = It leads to { $host }. Holm does not know who is there.
chat-link-copy = Copy address
chat-link-open = Open it
chat-link-copied = Address copied
chat-link-not-opened = The address could not be opened.
chat-link-not-opened-next = Copy it and open it in your browser.
chat-link-name-in-front = “{ $name }” before the @ is only a name. The address is { $host }.
chat-link-other-letters = Letters in it may look like others. The network writes it { $network }.
chat-link-disguised = It is written in code and reads { $looks }.
chat-link-mixed-letters = Letters of different alphabets are mixed in one word: it may imitate another address.
chat-link-number = It is a number instead of a name.
chat-link-unencrypted = It is not encrypted: whoever is on the way can read and change it.
chat-to-near = { $count ->
    [0] Nearby · nobody hears you
    [one] Nearby · 1 hears you
   *[other] Nearby · { $count } hear you
}
chat-new-below = { $count ->
    [one] 1 new line
   *[other] { $count } new lines
}
chat-unread = { $count ->
    [one] 1 line unread
   *[other] { $count } lines unread
}
chat-unread-calls = { $count ->
    [one] one calls you
   *[other] { $count } call you
}
