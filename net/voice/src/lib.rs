//! Voice between people: frames, codec, jitter buffer, who hears whom, sealed frames. No device, no clock, no socket.
//!
//! Flow, at who speaks: 20 ms of samples → [`talker`] (is it speech, how many bits) → [`codec`] → [`frame`] → the state
//! datagram. At the host: [`hearing`] says which frames go to whom; it never decodes. At who listens: frame →
//! [`playout`] (what is due, what was lost, how fast) → samples for a device, as many as it asks for.
//! [`sealed`] frames are opaque to everybody but their circle.
//! Invariant: nothing from the wire can panic, make anything grow without bound, or delay what comes later for ever.

pub mod codec;
pub mod frame;
pub mod fuzzing;
pub mod hearing;
pub mod playout;
#[cfg(feature = "sealed")]
pub mod sealed;
pub mod talker;

/// Samples a second, of one channel.
pub const RATE_HZ: u32 = 48_000;
/// Samples of a frame: 20 ms.
pub const FRAME_SAMPLES: usize = 960;
/// Frames a second.
pub const FRAMES_HZ: u32 = 50;

const _: () = assert!(FRAME_SAMPLES as u32 * FRAMES_HZ == RATE_HZ);
