//! How a person's microphone and speakers serve Voice: when a microphone is open, what of it goes out, and where each
//! voice is heard.
//!
//! Flow: hands and [`VoiceWish`] → `mouth` (open or not, muted, held) → [`SayFrame`](super::SayFrame) and
//! [`MyVoice`](super::MyVoice). [`FrameHeard`](super::FrameHeard) → `ears` → the speakers of [`Ears`](crate::sound::Ears),
//! each voice at the head it comes from, as loud as [`Volumes`] has it. What a person is to see of it is [`VoiceView`], what
//! they are to be told once is [`VoiceTold`].
//! Invariants: no microphone is open before its person asked for it, nor for long after; what is said in a test goes to
//! nobody; where there are no devices ([`HasDevices`](crate::sound::HasDevices)) none is touched, and everything else goes
//! on.

mod ears;
mod mouth;
mod volumes;

pub use volumes::Volumes;

use super::{Audience, Reach};
use bevy::prelude::*;
use holm_audio::{Devices, Meter, Trouble};
use holm_identity::AccountKey;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<VoiceView>()
        .add_message::<VoiceWish>()
        .add_message::<VoiceTold>()
        .add_plugins((mouth::plugin, ears::plugin, volumes::plugin));
}

/// What a person sees of their voice and their devices. For others to read only.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct VoiceView {
    pub microphone: MicrophoneView,
    /// By oneself. In each world one begins so.
    pub muted: bool,
    /// The key of [`Doing::Talk`](crate::input::actions::Doing::Talk) is held.
    pub held: bool,
    /// What the microphone hears; nothing while it is not open.
    pub meter: Meter,
    pub reach: Reach,
    /// One hears oneself, and nobody else does.
    pub testing: bool,
    /// Others hear this very moment; in a test: would hear it.
    pub sending: bool,
    /// What there is to choose from, as of [`VoiceWish::LookForDevices`].
    pub devices: Devices,
    /// What is wrong with the speakers.
    pub speakers: Option<Trouble>,
}

impl Default for VoiceView {
    fn default() -> Self {
        Self {
            microphone: MicrophoneView::Off,
            muted: true,
            held: false,
            meter: Meter::default(),
            reach: Reach::Normal,
            testing: false,
            sending: false,
            devices: Devices::default(),
            speakers: None,
        }
    }
}

/// How far one's own microphone is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MicrophoneView {
    /// Nobody asked for it, or it was let go.
    #[default]
    Off,
    /// A browser asks its person, a machine its device.
    Opening,
    /// Under this name.
    Open(String),
    Failed(Trouble),
}

/// A wish about one's own voice, or about how others are heard.
#[derive(Message, Clone, Debug, PartialEq)]
pub enum VoiceWish {
    /// In a world only: outside of one nobody hears anybody.
    Mute(bool),
    ToggleMute,
    /// In a world only, as muting.
    Reach(Reach),
    /// Hear oneself, or no longer.
    Test(bool),
    /// Try a microphone that failed once more.
    Retry,
    /// Fill [`VoiceView::devices`].
    LookForDevices,
    Audience(Audience),
    /// How loud somebody is here: 0 to 2, 1 as they are.
    Volume {
        account: AccountKey,
        /// As they are called now, for whoever reads the list.
        name: String,
        volume: f32,
    },
}

/// What went wrong or well with devices, told once. Whatever it is, one goes on listening.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceTold {
    /// It did not open.
    MicrophoneFailed(Trouble),
    /// It was open, and is gone.
    MicrophoneLost,
    SpeakersLost,
    SpeakersBack,
}
