//! One avatar in a datagram: whole, or as the difference from what the reader is known to have.
//!
//! A [`State`] is a quantised pose, its tick, and a velocity that both ends derive from the entry and its
//! baseline, so that it costs nothing on the wire. A difference is taken from the baseline moved on at
//! that velocity, in integers.
//! Invariant: `read` of what `write` wrote, with the same baseline, gives the same [`State`]; an entry,
//! its slot included, is never over [`MAX_ENTRY_BITS`].
//!
//! ```text
//! slot     0 next slot | 10 g:3 (skip 1..=8) | 11 slot:9
//! form     0 difference | 1 whole
//! whole    generation:1  age:4 (+4)  0 x:21 y:19 z:21 | 1 x:25 y:25 z:25
//!          yaw:10  head yaw:7  pitch:7  gait:3  0 | 1 gesture:7
//! diff     age change   0 none | 1 d:3 (−4..=−1, 1..=4)
//!          as predicted 1 (the entry ends) | 0
//!          x and z      class:3 -> 0, 2, 3, 4, 5, 6, 8 or 10 bits each
//!          y            0 | 10 d:4 | 110 d:7 | 111 d:10
//!          yaw          0 | 10 d:4 | 110 d:6 | 111 yaw:10
//!          head         0 | 10 d:4 d:4 | 11 head yaw:7 pitch:7
//!          gait         0 | 1 gait:3 (0 | 1 gesture:7)
//! ```

use super::quantised::{HEAD_LIMIT, POSITION_LIMIT, Quantised, yaw_difference, yaw_turned};
use super::{Gait, MAX_GESTURE, MAX_SLOTS};
use crate::wire::{BitReader, BitWriter, WireError};

/// No entry is longer, whatever it holds: 16 bytes.
pub const MAX_ENTRY_BITS: usize = 128;

/// How old a sample may say it is, in ticks: 4 ahead of the sender's tick to 11 behind.
pub(super) const AGE_RANGE: core::ops::RangeInclusive<i16> = -4..=11;

/// Fraction bits of a velocity, so that rounding does not add up over a baseline's age.
const VELOCITY_BITS: u32 = 4;

/// A velocity says nothing about later than this many ticks.
const MAX_PREDICTED_TICKS: i32 = 12;

/// Furthest apart a baseline and a sample may be, in ticks.
const MAX_APART_TICKS: i16 = 255;

/// Bits for each of x and z by class, chosen on walking, turning and stopping people.
const CLASS_BITS: [u32; 8] = [0, 2, 3, 4, 5, 6, 8, 10];

const _: () = assert!(MAX_SLOTS == 1 << 9, "a slot is written in 9 bits");
const _: () = assert!(HEAD_LIMIT == 63, "a head angle is written in 7 bits");
const _: () = assert!(POSITION_LIMIT == 1 << 24, "a position is written in 25 bits");
const _: () = assert!(MAX_GESTURE == 127, "a gesture is written in 7 bits");
const _: () = assert!(Gait::ALL.len() <= 8, "a gait is written in 3 bits");

/// What one end knows about an avatar at one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) pose: Quantised,
    /// When it was sampled, in the sender's ticks.
    pub(super) tick: u16,
    /// The sender's tick less `tick`, when it was sent.
    pub(super) age: i8,
    /// Steps · 2^[`VELOCITY_BITS`] a tick.
    velocity: [i16; 3],
    /// Yaw steps · 2^[`VELOCITY_BITS`] a tick.
    yaw_velocity: i16,
}

impl State {
    /// A state without a past.
    pub(super) fn whole(pose: Quantised, now: u16, age: i16) -> Self {
        let tick = now.wrapping_sub(age as u16);
        Self {
            pose,
            tick,
            age: age as i8,
            velocity: [0; 3],
            yaw_velocity: 0,
        }
    }

    /// Where this avatar will be `ticks` later if nothing changes.
    fn predict(&self, ticks: i32) -> ([i32; 3], u16) {
        let ticks = ticks.min(MAX_PREDICTED_TICKS);
        let ahead =
            |velocity: i16| (i32::from(velocity) * ticks + (1 << (VELOCITY_BITS - 1))) >> VELOCITY_BITS;
        let mut position = self.pose.position;
        for (p, v) in position.iter_mut().zip(self.velocity) {
            *p += ahead(v);
        }
        (position, yaw_turned(self.pose.yaw, ahead(self.yaw_velocity)))
    }

    /// The state after `self` with this pose, velocities included.
    fn followed_by(&self, pose: Quantised, now: u16, age: i16) -> Self {
        let mut next = Self::whole(pose, now, age);
        let ticks = i32::from(next.tick.wrapping_sub(self.tick) as i16);
        if ticks <= 0 {
            next.velocity = self.velocity;
            next.yaw_velocity = self.yaw_velocity;
            return next;
        }
        let speed = |way: i32| {
            let speed = (way << VELOCITY_BITS) / ticks;
            speed.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
        };
        for axis in 0..3 {
            next.velocity[axis] = speed(pose.position[axis] - self.pose.position[axis]);
        }
        next.yaw_velocity = speed(yaw_difference(pose.yaw, self.pose.yaw));
        next
    }
}

/// Writes `slot`, which is at least `next`: one more than the slot before it.
#[inline]
fn write_slot(w: &mut BitWriter, slot: u16, next: u16) {
    match slot - next {
        0 => w.bits(0, 1),
        gap @ 1..=8 => w.bits(1 | u32::from(gap - 1) << 2, 5),
        _ => w.bits(3 | u32::from(slot) << 2, 11),
    }
}

fn read_slot(r: &mut BitReader<'_>, next: u16) -> Result<u16, WireError> {
    let slot = if !r.bool()? {
        next
    } else if !r.bool()? {
        next + 1 + r.bits(3)? as u16
    } else {
        r.bits(9)? as u16
    };
    if slot < next || usize::from(slot) >= MAX_SLOTS {
        return Err(WireError::Range); // out of order or out of range
    }
    Ok(slot)
}

/// Writes one entry and gives the state its reader will have.
/// `age` is within [`AGE_RANGE`]; `next` is one more than the slot written before, or 0.
#[inline]
pub(super) fn write(
    w: &mut BitWriter,
    next: u16,
    slot: u16,
    generation: bool,
    pose: &Quantised,
    now: u16,
    age: i16,
    baseline: Option<&State>,
) -> State {
    debug_assert!(AGE_RANGE.contains(&age) && slot >= next && usize::from(slot) < MAX_SLOTS);
    write_slot(w, slot, next);
    if let Some(state) = baseline.and_then(|baseline| write_difference(w, pose, now, age, baseline)) {
        return state;
    }
    write_whole(w, generation, pose, age);
    State::whole(*pose, now, age)
}

fn write_whole(w: &mut BitWriter, generation: bool, pose: &Quantised, age: i16) {
    let [x, y, z] = pose.position;
    w.bits(
        1 | u32::from(generation) << 1 | ((age - *AGE_RANGE.start()) as u32) << 2,
        6,
    );
    let fits = |value: i32, bits: u32| value >= -(1 << (bits - 1)) && value < 1 << (bits - 1);
    let near = fits(x, 21) && fits(z, 21) && fits(y, 19);
    w.bool(!near);
    let (across, up) = if near { (21, 19) } else { (25, 25) };
    w.signed(x, across);
    w.signed(y, up);
    w.signed(z, across);
    w.bits(u32::from(pose.yaw), 10);
    write_head(w, pose);
    write_gait(w, pose);
}

fn write_head(w: &mut BitWriter, pose: &Quantised) {
    w.signed(i32::from(pose.head_yaw), 7);
    w.signed(i32::from(pose.pitch), 7);
}

fn write_gait(w: &mut BitWriter, pose: &Quantised) {
    w.bits(pose.gait as u32, 3);
    if pose.gesture == 0 {
        w.bool(false);
    } else {
        w.bits(1 | u32::from(pose.gesture) << 1, 8);
    }
}

/// Bits that a signed number needs; 0 needs none.
#[inline]
fn width(value: i32) -> u32 {
    let magnitude = (value ^ (value >> 31)) as u32; // −1 → 0, −2 → 1
    if value == 0 {
        0
    } else {
        33 - magnitude.leading_zeros()
    }
}

/// `None`, with nothing written, if the difference does not fit its fields.
#[inline]
fn write_difference(
    w: &mut BitWriter,
    pose: &Quantised,
    now: u16,
    age: i16,
    baseline: &State,
) -> Option<State> {
    let next = baseline.followed_by(*pose, now, age);
    let apart = next.tick.wrapping_sub(baseline.tick) as i16;
    let age_change = age - i16::from(baseline.age);
    if !(0..=MAX_APART_TICKS).contains(&apart) || !(-4..=4).contains(&age_change) {
        return None;
    }
    let (position, yaw) = baseline.predict(i32::from(apart));
    let old = &baseline.pose;
    let dx = pose.position[0] - position[0];
    let dy = pose.position[1] - position[1];
    let dz = pose.position[2] - position[2];
    let across = width(dx).max(width(dz));
    let up = width(dy);
    if across > 10 || up > 10 {
        return None; // a teleport: whole is shorter than the longest difference would be
    }
    let turn = yaw_difference(pose.yaw, yaw);
    let same_head = (pose.head_yaw, pose.pitch) == (old.head_yaw, old.pitch);
    let same_gait = (pose.gait, pose.gesture) == (old.gait, old.gesture);

    w.bool(false);
    match age_change {
        0 => w.bool(false),
        d => w.bits(1 | ((if d < 0 { d + 4 } else { d + 3 }) as u32) << 1, 4),
    }
    if across == 0 && up == 0 && turn == 0 && same_head && same_gait {
        w.bool(true);
        return Some(next);
    }
    let class = CLASS_BITS
        .iter()
        .position(|bits| *bits >= across)
        .unwrap_or(CLASS_BITS.len() - 1);
    w.bits((class as u32) << 1, 4);
    let bits = CLASS_BITS[class];
    if bits > 0 {
        w.signed(dx, bits);
        w.signed(dz, bits);
    }
    match up {
        0 => w.bits(0, 1),
        1..=4 => signed_after(w, 0b01, 2, dy, 4),
        5..=7 => signed_after(w, 0b011, 3, dy, 7),
        _ => signed_after(w, 0b111, 3, dy, 10),
    }
    match width(turn) {
        0 => w.bits(0, 1),
        1..=4 => signed_after(w, 0b01, 2, turn, 4),
        5..=6 => signed_after(w, 0b011, 3, turn, 6),
        _ => w.bits(0b111 | u32::from(pose.yaw) << 3, 13),
    }
    if same_head {
        w.bool(false);
    } else {
        let dh = i32::from(pose.head_yaw) - i32::from(old.head_yaw);
        let dp = i32::from(pose.pitch) - i32::from(old.pitch);
        if width(dh).max(width(dp)) <= 4 {
            signed_after(w, 0b01, 2, dh, 4);
            w.signed(dp, 4);
        } else {
            w.bits(0b11, 2);
            write_head(w, pose);
        }
    }
    if same_gait {
        w.bool(false);
    } else {
        w.bool(true);
        write_gait(w, pose);
    }
    Some(next)
}

/// A prefix and a signed number in one go.
#[inline]
fn signed_after(w: &mut BitWriter, prefix: u32, prefix_bits: u32, value: i32, bits: u32) {
    let value = value as u32 & ((1 << bits) - 1);
    w.bits(prefix | value << prefix_bits, prefix_bits + bits);
}

/// One entry as read; a difference has the generation of its baseline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) slot: u16,
    pub(super) generation: bool,
    pub(super) state: State,
}

/// Reads one entry. `baseline` finds the state and generation that differences for a slot are from.
pub(super) fn read<'s>(
    r: &mut BitReader<'_>,
    next: u16,
    now: u16,
    baseline: impl FnOnce(u16) -> Option<(&'s State, bool)>,
) -> Result<Entry, WireError> {
    let slot = read_slot(r, next)?;
    if r.bool()? {
        let generation = r.bool()?;
        let age = r.bits(4)? as i16 + *AGE_RANGE.start();
        let (across, up) = if r.bool()? { (25, 25) } else { (21, 19) };
        let position = [r.signed(across)?, r.signed(up)?, r.signed(across)?];
        let yaw = r.bits(10)? as u16;
        let (head_yaw, pitch) = read_head(r)?;
        let (gait, gesture) = read_gait(r)?;
        let pose = Quantised {
            position,
            yaw,
            head_yaw,
            pitch,
            gait,
            gesture,
        };
        return Ok(Entry {
            slot,
            generation,
            state: State::whole(pose, now, age),
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

fn read_head(r: &mut BitReader<'_>) -> Result<(i8, i8), WireError> {
    let (head_yaw, pitch) = (r.signed(7)?, r.signed(7)?);
    head(head_yaw).and_then(|h| Ok((h, head(pitch)?)))
}

fn head(steps: i32) -> Result<i8, WireError> {
    let limit = i32::from(HEAD_LIMIT);
    if (-limit..=limit).contains(&steps) {
        Ok(steps as i8)
    } else {
        Err(WireError::Range)
    }
}

fn read_gait(r: &mut BitReader<'_>) -> Result<(Gait, u8), WireError> {
    let number = r.bits(3)? as usize;
    let gait = *Gait::ALL.get(number).ok_or(WireError::Range)?;
    Ok((gait, if r.bool()? { r.bits(7)? as u8 } else { 0 }))
}

fn read_difference(r: &mut BitReader<'_>, now: u16, baseline: &State) -> Result<State, WireError> {
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
    let (mut position, mut yaw) = baseline.predict(i32::from(apart));
    let mut pose = baseline.pose;
    let as_predicted = r.bool()?;
    if !as_predicted {
        let bits = CLASS_BITS[r.bits(3)? as usize];
        if bits > 0 {
            position[0] += r.signed(bits)?;
            position[2] += r.signed(bits)?;
        }
        position[1] += match prefix(r)? {
            0 => 0,
            1 => r.signed(4)?,
            2 => r.signed(7)?,
            _ => r.signed(10)?,
        };
        yaw = match prefix(r)? {
            0 => yaw,
            1 => yaw_turned(yaw, r.signed(4)?),
            2 => yaw_turned(yaw, r.signed(6)?),
            _ => r.bits(10)? as u16,
        };
        if r.bool()? {
            (pose.head_yaw, pose.pitch) = if r.bool()? {
                read_head(r)?
            } else {
                let (dh, dp) = (r.signed(4)?, r.signed(4)?);
                (
                    head(i32::from(pose.head_yaw) + dh)?,
                    head(i32::from(pose.pitch) + dp)?,
                )
            };
        }
        if r.bool()? {
            (pose.gait, pose.gesture) = read_gait(r)?;
        }
    }
    if !position
        .iter()
        .all(|p| (-POSITION_LIMIT..POSITION_LIMIT).contains(p))
    {
        return Err(WireError::Range);
    }
    pose.position = position;
    pose.yaw = yaw;
    Ok(baseline.followed_by(pose, now, age))
}

/// `0`, `10`, `110`, `111` as 0 to 3.
fn prefix(r: &mut BitReader<'_>) -> Result<u32, WireError> {
    for ones in 0..3 {
        if !r.bool()? {
            return Ok(ones);
        }
    }
    Ok(3)
}
