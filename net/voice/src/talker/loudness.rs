//! Makes a voice about as loud as others are, slowly, and nothing too loud, at once.
//!
//! Flow: the loudness of speech, over its last seconds → what is missing to [`TARGET_DB`] → a gain that moves a few dB a second →
//! a limiter for what is suddenly loud → a bend above which nothing gets.
//! Invariant: no sample is above 1.

use super::rms;
use crate::FRAME_SAMPLES;
use crate::codec::Samples;

/// How loud speech is to be, dB of full scale: with the peaks of a voice, 12 to 15 above it, it is not touched by the limiter.
const TARGET_DB: f32 = -20.0;
/// Most that it is made louder or softer by, dB: beyond it there is more noise than voice.
const MOST_DB: f32 = 18.0;
/// How far the gain moves in a frame, dB: 6 and 12 a second. Slow enough not to be heard as pumping, and who hurts ears
/// does so for a second.
const UP_DB: f32 = 0.12;
const DOWN_DB: f32 = 0.24;
/// How much of a frame's loudness goes into the mean: it covers the last second of speech.
const NEW: f32 = 0.03;
/// Frames that are so much softer than the mean are the ends of words, dB.
const SOFT_DB: f32 = 12.0;

/// Where the limiter holds, and where the bend begins.
const LIMIT: f32 = 0.8;
/// Samples over which the limiter looks, 5 ms, and turns down, 1 ms.
const LOOK: usize = 240;
const TURN: usize = 48;
/// What it gives back of its own gain in [`LOOK`]: a tenth of a second for all.
const RELEASE: f32 = 0.05;

const _: () = assert!(FRAME_SAMPLES.is_multiple_of(LOOK) && TURN <= LOOK);

pub(super) struct Loudness {
    /// Mean power of speech.
    power: f32,
    gain_db: f32,
    /// What the last sample was multiplied with, by the gain and by the limiter.
    gain: f32,
    limit: f32,
}

impl Loudness {
    pub(super) fn new() -> Self {
        Self {
            power: power(TARGET_DB),
            gain_db: 0.0,
            gain: 1.0,
            limit: 1.0,
        }
    }

    /// Evens a frame; the gain, dB. Only speech moves it.
    pub(super) fn even(&mut self, samples: &mut Samples, speech: bool, automatic: bool) -> f32 {
        let heard = rms(samples);
        if speech && heard * heard > self.power * power(-SOFT_DB) {
            self.power += (heard * heard - self.power) * NEW;
        } else if speech {
            self.power *= 1.0 - NEW * 0.5; // speech that is always soft is not the end of a word
        }
        let wanted = if automatic {
            (TARGET_DB - 10.0 * self.power.max(1e-10).log10()).clamp(-MOST_DB, MOST_DB)
        } else {
            0.0
        };
        if speech || !automatic {
            self.gain_db += (wanted - self.gain_db).clamp(-DOWN_DB, UP_DB);
        }
        let to = 10_f32.powf(self.gain_db / 20.0);
        let step = (to - self.gain) / FRAME_SAMPLES as f32;
        for sample in samples.iter_mut() {
            self.gain += step;
            *sample *= self.gain;
        }
        self.gain = to;
        for part in samples.chunks_exact_mut(LOOK) {
            self.limit(part);
        }
        self.gain_db
    }

    fn limit(&mut self, part: &mut [f32]) {
        let peak = part.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let from = self.limit;
        let fits = if peak > LIMIT { LIMIT / peak } else { 1.0 };
        self.limit = fits.min(from + RELEASE);
        // Down at once, up all the while.
        let over = if self.limit < from { TURN } else { LOOK };
        for (at, sample) in part.iter_mut().enumerate() {
            let turned = ((at + 1) as f32 / over as f32).min(1.0);
            *sample = bent(*sample * (from + (self.limit - from) * turned));
        }
    }
}

/// What is over the limit is bent under 1.
fn bent(sample: f32) -> f32 {
    let over = sample.abs() - LIMIT;
    if over <= 0.0 {
        sample
    } else {
        (LIMIT + (1.0 - LIMIT) * (over / (1.0 - LIMIT)).tanh()).copysign(sample)
    }
}

fn power(db: f32) -> f32 {
    10_f32.powf(db / 10.0)
}
