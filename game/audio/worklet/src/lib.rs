//! Voices inside a page's audio thread: samples to frames, frames to samples, whatever the page is busy with.
//!
//! A page draws, computes and reads the network in one thread, and a frame of it may take 50 ms; sound is due every
//! 3 ms. So this is a module of its own, small, which the audio thread loads beside the page's program (`game/web/worklet.js`).
//! It knows numbers and bytes alone: `exports` is what JavaScript calls.
//!
//! Flow, at who speaks: a quantum of the microphone → [`microphone`] (48 kHz, speech or not, Opus) → frames as bytes.
//! At who listens: a frame's bytes → [`lanes`], one for each talker who is heard → a quantum of each.
//! Invariants: nothing that is called for a quantum allocates; no number and no bytes from outside make it panic; all
//! samples that come out are finite and in −1..=1.

#[cfg(target_arch = "wasm32")]
mod exports;
pub mod lanes;
pub mod microphone;
pub mod resample;

/// Samples that are handed over at once, at most. A quantum is 128; pages may ask for others one day.
pub const MAX_QUANTUM: usize = 1024;
