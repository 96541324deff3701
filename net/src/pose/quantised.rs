//! A pose in the whole numbers that cross the wire.
//!
//! Invariant: everything a [`Quantised`] can hold is a valid pose, and both ends compute on these
//! integers only, so that predictions agree to the last bit on every machine.

use super::entry::{self, Pace};
use super::{Gait, MAX_GESTURE, MAX_SLOTS, Pose};
use crate::stream::{Channels, Streamed};
use crate::wire::{BitReader, BitWriter, WireError};
use core::f32::consts::{FRAC_PI_2, PI, TAU};

/// Steps a metre: 1.95 mm each, what an `f32` can still tell apart at the edge of the range.
pub const STEPS_PER_METRE: f32 = 512.0;

/// Positions lie in −`POSITION_LIMIT`..`POSITION_LIMIT` steps (±32,768 m): 25 bits with the sign.
pub(super) const POSITION_LIMIT: i32 = 1 << 24;

const _: () = assert!(<Quantised as Streamed>::SLOTS == MAX_SLOTS);

/// Steps in a full turn of the body: 10 bits, 0.35° each.
pub(super) const YAW_STEPS: u16 = 1 << 10;

/// Head angles lie in −`HEAD_LIMIT`..=`HEAD_LIMIT` steps over ±90°: 7 bits, 1.43° each.
pub(super) const HEAD_LIMIT: i8 = 63;

/// A [`Pose`] in steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantised {
    /// Steps of 1/512 m, each in −[`POSITION_LIMIT`]..[`POSITION_LIMIT`].
    pub(super) position: [i32; 3],
    /// 0..[`YAW_STEPS`].
    pub(super) yaw: u16,
    /// −[`HEAD_LIMIT`]..=[`HEAD_LIMIT`].
    pub(super) head_yaw: i8,
    pub(super) pitch: i8,
    pub(super) gait: Gait,
    /// 0..=[`MAX_GESTURE`].
    pub(super) gesture: u8,
}

impl Quantised {
    /// The same without a gesture.
    pub(crate) fn without_gesture(self) -> Self {
        Self { gesture: 0, ..self }
    }

    /// The nearest pose in steps; positions and head angles outside their range are moved to its edge.
    /// `None` if any number is not finite: such a pose is nowhere.
    #[must_use]
    pub fn new(pose: &Pose) -> Option<Self> {
        let numbers = [pose.yaw, pose.head_yaw, pose.pitch];
        if !pose.position.iter().chain(&numbers).all(|n| n.is_finite()) {
            return None;
        }
        // `as` saturates, so a number far outside ends at the edge like one just outside.
        let metres =
            |m: f32| ((m * STEPS_PER_METRE).round() as i32).clamp(-POSITION_LIMIT, POSITION_LIMIT - 1);
        let head = |a: f32| {
            let limit = f32::from(HEAD_LIMIT);
            (a * (limit / FRAC_PI_2)).round().clamp(-limit, limit) as i8
        };
        let turn = (pose.yaw / TAU).rem_euclid(1.0) * f32::from(YAW_STEPS);
        Some(Self {
            position: pose.position.map(metres),
            yaw: turn.round() as u16 % YAW_STEPS,
            head_yaw: head(pose.head_yaw),
            pitch: head(pose.pitch),
            gait: pose.gait,
            gesture: if pose.gesture <= MAX_GESTURE {
                pose.gesture
            } else {
                0
            },
        })
    }

    /// In the game's terms; yaw within −π..π.
    #[must_use]
    pub fn pose(&self) -> Pose {
        let head = |a: i8| f32::from(a) * (FRAC_PI_2 / f32::from(HEAD_LIMIT));
        let yaw = f32::from(self.yaw) * (TAU / f32::from(YAW_STEPS));
        Pose {
            position: self.metres(),
            yaw: if yaw > PI { yaw - TAU } else { yaw },
            head_yaw: head(self.head_yaw),
            pitch: head(self.pitch),
            gait: self.gait,
            gesture: self.gesture,
        }
    }

    /// Position in metres.
    #[must_use]
    pub fn metres(&self) -> [f32; 3] {
        self.position.map(|p| p as f32 / STEPS_PER_METRE)
    }
}

impl Streamed for Quantised {
    type Shown = Pose;
    type Pace = Pace;

    const SLOT_BITS: u32 = 9;
    const MAX_ENTRY_BITS: usize = entry::MAX_ENTRY_BITS;
    const JUMP_METRES: f32 = 3.0;

    fn new(shown: &Pose) -> Option<Self> {
        Self::new(shown)
    }

    fn shown(&self) -> Pose {
        self.pose()
    }

    fn is_within_range(&self) -> bool {
        let inside = |p: &i32| (-POSITION_LIMIT..POSITION_LIMIT).contains(p);
        self.position.iter().all(inside)
    }

    fn metres(&self) -> [f32; 3] {
        self.metres()
    }

    fn pace(&self, to: &Self, ticks: i32) -> Pace {
        entry::pace(self, to, ticks)
    }

    fn predicted(&self, pace: &Pace, ticks: i32) -> Self {
        entry::predicted(self, pace, ticks)
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

    /// Position, yaw (unwrapped), head yaw, pitch.
    fn channels(pose: &Pose) -> Channels {
        let [x, y, z] = pose.position;
        [x, y, z, pose.yaw, pose.head_yaw, pose.pitch, 0.0]
    }

    fn beside(mut at: Channels, beside: &Channels) -> Channels {
        at[3] = beside[3] + wrapped(at[3] - beside[3]);
        at
    }

    fn from_channels(at: &Channels, like: &Pose) -> Pose {
        let head = |a: f32| a.clamp(-FRAC_PI_2, FRAC_PI_2);
        let [x, y, z, yaw, head_yaw, pitch, _] = *at;
        Pose {
            position: [x, y, z],
            yaw: wrapped(yaw),
            head_yaw: head(head_yaw),
            pitch: head(pitch),
            ..*like
        }
    }
}

/// An angle within −π..π.
fn wrapped(angle: f32) -> f32 {
    if (-PI..=PI).contains(&angle) {
        angle
    } else {
        (angle + PI).rem_euclid(TAU) - PI
    }
}

/// The way from one yaw to another, the short way round: −512..512 steps.
pub(super) fn yaw_difference(to: u16, from: u16) -> i32 {
    let half = i32::from(YAW_STEPS) / 2;
    (i32::from(to) - i32::from(from) + half).rem_euclid(i32::from(YAW_STEPS)) - half
}

/// `yaw` turned by any number of steps.
pub(super) fn yaw_turned(yaw: u16, by: i32) -> u16 {
    (i32::from(yaw) + by).rem_euclid(i32::from(YAW_STEPS)) as u16
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pose_comes_back_within_half_a_step(
            position in proptest::array::uniform3(-32_767.0f32..32_767.0),
            yaw in -20.0f32..20.0, head_yaw in -1.57f32..1.57, pitch in -1.57f32..1.57, gesture in 0..=MAX_GESTURE, gait in 0..Gait::ALL.len(),
        ) {
            let gait = Gait::ALL[gait];
            let pose = Pose { position, yaw, head_yaw, pitch, gait, gesture };
            let back = Quantised::new(&pose).unwrap().pose();
            for (back, there) in back.position.iter().zip(position) {
                prop_assert!((back - there).abs() <= 0.5 / STEPS_PER_METRE + 1e-9);
            }
            let turned = (back.yaw - yaw + PI).rem_euclid(TAU) - PI;
            prop_assert!(turned.abs() <= 0.5 * TAU / f32::from(YAW_STEPS) + 1e-4);
            prop_assert!((back.head_yaw - head_yaw).abs() <= 0.5 * FRAC_PI_2 / 63.0 + 1e-5);
            prop_assert!((back.pitch - pitch).abs() <= 0.5 * FRAC_PI_2 / 63.0 + 1e-5);
            prop_assert_eq!((back.gait, back.gesture), (gait, gesture));
        }

        #[test]
        fn no_number_leaves_the_range(position in proptest::array::uniform3(any::<f32>()), yaw: f32, pitch: f32) {
            let pose = Pose { position, yaw, pitch, ..Pose::default() };
            if let Some(q) = Quantised::new(&pose) {
                prop_assert!(q.position.iter().all(|p| (-POSITION_LIMIT..POSITION_LIMIT).contains(p)));
                prop_assert!(q.yaw < YAW_STEPS && q.pitch.abs() <= HEAD_LIMIT);
                prop_assert_eq!(Quantised::new(&q.pose()).unwrap(), q);
            }
        }

        #[test]
        fn yaw_takes_the_short_way(from in 0..YAW_STEPS, to in 0..YAW_STEPS) {
            let by = yaw_difference(to, from);
            prop_assert!((-512..512).contains(&by));
            prop_assert_eq!(yaw_turned(from, by), to);
        }
    }

    #[test]
    fn a_gesture_that_has_no_number_on_the_wire_is_none() {
        let with = |gesture| {
            let pose = Pose {
                gesture,
                ..Pose::default()
            };
            Quantised::new(&pose).unwrap().pose().gesture
        };
        assert_eq!((with(MAX_GESTURE), with(MAX_GESTURE + 1), with(255)), (127, 0, 0));
    }

    #[test]
    fn a_pose_that_is_nowhere_is_refused() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(
                Quantised::new(&Pose {
                    position: [0.0, bad, 0.0],
                    ..Pose::default()
                }),
                None
            );
            assert_eq!(
                Quantised::new(&Pose {
                    yaw: bad,
                    ..Pose::default()
                }),
                None
            );
        }
    }
}
