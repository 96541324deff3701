//! How far two sounds are apart.

use holm_voice::FRAME_SAMPLES;
use holm_voice::codec::Samples;
use std::f32::consts::TAU;
use std::sync::LazyLock;

/// How much louder a sound is than what another differs from it, dB.
pub(crate) fn snr_db(truth: &[Samples], other: &[Samples]) -> f32 {
    let sum = |f: &dyn Fn(f32, f32) -> f32| -> f32 {
        truth
            .as_flattened()
            .iter()
            .zip(other.as_flattened())
            .map(|(a, b)| f(*a, *b))
            .sum()
    };
    let (signal, noise) = (sum(&|a, _| a * a), sum(&|a, b| (a - b) * (a - b)));
    10.0 * (signal / noise.max(1e-12)).log10()
}

/// Log-spectral distance, frame by frame, of what is not silent.
#[derive(Default)]
pub(crate) struct Distance {
    /// Which frame, and how far.
    frames: Vec<(usize, f32)>,
}

/// Bands of the ear up to 12 kHz, in steps of 50 Hz (a frame's own).
const BANDS: [usize; 20] = [
    2, 4, 6, 8, 10, 12, 15, 18, 22, 26, 31, 37, 44, 54, 64, 77, 95, 120, 155, 190,
];

impl Distance {
    pub(crate) fn add(&mut self, said: &[Samples], heard: &[Samples], delay: usize) {
        let (said, heard) = (said.as_flattened(), heard.as_flattened());
        for at in 0..said.len() / FRAME_SAMPLES {
            let start = at * FRAME_SAMPLES;
            let Some(later) = heard.get(start + delay..start + delay + FRAME_SAMPLES) else {
                break;
            };
            let (a, b) = (bands(&said[start..start + FRAME_SAMPLES]), bands(later));
            if a.iter().sum::<f32>() < 1e-4 {
                continue; // softer than −60 dB: nobody hears what is wrong with it
            }
            // What lies 50 dB under the loudest band is not heard either.
            let floor = a.iter().copied().fold(0.0, f32::max) * 1e-5;
            let square: f32 = a
                .iter()
                .zip(b)
                .map(|(a, b)| 10.0 * ((a + floor) / (b + floor)).log10())
                .map(|db| db * db)
                .sum();
            self.frames.push((at, (square / a.len() as f32).sqrt()));
        }
    }

    pub(crate) fn mean(&self, which: impl Fn(usize) -> bool) -> f32 {
        let chosen: Vec<f32> = self
            .frames
            .iter()
            .filter(|(at, _)| which(*at))
            .map(|(_, db)| *db)
            .collect();
        chosen.iter().sum::<f32>() / chosen.len().max(1) as f32
    }
}

/// The power in each band of a windowed frame.
fn bands(samples: &[f32]) -> [f32; BANDS.len() - 1] {
    static WAVES: LazyLock<Vec<[Samples; 2]>> = LazyLock::new(|| {
        let wave = |bin: usize, quarter: f32| {
            core::array::from_fn(|i| {
                let window = 0.5 - 0.5 * (TAU * i as f32 / FRAME_SAMPLES as f32).cos();
                let turns = (bin * i % FRAME_SAMPLES) as f32 / FRAME_SAMPLES as f32;
                window * (TAU * (turns - quarter)).cos()
            })
        };
        (0..BANDS[BANDS.len() - 1])
            .map(|bin| [wave(bin, 0.0), wave(bin, 0.25)])
            .collect()
    });
    let product = |wave: &Samples| {
        let mut sums = [0.0; 16]; // side by side: the compiler may not do so by itself
        for (a, b) in wave.chunks_exact(16).zip(samples.chunks_exact(16)) {
            for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum += a * b;
            }
        }
        sums.iter().sum::<f32>()
    };
    let power = |bin: usize| {
        let [a, b] = WAVES[bin].each_ref().map(product);
        (a * a + b * b) / FRAME_SAMPLES as f32
    };
    core::array::from_fn(|band| (BANDS[band]..BANDS[band + 1]).map(power).sum())
}

/// The same throws every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
}
