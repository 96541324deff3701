//! Things on the wire: wishes, facts, and a world for who comes late.
//!
//! A wish or a fact may be longer than a message: it travels in [`Piece`]s, one behind the other.

use super::files::wire as files;
use holm_document::arrival::Chunk;
use holm_document::resync::{Digests, Patch};
use holm_document::{FactNo, Refusal};
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
    /// Something about the versions of the world.
    Version(VersionWish),
    /// After this fact my copy has this digest.
    Compare { newest: FactNo, digest: [u8; 16] },
    /// What my copy is like, for the host to find what differs.
    Mend(Digests),
    /// Something about files that things show.
    File(files::ToHost),
    /// I was in this world when another was its host, and have it as of this fact: what came since is all that I need.
    Since { newest: FactNo },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// What is there already, to one who came.
    World(Chunk),
    /// A list of [`holm_document::Fact`]s, the next ones.
    Facts(Piece),
    /// To whoever wished: this wish is not among the facts, for this reason, or because all was so already.
    Answer { wish: u32, why: Option<Refusal> },
    /// To whoever asked: the versions there are now, the oldest first.
    Versions(Vec<VersionLine>),
    /// To whoever asked: it was not done.
    NoVersion(NoVersion),
    /// To whoever said what their copy is like after the newest fact: it is another world than the host's.
    Differs,
    /// What differed, as it is at the host.
    Patch(Patch),
    /// Something about files that things show.
    File(files::FromHost),
}

/// What is wished of the versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum VersionWish {
    List,
    Save {
        name: String,
    },
    /// Things are as they were in it.
    Restore {
        name: String,
    },
    Remove {
        name: String,
    },
}

/// One version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct VersionLine {
    pub name: String,
    /// Seconds since 1970 by the host's clock.
    pub at_secs: u64,
    /// Account of whoever saved it.
    pub by: [u8; 32],
    pub things: u32,
}

/// Why nothing came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum NoVersion {
    NotAllowed,
    BadName,
    NameTaken,
    TooMany,
    NotThere,
    /// The host keeps nothing, or its disk says no.
    NotKept,
}

/// A part of the bytes of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Piece {
    pub bytes: Vec<u8>,
    pub last: bool,
}
