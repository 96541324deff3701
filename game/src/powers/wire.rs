//! Keeping order, on the wire. Orders themselves are wishes of `things`.

use super::strikes::Misdeed;
use holm_document::{FactNo, Order, PartKind, PersonNo, ThingId, Way};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// They are to leave, if this account still sits there.
    SendAway { slot: u16, account: [u8; 32] },
    /// Who did what before this fact; 0: the newest.
    Past { before: FactNo },
    /// The same of one thing.
    Story { thing: ThingId, before: FactNo },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// To those who keep order: one strike more.
    Struck {
        account: [u8; 32],
        what: Misdeed,
        strikes: u8,
    },
    /// Newest first; whether there is more before.
    Past { entries: Vec<Entry>, more: bool },
    /// To whoever wished: not allowed, or they are gone.
    NotDone,
    /// What was done to this thing, newest first; whether there is more before.
    Story {
        thing: ThingId,
        steps: Vec<Step>,
        more: bool,
    },
}

/// What one fact did to one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Step {
    pub number: FactNo,
    /// Seconds since 1970 by the host's clock.
    pub at_secs: u64,
    pub by: Who,
    pub way: How,
    pub did: Vec<Did>,
}

/// What was done to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Did {
    Made,
    Changed(PartKind),
    Cleared(PartKind),
    Removed,
    Given,
}

/// What one fact did, as the history tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Entry {
    pub number: FactNo,
    /// Seconds since 1970 by the host's clock.
    pub at_secs: u64,
    pub by: Who,
    pub way: How,
    pub made: u32,
    pub changed: u32,
    pub removed: u32,
    /// A change of powers, and whom it was about.
    pub order: Option<(Order, Option<Who>)>,
    /// They came for the first time.
    pub met: bool,
}

/// Somebody, as the host knows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Who {
    pub account: [u8; 32],
    /// Empty: the host never saw them under a name.
    pub name: String,
}

/// Why a fact came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum How {
    Done,
    Undone,
    Redone,
    RolledBack(Who),
    /// The world is as it was in a version.
    Restored,
    /// What moved by itself came to rest.
    Settled,
}

impl How {
    /// As it is told; `who` names people by their number in the world.
    pub(super) fn of(way: Way, who: &dyn Fn(PersonNo) -> Who) -> Self {
        match way {
            Way::Done => Self::Done,
            Way::Undone { .. } => Self::Undone,
            Way::Redone { .. } => Self::Redone,
            Way::RolledBack(person) => Self::RolledBack(who(person)),
            Way::Restored { .. } => Self::Restored,
            Way::Settled => Self::Settled,
        }
    }
}
