# About the keys of whoever sits here.

profile-unreadable = Deine Schlüssel ließen sich nicht lesen ({ $error }). Bis das behoben ist, hast du neue.
profile-newer = Deine Schlüssel stammen von einem neueren Holm. Für diesmal hast du andere; mit einem neuen Holm bist du wieder du.
profile-damaged-kept = Deine Schlüsseldatei war beschädigt und liegt jetzt als { $place } beiseite. Du hast neue Schlüssel.
profile-damaged = Deine Schlüsseldatei ist beschädigt. Nur für diesmal hast du neue Schlüssel.
profile-not-kept = Deine Schlüssel ließen sich nicht aufheben ({ $error }): Beim nächsten Mal bist du jemand anderes.
