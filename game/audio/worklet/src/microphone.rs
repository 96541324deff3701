//! A microphone: quanta of samples to frames as bytes.
//!
//! Flow: [`Microphone::hear`] → [`crate::resample`] → [`Talker`] → frames, one after the other, in [`Microphone::out`], for
//! the page's program to read (`game/audio/src/web/figures.rs`).
//! What takes noise and echo away is the browser's own and comes before. Invariant: as many frames are kept as one call
//! can give; whoever calls takes them before the next.
//!
//! ```text
//! frame    sequence:16  reach:2 begins:1 00000:5  level:8  length:8  payload
//! ```
//!
//! Least significant bit first, numbers little-endian.

use crate::MAX_QUANTUM;
use crate::resample::Resampler;
use holm_voice::codec::{CodecError, Encoder, MAX_PAYLOAD};
use holm_voice::frame::Reach;
use holm_voice::talker::{Mode, Settings, Talker};

/// Figures of a microphone, each a number, in this order: level, peak, gain in dB, speech, sending (0 or 1), repeat.
pub const FIGURES: usize = 6;
/// Bytes before each frame's payload.
const HEAD: usize = 5;
/// Frames that one call can give: what was said before speech was noticed goes with its first one.
const FRAMES: usize = 32;
/// The most bytes that one call gives.
pub const MAX_OUT: usize = FRAMES * (HEAD + MAX_PAYLOAD);

/// See the module.
pub struct Microphone {
    talker: Box<Talker<Encoder>>,
    resampler: Resampler,
    /// A quantum on its way in.
    pub input: [f32; MAX_QUANTUM],
    /// What [`Self::hear`] gave last.
    pub out: [u8; MAX_OUT],
    /// What was reported last.
    pub figures: [f64; FIGURES],
}

impl Microphone {
    /// One that has so many samples a second, muted until it is told otherwise. Everything it will ever need is
    /// allocated here.
    ///
    /// # Errors
    /// No memory.
    pub fn new(rate_hz: f32) -> Result<Self, CodecError> {
        Ok(Self {
            talker: Box::new(Talker::new(Encoder::new()?, Settings::default())),
            resampler: Resampler::new(rate_hz),
            input: [0.0; MAX_QUANTUM],
            out: [0; MAX_OUT],
            figures: [0.0; FIGURES],
        })
    }

    /// What was chosen: `mode` 0 is open, 1 while a key is held, anything else muted; `reach` as on the wire.
    pub fn set(&mut self, mode: u32, reach: u32, automatic_gain: bool) {
        self.talker.set_settings(Settings {
            mode: match mode {
                0 => Mode::OpenMic,
                1 => Mode::PushToTalk,
                _ => Mode::Muted,
            },
            reach: Reach::ALL.get(reach as usize).copied().unwrap_or_default(),
            automatic_gain,
        });
    }

    /// Whether the key is held.
    pub fn hold(&mut self, held: bool) {
        self.talker.hold(held);
    }

    /// What is lost on the way, 0 to 1, and how many bits a second there are.
    pub fn adapt(&mut self, loss: f32, budget_bits_per_sec: u32) {
        self.talker.adapt(loss, budget_bits_per_sec);
    }

    /// The first `samples` of [`Self::input`] were heard; how many bytes of frames are in [`Self::out`].
    pub fn hear(&mut self, samples: usize) -> usize {
        let Self {
            talker,
            resampler,
            input,
            out,
            ..
        } = self;
        let mut len = 0;
        resampler.take(&input[..samples.min(MAX_QUANTUM)], |sample| {
            talker.hear(&[sample], |frame| {
                let payload = frame.payload();
                let Some(place) = out.get_mut(len..len + HEAD + payload.len()) else {
                    return; // no rate fills so many
                };
                let [low, high] = frame.sequence.0.to_le_bytes();
                let facts = frame.flags.reach as u8 | u8::from(frame.flags.begins) << 2;
                let (head, rest) = place.split_at_mut(HEAD);
                head.copy_from_slice(&[low, high, facts, frame.level(), payload.len() as u8]);
                rest.copy_from_slice(payload);
                len += HEAD + payload.len();
            });
        });
        len
    }

    /// Writes into [`Self::figures`] what the last 20 ms were like.
    pub fn report(&mut self) {
        let meter = self.talker.meter();
        self.figures = [
            f64::from(meter.level),
            f64::from(meter.peak),
            f64::from(meter.gain_db),
            f64::from(u8::from(meter.speech)),
            f64::from(u8::from(meter.sending)),
            f64::from(self.talker.repeat()),
        ];
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A voice of sorts: a buzz with the pitch of one, in syllables.
    fn syllables(rate_hz: f32, secs: f32) -> Vec<f32> {
        let sample = |at: u32| {
            let time = at as f32 / rate_hz;
            let pitch = 120.0 + 20.0 * (3.0 * time).sin();
            let buzz: f32 = (1..20)
                .map(|of| (std::f32::consts::TAU * pitch * time * of as f32).sin() / of as f32)
                .sum();
            0.15 * buzz * (0.5 - 0.5 * (std::f32::consts::TAU * 4.0 * time).cos())
        };
        (0..(rate_hz * secs) as u32).map(sample).collect()
    }

    /// The frames in these bytes: number, whether it begins, payload.
    fn read(mut bytes: &[u8]) -> Vec<(u16, bool, Vec<u8>)> {
        let mut frames = Vec::new();
        while let Some(([low, high, facts, level, len], rest)) = bytes.split_first_chunk() {
            assert!(*level < 16 && *facts < 8);
            let (payload, rest) = rest.split_at(usize::from(*len));
            frames.push((
                u16::from_le_bytes([*low, *high]),
                facts >> 2 == 1,
                payload.to_vec(),
            ));
            bytes = rest;
        }
        assert!(bytes.is_empty());
        frames
    }

    fn heard(microphone: &mut Microphone, samples: &[f32]) -> Vec<(u16, bool, Vec<u8>)> {
        let mut frames = Vec::new();
        for quantum in samples.chunks(128) {
            microphone.input[..quantum.len()].copy_from_slice(quantum);
            let len = microphone.hear(quantum.len());
            frames.extend(read(&microphone.out[..len]));
        }
        frames
    }

    /// What an open microphone sends of a second of syllables.
    pub(crate) fn said() -> Vec<(u16, bool, Vec<u8>)> {
        let mut microphone = Microphone::new(48_000.0).unwrap();
        microphone.set(0, 0, true);
        heard(&mut microphone, &syllables(48_000.0, 1.0))
    }

    #[test]
    fn speech_becomes_a_frame_each_20_ms_at_every_rate() {
        for rate_hz in [16_000.0, 44_100.0, 48_000.0] {
            let mut microphone = Microphone::new(rate_hz).unwrap();
            microphone.set(0, 0, true);
            let frames = heard(&mut microphone, &syllables(rate_hz, 1.0));
            assert!((40..=50).contains(&frames.len()), "{rate_hz}: {}", frames.len());
            assert!(frames[0].1 && !frames[1].1, "only the first begins");
            assert!(frames.windows(2).all(|two| two[1].0 == two[0].0.wrapping_add(1)));
            microphone.report();
            assert_eq!(microphone.figures[3..5], [1.0, 1.0]);
        }
    }

    #[test]
    fn a_muted_microphone_sends_nothing_and_still_shows_that_it_hears() {
        let mut microphone = Microphone::new(48_000.0).unwrap();
        assert!(heard(&mut microphone, &syllables(48_000.0, 1.0)).is_empty());
        microphone.report();
        assert!(microphone.figures[1] > 0.01 && microphone.figures[4] == 0.0);
        // While a key is held it does.
        microphone.set(1, 2, true);
        microphone.hold(true);
        assert!(!heard(&mut microphone, &syllables(48_000.0, 0.2)).is_empty());
    }

    proptest! {
        // Each of them makes codecs, which is dear.
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn whatever_is_heard_and_said_to_it_nothing_panics(
            rate_hz in any::<f32>(),
            calls in prop::collection::vec((any::<u32>(), any::<u32>(), any::<f32>()), 0..40),
        ) {
            let mut microphone = Microphone::new(rate_hz).unwrap();
            for (kind, number, value) in calls {
                match kind % 5 {
                    0 => microphone.set(number % 3, number, number & 1 == 1),
                    1 => microphone.hold(number & 1 == 1),
                    2 => microphone.adapt(value, number),
                    _ => {
                        microphone.input.fill(value);
                        let len = microphone.hear(number as usize);
                        read(&microphone.out[..len]);
                    }
                }
            }
        }
    }
}
