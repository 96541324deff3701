//! Sounds from files.

use crate::Failure;
use holm_voice::RATE_HZ;
use holm_voice::codec::Samples;
use std::f32::consts::TAU;

/// A file of 16 bits and one channel, at 48 kHz.
pub(crate) fn frames(path: &str) -> Result<Vec<Samples>, Failure> {
    let bytes = std::fs::read(path)?;
    let at = |start: usize, len: usize| bytes.get(start..start + len).ok_or("cut short");
    if at(0, 4)? != b"RIFF" || at(20, 4)? != [1, 0, 1, 0] || at(34, 2)? != [16, 0] {
        return Err(format!("{path} is not 16 bits of one channel").into());
    }
    let rate = u32::from_le_bytes(at(24, 4)?.try_into()?);
    let start = bytes.windows(4).position(|w| w == b"data").ok_or("no data")? + 8;
    let samples: Vec<f32> = bytes[start..]
        .chunks_exact(2)
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0)
        .collect();
    Ok(resampled(&samples, rate).as_chunks().0.to_vec())
}

/// By a windowed sinc of 32 points at the lower of the two rates.
fn resampled(samples: &[f32], rate: u32) -> Vec<f32> {
    if rate == RATE_HZ {
        return samples.to_vec();
    }
    let step = rate as f32 / RATE_HZ as f32;
    let len = (samples.len() as f32 / step) as usize;
    (0..len)
        .map(|at| {
            let centre = at as f64 * f64::from(rate) / f64::from(RATE_HZ);
            let whole = centre.floor() as isize;
            (whole - 15..=whole + 16)
                .filter_map(|tap| {
                    let sample = *samples.get(usize::try_from(tap).ok()?)?;
                    let x = (centre - tap as f64) as f32;
                    let sinc = if x.abs() < 1e-6 {
                        1.0
                    } else {
                        (x * TAU / 2.0).sin() / (x * TAU / 2.0)
                    };
                    Some(sample * sinc * (0.5 + 0.5 * (x * TAU / 32.0).cos()))
                })
                .sum()
        })
        .collect()
}
