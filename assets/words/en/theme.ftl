# Letters that are fetched when they are needed.

theme-no-arabic = The Arabic letters could not be fetched.
theme-no-japanese = The Japanese characters could not be fetched.
theme-no-hebrew = The Hebrew letters could not be fetched.
theme-no-thai = The Thai letters could not be fetched.
theme-no-devanagari = The Devanagari letters could not be fetched.
theme-no-letters-next = Boxes are shown in their place. Reload the page to try again.
