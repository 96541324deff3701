//! Hands and motion on the wire. Where things are is a stream; what is here says which is which, in order.

use holm_document::ThingId;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// I take it in my hand: from now on I stream where it is.
    Take { thing: ThingId },
    /// I let go of it here.
    LetGo {
        thing: ThingId,
        /// Metres.
        position: [f32; 3],
        /// x, y, z, w.
        rotation: [f32; 4],
        /// Metres a second.
        velocity: [f32; 3],
        /// Radians a second, about each axis.
        spin: [f32; 3],
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// These move from now on.
    Moves(Vec<Moves>),
    /// They came to rest; a fact says it for good.
    Rests(Vec<Rests>),
    /// It is in this person's hand, or in nobody's any more.
    Held { thing: ThingId, by: Option<u16> },
    /// To whoever took it: it is not theirs.
    NotHeld { thing: ThingId, why: NotHeld },
}

/// Which slot of the stream of bodies is which thing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Moves {
    pub thing: ThingId,
    pub slot: u16,
    /// Of its samples: others are of what had the slot before.
    pub generation: bool,
}

/// Where something came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Rests {
    pub thing: ThingId,
    /// Metres.
    pub position: [f32; 3],
    /// x, y, z, w.
    pub rotation: [f32; 4],
}

/// Why something is not in a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum NotHeld {
    /// One may not touch things here.
    NotAllowed,
    /// Somebody else has it.
    Taken,
    Locked,
    /// Its owner blocks them.
    Blocked,
    TooFar,
    TooHeavy,
    /// It is not there, or nothing that moves.
    Gone,
}
