//! Lost links: the seat is kept, and no message is lost, doubled or out of order.

use crate::party::{Party, STEP, guest_config, ms};
use bytes::Bytes;
use holm_net::pose::Slot;
use holm_net::session::EndReason;
use holm_net::session::guest::GuestEvent;
use holm_net::session::host::{Expected, HostEvent};
use holm_net::transport::memory::{SeededRng, Weather};
use proptest::prelude::*;

#[test]
fn a_cut_link_is_replaced_and_the_same_person_sits_on_the_same_seat() {
    let mut party = Party::new(1);
    let (a, b) = (
        party.connect(Weather::GOOD_WIFI),
        party.connect(Weather::GOOD_WIFI),
    );
    party.net.cut(party.visitors[a].link(), ms(100));
    party.host.broadcast("meanwhile".into());
    party.visitors[a].guest.send("into the void".into());
    party.step(ms(1500));
    let lost = |event: &GuestEvent| matches!(event, GuestEvent::Lost { .. });
    assert!(party.visitors[a].events.iter().any(lost));
    assert_eq!(
        party.visitors[a]
            .events
            .iter()
            .filter(|event| **event == GuestEvent::Resumed)
            .count(),
        1
    );
    assert_eq!(party.visitors[a].messages(), ["meanwhile"]);
    assert_eq!(party.heard_from(Slot(1)), ["into the void"]);
    assert!(party.host_events.contains(&HostEvent::Resumed { slot: Slot(1) }));
    assert_eq!(party.visitors[b].names(), ["Hilda", "Guest 0", "Guest 1"]);
    assert!(
        !party.visitors[b]
            .events
            .iter()
            .any(|event| matches!(event, GuestEvent::PersonLeft { .. }))
    );
}

#[test]
fn a_silent_link_is_given_up_after_four_seconds_on_both_sides() {
    let mut party = Party::new(2);
    let (a, b) = (party.connect(Weather::PERFECT), party.connect(Weather::PERFECT));
    party.visitors[a].comes_back = false;
    party.step(ms(21_000)); // long enough here not to be given an arrival's patience
    party.net.black_hole(party.visitors[a].link());
    party.step(ms(3000));
    assert!(!party.host_events.contains(&HostEvent::Lost { slot: Slot(1) }));
    party.step(ms(2500));
    assert!(party.host_events.contains(&HostEvent::Lost { slot: Slot(1) }));
    assert!(
        party.visitors[a]
            .events
            .iter()
            .any(|event| matches!(event, GuestEvent::Lost { .. }))
    );
    let away: Vec<_> = party.visitors[b]
        .guest
        .people()
        .map(|person| person.away)
        .collect();
    assert_eq!(away, [false, true, false]);
    // The seat is kept for 30 s, then it is free and everybody knows.
    party.step(ms(24_000));
    assert_eq!(party.visitors[b].guest.people().count(), 3);
    party.step(ms(8000));
    assert_eq!(party.visitors[b].guest.people().count(), 2);
    assert!(party.host_events.contains(&HostEvent::Left {
        slot: Slot(1),
        reason: EndReason::Lost
    }));
    assert_eq!(party.visitors[a].ended(), Some(&EndReason::Lost));
}

#[test]
fn somebody_who_stands_still_for_ten_seconds_on_arrival_keeps_the_link() {
    let mut party = Party::new(21);
    party.connect(Weather::GOOD_WIFI);
    party.step(ms(500));
    // Its process builds the world and is not driven at all; its transport's host side goes on.
    let busy = party.visitors.remove(0);
    party.step(ms(10_000));
    party.visitors.push(busy);
    party.step(ms(5000));
    assert!(!party.host_events.contains(&HostEvent::Lost { slot: Slot(1) }));
    assert!(
        !party.visitors[0]
            .events
            .iter()
            .any(|event| matches!(event, GuestEvent::Lost { .. }))
    );
}

#[test]
fn a_host_that_is_gone_ends_the_session_after_thirty_seconds_and_one_that_forgot_us_at_once() {
    let mut party = Party::new(3);
    let a = party.connect(Weather::PERFECT);
    // The host's process dies and another one, with the same secret, takes the room.
    party.host_transport = party.net.host();
    party.host = holm_net::session::host::Host::new(crate::party::host_config());
    party.step(ms(8000));
    assert_eq!(party.visitors[a].ended(), Some(&EndReason::Lost));
    assert_eq!(party.host.totals().refused, 1);
}

#[test]
fn a_resume_is_for_the_one_with_the_token_and_the_newest_wins_otherwise() {
    let mut party = Party::new(4);
    let a = party.connect(Weather::PERFECT);
    party.visitors[a].comes_back = false;
    party.net.cut(party.visitors[a].link(), ms(0));
    party.step(ms(200));
    // The same account, without the token (a restarted client): a new seat, the old one is over.
    let again = party.join(guest_config(0), Weather::PERFECT);
    party.step(ms(200));
    assert!(party.host_events.contains(&HostEvent::Left {
        slot: Slot(1),
        reason: EndReason::Elsewhere
    }));
    assert_eq!(party.visitors[again].slot(), Some(Slot(1)));
    // The first one comes back with its old token: its seat is not there any more.
    party.visitors[a].transport = party.net.guest(Weather::PERFECT);
    party.step(ms(200));
    assert_eq!(party.visitors[a].ended(), Some(&EndReason::Lost));
    assert!(party.visitors[again].guest.send("still here".into()));
    party.step(ms(100));
    assert_eq!(party.heard_from(Slot(1)), ["still here"]);
}

#[test]
fn a_welcome_that_never_arrives_does_not_cost_the_seat() {
    let mut party = Party::new(5);
    let a = party.connect(Weather::BENCH_50MS);
    party.net.cut(party.visitors[a].link(), ms(0));
    // Cut the next link as soon as the host has answered on it: the rotated token is lost on the way.
    party.until(ms(5000), |party| {
        party.host_events.contains(&HostEvent::Resumed { slot: Slot(1) })
    });
    party.net.cut(party.visitors[a].link(), ms(0));
    assert!(!party.visitors[a].events.contains(&GuestEvent::Resumed));
    party.until(ms(10_000), |party| {
        party.visitors[a].events.contains(&GuestEvent::Resumed)
    });
    party.visitors[a].guest.send("made it".into());
    party.step(ms(500));
    assert_eq!(party.heard_from(Slot(1)), ["made it"]);
}

#[test]
fn somebody_who_cannot_keep_up_is_told_and_only_they() {
    let mut party = Party::new(6);
    let (a, b) = (party.connect(Weather::PERFECT), party.connect(Weather::PERFECT));
    party.visitors[a].comes_back = false;
    party.net.black_hole(party.visitors[a].link());
    for _ in 0..120 {
        party.host.broadcast(vec![7; 40_000].into());
        party.step(STEP * 2);
    }
    assert!(party.host_events.contains(&HostEvent::Left {
        slot: Slot(1),
        reason: EndReason::TooSlow
    }));
    party.until(ms(20_000), |party| party.visitors[b].messages().len() == 120);
}

#[test]
fn a_blob_goes_on_after_a_cut_link() {
    let mut party = Party::new(7);
    let bytes: Bytes = (0..2_000_000u32).map(|n| (n ^ (n >> 9)) as u8).collect();
    let hash = party.host.offer_blob(bytes.clone());
    let a = party.connect(Weather::GOOD_WIFI);
    party.visitors[a].guest.fetch_blob(hash, bytes.len() as u64);
    party.until(ms(5000), |party| {
        party.visitors[a].guest.blob_progress(&hash).unwrap().0 > 1_000_000
    });
    party.net.cut(party.visitors[a].link(), ms(50));
    party.until(ms(2000), |party| {
        party.visitors[a].events.contains(&GuestEvent::Resumed)
    });
    let (here, _) = party.visitors[a].guest.blob_progress(&hash).unwrap();
    assert!(here > 1_000_000, "what had come is kept: {here}");
    let expected = GuestEvent::Blob { hash, bytes };
    party.until(ms(10_000), |party| party.visitors[a].events.contains(&expected));
}

#[test]
fn what_a_guest_wears_goes_on_after_a_cut_link() {
    let mut party = Party::new(8);
    let a = party.connect(Weather::GOOD_WIFI);
    let bytes: Bytes = (0..2_000_000u32).map(|n| (n ^ (n >> 9)) as u8).collect();
    let hash = party.visitors[a].guest.offer_blob(bytes.clone());
    let slot = party.visitors[a].slot().unwrap();
    party.host.fetch_blob(slot, hash, bytes.len() as u64);
    party.step(ms(600));
    party.net.cut(party.visitors[a].link(), ms(50));
    party.until(ms(4000), |party| {
        party.visitors[a].events.contains(&GuestEvent::Resumed)
    });
    let here = HostEvent::Blob { slot, hash, bytes };
    party.until(ms(20_000), |party| party.host_events.contains(&here));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is cut, swallowed and mended: each side receives what the other sent, once, in order.
    #[test]
    fn reliable_messages_arrive_exactly_once_in_order_under_cut_links(seed: u64) {
        let mut party = Party::new(seed);
        let mut rng = SeededRng::new(seed);
        let weather = Weather::ALL[rng.below(Weather::ALL.len())];
        let a = party.connect(weather);
        let slot = party.visitors[a].slot().unwrap();
        let (mut down, mut up) = (Vec::new(), Vec::new());
        for round in 0..60u32 {
            for _ in 0..rng.below(4) {
                let message = Bytes::from([&round.to_le_bytes()[..], &vec![1; rng.below(9000)]].concat());
                prop_assert!(party.host.send(slot, message.clone()));
                down.push(message);
            }
            for _ in 0..rng.below(4) {
                let message = Bytes::from([&round.to_le_bytes()[..], &vec![2; rng.below(3000)]].concat());
                prop_assert!(party.visitors[a].guest.send(message.clone()));
                up.push(message);
            }
            match (rng.below(8), party.visitors[a].transport.link()) {
                (0, Some(link)) => party.net.cut(link, ms(rng.below(3000) as u64)),
                (1, Some(link)) => party.net.black_hole(link),
                (2, Some(link)) => party.net.mend(link),
                _ => {}
            }
            party.step(ms(rng.below(600) as u64));
        }
        party.step(ms(25_000));
        prop_assert!(party.visitors[a].messages() == down, "down, seed {}, {}: {} of {}", seed, weather.name, party.visitors[a].messages().len(), down.len());
        prop_assert!(party.heard_from(slot) == up, "up, seed {}, {}: {} of {}", seed, weather.name, party.heard_from(slot).len(), up.len());
    }
}

#[test]
fn who_was_here_under_another_host_sits_where_they_sat_and_is_away_until_then() {
    let mut party = Party::new(30);
    let expected = |number: u8, slot: u16| Expected {
        slot: Slot(slot),
        account: guest_config(number).identity.account(),
        name: format!("Old {number}"),
    };
    // The host's own slot, an account twice, a slot twice, and one that no room has.
    party.host.expect(
        party.now,
        [
            expected(0, 7),
            expected(1, 2),
            expected(1, 3),
            expected(2, 7),
            expected(2, 0),
            expected(2, 9_000),
        ],
    );
    let seats: Vec<_> = party
        .host
        .people()
        .map(|person| (person.slot, person.away))
        .collect();
    assert_eq!(seats, [(Slot(0), false), (Slot(2), true), (Slot(7), true)]);
    let stranger = party.join(guest_config(9), Weather::PERFECT);
    let old = party.join(guest_config(0), Weather::PERFECT);
    party.until(ms(3000), |party| {
        [stranger, old]
            .iter()
            .all(|index| party.visitors[*index].slot().is_some())
    });
    assert_eq!(
        party.visitors[stranger].slot(),
        Some(Slot(1)),
        "not where somebody is expected"
    );
    assert_eq!(party.visitors[old].slot(), Some(Slot(7)));
    let joined = |slot: u16, expected| HostEvent::Joined {
        slot: Slot(slot),
        expected,
    };
    assert!(party.host_events.contains(&joined(1, false)));
    assert!(party.host_events.contains(&joined(7, true)));
    party.step(ms(500));
    assert_eq!(
        party.visitors[stranger].names(),
        ["Hilda", "Guest 9", "Old 1", "Guest 0"],
        "under the name that they say themselves"
    );
    // Whoever does not come is not expected for ever, and a second device of somebody who came takes their place as ever.
    party.step(ms(31_000));
    assert_eq!(party.visitors[stranger].guest.people().count(), 3);
    let again = party.join(guest_config(0), Weather::PERFECT);
    party.until(ms(3000), |party| party.visitors[again].slot().is_some());
    party.step(ms(500));
    assert_eq!(party.visitors[old].ended(), Some(&EndReason::Elsewhere));
}

#[test]
fn a_host_knows_for_how_long_a_guest_may_not_have_heard_it() {
    let mut party = Party::new(31);
    let a = party.connect(Weather::BENCH_50MS);
    let slot = party.visitors[a].slot().unwrap();
    party.step(ms(5000));
    for _ in 0..100 {
        party.step(ms(50));
        let unanswered = party.host.unanswered(slot, party.now).unwrap();
        assert!(unanswered < ms(2300), "{unanswered:?}");
        assert!(party.visitors[a].guest.silence(party.now).unwrap() < ms(1100));
    }
    party.visitors[a].comes_back = false;
    party.net.black_hole(party.visitors[a].link());
    let cut = party.now;
    for _ in 0..60 {
        party.step(ms(50));
        // Whatever they heard last left before the cut: the host never believes that they have heard it since.
        if let Some(unanswered) = party.host.unanswered(slot, party.now) {
            assert!(unanswered + ms(20) >= party.now - cut, "{unanswered:?}");
        }
    }
    assert!(
        party
            .host
            .unanswered(slot, party.now)
            .is_none_or(|unanswered| unanswered >= ms(3000))
    );
}
