//! One guest's place at the host: what is kept of them while their link comes and goes.

use super::super::order::{HOST_PACE, Order};
use super::super::peer::Peer;
use super::super::{KEEP_SEAT, MAX_GAME_MESSAGE_BYTES};
use super::{Answer, BadCount, BlobStore, Bytes, Change, Channel, Duration, EndReason, FromGuest, HostEvent, HostTotals, LinkId, Misbehaved, Person, Transport, frames};
use crate::session::hello::Token;
use crate::transfer::Asked;

/// A ping is told again when it changed by more than this and by more than a tenth.
const PING_NOTICEABLE_MS: u16 = 5;

/// A guest's place. Its link is in `peer`, and gone while they are away.
pub(super) struct Seat {
    pub(super) person: Person,
    pub(super) token: Token,
    /// The token before the last resume: good until the guest shows that it has the new one, because
    /// the link may break between our welcome and its arrival.
    pub(super) previous_token: Option<Token>,
    pub(super) order: Order,
    pub(super) peer: Option<Peer>,
    pub(super) away_until: Option<Duration>,
    pub(super) asked: Asked,
    /// Must end in this update, for this reason.
    pub(super) ending: Option<EndReason>,
}

impl Seat {
    pub(super) fn new(person: Person, token: Token, peer: Peer) -> Self {
        Self {
            person,
            token,
            previous_token: None,
            order: Order::new(HOST_PACE),
            peer: Some(peer),
            away_until: None,
            asked: Asked::default(),
            ending: None,
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

    pub(super) fn send_order(&mut self, now: Duration, transport: &mut dyn Transport, totals: &mut HostTotals) {
        let Some(peer) = &self.peer else { return };
        self.order.flush(now, |bytes| {
            let len = bytes.len() as u64;
            let taken = transport.send(peer.link, Channel::Order, bytes).is_ok();
            totals.sent_order_bytes += if taken { len } else { 0 };
            taken
        });
    }

    /// Goes over to a new link, after which the guest says it has received `received` game messages.
    pub(super) fn resume(&mut self, received: u64, token: Token, peer: Peer) -> Result<(), BadCount> {
        self.order.relink(received)?;
        self.previous_token = Some(core::mem::replace(&mut self.token, token));
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
        Some(peer.link)
    }

    pub(super) fn change(&self) -> Change {
        let Person { slot, ping_ms, path, away, .. } = self.person;
        Change { slot, ping_ms, path, away }
    }

    /// Looks at the link's figures; answers what others should be told, if it differs noticeably.
    pub(super) fn measure(&mut self, transport: &dyn Transport) -> Option<Change> {
        let peer = self.peer.as_ref()?;
        let path = transport.report(peer.link).map_or(self.person.path, |report| report.path);
        let ping = peer.pulse.rtt_ms().map(|ms| ms.round().clamp(0.0, f32::from(u16::MAX)) as u16);
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

    /// Reads one message of the guest.
    pub(super) fn receive(
        &mut self,
        now: Duration,
        channel: Channel,
        bytes: &Bytes,
        blobs: &BlobStore,
        transport: &mut dyn Transport,
        totals: &mut HostTotals,
        events: &mut Vec<HostEvent>,
    ) -> Result<Option<FromGuest>, Misbehaved> {
        let Some(peer) = &mut self.peer else { return Ok(None) };
        peer.admit(now, channel, bytes.len())?;
        let slot = self.person.slot;
        match channel {
            Channel::Stream => {
                totals.received_stream_bytes += bytes.len() as u64;
                peer.on_datagram(now, bytes, &mut self.order, |_, _| Err(Misbehaved))?;
                self.previous_token = None; // only one with the new welcome gets this far
            }
            Channel::Order => {
                totals.received_order_bytes += bytes.len() as u64;
                peer.pulse.hear(now);
                self.previous_token = None;
                match bytes.split_first() {
                    Some((&frames::GAME, message)) if message.len() <= MAX_GAME_MESSAGE_BYTES => {
                        self.order.count_received(true);
                        events.push(HostEvent::Message { slot, bytes: bytes.slice(1..) });
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
                match self.asked.want(blobs, bytes).map_err(|_| Misbehaved)? {
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
