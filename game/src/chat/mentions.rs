//! Who is named in a line: `@` and a name, found in the text and sent as slots.
//!
//! Flow: while typing [`unfinished`] finds what may be completed → [`find`] turns names into slots when the line is sent →
//! the host's [`checked`] → [`places`] says which letters to light up.
//! Invariant: a mention is a slot whose name stands in the text; text alone rings at nobody.

use super::rules::Present;
use holm_net::pose::Slot;
use std::ops::Range;

/// Most people one line names: more is a roll call, for which there are announcements.
pub const MAX_MENTIONS: usize = 8;

/// Where `@name` stands in a text: the name ends there, and no letter or digit goes on.
fn stands_at(text: &str, from: usize, name: &str) -> Option<Range<usize>> {
    if name.is_empty() {
        return None;
    }
    let rest = text.get(from..)?;
    let mut begin = 0;
    while let Some(at) = rest.get(begin..)?.find('@') {
        let at = begin + at;
        let end = at + 1 + name.len();
        let whole = rest.get(at + 1..end) == Some(name)
            && rest
                .get(end..)
                .and_then(|after| after.chars().next())
                .is_none_or(|next| !next.is_alphanumeric());
        if whole {
            return Some(from + at..from + end);
        }
        begin = at + 1;
    }
    None
}

/// The slots named in a text that is about to be sent. Of several people of one name the `picked` one is meant, and
/// all when none was picked. Longer names first: `@Ada Lovelace` is not `@Ada`.
pub fn find(text: &str, here: &[(Slot, &str)], picked: &[Slot]) -> Vec<Slot> {
    let mut names: Vec<&str> = here.iter().map(|(_, name)| *name).collect();
    names.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    names.dedup();
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut slots = Vec::new();
    for name in names {
        let mut from = 0;
        let mut named = false;
        while let Some(place) = stands_at(text, from, name) {
            from = place.end;
            if !taken.iter().any(|t| t.start == place.start) {
                taken.push(place);
                named = true;
            }
        }
        if !named {
            continue;
        }
        let of_name = || here.iter().filter(|(_, n)| *n == name).map(|(slot, _)| *slot);
        let any_picked = of_name().any(|slot| picked.contains(&slot));
        slots.extend(of_name().filter(|slot| !any_picked || picked.contains(slot)));
    }
    slots.sort_unstable();
    slots.truncate(MAX_MENTIONS);
    slots
}

/// What is left of the mentions that came with a text: people who are here and whose name stands in it.
pub fn checked(raw: &[u16], text: &str, here: &[Present]) -> Vec<u16> {
    let mut slots: Vec<u16> = raw
        .iter()
        // A list of thousands costs a look at its first few.
        .take(4 * MAX_MENTIONS)
        .copied()
        .filter(|slot| {
            here.iter()
                .any(|p| p.slot.0 == *slot && stands_at(text, 0, &p.name).is_some())
        })
        .collect();
    slots.sort_unstable();
    slots.dedup();
    slots.truncate(MAX_MENTIONS);
    slots
}

/// Where these names stand behind an `@`, in order and without overlap.
pub fn places<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for name in names {
        let mut from = 0;
        while let Some(place) = stands_at(text, from, name) {
            from = place.end;
            places.push(place);
        }
    }
    // The longest at each place.
    places.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let mut end = 0;
    places.retain(|place| {
        let free = place.start >= end;
        if free {
            end = place.end;
        }
        free
    });
    places
}

/// A mention being typed: where its `@` stands and what of the name is there, up to the cursor (a byte index).
pub fn unfinished(text: &str, cursor: usize) -> Option<(usize, &str)> {
    let before = text.get(..cursor)?;
    let at = before.rfind('@')?;
    let begins_a_word = before[..at]
        .chars()
        .next_back()
        .is_none_or(|c| !c.is_alphanumeric());
    let typed = &before[at + 1..];
    // Names have spaces in them, but nobody means a name at the end of a sentence that began far back.
    (begins_a_word && typed.chars().count() <= crate::customs::MAX_NAME_CHARS).then_some((at, typed))
}

/// Whether somebody may be meant by what is typed of a name.
pub fn begins(name: &str, typed: &str) -> bool {
    let mut name = name.chars().flat_map(char::to_lowercase);
    typed
        .chars()
        .flat_map(char::to_lowercase)
        .all(|c| name.next() == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_identity::AccountKey;
    use proptest::prelude::*;

    const HERE: [(Slot, &str); 4] = [
        (Slot(0), "Ada"),
        (Slot(1), "Ada Lovelace"),
        (Slot(2), "Bo"),
        (Slot(3), "Bo"),
    ];

    fn present() -> Vec<Present> {
        HERE.iter()
            .map(|(slot, name)| Present {
                slot: *slot,
                account: AccountKey([0; 32]),
                name: (*name).to_owned(),
                position: None,
                may: holm_document::Capabilities::NONE,
            })
            .collect()
    }

    #[test]
    fn a_name_with_a_space_is_not_the_shorter_one_in_it() {
        assert_eq!(find("hello @Ada Lovelace!", &HERE, &[]), [Slot(1)]);
        assert_eq!(
            find("hello @Ada, and @Ada Lovelace", &HERE, &[]),
            [Slot(0), Slot(1)]
        );
        assert_eq!(find("hello Ada, ada@Adam.org", &HERE, &[]), []);
    }

    #[test]
    fn of_two_people_of_one_name_the_picked_one_is_meant() {
        assert_eq!(find("@Bo look", &HERE, &[Slot(3)]), [Slot(3)]);
        assert_eq!(find("@Bo look", &HERE, &[]), [Slot(2), Slot(3)]);
    }

    #[test]
    fn slots_without_their_name_in_the_text_ring_at_nobody() {
        let here = present();
        assert_eq!(checked(&[0, 2, 2, 9, 65535], "@Bo hi", &here), [2]);
        assert_eq!(checked(&[0], "Ada", &here), [0u16; 0]);
        assert_eq!(checked(&vec![2; 10_000], "@Bo", &here), [2]);
    }

    #[test]
    fn what_is_typed_is_completed_from_the_beginning_of_a_name() {
        assert_eq!(unfinished("hi @ad", 6), Some((3, "ad")));
        assert_eq!(unfinished("hi @ad", 3), None);
        assert_eq!(unfinished("me@home", 7), None);
        assert_eq!(unfinished("@", 1), Some((0, "")));
        assert!(begins("Ada Lovelace", "ada l") && !begins("Ada", "ada l") && begins("Ægir", "æ"));
    }

    #[test]
    fn the_letters_of_a_mention_are_found_once() {
        let places = places("@Ada Lovelace and @Ada", ["Ada", "Ada Lovelace"].into_iter());
        assert_eq!(places, [0..13, 18..22]);
    }

    proptest! {
        #[test]
        fn places_lie_in_the_text_and_are_whole_letters(text in "[@ab é界 ]{0,60}", name in "[ab é界]{0,6}") {
            for place in places(&text, core::iter::once(name.as_str())) {
                prop_assert_eq!(text.get(place).map(|t| t.trim_start_matches('@').to_owned()), Some(name.clone()));
            }
            for cursor in 0..=text.len() + 2 {
                let _ = unfinished(&text, cursor);
            }
        }

        #[test]
        fn nobody_is_named_who_is_not_here(raw in proptest::collection::vec(any::<u16>(), 0..40), text in "(@Ada|@Bo|@Ada Lovelace| |x){0,9}") {
            let here = present();
            let slots = checked(&raw, &text, &here);
            prop_assert!(slots.len() <= MAX_MENTIONS);
            prop_assert!(slots.iter().all(|s| raw.contains(s) && *s < 4));
        }
    }
}
