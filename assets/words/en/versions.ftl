# The versions of a world.
versions-title = Versions of this world
versions-what = A version keeps everything that was built here as it is now. You can come back to it whatever happens.
versions-name = Name of the new version
versions-name-hint = Before the party
versions-save = Keep this version
versions-none = No version was kept yet.
versions-things =
    { $count ->
        [one] 1 thing
        *[other] { $count } things
    }
versions-restore = Bring back
versions-forget = Throw away
versions-not-allowed = You may not do that here.
versions-bad-name = A version needs a name of at most 64 letters.
versions-name-taken = There is a version of that name already. Take another name, or throw the old one away.
versions-too-many = There are as many versions as a world keeps. Throw one away first.
versions-gone = That version is not there any more.
versions-not-kept = The host could not keep it: this world is on no disk, or the disk says no.
