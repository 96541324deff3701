//! How people move: what the streams ([`crate::stream`]) say of a person.
//!
//! Flow: my own avatar → [`Sampler`] (one pose each tick, exactly on the tick) → a [`Crowd`] of one →
//! [`PoseStream`] → datagram → the host's [`PoseStream`] → the host's [`Crowd`] → a [`PoseStream`] for each
//! guest, which chooses by distance and budget → datagram → [`Timelines`] → where to draw everybody.
//! Invariant: a pose is within its range, whoever told it.
//!
//! ```
//! use core::time::Duration;
//! use holm_net::pose::{Crowd, Pose, PoseStream, Sampler, Slot, Timelines};
//! use holm_net::wire::{BitReader, BitWriter};
//!
//! let (mut sampler, mut crowd) = (Sampler::new(), Crowd::new());
//! let (mut here, mut there) = (PoseStream::new(1), PoseStream::new(1));
//! let (mut timelines, mut bytes) = (Timelines::new(), BitWriter::new());
//! for frame in 0..120u64 {
//!     let now = Duration::from_millis(frame * 16);
//!     let walked = Pose { position: [now.as_secs_f32(), 0.0, 0.0], ..Pose::default() };
//!     sampler.push(now, walked);
//!     if let Some((tick, pose)) = sampler.take() {
//!         crowd.put(Slot(0), pose, tick, tick);
//!         bytes.clear();
//!         here.write(&crowd, crowd.view(None), tick, 1000, &mut bytes);
//!         let body = bytes.finish().to_vec();
//!         there.read(&body, |sample| timelines.push(now, &sample)).expect("an honest sender");
//!     }
//!     timelines.advance(now);
//! }
//! let shown = timelines.shown(Slot(0), Duration::from_millis(1900)).expect("poses came");
//! assert!((1.5..1.9).contains(&shown.position[0]));
//! ```

mod entry;
mod quantised;
pub mod walker;

pub use crate::stream::{
    Ack, Arrival, MAX_ENTRIES, ReceiverStats, Slot, TICK_HZ as POSE_HZ, TimelineStats, View, Written, tick_at,
};
pub use entry::{MAX_ENTRY_BITS, Pace};
pub use quantised::{Quantised, STEPS_PER_METRE};

/// Slots a pose stream can tell of: 0..512. More people than that do not fit one star's host.
pub const MAX_SLOTS: usize = 512;

/// Everybody's newest pose.
pub type Crowd = crate::stream::Crowd<Quantised>;
/// Poses to and from one peer.
pub type PoseStream = crate::stream::Pair<Quantised>;
/// One pose as it arrived.
pub type Sample = crate::stream::Sample<Quantised>;
/// My own avatar on its way to the wire.
pub type Sampler = crate::stream::Sampler<Quantised>;
/// Where to draw one person.
pub type Timeline = crate::stream::Timeline<Quantised>;
/// Where to draw everybody.
pub type Timelines = crate::stream::Timelines<Quantised>;

/// Where somebody is and how they hold themselves, in the game's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pose {
    /// Feet, metres, world space, y up. Finite, each within ±32,768 m.
    pub position: [f32; 3],
    /// Where the body faces: radians about +y, any finite value (wrapped to −π..π).
    pub yaw: f32,
    /// Where the head faces relative to the body: radians about +y, −π/2..π/2.
    pub head_yaw: f32,
    /// Where the head looks up or down: radians, −π/2..π/2, up is positive.
    pub pitch: f32,
    /// What the legs do.
    pub gait: Gait,
    /// Gesture under way, 0 for none, at most [`MAX_GESTURE`]; the meaning is the game's (1 = wave).
    pub gesture: u8,
}

/// Highest number a gesture can have: seven bits on the wire, so that an entry stays within 16 bytes. A
/// higher one is none.
pub const MAX_GESTURE: u8 = 127;

/// What the legs do. Three bits on the wire.
///
/// [`Pose::position`] is the feet in each of them, with these meanings for where nobody stands on feet:
/// - `Swim`: upright in the water the feet would be there; the eyes are at their usual height above it, so that
///   a swimmer at the surface has `position` 1.3 m below it.
/// - `Climb`: on a ladder, facing it; the rung under the feet.
/// - `Sit`: [`SEAT_METRES`] straight below the middle of the surface sat on, facing `yaw`. On a chair of usual
///   height that is the floor. Hips rest at `position` + `SEAT_METRES`, knees and feet are ahead of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Gait {
    /// Stands or walks.
    #[default]
    Ground = 0,
    Run = 1,
    /// Jumps or falls.
    Air = 2,
    /// Stands or walks bent down.
    Crouch = 3,
    Swim = 4,
    Climb = 5,
    Sit = 6,
}

impl Gait {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Ground,
        Self::Run,
        Self::Air,
        Self::Crouch,
        Self::Swim,
        Self::Climb,
        Self::Sit,
    ];
}

/// How far above [`Pose::position`] the surface is that somebody sits on, metres: a chair's.
pub const SEAT_METRES: f32 = 0.45;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
