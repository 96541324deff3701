//! Tells one receiver how everything moves.
//!
//! Flow: each tick [`Sender::write`] lets [`Interest`] choose what this receiver is told about, and writes
//! it against the newest states it is known to have; [`Sender::acked`] moves those forward.
//! Invariant: an entry is a difference only from a state that the receiver must find by the rule in
//! [`super::ack`]; whatever acks say or fail to say, the worst is that entries are whole.

use super::ack::{Ack, WINDOW};
use super::crowd::{Crowd, View};
use super::entry::{self, AGE_RANGE, State};
use super::interest::Interest;
use super::{MAX_ENTRIES, Streamed};
use crate::wire::BitWriter;
use std::collections::VecDeque;

/// Datagrams that may wait for an ack; the header's distance to the acked one has six bits.
const MAX_IN_FLIGHT: usize = 62;

/// The header's distance when no datagram is acked, or it is too far back.
pub(super) const NO_BASE: u32 = 63;

/// Bits of the header: seq 16, distance 6, tick 16, count 8.
pub(super) const HEADER_BITS: usize = 46;

/// What the receiver is known to have of one.
#[derive(Clone, Copy, Debug, Default)]
struct Known<V: Streamed> {
    state: State<V>,
    seq: u16,
    generation: u32,
    valid: bool,
}

/// One entry under way.
#[derive(Clone, Copy, Debug)]
struct Sent<V: Streamed> {
    slot: u16,
    generation: u32,
    state: State<V>,
}

/// What one [`Sender::write`] put on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Updates.
    pub updates: u32,
    /// Bits of their entries together, slots included.
    pub bits: u32,
    /// Bits of the longest one.
    pub max_bits: u32,
    /// Updates that came due and found no room; they are first next time.
    pub waiting: u32,
}

/// One receiver's side of a stream. See the module.
#[derive(Clone, Debug)]
pub struct Sender<V: Streamed> {
    next_seq: u16,
    /// Newest acked datagram.
    base: Option<u16>,
    known: Vec<Known<V>>,
    /// Entries of the datagrams in `datagrams`, oldest first.
    sent: VecDeque<Sent<V>>,
    /// Seq and number of entries of each datagram after `base`, oldest first.
    datagrams: VecDeque<(u16, u16)>,
    pub(super) interest: Interest,
}

impl<V: Streamed> Default for Sender<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Streamed> Sender<V> {
    /// A sender to a receiver that has nothing yet. A link that is resumed takes a new one at both ends.
    #[must_use]
    pub fn new() -> Self {
        Self::starting_at(0)
    }

    /// As [`Self::new`], with the first datagram's number, for tests of its wrap-around.
    #[must_use]
    pub fn starting_at(seq: u16) -> Self {
        Self {
            next_seq: seq,
            base: None,
            known: Vec::new(),
            sent: VecDeque::new(),
            datagrams: VecDeque::new(),
            interest: Interest::default(),
        }
    }

    /// Writes what whoever has this `view` should be told at tick `now` in at most `room_bits`, or nothing.
    pub fn write(
        &mut self,
        crowd: &Crowd<V>,
        view: View,
        now: u16,
        room_bits: usize,
        w: &mut BitWriter,
    ) -> Written {
        if self.known.len() < crowd.len() {
            self.known.resize(crowd.len(), Known::default());
        }
        let seq = self.next_seq;
        let base = self.base.filter(|base| seq.wrapping_sub(*base) < NO_BASE as u16);
        let mut interest = core::mem::take(&mut self.interest);
        let room_bits = interest
            .share_of(room_bits)
            .max(room_bits.min(HEADER_BITS + V::MAX_ENTRY_BITS));
        let due = interest.choose(crowd, view, now);
        if due == 0 || room_bits < HEADER_BITS + V::MAX_ENTRY_BITS {
            self.interest = interest;
            return Written {
                waiting: due as u32,
                ..Written::default()
            };
        }
        let start = w.mark();
        let start_bits = w.bit_len();
        w.bits(u32::from(seq), 16);
        w.bits(base.map_or(NO_BASE, |base| u32::from(seq.wrapping_sub(base))), 6);
        w.bits(u32::from(now), 16);

        // Most ticks everything fits and nothing has to be sorted: find out by writing.
        let body = w.mark();
        let room = room_bits - (w.bit_len() - start_bits) - 8;
        let everything = due.min(MAX_ENTRIES);
        w.bits(everything as u32, 8);
        let mut written = if due <= MAX_ENTRIES {
            self.write_entries(crowd, interest.chosen(), base, now, room, w)
        } else {
            None
        };
        if written.is_none() {
            w.rewind(body);
            let mut scratch = core::mem::take(&mut interest.scratch);
            interest.keep_what_fits(crowd, view, room, &mut scratch, |slot, w| {
                self.entry_bits(crowd, slot, base, now, w)
            });
            interest.scratch = scratch;
            w.bits(interest.chosen().len() as u32, 8);
            written = self.write_entries(crowd, interest.chosen(), base, now, room, w);
        }
        let Some(mut written) = written.filter(|written| written.updates > 0) else {
            w.rewind(start);
            self.interest = interest;
            return Written {
                waiting: due as u32,
                ..Written::default()
            };
        };
        written.waiting = due as u32 - written.updates;
        interest.sent(crowd, now);
        self.interest = interest;
        self.datagrams.push_back((seq, written.updates as u16));
        self.next_seq = seq.wrapping_add(1);
        if self.datagrams.len() > MAX_IN_FLIGHT {
            self.forget_oldest();
        }
        written
    }

    /// Writes the entries of `slots` (ascending) and remembers them; `None`, with nothing remembered, when
    /// they need more than `room` bits.
    fn write_entries(
        &mut self,
        crowd: &Crowd<V>,
        slots: &[u16],
        base: Option<u16>,
        now: u16,
        room: usize,
        w: &mut BitWriter,
    ) -> Option<Written> {
        let mut written = Written::default();
        let remembered = self.sent.len();
        let start = w.bit_len();
        let mut next = 0;
        let mut at = start;
        for &slot in slots {
            let state = self.write_entry(crowd, slot, next, base, now, w);
            next = slot + 1;
            let end = w.bit_len();
            if end - start > room {
                self.sent.truncate(remembered);
                return None;
            }
            written.updates += 1;
            written.max_bits = written.max_bits.max((end - at) as u32);
            at = end;
            self.sent.push_back(Sent {
                slot,
                generation: crowd.generation[usize::from(slot)],
                state,
            });
        }
        written.bits = (at - start) as u32;
        Some(written)
    }

    #[inline]
    fn write_entry(
        &self,
        crowd: &Crowd<V>,
        slot: u16,
        next: u16,
        base: Option<u16>,
        now: u16,
        w: &mut BitWriter,
    ) -> State<V> {
        let at = usize::from(slot);
        let generation = crowd.generation[at];
        let known = &self.known[at];
        let baseline = base
            .filter(|base| {
                known.valid && known.generation == generation && base.wrapping_sub(known.seq) < WINDOW
            })
            .map(|_| &known.state);
        let age = (now.wrapping_sub(crowd.tick[at]) as i16).clamp(*AGE_RANGE.start(), *AGE_RANGE.end());
        entry::write(
            w,
            next,
            slot,
            generation & 1 == 1,
            &crowd.value[at],
            now,
            age,
            baseline,
        )
    }

    /// Bits of one entry with the longest way to write its slot.
    fn entry_bits(
        &self,
        crowd: &Crowd<V>,
        slot: u16,
        base: Option<u16>,
        now: u16,
        w: &mut BitWriter,
    ) -> usize {
        w.clear();
        self.write_entry(crowd, slot, slot, base, now, w);
        w.bit_len() + V::SLOT_BITS as usize + 1
    }

    /// More is under way than a header can refer to: the oldest will not be a baseline any more, nor may
    /// anything older of the same ones, for the receiver would take the newer.
    fn forget_oldest(&mut self) {
        let Some((_, count)) = self.datagrams.pop_front() else {
            return;
        };
        for sent in self.sent.drain(..usize::from(count).min(self.sent.len())) {
            if let Some(known) = self.known.get_mut(usize::from(sent.slot)) {
                known.valid = false;
            }
        }
    }

    /// Takes what the receiver says it has. Acks that are old, or of what was never sent, change nothing.
    pub fn acked(&mut self, ack: Ack) {
        // Whatever is not under way was acked or given up before.
        if !self.datagrams.iter().any(|(seq, _)| *seq == ack.newest) {
            return;
        }
        while let Some(&(seq, count)) = self.datagrams.front() {
            if (ack.newest.wrapping_sub(seq) as i16) < 0 {
                break;
            }
            self.datagrams.pop_front();
            let has = ack.has(seq);
            for sent in self.sent.drain(..usize::from(count).min(self.sent.len())) {
                if has && let Some(known) = self.known.get_mut(usize::from(sent.slot)) {
                    *known = Known {
                        state: sent.state,
                        seq,
                        generation: sent.generation,
                        valid: true,
                    };
                }
            }
            self.interest.settled(has);
        }
        self.base = Some(ack.newest);
    }

    /// Share of datagrams that never arrived, 0..1, over about the last three seconds.
    #[must_use]
    pub fn loss(&self) -> f32 {
        self.interest.loss()
    }
}
