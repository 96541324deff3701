//! The border: every number, string and length from another person is checked here before a system
//! sees it.
//!
//! Invariant: functions here are total; they clamp, cut or refuse, and never panic.

use crate::voice::wire::Letter;
use holm_identity::AccountKey;
use holm_net::pose::Pose;
use holm_voice::sealed::{ANNOUNCEMENT_BYTES, KEY_LETTER_BYTES, MAX_MEMBERS};

/// Most characters of a name that are shown. A longer one only hides the world behind it.
pub const MAX_NAME_CHARS: usize = 32;

/// Most characters of one chat line, and what the entry field counts to: a long paragraph.
pub const MAX_CHAT_CHARS: usize = 500;

/// Farthest anybody can be from the origin, metres: the pose codec's range.
pub const MAX_COORDINATE_METRES: f32 = 32_767.0;

/// A name fit to be shown: one line, no control or direction-changing characters. Empty when somebody gave none:
/// `Words::called` has a word for that in the language of whoever reads it.
pub fn name(raw: &str) -> String {
    tame(raw, MAX_NAME_CHARS)
}

/// A world's name fit to be shown, by the same rules, and never empty.
pub fn world_name(raw: &str) -> String {
    let cleaned = name(raw);
    if cleaned.is_empty() {
        "A world".to_owned()
    } else {
        cleaned
    }
}

/// A chat line fit to be shown, or `None` when nothing of it is left.
pub fn chat_line(raw: &str) -> Option<String> {
    let cleaned = tame(raw, MAX_CHAT_CHARS);
    (!cleaned.is_empty()).then_some(cleaned)
}

/// Most lines of a writing in the world.
pub const MAX_WRITING_LINES: usize = 64;
/// Most characters of it.
pub const MAX_WRITING_CHARS: usize = 2_000;

/// A writing in the world fit to be shown: lines as those of the chat, empty ones between them kept.
pub fn writing(raw: &str) -> String {
    let mut room = MAX_WRITING_CHARS;
    let mut lines = Vec::new();
    for line in raw.lines().take(MAX_WRITING_LINES) {
        let line = tame(line, room);
        room = room.saturating_sub(line.chars().count());
        lines.push(line);
    }
    lines.join("\n").trim_end().to_owned()
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

/// Most people whom somebody speaks to alone: those of a circle but its talker.
pub const MAX_AUDIENCE: usize = MAX_MEMBERS - 1;

/// Whom somebody says that they speak to: each once, ascending. Of too many the last are left out: fewer hear it, never more.
pub fn audience(raw: &[[u8; 32]]) -> Vec<AccountKey> {
    let few: std::collections::BTreeSet<_> = raw.iter().take(MAX_AUDIENCE).copied().map(AccountKey).collect();
    few.into_iter().collect()
}

/// Whether it is a letter of a circle, by its lengths; what is in it is for whoever it is addressed to to prove.
pub fn letter(raw: &Letter) -> bool {
    match raw {
        Letter::Speaks {
            announcement,
            members,
            signature,
        } => {
            announcement.len() == ANNOUNCEMENT_BYTES
                && (1..=MAX_AUDIENCE).contains(&members.len())
                && members.is_sorted_by(|a, b| a < b)
                && signature.len() == SIGNATURE_BYTES
        }
        Letter::Listens { announcement, .. } => announcement.len() == ANNOUNCEMENT_BYTES,
        Letter::Key(key) => key.len() == KEY_LETTER_BYTES,
        Letter::Ends => true,
    }
}

/// Of a device ([`holm_identity::Signature`]).
const SIGNATURE_BYTES: usize = 64;

/// How many a host says that somebody is heard by: at most everybody.
pub fn listeners(raw: u16) -> u16 {
    raw.min(holm_net::session::MAX_GUESTS as u16)
}

/// One line of at most `max_chars` characters: control characters become spaces, runs of white space
/// one space, characters that reorder, hide or stack the text of others are dropped.
fn tame(raw: &str, max_chars: usize) -> String {
    let mut out = String::with_capacity(raw.len().min(max_chars * 4));
    let mut count = 0;
    let mut marks = 0;
    let mut gap = false;
    // A joiner waits for what it joins: alone it would be an invisible difference between two names.
    let mut joiner = None;
    let mut last = '\0';
    for c in raw.chars() {
        if count == max_chars {
            break;
        }
        if c.is_whitespace() || c.is_control() {
            gap = !out.is_empty();
            joiner = None;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if is_joiner(c) {
            if !gap && joins(c, last) {
                joiner = Some(c);
            }
            continue;
        }
        if is_variation_selector(c) {
            // Nothing to be seen alone, and no new base for marks.
            if out.is_empty() || gap || is_variation_selector(last) {
                continue;
            }
        } else if is_mark(c) {
            marks += 1;
            if marks > most_marks(c) || out.is_empty() || gap {
                continue;
            }
        } else {
            marks = 0;
        }
        let more = usize::from(gap) + usize::from(joiner.is_some());
        if count + more + 1 > max_chars {
            break;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        out.extend(joiner.take());
        out.push(c);
        count += more + 1;
        last = c;
    }
    out
}

/// Direction overrides and isolates, zero-width and blank characters, tags, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{13430}'..='\u{1345F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// The zero-width joiner and non-joiner.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Whether a joiner behind this character can be seen: between letters that join their neighbours (Arabic, Persian,
/// Indic scripts and their kin) and, to make one picture of two, behind emoji. Elsewhere it would be a difference
/// that nobody sees.
fn joins(joiner: char, before: char) -> bool {
    // Arabic letters that never join what follows them.
    let joins_nothing = matches!(before,
        '\u{0621}'..='\u{0625}' | '\u{0627}' | '\u{0629}' | '\u{062F}'..='\u{0632}' | '\u{0648}'
        | '\u{0671}'..='\u{0673}' | '\u{0675}'..='\u{0677}' | '\u{0688}'..='\u{0699}' | '\u{06C0}'
        | '\u{06C3}'..='\u{06CB}' | '\u{06CD}' | '\u{06CF}' | '\u{06D2}'..='\u{06D5}');
    let in_joining_script = matches!(before,
        '\u{0620}'..='\u{06FF}' | '\u{0710}'..='\u{074F}' | '\u{0750}'..='\u{077F}' | '\u{07CA}'..='\u{07FF}'
        | '\u{0840}'..='\u{08FF}' | '\u{0900}'..='\u{0DFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17D3}'
        | '\u{1820}'..='\u{18AA}');
    let emoji = matches!(before,
        '\u{00A9}' | '\u{00AE}' | '\u{2190}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{FE0F}'
        | '\u{1F000}'..='\u{1FAFF}');
    (in_joining_script && !joins_nothing) || (emoji && joiner == '\u{200D}')
}

/// They say how the character before them looks.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}')
}

/// Marks that stand over, under or in the character before them, in all scripts.
fn is_mark(c: char) -> bool {
    unicode_bidi::bidi_class(c) == unicode_bidi::BidiClass::NSM
}

/// How many marks a character bears at most. Every living language is written with these; towers of them write over
/// the neighbours.
fn most_marks(mark: char) -> u32 {
    match mark {
        // Hebrew: a dot in the letter, one for its sound, a vowel, an accent.
        '\u{0591}'..='\u{05C7}' => 4,
        // Arabic: doubling, a vowel, a small alef.
        '\u{0610}'..='\u{06ED}' | '\u{0700}'..='\u{08FF}' => 3,
        // Indic: a dot, a vowel, its sign, the nasal.
        '\u{0900}'..='\u{0DFF}' => 4,
        // Thai and Lao: a vowel, a tone, silence.
        '\u{0E31}'..='\u{0ECF}' => 3,
        // Tibetan, Burmese, Khmer: letters that hang under letters.
        '\u{0F00}'..='\u{109F}' | '\u{1780}'..='\u{17DD}' => 5,
        _ => 2,
    }
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
    fn a_writing_keeps_its_lines_and_no_tower_of_them() {
        assert_eq!(
            writing("To the pier\n\n\u{202E}left\t \n\n"),
            "To the pier\n\nleft"
        );
        assert_eq!(writing(&"a\n".repeat(500)).lines().count(), MAX_WRITING_LINES);
        assert_eq!(writing(&"a".repeat(5_000)).chars().count(), MAX_WRITING_CHARS);
    }

    #[test]
    fn who_gives_no_name_has_none_and_a_world_always_has_one() {
        for nothing in [" \n\u{200B} ", "\u{200D}", "\u{FE0F} \u{2800}"] {
            assert_eq!(name(nothing), "");
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

    /// Real words, as they are typed: not one character of them is lost.
    #[test]
    fn words_of_many_scripts_stay_legible() {
        for word in [
            "مُحَمَّدٌ",
            "شُكْرًا",
            "هٰذَا",
            "می\u{200C}خواهم",
            "کتاب\u{200C}ها", // Arabic, Persian
            "שָׁלוֹם",
            "בְּרֵאשִׁית",
            "שּׁ", // Hebrew with its points
            "ก็",
            "น้ำ",
            "ศักดิ์สิทธิ์",
            "ที่นี่",
            "ກຸ່ງ", // Thai, Lao
            "क्षत्रिय",
            "हिन्दी",
            "क्\u{200D}ष",
            "ज़िंदगी",
            "বাংলা র\u{200D}্যা",
            "தமிழ்",
            "ක්\u{200D}රමය", // Indic
            "བརྒྱུད",
            "ཧཱུྃ",
            "မြန်မာ",
            "ကျွန်ုပ်တို့",
            "ស្ត្រី", // Tibetan, Burmese, Khmer
            "Việt Nam ế",
            "Zoë\u{0308}",
            "Йод",
            "が",
            "한국어", // marks on Latin, Cyrillic, kana
            "👨\u{200D}👩\u{200D}👧",
            "❤\u{FE0F}\u{200D}🔥",
            "🏳\u{FE0F}\u{200D}🌈",
            "👍🏽",
            "🇯🇵",
        ] {
            assert_eq!(chat_line(word).unwrap(), word);
        }
    }

    #[test]
    fn towers_of_marks_of_any_script_are_cut() {
        for (letter, mark, most) in [
            ('ส', '\u{0E47}', 3),
            ('ש', '\u{05B8}', 4),
            ('م', '\u{064E}', 3),
            ('ཀ', '\u{0F74}', 5),
            ('o', '\u{20DD}', 2),
        ] {
            let tower: String = core::iter::once(letter).chain([mark; 60]).collect();
            assert_eq!(chat_line(&tower).unwrap().chars().count(), most + 1, "{letter}");
        }
    }

    #[test]
    fn no_two_names_differ_by_what_nobody_sees() {
        for hidden in [
            "\u{200C}", "\u{200D}", "\u{034F}", "\u{2066}", "\u{2069}", "\u{061C}", "\u{200B}",
        ] {
            assert_eq!(name(&format!("A{hidden}da{hidden}")), "Ada");
            assert_eq!(name(&format!("دار{hidden}علي{hidden} {hidden}x")), "دارعلي x");
        }
        assert_eq!(chat_line("😀\u{200D}\u{200D}\u{200D}").unwrap(), "😀");
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

    #[test]
    fn a_letter_is_as_long_as_it_says_and_names_each_member_once() {
        let speaks = |members: Vec<[u8; 32]>| Letter::Speaks {
            announcement: vec![0; ANNOUNCEMENT_BYTES],
            members,
            signature: vec![0; 64],
        };
        let crowd = |count: u8| (0..count).map(|member| [member; 32]).collect::<Vec<_>>();
        assert!(letter(&speaks(crowd(1))) && letter(&speaks(crowd(15))));
        for members in [crowd(0), crowd(16), vec![[2; 32], [1; 32]], vec![[1; 32]; 2]] {
            assert!(!letter(&speaks(members)));
        }
        assert!(letter(&Letter::Key(vec![0; KEY_LETTER_BYTES])) && letter(&Letter::Ends));
        assert!(!letter(&Letter::Key(vec![0; KEY_LETTER_BYTES + 1])));
        let announcement = vec![0; ANNOUNCEMENT_BYTES - 1];
        let hears = false;
        assert!(!letter(&Letter::Listens { announcement, hears }));
    }

    proptest! {
        #[test]
        fn an_audience_is_part_of_what_was_said_and_each_is_in_it_once(
            raw in proptest::collection::vec(any::<u8>().prop_map(|one| [one; 32]), 0..40),
        ) {
            let few = audience(&raw);
            prop_assert!(few.len() <= MAX_AUDIENCE && few.is_sorted_by(|a, b| a < b));
            prop_assert!(few.iter().all(|account| raw.contains(&account.0)));
            let again: Vec<[u8; 32]> = few.iter().map(|account| account.0).collect();
            prop_assert_eq!(audience(&again), few);
        }

        #[test]
        fn no_letter_that_passes_is_longer_than_a_kilobyte(
            announcement in proptest::collection::vec(any::<u8>(), 220..230),
            members in proptest::collection::vec(any::<u8>().prop_map(|one| [one; 32]), 0..20),
            signature in proptest::collection::vec(any::<u8>(), 62..66),
        ) {
            let speaks = Letter::Speaks { announcement, members, signature };
            if letter(&speaks) {
                prop_assert!(postcard::to_stdvec(&speaks).unwrap().len() <= 1_024);
            }
        }

        #[test]
        fn taming_twice_changes_nothing(raw in "\\PC{0,700}|.{0,300}") {
            let once = name(&raw);
            prop_assert_eq!(name(&once), once.clone());
            prop_assert!(once.chars().count() <= MAX_NAME_CHARS);
            prop_assert!(!once.chars().any(|c| c.is_control() || is_invisible(c)));
        }

        /// Characters that matter here, close together.
        #[test]
        fn taming_tricks_twice_changes_nothing(
            raw in "[aمद่ส😀 \u{0301}\u{064B}\u{0E47}\u{200B}-\u{200F}\u{2066}-\u{2069}\u{FE0E}\u{FE0F}\u{202E}]{0,60}",
        ) {
            let once = name(&raw);
            prop_assert_eq!(name(&once), once.clone());
            prop_assert!(!once.ends_with(is_joiner));
        }
    }
}
