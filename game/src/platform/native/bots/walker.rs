//! A bot's body: the real rules on a plane that follows the ground's height, and a mind of three thoughts:
//! go there, stand a while, wave.

use super::ground::BotGround;
use crate::body::rules::{BodyState, FlatGround, HEAD_TURN, Moves, STEP_HZ, Wish, step, wrap};
use crate::gesture::{NO_GESTURE, WAVE, WAVE_DURATION};
use bevy::math::{Vec2, Vec3};
use holm_net::pose::{Gait, Pose};
use std::time::Duration;

/// How far from the spawn point bots stray, metres: a crowd on a square, not one in a lift.
const HOME_METRES: f32 = 14.0;

/// One step of the rules. Three make the time between two poses.
const STEP: Duration = Duration::from_nanos((1e9 / STEP_HZ) as u64);

pub(super) struct Walker {
    random: u64,
    body: BodyState,
    slot: u16,
    placed: bool,
    target: Vec2,
    until: Duration,
    walking: bool,
    run: bool,
    jump: bool,
    look: f32,
    pitch: f32,
    wave_until: Duration,
    stepped_to: Duration,
}

impl Walker {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            body: BodyState::default(),
            slot: 0,
            placed: false,
            target: Vec2::ZERO,
            until: Duration::ZERO,
            walking: false,
            run: false,
            jump: false,
            look: 0.0,
            pitch: 0.0,
            wave_until: Duration::ZERO,
            stepped_to: Duration::ZERO,
        }
    }

    pub(super) fn appear(&mut self, slot: u16) {
        self.slot = slot;
        self.placed = false;
    }

    /// xorshift64*: the same walk for the same bot number, every time.
    fn unit(&mut self) -> f32 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Walks up to `now`; `quiet` only stands.
    pub(super) fn step(&mut self, now: Duration, ground: &BotGround, quiet: bool) {
        let home = Vec2::new(ground.spawn.x, ground.spawn.z);
        if !self.placed {
            self.placed = true;
            let angle = f32::from(self.slot) * 2.399_963; // the golden angle spreads any number evenly
            let ring = HOME_METRES * (self.unit() * 0.95 + 0.05).sqrt();
            let at = Vec3::new(
                home.x + angle.cos() * ring,
                ground.spawn.y + 0.5,
                home.y + angle.sin() * ring,
            );
            self.body = BodyState::standing(Vec3::new(at.x, ground.height(at), at.z), angle);
            self.stepped_to = now;
        }
        if now >= self.until && !quiet {
            self.decide(now, home);
        }
        let way = self.target - Vec2::new(self.body.position.x, self.body.position.z);
        let arrived = way.length() < 0.4;
        let walk = if self.walking && !arrived {
            way.normalize_or_zero()
        } else {
            Vec2::ZERO
        };
        let plane = FlatGround {
            height: ground.height(self.body.position),
        };
        let wish = Wish {
            walk,
            run: self.run,
            jump: self.jump,
            look_yaw: self.look,
            ..Wish::default()
        };
        // A bot that was not served for a while walks on; it does not jump to where it would be.
        self.stepped_to = self.stepped_to.max(now.saturating_sub(STEP * 8));
        while self.stepped_to + STEP <= now {
            step(
                &mut self.body,
                &wish,
                &Moves::default(),
                &plane,
                STEP.as_secs_f32(),
            );
            self.stepped_to += STEP;
            self.jump = false;
        }
    }

    fn decide(&mut self, now: Duration, home: Vec2) {
        self.walking = self.unit() < 0.75;
        self.run = self.unit() < 0.2;
        self.jump = self.unit() < 0.1;
        let angle = self.unit() * core::f32::consts::TAU;
        self.target = home + Vec2::from_angle(angle) * HOME_METRES * self.unit().sqrt();
        self.look = wrap(self.look + (self.unit() - 0.5) * 3.0);
        self.pitch = (self.unit() - 0.5) * 0.8;
        if self.unit() < 0.15 {
            self.wave_until = now + WAVE_DURATION;
        }
        self.until = now + Duration::from_secs_f32(1.0 + self.unit() * 4.0);
    }

    pub(super) fn pose(&self) -> Pose {
        let speed = self.body.ground_speed();
        Pose {
            position: self.body.position.to_array(),
            yaw: self.body.yaw,
            head_yaw: wrap(self.look - self.body.yaw).clamp(-HEAD_TURN, HEAD_TURN),
            pitch: self.pitch,
            gait: if !self.body.grounded {
                Gait::Air
            } else if speed > 4.0 {
                Gait::Run
            } else {
                Gait::Ground
            },
            gesture: if self.wave_until > self.stepped_to {
                WAVE
            } else {
                NO_GESTURE
            },
        }
    }
}
