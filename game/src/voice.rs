//! Voice: people hear each other where they stand.
//!
//! Flow: `devices` (microphone) → [`SayFrame`] → the session's stream → the host, which sends it to whoever is to hear it
//! (`host`: rights, blocks, whispers) → [`FrameHeard`] → `devices` (speakers). Beside it, reliably: [`MyVoice`] →
//! `wire` → everybody's [`Microphone`], and what the host says of who hears us ([`HeardBy`]).
//! Invariants: a frame is opaque to everybody but the two programs at its ends; a headless host never decodes one; who is
//! muted, blocked or silenced is not heard whatever their program does.

#[cfg(feature = "view")]
pub mod devices;
mod host;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod wire;

use bevy::prelude::*;
use holm_identity::AccountKey;
use holm_net::pose::Slot;
pub use holm_voice::frame::{Frame, Reach};

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoiceSystems {
    /// `PreUpdate`, after people follow the roster: what came in becomes [`FrameHeard`] and [`Speaking`].
    Hear,
    /// `PostUpdate`, before the session sends: [`SayFrame`] goes out.
    Say,
}

/// A wish: say this, 20 ms of it.
#[derive(Message, Clone, Copy, Debug)]
pub struct SayFrame(pub Frame);

/// Somebody said this to us.
#[derive(Message, Clone, Copy, Debug)]
pub struct FrameHeard {
    pub slot: Slot,
    pub frame: Frame,
}

/// On everybody's entity, ourselves too: whether they speak just now, as far as we hear it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Speaking {
    /// 0 (silent) to 15; it follows the frames' own, and falls to 0 within 0.2 s when none come.
    pub level: u8,
    pub reach: Reach,
    /// Only its circle hears it.
    pub sealed: bool,
}

/// On everybody's entity, ourselves too: what they told of their microphone.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Microphone {
    /// They have none, or it is not open: they listen.
    #[default]
    None,
    /// They muted it.
    Muted,
    /// It is open: who speaks is heard.
    Open,
}

/// For whom we speak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// For whoever is within reach.
    #[default]
    All,
    /// For these alone, end-to-end encrypted: one is a whisper, more a circle. At most 15.
    Few(Vec<AccountKey>),
}

/// What we tell the others of our voice; `devices` writes it, the host is told when it changes.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct MyVoice {
    pub microphone: Microphone,
    /// Whom we speak to.
    pub audience: Audience,
    /// We hear nobody who is farther away, metres.
    pub earmuffs: Option<f32>,
}

/// How many people hear us, as the host said while we spoke last; `None`: it has not said it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeardBy(pub Option<u16>);
