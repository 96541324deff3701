//! Links over real WebRTC on this machine's loopback, hostile guests included.
//!
//! The rendezvous here is a few lines that pass frames between one host and its guests in this process, so that
//! a test can say anything on a line; the real one is joined in `rendezvous.rs`.
#![allow(clippy::disallowed_methods, reason = "real sockets run on the real clock")]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "webrtc/room.rs"]
mod room;

use bytes::Bytes;
use core::time::Duration;
use holm_net::transport::signal::{Refusal, Signal};
use holm_net::transport::webrtc::{GuestOptions, HostOptions, Rendezvous, WebRtcTransport};
use holm_net::transport::{
    Channel, CloseCause, JoinFailure, JoinStep, LinkEvent, MAX_DATAGRAM_BYTES, MAX_MESSAGE_BYTES, Path,
    SendError, Transport,
};
use room::{Everyone, Hub, Room};
use std::time::Instant;

const CHANNELS: [Channel; 3] = [Channel::Stream, Channel::Order, Channel::Bulk];

#[test]
fn a_guest_joins_and_every_channel_carries_both_ways() {
    let mut room = Room::new(HostOptions::new(1));
    let guest = room.join();
    room.until("linked", Duration::from_secs(10), |all| all.both_open(guest));

    let opened = |events: &[LinkEvent]| {
        events.iter().find_map(|event| match event {
            LinkEvent::Opened { binding, .. } => Some(*binding),
            _ => None,
        })
    };
    assert!(opened(&room.all.host.events).is_some());
    assert_eq!(
        opened(&room.all.host.events),
        opened(&room.all.guests[guest].events)
    );
    let steps: Vec<_> = room.all.guests[guest]
        .events
        .iter()
        .filter_map(|event| match event {
            LinkEvent::Progress { step } => Some(*step),
            _ => None,
        })
        .collect();
    use JoinStep::{Connecting, FindingRendezvous, Knocking, Linked};
    assert_eq!(steps, [FindingRendezvous, Knocking, Connecting, Linked]);

    for channel in CHANNELS {
        let max = if channel == Channel::Stream {
            MAX_DATAGRAM_BYTES
        } else {
            MAX_MESSAGE_BYTES
        };
        let ask = Bytes::from(vec![1 + channel as u8; max]);
        let reply = Bytes::from(vec![101 + channel as u8; max]);
        let too_long = Bytes::from(vec![0; max + 1]);
        let link = room.all.guests[guest].open.unwrap();
        let transport = &mut room.all.guests[guest].transport;
        assert_eq!(
            transport.send(link, channel, too_long),
            Err(SendError::TooLarge { len: max + 1, max })
        );
        transport.send(link, channel, ask.clone()).unwrap();
        room.until("asked", Duration::from_secs(5), |all| all.host.has(channel, &ask));
        let link = room.all.host.open_links()[0];
        room.all
            .host
            .transport
            .send(link, channel, reply.clone())
            .unwrap();
        room.until("answered", Duration::from_secs(5), |all| {
            all.guests[guest].has(channel, &reply)
        });
    }

    // The path is found out once a second.
    room.until("path known", Duration::from_secs(5), |all| {
        let host = all.host.transport.report(all.host.open_links()[0]).unwrap();
        let guest = &all.guests[guest];
        let guest = guest.transport.report(guest.open.unwrap()).unwrap();
        host.path == Path::Direct && guest.path == Path::Direct
    });
    let guest_end = &room.all.guests[guest];
    let report = guest_end.transport.report(guest_end.open.unwrap()).unwrap();
    assert_eq!((report.sent_messages, report.received_messages), (3, 3));
    assert_eq!(
        report.sent_bytes as usize,
        MAX_DATAGRAM_BYTES + 2 * MAX_MESSAGE_BYTES
    );
    assert!(report.tried.iter().any(|line| line.starts_with("ours host udp ")));
    assert!(
        report
            .tried
            .iter()
            .any(|line| line.starts_with("theirs host udp "))
    );
}

#[test]
fn a_guest_that_leaves_or_is_sent_away_is_known_to_have_gone_at_both_ends() {
    let mut room = Room::new(HostOptions::new(1));
    let (leaver, kicked) = (room.join(), room.join());
    room.until("both linked", Duration::from_secs(10), |all| {
        all.both_open(leaver) && all.both_open(kicked)
    });
    // What is said just before closing still arrives.
    let link = room.all.guests[leaver].open.unwrap();
    let farewell = Bytes::from_static(b"good night");
    let transport = &mut room.all.guests[leaver].transport;
    transport.send(link, Channel::Order, farewell.clone()).unwrap();
    transport.close(link);
    room.until("left", Duration::from_secs(5), |all| {
        all.host.has(Channel::Order, &farewell) && all.host.closed(CloseCause::There) == 1
    });
    assert_eq!(room.all.guests[leaver].closed(CloseCause::Here), 1);

    let link = room.all.host.open_links()[0];
    room.all.host.transport.close(link);
    room.until("sent away", Duration::from_secs(5), |all| {
        all.guests[kicked].closed(CloseCause::There) == 1
    });
    assert_eq!(room.all.host.closed(CloseCause::Here), 1);
    assert_eq!(room.all.host.transport.report(link), None);
}

#[test]
fn thirty_two_guests_who_join_at_once_are_all_inside() {
    let mut room = Room::new(HostOptions::new(1));
    for _ in 0..32 {
        room.join();
    }
    let started = Instant::now();
    room.until("all inside", Duration::from_secs(14), |all| {
        (0..32).all(|guest| all.both_open(guest))
    });
    assert_eq!(room.all.host.open_links().len(), 32);
    eprintln!("32 joins took {:?}", started.elapsed());
}

/// What a hostile guest may put on its line, every one to cost it its link or its chance of one.
#[test]
fn words_that_no_honest_guest_says_cost_only_who_says_them() {
    let mut room = Room::new(HostOptions::new(1));
    let honest = room.join();
    room.until("linked", Duration::from_secs(10), |all| all.both_open(honest));

    let sdp = |from: &str, to: &str| Signal::Offer(room::OFFER.replacen(from, to, 1));
    let candidate = |line: &str| {
        Signal::IceCandidate(format!(
            r#"{{"candidate":"{line}","sdpMid":"0","sdpMLineIndex":0}}"#
        ))
    };
    let good = || Signal::Offer(room::OFFER.to_owned());
    let flood: Vec<Signal> = (0..5000u32)
        .map(|i| {
            candidate(&format!(
                "candidate:1 1 udp {i} 127.0.0.1 {} typ host",
                1 + i % 60_000
            ))
        })
        .collect();
    let attacks: Vec<Vec<Signal>> = vec![
        vec![Signal::Offer(String::new())],
        vec![Signal::Offer("v=0\r\n".repeat(3000))],
        vec![sdp("a=fingerprint:sha-256 0F", "a=fingerprint:sha-256 ZZ")],
        vec![sdp("m=application", "m=video")],
        vec![sdp("a=ice-pwd:", "a=ice-pwd:\u{0}")],
        vec![good(), candidate("candidate:1 1 udp")],
        vec![good(), Signal::IceCandidate("[[[[[".to_owned())],
        vec![good(), Signal::IceCandidate("null".to_owned()), candidate("")],
        vec![Signal::Answer(room::OFFER.to_owned())],
        vec![Signal::Refused { why: Refusal::Full }],
        vec![good(), good(), good(), good(), good(), good()],
        core::iter::once(good()).chain(flood).collect(),
    ];
    for attack in attacks {
        let hostile = room.hub.line();
        room.hub.say(hostile, &Signal::Knock { version: 1 });
        for signal in &attack {
            room.hub.say(hostile, signal);
        }
        room.hub.say_raw(hostile, r#"{"Signal":{"data":{"Offer":7}}}"#);
        room.hub.say_raw(hostile, &"{\"a\":".repeat(3000));
        // The honest guest is heard the whole time.
        room.is_heard(honest, format!("{:?}", Instant::now()));
    }
    assert_eq!(room.all.host.open_links().len(), 1);
    assert!(room.all.host.transport.counters().misbehaved >= 9);
    let late = room.join();
    room.until("a late guest joins", Duration::from_secs(10), |all| {
        all.both_open(late)
    });
}

#[test]
fn a_flood_is_cut_within_a_second_and_nobody_else_notices() {
    let mut room = Room::new(HostOptions::new(1));
    let (honest, hostile) = (room.join(), room.join());
    room.until("both linked", Duration::from_secs(10), |all| {
        all.both_open(honest) && all.both_open(hostile)
    });
    let chunk = Bytes::from(vec![7; MAX_DATAGRAM_BYTES]);
    let link = room.all.guests[hostile].open.unwrap();
    let started = Instant::now();
    let mut sent = 0;
    while room.all.host.closed(CloseCause::Misbehaved) == 0 {
        assert!(started.elapsed() < Duration::from_secs(5), "the flood is not cut");
        let due = started.elapsed().as_millis() as usize * 10_000;
        while sent < due {
            let _ = room.all.guests[hostile]
                .transport
                .send(link, Channel::Order, chunk.clone());
            sent += chunk.len();
        }
        room.step();
    }
    let took = started.elapsed();
    eprintln!("10 MB/s was cut after {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    room.until("the flooder is out", Duration::from_secs(5), |all| {
        all.guests[hostile].open.is_none()
    });
    room.is_heard(honest, "still here");
    assert_eq!(room.all.host.open_links().len(), 1);
}

#[test]
fn a_refused_knock_says_why() {
    let mut room = Room::new(HostOptions {
        max_links: 1,
        ..HostOptions::new(3)
    });
    let old = room.join_with(GuestOptions::new(2));
    room.until("told the version", Duration::from_secs(3), |all| {
        all.guests[old].failed == Some(JoinFailure::Version { host: 3, own: 2 })
    });
    let first = room.join_with(GuestOptions::new(3));
    room.until("linked", Duration::from_secs(10), |all| all.both_open(first));
    let second = room.join_with(GuestOptions::new(3));
    room.until("told that it is full", Duration::from_secs(3), |all| {
        all.guests[second].failed == Some(JoinFailure::Full)
    });
}

#[test]
fn a_host_that_does_not_answer_is_named_within_fifteen_seconds() {
    // A line whose host never polls, one that welcomes and then says nothing, one that nobody listens at.
    let mut silent = Hub::default();
    let seat = silent.guest_seat();
    let deaf = WebRtcTransport::guest(Rendezvous::Seat(seat), GuestOptions::new(1));
    let mut welcoming = Hub::default();
    let seat = welcoming.guest_seat();
    let ignored = WebRtcTransport::guest(Rendezvous::Seat(seat), GuestOptions::new(1));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    let mute = WebRtcTransport::guest(
        Rendezvous::Url(format!("ws://{address}/signal/x")),
        GuestOptions::new(1),
    );
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = WebRtcTransport::guest(
        Rendezvous::Url(format!("ws://{closed}/signal/x")),
        GuestOptions::new(1),
    );
    let mut guests: Vec<Everyone> = [deaf, ignored, mute, refused].map(Everyone::new).into();
    let started = Instant::now();
    let mut welcomed = false;
    while guests.iter().any(|guest| guest.failed.is_none()) {
        let now = started.elapsed();
        assert!(now < Duration::from_secs(15), "a join hangs: {guests:?}");
        guests.iter_mut().for_each(|guest| guest.poll(now));
        for (from, signal) in welcoming.heard_by_host() {
            if matches!(signal, Signal::Knock { .. }) && !welcomed {
                welcomed = true;
                welcoming.host_says(
                    from,
                    &Signal::Welcome {
                        ice: Default::default(),
                    },
                );
            }
        }
        room::pause();
    }
    let causes: Vec<_> = guests.into_iter().filter_map(|guest| guest.failed).collect();
    use JoinFailure::{HostSilent, RendezvousUnreachable};
    assert_eq!(
        causes,
        [
            HostSilent,
            HostSilent,
            RendezvousUnreachable,
            RendezvousUnreachable
        ]
    );
}

#[test]
fn a_path_that_does_not_exist_is_named_within_fifteen_seconds() {
    let mut room = Room::new(HostOptions::new(1));
    // The rendezvous loses every address on the way: as when nothing of UDP gets through.
    room.hub.lose_candidates = true;
    let guest = room.join();
    room.until("told", Duration::from_secs(15), |all| {
        all.guests[guest].failed.is_some()
    });
    assert!(
        matches!(
            room.all.guests[guest].failed,
            Some(JoinFailure::NoPath {
                relay_offered: false,
                ..
            })
        ),
        "{:?}",
        room.all.guests[guest].failed
    );
    assert!(
        room.all.guests[guest]
            .transport
            .failed_join_report()
            .is_some_and(|r| !r.tried.is_empty())
    );
    assert_eq!(room.all.host.open_links(), []);
}

#[test]
fn a_certificate_other_than_the_one_announced_makes_no_link() {
    let mut room = Room::new(HostOptions::new(1));
    room.hub.forge_answers = true;
    let guest = room.join();
    room.until("told", Duration::from_secs(15), |all| {
        all.guests[guest].failed.is_some()
    });
    assert!(matches!(
        room.all.guests[guest].failed,
        Some(JoinFailure::NoPath { .. })
    ));
    let never = |events: &[LinkEvent]| {
        !events
            .iter()
            .any(|event| matches!(event, LinkEvent::Opened { .. } | LinkEvent::Received { .. }))
    };
    assert!(never(&room.all.host.events) && never(&room.all.guests[guest].events));
}

#[test]
fn an_offer_that_is_lost_is_made_again_in_time() {
    let mut room = Room::new(HostOptions::new(1));
    room.hub.lose_offers = 1;
    let guest = room.join();
    let started = Instant::now();
    room.until("linked at the second try", Duration::from_secs(12), |all| {
        all.both_open(guest)
    });
    assert!(
        started.elapsed() > Duration::from_secs(4),
        "the first offer was to be lost"
    );
}

#[test]
fn a_rendezvous_that_goes_away_takes_no_open_link_with_it() {
    let mut room = Room::new(HostOptions::new(1));
    let guest = room.join();
    room.until("linked", Duration::from_secs(10), |all| all.both_open(guest));
    room.hub.hang_up();
    for _ in 0..20 {
        room.step();
    }
    room.is_heard(guest, "who needs it");
    assert_eq!(room.all.host.open_links().len(), 1);
}
