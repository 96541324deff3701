# About the keys of whoever sits here.

profile-unreadable = No se han podido leer tus claves ({ $error }). Tienes otras hasta que se arregle.
profile-newer = Tus claves son de un Holm más nuevo. Por ahora tienes otras; actualiza Holm para volver a ser tú.
profile-damaged-kept = Tu archivo de claves estaba dañado y se guarda como { $place }. Ahora tienes claves nuevas.
profile-damaged = Tu archivo de claves está dañado. Tienes claves nuevas solo para esta sesión.
profile-not-kept = No se han podido guardar tus claves ({ $error }): la próxima vez serás otra persona.
