//! How long a frame has to wait so that the others are in time, and how long it does wait.
//!
//! Flow: [`Delay::arrived`] for every frame → [`Delay::target`]; [`Delay::fetched`] for every one that is played →
//! [`Delay::too_long`], [`Delay::too_short`]. All times are in samples. A frame's *transit* is our time of its arrival less its own time, its
//! number times 20 ms: the two clocks have nothing in common, so only differences of transits mean anything. The
//! quickest of the last 2 s of talk is the base they are all measured from: clocks that drift and a new route are
//! followed in that time. Frames that come in bundles, two or three in a datagram, look like jitter, and are.
//!
//! A device takes a block at once, so a frame that begins within it is fetched before its time, and where in a block
//! frames begin changes with every stretch. A wait is too long only if it would be wherever they begin, and too short
//! only if it is where they do: between the two nothing is stretched to and fro.
//! Invariant: [`MIN`] ≤ target ≤ [`MAX`], whatever the times are.

use super::{FRAME, MS};

/// Arrivals that say something about the next: 2 s of talk.
const ARRIVALS: usize = 100;
/// Share of them that is in time, in hundredths. To wait for all would delay everything by the worst.
const IN_TIME: usize = 97;
/// What frames wait beyond that: 5 ms, for what the 97th did not tell.
pub(super) const MARGIN: i64 = 5 * MS;
/// No frame waits less: with the next one there, a lost one can be had from it (FEC).
const MIN: i64 = 20 * MS;
/// None has to wait longer: beyond, people talk into each other, and losing some is the lesser evil.
pub(super) const MAX: i64 = 120 * MS;
/// For somebody of whom nothing is known: bundles of 50 ms are just in time.
const START: i64 = 60 * MS;
/// A target that is too long comes down by this with every frame: 10 ms a second. It rises at once.
const FALL: i64 = MS / 5;
/// After this long without a frame the base is no good any more: clocks may have drifted by 10 ms.
const STALE: i64 = 10_000 * MS;
/// A transit that is off by this is no jitter: a clock was set, or a talker counts anew.
const LEAP: i64 = 500 * MS;
/// Played frames looked at, 0.6 s: with blocks of 1,024 samples, one in sixteen is fetched earliest.
const FETCHES: usize = 32;

/// The last `N` values.
struct Window<const N: usize> {
    values: [i64; N],
    count: usize,
    at: usize,
}

impl<const N: usize> Window<N> {
    const EMPTY: Self = Self {
        values: [0; N],
        count: 0,
        at: 0,
    };

    fn push(&mut self, value: i64) {
        self.values[self.at] = value;
        self.at = (self.at + 1) % N;
        self.count = (self.count + 1).min(N);
    }

    fn shift(&mut self, by: i64) {
        for value in &mut self.values[..self.count] {
            *value += by;
        }
    }

    fn min(&self) -> Option<i64> {
        self.values[..self.count].iter().min().copied()
    }

    /// The smallest value that `hundredths` of all do not exceed.
    fn quantile(&self, hundredths: usize) -> Option<i64> {
        let mut sorted = self.values;
        let sorted = &mut sorted[..self.count];
        let rank = (self.count * hundredths).div_ceil(100).checked_sub(1)?;
        Some(*sorted.select_nth_unstable(rank).1)
    }
}

pub(super) struct Delay {
    adapt: bool,
    /// Transits as frames arrived.
    arrivals: Window<ARRIVALS>,
    /// Transits as they were fetched, …
    fetches: Window<FETCHES>,
    /// … and as they would have been had they begun at the end of their block.
    earliest: Window<FETCHES>,
    base: i64,
    target: i64,
    /// When the last frame came.
    heard: Option<i64>,
}

impl Delay {
    pub(super) fn new(adapt: bool) -> Self {
        Self {
            adapt,
            arrivals: Window::EMPTY,
            fetches: Window::EMPTY,
            earliest: Window::EMPTY,
            base: 0,
            target: START,
            heard: None,
        }
    }

    /// Frame `number` came at `now`.
    pub(super) fn arrived(&mut self, now: i64, number: i64) {
        let transit = now - number * FRAME;
        let off = transit - self.base;
        let known = self.heard.is_some_and(|heard| {
            let like_others = (0..=self.spread().min(MAX)).contains(&off);
            like_others || now - heard < STALE && off.abs() < LEAP
        });
        if !known {
            self.arrivals.shift(off); // how much they differ is still the best guess
        }
        self.heard = Some(now);
        self.arrivals.push(transit);
        self.base = self.arrivals.min().unwrap_or(transit);
        if !self.adapt {
            return;
        }
        let wanted = (self.spread() + MARGIN).clamp(MIN, MAX);
        self.target = wanted.max(self.target - FALL);
    }

    /// How much longer than the quickest those that are just in time took.
    fn spread(&self) -> i64 {
        self.arrivals
            .quantile(IN_TIME)
            .map_or(0, |in_time| in_time - self.base)
    }

    /// A spurt of talk begins: how long the last one waited does not matter.
    pub(super) fn start(&mut self) {
        self.fetches = Window::EMPTY;
        self.earliest = Window::EMPTY;
    }

    /// Frame `number` is fetched at `now`, so many samples before the end of the block that is taken.
    pub(super) fn fetched(&mut self, now: i64, number: i64, before_end: i64) {
        let transit = now - number * FRAME;
        if self.fetches.min().is_some_and(|min| (transit - min).abs() > LEAP) {
            self.start();
        }
        self.fetches.push(transit);
        self.earliest.push(transit - before_end);
    }

    /// From here on frames are played so much later.
    pub(super) fn shift(&mut self, by: i64) {
        self.fetches.shift(by);
        self.earliest.shift(by);
    }

    /// How long a frame would have waited by `now`, had it been as quick as the quickest.
    pub(super) fn age(&self, now: i64, number: i64) -> i64 {
        now - number * FRAME - self.base
    }

    /// How long frames should wait.
    pub(super) fn target(&self) -> i64 {
        self.target
    }

    /// How long they do, at least; what they should where none was played yet.
    pub(super) fn waits(&self) -> i64 {
        self.fetches.min().map_or(self.target, |min| min - self.base)
    }

    /// How much longer they do than they should, wherever in a block they begin; less than 0 if they do not.
    pub(super) fn too_long(&self) -> i64 {
        self.earliest.min().map_or(0, |min| min - self.base - self.target)
    }

    /// How much less they do than they should; less than 0 if they do not.
    pub(super) fn too_short(&self) -> i64 {
        self.target - self.waits()
    }
}

#[cfg(test)]
mod tests;
