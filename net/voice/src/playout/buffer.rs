//! The frames of one talker that wait for their turn.
//!
//! A ring by number: a frame has one place, and is there until another one with the same place comes.
//! Invariant: nothing is allocated after [`Buffer::new`].

use super::FRAMES;
use crate::codec::MAX_PAYLOAD;

struct Slot {
    /// `None`: nothing was ever here.
    number: Option<i64>,
    begins: bool,
    bytes: usize,
    payload: [u8; MAX_PAYLOAD],
}

/// A frame that is here.
pub(super) struct Kept<'a> {
    pub(super) begins: bool,
    pub(super) payload: &'a [u8],
}

pub(super) struct Buffer {
    slots: Vec<Slot>,
}

impl Buffer {
    pub(super) fn new() -> Self {
        let empty = || Slot {
            number: None,
            begins: false,
            bytes: 0,
            payload: [0; MAX_PAYLOAD],
        };
        Self {
            slots: core::iter::repeat_with(empty).take(FRAMES).collect(),
        }
    }

    fn place(number: i64) -> usize {
        number.rem_euclid(FRAMES as i64) as usize
    }

    /// Puts a frame in its place. What does not fit is cut; the caller looks at the length.
    pub(super) fn put(&mut self, number: i64, begins: bool, payload: &[u8]) {
        let slot = &mut self.slots[Self::place(number)];
        let bytes = payload.len().min(MAX_PAYLOAD);
        slot.number = Some(number);
        slot.begins = begins;
        slot.bytes = bytes;
        slot.payload[..bytes].copy_from_slice(&payload[..bytes]);
    }

    pub(super) fn get(&self, number: i64) -> Option<Kept<'_>> {
        let slot = &self.slots[Self::place(number)];
        (slot.number == Some(number)).then(|| Kept {
            begins: slot.begins,
            payload: &slot.payload[..slot.bytes],
        })
    }

    /// Whether it came, played or not.
    pub(super) fn has(&self, number: i64) -> bool {
        self.slots[Self::place(number)].number == Some(number)
    }

    /// Number of the first frame that is here and not before `number`.
    pub(super) fn first_from(&self, number: i64) -> Option<i64> {
        (number..number + FRAMES as i64).find(|number| self.has(*number))
    }

    pub(super) fn clear(&mut self) {
        for slot in &mut self.slots {
            slot.number = None;
        }
    }
}
