//! What people wear, on the wire.
//!
//! The file itself goes over the bulk channel: the host fetches it from its wearer, the others from the host.

use super::document::Rank;
use super::limits;
use crate::people::look::Look;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// From now on I wear this.
    Wear(Worn),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// Somebody wears this. An avatar is named once its file can be fetched here. With whose clothes they are: a slot
    /// can be lent again before everybody has heard that it was free.
    Worn {
        slot: u16,
        account: [u8; 32],
        worn: Worn,
    },
    /// To its wearer alone: nobody else sees the avatar, for this reason.
    NotShown { why: WhyNot },
}

/// What somebody wears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Worn {
    /// Stands in until the avatar is there, and wherever it is not shown; `None` is the one drawn from the account.
    pub look: Option<Look>,
    pub avatar: Option<AvatarRef>,
}

/// Which avatar, and what its wearer says about it. Whoever shows it finds out whether that is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct AvatarRef {
    /// BLAKE3 of the file.
    pub hash: [u8; 32],
    pub len: u32,
    /// How heavy it is, so that nobody fetches what they do not want to show.
    pub weight: Weight,
    /// The wearer says that they may pass it on although the file reserves that for some.
    pub declared: bool,
}

/// [`Rank`] on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub enum Weight {
    Good,
    Fair,
    Heavy,
}

impl From<Rank> for Weight {
    fn from(rank: Rank) -> Self {
        match rank {
            Rank::Good => Self::Good,
            Rank::Fair => Self::Fair,
            Rank::Heavy => Self::Heavy,
        }
    }
}

/// Why the host does not pass an avatar on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum WhyNot {
    /// The file is longer than avatars are.
    TooLarge,
    /// Changed too often.
    TooOften,
    /// The host keeps as many avatars as it has room for.
    Full,
    /// The host asked for the file and did not get it.
    NotReceived,
}

impl Worn {
    /// Fit to be told to others, whatever came.
    pub fn checked(self) -> Result<Self, WhyNot> {
        let fits = |avatar: &AvatarRef| avatar.len > 0 && avatar.len as usize <= limits::MAX_FILE_BYTES;
        match self.avatar {
            Some(avatar) if !fits(&avatar) => Err(WhyNot::TooLarge),
            avatar => Ok(Self {
                look: self.look.map(Look::checked),
                avatar,
            }),
        }
    }
}
