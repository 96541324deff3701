//! What a person is told when something ends or fails: one table, so that no cause is without a sentence.
//!
//! Flow: a cause from the session → [`Sentence`] → a panel, a notice, or standard error.
//! Invariant: each says what happened and what to do next, in words that need no knowledge of networks;
//! words that come from another person are cut and cleaned here.

use crate::customs;
use crate::words::Words;
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
    /// The words under a key, and what to do under the same with `-next`.
    fn of(words: &Words, key: &str, again: bool) -> Self {
        Self {
            what: words.say(key),
            next: words.say(&format!("{key}-next")),
            again,
        }
    }
}

/// A host whose link leads nowhere.
pub fn no_network(words: &Words) -> String {
    words.say("sentences-no-network")
}

/// A host whose guests' browsers hold back.
pub fn no_certificate(words: &Words) -> String {
    words.say("sentences-no-certificate")
}

/// The two programs do not understand each other.
fn version(words: &Words, host_is_newer: bool) -> Sentence {
    let key = if host_is_newer {
        "sentences-host-newer"
    } else {
        "sentences-host-older"
    };
    Sentence::of(words, key, false)
}

/// Why nobody got in.
pub fn join_failure(words: &Words, failure: &JoinFailure) -> Sentence {
    let (key, again) = match failure {
        JoinFailure::RendezvousUnreachable => ("sentences-unreachable", true),
        JoinFailure::Insecure => ("sentences-insecure", false),
        JoinFailure::NoSuchRoom => ("sentences-no-such-room", true),
        JoinFailure::HostSilent => ("sentences-host-silent", true),
        JoinFailure::Version { host, own } => return version(words, host > own),
        JoinFailure::Full => ("sentences-full", true),
        JoinFailure::RateLimited => ("sentences-rate-limited", true),
        JoinFailure::Barred => ("sentences-barred", false),
        JoinFailure::NoPath {
            relay_offered: _,
            udp: UdpFinding::Blocked,
        } => ("sentences-udp-blocked", true),
        JoinFailure::NoPath {
            relay_offered: false, ..
        } => ("sentences-no-path", true),
        JoinFailure::NoPath {
            relay_offered: true, ..
        } => ("sentences-no-relay-path", true),
    };
    Sentence::of(words, key, again)
}

/// Why it is over.
pub fn end_reason(words: &Words, reason: &EndReason) -> Sentence {
    let (key, again) = match reason {
        EndReason::HostStopped(said) => {
            return Sentence {
                what: match customs::chat_line(said) {
                    Some(said) => words.with("sentences-closed-saying", &[("said", said.into())]),
                    None => words.say("sentences-closed"),
                },
                next: words.say("sentences-closed-next"),
                again: true,
            };
        }
        EndReason::Kicked(said) => {
            return Sentence {
                what: match customs::chat_line(said) {
                    Some(said) => words.with("sentences-sent-away-saying", &[("said", said.into())]),
                    None => words.say("sentences-sent-away"),
                },
                next: words.say("sentences-sent-away-next"),
                again: false,
            };
        }
        EndReason::Version { host } => return version(words, *host > holm_net::session::PROTOCOL_VERSION),
        EndReason::Build => ("sentences-build", false),
        EndReason::WrongSecret => ("sentences-wrong-secret", false),
        EndReason::HostUnproven => ("sentences-host-unproven", false),
        EndReason::Full => ("sentences-full", true),
        EndReason::Elsewhere => ("sentences-elsewhere", true),
        EndReason::TooSlow => ("sentences-too-slow", true),
        EndReason::Misbehaved => ("sentences-misbehaved", true),
        EndReason::Lost => ("sentences-lost", true),
        EndReason::Left => {
            return Sentence {
                what: words.say("sentences-left"),
                next: String::new(),
                again: true,
            };
        }
    };
    Sentence::of(words, key, again)
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
            JoinFailure::Barred,
            unknown(false, UdpFinding::Blocked),
            unknown(false, UdpFinding::Unknown),
            unknown(true, UdpFinding::Works),
        ];
        let sentences: Vec<_> = failures
            .iter()
            .map(|failure| join_failure(&Words::default(), failure))
            .collect();
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
        let sentence = end_reason(
            &Words::default(),
            &EndReason::Kicked("bye\u{202E}\n\u{0000}now".to_owned()),
        );
        assert!(sentence.what.contains("“bye now”"), "{}", sentence.what);
        let silent = end_reason(&Words::default(), &EndReason::HostStopped(" \n".to_owned()));
        assert_eq!(silent.what, "The host closed this world.");
    }
}
