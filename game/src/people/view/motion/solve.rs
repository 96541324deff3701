//! From how somebody is held to the rotation of every bone: feet to their places, hips as low as that takes.
//!
//! Two bones and a knee that points ahead have one answer, found with the law of cosines.

use super::*;

/// Where the bones of a body are in T-pose, in its own space (feet at the origin, −z ahead), metres.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Skeleton {
    pub(crate) rest: [Vec3; LIMBS],
    /// Against the islander's.
    pub(crate) scale: f32,
}

impl Skeleton {
    pub(crate) fn new(rest: [Vec3; LIMBS]) -> Self {
        let hips = rest[Hips as usize].y;
        let scale = if hips.is_finite() {
            (hips / HIPS_METRES).clamp(0.2, 4.0)
        } else {
            1.0
        };
        Self { rest, scale }
    }

    fn at(&self, limb: Limb) -> Vec3 {
        self.rest[limb as usize]
    }

    /// Hip to ankle.
    fn leg(&self, side: usize) -> (f32, f32) {
        let [hip, knee, ankle] = [UPPER_LEGS, LOWER_LEGS, FEET].map(|limbs| self.at(limbs[side]));
        (hip.distance(knee).max(0.02), knee.distance(ankle).max(0.02))
    }
}

/// What to write into the bones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Solved {
    /// Each against its parent bone, from the T-pose, about the axes of the body.
    pub(crate) turns: [Quat; LIMBS],
    /// Where the hips are, in the body's space, metres.
    pub(crate) hips: Vec3,
}

/// `ground` is how high the ground is below each foot, against the place of the body; metres.
pub(crate) fn solve(held: &Held, skeleton: &Skeleton, ground: [f32; 2]) -> Solved {
    let mut turns = [Quat::IDENTITY; LIMBS];
    for (limb, turn) in turns.iter_mut().enumerate() {
        let euler = held.turns[limb];
        *turn = Quat::from_euler(EulerRot::YXZ, euler.y, euler.x, euler.z);
    }
    let scale = skeleton.scale;
    let mut hips = skeleton.at(Hips) + held.hips * scale;
    if held.planted <= 0.01 {
        return Solved { turns, hips };
    }
    let facing = turns[Hips as usize];
    let ankles: [Vec3; 2] = core::array::from_fn(|side| {
        let foot = &held.feet[side];
        let rest = skeleton.at(FEET[side]);
        let mut at = foot.at * scale;
        at.x += rest.x - SIDES[side] * STANCE_METRES * scale;
        at.z += rest.z;
        at.y += rest.y + ground[side];
        at
    });
    // As low as the leg that reaches least far down asks for, but no squat.
    let mut lower: f32 = 0.0;
    for (side, ankle) in ankles.iter().enumerate() {
        let hip = hips + facing * (skeleton.at(UPPER_LEGS[side]) - skeleton.at(Hips));
        let (thigh, shin) = skeleton.leg(side);
        let reach = (thigh + shin) * 0.995;
        let aside = Vec2::new(ankle.x - hip.x, ankle.z - hip.z)
            .length()
            .min(reach * 0.98);
        let highest = ankle.y + (reach * reach - aside * aside).sqrt();
        lower = lower.max(hip.y - highest);
    }
    hips.y -= lower.clamp(0.0, 0.28 * scale) * held.planted;
    for (side, ankle) in ankles.iter().enumerate() {
        let hip = hips + facing * (skeleton.at(UPPER_LEGS[side]) - skeleton.at(Hips));
        let (thigh, shin) = skeleton.leg(side);
        let way = *ankle - hip;
        let length = way
            .length()
            .clamp((thigh - shin).abs() + 0.01, (thigh + shin) * 0.999);
        let down = way.normalize_or(Vec3::NEG_Y);
        // Knees go where the body faces, a little outwards.
        let aim = facing * Vec3::new(SIDES[side] * 0.12, 0.0, -1.0);
        let aim = (aim - down * aim.dot(down)).normalize_or(Vec3::NEG_Z);
        let cos = ((thigh * thigh + length * length - shin * shin) / (2.0 * thigh * length)).clamp(-1.0, 1.0);
        let sin = (1.0 - cos * cos).max(0.0).sqrt();
        let knee = hip + (down * cos + aim * sin) * thigh;
        let end = hip + down * length;
        let rest_knee = skeleton.at(LOWER_LEGS[side]);
        let thigh_turn = swing(
            rest_knee - skeleton.at(UPPER_LEGS[side]),
            Vec3::NEG_Z,
            knee - hip,
            aim * cos - down * sin,
        );
        let shin_down = (end - knee).normalize_or(down);
        let shin_aim = (aim - shin_down * aim.dot(shin_down)).normalize_or(aim);
        let shin_turn = swing(
            skeleton.at(FEET[side]) - rest_knee,
            Vec3::NEG_Z,
            end - knee,
            shin_aim,
        );
        let foot = &held.feet[side];
        let (yaw, _, _) = facing.to_euler(EulerRot::YXZ);
        let foot_turn =
            Quat::from_rotation_y(yaw * 0.5 - SIDES[side] * foot.out) * Quat::from_rotation_x(foot.pitch);
        let local = [
            (UPPER_LEGS[side], facing.inverse() * thigh_turn),
            (LOWER_LEGS[side], thigh_turn.inverse() * shin_turn),
            (FEET[side], shin_turn.inverse() * foot_turn),
        ];
        for (limb, turn) in local {
            let loose = turns[limb as usize];
            turns[limb as usize] = loose.slerp(turn, held.planted.clamp(0.0, 1.0));
        }
    }
    Solved { turns, hips }
}

/// The rotation that takes one direction to another and keeps what was ahead as far ahead as can be.
fn swing(from: Vec3, from_ahead: Vec3, to: Vec3, to_ahead: Vec3) -> Quat {
    let frame = |along: Vec3, ahead: Vec3| {
        let y = -along.normalize_or(Vec3::NEG_Y);
        let z = (ahead - y * ahead.dot(y)).normalize_or(y.any_orthonormal_vector()) * -1.0;
        let x = y.cross(z);
        Quat::from_mat3(&bevy::math::Mat3::from_cols(x, y, z))
    };
    frame(to, to_ahead) * frame(from, from_ahead).inverse()
}

impl Solved {
    /// Where each bone is in the body's space.
    #[cfg(test)]
    pub(crate) fn places(&self, skeleton: &Skeleton) -> [Vec3; LIMBS] {
        let mut turns = [Quat::IDENTITY; LIMBS];
        let mut places = [Vec3::ZERO; LIMBS];
        for limb in 0..LIMBS {
            let Some(parent) = parent(limb) else {
                turns[limb] = self.turns[limb];
                places[limb] = self.hips;
                continue;
            };
            places[limb] = places[parent] + turns[parent] * (skeleton.rest[limb] - skeleton.rest[parent]);
            turns[limb] = turns[parent] * self.turns[limb];
        }
        places
    }
}

/// The bone a bone grows from.
pub(crate) const fn parent(limb: usize) -> Option<usize> {
    match limb {
        0 => None,
        // The shoulders and the first bones of the legs.
        5 | 9 => Some(Chest as usize),
        13 | 16 => Some(Hips as usize),
        other => Some(other - 1),
    }
}
