//! What sounds are made of: noise, filters, struck bodies, bubbles, bells; and how a sound is finished.
//!
//! Flow: a part of [`super`] fills a [`Canvas`] → [`Canvas::once`] or [`Canvas::joined`] → [`level`].
//! Invariant: only sums, products, quotients and roots, which every machine rounds alike: `sin` and `exp` of two systems
//! differ in the last place, and a sound would not be the same everywhere.

use core::f32::consts::TAU;

/// Samples a second of every sound. Nothing here needs what is above 10 kHz, and half the rate is half the memory.
pub(super) const RATE_HZ: u32 = 24_000;
const RATE: f32 = RATE_HZ as f32;

/// So many samples are so many seconds.
pub(super) fn count(secs: f32) -> usize {
    (secs * RATE) as usize
}

/// Sine of so many full turns.
pub(super) fn sine(turns: f32) -> f32 {
    let t = turns - (turns + 0.5).floor();
    let t = if t > 0.25 {
        0.5 - t
    } else if t < -0.25 {
        -0.5 - t
    } else {
        t
    };
    let x = t * TAU;
    let xx = x * x;
    x * (1.0 - xx / 6.0 * (1.0 - xx / 20.0 * (1.0 - xx / 42.0 * (1.0 - xx / 72.0))))
}

/// What is left of something after one sample, of which 37 % are left after so many seconds.
pub(super) fn keeps(secs: f32) -> f32 {
    let part = 0.5 / (secs * RATE);
    (1.0 - part) / (1.0 + part)
}

/// From 0 to 1 without a corner.
pub(super) fn smooth(part: f32) -> f32 {
    let t = part.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Chance that is the same each time (splitmix).
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // 24 bits are what an f32 holds.
        ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 24) as f32
    }

    /// White noise, −1 to 1.
    pub(super) fn white(&mut self) -> f32 {
        self.unit() * 2.0 - 1.0
    }

    pub(super) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit()
    }
}

/// Lets a band, what is below or what is above it through. Zavalishin's state variable filter, which stays calm while
/// its frequency moves.
#[derive(Clone, Default)]
pub(super) struct Filter {
    a: [f32; 3],
    damping: f32,
    state: [f32; 2],
}

impl Filter {
    /// `width` is the band's against its middle: 1 is a good octave, 0.1 whistles.
    pub(super) fn new(hz: f32, width: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(hz, width);
        filter
    }

    pub(super) fn tune(&mut self, hz: f32, width: f32) {
        let half_turn = hz.clamp(10.0, RATE * 0.45) / RATE * 0.5;
        let g = sine(half_turn) / sine(half_turn + 0.25);
        let a1 = 1.0 / (1.0 + g * (g + width));
        self.a = [a1, g * a1, g * g * a1];
        self.damping = width;
    }

    fn step(&mut self, x: f32) -> (f32, f32, f32) {
        let [a1, a2, a3] = self.a;
        let v3 = x - self.state[1];
        let v1 = a1 * self.state[0] + a2 * v3;
        let v2 = self.state[1] + a2 * self.state[0] + a3 * v3;
        self.state = [2.0 * v1 - self.state[0], 2.0 * v2 - self.state[1]];
        (v2, v1 * self.damping, x - self.damping * v1 - v2)
    }

    pub(super) fn low(&mut self, x: f32) -> f32 {
        self.step(x).0
    }

    /// The middle of the band is as loud as it came.
    pub(super) fn band(&mut self, x: f32) -> f32 {
        self.step(x).1
    }

    pub(super) fn high(&mut self, x: f32) -> f32 {
        self.step(x).2
    }
}

/// Rises in `attack` and falls by `fall` (seconds to 37 %) from then on.
#[derive(Clone, Copy)]
pub(super) struct Swell {
    pub(super) attack: f32,
    pub(super) fall: f32,
}

/// A way of a body to swing when it is struck.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    pub(super) hz: f32,
    /// Seconds to 37 %.
    pub(super) fall: f32,
    pub(super) gain: f32,
}

pub(super) const fn mode(hz: f32, fall: f32, gain: f32) -> Mode {
    Mode { hz, fall, gain }
}

/// A sound while it is made.
pub(super) struct Canvas {
    pub(super) samples: Vec<f32>,
}

impl Canvas {
    pub(super) fn new(secs: f32) -> Self {
        Self {
            samples: vec![0.0; count(secs)],
        }
    }

    /// Adds what `voice` says, from `at` seconds on, for `secs` or to the end; it is asked with the seconds since then.
    pub(super) fn add(&mut self, at: f32, secs: f32, mut voice: impl FnMut(f32) -> f32) {
        let from = count(at);
        for (index, sample) in self.samples.iter_mut().skip(from).take(count(secs)).enumerate() {
            *sample += voice(index as f32 / RATE);
        }
    }

    /// The same where the end is followed by the beginning: what sounds beyond the end is heard there.
    pub(super) fn add_around(&mut self, at: f32, secs: f32, mut voice: impl FnMut(f32) -> f32) {
        let (from, len) = (count(at), self.samples.len());
        for index in 0..count(secs).min(len) {
            if let Some(sample) = self.samples.get_mut((from + index) % len) {
                *sample += voice(index as f32 / RATE);
            }
        }
    }

    /// A puff of noise in a band.
    pub(super) fn puff(
        &mut self,
        chance: &mut Chance,
        at: f32,
        hz: f32,
        width: f32,
        swell: Swell,
        gain: f32,
    ) {
        let mut filter = Filter::new(hz, width);
        let mut twice = Filter::new(hz * 1.6, 1.2);
        let keeps = keeps(swell.fall);
        let mut left = 1.0;
        self.add(at, swell.attack + swell.fall * 7.0, |secs| {
            let rise = smooth(secs / swell.attack);
            if secs > swell.attack {
                left *= keeps;
            }
            // Twice through: what is left of white noise high above the band is what sounds harsh.
            gain * rise * left * twice.low(filter.band(chance.white()))
        });
    }

    /// Something that was struck.
    pub(super) fn strike(&mut self, at: f32, modes: &[Mode], gain: f32) {
        for mode in modes {
            let keeps = keeps(mode.fall);
            let (mut phase, mut left) = (0.0, 1.0);
            self.add(at, mode.fall * 8.0, |secs| {
                phase += mode.hz / RATE;
                left *= keeps;
                gain * mode.gain * left * smooth(secs / 0.0015) * sine(phase)
            });
        }
    }

    /// A bubble: it rings higher as it rises, and is gone.
    pub(super) fn bubble(&mut self, at: f32, hz: f32, fall: f32, gain: f32) {
        let keeps = keeps(fall);
        let (mut phase, mut left) = (0.0, 1.0);
        self.add(at, fall * 7.0, |secs| {
            phase += hz * (1.0 + 0.9 * secs / (fall * 7.0)) / RATE;
            left *= keeps;
            gain * left * smooth(secs / 0.003) * sine(phase)
        });
    }

    /// A soft bell, as of a wooden bar with a cup below: what the program speaks with.
    pub(super) fn bell(&mut self, at: f32, hz: f32, fall: f32, gain: f32) {
        for (times, share, shorter) in [(1.0, 1.0, 1.0), (2.0, 0.18, 0.6), (3.98, 0.12, 0.22)] {
            let keeps = keeps(fall * shorter);
            let (mut phase, mut left) = (0.0, 1.0);
            self.add(at, fall * 7.0, |secs| {
                phase += hz * times / RATE;
                left *= keeps;
                gain * share * left * smooth(secs / 0.006) * sine(phase)
            });
        }
    }

    /// What a place gives back: a few dull echoes that melt into each other.
    pub(super) fn echoes(&mut self, secs: f32, gain: f32) {
        const DELAYS_MS: [usize; 4] = [29, 37, 53, 71];
        let dry = self.samples.clone();
        for (index, delay) in DELAYS_MS.iter().enumerate() {
            let delay = delay * RATE_HZ as usize / 1000;
            // So that each falls as fast, whatever its length: to 37 % in `secs`.
            let back = keeps(secs / delay as f32);
            let mut dull = Filter::new(2_200.0, 1.3);
            let mut line = vec![0.0f32; delay];
            let sign = if index % 2 == 0 { 0.5 } else { -0.5 };
            for (at, sample) in self.samples.iter_mut().enumerate() {
                let slot = &mut line[at % delay];
                let heard = *slot;
                *slot = dull.low(dry[at] + heard * back);
                *sample += gain * sign * heard;
            }
        }
    }

    /// Finished: nothing lies beside zero, and it begins and ends in silence.
    pub(super) fn once(self, fade_out: f32) -> Vec<f32> {
        let mut samples = self.samples;
        let mut rumble = Filter::new(28.0, 1.4);
        for sample in &mut samples {
            *sample = rumble.high(*sample);
        }
        let len = samples.len();
        let mean = samples.iter().sum::<f32>() / len.max(1) as f32;
        let (first, last) = (count(0.001).max(1), count(fade_out).max(1));
        for (index, sample) in samples.iter_mut().enumerate() {
            let ends = smooth(index as f32 / first as f32) * smooth((len - 1 - index) as f32 / last as f32);
            *sample = (*sample - mean) * ends;
        }
        samples
    }

    /// Finished for being repeated: what is beyond the last `overlap` seconds fades into the beginning. For noise, of
    /// which two are as loud together as the roots of their shares.
    pub(super) fn joined(self, overlap: f32) -> Vec<f32> {
        let mut samples = self.samples;
        let mut rumble = Filter::new(28.0, 1.4);
        for sample in &mut samples {
            *sample = rumble.high(*sample);
        }
        let over = count(overlap).min(samples.len() / 2);
        let tail = samples.split_off(samples.len() - over);
        for (index, (head, tail)) in samples.iter_mut().zip(&tail).enumerate() {
            let part = smooth(index as f32 / over as f32);
            *head = *head * part.sqrt() + tail * (1.0 - part).sqrt();
        }
        centred(samples)
    }

    /// Finished for being repeated, when its end already goes into its beginning.
    pub(super) fn around(self) -> Vec<f32> {
        centred(self.samples)
    }
}

fn centred(mut samples: Vec<f32>) -> Vec<f32> {
    let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / samples.len().max(1) as f64;
    for sample in &mut samples {
        *sample -= mean as f32;
    }
    samples
}

/// How loud it is: the root mean square of the whole, or of its loudest tenth of a second.
pub(super) fn loudness(samples: &[f32], whole: bool) -> f32 {
    let window = if whole {
        samples.len()
    } else {
        count(0.1).min(samples.len())
    };
    if window == 0 {
        return 0.0;
    }
    let square = |sample: &f32| f64::from(*sample) * f64::from(*sample);
    let mut sum: f64 = samples[..window].iter().map(square).sum();
    let mut most = sum;
    for (gone, come) in samples.iter().zip(&samples[window..]) {
        sum += square(come) - square(gone);
        most = most.max(sum);
    }
    ((most / window as f64) as f32).sqrt()
}

/// From here on peaks are bent, and they never get beyond [`MOST`].
const BENDS: f32 = 0.6;
const MOST: f32 = 0.88;

/// Makes it so loud; what would be too high for it is bent, not cut.
pub(super) fn level(samples: &mut [f32], target: f32, whole: bool) {
    // Bending takes some of the loudness: the second and third time make up for it.
    for _ in 0..3 {
        let is = loudness(samples, whole);
        if is <= 0.0 {
            return;
        }
        for sample in &mut *samples {
            let x = *sample * (target / is);
            let over = (x.abs() - BENDS).max(0.0) / (MOST - BENDS);
            *sample = if over > 0.0 {
                (BENDS + (MOST - BENDS) * over / (1.0 + over)).copysign(x)
            } else {
                x
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_one() {
        for step in -4000..4000 {
            let turns = step as f32 / 777.0;
            let right = (f64::from(turns) * core::f64::consts::TAU).sin() as f32;
            assert!(
                (sine(turns) - right).abs() < 2e-5,
                "{turns}: {} {right}",
                sine(turns)
            );
        }
    }

    #[test]
    fn a_filter_lets_its_band_through_and_little_else() {
        let through = |hz: f32| {
            let mut filter = Filter::new(1_000.0, 0.5);
            let mut phase = 0.0;
            let out: Vec<f32> = (0..RATE_HZ)
                .map(|_| {
                    phase += hz / RATE;
                    filter.band(sine(phase))
                })
                .collect();
            loudness(&out[4_800..], true)
        };
        let middle = through(1_000.0);
        assert!((middle - 0.707).abs() < 0.02, "{middle}");
        assert!(through(100.0) < middle * 0.1 && through(8_000.0) < middle * 0.1);
    }
}
