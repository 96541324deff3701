# About the keys of whoever sits here.

profile-unreadable = Your keys could not be read ({ $error }). You have new ones until that is repaired.
profile-newer = Your keys were made by a newer Holm. You have others for this session; update Holm to be yourself again.
profile-damaged-kept = Your key file was damaged and is kept as { $place }. You have new keys now.
profile-damaged = Your key file is damaged. You have new keys for this session only.
profile-not-kept = Your keys could not be kept ({ $error }): you will be somebody else next time.
