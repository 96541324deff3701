//! Who is meant: by their number here (`3`, `#3`), the beginning of their name, or of their key (`@` and it means nothing else).
//!
//! Invariant: nobody is guessed; where it may be one of several, they are named and nobody is meant.

use crate::customs;
use holm_document::PersonNo;
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use std::collections::BTreeMap;

/// Somebody who is here, or whom the world remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Of those who are here.
    pub slot: Option<Slot>,
    pub account: AccountKey,
    /// Fit to be shown; empty where nobody knows it (any more).
    pub name: String,
    /// In the world's books.
    pub person: Option<PersonNo>,
}

impl Known {
    /// By name where there is one, else by key.
    pub fn called(&self) -> String {
        if self.name.is_empty() {
            short_key(&self.account)
        } else {
            self.name.clone()
        }
    }

    /// So that two of one name can be told apart.
    fn told_apart(&self) -> String {
        let key = short_key(&self.account);
        let name = if self.name.is_empty() {
            "nameless"
        } else {
            &self.name
        };
        match self.slot {
            Some(slot) => format!("#{} {name} ({key})", slot.0),
            None => format!("{name} ({key}, not here)"),
        }
    }
}

/// The beginning of an account's key, as people read it: 40 bits tell some thousand people apart.
pub fn short_key(account: &AccountKey) -> String {
    account.fingerprint().chars().take(9).collect()
}

/// Most candidates that are named.
const NAMED: usize = 5;
/// Letters of a key that say something.
const KEY_LETTERS: usize = 4;

/// Finds who is meant.
///
/// # Errors
/// A sentence: nobody, or who all it could be.
pub fn find<'a>(known: &'a [Known], text: &str) -> Result<&'a Known, String> {
    let of_key = |key: &str| -> Vec<&'a Known> {
        let key = key.to_lowercase().replace('-', "");
        let begins = |one: &&Known| one.account.fingerprint().replace('-', "").starts_with(&key);
        if key.len() < KEY_LETTERS {
            return Vec::new();
        }
        known.iter().filter(begins).collect()
    };
    if let Some(key) = text.strip_prefix('@') {
        return match of_key(key).as_slice() {
            [] => Err(nobody(text, known)),
            [one] => Ok(one),
            several => Err(ambiguous(text, several)),
        };
    }
    let number = text.strip_prefix('#').unwrap_or(text).parse::<u16>().ok();
    if let Some(found) = number.and_then(|number| known.iter().find(|one| one.slot == Some(Slot(number)))) {
        return Ok(found);
    }
    let wanted = text.to_lowercase();
    let by_name = |one: &&Known| !one.name.is_empty() && one.name.to_lowercase() == wanted;
    let by_beginning = |one: &&Known| {
        !wanted.is_empty() && !one.name.is_empty() && one.name.to_lowercase().starts_with(&wanted)
    };
    let ways: [&dyn Fn(&&Known) -> bool; 2] = [&by_name, &by_beginning];
    let keyed = of_key(text);
    // Who is here comes first, whichever way they are named.
    for here in [true, false] {
        for way in ways {
            let found: Vec<&Known> = known
                .iter()
                .filter(|one| one.slot.is_some() == here && way(one))
                .collect();
            match found.as_slice() {
                [] => {}
                // Who calls themselves like another's key is not taken for them.
                [one] if keyed.iter().any(|other| other.account != one.account) => {
                    let both: Vec<&Known> = std::iter::once(*one).chain(keyed).collect();
                    return Err(ambiguous(text, &both));
                }
                [one] => return Ok(one),
                several => return Err(ambiguous(text, several)),
            }
        }
    }
    match keyed.as_slice() {
        [] => Err(nobody(text, known)),
        [one] => Ok(one),
        several => Err(ambiguous(text, several)),
    }
}

fn ambiguous(text: &str, found: &[&Known]) -> String {
    let mut names: Vec<String> = found.iter().take(NAMED).map(|one| one.told_apart()).collect();
    if found.len() > NAMED {
        names.push("…".to_owned());
    }
    format!(
        "“{}” may be one of several: {}. Say their number, or @ and the beginning of their key.",
        customs::name(text),
        names.join(", ")
    )
}

fn nobody(text: &str, known: &[Known]) -> String {
    let text = customs::name(text);
    let here = || known.iter().filter(|one| one.slot.is_some());
    let lower: Vec<String> = here().map(|one| one.name.to_lowercase()).collect();
    let near = super::language::nearest(&text.to_lowercase(), lower.iter().map(String::as_str));
    if let Some(one) = near.and_then(|near| here().find(|one| one.name.to_lowercase() == near)) {
        return format!("Nobody is called “{text}”: perhaps {}?", one.told_apart());
    }
    let mut names: Vec<String> = here().take(NAMED).map(Known::told_apart).collect();
    if here().count() > NAMED {
        names.push("…".to_owned());
    }
    if names.is_empty() {
        format!("Nobody is called “{text}”, and nobody is here.")
    } else {
        format!("Nobody is called “{text}”. Here are: {}.", names.join(", "))
    }
}

/// Names of accounts that were here since this program began: the world keeps keys, not names.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<[u8; 32], (u64, String)>, u64);

/// Names that are remembered; the one seen longest ago goes first.
const REMEMBERED: usize = 4_096;

impl Names {
    pub fn note(&mut self, account: &AccountKey, name: &str) {
        self.1 += 1;
        self.0.insert(account.0, (self.1, name.to_owned()));
        if self.0.len() > REMEMBERED {
            let oldest = self.0.iter().min_by_key(|(_, (seen, _))| *seen);
            if let Some(account) = oldest.map(|(account, _)| *account) {
                self.0.remove(&account);
            }
        }
    }

    /// Empty where none is known.
    pub fn of(&self, account: &[u8; 32]) -> String {
        self.0
            .get(account)
            .map(|(_, name)| name.clone())
            .unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn somebody(slot: Option<u16>, name: &str, seed: u8) -> Known {
        Known {
            slot: slot.map(Slot),
            account: AccountKey([seed; 32]),
            name: name.to_owned(),
            person: None,
        }
    }

    fn here() -> Vec<Known> {
        vec![
            somebody(Some(1), "Bo", 1),
            somebody(Some(2), "Boris", 2),
            somebody(Some(3), "Mei Ling", 3),
            somebody(Some(4), "Ann", 4),
            somebody(Some(5), "Ann", 5),
            somebody(None, "Mei", 6),
            somebody(None, "", 7),
        ]
    }

    #[test]
    fn a_person_is_found_by_number_name_beginning_and_key() {
        let known = here();
        let found = |text: &str| find(&known, text).unwrap().account.0[0];
        assert_eq!(found("2"), 2);
        assert_eq!(found("#3"), 3);
        assert_eq!(found("bo"), 1, "a whole name before a beginning");
        assert_eq!(found("Bor"), 2);
        assert_eq!(found("mei"), 3, "who is here before who was");
        let key = AccountKey([7; 32]).fingerprint();
        assert_eq!(found(&key), 7);
        assert_eq!(found(&key[..9]), 7);
        assert_eq!(found(&key.replace('-', "")[..6]), 7);
    }

    #[test]
    fn who_may_be_several_is_nobody_and_they_are_named() {
        let known = here();
        let said = find(&known, "Ann").unwrap_err();
        assert!(said.contains("#4 Ann") && said.contains("#5 Ann"), "{said}");
        assert!(said.contains(&short_key(&AccountKey([4; 32]))), "{said}");
    }

    #[test]
    fn who_takes_anothers_key_for_a_name_is_not_taken_for_them() {
        let mut known = here();
        let key: String = short_key(&AccountKey([3; 32]));
        known[1].name = key.clone();
        assert!(find(&known, &key).unwrap_err().contains("one of several"));
        assert_eq!(find(&known, &format!("@{key}")).unwrap().account.0[0], 3);
        assert!(find(&known, "@bo").is_err(), "behind @ no name is looked for");
    }

    #[test]
    fn nobody_is_guessed() {
        let known = here();
        assert!(find(&known, "Borsi").unwrap_err().contains("perhaps #2 Boris"));
        assert!(find(&known, "Zoe").unwrap_err().contains("Here are: #1 Bo"));
        assert!(find(&known, "").is_err());
        assert!(find(&[], "Zoe").unwrap_err().contains("nobody is here"));
    }

    #[test]
    fn names_are_remembered_up_to_a_bound() {
        let mut names = Names::default();
        for n in 0..=REMEMBERED {
            let mut account = [0; 32];
            account[..8].copy_from_slice(&n.to_le_bytes());
            names.note(&AccountKey(account), &format!("{n}"));
        }
        assert_eq!(names.0.len(), REMEMBERED);
        assert_eq!(names.of(&[0; 32]), "", "the first is gone");
    }
}
