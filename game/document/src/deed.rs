//! What is wished, what is refused, and what became so.
//!
//! A [`Wish`] is what somebody wants, as few words as possible; the rules make [`Deed`]s of it, which say what is so
//! afterwards, in full, so that applying them needs no rule and cannot fail. A [`Fact`] is the deeds of one wish with their
//! number: all of them happened, or the fact is not there.

use crate::limits;
use crate::part::{BadPart, Part, PartKind};
use crate::power::{Capabilities, Capability, Line, Quota, Role};
use crate::thing::{FactNo, Held, PersonNo, Thing, ThingId};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// One act of a wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum Act {
    /// A new thing of these parts.
    Make { thing: ThingId, parts: Vec<Part> },
    /// This part is to be so. With `seen`, only if nobody else has changed it since that fact.
    Set {
        thing: ThingId,
        part: Part,
        seen: Option<FactNo>,
    },
    /// Without this part.
    Clear { thing: ThingId, kind: PartKind },
    /// Away with it and all that hangs on it.
    Remove { thing: ThingId },
    /// It is somebody else's from now on.
    Give { thing: ThingId, to: PersonNo },
    /// Takes back the newest that I did and have not taken back, in this thing or anywhere.
    Undo { within: Option<ThingId> },
    /// Does again what I took back last.
    Redo { within: Option<ThingId> },
    /// Takes back what somebody did in the last so many seconds, the newest first, as much as goes into one fact: it is
    /// asked for until there is [`Refusal::Nothing`] more.
    RollBack { person: PersonNo, secs: u64 },
    /// Changes who may what.
    Order(Order),
    /// A door is opened or closed: by anybody who is here, unless it is locked or its owner blocks them.
    Open { thing: ThingId, open: bool },
}

/// A change of powers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum Order {
    Rank {
        person: PersonNo,
        role: Role,
    },
    Except {
        person: PersonNo,
        more: Capabilities,
        less: Capabilities,
    },
    Allot {
        person: PersonNo,
        quota: Option<Quota>,
    },
    Ban {
        person: PersonNo,
        banned: bool,
    },
    /// Until this time, seconds since 1970.
    Silence {
        person: PersonNo,
        until_secs: u64,
    },
    Line {
        role: Role,
        line: Line,
    },
    Newcomers {
        role: Role,
    },
    Lock {
        locked: bool,
    },
    /// Nothing of mine is touched by them.
    Block {
        person: PersonNo,
        blocked: bool,
    },
}

/// What somebody wants: all of it, or none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Schema)]
pub struct Wish {
    /// Counts up for each person and visit; the answer names it.
    pub number: u32,
    pub acts: Vec<Act>,
}

/// Why a wish did not come true. Nothing internal: it goes to whoever wished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema, thiserror::Error)]
pub enum Refusal {
    #[error("not allowed: {0:?}")]
    NotAllowed(Capability),
    #[error("more than one may have")]
    Quota,
    #[error("the world is full")]
    Full,
    #[error("{0}")]
    Bad(BadPart),
    #[error("it is not there")]
    Gone,
    #[error("somebody else changed it meanwhile")]
    Stale,
    #[error("it is locked")]
    Locked,
    #[error("its owner blocks you")]
    Blocked,
    #[error("the number of the new thing is taken or not yours")]
    WrongNumber,
    #[error("it would hang on itself, or too deep")]
    Ring,
    #[error("there is nothing to take back or to do again")]
    Nothing,
    #[error("too much in one wish")]
    TooMuch,
    #[error("too many wishes")]
    TooOften,
    #[error("they stand above you")]
    Above,
    #[error("no such person")]
    Nobody,
    /// The host could not keep it: nothing is promised that is not kept.
    #[error("the host cannot write it down")]
    NotKept,
    /// It shows a file that the host does not hold: that goes first.
    #[error("the host does not hold its file")]
    NoFile,
    /// Others may go on with this world elsewhere.
    #[error("too many are cut off from here")]
    CutOff,
}

impl From<BadPart> for Refusal {
    fn from(bad: BadPart) -> Self {
        Self::Bad(bad)
    }
}

/// What is so from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum Deed {
    Made {
        thing: ThingId,
        owner: PersonNo,
        parts: Vec<Part>,
    },
    Set {
        thing: ThingId,
        part: Part,
    },
    /// As it was once: for what is taken back.
    Remade {
        thing: ThingId,
        old: Thing,
    },
    /// The same for a part.
    Restored {
        thing: ThingId,
        old: Held,
    },
    Cleared {
        thing: ThingId,
        kind: PartKind,
    },
    Removed {
        thing: ThingId,
    },
    Given {
        thing: ThingId,
        owner: PersonNo,
    },
    /// The next number is theirs.
    Met {
        account: [u8; 32],
        role: Role,
    },
    Ordered {
        by: PersonNo,
        order: Order,
    },
    /// Nothing in the world is left of them. Who comes back is somebody new.
    Forgotten {
        person: PersonNo,
    },
}

impl Deed {
    /// The thing that is another afterwards.
    #[must_use]
    pub fn thing(&self) -> Option<ThingId> {
        match self {
            Self::Made { thing, .. }
            | Self::Set { thing, .. }
            | Self::Remade { thing, .. }
            | Self::Restored { thing, .. }
            | Self::Cleared { thing, .. }
            | Self::Removed { thing }
            | Self::Given { thing, .. } => Some(*thing),
            Self::Met { .. } | Self::Ordered { .. } | Self::Forgotten { .. } => None,
        }
    }
}

/// Why a fact came to be, as the history tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Way {
    #[default]
    Done,
    /// Takes back this one; not `whole`, where only one thing of it was meant.
    Undone { fact: FactNo, whole: bool },
    /// The same for a fact that took something back.
    Redone { fact: FactNo, whole: bool },
    /// Takes back all that this person did for some time.
    RolledBack(PersonNo),
    /// Makes things what they were in a version of the world, as of this fact.
    Restored { fact: FactNo },
    /// What moved by itself came to rest there: nobody wished it.
    Settled,
}

/// The deeds of one wish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Fact {
    pub number: FactNo,
    pub by: PersonNo,
    /// Seconds since 1970, by the host's clock.
    pub at_secs: u64,
    /// The wish it answers; 0 where nobody wished.
    pub wish: u32,
    pub way: Way,
    pub deeds: Vec<Deed>,
}

impl Fact {
    /// Whether it is one that a host may tell: every value in range, no more deeds than a wish can have. What is applied
    /// is not looked at again.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), BadPart> {
        if self.number == 0 || self.number > FactNo::MAX / 2 || self.deeds.len() > limits::DEEDS {
            return Err(BadPart::TooLong);
        }
        self.deeds.iter().try_for_each(|deed| match deed {
            Deed::Made { parts, .. } if parts.len() > PartKind::ALL.len() => Err(BadPart::TooLong),
            Deed::Made { parts, .. } => parts.iter().try_for_each(Part::check),
            Deed::Set { part, .. } => part.check(),
            Deed::Remade { old, .. } => old.check(),
            Deed::Restored { old, .. } => old.part.check(),
            Deed::Cleared { .. }
            | Deed::Removed { .. }
            | Deed::Given { .. }
            | Deed::Met { .. }
            | Deed::Ordered { .. }
            | Deed::Forgotten { .. } => Ok(()),
        })
    }
}
