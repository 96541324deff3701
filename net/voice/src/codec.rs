//! The codec behind one trait: 20 ms of samples to bytes and back, with what helps after a loss.
//!
//! It is Opus: on a machine by libopus (`native`), in a page by a port of it to Rust (`web`), which was chosen by
//! measurement (`examples/codecs.rs`) and which `tests/codec.rs` holds against libopus.
//! Invariant: whoever decodes gives a whole frame for every call, whatever the bytes are.

#[cfg(all(feature = "codec", not(target_arch = "wasm32")))]
#[path = "codec/native.rs"]
mod opus;
#[cfg(all(feature = "codec", target_arch = "wasm32"))]
#[path = "codec/web.rs"]
mod opus;

use crate::FRAME_SAMPLES;

#[cfg(feature = "codec")]
pub use opus::{Decoder, Encoder};

/// Samples of a frame, −1.0 to 1.0.
pub type Samples = [f32; FRAME_SAMPLES];

/// No frame is longer, bytes: 20 ms at 32 kbit/s take 80, and a loud onset about twice that.
pub const MAX_PAYLOAD: usize = 250;

/// What an encoder begins with: clear speech with its hiss, at a price a phone's uplink has.
pub const BITS_PER_SEC: u32 = 24_000;
/// Fewer is not asked of a codec: speech still without its hiss, and the room for repairs is gone.
pub const MIN_BITS_PER_SEC: u32 = 16_000;
/// More is not heard in a voice.
pub const MAX_BITS_PER_SEC: u32 = 32_000;
/// Loss is never said to be less: the first datagram lost comes before anything was measured.
pub const MIN_LOSS_PERCENT: u8 = 5;
/// With fewer bits there is no in-band FEC: libopus would make room for it by cutting the voice off at 6 kHz, which costs
/// more than the losses do (`examples/codecs.rs`). A repeated frame (`frame`) costs less.
pub const FEC_BITS_PER_SEC: u32 = 24_000;
/// Loss that is said to be more than [`MIN_LOSS_PERCENT`] is said to be at least this: from 6 to 11 an encoder of complexity
/// 5 cuts at 6 kHz even with 24 kbit/s.
const FEC_LOSS_PERCENT: u8 = 12;

/// Why a codec did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// It could not be set up.
    #[error("the codec did not start")]
    NotStarted,
    /// Bytes that are no frame.
    #[error("not a frame of voice")]
    NotAFrame,
}

/// Samples to bytes.
pub trait Encode: Send {
    /// One frame of 20 ms into `out`; its bytes, at most [`MAX_PAYLOAD`]. 2 bytes or fewer say that it is silent (DTX) and
    /// need not be sent.
    ///
    /// # Errors
    /// The codec's own; samples that are not finite are taken for 0.
    fn encode(&mut self, samples: &Samples, out: &mut [u8; MAX_PAYLOAD]) -> Result<usize, CodecError>;
    /// How many bits a second, and how many frames of a hundred are expected to be lost.
    fn adapt(&mut self, bits_per_sec: u32, loss_percent: u8);
}

/// Bytes to samples.
pub trait Decode: Send {
    /// The frame that these bytes are.
    ///
    /// # Errors
    /// [`CodecError::NotAFrame`], and `out` is as it was.
    fn decode(&mut self, payload: &[u8], out: &mut Samples) -> Result<(), CodecError>;
    /// The frame before this one, which was lost, out of what this one says of it (in-band FEC).
    ///
    /// # Errors
    /// [`CodecError::NotAFrame`], and `out` is as it was.
    fn recover(&mut self, next: &[u8], out: &mut Samples) -> Result<(), CodecError>;
    /// A frame of which nothing is known: what sounds likely after the last ones.
    fn conceal(&mut self, out: &mut Samples);
}

/// What libopus is told: bits a second, and loss of a hundred. Up to 5 it sends no FEC.
#[must_use]
pub fn told(bits_per_sec: u32, loss_percent: u8) -> (u32, u8) {
    let bits = bits_per_sec.clamp(MIN_BITS_PER_SEC, MAX_BITS_PER_SEC);
    if loss_percent <= MIN_LOSS_PERCENT || bits < FEC_BITS_PER_SEC {
        (bits, MIN_LOSS_PERCENT)
    } else {
        (bits, loss_percent.clamp(FEC_LOSS_PERCENT, 100))
    }
}

/// A sample as a codec may have it: finite, −1 to 1.
#[must_use]
pub fn in_range(sample: f32) -> f32 {
    if sample.is_finite() {
        sample.clamp(-1.0, 1.0)
    } else {
        0.0
    }
}

/// Whether these bytes begin like what our encoders write: one frame, of 20 ms, of one channel (RFC 6716, 3.1). Opus
/// has packets of many frames, of 2.5 to 120 ms and of two channels too; a decoder never sees those.
#[must_use]
pub fn is_one_frame(payload: &[u8]) -> bool {
    let Some(first) = payload.first() else {
        return false;
    };
    let whole = match first >> 3 {
        config @ 0..12 => config & 3 == 1,
        config @ 12..16 => config & 1 == 1,
        config => config & 3 == 3,
    };
    whole && first & 0b111 == 0 && payload.len() <= MAX_PAYLOAD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_frame_of_20_ms_of_one_channel_begins_so() {
        let begins: Vec<u8> = (0..=255).filter(|first| is_one_frame(&[*first])).collect();
        let configs = [1, 5, 9, 13, 15, 19, 23, 27, 31];
        assert_eq!(begins, configs.map(|config| config << 3));
        assert!(!is_one_frame(&[]));
        assert!(is_one_frame(&[15 << 3; MAX_PAYLOAD]));
        assert!(!is_one_frame(&[15 << 3; MAX_PAYLOAD + 1]));
    }

    #[test]
    fn loss_is_told_where_fec_does_not_cut_the_voice() {
        assert_eq!(told(24_000, 0), (24_000, 5));
        assert_eq!(told(24_000, 5), (24_000, 5));
        assert_eq!(told(24_000, 6), (24_000, 12));
        assert_eq!(told(23_999, 50), (23_999, 5));
        assert_eq!(told(0, 50), (16_000, 5));
        assert_eq!(told(u32::MAX, 255), (32_000, 100));
    }

    #[test]
    fn what_is_no_number_is_silent() {
        assert_eq!(
            [f32::NAN, f32::INFINITY, -7.0, 0.5].map(in_range),
            [0.0, 0.0, -1.0, 0.5]
        );
    }
}
