//! What a person sees of voices, and presses: their own microphone, who speaks, who hears whom.
//!
//! Flow: [`VoiceView`](super::devices::VoiceView), [`Speaking`](super::Speaking), [`Microphone`](super::Microphone) →
//! `button` (at the lower edge), `marks` (beside names), `panel`, `chapter` (settings), `card` (somebody) →
//! [`VoiceWish`](super::devices::VoiceWish). `told` makes notices of what broke, `offer` a strip of a whisper that can be
//! answered, `subtitles` words of sounds.
//! Invariants: whether one is heard is always seen; nothing is told by a colour alone; everything here works without a
//! microphone, and says why there is none.

mod button;
pub(crate) mod card;
pub(crate) mod chapter;
pub(crate) mod face;
pub(crate) mod marks;
mod meter;
mod offer;
mod panel;
mod subtitles;
mod told;

use bevy::prelude::*;
use holm_audio::Trouble;

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((
        button::plugin,
        panel::plugin,
        offer::plugin,
        told::plugin,
        subtitles::plugin,
        chapter::plugin,
    ));
}

/// Why a microphone is not heard, and what helps.
pub(crate) const fn trouble(why: Trouble) -> [&'static str; 2] {
    match why {
        Trouble::NoDevice => ["voice-no-device", "voice-no-device-next"],
        Trouble::NotAllowed => ["voice-not-allowed", "voice-not-allowed-next"],
        Trouble::Busy => ["voice-busy", "voice-busy-next"],
        Trouble::Lost => ["voice-lost", "voice-lost-next"],
        Trouble::Broken => ["voice-broken", "voice-broken-next"],
    }
}
