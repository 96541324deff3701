//! How intelligible speech is beside the speech that it was: the short-time objective intelligibility measure.
//!
//! C. Taal, R. Hendriks, R. Heusdens, J. Jensen, "An Algorithm for Intelligibility Prediction of Time-Frequency Weighted Noisy
//! Speech", 2011, as `pystoi` has it: at 10 kHz, frames of 256 in which the speech is not silent, 15 third octaves from 150 Hz,
//! segments of 30 frames normalised and clipped, and their correlation. 1 is the same, below 0.6 little is understood.
//! Flow: both sounds → [`aligned`] (a jitter buffer stretches and shifts) → [`stoi`].

use core::f64::consts::{PI, TAU};
use holm_voice::RATE_HZ;

const RATE: f64 = 10_000.0;
const FRAME: usize = 256;
const HOP: usize = FRAME / 2;
const FFT: usize = 512;
const BANDS: usize = 15;
const LOWEST_HZ: f64 = 150.0;
const SEGMENT: usize = 30;
/// What is so far below the loudest frame is silence, dB.
const DYNAMIC_RANGE_DB: f64 = 40.0;
/// Clipping at −15 dB of distortion.
const CLIP: f64 = 6.623_413_251_903_491; // 1 + 10^(15/20)

/// Samples at 48 kHz at 10: by a windowed sinc of 4.8 kHz.
fn resampled(samples: &[f32]) -> Vec<f64> {
    let step = f64::from(RATE_HZ) / RATE;
    let cut = 0.96 / step;
    let half = 120;
    (0..(samples.len() as f64 / step) as usize)
        .map(|at| {
            let centre = at as f64 * step;
            let whole = centre as isize;
            (whole - half..=whole + half)
                .filter_map(|tap| {
                    let sample = *samples.get(usize::try_from(tap).ok()?)?;
                    let x = centre - tap as f64;
                    let sinc = if x.abs() < 1e-9 {
                        1.0
                    } else {
                        (PI * x * cut).sin() / (PI * x * cut)
                    };
                    let window = 0.5 + 0.5 * (PI * x / (half + 1) as f64).cos();
                    Some(f64::from(sample) * sinc * cut * window)
                })
                .sum()
        })
        .collect()
}

/// Hann, without its zeros.
fn window() -> Vec<f64> {
    (1..=FRAME)
        .map(|at| 0.5 - 0.5 * (TAU * at as f64 / (FRAME + 1) as f64).cos())
        .collect()
}

/// Both without the frames in which the first is silent.
fn without_silence(x: &[f64], y: &[f64]) -> [Vec<f64>; 2] {
    let window = window();
    let starts: Vec<usize> = (0..x.len().saturating_sub(FRAME)).step_by(HOP).collect();
    let energy = |start: usize| {
        let sum: f64 = x[start..start + FRAME]
            .iter()
            .zip(&window)
            .map(|(sample, weight)| (sample * weight).powi(2))
            .sum();
        20.0 * (sum.sqrt() + f64::EPSILON).log10()
    };
    let energies: Vec<f64> = starts.iter().map(|start| energy(*start)).collect();
    let loudest = energies.iter().copied().fold(f64::MIN, f64::max);
    let kept: Vec<usize> = starts
        .into_iter()
        .zip(energies)
        .filter(|(_, energy)| loudest - DYNAMIC_RANGE_DB < *energy)
        .map(|(start, _)| start)
        .collect();
    [x, y].map(|samples| {
        let mut out = vec![0.0; (kept.len() + 1) * HOP];
        for (at, start) in kept.iter().enumerate() {
            for (offset, weight) in window.iter().enumerate() {
                out[at * HOP + offset] += samples[start + offset] * weight;
            }
        }
        out
    })
}

/// In place, of a power of two: the parts by their frequency.
fn fft(re: &mut [f64], im: &mut [f64]) {
    let len = re.len();
    let mut to = 0;
    for from in 1..len {
        let mut bit = len >> 1;
        while to & bit != 0 {
            to ^= bit;
            bit >>= 1;
        }
        to |= bit;
        if from < to {
            re.swap(from, to);
            im.swap(from, to);
        }
    }
    let mut size = 2;
    while size <= len {
        for start in (0..len).step_by(size) {
            for at in 0..size / 2 {
                let (sin, cos) = (-TAU * at as f64 / size as f64).sin_cos();
                let (low, high) = (start + at, start + at + size / 2);
                let (a, b) = (re[high] * cos - im[high] * sin, re[high] * sin + im[high] * cos);
                (re[high], im[high]) = (re[low] - a, im[low] - b);
                (re[low], im[low]) = (re[low] + a, im[low] + b);
            }
        }
        size *= 2;
    }
}

/// Bins of the third octaves.
fn bands() -> Vec<core::ops::Range<usize>> {
    let bin = |hz: f64| (hz * FFT as f64 / RATE).round() as usize;
    (0..BANDS)
        .map(|band| {
            let low = LOWEST_HZ * 2f64.powf((2.0 * band as f64 - 1.0) / 6.0);
            let high = LOWEST_HZ * 2f64.powf((2.0 * band as f64 + 1.0) / 6.0);
            bin(low)..bin(high)
        })
        .collect()
}

/// By frame, how much there is in each third octave.
fn spectrum(samples: &[f64]) -> Vec<[f64; BANDS]> {
    let (window, bands) = (window(), bands());
    (0..samples.len().saturating_sub(FRAME))
        .step_by(HOP)
        .map(|start| {
            let (mut re, mut im) = (vec![0.0; FFT], vec![0.0; FFT]);
            for (at, weight) in window.iter().enumerate() {
                re[at] = samples[start + at] * weight;
            }
            fft(&mut re, &mut im);
            core::array::from_fn(|band| {
                bands[band]
                    .clone()
                    .map(|bin| re[bin].powi(2) + im[bin].powi(2))
                    .sum::<f64>()
                    .sqrt()
            })
        })
        .collect()
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// How intelligible what was heard is, beside what was said; both at 48 kHz and in step.
pub(crate) fn stoi(said: &[f32], heard: &[f32]) -> f64 {
    let len = said.len().min(heard.len());
    let [x, y] = without_silence(&resampled(&said[..len]), &resampled(&heard[..len]));
    let (x, y) = (spectrum(&x), spectrum(&y));
    let (mut sum, mut count) = (0.0, 0_u32);
    for end in SEGMENT..=x.len().min(y.len()) {
        for band in 0..BANDS {
            let of = |spectrum: &[[f64; BANDS]]| -> Vec<f64> {
                spectrum[end - SEGMENT..end]
                    .iter()
                    .map(|frame| frame[band])
                    .collect()
            };
            let (x, mut y) = (of(&x), of(&y));
            let scale = norm(x.iter().copied()) / (norm(y.iter().copied()) + f64::EPSILON);
            for (y, x) in y.iter_mut().zip(&x) {
                *y = (*y * scale).min(x * CLIP);
            }
            let centred = |values: &[f64]| -> Vec<f64> {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                values.iter().map(|value| value - mean).collect()
            };
            let (x, y) = (centred(&x), centred(&y));
            let both: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
            sum += both / (norm(x.into_iter()) * norm(y.into_iter()) + f64::EPSILON);
            count += 1;
        }
    }
    sum / f64::from(count.max(1))
}

/// What was heard, brought in step with what was said, 200 ms at a time: a jitter buffer's delay is not what is measured here,
/// nor that it changes in a pause. It is looked for within 350 ms.
pub(crate) fn aligned(said: &[f32], heard: &[f32]) -> Vec<f32> {
    const PIECE: usize = RATE_HZ as usize / 5;
    const AROUND: usize = PIECE;
    const LONGEST: usize = RATE_HZ as usize * 35 / 100;
    const COARSE: usize = 24;
    let at = |samples: &[f32], index: usize| f64::from(samples.get(index).copied().unwrap_or(0.0));
    let mut out = vec![0.0_f32; said.len()];
    let mut lag = 0;
    for start in (0..said.len()).step_by(PIECE) {
        // Over the piece and as much before and after it.
        let range = start.saturating_sub(AROUND)..(start + PIECE + AROUND).min(said.len());
        let alike = |lag: usize, step: usize| {
            let (mut both, mut energy) = (0.0, 1e-9);
            for index in range.clone().step_by(step) {
                let heard = at(heard, index + lag);
                both += at(said, index) * heard;
                energy += heard * heard;
            }
            both / energy.sqrt()
        };
        let best = |lags: &mut dyn Iterator<Item = usize>, step: usize| {
            lags.map(|lag| (alike(lag, step), lag))
                .fold((1e-6, None), |best, (alike, lag)| {
                    if alike > best.0 { (alike, Some(lag)) } else { best }
                })
                .1
        };
        // A fresh look only where it is clearly better than what went before.
        let coarse = best(&mut (0..LONGEST).step_by(COARSE), 8);
        if let Some(coarse) = coarse
            && let Some(fine) = best(&mut (coarse.saturating_sub(COARSE)..=coarse + COARSE), 3)
            && (alike(fine, 1) > 1.1 * alike(lag, 1) || fine.abs_diff(lag) < RATE_HZ as usize / 100)
        {
            lag = fine;
        }
        let end = (start + PIECE).min(said.len());
        for (index, out) in (start..end).zip(&mut out[start..end]) {
            *out = at(heard, index + lag) as f32;
        }
    }
    out
}
