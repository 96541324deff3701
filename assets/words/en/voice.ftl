# Talking aloud: one's own microphone, who hears it, and what is wrong with it.

voice-title = Your voice
voice-back = Back
voice-mute = Mute
voice-unmute = Unmute
voice-retry = Try again
voice-settings = Sound and voice settings
voice-is-muted = You are muted: nobody hears you.
voice-is-off = Your microphone is not open: you listen.
voice-is-opening = Your microphone is being opened. If you are asked whether Holm may use it, say yes.
voice-is-waiting = You are heard while the key to talk is held.
voice-is-heard = You are heard.
voice-is-open = You are heard as soon as you speak.
voice-no-device = No microphone was found.
voice-no-device-next = Plug one in or switch it on, and try again. You hear the others without one.
voice-not-allowed = Holm may not use the microphone.
voice-not-allowed-next = Allow it beside the address of this page, or in the privacy settings of your system, and try again.
voice-busy = Another program has the microphone for itself.
voice-busy-next = Close that program or choose another microphone, and try again.
voice-lost = Your microphone is gone.
voice-lost-next = Plug it in again, or choose another one in the settings. You hear the others all the same.
voice-broken = Your microphone does not work.
voice-broken-next = Unplug it and plug it in again, or choose another one, and try once more.
voice-nobody = Nobody is near enough to hear you.
voice-not-here = You may not speak here for now.
voice-not-here-next = Whoever keeps order in this world decides.
voice-reach = How far you are heard
voice-whisper = Whisper
voice-normal = Normal
voice-shout = Shout
voice-stage = Stage
voice-heard-within = Up to { $count } m away.
voice-heard-everywhere = Everywhere in this world.
voice-to-one = Only to { $name }
voice-to-few =
    { $count ->
        [one] Only to 1 person
       *[other] Only to { $count } people
    }
voice-only-to = You speak only to
voice-sealed = Nobody else can listen, not even the host.
voice-to-all = Speak to all again
voice-volume = How loud they are
voice-percent = { $percent } %
voice-whisper-to-them = Whisper to them
voice-add = Add to my circle
voice-take-out = Take out of my circle
voice-circle =
    { $count ->
        [one] You speak to them alone.
       *[other] You speak only to { $count } people, and they are one of them.
    }
voice-whispers = { $name } speaks to you alone
voice-whispers-to-few =
    { $count ->
        [one] { $name } speaks only to you and one other
       *[other] { $name } speaks only to you and { $count } others
    }
voice-answer = Answer just as quietly
voice-microphone = Microphone
voice-device-system = As on this device
voice-device-gone = The one you chose is not here now
voice-list-empty = No microphone is known yet. A browser names them once you have allowed one.
voice-look-again = Look again
voice-test = Hear myself
voice-test-what = This opens the microphone and plays it to you. Nobody else hears it.
voice-open-as = Open: { $name }
voice-meter-loud = Too loud: it is cut off
voice-meter-speech = Speech
voice-meter-silent = Silence
voice-meter-mark = From the mark on it is speech, and goes to the others.
voice-meter-no-mark = Say something: a mark will show from where on it is speech.
voice-when = When you are heard
voice-when-open = Whenever I speak
voice-when-held = While a key is held
voice-without-noise = Take out noise
voice-automatic-gain = Make me as loud as the others
voice-without-echo = Take out what my speakers play
voice-echo-stays = Holm cannot take out what your speakers play here. With headphones the others do not hear themselves.
