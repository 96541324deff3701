//! Reads how everything moves, and says what it has.
//!
//! Flow: [`Receiver::read`] takes one datagram's entries, gives each as a [`Sample`], and keeps as
//! baselines what the sender may still refer to; [`Receiver::ack`] is what to send back.
//! Invariant: a datagram is taken whole or not at all; what is kept is bounded by [`Streamed::SLOTS`] and the
//! header's reach, whatever the sender does.

use super::ack::{Ack, WINDOW};
use super::entry::{self, Entry, State};
use super::sender::NO_BASE;
use super::{Slot, Streamed};
use crate::wire::{BitReader, WireError};

/// One entry as it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<V> {
    pub slot: Slot,
    /// Lowest bit of how many others had this slot before; another value is another one.
    pub generation: bool,
    /// When it was sampled, in ticks of its owner plus something that hardly ever changes.
    pub tick: u16,
    pub value: V,
    /// Length of its entry on the wire.
    pub bits: u32,
}

/// What became of a datagram's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Newer than all before.
    New,
    /// Came after a newer one: shown if there is still time, but never a baseline.
    Late,
    /// Here already, or too old to read.
    Useless,
}

/// A state a sender may refer to.
#[derive(Clone, Copy, Debug)]
struct Held<V: Streamed> {
    seq: u16,
    generation: bool,
    state: State<V>,
}

/// Figures since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiverStats {
    pub datagrams: u64,
    /// Came after a newer one.
    pub late: u64,
    /// Never came, as far as the numbering tells; a late one is taken off again.
    pub lost: u64,
    pub updates: u64,
    pub update_bits: u64,
    pub max_update_bits: u32,
}

/// One sender's stream, at the other end. See the module.
#[derive(Clone, Debug)]
pub struct Receiver<V: Streamed> {
    slots: usize,
    ack: Option<Ack>,
    /// Bit n: datagram `newest − n` was seen, acknowledged or not.
    seen: u64,
    ack_due: bool,
    held: Vec<Vec<Held<V>>>,
    /// Reused between datagrams.
    entries: Vec<(Entry<V>, u32)>,
    stats: ReceiverStats,
}

impl<V: Streamed> Receiver<V> {
    /// Takes entries in slots below `slots`, of people 1 from a guest and all from a host.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            slots: slots.min(V::SLOTS),
            ack: None,
            seen: 0,
            ack_due: false,
            held: Vec::new(),
            entries: Vec::new(),
            stats: ReceiverStats::default(),
        }
    }

    /// What to tell the sender, if it does not know yet.
    pub fn ack(&mut self) -> Option<Ack> {
        if core::mem::take(&mut self.ack_due) {
            self.ack
        } else {
            None
        }
    }

    /// Whether [`Self::ack`] has something to tell.
    #[must_use]
    pub fn ack_due(&self) -> bool {
        self.ack_due
    }

    /// Figures since the start.
    #[must_use]
    pub fn stats(&self) -> ReceiverStats {
        self.stats
    }

    /// Reads what [`super::Sender::write`] wrote, to the end of the bytes, and gives each entry to `each`.
    /// An error is a sender that does not keep to the protocol; nothing of the datagram was taken.
    pub fn read(
        &mut self,
        r: &mut BitReader<'_>,
        mut each: impl FnMut(Sample<V>),
    ) -> Result<Arrival, WireError> {
        let seq = r.bits(16)? as u16;
        let distance = r.bits(6)?;
        let base = match distance {
            NO_BASE => None,
            0 => return Err(WireError::Range),
            back => Some(seq.wrapping_sub(back as u16)),
        };
        let now = r.bits(16)? as u16;
        let count = r.bits(8)? as usize;
        // Datagrams ahead of the newest; a new sender's first is always ahead.
        let ahead = self
            .ack
            .map_or(1, |ack| i32::from(seq.wrapping_sub(ack.newest) as i16));
        let behind = u32::try_from(-ahead).ok();
        if behind.is_some_and(|behind| behind >= 64 || self.seen >> behind & 1 == 1) {
            return Ok(Arrival::Useless);
        }

        let mut entries = core::mem::take(&mut self.entries);
        entries.clear();
        let result = self
            .read_entries(r, base, now, count, &mut entries)
            .and_then(|()| r.end());
        let arrival = match (result, behind) {
            (Ok(()), None) => Ok(Arrival::New),
            (Ok(()), Some(_)) => Ok(Arrival::Late),
            (Err(WireError::Unknown), Some(_)) => Ok(Arrival::Useless), // its baseline was let go
            (Err(error), _) => Err(error),
        };
        if let Ok(kind @ (Arrival::New | Arrival::Late)) = arrival {
            for (entry, bits) in &entries {
                self.stats.updates += 1;
                self.stats.update_bits += u64::from(*bits);
                self.stats.max_update_bits = self.stats.max_update_bits.max(*bits);
                if kind == Arrival::New {
                    self.hold(entry, seq, base);
                }
                let Entry {
                    slot,
                    generation,
                    state,
                } = entry;
                let (tick, value) = (state.tick, state.value);
                each(Sample {
                    slot: Slot(*slot),
                    generation: *generation,
                    tick,
                    value,
                    bits: *bits,
                });
            }
            self.count(kind, seq, ahead);
        }
        self.entries = entries;
        arrival
    }

    /// Most states held for one slot.
    #[cfg(test)]
    pub(crate) fn most_held(&self) -> usize {
        self.held.iter().map(Vec::len).max().unwrap_or(0)
    }

    fn count(&mut self, kind: Arrival, seq: u16, ahead: i32) {
        self.stats.datagrams += 1;
        if kind == Arrival::Late {
            self.stats.late += 1;
            self.stats.lost = self.stats.lost.saturating_sub(1);
            self.seen |= 1 << -ahead;
            return;
        }
        self.seen = if ahead >= 64 { 1 } else { self.seen << ahead | 1 };
        match &mut self.ack {
            Some(ack) => {
                self.stats.lost += ahead.unsigned_abs() as u64 - 1;
                ack.push(seq);
            }
            ack @ None => {
                *ack = Some(Ack {
                    newest: seq,
                    before: 0,
                })
            }
        }
        self.ack_due = true;
    }

    fn read_entries(
        &self,
        r: &mut BitReader<'_>,
        base: Option<u16>,
        now: u16,
        count: usize,
        entries: &mut Vec<(Entry<V>, u32)>,
    ) -> Result<(), WireError> {
        let mut next = 0;
        for _ in 0..count {
            let start = r.bit_position();
            let entry = entry::read(r, next, now, |slot| self.baseline(slot, base?))?;
            if usize::from(entry.slot) >= self.slots {
                return Err(WireError::Range);
            }
            next = entry.slot + 1;
            entries.push((entry, (r.bit_position() - start) as u32));
        }
        Ok(())
    }

    /// The newest state of a slot in the window of datagrams that ends with `base`.
    fn baseline(&self, slot: u16, base: u16) -> Option<(&State<V>, bool)> {
        let held = self.held.get(usize::from(slot))?;
        let newest = held
            .iter()
            .rev()
            .find(|held| base.wrapping_sub(held.seq) as i16 >= 0)?;
        (base.wrapping_sub(newest.seq) < WINDOW).then_some((&newest.state, newest.generation))
    }

    fn hold(&mut self, entry: &Entry<V>, seq: u16, base: Option<u16>) {
        let at = usize::from(entry.slot);
        if self.held.len() <= at {
            self.held.resize_with(at + 1, Vec::new);
        }
        let held = &mut self.held[at];
        // What the sender can still name: nothing further back than a header and a window reach; and of
        // what lies before its base only the newest, with one more for datagrams that come late.
        let reach = NO_BASE as u16 + WINDOW;
        let far = held
            .iter()
            .take_while(|held| seq.wrapping_sub(held.seq) > reach)
            .count();
        let old = base.map_or(0, |base| {
            held.iter()
                .take_while(|held| seq.wrapping_sub(held.seq) >= seq.wrapping_sub(base))
                .count()
        });
        held.drain(..far.max(old.saturating_sub(2)));
        held.push(Held {
            seq,
            generation: entry.generation,
            state: entry.state,
        });
    }
}
