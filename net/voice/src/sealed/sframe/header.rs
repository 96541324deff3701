//! The header of a sealed frame: which key, and how many frames it sealed before (RFC 9605 §4.3).
//!
//! One byte of configuration: whether the KID is long, three bits of it or of its length, and the same for the counter.
//! A value under 8 stands in the byte itself, a larger one behind it, in as few bytes as it has, high one first.

use super::FrameError;

/// In front of each sealed frame, for everybody to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Names the key.
    pub kid: u64,
    /// Frames sealed under it before this one.
    pub counter: u64,
}

/// From here on a value stands behind the byte of configuration.
const LONG: u64 = 8;

impl Header {
    /// As it stands in front of a frame, 1 to 17 bytes.
    #[must_use]
    pub fn write(self) -> Vec<u8> {
        let mut bytes = vec![0];
        let (kid, counter) = (field(self.kid, &mut bytes), field(self.counter, &mut bytes));
        bytes[0] = kid << 4 | counter;
        bytes
    }

    /// Bytes of [`Header::write`].
    #[must_use]
    pub fn bytes(self) -> usize {
        1 + long_bytes(self.kid) + long_bytes(self.counter)
    }

    /// Reads the header in front of a frame.
    ///
    /// # Errors
    /// [`FrameError::Malformed`]: it is cut short, or says in more bytes what fewer say, which the RFC forbids.
    pub fn read(sealed: &[u8]) -> Result<Self, FrameError> {
        let (config, mut rest) = sealed.split_first().ok_or(FrameError::Malformed)?;
        let kid = value(config >> 4, &mut rest)?;
        let counter = value(config & 0b1111, &mut rest)?;
        Ok(Self { kid, counter })
    }
}

/// How many bytes a value takes behind the byte of configuration.
fn long_bytes(value: u64) -> usize {
    if value < LONG {
        0
    } else {
        8 - value.leading_zeros() as usize / 8
    }
}

/// The four bits of a value; what does not fit in them is appended.
fn field(value: u64, bytes: &mut Vec<u8>) -> u8 {
    let long = long_bytes(value);
    let bits = if long == 0 {
        value
    } else {
        LONG | (long as u64 - 1)
    };
    bytes.extend_from_slice(&value.to_be_bytes()[8 - long..]);
    bits as u8
}

/// The value of four bits and of what they take from `rest`.
fn value(bits: u8, rest: &mut &[u8]) -> Result<u64, FrameError> {
    if u64::from(bits) < LONG {
        return Ok(bits.into());
    }
    let long = usize::from(bits & 0b111) + 1;
    let (own, after) = rest.split_at_checked(long).ok_or(FrameError::Malformed)?;
    *rest = after;
    let value = own.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    if long_bytes(value) == long {
        Ok(value)
    } else {
        Err(FrameError::Malformed)
    }
}
