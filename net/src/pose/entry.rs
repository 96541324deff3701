//! What an entry says of a person ([`crate::stream`] says the rest): positions in steps, angles, what the legs do.
//!
//! Invariant: `read` of what `write` wrote gives the same pose; with its slot an entry is never over [`MAX_ENTRY_BITS`].
//!
//! ```text
//! whole    0 x:21 y:19 z:21 | 1 x:25 y:25 z:25
//!          yaw:10  head yaw:7  pitch:7  gait:3  0 | 1 gesture:7
//! diff     x and z      class:3 -> 0, 2, 3, 4, 5, 6, 8 or 10 bits each
//!          y            0 | 10 d:4 | 110 d:7 | 111 d:10
//!          yaw          0 | 10 d:4 | 110 d:6 | 111 yaw:10
//!          head         0 | 10 d:4 d:4 | 11 head yaw:7 pitch:7
//!          gait         0 | 1 gait:3 (0 | 1 gesture:7)
//! ```

use super::quantised::{HEAD_LIMIT, POSITION_LIMIT, Quantised, yaw_difference, yaw_turned};
use super::{Gait, MAX_GESTURE, MAX_SLOTS};
use crate::wire::{BitReader, BitWriter, WireError, prefix, signed_after, width};

/// No entry is longer, whatever it holds: 16 bytes.
pub const MAX_ENTRY_BITS: usize = 128;

/// Fraction bits of a pace, so that rounding does not add up over a baseline's age.
const PACE_BITS: u32 = 4;

/// Bits for each of x and z by class, chosen on walking, turning and stopping people.
const CLASS_BITS: [u32; 8] = [0, 2, 3, 4, 5, 6, 8, 10];

const _: () = assert!(MAX_SLOTS == 1 << 9, "a slot is written in 9 bits");
const _: () = assert!(HEAD_LIMIT == 63, "a head angle is written in 7 bits");
const _: () = assert!(POSITION_LIMIT == 1 << 24, "a position is written in 25 bits");
const _: () = assert!(MAX_GESTURE == 127, "a gesture is written in 7 bits");
const _: () = assert!(Gait::ALL.len() <= 8, "a gait is written in 3 bits");

/// How fast somebody moves and turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Steps · 2^[`PACE_BITS`] a tick.
    position: [i16; 3],
    /// Yaw steps · 2^[`PACE_BITS`] a tick.
    yaw: i16,
}

pub(super) fn pace(from: &Quantised, to: &Quantised, ticks: i32) -> Pace {
    let speed = |way: i32| {
        let speed = (way << PACE_BITS) / ticks;
        speed.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
    };
    Pace {
        position: [0, 1, 2].map(|axis| speed(to.position[axis] - from.position[axis])),
        yaw: speed(yaw_difference(to.yaw, from.yaw)),
    }
}

pub(super) fn predicted(from: &Quantised, pace: &Pace, ticks: i32) -> Quantised {
    let ahead = |pace: i16| (i32::from(pace) * ticks + (1 << (PACE_BITS - 1))) >> PACE_BITS;
    let mut next = *from;
    for (p, v) in next.position.iter_mut().zip(pace.position) {
        *p += ahead(v);
    }
    next.yaw = yaw_turned(from.yaw, ahead(pace.yaw));
    next
}

pub(super) fn write_whole(w: &mut BitWriter, pose: &Quantised) {
    let [x, y, z] = pose.position;
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

/// False, with nothing written, if the difference does not fit its fields.
#[inline]
pub(super) fn write_difference(w: &mut BitWriter, pose: &Quantised, predicted: &Quantised) -> bool {
    let [dx, dy, dz] = [0, 1, 2].map(|axis| pose.position[axis] - predicted.position[axis]);
    let across = width(dx).max(width(dz));
    let up = width(dy);
    if across > 10 || up > 10 {
        return false; // a teleport: whole is shorter than the longest difference would be
    }
    let turn = yaw_difference(pose.yaw, predicted.yaw);
    let same_head = (pose.head_yaw, pose.pitch) == (predicted.head_yaw, predicted.pitch);
    let same_gait = (pose.gait, pose.gesture) == (predicted.gait, predicted.gesture);
    let class = CLASS_BITS
        .iter()
        .position(|bits| *bits >= across)
        .unwrap_or(CLASS_BITS.len() - 1);
    w.bits(class as u32, 3);
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
        let dh = i32::from(pose.head_yaw) - i32::from(predicted.head_yaw);
        let dp = i32::from(pose.pitch) - i32::from(predicted.pitch);
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
    true
}

pub(super) fn read_whole(r: &mut BitReader<'_>) -> Result<Quantised, WireError> {
    let (across, up) = if r.bool()? { (25, 25) } else { (21, 19) };
    let position = [r.signed(across)?, r.signed(up)?, r.signed(across)?];
    let yaw = r.bits(10)? as u16;
    let (head_yaw, pitch) = read_head(r)?;
    let (gait, gesture) = read_gait(r)?;
    Ok(Quantised {
        position,
        yaw,
        head_yaw,
        pitch,
        gait,
        gesture,
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

pub(super) fn read_difference(r: &mut BitReader<'_>, predicted: &Quantised) -> Result<Quantised, WireError> {
    let mut pose = *predicted;
    let [x, y, z] = &mut pose.position;
    let bits = CLASS_BITS[r.bits(3)? as usize];
    if bits > 0 {
        *x += r.signed(bits)?;
        *z += r.signed(bits)?;
    }
    *y += match prefix(r)? {
        0 => 0,
        1 => r.signed(4)?,
        2 => r.signed(7)?,
        _ => r.signed(10)?,
    };
    pose.yaw = match prefix(r)? {
        0 => pose.yaw,
        1 => yaw_turned(pose.yaw, r.signed(4)?),
        2 => yaw_turned(pose.yaw, r.signed(6)?),
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
    Ok(pose)
}
