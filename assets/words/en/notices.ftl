# Short sentences that come and go in the corner.

notices-here = { $name } is here
notices-left = { $name } left
notices-opened = Your world is open.
notices-opened-next = Invite friends, in the menu, has the link for them.
notices-no-network-next = Connect it, then host again to get a link for others.
notices-muted-lost = The list of people you muted could not be read.
notices-muted-lost-next = You hear everybody again; the old list is kept beside the new one.
