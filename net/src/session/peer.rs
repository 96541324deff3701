//! One link after its handshake: heartbeats, acknowledgements, the tick of its stream, poses and bodies.
//!
//! Invariant: what belongs to a seat (unsent messages, names, where somebody stands) is not here,
//! because a link can be lost and a seat is kept.

use super::frames::{self, Datagram};
use super::gate::Gate;
use super::order::Order;
use super::pulse::{ARRIVAL, Arrivals, Pulse};
use super::{Misbehaved, TICK_HZ};
use crate::body::{self, Bodies, BodyStream, HANDS, MAX_BODIES};
use crate::pose::{Crowd, MAX_SLOTS, PoseStream, Sample, Slot, Written, tick_at};
use crate::stream::View;
use crate::transport::{Channel, LinkId, MAX_DATAGRAM_BYTES};
use crate::wire::BitWriter;
use bytes::Bytes;
use core::time::Duration;

/// Stream datagrams at most this often.
pub(crate) const TICK: Duration = Duration::from_nanos(1_000_000_000 / TICK_HZ as u64);
/// An acknowledgement is repeated this often: the one that said it first may have been lost.
const ACK_EVERY: Duration = Duration::from_millis(500);

/// Of the room in a datagram, what bodies have when there is not enough for them and everybody's poses.
const BODIES_SHARE: f32 = 0.4;
/// What one moving body takes, about, bytes.
const BODY_BYTES: usize = 7;

/// Slots that the peer's streams may tell of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slots {
    poses: usize,
    bodies: usize,
}

impl Slots {
    /// Themselves, and what is in their hands.
    pub(crate) const OF_GUEST: Self = Self {
        poses: 1,
        bodies: HANDS,
    };
    /// Everybody and everything.
    pub(crate) const OF_HOST: Self = Self {
        poses: MAX_SLOTS,
        bodies: MAX_BODIES,
    };
}

/// What moves here, and who is told of it.
pub(crate) struct Motion<'a> {
    pub(crate) crowd: &'a Crowd,
    pub(crate) bodies: &'a Bodies,
    /// Whom of the crowd we tell; `None` for a guest, who tells the host everything that is theirs.
    pub(crate) viewer: Option<Slot>,
    /// The body that they hold themselves.
    pub(crate) held: Option<Slot>,
}

/// A link and its figures.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) link: LinkId,
    pub(crate) pulse: Pulse,
    pub(crate) arrivals: Arrivals,
    pub(crate) poses: PoseStream,
    pub(crate) bodies: BodyStream,
    gate: Gate,
    next_sequence: u16,
    next_tick: Duration,
    acked: (u64, Duration),
}

impl Peer {
    /// A link that starts now; its ticks fall `phase` (0..1) of a tick later than others'.
    pub(crate) fn new(link: LinkId, gate: Gate, now: Duration, phase: f64, slots: Slots) -> Self {
        Self {
            link,
            pulse: Pulse::new(now, now),
            arrivals: Arrivals::default(),
            poses: PoseStream::new(slots.poses),
            bodies: BodyStream::new(slots.bodies),
            gate,
            next_sequence: 0,
            next_tick: now + TICK.mul_f64(phase),
            acked: (0, now),
        }
    }

    /// The peer has just come in and may stand still while it builds the world.
    pub(crate) fn has_just_come_in(mut self, now: Duration) -> Self {
        self.pulse = Pulse::new(now, now + ARRIVAL);
        self
    }

    /// Counts a message before anything looks into it.
    pub(crate) fn admit(&mut self, now: Duration, channel: Channel, len: usize) -> Result<(), Misbehaved> {
        if self.gate.admit(now, channel, len) {
            Ok(())
        } else {
            Err(Misbehaved)
        }
    }

    /// So many blocks were asked of this guest and may come.
    pub(crate) fn expect_blocks(&mut self, count: u32) {
        self.gate.expect_blocks(count);
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

    /// As [`Self::tick`], for a datagram that leaves in any case: up to half a tick early.
    pub(crate) fn tick_along(&mut self, now: Duration) -> bool {
        self.tick(now) || self.tick(now + TICK / 2)
    }

    /// As [`Self::tick`], where a datagram is likely to leave soon in any case: up to half a tick late.
    pub(crate) fn tick_waits(&mut self, now: Duration) -> bool {
        self.tick(now.saturating_sub(TICK / 2))
    }

    /// As [`Self::tick`], but in step with something new to say, which then never waits for the next tick;
    /// without anything new for half a tick longer than one, it is time for what else there is.
    pub(crate) fn tick_with(&mut self, now: Duration, fresh: bool) -> bool {
        let due = fresh || now >= self.next_tick;
        if due {
            self.next_tick = now + TICK + TICK / 2;
        }
        due
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

    /// Adds the poses and bodies that are due and fit into `room` bytes, and says which of the peer's have come.
    pub(crate) fn add_motion(
        &mut self,
        now: Duration,
        motion: &Motion<'_>,
        room: usize,
        scratch: &mut BitWriter,
        datagram: &mut Datagram,
    ) -> [Written; 2] {
        let tick = tick_at(now) as u16;
        let room = room.min(datagram.room(MAX_DATAGRAM_BYTES));
        // What moves by itself must not stand still where there are many people.
        let wanted = motion.bodies.count() * BODY_BYTES;
        let kept = wanted.min((room as f32 * BODIES_SHARE) as usize);
        let view = motion.crowd.view(motion.viewer);
        scratch.clear();
        let poses = self.poses.write(motion.crowd, view, tick, room - kept, scratch);
        let body = scratch.finish();
        let mut left = room;
        if !body.is_empty() {
            datagram.section(frames::POSES, body);
            left = left.saturating_sub(body.len() + frames::SECTION_HEADER_BYTES);
        }
        let view = View {
            eye: view.eye,
            except: motion.held,
        };
        scratch.clear();
        let bodies = self.bodies.write(motion.bodies, view, tick, left, scratch);
        let body = scratch.finish();
        if !body.is_empty() {
            datagram.section(frames::BODIES, body);
        }
        [poses, bodies]
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

    /// Reads a datagram and gives each pose to `each`, each body to `each_body`, and what was said to `voice`. A doubled one is
    /// not read.
    pub(crate) fn on_datagram(
        &mut self,
        now: Duration,
        bytes: &[u8],
        order: &mut Order,
        mut each: impl FnMut(Sample),
        mut each_body: impl FnMut(body::Sample),
        mut voice: impl FnMut(&[u8]) -> Result<(), Misbehaved>,
    ) -> Result<(), Misbehaved> {
        let (sequence, sections) = frames::read_datagram(bytes).map_err(|_| Misbehaved)?;
        if !self.arrivals.on(now, sequence) {
            return Ok(());
        }
        for section in sections {
            let (kind, body) = section.map_err(|_| Misbehaved)?;
            match kind {
                frames::HEARTBEAT => self
                    .pulse
                    .on_heartbeat(now, frames::read(body).map_err(|_| Misbehaved)?),
                frames::ACK => order
                    .acknowledge(frames::read(body).map_err(|_| Misbehaved)?)
                    .map_err(|_| Misbehaved)?,
                frames::POSES => {
                    self.poses.read(body, &mut each).map_err(|_| Misbehaved)?;
                }
                frames::BODIES => {
                    self.bodies.read(body, &mut each_body).map_err(|_| Misbehaved)?;
                }
                frames::VOICE => voice(body)?,
                _ => return Err(Misbehaved),
            }
        }
        self.pulse.hear(now);
        Ok(())
    }
}
