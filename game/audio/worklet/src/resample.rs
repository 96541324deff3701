//! A microphone at whatever rate its browser has, at 48 kHz: a windowed sinc between samples.
//!
//! Most are at 48 kHz, and pass as they are. Headsets have 44.1 or, over Bluetooth, 16 kHz; and a page that asked for 48
//! would be refused them by Firefox, which connects no stream to a context of another rate.
//! Invariant: what comes out is finite for whatever came in; no call allocates.

use holm_voice::RATE_HZ;
use holm_voice::codec::in_range;
use std::f32::consts::PI;

/// Samples of the source that a sample is made of. With 32, what is above 20 kHz of 44.1 fades; fewer take hiss away, more
/// are not heard in a voice.
const TAPS: usize = 32;
/// Places between two samples for which the weights are kept; in between they are mixed.
const PHASES: usize = 64;
/// Of the lower of both rates' halves, what is let through: the rest is where the filter falls off.
const PASSES: f32 = 0.92;
/// What a microphone may have. Others are taken for the nearest of these.
const RATES_HZ: core::ops::RangeInclusive<f32> = 8_000.0..=192_000.0;

/// See the module.
pub struct Resampler {
    /// Samples of the source from one to the next.
    step: f64,
    /// Where the next one is, after the sample in the middle of `last`.
    at: f64,
    /// The last of the source, the oldest first, twice in a row: a window of them is a slice wherever it begins.
    last: [f32; 2 * TAPS],
    newest: usize,
    /// Weights, the oldest sample's first; one more phase than there are, which is the first of the next sample.
    weights: Box<[[f32; TAPS]]>,
}

impl Resampler {
    /// From this many samples a second. Everything it will ever need is allocated here.
    #[must_use]
    pub fn new(rate_hz: f32) -> Self {
        let own = RATE_HZ as f32;
        let rate = if rate_hz.is_finite() {
            rate_hz.clamp(*RATES_HZ.start(), *RATES_HZ.end())
        } else {
            own
        };
        Self {
            step: f64::from(rate) / f64::from(own),
            at: 0.0,
            last: [0.0; 2 * TAPS],
            newest: 0,
            weights: weights(PASSES * (own / rate).min(1.0)),
        }
    }

    /// What the microphone heard next; `each` gets what it is at 48 kHz.
    pub fn take(&mut self, samples: &[f32], mut each: impl FnMut(f32)) {
        for sample in samples {
            let sample = in_range(*sample);
            if self.step == 1.0 {
                each(sample);
                continue;
            }
            self.last[self.newest] = sample;
            self.last[self.newest + TAPS] = sample;
            self.newest = (self.newest + 1) % TAPS;
            while self.at < 1.0 {
                each(self.between());
                self.at += self.step;
            }
            self.at -= 1.0;
        }
    }

    /// The sample at `at`.
    fn between(&self) -> f32 {
        let place = self.at as f32 * PHASES as f32;
        let phase = (place as usize).min(PHASES - 1);
        let part = place - phase as f32;
        let [before, after] = [&self.weights[phase], &self.weights[phase + 1]];
        let window = &self.last[self.newest..][..TAPS];
        let weighted = window.iter().zip(before).zip(after);
        weighted
            .map(|((sample, before), after)| sample * (before + (after - before) * part))
            .sum()
    }
}

/// For each phase, what the samples around it weigh; `cutoff` is of half the source's rate.
fn weights(cutoff: f32) -> Box<[[f32; TAPS]]> {
    let half = TAPS as f32 / 2.0;
    let phase = |phase: usize| {
        let mut weights: [f32; TAPS] = std::array::from_fn(|tap| {
            let x = tap as f32 - (half - 1.0) - phase as f32 / PHASES as f32;
            let sinc = if x == 0.0 {
                1.0
            } else {
                (PI * x * cutoff).sin() / (PI * x * cutoff)
            };
            let at = (x / half).clamp(-1.0, 1.0);
            // Blackman's window: what folds back is below −70 dB.
            sinc * (0.42 + 0.5 * (PI * at).cos() + 0.08 * (2.0 * PI * at).cos())
        });
        // Silence with an offset stays what it is.
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        weights
    };
    (0..=PHASES).map(phase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tone(rate_hz: f32, hz: f32, len: usize) -> Vec<f32> {
        let sample =
            |at| (2.0 * std::f64::consts::PI * f64::from(hz) * f64::from(at) / f64::from(rate_hz)).sin();
        (0..len as u32).map(|at| 0.5 * sample(at) as f32).collect()
    }

    fn resampled(rate_hz: f32, samples: &[f32]) -> Vec<f32> {
        let mut resampler = Resampler::new(rate_hz);
        let mut out = Vec::new();
        for quantum in samples.chunks(128) {
            resampler.take(quantum, |sample| out.push(sample));
        }
        out
    }

    /// How much of `samples` is not a tone of this height, dB below the tone: the best of each sine and cosine taken out.
    fn purity_db(samples: &[f32], hz: f32) -> f64 {
        let wave = |at: usize, turn: f64| {
            (2.0 * std::f64::consts::PI * f64::from(hz) * at as f64 / f64::from(RATE_HZ) + turn).sin()
        };
        let [a, b] = [0.0, std::f64::consts::FRAC_PI_2].map(|turn| {
            let sum: f64 = samples
                .iter()
                .enumerate()
                .map(|(at, sample)| f64::from(*sample) * wave(at, turn))
                .sum();
            2.0 * sum / samples.len() as f64
        });
        let rest: f64 = samples
            .iter()
            .enumerate()
            .map(|(at, sample)| {
                let tone = a * wave(at, 0.0) + b * wave(at, std::f64::consts::FRAC_PI_2);
                (f64::from(*sample) - tone).powi(2)
            })
            .sum();
        let tone = (a * a + b * b) / 2.0 * samples.len() as f64;
        10.0 * (tone / rest).log10()
    }

    #[test]
    fn a_tone_stays_the_same_tone_at_every_rate_a_microphone_has() {
        for rate_hz in [16_000.0, 32_000.0, 44_100.0, 96_000.0] {
            // A second of it, after the filter has filled.
            let out = resampled(rate_hz, &tone(rate_hz, 1000.0, rate_hz as usize * 5 / 4));
            let purity = purity_db(&out[4800..52_800], 1000.0);
            assert!(purity > 55.0, "{rate_hz}: {purity} dB");
            let loudest = out[4800..]
                .iter()
                .fold(0.0f32, |loudest, sample| loudest.max(*sample));
            assert!((0.49..0.51).contains(&loudest), "{rate_hz}: {loudest}");
        }
    }

    #[test]
    fn what_48_khz_cannot_hold_does_not_fold_back() {
        // 40 kHz at 96 would be heard as 8.
        let out = resampled(96_000.0, &tone(96_000.0, 40_000.0, 48_000));
        let loudest = out[200..]
            .iter()
            .fold(0.0f32, |loudest, sample| loudest.max(sample.abs()));
        assert!(loudest < 0.001, "{loudest}");
    }

    #[test]
    fn at_48_khz_nothing_is_changed() {
        let samples = tone(48_000.0, 440.0, 1000);
        assert_eq!(resampled(48_000.0, &samples), samples);
        assert_eq!(resampled(f32::NAN, &samples), samples);
    }

    proptest! {
        #[test]
        fn as_many_come_out_as_there_is_time_and_all_are_numbers(
            rate_hz in prop_oneof![8_000.0f32..192_000.0, any::<f32>()],
            samples in prop::collection::vec(prop_oneof![-1.0f32..1.0, any::<f32>()], 0..3000),
        ) {
            let out = resampled(rate_hz, &samples);
            let rate = if rate_hz.is_finite() { rate_hz.clamp(8_000.0, 192_000.0) } else { 48_000.0 };
            let due = samples.len() as f32 * 48_000.0 / rate;
            prop_assert!((out.len() as f32 - due).abs() <= 48_000.0 / rate + 1.0, "{} of {due}", out.len());
            prop_assert!(out.iter().all(|sample| sample.abs() < 4.0), "not a number, or louder than a filter rings");
        }
    }
}
