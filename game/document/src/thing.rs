//! What a world is made of: things, each of a few parts, each part with the fact that it has held since.

use crate::part::{BadPart, Part, PartKind};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Somebody whom a world has met, by their place in its list; 0 is whoever made the world.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema,
)]
pub struct PersonNo(pub u32);

/// Facts are numbered from 1, without gaps.
pub type FactNo = u64;

/// One thing in a world, for ever: no number is given twice.
///
/// Whoever makes a thing names it before the host has answered, so that what they do with it next can already say which
/// one is meant; numbers of two people never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema)]
pub struct ThingId {
    pub maker: PersonNo,
    /// Counts up from 1 for each maker.
    pub serial: u32,
}

/// A part and when it came to be as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Held {
    pub part: Part,
    /// The fact that touched it last.
    pub since: FactNo,
    /// The fact that first said this: an older one than `since`, where something was taken back. What somebody did can
    /// be taken back while what they said is still there.
    pub origin: FactNo,
    /// Whose fact that was.
    pub by: PersonNo,
}

/// A thing: whose it is, and its parts, at most one of each kind, in the order of kinds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Thing {
    pub owner: PersonNo,
    /// The fact that first made it; it stays when the thing is removed and that is taken back.
    pub made: FactNo,
    parts: Vec<Held>,
}

impl Thing {
    /// Without parts yet.
    #[must_use]
    pub fn new(owner: PersonNo, made: FactNo) -> Self {
        Self {
            owner,
            made,
            parts: Vec::new(),
        }
    }

    /// In the order of kinds.
    pub fn parts(&self) -> &[Held] {
        &self.parts
    }

    /// The part of this kind, and since when.
    pub fn held(&self, kind: PartKind) -> Option<&Held> {
        let at = self.at(kind).ok()?;
        self.parts.get(at)
    }

    /// The part of this kind.
    pub fn part(&self, kind: PartKind) -> Option<&Part> {
        self.held(kind).map(|held| &held.part)
    }

    /// Puts a part in its place; what was there.
    pub(crate) fn put(&mut self, held: Held) -> Option<Held> {
        match self.at(held.part.kind()) {
            Ok(at) => self.parts.get_mut(at).map(|old| std::mem::replace(old, held)),
            Err(at) => {
                self.parts.insert(at, held);
                None
            }
        }
    }

    /// As of this fact in every part.
    pub(crate) fn touched(mut self, since: FactNo) -> Self {
        for held in &mut self.parts {
            held.since = since;
        }
        self
    }

    /// Takes a part away; what was there.
    pub(crate) fn take(&mut self, kind: PartKind) -> Option<Held> {
        self.at(kind).ok().map(|at| self.parts.remove(at))
    }

    /// The newest fact in it.
    pub fn newest(&self) -> FactNo {
        let newest = self.parts.iter().map(|held| held.since).max();
        newest.unwrap_or(0).max(self.made)
    }

    /// Whether its parts are such as a world takes, in order and of one kind each: a file or a peer may say anything.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), BadPart> {
        if !self.parts.is_sorted_by(|a, b| a.part.kind() < b.part.kind()) {
            return Err(BadPart::Range);
        }
        self.parts.iter().try_for_each(|held| held.part.check())
    }

    fn at(&self, kind: PartKind) -> Result<usize, usize> {
        self.parts.binary_search_by_key(&kind, |held| held.part.kind())
    }
}
