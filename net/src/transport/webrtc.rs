//! Links over WebRTC, the same on desktops, servers and in browsers.
//!
//! Flow: a line to a rendezvous brings [`super::signal`]s; `webrtc::host` lets guests in, `webrtc::guest` finds
//! the way to a host; either makes a `webrtc::peer` for each link, which owns one matchbox socket;
//! [`WebRtcTransport::poll`] moves it all along.
//! Invariant: one peer's link ends alone, whatever the peer does: its words are parsed and written anew
//! (`webrtc::sdp`), its bytes are metered (`webrtc::limits`), its task may panic, its handshake has a deadline.
//!
//! Why a socket for each peer, where matchbox holds many in one: its task `unwrap`s on what peers say, has no
//! way to send one of them away, never gives up a handshake, and ends all of them when it ends.
//!
//! **The binding.** Each end hashes the DTLS fingerprint of its own SDP with that of the SDP it was given; the
//! stacks refuse a certificate that does not match the latter (`rtc` 0.21.1,
//! `peer_connection/transport/dtls/mod.rs`, `prepare_transport`: `verify_peer_certificate`, which both the
//! client's flight 5 and the server's flight 4 call, and `RequireAnyClientCert`; browsers by RFC 8827 §5.6.4).
//! So a rendezvous that put itself in between has shown each end another fingerprint, the two bindings
//! differ, and the signed hello of the session above fails.

mod guest;
mod host;
mod limits;
mod line;
mod peer;
pub mod sdp;

pub use guest::GuestOptions;
pub use host::{HostLine, HostOptions};
pub use limits::{InboundLimits, Rate};
pub use line::{LineEnd, Rendezvous};

pub(super) use line::Dialled;

use super::signal::IceServers;
use super::{Channel, CloseCause, JoinStep, LinkEvent, LinkId, LinkReport, Path, SendError, Transport};
use bytes::Bytes;
use core::time::Duration;
use guest::GuestSide;
use host::HostSide;
use peer::{Change, Peer};
use std::collections::BTreeMap;

/// A rendezvous that does not answer for this long is not there.
pub(super) const DIAL_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a link that we close stays to bring away what was sent on it last (a farewell).
const FAREWELL: Duration = Duration::from_millis(300);

/// What happened at the door since the start, for `/metrics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub knocks: u64,
    pub refused: u64,
    pub handshakes_started: u64,
    pub handshakes_failed: u64,
    pub links_opened: u64,
    /// Peers cut off for what they said or how much of it.
    pub misbehaved: u64,
}

/// The links of one transport.
#[derive(Debug, Default)]
pub(crate) struct Links {
    peers: BTreeMap<LinkId, Peer>,
    last_id: u64,
    /// Closed here, and still there for [`FAREWELL`].
    parting: Vec<(Option<Duration>, Peer)>,
    /// Ends that are yet to be told.
    ended: Vec<(LinkId, CloseCause)>,
}

impl Links {
    fn add(&mut self, peer: Peer) -> LinkId {
        self.last_id += 1;
        let link = LinkId(self.last_id);
        self.peers.insert(link, peer);
        link
    }

    fn get_mut(&mut self, link: LinkId) -> Option<&mut Peer> {
        self.peers.get_mut(&link)
    }

    /// Open or being made.
    fn len(&self) -> usize {
        self.peers.len()
    }

    fn handshakes(&self) -> usize {
        self.peers.values().filter(|peer| !peer.is_open()).count()
    }

    /// Drops a link that was never open, or whose end is told otherwise.
    fn drop_silently(&mut self, link: LinkId) {
        self.peers.remove(&link);
    }

    /// Ends an open link now and has it told.
    fn end(&mut self, link: LinkId, cause: CloseCause) {
        if self.peers.remove(&link).is_some_and(|peer| peer.is_open()) {
            self.ended.push((link, cause));
        }
    }
}

#[derive(Debug)]
enum Side {
    Host(Box<HostSide>),
    Guest(Box<GuestSide>),
}

/// Links over WebRTC. See the module's words.
#[derive(Debug)]
pub struct WebRtcTransport {
    side: Side,
    links: Links,
    counters: Counters,
}

impl WebRtcTransport {
    /// Receives guests at a rendezvous. When the line to it breaks, open links go on, and it is dialled again
    /// with growing waits (a [`Rendezvous::Seat`] cannot be).
    pub fn host(rendezvous: Rendezvous, options: HostOptions) -> Self {
        Self {
            side: Side::Host(Box::new(HostSide::new(rendezvous, options))),
            links: Links::default(),
            counters: Counters::default(),
        }
    }

    /// Joins the host of a room. Within 15 s of the first poll there is [`LinkEvent::Opened`] or
    /// [`LinkEvent::Failed`]. One transport joins once; for another try make another.
    pub fn guest(rendezvous: Rendezvous, options: GuestOptions) -> Self {
        Self {
            side: Side::Guest(Box::new(GuestSide::new(rendezvous, options))),
            links: Links::default(),
            counters: Counters::default(),
        }
    }

    /// A host's line to its rendezvous; `None` for a guest.
    pub fn host_line(&self) -> Option<HostLine> {
        match &self.side {
            Side::Host(host) => Some(host.line()),
            Side::Guest(_) => None,
        }
    }

    /// What happened at the door so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// What a guest's failed join had tried, for the connection report.
    pub fn failed_join_report(&self) -> Option<&LinkReport> {
        match &self.side {
            Side::Host(_) => None,
            Side::Guest(guest) => Some(guest.last_report()),
        }
    }

    fn tell_ended(&mut self, events: &mut Vec<LinkEvent>) {
        for (link, cause) in self.links.ended.drain(..) {
            events.push(LinkEvent::Closed { link, cause });
        }
    }
}

impl Transport for WebRtcTransport {
    fn poll(&mut self, now: Duration, events: &mut Vec<LinkEvent>) {
        match &mut self.side {
            Side::Host(host) => host.poll(now, &mut self.links, &mut self.counters),
            Side::Guest(guest) => guest.poll(now, &mut self.links, events),
        }
        self.tell_ended(events);
        let mut over = Vec::new();
        for (&link, peer) in &mut self.links.peers {
            while let Some(signal) = peer.next_signal(now) {
                match &mut self.side {
                    Side::Host(host) => host.say(peer.remote, signal),
                    Side::Guest(guest) => guest.say(peer.remote, signal),
                }
            }
            let was_open = peer.is_open();
            let before = events.len();
            let (opened, closed) = peer.poll(now, |channel, bytes| {
                events.push(LinkEvent::Received { link, channel, bytes });
            });
            if let Some(Change::Opened(binding)) = opened {
                self.counters.links_opened += 1;
                events.insert(before, LinkEvent::Opened { link, binding });
                match &mut self.side {
                    Side::Host(host) => host.opened(link, peer.remote),
                    Side::Guest(guest) => {
                        guest.opened(now);
                        events.insert(
                            before,
                            LinkEvent::Progress {
                                step: JoinStep::Linked,
                            },
                        );
                    }
                }
            }
            if let Some(Change::Closed(cause)) = closed {
                over.push((link, cause, was_open || opened.is_some()));
            }
        }
        for (link, cause, was_open) in over {
            let Some(peer) = self.links.peers.remove(&link) else {
                continue;
            };
            self.counters.misbehaved += u64::from(cause == CloseCause::Misbehaved);
            match &mut self.side {
                Side::Host(host) => {
                    self.counters.handshakes_failed += u64::from(!was_open);
                    host.closed(link, peer.remote, cause);
                }
                Side::Guest(guest) => guest.closed(link, &peer),
            }
            if was_open {
                events.push(LinkEvent::Closed { link, cause });
            }
        }
        self.links
            .parting
            .retain_mut(|(until, _)| now < *until.get_or_insert(now + FAREWELL));
    }

    fn send(&mut self, link: LinkId, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        self.links
            .get_mut(link)
            .ok_or(SendError::NoLink)?
            .send(channel, bytes)
    }

    fn close(&mut self, link: LinkId) {
        let Some(peer) = self.links.peers.remove(&link) else {
            return;
        };
        match &mut self.side {
            Side::Host(host) => host.closed(link, peer.remote, CloseCause::Here),
            Side::Guest(guest) => guest.closed(link, &peer),
        }
        if peer.is_open() {
            self.links.ended.push((link, CloseCause::Here));
            self.links.parting.push((None, peer));
        }
    }

    fn report(&self, link: LinkId) -> Option<LinkReport> {
        self.links
            .peers
            .get(&link)
            .filter(|peer| peer.is_open())
            .map(Peer::report)
    }

    fn ice_servers(&self) -> Option<&IceServers> {
        match &self.side {
            Side::Host(_) => None,
            Side::Guest(guest) => guest.ice_servers(),
        }
    }

    fn known_as(&self, link: LinkId) -> Option<[u8; 16]> {
        let peer = self.links.peers.get(&link)?;
        Some(*peer.remote.0.as_bytes())
    }

    fn path(&self, link: LinkId) -> Option<Path> {
        self.links
            .peers
            .get(&link)
            .filter(|peer| peer.is_open())
            .map(Peer::path)
    }
}
