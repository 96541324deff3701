//! How a person moves: from where they are and what they do to how every bone is turned. Pure; the same for the
//! default family and for any humanoid avatar.
//!
//! Flow: each frame somebody is near enough, [`Mover::advance`] takes what is [`Seen`] of them → [`Mover::held`] mixes
//! the ways to be (`gait`: stand, walk, run, crouch, fall, swim, climb, sit; `emote` over them) → `solve` turns feet
//! that have a place on the ground into legs.
//! Invariants: whatever a peer sends, every angle is finite and no joint turns further than a body does; while a foot
//! stands, it stays where it is on the ground (the test walks with a ruler).

mod emote;
mod gait;
mod solve;

use crate::gesture;
use bevy::math::{EulerRot, Quat, Vec2, Vec3};
use core::f32::consts::TAU;
use holm_net::pose::Gait;

pub(crate) use gait::strides_per_metre;
pub(crate) use solve::{Skeleton, Solved, parent, solve};

/// The bones that move, parents first. Fingers and toes rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Limb {
    Hips,
    Spine,
    Chest,
    Neck,
    Head,
    LeftShoulder,
    LeftUpperArm,
    LeftLowerArm,
    LeftHand,
    RightShoulder,
    RightUpperArm,
    RightLowerArm,
    RightHand,
    LeftUpperLeg,
    LeftLowerLeg,
    LeftFoot,
    RightUpperLeg,
    RightLowerLeg,
    RightFoot,
}

/// How many bones move.
pub(crate) const LIMBS: usize = 19;

use Limb::*;

/// The same bone of the left (0) and right (1) side.
const SHOULDERS: [Limb; 2] = [LeftShoulder, RightShoulder];
const UPPER_ARMS: [Limb; 2] = [LeftUpperArm, RightUpperArm];
const LOWER_ARMS: [Limb; 2] = [LeftLowerArm, RightLowerArm];
const HANDS: [Limb; 2] = [LeftHand, RightHand];
const UPPER_LEGS: [Limb; 2] = [LeftUpperLeg, RightUpperLeg];
const LOWER_LEGS: [Limb; 2] = [LeftLowerLeg, RightLowerLeg];
const FEET: [Limb; 2] = [LeftFoot, RightFoot];
/// Which way is outward, in x.
const SIDES: [f32; 2] = [-1.0, 1.0];

/// Proportions that the motions were made for: the islander's. Other bodies scale them.
pub(crate) const HIPS_METRES: f32 = 0.62;
/// Hip to ankle.
const LEG_METRES: f32 = 0.50;
/// Middle to foot.
const STANCE_METRES: f32 = 0.098;

/// How somebody is held at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Held {
    /// Each bone against its parent, from the T-pose, about the axes of the body (x right, y up, −z ahead): turned
    /// by z, then x, then y, radians.
    pub(crate) turns: [Vec3; LIMBS],
    /// Of the hips from their place at rest, metres of an islander.
    pub(crate) hips: Vec3,
    pub(crate) feet: [Foot; 2],
    /// 0: legs as `turns` say; 1: feet where `feet` says.
    pub(crate) planted: f32,
    /// Of the eyes against the head, radians: x about y (left positive), y up.
    pub(crate) eyes: Vec2,
    /// 0 open, 1 shut.
    pub(crate) blink: f32,
    /// 0 a quiet smile, 1 laughing.
    pub(crate) mouth: f32,
    /// 0 shut, 1 as wide as somebody speaks.
    pub(crate) talk: f32,
}

/// Where a foot is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Foot {
    /// The sole below the ankle, from the body's place on the ground, metres of an islander.
    pub(crate) at: Vec3,
    /// Toes up is positive, radians.
    pub(crate) pitch: f32,
    /// Toes out is positive, radians.
    pub(crate) out: f32,
}

impl Default for Held {
    /// Arms hanging, feet side by side.
    fn default() -> Self {
        let mut held = Self {
            turns: [Vec3::ZERO; LIMBS],
            hips: Vec3::new(0.0, -0.012, 0.0),
            feet: SIDES.map(|side| Foot {
                at: Vec3::new(side * STANCE_METRES, 0.0, 0.0),
                pitch: 0.0,
                out: 0.14,
            }),
            planted: 1.0,
            eyes: Vec2::ZERO,
            blink: 0.0,
            mouth: 0.0,
            talk: 0.0,
        };
        for side in 0..2 {
            held.arm(side, 0.0, 1.27, 0.22);
        }
        held
    }
}

impl Held {
    fn at(&mut self, limb: Limb) -> &mut Vec3 {
        &mut self.turns[limb as usize]
    }

    /// An arm: swung ahead, lowered from straight out (π/2 hangs, negative is up), and bent at the elbow.
    fn arm(&mut self, side: usize, ahead: f32, lowered: f32, bent: f32) {
        *self.at(UPPER_ARMS[side]) = Vec3::new(ahead, 0.0, -SIDES[side] * lowered);
        *self.at(LOWER_ARMS[side]) = Vec3::new(0.0, SIDES[side] * bent, 0.0);
    }

    /// A leg that stands on nothing: swung ahead, bent at the knee, toes up.
    fn leg(&mut self, side: usize, ahead: f32, bent: f32, toes: f32) {
        *self.at(UPPER_LEGS[side]) = Vec3::new(ahead, 0.0, SIDES[side] * 0.06);
        *self.at(LOWER_LEGS[side]) = Vec3::new(-bent, 0.0, 0.0);
        *self.at(FEET[side]) = Vec3::new(toes, 0.0, 0.0);
    }

    fn mix(&self, other: &Self, part: f32) -> Self {
        if part <= 0.0 {
            return *self;
        }
        let mut mixed = *self;
        for (mine, theirs) in mixed.turns.iter_mut().zip(&other.turns) {
            *mine = mine.lerp(*theirs, part);
        }
        mixed.hips = self.hips.lerp(other.hips, part);
        for (mine, theirs) in mixed.feet.iter_mut().zip(&other.feet) {
            mine.at = mine.at.lerp(theirs.at, part);
            mine.pitch += (theirs.pitch - mine.pitch) * part;
            mine.out += (theirs.out - mine.out) * part;
        }
        mixed.planted += (other.planted - mixed.planted) * part;
        mixed.mouth += (other.mouth - mixed.mouth) * part;
        mixed
    }
}

/// What is seen of somebody in a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) position: Vec3,
    pub(crate) yaw: f32,
    pub(crate) head_yaw: f32,
    pub(crate) pitch: f32,
    pub(crate) gait: Gait,
    pub(crate) gesture: u8,
    /// How loud they speak, 0 to 1.
    pub(crate) talk: f32,
}

/// How loud a level of voice is to be seen: from the softest word to a raised voice. A frame of a pause is not quite
/// silent.
pub(crate) fn talk(level: u8) -> f32 {
    const SOFTEST: f32 = 3.0;
    const RAISED: f32 = 12.0;
    ((f32::from(level) - SOFTEST) / (RAISED - SOFTEST)).clamp(0.0, 1.0)
}

/// A mouth opens within two frames of a voice and shuts in three: slower, it would chew; quicker, tremble.
const OPENS_RATE: f32 = 28.0;
const SHUTS_RATE: f32 = 16.0;
/// Whoever speaks lifts their head a little with each word, radians: that is seen of those, too, who have no mouth.
const TALKING_LIFTS: f32 = 0.035;

/// What of a body's past shows in how it moves. Everything here is smooth in time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mover {
    last: Option<Seen>,
    /// Metres a second, in the body's own directions.
    velocity: Vec3,
    /// Radians a second, left positive.
    turning: f32,
    /// Strides (two steps each); the fraction is where in the stride one is.
    stride: f32,
    /// How far one is in each way to be, sum 1 with standing and walking as the rest.
    crouched: f32,
    aloft: f32,
    swimming: f32,
    climbing: f32,
    seated: f32,
    /// How deep the knees still give after landing, and how fast that changes.
    give: f32,
    give_rate: f32,
    /// The look that the head has reached, and where it is to go.
    head: Vec2,
    look: Vec2,
    /// What the arms do, how long, how far it is there, and what fades out.
    emote: u8,
    emote_secs: f32,
    emote_there: f32,
    faded: u8,
    faded_secs: f32,
    faded_there: f32,
    talk: f32,
    secs: f32,
    /// Legs against the islander's: longer ones take longer steps.
    legs: f32,
    /// So that a crowd does not breathe as one.
    own: f32,
}

/// A jump of this far in a frame is a new place, metres.
const TELEPORT_METRES: f32 = 3.0;

fn toward(value: &mut f32, target: f32, rate: f32, step: f32) {
    *value += (target - *value) * (1.0 - (-rate * step).exp());
}

impl Mover {
    /// `own` is any number that tells people apart, `legs` how long theirs are against the islander's.
    pub(crate) fn new(own: f32, legs: f32) -> Self {
        Self {
            own,
            legs: legs.clamp(0.3, 3.0),
            secs: own * 7.0,
            ..Self::default()
        }
    }

    pub(crate) fn set_legs(&mut self, legs: f32) {
        self.legs = legs.clamp(0.3, 3.0);
    }

    /// Metres a second along the ground.
    pub(crate) fn speed(&self) -> f32 {
        Vec2::new(self.velocity.x, self.velocity.z).length()
    }

    /// Strides taken, below 1,000: at whole ones the left foot comes down, between them the right.
    pub(crate) fn stride(&self) -> f32 {
        self.stride
    }

    /// Which quarter of a stride one is in, and how far.
    pub(crate) fn quarter(&self) -> u8 {
        (self.stride.fract() * 4.0) as u8 % 4
    }

    pub(crate) fn in_quarter(&self) -> f32 {
        (self.stride.fract() * 4.0).fract()
    }

    /// Counts time for what is shown in steps.
    pub(crate) fn beat(&self) -> u8 {
        ((self.emote_secs * 3.5) as u32 % 240) as u8
    }

    /// Time passes, `step` seconds of it. Nonsense in `seen` was stopped at customs; here it only must not spread.
    pub(crate) fn advance(&mut self, seen: &Seen, step: f32) {
        let step = if step.is_finite() {
            step.clamp(1e-4, 0.25)
        } else {
            1e-3
        };
        self.secs = (self.secs + step) % 10_000.0;
        let last = self.last.unwrap_or(*seen);
        self.last = Some(*seen);
        let way = seen.position - last.position;
        let way = if way.is_finite() && way.length() < TELEPORT_METRES {
            way
        } else {
            Vec3::ZERO
        };
        let own_way = Quat::from_rotation_y(-seen.yaw) * (way / step);
        let own_way = if own_way.is_finite() { own_way } else { Vec3::ZERO };
        let eased = 1.0 - (-14.0 * step).exp();
        self.velocity += (own_way.clamp_length_max(14.0) - self.velocity) * eased;
        let turned = (seen.yaw - last.yaw + core::f32::consts::PI).rem_euclid(TAU) - core::f32::consts::PI;
        let turned = if turned.is_finite() { turned } else { 0.0 };
        toward(&mut self.turning, (turned / step).clamp(-9.0, 9.0), 10.0, step);

        let is = |gait: Gait| if seen.gait == gait { 1.0 } else { 0.0 };
        toward(&mut self.crouched, is(Gait::Crouch), 9.0, step);
        toward(&mut self.swimming, is(Gait::Swim), 5.0, step);
        toward(&mut self.climbing, is(Gait::Climb), 9.0, step);
        toward(&mut self.seated, is(Gait::Sit), 7.0, step);
        if last.gait == Gait::Air && matches!(seen.gait, Gait::Ground | Gait::Run | Gait::Crouch) {
            self.give_rate += (-self.velocity.y).clamp(1.5, 9.0) * 0.55;
        }
        toward(
            &mut self.aloft,
            is(Gait::Air),
            if is(Gait::Air) > 0.0 { 14.0 } else { 18.0 },
            step,
        );
        // A spring at 3 Hz, nearly without swinging back; in small steps, so that a slow frame does not throw it.
        for _ in 0..8 {
            let dt = step / 8.0;
            self.give_rate += (-self.give * 340.0 - self.give_rate * 26.0) * dt;
            self.give += self.give_rate * dt;
        }

        let speed = self.speed();
        self.stride += gait::strides_per_metre(speed, self.legs) * speed * step;
        // Turning on the spot is done in small steps, about four to a quarter turn.
        let spot = 1.0 - (speed / 0.6).min(1.0);
        self.stride += self.turning.abs() * 0.42 * spot * step;
        if self.climbing > 0.5 {
            self.stride += self.velocity.y.clamp(-4.0, 4.0) / 0.62 * step;
        }
        if self.swimming > 0.5 {
            self.stride += 0.42 * step;
        }
        self.stride = self.stride.rem_euclid(1000.0);

        let look = Vec2::new(seen.head_yaw, seen.pitch);
        self.look = if look.is_finite() {
            look.clamp(Vec2::splat(-1.4), Vec2::splat(1.4))
        } else {
            Vec2::ZERO
        };
        let reach = 1.0 - (-11.0 * step).exp();
        self.head += (self.look - self.head) * reach;

        let talk = if seen.talk.is_finite() {
            seen.talk.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let rate = if talk > self.talk { OPENS_RATE } else { SHUTS_RATE };
        toward(&mut self.talk, talk, rate, step);

        let gesture = if seen.gesture <= gesture::LAST {
            seen.gesture
        } else {
            gesture::NO_GESTURE
        };
        if gesture != self.emote {
            (self.faded, self.faded_secs, self.faded_there) = (self.emote, self.emote_secs, self.emote_there);
            (self.emote, self.emote_secs, self.emote_there) = (gesture, 0.0, 0.0);
        }
        self.emote_secs += step;
        self.faded_secs += step;
        toward(
            &mut self.emote_there,
            if gesture == gesture::NO_GESTURE { 0.0 } else { 1.0 },
            9.0,
            step,
        );
        toward(&mut self.faded_there, 0.0, 8.0, step);
    }

    /// How they are held now.
    pub(crate) fn held(&self) -> Held {
        let mut held = self.on_ground();
        if self.aloft > 0.01 {
            held = held.mix(&self.in_air(), self.aloft);
        }
        if self.seated > 0.01 {
            held = held.mix(&self.on_seat(), self.seated);
        }
        if self.climbing > 0.01 {
            held = held.mix(&self.on_ladder(), self.climbing);
        }
        if self.swimming > 0.01 {
            held = held.mix(&self.in_water(), self.swimming);
        }
        // Arms that hold a rung or swim do not wave.
        let free = 1.0 - self.climbing.max(self.swimming);
        if self.faded_there > 0.01 {
            emote::lay_over(
                &mut held,
                self.faded,
                self.faded_secs,
                self.faded_there * free,
                self,
            );
        }
        if self.emote_there > 0.01 {
            emote::lay_over(
                &mut held,
                self.emote,
                self.emote_secs,
                self.emote_there * free,
                self,
            );
        }
        self.look_with(&mut held);
        held.talk = self.talk;
        held.at(Head).x += self.talk * TALKING_LIFTS;
        held
    }

    /// Head and eyes go where one looks, whatever the trunk does: chest and neck give a part, the eyes are first.
    fn look_with(&self, held: &mut Held) {
        let trunk: Vec3 = [Hips, Spine, Chest]
            .iter()
            .map(|limb| held.turns[*limb as usize])
            .sum();
        let yaw = self.head.x.clamp(-1.35, 1.35) - trunk.y * 0.9;
        let pitch = self.head.y.clamp(-0.95, 0.95) * 0.85 - trunk.x * 0.9;
        // Prone, the neck cannot make up for all of it.
        let (yaw, pitch) = (yaw.clamp(-1.5, 1.5), pitch.clamp(-1.0, 1.25));
        held.at(Chest).y += yaw * 0.14;
        held.at(Neck).y += yaw * 0.30;
        held.at(Head).y += yaw * 0.56;
        held.at(Neck).x += pitch * 0.35;
        held.at(Head).x += pitch * 0.65;
        held.at(Head).z -= trunk.z * 0.6;
        let ahead = self.look - self.head;
        // Eyes are never quite still.
        let t = self.secs * 0.63 + self.own * 3.0;
        let wander = Vec2::new(noise(t, 1.7), noise(t, 5.1) * 0.5) * 0.10;
        held.eyes = (ahead * 0.6 + wander).clamp(Vec2::splat(-0.22), Vec2::splat(0.22));
        let beat = self.secs * 0.27 + self.own;
        // Not on the beat: every fourth second or so, now and then twice.
        let into = (beat.fract() + 0.3 * hash(beat.floor() + self.own)) % 1.0;
        let shut = |at: f32| (1.0 - ((into - at) / 0.022).abs()).max(0.0);
        let twice = if hash(beat.floor() + 9.0) > 0.7 {
            shut(0.17)
        } else {
            0.0
        };
        held.blink = (shut(0.1).max(twice) * 1.6).min(1.0);
    }
}

/// 0..1 from a number.
fn hash(x: f32) -> f32 {
    ((x * 12.9898).sin() * 43_758.547).fract().abs()
}

/// Steps from one random value to another and rests there: −1..1.
fn noise(t: f32, seed: f32) -> f32 {
    let (from, to) = (hash(t.floor() + seed), hash(t.floor() + 1.0 + seed));
    let part = ((t.fract() - 0.8) / 0.2).clamp(0.0, 1.0);
    (from + (to - from) * part) * 2.0 - 1.0
}

fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
