//! The newest sample of everything that moves, at one place: what a sender reads from.
//!
//! Flow: a host puts in what each guest sent ([`Crowd::put`]) and its own; every [`super::Sender`] reads it. A guest's
//! crowd has one avatar, its own, in slot 0.
//! Invariant: all arrays are indexed by slot and as long as the highest slot ever used, so that a pass
//! over everyone for one receiver touches memory in order and hashes nothing.

use super::entry::AGE_RANGE;
use super::{Slot, Streamed};

/// A sample's tick as its owner counts, mapped to our own ticks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// Ours less theirs, once the first sample is there.
    offset: Option<u16>,
    /// Sum and count of ages since the offset was last checked.
    ages: i32,
    count: i32,
}

/// A clock that says more than this, ticks, has jumped, or its samples are of another time.
const JUMP: i16 = 64;

/// Samples between two looks at a clock's drift: about ten seconds of walking.
const DRIFT_SAMPLES: i32 = 200;

impl Clock {
    /// Their tick in ours, and whether their clock jumped.
    pub(crate) fn map(&mut self, sampled: u16, now: u16) -> (u16, bool) {
        let mut offset = self.offset.unwrap_or_else(|| now.wrapping_sub(sampled));
        let mut age = now.wrapping_sub(sampled.wrapping_add(offset)) as i16;
        let jumped = !(-JUMP..=JUMP).contains(&age);
        if jumped {
            // Their clock jumped, or they slept: count anew from here.
            offset = now.wrapping_sub(sampled);
            age = 0;
            *self = Self::default();
        }
        self.offset = Some(offset);
        self.ages += i32::from(age);
        self.count += 1;
        if self.count >= DRIFT_SAMPLES {
            // Two quartz clocks part by a tick in a quarter of an hour or more: follow one tick at a
            // time, and well before ages leave what an entry can say.
            let mean = self.ages / self.count;
            if mean > i32::from(*AGE_RANGE.end()) / 2 {
                offset = offset.wrapping_add(1);
            } else if mean < i32::from(*AGE_RANGE.start()) / 2 {
                offset = offset.wrapping_sub(1);
            }
            *self = Self {
                offset: Some(offset),
                ..Self::default()
            };
        }
        (sampled.wrapping_add(offset), jumped)
    }

    /// The same of a clock of ours that stands while a frame takes too long and does not catch up: it is counted anew when it
    /// has fallen behind by more than a sample can say, for what it says then would be older than what is here already.
    pub(crate) fn follow(&mut self, sampled: u16, now: u16) -> u16 {
        let (tick, _) = self.map(sampled, now);
        if now.wrapping_sub(tick) as i16 <= *AGE_RANGE.end() {
            return tick;
        }
        *self = Self::default();
        self.map(sampled, now).0
    }
}

/// Who is told, as far as it says what they are told of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    /// Distances are from here, metres; without it everything is near.
    pub eye: Option<[f32; 3]>,
    /// They know this one best themselves.
    pub except: Option<Slot>,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Crowd<V> {
    pub(super) present: Vec<bool>,
    /// Goes up with each sample of a slot; never 0 for one that is present.
    pub(super) serial: Vec<u32>,
    /// How many others had this slot before; its lowest bit is on the wire.
    pub(crate) generation: Vec<u32>,
    pub(super) value: Vec<V>,
    pub(super) tick: Vec<u16>,
    /// Metres, for distances.
    pub(super) x: Vec<f32>,
    pub(super) y: Vec<f32>,
    pub(super) z: Vec<f32>,
    clock: Vec<Clock>,
    count: usize,
}

impl<V: Streamed> Crowd<V> {
    /// Nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How somebody who is in it looks at it: from where they are, and not at themselves. `None` sees all alike.
    #[must_use]
    pub fn view(&self, viewer: Option<Slot>) -> View {
        let at = viewer.map(|slot| usize::from(slot.0));
        let at = at.filter(|at| *at < self.len() && self.present[*at]);
        View {
            eye: at.map(|at| [self.x[at], self.y[at], self.z[at]]),
            except: viewer,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Lowest bit of how many had this slot before who has it now or next: what [`super::Sample::generation`] will be.
    #[must_use]
    pub fn generation(&self, slot: Slot) -> bool {
        let generation = self.generation.get(usize::from(slot.0));
        generation.is_some_and(|generation| generation & 1 == 1)
    }

    /// Slots from 0 that have to be looked at.
    pub(super) fn len(&self) -> usize {
        self.present.len()
    }

    /// The newest sample of one. `sampled` is its owner's tick count, as it came with the sample;
    /// `now` is ours. False, and nothing is kept, when the slot is not below [`Streamed::SLOTS`] or the sample
    /// is older than the one that is here.
    pub fn put(&mut self, slot: Slot, value: V, sampled: u16, now: u16) -> bool {
        let at = usize::from(slot.0);
        if !self.make_room(at) {
            return false;
        }

        let (tick, jumped) = self.clock[at].map(sampled, now);
        self.set(at, value, tick, jumped)
    }

    /// Whether there is a place for this slot.
    fn make_room(&mut self, at: usize) -> bool {
        if at >= V::SLOTS {
            return false;
        }
        if at >= self.len() {
            let len = at + 1;
            self.present.resize(len, false);
            self.serial.resize(len, 0);
            self.generation.resize(len, 0);
            self.value.resize(len, V::default());
            self.tick.resize(len, 0);
            self.x.resize(len, 0.0);
            self.y.resize(len, 0.0);
            self.z.resize(len, 0.0);
            self.clock.resize(len, Clock::default());
        }
        true
    }

    /// As [`Self::put`], of what is sampled in our own ticks.
    pub fn put_at(&mut self, slot: Slot, value: V, tick: u16) -> bool {
        let at = usize::from(slot.0);
        if !self.make_room(at) {
            return false;
        }
        self.set(at, value, tick, false)
    }

    /// What one's own tick count `sampled` is in ours, as its samples so far say, when it is `now` here. Whoever says that it is
    /// later gets no farther than a sample can say: nothing else would be newer for minutes.
    pub(crate) fn in_our_ticks(&self, slot: Slot, sampled: u16, now: u16) -> Option<u16> {
        let clock = self.clock.get(usize::from(slot.0))?;
        let age = now.wrapping_sub(sampled.wrapping_add(clock.offset?)) as i16;
        let age = age.max(*AGE_RANGE.start());
        (age <= JUMP).then(|| now.wrapping_sub(age as u16))
    }

    fn set(&mut self, at: usize, value: V, tick: u16, jumped: bool) -> bool {
        if self.present[at] && !jumped && tick.wrapping_sub(self.tick[at]) as i16 <= 0 {
            return false;
        }
        self.count += usize::from(!self.present[at]);
        self.present[at] = true;
        self.serial[at] = self.serial[at].wrapping_add(1).max(1);
        self.value[at] = value;
        self.tick[at] = tick;
        [self.x[at], self.y[at], self.z[at]] = value.metres();
        true
    }

    /// It is gone; what has the slot next is another one.
    pub fn remove(&mut self, slot: Slot) {
        let at = usize::from(slot.0);
        if at < self.len() && self.present[at] {
            self.present[at] = false;
            self.count -= 1;
            self.generation[at] = self.generation[at].wrapping_add(1);
            self.clock[at] = Clock::default();
        }
    }

    /// The newest sample of one.
    #[must_use]
    pub fn latest(&self, slot: Slot) -> Option<V> {
        let at = usize::from(slot.0);
        (at < self.len() && self.present[at]).then(|| self.value[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_says_that_it_is_later_is_believed_a_little() {
        let mut crowd = Crowd::<crate::pose::Quantised>::new();
        let slot = Slot(3);
        assert_eq!(crowd.in_our_ticks(slot, 7, 100), None);
        crowd.put(slot, crate::pose::Quantised::default(), 1_000, 100);
        let ours = |sampled: u16| crowd.in_our_ticks(slot, sampled, 110);
        assert_eq!(ours(1_008), Some(108));
        assert_eq!(ours(1_012), Some(112));
        for late in [1_015, 1_500, 31_000] {
            assert_eq!(ours(late), Some(114), "{late}");
        }
        assert_eq!(ours(900), None, "of another time");
    }

    #[test]
    fn a_clock_that_stood_still_says_nothing_older_than_can_be_said() {
        let mut clock = Clock::default();
        assert_eq!(clock.follow(40, 1_000), 1_000);
        assert_eq!(clock.follow(50, 1_012), 1_010);
        // It stood for two seconds.
        assert_eq!(clock.follow(51, 1_051), 1_051);
        assert_eq!(clock.follow(52, 1_052), 1_052);
    }
}
