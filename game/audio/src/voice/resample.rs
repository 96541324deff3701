//! Samples of one rate become samples of another, one at a time.
//!
//! Flow: [`Resampler::push`] for whoever has samples, [`Resampler::pull`] for whoever needs some. Each sample that comes out
//! is a weighted sum of the [`taps`](Resampler::new) around its moment; the weights are a sinc under a Kaiser window, tabled
//! for some moments between two samples and mixed linearly in between.
//! Invariants: time is counted in whole numbers, so however long it runs, `to` samples come out for every `from`; nothing is
//! allocated after [`Resampler::new`]; the same rate comes out as it is.

/// Samples on both sides of a moment, together, where nothing is taken away: at 44.1 kHz 17 kHz still pass and everything
/// above 22 kHz is gone. Half of them is the delay, half a millisecond.
const TAPS: usize = 48;
/// Moments between two samples for which weights are tabled: mixing two neighbours errs by −100 dB.
const MOMENTS: usize = 256;
/// Of the Kaiser window: what does not belong there is 80 dB down, for [`TAPS`] within 0.107 of the rate.
const BETA: f64 = 7.857;
const TRANSITION: f64 = 0.107;
/// No device that people have is slower or faster, Hz; it bounds the table.
pub(crate) const RATES_HZ: core::ops::RangeInclusive<u32> = 4_000..=384_000;

/// See the module. `N` channels.
pub(crate) struct Resampler<const N: usize> {
    from_hz: i64,
    to_hz: i64,
    taps: usize,
    /// Of [`MOMENTS`] + 1 moments, `taps` each, the weight of the oldest sample first.
    weights: Vec<f32>,
    /// The last `taps` samples, twice in a row: from any of them on the others follow in one piece.
    past: Vec<[f32; N]>,
    at: usize,
    /// From the newest sample to the next that comes out, in `1 / (from · to)` s; it can be had once that is 0 or less, and
    /// is never as early as the sample before the newest.
    due: i64,
}

impl<const N: usize> Resampler<N> {
    /// One that has heard nothing. `None` for a rate out of [`RATES_HZ`].
    pub(crate) fn new(from_hz: u32, to_hz: u32) -> Option<Self> {
        if !RATES_HZ.contains(&from_hz) || !RATES_HZ.contains(&to_hz) {
            return None;
        }
        let (taps, weights) = if from_hz == to_hz {
            (1, Vec::new())
        } else {
            weights(f64::from(from_hz), f64::from(to_hz))
        };
        Some(Self {
            from_hz: i64::from(from_hz),
            to_hz: i64::from(to_hz),
            taps,
            weights,
            past: vec![[0.0; N]; taps * 2],
            at: 0,
            due: i64::from(to_hz),
        })
    }

    /// The next sample that went in; `each` gets what comes out by it.
    pub(crate) fn push(&mut self, sample: [f32; N], mut each: impl FnMut([f32; N])) {
        self.take(sample);
        while self.due <= 0 {
            each(self.next());
        }
    }

    /// The next sample that comes out; `source` is asked for those that have to go in.
    #[cfg_attr(not(feature = "device"), allow(dead_code, reason = "only a device asks"))]
    pub(crate) fn pull(&mut self, mut source: impl FnMut() -> [f32; N]) -> [f32; N] {
        while self.due > 0 {
            self.take(source());
        }
        self.next()
    }

    /// How many samples have to go in for so many to come out by [`Self::pull`].
    #[cfg_attr(not(feature = "device"), allow(dead_code, reason = "only a device asks"))]
    pub(crate) fn needs(&self, samples: usize) -> usize {
        if samples == 0 {
            return 0;
        }
        let last = self.due + (samples as i64 - 1) * self.from_hz;
        usize::try_from((last.max(0) + self.to_hz - 1) / self.to_hz).unwrap_or(0)
    }

    fn take(&mut self, sample: [f32; N]) {
        self.past[self.at] = sample;
        self.past[self.at + self.taps] = sample;
        self.at = (self.at + 1) % self.taps;
        self.due -= self.to_hz;
    }

    /// What is due, which lies between the newest sample and the one before it (less the delay).
    fn next(&mut self) -> [f32; N] {
        let back = -self.due;
        self.due += self.from_hz;
        let past = &self.past[self.at..][..self.taps];
        if self.weights.is_empty() {
            return past[0];
        }
        let moment = back as f32 / self.to_hz as f32 * MOMENTS as f32;
        let index = (moment as usize).min(MOMENTS - 1);
        let share = moment - index as f32;
        let (near, far) = self.weights[index * self.taps..][..2 * self.taps].split_at(self.taps);
        let mut sum = [0.0; N];
        for ((sample, near), far) in past.iter().zip(near).zip(far) {
            let weight = near + (far - near) * share;
            for (sum, sample) in sum.iter_mut().zip(sample) {
                *sum += sample * weight;
            }
        }
        sum
    }
}

/// How many taps there are, and the weights of every moment: it lies so much of a sample before the newest.
fn weights(from_hz: f64, to_hz: f64) -> (usize, Vec<f32>) {
    // To fewer samples the sinc is as much wider, and what they cannot hold is gone before it folds down.
    let narrower = (to_hz / from_hz).min(1.0);
    let taps = (TAPS as f64 / narrower).round() as usize;
    let cutoff = (1.0 - TRANSITION) * narrower;
    let half = (taps - 1) as f64 / 2.0;
    let highest = bessel(BETA);
    let mut weights = Vec::with_capacity((MOMENTS + 1) * taps);
    for moment in 0..=MOMENTS {
        let centre = half - moment as f64 / MOMENTS as f64;
        let begins = weights.len();
        weights.extend((0..taps).map(|tap| {
            // The window moves with the sinc, and is a sample wider than it needs to be for that.
            let from_centre = tap as f64 - centre;
            (sinc(from_centre * cutoff) * kaiser(from_centre / (half + 1.0)) / highest) as f32
        }));
        // All moments are as loud: a hum has no ripple.
        let sum: f32 = weights[begins..].iter().sum();
        for weight in &mut weights[begins..] {
            *weight /= sum;
        }
    }
    (taps, weights)
}

fn sinc(x: f64) -> f64 {
    let x = x * core::f64::consts::PI;
    if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
}

/// The window, from −1 to 1, `bessel(BETA)` in the middle.
fn kaiser(x: f64) -> f64 {
    bessel(BETA * (1.0 - x * x).max(0.0).sqrt())
}

/// Of the first kind and order zero; of 25 terms the last is below 1e-16 for all that is asked.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    (1..25).fold(1.0, |sum, n| {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum + term
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through(from_hz: u32, to_hz: u32, samples: impl Iterator<Item = f32>) -> Vec<f32> {
        let mut resampler = Resampler::new(from_hz, to_hz).expect("rates of devices");
        let mut out = Vec::new();
        for sample in samples {
            resampler.push([sample], |[sample]| out.push(sample));
        }
        out
    }

    fn tone(rate_hz: u32, hz: f64, samples: usize) -> impl Iterator<Item = f32> {
        (0..samples)
            .map(move |at| (at as f64 * hz / f64::from(rate_hz) * core::f64::consts::TAU).sin() as f32)
    }

    /// How much of a tone of 1 is left, by its own sine and cosine; and the rest that is not it.
    fn left(samples: &[f32], rate_hz: u32, hz: f64) -> (f64, f64) {
        let turn = |at: usize| at as f64 * hz / f64::from(rate_hz) * core::f64::consts::TAU;
        let sum = |of: &dyn Fn(f64) -> f64| {
            let all = samples.iter().enumerate();
            all.map(|(at, sample)| f64::from(*sample) * of(turn(at)))
                .sum::<f64>()
                * 2.0
                / samples.len() as f64
        };
        let (sine, cosine) = (sum(&f64::sin), sum(&f64::cos));
        let all = samples.iter().enumerate();
        let rest: f64 = all
            .map(|(at, sample)| {
                let is = sine * turn(at).sin() + cosine * turn(at).cos();
                (f64::from(*sample) - is).powi(2)
            })
            .sum();
        (sine.hypot(cosine), (rest / samples.len() as f64).sqrt())
    }

    #[test]
    fn a_tone_comes_out_as_loud_and_alone_from_every_rate_that_devices_have() {
        for from in [
            8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000,
        ] {
            for to in [16_000, 44_100, 48_000, 96_000] {
                let out = through(from, to, tone(from, 1_000.0, from as usize / 2));
                // A tenth of a second: whole periods, after the beginning.
                let part = &out[to as usize / 5..][..to as usize / 10];
                let (level, rest) = left(part, to, 1_000.0);
                assert!((level - 1.0).abs() < 2e-3, "{from} to {to}: {level}");
                assert!(rest < 2e-4, "{from} to {to}: {rest}");
            }
        }
    }

    #[test]
    fn what_the_slower_rate_cannot_hold_is_gone() {
        for (from, to, hz) in [
            (48_000, 16_000, 11_000.0),
            (96_000, 48_000, 30_000.0),
            (192_000, 44_100, 60_000.0),
        ] {
            let out = through(from, to, tone(from, hz, from as usize / 4));
            let loudest = out[500..].iter().fold(0.0_f32, |loudest, s| loudest.max(s.abs()));
            assert!(loudest < 3e-4, "{from} to {to}: {loudest}");
        }
    }

    #[test]
    fn the_same_rate_changes_nothing() {
        let samples: Vec<f32> = tone(48_000, 440.0, 999).collect();
        assert_eq!(through(48_000, 48_000, samples.iter().copied()), samples);
    }

    #[test]
    fn what_no_device_has_is_no_rate() {
        for (from, to) in [(0, 48_000), (48_000, 0), (3_999, 48_000), (48_000, 384_001)] {
            assert!(Resampler::<1>::new(from, to).is_none());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

        #[test]
        fn as_many_come_out_as_the_rates_say_and_all_are_numbers_of_a_sensible_size(
            from in RATES_HZ, to in RATES_HZ, samples in proptest::collection::vec(-1.0f32..=1.0, 1..4_000),
        ) {
            let out = through(from, to, samples.iter().copied());
            let wanted = samples.len() as f64 * f64::from(to) / f64::from(from);
            prop_assert!((out.len() as f64 - wanted).abs() <= 1.0 + f64::from(to) / f64::from(from), "{} of {wanted}", out.len());
            prop_assert!(out.iter().all(|sample| sample.abs() < 4.0));
        }

        #[test]
        fn pulling_gives_what_pushing_gives_and_takes_what_it_said(
            from in RATES_HZ, to in RATES_HZ, blocks in proptest::collection::vec(0usize..300, 1..20),
        ) {
            let noise = |at: usize| ((at as u32).wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 - 0.5;
            let mut pulled = Vec::new();
            let mut resampler = Resampler::new(from, to).expect("in range");
            let mut taken = 0;
            for block in blocks {
                let needs = resampler.needs(block);
                let before = taken;
                for _ in 0..block {
                    let [sample] = resampler.pull(|| {
                        taken += 1;
                        [noise(taken - 1)]
                    });
                    pulled.push(sample);
                }
                prop_assert_eq!(taken - before, needs);
            }
            let mut pushed = Vec::new();
            let mut other = Resampler::new(from, to).expect("in range");
            for at in 0..taken {
                other.push([noise(at)], |[sample]| pushed.push(sample));
            }
            prop_assert_eq!(&pushed[..pulled.len()], &pulled[..]);
        }
    }
}
