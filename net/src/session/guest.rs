//! A guest's side of a session: proves who it is, follows the roster, keeps its seat over a lost link.
//!
//! Flow: `Arriving` (the transport finds a way) → `Challenged` (waiting for the host's proof) →
//! `Asking` (ours is under way) → `Inside`. A lost link leads back to `Arriving` with the seat's token in
//! hand, until [`super::KEEP_SEAT`] is over.
//! Invariant: nothing about this person leaves before the host has proven that it has the room's secret
//! on this very link; whatever the host sends, only its own session can suffer.

mod arrive;
mod inside;

use super::frames::{self, Change, Datagram, FromGuest, FromHost};
use super::gate::{Bucket, Gate};
use super::hello::{Challenge, Hello, HelloError, Opening, Resume, RoomKeys, Token, Welcome, read_refused};
use super::order::{GUEST_PACE, HOST_PACE, Order};
use super::peer::{Motion, Peer, Slots};
use super::voice::{self, Heard, Inbox, Mouth};
use super::{
    EndReason, FAREWELL, HANDSHAKE_STEP, KEEP_SEAT, MAX_GAME_MESSAGE_BYTES, MAX_GUESTS, MAX_NAME_BYTES,
    MAX_REASON_BYTES, MAX_WORLD_NAME_BYTES, Misbehaved, PROTOCOL_VERSION, Person, names,
};
use crate::body::{self, Bodies, BodyPose, HANDS};
use crate::pose::{Crowd, Pose, ReceiverStats, Sampler, Slot, Timelines, tick_at};
use crate::transfer::{Answer, Asked, BlobStore, Fetched, Fetcher, is_want};
use crate::transport::{
    Channel, ChannelBinding, CloseCause, JoinFailure, JoinStep, LinkEvent, LinkId, LinkReport,
    MAX_DATAGRAM_BYTES, Transport,
};
use crate::wire::BitWriter;
use bytes::Bytes;
use core::time::Duration;
use holm_identity::{AccountKey, Identity};
use holm_voice::frame::Frame;
use std::collections::BTreeMap;

/// A try to come back that has not opened a link after this is given up for another: a join over the
/// transport ends within 15 s by itself, but then half of the 30 s would be gone.
const RETRY_STUCK: Duration = Duration::from_secs(8);
/// The pause before another try, after one failed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// The link's report is copied this often: it holds a line for each candidate.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// Blob bytes a second for the host: half of what its transport takes for a flood, and more than most uplinks have.
const BULK_BYTES_PER_SEC: f64 = 2e6;

/// What a guest needs to know before it knocks.
#[derive(Clone, Debug)]
pub struct GuestConfig {
    pub identity: Identity,
    pub secret: crate::link::RoomSecret,
    pub name: String,
    pub game_protocol: u64,
}

/// What happened at the guest.
#[derive(Clone, Debug, PartialEq)]
pub enum GuestEvent {
    /// A step on the way in.
    Progress(JoinStep),
    /// Inside. The roster is filled.
    Entered {
        slot: Slot,
        world_name: String,
    },
    PersonJoined {
        slot: Slot,
    },
    PersonLeft {
        slot: Slot,
    },
    /// A reliable game message from the host, in order.
    Message(Bytes),
    /// The link broke; trying to come back until `until` (session time).
    Lost {
        until: Duration,
    },
    Resumed,
    /// A blob asked for with `fetch_blob` arrived and its hash is right.
    Blob {
        hash: [u8; 32],
        bytes: Bytes,
    },
    /// The host does not have the blob or sent one that does not match.
    BlobFailed {
        hash: [u8; 32],
    },
    /// Over, for this reason. Nothing follows.
    Ended(EndReason),
    /// Never got in.
    Failed(JoinFailure),
}

/// A joined session. See [`super`] for what it promises.
pub struct Guest {
    config: GuestConfig,
    keys: RoomKeys,
    stage: Stage,
    /// Set once a welcome came.
    seat: Option<Seat>,
    /// Since when the link is lost, and what is done about it.
    away: Option<Away>,
    wants_new_link: bool,
    /// A link over which no word came was given up for a second one, before we were ever let in.
    second_link: bool,
    leaving: bool,
    order: Order,
    people: BTreeMap<Slot, Person>,
    sampler: Sampler,
    /// Myself alone, in slot 0.
    own: Crowd,
    own_pose: Option<Pose>,
    /// What is in my hands.
    hands: [Option<body::Sampler>; HANDS],
    in_hands: Bodies,
    body_lines: body::Timelines,
    timelines: Timelines,
    /// Figures of the links before this one.
    past: ReceiverStats,
    fetcher: Fetcher,
    fetched: Vec<Fetched>,
    /// What the host may ask us for, and what it has.
    blobs: BlobStore,
    asked: Asked,
    bulk: Bucket,
    mouth: Mouth,
    /// What the others say.
    ears: Inbox,
    voice: Vec<u8>,
    datagram: Datagram,
    scratch: BitWriter,
    report: Option<LinkReport>,
    next_report: Duration,
    inbox: Vec<LinkEvent>,
}

/// What the host gave us.
#[derive(Clone, Copy)]
struct Seat {
    slot: Slot,
    token: Token,
    host: AccountKey,
}

#[derive(Clone, Copy)]
struct Away {
    until: Duration,
    next_try: Duration,
}

enum Stage {
    Arriving,
    Challenged {
        link: LinkId,
        binding: ChannelBinding,
        until: Duration,
    },
    Asking {
        link: LinkId,
        binding: ChannelBinding,
        challenge: Bytes,
        hello: Bytes,
        until: Duration,
    },
    Inside(Box<Peer>),
    /// Good-bye said.
    Leaving {
        link: LinkId,
        until: Duration,
    },
    Over,
}

impl Stage {
    fn link(&self) -> Option<LinkId> {
        match self {
            Self::Challenged { link, .. } | Self::Asking { link, .. } | Self::Leaving { link, .. } => {
                Some(*link)
            }
            Self::Inside(peer) => Some(peer.link),
            Self::Arriving | Self::Over => None,
        }
    }
}

impl core::fmt::Debug for Guest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Guest")
            .field("slot", &self.slot())
            .field("away", &self.away.is_some())
            .finish_non_exhaustive()
    }
}

/// Figures of this guest's link, for the connection report and the bench.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GuestStats {
    pub rtt_ms: Option<f32>,
    /// Stream datagrams of the host that never came, of all that were sent in the last 10 s, 0..1.
    pub loss: f32,
    pub late_packets: u64,
    pub lost_packets: u64,
    pub received_packets: u64,
    /// Delay added by the interpolation timeline, milliseconds.
    pub playout_ms: f32,
    /// Avatar updates decoded, and their payload bytes.
    pub avatar_updates: u64,
    pub avatar_update_bytes: u64,
    pub avatar_update_max_bytes: u64,
}

impl Guest {
    /// A guest that has not arrived yet; the transport given to `update` brings it to the room.
    pub fn new(config: GuestConfig) -> Self {
        Self {
            keys: RoomKeys::new(&config.secret),
            config,
            stage: Stage::Arriving,
            seat: None,
            away: None,
            wants_new_link: false,
            second_link: false,
            leaving: false,
            order: Order::new(GUEST_PACE),
            people: BTreeMap::new(),
            sampler: Sampler::new(),
            own: Crowd::new(),
            own_pose: None,
            hands: [const { None }; HANDS],
            in_hands: Bodies::new(),
            body_lines: body::Timelines::new(),
            timelines: Timelines::new(),
            past: ReceiverStats::default(),
            fetcher: Fetcher::default(),
            fetched: Vec::new(),
            blobs: BlobStore::default(),
            asked: Asked::default(),
            bulk: Bucket::new(BULK_BYTES_PER_SEC, BULK_BYTES_PER_SEC / 8.0),
            mouth: Mouth::default(),
            ears: Inbox::default(),
            voice: Vec::new(),
            datagram: Datagram::default(),
            scratch: BitWriter::new(),
            report: None,
            next_report: Duration::ZERO,
            inbox: Vec::new(),
        }
    }

    /// Drives everything once. The transport given after a lost link may be a new one ([`Self::wants_new_link`]).
    pub fn update(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<GuestEvent>) {
        let mut inbox = core::mem::take(&mut self.inbox);
        transport.poll(now, &mut inbox);
        for event in inbox.drain(..) {
            if self.is_over() {
                continue;
            }
            if matches!(
                event,
                LinkEvent::Progress { .. } | LinkEvent::Opened { .. } | LinkEvent::Failed { .. }
            ) {
                self.wants_new_link = false; // the new transport is at work
            }
            match event {
                LinkEvent::Progress { step } if self.seat.is_none() => {
                    events.push(GuestEvent::Progress(step))
                }
                LinkEvent::Progress { .. } => {}
                LinkEvent::Failed { cause } => self.failed(now, cause, events),
                LinkEvent::Opened { link, binding } => self.opened(now, link, binding, transport),
                LinkEvent::Received { link, channel, bytes } => {
                    if self.stage.link() == Some(link) {
                        self.received(now, channel, &bytes, transport, events);
                    }
                }
                LinkEvent::Closed { link, cause } => {
                    if self.stage.link() == Some(link) {
                        self.closed(now, cause, events);
                    }
                }
            }
        }
        self.inbox = inbox;
        self.watch(now, transport, events);
        self.timelines.advance(now);
        self.body_lines.advance(now);
        self.send_due(now, transport, events);
        if now >= self.next_report {
            self.next_report = now + REPORT_EVERY;
            self.look_at_link(transport);
        }
    }

    fn look_at_link(&mut self, transport: &dyn Transport) {
        if let Some(report) = self.stage.link().and_then(|link| transport.report(link)) {
            self.report = Some(report);
        }
    }

    /// How long nothing was heard of the host; `None` while there is no link to it.
    pub fn silence(&self, now: Duration) -> Option<Duration> {
        match &self.stage {
            Stage::Inside(peer) => Some(peer.pulse.silence(now)),
            _ => None,
        }
    }

    /// The account that the host proved when it let us in.
    pub fn host(&self) -> Option<AccountKey> {
        Some(self.seat?.host)
    }

    /// The link is lost and the owner should build a new transport to the same room for the resume.
    ///
    /// True until a transport shows in `update` that it is at work (its first poll does, with a
    /// [`JoinStep`]), and true again when that one failed or takes too long.
    pub fn wants_new_link(&self) -> bool {
        self.wants_new_link
    }

    /// Sends one reliable, ordered message to the host (at most 48 KiB). Before the way in and while the
    /// link is lost it waits. False when the session is over, the message is too long, or 4 MiB wait already.
    pub fn send(&mut self, message: Bytes) -> bool {
        !self.is_over()
            && !self.leaving
            && message.len() <= MAX_GAME_MESSAGE_BYTES
            && self.order.push_game(frames::game(&message)).is_ok()
    }

    /// What I say, a frame of 20 ms at a time; lost unless I am inside.
    pub fn say(&mut self, frame: &Frame) {
        if matches!(self.stage, Stage::Inside(_)) {
            self.mouth.say(frame);
        }
    }

    /// How many frames of the datagram before are sent once more ([`holm_voice::frame::Bundler::set_repeat`]).
    pub fn repeat_voice(&mut self, frames: u8) {
        self.mouth.set_repeat(frames);
    }

    /// What the others said since this was asked last; half a second is kept.
    pub fn hear(&mut self) -> impl Iterator<Item = Heard> + '_ {
        self.ears.drain()
    }

    /// My own avatar, sampled now.
    pub fn set_own_pose(&mut self, now: Duration, pose: Pose) {
        self.own_pose = Some(pose);
        self.sampler.push(now, pose);
    }

    /// Where to draw somebody at `now`: interpolated; `None` before their first pose. Oneself is where
    /// [`Self::set_own_pose`] said.
    pub fn shown_pose(&self, slot: Slot, now: Duration) -> Option<Pose> {
        if self.slot() == Some(slot) {
            self.own_pose
        } else {
            self.timelines.shown(slot, now)
        }
    }

    /// What I hold in one of my [`HANDS`], where it is now; `None`: nothing. The host tells the others if it let me take it.
    pub fn set_in_hand(&mut self, now: Duration, hand: usize, pose: Option<BodyPose>) {
        let Some(sampler) = self.hands.get_mut(hand) else {
            return;
        };
        match pose {
            Some(pose) => sampler.get_or_insert_default().push(now, pose),
            None => {
                *sampler = None;
                self.in_hands.remove(Slot(hand as u16));
            }
        }
    }

    /// Where to draw the body that has this slot in this generation, interpolated; `None` before its first sample.
    pub fn shown_body(&self, body: Slot, generation: bool, now: Duration) -> Option<BodyPose> {
        let line = self.body_lines.get(body)?;
        (line.generation() == generation).then(|| line.shown(now))?
    }

    /// How many poses of somebody have come so far; what the bench counts rates with.
    pub fn samples_of(&self, slot: Slot) -> u64 {
        self.timelines.get(slot).map_or(0, |timeline| timeline.samples())
    }

    /// Everyone in the room, by slot, oneself and the host's avatar (if it has one) included.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// My place in the room, once inside.
    pub fn slot(&self) -> Option<Slot> {
        self.seat.map(|seat| seat.slot)
    }

    /// Who hosts, proven; once inside.
    pub fn host_account(&self) -> Option<AccountKey> {
        self.seat.map(|seat| seat.host)
    }

    /// Asks the host for a blob; ends in [`GuestEvent::Blob`] or [`GuestEvent::BlobFailed`].
    pub fn fetch_blob(&mut self, hash: [u8; 32], len: u64) {
        self.fetcher.fetch(hash, len);
    }

    /// Drops what was asked for with [`Self::fetch_blob`]; nothing more is heard of it.
    pub fn forget_blob(&mut self, hash: &[u8; 32]) {
        self.fetcher.forget(hash);
    }

    /// Makes bytes available to the host by their BLAKE3 hash; kept over lost links.
    pub fn offer_blob(&mut self, bytes: Bytes) -> [u8; 32] {
        self.blobs.offer(bytes)
    }

    /// Takes one [`Self::offer_blob`] of these bytes back.
    pub fn withdraw_blob(&mut self, hash: &[u8; 32]) {
        self.blobs.withdraw(hash);
    }

    /// Bytes of a blob here so far and in all.
    pub fn blob_progress(&self, hash: &[u8; 32]) -> Option<(u64, u64)> {
        self.fetcher.progress(hash)
    }

    /// Whether a blob that is being fetched waits behind another: nothing of it is asked for now.
    pub fn blob_waits(&self, hash: &[u8; 32]) -> bool {
        self.fetcher.waits(hash)
    }

    /// Says good-bye; call `update` until [`GuestEvent::Ended`], or for one second.
    pub fn leave(&mut self) {
        self.leaving = true;
    }

    /// What the host's clock (the `now` it hands to its `update`) shows when ours shows `now`: off by half the
    /// difference between the ways there and back. `None` until two heartbeats came, a second or two.
    pub fn host_clock(&self, now: Duration) -> Option<Duration> {
        match &self.stage {
            Stage::Inside(peer) => peer.pulse.peer_now(now),
            _ => None,
        }
    }

    /// What is added to the way of poses here so that they are shown without gaps, seconds: the middle of all.
    pub fn playout_secs(&self) -> f64 {
        self.timelines.added()
    }

    /// Figures of the link, as of the last `update`.
    pub fn stats(&self) -> GuestStats {
        let mut stats = GuestStats {
            playout_ms: (self.timelines.added() * 1e3) as f32,
            ..GuestStats::default()
        };
        let mut poses = self.past;
        if let Stage::Inside(peer) = &self.stage {
            add(&mut poses, peer.poses.stats());
            stats.rtt_ms = peer.pulse.rtt_ms();
            stats.loss = peer.arrivals.loss();
            stats.late_packets = peer.arrivals.late;
            stats.lost_packets = peer.arrivals.lost();
            stats.received_packets = peer.arrivals.received;
        }
        stats.avatar_updates = poses.updates;
        stats.avatar_update_bytes = poses.update_bits.div_ceil(8);
        stats.avatar_update_max_bytes = u64::from(poses.max_update_bits.div_ceil(8));
        stats
    }

    /// The link as the transport saw it last, at most a quarter of a second ago; still there after it is lost.
    pub fn report(&self) -> Option<LinkReport> {
        self.report.clone()
    }

    /// Ended, for whatever reason: nothing follows.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    fn end(
        &mut self,
        event: GuestEvent,
        transport: Option<&mut dyn Transport>,
        events: &mut Vec<GuestEvent>,
    ) {
        if let (Some(transport), Some(link)) = (transport, self.stage.link()) {
            transport.close(link);
        }
        self.stage = Stage::Over;
        self.away = None;
        self.wants_new_link = false;
        events.push(event);
    }

    fn failed(&mut self, now: Duration, cause: JoinFailure, events: &mut Vec<GuestEvent>) {
        match &mut self.away {
            // The room may be gone for the moment only: a host that restarts its network, a rendezvous blip.
            Some(away) => {
                self.stage = Stage::Arriving;
                away.next_try = now + RETRY_PAUSE;
            }
            None if self.seat.is_none() => self.end(GuestEvent::Failed(cause), None, events),
            None => {} // the old transport's last word about a link that is open
        }
    }

    fn closed(&mut self, now: Duration, cause: CloseCause, events: &mut Vec<GuestEvent>) {
        if matches!(self.stage, Stage::Leaving { .. }) {
            self.end(GuestEvent::Ended(EndReason::Left), None, events);
        } else if cause == CloseCause::Misbehaved {
            // A host whose bytes our transport does not take will not be better on the next link.
            self.end(GuestEvent::Ended(EndReason::HostUnproven), None, events);
        } else {
            self.lose_link(now, None, events);
        }
    }

    fn lose_link(
        &mut self,
        now: Duration,
        transport: Option<&mut dyn Transport>,
        events: &mut Vec<GuestEvent>,
    ) {
        if let (Some(transport), Some(link)) = (transport, self.stage.link()) {
            transport.close(link);
        }
        if self.seat.is_none() {
            // The link opened, but the host never let us in: it hangs, or went away meanwhile.
            self.end(GuestEvent::Failed(JoinFailure::HostSilent), None, events);
            return;
        }
        if let Stage::Inside(peer) = &self.stage {
            add(&mut self.past, peer.poses.stats());
        }
        self.stage = Stage::Arriving;
        self.mouth.clear();
        match &mut self.away {
            Some(away) => away.next_try = now + RETRY_PAUSE,
            None => {
                let until = now + KEEP_SEAT;
                self.away = Some(Away { until, next_try: now });
                events.push(GuestEvent::Lost { until });
            }
        }
    }

    fn received(
        &mut self,
        now: Duration,
        channel: Channel,
        bytes: &Bytes,
        transport: &mut dyn Transport,
        events: &mut Vec<GuestEvent>,
    ) {
        match &mut self.stage {
            Stage::Challenged { .. } | Stage::Asking { .. } => {
                // Streams may overtake the welcome: they are for later, and lost streams are normal.
                if channel == Channel::Order {
                    self.shake_hands(now, bytes, transport, events);
                }
            }
            Stage::Inside(_) => {
                if self
                    .receive_inside(now, channel, bytes, transport, events)
                    .is_err()
                {
                    self.end(
                        GuestEvent::Ended(EndReason::HostUnproven),
                        Some(transport),
                        events,
                    );
                }
            }
            Stage::Leaving { .. } | Stage::Arriving | Stage::Over => {}
        }
    }

    /// Timeouts, tries to come back, and the good-bye.
    fn watch(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<GuestEvent>) {
        if self.leaving {
            self.say_goodbye(now, transport, events);
        }
        match &self.stage {
            Stage::Challenged { link, until, .. }
                if now >= *until && self.seat.is_none() && !self.second_link =>
            {
                transport.close(*link);
                self.second_link = true;
                self.stage = Stage::Arriving;
                self.wants_new_link = true;
            }
            Stage::Challenged { until, .. } | Stage::Asking { until, .. } if now >= *until => {
                self.lose_link(now, Some(&mut *transport), events);
            }
            Stage::Inside(peer) if peer.pulse.is_silent(now) => {
                self.lose_link(now, Some(&mut *transport), events)
            }
            Stage::Leaving { until, .. } if now >= *until => {
                self.end(GuestEvent::Ended(EndReason::Left), Some(&mut *transport), events);
            }
            _ => {}
        }
        let Some(away) = &mut self.away else { return };
        if now >= away.until {
            self.end(GuestEvent::Ended(EndReason::Lost), Some(transport), events);
        } else if matches!(self.stage, Stage::Arriving) && now >= away.next_try {
            away.next_try = now + RETRY_STUCK;
            self.wants_new_link = true;
        }
    }

    fn say_goodbye(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<GuestEvent>) {
        match &self.stage {
            Stage::Leaving { .. } | Stage::Over => {}
            Stage::Inside(peer) => {
                // What was sent before goes first, as far as the window takes it. The rest is given up with the seat:
                // the good-bye must not wait behind it.
                let link = peer.link;
                self.order
                    .flush(now, |bytes| transport.send(link, Channel::Order, bytes).is_ok());
                let _ = transport.send(link, Channel::Order, frames::control(&FromGuest::Leave));
                self.stage = Stage::Leaving {
                    link,
                    until: now + FAREWELL,
                };
            }
            Stage::Arriving | Stage::Challenged { .. } | Stage::Asking { .. } => {
                self.end(GuestEvent::Ended(EndReason::Left), Some(transport), events);
            }
        }
    }

    fn send_due(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<GuestEvent>) {
        let Self {
            stage,
            order,
            fetcher,
            fetched,
            asked,
            bulk,
            datagram,
            scratch,
            sampler,
            own,
            hands,
            in_hands,
            mouth,
            voice,
            ..
        } = self;
        let sample = sampler.take();
        if let Some((tick, pose)) = sample {
            own.put(Slot(0), pose, tick, tick_at(now) as u16);
        }
        for (hand, sampler) in hands.iter_mut().enumerate() {
            if let Some((tick, pose)) = sampler.as_mut().and_then(body::Sampler::take) {
                in_hands.put(Slot(hand as u16), pose, tick, tick_at(now) as u16);
            }
        }
        if let Stage::Inside(peer) = stage {
            let link = peer.link;
            order.flush(now, |bytes| transport.send(link, Channel::Order, bytes).is_ok());
            fetcher.update(
                now,
                true,
                |bytes| transport.send(link, Channel::Bulk, bytes).is_ok(),
                fetched,
            );
            while bulk.has(now, crate::transfer::BLOCK_BYTES as f64)
                && let Some(block) = asked.next()
            {
                bulk.take(now, block.len() as f64);
                let _ = transport.send(link, Channel::Bulk, block);
            }
            if peer.tick_with(now, mouth.is_due(now, sample.is_some())) {
                peer.begin(now, order, datagram);
                mouth.take(datagram.room(MAX_DATAGRAM_BYTES), voice);
                if !voice.is_empty() {
                    datagram.section(frames::VOICE, voice);
                }
                let motion = Motion {
                    crowd: own,
                    bodies: in_hands,
                    viewer: None,
                    held: None,
                };
                peer.add_motion(now, &motion, usize::MAX, scratch, datagram);
                if let Some(bytes) = peer.finish(datagram) {
                    let _ = transport.send(link, Channel::Stream, bytes);
                }
            }
        } else if !matches!(stage, Stage::Over) {
            fetcher.update(now, false, |_| false, fetched);
        }
        events.extend(fetched.drain(..).map(|fetched| match fetched {
            Fetched::Blob { hash, bytes } => GuestEvent::Blob { hash, bytes },
            Fetched::Failed { hash } => GuestEvent::BlobFailed { hash },
        }));
    }
}

fn add(sum: &mut ReceiverStats, more: ReceiverStats) {
    sum.updates += more.updates;
    sum.update_bits += more.update_bits;
    sum.max_update_bits = sum.max_update_bits.max(more.max_update_bits);
}

#[cfg(test)]
mod tests;
