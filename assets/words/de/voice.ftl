# Talking aloud: one's own microphone, who hears it, and what is wrong with it.

voice-title = Deine Stimme
voice-back = Zurück
voice-mute = Stumm schalten
voice-unmute = Mikrofon öffnen
voice-retry = Noch einmal versuchen
voice-settings = Einstellungen für Ton und Stimme
voice-is-muted = Du bist stumm: Niemand hört dich.
voice-is-off = Dein Mikrofon ist nicht offen: Du hörst zu.
voice-is-opening = Dein Mikrofon wird geöffnet. Wirst du gefragt, ob Holm es benutzen darf, dann sag ja.
voice-is-waiting = Man hört dich, solange du die Taste zum Sprechen hältst.
voice-is-heard = Man hört dich.
voice-is-open = Man hört dich, sobald du sprichst.
voice-no-device = Kein Mikrofon gefunden.
voice-no-device-next = Steck eines an oder schalte es ein und versuch es noch einmal. Die anderen hörst du auch ohne.
voice-not-allowed = Holm darf das Mikrofon nicht benutzen.
voice-not-allowed-next = Erlaub es neben der Adresse dieser Seite oder in den Datenschutzeinstellungen deines Systems und versuch es noch einmal.
voice-busy = Ein anderes Programm hat das Mikrofon für sich allein.
voice-busy-next = Schließ dieses Programm oder wähl ein anderes Mikrofon und versuch es noch einmal.
voice-lost = Dein Mikrofon ist weg.
voice-lost-next = Steck es wieder an oder wähl in den Einstellungen ein anderes. Die anderen hörst du trotzdem.
voice-broken = Dein Mikrofon funktioniert nicht.
voice-broken-next = Zieh es ab und steck es wieder an oder wähl ein anderes und versuch es noch einmal.
voice-nobody = Niemand ist nah genug, um dich zu hören.
voice-not-here = Du darfst hier gerade nicht sprechen.
voice-not-here-next = Das entscheidet, wer in dieser Welt für Ordnung sorgt.
voice-reach = Wie weit man dich hört
voice-whisper = Flüstern
voice-normal = Normal
voice-shout = Rufen
voice-stage = Bühne
voice-heard-within = Bis zu { $count } m weit.
voice-heard-everywhere = Überall in dieser Welt.
voice-to-one = Nur zu { $name }
voice-to-few =
    { $count ->
        [one] Nur zu 1 Person
       *[other] Nur zu { $count } Personen
    }
voice-only-to = Du sprichst nur zu
voice-sealed = Sonst kann niemand zuhören, auch der Gastgeber nicht.
voice-to-all = Wieder zu allen sprechen
voice-volume = Wie laut diese Person ist
voice-percent = { $percent } %
voice-whisper-to-them = Zuflüstern
voice-add = In meinen Kreis holen
voice-take-out = Aus meinem Kreis nehmen
voice-circle =
    { $count ->
        [one] Du sprichst nur zu dieser Person.
       *[other] Du sprichst nur zu { $count } Personen, diese ist dabei.
    }
voice-whispers = { $name } spricht nur zu dir
voice-whispers-to-few =
    { $count ->
        [one] { $name } spricht nur zu dir und einer weiteren Person
       *[other] { $name } spricht nur zu dir und { $count } weiteren
    }
voice-answer = Ebenso leise antworten
voice-microphone = Mikrofon
voice-device-system = Wie auf diesem Gerät
voice-device-gone = Das gewählte ist gerade nicht da
voice-list-empty = Noch ist kein Mikrofon bekannt. Ein Browser nennt sie, sobald du eines erlaubt hast.
voice-look-again = Noch einmal suchen
voice-test = Mich selbst hören
voice-test-what = Das öffnet das Mikrofon und spielt es dir vor. Sonst hört es niemand.
voice-open-as = Offen: { $name }
voice-meter-loud = Zu laut: Es wird abgeschnitten
voice-meter-speech = Sprache
voice-meter-silent = Stille
voice-meter-mark = Ab dem Strich ist es Sprache und geht zu den anderen.
voice-meter-no-mark = Sag etwas: Ein Strich zeigt dann, ab wann es Sprache ist.
voice-when = Wann man dich hört
voice-when-open = Immer wenn ich spreche
voice-when-held = Solange eine Taste gehalten wird
voice-without-noise = Rauschen herausnehmen
voice-automatic-gain = Mich so laut machen wie die anderen
voice-without-echo = Herausnehmen, was aus meinen Lautsprechern kommt
voice-echo-stays = Was aus deinen Lautsprechern kommt, kann Holm hier nicht herausnehmen. Mit Kopfhörern hören die anderen sich nicht selbst.
