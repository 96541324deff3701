//! Sounds from files and into them: 16 bits, one channel, 48 kHz.

use crate::Failure;
use holm_voice::RATE_HZ;

/// The samples of a file, −1 to 1.
pub(crate) fn read(path: &str) -> Result<Vec<f32>, Failure> {
    let bytes = std::fs::read(path)?;
    let at = |start: usize, len: usize| bytes.get(start..start + len).ok_or("cut short");
    let rate = u32::from_le_bytes(at(24, 4)?.try_into()?);
    if at(0, 4)? != b"RIFF" || at(20, 4)? != [1, 0, 1, 0] || at(34, 2)? != [16, 0] || rate != RATE_HZ {
        return Err(format!("{path} is not 16 bits of one channel at {RATE_HZ} Hz").into());
    }
    let start = bytes
        .windows(4)
        .position(|word| word == b"data")
        .ok_or("no data")?
        + 8;
    let pairs = bytes.get(start..).ok_or("cut short")?.as_chunks::<2>().0;
    Ok(pairs
        .iter()
        .map(|pair| f32::from(i16::from_le_bytes(*pair)) / 32768.0)
        .collect())
}

/// Writes samples.
#[allow(dead_code, reason = "not every example that reads writes")]
pub(crate) fn write(path: &str, samples: &[f32]) -> Result<(), Failure> {
    let data_bytes = u32::try_from(samples.len() * 2)?;
    let mut bytes = Vec::with_capacity(44 + samples.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((36 + data_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(RATE_HZ.to_le_bytes());
    bytes.extend((RATE_HZ * 2).to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(data_bytes.to_le_bytes());
    for sample in samples {
        bytes.extend(((sample.clamp(-1.0, 1.0) * 32767.0).round() as i16).to_le_bytes());
    }
    Ok(std::fs::write(path, bytes)?)
}
