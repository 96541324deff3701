//! One entry in a datagram: whole, or as the difference from what the reader is known to have.
//!
//! A [`State`] is a value, its tick, and a pace that both ends derive from the entry and its baseline, so that it costs
//! nothing on the wire. A difference is taken from the baseline moved on at that pace, in integers.
//! Invariant: `read` of what `write` wrote, with the same baseline, gives the same [`State`]; an entry,
//! its slot included, is never over [`Streamed::MAX_ENTRY_BITS`].
//!
//! ```text
//! slot     0 next slot | 10 g:3 (skip 1..=8) | 11 slot:9 (a body's: 12)
//! form     0 difference | 1 whole
//! whole    generation:1  age:4 (+4)  the value
//! diff     age change   0 none | 1 d:3 (−4..=−1, 1..=4)
//!          as predicted 1 (the entry ends) | 0 the difference
//! ```

use super::Streamed;
use crate::wire::{BitReader, BitWriter, WireError};

/// How old a sample may say it is, in ticks: 4 ahead of the sender's tick to 11 behind.
pub(super) const AGE_RANGE: core::ops::RangeInclusive<i16> = -4..=11;

/// A pace says nothing about later than this many ticks.
const MAX_PREDICTED_TICKS: i32 = 12;

/// Furthest apart a baseline and a sample may be, in ticks.
const MAX_APART_TICKS: i16 = 255;

/// What one end knows about one at one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State<V: Streamed> {
    pub(super) value: V,
    /// When it was sampled, in the sender's ticks.
    pub(super) tick: u16,
    /// The sender's tick less `tick`, when it was sent.
    age: i8,
    pace: V::Pace,
}

impl<V: Streamed> State<V> {
    /// A state without a past.
    fn whole(value: V, now: u16, age: i16) -> Self {
        Self {
            value,
            tick: now.wrapping_sub(age as u16),
            age: age as i8,
            pace: V::Pace::default(),
        }
    }

    fn predict(&self, ticks: i16) -> V {
        self.value
            .predicted(&self.pace, i32::from(ticks).min(MAX_PREDICTED_TICKS))
    }

    /// The state after `self` with this value, pace included.
    fn followed_by(&self, value: V, now: u16, age: i16) -> Self {
        let mut next = Self::whole(value, now, age);
        let ticks = i32::from(next.tick.wrapping_sub(self.tick) as i16);
        next.pace = if ticks <= 0 {
            self.pace
        } else {
            self.value.pace(&value, ticks)
        };
        next
    }
}

/// Writes `slot`, which is at least `next`: one more than the slot before it.
#[inline]
fn write_slot(w: &mut BitWriter, slot: u16, next: u16, slot_bits: u32) {
    match slot - next {
        0 => w.bits(0, 1),
        gap @ 1..=8 => w.bits(1 | u32::from(gap - 1) << 2, 5),
        _ => w.bits(3 | u32::from(slot) << 2, slot_bits + 2),
    }
}

fn read_slot(r: &mut BitReader<'_>, next: u16, slot_bits: u32) -> Result<u16, WireError> {
    let slot = if !r.bool()? {
        next
    } else if !r.bool()? {
        next + 1 + r.bits(3)? as u16
    } else {
        r.bits(slot_bits)? as u16
    };
    if slot < next || u32::from(slot) >= 1 << slot_bits {
        return Err(WireError::Range); // out of order or out of range
    }
    Ok(slot)
}

/// Writes one entry and gives the state its reader will have.
/// `age` is within [`AGE_RANGE`]; `next` is one more than the slot written before, or 0.
#[inline]
pub(super) fn write<V: Streamed>(
    w: &mut BitWriter,
    next: u16,
    slot: u16,
    generation: bool,
    value: &V,
    now: u16,
    age: i16,
    baseline: Option<&State<V>>,
) -> State<V> {
    debug_assert!(AGE_RANGE.contains(&age) && slot >= next && usize::from(slot) < V::SLOTS);
    write_slot(w, slot, next, V::SLOT_BITS);
    if let Some(state) = baseline.and_then(|baseline| write_difference(w, value, now, age, baseline)) {
        return state;
    }
    w.bits(
        1 | u32::from(generation) << 1 | ((age - *AGE_RANGE.start()) as u32) << 2,
        6,
    );
    value.write_whole(w);
    State::whole(*value, now, age)
}

/// `None`, with nothing written, if the difference does not fit its fields.
#[inline]
fn write_difference<V: Streamed>(
    w: &mut BitWriter,
    value: &V,
    now: u16,
    age: i16,
    baseline: &State<V>,
) -> Option<State<V>> {
    let next = baseline.followed_by(*value, now, age);
    let apart = next.tick.wrapping_sub(baseline.tick) as i16;
    let age_change = age - i16::from(baseline.age);
    if !(0..=MAX_APART_TICKS).contains(&apart) || !(-4..=4).contains(&age_change) {
        return None;
    }
    let predicted = baseline.predict(apart);
    let start = w.mark();
    match age_change {
        0 => w.bits(0, 2),
        d => w.bits(0b10 | ((if d < 0 { d + 4 } else { d + 3 }) as u32) << 2, 5),
    }
    if predicted == *value {
        w.bool(true);
        return Some(next);
    }
    w.bool(false);
    if !value.write_difference(&predicted, w) {
        w.rewind(start);
        return None;
    }
    Some(next)
}

/// One entry as read; a difference has the generation of its baseline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<V: Streamed> {
    pub(super) slot: u16,
    pub(super) generation: bool,
    pub(super) state: State<V>,
}

/// Reads one entry. `baseline` finds the state and generation that differences for a slot are from.
pub(super) fn read<'s, V: Streamed>(
    r: &mut BitReader<'_>,
    next: u16,
    now: u16,
    baseline: impl FnOnce(u16) -> Option<(&'s State<V>, bool)>,
) -> Result<Entry<V>, WireError> {
    let slot = read_slot(r, next, V::SLOT_BITS)?;
    if r.bool()? {
        let generation = r.bool()?;
        let age = r.bits(4)? as i16 + *AGE_RANGE.start();
        return Ok(Entry {
            slot,
            generation,
            state: State::whole(V::read_whole(r)?, now, age),
        });
    }
    let (baseline, generation) = baseline(slot).ok_or(WireError::Unknown)?;
    let state = read_difference(r, now, baseline)?;
    Ok(Entry {
        slot,
        generation,
        state,
    })
}

fn read_difference<V: Streamed>(
    r: &mut BitReader<'_>,
    now: u16,
    baseline: &State<V>,
) -> Result<State<V>, WireError> {
    let age_change = if r.bool()? {
        let d = r.bits(3)? as i16;
        if d < 4 { d - 4 } else { d - 3 }
    } else {
        0
    };
    let age = i16::from(baseline.age) + age_change;
    if !AGE_RANGE.contains(&age) {
        return Err(WireError::Range);
    }
    let apart = now.wrapping_sub(age as u16).wrapping_sub(baseline.tick) as i16;
    if !(0..=MAX_APART_TICKS).contains(&apart) {
        return Err(WireError::Range);
    }
    let predicted = baseline.predict(apart);
    let value = if r.bool()? {
        predicted
    } else {
        V::read_difference(&predicted, r)?
    };
    if !value.is_within_range() {
        return Err(WireError::Range);
    }
    Ok(baseline.followed_by(value, now, age))
}
