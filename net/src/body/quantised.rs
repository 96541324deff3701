//! A body in the whole numbers that cross the wire.
//!
//! Invariant: everything a [`Quantised`] can hold is a valid place and turn.

use super::{BodyPose, MAX_BODIES, entry};
use crate::stream::{Channels, Streamed};
use crate::wire::{BitReader, BitWriter, WireError};

/// Steps a metre: as a person's feet.
pub const STEPS_PER_METRE: f32 = crate::pose::STEPS_PER_METRE;

/// Positions lie in −`POSITION_LIMIT`..`POSITION_LIMIT` steps: 23 bits with the sign.
pub(super) const POSITION_LIMIT: i32 = 1 << 22;

/// Farthest from the world's origin along each axis, metres.
pub const MOST_METRES: f32 = 8_192.0;

const _: () = assert!(POSITION_LIMIT as f32 == MOST_METRES * STEPS_PER_METRE);
const _: () = assert!(<Quantised as Streamed>::SLOTS == MAX_BODIES);

/// Parts of a turn lie in −`TURN_LIMIT`..=`TURN_LIMIT`, which is ±1/√2: 10 bits, a sixth of a degree each.
pub(super) const TURN_LIMIT: i16 = 511;

/// A unit quaternion by its three smaller parts: the largest follows from them, and is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Which of x, y, z, w is left out: 0..4.
    pub(super) largest: u8,
    /// The others in their order, each in −[`TURN_LIMIT`]..=[`TURN_LIMIT`].
    pub(super) parts: [i16; 3],
}

impl Default for Turn {
    fn default() -> Self {
        Self {
            largest: 3,
            parts: [0; 3],
        }
    }
}

impl Turn {
    /// `None` for a quaternion that is not finite, or next to nothing.
    fn new(rotation: &[f32; 4]) -> Option<Self> {
        let square: f32 = rotation.iter().map(|part| part * part).sum();
        if !square.is_finite() || square < 1e-6 {
            return None;
        }
        let mut largest = 0;
        for at in 1..4 {
            if rotation[at].abs() > rotation[largest].abs() {
                largest = at;
            }
        }
        // A quaternion and its negative are the same turn.
        let scale = f32::from(TURN_LIMIT) * core::f32::consts::SQRT_2 / square.sqrt();
        let scale = scale.copysign(rotation[largest]);
        let mut parts = [0; 3];
        let others = (0..4).filter(|at| *at != largest);
        for (part, at) in parts.iter_mut().zip(others) {
            let steps = (rotation[at] * scale).round() as i16; // `as` saturates
            *part = steps.clamp(-TURN_LIMIT, TURN_LIMIT);
        }
        Some(Self {
            largest: largest as u8,
            parts,
        })
    }

    /// Of length 1.
    fn rotation(self) -> [f32; 4] {
        let step = core::f32::consts::FRAC_1_SQRT_2 / f32::from(TURN_LIMIT);
        let parts = self.parts.map(|part| f32::from(part) * step);
        let square: f32 = parts.iter().map(|part| part * part).sum();
        let mut rotation = [0.0; 4];
        let mut parts = parts.into_iter();
        for (at, part) in rotation.iter_mut().enumerate() {
            *part = if at == usize::from(self.largest) {
                (1.0 - square).max(0.0).sqrt()
            } else {
                parts.next().unwrap_or_default()
            };
        }
        normalised(rotation)
    }
}

fn normalised(rotation: [f32; 4]) -> [f32; 4] {
    let length = rotation.iter().map(|part| part * part).sum::<f32>().sqrt();
    if length > 1e-3 {
        rotation.map(|part| part / length)
    } else {
        BodyPose::default().rotation // exactly between two opposite ones: either would do
    }
}

/// A [`BodyPose`] in steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantised {
    pub(super) position: [i32; 3],
    pub(super) turn: Turn,
}

/// How fast a body moves and turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Steps · 2^[`PACE_BITS`] a tick.
    position: [i16; 3],
    /// Of the parts of a turn, where both have the same largest.
    turn: [i16; 3],
}

/// Fraction bits of a pace, so that rounding does not add up over a baseline's age.
const PACE_BITS: u32 = 4;

fn pace_of(way: i32, ticks: i32) -> i16 {
    let pace = (way << PACE_BITS) / ticks;
    pace.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

fn ahead(pace: i16, ticks: i32) -> i32 {
    (i32::from(pace) * ticks + (1 << (PACE_BITS - 1))) >> PACE_BITS
}

impl Streamed for Quantised {
    type Shown = BodyPose;
    type Pace = Pace;

    const SLOT_BITS: u32 = 12;
    const MAX_ENTRY_BITS: usize = entry::MAX_ENTRY_BITS;
    /// Who is somewhere else at once moves anew, in another generation of its slot.
    const JUMP_METRES: f32 = f32::INFINITY;

    fn new(shown: &BodyPose) -> Option<Self> {
        if !shown.position.iter().all(|metres| metres.is_finite()) {
            return None;
        }
        let steps = |metres: f32| (metres * STEPS_PER_METRE).round() as i32; // `as` saturates
        Some(Self {
            position: shown
                .position
                .map(|metres| steps(metres).clamp(-POSITION_LIMIT, POSITION_LIMIT - 1)),
            turn: Turn::new(&shown.rotation)?,
        })
    }

    fn shown(&self) -> BodyPose {
        BodyPose {
            position: self.metres(),
            rotation: self.turn.rotation(),
        }
    }

    fn is_within_range(&self) -> bool {
        let inside = |steps: &i32| (-POSITION_LIMIT..POSITION_LIMIT).contains(steps);
        let turned = |part: &i16| (-TURN_LIMIT..=TURN_LIMIT).contains(part);
        self.position.iter().all(inside) && self.turn.parts.iter().all(turned)
    }

    fn metres(&self) -> [f32; 3] {
        self.position.map(|steps| steps as f32 / STEPS_PER_METRE)
    }

    fn pace(&self, to: &Self, ticks: i32) -> Pace {
        let position = [0, 1, 2].map(|axis| pace_of(to.position[axis] - self.position[axis], ticks));
        let turn = if self.turn.largest == to.turn.largest {
            let way = |at: usize| i32::from(to.turn.parts[at]) - i32::from(self.turn.parts[at]);
            [0, 1, 2].map(|at| pace_of(way(at), ticks))
        } else {
            [0; 3]
        };
        Pace { position, turn }
    }

    fn predicted(&self, pace: &Pace, ticks: i32) -> Self {
        let limit = i32::from(TURN_LIMIT);
        Self {
            position: [0, 1, 2].map(|axis| self.position[axis] + ahead(pace.position[axis], ticks)),
            turn: Turn {
                largest: self.turn.largest,
                parts: [0, 1, 2].map(|at| {
                    let part = i32::from(self.turn.parts[at]) + ahead(pace.turn[at], ticks);
                    part.clamp(-limit, limit) as i16
                }),
            },
        }
    }

    fn write_whole(&self, w: &mut BitWriter) {
        entry::write_whole(w, self);
    }

    fn read_whole(r: &mut BitReader<'_>) -> Result<Self, WireError> {
        entry::read_whole(r)
    }

    fn write_difference(&self, predicted: &Self, w: &mut BitWriter) -> bool {
        entry::write_difference(w, self, predicted)
    }

    fn read_difference(predicted: &Self, r: &mut BitReader<'_>) -> Result<Self, WireError> {
        entry::read_difference(r, predicted)
    }

    /// Position, then the quaternion.
    fn channels(shown: &BodyPose) -> Channels {
        let ([x, y, z], [a, b, c, d]) = (shown.position, shown.rotation);
        [x, y, z, a, b, c, d]
    }

    fn beside(at: Channels, beside: &Channels) -> Channels {
        let dot: f32 = (3..7).map(|channel| at[channel] * beside[channel]).sum();
        let mut at = at;
        if dot < 0.0 {
            at[3..].iter_mut().for_each(|part| *part = -*part);
        }
        at
    }

    fn from_channels(at: &Channels, _like: &BodyPose) -> BodyPose {
        let [x, y, z, a, b, c, d] = *at;
        BodyPose {
            position: [x, y, z],
            rotation: normalised([a, b, c, d]),
        }
    }
}
