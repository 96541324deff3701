# Letters that are fetched when they are needed.

theme-no-arabic = アラビア文字を読み込めませんでした。
theme-no-japanese = 日本語の文字を読み込めませんでした。
theme-no-hebrew = ヘブライ文字を読み込めませんでした。
theme-no-thai = タイ文字を読み込めませんでした。
theme-no-devanagari = デーヴァナーガリー文字を読み込めませんでした。
theme-no-letters-next = 代わりに四角が表示されます。ページを再読み込みしてください。
