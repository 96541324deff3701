# The browser page around Holm, before the program runs. One line a sentence, values as { $name }: the page reads
# no more of Fluent than that (xtask/src/web/words.rs).

page-here = Already there: { $people }
page-nobody = Nobody is there yet. You would be the first.
page-full = Full: { $people } of { $max } are there
page-host-silent = Its host does not answer at the moment.
page-name = Your name
page-name-hint = How friends call you
page-letters = qwertyuiop asdfghjkl' zxcvbnm-
page-letters-space = space
page-letters-delete = delete
page-join = Come in
page-elsewhere = Another world…
page-install = Keep Holm on this device
page-fetching = Fetching Holm
page-unpacking = Unpacking Holm
page-ready = Holm is here
page-opening = Opening the door…
page-bytes = { $have } of { $all }
page-left = about { $time } left
page-stalled = Nothing has arrived for { $time }. Still trying.
page-again = Try again
page-details = What happened, for someone who can help
page-canvas = The world. Walk with W, A, S and D, look with the mouse, press Enter to say something.
page-noscript = Holm is a program that runs on this page, and scripts are switched off here. Allow them for this page and load it again, or open the link in the Holm program.

page-no-wasm = This browser cannot run Holm: WebAssembly is missing or switched off.
page-no-wasm-next = Open the link in a current Firefox, Chrome, Edge or Safari. In a browser's strictest safety mode, allow this page first.
page-no-webrtc = This browser cannot connect people: WebRTC is missing or switched off.
page-no-webrtc-next = Allow WebRTC in the browser's settings or in the extension that blocks it, or open the link in another browser.
page-no-webgl = This browser cannot draw the world: WebGL 2 is missing or switched off.
page-no-webgl-next = Switch on “graphics acceleration” in the browser's settings and start it again, or open the link in another browser.
page-host-gone = The world's host does not answer.
page-host-gone-next = It may have closed, or your connection is gone. Ask the person who sent the link whether their world is open, then try again.
page-stood-still = Nothing arrives from the world's host.
page-stood-still-next = The connection stands still, here or there. Check that you are online, then try again.
page-cut = The connection broke while Holm was loading.
page-cut-next = Try again; nothing of yours is lost.
page-old = The host has a newer Holm by now.
page-old-next = Try again: the page then comes anew.
page-broken = Holm could not start in this browser.
page-broken-next = Load the page again; if that does not help, open the link in another browser or in the Holm program.
page-stopped = Holm stopped.
page-stopped-next = That is a mistake of ours, not of yours. Load the page again to come back to where you were.
page-graphics = The browser took the graphics away.
page-graphics-next = That happens when the graphics driver restarts or memory is short. Load the page again.
