//! Sound: what the world and the program sound like, and where one's ears are.
//!
//! Flow: features → [`PlaySound`] → [`Ears`] (speakers) where the sound is. Ambience and steps are decided here (`world`, `steps`); voices are put into
//! the same ears by `voice::devices`.
//! Invariant: a machine without speakers misses nothing else.

use bevy::prelude::*;
use holm_audio::clips::Clip;
use holm_audio::{Group, Listener, Speakers, Trouble};

/// The speakers of this machine. `NonSend`: what a system calls a sound device belongs to one thread on some.
#[derive(Default)]
pub struct Ears {
    /// None while there are none, or nobody asked for them (tests, pictures).
    pub speakers: Option<Speakers>,
    pub trouble: Option<Trouble>,
    /// Where they are, as of this frame.
    pub listener: Listener,
}

/// Whether this program opens speakers and microphones at all: clients of people do; pictures, measurements and tests do not.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HasDevices(pub bool);

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoundSystems {
    /// `PostUpdate`, after transforms are propagated: ears are where the camera is, then sounds and voices are placed.
    Listen,
    /// `PostUpdate`, after [`Self::Listen`].
    Place,
}

/// A wish: this is to be heard, once.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct PlaySound {
    pub clip: Clip,
    pub group: Group,
    /// Where, in the world; `None`: in one's head.
    pub at: Option<Vec3>,
    /// 0 to 1.
    pub gain: f32,
    /// 1 is as it is.
    pub rate: f32,
}
