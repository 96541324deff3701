//! Where to draw something now, from samples that come late, doubled, or not at all.
//!
//! Flow: [`Timeline::push`] takes samples as they arrive and learns how long they take;
//! [`Timeline::shown`] gives the pose a little in the past, between two samples that are there.
//! The delay is what nine of ten arrivals of the last two seconds needed. It never jumps: it runs up to
//! 5 % fast or slow until it is right. Where a sample is missing it moves on for at most 150 ms,
//! slowing down, and what the next sample corrects is faded in over as long or, when it is much, longer.
//! Invariant: what is shown is continuous, except when it really jumped
//! ([`Streamed::JUMP_METRES`] between two samples) or was gone for over a second.

use super::receiver::Sample;
use super::{Channels, Slot, Streamed, TICK_HZ, jumped};
use core::time::Duration;
use std::collections::VecDeque;

/// One tick, seconds.
const TICK: f64 = 1.0 / TICK_HZ as f64;
/// Samples kept: more than a second of the fastest stream.
const MAX_SAMPLES: usize = 24;
/// How far back arrivals say something about the next one, seconds.
const WINDOW: f64 = 2.0;
/// Arrivals looked at: three seconds' worth at full rate.
const MAX_ARRIVALS: usize = 64;
/// Share of arrivals that are in time. The rest is bridged by [`EXTRAPOLATE`]; waiting for them all would
/// delay everything by the worst.
const IN_TIME: f64 = 0.9;
/// How much faster or slower than time the shown time may run.
const SLEW: f64 = 0.05;
/// The same in the first second, when nobody has seen this avatar's rhythm yet.
const FIRST_SLEW: f64 = 0.25;
/// Off by more than this is another rhythm altogether (a pause, a sleep): start anew, seconds.
const RESTART: f64 = 1.0;
/// How long an avatar moves on without news, seconds.
const EXTRAPOLATE: f64 = 0.15;
/// How long a correction takes, seconds; and more for each metre, so that after a burst of loss nobody is
/// seen to dash: at most about 3 m/s faster than they went.
const CORRECT: f64 = 0.15;
const CORRECT_PER_METRE: f64 = 0.4;
const CORRECT_MAX: f64 = 0.6;
/// A still avatar that was not heard of for this many ticks moved only in the last of them.
const HOLD_TICKS: i64 = 6;
const HOLD_START: i64 = 2;

#[derive(Clone, Copy, Debug)]
struct Key<S> {
    tick: i64,
    /// Beside those before it.
    at: Channels,
    /// What cannot be between two values.
    shown: S,
}

/// Figures of one timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TimelineStats {
    /// What the timeline adds to the fastest arrival of the last two seconds, seconds.
    pub added: f64,
    /// Samples that came when their time was over.
    pub late: u64,
    pub samples: u64,
}

/// Of one. See the module.
#[derive(Clone, Debug)]
pub struct Timeline<V: Streamed> {
    keys: VecDeque<Key<V::Shown>>,
    generation: bool,
    /// When each of the last samples came, seconds, and what delay it would have needed: our time less
    /// its own, plus the way to the sample before it.
    arrivals: VecDeque<(f64, f64)>,
    /// Our time less shown time, at `advanced`.
    delay: f64,
    target: f64,
    advanced: f64,
    started: f64,
    /// Added to what is shown since `corrected`, fading.
    correction: Channels,
    corrected: f64,
    correct_secs: f64,
    late: u64,
    samples: u64,
}

impl<V: Streamed> Default for Timeline<V> {
    fn default() -> Self {
        Self {
            keys: VecDeque::new(),
            generation: false,
            arrivals: VecDeque::new(),
            delay: 0.0,
            target: 0.0,
            advanced: 0.0,
            started: 0.0,
            correction: Channels::default(),
            corrected: 0.0,
            correct_secs: 0.0,
            late: 0,
            samples: 0,
        }
    }
}

impl<V: Streamed> Timeline<V> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A sample that arrived at `now`.
    pub fn push(&mut self, now: Duration, sample: &Sample<V>) {
        let now = now.as_secs_f64();
        let new = sample.value.shown();
        self.samples += 1;
        let Some(&newest) = self.keys.back() else {
            return self.start(now, sample, new);
        };
        let tick = newest.tick + i64::from(sample.tick.wrapping_sub(newest.tick as u16) as i16);
        let transit = now - tick as f64 * TICK;
        let at_now = self.delay_at(now);
        if sample.generation != self.generation || (transit - at_now).abs() > RESTART {
            return self.start(now, sample, new);
        }
        let place = self.keys.partition_point(|key| key.tick < tick);
        if self.keys.get(place).is_some_and(|key| key.tick == tick) {
            return; // twice
        }
        if transit > at_now {
            self.late += 1;
        }
        let before = self.at(now);
        let neighbour = self.keys[place.min(self.keys.len() - 1)];
        let at = V::beside(V::channels(&new), &neighbour.at);
        let gap = if place > 0 {
            tick - self.keys[place - 1].tick
        } else {
            1
        };
        if place == self.keys.len() {
            let moved = newest.at != at;
            let still = self.keys.len() < 2 || self.keys[self.keys.len() - 2].at == newest.at;
            if moved && still && gap > HOLD_TICKS {
                self.keys.push_back(Key {
                    tick: tick - HOLD_START,
                    ..newest
                });
            }
            // Where nothing moves nothing has to be waited for.
            let gap = if !moved {
                1
            } else if still {
                gap.min(HOLD_START)
            } else {
                gap
            };
            self.arrived(now, transit + gap as f64 * TICK);
            self.keys.push_back(Key { tick, at, shown: new });
        } else {
            self.arrived(now, transit + TICK);
            self.keys.insert(place, Key { tick, at, shown: new });
        }
        while self.keys.len() > MAX_SAMPLES {
            self.keys.pop_front();
        }
        self.advance_to(now);
        if jumped(&at, &newest.at, V::JUMP_METRES) {
            self.correction = Channels::default();
            return;
        }
        // Whatever the new sample changed about the present is faded in.
        let raw = self.raw(now);
        if let (Some((before, _)), Some((raw, _))) = (before, raw) {
            let before = V::beside(before, &raw);
            for (channel, correction) in self.correction.iter_mut().enumerate() {
                *correction = before[channel] - raw[channel];
            }
            self.corrected = now;
            let [x, y, z, ..] = self.correction;
            let metres = f64::from((x * x + y * y + z * z).sqrt());
            self.correct_secs = (CORRECT + CORRECT_PER_METRE * metres).min(CORRECT_MAX);
        }
    }

    fn start(&mut self, now: f64, sample: &Sample<V>, shown: V::Shown) {
        let tick = i64::from(sample.tick);
        let (late, samples) = (self.late, self.samples);
        *self = Self {
            generation: sample.generation,
            late,
            samples,
            ..Self::default()
        };
        self.keys.push_back(Key {
            tick,
            at: V::channels(&shown),
            shown,
        });
        // Until more is known: one tick to the next sample, and a little for its jitter.
        self.delay = now - tick as f64 * TICK + TICK * 1.4;
        self.target = self.delay;
        self.advanced = now;
        self.started = now;
        self.arrived(now, self.delay);
    }

    fn arrived(&mut self, now: f64, needed: f64) {
        self.arrivals.push_back((now, needed));
        while self.arrivals.len() > MAX_ARRIVALS
            || self.arrivals.len() > 8 && self.arrivals.front().is_some_and(|(at, _)| now - at > WINDOW)
        {
            self.arrivals.pop_front();
        }
        let mut sorted = [0.0; MAX_ARRIVALS];
        let sorted = &mut sorted[..self.arrivals.len()];
        for (to, (_, needed)) in sorted.iter_mut().zip(&self.arrivals) {
            *to = *needed;
        }
        let rank = ((sorted.len() as f64 * IN_TIME).ceil() as usize).clamp(1, sorted.len()) - 1;
        self.target = *sorted.select_nth_unstable_by(rank, f64::total_cmp).1;
    }

    /// Lets time pass: call it every frame or so. Without it nothing breaks, the delay only follows at
    /// the next sample.
    pub fn advance(&mut self, now: Duration) {
        self.advance_to(now.as_secs_f64());
    }

    fn advance_to(&mut self, now: f64) {
        self.delay = self.delay_at(now);
        self.advanced = self.advanced.max(now);
    }

    /// Our time less shown time at `now`.
    fn delay_at(&self, now: f64) -> f64 {
        let passed = (now - self.advanced).max(0.0);
        let slew = if now - self.started < 1.0 {
            FIRST_SLEW
        } else {
            SLEW
        };
        self.delay + (self.target - self.delay).clamp(-slew * passed, slew * passed)
    }

    /// Of whom its samples are ([`Sample::generation`]).
    #[must_use]
    pub fn generation(&self) -> bool {
        self.generation
    }

    /// Where to draw it at `now`; `None` before the first sample.
    #[must_use]
    pub fn shown(&self, now: Duration) -> Option<V::Shown> {
        let (at, like) = self.at(now.as_secs_f64())?;
        Some(V::from_channels(&at, &like))
    }

    /// With the correction.
    fn at(&self, now: f64) -> Option<(Channels, V::Shown)> {
        let (mut at, like) = self.raw(now)?;
        let left = 1.0 - ((now - self.corrected) / self.correct_secs.max(CORRECT)).clamp(0.0, 1.0) as f32;
        let left = left * left * (3.0 - 2.0 * left);
        for (value, correction) in at.iter_mut().zip(self.correction) {
            *value += correction * left;
        }
        Some((at, like))
    }

    /// From the samples alone.
    fn raw(&self, now: f64) -> Option<(Channels, V::Shown)> {
        let first = self.keys.front()?;
        let last = self.keys.back()?;
        let time = (now - self.delay_at(now)) / TICK; // in ticks from here on
        if time <= first.tick as f64 {
            return Some((first.at, first.shown));
        }
        let after = self.keys.partition_point(|key| key.tick as f64 <= time);
        if after == self.keys.len() {
            let ahead = ((time - last.tick as f64) * TICK).min(EXTRAPOLATE);
            let slowing = ((ahead - ahead * ahead / (2.0 * EXTRAPOLATE)) / TICK) as f32;
            let slope = self.slope(after - 1);
            let mut at = last.at;
            for channel in 0..at.len() {
                at[channel] += slope[channel] * slowing;
            }
            return Some((at, last.shown));
        }
        let (a, b) = (&self.keys[after - 1], &self.keys[after]);
        if jumped(&a.at, &b.at, V::JUMP_METRES) {
            return Some((a.at, a.shown)); // nobody was ever in the middle of a jump
        }
        let span = (b.tick - a.tick) as f32;
        let t = (time - a.tick as f64) as f32 / span;
        let (va, vb) = (self.slope(after - 1), self.slope(after));
        let (t2, t3) = (t * t, t * t * t);
        let mut at = Channels::default();
        for (channel, value) in at.iter_mut().enumerate() {
            *value = (2.0 * t3 - 3.0 * t2 + 1.0) * a.at[channel]
                + (t3 - 2.0 * t2 + t) * span * va[channel]
                + (3.0 * t2 - 2.0 * t3) * b.at[channel]
                + (t3 - t2) * span * vb[channel];
        }
        Some((at, a.shown))
    }

    /// Change a tick at one key: the weighted harmonic mean of both sides (Fritsch–Butland), 0 where they
    /// differ in sign, so that curves between keys never swing past them; at the ends the one side there is.
    fn slope(&self, at: usize) -> Channels {
        let side = |a: usize| {
            let (a, b) = (&self.keys[a], &self.keys[a + 1]);
            let span = (b.tick - a.tick) as f32;
            let mut slope = Channels::default();
            if !jumped(&a.at, &b.at, V::JUMP_METRES) {
                for (channel, value) in slope.iter_mut().enumerate() {
                    *value = (b.at[channel] - a.at[channel]) / span;
                }
            }
            (slope, span)
        };
        let before = at.checked_sub(1).map(side);
        let after = (at + 1 < self.keys.len()).then(|| side(at));
        match (before, after) {
            (None, None) => Channels::default(),
            (Some((slope, _)), None) | (None, Some((slope, _))) => slope,
            (Some((s0, h0)), Some((s1, h1))) => {
                let mut slope = Channels::default();
                for (channel, value) in slope.iter_mut().enumerate() {
                    let (a, b) = (s0[channel], s1[channel]);
                    if a * b > 0.0 {
                        let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
                        *value = (w0 + w1) / (w0 / a + w1 / b);
                    }
                }
                slope
            }
        }
    }

    /// How many samples came so far.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Figures.
    #[must_use]
    pub fn stats(&self) -> TimelineStats {
        let fastest = self
            .arrivals
            .iter()
            .map(|(_, needed)| needed - TICK)
            .fold(f64::INFINITY, f64::min);
        let added = if fastest.is_finite() {
            (self.delay - fastest).max(0.0)
        } else {
            0.0
        };
        TimelineStats {
            added,
            late: self.late,
            samples: self.samples,
        }
    }
}

/// The [`Timeline`] of each, by slot.
#[derive(Clone, Debug)]
pub struct Timelines<V: Streamed> {
    slots: Vec<Option<Box<Timeline<V>>>>,
}

impl<V: Streamed> Default for Timelines<V> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<V: Streamed> Timelines<V> {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A sample that arrived at `now`, for its slot.
    pub fn push(&mut self, now: Duration, sample: &Sample<V>) {
        let at = usize::from(sample.slot.0);
        if at >= V::SLOTS {
            return;
        }
        if at >= self.slots.len() {
            self.slots.resize_with(at + 1, || None);
        }
        self.slots[at].get_or_insert_default().push(now, sample);
    }

    /// Lets time pass for all.
    pub fn advance(&mut self, now: Duration) {
        for timeline in self.slots.iter_mut().flatten() {
            timeline.advance(now);
        }
    }

    /// Where to draw one at `now`; `None` before its first sample.
    #[must_use]
    pub fn shown(&self, slot: Slot, now: Duration) -> Option<V::Shown> {
        self.get(slot)?.shown(now)
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&Timeline<V>> {
        self.slots.get(usize::from(slot.0))?.as_deref()
    }

    /// It is gone, or another one has the slot.
    pub fn forget(&mut self, slot: Slot) {
        if let Some(timeline) = self.slots.get_mut(usize::from(slot.0)) {
            *timeline = None;
        }
    }

    /// Middle of what the timelines add, seconds; 0 when nothing is here.
    #[must_use]
    pub fn added(&self) -> f64 {
        let mut all: Vec<f64> = self
            .slots
            .iter()
            .flatten()
            .map(|timeline| timeline.stats().added)
            .collect();
        all.sort_unstable_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.0)
    }

    /// Samples that came when their time was over, of all.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.slots.iter().flatten().map(|timeline| timeline.late).sum()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
