//! Whole sessions over real WebRTC on this machine's loopback: what `session/` shows in memory, once more
//! with the transport that people use.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

#[path = "webrtc/room.rs"]
mod room;

use bytes::Bytes;
use core::time::Duration;
use holm_identity::Identity;
use holm_net::link::RoomSecret;
use holm_net::pose::{Pose, Slot};
use holm_net::session::EndReason;
use holm_net::session::guest::{Guest, GuestConfig, GuestEvent};
use holm_net::session::host::{Host, HostConfig, HostEvent};
use holm_net::transport::webrtc::{GuestOptions, HostOptions, Rendezvous, WebRtcTransport};
use holm_net::transport::{Channel, LinkId, Path, Transport};
use room::{Hub, pause};
use std::time::Instant;

struct Visitor {
    guest: Guest,
    transport: WebRtcTransport,
    events: Vec<GuestEvent>,
}

struct Party {
    hub: Hub,
    started: Instant,
    host: Host,
    host_transport: WebRtcTransport,
    host_events: Vec<HostEvent>,
    visitors: Vec<Visitor>,
}

impl Party {
    fn new(guests: u8) -> Self {
        let mut hub = Hub::default();
        let host_transport = WebRtcTransport::host(Rendezvous::Seat(hub.host_seat()), HostOptions::new(1));
        let host = Host::new(HostConfig {
            identity: Identity::create().unwrap(),
            secret: RoomSecret([5; 16]),
            world_name: "Harbour".into(),
            game_protocol: 1,
            max_guests: 8,
            own_name: Some("Hilda".into()),
            stream_bytes_per_sec: 32_000,
        });
        let visitors = (0..guests)
            .map(|number| Visitor {
                guest: Guest::new(GuestConfig {
                    identity: Identity::create().unwrap(),
                    secret: RoomSecret([5; 16]),
                    name: format!("Guest {number}"),
                    game_protocol: 1,
                }),
                transport: WebRtcTransport::guest(Rendezvous::Seat(hub.guest_seat()), GuestOptions::new(1)),
                events: Vec::new(),
            })
            .collect();
        Self {
            hub,
            started: Instant::now(),
            host,
            host_transport,
            host_events: Vec::new(),
            visitors,
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn step(&mut self) {
        let now = self.now();
        self.hub.pass();
        self.host
            .update(now, &mut self.host_transport, &mut self.host_events);
        for (number, visitor) in self.visitors.iter_mut().enumerate() {
            let position = [number as f32, now.as_secs_f32(), 0.0];
            visitor.guest.set_own_pose(
                now,
                Pose {
                    position,
                    ..Pose::default()
                },
            );
            visitor
                .guest
                .update(now, &mut visitor.transport, &mut visitor.events);
            if visitor.guest.wants_new_link() {
                visitor.transport =
                    WebRtcTransport::guest(Rendezvous::Seat(self.hub.guest_seat()), GuestOptions::new(1));
            }
        }
        pause();
    }

    fn until(&mut self, what: &str, mut so: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !so(self) {
            assert!(Instant::now() < deadline, "{what}: {:?}", self.host_events);
            self.step();
        }
    }

    fn told(&self, guest: usize, event: &GuestEvent) -> bool {
        self.visitors[guest].events.contains(event)
    }
}

#[test]
fn people_meet_talk_fetch_and_come_back_over_webrtc() {
    let mut party = Party::new(2);
    party.until("everybody knows everybody", |party| {
        party
            .visitors
            .iter()
            .all(|visitor| visitor.guest.people().count() == 3)
    });
    let path = party.host.people().nth(1).unwrap().path;
    assert_eq!(path, Path::Direct);

    party.until("everybody sees everybody", |party| {
        let now = party.now();
        let (a, b) = (&party.visitors[0].guest, &party.visitors[1].guest);
        a.shown_pose(b.slot().unwrap(), now).is_some()
            && b.shown_pose(a.slot().unwrap(), now).is_some()
            && party.host.shown_pose(Slot(1), now).is_some()
    });

    let bytes: Bytes = (0..2_000_000u32).map(|n| (n ^ (n >> 10)) as u8).collect();
    let hash = party.host.offer_blob(bytes.clone());
    party.visitors[0].guest.fetch_blob(hash, bytes.len() as u64);
    let blob = GuestEvent::Blob { hash, bytes };
    party.until("the blob", |party| party.told(0, &blob));

    // The guest's process loses its transport: nothing says good-bye, a new link resumes the seat.
    let slot = party.visitors[0].guest.slot().unwrap();
    let seat = Rendezvous::Seat(party.hub.guest_seat());
    party.visitors[0].transport = WebRtcTransport::guest(seat, GuestOptions::new(1));
    party.visitors[0]
        .guest
        .send("said while the link was gone".into());
    party.host.send(slot, "heard when it was back".into());
    party.until("back", |party| party.told(0, &GuestEvent::Resumed));
    assert!(party.host_events.contains(&HostEvent::Resumed { slot }));
    let said = HostEvent::Message {
        slot,
        bytes: "said while the link was gone".into(),
    };
    party.until("both messages", |party| {
        party.told(0, &GuestEvent::Message("heard when it was back".into()))
            && party.host_events.contains(&said)
    });
    let times = party.host_events.iter().filter(|event| **event == said).count();
    assert_eq!(times, 1);

    party.host.kick(slot, "enough");
    party.until("sent away", |party| {
        party.told(0, &GuestEvent::Ended(EndReason::Kicked("enough".into())))
    });
    party.host.stop("good night");
    party.until("told why", |party| {
        party.told(1, &GuestEvent::Ended(EndReason::HostStopped("good night".into()))) && party.host.is_over()
    });
}

#[test]
fn a_flood_over_webrtc_ends_its_senders_session_only() {
    let mut party = Party::new(2);
    party.until("inside", |party| {
        party
            .visitors
            .iter()
            .all(|visitor| visitor.guest.people().count() == 3)
    });
    let bad = party.visitors[0].guest.slot().unwrap();
    // A guest's transport has one link, its first.
    let link = LinkId(1);
    let datagram = Bytes::from(vec![0; 1159]);
    let deadline = Instant::now() + Duration::from_secs(10);
    let ended = HostEvent::Left {
        slot: bad,
        reason: EndReason::Misbehaved,
    };
    while !party.host_events.contains(&ended) {
        assert!(Instant::now() < deadline, "not noticed: {:?}", party.host_events);
        // About ten megabytes a second: as many as that in every breath of 5 ms.
        for _ in 0..50 {
            let _ = party.visitors[0]
                .transport
                .send(link, Channel::Stream, datagram.clone());
        }
        party.step();
    }
    assert!(party.visitors[1].guest.send("undisturbed".into()));
    let slot = party.visitors[1].guest.slot().unwrap();
    party.until("undisturbed", |party| {
        party.host_events.contains(&HostEvent::Message {
            slot,
            bytes: "undisturbed".into(),
        })
    });
}
