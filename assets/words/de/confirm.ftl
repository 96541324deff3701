# Bist du sicher: vor einem Druck, für den andere bezahlen würden.

confirm-close = { $world } schließen?
confirm-close-what =
    { $others ->
        [0] Sonst ist gerade niemand da. Wer den Link später öffnet, findet die Welt geschlossen.
        [one] 1 andere Person ist da und muss mit dir gehen.
        *[other] { $others } andere sind da und müssen mit dir gehen.
    }
confirm-close-yes = Schließen
confirm-close-no = Bleiben
confirm-send-away = { $name } wegschicken?
confirm-send-away-what = { $name } muss diese Welt sofort verlassen und erfährt, dass es von dir kommt.
confirm-send-away-yes = Wegschicken
confirm-send-away-no = Bleiben lassen
confirm-ban = { $name } verbannen?
confirm-ban-what = { $name } muss sofort gehen und kann nicht wiederkommen, bis du es erlaubst. Auch das Netz bleibt eine Woche lang draußen, wenn sonst niemand hier es teilt.
confirm-ban-yes = Verbannen
confirm-ban-no = Nicht verbannen
confirm-roll-back = Zurücknehmen, was { $name } getan hat?
confirm-roll-back-what = Alles, was { $name } in den letzten { $minutes } Minuten gebaut, geändert oder entfernt hat, ist wieder wie zuvor, außer wo andere es seitdem geändert haben.
confirm-roll-back-yes = Zurücknehmen
confirm-roll-back-no = So lassen
confirm-restore = { $name } zurückholen?
confirm-restore-what = Alles Gebaute ist wieder wie in { $name }. Was seitdem gebaut wurde, ist fort, bis du das rückgängig machst.
confirm-restore-yes = Zurückholen
confirm-restore-no = So lassen
confirm-forget = { $name } wegwerfen?
confirm-forget-what = Diese Fassung ist dann für immer fort. Die Welt bleibt, wie sie jetzt ist.
confirm-forget-yes = Wegwerfen
confirm-forget-no = Behalten
