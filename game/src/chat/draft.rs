//! What is being typed: whom it is for, whom it names, and what becomes of it.
//!
//! Invariant: pure; a draft is text of this person and is never cut or changed but by their own hand.

use super::Reach;
use super::mentions;
use holm_net::pose::Slot;

/// Words in front of a line that say whom it is for, as in other programs; the same in every language.
const PREFIXES: [(&str, Reach); 3] = [
    ("/all ", Reach::World),
    ("/near ", Reach::Near),
    ("/announce ", Reach::Announcement),
];

/// Takes such a word off a draft.
pub(super) fn take_prefix(draft: &mut String) -> Option<Reach> {
    let (prefix, reach) = PREFIXES.iter().find(|(prefix, _)| draft.starts_with(prefix))?;
    draft.drain(..prefix.len());
    Some(*reach)
}

/// Whom the next line is for, after one press on the switch.
pub(super) fn next_reach(reach: Reach, may_announce: bool) -> Reach {
    match reach {
        Reach::World => Reach::Near,
        Reach::Near if may_announce => Reach::Announcement,
        Reach::Near | Reach::Announcement => Reach::World,
    }
}

/// People whose name may be meant by what is typed before the cursor, in the order of their names; nobody when a name
/// is whole already.
pub(super) fn candidates<'a>(
    draft: &str,
    cursor: usize,
    here: &'a [(Slot, String)],
    most: usize,
) -> Vec<(Slot, &'a str)> {
    let Some((_, typed)) = mentions::unfinished(draft, cursor) else {
        return Vec::new();
    };
    let mut found: Vec<(Slot, &str)> = here
        .iter()
        .filter(|(_, name)| mentions::begins(name, typed))
        .map(|(slot, name)| (*slot, name.as_str()))
        .collect();
    if let [(_, only)] = found[..]
        && only == typed
    {
        return Vec::new();
    }
    found.sort_by_cached_key(|(slot, name)| (name.to_lowercase(), *slot));
    found.truncate(most);
    found
}

/// Puts a whole name in the place of what is typed of it; the cursor behind it.
pub(super) fn complete(draft: &mut String, cursor: usize, name: &str) -> usize {
    let Some((at, _)) = mentions::unfinished(draft, cursor) else {
        return cursor;
    };
    let with = format!("@{name} ");
    let rest = draft[cursor..].strip_prefix(' ').unwrap_or(&draft[cursor..]);
    *draft = format!("{}{with}{rest}", &draft[..at]);
    at + with.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Vec<(Slot, String)> {
        [(3, "Ada Lovelace"), (1, "Ada"), (2, "Bo")]
            .map(|(slot, name)| (Slot(slot), name.to_owned()))
            .to_vec()
    }

    #[test]
    fn a_word_in_front_says_whom_a_line_is_for() {
        let mut draft = "/near psst".to_owned();
        assert_eq!(take_prefix(&mut draft), Some(Reach::Near));
        assert_eq!(draft, "psst");
        assert_eq!(take_prefix(&mut "/nearby".to_owned()), None);
    }

    #[test]
    fn the_switch_goes_round_and_only_the_host_comes_by_announcements() {
        let round = |may| {
            let near = next_reach(Reach::World, may);
            (near, next_reach(near, may))
        };
        assert_eq!(round(false), (Reach::Near, Reach::World));
        assert_eq!(round(true), (Reach::Near, Reach::Announcement));
        assert_eq!(next_reach(Reach::Announcement, true), Reach::World);
    }

    #[test]
    fn names_are_offered_and_put_in_whole() {
        let here = here();
        let names = |draft: &str| -> Vec<u16> {
            let found = candidates(draft, draft.len(), &here, 4);
            found.into_iter().map(|(slot, _)| slot.0).collect()
        };
        assert_eq!(names("hi @a"), [1, 3]);
        assert_eq!(names("hi @"), [1, 3, 2]);
        assert_eq!(names("hi @Bo"), [0u16; 0]);
        assert_eq!(names("hi a"), [0u16; 0]);
        let mut draft = "hi @ad there".to_owned();
        let cursor = complete(&mut draft, 6, "Ada Lovelace");
        assert_eq!((draft.as_str(), cursor), ("hi @Ada Lovelace there", 17));
    }
}
