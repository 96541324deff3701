//! The order in which the parts of a row are seen, by the Unicode Bidirectional Algorithm (UAX #9).
//!
//! Invariant: every part is seen once.

use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

/// Where a part is seen: the list of them runs from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number in the order of reading.
    pub(super) piece: usize,
    /// A bracket that opens to the other side here.
    pub(super) mirrored: bool,
}

/// The visual order of a row; each character stands for one part of it.
pub(super) fn visual(letters: &str, from_right: bool) -> Vec<Place> {
    let row: String = letters.chars().map(in_row).collect();
    let info = BidiInfo::new(&row, Some(base(from_right)));
    let Some(paragraph) = info.paragraphs.first() else {
        return Vec::new();
    };
    let levels = info.reordered_levels_per_char(paragraph, paragraph.range.clone());
    let chars: Vec<char> = row.chars().collect();
    BidiInfo::reorder_visual(&levels)
        .into_iter()
        .map(|piece| Place {
            piece,
            mirrored: levels[piece].is_rtl() && is_mirrored(chars[piece]),
        })
        .collect()
}

/// Whether the first letter that has a direction of its own, outside of isolates, runs from right to left.
pub(super) fn begins_from_right(text: &str) -> bool {
    let mut depth = 0u32;
    for c in text.chars() {
        match bidi_class(c) {
            BidiClass::FSI | BidiClass::LRI | BidiClass::RLI => depth += 1,
            BidiClass::PDI => depth = depth.saturating_sub(1),
            BidiClass::L if depth == 0 => return false,
            BidiClass::R | BidiClass::AL if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// The level of each character of a paragraph: odd ones are read from right to left.
pub(super) fn levels(paragraph: &str, from_right: bool) -> Vec<Level> {
    if !from_right && !paragraph.chars().any(crate::words::runs_from_right) {
        return vec![Level::ltr(); paragraph.chars().count()];
    }
    let row: String = paragraph.chars().map(in_row).collect();
    let info = BidiInfo::new(&row, Some(base(from_right)));
    row.char_indices().map(|(at, _)| info.levels[at]).collect()
}

pub(super) fn base(from_right: bool) -> Level {
    if from_right { Level::rtl() } else { Level::ltr() }
}

/// A character that ends a paragraph cannot stand in a row; if somebody sends one, it is a space.
fn in_row(c: char) -> char {
    if bidi_class(c) == BidiClass::B { ' ' } else { c }
}

/// The brackets and quotation marks in use, each beside the one it is when read from the other side
/// (BidiMirroring.txt has more: mathematics).
const MIRRORED: &str = "()[]{}<>«»‹›≤≥「」『』（）［］｛｝〈〉《》【】";

fn is_mirrored(c: char) -> bool {
    MIRRORED.contains(c)
}

/// What is painted for a sign that is read from right to left.
pub(super) fn mirrored(c: char) -> char {
    let at = MIRRORED.chars().position(|sign| sign == c);
    at.and_then(|at| MIRRORED.chars().nth(at ^ 1)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(letters: &str, from_right: bool) -> String {
        let chars: Vec<char> = letters.chars().collect();
        visual(letters, from_right)
            .into_iter()
            .map(|place| chars[place.piece])
            .collect()
    }

    #[test]
    fn words_from_right_to_left_are_seen_in_that_order() {
        assert_eq!(seen("ا ب ت", true), "ت ب ا");
        assert_eq!(seen("ab ا ب c", false), "ab ب ا c");
        assert_eq!(seen("ا Holm ب", true), "ب Holm ا");
        assert_eq!(seen("ا 12.5 ب!", true), "!ب 12.5 ا");
        assert_eq!(seen("plain", false), "plain");
    }

    #[test]
    fn an_isolated_name_does_not_turn_its_line() {
        assert_eq!(
            seen("\u{2068}ا\u{2069} 3 here", false),
            "\u{2068}ا\u{2069} 3 here"
        );
        // Without isolates the number would go to the name.
        assert_eq!(seen("ا 3 here", false), "3 ا here");
    }

    #[test]
    fn brackets_open_to_the_side_they_are_read_from() {
        let places = visual("(ا)", true);
        assert!(places[0].mirrored && places[2].mirrored && !places[1].mirrored);
        assert!(visual("(a)", false).iter().all(|place| !place.mirrored));
        assert_eq!([mirrored('('), mirrored('»'), mirrored('a')], [')', '«', 'a']);
    }

    #[test]
    fn the_first_letter_outside_of_isolates_says_the_direction() {
        assert!(begins_from_right("12 مرحبا Ada"));
        assert!(!begins_from_right("Ada: مرحبا"));
        assert!(!begins_from_right("\u{2068}سارة\u{2069} is here"));
        assert!(!begins_from_right("123 …"));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_new(
            letters in proptest::collection::vec(
                prop_oneof![any::<char>(), "[a-z0-9 ().,]".prop_map(|s| s.chars().next().unwrap_or(' ')),
                    proptest::char::range('\u{5d0}', '\u{6ff}'), proptest::char::range('\u{2028}', '\u{2069}')],
                0..60,
            ),
            from_right: bool,
        ) {
            let text: String = letters.iter().collect();
            let mut places: Vec<usize> = visual(&text, from_right).into_iter().map(|place| place.piece).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..letters.len()).collect::<Vec<_>>());
            begins_from_right(&text);
        }
    }
}
