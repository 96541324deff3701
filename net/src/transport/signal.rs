//! What two peers say to each other through a rendezvous before they are linked.
//!
//! Flow: guest connects to `/signal/ROOM`, is told the host's id (`NewPeer`), sends [`Signal::Knock`], gets
//! [`Signal::Welcome`] with the ICE servers or [`Signal::Refused`], then offers SDP. The rendezvous relays
//! between the room's host and each guest, never between guests, and reads none of it.
//! On the line each frame is the JSON of `matchbox_protocol::{PeerRequest, PeerEvent}<Signal>`.
//! Invariant: nothing from a line reaches WebRTC before [`Signal`]'s checks passed it.

use futures::channel::mpsc;
use serde::{Deserialize, Serialize};

/// Longest frame on a signaling line, bytes. A browser's full SDP with candidates is 2–4 KiB.
pub const MAX_SIGNAL_BYTES: usize = 16 * 1024;

/// A two-way line of text frames to a rendezvous: a websocket, or a seat inside the same process.
/// Both directions are bounded; a full line is a lost line.
#[derive(Debug)]
pub struct SignalLine {
    pub to_rendezvous: mpsc::Sender<String>,
    pub from_rendezvous: mpsc::Receiver<String>,
}

/// The room's name at the rendezvous: 32 lower-case hex digits, a hash of the secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoomId(pub String);

/// An ICE server as browsers describe it. matchbox takes exactly one entry, so STUN and TURN share it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServers {
    pub urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// One message between a guest and a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Guest: may I come in?
    Knock { version: u16 },
    /// Host: yes; find your way with these.
    Welcome { ice: IceServers },
    /// Host: no.
    Refused { why: Refusal },
    /// SDP and candidates, as matchbox makes them.
    Offer(String),
    Answer(String),
    IceCandidate(String),
}

/// Why a host answers a knock with no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    Version { host: u16 },
    Full,
    RateLimited,
}
