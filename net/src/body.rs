//! How things move: what the streams ([`crate::stream`]) say of a body that physics or a hand moves.
//!
//! Flow: the host's physics, or whoever holds a thing → [`Bodies`] → a [`BodyStream`] for each guest → [`Timelines`] →
//! where to draw them. The slot of a body is the game's to give, for as long as it moves: what rests is told of by
//! nobody, and what moves anew may have another slot. A guest's own stream has [`HANDS`] slots: what is in their hands.
//! Invariant: a body is within its range and its turn is a turn, whoever told it.

mod entry;
mod quantised;

pub use quantised::{MOST_METRES, Pace, Quantised, STEPS_PER_METRE, Turn};

/// Slots a host's stream of bodies can tell of: so many can be in motion at a time.
pub const MAX_BODIES: usize = 4096;

/// Slots of a guest's stream: hands.
pub const HANDS: usize = 2;

/// Where what is held may be from the feet of whoever holds it, metres: their eyes, their arm, and a large thing's half.
pub const REACH_METRES: f32 = 8.0;

/// Where a body is and how it is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BodyPose {
    /// Its middle, metres, world space, y up. Finite, each within ±[`MOST_METRES`].
    pub position: [f32; 3],
    /// x, y, z, w; any length but 0.
    pub rotation: [f32; 4],
}

impl Default for BodyPose {
    fn default() -> Self {
        Self {
            position: [0.0; 3],
            rotation: [0.0, 0.0, 0.0, 1.0],
        }
    }
}

/// Every moving body's newest sample.
pub type Bodies = crate::stream::Crowd<Quantised>;
/// Bodies to and from one peer.
pub type BodyStream = crate::stream::Pair<Quantised>;
/// One body as it arrived.
pub type Sample = crate::stream::Sample<Quantised>;
/// What I hold on its way to the wire.
pub type Sampler = crate::stream::Sampler<Quantised>;
/// Where to draw bodies.
pub type Timelines = crate::stream::Timelines<Quantised>;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
