//! Finding the way in, within fifteen seconds, or the reason why not.
//!
//! Flow: dial → the host's id → `Knock` → `Welcome` → offer → link; one new offer when the first comes to
//! nothing. Invariant: exactly one of an open link and one [`JoinFailure`], and that before
//! [`JOIN_DEADLINE`].

use super::limits::InboundLimits;
use super::line::{FRAMES_A_POLL, Line, LineEnd, LineEvent, Rendezvous};
use super::peer::Peer;
use super::{LinkId, Links};
use crate::transport::signal::{IceServers, Refusal, Signal, close_code};
use crate::transport::{JoinFailure, JoinStep, LinkEvent, LinkReport, UdpFinding};
use core::time::Duration;
use matchbox_protocol::PeerId;

/// A join ends before this: 15 s is promised to people, and the last half second is for the telling.
const JOIN_DEADLINE: Duration = Duration::from_millis(14_500);

/// A websocket that is up but brings no host's id is no rendezvous of ours.
const FIND_TIMEOUT: Duration = Duration::from_secs(6);

/// A host answers a knock in its next tick.
const KNOCK_TIMEOUT: Duration = Duration::from_secs(6);

/// When an offer that led nowhere is made anew, and how much time that must leave. A handshake through a
/// relay takes 4 s in the NAT matrix (ICE waits 2 s for something better); a first one may hang (7 % of 256
/// did in bare sockets).
const RETRY_AFTER: Duration = Duration::from_secs(6);
const RETRY_NEEDS: Duration = Duration::from_secs(4);

/// How long a guest stays at the rendezvous once it is linked, for candidates still on their way.
const LINGER: Duration = Duration::from_secs(5);

/// How a guest joins.
#[derive(Clone, Copy, Debug)]
pub struct GuestOptions {
    /// Protocol version told to the host.
    pub version: u16,
    /// What the host may send.
    pub inbound: InboundLimits,
}

impl GuestOptions {
    /// For `version`.
    pub fn new(version: u16) -> Self {
        Self {
            version,
            inbound: InboundLimits::FROM_HOST,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dialling,
    /// At the rendezvous; which id is the host's?
    Finding,
    Knocking,
    Linking,
    Linked,
    Over,
}

#[derive(Debug)]
pub(super) struct GuestSide {
    options: GuestOptions,
    line: Line,
    stage: Stage,
    since: Duration,
    started: Option<Duration>,
    host: Option<PeerId>,
    ice: IceServers,
    link: Option<LinkId>,
    offers: u8,
    /// Attempts whose task ended before it had made an offer.
    unspoken: u8,
    /// Of an attempt given up, for the report of a failed join.
    last_report: LinkReport,
    was_answered: bool,
    udp: UdpFinding,
}

impl GuestSide {
    pub(super) fn new(rendezvous: Rendezvous, options: GuestOptions) -> Self {
        Self {
            options,
            line: Line::open(rendezvous),
            stage: Stage::Dialling,
            since: Duration::ZERO,
            started: None,
            host: None,
            ice: IceServers::default(),
            link: None,
            offers: 0,
            unspoken: 0,
            last_report: LinkReport::default(),
            was_answered: false,
            udp: UdpFinding::Unknown,
        }
    }

    pub(super) fn ice_servers(&self) -> Option<&IceServers> {
        (!self.ice.urls.is_empty()).then_some(&self.ice)
    }

    pub(super) fn last_report(&self) -> &LinkReport {
        &self.last_report
    }

    fn enter(&mut self, stage: Stage, now: Duration) {
        self.stage = stage;
        self.since = now;
    }

    /// Hears the rendezvous and moves the join along.
    pub(super) fn poll(&mut self, now: Duration, links: &mut Links, events: &mut Vec<LinkEvent>) {
        let started = *self.started.get_or_insert_with(|| {
            events.push(LinkEvent::Progress {
                step: JoinStep::FindingRendezvous,
            });
            self.since = now;
            now
        });
        let mut budget = FRAMES_A_POLL;
        while let Some(event) = self.line.poll(&mut budget) {
            self.hear(event, now, links, events);
        }
        match self.stage {
            Stage::Linked if now.saturating_sub(self.since) > LINGER => self.line.close(),
            Stage::Linked | Stage::Over => {}
            _ => self.hurry(started, now, links, events),
        }
    }

    fn hear(&mut self, event: LineEvent, now: Duration, links: &mut Links, events: &mut Vec<LinkEvent>) {
        match event {
            LineEvent::Up if self.stage == Stage::Dialling => self.enter(Stage::Finding, now),
            LineEvent::Host(host) if self.stage == Stage::Finding => {
                self.host = Some(host);
                self.enter(Stage::Knocking, now);
                events.push(LinkEvent::Progress {
                    step: JoinStep::Knocking,
                });
                self.line.send(
                    host,
                    Signal::Knock {
                        version: self.options.version,
                    },
                );
            }
            LineEvent::Signal { from, signal } if Some(from) == self.host => {
                self.hear_host(signal, now, links, events);
            }
            LineEvent::Down(end) => self.line_is_down(end, links, events),
            // Ids of our own, hosts that come back, and whoever else speaks.
            _ => {}
        }
    }

    fn hear_host(&mut self, signal: Signal, now: Duration, links: &mut Links, events: &mut Vec<LinkEvent>) {
        match signal {
            Signal::Welcome { ice } if self.stage == Stage::Knocking => {
                self.ice = ice.usable();
                self.enter(Stage::Linking, now);
                events.push(LinkEvent::Progress {
                    step: JoinStep::Connecting,
                });
                self.make_offer(now, links);
            }
            Signal::Refused { why } if self.stage == Stage::Knocking => {
                let cause = match why {
                    Refusal::Version { host } => JoinFailure::Version {
                        host,
                        own: self.options.version,
                    },
                    Refusal::Full => JoinFailure::Full,
                    Refusal::RateLimited => JoinFailure::RateLimited,
                };
                self.fail(cause, links, events);
            }
            Signal::Answer(sdp) => {
                // A host that answers nonsense is as good as one that does not answer.
                if let Some(peer) = self.link.and_then(|link| links.get_mut(link))
                    && let Err(error) = peer.hear_answer(&sdp)
                {
                    tracing::debug!("the host's answer is not readable: {error}");
                }
            }
            Signal::IceCandidate(json) => {
                if let Some(peer) = self.link.and_then(|link| links.get_mut(link))
                    && let Err(error) = peer.hear_candidate(&json)
                {
                    tracing::debug!("the host's candidate is not readable: {error}");
                }
            }
            _ => {}
        }
    }

    fn make_offer(&mut self, now: Duration, links: &mut Links) {
        if let Some(host) = self.host {
            self.offers += 1;
            let peer = Peer::offer(host, &self.ice, self.options.inbound, now);
            self.link = Some(links.add(peer));
        }
    }

    fn line_is_down(&mut self, end: LineEnd, links: &mut Links, events: &mut Vec<LinkEvent>) {
        let answered = self
            .link
            .and_then(|link| links.get_mut(link))
            .is_some_and(|peer| peer.was_answered());
        let cause = match (self.stage, end) {
            (Stage::Linked | Stage::Over, _) => return,
            (Stage::Linking, _) if answered => return, // what is missing may come without it
            (_, LineEnd::Told(close_code::NO_SUCH_ROOM | close_code::HOST_GONE)) => JoinFailure::NoSuchRoom,
            (_, LineEnd::Told(close_code::RATE_LIMITED)) => JoinFailure::RateLimited,
            (_, LineEnd::Told(close_code::FULL)) => JoinFailure::Full,
            (_, LineEnd::Told(close_code::BARRED)) => JoinFailure::Barred,
            (_, LineEnd::Insecure) => JoinFailure::Insecure,
            (Stage::Dialling | Stage::Finding, _) => JoinFailure::RendezvousUnreachable,
            (Stage::Knocking | Stage::Linking, _) => JoinFailure::HostSilent,
        };
        self.fail(cause, links, events);
    }

    /// Ends what takes too long, and tries once more where that can help.
    fn hurry(&mut self, started: Duration, now: Duration, links: &mut Links, events: &mut Vec<LinkEvent>) {
        let in_stage = now.saturating_sub(self.since);
        let left = (started + JOIN_DEADLINE).saturating_sub(now);
        let peer = self.link.and_then(|link| links.get_mut(link));
        // Its task may have ended, too.
        let leads_nowhere = peer.is_none_or(|peer| {
            peer.said_at()
                .is_some_and(|at| now.saturating_sub(at) >= RETRY_AFTER)
        });
        let out_of_time = left.is_zero();
        let cause = match self.stage {
            Stage::Dialling if out_of_time || in_stage > super::DIAL_TIMEOUT * 2 => {
                JoinFailure::RendezvousUnreachable
            }
            Stage::Finding if out_of_time || in_stage > FIND_TIMEOUT => JoinFailure::RendezvousUnreachable,
            Stage::Knocking if out_of_time || in_stage > KNOCK_TIMEOUT => JoinFailure::HostSilent,
            Stage::Linking if out_of_time => {
                self.give_up_attempt(links);
                if self.was_answered {
                    JoinFailure::NoPath {
                        relay_offered: self.ice.offers_relay(),
                        udp: self.udp,
                    }
                } else {
                    JoinFailure::HostSilent
                }
            }
            // Not even an offer, twice: this machine has no network that WebRTC could use.
            Stage::Linking if self.unspoken >= 2 => JoinFailure::NoPath {
                relay_offered: false,
                udp: UdpFinding::Unknown,
            },
            Stage::Linking if self.offers < 2 && left >= RETRY_NEEDS && leads_nowhere => {
                self.give_up_attempt(links);
                self.make_offer(now, links);
                return;
            }
            _ => return,
        };
        self.fail(cause, links, events);
    }

    fn give_up_attempt(&mut self, links: &mut Links) {
        if let Some(link) = self.link.take() {
            if let Some(peer) = links.get_mut(link) {
                self.remember(peer);
            }
            links.drop_silently(link);
        }
    }

    fn remember(&mut self, peer: &Peer) {
        self.last_report = peer.report();
        self.was_answered |= peer.was_answered();
        if peer.udp_finding() != UdpFinding::Unknown {
            self.udp = peer.udp_finding();
        }
    }

    fn fail(&mut self, cause: JoinFailure, links: &mut Links, events: &mut Vec<LinkEvent>) {
        self.give_up_attempt(links);
        self.line.close();
        self.stage = Stage::Over;
        events.push(LinkEvent::Failed { cause });
    }

    /// Says what our end of the link has to say.
    pub(super) fn say(&mut self, to: PeerId, signal: Signal) {
        self.line.send(to, signal);
    }

    pub(super) fn opened(&mut self, now: Duration) {
        self.enter(Stage::Linked, now);
    }

    /// A link ended. One that ends while it is made leaves the join to its retry or its deadline.
    pub(super) fn closed(&mut self, link: LinkId, peer: &Peer) {
        if self.link != Some(link) {
            return;
        }
        if self.stage == Stage::Linked {
            self.line.close();
            self.stage = Stage::Over;
        } else {
            self.remember(peer);
            self.unspoken += u8::from(peer.said_at().is_none());
            self.link = None;
        }
    }
}
