//! Coming in, being told who is here, talking, leaving.

use crate::party::{Party, guest_config, host_config, ms};
use bytes::Bytes;
use holm_net::pose::Slot;
use holm_net::session::EndReason;
use holm_net::session::guest::GuestEvent;
use holm_net::session::host::HostEvent;
use holm_net::transport::memory::Weather;
use holm_net::transport::{JoinFailure, Path};

#[test]
fn two_guests_and_the_host_see_each_other_and_talk() {
    let mut party = Party::new(1);
    let (a, b) = (party.connect(Weather::PERFECT), party.connect(Weather::PERFECT));
    party.step(ms(100));
    assert_eq!(
        party.host_events[0],
        HostEvent::Joined {
            slot: Slot(1),
            expected: false
        }
    );
    assert!(party.visitors[a].events.contains(&GuestEvent::Entered {
        slot: Slot(1),
        world_name: "Harbour".into()
    }));
    assert!(
        party.visitors[a]
            .events
            .contains(&GuestEvent::PersonJoined { slot: Slot(2) })
    );
    for visitor in &party.visitors {
        assert_eq!(visitor.names(), ["Hilda", "Guest 0", "Guest 1"]);
    }
    assert!(party.visitors[a].guest.send("hello".into()));
    assert!(party.host.send(Slot(2), "only you".into()));
    party.host.broadcast("all of you".into());
    party.step(ms(100));
    assert_eq!(party.heard_from(Slot(1)), ["hello"]);
    assert_eq!(party.visitors[a].messages(), ["all of you"]);
    assert_eq!(party.visitors[b].messages(), ["only you", "all of you"]);
}

#[test]
fn people_meet_in_every_weather() {
    for weather in Weather::ALL {
        let mut party = Party::new(7);
        let (a, b) = (party.connect(weather), party.connect(weather));
        party.until(ms(5000), |party| {
            party.visitors[a].names().len() == 3 && party.visitors[b].names().len() == 3
        });
    }
}

#[test]
fn a_late_joiner_knows_everybody_and_the_ping_is_told() {
    let mut party = Party::new(2);
    for _ in 0..3 {
        party.connect(Weather::BENCH_50MS);
    }
    party.step(ms(6000));
    let late = party.connect(Weather::GOOD_WIFI);
    let people: Vec<_> = party.visitors[late].guest.people().cloned().collect();
    assert_eq!(people.len(), 5);
    for person in &people[1..4] {
        let ping = person.ping_ms.unwrap();
        // 50 ms there and 50 back, and up to two updates of waiting.
        assert!((80..160).contains(&ping), "{ping}");
        assert_eq!(person.path, Path::Memory);
    }
    assert_eq!(people[1].account, guest_config(0).identity.account());
    let rtt = party.visitors[0].guest.stats().rtt_ms.unwrap();
    assert!((80.0..160.0).contains(&rtt), "{rtt}");
}

#[test]
fn names_are_cleaned_and_may_be_the_same() {
    let mut party = Party::new(3);
    for number in 0..2 {
        let mut config = guest_config(number);
        config.name = "  A\u{202e}da\n ".into();
        party.join(config, Weather::PERFECT);
    }
    let mut nameless = guest_config(2);
    nameless.name = String::new();
    party.join(nameless, Weather::PERFECT);
    party.step(ms(200));
    let names: Vec<_> = party.host.people().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Hilda", "Ada", "Ada", ""]);
}

#[test]
fn messages_of_all_sizes_arrive_in_order_under_burst_loss() {
    let mut party = Party::new(4);
    let a = party.connect(Weather::WEAK_4G);
    let slot = party.visitors[a].slot().unwrap();
    let messages: Vec<Bytes> = (0..200u32)
        .map(|n| vec![n as u8; (n as usize * 7919) % 20_000].into())
        .collect();
    for message in &messages {
        assert!(party.host.send(slot, message.clone()));
    }
    let up: Vec<Bytes> = (0..100u32)
        .map(|n| vec![n as u8; 1 + n as usize].into())
        .collect();
    for message in &up {
        assert!(party.visitors[a].guest.send(message.clone()));
    }
    party.until(ms(60_000), |party| {
        party.visitors[a].messages().len() == messages.len() && party.heard_from(slot).len() == up.len()
    });
    assert!(party.visitors[a].messages() == messages);
    assert!(party.heard_from(slot) == up);
    let too_long = Bytes::from(vec![0; 48 * 1024 + 1]);
    assert!(!party.host.send(slot, too_long.clone()) && !party.visitors[a].guest.send(too_long));
    assert!(!party.host.send(Slot(9), "nobody".into()));
}

#[test]
fn whoever_leaves_is_gone_for_everybody_and_their_slot_is_free() {
    let mut party = Party::new(5);
    let (a, b) = (
        party.connect(Weather::GOOD_WIFI),
        party.connect(Weather::GOOD_WIFI),
    );
    party.visitors[a].guest.leave();
    party.step(ms(500));
    assert_eq!(party.visitors[a].ended(), Some(&EndReason::Left));
    assert!(party.host_events.contains(&HostEvent::Left {
        slot: Slot(1),
        reason: EndReason::Left
    }));
    assert_eq!(party.visitors[b].names(), ["Hilda", "Guest 1"]);
    assert!(!party.visitors[a].guest.send("after the end".into()));
    let c = party.connect(Weather::GOOD_WIFI);
    assert_eq!(party.visitors[c].slot(), Some(Slot(1)));
}

#[test]
fn the_host_sends_somebody_away_with_its_reason() {
    let mut party = Party::new(6);
    let (a, b) = (
        party.connect(Weather::GOOD_WIFI),
        party.connect(Weather::GOOD_WIFI),
    );
    party.host.kick(Slot(1), "be\u{202e} kind");
    party.step(ms(500));
    let reason = EndReason::Kicked("be kind".into());
    assert_eq!(party.visitors[a].ended(), Some(&reason));
    assert!(party.host_events.contains(&HostEvent::Left {
        slot: Slot(1),
        reason
    }));
    assert_eq!(party.visitors[b].names(), ["Hilda", "Guest 1"]);
    party.step(ms(40_000));
    assert_eq!(party.host.totals().joins, 2, "nobody came back by themselves");
}

#[test]
fn a_world_that_stops_says_its_last_words_and_why_to_everybody() {
    let mut party = Party::new(8);
    for weather in [Weather::PERFECT, Weather::GOOD_WIFI, Weather::BENCH_50MS] {
        party.connect(weather);
    }
    party.host.broadcast("last words".into());
    party.host.stop("Good night");
    party.until(ms(1200), |party| party.host.is_over());
    party.step(ms(500));
    for visitor in &party.visitors {
        assert_eq!(visitor.messages(), ["last words"]);
        assert_eq!(
            visitor.events.last(),
            Some(&GuestEvent::Ended(EndReason::HostStopped("Good night".into())))
        );
    }
    assert!(
        !party
            .host_events
            .iter()
            .any(|event| matches!(event, HostEvent::Lost { .. }))
    );
}

#[test]
fn a_stopped_host_is_over_after_a_second_even_when_nobody_hears() {
    let mut party = Party::new(9);
    let a = party.connect(Weather::PERFECT);
    party.net.black_hole(party.visitors[a].link());
    party.host.stop("");
    party.step(ms(1200));
    assert!(party.host.is_over());
}

#[test]
fn a_full_room_says_so() {
    let mut party = Party::with(
        10,
        holm_net::session::host::HostConfig {
            max_guests: 1,
            ..host_config()
        },
    );
    party.connect(Weather::PERFECT);
    let b = party.join(guest_config(1), Weather::PERFECT);
    party.step(ms(200));
    assert_eq!(party.visitors[b].ended(), Some(&EndReason::Full));
    // The same person coming again takes their own place.
    let again = party.join(guest_config(0), Weather::PERFECT);
    party.step(ms(200));
    assert_eq!(party.visitors[again].slot(), Some(Slot(1)));
    assert_eq!(party.visitors[0].ended(), Some(&EndReason::Elsewhere));
}

#[test]
fn another_build_of_the_game_is_told_apart() {
    let mut party = Party::new(11);
    let mut config = guest_config(0);
    config.game_protocol += 1;
    let a = party.join(config, Weather::PERFECT);
    party.step(ms(200));
    assert_eq!(party.visitors[a].ended(), Some(&EndReason::Build));
}

#[test]
fn a_room_without_a_host_is_a_failed_join() {
    let mut party = Party::new(12);
    party.net = holm_net::transport::memory::MemoryNet::new(12); // nobody hosts here
    let a = party.join(guest_config(0), Weather::PERFECT);
    party.step(ms(200));
    assert_eq!(
        party.visitors[a].events.last(),
        Some(&GuestEvent::Failed(JoinFailure::NoSuchRoom))
    );
}

#[test]
fn sixty_four_guests_are_all_here_and_all_hear() {
    let mut party = Party::new(13);
    for number in 0..64 {
        party.join(
            guest_config(number),
            [Weather::GOOD_WIFI, Weather::LAN, Weather::WEAK_4G][usize::from(number % 3)],
        );
    }
    party.until(ms(10_000), |party| {
        party
            .visitors
            .iter()
            .all(|visitor| visitor.guest.people().count() == 65)
    });
    party.host.broadcast("welcome".into());
    party.until(ms(5000), |party| {
        party
            .visitors
            .iter()
            .all(|visitor| visitor.messages() == ["welcome"])
    });
    assert_eq!(party.host.totals().joins, 64);
    let mut slots: Vec<_> = party
        .visitors
        .iter()
        .map(|visitor| visitor.slot().unwrap().0)
        .collect();
    slots.sort_unstable();
    assert_eq!(slots, (1..=64).collect::<Vec<u16>>());
}

#[test]
fn a_blob_over_a_narrow_line_fills_it_without_holding_up_the_stream() {
    let narrow = Weather {
        latency: ms(20),
        bits_per_sec: Some(3_000_000),
        ..Weather::PERFECT
    };
    let mut party = Party::new(15);
    let bytes: Bytes = (0..3_000_000u32).map(|n| (n ^ (n >> 11)) as u8).collect();
    let hash = party.host.offer_blob(bytes.clone());
    let a = party.connect(narrow);
    party.visitors[a].guest.fetch_blob(hash, bytes.len() as u64);
    let blob = GuestEvent::Blob { hash, bytes };
    let start = party.now;
    let mut worst: f32 = 0.0;
    while !party.visitors[a].events.contains(&blob) {
        party.step(ms(500));
        worst = worst.max(party.visitors[a].guest.stats().rtt_ms.unwrap_or(0.0));
        assert!(party.now - start < ms(12_000), "8 s are what the line needs");
    }
    // 40 ms without traffic; 256 KiB under way would be 700.
    assert!(worst < 350.0, "{worst}");
}

#[test]
fn blobs_are_fetched_by_their_hash() {
    let mut party = Party::new(14);
    let bytes: Bytes = (0..3_000_000u32).map(|n| (n ^ (n >> 11)) as u8).collect();
    let hash = party.host.offer_blob(bytes.clone());
    let a = party.connect(Weather::GOOD_WIFI);
    party.visitors[a].guest.fetch_blob(hash, bytes.len() as u64);
    party.visitors[a].guest.fetch_blob([9; 32], 5);
    party.step(ms(500));
    let (here, all) = party.visitors[a].guest.blob_progress(&hash).unwrap();
    assert!(here > 0 && here < all && all == 3_000_000);
    party.until(ms(20_000), |party| {
        party.visitors[a]
            .events
            .contains(&GuestEvent::BlobFailed { hash: [9; 32] })
    });
    let expected = GuestEvent::Blob { hash, bytes };
    party.until(ms(20_000), |party| party.visitors[a].events.contains(&expected));
    assert!(party.host_events.contains(&HostEvent::UnknownBlob {
        slot: Slot(1),
        hash: [9; 32]
    }));
    assert_eq!(party.visitors[a].guest.blob_progress(&hash), None);
}

#[test]
fn what_a_guest_wears_reaches_the_host_and_from_there_the_others() {
    let mut party = Party::new(16);
    let (a, b) = (party.connect(Weather::GOOD_WIFI), party.connect(Weather::WEAK_4G));
    let bytes: Bytes = (0..700_000u32).map(|n| (n ^ (n >> 7)) as u8).collect();
    let hash = party.visitors[a].guest.offer_blob(bytes.clone());
    let slot = party.visitors[a].slot().unwrap();
    party.host.fetch_blob(slot, hash, bytes.len() as u64);
    let here = HostEvent::Blob {
        slot,
        hash,
        bytes: bytes.clone(),
    };
    party.until(ms(20_000), |party| party.host_events.contains(&here));
    party.host.offer_blob(bytes.clone());
    party.visitors[b].guest.fetch_blob(hash, bytes.len() as u64);
    let there = GuestEvent::Blob { hash, bytes };
    party.until(ms(30_000), |party| party.visitors[b].events.contains(&there));
    // Taken back, it is nobody's to ask for any more.
    party.visitors[a].guest.withdraw_blob(&hash);
    party.host.fetch_blob(slot, hash, 5);
    let gone = HostEvent::BlobFailed { slot, hash };
    party.until(ms(5000), |party| party.host_events.contains(&gone));
}

#[test]
fn what_was_sent_before_the_good_bye_arrives_before_it() {
    let mut party = Party::new(9);
    let a = party.connect(Weather::PERFECT);
    let slot = party.visitors[a].slot().unwrap();
    let last = Bytes::from_static(b"good night");
    assert!(party.visitors[a].guest.send(last.clone()));
    party.visitors[a].guest.leave();
    party.step(ms(300));
    assert_eq!(party.heard_from(slot), [last]);
    assert_eq!(party.host.people().count(), 1, "and the seat is free");
}
