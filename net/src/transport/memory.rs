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

use super::{
    Channel, ChannelBinding, CloseCause, JoinFailure, JoinStep, LinkEvent, LinkId, LinkReport,
    MAX_DATAGRAM_BYTES, MAX_MESSAGE_BYTES, Path, SendError, Transport,
};
use bytes::Bytes;
use core::cmp::Ordering;
use core::time::Duration;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Headers of one message on a real data channel, bytes: IPv4/UDP 28, DTLS 37, SCTP 12, DATA 16.
pub const HEADER_BYTES: usize = 93;

/// A stream message that would wait longer than this for a narrow link is dropped, as routers do.
const MAX_QUEUE: Duration = Duration::from_millis(500);

/// What one direction of a link does to what it carries. All times are one way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weather {
    /// Name in reports and failures.
    pub name: &'static str,
    /// Middle of the delay.
    pub latency: Duration,
    /// Most that the delay differs from `latency`, either way, evenly spread and fresh for each message:
    /// stream messages closer together than this change places.
    pub jitter: Duration,
    /// Mean share of stream messages lost, 0..1, over a long time.
    pub loss: f64,
    /// Mean number of messages lost in a row, ≥ 1 (Gilbert–Elliott: in a burst everything is lost).
    pub burst: f64,
    /// Share of stream messages that arrive twice, 0..1.
    pub duplicate: f64,
    /// What a lost reliable message costs before it is there after all.
    pub retransmit: Duration,
    /// Bits a second, headers included; `None` for no limit.
    pub bits_per_sec: Option<u64>,
}

impl Weather {
    /// Everything arrives at once.
    pub const PERFECT: Self = Self {
        name: "PERFECT",
        latency: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: 0.0,
        burst: 1.0,
        duplicate: 0.0,
        retransmit: Duration::ZERO,
        bits_per_sec: None,
    };
    /// A cable in the same house.
    pub const LAN: Self = Self {
        name: "LAN",
        latency: Duration::from_micros(500),
        jitter: Duration::from_micros(300),
        retransmit: Duration::from_millis(200),
        ..Self::PERFECT
    };
    /// Home wireless near the box, to a host in the same country.
    pub const GOOD_WIFI: Self = Self {
        name: "GOOD_WIFI",
        latency: Duration::from_millis(15),
        jitter: Duration::from_millis(5),
        loss: 0.002,
        burst: 1.5,
        retransmit: Duration::from_millis(200),
        bits_per_sec: Some(50_000_000),
        ..Self::PERFECT
    };
    /// Two walls away with the microwave on.
    pub const BAD_WIFI: Self = Self {
        name: "BAD_WIFI",
        latency: Duration::from_millis(40),
        jitter: Duration::from_millis(30),
        loss: 0.05,
        burst: 3.0,
        duplicate: 0.002,
        retransmit: Duration::from_millis(1000),
        bits_per_sec: Some(8_000_000),
    };
    /// A telephone at the edge of its cell.
    pub const WEAK_4G: Self = Self {
        name: "WEAK_4G",
        latency: Duration::from_millis(90),
        jitter: Duration::from_millis(50),
        loss: 0.04,
        burst: 5.0,
        duplicate: 0.001,
        retransmit: Duration::from_millis(1000),
        bits_per_sec: Some(2_000_000),
    };
    /// Across an ocean.
    pub const OCEAN: Self = Self {
        name: "OCEAN",
        latency: Duration::from_millis(130),
        jitter: Duration::from_millis(8),
        loss: 0.005,
        burst: 2.0,
        retransmit: Duration::from_millis(1000),
        ..Self::PERFECT
    };
    /// The link that bars are measured on: 50 ms ± 20 ms, 2 % lost in bursts of two.
    pub const BENCH_50MS: Self = Self {
        name: "BENCH_50MS",
        latency: Duration::from_millis(50),
        jitter: Duration::from_millis(20),
        loss: 0.02,
        burst: 2.0,
        retransmit: Duration::from_millis(1000),
        ..Self::PERFECT
    };
    /// Every named link.
    pub const ALL: [Self; 7] = [
        Self::PERFECT,
        Self::LAN,
        Self::GOOD_WIFI,
        Self::BAD_WIFI,
        Self::WEAK_4G,
        Self::OCEAN,
        Self::BENCH_50MS,
    ];
}

/// SplitMix64: small, seedable, the same on every machine. Not for secrets.
#[derive(Clone, Debug)]
pub struct SeededRng(u64);

impl SeededRng {
    /// The same seed gives the same numbers for ever.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 even bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly in 0..1.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly in 0..`n`; 0 for `n` = 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

/// One direction of a link: its weather and what the weather remembers.
#[derive(Clone, Debug)]
struct Direction {
    weather: Weather,
    rng: SeededRng,
    in_burst: bool,
    /// Until when what was sent earlier keeps a narrow link busy.
    busy_until: Duration,
    /// The ordered channel gives nothing out before this.
    ordered_until: Duration,
    /// Reliable messages waiting for a black hole to end.
    held: Vec<(Channel, Bytes)>,
}

impl Direction {
    fn new(weather: Weather, seed: u64) -> Self {
        Self {
            weather,
            rng: SeededRng::new(seed),
            in_burst: false,
            busy_until: Duration::ZERO,
            ordered_until: Duration::ZERO,
            held: Vec::new(),
        }
    }

    /// Gilbert–Elliott with everything lost in a burst: leaving a burst has chance 1/burst, entering one
    /// the chance that makes the long-time mean `loss`.
    fn loses(&mut self) -> bool {
        let Weather { loss, burst, .. } = self.weather;
        if loss <= 0.0 {
            return false;
        }
        let leave = 1.0 / burst.max(1.0);
        let enter = (leave * loss / (1.0 - loss).max(1e-9)).min(1.0);
        let dice = self.rng.unit();
        self.in_burst = if self.in_burst {
            dice >= leave
        } else {
            dice < enter
        };
        self.in_burst
    }

    fn delay(&mut self) -> Duration {
        let jitter = self.weather.jitter.as_secs_f64() * (self.rng.unit() * 2.0 - 1.0);
        Duration::from_secs_f64((self.weather.latency.as_secs_f64() + jitter).max(0.0))
    }

    /// When what is sent at `now` arrives: not at all, once or twice.
    fn fate(&mut self, now: Duration, channel: Channel, len: usize) -> [Option<Duration>; 2] {
        let lost = self.loses();
        let leaves = match self.weather.bits_per_sec {
            None => now,
            Some(bits) => {
                let start = self.busy_until.max(now);
                if channel == Channel::Stream && start - now > MAX_QUEUE {
                    return [None, None];
                }
                let takes = ((len + HEADER_BYTES) * 8) as f64 / bits.max(1) as f64;
                self.busy_until = start + Duration::from_secs_f64(takes);
                self.busy_until
            }
        };
        let mut arrives = leaves + self.delay();
        match channel {
            Channel::Stream if lost => [None, None],
            Channel::Stream => {
                let twice = self.weather.duplicate > 0.0 && self.rng.unit() < self.weather.duplicate;
                let again = twice.then(|| leaves + self.delay());
                [Some(arrives), again]
            }
            Channel::Order | Channel::Bulk => {
                if lost {
                    arrives += self.weather.retransmit;
                }
                if channel == Channel::Order {
                    arrives = arrives.max(self.ordered_until);
                    self.ordered_until = arrives;
                }
                [Some(arrives), None]
            }
        }
    }
}

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
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn joined(
        seed: u64,
        weather: Weather,
    ) -> (MemoryNet, MemoryTransport, MemoryTransport, LinkId, Duration) {
        let net = MemoryNet::new(seed);
        let mut host = net.host();
        let mut guest = net.guest(weather);
        let (mut now, mut events) = (Duration::ZERO, Vec::new());
        while guest.link().is_none() {
            host.poll(now, &mut events);
            guest.poll(now, &mut events);
            now += MS;
            assert!(
                now < MS * 3000,
                "seed {seed}: no link in 3 s over {}",
                weather.name
            );
        }
        host.poll(now, &mut events);
        let link = guest.link().unwrap();
        (net, host, guest, link, now)
    }

    /// Sends 2,000 numbered messages up, one each 5 ms, and gives each arrival's number and delay.
    fn arrivals(seed: u64, weather: Weather, channel: Channel) -> Vec<(u32, Duration)> {
        let (_net, mut host, mut guest, link, start) = joined(seed, weather);
        let (mut got, mut events) = (Vec::new(), Vec::new());
        for step in 0..15_000u32 {
            let now = start + MS * step;
            guest.poll(now, &mut Vec::new());
            if step % 5 == 0 && step < 10_000 {
                guest
                    .send(link, channel, Bytes::copy_from_slice(&step.to_le_bytes()))
                    .unwrap();
            }
            host.poll(now, &mut events);
            for event in events.drain(..) {
                if let LinkEvent::Received {
                    bytes, channel: on, ..
                } = event
                {
                    assert_eq!(on, channel);
                    let sent = u32::from_le_bytes(bytes[..].try_into().unwrap());
                    got.push((sent / 5, now - start - MS * sent));
                }
            }
        }
        got
    }

    #[test]
    fn the_same_seed_is_the_same_history_and_another_is_not() {
        for weather in Weather::ALL {
            assert_eq!(
                arrivals(3, weather, Channel::Stream),
                arrivals(3, weather, Channel::Stream),
                "{}",
                weather.name
            );
        }
        assert_ne!(
            arrivals(3, Weather::BENCH_50MS, Channel::Stream),
            arrivals(4, Weather::BENCH_50MS, Channel::Stream)
        );
    }

    #[test]
    fn a_stream_loses_delays_and_reorders_as_its_weather_says() {
        let weather = Weather::BENCH_50MS;
        let (mut count, mut swapped, mut gaps) = (0usize, 0usize, 0usize);
        for seed in 0..5 {
            let got = arrivals(seed, weather, Channel::Stream);
            assert!(
                got.iter().all(|(_, delay)| (MS * 30..=MS * 71).contains(delay)),
                "seed {seed}"
            );
            swapped += got.windows(2).filter(|w| w[1].0 < w[0].0).count();
            let mut numbers: Vec<u32> = got.iter().map(|(n, _)| *n).collect();
            numbers.sort_unstable();
            gaps += numbers.windows(2).filter(|w| w[1] - w[0] > 1).count();
            count += got.len();
        }
        let lost = 10_000 - count;
        assert!((120..300).contains(&lost), "lost {lost} of 10,000");
        assert!(lost as f64 / gaps as f64 > 1.4, "lost {lost} in {gaps} bursts");
        assert!(swapped > 500, "swapped {swapped}");
    }

    #[test]
    fn the_ordered_channel_gives_everything_once_and_in_order() {
        for weather in Weather::ALL {
            let got = arrivals(1, weather, Channel::Order);
            assert!(got.iter().map(|(n, _)| *n).eq(0..2000), "{}", weather.name);
        }
    }

    #[test]
    fn bulk_gives_everything_once_in_any_order() {
        let mut numbers: Vec<u32> = arrivals(1, Weather::BAD_WIFI, Channel::Bulk)
            .iter()
            .map(|(n, _)| *n)
            .collect();
        assert!(numbers.windows(2).any(|w| w[1] < w[0]));
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..2000));
    }

    #[test]
    fn a_narrow_link_takes_its_time() {
        let narrow = Weather {
            bits_per_sec: Some(80_000),
            ..Weather::PERFECT
        };
        let (_net, mut host, mut guest, link, now) = joined(1, narrow);
        for _ in 0..10 {
            guest
                .send(link, Channel::Bulk, Bytes::from(vec![0; 1000 - HEADER_BYTES]))
                .unwrap();
        }
        let mut events = Vec::new();
        host.poll(now + MS * 550, &mut events);
        assert_eq!(events.len(), 5, "1,000 bytes each 100 ms");
    }

    #[test]
    fn a_cut_link_is_silent_and_then_both_are_told() {
        let (net, mut host, mut guest, link, now) = joined(1, Weather::PERFECT);
        net.cut(link, MS * 5000);
        guest.send(link, Channel::Order, "lost".into()).unwrap();
        let mut events = Vec::new();
        host.poll(now + MS * 4000, &mut events);
        assert_eq!(events, []);
        host.poll(now + MS * 5001, &mut events);
        guest.poll(now + MS * 5001, &mut events);
        assert_eq!(
            events,
            [
                LinkEvent::Closed {
                    link,
                    cause: CloseCause::Network
                },
                LinkEvent::Closed {
                    link,
                    cause: CloseCause::Network
                }
            ]
        );
        assert_eq!(
            guest.send(link, Channel::Order, "gone".into()),
            Err(SendError::NoLink)
        );
    }

    #[test]
    fn a_mended_black_hole_gives_back_only_what_is_reliable() {
        let (net, mut host, mut guest, link, now) = joined(1, Weather::PERFECT);
        net.black_hole(link);
        guest.send(link, Channel::Stream, "stream".into()).unwrap();
        guest.send(link, Channel::Order, "order".into()).unwrap();
        let mut events = Vec::new();
        host.poll(now + MS * 9000, &mut events);
        assert_eq!(events, []);
        net.mend(link);
        host.poll(now + MS * 9001, &mut events);
        assert_eq!(
            events,
            [LinkEvent::Received {
                link,
                channel: Channel::Order,
                bytes: "order".into()
            }]
        );
    }

    #[test]
    fn closing_tells_the_other_side_and_a_crash_does_not() {
        let (_net, mut host, mut guest, link, now) = joined(1, Weather::LAN);
        guest.close(link);
        let mut events = Vec::new();
        guest.poll(now, &mut events);
        host.poll(now + MS * 9, &mut events);
        assert_eq!(
            events,
            [
                LinkEvent::Closed {
                    link,
                    cause: CloseCause::Here
                },
                LinkEvent::Closed {
                    link,
                    cause: CloseCause::There
                }
            ]
        );

        let (_net, mut host, guest, _link, now) = joined(1, Weather::LAN);
        drop(guest);
        events.clear();
        host.poll(now + MS * 60_000, &mut events);
        assert_eq!(events, []);
    }

    #[test]
    fn a_guest_without_a_host_is_told() {
        let mut guest = MemoryNet::new(1).guest(Weather::PERFECT);
        let mut events = Vec::new();
        guest.poll(MS, &mut events);
        assert_eq!(
            events.last(),
            Some(&LinkEvent::Failed {
                cause: JoinFailure::NoSuchRoom
            })
        );
    }

    #[test]
    fn both_ends_share_a_binding_unless_somebody_is_in_the_middle() {
        let bindings = |middle: bool| {
            let net = MemoryNet::new(1);
            let mut host = net.host();
            let mut guest = if middle {
                net.guest_through_a_middleman(Weather::PERFECT)
            } else {
                net.guest(Weather::PERFECT)
            };
            let mut events = Vec::new();
            guest.poll(MS, &mut events);
            host.poll(MS, &mut events);
            let found: Vec<_> = events
                .iter()
                .filter_map(|e| {
                    if let LinkEvent::Opened { binding, .. } = e {
                        Some(*binding)
                    } else {
                        None
                    }
                })
                .collect();
            assert_eq!(found.len(), 2);
            found[0] == found[1]
        };
        assert!(bindings(false));
        assert!(!bindings(true));
    }
}
