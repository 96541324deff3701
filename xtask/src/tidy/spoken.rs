//! What a person reads comes from `assets/words`, at the door from `game/web/words`, in their language: no sentence is
//! handed to the interface as a string of the source.

use super::Finding;
use super::code::{bare, without_tests};

mod page;

/// What shows its arguments to a person. So does every function of `widgets` but those in [`SAME_EVERYWHERE`].
const SHOWING: &[&str] = &[
    "ui.label(",
    "ui.heading(",
    "ui.small(",
    "ui.strong(",
    "ui.weak(",
    "ui.monospace(",
    "ui.code(",
    "ui.link(",
    "ui.hyperlink_to(",
    "ui.button(",
    "ui.small_button(",
    "ui.menu_button(",
    "ui.checkbox(",
    "ui.radio(",
    "ui.radio_value(",
    "ui.selectable_label(",
    "ui.selectable_value(",
    "ui.toggle_value(",
    "ui.collapsing(",
    "Button::new(",
    "CollapsingHeader::new(",
    "Label::new(",
    "LayoutJob::simple(",
    "RichText::new(",
    "Text::new(",
    "Text2d::new(",
    "WidgetInfo::labeled(",
    "Window::new(",
    "layout(",
    "layout_job(",
    "layout_no_wrap(",
    "painter.text(",
    "painter().text(",
    ".hint(",
    ".hint_text(",
    ".on_hover_text(",
    ".on_disabled_hover_text(",
    "Notice::plain(",
    "Notice::fine(",
    "Notice::trouble(",
    "Notice {",
    "Sentence {",
];

/// Of `widgets`: keys' names are the same in every language.
const SAME_EVERYWHERE: &[&str] = &["keycap"];

/// Its own name is no word of any language.
const NAME: &str = "Holm";

/// Checks one file of the game or of the page around it.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let shown: Vec<(usize, String)> = if path.starts_with("game/web/") {
        page::shown(path, text)
    } else if path.starts_with("game/src/") && path.ends_with(".rs") && !path.ends_with("tests.rs") {
        shown(text)
    } else {
        Vec::new()
    };
    let sentences = shown
        .into_iter()
        .filter(|(_, literal)| has_words(literal) && !is_key(literal));
    sentences
        .map(|(line, literal)| {
            let words = if path.starts_with("game/web/") {
                "game/web/words"
            } else {
                "assets/words"
            };
            Finding::new(
                path,
                line,
                format!("“{literal}” is shown to people: say it by a key of {words}"),
            )
        })
        .collect()
}

/// The strings that a file of the program shows, and their lines.
fn shown(text: &str) -> Vec<(usize, String)> {
    let bare = bare(text);
    let code_lines = without_tests(&bare).last().map_or(0, |(line, _)| line);
    let mut found = Vec::new();
    for at in showing(&bare) {
        let line = bare[..at].matches('\n').count() + 1;
        if line <= code_lines {
            let literals = shown_literals(text.as_bytes(), bare.as_bytes(), at);
            found.extend(literals.into_iter().map(|literal| (line, literal.to_owned())));
        }
    }
    // A call in a call is met twice.
    found.sort();
    found.dedup();
    found
}

/// Where the arguments begin of all that shows them.
fn showing(bare: &str) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for call in SHOWING {
        let begins = |at: &usize| {
            let before = bare[..*at].chars().next_back();
            call.starts_with('.') || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
        };
        let places = bare.match_indices(call).map(|(at, _)| at).filter(begins);
        found.extend(places.map(|at| at + call.len()));
    }
    for (at, module) in bare.match_indices("widgets::") {
        let rest = &bare[at + module.len()..];
        let name = rest
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        if rest[name.len()..].starts_with('(') && !SAME_EVERYWHERE.contains(&name) {
            found.push(at + module.len() + name.len() + 1);
        }
    }
    found
}

/// The strings that are arguments themselves, in brackets or branches of one, or patterns of a `format!` that is one;
/// `at` is behind the call's bracket.
fn shown_literals<'a>(text: &'a [u8], bare: &[u8], at: usize) -> Vec<&'a str> {
    let mut found = Vec::new();
    // For each open bracket, whether what stands in it is shown.
    let mut open = vec![true];
    let mut i = at;
    while i < bare.len() && !open.is_empty() {
        match bare[i] {
            b'(' | b'[' | b'{' => {
                let shown = open.last() == Some(&true) && hands_on(bare[i], &bare[..i]);
                open.push(shown);
            }
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

/// Whether what stands in this bracket becomes the value that it stands in: not the arguments of a call, nor an index.
fn hands_on(bracket: u8, before: &[u8]) -> bool {
    let wraps = [&b"format!"[..], b"Some", b"String::from"];
    let follows_value = before
        .last()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_)]>".contains(byte));
    match bracket {
        b'(' => wraps.iter().any(|name| before.ends_with(name)) || !(follows_value || before.ends_with(b"!")),
        b'[' => !follows_value,
        _ => true,
    }
}

/// `people-you`: a name of a sentence, for whoever looks it up.
fn is_key(literal: &str) -> bool {
    literal.contains('-') && literal.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

/// Two letters in a row outside of `{…}`: not a sign, a unit's sign or a pattern of values alone.
fn has_words(literal: &str) -> bool {
    let mut depth = 0;
    let mut before = false;
    for c in literal.replace(NAME, "").chars() {
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
        assert_eq!(
            found("fn a() { notices.write(Notice { mood, what: \"Saved\".into(), next }); }"),
            1
        );
        assert_eq!(found("fn a() { widgets::pair(ui, \"Way out\", &value); }"), 1);
        assert_eq!(found("fn a() { widgets::anything_new(ui, \"Way out\"); }"), 1);
        assert_eq!(found("fn a() { response.on_hover_text(\"More\"); }"), 1);
    }

    #[test]
    fn a_sentence_in_a_branch_or_a_list_is_found_and_nothing_twice() {
        assert_eq!(
            found("fn a() { ui.label(if here { \"Here\" } else { \"Gone\" }); }"),
            2
        );
        assert_eq!(
            found("fn a() { widgets::choose(ui, &mut a, &[(None, \"Any\".to_owned())]); }"),
            1
        );
        assert_eq!(found("fn a() { ui.label(RichText::new(\"Here\").small()); }"), 1);
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
        assert_eq!(found("fn a() { widgets::aside(ui, names[\"of all\"]); }"), 0);
        assert_eq!(
            found("fn a() { Sentence { what: key(a, \"b c\"), next: \"a-next\" } }"),
            0
        );
        assert!(check("net/src/a.rs", "ui.label(\"Who is here\")").is_empty());
    }
}
