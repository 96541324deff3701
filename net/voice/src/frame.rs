//! A frame of voice as it crosses the wire.

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
