//! People in one process, joined through seeded bad links.
//!
//! Flow: a [`MemoryNet`] makes one host transport and any number of guest transports. What one end sends
//! is given a fate (lost, late, out of order) by its link's [`Weather`] at once, waits in the other
//! end's inbox, and comes out of that end's `poll` when its time has come.
//! Invariant: nothing but the seed, the order of calls and the times handed in decides what happens; each
//! direction of each link has its own random numbers, so one link's traffic never changes another's.
//!
//! ```
//! use core::time::Duration;
//! use holm_net::transport::memory::{MemoryNet, Weather};
//! use holm_net::transport::{Channel, Transport};
//! let net = MemoryNet::new(7);
//! let mut host = net.host();
//! let mut guest = net.guest(Weather::WEAK_4G);
//! let (mut at_host, mut at_guest) = (Vec::new(), Vec::new());
//! for ms in (0..1000).step_by(50) {
//!     host.poll(Duration::from_millis(ms), &mut at_host);
//!     guest.poll(Duration::from_millis(ms), &mut at_guest);
//! }
//! let link = guest.link().expect("opened within a second");
//! guest.send(link, Channel::Order, "hello".into()).expect("the link is open");
//! ```

mod weather;

use weather::Direction;
pub use weather::{HEADER_BYTES, SeededRng, Weather};

use super::{
    Channel, ChannelBinding, CloseCause, JoinFailure, JoinStep, LinkEvent, LinkId, LinkReport,
    MAX_DATAGRAM_BYTES, MAX_MESSAGE_BYTES, Path, SendError, Transport,
};
use bytes::Bytes;
use core::cmp::Ordering;
use core::time::Duration;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Something under way to one end.
#[derive(Debug)]
struct Coming {
    at: Duration,
    /// Sent later comes later when the times are equal.
    order: u64,
    event: LinkEvent,
}

impl PartialEq for Coming {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl Eq for Coming {}
impl PartialOrd for Coming {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Coming {
    /// Reversed: the heap's greatest is what comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

#[derive(Debug)]
struct End {
    inbox: BinaryHeap<Coming>,
    /// A crashed process: nothing comes out and nothing goes in any more.
    dead: bool,
}

/// Which end of a link: the guest's is 0, the host's 1.
const GUEST: usize = 0;
const HOST: usize = 1;

#[derive(Debug)]
struct MemoryLink {
    /// Index into `Net::ends` of the guest and of the host.
    ends: [usize; 2],
    /// Whether that end has been told of the link and not yet of its end.
    open: [bool; 2],
    /// From the guest, from the host.
    directions: [Direction; 2],
    /// Swallows everything until mended.
    black_hole: bool,
    /// Cut for good: nothing sent from now on arrives.
    cut: bool,
    reports: [LinkReport; 2],
}

#[derive(Debug)]
struct Net {
    seed: u64,
    now: Duration,
    order: u64,
    ends: Vec<End>,
    host: Option<usize>,
    /// `LinkId(n)` is `links[n - 1]`.
    links: Vec<MemoryLink>,
}

impl Net {
    fn push(&mut self, end: usize, at: Duration, event: LinkEvent) {
        self.order += 1;
        let order = self.order;
        if let Some(end) = self.ends.get_mut(end)
            && !end.dead
        {
            end.inbox.push(Coming { at, order, event });
        }
    }

    fn link_mut(&mut self, link: LinkId) -> Option<&mut MemoryLink> {
        let index = usize::try_from(link.0.checked_sub(1)?).ok()?;
        self.links.get_mut(index)
    }

    /// Sends on an open link, from side `from` ([`GUEST`] or [`HOST`]).
    fn carry(&mut self, link: LinkId, from: usize, now: Duration, channel: Channel, bytes: Bytes) {
        let Some(state) = self.link_mut(link) else { return };
        let to = state.ends[1 - from];
        if state.cut {
            return;
        }
        let direction = &mut state.directions[from];
        if state.black_hole {
            if channel != Channel::Stream {
                direction.held.push((channel, bytes));
            }
            return;
        }
        for at in direction.fate(now, channel, bytes.len()).into_iter().flatten() {
            self.push(
                to,
                at,
                LinkEvent::Received {
                    link,
                    channel,
                    bytes: bytes.clone(),
                },
            );
        }
    }

    fn open(
        &mut self,
        guest: usize,
        weathers: [Weather; 2],
        now: Duration,
        tampered: bool,
    ) -> Result<LinkId, JoinFailure> {
        let host = self
            .host
            .filter(|host| !self.ends[*host].dead)
            .ok_or(JoinFailure::NoSuchRoom)?;
        let number = self.links.len() as u64 + 1;
        let link = LinkId(number);
        let [up, down] = weathers;
        let seed = |side: u64| {
            SeededRng::new(self.seed ^ (number << 1 | side).wrapping_mul(0xA24B_AED4_963E_E407)).next_u64()
        };
        let directions = [Direction::new(up, seed(0)), Direction::new(down, seed(1))];
        let binding = |side: u64| {
            let mut hasher = blake3::Hasher::new_derive_key("holm memory link binding");
            hasher
                .update(&self.seed.to_le_bytes())
                .update(&number.to_le_bytes());
            hasher.update(&(if tampered { side } else { 0 }).to_le_bytes());
            ChannelBinding(*hasher.finalize().as_bytes())
        };
        let bindings = [binding(0), binding(1)];
        let report = LinkReport {
            path: Path::Memory,
            ..LinkReport::default()
        };
        self.links.push(MemoryLink {
            ends: [guest, host],
            open: [false; 2],
            directions,
            black_hole: false,
            cut: false,
            reports: [report.clone(), report],
        });
        // Signaling, ICE and DTLS take about three round trips before the channels are open.
        let opens = now + (up.latency + down.latency) * 3;
        self.push(
            guest,
            opens,
            LinkEvent::Progress {
                step: JoinStep::Linked,
            },
        );
        self.push(
            guest,
            opens,
            LinkEvent::Opened {
                link,
                binding: bindings[GUEST],
            },
        );
        self.push(
            host,
            opens,
            LinkEvent::Opened {
                link,
                binding: bindings[HOST],
            },
        );
        Ok(link)
    }

    /// Ends a link for both: told at `at`, nothing new arrives.
    fn end(&mut self, link: LinkId, told: [(Duration, CloseCause); 2]) {
        let Some(state) = self.link_mut(link) else { return };
        state.cut = true;
        let ends = state.ends;
        for (end, (at, cause)) in ends.into_iter().zip(told) {
            self.push(end, at, LinkEvent::Closed { link, cause });
        }
    }
}

/// A network of links in one process. Cloning gives another handle to the same network.
#[derive(Clone, Debug)]
pub struct MemoryNet(Arc<Mutex<Net>>);

impl MemoryNet {
    /// A network without anyone. Print `seed` when a test fails: it is the whole history.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Net {
            seed,
            now: Duration::ZERO,
            order: 0,
            ends: Vec::new(),
            host: None,
            links: Vec::new(),
        })))
    }

    /// The seed given to [`Self::new`].
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.net().seed
    }

    /// The host's end. The newest one made is where guests arrive from then on.
    #[must_use]
    pub fn host(&self) -> MemoryTransport {
        let end = self.add_end();
        self.net().host = Some(end);
        self.transport(end, HOST, None)
    }

    /// A guest whose link has the same weather in both directions. It opens a link on its first poll;
    /// for a resume make another one: a real transport is rebuilt, too.
    #[must_use]
    pub fn guest(&self, weather: Weather) -> MemoryTransport {
        self.guest_between(weather, weather)
    }

    /// A guest with one weather towards the host and another back.
    #[must_use]
    pub fn guest_between(&self, up: Weather, down: Weather) -> MemoryTransport {
        let end = self.add_end();
        self.transport(
            end,
            GUEST,
            Some(Opening {
                weathers: [up, down],
                tampered: false,
            }),
        )
    }

    /// A guest with somebody in the middle of its link: the two ends are told different bindings.
    #[must_use]
    pub fn guest_through_a_middleman(&self, weather: Weather) -> MemoryTransport {
        let end = self.add_end();
        self.transport(
            end,
            GUEST,
            Some(Opening {
                weathers: [weather; 2],
                tampered: true,
            }),
        )
    }

    /// Changes the weather of a link from now on, towards the host and back.
    pub fn set_weather(&self, link: LinkId, up: Weather, down: Weather) {
        if let Some(state) = self.net().link_mut(link) {
            state.directions[GUEST].weather = up;
            state.directions[HOST].weather = down;
        }
    }

    /// Cuts a link for good: nothing sent from now on arrives, and after `told_after` both ends are told
    /// [`CloseCause::Network`]. ICE takes about 30 s to notice; a closed laptop's peer never does sooner.
    pub fn cut(&self, link: LinkId, told_after: Duration) {
        let mut net = self.net();
        let at = net.now + told_after;
        net.end(link, [(at, CloseCause::Network); 2]);
    }

    /// Silently swallows what is sent on a link until [`Self::mend`]: streams are lost, the reliable
    /// channels hold what they have. What is already under way arrives. Only a heartbeat notices.
    pub fn black_hole(&self, link: LinkId) {
        if let Some(state) = self.net().link_mut(link) {
            state.black_hole = true;
        }
    }

    /// Ends a black hole; the reliable channels send what they held.
    pub fn mend(&self, link: LinkId) {
        let mut net = self.net();
        let now = net.now;
        let Some(state) = net.link_mut(link) else { return };
        state.black_hole = false;
        let held = state
            .directions
            .each_mut()
            .map(|direction| core::mem::take(&mut direction.held));
        for (from, list) in held.into_iter().enumerate() {
            for (channel, bytes) in list {
                net.carry(link, from, now, channel, bytes);
            }
        }
    }

    fn net(&self) -> MutexGuard<'_, Net> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn add_end(&self) -> usize {
        let mut net = self.net();
        net.ends.push(End {
            inbox: BinaryHeap::new(),
            dead: false,
        });
        net.ends.len() - 1
    }

    fn transport(&self, end: usize, side: usize, opening: Option<Opening>) -> MemoryTransport {
        MemoryTransport {
            net: self.clone(),
            end,
            side,
            opening,
            link: None,
            now: Duration::ZERO,
            clock_offset: Duration::ZERO,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Opening {
    weathers: [Weather; 2],
    tampered: bool,
}

/// One end of a [`MemoryNet`]. Dropping it is a crash: its peers hear nothing more and are not told.
#[derive(Debug)]
pub struct MemoryTransport {
    net: MemoryNet,
    end: usize,
    side: usize,
    /// A guest's link yet to be opened.
    opening: Option<Opening>,
    link: Option<LinkId>,
    /// Time of the last poll, on the network's clock.
    now: Duration,
    clock_offset: Duration,
}

impl MemoryTransport {
    /// This end's clock started `offset` after the network's: what it calls 0 s, others call `offset`.
    #[must_use]
    pub fn with_clock_offset(mut self, offset: Duration) -> Self {
        self.clock_offset = offset;
        self
    }

    /// A guest's link, once its `Opened` came out of `poll`; for cutting it. `None` at the host.
    #[must_use]
    pub fn link(&self) -> Option<LinkId> {
        self.link
    }
}

impl Transport for MemoryTransport {
    fn poll(&mut self, now: Duration, events: &mut Vec<LinkEvent>) {
        self.now = self.now.max(now + self.clock_offset);
        let mut net = self.net.net();
        net.now = net.now.max(self.now);
        if let Some(Opening { weathers, tampered }) = self.opening.take() {
            for step in [JoinStep::FindingRendezvous, JoinStep::Knocking] {
                events.push(LinkEvent::Progress { step });
            }
            match net.open(self.end, weathers, self.now, tampered) {
                Ok(_) => events.push(LinkEvent::Progress {
                    step: JoinStep::Connecting,
                }),
                Err(cause) => events.push(LinkEvent::Failed { cause }),
            }
        }
        while net.ends[self.end]
            .inbox
            .peek()
            .is_some_and(|coming| coming.at <= self.now)
        {
            let Some(Coming { event, .. }) = net.ends[self.end].inbox.pop() else {
                break;
            };
            match &event {
                LinkEvent::Opened { link, .. } => {
                    if self.side == GUEST {
                        self.link = Some(*link);
                    }
                    if let Some(state) = net.link_mut(*link) {
                        state.open[self.side] = true;
                    }
                }
                LinkEvent::Closed { link, .. } => {
                    let Some(state) = net.link_mut(*link) else {
                        continue;
                    };
                    if !core::mem::take(&mut state.open[self.side]) {
                        continue; // closed here in the meantime, or told twice
                    }
                }
                LinkEvent::Received { link, bytes, .. } => {
                    let Some(state) = net.link_mut(*link) else {
                        continue;
                    };
                    if !state.open[self.side] {
                        continue;
                    }
                    let report = &mut state.reports[self.side];
                    report.received_bytes += bytes.len() as u64;
                    report.received_messages += 1;
                }
                LinkEvent::Failed { .. } | LinkEvent::Progress { .. } => {}
            }
            events.push(event);
        }
    }

    fn send(&mut self, link: LinkId, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        let max = if channel == Channel::Stream {
            MAX_DATAGRAM_BYTES
        } else {
            MAX_MESSAGE_BYTES
        };
        let mut net = self.net.net();
        let end = self.end;
        let side = self.side;
        let state = net
            .link_mut(link)
            .filter(|state| state.ends[side] == end && state.open[side])
            .ok_or(SendError::NoLink)?;
        if bytes.len() > max {
            return Err(SendError::TooLarge {
                len: bytes.len(),
                max,
            });
        }
        let report = &mut state.reports[side];
        report.sent_bytes += bytes.len() as u64;
        report.sent_messages += 1;
        net.carry(link, side, self.now, channel, bytes);
        Ok(())
    }

    fn close(&mut self, link: LinkId) {
        let mut net = self.net.net();
        let (now, end, side) = (self.now, self.end, self.side);
        let Some(state) = net
            .link_mut(link)
            .filter(|state| state.ends[side] == end && state.open[side])
        else {
            return;
        };
        let travel = state.directions[side].weather.latency;
        // A good-bye is sent once on a lost cause: through a black hole or a cut nothing is told.
        if state.black_hole || state.cut {
            state.cut = true;
            net.push(
                end,
                now,
                LinkEvent::Closed {
                    link,
                    cause: CloseCause::Here,
                },
            );
            return;
        }
        let told = |told_side: usize| {
            if told_side == side {
                (now, CloseCause::Here)
            } else {
                (now + travel, CloseCause::There)
            }
        };
        net.end(link, [told(GUEST), told(HOST)]);
    }

    fn report(&self, link: LinkId) -> Option<LinkReport> {
        let mut net = self.net.net();
        let (end, side) = (self.end, self.side);
        net.link_mut(link)
            .filter(|state| state.ends[side] == end && state.open[side])
            .map(|state| state.reports[side].clone())
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        let mut net = self.net.net();
        let end = self.end;
        net.ends[end] = End {
            inbox: BinaryHeap::new(),
            dead: true,
        };
        for state in &mut net.links {
            if state.ends.contains(&end) {
                state.cut = true;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
