//! Makes a name from somebody else fit to be shown.

/// Control characters, and those that turn text round or are invisible and exist to deceive. The two
/// joiners and the variation selectors stay: many scripts and emoji need them.
fn is_deceiving(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{00ad}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e007f}')
}

/// Accents stacked on one letter until they cover the lines above.
fn is_accent(char: char) -> bool {
    matches!(char, '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}')
}

/// Changes its neighbours, and alone is nothing to see: joiners and variation selectors.
fn is_unseen(char: char) -> bool {
    matches!(char, ' ' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// `text` without deceiving characters, single-spaced, trimmed, cut at a character's border to
/// `max_bytes`; `otherwise` when nothing is left to see.
pub(crate) fn shown(text: &str, max_bytes: usize, otherwise: &str) -> String {
    let mut name = String::with_capacity(text.len().min(max_bytes));
    let mut accents = 0;
    for char in text.chars() {
        let char = if char.is_whitespace() { ' ' } else { char };
        if is_deceiving(char) || (char == ' ' && (name.is_empty() || name.ends_with(' '))) {
            continue;
        }
        accents = if is_accent(char) { accents + 1 } else { 0 };
        if accents > 2 {
            continue;
        }
        if name.len() + char.len_utf8() > max_bytes {
            break;
        }
        name.push(char);
    }
    name.truncate(name.trim_end().len());
    if name.chars().all(is_unseen) {
        otherwise.to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_lose_what_deceives_and_keep_what_is_theirs() {
        assert_eq!(shown("  Ada \t\n Lovelace ", 96, "?"), "Ada Lovelace");
        assert_eq!(shown("evil\u{202e}txt.exe", 96, "?"), "eviltxt.exe");
        assert_eq!(shown("\u{200b}\u{feff}", 96, "Guest"), "Guest");
        assert_eq!(shown("\u{200d} \u{2800}\u{fe0f}", 96, "Guest"), "Guest");
        assert_eq!(shown("Zoë 王小明 مریم", 96, "?"), "Zoë 王小明 مریم");
        assert_eq!(shown("👩\u{200d}🚀", 96, "?"), "👩\u{200d}🚀");
        assert_eq!(
            shown("a\u{301}\u{301}\u{301}\u{301}b", 96, "?"),
            "a\u{301}\u{301}b"
        );
        assert_eq!(shown("王王王", 7, "?"), "王王");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_short_clean_name(text in ".{0,200}") {
            let name = shown(&text, 96, "Guest");
            prop_assert!(!name.is_empty() && name.len() <= 96 && name.trim() == name);
            prop_assert!(!name.chars().any(is_deceiving));
            prop_assert_eq!(shown(&name, 96, "Guest"), name);
        }
    }
}
