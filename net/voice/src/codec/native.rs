//! Opus on a machine: libopus itself, by the `opus` crate.

use super::{
    BITS_PER_SEC, CodecError, Decode, Encode, MAX_PAYLOAD, MIN_LOSS_PERCENT, Samples, in_range, is_one_frame,
    told,
};
use crate::{FRAME_SAMPLES, RATE_HZ};
use opus::{Application, Bitrate, Channels, Signal};

/// How hard the encoder thinks, 0 to 10: above it the ear gains nothing that the time is worth.
const COMPLEXITY: i32 = 8;

/// Samples to Opus.
pub struct Encoder {
    opus: opus::Encoder,
}

impl Encoder {
    /// One for a voice, at [`BITS_PER_SEC`].
    ///
    /// # Errors
    /// [`CodecError::NotStarted`]: no memory.
    pub fn new() -> Result<Self, CodecError> {
        let mut opus = opus::Encoder::new(RATE_HZ, Channels::Mono, Application::Voip)
            .map_err(|_| CodecError::NotStarted)?;
        opus.set_signal(Signal::Voice)
            .and_then(|()| opus.set_vbr(true))
            .and_then(|()| opus.set_dtx(true))
            .and_then(|()| opus.set_inband_fec(true))
            .and_then(|()| opus.set_complexity(COMPLEXITY))
            .map_err(|_| CodecError::NotStarted)?;
        let mut encoder = Self { opus };
        encoder.adapt(BITS_PER_SEC, MIN_LOSS_PERCENT);
        Ok(encoder)
    }
}

impl Encode for Encoder {
    fn encode(&mut self, samples: &Samples, out: &mut [u8; MAX_PAYLOAD]) -> Result<usize, CodecError> {
        self.opus
            .encode_float(&samples.map(in_range), out)
            .map_err(|_| CodecError::NotAFrame)
    }

    fn adapt(&mut self, bits_per_sec: u32, loss_percent: u8) {
        let (bits, loss) = told(bits_per_sec, loss_percent);
        // Both are in range, and an encoder that kept what it had would still be one.
        let _ = self.opus.set_bitrate(Bitrate::Bits(bits.cast_signed()));
        let _ = self.opus.set_packet_loss_perc(i32::from(loss));
    }
}

/// Opus to samples.
pub struct Decoder {
    opus: opus::Decoder,
}

impl Decoder {
    /// One for one talker.
    ///
    /// # Errors
    /// [`CodecError::NotStarted`]: no memory.
    pub fn new() -> Result<Self, CodecError> {
        let opus = opus::Decoder::new(RATE_HZ, Channels::Mono).map_err(|_| CodecError::NotStarted)?;
        Ok(Self { opus })
    }

    fn frame(&mut self, payload: &[u8], before_it: bool, out: &mut Samples) -> Result<(), CodecError> {
        let mut frame = [0.0; FRAME_SAMPLES];
        match self.opus.decode_float(payload, &mut frame, before_it) {
            Ok(FRAME_SAMPLES) => {
                *out = frame.map(in_range);
                Ok(())
            }
            _ => Err(CodecError::NotAFrame),
        }
    }
}

impl Decode for Decoder {
    fn decode(&mut self, payload: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        if !is_one_frame(payload) {
            return Err(CodecError::NotAFrame);
        }
        self.frame(payload, false, out)
    }

    fn recover(&mut self, next: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        if !is_one_frame(next) {
            return Err(CodecError::NotAFrame);
        }
        self.frame(next, true, out)
    }

    fn conceal(&mut self, out: &mut Samples) {
        if self.frame(&[], false, out).is_err() {
            *out = [0.0; FRAME_SAMPLES];
        }
    }
}
