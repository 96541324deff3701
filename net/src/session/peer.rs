//! One link after its handshake: heartbeats, acknowledgements and the tick of its stream.
//!
//! Invariant: what belongs to a seat (unsent messages, names, poses) is not here, because a link can be
//! lost and a seat is kept.

use super::frames::{self, Datagram};
use super::gate::Gate;
use super::order::Order;
use super::pulse::{Arrivals, Pulse};
use super::{Misbehaved, TICK_HZ};
use crate::transport::{Channel, LinkId};
use bytes::Bytes;
use core::time::Duration;

/// Stream datagrams at most this often.
pub(crate) const TICK: Duration = Duration::from_nanos(1_000_000_000 / TICK_HZ as u64);
/// An acknowledgement is repeated this often: the one that said it first may have been lost.
const ACK_EVERY: Duration = Duration::from_millis(500);

/// A link and its figures.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) link: LinkId,
    pub(crate) pulse: Pulse,
    pub(crate) arrivals: Arrivals,
    gate: Gate,
    next_sequence: u16,
    next_tick: Duration,
    acked: (u64, Duration),
}

impl Peer {
    /// A link that starts now; its ticks fall `phase` (0..1) of a tick later than others'.
    pub(crate) fn new(link: LinkId, gate: Gate, now: Duration, phase: f64) -> Self {
        Self {
            link,
            pulse: Pulse::new(now),
            arrivals: Arrivals::default(),
            gate,
            next_sequence: 0,
            next_tick: now + TICK.mul_f64(phase),
            acked: (0, now),
        }
    }

    /// Counts a message before anything looks into it.
    pub(crate) fn admit(&mut self, now: Duration, channel: Channel, len: usize) -> Result<(), Misbehaved> {
        if self.gate.admit(now, channel, len) { Ok(()) } else { Err(Misbehaved) }
    }

    /// Whether a datagram may leave now; true once a tick.
    pub(crate) fn tick(&mut self, now: Duration) -> bool {
        if now < self.next_tick {
            return false;
        }
        // In step with the first one, without catching up on ticks that nobody was there for.
        while self.next_tick <= now {
            let behind = now.saturating_sub(self.next_tick).as_nanos() / TICK.as_nanos();
            self.next_tick += TICK * u32::try_from(behind + 1).unwrap_or(u32::MAX);
        }
        true
    }

    /// Begins this tick's datagram with what the session itself has to say.
    pub(crate) fn begin(&mut self, now: Duration, order: &Order, datagram: &mut Datagram) {
        datagram.start();
        let beat = self.pulse.is_due(now);
        if beat {
            datagram.postcard(frames::HEARTBEAT, &self.pulse.beat(now));
        }
        if beat || order.received() != self.acked.0 || now.saturating_sub(self.acked.1) >= ACK_EVERY {
            self.acked = (order.received(), now);
            datagram.postcard(frames::ACK, &order.received());
        }
    }

    /// Numbers the datagram; `None` when there was nothing to say.
    pub(crate) fn finish(&mut self, datagram: &mut Datagram) -> Option<Bytes> {
        if datagram.is_empty() {
            return None;
        }
        let bytes = datagram.finish(self.next_sequence);
        self.next_sequence = self.next_sequence.wrapping_add(1);
        Some(bytes)
    }

    /// Reads a datagram; sections that are not the session's own go to `other`. A doubled one is not read.
    pub(crate) fn on_datagram(
        &mut self,
        now: Duration,
        bytes: &[u8],
        order: &mut Order,
        mut other: impl FnMut(u8, &[u8]) -> Result<(), Misbehaved>,
    ) -> Result<(), Misbehaved> {
        let (sequence, sections) = frames::read_datagram(bytes).map_err(|_| Misbehaved)?;
        if !self.arrivals.on(now, sequence) {
            return Ok(());
        }
        for section in sections {
            let (kind, body) = section.map_err(|_| Misbehaved)?;
            match kind {
                frames::HEARTBEAT => self.pulse.on_heartbeat(now, frames::read(body).map_err(|_| Misbehaved)?),
                frames::ACK => order
                    .acknowledge(frames::read(body).map_err(|_| Misbehaved)?)
                    .map_err(|_| Misbehaved)?,
                kind => other(kind, body)?,
            }
        }
        self.pulse.hear(now);
        Ok(())
    }
}
