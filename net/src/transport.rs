//! Three channels to each peer, whatever carries them.
//!
//! Flow: a [`Transport`] is polled once a tick; it yields [`LinkEvent`]s and takes bytes for a
//! [`LinkId`] and a [`Channel`]. `memory` joins two people in one process through seeded bad links;
//! [`webrtc`] joins them through WebRTC; what it needs of the machine is in `native` and `web`.
//! Invariant: a transport never interprets payloads, and one link's failure never disturbs another.

pub mod memory;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, reason = "a page has no UDP socket; compiled all the same")
)]
pub mod outside;
pub mod signal;
#[cfg_attr(
    target_arch = "wasm32",
    allow(dead_code, reason = "a page has no UDP socket; compiled all the same")
)]
mod stun;
pub mod webrtc;

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
use native as platform;
#[cfg(target_arch = "wasm32")]
use web as platform;

pub use platform::configure_threads;

use bytes::Bytes;
use core::time::Duration;

/// One link to one peer, unique within one transport for its whole life; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub u64);

/// The three data channels of every link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Channel {
    /// Unreliable, unordered: streams. At most [`MAX_DATAGRAM_BYTES`] a message.
    Stream = 0,
    /// Reliable, ordered: wishes and facts. At most [`MAX_MESSAGE_BYTES`] a message.
    Order = 1,
    /// Reliable, unordered: bulk. At most [`MAX_MESSAGE_BYTES`] a message.
    Bulk = 2,
}

/// Largest payload on [`Channel::Stream`]: one SCTP DATA chunk in one 1,191-byte packet
/// (1,191 − 12 common header − 16 chunk header − 4 padding worst case = 1,159). One byte more
/// becomes two packets, and the loss of either loses the message.
pub const MAX_DATAGRAM_BYTES: usize = 1159;

/// Largest payload on the reliable channels, below the 65,536 that native peers advertise.
pub const MAX_MESSAGE_BYTES: usize = 60_000;

/// What both ends of a link agree on and nobody in between can make agree: a BLAKE3 hash over both
/// DTLS certificate fingerprints, sorted, so that both ends compute the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelBinding(pub [u8; 32]);

/// Something that happened on a link since the last poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// All three channels are open.
    Opened { link: LinkId, binding: ChannelBinding },
    /// One whole message arrived.
    Received {
        link: LinkId,
        channel: Channel,
        bytes: Bytes,
    },
    /// The link is gone for good; its id will not be heard of again.
    Closed { link: LinkId, cause: CloseCause },
    /// Nothing will come of joining: told to a guest whose link never opened.
    Failed { cause: JoinFailure },
    /// A step on the way to an open link, for the progress a person sees and the connection report.
    Progress { step: JoinStep },
}

/// Steps of opening a link, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JoinStep {
    /// Looking for the rendezvous.
    FindingRendezvous,
    /// At the rendezvous; asking the host for a way in.
    Knocking,
    /// Trying ways through the network.
    Connecting,
    /// A link is open.
    Linked,
}

/// Why an open link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCause {
    /// We closed it.
    Here,
    /// The peer closed it, or its process is gone.
    There,
    /// The peer sent what no honest peer sends (malformed, oversized, flooding).
    Misbehaved,
    /// The network in between went away.
    Network,
}

/// Why a join ended without a link. Each has its sentence in the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinFailure {
    /// The rendezvous does not answer (wrong address, host not running, no network).
    #[error("rendezvous unreachable")]
    RendezvousUnreachable,
    /// The rendezvous answered, but no TLS line to it came about: its certificate is not trusted, or it speaks no
    /// TLS there.
    #[error("no secure line to the rendezvous")]
    Insecure,
    /// The rendezvous answered, but nobody hosts this room.
    #[error("no such room")]
    NoSuchRoom,
    /// The room has a host, but it did not answer the knock in time.
    #[error("host silent")]
    HostSilent,
    /// The host speaks another protocol version.
    #[error("version mismatch: host speaks {host}, this client {own}")]
    Version { host: u16, own: u16 },
    /// The room takes nobody in for now.
    #[error("room full")]
    Full,
    /// Too many tries from this address in a short time.
    #[error("rate limited")]
    RateLimited,
    /// Somebody was banned who comes from the same network.
    #[error("barred")]
    Barred,
    /// Signaling worked, but no network path was found. `udp` says whether anything came back over UDP.
    #[error("no path to the host")]
    NoPath { relay_offered: bool, udp: UdpFinding },
}

/// What ICE could find out about UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UdpFinding {
    /// A STUN or TURN server answered: UDP works from here.
    Works,
    /// A server was configured and none answered: UDP is probably blocked.
    Blocked,
    /// No server was configured, nothing is known.
    Unknown,
}

/// How a link runs through the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Path {
    /// Not known (yet).
    #[default]
    Unknown,
    /// Straight between the two.
    Direct,
    /// Through a TURN relay.
    Relayed,
    /// Inside one process (tests).
    Memory,
}

/// What a link looks like from outside, for the connection report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkReport {
    pub path: Path,
    /// ICE candidate types of the chosen pair (`host`, `srflx`, `prflx`, `relay`), ours and theirs.
    pub chosen: Option<(String, String)>,
    /// Every candidate seen, as `ours host udp 192.168.1.5:50000` lines; addresses as signalled.
    pub tried: Vec<String>,
    pub sent_bytes: u64,
    pub received_bytes: u64,
    pub sent_messages: u64,
    pub received_messages: u64,
}

/// Why bytes were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("no such link")]
    NoLink,
    #[error("message of {len} bytes is over {max}")]
    TooLarge { len: usize, max: usize },
}

/// Carries bytes over links. One implementation in memory, one over WebRTC.
pub trait Transport {
    /// Moves everything that can move at `now` (time since an arbitrary start, never going back)
    /// and appends what happened to `events`, per link in order.
    fn poll(&mut self, now: Duration, events: &mut Vec<LinkEvent>);

    /// Hands one message to a link. Never blocks; a [`Channel::Stream`] message may be lost.
    fn send(&mut self, link: LinkId, channel: Channel, bytes: Bytes) -> Result<(), SendError>;

    /// Ends a link now. A [`LinkEvent::Closed`] with [`CloseCause::Here`] follows.
    fn close(&mut self, link: LinkId);

    /// What is known about a link; `None` once it is closed.
    fn report(&self, link: LinkId) -> Option<LinkReport>;

    /// The servers that the host gave for finding a way, once it did.
    fn ice_servers(&self) -> Option<&signal::IceServers> {
        None
    }

    /// By which id the rendezvous knows the other end of a link; `None` once it is closed, and where there is no rendezvous.
    fn known_as(&self, _link: LinkId) -> Option<[u8; 16]> {
        None
    }

    /// How a link runs, without the rest of its report; `None` once it is closed.
    fn path(&self, link: LinkId) -> Option<Path> {
        self.report(link).map(|report| report.path)
    }
}
