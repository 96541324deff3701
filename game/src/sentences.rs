//! What a person is told when something ends or fails: one table, so that no cause is without a sentence.
//!
//! Flow: a cause from the session → [`Sentence`] → a panel, a notice, or standard error.
//! Invariant: each says what happened and what to do next, in words that need no knowledge of networks;
//! words that come from another person are cut and cleaned here.

use crate::customs;
use holm_net::session::EndReason;
use holm_net::transport::{JoinFailure, UdpFinding};

/// What happened, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub what: String,
    pub next: String,
    /// Trying the same again can help, so a button for it is offered.
    pub again: bool,
}

impl Sentence {
    fn new(what: &str, next: &str, again: bool) -> Self {
        Self {
            what: what.to_owned(),
            next: next.to_owned(),
            again,
        }
    }
}

/// A host whose link leads nowhere.
pub const NO_NETWORK: &str = "This machine has no network: only programs on it can come in.";

/// A host whose guests' browsers hold back.
pub const NO_CERTIFICATE: &str =
    "Without a certificate, browsers on other machines get no microphone and no mouse look.";

/// The two programs do not understand each other.
fn version(host_is_newer: bool) -> Sentence {
    if host_is_newer {
        Sentence::new(
            "The host runs a newer Holm than yours.",
            "Update yours and join again; in a browser, reloading the page is enough.",
            false,
        )
    } else {
        Sentence::new(
            "The host runs an older Holm than yours.",
            "Ask the host to update. In a browser the host's own page always fits: open the link there.",
            false,
        )
    }
}

/// Told at the door or inside of it.
fn full() -> Sentence {
    Sentence::new(
        "This world is full.",
        "Wait until somebody leaves, or ask the host to raise the number of seats.",
        true,
    )
}

/// Why nobody got in.
pub fn join_failure(failure: &JoinFailure) -> Sentence {
    match failure {
        JoinFailure::RendezvousUnreachable => Sentence::new(
            "There is no answer at this address.",
            "Check that the link is complete, that the host is running, and that this device is online. On another network than the host's, its port must be reachable from outside.",
            true,
        ),
        JoinFailure::Insecure => Sentence::new(
            "No secure connection to this world's host came about: its certificate is not one that programs trust.",
            "The host needs a certificate from a public authority (Let's Encrypt gives them away), or can send its http link.",
            false,
        ),
        JoinFailure::NoSuchRoom => Sentence::new(
            "Nobody is hosting the world behind this link.",
            "The host may have stopped or made a new link. Ask for the current one.",
            true,
        ),
        JoinFailure::HostSilent => Sentence::new(
            "The host was found but does not answer.",
            "It may be busy or just closing. Try again in a moment.",
            true,
        ),
        JoinFailure::Version { host, own } => version(host > own),
        JoinFailure::Full => full(),
        JoinFailure::RateLimited => Sentence::new(
            "The host asks for a pause: there were many tries from this network.",
            "Wait a minute, then try again.",
            true,
        ),
        JoinFailure::NoPath {
            relay_offered: _,
            udp: UdpFinding::Blocked,
        } => Sentence::new(
            "This network lets no direct connections through (UDP is blocked).",
            "Try another network or a phone's hotspot, or ask whoever runs this one to allow UDP.",
            true,
        ),
        JoinFailure::NoPath {
            relay_offered: false, ..
        } => Sentence::new(
            "The two networks let no direct connection through.",
            "The host can help: with a relay (TURN) set up, or from a network with an open port, it works from anywhere.",
            true,
        ),
        JoinFailure::NoPath {
            relay_offered: true, ..
        } => Sentence::new(
            "No way to the host was found, not even through its relay.",
            "Try again, or another network. The host should check that its relay (TURN) is running.",
            true,
        ),
    }
}

/// Why it is over.
pub fn end_reason(reason: &EndReason) -> Sentence {
    match reason {
        EndReason::HostStopped(words) => {
            let words = customs::chat_line(words);
            Sentence {
                what: match words {
                    Some(words) => format!("The host closed this world: “{words}”"),
                    None => "The host closed this world.".to_owned(),
                },
                next: "When it opens again, the host sends a link.".to_owned(),
                again: true,
            }
        }
        EndReason::Kicked(words) => Sentence {
            what: match customs::chat_line(words) {
                Some(words) => format!("The host sent you away: “{words}”"),
                None => "The host sent you away.".to_owned(),
            },
            next: "If that was a mistake, talk to the host.".to_owned(),
            again: false,
        },
        EndReason::Version { host } => version(*host > holm_net::session::PROTOCOL_VERSION),
        EndReason::Build => Sentence::new(
            "The host runs another build of Holm.",
            "Use the same release on both sides, or open the host's link in a browser: that one always fits.",
            false,
        ),
        EndReason::WrongSecret => Sentence::new(
            "This link does not open the room.",
            "It may be cut off or out of date. Ask the host for the current link and use all of it.",
            false,
        ),
        EndReason::HostUnproven => Sentence::new(
            "The other side could not prove that it is the host.",
            "Somebody in between may be posing as the host. Get the link again, directly from the host.",
            false,
        ),
        EndReason::Full => full(),
        EndReason::Elsewhere => Sentence::new(
            "You joined this world from another window or device.",
            "Only one of them can be you. Join again to come back to this one.",
            true,
        ),
        EndReason::TooSlow => Sentence::new(
            "The connection could not keep up with the world.",
            "Join again; a cable, a nearer access point or fewer downloads in the background help.",
            true,
        ),
        EndReason::Misbehaved => Sentence::new(
            "The host ended the connection: what arrived there made no sense to it.",
            "Join again. If it happens twice, report it with the connection report (F1).",
            true,
        ),
        EndReason::Lost => Sentence::new(
            "The connection was lost and did not come back.",
            "Check the network and join again. The host may be gone too.",
            true,
        ),
        EndReason::Left => Sentence::new("You left.", "", true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_own_sentence_and_a_next_step() {
        let unknown = |relay_offered, udp| JoinFailure::NoPath { relay_offered, udp };
        let failures = [
            JoinFailure::RendezvousUnreachable,
            JoinFailure::Insecure,
            JoinFailure::NoSuchRoom,
            JoinFailure::HostSilent,
            JoinFailure::Version { host: 2, own: 1 },
            JoinFailure::Version { host: 1, own: 2 },
            JoinFailure::Full,
            JoinFailure::RateLimited,
            unknown(false, UdpFinding::Blocked),
            unknown(false, UdpFinding::Unknown),
            unknown(true, UdpFinding::Works),
        ];
        let sentences: Vec<_> = failures.iter().map(join_failure).collect();
        for (index, sentence) in sentences.iter().enumerate() {
            assert!(
                sentence.what.ends_with('.') && sentence.next.ends_with('.'),
                "{sentence:?}"
            );
            assert!(
                !sentences[..index].iter().any(|other| other.what == sentence.what),
                "{sentence:?} twice"
            );
        }
    }

    #[test]
    fn a_hosts_words_cannot_turn_the_line_around() {
        let sentence = end_reason(&EndReason::Kicked("bye\u{202E}\n\u{0000}now".to_owned()));
        assert!(sentence.what.contains("“bye now”"), "{}", sentence.what);
        let silent = end_reason(&EndReason::HostStopped(" \n".to_owned()));
        assert_eq!(silent.what, "The host closed this world.");
    }
}
