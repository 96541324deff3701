//! Voice on the wire, beside the frames themselves: what people tell of their microphones, whom they speak to, who hears
//! them, and the letters by which a circle exchanges its keys.
//!
//! Invariant: the host passes letters on and can read none of them; whom one speaks to is said by accounts, because a slot
//! may be somebody else's by the time it is read.

use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum ToHost {
    /// This is how it is with my voice from now on.
    Mine(Mine),
    /// Please give this to them.
    Letter {
        to: [u8; 32],
        circle: [u8; 16],
        letter: Letter,
    },
}

/// What somebody says of their own voice and ears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Mine {
    pub microphone: Microphone,
    /// I hear nobody who is farther away, metres.
    pub earmuffs: Option<u8>,
    /// I speak to these accounts only; `None`: to whoever is within reach.
    pub audience: Option<Vec<[u8; 32]>>,
}

/// How it is with somebody's microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Microphone {
    #[default]
    None,
    Muted,
    Open,
}

/// What those who speak in a circle and those who listen to them send each other. Lengths are those of
/// [`holm_voice::sealed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Letter {
    /// I speak in this circle, to all of these, you among them.
    Speaks {
        announcement: Vec<u8>,
        /// Accounts, each once, ascending.
        members: Vec<[u8; 32]>,
        /// By the device in the announcement, in the domain `holm.voice.circle.1`: world, circle, announcement, members.
        signature: Vec<u8>,
    },
    /// I listen to you in this circle; whether I have a key of yours.
    Listens { announcement: Vec<u8>, hears: bool },
    /// The key of my next frames.
    Key(Vec<u8>),
    /// I do not speak to you any more.
    Ends,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub enum FromHost {
    /// Whose microphone is how: to newcomers all that is known, to everybody what changed. By slots.
    Microphones(Vec<(u16, Microphone)>),
    /// To a talker: so many hear you.
    HeardBy(u16),
    /// This account sends you a letter.
    Letter {
        from: [u8; 32],
        circle: [u8; 16],
        letter: Letter,
    },
}
