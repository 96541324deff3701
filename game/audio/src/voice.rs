//! The two ends of a voice: what a microphone's samples become, and what is played of somebody. No device, no clock.
//!
//! Flow: a device's block → [`Capture::hear`] (one channel, `resample` to 48 kHz, `noise` out, [`holm_voice::talker`]) → a
//! ring → [`Mouth::frames`] → the session. The session → [`Talk::put`] → a ring → [`Ear::play`] (jitter buffer, Opus) → a
//! device's block. Each end has two halves: one belongs to the device's thread, the other to the program's. A bot is its
//! own device: it calls both halves, by its own clock.
//!
//! Invariants: [`Capture::hear`] and [`Ear::play`] neither allocate nor wait once they ran for a moment (what takes noise
//! out makes its tables with the first block of each thread); whatever is not fetched in time is bounded; what the
//! program says last is what holds; who is muted is not heard from the same moment on.

mod capture;
mod ear;
mod noise;
pub(crate) mod resample;

use crate::{MicrophoneSettings, Trouble};
pub use capture::{Capture, Mouth};
pub use ear::{Ear, Talk};

/// A microphone that gives so many samples a second in each of so many channels: the half that its thread feeds, and the
/// half that the program has.
///
/// # Errors
/// [`Trouble::Broken`]: no device has such a rate or no channels, or the codec did not start.
pub fn capture(
    rate_hz: u32,
    channels: u16,
    settings: &MicrophoneSettings,
) -> Result<(Capture, Mouth), Trouble> {
    capture::pair(rate_hz, channels, settings)
}

/// Somebody who is listened to: the half that plays, 48 kHz and one channel, and the half that the program puts frames into.
///
/// # Errors
/// [`Trouble::Broken`]: the codec did not start.
pub fn talker() -> Result<(Ear, Talk), Trouble> {
    ear::pair()
}
