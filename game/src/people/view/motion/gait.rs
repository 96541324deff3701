//! Ways to be somewhere: standing and walking on the ground, and where there is none under the feet.

use super::*;

/// How much of a stride's time each foot stands: below a half, both are off the ground in between.
fn standing_part(speed: f32) -> f32 {
    0.60 - 0.10 * smooth(0.4, 1.8, speed) - 0.19 * smooth(2.2, 5.0, speed)
}

/// Metres from one foot's print to the other's. Short legs take small steps, speed makes them longer.
fn step_metres(speed: f32, legs: f32) -> f32 {
    0.33 * legs.powf(0.7) + 0.125 * speed.clamp(0.0, 9.0)
}

/// For legs of this length against the islander's.
pub(crate) fn strides_per_metre(speed: f32, legs: f32) -> f32 {
    0.5 / step_metres(speed, legs)
}

impl Mover {
    pub(super) fn on_ground(&self) -> Held {
        let mut held = Held::default();
        let speed = self.speed();
        let run = smooth(2.4, 4.4, speed);
        let going = smooth(0.06, 0.45, speed);
        let crouch = self.crouched;
        let direction = Vec3::new(self.velocity.x, 0.0, self.velocity.z).normalize_or(Vec3::NEG_Z);
        let ahead = -direction.z;
        let stands = standing_part(speed);
        // While it stands, a foot goes back as fast as the body goes on: by this much to either side of the middle.
        let reach = stands * step_metres(speed, self.legs) / self.legs * going;
        let on_spot = smooth(0.5, 2.2, self.turning.abs()) * (1.0 - going);
        let lift = (0.055 + 0.05 * run) * going * (1.0 - 0.4 * crouch) + 0.05 * on_spot;
        for side in 0..2 {
            let phase = (self.stride + 0.5 * side as f32).fract();
            let foot = &mut held.feet[side];
            let (along, up, pitch) = if phase < stands {
                let part = phase / stands;
                // Down on the heel, off with the toes.
                let pitch =
                    0.35 * (1.0 - part * 5.0).max(0.0) - 0.75 * ((part - 0.72) / 0.28).max(0.0).powi(2);
                (1.0 - 2.0 * part, 0.0, pitch * (1.0 - 0.6 * run))
            } else {
                let part = (phase - stands) / (1.0 - stands);
                let pitch = -0.75 * (1.0 - part * 1.6).max(0.0) + 0.35 * smooth(0.6, 1.0, part);
                // A running foot comes up behind.
                let up = (part * core::f32::consts::PI).sin() * (1.0 + 1.6 * run * (1.0 - part));
                (2.0 * smooth(0.0, 1.0, part) - 1.0, up, pitch)
            };
            foot.at += direction * (along * reach);
            foot.at.x *= 1.0 - 0.35 * run;
            foot.at.y += up * lift;
            foot.pitch = pitch * going * ahead.clamp(-0.3, 1.0);
            foot.out *= 1.0 - 0.7 * going;
            if foot.pitch < 0.0 && phase < stands {
                // Up on the toes: the ankle rises with the heel.
                foot.at.y += -foot.pitch * 0.05;
            }
        }
        let swing = (self.stride * TAU).cos() * going;
        let twice = (self.stride * 2.0 * TAU).cos();
        let breath = (self.secs * 1.75 + self.own).sin();
        let rest = 1.0 - going;
        // Weight goes slowly from one leg to the other.
        let weight = (self.secs * 0.42 + self.own * 2.0).sin();
        let weight = weight.signum() * smooth(0.1, 0.9, weight.abs()) * rest * (1.0 - crouch);

        let step_drop =
            (LEG_METRES - (LEG_METRES * LEG_METRES - (reach * 0.8).powi(2)).max(0.01).sqrt()) * 0.75;
        // Deepest where both feet stand apart when walking; in the air there when running.
        held.hips.y -= step_drop * (0.75 + 0.35 * twice) * (1.0 - run);
        held.hips.y += run * (0.022 * (0.2 - twice) - 0.03);
        held.hips.y += on_spot * 0.008 * twice;
        held.hips.x += weight * 0.026 + swing * -0.012 * (1.0 - run);
        held.hips.y -= weight.abs() * 0.004 + crouch * 0.165;
        held.hips.y -= self.give.clamp(-0.03, 0.22);
        held.hips.z += crouch * 0.05;

        let forward = (-self.velocity.z).clamp(-3.0, 8.0) / 7.0;
        let bank = (self.turning * speed * 0.022).clamp(-0.28, 0.28);
        *held.at(Hips) = Vec3::new(
            -0.10 * forward - 0.20 * crouch,
            swing * 0.12 * ahead,
            bank * 0.5 + weight * -0.035 + swing * 0.03,
        );
        *held.at(Spine) = Vec3::new(
            -0.13 * forward - 0.18 * crouch - self.give.max(0.0) * 1.2,
            swing * -0.13 * ahead,
            bank * 0.35 + weight * 0.05 - swing * 0.02,
        );
        *held.at(Chest) = Vec3::new(
            0.012 * breath * rest - 0.02 - 0.10 * crouch,
            swing * -0.16 * ahead + 0.10 * self.turning.clamp(-2.0, 2.0) * 0.5,
            weight * 0.02,
        );
        *held.at(Neck) = Vec3::new(-0.01 * breath * rest, 0.0, 0.0);
        *held.at(Head) = Vec3::new(0.02 * (twice - 0.5) * going, 0.0, weight * 0.04 + bank * -0.3);
        for side in 0..2 {
            // With the leg of the other side.
            let with = if side == 0 { -swing } else { swing };
            let sway = (self.secs * 1.1 + self.own + side as f32).sin() * 0.03 * rest;
            let arms = 0.50 * going + 0.35 * run;
            let out = 1.29 - 0.10 * run - 0.30 * crouch - 0.5 * self.give.max(0.0) + 0.015 * breath * rest;
            let bent = 0.24 + 0.20 * going + 1.15 * run + 0.55 * crouch;
            let push = 0.25 * with.max(0.0);
            held.arm(
                side,
                with * arms * ahead.abs().max(0.4) + sway + 0.25 * crouch,
                out,
                bent + push * going,
            );
            held.at(LOWER_ARMS[side]).z = SIDES[side] * 0.10 * (1.0 - run);
            held.at(SHOULDERS[side]).z = SIDES[side] * (0.015 * breath * rest + 0.03 * run);
            *held.at(HANDS[side]) = Vec3::new(0.0, SIDES[side] * 0.10, -SIDES[side] * 0.06);
        }
        held
    }

    pub(super) fn in_air(&self) -> Held {
        let mut held = Held::default();
        // Up: gathered, one knee ahead; down: open, arms up like a child's.
        let falls = smooth(1.2, -3.5, self.velocity.y);
        let far = smooth(-6.0, -14.0, self.velocity.y);
        let paddle = (self.secs * 9.0).sin();
        held.planted = 0.0;
        *held.at(Hips) = Vec3::new(-0.10 + 0.06 * falls, 0.0, 0.0);
        *held.at(Spine) = Vec3::new(-0.10 + 0.16 * falls, 0.0, 0.0);
        held.hips.y = 0.0;
        for side in 0..2 {
            let first = side == 0;
            let swing = if first { 0.85 } else { -0.25 };
            let calm = if first { 0.42 } else { 0.10 };
            let bent = if first { 1.15 } else { 0.55 };
            let turn = if first { paddle } else { -paddle };
            held.leg(
                side,
                swing + (calm - swing) * falls + 0.35 * turn * far,
                bent + (0.45 - bent) * falls,
                -0.45 + 0.3 * falls,
            );
            held.arm(
                side,
                0.15 + 0.25 * falls + 0.4 * turn * far,
                0.75 - 1.05 * falls - 0.25 * far,
                0.65 - 0.3 * falls,
            );
        }
        held
    }

    pub(super) fn on_seat(&self) -> Held {
        let mut held = Held::default();
        let breath = (self.secs * 1.6 + self.own).sin();
        held.planted = 0.0;
        // The seat is below the thighs, the bone in the middle of the hips.
        held.hips = Vec3::new(0.0, holm_net::pose::SEAT_METRES + 0.125 - HIPS_METRES, 0.03);
        *held.at(Hips) = Vec3::new(0.06, 0.0, 0.0);
        *held.at(Spine) = Vec3::new(-0.09, 0.0, 0.02 * (self.secs * 0.3 + self.own).sin());
        *held.at(Chest) = Vec3::new(-0.03 + 0.012 * breath, 0.0, 0.0);
        for side in 0..2 {
            // Short legs do not reach the ground from a chair, and what hangs swings.
            let swing = (self.secs * 2.1 + self.own + 2.2 * side as f32).sin() * 0.16;
            let swing = swing * smooth(-0.2, 0.4, (self.secs * 0.23 + self.own).sin());
            held.leg(side, 1.42, 1.22 - swing, 0.05);
            held.at(UPPER_LEGS[side]).z = SIDES[side] * 0.10;
            held.arm(side, 0.52, 1.20, 0.72);
            held.at(LOWER_ARMS[side]).z = -SIDES[side] * 0.25;
        }
        held
    }

    pub(super) fn on_ladder(&self) -> Held {
        let mut held = Held {
            planted: 0.0,
            hips: Vec3::new(0.0, 0.03, 0.06),
            ..Held::default()
        };
        let swing = (self.stride * TAU).sin();
        *held.at(Hips) = Vec3::new(-0.05, 0.0, 0.05 * swing);
        *held.at(Chest) = Vec3::new(0.08, 0.08 * swing, 0.0);
        for side in 0..2 {
            let up = if side == 0 { swing } else { -swing };
            // Upper arms ahead and up, hands at the rungs.
            held.arm(side, 1.75 + 0.40 * up, 1.35, 0.75 - 0.45 * up);
            held.leg(side, 0.75 - 0.50 * up, 1.15 - 0.60 * up, 0.15);
        }
        held
    }

    pub(super) fn in_water(&self) -> Held {
        let mut held = Held::default();
        let speed = self.velocity.length();
        let prone = smooth(0.35, 1.1, speed);
        held.planted = 0.0;
        let bob = (self.secs * 1.9 + self.own).sin();
        let t = self.secs * 2.6 + self.own;
        // Treading water, upright: arms scull, legs go round.
        *held.at(Hips) = Vec3::new(-0.12, 0.05 * (t * 0.5).sin(), 0.0);
        held.hips = Vec3::new(0.0, 0.02 * bob, 0.0);
        for side in 0..2 {
            let turn = t + core::f32::consts::PI * side as f32;
            held.arm(
                side,
                0.75 + 0.16 * t.cos(),
                0.62 + 0.20 * t.sin(),
                0.55 + 0.2 * (t + 0.8).cos(),
            );
            held.leg(side, 0.55 + 0.35 * turn.sin(), 0.95 + 0.45 * turn.cos(), -0.5);
        }
        if prone <= 0.0 {
            return held;
        }
        // A breast stroke: reach, pull aside, gather, while the legs kick after the pull.
        let mut swim = held;
        let phase = self.stride.fract();
        let pull = smooth(0.10, 0.42, phase) - smooth(0.55, 0.85, phase);
        let gather = smooth(0.40, 0.58, phase) - smooth(0.62, 0.88, phase);
        let draw = smooth(0.42, 0.62, phase) - smooth(0.66, 0.80, phase);
        // The eyes stay where they are above the water: the hips come up and back.
        swim.hips = Vec3::new(0.0, 0.52 + 0.03 * pull, 0.52);
        *swim.at(Hips) = Vec3::new(-1.20 + 0.12 * pull, 0.0, 0.0);
        *swim.at(Spine) = Vec3::new(0.16 * pull + 0.08, 0.0, 0.0);
        *swim.at(Chest) = Vec3::new(0.10, 0.0, 0.0);
        for side in 0..2 {
            let out = SIDES[side];
            // Beside the ears (raised), then out, then folded below the chin.
            *swim.at(UPPER_ARMS[side]) = Vec3::new(
                0.15 + 0.35 * pull,
                out * 0.65 * gather,
                -out * (-1.40 + 1.05 * pull + 0.75 * gather),
            );
            *swim.at(LOWER_ARMS[side]) = Vec3::new(0.0, out * (0.1 + 0.35 * pull + 1.2 * gather), 0.0);
            swim.leg(side, 0.05 + 0.95 * draw, 0.15 + 1.55 * draw, -0.7 + 0.9 * draw);
            swim.at(UPPER_LEGS[side]).z = out * (0.08 + 0.50 * draw);
        }
        held.mix(&swim, prone)
    }
}
