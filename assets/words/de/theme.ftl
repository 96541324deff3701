# Letters that are fetched when they are needed.

theme-no-arabic = Die arabischen Buchstaben konnten nicht geladen werden.
theme-no-japanese = Die japanischen Schriftzeichen konnten nicht geladen werden.
theme-no-hebrew = Die hebräischen Buchstaben konnten nicht geladen werden.
theme-no-thai = Die thailändischen Buchstaben konnten nicht geladen werden.
theme-no-devanagari = Die Devanagari-Buchstaben konnten nicht geladen werden.
theme-no-letters-next = An ihrer Stelle stehen Kästchen. Lade die Seite neu, um es noch einmal zu versuchen.
