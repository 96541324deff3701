//! The session: being in a room with others, from Bevy's side.
//!
//! Flow: wishes ([`JoinLink`], [`LeaveSession`], hosting's `HostWorld`) → [`Session`] holds a
//! [`holm_net::session::host::Host`] or [`holm_net::session::guest::Guest`] with its transport → every
//! frame `receive` drives it and turns its events into facts ([`Entered`], [`SessionEnded`], [`Heard`],
//! [`Told`], …) → features answer with [`TellHost`] and [`Tell`] → `send` hands those on.
//! Invariants: a feature never asks whether this process is host or guest: what it tells the host arrives
//! as [`Heard`] at the host even if that is ourselves, and what the host tells all arrives as [`Told`] at
//! the host too. The transport comes from outside ([`Session::open_host`], [`Dial`]), so two people in one
//! process meet over memory exactly as they do over WebRTC.

mod guest;
mod host;
mod next;
pub(crate) mod patience;
pub(crate) mod probe;
pub mod wire;

use crate::profile::Profile;
use crate::wire::{FromHost, GAME_PROTOCOL, ToHost};
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
use bytes::Bytes;
use holm_identity::AccountKey;
use holm_net::body::BodyPose;
use holm_net::link::Link;
use holm_net::pose::{Pose, Slot, tick_at};
use holm_net::session::guest::{Guest, GuestConfig, GuestStats};
use holm_net::session::host::{Host, HostTotals};
use holm_net::session::voice::{Heard as FrameOf, VoiceRules};
use holm_net::session::{EndReason, Person};
use holm_net::transport::{JoinFailure, JoinStep, LinkReport, Transport};
use holm_voice::frame::Frame;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Session>()
        .init_state::<SessionPhase>()
        .add_message::<JoinLink>()
        .add_message::<LeaveSession>()
        .add_message::<Kick>()
        .add_message::<Entered>()
        .add_message::<SessionEnded>()
        .add_message::<Seated>()
        .add_message::<Unseated>()
        .add_message::<BlobArrived>()
        .add_message::<BlobFailed>()
        .add_message::<GuestBlob>()
        .add_message::<Heard>()
        .add_message::<Told>()
        .add_message::<TellHost>()
        .add_message::<Tell>()
        .configure_sets(PreUpdate, SessionSystems::Receive)
        .configure_sets(PostUpdate, SessionSystems::Send)
        .add_systems(
            PreUpdate,
            (receive, announce_phase).chain().in_set(SessionSystems::Receive),
        )
        .add_systems(
            PostUpdate,
            // What was said in this frame was said before going.
            (send, obey_wishes).chain().in_set(SessionSystems::Send),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionSystems {
    /// `PreUpdate`: what came in becomes facts.
    Receive,
    /// `PostUpdate`: what was said this frame goes out.
    Send,
}

/// How far in we are. Changes one frame after the fact that caused it, like every Bevy state.
#[derive(States, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SessionPhase {
    /// In no room.
    #[default]
    Off,
    /// On the way in; [`Session::step`] says how far.
    Joining,
    /// In a room, as host or guest.
    Inside,
    /// The link is lost; the seat is kept until [`Session::away_until`].
    Away,
}

/// A wish: go into the room this link opens.
#[derive(Message, Clone, Debug)]
pub struct JoinLink {
    pub link: Link,
}

/// A wish: leave the room; a host stops it for everyone.
#[derive(Message, Clone, Debug, Default)]
pub struct LeaveSession {
    /// What guests are told when a host stops; at most 200 bytes.
    pub why: String,
}

/// A host's wish: send somebody away.
#[derive(Message, Clone, Debug)]
pub struct Kick {
    pub slot: Slot,
    pub why: String,
}

/// We are inside.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Entered {
    /// Ours; `None` for a headless host.
    pub me: Option<Slot>,
    pub world_name: String,
    /// It is the world that we were in, at another host: what one sees of it stays.
    pub moved: bool,
}

/// We are in no room any more, or never got in. Followed by [`SessionPhase::Off`].
#[derive(Message, Clone, Debug, PartialEq)]
pub struct SessionEnded {
    pub end: SessionEnd,
}

/// Why we are out.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEnd {
    /// The session ended for this reason.
    Ended(EndReason),
    /// The way in did not open.
    Failed(JoinFailure),
    /// We left, or stopped the world we hosted.
    Left,
}

/// At the host: somebody took a seat. Features send them what they must know.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Seated {
    pub slot: Slot,
    /// They were in this world while somebody else was its host.
    pub moved: bool,
}

/// At the host: a seat is free again.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct Unseated {
    pub slot: Slot,
    pub reason: EndReason,
}

/// At the host: a guest (or the host's own person) said this. In order for each of them.
#[derive(Message, Clone, Debug)]
pub struct Heard {
    pub from: Slot,
    pub message: ToHost,
}

/// Everywhere: the host said this. In order.
#[derive(Message, Clone, Debug)]
pub struct Told(pub FromHost);

/// Say this to the host.
#[derive(Message, Clone, Debug)]
pub struct TellHost(pub ToHost);

/// At the host: tell one of them, or everyone with ourselves. One message for both, so that each of them hears answers
/// in the order in which they were given.
#[derive(Message, Clone, Debug)]
pub struct Tell {
    /// `None`: everyone.
    pub to: Option<Slot>,
    pub message: FromHost,
}

impl Tell {
    pub fn one(to: Slot, message: FromHost) -> Self {
        Self {
            to: Some(to),
            message,
        }
    }

    pub fn all(message: FromHost) -> Self {
        Self { to: None, message }
    }
}

/// Bytes asked for with [`Session::fetch_blob`] are here; their hash is right.
#[derive(Message, Clone, Debug)]
pub struct BlobArrived {
    pub hash: [u8; 32],
    pub bytes: Bytes,
}

/// The host cannot give these bytes.
#[derive(Message, Clone, Copy, Debug)]
pub struct BlobFailed {
    pub hash: [u8; 32],
}

/// At the host: what was asked for with [`Session::fetch_from`] is here, its hash right, or cannot be had (`None`).
#[derive(Message, Clone, Debug)]
pub struct GuestBlob {
    pub from: Slot,
    pub hash: [u8; 32],
    pub bytes: Option<Bytes>,
}

/// A transport that may move between threads with its app.
pub type BoxTransport = Box<dyn Transport + Send>;

/// Opens the way to one room, again after a lost link.
pub trait Dial: Send + Sync {
    fn dial(&mut self) -> BoxTransport;
}

impl<F: FnMut() -> BoxTransport + Send + Sync> Dial for F {
    fn dial(&mut self) -> BoxTransport {
        self()
    }
}

/// How this process reaches rooms: WebRTC in the programs, memory in tests.
#[derive(Resource)]
pub struct Network(pub Box<dyn Fn(&Link) -> Box<dyn Dial> + Send + Sync>);

/// How long a host that goes over to another still says what it has to say.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// The room we are in, if any. Others read it; only this module changes what it is.
#[derive(Resource, Default)]
pub struct Session {
    role: Role,
    me: Option<Slot>,
    world_name: String,
    link: Option<Link>,
    step: Option<JoinStep>,
    away_until: Option<Duration>,
    roster_changed: bool,
    phase: SessionPhase,
    /// What the last session ended with, until the next begins.
    last_end: Option<SessionEnd>,
    /// Where the world goes on, perhaps.
    next: Option<Box<next::Next>>,
    /// Set on the way to [`Self::next`], and by [`Self::take_over`].
    moving: bool,
    /// A session that ends before then, without us having left, is not over: the world goes on elsewhere.
    held_until: Option<Duration>,
    /// …also where its host ends it.
    held_given: bool,
    /// The room that was opened here has not been entered yet.
    opened: bool,
    /// Since when a host is about to go over: its last words are on their way.
    parting: Option<Duration>,
    now: Duration,
}

#[derive(Default)]
enum Role {
    #[default]
    None,
    Host(Box<host::HostSeat>),
    Guest(Box<guest::GuestSeat>),
}

impl Session {
    /// Opens a room here. `link` is what is shown to be sent to friends.
    pub fn open_host(
        &mut self,
        mut host: Host,
        transport: BoxTransport,
        link: Option<Link>,
        own: bool,
        world_name: String,
    ) {
        self.reset();
        for bytes in probe::all() {
            host.offer_blob(bytes);
        }
        self.me = own.then_some(Slot::HOST);
        self.world_name = world_name;
        self.link = link;
        self.role = Role::Host(Box::new(host::HostSeat::new(host, SyncCell::new(transport))));
        self.roster_changed = true;
        self.opened = true;
    }

    /// The same for a world that we are in as somebody's guest: from the next frame on it is ours to host. Those who were in it
    /// with us are expected by `host` already.
    pub fn take_over(&mut self, host: Host, transport: BoxTransport, link: Link, own: bool) {
        let (phase, world_name) = (self.phase, std::mem::take(&mut self.world_name));
        self.open_host(host, transport, Some(link), own, world_name);
        self.phase = phase;
        self.moving = true;
    }

    /// Looks whether the world goes on behind this link, again and again, until somebody there lets us in.
    pub fn try_next(&mut self, profile: &Profile, link: Link, dial: Box<dyn Dial>) {
        self.next = Some(Box::new(next::Next::new(profile, link, dial)));
    }

    /// Where [`Self::try_next`] looks.
    pub fn next_link(&self) -> Option<&Link> {
        Some(&self.next.as_ref()?.link)
    }

    /// The account that let us in there, and what it said since.
    pub fn next(&self) -> Option<(AccountKey, &[FromHost])> {
        let inside = self.next.as_ref()?.inside()?;
        Some((inside.host, &inside.told))
    }

    /// It is not looked for any more.
    pub fn drop_next(&mut self) {
        self.next = None;
    }

    /// Goes over to where [`Self::next`] let us in, with the next frame; a host tells nobody that it goes.
    pub fn go_next(&mut self) {
        self.moving = self.next().is_some();
    }

    /// If the link is lost for good before then, that is not the end: we are on our way to another host. `given`: nor if the
    /// host ends it. `None`: it is the end again.
    pub fn hold_until(&mut self, until: Option<Duration>, given: bool) {
        (self.held_until, self.held_given) = (until, given);
    }

    /// As a guest: how long nothing was heard of the host; `None` without a link to one.
    pub fn silence(&self) -> Option<Duration> {
        match &self.role {
            Role::Guest(seat) => seat.guest.silence(self.now),
            _ => None,
        }
    }

    /// At the host: by which id the rendezvous knows this guest. `None` for whoever is away, and where there is no rendezvous.
    pub fn known_as(&mut self, slot: Slot) -> Option<[u8; 16]> {
        match &mut self.role {
            Role::Host(seat) => seat.known_as(slot),
            _ => None,
        }
    }

    /// At the host: how long ago something left here that this guest has heard for certain, at most. `None` for whoever is away.
    pub fn unanswered(&self, slot: Slot) -> Option<Duration> {
        match &self.role {
            Role::Host(seat) => seat.host.unanswered(slot, self.now),
            _ => None,
        }
    }

    /// The account of the room's host: ours, or the one that let us in.
    pub fn host_account(&self) -> Option<AccountKey> {
        match &self.role {
            Role::None => None,
            Role::Host(seat) => Some(seat.host.account()),
            Role::Guest(seat) => seat.guest.host(),
        }
    }

    /// Sets out to a room.
    pub fn join(&mut self, profile: &Profile, link: Link, mut dial: Box<dyn Dial>) {
        self.reset();
        let guest = Guest::new(GuestConfig {
            identity: profile.identity.clone(),
            secret: link.secret.clone(),
            name: profile.name.clone(),
            game_protocol: GAME_PROTOCOL,
        });
        let transport = SyncCell::new(dial.dial());
        self.link = Some(link);
        self.role = Role::Guest(Box::new(guest::GuestSeat::new(guest, transport, dial)));
        self.phase = SessionPhase::Joining;
    }

    /// Goes over to the next host, once it is time; what it told already.
    fn go_over(&mut self, harvest: &mut Harvest) {
        if !self.moving || matches!(&self.role, Role::Host(_)) && self.opened {
            return;
        }
        if matches!(&self.role, Role::Host(_)) {
            let since = *self.parting.get_or_insert(self.now);
            if self.now.saturating_sub(since) < LAST_WORDS {
                return;
            }
        }
        self.parting = None;
        let Some((seat, inside, link)) = self.next.take().and_then(|next| next.seat()) else {
            self.moving = false;
            return;
        };
        self.moving = !matches!(self.role, Role::None);
        self.role = Role::Guest(Box::new(seat));
        self.link = Some(link);
        self.phase = SessionPhase::Inside;
        (self.away_until, self.held_until) = (None, None);
        harvest.entered = Some((Some(inside.slot), inside.world_name));
        harvest.told.extend(inside.told.into_iter().map(Told));
    }

    fn reset(&mut self) {
        *self = Self {
            now: self.now,
            roster_changed: true,
            ..Self::default()
        };
    }

    pub fn phase(&self) -> SessionPhase {
        self.phase
    }

    pub fn is_host(&self) -> bool {
        matches!(self.role, Role::Host(_))
    }

    /// Our own slot, once inside; `None` for a headless host.
    pub fn me(&self) -> Option<Slot> {
        self.me
    }

    /// The world's name as the host tells it; not yet fit to be shown (see `customs::world_name`).
    pub fn world_name(&self) -> &str {
        &self.world_name
    }

    /// The link that opens this room.
    pub fn link(&self) -> Option<&Link> {
        self.link.as_ref()
    }

    /// How far in we are, while [`SessionPhase::Joining`].
    pub fn step(&self) -> Option<JoinStep> {
        self.step
    }

    /// Until when our seat is kept, while [`SessionPhase::Away`]; in `Time<Real>`.
    pub fn away_until(&self) -> Option<Duration> {
        self.away_until
    }

    /// Why the last session ended.
    pub fn last_end(&self) -> Option<&SessionEnd> {
        self.last_end.as_ref()
    }

    /// Whether somebody came, went, was lost or found in this frame.
    pub fn roster_changed(&self) -> bool {
        self.roster_changed
    }

    /// Everyone in the room, ourselves included.
    pub fn for_each_person(&self, f: impl FnMut(&Person)) {
        match &self.role {
            Role::None => {}
            Role::Host(seat) => seat.host.people().for_each(f),
            Role::Guest(_) if self.me.is_none() => {}
            Role::Guest(seat) => seat.guest.people().for_each(f),
        }
    }

    /// Where to draw somebody now.
    pub fn shown_pose(&self, slot: Slot) -> Option<Pose> {
        match &self.role {
            Role::None => None,
            Role::Host(seat) => seat.host.shown_pose(slot, self.now),
            Role::Guest(seat) => seat.guest.shown_pose(slot, self.now),
        }
    }

    /// At the host: where somebody says they are, not where they are drawn.
    pub fn newest_pose(&self, slot: Slot) -> Option<Pose> {
        match &self.role {
            Role::Host(seat) => seat.host.latest_pose(slot),
            _ => None,
        }
    }

    /// What the host's clock shows now, seconds: the same for everybody in the room within half the difference
    /// between the ways there and back. `None` in no room, and as a guest until it is measured.
    pub fn host_secs(&self) -> Option<f64> {
        match &self.role {
            Role::None => None,
            Role::Host(_) => Some(self.now.as_secs_f64()),
            Role::Guest(seat) => Some(seat.guest.host_clock(self.now)?.as_secs_f64()),
        }
    }

    /// How long ago somebody was where they are shown, about: the way of their pose to the host and on to us, as
    /// the round trips say, and what is added here so that it is shown without gaps. Seconds.
    pub fn shown_late_secs(&self, ping_ms: Option<u16>, own_ping_ms: Option<u16>) -> f64 {
        let ways = f64::from(ping_ms.unwrap_or(0)) + f64::from(own_ping_ms.unwrap_or(0));
        let added = match &self.role {
            Role::None => 0.0,
            Role::Host(seat) => seat.host.playout_secs(),
            Role::Guest(seat) => seat.guest.playout_secs(),
        };
        (added + ways * 0.5e-3).clamp(0.0, 1.0)
    }

    /// Our own pose, sampled now.
    pub fn set_own_pose(&mut self, pose: Pose) {
        if self.me.is_none() {
            return;
        }
        match &mut self.role {
            Role::None => {}
            Role::Host(seat) => seat.host.set_own_pose(self.now, pose),
            Role::Guest(seat) => seat.guest.set_own_pose(self.now, pose),
        }
    }

    /// What whoever sits here says, 20 ms of it; lost unless we are inside.
    pub fn say(&mut self, frame: &Frame) {
        if self.me.is_none() {
            return;
        }
        match &mut self.role {
            Role::None => {}
            Role::Host(seat) => seat.host.say(self.now, frame),
            Role::Guest(seat) => seat.guest.say(frame),
        }
    }

    /// What others said to whoever sits here since this was asked last; half a second is kept.
    pub fn hear(&mut self) -> impl Iterator<Item = FrameOf> + '_ {
        let (host, guest) = match &mut self.role {
            Role::None => (None, None),
            Role::Host(seat) => (Some(seat.host.hear()), None),
            Role::Guest(seat) => (None, Some(seat.guest.hear())),
        };
        host.into_iter().flatten().chain(guest.into_iter().flatten())
    }

    /// How many frames of the datagram before are sent once more.
    pub fn repeat_voice(&mut self, frames: u8) {
        match &mut self.role {
            Role::None => {}
            Role::Host(seat) => seat.host.repeat_voice(frames),
            Role::Guest(seat) => seat.guest.repeat_voice(frames),
        }
    }

    /// At the host: who hears somebody, and whom they hear. It holds until their seat is free; who sits there next begins
    /// with none.
    pub fn set_voice(&mut self, slot: Slot, rules: VoiceRules) {
        if let Role::Host(seat) = &mut self.role {
            seat.host.set_voice(slot, rules);
        }
    }

    /// At the host: how many hear somebody who talks just now; `None` of who does not.
    pub fn voice_listeners(&self, slot: Slot) -> Option<usize> {
        match &self.role {
            Role::Host(seat) => seat.host.talks(slot).then(|| seat.host.listeners_of(slot)),
            _ => None,
        }
    }

    /// At the host: where bodies are that move, as of so long after the start of the clock of fixed steps. Slots are ours to
    /// give, below [`holm_net::body::MAX_BODIES`].
    pub fn put_bodies(&mut self, at: Duration, bodies: impl IntoIterator<Item = (Slot, BodyPose)>) {
        if let Role::Host(seat) = &mut self.role {
            seat.host.put_bodies(self.now, tick_at(at), bodies);
        }
    }

    /// At the host: it moves no more.
    pub fn remove_body(&mut self, body: Slot) {
        if let Role::Host(seat) = &mut self.role {
            seat.host.remove_body(body);
        }
    }

    /// At the host: the generation that samples of this slot have until it is removed.
    pub fn body_generation(&self, body: Slot) -> bool {
        match &self.role {
            Role::Host(seat) => seat.host.body_generation(body),
            _ => false,
        }
    }

    /// At the host: this guest streams where this body is, which is in their hand; or nothing any more.
    pub fn put_in_hand(&mut self, guest: Slot, body: Option<Slot>) {
        if let Role::Host(seat) = &mut self.role {
            seat.host.put_in_hand(guest, 0, body);
        }
    }

    /// At the host: where what is in a guest's hand is now.
    pub fn in_hand_of(&self, guest: Slot) -> Option<BodyPose> {
        match &self.role {
            Role::Host(seat) => seat.host.in_hand(guest, 0, self.now),
            _ => None,
        }
    }

    /// As a guest: where what I hold is now; `None`: nothing.
    pub fn set_in_hand(&mut self, pose: Option<BodyPose>) {
        if let Role::Guest(seat) = &mut self.role {
            seat.guest.set_in_hand(self.now, 0, pose);
        }
    }

    /// As a guest: where to draw the body that has this slot in this generation.
    pub fn shown_body(&self, body: Slot, generation: bool) -> Option<BodyPose> {
        match &self.role {
            Role::Guest(seat) => seat.guest.shown_body(body, generation, self.now),
            _ => None,
        }
    }

    /// Makes bytes available: at the host to guests, as a guest to the host. Their hash; `None` in no room.
    pub fn offer_blob(&mut self, bytes: Bytes) -> Option<[u8; 32]> {
        match &mut self.role {
            Role::Host(seat) => Some(seat.host.offer_blob(bytes)),
            Role::Guest(seat) => Some(seat.guest.offer_blob(bytes)),
            Role::None => None,
        }
    }

    /// Takes one [`Self::offer_blob`] of these bytes back.
    pub fn withdraw_blob(&mut self, hash: &[u8; 32]) {
        match &mut self.role {
            Role::Host(seat) => seat.host.withdraw_blob(hash),
            Role::Guest(seat) => seat.guest.withdraw_blob(hash),
            Role::None => {}
        }
    }

    /// At the host: asks a guest for bytes it offers; ends in [`GuestBlob`], or with the guest's seat.
    pub fn fetch_from(&mut self, slot: Slot, hash: [u8; 32], len: u64) {
        if let Role::Host(seat) = &mut self.role {
            seat.host.fetch_blob(slot, hash, len);
        }
    }

    /// As a guest: asks for bytes; ends in [`BlobArrived`] or [`BlobFailed`].
    pub fn fetch_blob(&mut self, hash: [u8; 32], len: u64) {
        if let Role::Guest(seat) = &mut self.role {
            seat.guest.fetch_blob(hash, len);
        }
    }

    /// At the host: nobody sees this guest's gestures any more, or everybody does again.
    pub fn set_still(&mut self, slot: Slot, still: bool) {
        if let Role::Host(seat) = &mut self.role {
            seat.host.set_still(slot, still);
        }
    }

    /// At the host: what [`Self::fetch_from`] asked for is not wanted any more.
    pub fn forget_from(&mut self, slot: Slot, hash: &[u8; 32]) {
        if let Role::Host(seat) = &mut self.role {
            seat.host.forget_blob(slot, hash);
        }
    }

    /// At the host: bytes here of what [`Self::fetch_from`] asked for, while it is on its way.
    pub fn progress_from(&self, slot: Slot, hash: &[u8; 32]) -> Option<u64> {
        match &self.role {
            Role::Host(seat) => seat.host.blob_progress(slot, hash),
            _ => None,
        }
    }

    /// At the host, for whoever watches what [`Self::fetch_from`] asked for: bytes here; `None` while it waits behind
    /// another, and nothing of it can come.
    pub fn coming_from(&self, slot: Slot, hash: &[u8; 32]) -> Option<u64> {
        let waits = matches!(&self.role, Role::Host(seat) if seat.host.blob_waits(slot, hash));
        (!waits).then(|| self.progress_from(slot, hash).unwrap_or(0))
    }

    /// At the host: when a guest asked for a part of what [`Self::offer_blob`] offers last; `None` if nobody did.
    pub fn blob_asked(&self, hash: &[u8; 32]) -> Option<Duration> {
        match &self.role {
            Role::Host(seat) => seat.host.blob_asked(hash),
            _ => None,
        }
    }

    /// As a guest, for whoever watches what [`Self::fetch_blob`] asked for: bytes here; `None` while it waits behind
    /// another, and nothing of it can come.
    pub fn coming(&self, hash: &[u8; 32]) -> Option<u64> {
        let waits = matches!(&self.role, Role::Guest(seat) if seat.guest.blob_waits(hash));
        (!waits).then(|| self.blob_progress(hash).map_or(0, |(here, _)| here))
    }

    /// As a guest: what [`Self::fetch_blob`] asked for is not wanted any more.
    pub fn forget_blob(&mut self, hash: &[u8; 32]) {
        if let Role::Guest(seat) = &mut self.role {
            seat.guest.forget_blob(hash);
        }
    }

    /// Bytes of a blob here so far, and in all.
    pub fn blob_progress(&self, hash: &[u8; 32]) -> Option<(u64, u64)> {
        match &self.role {
            Role::Guest(seat) => seat.guest.blob_progress(hash),
            _ => None,
        }
    }

    /// A guest's link in figures.
    pub fn guest_stats(&self) -> Option<GuestStats> {
        match &self.role {
            Role::Guest(seat) => Some(seat.guest.stats()),
            _ => None,
        }
    }

    /// A guest's link from outside: what ICE tried and chose, bytes.
    pub fn report(&self) -> Option<LinkReport> {
        match &self.role {
            Role::Guest(seat) => seat.guest.report(),
            _ => None,
        }
    }

    /// As a guest: the servers that the host gave for finding a way to it, once it did.
    pub fn ice_urls(&mut self) -> Option<Vec<String>> {
        match &mut self.role {
            Role::Guest(seat) => seat.ice_urls(),
            _ => None,
        }
    }

    /// At the host: the link of each guest who is not away. Copies each report: not for every frame.
    pub fn guest_links(&mut self) -> Vec<GuestLink> {
        match &mut self.role {
            Role::Host(seat) => seat.links(),
            _ => Vec::new(),
        }
    }

    /// A host's totals.
    pub fn host_totals(&self) -> Option<HostTotals> {
        match &self.role {
            Role::Host(seat) => Some(seat.host.totals()),
            _ => None,
        }
    }
}

/// A guest's link, from the host's side.
#[derive(Clone, Debug)]
pub struct GuestLink {
    pub slot: Slot,
    /// Round trip, milliseconds; `None` until measured.
    pub ping_ms: Option<u16>,
    /// Share of the guest's packets lost on the way here in the last 10 s, 0 to 1.
    pub loss: f32,
    pub link: LinkReport,
}

/// What one drive of a seat brought.
#[derive(Default)]
struct Harvest {
    entered: Option<(Option<Slot>, String)>,
    end: Option<SessionEnd>,
    seated: Vec<Seated>,
    unseated: Vec<Unseated>,
    heard: Vec<Heard>,
    told: Vec<Told>,
    blobs: Vec<BlobArrived>,
    blobs_failed: Vec<BlobFailed>,
    of_guests: Vec<GuestBlob>,
    roster_changed: bool,
}

pub(crate) fn receive(
    mut session: ResMut<Session>,
    time: Res<Time<Real>>,
    mut entered: MessageWriter<Entered>,
    mut ended: MessageWriter<SessionEnded>,
    mut seated: MessageWriter<Seated>,
    mut unseated: MessageWriter<Unseated>,
    mut heard: MessageWriter<Heard>,
    mut told: MessageWriter<Told>,
    mut blobs: MessageWriter<BlobArrived>,
    mut blobs_failed: MessageWriter<BlobFailed>,
    mut of_guests: MessageWriter<GuestBlob>,
) {
    let session = &mut *session;
    session.now = time.elapsed();
    let mut harvest = Harvest::default();
    // A room that opened or closed since the last frame changed who is here, too.
    let mut changed = std::mem::take(&mut session.roster_changed) && session.phase != SessionPhase::Joining;
    if let Some(next) = &mut session.next {
        next.drive(session.now);
    }
    session.go_over(&mut harvest);
    match &mut session.role {
        Role::None => {}
        Role::Host(seat) => {
            seat.drive(session.now, &mut harvest);
            if std::mem::take(&mut session.opened) && harvest.end.is_none() {
                harvest.entered = Some((session.me, session.world_name.clone()));
                session.phase = SessionPhase::Inside;
            }
        }
        Role::Guest(seat) => {
            seat.drive(
                session.now,
                &mut harvest,
                &mut session.phase,
                &mut session.step,
                &mut session.away_until,
            );
        }
    }
    changed |= harvest.roster_changed;
    if let Some((me, world_name)) = harvest.entered {
        session.me = me;
        session.world_name.clone_from(&world_name);
        changed = true;
        entered.write(Entered {
            me,
            world_name,
            moved: std::mem::take(&mut session.moving),
        });
    }
    seated.write_batch(harvest.seated);
    unseated.write_batch(harvest.unseated);
    heard.write_batch(harvest.heard);
    told.write_batch(harvest.told);
    blobs.write_batch(harvest.blobs);
    blobs_failed.write_batch(harvest.blobs_failed);
    of_guests.write_batch(harvest.of_guests);
    // A host that is gone on purpose, or for good, is not the end while the world goes on elsewhere.
    let held = session.held_until.is_some_and(|until| session.now < until);
    let lost = match &harvest.end {
        Some(SessionEnd::Ended(EndReason::Lost) | SessionEnd::Failed(_)) => true,
        Some(SessionEnd::Ended(_)) => session.held_given,
        _ => false,
    };
    if held && lost {
        harvest.end = None;
        session.phase = SessionPhase::Away;
        session.away_until = session.held_until;
    }
    if let (Some(until), Role::Guest(seat)) = (session.held_until, &session.role)
        && session.now >= until
    {
        session.held_until = None;
        if seat.guest.is_over() {
            harvest.end = Some(SessionEnd::Ended(EndReason::Lost));
        }
    } else if session.held_until.is_none()
        && session.phase == SessionPhase::Away
        && matches!(&session.role, Role::Guest(seat) if seat.guest.is_over())
    {
        harvest.end.get_or_insert(SessionEnd::Ended(EndReason::Lost));
    }
    if let Some(end) = harvest.end {
        session.reset();
        session.last_end = Some(end.clone());
        changed = true;
        ended.write(SessionEnded { end });
    }
    session.roster_changed = changed;
}

fn announce_phase(
    session: Res<Session>,
    phase: Res<State<SessionPhase>>,
    mut next: ResMut<NextState<SessionPhase>>,
) {
    if session.phase != *phase.get() {
        next.set(session.phase);
    }
}

fn obey_wishes(
    mut session: ResMut<Session>,
    network: Option<Res<Network>>,
    profile: Option<Res<Profile>>,
    mut joins: MessageReader<JoinLink>,
    mut leaves: MessageReader<LeaveSession>,
    mut kicks: MessageReader<Kick>,
) {
    for leave in leaves.read() {
        match &mut session.role {
            Role::None => {}
            Role::Host(seat) => seat.stop(&leave.why),
            Role::Guest(seat) => seat.leave(),
        }
    }
    for kick in kicks.read() {
        if let Role::Host(seat) = &mut session.role {
            seat.host.kick(kick.slot, &kick.why);
        }
    }
    // Of several links clicked in one frame the last is meant.
    if let (Some(join), Some(network), Some(profile)) = (joins.read().last(), network, profile) {
        let dial = (network.0)(&join.link);
        session.join(&profile, join.link.clone(), dial);
    }
}

fn send(
    mut session: ResMut<Session>,
    mut to_host: MessageReader<TellHost>,
    mut to_guests: MessageReader<Tell>,
    mut heard: MessageWriter<Heard>,
    mut told: MessageWriter<Told>,
) {
    let me = session.me;
    match &mut session.role {
        Role::None => {
            to_host.clear();
            to_guests.clear();
        }
        Role::Host(seat) => {
            for TellHost(message) in to_host.read() {
                heard.write(Heard {
                    from: me.unwrap_or(Slot::HOST),
                    message: message.clone(),
                });
            }
            for Tell { to, message } in to_guests.read() {
                match to {
                    Some(to) if Some(*to) != me => seat.tell(*to, message),
                    Some(_) => {
                        told.write(Told(message.clone()));
                    }
                    None => {
                        seat.tell_all(message);
                        told.write(Told(message.clone()));
                    }
                }
            }
        }
        Role::Guest(seat) => {
            for TellHost(message) in to_host.read() {
                seat.tell(message);
            }
            to_guests.clear();
        }
    }
}
