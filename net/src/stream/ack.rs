//! What a receiver has, as it tells the sender in its own datagrams.

use crate::wire::{BitReader, BitWriter, WireError};

/// Datagrams before the newest that an [`Ack`] tells of, and furthest that a baseline lies behind it.
pub(super) const WINDOW: u16 = 32;

/// The newest datagram taken, and which of the 32 before it were: bit 0 is the one just before.
///
/// A datagram that comes after a newer one is never acknowledged. So what a receiver has *as of* one newest
/// datagram never changes any more, both ends know it exactly, and no entry has to name its baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ack {
    pub newest: u16,
    pub before: u32,
}

impl Ack {
    /// 17 bits when nothing is missing, else 49.
    pub(super) fn write(self, w: &mut BitWriter) {
        w.bits(u32::from(self.newest), 16);
        w.bool(self.before == u32::MAX);
        if self.before != u32::MAX {
            w.bits(self.before, 32);
        }
    }

    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, WireError> {
        let newest = r.bits(16)? as u16;
        let before = if r.bool()? { u32::MAX } else { r.bits(32)? };
        Ok(Self { newest, before })
    }

    /// Whether datagram `seq`, at or before the newest, is among those taken.
    pub(super) fn has(self, seq: u16) -> bool {
        match self.newest.wrapping_sub(seq) {
            0 => true,
            behind @ 1..=WINDOW => self.before >> (behind - 1) & 1 == 1,
            _ => false,
        }
    }

    /// Adds a datagram newer than all before.
    pub(super) fn push(&mut self, seq: u16) {
        let step = u32::from(seq.wrapping_sub(self.newest));
        self.before = if step > 32 {
            0
        } else {
            let shifted = if step == 32 { 0 } else { self.before << step };
            shifted | 1 << (step - 1)
        };
        self.newest = seq;
    }
}
