//! One guest's place at the host: what is kept of them while their link comes and goes.

use super::super::order::{HOST_PACE, Order};
use super::super::peer::{Motion, Peer};
use super::super::voice::{self, Ears, Forum};
use super::super::{KEEP_SEAT, MAX_GAME_MESSAGE_BYTES};
use super::{
    Answer, BadCount, BlobStore, Bytes, Change, Channel, Duration, EndReason, FromGuest, HostEvent,
    HostTotals, LinkId, Misbehaved, Person, Transport, frames,
};
use crate::body::{self, Bodies, HANDS, REACH_METRES};
use crate::pose::{Crowd, Sample, Slot, Timelines, tick_at};
use crate::session::TICK_HZ;
use crate::session::frames::Datagram;
use crate::session::gate::Bucket;
use crate::session::hello::{Resume, Token};
use crate::stream::Streamed;
use crate::transfer::{Asked, Fetched, Fetcher, is_want};
use crate::transport::MAX_DATAGRAM_BYTES;
use crate::wire::BitWriter;

/// IPv4/UDP, DTLS, SCTP and DATA headers of one message on a data channel.
const DATAGRAM_HEADER_BYTES: usize = 93;

/// A ping is told again when it changed by more than this and by more than a tenth.
const PING_NOTICEABLE_MS: u16 = 5;

/// A guest's place. Its link is in `peer`, and gone while they are away.
pub(super) struct Seat {
    pub(super) person: Person,
    pub(super) token: Token,
    /// The token that the guest showed last: good until it shows that it has the new one, because the
    /// link may break between our welcome and its arrival, and the next one, too.
    pub(super) previous_token: Option<Token>,
    pub(super) order: Order,
    pub(super) peer: Option<Peer>,
    pub(super) away_until: Option<Duration>,
    /// Nobody sat here yet: whoever proves the account begins anew on this slot.
    pub(super) expected: bool,
    pub(super) asked: Asked,
    /// What we asked of this guest.
    pub(super) fetcher: Fetcher,
    /// Bits of avatar updates not yet counted as whole bytes.
    pose_bits: u64,
    /// The same of bodies.
    body_bits: u64,
    /// Bytes that this guest's stream may have, headers included.
    pub(super) budget: Bucket,
    /// Must end in this update, for this reason.
    pub(super) ending: Option<EndReason>,
    /// The bodies in their hands, and where those are.
    pub(super) hands: [Option<Slot>; HANDS],
    pub(super) hand_lines: body::Timelines,
    /// Their gestures are seen by nobody.
    pub(super) still: bool,
    /// What others say to them.
    pub(super) ears: Ears,
}

impl Seat {
    pub(super) fn new(person: Person, token: Token, peer: Peer, stream_bytes_per_sec: u32) -> Self {
        Self {
            peer: Some(peer),
            ..Self::of(person, token, stream_bytes_per_sec)
        }
    }

    fn of(person: Person, token: Token, stream_bytes_per_sec: u32) -> Self {
        let rate = f64::from(stream_bytes_per_sec);
        // At least one full datagram at once, at most what two ticks earn.
        let burst =
            (rate / f64::from(TICK_HZ) * 2.0).max((MAX_DATAGRAM_BYTES + DATAGRAM_HEADER_BYTES) as f64);

        Self {
            person,
            token,
            previous_token: None,
            order: Order::new(HOST_PACE),
            peer: None,
            away_until: None,
            expected: false,
            asked: Asked::default(),
            fetcher: Fetcher::default(),
            pose_bits: 0,
            body_bits: 0,
            budget: Bucket::new(rate, burst),
            ending: None,
            hands: [None; HANDS],
            hand_lines: body::Timelines::new(),
            still: false,
            ears: Ears::new(stream_bytes_per_sec),
        }
    }

    /// Of somebody who has yet to come.
    pub(super) fn expected(person: Person, token: Token, now: Duration, stream_bytes_per_sec: u32) -> Self {
        Self {
            peer: None,
            away_until: Some(now + KEEP_SEAT),
            expected: true,
            ..Self::of(person, token, stream_bytes_per_sec)
        }
    }

    pub(super) fn push_game(&mut self, frame: Bytes) {
        if self.order.push_game(frame).is_err() {
            self.ending.get_or_insert(EndReason::TooSlow);
        }
    }

    pub(super) fn push_control(&mut self, frame: Bytes) {
        if self.order.push_control(frame).is_err() {
            self.ending.get_or_insert(EndReason::TooSlow);
        }
    }

    pub(super) fn send_order(
        &mut self,
        now: Duration,
        transport: &mut dyn Transport,
        totals: &mut HostTotals,
    ) {
        let Some(peer) = &self.peer else { return };
        self.order.flush(now, |bytes| {
            let len = bytes.len() as u64;
            let taken = transport.send(peer.link, Channel::Order, bytes).is_ok();
            totals.sent_order_bytes += if taken { len } else { 0 };
            taken
        });
    }

    /// Goes over to a new link, on which the guest showed a token and says that it has received so many
    /// game messages.
    pub(super) fn resume(&mut self, shown: Resume, token: Token, peer: Peer) -> Result<(), BadCount> {
        self.order.relink(shown.received)?;
        self.fetcher.relink();
        self.previous_token = Some(shown.token);
        self.token = token;
        self.peer = Some(peer);
        self.away_until = None;
        self.person.away = false;
        self.person.ping_ms = None;
        Ok(())
    }

    /// Keeps the seat for [`KEEP_SEAT`]; answers the link to close.
    pub(super) fn lose_link(&mut self, now: Duration) -> Option<LinkId> {
        let peer = self.peer.take()?;
        self.away_until = Some(now + KEEP_SEAT);
        self.person.away = true;
        self.person.ping_ms = None;
        self.asked.clear();
        self.ears.clear();
        Some(peer.link)
    }

    /// Asks for what we want of this guest.
    pub(super) fn ask_for_blobs(
        &mut self,
        now: Duration,
        transport: &mut dyn Transport,
        done: &mut Vec<Fetched>,
    ) {
        let Some(peer) = &mut self.peer else { return };
        let link = peer.link;
        self.fetcher.update(
            now,
            true,
            |bytes| transport.send(link, Channel::Bulk, bytes).is_ok(),
            done,
        );
        peer.expect_blocks(self.fetcher.take_newly_asked());
    }

    pub(super) fn change(&self) -> Change {
        let Person {
            slot,
            ping_ms,
            path,
            away,
            ..
        } = self.person;
        Change {
            slot,
            ping_ms,
            path,
            away,
        }
    }

    /// Looks at the link's figures; answers what others should be told, if it differs noticeably.
    pub(super) fn measure(&mut self, transport: &dyn Transport) -> Option<Change> {
        let peer = self.peer.as_ref()?;
        let path = transport.path(peer.link).unwrap_or(self.person.path);
        let ping = peer
            .pulse
            .rtt_ms()
            .map(|ms| ms.round().clamp(0.0, f32::from(u16::MAX)) as u16);
        let noticeable = match (self.person.ping_ms, ping) {
            (Some(old), Some(new)) => old.abs_diff(new) > PING_NOTICEABLE_MS.max(old / 10),
            (old, new) => old != new,
        };
        if path == self.person.path && !noticeable {
            return None;
        }
        self.person.path = path;
        self.person.ping_ms = ping;
        Some(self.change())
    }

    /// Sends this tick's datagram, if it is time for it, and what others say in any case; what does not fit into one goes into
    /// others.
    pub(super) fn send_stream(
        &mut self,
        now: Duration,
        crowd: &Crowd,
        bodies: &Bodies,
        datagram: &mut Datagram,
        scratch: &mut BitWriter,
        voice: &mut Vec<u8>,
        transport: &mut dyn Transport,
        totals: &mut HostTotals,
    ) {
        let Some(peer) = self.peer.as_mut() else { return };
        let says = self.ears.is_due(now);
        let due = if says {
            peer.tick_along(now)
        } else if self.ears.expects(now) {
            peer.tick_waits(now)
        } else {
            peer.tick(now)
        };
        if !due && !says {
            return;
        }
        peer.begin(now, &self.order, datagram);
        // What is said cannot wait for what moves. What a datagram has no room for goes in the next, and all in the last: nothing
        // that waits is longer than an empty one holds.
        let had_to_say = !self.ears.is_empty();
        let mut more = had_to_say;
        while more {
            self.ears.take(datagram.room(MAX_DATAGRAM_BYTES), voice);
            if !voice.is_empty() {
                datagram.section(frames::VOICE, voice);
            }
            more = !self.ears.is_empty();
            if more || !due {
                self.ears.charge(now, DATAGRAM_HEADER_BYTES);
                if let Some(bytes) = peer.finish(datagram) {
                    Self::send_datagram(now, peer, bytes, &mut self.budget, transport, totals);
                }
                datagram.start();
            }
        }
        if had_to_say {
            self.ears.sent(now);
        }
        if !due {
            return;
        }
        let room = self.budget.left(now) - (DATAGRAM_HEADER_BYTES + datagram.len()) as f64;
        let motion = Motion {
            crowd,
            bodies,
            viewer: Some(self.person.slot),
            held: self.hands.iter().flatten().next().copied(),
        };
        let [written, of_bodies] = peer.add_motion(now, &motion, room.max(0.0) as usize, scratch, datagram);
        totals.body_updates += u64::from(of_bodies.updates);
        self.body_bits += u64::from(of_bodies.bits);
        totals.body_update_bytes += self.body_bits / 8;
        self.body_bits %= 8;
        totals.avatar_updates += u64::from(written.updates);
        self.pose_bits += u64::from(written.bits);
        totals.avatar_update_bytes += self.pose_bits / 8;
        self.pose_bits %= 8;
        if let Some(bytes) = peer.finish(datagram) {
            Self::send_datagram(now, peer, bytes, &mut self.budget, transport, totals);
        }
    }

    fn send_datagram(
        now: Duration,
        peer: &Peer,
        bytes: Bytes,
        budget: &mut Bucket,
        transport: &mut dyn Transport,
        totals: &mut HostTotals,
    ) {
        budget.take(now, (bytes.len() + DATAGRAM_HEADER_BYTES) as f64);
        totals.sent_stream_bytes += bytes.len() as u64;
        totals.sent_stream_messages += 1;
        let _ = transport.send(peer.link, Channel::Stream, bytes);
    }

    /// Where what is in their hand is. What nobody took is in nobody's hand, and nobody's arm is that long.
    fn take_in_hand(&mut self, now: Duration, sample: &body::Sample, crowd: &Crowd, bodies: &mut Bodies) {
        let slot = self.person.slot;
        let body = self.hands.get(usize::from(sample.slot.0)).copied().flatten();
        let (Some(body), Some(feet)) = (body, crowd.latest(slot)) else {
            return;
        };
        let (place, feet) = (sample.value.metres(), feet.metres());
        let square: f32 = (0..3).map(|axis| (place[axis] - feet[axis]).powi(2)).sum();
        if square > REACH_METRES * REACH_METRES {
            return;
        }
        self.hand_lines.push(now, sample);
        if let Some(tick) = crowd.in_our_ticks(slot, sample.tick, tick_at(now) as u16) {
            bodies.put_at(body, sample.value, tick);
        }
    }

    /// Reads one message of the guest. Poses go into `crowd`, and to `timelines` where somebody looks.
    pub(super) fn receive(
        &mut self,
        now: Duration,
        channel: Channel,
        bytes: &Bytes,
        blobs: &mut BlobStore,
        crowd: &mut Crowd,
        bodies: &mut Bodies,
        forum: &mut Forum,
        mut timelines: Option<&mut Timelines>,
        transport: &mut dyn Transport,
        totals: &mut HostTotals,
        events: &mut Vec<HostEvent>,
    ) -> Result<Option<FromGuest>, Misbehaved> {
        let Some(peer) = &mut self.peer else {
            return Ok(None);
        };
        peer.admit(now, channel, bytes.len())?;
        let slot = self.person.slot;
        let still = self.still;
        match channel {
            Channel::Stream => {
                totals.received_stream_bytes += bytes.len() as u64;
                let mut in_hands = Vec::new();
                peer.on_datagram(
                    now,
                    bytes,
                    &mut self.order,
                    |sample| {
                        let mut sample = Sample { slot, ..sample };
                        if still {
                            sample.value = sample.value.without_gesture();
                        }
                        crowd.put(slot, sample.value, sample.tick, tick_at(now) as u16);
                        if let Some(timelines) = &mut timelines {
                            timelines.push(now, &sample);
                        }
                    },
                    |sample| in_hands.push(sample),
                    |body| voice::read_said(body, |bundle| forum.said(now, slot, bundle)),
                )?;
                for sample in in_hands {
                    self.take_in_hand(now, &sample, crowd, bodies);
                }
                self.previous_token = None; // only one with the new welcome gets this far
            }
            Channel::Order => {
                totals.received_order_bytes += bytes.len() as u64;
                peer.pulse.hear(now);
                self.previous_token = None;
                match bytes.split_first() {
                    Some((&frames::GAME, message)) if message.len() <= MAX_GAME_MESSAGE_BYTES => {
                        self.order.count_received(true);
                        events.push(HostEvent::Message {
                            slot,
                            bytes: bytes.slice(1..),
                        });
                    }
                    Some((&frames::CONTROL, body)) => {
                        self.order.count_received(false);
                        return frames::read(body).map(Some).map_err(|_| Misbehaved);
                    }
                    _ => return Err(Misbehaved),
                }
            }
            Channel::Bulk => {
                peer.pulse.hear(now);
                if !is_want(bytes) {
                    return match self.fetcher.receive(now, bytes) {
                        Ok(()) => Ok(None),
                        Err(_) => Err(Misbehaved),
                    };
                }
                match self.asked.want(now, blobs, bytes).map_err(|_| Misbehaved)? {
                    Answer::Queued => {}
                    Answer::Unknown { hash, reply } => {
                        let _ = transport.send(peer.link, Channel::Bulk, reply);
                        events.push(HostEvent::UnknownBlob { slot, hash });
                    }
                }
            }
        }
        Ok(None)
    }
}
