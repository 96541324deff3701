//! What a link does to what it carries, seeded.
//!
//! Invariant: a direction's fate of a message follows from its seed and the messages before it alone.

use crate::transport::Channel;
use bytes::Bytes;
use core::time::Duration;

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
pub(super) struct Direction {
    pub(super) weather: Weather,
    rng: SeededRng,
    in_burst: bool,
    /// Until when what was sent earlier keeps a narrow link busy.
    busy_until: Duration,
    /// The ordered channel gives nothing out before this.
    ordered_until: Duration,
    /// Reliable messages waiting for a black hole to end.
    pub(super) held: Vec<(Channel, Bytes)>,
}

impl Direction {
    pub(super) fn new(weather: Weather, seed: u64) -> Self {
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
    pub(super) fn fate(&mut self, now: Duration, channel: Channel, len: usize) -> [Option<Duration>; 2] {
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
