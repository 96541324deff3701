//! Opus in a page: `ropus`, a port of libopus 1.5 to Rust, for a target that has no C; what it makes up for a lost frame
//! is replaced ([`conceal`]).

mod conceal;

use super::{
    BITS_PER_SEC, CodecError, Decode, Encode, MAX_PAYLOAD, MIN_LOSS_PERCENT, Samples, in_range, is_one_frame,
    told,
};
use crate::{FRAME_SAMPLES, RATE_HZ};
use conceal::Concealer;
use ropus::{Application, Bitrate, Channels, DecodeMode, InbandFec, Signal};

/// How hard the encoder thinks, 0 to 10: a page has one core and less of it.
const COMPLEXITY: u8 = 5;

/// Samples to Opus.
pub struct Encoder {
    opus: ropus::Encoder,
}

impl Encoder {
    /// One for a voice, at [`BITS_PER_SEC`].
    ///
    /// # Errors
    /// [`CodecError::NotStarted`]: no memory.
    pub fn new() -> Result<Self, CodecError> {
        let opus = ropus::Encoder::builder(RATE_HZ, Channels::Mono, Application::Voip)
            .signal(Signal::Voice)
            .vbr(true)
            .dtx(true)
            .inband_fec(InbandFec::Enabled)
            .complexity(COMPLEXITY)
            .build()
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
        let _ = self.opus.set_bitrate(Bitrate::Bits(bits));
        let _ = self.opus.set_packet_loss_perc(loss);
    }
}

/// Opus to samples.
pub struct Decoder {
    opus: ropus::Decoder,
    concealer: Concealer,
}

impl Decoder {
    /// One for one talker.
    ///
    /// # Errors
    /// [`CodecError::NotStarted`]: no memory.
    pub fn new() -> Result<Self, CodecError> {
        let opus = ropus::Decoder::new(RATE_HZ, Channels::Mono).map_err(|_| CodecError::NotStarted)?;
        Ok(Self {
            opus,
            concealer: Concealer::new(),
        })
    }

    fn frame(&mut self, payload: &[u8], mode: DecodeMode, out: &mut Samples) -> Result<(), CodecError> {
        if !is_one_frame(payload) {
            return Err(CodecError::NotAFrame);
        }
        let mut frame = [0.0; FRAME_SAMPLES];
        match self.opus.decode_float(payload, &mut frame, mode) {
            Ok(FRAME_SAMPLES) => {
                *out = frame.map(in_range);
                self.concealer.heard(out);
                Ok(())
            }
            _ => Err(CodecError::NotAFrame),
        }
    }
}

impl Decode for Decoder {
    fn decode(&mut self, payload: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        self.frame(payload, DecodeMode::Normal, out)
    }

    fn recover(&mut self, next: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        if is_one_frame(next) && !carries_the_one_before(next) {
            self.conceal(out);
            return Ok(());
        }
        self.frame(next, DecodeMode::Fec, out)
    }

    fn conceal(&mut self, out: &mut Samples) {
        // It must know that a frame is missing, whatever it says instead.
        let mut unheard = [0.0; FRAME_SAMPLES];
        let _ = self.opus.decode_float(&[], &mut unheard, DecodeMode::Normal);
        self.concealer.next(out);
    }
}

/// Whether a frame holds the one before it, smaller, for whoever missed that: the second bit after the first byte, of what
/// is not only music (RFC 6716, 4.2.3 and 4.2.4).
fn carries_the_one_before(payload: &[u8]) -> bool {
    let speech = payload.first().is_some_and(|first| first >> 3 < 16);
    speech && payload.get(1).is_some_and(|flags| flags & 0b0100_0000 != 0)
}
