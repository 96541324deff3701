//! Two programs that find each other over real multicast.

use core::time::Duration;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Instant;

use holm_net::link::{Link, RoomSecret};
use holm_rendezvous::lan::{Announcement, FoundWorld, Lan};

use crate::help::DEADLINE;

/// Polls both until `wanted` holds for what `finder` lists.
fn until(
    host: &mut Option<Lan>,
    finder: &mut Lan,
    began: Instant,
    what: &str,
    wanted: impl Fn(&[FoundWorld]) -> bool,
) {
    let deadline = Instant::now() + DEADLINE;
    while !wanted(&finder.worlds()) {
        assert!(Instant::now() < deadline, "{what}: {:?}", finder.worlds());
        if let Some(host) = host {
            host.poll(began.elapsed()).unwrap();
        }
        finder.poll(began.elapsed()).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_world_is_found_followed_and_forgotten() {
    // A port of our own, so that neither the machine's daemon nor another test is heard.
    let port = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let began = Instant::now();
    let mut finder = Lan::start_at(port, true).unwrap();
    finder.browse();
    let mut host = Lan::start_at(port, true).unwrap();
    host.browse();
    let link = Link::new("harbour.example", 80, false, RoomSecret([7; 16])).unwrap();
    let mut world = Announcement {
        name: "Harbour \u{1f3dd}".to_owned(),
        link: link.clone(),
        port: 4656,
        people: 1,
        version: 3,
    };
    host.announce(&world);
    let mut host = Some(host);

    until(&mut host, &mut finder, began, "found", |found| !found.is_empty());
    let [found] = &finder.worlds()[..] else {
        panic!("one world")
    };
    assert_eq!(
        (found.name.as_str(), found.people, found.version),
        ("Harbour \u{1f3dd}", 1, 3)
    );
    assert_eq!(
        (found.link.authority.as_str(), &found.link.secret),
        ("127.0.0.1:4656", &link.secret)
    );
    assert!(
        host.as_ref().unwrap().worlds().is_empty(),
        "a host does not find itself"
    );

    world.people = 2;
    host.as_mut().unwrap().announce(&world);
    until(&mut host, &mut finder, began, "followed", |found| {
        found.iter().any(|world| world.people == 2)
    });

    host.as_mut().unwrap().hush();
    until(&mut host, &mut finder, began, "taken back", <[_]>::is_empty);
    host.as_mut().unwrap().announce(&world);
    until(&mut host, &mut finder, began, "found again", |found| {
        !found.is_empty()
    });
    drop(host.take());
    until(&mut host, &mut finder, began, "gone", <[_]>::is_empty);
}
