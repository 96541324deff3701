//! The host's side of a session: admits guests, keeps their seats, carries their words and poses.
//!
//! Flow: a link opens → its `Door` is knocked at (`super::hello`) → a `Seat` is taken; a seat outlives
//! its link by [`super::KEEP_SEAT`]. Each `update` reads everything, then sends what is due.
//! Invariant: what one guest does ends at most that guest's seat, and before its proof nothing about
//! the room leaves.
//!
//! One account has one seat. Whoever proves the account again without the seat's token (another device,
//! another tab, a client that was restarted) takes a new seat, and the old one ends with
//! [`EndReason::Elsewhere`]: the person in front of the newest screen is the one who wants in.

mod door;
mod seat;

use super::frames::{self, Change, Datagram, FromGuest, FromHost};
use super::hello::{RoomKeys, Token};
use super::order::BadCount;
use super::voice::{Forum, Heard, Inbox, Mouth, VoiceRules};
use super::{
    EndReason, FAREWELL, MAX_GAME_MESSAGE_BYTES, MAX_GUESTS, MAX_NAME_BYTES, MAX_REASON_BYTES,
    MAX_WORLD_NAME_BYTES, Misbehaved, Person, names,
};
use crate::body::{Bodies, BodyPose};
use crate::pose::{Crowd, Pose, Sampler, Slot, Timelines, tick_at};
use crate::stream::{Clock, Streamed};
use crate::transfer::{Answer, BlobStore, Fetched};
use crate::transport::{Channel, CloseCause, LinkEvent, LinkId, LinkReport, Path, Transport};
use crate::wire::BitWriter;
use bytes::Bytes;
use core::time::Duration;
use door::Door;
use holm_identity::{AccountKey, Identity};
use holm_voice::frame::Frame;
use seat::Seat;
use std::collections::BTreeMap;

/// Pings and paths are told this often.
const ROSTER_EVERY: Duration = Duration::from_secs(2);
/// Blocks for one guest in one update: with 60 updates a second 8 MB/s, more than a window brings over
/// most lines.
const BLOCKS_PER_UPDATE: usize = 8;
/// Blob bytes a second for all guests together: 100 Mbit/s. Slower uplinks are found by each link's
/// own congestion control.
const BULK_BYTES_PER_SEC: f64 = 12.5e6;

/// What a host needs to know before it opens its door.
#[derive(Clone, Debug)]
pub struct HostConfig {
    pub identity: Identity,
    /// The room's secret from the link; whoever has it may come in.
    pub secret: crate::link::RoomSecret,
    /// Shown to guests before the world is there; cut to [`MAX_WORLD_NAME_BYTES`].
    pub world_name: String,
    /// Hash of the game's own message list: two builds that differ refuse each other.
    pub game_protocol: u64,
    /// Guests at once, kept seats included; at most [`MAX_GUESTS`].
    pub max_guests: usize,
    /// The host's own avatar's name; `None` for a headless host, which has no avatar.
    pub own_name: Option<String>,
    /// Bytes a second for one guest's stream datagrams, headers included (default 32,000 = 256 kbit/s).
    pub stream_bytes_per_sec: u32,
}

/// What happened at the host.
#[derive(Clone, Debug, PartialEq)]
pub enum HostEvent {
    /// Somebody new is in. They know the roster already; the game now sends them what it must.
    Joined {
        slot: Slot,
        /// A seat was kept for them by [`Host::expect`].
        expected: bool,
    },
    /// A link broke; the seat is kept for 30 s.
    Lost { slot: Slot },
    /// The same person is back on a new link, with everything that waited for them.
    Resumed { slot: Slot },
    /// A seat is free again.
    Left { slot: Slot, reason: EndReason },
    /// A reliable game message, in order.
    Message { slot: Slot, bytes: Bytes },
    /// A guest asks for a blob this host does not have; for the log.
    UnknownBlob { slot: Slot, hash: [u8; 32] },
    /// A blob asked of a guest with [`Host::fetch_blob`] arrived and its hash is right.
    Blob {
        slot: Slot,
        hash: [u8; 32],
        bytes: Bytes,
    },
    /// The guest does not have the blob or sent one that does not match.
    BlobFailed { slot: Slot, hash: [u8; 32] },
}

/// Somebody for whom a seat is kept ([`Host::expect`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub slot: Slot,
    pub account: AccountKey,
    /// Shown until they say another; cut to [`MAX_NAME_BYTES`].
    pub name: String,
}

/// Totals since the start, for `/metrics` and the bench.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostTotals {
    pub joins: u64,
    pub resumes: u64,
    pub refused: u64,
    pub misbehaved: u64,
    pub sent_stream_bytes: u64,
    pub sent_stream_messages: u64,
    pub received_stream_bytes: u64,
    pub sent_order_bytes: u64,
    pub received_order_bytes: u64,
    pub sent_bulk_bytes: u64,
    /// Avatar updates encoded for all receivers together, and their payload bytes.
    pub avatar_updates: u64,
    pub avatar_update_bytes: u64,
    /// The same of bodies.
    pub body_updates: u64,
    pub body_update_bytes: u64,
    /// Voice, for all receivers together, without headers.
    pub sent_voice_bytes: u64,
    /// Voice that was passed on to nobody: more than a talker may say, or what no listener can be sent.
    pub refused_voice_bytes: u64,
    /// Voice that did not leave for one listener after all, because their link's share was used up.
    pub unsent_voice_bytes: u64,
    /// How often it was decided who hears whom.
    pub voice_decisions: u64,
}

/// A hosted session. See [`super`] for what it promises.
pub struct Host {
    config: HostConfig,
    keys: RoomKeys,
    own: Option<Person>,
    doors: BTreeMap<LinkId, Door>,
    /// By slot; slot 0 is never a guest's.
    seats: Vec<Option<Box<Seat>>>,
    by_account: BTreeMap<AccountKey, Slot>,
    /// Everybody's newest pose.
    crowd: Crowd,
    /// Every moving body's newest sample.
    bodies: Bodies,
    /// Of what moves them here.
    body_clock: Clock,
    /// Where to draw the others; only where somebody looks, that is, with an avatar of our own.
    timelines: Timelines,
    sampler: Sampler,
    own_pose: Option<Pose>,
    blobs: BlobStore,
    forum: Forum,
    /// What somebody with an avatar here says, and hears.
    mouth: Mouth,
    ears: Inbox,
    voice: Vec<u8>,
    bulk: super::gate::Bucket,
    /// Where the next update begins to hand out blocks, so that nobody is always first.
    bulk_turn: usize,
    next_roster: Duration,
    stopping: Option<Stopping>,
    totals: HostTotals,
    datagram: Datagram,
    scratch: BitWriter,
    inbox: Vec<LinkEvent>,
}

struct Stopping {
    reason: EndReason,
    /// Set once everybody was told.
    until: Option<Duration>,
}

impl core::fmt::Debug for Host {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Host")
            .field("people", &self.people().count())
            .field("totals", &self.totals)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// A room nobody is in yet. More than [`MAX_GUESTS`] are not taken; the world's and the host's own
    /// name are cut and cleaned as guests' are.
    pub fn new(mut config: HostConfig) -> Self {
        config.max_guests = config.max_guests.min(MAX_GUESTS);
        config.world_name = names::shown(&config.world_name, MAX_WORLD_NAME_BYTES, "World");
        let own = config.own_name.as_ref().map(|name| Person {
            slot: Slot::HOST,
            account: config.identity.account(),
            name: names::shown(name, MAX_NAME_BYTES, "Host"),
            ping_ms: None,
            path: Path::Unknown,
            away: false,
        });
        Self {
            keys: RoomKeys::new(&config.secret),
            config,
            own,
            doors: BTreeMap::new(),
            seats: vec![None],
            by_account: BTreeMap::new(),
            crowd: Crowd::new(),
            bodies: Bodies::new(),
            body_clock: Clock::default(),
            timelines: Timelines::new(),
            sampler: Sampler::new(),
            own_pose: None,
            blobs: BlobStore::default(),
            forum: Forum::default(),
            mouth: Mouth::default(),
            ears: Inbox::default(),
            voice: Vec::new(),
            bulk: super::gate::Bucket::new(BULK_BYTES_PER_SEC, BULK_BYTES_PER_SEC / 10.0),
            bulk_turn: 0,
            next_roster: Duration::ZERO,
            stopping: None,
            totals: HostTotals::default(),
            datagram: Datagram::default(),
            scratch: BitWriter::new(),
            inbox: Vec::new(),
        }
    }

    /// Keeps seats for people who were in this room while somebody else was its host: whoever proves one of these accounts
    /// within [`super::KEEP_SEAT`] joins anew, on that slot, and is away for everybody until then. Slots that are
    /// taken or beyond [`MAX_GUESTS`], and accounts that are here, are passed over.
    pub fn expect(&mut self, now: Duration, people: impl IntoIterator<Item = Expected>) {
        for Expected { slot, account, name } in people {
            let index = usize::from(slot.0);
            let free = self.seats.get(index).is_none_or(Option::is_none);
            let ours = account == self.config.identity.account() || self.by_account.contains_key(&account);
            let Some(token) = door::random().map(Token) else {
                return;
            };
            if index == 0 || index > self.config.max_guests || !free || ours {
                continue;
            }
            let person = Person {
                slot,
                account,
                name: names::shown(&name, MAX_NAME_BYTES, ""),
                ping_ms: None,
                path: Path::Unknown,
                away: true,
            };
            if self.seats.len() <= index {
                self.seats.resize_with(index + 1, || None);
            }
            self.by_account.insert(account, slot);
            let seat = Seat::expected(person, token, now, self.config.stream_bytes_per_sec);
            self.seats[index] = Some(Box::new(seat));
        }
    }

    /// Drives everything once: reads the transport, answers, and sends what is due at `now`.
    /// Call it at least [`super::TICK_HZ`] times a second; more often lowers latency, and streams
    /// still leave at `TICK_HZ`.
    pub fn update(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<HostEvent>) {
        let mut inbox = core::mem::take(&mut self.inbox);
        transport.poll(now, &mut inbox);
        for event in inbox.drain(..) {
            match event {
                LinkEvent::Opened { link, binding } => self.open_door(now, link, binding, transport),
                LinkEvent::Received { link, channel, bytes } => {
                    self.received(now, link, channel, bytes, transport, events);
                }
                LinkEvent::Closed { link, cause } => self.closed(now, link, cause, transport, events),
                LinkEvent::Failed { .. } | LinkEvent::Progress { .. } => {}
            }
        }
        self.inbox = inbox;
        self.watch(now, transport, events);
        self.tell_roster(now, transport);
        self.timelines.advance(now);
        for seat in self.seats.iter_mut().flatten() {
            seat.hand_lines.advance(now);
        }
        self.ask_for_blobs(now, transport, events);
        self.pass_on_voice(now);
        self.send_due(now, transport);
        self.end_those_who_must(now, transport, events);
    }

    /// The link of each guest who is not away: their slot, the share of their packets that got lost on the way
    /// here in the last 10 s (0 to 1), and what the transport knows. Copies each report: not for every frame.
    pub fn links<'a>(
        &'a self,
        transport: &'a dyn Transport,
    ) -> impl Iterator<Item = (Slot, f32, LinkReport)> + 'a {
        self.seats.iter().flatten().filter_map(|seat| {
            let peer = seat.peer.as_ref()?;
            Some((
                seat.person.slot,
                peer.arrivals.loss(),
                transport.report(peer.link)?,
            ))
        })
    }

    /// Sends one reliable, ordered message (at most 48 KiB). False if that slot is not in, or the message
    /// is too long.
    pub fn send(&mut self, slot: Slot, message: Bytes) -> bool {
        if message.len() > MAX_GAME_MESSAGE_BYTES {
            return false;
        }
        let Some(seat) = self.seat_mut(slot).filter(|seat| seat.ending.is_none()) else {
            return false;
        };
        seat.push_game(frames::game(&message));
        true
    }

    /// [`Self::send`] to everyone who is in (kept seats included). Too long a message goes to nobody.
    pub fn broadcast(&mut self, message: Bytes) {
        if message.len() > MAX_GAME_MESSAGE_BYTES {
            return;
        }
        let frame = frames::game(&message);
        for seat in self
            .seats
            .iter_mut()
            .flatten()
            .filter(|seat| seat.ending.is_none())
        {
            seat.push_game(frame.clone());
        }
    }

    /// The host's own avatar, sampled now; only with `own_name`.
    pub fn set_own_pose(&mut self, now: Duration, pose: Pose) {
        if self.own.is_none() {
            return;
        }
        self.own_pose = Some(pose);
        self.sampler.push(now, pose);
        if let Some((tick, pose)) = self.sampler.take() {
            self.crowd.put(Slot::HOST, pose, tick, tick_at(now) as u16);
        }
    }

    /// What whoever hosts says, a frame of 20 ms at a time; only with `own_name`.
    pub fn say(&mut self, now: Duration, frame: &Frame) {
        if self.own.is_some() {
            self.mouth.say_at(now, frame);
        }
    }

    /// How many frames of the bundle before are sent once more ([`holm_voice::frame::Bundler::set_repeat`]).
    pub fn repeat_voice(&mut self, frames: u8) {
        self.mouth.set_repeat(frames);
    }

    /// What others said to whoever hosts since this was asked last; half a second is kept.
    pub fn hear(&mut self) -> impl Iterator<Item = Heard> + '_ {
        self.ears.drain()
    }

    /// Who hears somebody, and whom they hear: from the next frame on that is passed on, until they leave. Of whoever is not here
    /// nothing is kept.
    pub fn set_voice(&mut self, slot: Slot, rules: VoiceRules) {
        if self.people().any(|person| person.slot == slot) {
            self.forum.set_rules(slot, rules);
        }
    }

    /// How many people hear somebody who talks; 0 of who does not.
    pub fn listeners_of(&self, slot: Slot) -> usize {
        self.forum.listeners_of(slot)
    }

    /// What is added to the way of poses here so that they are shown without gaps, seconds: the middle of all.
    pub fn playout_secs(&self) -> f64 {
        self.timelines.added()
    }

    /// Where to draw somebody at `now`: interpolated; `None` before their first pose.
    ///
    /// A host without an avatar of its own draws nobody: there it is [`Self::latest_pose`].
    pub fn shown_pose(&self, slot: Slot, now: Duration) -> Option<Pose> {
        if self.own.is_none() || slot == Slot::HOST {
            self.latest_pose(slot)
        } else {
            self.timelines.shown(slot, now)
        }
    }

    /// The newest pose received from somebody, not interpolated (rules use it).
    pub fn latest_pose(&self, slot: Slot) -> Option<Pose> {
        if slot == Slot::HOST {
            self.own_pose
        } else {
            self.crowd.latest(slot).map(|pose| pose.pose())
        }
    }

    /// Where bodies are that move here, all sampled at one tick of the clock that moves them; slots below
    /// [`crate::body::MAX_BODIES`]. They are the game's to give, and to tell whose they are.
    pub fn put_bodies(
        &mut self,
        now: Duration,
        sampled: u64,
        bodies: impl IntoIterator<Item = (Slot, BodyPose)>,
    ) {
        let tick = self.body_clock.follow(sampled as u16, tick_at(now) as u16);
        for (body, pose) in bodies {
            if let Some(pose) = Streamed::new(&pose) {
                self.bodies.put_at(body, pose, tick);
            }
        }
    }

    /// It rests, or is not there any more: nobody is told of it, and its slot is free.
    pub fn remove_body(&mut self, body: Slot) {
        self.bodies.remove(body);
    }

    /// Which of two generations samples of this slot have, as long as it is not removed: the game tells it with whose the
    /// slot is, so that a late sample is not taken for the next one's.
    #[must_use]
    pub fn body_generation(&self, body: Slot) -> bool {
        self.bodies.generation(body)
    }

    /// From now on what this guest streams of that hand ([`crate::body::HANDS`]) is this body; `None`: nothing is in it.
    pub fn put_in_hand(&mut self, guest: Slot, hand: usize, body: Option<Slot>) {
        if let Some(seat) = self.seat_mut(guest)
            && let Some(holds) = seat.hands.get_mut(hand)
        {
            *holds = body;
            seat.hand_lines.forget(Slot(hand as u16));
        }
    }

    /// Where what is in a guest's hand is at `now`, interpolated; `None` before its first sample.
    pub fn in_hand(&self, guest: Slot, hand: usize, now: Duration) -> Option<BodyPose> {
        let seat = self.seats.get(usize::from(guest.0))?.as_deref()?;
        seat.hand_lines.shown(Slot(hand as u16), now)
    }

    /// How long ago something left here that this guest has heard for certain, at most: two seconds and a round trip while all is
    /// well. `None` for whoever is away.
    pub fn unanswered(&self, slot: Slot, now: Duration) -> Option<Duration> {
        let seat = self.seats.get(usize::from(slot.0))?.as_deref()?;
        Some(seat.peer.as_ref()?.pulse.unanswered(now))
    }

    /// By which id the rendezvous knows this guest; `None` for whoever is away, and where there is no rendezvous.
    pub fn known_as(&self, slot: Slot, transport: &dyn Transport) -> Option<[u8; 16]> {
        let seat = self.seats.get(usize::from(slot.0))?.as_deref()?;
        transport.known_as(seat.peer.as_ref()?.link)
    }

    /// Whose room it is.
    pub fn account(&self) -> AccountKey {
        self.config.identity.account()
    }

    /// Everyone in the room, by slot, the host's own avatar included.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.own
            .iter()
            .chain(self.seats.iter().flatten().map(|seat| &seat.person))
    }

    /// Makes bytes available to guests by their BLAKE3 hash.
    pub fn offer_blob(&mut self, bytes: Bytes) -> [u8; 32] {
        self.blobs.offer(bytes)
    }

    /// Takes one [`Self::offer_blob`] of these bytes back.
    pub fn withdraw_blob(&mut self, hash: &[u8; 32]) {
        self.blobs.withdraw(hash);
    }

    /// When a guest asked for a part of what is offered with [`Self::offer_blob`] last; `None` if nobody did.
    pub fn blob_asked(&self, hash: &[u8; 32]) -> Option<Duration> {
        self.blobs.asked(hash)
    }

    /// Asks a guest for a blob it offers; ends in [`HostEvent::Blob`] or [`HostEvent::BlobFailed`], or with the guest's
    /// seat. Memory grows with what comes, up to `len`: the caller has decided that this is little enough.
    pub fn fetch_blob(&mut self, slot: Slot, hash: [u8; 32], len: u64) {
        if let Some(seat) = self.seat_mut(slot) {
            seat.fetcher.fetch(hash, len);
        }
    }

    /// Drops what was asked of a guest with [`Self::fetch_blob`]; nothing more is heard of it.
    pub fn forget_blob(&mut self, slot: Slot, hash: &[u8; 32]) {
        if let Some(seat) = self.seat_mut(slot) {
            seat.fetcher.forget(hash);
        }
    }

    /// Bytes here of what was asked of a guest with [`Self::fetch_blob`], while it is on its way.
    pub fn blob_progress(&self, slot: Slot, hash: &[u8; 32]) -> Option<u64> {
        let seat = self.seats.get(usize::from(slot.0))?.as_deref()?;
        let (here, _) = seat.fetcher.progress(hash)?;
        Some(here)
    }

    /// Whether what was asked of a guest with [`Self::fetch_blob`] waits behind another: nothing of it is asked for now.
    pub fn blob_waits(&self, slot: Slot, hash: &[u8; 32]) -> bool {
        let seat = self.seats.get(usize::from(slot.0)).and_then(Option::as_deref);
        seat.is_some_and(|seat| seat.fetcher.waits(hash))
    }

    /// Sends somebody away with a reason (cut to [`MAX_REASON_BYTES`]); they cannot resume. Takes effect
    /// in the next `update`.
    pub fn kick(&mut self, slot: Slot, reason: &str) {
        let reason = EndReason::Kicked(names::shown(reason, MAX_REASON_BYTES, ""));
        if let Some(seat) = self.seat_mut(slot) {
            seat.ending.get_or_insert(reason);
        }
    }

    /// From now on nobody sees this guest's gestures, or everybody does again. Where they stand and look is seen as before.
    pub fn set_still(&mut self, slot: Slot, still: bool) {
        if let Some(seat) = self.seat_mut(slot) {
            seat.still = still;
        }
    }

    /// Tells everybody why (cut to [`MAX_REASON_BYTES`]) and ends; call `update` until [`Self::is_over`],
    /// or for one second. What was sent before still arrives before the reason.
    pub fn stop(&mut self, reason: &str) {
        let reason = EndReason::HostStopped(names::shown(reason, MAX_REASON_BYTES, ""));
        self.stopping.get_or_insert(Stopping { reason, until: None });
    }

    /// Stopped, and nobody is left to be told.
    pub fn is_over(&self) -> bool {
        self.stopping.is_some() && self.seats.iter().flatten().next().is_none() && self.doors.is_empty()
    }

    /// Totals since the start.
    pub fn totals(&self) -> HostTotals {
        self.totals
    }

    fn seat_mut(&mut self, slot: Slot) -> Option<&mut Seat> {
        self.seats.get_mut(usize::from(slot.0))?.as_deref_mut()
    }

    fn received(
        &mut self,
        now: Duration,
        link: LinkId,
        channel: Channel,
        bytes: Bytes,
        transport: &mut dyn Transport,
        events: &mut Vec<HostEvent>,
    ) {
        match self.doors.get(&link) {
            None | Some(Door::Closing { .. }) => {}
            Some(Door::Knocking { .. }) => self.knock(now, link, channel, &bytes, transport, events),
            Some(&Door::Seated(slot)) => {
                let Some(seat) = self
                    .seats
                    .get_mut(usize::from(slot.0))
                    .and_then(Option::as_deref_mut)
                else {
                    return;
                };
                if seat.ending.is_some() {
                    return;
                }
                let timelines = self.own.is_some().then_some(&mut self.timelines);
                let read = seat.receive(
                    now,
                    channel,
                    &bytes,
                    &mut self.blobs,
                    &mut self.crowd,
                    &mut self.bodies,
                    &mut self.forum,
                    timelines,
                    transport,
                    &mut self.totals,
                    events,
                );
                match read {
                    Ok(None) => {}
                    Ok(Some(FromGuest::Leave)) => seat.ending = Some(EndReason::Left),
                    Err(Misbehaved) => seat.ending = Some(EndReason::Misbehaved),
                }
            }
        }
    }

    fn closed(
        &mut self,
        now: Duration,
        link: LinkId,
        cause: CloseCause,
        transport: &mut dyn Transport,
        events: &mut Vec<HostEvent>,
    ) {
        let Some(Door::Seated(slot)) = self.doors.remove(&link) else {
            return;
        };
        if let Some(Stopping {
            reason,
            until: Some(_),
        }) = &self.stopping
        {
            // They have heard why and went.
            let reason = reason.clone();
            self.end_seat(now, slot, reason, transport, events);
        } else if cause == CloseCause::Misbehaved {
            self.end_seat(now, slot, EndReason::Misbehaved, transport, events);
        } else {
            self.lose_link(now, slot, transport, events);
        }
    }

    /// The link is no use any more; the seat is kept.
    fn lose_link(
        &mut self,
        now: Duration,
        slot: Slot,
        transport: &mut dyn Transport,
        events: &mut Vec<HostEvent>,
    ) {
        let Some(seat) = self.seat_mut(slot) else { return };
        let Some(link) = seat.lose_link(now) else { return };
        let change = seat.change();
        if self.doors.remove(&link).is_some() {
            transport.close(link);
        }
        events.push(HostEvent::Lost { slot });
        self.tell_all(&FromHost::PeopleChanged(vec![change]), None);
    }

    /// Frees a seat: nothing of who had it is left here.
    fn vacate(&mut self, slot: Slot) -> Option<Box<Seat>> {
        let seat = self.seats.get_mut(usize::from(slot.0))?.take()?;
        self.by_account.remove(&seat.person.account);
        self.crowd.remove(slot);
        self.timelines.forget(slot);
        self.forum.forget(slot);
        Some(seat)
    }

    /// Frees a seat, tells the person why if there is a link to say it on, and everybody else that they left.
    fn end_seat(
        &mut self,
        now: Duration,
        slot: Slot,
        reason: EndReason,
        transport: &mut dyn Transport,
        events: &mut Vec<HostEvent>,
    ) {
        let Some(seat) = self.vacate(slot) else {
            return;
        };
        if let Some(peer) = &seat.peer
            && let Some(door) = self.doors.get_mut(&peer.link)
        {
            if reason == EndReason::Left {
                transport.close(peer.link);
                self.doors.remove(&peer.link);
            } else {
                // Past the window, because nothing follows and the person should learn why.
                let farewell = frames::control(&FromHost::End(reason.clone()));
                let _ = transport.send(peer.link, Channel::Order, farewell);
                *door = Door::Closing {
                    until: now + FAREWELL,
                };
            }
        }
        if reason == EndReason::Misbehaved {
            self.totals.misbehaved += 1;
        }
        events.push(HostEvent::Left { slot, reason });
        self.tell_all(&FromHost::PersonLeft { slot }, None);
    }

    fn end_those_who_must(
        &mut self,
        now: Duration,
        transport: &mut dyn Transport,
        events: &mut Vec<HostEvent>,
    ) {
        for index in 0..self.seats.len() {
            let ending = self.seats[index]
                .as_deref_mut()
                .and_then(|seat| seat.ending.take());
            if let Some(reason) = ending {
                self.end_seat(now, slot_of(index), reason, transport, events);
            }
        }
    }

    /// Puts a control frame into everybody's queue but one.
    fn tell_all(&mut self, message: &FromHost, except: Option<Slot>) {
        let frame = frames::control(message);
        for seat in self.seats.iter_mut().flatten() {
            if Some(seat.person.slot) != except && seat.peer.is_some() {
                seat.push_control(frame.clone());
            }
        }
    }

    /// Timeouts: doors nobody comes through, silent links, seats kept long enough, and the end of the world.
    fn watch(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<HostEvent>) {
        self.close_doors_in_time(now, transport);
        for index in 0..self.seats.len() {
            let Some(seat) = self.seats[index].as_deref_mut() else {
                continue;
            };
            if seat.peer.as_ref().is_some_and(|peer| peer.pulse.is_silent(now)) {
                self.lose_link(now, slot_of(index), transport, events);
            } else if seat.away_until.is_some_and(|until| now >= until) {
                seat.ending.get_or_insert(EndReason::Lost);
            }
        }
        self.stop_step(now, transport, events);
    }

    fn stop_step(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<HostEvent>) {
        let Some(stopping) = &mut self.stopping else {
            return;
        };
        let reason = stopping.reason.clone();
        let Some(until) = stopping.until else {
            stopping.until = Some(now + FAREWELL);
            self.tell_all(&FromHost::End(reason), None);
            return;
        };
        for index in 0..self.seats.len() {
            let Some(seat) = self.seats[index].as_deref() else {
                continue;
            };
            if now < until && seat.peer.is_some() && !seat.order.is_flushed() {
                continue;
            }
            if let Some(seat) = self.vacate(slot_of(index)) {
                if let Some(peer) = seat.peer {
                    self.doors.remove(&peer.link);
                    transport.close(peer.link);
                }
                events.push(HostEvent::Left {
                    slot: slot_of(index),
                    reason: reason.clone(),
                });
            }
        }
        if now >= until {
            while let Some((link, _)) = self.doors.pop_first() {
                transport.close(link);
            }
        }
    }

    fn tell_roster(&mut self, now: Duration, transport: &dyn Transport) {
        if now < self.next_roster {
            return;
        }
        self.next_roster = now + ROSTER_EVERY;
        let changes: Vec<Change> = self
            .seats
            .iter_mut()
            .flatten()
            .filter_map(|seat| seat.measure(transport))
            .collect();
        if !changes.is_empty() {
            self.tell_all(&FromHost::PeopleChanged(changes), None);
        }
    }

    /// Asks guests for the blobs the game wants of them.
    fn ask_for_blobs(&mut self, now: Duration, transport: &mut dyn Transport, events: &mut Vec<HostEvent>) {
        let mut done = Vec::new();
        for seat in self.seats.iter_mut().flatten() {
            seat.ask_for_blobs(now, transport, &mut done);
            let slot = seat.person.slot;
            events.extend(done.drain(..).map(|fetched| match fetched {
                Fetched::Blob { hash, bytes } => HostEvent::Blob { slot, hash, bytes },
                Fetched::Failed { hash } => HostEvent::BlobFailed { slot, hash },
            }));
        }
    }

    /// What was said goes to those who are to hear it.
    fn pass_on_voice(&mut self, now: Duration) {
        let Self {
            seats,
            own,
            crowd,
            forum,
            mouth,
            ears,
            totals,
            ..
        } = self;
        let own = own.as_ref().map(|own| own.slot);
        if mouth.is_due(now, false) {
            while let Some(bundle) = mouth.next() {
                forum.said(now, Slot::HOST, &bundle);
            }
        }
        let guests: Vec<(Slot, u32)> = seats
            .iter()
            .flatten()
            .filter(|seat| seat.peer.is_some())
            .map(|seat| (seat.person.slot, seat.ears.room_bytes_per_sec()))
            .collect();
        let here = own
            .map(|own| (own, u32::MAX))
            .into_iter()
            .chain(guests.iter().copied());
        forum.pass_on(now, crowd, here, |listener, talker, bytes| {
            if Some(listener) == own {
                // It was read before: it can be read again.
                let _ = super::voice::read_heard(bytes, |_, bundle| ears.put(talker, bundle, now));
            } else if let Some(seat) = seats
                .get_mut(usize::from(listener.0))
                .and_then(Option::as_deref_mut)
            {
                totals.unsent_voice_bytes += seat.ears.put(now, bytes.clone()) as u64;
            }
        });
        totals.sent_voice_bytes = forum.forwarded_bytes;
        totals.refused_voice_bytes = forum.refused_bytes;
        totals.voice_decisions = forum.decisions;
    }

    fn send_due(&mut self, now: Duration, transport: &mut dyn Transport) {
        let Self {
            seats,
            crowd,
            bodies,
            datagram,
            scratch,
            totals,
            bulk,
            voice,
            ..
        } = self;
        for seat in seats.iter_mut().flatten() {
            seat.send_order(now, transport, totals);
            seat.send_stream(now, crowd, bodies, datagram, scratch, voice, transport, totals);
        }
        let count = seats.len();
        self.bulk_turn = (self.bulk_turn + 1) % count.max(1);
        for turn in 0..count {
            let Some(seat) = seats[(self.bulk_turn + turn) % count].as_deref_mut() else {
                continue;
            };
            let Some(peer) = &seat.peer else { continue };
            for _ in 0..BLOCKS_PER_UPDATE {
                if !bulk.has(now, crate::transfer::BLOCK_BYTES as f64) {
                    return;
                }
                let Some(block) = seat.asked.next() else { break };
                bulk.take(now, block.len() as f64);
                totals.sent_bulk_bytes += block.len() as u64;
                let _ = transport.send(peer.link, Channel::Bulk, block);
            }
        }
    }
}

fn slot_of(index: usize) -> Slot {
    Slot(u16::try_from(index).expect("at most MAX_GUESTS + 1 slots"))
}
