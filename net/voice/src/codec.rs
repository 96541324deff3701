//! The codec behind one trait: 20 ms of samples to bytes and back, with what helps after a loss.
//!
//! Invariant: whoever decodes gives a whole frame for every call, whatever the bytes are.

use crate::FRAME_SAMPLES;

/// Samples of a frame, −1.0 to 1.0.
pub type Samples = [f32; FRAME_SAMPLES];

/// No frame is longer, bytes: 20 ms at 32 kbit/s take 80, and a loud onset about twice that.
pub const MAX_PAYLOAD: usize = 250;

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
