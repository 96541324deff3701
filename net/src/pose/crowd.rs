//! Everybody's newest sample at one place: what a sender reads from.
//!
//! Flow: a host puts in what each guest sent ([`Crowd::put`]) and its own avatar; every
//! [`super::PoseSender`] reads it. A guest's crowd has one avatar, its own, in slot 0.
//! Invariant: all arrays are indexed by slot and as long as the highest slot ever used, so that a pass
//! over everyone for one receiver touches memory in order and hashes nothing.

use super::quantised::Quantised;
use super::{MAX_SLOTS, Slot};
use crate::pose::entry::AGE_RANGE;

/// A sample's tick as its owner counts, mapped to our own ticks.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    /// Ours less theirs, once the first sample is there.
    offset: Option<u16>,
    /// Sum and count of ages since the offset was last checked.
    ages: i32,
    count: i32,
}

/// Samples between two looks at a clock's drift: about ten seconds of walking.
const DRIFT_SAMPLES: i32 = 200;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    pub(super) present: Vec<bool>,
    /// Goes up with each sample of a slot; never 0 for one that is present.
    pub(super) serial: Vec<u32>,
    /// How many people had this slot before; its lowest bit is on the wire.
    pub(super) generation: Vec<u32>,
    pub(super) pose: Vec<Quantised>,
    pub(super) tick: Vec<u16>,
    /// Metres, for distances.
    pub(super) x: Vec<f32>,
    pub(super) y: Vec<f32>,
    pub(super) z: Vec<f32>,
    clock: Vec<Clock>,
}

impl Crowd {
    /// Nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Slots from 0 that have to be looked at.
    pub(super) fn len(&self) -> usize {
        self.present.len()
    }

    /// The newest sample of somebody. `sampled` is their own tick count, as it came with the sample;
    /// `now` is ours. False, and nothing is kept, when the slot is not below [`MAX_SLOTS`] or the sample
    /// is older than the one that is here.
    pub fn put(&mut self, slot: Slot, pose: Quantised, sampled: u16, now: u16) -> bool {
        let at = usize::from(slot.0);
        if at >= MAX_SLOTS {
            return false;
        }
        if at >= self.len() {
            let len = at + 1;
            self.present.resize(len, false);
            self.serial.resize(len, 0);
            self.generation.resize(len, 0);
            self.pose.resize(len, Quantised::default());
            self.tick.resize(len, 0);
            self.x.resize(len, 0.0);
            self.y.resize(len, 0.0);
            self.z.resize(len, 0.0);
            self.clock.resize(len, Clock::default());
        }
        let clock = &mut self.clock[at];
        let mut offset = clock.offset.unwrap_or_else(|| now.wrapping_sub(sampled));
        let mut age = now.wrapping_sub(sampled.wrapping_add(offset)) as i16;
        let jumped = !(-64..=64).contains(&age);
        if jumped {
            // Their clock jumped, or they slept: count anew from here.
            offset = now.wrapping_sub(sampled);
            age = 0;
            *clock = Clock::default();
        }
        clock.offset = Some(offset);
        clock.ages += i32::from(age);
        clock.count += 1;
        if clock.count >= DRIFT_SAMPLES {
            // Two quartz clocks part by a tick in a quarter of an hour or more: follow one tick at a
            // time, and well before ages leave what an entry can say.
            let mean = clock.ages / clock.count;
            if mean > i32::from(*AGE_RANGE.end()) / 2 {
                offset = offset.wrapping_add(1);
            } else if mean < i32::from(*AGE_RANGE.start()) / 2 {
                offset = offset.wrapping_sub(1);
            }
            *clock = Clock {
                offset: Some(offset),
                ..Clock::default()
            };
        }
        let tick = sampled.wrapping_add(offset);
        if self.present[at] && !jumped && tick.wrapping_sub(self.tick[at]) as i16 <= 0 {
            return false;
        }
        self.present[at] = true;
        self.serial[at] = self.serial[at].wrapping_add(1).max(1);
        self.pose[at] = pose;
        self.tick[at] = tick;
        [self.x[at], self.y[at], self.z[at]] = pose.metres();
        true
    }

    /// Somebody is gone; whoever has the slot next is somebody else.
    pub fn remove(&mut self, slot: Slot) {
        let at = usize::from(slot.0);
        if at < self.len() && self.present[at] {
            self.present[at] = false;
            self.generation[at] = self.generation[at].wrapping_add(1);
            self.clock[at] = Clock::default();
        }
    }

    /// The newest sample of somebody.
    #[must_use]
    pub fn latest(&self, slot: Slot) -> Option<Quantised> {
        let at = usize::from(slot.0);
        (at < self.len() && self.present[at]).then(|| self.pose[at])
    }
}
