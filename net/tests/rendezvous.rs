//! Joins through the real rendezvous, over real websockets.
#![allow(clippy::disallowed_methods, reason = "real sockets run on the real clock")]
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "webrtc/room.rs"]
mod room;

use bytes::Bytes;
use core::time::Duration;
use futures::{SinkExt, StreamExt};
use holm_net::household::Household;
use holm_net::transport::signal::{RoomId, Signal, close_code};
use holm_net::transport::webrtc::{
    GuestOptions, HostLine, HostOptions, LineEnd, Rendezvous, WebRtcTransport,
};
use holm_net::transport::{Channel, JoinFailure, Transport};
use holm_rendezvous::{RemoteHosts, Server, ServerConfig, ServerHandle};
use matchbox_protocol::{PeerEvent, PeerRequest};
use room::{All, Everyone};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

fn serve(address: SocketAddr) -> ServerHandle {
    let config = ServerConfig {
        remote_hosts: RemoteHosts::Token("let me host".to_owned()),
        ..ServerConfig::on(address)
    };
    Server::bind(config).unwrap().start().unwrap()
}

fn room_id() -> RoomId {
    RoomId("0123456789abcdef0123456789abcdef".to_owned())
}

fn url(server: SocketAddr, room: &RoomId) -> String {
    format!("ws://{server}/signal/{}", room.0)
}

fn guest(server: SocketAddr) -> Everyone {
    let rendezvous = Rendezvous::Url(url(server, &room_id()));
    Everyone::new(WebRtcTransport::guest(rendezvous, GuestOptions::new(1)))
}

/// Polls everybody until `done`.
fn until(all: &mut All, started: Instant, within: Duration, mut done: impl FnMut(&All) -> bool) {
    let deadline = Instant::now() + within;
    while !done(all) {
        let failed: Vec<_> = all
            .guests
            .iter()
            .filter_map(|guest| guest.failed.clone())
            .collect();
        assert!(
            Instant::now() < deadline,
            "not within {within:?}; failures: {failed:?}"
        );
        let now = started.elapsed();
        all.host.poll(now);
        all.guests.iter_mut().for_each(|guest| guest.poll(now));
        room::pause();
    }
}

#[test]
fn guests_join_through_the_rendezvous_that_their_host_serves_itself() {
    let server = serve(([127, 0, 0, 1], 0).into());
    let seat = Rendezvous::Seat(server.host_seat(&room_id()));
    let host = Everyone::new(WebRtcTransport::host(seat, HostOptions::new(1)));
    let guests = (0..8).map(|_| guest(server.local_addr())).collect();
    let mut all = All { host, guests };
    let started = Instant::now();
    until(&mut all, started, Duration::from_secs(14), |all| {
        (0..8).all(|n| all.both_open(n))
    });
    eprintln!("8 joins took {:?}", started.elapsed());
    // They stay when the rendezvous goes.
    drop(server);
    let link = all.guests[3].open.unwrap();
    let said = Bytes::from_static(b"still here");
    until(&mut all, started, Duration::from_secs(5), |all| {
        matches!(all.host.transport.host_line(), Some(HostLine::Down(_)))
    });
    all.guests[3]
        .transport
        .send(link, Channel::Order, said.clone())
        .unwrap();
    until(&mut all, started, Duration::from_secs(5), |all| {
        all.host.has(Channel::Order, &said)
    });
    assert_eq!(all.host.open_links().len(), 8);
}

#[test]
fn a_room_that_nobody_hosts_is_named_at_once() {
    let server = serve(([127, 0, 0, 1], 0).into());
    let elsewhere = server.host_seat(&RoomId("f".repeat(32)));
    let host = WebRtcTransport::host(Rendezvous::Seat(elsewhere), HostOptions::new(1));
    let mut all = All {
        host: Everyone::new(host),
        guests: vec![guest(server.local_addr())],
    };
    until(&mut all, Instant::now(), Duration::from_secs(3), |all| {
        all.guests[0].failed == Some(JoinFailure::NoSuchRoom)
    });
}

#[test]
fn whoever_comes_from_where_a_guest_did_is_told_when_that_is_barred() {
    let mut config = ServerConfig::on(([127, 0, 0, 1], 0).into());
    config.limits.spare_loopback = false;
    let server = Server::bind(config).unwrap().start().unwrap();
    let seat = Rendezvous::Seat(server.host_seat(&room_id()));
    let mut all = All {
        host: Everyone::new(WebRtcTransport::host(seat, HostOptions::new(1))),
        guests: vec![guest(server.local_addr())],
    };
    let started = Instant::now();
    until(&mut all, started, Duration::from_secs(14), |all| all.both_open(0));
    let link = all.host.open.unwrap();
    let id = all.host.transport.known_as(link).unwrap();
    let here: Household = "127.0.0.1".parse().unwrap();
    assert_eq!(server.household(id), Some(here));
    server.bar(BTreeSet::from([here]));
    all.guests.push(guest(server.local_addr()));
    until(&mut all, started, Duration::from_secs(5), |all| {
        all.guests[1].failed == Some(JoinFailure::Barred)
    });
    assert_eq!(all.host.open_links(), [link], "a link that is open stays");
    server.bar(BTreeSet::new());
    all.guests.push(guest(server.local_addr()));
    until(&mut all, started, Duration::from_secs(14), |all| all.both_open(2));
}

#[test]
fn a_host_elsewhere_comes_back_to_a_rendezvous_that_was_started_again() {
    let server = serve(([127, 0, 0, 1], 0).into());
    let address = server.local_addr();
    let hosting = |token: &str| {
        let url = format!("{}?host={token}", url(address, &room_id()));
        WebRtcTransport::host(Rendezvous::Url(url), HostOptions::new(1))
    };
    let mut all = All {
        host: Everyone::new(hosting("let%20me%20host")),
        guests: Vec::new(),
    };
    let started = Instant::now();
    let is = |wanted| move |all: &All| all.host.transport.host_line() == Some(wanted);
    until(&mut all, started, Duration::from_secs(5), is(HostLine::Up));
    all.guests.push(guest(address));
    until(&mut all, started, Duration::from_secs(10), |all| all.both_open(0));

    drop(server);
    until(&mut all, started, Duration::from_secs(5), |all| {
        matches!(all.host.transport.host_line(), Some(HostLine::Down(_)))
    });
    let _server = serve(address);
    until(&mut all, started, Duration::from_secs(15), is(HostLine::Up));
    all.guests.push(guest(address));
    until(&mut all, started, Duration::from_secs(10), |all| all.both_open(1));
    assert_eq!(all.host.open_links().len(), 2, "the first link was never touched");

    let mut intruder = All {
        host: Everyone::new(hosting("guess")),
        guests: Vec::new(),
    };
    let told = HostLine::Down(LineEnd::Told(close_code::UNAUTHORISED));
    until(&mut intruder, started, Duration::from_secs(5), is(told));
}

#[test]
fn a_crowd_that_knocks_and_knocks_does_not_cost_the_host_its_line() {
    let server = serve(([127, 0, 0, 1], 0).into());
    let seat = Rendezvous::Seat(server.host_seat(&room_id()));
    let mut all = All {
        host: Everyone::new(WebRtcTransport::host(seat, HostOptions::new(1))),
        guests: Vec::new(),
    };
    let started = Instant::now();
    all.host.poll(started.elapsed());
    // As many words as a rendezvous lets forty addresses say at once, while the host is busy elsewhere.
    let crowd: Vec<_> = (0..40)
        .map(|_| {
            let mut line = server.guest_seat(&room_id()).unwrap();
            std::thread::spawn(move || {
                futures::executor::block_on(async {
                    let mut host = None;
                    while host.is_none() {
                        let frame = line.from_rendezvous.next().await.expect("a greeting");
                        if let Ok(PeerEvent::NewPeer(id)) = serde_json::from_str::<PeerEvent<Signal>>(&frame)
                        {
                            host = Some(id);
                        }
                    }
                    let knock = PeerRequest::Signal {
                        receiver: host.unwrap(),
                        data: Signal::Knock { version: 1 },
                    };
                    let knock = serde_json::to_string(&knock).unwrap();
                    for _ in 0..150 {
                        if line.to_rendezvous.send(knock.clone()).await.is_err() {
                            return; // cut off: as good
                        }
                    }
                });
                line
            })
        })
        .collect();
    while all.host.transport.counters().knocks < 2000 {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "{:?}",
            all.host.transport.counters()
        );
        all.host.poll(started.elapsed());
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert_eq!(all.host.transport.host_line(), Some(HostLine::Up));
    all.guests.push(guest(server.local_addr()));
    until(&mut all, started, Duration::from_secs(14), |all| all.both_open(0));
    drop(crowd);
}
