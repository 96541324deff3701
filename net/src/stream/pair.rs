//! Both directions of a stream between two peers, as one section of their datagrams.
//!
//! ```text
//! section  0 | 1 ack        newest:16  (1 nothing missing | 0 before:32)
//!          0 | 1 entries    seq:16  base distance:6  tick:16  count:8  entries
//!          zero bits to the next byte
//! ```

use super::Streamed;
use super::ack::Ack;
use super::crowd::{Crowd, View};
use super::receiver::{Arrival, Receiver, ReceiverStats, Sample};
use super::sender::{Sender, Written};
use crate::wire::{BitReader, BitWriter, WireError};

/// Bits of the two flags and the longest ack.
const ACK_BITS: usize = 2 + 49;

/// What moves, to and from one peer. A link that is resumed takes a new one at both ends.
#[derive(Clone, Debug)]
pub struct Pair<V: Streamed> {
    sender: Sender<V>,
    receiver: Receiver<V>,
}

impl<V: Streamed> Pair<V> {
    /// `slots`: the peer may send entries of slots below it.
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            sender: Sender::new(),
            receiver: Receiver::new(slots),
        }
    }

    /// Writes one section of at most `room` bytes from the next byte boundary: an ack if there is something
    /// new to acknowledge, and what is due at our tick `now`, as `view` has it
    /// ([`Sender::write`]). Writes nothing at all when there is neither.
    pub fn write(
        &mut self,
        crowd: &Crowd<V>,
        view: View,
        now: u16,
        room: usize,
        w: &mut BitWriter,
    ) -> Written {
        w.align();
        let room_bits = (room * 8).saturating_sub(ACK_BITS);
        let start = w.mark();
        if room_bits == 0 {
            return Written::default();
        }
        let ack = self.receiver.ack();
        w.bool(ack.is_some());
        if let Some(ack) = ack {
            ack.write(w);
        }
        let flag = w.mark();
        w.bool(true);
        let written = self.sender.write(crowd, view, now, room_bits, w);
        if written.updates == 0 {
            if ack.is_none() {
                w.rewind(start);
                return written;
            }
            w.rewind(flag);
            w.bool(false);
        }
        w.align();
        written
    }

    /// Reads what the peer's [`Self::write`] wrote. An error is a peer that does not keep to the protocol.
    pub fn read(&mut self, body: &[u8], each: impl FnMut(Sample<V>)) -> Result<Option<Arrival>, WireError> {
        let mut r = BitReader::new(body);
        if r.bool()? {
            self.sender.acked(Ack::read(&mut r)?);
        }
        if !r.bool()? {
            r.end()?;
            return Ok(None);
        }
        self.receiver.read(&mut r, each).map(Some)
    }

    /// Something came that the peer does not know we have: send before long, even without entries.
    #[must_use]
    pub fn ack_due(&self) -> bool {
        self.receiver.ack_due()
    }

    /// Share of our datagrams that never arrived, 0..1.
    #[must_use]
    pub fn loss(&self) -> f32 {
        self.sender.loss()
    }

    /// What came in so far.
    #[must_use]
    pub fn stats(&self) -> ReceiverStats {
        self.receiver.stats()
    }
}
