//! A host and its guests in one process, over seeded links: `connect`, `step`, `see`.

use bytes::Bytes;
use core::time::Duration;
use holm_identity::Identity;
use holm_net::link::RoomSecret;
use holm_net::pose::Slot;
use holm_net::session::EndReason;
use holm_net::session::guest::{Guest, GuestConfig, GuestEvent};
use holm_net::session::host::{Host, HostConfig, HostEvent};
use holm_net::transport::memory::{MemoryNet, MemoryTransport, Weather};
use holm_net::transport::{LinkEvent, LinkId, Transport};

pub(crate) const SECRET: RoomSecret = RoomSecret([42; 16]);
pub(crate) const GAME: u64 = 0x1234;
/// 50 updates a second.
pub(crate) const STEP: Duration = Duration::from_millis(20);

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn host_config() -> HostConfig {
    HostConfig {
        identity: Identity::from_secrets(&[1; 32], &[2; 32]),
        secret: SECRET,
        world_name: "Harbour".into(),
        game_protocol: GAME,
        max_guests: 250,
        own_name: Some("Hilda".into()),
        stream_bytes_per_sec: 32_000,
    }
}

/// Guest `number` has keys and a name of their own.
pub(crate) fn guest_config(number: u8) -> GuestConfig {
    GuestConfig {
        identity: Identity::from_secrets(&[100 + number; 32], &[200 + number % 50; 32]),
        secret: SECRET,
        name: format!("Guest {number}"),
        game_protocol: GAME,
    }
}

/// One guest with its end of the link and everything it was told.
pub(crate) struct Visitor {
    pub(crate) guest: Guest,
    pub(crate) transport: MemoryTransport,
    pub(crate) weather: Weather,
    pub(crate) events: Vec<GuestEvent>,
    /// Whether a lost link is built anew when the guest wants one.
    pub(crate) comes_back: bool,
}

impl Visitor {
    pub(crate) fn link(&self) -> LinkId {
        self.transport.link().expect("has a link")
    }

    pub(crate) fn slot(&self) -> Option<Slot> {
        self.events.iter().find_map(|event| match event {
            GuestEvent::Entered { slot, .. } => Some(*slot),
            _ => None,
        })
    }

    /// Why the session ended, if that is the last word it was told.
    pub(crate) fn ended(&self) -> Option<&EndReason> {
        match self.events.last()? {
            GuestEvent::Ended(reason) => Some(reason),
            _ => None,
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.guest.people().map(|person| person.name.clone()).collect()
    }

    pub(crate) fn messages(&self) -> Vec<Bytes> {
        self.events
            .iter()
            .filter_map(|event| match event {
                GuestEvent::Message(bytes) => Some(bytes.clone()),
                _ => None,
            })
            .collect()
    }
}

pub(crate) struct Party {
    pub(crate) net: MemoryNet,
    pub(crate) now: Duration,
    pub(crate) host: Host,
    pub(crate) host_transport: MemoryTransport,
    pub(crate) host_events: Vec<HostEvent>,
    pub(crate) visitors: Vec<Visitor>,
}

impl Party {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(seed, host_config())
    }

    pub(crate) fn with(seed: u64, config: HostConfig) -> Self {
        let net = MemoryNet::new(seed);
        let host_transport = net.host();
        Self {
            host_transport,
            net,
            now: Duration::ZERO,
            host: Host::new(config),
            host_events: Vec::new(),
            visitors: Vec::new(),
        }
    }

    /// Adds a guest that begins to join.
    pub(crate) fn join(&mut self, config: GuestConfig, weather: Weather) -> usize {
        let transport = self.net.guest(weather);
        let guest = Guest::new(config);
        self.visitors.push(Visitor {
            guest,
            transport,
            weather,
            events: Vec::new(),
            comes_back: true,
        });
        self.visitors.len() - 1
    }

    /// Adds a guest and steps until it is inside.
    pub(crate) fn connect(&mut self, weather: Weather) -> usize {
        let number = self.visitors.len() as u8;
        let index = self.join(guest_config(number), weather);
        self.until(ms(10_000), |party| party.visitors[index].slot().is_some());
        index
    }

    /// Lets everybody live for a while.
    pub(crate) fn step(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.now += STEP;
            self.host
                .update(self.now, &mut self.host_transport, &mut self.host_events);
            for visitor in &mut self.visitors {
                visitor
                    .guest
                    .update(self.now, &mut visitor.transport, &mut visitor.events);
                if visitor.guest.wants_new_link() && visitor.comes_back {
                    visitor.transport = self.net.guest(visitor.weather);
                }
            }
        }
    }

    /// Steps until something is so.
    pub(crate) fn until(&mut self, at_most: Duration, so: impl Fn(&Self) -> bool) {
        let end = self.now + at_most;
        while !so(self) {
            assert!(
                self.now < end,
                "not so after {at_most:?}, seed {}: {:?}",
                self.net.seed(),
                self.host_events
            );
            self.step(STEP);
        }
    }

    /// Everything this guest told the host, in order.
    pub(crate) fn heard_from(&self, slot: Slot) -> Vec<Bytes> {
        self.host_events
            .iter()
            .filter_map(|event| match event {
                HostEvent::Message { slot: from, bytes } if *from == slot => Some(bytes.clone()),
                _ => None,
            })
            .collect()
    }
}

/// Somebody at the end of a link who does not use our [`Guest`].
pub(crate) struct Stranger {
    pub(crate) transport: MemoryTransport,
    pub(crate) events: Vec<LinkEvent>,
}

impl Stranger {
    pub(crate) fn new(party: &Party) -> Self {
        Self {
            transport: party.net.guest(Weather::PERFECT),
            events: Vec::new(),
        }
    }

    pub(crate) fn step(&mut self, party: &mut Party, duration: Duration) {
        let end = party.now + duration;
        while party.now < end {
            party.step(STEP);
            self.transport.poll(party.now, &mut self.events);
        }
    }

    /// What came from the host, on any channel.
    pub(crate) fn received(&self) -> Vec<Bytes> {
        self.events
            .iter()
            .filter_map(|event| match event {
                LinkEvent::Received { bytes, .. } => Some(bytes.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, LinkEvent::Closed { .. }))
    }
}
