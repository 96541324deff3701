//! The border: every number, string and length from another person is checked here before a system
//! sees it.
//!
//! Invariant: functions here are total; they clamp, cut or refuse, and never panic.

use holm_net::pose::Pose;

/// Most characters of a name that are shown. A longer one only hides the world behind it.
pub const MAX_NAME_CHARS: usize = 32;

/// Most characters of one chat line, and what the entry field counts to: a long paragraph.
pub const MAX_CHAT_CHARS: usize = 500;

/// Farthest anybody can be from the origin, metres: the pose codec's range.
pub const MAX_COORDINATE_METRES: f32 = 32_767.0;

/// A name fit to be shown: one line, no control or direction-changing characters, never empty.
pub fn name(raw: &str) -> String {
    named(raw, "Somebody")
}

/// A world's name fit to be shown, by the same rules.
pub fn world_name(raw: &str) -> String {
    named(raw, "A world")
}

fn named(raw: &str, nameless: &str) -> String {
    let cleaned = tame(raw, MAX_NAME_CHARS);
    if cleaned.is_empty() {
        nameless.to_owned()
    } else {
        cleaned
    }
}

/// A chat line fit to be shown, or `None` when nothing of it is left.
pub fn chat_line(raw: &str) -> Option<String> {
    let cleaned = tame(raw, MAX_CHAT_CHARS);
    (!cleaned.is_empty()).then_some(cleaned)
}

/// A pose whose numbers are finite and in range, or `None`: nobody is drawn at NaN.
pub fn pose(raw: Pose) -> Option<Pose> {
    let finite = raw
        .position
        .iter()
        .chain([&raw.yaw, &raw.head_yaw, &raw.pitch])
        .all(|x| x.is_finite());
    let near = raw.position.iter().all(|x| x.abs() <= MAX_COORDINATE_METRES);
    (finite && near).then_some(raw)
}

/// One line of at most `max_chars` characters: control characters become spaces, runs of white space
/// one space, characters that reorder, hide or stack the text of others are dropped.
fn tame(raw: &str, max_chars: usize) -> String {
    let mut out = String::with_capacity(raw.len().min(max_chars * 4));
    let mut count = 0;
    let mut marks = 0;
    let mut gap = false;
    for c in raw.chars() {
        if count == max_chars {
            break;
        }
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if is_combining(c) {
            marks += 1;
            // Two marks write every living language; towers of them write over the neighbours.
            if marks > 2 || out.is_empty() {
                continue;
            }
        } else if changes_neighbours(c) {
            // Nothing to be seen alone, and no new base for marks.
            if out.is_empty() {
                continue;
            }
        } else {
            marks = 0;
        }
        if gap {
            if count + 1 == max_chars {
                break;
            }
            out.push(' ');
            count += 1;
            gap = false;
        }
        out.push(c);
        count += 1;
    }
    out
}

/// Direction overrides and isolates, zero-width and blank characters, tags, the byte order mark. The zero-width
/// joiner stays: family emoji and several scripts are written with it.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// The zero-width joiner and variation selectors: they say how what stands beside them looks.
fn changes_neighbours(c: char) -> bool {
    matches!(c, '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// Marks that stack on the character before them.
fn is_combining(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}'
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_cannot_turn_the_line_around() {
        assert_eq!(name("Ada\u{202E}nimda\u{200B}"), "Adanimda");
    }

    #[test]
    fn an_empty_name_is_still_somebody() {
        for nothing in [" \n\u{200B} ", "\u{200D}", "\u{FE0F} \u{2800}"] {
            assert_eq!(name(nothing), "Somebody");
            assert_eq!(world_name(nothing), "A world");
        }
    }

    #[test]
    fn a_tower_of_marks_stays_two_high() {
        let zalgo = format!("a{}b", "\u{0301}".repeat(40));
        assert_eq!(chat_line(&zalgo).unwrap(), "a\u{0301}\u{0301}b");
        let joined = format!("a{}", "\u{0301}\u{200D}".repeat(40));
        assert_eq!(chat_line(&joined).unwrap().matches('\u{0301}').count(), 2);
    }

    #[test]
    fn five_hundred_characters_pass_and_no_more() {
        assert_eq!(chat_line(&"ä".repeat(500)).unwrap().chars().count(), 500);
        assert_eq!(chat_line(&"ä".repeat(900)).unwrap().chars().count(), 500);
    }

    #[test]
    fn nobody_stands_at_not_a_number() {
        assert_eq!(
            pose(Pose {
                yaw: f32::NAN,
                ..Pose::default()
            }),
            None
        );
        assert_eq!(
            pose(Pose {
                position: [0.0, 1e9, 0.0],
                ..Pose::default()
            }),
            None
        );
        assert!(
            pose(Pose {
                position: [1.0, 2.0, 3.0],
                ..Pose::default()
            })
            .is_some()
        );
    }

    proptest! {
        #[test]
        fn taming_twice_changes_nothing(raw in "\\PC{0,700}|.{0,300}") {
            let once = name(&raw);
            prop_assert_eq!(name(&once), once.clone());
            prop_assert!(once.chars().count() <= MAX_NAME_CHARS);
            prop_assert!(!once.chars().any(|c| c.is_control() || is_invisible(c)));
        }
    }
}
