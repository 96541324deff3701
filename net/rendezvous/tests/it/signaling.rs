//! Roles, relaying, limits and what hostile lines get.

use core::time::Duration;
use std::collections::BTreeSet;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};

use futures::{SinkExt, StreamExt};
use holm_net::session::PROTOCOL_VERSION;
use holm_net::transport::signal::{IceServers, MAX_SIGNAL_BYTES, Refusal, Signal, SignalLine, close_code};
use holm_rendezvous::{Household, Limits, Rate, RemoteHosts, ServerConfig, ServerHandle};
use matchbox_protocol::PeerId;
use socket2::SockRef;

use crate::help::{DEADLINE, Event, Ws, at_seat, config, request, room, seat_id, start, until_metric};

fn limited(change: impl FnOnce(&mut Limits)) -> ServerConfig {
    let mut config = config();
    change(&mut config.limits);
    config
}

fn knock() -> Signal {
    Signal::Knock { version: 1 }
}

/// What the other end of a room gets to see when `sender` says `data`.
fn said(sender: PeerId, data: Signal) -> Event {
    Event::Signal { sender, data }
}

/// A room on a server in this process, and who hosts it.
struct Hosted {
    server: ServerHandle,
    host: SignalLine,
    host_id: PeerId,
}

impl Hosted {
    async fn with(config: ServerConfig) -> Self {
        let server = start(config);
        let mut host = server.host_seat(&room(1));
        let host_id = seat_id(&mut host).await;
        Self {
            server,
            host,
            host_id,
        }
    }

    /// A guest at the door, and its id.
    async fn guest(&self) -> (Ws, PeerId) {
        let mut guest = Ws::open(&self.server, &room(1), "").await;
        let (id, told) = guest.greeted().await;
        assert_eq!(told, self.host_id);
        (guest, id)
    }
}

/// How a line that somebody opens to room 1 ends.
async fn ended(server: &ServerHandle, query: &str) -> Option<u16> {
    Ws::open(server, &room(1), query).await.closed().await
}

#[tokio::test]
async fn a_guest_and_the_host_in_the_same_process_talk() {
    let mut here = Hosted::with(config()).await;
    let (mut guest, guest_id) = here.guest().await;
    guest.say(here.host_id, knock()).await;
    assert_eq!(at_seat(&mut here.host).await, Some(said(guest_id, knock())));

    let no = Signal::Refused { why: Refusal::Full };
    here.host
        .to_rendezvous
        .send(request(guest_id, no.clone()))
        .await
        .unwrap();
    assert_eq!(guest.next().await, Ok(said(here.host_id, no)));

    drop(guest);
    assert_eq!(at_seat(&mut here.host).await, Some(Event::PeerLeft(guest_id)));
}

#[tokio::test]
async fn a_host_hears_nothing_of_a_guest_that_says_nothing() {
    let mut here = Hosted::with(config()).await;
    drop(here.guest().await);
    let (mut guest, guest_id) = here.guest().await;
    guest.say(here.host_id, knock()).await;
    assert_eq!(at_seat(&mut here.host).await, Some(said(guest_id, knock())));
}

#[tokio::test]
async fn a_room_nobody_hosts_is_no_room() {
    let server = start(config());
    let _other = server.host_seat(&room(2));
    assert_eq!(ended(&server, "").await, Some(close_code::NO_SUCH_ROOM));
    assert_eq!(server.guest_seat(&room(1)).err(), Some(close_code::NO_SUCH_ROOM));
}

#[tokio::test]
async fn a_guest_that_writes_to_another_guest_loses_its_line_and_the_other_hears_nothing() {
    let mut here = Hosted::with(config()).await;
    let (mut victim, victim_id) = here.guest().await;
    let (mut rude, _) = here.guest().await;
    rude.say(victim_id, knock()).await;
    assert_eq!(rude.closed().await, Some(close_code::MALFORMED));
    assert!(victim.is_silent().await);
    victim.say(here.host_id, knock()).await;
    assert_eq!(at_seat(&mut here.host).await, Some(said(victim_id, knock())));
}

#[tokio::test]
async fn rooms_hear_nothing_of_each_other() {
    let here = Hosted::with(config()).await;
    let mut there = here.server.host_seat(&room(2));
    let there_id = seat_id(&mut there).await;
    let (mut guest, guest_id) = here.guest().await;
    // The other room's host writes to this guest, and the guest to the other room's host: neither arrives.
    there
        .to_rendezvous
        .send(request(guest_id, knock()))
        .await
        .unwrap();
    assert!(guest.is_silent().await);
    guest.say(there_id, knock()).await;
    assert_eq!(guest.closed().await, Some(close_code::MALFORMED));
}

#[tokio::test]
async fn a_remote_host_needs_the_token_and_a_second_one_is_refused() {
    let mut with_token = config();
    with_token.remote_hosts = RemoteHosts::Anyone;
    let server = start(with_token);
    let mut host = Ws::open(&server, &room(1), "?host=mine").await;
    let host_id = host.assigned().await;
    assert_eq!(ended(&server, "?host=yours").await, Some(close_code::TAKEN));

    let mut guest = Ws::open(&server, &room(1), "").await;
    let (guest_id, told) = guest.greeted().await;
    assert_eq!(told, host_id);
    guest.say(host_id, knock()).await;
    assert_eq!(host.next().await, Ok(said(guest_id, knock())));
    host.say(guest_id, knock()).await;
    assert_eq!(guest.next().await, Ok(said(host_id, knock())));

    let mut refusing = config();
    refusing.remote_hosts = RemoteHosts::Token("right".to_owned());
    let server = start(refusing);
    assert_eq!(
        ended(&server, "?host=wrong").await,
        Some(close_code::UNAUTHORISED)
    );
    Ws::open(&server, &room(1), "?host=right").await.assigned().await;
    let server = start(config());
    assert_eq!(ended(&server, "?host=any").await, Some(close_code::UNAUTHORISED));
}

#[tokio::test]
async fn a_host_that_comes_back_in_time_finds_its_guests_and_their_words() {
    let mut config = limited(|limits| limits.grace = Duration::from_secs(60));
    config.remote_hosts = RemoteHosts::Anyone;
    let server = start(config);
    let mut host = Ws::open(&server, &room(1), "?host=mine").await;
    let host_id = host.assigned().await;
    let mut guest = Ws::open(&server, &room(1), "").await;
    let (guest_id, _) = guest.greeted().await;

    drop(host);
    // What is said before the server notices goes to the dead line.
    until_metric(&server, "line_ends_total{").await;
    guest.say(host_id, knock()).await;
    let mut late = Ws::open(&server, &room(1), "").await;
    assert_eq!(late.greeted().await.1, host_id);
    assert_eq!(ended(&server, "?host=yours").await, Some(close_code::TAKEN));

    let mut host = Ws::open(&server, &room(1), "?host=mine").await;
    assert_eq!(host.assigned().await, host_id);
    assert_eq!(host.next().await, Ok(said(guest_id, knock())));
    host.say(guest_id, knock()).await;
    assert_eq!(guest.next().await, Ok(said(host_id, knock())));
}

#[tokio::test]
async fn a_room_whose_host_stays_away_is_forgotten() {
    let server = start(limited(|limits| limits.grace = Duration::from_millis(200)));
    let mut host = server.host_seat(&room(1));
    seat_id(&mut host).await;
    let mut guest = Ws::open(&server, &room(1), "").await;
    guest.greeted().await;
    drop(host);
    assert_eq!(guest.closed().await, Some(close_code::HOST_GONE));
    assert_eq!(ended(&server, "").await, Some(close_code::NO_SUCH_ROOM));
}

#[tokio::test]
async fn a_host_that_sits_down_again_replaces_its_former_seat() {
    let mut here = Hosted::with(config()).await;
    let (mut guest, guest_id) = here.guest().await;
    let mut host = here.server.host_seat(&room(1));
    assert_eq!(seat_id(&mut host).await, here.host_id);
    assert_eq!(at_seat(&mut here.host).await, None, "the former seat ends");
    guest.say(here.host_id, knock()).await;
    assert_eq!(at_seat(&mut host).await, Some(said(guest_id, knock())));
}

#[tokio::test]
async fn hostile_lines_lose_themselves_and_nobody_else() {
    let mut here = Hosted::with(config()).await;
    let (mut honest, honest_id) = here.guest().await;

    for text in [
        "",
        "{",
        "null",
        "[1,2]",
        "{\"Signal\":1}",
        "{\"Signal\":{\"receiver\":\"x\",\"data\":0}}",
        "\u{0}",
    ] {
        let (mut hostile, _) = here.guest().await;
        hostile.send_text(text).await;
        assert_eq!(hostile.closed().await, Some(close_code::MALFORMED), "{text:?}");
    }
    let (mut binary, _) = here.guest().await;
    binary.send_binary(vec![0; 100]).await;
    assert_eq!(binary.closed().await, Some(close_code::MALFORMED));

    // One byte over the limit, and far over it: the latter may be cut before its end is sent.
    for len in [MAX_SIGNAL_BYTES + 1, 8 << 20] {
        let (mut giant, _) = here.guest().await;
        let _ = giant.send_text("x".repeat(len)).await;
        let code = giant.closed().await;
        assert!(
            code == Some(1009) || code.is_none() && len > MAX_SIGNAL_BYTES + 1,
            "{len}: {code:?}"
        );
    }

    honest.say(here.host_id, knock()).await;
    assert_eq!(at_seat(&mut here.host).await, Some(said(honest_id, knock())));
}

#[tokio::test]
async fn the_largest_frame_and_deep_nesting_pass_unread() {
    let mut here = Hosted::with(config()).await;
    let (mut guest, guest_id) = here.guest().await;
    let host_id = here.host_id;
    let empty = request(host_id, Signal::Offer(String::new())).len();
    let largest = Signal::Offer("x".repeat(MAX_SIGNAL_BYTES - empty));
    guest.say(host_id, largest.clone()).await;
    assert_eq!(at_seat(&mut here.host).await, Some(said(guest_id, largest)));
    // 7,000 brackets would overflow the stack of a reader that recurses.
    let deep = format!("{}{}", "[".repeat(7000), "]".repeat(7000));
    guest
        .send_text(format!(
            "{{\"Signal\":{{\"receiver\":\"{host_id}\",\"data\":{deep}}}}}"
        ))
        .await;
    let text = tokio::time::timeout(DEADLINE, here.host.from_rendezvous.next())
        .await
        .unwrap()
        .unwrap();
    assert!(text.contains(&deep));
}

#[tokio::test]
async fn a_flood_is_cut_at_its_allowance() {
    let few = limited(|limits| {
        limits.guest_frames = Rate {
            burst: 50.0,
            per_sec: 1.0,
        }
    });
    let mut here = Hosted::with(few).await;
    let (mut flood, _) = here.guest().await;
    for _ in 0..500 {
        if !flood.send_text(request(here.host_id, knock())).await {
            break;
        }
    }
    assert!(matches!(
        flood.closed().await,
        Some(close_code::RATE_LIMITED) | None
    ));
    let mut heard = 0;
    loop {
        match at_seat(&mut here.host).await {
            Some(Event::Signal { .. }) => heard += 1,
            Some(Event::PeerLeft(_)) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!((50..=55).contains(&heard), "{heard}");
}

#[tokio::test]
async fn a_guest_that_reads_nothing_loses_its_line_and_the_host_does_not_wait() {
    let mut here = Hosted::with(config()).await;
    let (mut deaf, deaf_id) = here.guest().await;
    deaf.say(here.host_id, knock()).await;
    at_seat(&mut here.host).await;
    let frame = request(deaf_id, Signal::Offer("x".repeat(15_000)));
    // 60 MB: more than every buffer on the way; the host must get rid of all of it at once.
    let flood = async {
        for _ in 0..4000 {
            here.host.to_rendezvous.send(frame.clone()).await.unwrap();
        }
    };
    tokio::time::timeout(DEADLINE, flood)
        .await
        .expect("the host is not held up");
    assert_eq!(at_seat(&mut here.host).await, Some(Event::PeerLeft(deaf_id)));
}

#[tokio::test]
async fn limits_per_address_and_per_room_hold() {
    let server = start(limited(|limits| {
        limits.spare_loopback = false;
        limits.guests_per_address = 3;
        limits.joins = Rate {
            burst: 5.0,
            per_sec: 0.0,
        };
    }));
    let _host = server.host_seat(&room(1));
    let mut guests = Vec::new();
    for _ in 0..3 {
        let mut guest = Ws::open(&server, &room(1), "").await;
        guest.greeted().await;
        guests.push(guest);
    }
    assert_eq!(ended(&server, "").await, Some(close_code::RATE_LIMITED));
    // A guess at a room costs as much as a join.
    guests.clear();
    for _ in 0..2 {
        let code = Ws::open(&server, &room(9), "").await.closed().await;
        assert!(matches!(
            code,
            Some(close_code::NO_SUCH_ROOM | close_code::RATE_LIMITED)
        ));
    }
    assert_eq!(
        Ws::open(&server, &room(9), "").await.closed().await,
        Some(close_code::RATE_LIMITED)
    );

    let mut config = limited(|limits| (limits.guests_per_room, limits.rooms) = (2, 1));
    config.remote_hosts = RemoteHosts::Anyone;
    let server = start(config);
    let _host = server.host_seat(&room(1));
    let (mut one, mut two) = (
        Ws::open(&server, &room(1), "").await,
        Ws::open(&server, &room(1), "").await,
    );
    one.greeted().await;
    two.greeted().await;
    assert_eq!(ended(&server, "").await, Some(close_code::FULL));
    assert_eq!(
        Ws::open(&server, &room(2), "?host=t").await.closed().await,
        Some(close_code::FULL)
    );
}

fn households(these: &[&str]) -> BTreeSet<Household> {
    these.iter().map(|one| one.parse().unwrap()).collect()
}

#[tokio::test]
async fn whoever_comes_from_a_barred_household_is_refused_and_the_neighbours_are_not() {
    let mut config = config();
    config.trusted_proxies = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let server = start(config);
    let _host = server.host_seat(&room(1));
    let mut early = Ws::open_from(&server, &room(1), "203.0.113.7").await;
    let (early_id, _) = early.greeted().await;
    let early_from = server.household(*early_id.0.as_bytes());
    assert_eq!(early_from, Some(Household::V4([203, 0, 113, 7])));

    server.bar(households(&["203.0.113.7", "2001:db8:0:1::/64"]));
    assert_eq!(
        early.closed().await,
        Some(close_code::BARRED),
        "who is at the door, too"
    );
    assert_eq!(
        server.household(*early_id.0.as_bytes()),
        early_from,
        "its line has ended"
    );
    for from in ["203.0.113.7", "2001:db8:0:1::1", "2001:db8:0:1:ffff::"] {
        let mut guest = Ws::open_from(&server, &room(1), from).await;
        assert_eq!(guest.closed().await, Some(close_code::BARRED), "{from}");
    }
    for from in ["203.0.113.8", "2001:db8:0:2::1"] {
        Ws::open_from(&server, &room(1), from).await.greeted().await;
    }
    server.bar(BTreeSet::new());
    Ws::open_from(&server, &room(1), "203.0.113.7")
        .await
        .greeted()
        .await;
}

#[tokio::test]
async fn whoever_is_spared_the_limits_comes_from_nowhere_that_could_be_barred() {
    for spared in [true, false] {
        let here = Hosted::with(limited(|limits| limits.spare_loopback = spared)).await;
        let (_guest, id) = here.guest().await;
        let from = (!spared).then_some(Household::V4([127, 0, 0, 1]));
        assert_eq!(here.server.household(*id.0.as_bytes()), from);
        here.server.bar(households(&["127.0.0.1"]));
        let mut another = Ws::open(&here.server, &room(1), "").await;
        match spared {
            true => assert_eq!(another.greeted().await.1, here.host_id),
            false => assert_eq!(another.closed().await, Some(close_code::BARRED)),
        }
    }
}

#[tokio::test]
async fn a_guest_that_hangs_up_while_its_line_is_made_leaves_no_seat_behind() {
    let server = start(limited(|limits| limits.guests_per_room = 1));
    let _host = server.host_seat(&room(1));
    let upgrade = format!(
        "GET /signal/{} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
        room(1).0
    );
    for _ in 0..50 {
        let mut tcp = std::net::TcpStream::connect(server.local_addr()).unwrap();
        // Closing it resets it, so that the answer cannot be written.
        SockRef::from(&tcp).set_linger(Some(Duration::ZERO)).unwrap();
        tcp.write_all(upgrade.as_bytes()).unwrap();
    }
    let place = async {
        while !matches!(
            Ws::open(&server, &room(1), "").await.next().await,
            Ok(Event::IdAssigned(_))
        ) {}
    };
    tokio::time::timeout(DEADLINE, place).await.expect("a free place");
}

#[tokio::test]
async fn a_guest_that_keeps_its_place_for_nothing_loses_it() {
    let server = start(limited(|limits| {
        limits.guest_idle = Duration::from_millis(300);
        limits.line_dead = Duration::from_millis(600);
    }));
    let _host = server.host_seat(&room(1));
    let mut guest = Ws::open(&server, &room(1), "").await;
    assert_eq!(guest.closed().await, Some(close_code::IDLE));
}

#[tokio::test]
async fn everyone_is_told_when_the_server_goes() {
    let server = start(config());
    let address = server.local_addr();
    let mut host = server.host_seat(&room(1));
    seat_id(&mut host).await;
    let mut guest = Ws::open(&server, &room(1), "").await;
    guest.greeted().await;
    let down = tokio::task::spawn_blocking(move || server.shutdown());
    assert_eq!(guest.closed().await, Some(1001));
    assert_eq!(at_seat(&mut host).await, None);
    down.await.unwrap();
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "the port is free again"
    );
}

#[test]
fn the_frames_in_the_protocol_document_are_the_ones_on_the_line() {
    let document = include_str!("../../../../docs/protocol.md");
    let id = |n: u8| PeerId(uuid::Uuid::from_u128(n.into()));
    let ice = IceServers {
        urls: vec!["stun:turn.example.org:3478".to_owned()],
        ..IceServers::default()
    };
    let events = [
        Event::IdAssigned(id(7)),
        Event::NewPeer(id(1)),
        Event::Signal {
            sender: id(1),
            data: Signal::Welcome { ice },
        },
    ];
    let mut frames: Vec<String> = events
        .iter()
        .map(|event| serde_json::to_string(event).unwrap())
        .collect();
    frames.push(request(id(1), knock()));
    for why in [
        Refusal::Full,
        Refusal::RateLimited,
        Refusal::Version {
            host: PROTOCOL_VERSION,
        },
    ] {
        let refused = serde_json::to_string(&Signal::Refused { why }).unwrap();
        let why = serde_json::to_string(&why).unwrap();
        frames.push(if why.contains("Full") { refused } else { why });
    }
    for frame in frames {
        assert!(document.contains(&frame), "{frame} is not in docs/protocol.md");
    }
    for code in [
        close_code::MALFORMED,
        close_code::UNAUTHORISED,
        close_code::BARRED,
        close_code::NO_SUCH_ROOM,
        close_code::IDLE,
        close_code::TAKEN,
        close_code::HOST_GONE,
        close_code::RATE_LIMITED,
        close_code::FULL,
    ] {
        assert!(
            document.contains(&format!("\n| {code} | ")),
            "{code} is not in docs/protocol.md"
        );
    }
}
