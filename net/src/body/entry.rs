//! What an entry says of a body ([`crate::stream`] says the rest): a place in steps, a turn by its three smaller parts.
//!
//! Invariant: `read` of what `write` wrote gives the same; with its slot an entry is never over [`MAX_ENTRY_BITS`].
//!
//! ```text
//! whole    0 x:18 y:16 z:18 | 1 x:23 y:23 z:23
//!          turn   largest:2 parts:10 10 10
//! diff     x and z      class:3 -> 0, 2, 3, 4, 5, 6, 8 or 11 bits each
//!          y            0 | 10 d:4 | 110 d:7 | 111 d:11
//!          turn         0 | 10 d:4 4 4 | 110 d:7 7 7 | 111 largest:2 parts:10 10 10
//! ```

use super::quantised::{POSITION_LIMIT, Quantised, TURN_LIMIT, Turn};
use crate::stream::Streamed;
use crate::wire::{BitReader, BitWriter, WireError, prefix, signed_after, width};

/// No entry is longer, whatever it holds: a whole one has a slot of 14 bits, 6 of its own, 70 of its place and 32 of its
/// turn.
pub(super) const MAX_ENTRY_BITS: usize = 122;

const _: () = assert!(<Quantised as Streamed>::SLOT_BITS + 2 + 6 + 70 + 32 <= MAX_ENTRY_BITS as u32);
const _: () = assert!(POSITION_LIMIT == 1 << 22, "a position is written in 23 bits");
const _: () = assert!(TURN_LIMIT == 511, "a part of a turn is written in 10 bits");

/// Bits for each of x and z by class: at rest, rolling, falling, thrown.
const CLASS_BITS: [u32; 8] = [0, 2, 3, 4, 5, 6, 8, 11];

pub(super) fn write_whole(w: &mut BitWriter, body: &Quantised) {
    let [x, y, z] = body.position;
    let near = width(x).max(width(z)) <= 18 && width(y) <= 16;
    w.bool(!near);
    let (across, up) = if near { (18, 16) } else { (23, 23) };
    w.signed(x, across);
    w.signed(y, up);
    w.signed(z, across);
    write_turn(w, body.turn);
}

pub(super) fn read_whole(r: &mut BitReader<'_>) -> Result<Quantised, WireError> {
    let (across, up) = if r.bool()? { (23, 23) } else { (18, 16) };
    let position = [r.signed(across)?, r.signed(up)?, r.signed(across)?];
    Ok(Quantised {
        position,
        turn: read_turn(r)?,
    })
}

fn write_turn(w: &mut BitWriter, turn: Turn) {
    w.bits(u32::from(turn.largest), 2);
    turn.parts.iter().for_each(|part| w.signed(i32::from(*part), 10));
}

fn read_turn(r: &mut BitReader<'_>) -> Result<Turn, WireError> {
    let largest = r.bits(2)? as u8;
    let mut parts = [0; 3];
    for part in &mut parts {
        *part = r.signed(10)? as i16;
        if part.abs() > TURN_LIMIT {
            return Err(WireError::Range);
        }
    }
    Ok(Turn { largest, parts })
}

/// False, with nothing written, if the difference does not fit its fields.
#[inline]
pub(super) fn write_difference(w: &mut BitWriter, body: &Quantised, predicted: &Quantised) -> bool {
    let [dx, dy, dz] = [0, 1, 2].map(|axis| body.position[axis] - predicted.position[axis]);
    let across = width(dx).max(width(dz));
    let up = width(dy);
    if across > 11 || up > 11 {
        return false;
    }
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
        _ => signed_after(w, 0b111, 3, dy, 11),
    }
    let (now, then) = (body.turn, predicted.turn);
    let turned = [0, 1, 2].map(|at| i32::from(now.parts[at]) - i32::from(then.parts[at]));
    let bits = turned.iter().map(|part| width(*part)).max().unwrap_or_default();
    match bits {
        _ if now.largest != then.largest || bits > 7 => {
            w.bits(0b111, 3);
            write_turn(w, now);
        }
        0 => w.bits(0, 1),
        1..=4 => {
            w.bits(0b01, 2);
            turned.iter().for_each(|part| w.signed(*part, 4));
        }
        _ => {
            w.bits(0b011, 3);
            turned.iter().for_each(|part| w.signed(*part, 7));
        }
    }
    true
}

/// May be out of range: whoever asks looks at it.
pub(super) fn read_difference(r: &mut BitReader<'_>, predicted: &Quantised) -> Result<Quantised, WireError> {
    let mut body = *predicted;
    let [x, y, z] = &mut body.position;
    let bits = CLASS_BITS[r.bits(3)? as usize];
    if bits > 0 {
        *x += r.signed(bits)?;
        *z += r.signed(bits)?;
    }
    *y += match prefix(r)? {
        0 => 0,
        1 => r.signed(4)?,
        2 => r.signed(7)?,
        _ => r.signed(11)?,
    };
    let bits = match prefix(r)? {
        0 => return Ok(body),
        1 => 4,
        2 => 7,
        _ => {
            body.turn = read_turn(r)?;
            return Ok(body);
        }
    };
    for part in &mut body.turn.parts {
        *part += r.signed(bits)? as i16;
    }
    Ok(body)
}
