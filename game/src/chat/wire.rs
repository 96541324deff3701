//! Chat on the wire.

use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// Please say this.
    Say(Saying),
    /// Please put this in the place of a line of mine.
    Edit {
        id: u64,
        text: String,
        mentions: Vec<u16>,
    },
    /// Please take a line of mine back.
    TakeBack { id: u64 },
}

/// A line on its way to the host, which cuts and tames it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Saying {
    pub text: String,
    pub reach: Reach,
    /// Slots of those whom the text names behind an `@`.
    pub mentions: Vec<u16>,
}

/// Who is meant to read a line.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema,
)]
pub enum Reach {
    /// Everyone here, and who comes later.
    #[default]
    World,
    /// Who stands near when it is said, and nobody who comes later.
    Near,
    /// Everyone, in a banner. Only of those who may.
    Announcement,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// Somebody said this.
    Said(Line),
    /// What was said to all before you came, oldest first.
    History(Vec<Line>),
    /// To one guest: the host did not pass your line on.
    NotSaid(WhyNot),
    /// Its author put this in the place of a line.
    Edited {
        id: u64,
        text: String,
        mentions: Vec<u16>,
    },
    /// Its author took a line back: nobody keeps its text.
    TakenBack { id: u64 },
    /// To one guest: your line stays as it was.
    NotChanged { id: u64, why: WhyNot },
}

/// One line of chat. Name and account travel with it: whoever said it may be gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Line {
    /// Counts up for the whole room.
    pub id: u64,
    /// Slot of the person who said it.
    pub slot: u16,
    /// Their account: slots are lent again, accounts are not.
    pub account: [u8; 32],
    pub name: String,
    pub text: String,
    /// Seconds since 1970 by the host's clock.
    pub at_secs: u64,
    pub reach: Reach,
    /// Slots of those who are named in it: seated, and their name stands in the text.
    pub mentions: Vec<u16>,
    pub edited: bool,
}

/// Why a line was not passed on or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum WhyNot {
    /// Too many in a short time.
    TooFast,
    /// Nothing was left of it.
    Empty,
    /// Announcements are not for everybody to make.
    NotAllowed,
    /// There is no such line, or somebody else said it.
    NotYours,
    /// It was said too long ago to be changed.
    TooLate,
    /// They may not write in this world, for now or at all.
    Silent,
}
