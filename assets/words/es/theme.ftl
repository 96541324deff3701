# Letters that are fetched when they are needed.

theme-no-arabic = No se han podido cargar las letras árabes.
theme-no-japanese = No se han podido cargar los caracteres japoneses.
theme-no-letters-next = En su lugar se ven recuadros. Recarga la página para intentarlo de nuevo.
