//! A frame of voice as it crosses the wire, and the bundle in which a datagram carries some of one talker.
//!
//! Flow: frames of a talker → [`Bundler`] → [`Bundle::write_to_host`] → the host reads, and writes it to each who hears, with
//! the talker's slot in front ([`Bundle::write_to_guest`]) → frames again.
//! Invariant: what was read is what was written, and has one spelling; no bytes make a reader panic or allocate.
//!
//! ```text
//! bundle   (slot: varint 1–3 B, to guests only)  frames − 1:3 reach:2 sealed:1 00:2  sequence:16  frame …
//! frame    level:4 begins:1 left out:3  length:8  payload
//! ```
//!
//! Least significant bit first, numbers little-endian: 3 B a bundle to the host, 4 to guests (5 for slots from 128), 2 a
//! frame. `left out` counts the silent frames before this one that were not sent.
//!
//! A bundle may begin with frames of the one before: [`Bundler::set_repeat`]. A datagram of 20 Hz takes two or three frames
//! with it, of which in-band FEC restores but the last, though every frame pays for it: with about a third of its bits, and
//! at 24 kbit/s with all that is above 8 kHz. A repeat of the last frame costs two fifths and brings back the same one,
//! whole; of the last two, four fifths for nearly all. Measured with 24 kbit/s for everything (`examples/codecs.rs`, 164 s of
//! speech; distance to what was said in dB, with 0, 5, 10 and 20 % of the datagrams lost):
//!
//! ```text
//! neither       1.8   2.9   3.9   5.7
//! in-band FEC   2.3   3.0   3.6   5.0
//! one repeated  2.4   3.0   3.6   4.9
//! two repeated  2.7   2.9   3.3   4.0
//! ```
//!
//! So up to some 5 % none is worth its price where bits are scarce, and above it repeats are; where bits are there to be
//! had, repeats are free. The talker asks for them first and tells the codec only of the loss that they leave.

mod bundler;
#[cfg(test)]
mod tests;

use crate::codec::MAX_PAYLOAD;

pub use bundler::{Bundler, MAX_REPEAT};

/// Most frames of a bundle: 160 ms, or 120 and two repeated. Bound by the 3 bits that count them.
pub const MAX_FRAMES: usize = 8;
/// Most silent frames that are left out between two of a bundle; bound by their 3 bits.
pub const MAX_LEFT_OUT: u16 = 7;
/// The loudest level.
pub const MAX_LEVEL: u8 = 15;
/// No bundle is longer, bytes.
pub const MAX_BUNDLE: usize = 3 + 3 + MAX_FRAMES * (2 + MAX_PAYLOAD);

const _: () = assert!(MAX_PAYLOAD <= u8::MAX as usize, "a length is written in 8 bits");
const _: () = assert!(MAX_FRAMES <= 1 << 3 && MAX_LEFT_OUT < 1 << 3 && MAX_LEVEL < 1 << 4);

/// Why bytes are no bundle. Facts only: safe to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The bytes ended in the middle of it.
    #[error("bytes ended early")]
    End,
    /// A length that no frame has.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// A value that nobody honest writes.
    #[error("value out of range")]
    Range,
}

/// Number of a frame of one talker: one more every 20 ms, silent ones counted. It wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sequence(pub u16);

impl Sequence {
    /// How many frames `self` is after `other`, negative if before; right while they are less than 11 minutes apart.
    #[must_use]
    pub fn since(self, other: Self) -> i16 {
        self.0.wrapping_sub(other.0).cast_signed()
    }

    /// So many frames later.
    #[must_use]
    pub fn plus(self, frames: u16) -> Self {
        Self(self.0.wrapping_add(frames))
    }
}

/// How far a talker means to be heard ([`crate::hearing`] says how far that is).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Around oneself.
    #[default]
    Normal,
    /// Into an ear.
    Whisper,
    /// Across a square.
    Shout,
    /// Everywhere in the world, for whoever may.
    Stage,
}

impl Reach {
    /// In the order of their numbers on the wire.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Whisper, Self::Shout, Self::Stage];
}

/// What a frame says of itself. It comes from the talker, who may lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// How far it is meant to be heard.
    pub reach: Reach,
    /// The payload is sealed ([`crate::sealed`]): for a circle, noise to everybody else.
    pub sealed: bool,
    /// The first after silence: what is missing before it was not lost.
    pub begins: bool,
}

/// One frame: 20 ms of a talker.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Which one.
    pub sequence: Sequence,
    /// What it says of itself.
    pub flags: Flags,
    level: u8,
    len: u8,
    bytes: [u8; MAX_PAYLOAD],
}

impl Frame {
    /// A frame with these bytes; none if they are none or more than [`MAX_PAYLOAD`]. A level above [`MAX_LEVEL`] is that.
    #[must_use]
    pub fn new(sequence: Sequence, flags: Flags, level: u8, payload: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_PAYLOAD];
        bytes.get_mut(..payload.len())?.copy_from_slice(payload);
        let len = u8::try_from(payload.len()).ok().filter(|len| *len > 0)?;
        Some(Self {
            sequence,
            flags,
            level: level.min(MAX_LEVEL),
            len,
            bytes,
        })
    }

    /// The same frame with what was sealed instead of its payload; none if that is too long.
    #[must_use]
    pub fn sealed(&self, payload: &[u8]) -> Option<Self> {
        let flags = Flags {
            sealed: true,
            ..self.flags
        };
        Self::new(self.sequence, flags, self.level, payload)
    }

    /// The codec's bytes, or sealed ones: 1 to [`MAX_PAYLOAD`].
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// How loud the talker says it is, 0 to [`MAX_LEVEL`] ([`level`]): for mouths, and for who is heard in a crowd.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        let facts = |frame: &Self| (frame.sequence, frame.flags, frame.level);
        facts(self) == facts(other) && self.payload() == other.payload()
    }
}

impl Eq for Frame {}

impl core::fmt::Debug for Frame {
    /// Without what was said: a voice is in no log.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Frame")
            .field("sequence", &self.sequence.0)
            .field("flags", &self.flags)
            .field("level", &self.level)
            .field("bytes", &self.len)
            .finish()
    }
}

/// How loud samples of this root mean square are, in steps of 3 dB: 15 from −6 dBFS, 1 from −48, and 0.
#[must_use]
pub fn level(rms: f32) -> u8 {
    let steps = (20.0 * rms.log10() + 51.0) / 3.0;
    // What is no number, and what is −∞, ends as 0.
    steps.clamp(0.0, f32::from(MAX_LEVEL)) as u8
}

const NOTHING: Frame = Frame {
    sequence: Sequence(0),
    flags: Flags {
        reach: Reach::Normal,
        sealed: false,
        begins: false,
    },
    level: 0,
    len: 0,
    bytes: [0; MAX_PAYLOAD],
};

/// Some frames of one talker, in the order they were said, all of one reach, all sealed or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    frames: [Frame; MAX_FRAMES],
    len: usize,
}

impl Default for Bundle {
    fn default() -> Self {
        Self::new()
    }
}

impl Bundle {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frames: [NOTHING; MAX_FRAMES],
            len: 0,
        }
    }

    /// Adds a frame at the end; false if it belongs into another bundle: this one is full, or it is of another reach, or
    /// sealed where the others are not, or not after the last, or more than [`MAX_LEFT_OUT`] after it.
    #[must_use]
    pub fn push(&mut self, frame: &Frame) -> bool {
        if let Some(last) = self.frames().last() {
            let alike = (last.flags.reach, last.flags.sealed) == (frame.flags.reach, frame.flags.sealed);
            let after = frame.sequence.since(last.sequence);
            if !alike || !(1..=MAX_LEFT_OUT as i16 + 1).contains(&after) {
                return false;
            }
        }
        let Some(place) = self.frames.get_mut(self.len) else {
            return false;
        };
        *place = *frame;
        self.len += 1;
        true
    }

    /// What is in it.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames[..self.len]
    }

    /// Bytes that [`Self::write_to_host`] would add; [`Self::write_to_guest`] one, two or three more.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        match self.frames() {
            [] => 0,
            frames => {
                3 + frames
                    .iter()
                    .map(|frame| 2 + frame.payload().len())
                    .sum::<usize>()
            }
        }
    }

    /// Adds it to a datagram, as a talker sends it. Nothing is written of an empty one: it cannot be read.
    pub fn write_to_host(&self, out: &mut Vec<u8>) {
        let Some(first) = self.frames().first() else {
            return;
        };
        let reach = first.flags.reach as u8;
        out.push((self.len as u8 - 1) | reach << 3 | u8::from(first.flags.sealed) << 5);
        out.extend_from_slice(&first.sequence.0.to_le_bytes());
        let mut due = first.sequence;
        for frame in self.frames() {
            let left_out = frame.sequence.0.wrapping_sub(due.0) as u8;
            out.push(frame.level | u8::from(frame.flags.begins) << 4 | left_out << 5);
            out.push(frame.len);
            out.extend_from_slice(frame.payload());
            due = frame.sequence.plus(1);
        }
    }

    /// Adds it to a datagram, as the host sends it on: with whose it is.
    pub fn write_to_guest(&self, slot: u16, out: &mut Vec<u8>) {
        if self.len > 0 {
            write_slot(slot, out);
            self.write_to_host(out);
        }
    }

    /// A talker's bundle at the beginning of `bytes`, and how many of them it took. What follows is the caller's.
    ///
    /// # Errors
    /// [`FrameError`]; the bytes are no bundle of an honest talker.
    pub fn read_to_host(bytes: &[u8]) -> Result<(Self, usize), FrameError> {
        let mut bundle = Self::new();
        let rest = bundle.read(bytes)?;
        Ok((bundle, bytes.len() - rest.len()))
    }

    /// A bundle that the host sent on, whose it is, and how many bytes it took.
    ///
    /// # Errors
    /// [`FrameError`]; the bytes are no bundle of an honest host.
    pub fn read_to_guest(bytes: &[u8]) -> Result<(u16, Self, usize), FrameError> {
        let (slot, rest) = read_slot(bytes)?;
        let mut bundle = Self::new();
        let rest = bundle.read(rest)?;
        Ok((slot, bundle, bytes.len() - rest.len()))
    }

    /// Fills an empty one; what is left of the bytes.
    fn read<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], FrameError> {
        let (&[head, low, high], mut rest) = bytes.split_first_chunk().ok_or(FrameError::End)?;
        if head >> 6 != 0 {
            return Err(FrameError::Range);
        }
        let reach = Reach::ALL[usize::from(head >> 3 & 0b11)];
        let sealed = head >> 5 & 1 == 1;
        let mut due = Sequence(u16::from_le_bytes([low, high]));
        for at in 0..=head & 0b111 {
            let (&[facts, len], after) = rest.split_first_chunk().ok_or(FrameError::End)?;
            let left_out = u16::from(facts >> 5);
            if at == 0 && left_out != 0 {
                return Err(FrameError::Range); // the sequence says it already
            }
            let len = usize::from(len);
            if !(1..=MAX_PAYLOAD).contains(&len) {
                return Err(FrameError::Length(len));
            }
            let (payload, after) = after.split_at_checked(len).ok_or(FrameError::End)?;
            let flags = Flags {
                reach,
                sealed,
                begins: facts >> 4 & 1 == 1,
            };
            let sequence = due.plus(left_out);
            let frame = Frame::new(sequence, flags, facts & 0b1111, payload).ok_or(FrameError::Range)?;
            if !self.push(&frame) {
                return Err(FrameError::Range);
            }
            due = sequence.plus(1);
            rest = after;
        }
        Ok(rest)
    }
}

/// Seven bits at a time, low first; the eighth says that more follow.
fn write_slot(mut slot: u16, out: &mut Vec<u8>) {
    while slot >= 0x80 {
        out.push(slot as u8 | 0x80);
        slot >>= 7;
    }
    out.push(slot as u8);
}

fn read_slot(bytes: &[u8]) -> Result<(u16, &[u8]), FrameError> {
    let mut slot = 0_u32;
    for (at, byte) in bytes.iter().enumerate().take(3) {
        slot |= u32::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            let shortest = at == 0 || *byte != 0;
            let slot = u16::try_from(slot).ok().filter(|_| shortest);
            return Ok((slot.ok_or(FrameError::Range)?, &bytes[at + 1..]));
        }
    }
    Err(if bytes.len() < 3 {
        FrameError::End
    } else {
        FrameError::Range
    })
}
