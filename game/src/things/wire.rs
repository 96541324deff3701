//! Things on the wire: wishes, facts, and a world for who comes late.
//!
//! A wish or a fact may be longer than a message: it travels in [`Piece`]s, one behind the other.

use holm_document::Refusal;
use holm_document::arrival::Chunk;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// A [`holm_document::Wish`].
    Wish(Piece),
    /// A [`FromHost::World`] has come: the next may.
    Got,
    /// My copy is broken: all of it anew.
    Again,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// What is there already, to one who came.
    World(Chunk),
    /// A list of [`holm_document::Fact`]s, the next ones.
    Facts(Piece),
    /// To whoever wished: this wish is not among the facts, for this reason, or because all was so already.
    Answer { wish: u32, why: Option<Refusal> },
}

/// A part of the bytes of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Piece {
    pub bytes: Vec<u8>,
    pub last: bool,
}
