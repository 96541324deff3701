//! Hosts that are not honest, once a guest has let them prove the room's secret.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::link::RoomSecret;
use crate::transport::memory::{MemoryNet, MemoryTransport, Weather};

const SECRET: RoomSecret = RoomSecret([1; 16]);

/// A host by hand: knows the secret, and says what the test wants.
struct FalseHost {
    net: MemoryNet,
    transport: MemoryTransport,
    guest: Guest,
    guest_transport: MemoryTransport,
    told: Vec<GuestEvent>,
    tick: u32,
}

impl FalseHost {
    fn new() -> Self {
        let net = MemoryNet::new(1);
        let guest = Guest::new(GuestConfig {
            identity: Identity::from_secrets(&[4; 32], &[5; 32]),
            secret: SECRET,
            name: "Ada".into(),
            game_protocol: 1,
        });
        let guest_transport = net.guest(Weather::PERFECT);
        Self {
            transport: net.host(),
            net,
            guest,
            guest_transport,
            told: Vec::new(),
            tick: 0,
        }
    }

    fn step(&mut self) -> Vec<LinkEvent> {
        self.tick += 1;
        let now = Duration::from_millis(20) * self.tick;
        self.guest.update(now, &mut self.guest_transport, &mut self.told);
        let mut heard = Vec::new();
        self.transport.poll(now, &mut heard);
        heard
    }

    /// Shakes hands on the next link, with `welcome` from `host`; the link.
    fn welcome(&mut self, host: &Identity, welcome: &Welcome) -> LinkId {
        let keys = RoomKeys::new(&SECRET);
        let mut opened = None;
        loop {
            for event in self.step() {
                match (event, &opened) {
                    (LinkEvent::Opened { link, binding }, _) => {
                        let challenge = Challenge::write(&keys, binding, 1, &[9; 32]);
                        self.transport
                            .send(link, Channel::Order, challenge.clone())
                            .unwrap();
                        opened = Some((link, binding, challenge));
                    }
                    (LinkEvent::Received { bytes, .. }, Some((link, binding, challenge))) => {
                        let bytes = welcome.write(&keys, *binding, challenge, &bytes, host).unwrap();
                        self.transport.send(*link, Channel::Order, bytes).unwrap();
                        self.step();
                        return *link;
                    }
                    _ => {}
                }
            }
            assert!(self.tick < 200, "{:?}", self.told);
        }
    }

    /// A first welcome, then a lost link and the way back to the door.
    fn inside_once(host: &Identity) -> Self {
        let mut this = Self::new();
        let link = this.welcome(host, &welcome(None));
        assert_eq!(
            this.told.last(),
            Some(&GuestEvent::Entered {
                slot: Slot(1),
                world_name: "W".into()
            })
        );
        this.net.cut(link, Duration::ZERO);
        this.step();
        assert!(this.guest.wants_new_link());
        this.guest_transport = this.net.guest(Weather::PERFECT);
        this
    }
}

fn host() -> Identity {
    Identity::from_secrets(&[2; 32], &[3; 32])
}

fn welcome(resumed: Option<u64>) -> Welcome {
    Welcome {
        slot: Slot(1),
        token: [8; 16],
        resumed,
        world_name: "W".into(),
        people: Vec::new(),
    }
}

#[test]
fn a_seat_is_resumed_with_the_host_that_gave_it_only() {
    let mut honest = FalseHost::inside_once(&host());
    honest.welcome(&host(), &welcome(Some(0)));
    assert_eq!(honest.told.last(), Some(&GuestEvent::Resumed));

    let somebody_with_the_link = Identity::from_secrets(&[66; 32], &[67; 32]);
    let mut taken_over = FalseHost::inside_once(&host());
    taken_over.welcome(&somebody_with_the_link, &welcome(Some(0)));
    assert_eq!(
        taken_over.told.last(),
        Some(&GuestEvent::Ended(EndReason::HostUnproven))
    );
}

#[test]
fn a_resume_to_another_seat_or_with_an_impossible_count_is_none() {
    for lie in [
        welcome(None),
        welcome(Some(1)),
        Welcome {
            slot: Slot(2),
            ..welcome(Some(0))
        },
    ] {
        let mut false_host = FalseHost::inside_once(&host());
        false_host.welcome(&host(), &lie);
        assert_eq!(
            false_host.told.last(),
            Some(&GuestEvent::Ended(EndReason::HostUnproven)),
            "{lie:?}"
        );
    }
}

#[test]
fn a_roster_without_end_is_refused() {
    let person = |slot: u16| Person {
        slot: Slot(slot),
        account: AccountKey([0; 32]),
        name: "\u{202e}".into(),
        ping_ms: None,
        path: crate::transport::Path::Unknown,
        away: false,
    };
    let mut false_host = FalseHost::new();
    let link = false_host.welcome(&host(), &welcome(None));
    for slot in 0..402 {
        let frame = frames::control(&FromHost::PersonJoined(person(slot)));
        false_host.transport.send(link, Channel::Order, frame).unwrap();
    }
    false_host.step();
    assert!(false_host.guest.people().count() <= MAX_GUESTS + 1);
    assert!(false_host.guest.people().all(|person| person.name.is_empty()));
    assert_eq!(
        false_host.told.last(),
        Some(&GuestEvent::Ended(EndReason::HostUnproven))
    );
}
