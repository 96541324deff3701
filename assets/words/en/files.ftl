# Files that people bring into a world: the panel, the boxes that stand for them, and why one is not there.
files-bring = Bring in a file…
files-title = Bring in a file
files-back = Back
files-how = A picture (PNG, JPEG, WebP, GIF or BMP) or a model (glTF, with everything inside). You can also drop it onto the window.
files-choose = Choose a file…
files-path = Path of the file
files-open = Open
files-looking = Looking at it…
files-cannot = That cannot be put into a world.
files-unread = The file cannot be read: { $why }
files-bad-empty = There is nothing in this file.
files-bad-large = A file may have { $most } MB at most. Make the pictures in it smaller, or take parts out.
files-bad-kind = It is neither a picture (PNG, JPEG, WebP, GIF or BMP) nor a glTF model.
files-bad-damaged = The picture is damaged. Save it again with another program.
files-bad-pixels = With { $width } × { $height } pixels the picture is too large. Make it smaller: 32 megapixels, and 8192 on a side, at most.
files-others-wait = { $count ->
    [one] One more file waits.
   *[other] { $count } more files wait.
}
files-others-wait-next = Put this one down, and the next is in your hand. Put it away, and the others go with it.
files-left-out = { $count ->
    [one] One was too many and was left out.
   *[other] { $count } were too many and were left out.
}
files-take-back = Do not bring what is on its way
files-take = Take it in hand
files-wear = Wear it
files-picture = A picture of { $width } × { $height } pixels, { $megabytes } MB
files-model = A model of { $triangles } triangles, { $megabytes } MB
files-author = By { $author }
files-licence = Licence: { $licence }
files-licence-next = Everybody in this world gets a copy. Put it here only if you may pass it on.
files-still = It stands still: motions in it are not shown.
files-percent = { $percent } %
files-not-received = This file is not here. Whoever brought it can bring it again.
files-bad = This file cannot be shown.
files-not-as-said = Not shown: it is more than was said of it.
files-no-room = Not shown: there is too much to show here already.
files-not-wanted = Not shown, as you chose in the settings.
files-not-brought = The host did not take your file.
files-no-allowed = You may not bring files here. Whoever hosts this world decides who may.
files-no-large = It is too large for this world.
files-no-kind = It is of no kind that can be shown.
files-no-quota = You have as much here as one person may. Remove something first.
files-no-full = There is no room for more files in this world.
files-no-many = That was too many files at once. Wait until the others are there.
files-no-received = It did not arrive. Look at your connection, and put it down once more.
files-no-kept = The host's disk could not take it. Tell whoever hosts this world.
files-no-file = The host does not have this file. Bring it in again.
files-shown = Pictures and models of others
files-shown-all = All
files-shown-small = Small ones (up to 4 MB)
files-shown-none = None
