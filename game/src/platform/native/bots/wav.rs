//! WAV files: what a bot says out of one, and what it heard into another.
//!
//! Invariant: no bytes make the reader panic, or allocate more than the file is long.

/// Samples of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Wav {
    pub(super) rate_hz: u32,
    pub(super) channels: u16,
    /// One of each channel in turn, −1 to 1.
    pub(super) samples: Vec<f32>,
}

/// Kinds of sample, as the format's head numbers them; the last says that the kind is named farther behind.
const WHOLE: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xFFFE;
/// Where that is, bytes behind the beginning of the head.
const KIND_AT: usize = 24;

/// `None`: it is none, or of samples that we do not read.
pub(super) fn read(bytes: &[u8]) -> Option<Wav> {
    let (head, mut rest) = bytes.split_at_checked(12)?;
    if !head.starts_with(b"RIFF") || !head.ends_with(b"WAVE") {
        return None;
    }
    let mut format = None;
    loop {
        let (head, after) = rest.split_at_checked(8)?;
        let len = u32::from_le_bytes(*head.last_chunk()?) as usize;
        // A recorder that was cut off never wrote how long its data is.
        let (body, next) = after.split_at(len.min(after.len()));
        match head.first_chunk::<4>()? {
            b"fmt " => format = Some(Format::read(body)?),
            b"data" => return format?.samples(body),
            _ => {}
        }
        // Of an odd length there is one byte more.
        rest = next.get(len % 2..)?;
    }
}

struct Format {
    kind: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
}

impl Format {
    fn read(body: &[u8]) -> Option<Self> {
        let short = |at: usize| Some(u16::from_le_bytes(*body.get(at..)?.first_chunk()?));
        let kind = match short(0)? {
            EXTENSIBLE => short(KIND_AT)?,
            kind => kind,
        };
        Some(Self {
            kind,
            channels: short(2).filter(|channels| *channels > 0)?,
            rate_hz: u32::from_le_bytes(*body.get(4..)?.first_chunk()?),
            bits: short(14)?,
        })
    }

    fn samples(&self, data: &[u8]) -> Option<Wav> {
        let samples: Vec<f32> = match (self.kind, self.bits) {
            (WHOLE, 16) => each(data, |bytes: [u8; 2]| {
                f32::from(i16::from_le_bytes(bytes)) / 32_768.0
            }),
            (WHOLE, 24) => each(data, |[low, middle, high]: [u8; 3]| {
                i32::from_le_bytes([0, low, middle, high]) as f32 / 2_147_483_648.0
            }),
            (WHOLE, 32) => each(data, |bytes: [u8; 4]| {
                i32::from_le_bytes(bytes) as f32 / 2_147_483_648.0
            }),
            (FLOAT, 32) => each(data, |bytes: [u8; 4]| {
                let sample = f32::from_le_bytes(bytes);
                if sample.is_finite() { sample } else { 0.0 }
            }),
            _ => return None,
        };
        // Half a moment at the end is none.
        let whole = samples.len() - samples.len() % usize::from(self.channels);
        let samples = samples.get(..whole)?.to_vec();
        Some(Wav {
            rate_hz: self.rate_hz,
            channels: self.channels,
            samples,
        })
    }
}

fn each<const N: usize>(data: &[u8], sample: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (whole, _) = data.as_chunks::<N>();
    whole.iter().map(|bytes| sample(*bytes)).collect()
}

/// One channel of 16 bits.
pub(super) fn write(rate_hz: u32, samples: &[i16]) -> Vec<u8> {
    let len = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX - 36);
    let mut out = Vec::with_capacity(44 + samples.len() * 2);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + len).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    out.extend_from_slice(&WHOLE.to_le_bytes());
    out.extend_from_slice(&1_u16.to_le_bytes());
    out.extend_from_slice(&rate_hz.to_le_bytes());
    out.extend_from_slice(&(rate_hz * 2).to_le_bytes());
    out.extend_from_slice(&2_u16.to_le_bytes());
    out.extend_from_slice(&16_u16.to_le_bytes());
    out.extend_from_slice(b"data");
    out.extend_from_slice(&len.to_le_bytes());
    for sample in samples {
        out.extend_from_slice(&sample.to_le_bytes());
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_written_is_read() {
        let bytes = write(48_000, &[0, 16_384, -32_768]);
        assert_eq!(bytes.len(), 50);
        let wav = Wav {
            rate_hz: 48_000,
            channels: 1,
            samples: vec![0.0, 0.5, -1.0],
        };
        assert_eq!(read(&bytes), Some(wav));
        // The last sample was cut off.
        assert_eq!(read(&bytes[..49]).unwrap().samples, [0.0, 0.5]);
    }

    #[test]
    fn other_samples_channels_and_what_stands_between_are_read() {
        let file = |kind: u16, channels: u16, bits: u16, data: &[u8]| {
            let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
            bytes.extend_from_slice(&kind.to_le_bytes());
            bytes.extend_from_slice(&channels.to_le_bytes());
            bytes.extend_from_slice(&44_100_u32.to_le_bytes());
            bytes.extend_from_slice(&[0; 6]);
            bytes.extend_from_slice(&bits.to_le_bytes());
            bytes.extend_from_slice(b"data");
            bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
            bytes.extend_from_slice(data);
            read(&bytes)
        };
        let stereo = file(WHOLE, 2, 24, &[0, 0, 0x40, 0, 0, 0xC0, 1, 1, 1]).unwrap();
        assert_eq!((stereo.rate_hz, stereo.channels), (44_100, 2));
        assert_eq!(stereo.samples, [0.5, -0.5], "half a moment is none");
        let float = file(
            FLOAT,
            1,
            32,
            &[0.25_f32.to_le_bytes(), f32::NAN.to_le_bytes()].concat(),
        );
        assert_eq!(float.unwrap().samples, [0.25, 0.0]);
        assert_eq!(file(WHOLE, 0, 16, &[0; 4]), None);
        assert_eq!(file(7, 1, 8, &[0; 4]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), len: u32) {
            let _ = read(&bytes);
            let whole = write(8_000, &[1, 2, 3]);
            for at in (0..whole.len()).filter(|at| at + 4 <= whole.len()) {
                let mut damaged = whole.clone();
                damaged[at..at + 4].copy_from_slice(&len.to_le_bytes());
                let _ = read(&damaged);
            }
        }
    }
}
