motion-hint-take = in die Hand nehmen
motion-hint-throw = werfen
motion-hint-put = hinlegen
motion-not-allowed = Du darfst hier nichts anfassen.
motion-taken = Das hat gerade jemand anderes in der Hand.
motion-too-far = Das ist zu weit weg.
motion-too-heavy = Das ist zu schwer für eine Hand.
