//! Letting guests in: who knocks, who is welcomed, whose handshake runs.
//!
//! Flow: `Knock` → `Welcome` with ICE servers minted for this guest → `Offer` → a place among the running
//! handshakes (or a wait for one) → [`Peer`] → open.
//! Invariant: what a guest can make us hold is bounded at every step and ends by itself; whoever says
//! something malformed is not listened to again under that id.

use super::limits::InboundLimits;
use super::line::{FRAMES_A_POLL, Line, LineEnd, LineEvent, Rendezvous};
use super::peer::Peer;
use super::sdp::{Description, Half, MAX_CANDIDATE_BYTES, MAX_CANDIDATES};
use super::{Counters, LinkId, Links};
use crate::transport::CloseCause;
use crate::transport::signal::{IceServers, Refusal, Signal};
use core::time::Duration;
use matchbox_protocol::PeerId;
use std::collections::{BTreeMap, VecDeque};

/// From knock to open link. Browsers behind a dead STUN server take 10 s before they even offer.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(20);

/// Guests between knock and open link that are remembered; each may hold an offer of a few KiB.
const MAX_CALLERS: usize = 1024;

/// Offers one guest may make: the first, its one retry, and the same again after a lost link.
const MAX_OFFERS: u8 = 4;

/// Signals one guest may send in all: four offers' worth of candidates.
const MAX_SIGNALS: u16 = MAX_OFFERS as u16 * (MAX_CANDIDATES as u16 + 8);

/// Ids that are not listened to any more. The rendezvous keeps an address from getting ever new ones.
const MAX_SHUNNED: usize = 256;

/// First and last wait before the rendezvous is dialled again.
const REDIAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// How often a dialled line says that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How a host receives guests.
pub struct HostOptions {
    /// Protocol version a guest must speak.
    pub version: u16,
    /// Called once for each guest that is welcomed and once for our own end of its link, so that TURN
    /// credentials are fresh and nobody's are reused.
    pub ice: Box<dyn FnMut() -> IceServers + Send + Sync>,
    /// Links at once, open or being made.
    pub max_links: usize,
    /// Handshakes at once; further guests wait. Each costs about 2 ms of one core, mostly DTLS.
    pub max_handshakes: usize,
    /// What one guest may send.
    pub inbound: InboundLimits,
}

impl HostOptions {
    /// For `version`, without any ICE server: local networks and open ports.
    pub fn new(version: u16) -> Self {
        Self {
            version,
            ice: Box::new(IceServers::default),
            max_links: crate::session::DEFAULT_MAX_GUESTS + 8,
            max_handshakes: 32,
            inbound: InboundLimits::FROM_GUEST,
        }
    }
}

impl core::fmt::Debug for HostOptions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HostOptions")
            .field("version", &self.version)
            .field("max_links", &self.max_links)
            .finish_non_exhaustive() // `ice` makes credentials
    }
}

/// Somebody who knocked.
#[derive(Debug)]
struct Caller {
    stage: Stage,
    /// Of the stage.
    since: Duration,
    offers: u8,
    signals: u16,
}

#[derive(Debug)]
enum Stage {
    Welcomed,
    /// Waits for a handshake to end.
    Waiting {
        offer: Description,
        candidates: Vec<String>,
    },
    Handshake(LinkId),
    Linked(LinkId),
}

/// Whether the rendezvous can bring us guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostLine {
    Connecting,
    Up,
    /// It ended like this and is tried again by itself; open links are not touched.
    Down(LineEnd),
}

#[derive(Debug)]
pub(super) struct HostSide {
    options: HostOptions,
    line: Line,
    /// For dialling again; a seat cannot be.
    url: Option<String>,
    state: HostLine,
    redial_at: Option<Duration>,
    redial_after: Duration,
    keep_alive_at: Duration,
    callers: BTreeMap<PeerId, Caller>,
    waiting: VecDeque<PeerId>,
    shunned: VecDeque<PeerId>,
}

impl HostSide {
    pub(super) fn new(rendezvous: Rendezvous, options: HostOptions) -> Self {
        let url = match &rendezvous {
            Rendezvous::Url(url) => Some(url.clone()),
            Rendezvous::Seat(_) => None,
        };
        Self {
            options,
            line: Line::open(rendezvous),
            url,
            state: HostLine::Connecting,
            redial_at: None,
            redial_after: REDIAL.0,
            keep_alive_at: Duration::ZERO,
            callers: BTreeMap::new(),
            waiting: VecDeque::new(),
            shunned: VecDeque::new(),
        }
    }

    pub(super) fn line(&self) -> HostLine {
        self.state
    }

    /// Hears the rendezvous and starts handshakes.
    pub(super) fn poll(&mut self, now: Duration, links: &mut Links, counters: &mut Counters) {
        let mut budget = FRAMES_A_POLL;
        while let Some(event) = self.line.poll(&mut budget) {
            match event {
                LineEvent::Up => {
                    self.state = HostLine::Up;
                    self.keep_alive_at = now + KEEP_ALIVE;
                }
                LineEvent::Down(end) => self.line_is_down(end, now),
                LineEvent::Signal { from, signal } => self.hear(from, signal, now, links, counters),
                LineEvent::Left(id) => {
                    // A guest that is linked, or nearly, needs the rendezvous no more.
                    let leaves =
                        |caller: &Caller| matches!(caller.stage, Stage::Welcomed | Stage::Waiting { .. });
                    if self.callers.get(&id).is_some_and(leaves) {
                        self.callers.remove(&id);
                    }
                }
                LineEvent::Host(_) => {}
            }
        }
        if self.redial_at.is_some_and(|at| now >= at) {
            self.redial_at = None;
            if let Some(url) = &self.url {
                self.state = HostLine::Connecting;
                self.line = Line::dial(url.clone());
            }
        }
        if self.state == HostLine::Up && now >= self.keep_alive_at {
            self.keep_alive_at = now + KEEP_ALIVE;
            // Only now: a rendezvous that is full takes every line and ends it at once.
            self.redial_after = REDIAL.0;
            self.line.keep_alive();
        }
        self.expire(now, links, counters);
        self.start_waiting(now, links, counters);
    }

    fn line_is_down(&mut self, end: LineEnd, now: Duration) {
        tracing::info!("the rendezvous line is down ({end:?}); open links go on");
        self.state = HostLine::Down(end);
        let wait = if end.is_settled() {
            REDIAL.1
        } else {
            self.redial_after
        };
        self.redial_after = (self.redial_after * 2).min(REDIAL.1);
        self.redial_at = Some(now + wait);
        // They cannot hear us any more; on the next line they have other ids.
        self.callers
            .retain(|_, caller| matches!(caller.stage, Stage::Handshake(_) | Stage::Linked(_)));
        self.waiting.clear();
    }

    fn hear(
        &mut self,
        from: PeerId,
        signal: Signal,
        now: Duration,
        links: &mut Links,
        counters: &mut Counters,
    ) {
        if self.shunned.contains(&from) {
            return;
        }
        if let Some(caller) = self.callers.get_mut(&from) {
            caller.signals = caller.signals.saturating_add(1);
            if caller.signals > MAX_SIGNALS {
                self.shun(from, links, counters);
                return;
            }
        }
        let heard = match signal {
            Signal::Knock { version } => {
                self.knocked(from, version, now, links, counters);
                true
            }
            Signal::Offer(sdp) => self.offered(from, &sdp, now, links),
            Signal::IceCandidate(json) => self.candidate(from, json, links),
            // Only a host says these.
            Signal::Welcome { .. } | Signal::Refused { .. } | Signal::Answer(_) => false,
        };
        if !heard {
            self.shun(from, links, counters);
        }
    }

    fn knocked(&mut self, from: PeerId, version: u16, now: Duration, links: &Links, counters: &mut Counters) {
        counters.knocks += 1;
        let known = self.callers.contains_key(&from);
        let refusal = if version != self.options.version {
            Some(Refusal::Version {
                host: self.options.version,
            })
        } else if known {
            None
        } else if links.len() >= self.options.max_links {
            Some(Refusal::Full)
        } else if self.callers.len() >= MAX_CALLERS + self.options.max_links {
            Some(Refusal::RateLimited)
        } else {
            None
        };
        if let Some(why) = refusal {
            counters.refused += 1;
            self.line.send(from, Signal::Refused { why });
            return;
        }
        if !known {
            let caller = Caller {
                stage: Stage::Welcomed,
                since: now,
                offers: 0,
                signals: 1,
            };
            self.callers.insert(from, caller);
        }
        let ice = (self.options.ice)();
        self.line.send(from, Signal::Welcome { ice });
    }

    fn offered(&mut self, from: PeerId, sdp: &str, now: Duration, links: &mut Links) -> bool {
        let Some(caller) = self.callers.get_mut(&from) else {
            return true; // late, of a handshake we gave up
        };
        caller.offers += 1;
        let Ok(offer) = Description::parse(sdp, Half::Offer) else {
            return false;
        };
        if caller.offers > MAX_OFFERS {
            return false;
        }
        // Its retry: what we had for it cannot become a link, or is one that it does not know of.
        match caller.stage {
            Stage::Handshake(link) => links.drop_silently(link),
            Stage::Linked(link) => links.end(link, CloseCause::There),
            Stage::Welcomed | Stage::Waiting { .. } => {}
        }
        if !matches!(caller.stage, Stage::Waiting { .. }) {
            self.waiting.push_back(from);
        }
        caller.stage = Stage::Waiting {
            offer,
            candidates: Vec::new(),
        };
        caller.since = now;
        true
    }

    fn candidate(&mut self, from: PeerId, json: String, links: &mut Links) -> bool {
        if json.len() > MAX_CANDIDATE_BYTES {
            return false; // before it could wait in memory with a thousand others
        }
        let Some(caller) = self.callers.get_mut(&from) else {
            return true;
        };
        match &mut caller.stage {
            Stage::Welcomed => true, // of an earlier offer
            Stage::Waiting { candidates, .. } => {
                if candidates.len() < MAX_CANDIDATES {
                    candidates.push(json);
                }
                true
            }
            Stage::Handshake(link) | Stage::Linked(link) => links
                .get_mut(*link)
                .is_none_or(|peer| peer.hear_candidate(&json).is_ok()),
        }
    }

    /// Ends everything with somebody who said what nobody honest says.
    fn shun(&mut self, id: PeerId, links: &mut Links, counters: &mut Counters) {
        counters.misbehaved += 1;
        match self.callers.remove(&id).map(|caller| caller.stage) {
            Some(Stage::Handshake(link)) => links.drop_silently(link),
            Some(Stage::Linked(link)) => links.end(link, CloseCause::Misbehaved),
            Some(Stage::Welcomed | Stage::Waiting { .. }) | None => {}
        }
        self.remember_shunned(id);
    }

    fn remember_shunned(&mut self, id: PeerId) {
        if self.shunned.len() == MAX_SHUNNED {
            self.shunned.pop_front();
        }
        self.shunned.push_back(id);
    }

    fn expire(&mut self, now: Duration, links: &mut Links, counters: &mut Counters) {
        self.callers.retain(|_, caller| {
            if now.saturating_sub(caller.since) < HANDSHAKE_TIMEOUT {
                return true;
            }
            match caller.stage {
                Stage::Linked(_) => true,
                Stage::Handshake(link) => {
                    counters.handshakes_failed += 1;
                    links.drop_silently(link);
                    false
                }
                Stage::Welcomed | Stage::Waiting { .. } => false,
            }
        });
    }

    fn start_waiting(&mut self, now: Duration, links: &mut Links, counters: &mut Counters) {
        let mut running = links.handshakes();
        while running < self.options.max_handshakes && links.len() < self.options.max_links {
            let Some(id) = self.waiting.pop_front() else {
                break;
            };
            let Some(caller) = self.callers.get_mut(&id) else {
                continue;
            };
            if !matches!(caller.stage, Stage::Waiting { .. }) {
                continue;
            }
            let Stage::Waiting { offer, candidates } = core::mem::replace(&mut caller.stage, Stage::Welcomed)
            else {
                continue;
            };
            let ice = (self.options.ice)();
            let mut peer = Peer::answer(id, offer, &ice, self.options.inbound, now);
            let well_formed = candidates.iter().all(|json| peer.hear_candidate(json).is_ok());
            if !well_formed {
                drop(peer);
                self.shun(id, links, counters);
                continue;
            }
            counters.handshakes_started += 1;
            running += 1;
            caller.stage = Stage::Handshake(links.add(peer));
            caller.since = now;
        }
    }

    /// Says what our end of a link has to say.
    pub(super) fn say(&mut self, to: PeerId, signal: Signal) {
        self.line.send(to, signal);
    }

    pub(super) fn opened(&mut self, link: LinkId, remote: PeerId) {
        if let Some(caller) = self.callers.get_mut(&remote) {
            caller.stage = Stage::Linked(link);
        }
    }

    pub(super) fn closed(&mut self, link: LinkId, remote: PeerId, cause: CloseCause) {
        let is_this = |caller: &Caller| matches!(caller.stage, Stage::Handshake(its) | Stage::Linked(its) if its == link);
        if self.callers.get(&remote).is_some_and(is_this) {
            self.callers.remove(&remote);
        }
        if cause == CloseCause::Misbehaved {
            self.remember_shunned(remote);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::signal::SignalLine;
    use futures::channel::mpsc;

    /// A rendezvous that takes the line, and its end of it.
    fn rendezvous() -> (Rendezvous, mpsc::Sender<String>) {
        let (to_rendezvous, _) = mpsc::channel(8);
        let (far_end, from_rendezvous) = mpsc::channel(8);
        let seat = SignalLine {
            to_rendezvous,
            from_rendezvous,
        };
        (Rendezvous::Seat(seat), far_end)
    }

    #[test]
    fn a_rendezvous_that_ends_every_line_at_once_is_dialled_ever_more_seldom() {
        let (mut links, mut counters) = (Links::default(), Counters::default());
        let mut host = HostSide::new(rendezvous().0, HostOptions::new(1));
        let mut now = Duration::ZERO;
        // How long it waits after a line that lasted for `lasting`.
        let mut wait_after = |lasting: Duration| {
            let (seat, far_end) = rendezvous();
            host.line = Line::open(seat);
            host.poll(now, &mut links, &mut counters);
            assert_eq!(host.line(), HostLine::Up);
            now += lasting;
            host.poll(now, &mut links, &mut counters);
            drop(far_end);
            host.poll(now, &mut links, &mut counters);
            assert_eq!(host.line(), HostLine::Down(LineEnd::Lost));
            let again = host.redial_at.expect("tries again");
            let wait = again - now;
            now = again;
            wait.as_secs()
        };
        let waits = [(); 7].map(|()| wait_after(Duration::ZERO));
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(wait_after(KEEP_ALIVE), 1, "a good line forgives the bad ones");
    }
}
