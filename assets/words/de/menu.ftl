# In a world: the menu, the invitation, what is loading.

menu-people =
    { $count ->
        [1] Nur du bist hier
        [one] 1 Person ist hier
        *[other] { $count } Personen sind hier
    }
menu-here =
    { $count ->
        [0] nur du
        [1] nur du
        [one] 1 hier
        *[other] { $count } hier
    }
menu-resume = Zurück in die Welt
menu-invite = Freunde einladen
menu-people-here = Wer ist da
menu-connection = Verbindung
menu-settings = Einstellungen
menu-back = Zurück
menu-close = Diese Welt schließen
menu-leave = Gehen
menu-no-link = Diese Welt hat keinen Link zum Verschicken.
menu-no-link-next = Öffne sie vom Startbildschirm neu, dann gibt es einen.
menu-no-invite = Wer diese Welt führt, möchte nicht, dass ihr Link weitergegeben wird.
menu-no-invite-next = Bitte darum, deine Freunde einzuladen, oder um das Recht, es selbst zu tun.
menu-link-what = Wer diesen Link hat, darf herein. Er öffnet sich im Browser und in Holm.
menu-copy = Link kopieren
menu-copied = Kopiert: jetzt verschicken
menu-qr = Oder halte ein Telefon davor:
menu-qr-name = QR-Code des Links
menu-away = Die Verbindung ist unterbrochen.
menu-away-next = Ich versuche zurückzukommen.
menu-away-kept = Ich versuche zurückzukommen. Dein Platz bleibt noch { $seconds } s frei.
