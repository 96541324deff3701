//! A bot's body: the real rules on a plane that follows the ground's height, and a mind of a few thoughts: go there,
//! stand a while, wave or clap or dance, sit down where a seat is free, crouch, jump for joy.
//!
//! Invariant: the same bot number thinks the same thoughts, every time.

use super::ground::{BotGround, Floor};
use crate::body::rules::{BodyState, FlatGround, HEAD_TURN, Mode, Moves, STEP_HZ, Wish, step, wrap};
use crate::gesture::{self, DANCE, NO_GESTURE, WAVE};
use crate::world::Seat;
use bevy::math::{Vec2, Vec3};
use holm_net::pose::Pose;
use std::time::Duration;

/// How far from the spawn point bots stray, metres: a crowd on a square, not one in a lift.
const HOME_METRES: f32 = 14.0;

/// Seats farther from the spawn point than this are left to those who walk there on purpose, metres.
const SEATS_METRES: f32 = 24.0;
/// Within the reach of the rules for sitting down, and before the seat is climbed like a step, metres.
const BEFORE_SEAT_METRES: f32 = 1.15;

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
    crouch: bool,
    /// On the way to this seat.
    seat: Option<usize>,
    /// Sit down or stand up in the next step.
    act: bool,
    look: f32,
    pitch: f32,
    gesture: u8,
    gesture_until: Duration,
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
            crouch: false,
            seat: None,
            act: false,
            look: 0.0,
            pitch: 0.0,
            gesture: NO_GESTURE,
            gesture_until: Duration::ZERO,
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

    /// Walks up to `now`; `quiet` only stands. `taken` says whether somebody else sits there, see [`Floor`].
    pub(super) fn step(
        &mut self,
        now: Duration,
        ground: &BotGround,
        taken: &dyn Fn(&Seat, bool) -> bool,
        quiet: bool,
    ) {
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
            self.decide(now, home, ground, taken);
        }
        let way = self.target - Vec2::new(self.body.position.x, self.body.position.z);
        let near = if self.seat.is_some() {
            BEFORE_SEAT_METRES
        } else {
            0.4
        };
        let arrived = way.length() < near;
        if arrived && self.seat.take().is_some() {
            // Somebody may have been quicker: then one stands there, and thinks of something else soon.
            (self.act, self.walking) = (true, false);
            self.until = now + Duration::from_secs_f32(10.0 + self.unit() * 25.0);
        }
        let walk = if self.walking && !arrived {
            way.normalize_or_zero()
        } else {
            Vec2::ZERO
        };
        let floor = Floor {
            flat: FlatGround {
                height: ground.height(self.body.position),
            },
            fixtures: ground.fixtures(),
            taken,
        };
        let mut wish = Wish {
            walk,
            run: self.run,
            jump: core::mem::take(&mut self.jump),
            crouch: self.crouch,
            act: core::mem::take(&mut self.act),
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
                &floor,
                STEP.as_secs_f32(),
            );
            self.stepped_to += STEP;
            (wish.jump, wish.act) = (false, false);
        }
        // What no step was due for is wished for again.
        (self.jump, self.act) = (wish.jump, wish.act);
    }

    fn decide(&mut self, now: Duration, home: Vec2, ground: &BotGround, taken: &dyn Fn(&Seat, bool) -> bool) {
        self.seat = None;
        self.crouch = false;
        self.look = wrap(self.look + (self.unit() - 0.5) * 3.0);
        self.pitch = (self.unit() - 0.5) * 0.8;
        if matches!(self.body.mode, Mode::Sit(_)) {
            // Most stay a little longer, and clap or laugh with those around them.
            if self.unit() < 0.6 {
                self.walking = false;
                self.express(now);
                self.until = now + Duration::from_secs_f32(4.0 + self.unit() * 8.0);
                return;
            }
            self.act = true;
        }
        self.walking = self.unit() < 0.7;
        self.run = self.unit() < 0.2;
        self.jump = self.unit() < 0.1;
        let angle = self.unit() * core::f32::consts::TAU;
        self.target = home + Vec2::from_angle(angle) * HOME_METRES * self.unit().sqrt();
        self.until = now + Duration::from_secs_f32(1.0 + self.unit() * 4.0);
        if self.unit() < 0.12
            && let Some(number) = self.free_seat(home, ground, taken)
        {
            let at = ground.fixtures().seats[number].position();
            self.target = Vec2::new(at.x, at.z);
            (self.seat, self.walking) = (Some(number), true);
            // Long enough for the farthest; whoever has not arrived by then has changed their mind.
            self.until = now + Duration::from_secs(25);
            return;
        }
        if self.walking {
            self.crouch = self.unit() < 0.05;
        } else {
            self.crouch = self.unit() < 0.1;
            if !self.crouch {
                self.express(now);
            }
        }
        if self.unit() < 0.12 {
            self.gesture = WAVE;
            self.gesture_until = now + gesture::WAVE_DURATION;
        }
    }

    /// A gesture now and then, each as long as a person's.
    fn express(&mut self, now: Duration) {
        if self.unit() < 0.5 {
            return;
        }
        let all = gesture::ALL;
        self.gesture = all[((self.unit() * all.len() as f32) as usize).min(all.len() - 1)];
        let sits = matches!(self.body.mode, Mode::Sit(_));
        if sits && self.gesture == DANCE {
            self.gesture = gesture::CLAP;
        }
        let lasts = gesture::duration(self.gesture).unwrap_or_else(|| {
            // Who dances does so for a while, on the spot.
            self.walking = false;
            self.until = now + Duration::from_secs_f32(6.0 + self.unit() * 8.0);
            self.until - now
        });
        self.gesture_until = now + lasts;
    }

    fn free_seat(
        &mut self,
        home: Vec2,
        ground: &BotGround,
        taken: &dyn Fn(&Seat, bool) -> bool,
    ) -> Option<usize> {
        let seats = &ground.fixtures().seats;
        let begin = (self.unit() * seats.len() as f32) as usize;
        (0..seats.len())
            .map(|n| (begin + n) % seats.len())
            .find(|number| {
                let seat = &seats[*number];
                let at = seat.position();
                Vec2::new(at.x, at.z).distance(home) < SEATS_METRES
                    // Bots walk on the ground: no balconies.
                    && (at.y - self.body.position.y).abs() < 1.5
                    && !taken(seat, false)
            })
    }

    pub(super) fn pose(&self) -> Pose {
        Pose {
            position: self.body.position.to_array(),
            yaw: self.body.yaw,
            head_yaw: wrap(self.look - self.body.yaw).clamp(-HEAD_TURN, HEAD_TURN),
            pitch: self.pitch,
            gait: self.body.gait(&Moves::default()),
            gesture: if self.gesture_until > self.stepped_to {
                self.gesture
            } else {
                NO_GESTURE
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_net::pose::Gait;
    use std::collections::BTreeSet;

    #[test]
    fn bots_do_what_people_do_and_nobody_sits_where_somebody_sits() {
        let seat = |x: f32, z: f32| Seat {
            surface: Vec3::new(x, 0.45, z),
            yaw: 0.0,
        };
        let ground = BotGround::flat(0.0).with_seats(vec![seat(4.0, 2.0), seat(-5.0, 6.0), seat(300.0, 0.0)]);
        let mut gaits = BTreeSet::new();
        let mut gestures = BTreeSet::new();
        let mut sat = [false; 3];
        let mut bots: Vec<Walker> = (1..=6).map(Walker::new).collect();
        for (slot, bot) in (0..).zip(&mut bots) {
            bot.appear(slot);
        }
        // Ten minutes.
        for tick in 1..=24_000u32 {
            let now = Duration::from_millis(25) * tick;
            for at in 0..bots.len() {
                let others: Vec<Pose> = (0..bots.len())
                    .filter(|other| *other != at)
                    .map(|other| bots[other].pose())
                    .collect();
                let taken = |seat: &Seat, mine: bool| {
                    !mine
                        && others.iter().any(|pose| {
                            pose.gait == Gait::Sit
                                && Vec3::from_array(pose.position).distance(seat.position()) < 0.9
                        })
                };
                bots[at].step(now, &ground, &taken, false);
                let pose = bots[at].pose();
                assert!(Vec3::from_array(pose.position).is_finite());
                gaits.insert(format!("{:?}", pose.gait));
                gestures.insert(pose.gesture);
            }
            for (number, sat) in sat.iter_mut().enumerate() {
                let here = bots
                    .iter()
                    .filter(|bot| bot.body.mode == Mode::Sit(number))
                    .count();
                assert!(here <= 1, "{here} in seat {number}");
                *sat |= here == 1;
            }
        }
        assert_eq!(sat, [true, true, false], "the far one is left alone");
        for gait in ["Ground", "Run", "Air", "Crouch", "Sit"] {
            assert!(gaits.contains(gait), "nobody was ever {gait} of {gaits:?}");
        }
        assert!(gesture::ALL.iter().all(|gesture| gestures.contains(gesture)));
    }
}
