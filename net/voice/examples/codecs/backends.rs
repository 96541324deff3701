//! The Opus libraries behind one set of calls, all told the same.

use crate::page;
use holm_voice::FRAME_SAMPLES;
use holm_voice::codec::{Decode, MAX_PAYLOAD, Samples};
use unsafe_libopus as unsafe_opus;

const RATE: u32 = holm_voice::RATE_HZ;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Libopus,
    Ropus,
    /// `ropus` with what `src/codec/conceal.rs` makes up for a lost frame: what a page runs.
    Page,
    Unsafe,
}

impl Backend {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Libopus => "libopus",
            Self::Ropus => "ropus",
            Self::Page => "page",
            Self::Unsafe => "unsafe-libopus",
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) bits: u32,
    pub(crate) loss: u8,
    pub(crate) complexity: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bits: 24_000,
            loss: 10,
            complexity: 8,
        }
    }
}

pub(crate) fn versions() -> String {
    format!(
        "{}, ropus is a port of 1.5.2, unsafe-libopus of 1.3.1",
        opus::version()
    )
}

/// An encoder and a decoder.
pub(crate) enum Opus {
    Libopus(opus::Encoder, opus::Decoder),
    Ropus(Box<(ropus::Encoder, ropus::Decoder)>),
    Page(Box<(ropus::Encoder, page::opus::Decoder)>),
    Unsafe(*mut unsafe_opus::OpusEncoder, *mut unsafe_opus::OpusDecoder),
}

impl Opus {
    #[expect(unsafe_code, reason = "one of the three is C in Rust")]
    pub(crate) fn new(backend: Backend, settings: Settings) -> Self {
        match backend {
            Backend::Libopus => {
                let mut encoder = opus::Encoder::new(RATE, opus::Channels::Mono, opus::Application::Voip)
                    .expect("an encoder");
                encoder.set_signal(opus::Signal::Voice).expect("voice");
                encoder.set_dtx(true).expect("dtx");
                encoder.set_inband_fec(true).expect("fec");
                encoder
                    .set_bitrate(opus::Bitrate::Bits(settings.bits.cast_signed()))
                    .expect("bits");
                encoder
                    .set_packet_loss_perc(i32::from(settings.loss))
                    .expect("loss");
                encoder
                    .set_complexity(i32::from(settings.complexity))
                    .expect("complexity");
                let decoder = opus::Decoder::new(RATE, opus::Channels::Mono).expect("a decoder");
                Self::Libopus(encoder, decoder)
            }
            Backend::Ropus => {
                let decoder = ropus::Decoder::new(RATE, ropus::Channels::Mono).expect("a decoder");
                Self::Ropus(Box::new((ropus_encoder(settings), decoder)))
            }
            Backend::Page => {
                let decoder = page::opus::Decoder::new().expect("a decoder");
                Self::Page(Box::new((ropus_encoder(settings), decoder)))
            }
            Backend::Unsafe => {
                let mut error = 0;
                // SAFETY: the pointers come from the library's own constructors and live until `drop`.
                unsafe {
                    let encoder = unsafe_opus::opus_encoder_create(
                        RATE.cast_signed(),
                        1,
                        unsafe_opus::OPUS_APPLICATION_VOIP,
                        &raw mut error,
                    );
                    let decoder = unsafe_opus::opus_decoder_create(RATE.cast_signed(), 1, &raw mut error);
                    assert_eq!(error, 0);
                    for (request, value) in [
                        (
                            unsafe_opus::OPUS_SET_SIGNAL_REQUEST,
                            unsafe_opus::OPUS_SIGNAL_VOICE,
                        ),
                        (unsafe_opus::OPUS_SET_DTX_REQUEST, 1),
                        (unsafe_opus::OPUS_SET_INBAND_FEC_REQUEST, 1),
                        (unsafe_opus::OPUS_SET_BITRATE_REQUEST, settings.bits.cast_signed()),
                        (
                            unsafe_opus::OPUS_SET_PACKET_LOSS_PERC_REQUEST,
                            i32::from(settings.loss),
                        ),
                        (
                            unsafe_opus::OPUS_SET_COMPLEXITY_REQUEST,
                            i32::from(settings.complexity),
                        ),
                    ] {
                        assert_eq!(unsafe_opus::opus_encoder_ctl!(encoder, request, value), 0);
                    }
                    Self::Unsafe(encoder, decoder)
                }
            }
        }
    }

    #[expect(unsafe_code, reason = "one of the three is C in Rust")]
    pub(crate) fn encode(&mut self, samples: &Samples, out: &mut [u8; MAX_PAYLOAD]) -> usize {
        match self {
            Self::Libopus(encoder, _) => encoder.encode_float(samples, out).expect("a frame"),
            Self::Page(both) => both.0.encode_float(samples, out).expect("a frame"),
            Self::Ropus(both) => both.0.encode_float(samples, out).expect("a frame"),
            Self::Unsafe(encoder, _) => {
                // SAFETY: as long as they are said to be.
                let len = unsafe {
                    unsafe_opus::opus_encode_float(
                        *encoder,
                        samples.as_ptr(),
                        FRAME_SAMPLES as i32,
                        out.as_mut_ptr(),
                        MAX_PAYLOAD as i32,
                    )
                };
                usize::try_from(len).expect("a frame")
            }
        }
    }

    /// A frame; `None` for bytes that are none. No bytes: what sounds likely.
    #[expect(unsafe_code, reason = "one of the three is C in Rust")]
    pub(crate) fn decode(&mut self, payload: &[u8], before_it: bool) -> Option<Samples> {
        let mut out = [0.0; FRAME_SAMPLES];
        let len = match self {
            Self::Libopus(_, decoder) => decoder.decode_float(payload, &mut out, before_it).ok(),
            Self::Page(both) if payload.is_empty() => {
                both.1.conceal(&mut out);
                Some(FRAME_SAMPLES)
            }
            Self::Page(both) if before_it => both.1.recover(payload, &mut out).ok().map(|()| FRAME_SAMPLES),
            Self::Page(both) => both.1.decode(payload, &mut out).ok().map(|()| FRAME_SAMPLES),
            Self::Ropus(both) => {
                let mode = if before_it {
                    ropus::DecodeMode::Fec
                } else {
                    ropus::DecodeMode::Normal
                };
                both.1.decode_float(payload, &mut out, mode).ok()
            }
            Self::Unsafe(_, decoder) => {
                let bytes = if payload.is_empty() {
                    core::ptr::null()
                } else {
                    payload.as_ptr()
                };
                // SAFETY: as long as they are said to be.
                let len = unsafe {
                    unsafe_opus::opus_decode_float(
                        &mut **decoder,
                        bytes,
                        payload.len() as i32,
                        out.as_mut_ptr(),
                        FRAME_SAMPLES as i32,
                        i32::from(before_it),
                    )
                };
                usize::try_from(len).ok()
            }
        };
        len.map(|_| out)
    }
}

impl Drop for Opus {
    #[expect(unsafe_code, reason = "one of the three is C in Rust")]
    fn drop(&mut self) {
        if let Self::Unsafe(encoder, decoder) = self {
            // SAFETY: nobody else has them.
            unsafe {
                unsafe_opus::opus_encoder_destroy(*encoder);
                unsafe_opus::opus_decoder_destroy(*decoder);
            }
        }
    }
}

fn ropus_encoder(settings: Settings) -> ropus::Encoder {
    ropus::Encoder::builder(RATE, ropus::Channels::Mono, ropus::Application::Voip)
        .signal(ropus::Signal::Voice)
        .dtx(true)
        .inband_fec(ropus::InbandFec::Enabled)
        .bitrate(ropus::Bitrate::Bits(settings.bits))
        .packet_loss_perc(settings.loss)
        .complexity(settings.complexity)
        .build()
        .expect("an encoder")
}

/// What a frame says of itself (RFC 6716, 3.1).
pub(crate) fn mode(payload: &[u8]) -> &'static str {
    match payload[0] >> 3 {
        0..4 => "silk-nb",
        4..8 => "silk-mb",
        8..12 => "silk-wb",
        12..14 => "hyb-swb",
        14..16 => "hyb-fb",
        16..20 => "celt-nb",
        20..24 => "celt-wb",
        24..28 => "celt-swb",
        _ => "celt-fb",
    }
}

/// Whether a frame of 20 ms carries the one before it: the second bit of its range-coded part, at even odds (RFC 6716, 4.2.3).
pub(crate) fn has_fec(payload: &[u8]) -> bool {
    payload[0] >> 3 < 16 && payload.get(1).is_some_and(|byte| byte >> 6 & 1 == 1)
}
