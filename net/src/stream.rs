//! What moves, as it crosses the wire: quantised, delta coded against acknowledged baselines, budgeted, interpolated.
//!
//! Flow: what is mine → [`Sampler`] (one sample each tick, exactly on the tick) → [`Crowd`] → a [`Pair`] for each
//! receiver, which chooses by distance and budget → datagram → [`Timelines`] → where to draw everything. What an entry
//! says of a person or of a body is theirs: [`crate::pose`], [`crate::body`].
//! Invariant: every sample read is exactly the one written, whatever was lost, doubled or came late; nothing
//! from the wire can panic, refer outside what is held, or make it grow without bound.

mod ack;
mod crowd;
mod entry;
mod interest;
mod pair;
mod receiver;
mod sampler;
mod sender;
mod timeline;

pub use ack::Ack;
pub(crate) use crowd::Clock;
pub use crowd::{Crowd, View};
pub use pair::Pair;
pub use receiver::{Arrival, Receiver, ReceiverStats, Sample};
pub use sampler::{Sampler, tick_at};
pub use sender::{Sender, Written};
pub use timeline::{Timeline, TimelineStats, Timelines};

use crate::wire::{BitReader, BitWriter, WireError};
use core::fmt::Debug;

/// Most entries in one datagram: their count has eight bits.
pub const MAX_ENTRIES: usize = 255;

/// Ticks a second that samples are counted in; [`crate::session::TICK_HZ`] is the same.
pub const TICK_HZ: u32 = 20;

const _: () = assert!(TICK_HZ == crate::session::TICK_HZ);

/// Place in a stream. Of people it is their place in the session: 0 is the host's own avatar, guests get the lowest free
/// one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Slot(pub u16);

impl Slot {
    /// The host's own avatar (absent when the host is headless).
    pub const HOST: Slot = Slot(0);
}

/// What lies between two samples, as numbers that can be added and multiplied; those that are not used are 0.
pub type Channels = [f32; 7];

/// A kind of things that move, in the whole numbers that cross the wire.
///
/// Both ends compute on them only, so that predictions agree to the last bit on every machine.
pub trait Streamed: Copy + Debug + Default + PartialEq + Eq + Send + Sync + 'static {
    /// In the game's terms.
    type Shown: Copy + Debug + PartialEq + Send + Sync;
    /// How fast it changes, as both ends derive it from two samples.
    type Pace: Copy + Debug + Default + PartialEq + Eq + Send + Sync;

    /// Bits of a slot; slots are below 2 to the power of it.
    const SLOT_BITS: u32;
    /// Slots that a stream can tell of.
    const SLOTS: usize = 1 << Self::SLOT_BITS;
    /// No entry is longer, whatever it holds, its slot included.
    const MAX_ENTRY_BITS: usize;
    /// Further apart than this between two samples is a jump, metres, and not shown as a way.
    const JUMP_METRES: f32;

    /// The nearest in steps; `None` if any number is not finite.
    fn new(shown: &Self::Shown) -> Option<Self>;
    /// In the game's terms.
    fn shown(&self) -> Self::Shown;
    /// Whether it is a value that [`Self::new`] gives: a difference from a baseline may lead anywhere.
    fn is_within_range(&self) -> bool;
    /// Position in metres, for distances.
    fn metres(&self) -> [f32; 3];

    /// How fast it went from `self` to `to` in so many ticks (more than 0).
    fn pace(&self, to: &Self, ticks: i32) -> Self::Pace;
    /// Where it will be `ticks` later if nothing changes.
    #[must_use]
    fn predicted(&self, pace: &Self::Pace, ticks: i32) -> Self;
    /// Without anything that is known.
    fn write_whole(&self, w: &mut BitWriter);
    /// What [`Self::write_whole`] wrote.
    ///
    /// # Errors
    /// Bytes that no sender writes.
    fn read_whole(r: &mut BitReader<'_>) -> Result<Self, WireError>;
    /// As the difference from `predicted`, which is not the same; false, with nothing written, if whole is shorter.
    fn write_difference(&self, predicted: &Self, w: &mut BitWriter) -> bool;
    /// What [`Self::write_difference`] wrote.
    ///
    /// # Errors
    /// Bytes that no sender writes.
    fn read_difference(predicted: &Self, r: &mut BitReader<'_>) -> Result<Self, WireError>;

    /// For what lies between: position first.
    fn channels(shown: &Self::Shown) -> Channels;
    /// The same place as `at`, told so that numbers between it and `beside` lie on the shortest way.
    fn beside(at: Channels, beside: &Channels) -> Channels;
    /// Back; what cannot lie between is `like`'s.
    fn from_channels(at: &Channels, like: &Self::Shown) -> Self::Shown;

    /// `part` of the way from `a` to `b`; `b` after a jump.
    fn between(a: &Self::Shown, b: &Self::Shown, part: f32) -> Self::Shown {
        let from = Self::channels(a);
        let to = Self::beside(Self::channels(b), &from);
        if jumped(&from, &to, Self::JUMP_METRES) {
            return *b;
        }
        let mut at = from;
        for (channel, to) in at.iter_mut().zip(to) {
            *channel += (to - *channel) * part;
        }
        Self::from_channels(&at, b)
    }
}

/// Nobody was ever in the middle of a jump.
fn jumped(a: &Channels, b: &Channels, metres: f32) -> bool {
    (0..3).any(|axis| (a[axis] - b[axis]).abs() > metres)
}
