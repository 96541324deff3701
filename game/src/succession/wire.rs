//! Succession on the wire.

use super::rules::Roll;
use super::will::{Chain, Door, Heir, Signed};
use holm_document::FactNo;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// I would go on with this world, behind this door; `None`: not, or not any more.
    Willing(Option<Door>),
    /// My copy is whole, and this is the roll that I have.
    Warm { roll: u32 },
    /// I own this world: give it to me, who has it whole.
    Home,
    /// I am here, and the newest term in which this program went on with this world is this; 0: it never did.
    Here { term: u64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// To everyone who comes: in which term this is, by which right, and whether it can be changed.
    Standing {
        world: [u8; 16],
        term: u64,
        chain: Chain,
        writes: bool,
        /// The program of the host before is known to have ended: nobody needs to wait for it.
        ended: bool,
    },
    /// To everyone: it can be changed from now on, or not any more.
    Writes(bool),
    /// To whoever is asked whether they would go on with the world, or is not any more.
    Asked(bool),
    /// To whoever is willing: the world as of this fact with its past, in the bytes of a snapshot.
    Copy { hash: [u8; 32], len: u64, fact: FactNo },
    /// To heirs: who is here.
    Roll(Roll),
    /// To everyone: who goes on if I vanish.
    Will(Signed),
    /// To everyone: from now on the world is there.
    Over(Heir),
}
