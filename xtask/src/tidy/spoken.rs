//! What a person reads comes from `assets/words`, in their language: no sentence is handed to the interface as a
//! string of the source.

use super::Finding;
use super::code::{bare, without_tests};

/// Calls that show their arguments to a person. Keys' names (`keycap`) are the same in every language.
const SHOWING: &[&str] = &[
    "ui.label(",
    "ui.heading(",
    "ui.button(",
    "RichText::new(",
    "Label::new(",
    "layout_no_wrap(",
    ".hint_text(",
    "widgets::button(",
    "widgets::wide_button(",
    "widgets::heading(",
    "widgets::field(",
    "widgets::toggle(",
    "widgets::slider(",
    "widgets::callout(",
    "widgets::aside(",
    "widgets::name(",
    "Notice::plain(",
    "Notice::fine(",
    "Notice::trouble(",
];

/// Its own name is no word of any language.
const NAME: &str = "Holm";

/// Checks one file of the game.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    if !path.starts_with("game/src/") || path.ends_with("tests.rs") {
        return Vec::new();
    }
    let bare = bare(text);
    let code_lines = without_tests(&bare).last().map_or(0, |(line, _)| line);
    let mut found = Vec::new();
    for call in SHOWING {
        for (at, _) in bare.match_indices(call) {
            let line = bare[..at].matches('\n').count() + 1;
            if line > code_lines {
                continue;
            }
            for literal in shown_literals(text.as_bytes(), bare.as_bytes(), at + call.len()) {
                if has_words(literal) && literal != NAME {
                    found.push(Finding::new(
                        path,
                        line,
                        format!("“{literal}” is shown to people: say it by a key of assets/words"),
                    ));
                }
            }
        }
    }
    found
}

/// The strings that are arguments themselves, or patterns of a `format!` that is one; `at` is behind the call's `(`.
fn shown_literals<'a>(text: &'a [u8], bare: &[u8], at: usize) -> Vec<&'a str> {
    let mut found = Vec::new();
    // For each open bracket, whether what stands in it is shown.
    let mut open = vec![true];
    let mut i = at;
    while i < bare.len() && !open.is_empty() {
        match bare[i] {
            b'(' | b'[' | b'{' => open.push(bare[..i].ends_with(b"format!")),
            b')' | b']' | b'}' => {
                open.pop();
            }
            b' ' if text[i] == b'"' => {
                let mut end = i + 1;
                while end < text.len() && text[end] != b'"' {
                    end += if text[end] == b'\\' { 2 } else { 1 };
                }
                if open.last() == Some(&true) {
                    found.push(core::str::from_utf8(&text[i + 1..end.min(text.len())]).unwrap_or_default());
                }
                i = end;
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Two letters in a row outside of `{…}`: not a sign, a unit's sign or a pattern of values alone.
fn has_words(literal: &str) -> bool {
    let mut depth = 0;
    let mut before = false;
    for c in literal.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        let letter = depth == 0 && c.is_alphabetic();
        if letter && before {
            return true;
        }
        before = letter;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> usize {
        check("game/src/a.rs", code).len()
    }

    #[test]
    fn a_sentence_in_the_source_is_found() {
        assert_eq!(found("fn a() { ui.label(\"Who is here\"); }"), 1);
        assert_eq!(
            found("fn a() { widgets::aside(ui, format!(\"{count} people\")); }"),
            1
        );
        assert_eq!(
            found("fn a() { widgets::callout(\n ui,\n Mood::Plain,\n \"One\",\n \"Two\",\n); }"),
            2
        );
        assert_eq!(found("fn a() { notices.write(Notice::fine(\"Saved\")); }"), 1);
    }

    #[test]
    fn keys_signs_values_and_other_calls_are_not() {
        assert_eq!(found("fn a() { ui.label(words.say(\"people-title\")); }"), 0);
        assert_eq!(
            found("fn a() { widgets::slider(ui, &words.say(\"settings-size\"), v, R, \"×\"); }"),
            0
        );
        assert_eq!(found("fn a() { ui.label(format!(\"{a} · {b}\")); }"), 0);
        assert_eq!(
            found("fn a() { ui.label(words.with(\"a-b\", &[(\"name\", n)])); }"),
            0
        );
        assert_eq!(
            found("fn a() { egui::Area::new(\"people here\".into()); widgets::keycap(ui, \"Tab\"); }"),
            0
        );
        assert_eq!(found("fn a() { ui.label(\"Holm\"); }"), 0);
        assert_eq!(found("// ui.label(\"Who is here\")\n"), 0);
        assert_eq!(
            found("fn a() {}\n#[cfg(test)]\nmod tests {\n ui.label(\"Who is here\");\n}\n"),
            0
        );
        assert!(check("net/src/a.rs", "ui.label(\"Who is here\")").is_empty());
    }
}
