//! What a person's machine hears and sounds: microphone, speakers, and voices and sounds in them where they are. No Bevy.
//!
//! Flow: microphone → [`voice::capture`] (one channel, 48 kHz, no noise, speech or not, Opus) →
//! [`Frame`](holm_voice::frame::Frame)s for the session. Session → [`Speakers::put`] → a talker's jitter buffer and decoder,
//! which the device drives → placed in space with the sounds of the world → speakers.
//!
//! The feature `device` brings real devices: on a machine by kira and cpal, in a page by WebAudio with a worklet, the same
//! names in both. Without it there are only the two ends of a voice ([`voice`]), which a clock can drive as well as a
//! device: bots talk and listen so.
//! Invariants: the threads of audio devices neither allocate nor wait; what a person's program cannot open is said by a
//! [`Trouble`], and whoever has no microphone listens all the same; nothing is heard of a microphone that is not open.
//! This crate's only `cfg` on the target is here.

#[cfg(not(target_arch = "wasm32"))]
pub mod voice;

pub mod clips;
pub mod space;

// What a page's half needs no page for is tested on a machine.
#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "web/lanes.rs"]
mod lanes;

#[cfg(feature = "device")]
cfg_select! {
    target_arch = "wasm32" => {
        mod web;
        use web as here;
    }
    _ => {
        mod native;
        use native as here;
    }
}

#[cfg(feature = "device")]
pub use here::{Microphone, Speakers, devices};

use clips::Clip;
use holm_voice::frame::Reach;
use holm_voice::playout::PlayoutStats;
pub use holm_voice::talker::{Meter, Mode};

/// Why something is not heard. For a person's sentence; what the system says goes to the log where it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no such device.
    #[error("no device")]
    NoDevice,
    /// The person, or their system, does not allow it.
    #[error("not allowed")]
    NotAllowed,
    /// Somebody else has it for themselves.
    #[error("in use")]
    Busy,
    /// It was there, and is not any more.
    #[error("the device is gone")]
    Lost,
    /// It does not do what we need, or gave up.
    #[error("the device does not work")]
    Broken,
}

/// A microphone or a speaker, to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// What it is chosen by, the same the next time this machine has it.
    pub id: String,
    /// As the system calls it.
    pub name: String,
}

/// What there is to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Empty in a browser that was not allowed a microphone yet.
    pub microphones: Vec<Device>,
    /// Empty where it cannot be chosen.
    pub speakers: Vec<Device>,
}

/// How a microphone is heard.
#[derive(Clone, Debug, PartialEq)]
pub struct MicrophoneSettings {
    /// Of [`Devices::microphones`]; `None`: the system's. One that is not there is the system's, too.
    pub device: Option<String>,
    /// When it is heard.
    pub mode: Mode,
    /// How far.
    pub reach: Reach,
    /// What hums and hisses is taken out.
    pub without_noise: bool,
    /// It is made as loud as others are.
    pub automatic_gain: bool,
    /// What the speakers say is taken out, where this machine can ([`CAN_CANCEL_ECHO`](Microphone::CAN_CANCEL_ECHO)).
    pub without_echo: bool,
}

impl Default for MicrophoneSettings {
    fn default() -> Self {
        Self {
            device: None,
            mode: Mode::Muted,
            reach: Reach::Normal,
            without_noise: true,
            automatic_gain: true,
            without_echo: true,
        }
    }
}

/// How far a microphone is with being open.
#[derive(Clone, Debug, PartialEq)]
pub enum MicrophoneState {
    /// A browser asks its person, a machine its device.
    Opening,
    /// It is; under this name.
    Open(String),
    /// It is not. It is tried again when devices come or go, and by [`Microphone::retry`].
    Failed(Trouble),
}

/// Kinds of sound that have a volume of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What people say.
    Voices,
    /// Water, fire, steps, doors.
    World,
    /// What the program itself has to say.
    Interface,
}

impl Group {
    /// In the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Voices, Self::World, Self::Interface];
}

/// Whose ears they are: y is up, a unit is a metre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listener {
    /// Where they are.
    pub position: [f32; 3],
    /// Where they look, of length 1.
    pub forward: [f32; 3],
    /// What is above them, of length 1.
    pub up: [f32; 3],
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            position: [0.0; 3],
            forward: [0.0, 0.0, -1.0],
            up: [0.0, 1.0, 0.0],
        }
    }
}

/// Where a talker or a sound is, and how it comes to the listener ([`space`] says how).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// `None`: nowhere, as loud in both ears.
    pub position: Option<[f32; 3]>,
    /// 0 to 4, of its own loudness; distance and what is in between are in it.
    pub gain: f32,
    /// What is higher is taken out, hertz; from 20,000 on nothing is.
    pub cutoff_hz: f32,
}

impl Default for Placement {
    fn default() -> Self {
        Self {
            position: None,
            gain: 1.0,
            cutoff_hz: 20_000.0,
        }
    }
}

/// What is heard of a talker just now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sounding {
    /// Talk is played.
    pub speaking: bool,
    /// Its root mean square before it is placed, 0 to 1.
    pub level: f32,
    /// Figures since the talker was first heard.
    pub stats: PlayoutStats,
}

/// A sound of the world, once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Play {
    /// Which.
    pub clip: Clip,
    /// Whose volume it has.
    pub group: Group,
    /// Where.
    pub placement: Placement,
    /// How fast, 0.25 to 4: twice as fast is an octave higher.
    pub rate: f32,
}
