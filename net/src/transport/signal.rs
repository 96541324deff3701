//! What two peers say to each other through a rendezvous before they are linked.
//!
//! Flow: guest connects to `/signal/ROOM`, is told the host's id (`NewPeer`), sends [`Signal::Knock`], gets
//! [`Signal::Welcome`] with the ICE servers or [`Signal::Refused`], then offers SDP. The rendezvous relays
//! between the room's host and each guest, never between guests, and reads none of it. A host's first frame is
//! `IdAssigned`, a guest's `IdAssigned` and `NewPeer(host)`; the host learns of a guest by its first [`Signal`], and
//! `PeerLeft(guest)` tells it later that this guest's *line* is gone, which says nothing about its link.
//! A host whose line broke and that comes back in time with the same token has the same id and finds what
//! guests said meanwhile. A guest's line without a word (`KeepAlive` is none) for two minutes is ended.
//! On the line each frame is the JSON of `matchbox_protocol::{PeerRequest, PeerEvent}<Signal>`.
//! Invariant: nothing from a line reaches WebRTC before [`Signal`]'s checks passed it.

use futures::channel::mpsc;
use serde::{Deserialize, Serialize};

/// Longest frame on a signaling line, bytes. A browser's full SDP with candidates is 2–4 KiB.
pub const MAX_SIGNAL_BYTES: usize = 16 * 1024;

/// How a rendezvous ends a line: websocket close codes out of the range that RFC 6455 §7.4.2 leaves to
/// applications, each an HTTP status + 4000.
///
/// The upgrade of a well-formed `/signal/ROOM` always succeeds and the answer comes as the close code,
/// because a browser shows its page neither the status nor the body of a refused upgrade. A line also
/// ends with the standard 1001 (the rendezvous shuts down) and 1009 (frame over [`MAX_SIGNAL_BYTES`]).
/// None of them says anything about links that are already open.
pub mod close_code {
    /// Not a frame of this protocol, or a guest that wrote to anybody but its host.
    pub const MALFORMED: u16 = 4400;
    /// The host's token is not the room's.
    pub const UNAUTHORISED: u16 = 4401;
    /// Told to a guest: whoever hosts here has banned somebody who comes from the same network.
    pub const BARRED: u16 = 4403;
    /// Nobody hosts this room.
    pub const NO_SUCH_ROOM: u16 = 4404;
    /// A guest said nothing for so long that its place went to somebody else. Its links go on.
    pub const IDLE: u16 = 4408;
    /// Told to a host: somebody else hosts this room.
    pub const TAKEN: u16 = 4409;
    /// The host went away and did not come back within the grace period.
    pub const HOST_GONE: u16 = 4410;
    /// Too many joins from this address, or too many frames on this line.
    pub const RATE_LIMITED: u16 = 4429;
    /// The room has as many waiting guests, or the rendezvous as many rooms, as it takes.
    pub const FULL: u16 = 4503;
}

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

/// Most URLs kept of one entry, and the longest.
pub(super) const MAX_ICE_URLS: usize = 8;
const MAX_ICE_URL_BYTES: usize = 256;
const MAX_ICE_SECRET_BYTES: usize = 512;

impl IceServers {
    /// Whether a TURN server is among them.
    pub fn offers_relay(&self) -> bool {
        self.urls.iter().any(|url| url.starts_with("turn"))
    }

    /// What is left when everything is taken out that a WebRTC stack might choke on: a browser throws on one
    /// URL it does not understand, and on TURN without a name and a password, and takes the program with it.
    pub fn usable(mut self) -> Self {
        let fits = |secret: &String| !secret.is_empty() && secret.len() <= MAX_ICE_SECRET_BYTES;
        self.username = self.username.filter(fits);
        self.credential = self.credential.filter(fits);
        let may_turn = self.username.is_some() && self.credential.is_some();
        self.urls.retain(|url| match ice_scheme(url) {
            Some(IceScheme::Stun) => true,
            Some(IceScheme::Turn) => may_turn,
            None => false,
        });
        self.urls.truncate(MAX_ICE_URLS);
        self
    }
}

pub(super) enum IceScheme {
    Stun,
    Turn,
}

/// The kind of a well-formed `stun[s]:host[:port]` or `turn[s]:host[:port][?transport=udp|tcp]`
/// (RFC 7064, RFC 7065).
pub(super) fn ice_scheme(url: &str) -> Option<IceScheme> {
    if url.len() > MAX_ICE_URL_BYTES {
        return None;
    }
    let (scheme, rest) = url.split_once(':')?;
    let (scheme, rest) = match scheme {
        "stun" | "stuns" => (IceScheme::Stun, rest),
        "turn" | "turns" => {
            let rest = rest
                .strip_suffix("?transport=udp")
                .or_else(|| rest.strip_suffix("?transport=tcp"))
                .unwrap_or(rest);
            (IceScheme::Turn, rest)
        }
        _ => return None,
    };
    let (host, port) = match rest.strip_prefix('[') {
        Some(v6) => {
            let (host, port) = v6.split_once(']')?;
            host.parse::<core::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => {
            let end = rest.find(':').unwrap_or(rest.len());
            let (host, port) = rest.split_at(end);
            let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            (!host.starts_with(['-', '.']) && host.bytes().all(is_name)).then_some(())?;
            (host, port)
        }
    };
    let port_fits = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok_and(|port| port != 0) && !digits.starts_with('+'),
        None => port.is_empty(),
    };
    (!host.is_empty() && port_fits).then_some(scheme)
}

/// One message between a guest and a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Guest: may I come in?
    Knock {
        version: u16,
    },
    /// Host: yes; find your way with these.
    Welcome {
        ice: IceServers,
    },
    /// Host: no.
    Refused {
        why: Refusal,
    },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ice_urls_that_a_browser_would_throw_on_are_left_out() {
        let good = [
            "stun:stun.example.org",
            "stun:203.0.113.7:3478",
            "turn:relay.example.org:443?transport=udp",
            "turns:[2001:db8::2]:443?transport=tcp",
        ];
        let bad = [
            "stun:host:99999",
            "stun:host:+80",
            "stun:",
            "stun:a b",
            "stun:host?transport=udp",
            "http://example.org",
            "turn:host?transport=sctp",
            "turn:[2001:db8::2",
            "stun://host",
        ];
        let urls = good.iter().chain(&bad).map(|url| (*url).to_owned()).collect();
        let with_secret = IceServers {
            urls,
            username: Some("1:guest".to_owned()),
            credential: Some("secret".to_owned()),
        };
        assert_eq!(with_secret.clone().usable().urls, good);
        let without = IceServers {
            credential: None,
            ..with_secret
        };
        assert_eq!(
            without.usable().urls,
            good[..2],
            "TURN needs a name and a password"
        );
    }
}
