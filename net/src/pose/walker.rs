//! Somebody who walks about by keyboard and mouse, for tests, benches and bots.
//!
//! Not a straight line at constant speed: they start and stop, strafe, turn in bursts, look about, jump, and
//! the ground is not flat. The same seed walks the same way for ever.

use super::{Gait, Pose};
use crate::transport::memory::SeededRng;

/// What somebody mostly does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Stands; looks about now and then.
    Idle,
    /// Walks at 1.4–2 m/s, with pauses.
    Walking,
    /// Runs at 4–6 m/s and jumps a lot.
    Running,
}

/// How fast keyboards bring somebody to speed, m/s².
const ACCELERATION: f32 = 15.0;
const GRAVITY: f32 = 9.81;
const JUMP_SPEED: f32 = 4.2;

/// See the module.
#[derive(Clone, Debug)]
pub struct Walker {
    rng: SeededRng,
    mood: Mood,
    home: [f32; 2],
    /// They turn back when further from home than this, metres.
    range: f32,
    pose: Pose,
    velocity: [f32; 2],
    height: f32,
    rise: f32,
    /// Wished-for speed, and its direction relative to where they face.
    speed: f32,
    strafe: f32,
    turn: f32,
    look: f32,
    head_turn: f32,
    /// Seconds until they think of something else; the same for the mouse and the head.
    thinks: f32,
    mouse: f32,
    glance: f32,
    gesture_left: f32,
}

impl Walker {
    /// Somebody around `home` (x and z, metres) who stays within `range` metres of it or comes back.
    #[must_use]
    pub fn new(seed: u64, mood: Mood, home: [f32; 2], range: f32) -> Self {
        let mut rng = SeededRng::new(seed);
        rng.next_u64();
        let angle = rng.unit() as f32 * core::f32::consts::TAU;
        let out = range * (rng.unit() as f32).sqrt();
        let (x, z) = (home[0] + out * angle.sin(), home[1] + out * angle.cos());
        let yaw = (rng.unit() as f32 - 0.5) * core::f32::consts::TAU;
        let pose = Pose {
            position: [x, ground(x, z), z],
            yaw,
            ..Pose::default()
        };
        Self {
            rng,
            mood,
            home,
            range,
            pose,
            velocity: [0.0; 2],
            height: 0.0,
            rise: 0.0,
            speed: 0.0,
            strafe: 0.0,
            turn: 0.0,
            look: 0.0,
            head_turn: 0.0,
            thinks: 0.0,
            mouse: 0.0,
            glance: 0.0,
            gesture_left: 0.0,
        }
    }

    /// Where they are.
    #[must_use]
    pub fn pose(&self) -> Pose {
        self.pose
    }

    /// Lets `dt` seconds pass, at most 0.05 for a smooth walk, and gives where they are then.
    pub fn step(&mut self, dt: f32) -> Pose {
        self.thinks -= dt;
        if self.thinks <= 0.0 {
            self.think();
        }
        self.mouse -= dt;
        if self.mouse <= 0.0 {
            self.move_mouse();
        }
        self.glance -= dt;
        if self.glance <= 0.0 {
            self.glance = 0.3 + 2.5 * self.unit();
            self.head_turn = if self.chance(0.4) {
                (self.unit() - 0.5) * 2.0
            } else {
                0.0
            };
        }
        self.gesture_left -= dt;
        if self.gesture_left <= 0.0 {
            self.pose.gesture = 0;
        }

        let pose = &mut self.pose;
        pose.yaw += self.turn * dt;
        pose.pitch = (pose.pitch + self.look * dt).clamp(-1.2, 1.2);
        // The head eases towards where it looks, and back.
        pose.head_yaw += (self.head_turn - pose.head_yaw) * (dt * 6.0).min(1.0);
        if (pose.head_yaw - self.head_turn).abs() < 0.01 {
            pose.head_yaw = self.head_turn;
        }

        let way = pose.yaw + self.strafe;
        let wish = [way.sin() * self.speed, way.cos() * self.speed];
        let (dx, dz) = (wish[0] - self.velocity[0], wish[1] - self.velocity[1]);
        let apart = dx.hypot(dz);
        let change = ACCELERATION * dt * if self.height > 0.0 { 0.2 } else { 1.0 };
        if apart <= change {
            self.velocity = wish;
        } else {
            self.velocity[0] += dx / apart * change;
            self.velocity[1] += dz / apart * change;
        }
        let [x, _, z] = pose.position;
        let (x, z) = (x + self.velocity[0] * dt, z + self.velocity[1] * dt);
        if self.height > 0.0 || self.rise > 0.0 {
            self.height += self.rise * dt;
            self.rise -= GRAVITY * dt;
            if self.height <= 0.0 {
                (self.height, self.rise) = (0.0, 0.0);
            }
        }
        pose.position = [x, ground(x, z) + self.height, z];
        pose.gait = match () {
            () if self.height > 0.0 => Gait::Air,
            () if self.speed > 3.0 => Gait::Run,
            () => Gait::Ground,
        };
        *pose
    }

    fn think(&mut self) {
        self.thinks = 0.4 + 2.2 * self.unit();
        let (stop, speed, jump) = match self.mood {
            Mood::Idle => (1.0, 0.0, 0.0),
            Mood::Walking => (0.15, 1.4 + 0.6 * self.unit(), 0.1),
            Mood::Running => (0.05, 4.0 + 2.0 * self.unit(), 0.35),
        };
        self.speed = if self.chance(stop) { 0.0 } else { speed };
        self.strafe = if self.chance(0.2) {
            if self.chance(0.5) { 0.8 } else { -0.8 }
        } else {
            0.0
        };
        let jump = self.chance(jump);
        if jump && self.height == 0.0 {
            self.rise = JUMP_SPEED;
        }
        if self.chance(0.03) {
            self.pose.gesture = 1;
            self.gesture_left = 2.0;
        }
    }

    /// Mice move in bursts with rests between; somebody far from home turns back in one.
    fn move_mouse(&mut self) {
        self.mouse = 0.15 + 0.5 * self.unit();
        let turns = if self.mood == Mood::Idle { 0.1 } else { 0.5 };
        if !self.chance(turns) {
            (self.turn, self.look) = (0.0, 0.0);
            return;
        }
        self.turn = (self.unit() - 0.5) * 5.0;
        self.look = (self.unit() - 0.5) * 0.8;
        let (dx, dz) = (
            self.home[0] - self.pose.position[0],
            self.home[1] - self.pose.position[2],
        );
        if dx.hypot(dz) > self.range {
            let back = dx.atan2(dz) - self.pose.yaw;
            let back =
                (back + core::f32::consts::PI).rem_euclid(core::f32::consts::TAU) - core::f32::consts::PI;
            self.turn = back / self.mouse;
        }
    }

    fn unit(&mut self) -> f32 {
        self.rng.unit() as f32
    }

    fn chance(&mut self, share: f32) -> bool {
        self.unit() < share
    }
}

/// A rolling lawn: up to half a metre, slopes up to one in ten.
fn ground(x: f32, z: f32) -> f32 {
    0.3 * (x * 0.21).sin() + 0.2 * (z * 0.17).cos()
}
