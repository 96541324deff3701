# Letters that are fetched when they are needed.

theme-no-arabic = No se han podido cargar las letras árabes.
theme-no-japanese = No se han podido cargar los caracteres japoneses.
theme-no-hebrew = No se han podido cargar las letras hebreas.
theme-no-thai = No se han podido cargar las letras tailandesas.
theme-no-devanagari = No se han podido cargar las letras devanagari.
theme-no-letters-next = En su lugar se ven recuadros. Recarga la página para intentarlo de nuevo.
