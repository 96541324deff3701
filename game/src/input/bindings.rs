//! Which sources do what: the usual ones, and what a person changed.
//!
//! Flow: the settings file holds the changed ones as names ([`Changed`]) → [`Bindings::read`] → what listens; a
//! change in the list of bindings is written back by [`Bindings::changed`].
//! Invariant: whatever stands in a file, every action keeps what is fixed about it, and names of a newer version
//! are kept, not lost.

use super::actions::Doing;
use super::source::{Side, Source};
use bevy::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a person changed, as it stands in the settings: names of actions, each with names of sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changed {
    /// Of the names in `actions`; a higher one is of a Holm that came later.
    pub version: u32,
    pub actions: BTreeMap<String, Vec<String>>,
}

/// The version of the names written by this Holm.
pub const VERSION: u32 = 1;

/// Most sources an action takes: two on each of three devices, and one to spare for each.
pub const MOST_SOURCES: usize = 9;

impl Default for Changed {
    fn default() -> Self {
        Self {
            version: VERSION,
            actions: BTreeMap::new(),
        }
    }
}

/// Everything that is bound, fixed ones not among it.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Bindings {
    sources: [Vec<Source>; Doing::COUNT],
}

impl Default for Bindings {
    fn default() -> Self {
        Self {
            sources: Doing::ALL.map(|doing| doing.usual().to_vec()),
        }
    }
}

impl Bindings {
    /// What stands in the settings over the usual ones, and the names that nobody knows.
    pub fn read(changed: &Changed) -> (Self, Vec<String>) {
        let mut bindings = Self::default();
        let mut unknown = Vec::new();
        for (action, names) in &changed.actions {
            let Some(doing) = Doing::from_name(action) else {
                unknown.push(action.clone());
                continue;
            };
            let mut sources = Vec::new();
            for name in names {
                match Source::from_name(name) {
                    Some(source) if !sources.contains(&source) && sources.len() < MOST_SOURCES => {
                        sources.push(source);
                    }
                    Some(_) => {}
                    None => unknown.push(name.clone()),
                }
            }
            // A line in which nothing is known is a slip: nobody means to lose the action by it.
            if names.is_empty() || !sources.is_empty() {
                bindings.sources[doing as usize] = sources;
            }
        }
        (bindings, unknown)
    }

    /// As it goes into the settings; actions that `before` names and we do not know stay there.
    pub fn changed(&self, before: &Changed) -> Changed {
        let mut actions: BTreeMap<String, Vec<String>> = before
            .actions
            .iter()
            .filter(|(action, _)| Doing::from_name(action).is_none())
            .map(|(action, names)| (action.clone(), names.clone()))
            .collect();
        for doing in Doing::ALL {
            let sources = self.of(doing);
            if sources != doing.usual() {
                let names = sources.iter().filter_map(|source| source.name()).collect();
                actions.insert(doing.name().to_owned(), names);
            }
        }
        Changed {
            version: before.version.max(VERSION),
            actions,
        }
    }

    pub fn of(&self, doing: Doing) -> &[Source] {
        &self.sources[doing as usize]
    }

    /// All that does it, with what cannot be taken away first.
    pub fn all(&self, doing: Doing) -> impl Iterator<Item = Source> + '_ {
        doing.fixed().iter().chain(self.of(doing)).copied()
    }

    /// The first that does it on one of these sides: what a hint shows.
    pub fn first(&self, doing: Doing, sides: &[Side]) -> Option<Source> {
        self.all(doing).find(|source| sides.contains(&source.side()))
    }

    /// Who has this source already.
    pub fn owner(&self, source: Source) -> Option<Doing> {
        Doing::ALL
            .into_iter()
            .find(|doing| self.all(*doing).any(|bound| bound == source))
    }

    /// Puts `new` where `old` was, or behind the others. Nothing is taken from anybody else: see [`Bindings::swap`].
    pub fn bind(&mut self, doing: Doing, old: Option<Source>, new: Source) {
        let sources = &mut self.sources[doing as usize];
        let place = old.and_then(|old| sources.iter().position(|bound| *bound == old));
        if sources.contains(&new) {
            if let Some(place) = place.filter(|place| sources[*place] != new) {
                sources.remove(place);
            }
            return;
        }
        match place {
            Some(place) => sources[place] = new,
            None if sources.len() < MOST_SOURCES => sources.push(new),
            None => {}
        }
    }

    /// Like [`Bindings::bind`], and whoever had `new` gets `old` for it (or loses it when there is none).
    pub fn swap(&mut self, doing: Doing, old: Option<Source>, new: Source) {
        if let Some(owner) = self.owner(new).filter(|owner| *owner != doing) {
            let sources = &mut self.sources[owner as usize];
            if let Some(place) = sources.iter().position(|bound| *bound == new) {
                match old.filter(|old| !sources.contains(old)) {
                    Some(old) => sources[place] = old,
                    None => {
                        sources.remove(place);
                    }
                }
            }
        }
        self.bind(doing, old, new);
    }

    pub fn unbind(&mut self, doing: Doing, source: Source) {
        self.sources[doing as usize].retain(|bound| *bound != source);
    }

    /// Back to the usual ones. Whoever had one of them gets for it what this had beside them on the same device, so
    /// that a swap that is taken back is taken back for both.
    pub fn reset(&mut self, doing: Doing) {
        let usual = doing.usual();
        let mut spare = std::mem::replace(&mut self.sources[doing as usize], usual.to_vec());
        spare.retain(|source| !usual.contains(source) && self.owner(*source).is_none());
        for other in Doing::ALL.into_iter().filter(|other| *other != doing) {
            for taken in usual {
                let Some(place) = self.of(other).iter().position(|bound| bound == taken) else {
                    continue;
                };
                let instead = spare.iter().position(|source| source.side() == taken.side());
                match instead.map(|instead| spare.remove(instead)) {
                    Some(instead) => self.sources[other as usize][place] = instead,
                    None => {
                        self.sources[other as usize].remove(place);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    fn some_source() -> impl Strategy<Value = Source> {
        proptest::sample::select(Source::all())
    }

    fn some_doing() -> impl Strategy<Value = Doing> {
        proptest::sample::select(Doing::ALL.to_vec())
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_nobody_changed_is_not_in_the_file() {
        assert_eq!(
            Bindings::default().changed(&Changed::default()),
            Changed::default()
        );
        assert_eq!(Bindings::read(&Changed::default()), (Bindings::default(), vec![]));
    }

    #[test]
    fn unknown_names_are_said_ignored_and_kept() {
        let mut changed = Changed::default();
        changed.actions.insert("fly".to_owned(), names(&["KeyF"]));
        changed
            .actions
            .insert("jump".to_owned(), names(&["KeyJ", "Foot"]));
        changed.actions.insert("wave".to_owned(), names(&["Tail"]));
        let (bindings, unknown) = Bindings::read(&changed);
        assert_eq!(unknown, ["fly", "Foot", "Tail"]);
        assert_eq!(bindings.of(Doing::Jump), [Source::Key(KeyCode::KeyJ)]);
        assert_eq!(
            bindings.of(Doing::Wave),
            Doing::Wave.usual(),
            "a slip takes nothing away"
        );
        assert_eq!(bindings.changed(&changed).actions["fly"], ["KeyF"]);
    }

    #[test]
    fn a_swap_leaves_both_with_one() {
        let mut bindings = Bindings::default();
        let (space, key_e) = (Source::Key(KeyCode::Space), Source::Key(KeyCode::KeyE));
        assert_eq!(bindings.owner(key_e), Some(Doing::Act));
        bindings.swap(Doing::Jump, Some(space), key_e);
        assert_eq!(bindings.owner(key_e), Some(Doing::Jump));
        assert_eq!(bindings.owner(space), Some(Doing::Act));
    }

    #[test]
    fn as_it_was_takes_a_swap_back_for_both() {
        let mut bindings = Bindings::default();
        let (space, key_e) = (Source::Key(KeyCode::Space), Source::Key(KeyCode::KeyE));
        bindings.swap(Doing::Jump, Some(space), key_e);
        bindings.reset(Doing::Jump);
        assert_eq!(bindings, Bindings::default());
        // Without anything to give for it, it is taken all the same.
        bindings.swap(Doing::Act, None, space);
        bindings.unbind(Doing::Act, key_e);
        bindings.reset(Doing::Jump);
        assert_eq!(bindings.owner(space), Some(Doing::Jump));
        assert_eq!(bindings.of(Doing::Jump), Doing::Jump.usual());
    }

    #[test]
    fn the_way_back_cannot_be_taken_away() {
        let mut bindings = Bindings::default();
        bindings.unbind(Doing::Menu, Source::Key(KeyCode::Escape));
        assert_eq!(bindings.owner(Source::Key(KeyCode::Escape)), Some(Doing::Menu));
    }

    proptest! {
        #[test]
        fn whatever_is_changed_is_read_back(
            changes in proptest::collection::vec(
                (some_doing(), any::<proptest::sample::Index>(), proptest::option::of(some_source())),
                0..40,
            ),
        ) {
            let mut bindings = Bindings::default();
            for (doing, old, new) in changes {
                let held = bindings.of(doing);
                let old = (!held.is_empty()).then(|| held[old.index(held.len())]);
                match new {
                    Some(new) => bindings.swap(doing, old, new),
                    None => bindings.reset(doing),
                }
                // Each source does one thing, however often they were swapped.
                for source in Source::all() {
                    let owners = Doing::ALL.into_iter().filter(|doing| bindings.of(*doing).contains(&source));
                    prop_assert!(owners.count() <= 1);
                }
                match new {
                    Some(new) => prop_assert!(bindings.of(doing).contains(&new)),
                    None => prop_assert_eq!(bindings.of(doing), doing.usual()),
                }
            }
            let changed = bindings.changed(&Changed::default());
            prop_assert_eq!(Bindings::read(&changed), (bindings, vec![]));
        }

        #[test]
        fn no_file_binds_more_than_fits(
            actions in proptest::collection::btree_map("\\PC{0,12}|jump|run", proptest::collection::vec("\\PC{0,8}|KeyA|Pad South", 0..30), 0..8),
        ) {
            let (bindings, _) = Bindings::read(&Changed { version: 7, actions });
            for doing in Doing::ALL {
                prop_assert!(bindings.of(doing).len() <= MOST_SOURCES);
            }
        }
    }
}
