//! What the network looks like from here: whether UDP gets out, what stands between us and the rest of the world, and
//! whether the relay is there.
//!
//! Flow: the ICE servers that a host gave → [`Look::start`] → one UDP socket asks all of them (`native`; a browser tells
//! its pages none of this) → [`Seen`] → [`Seen::nat`] says what it comes to.
//! Invariant: a look ends within [`LOOK_DEADLINE`], whatever the servers do, and sends no server more than
//! three small datagrams a question: a host that names somebody else's server gets no flood out of us.

use super::platform;
use super::signal::{MAX_ICE_URLS, ice_scheme};
use core::net::SocketAddr;
use core::time::Duration;
use futures::channel::oneshot;

/// All of a look: finding addresses, and then the answers.
pub const LOOK_DEADLINE: Duration = Duration::from_secs(6);
/// Each question, at these times after the first: UDP loses one now and then.
pub(super) const TRIES: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(400),
    Duration::from_millis(1200),
];
/// After this nothing is waited for any more.
pub(super) const ANSWERS_WITHIN: Duration = Duration::from_millis(2500);
/// Servers asked: two tell what a NAT does, a third helps when one is down.
pub(super) const MAX_SERVERS: usize = 4;
/// `stun:` and `turn:` without a port.
const USUAL_PORT: u16 = 3478;

/// What the servers said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// This program can ask at all: a page in a browser cannot.
    pub can_ask: bool,
    /// STUN servers that were asked.
    pub asked: usize,
    /// Our own address, as this machine has it.
    pub local: Option<SocketAddr>,
    /// How each server that answered sees us, once for each.
    pub reflexive: Vec<SocketAddr>,
    /// TURN servers that were asked over UDP, and those that answered.
    pub relays_asked: usize,
    pub relays_answered: usize,
}

/// What stands between this machine and the rest of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nat {
    /// Nobody was asked.
    Unknown,
    /// No server answered: UDP does not get out, or not back.
    Blocked,
    /// Nothing translates our address.
    Open,
    /// One outside address for all destinations: friends find a direct way.
    Steady,
    /// An outside address of its own for each destination ("symmetric"): often only a relay helps.
    PerPeer,
    /// There is a NAT, but one answer alone does not tell which kind.
    Some,
}

impl Seen {
    /// What the answers come to.
    pub fn nat(&self) -> Nat {
        match self.reflexive.as_slice() {
            [] if self.asked == 0 => Nat::Unknown,
            [] => Nat::Blocked,
            seen if seen.iter().all(|seen| Some(*seen) == self.local) => Nat::Open,
            [_] => Nat::Some,
            [first, rest @ ..] if rest.iter().all(|seen| seen == first) => Nat::Steady,
            _ => Nat::PerPeer,
        }
    }
}

/// A look under way.
#[derive(Debug)]
pub struct Look {
    seen: oneshot::Receiver<Seen>,
}

impl Look {
    /// Begins to ask these servers: URLs as a host gives them to its guests, which may be nonsense.
    pub fn start(urls: &[String]) -> Self {
        let (tell, seen) = oneshot::channel();
        let places = places(urls);
        platform::spawn(async move {
            // Fails when nobody wants to know any more.
            let _ = tell.send(platform::look_out(places).await);
        });
        Self { seen }
    }

    /// What was seen, once; `None` while it goes on. A look that broke saw nothing.
    pub fn poll(&mut self) -> Option<Seen> {
        match self.seen.try_recv() {
            Ok(None) => None,
            Ok(seen) => seen,
            Err(oneshot::Canceled) => Some(Seen::default()),
        }
    }
}

/// A server to be asked over UDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) relay: bool,
}

/// The servers among them that speak UDP, at most `MAX_SERVERS` of each kind.
fn places(urls: &[String]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for url in urls
        .iter()
        .filter(|url| ice_scheme(url).is_some())
        .take(MAX_ICE_URLS)
    {
        let Some((scheme @ ("stun" | "turn"), rest)) = url.split_once(':') else {
            continue; // TLS is over TCP
        };
        if rest.ends_with("?transport=tcp") {
            continue;
        }
        let rest = rest.split('?').next().unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            // The colons inside of brackets are an address'.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (rest, Some(USUAL_PORT)),
        };
        let Some(port) = port else { continue };
        let place = Place {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            relay: scheme == "turn",
        };
        let alike = places.iter().filter(|other| other.relay == place.relay).count();
        if alike < MAX_SERVERS && !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn seen(local: &str, reflexive: &[&str]) -> Nat {
        Seen {
            can_ask: true,
            asked: 2,
            local: Some(local.parse().unwrap()),
            reflexive: reflexive.iter().map(|at| at.parse().unwrap()).collect(),
            ..Seen::default()
        }
        .nat()
    }

    #[test]
    fn what_servers_see_tells_what_stands_between() {
        let home = "192.168.1.5:5000";
        assert_eq!(Seen::default().nat(), Nat::Unknown);
        assert_eq!(seen(home, &[]), Nat::Blocked);
        assert_eq!(seen("198.51.100.7:5000", &["198.51.100.7:5000"; 2]), Nat::Open);
        assert_eq!(seen(home, &["203.0.113.9:5000"]), Nat::Some);
        assert_eq!(seen(home, &["203.0.113.9:5000"; 2]), Nat::Steady);
        assert_eq!(
            seen(home, &["203.0.113.9:5000", "203.0.113.9:61002"]),
            Nat::PerPeer
        );
        assert_eq!(
            seen(home, &["203.0.113.9:5000", "203.0.113.10:5000"]),
            Nat::PerPeer
        );
    }

    #[test]
    fn only_what_speaks_udp_is_asked_and_nobody_twice() {
        let urls = [
            "stun:a.example",
            "stun:a.example:3478",
            "stun:[2001:db8::2]",
            "stun:[2001:db8::2]:9",
            "turn:b.example:443?transport=udp",
            "turn:b.example:443?transport=tcp",
            "turns:b.example",
            "stun:nonsense:99999",
        ]
        .map(str::to_owned);
        let place = |host: &str, port, relay| Place {
            host: host.into(),
            port,
            relay,
        };
        assert_eq!(
            places(&urls),
            [
                place("a.example", 3478, false),
                place("2001:db8::2", 3478, false),
                place("2001:db8::2", 9, false),
                place("b.example", 443, true),
            ]
        );
    }
}
