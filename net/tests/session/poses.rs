//! Seeing each other move, through the whole session.

use crate::party::{Party, STEP, ms};
use core::time::Duration;
use holm_net::pose::{Pose, Slot};
use holm_net::session::guest::GuestEvent;
use holm_net::transport::memory::Weather;

/// Where somebody walking in a circle of 3 m, 1.5 m/s, is at `now`.
fn walking(number: usize, now: Duration) -> Pose {
    let angle = now.as_secs_f32() * 0.5 + number as f32;
    Pose {
        position: [number as f32 * 2.0 + 3.0 * angle.cos(), 1.0, 3.0 * angle.sin()],
        yaw: -angle,
        pitch: 0.3,
        gesture: (number % 2) as u8,
        ..Pose::default()
    }
}

/// Lets everybody walk; the host is number 100.
fn walk(party: &mut Party, duration: Duration) {
    let end = party.now + duration;
    while party.now < end {
        let now = party.now;
        for (number, visitor) in party.visitors.iter_mut().enumerate() {
            visitor.guest.set_own_pose(now, walking(number, now));
        }
        party.host.set_own_pose(now, walking(100, now));
        party.step(STEP);
    }
}

fn metres_apart(a: &Pose, b: &Pose) -> f32 {
    (0..3)
        .map(|axis| (a.position[axis] - b.position[axis]).powi(2))
        .sum::<f32>()
        .sqrt()
}

#[test]
fn everybody_sees_everybody_walk_in_every_weather() {
    for weather in Weather::ALL {
        let mut party = Party::new(1);
        for _ in 0..3 {
            party.connect(weather);
        }
        walk(&mut party, ms(4000));
        let now = party.now;
        for (looking, visitor) in party.visitors.iter().enumerate() {
            for (seen, slot) in [(0, Slot(1)), (1, Slot(2)), (2, Slot(3)), (100, Slot::HOST)] {
                let shown = visitor.guest.shown_pose(slot, now).unwrap();
                // At most half a second behind, at 1.5 m/s, whatever the weather; oneself at once.
                let behind = if seen == looking { 0.04 } else { 0.75 };
                let apart = metres_apart(&shown, &walking(seen, now));
                assert!(
                    apart <= behind,
                    "{} sees {seen} {apart} m off in {}",
                    looking,
                    weather.name
                );
                assert_eq!(shown.gesture, (seen % 2) as u8);
            }
        }
        for (seen, slot) in [(0, Slot(1)), (1, Slot(2)), (2, Slot(3))] {
            for pose in [
                party.host.shown_pose(slot, now).unwrap(),
                party.host.latest_pose(slot).unwrap(),
            ] {
                let apart = metres_apart(&pose, &walking(seen, now));
                assert!(
                    apart <= 0.75,
                    "host sees {seen} {apart} m off in {}",
                    weather.name
                );
            }
        }
        assert!(party.host.totals().avatar_updates > 3 * 3 * 10);
    }
}

#[test]
fn poses_go_on_after_a_cut_link_and_whoever_left_is_not_drawn() {
    let mut party = Party::new(2);
    for _ in 0..3 {
        party.connect(Weather::GOOD_WIFI);
    }
    walk(&mut party, ms(1000));
    party.net.cut(party.visitors[0].link(), ms(50));
    walk(&mut party, ms(3000));
    assert!(party.visitors[0].events.contains(&GuestEvent::Resumed));
    let now = party.now;
    for (a, b, slot) in [(0, 1, Slot(2)), (1, 0, Slot(1))] {
        let shown = party.visitors[a].guest.shown_pose(slot, now).unwrap();
        assert!(metres_apart(&shown, &walking(b, now)) < 0.5);
    }
    assert!(
        party.visitors[0].guest.stats().avatar_updates > 100,
        "counted over both links"
    );
    party.visitors[0].guest.leave();
    walk(&mut party, ms(500));
    assert_eq!(party.visitors[1].guest.shown_pose(Slot(1), party.now), None);
    assert_eq!(party.host.shown_pose(Slot(1), party.now), None);
    // The next one on that slot is not drawn where the last one stood.
    let next = party.connect(Weather::GOOD_WIFI);
    assert_eq!(party.visitors[next].slot(), Some(Slot(1)));
    walk(&mut party, ms(600));
    let shown = party.visitors[1].guest.shown_pose(Slot(1), party.now).unwrap();
    assert!(metres_apart(&shown, &walking(next, party.now)) < 0.5);
}

#[test]
fn a_datagram_leaves_once_a_tick_and_an_idle_link_is_nearly_silent() {
    let mut party = Party::new(3);
    let a = party.connect(Weather::PERFECT);
    party.step(ms(2000));
    let sent = |party: &Party| party.host.totals().sent_stream_messages;
    let before = sent(&party);
    party.step(ms(10_000));
    let idle = sent(&party) - before;
    assert!(
        (15..=35).contains(&idle),
        "acks twice a second, heartbeats once: {idle}"
    );
    // Somebody walks: 20 datagrams a second from them, although there are 50 updates a second.
    let before = party.visitors[a].guest.report().unwrap().sent_messages;
    walk(&mut party, ms(10_000));
    let walking = party.visitors[a].guest.report().unwrap().sent_messages - before;
    assert!((190..=215).contains(&walking), "{walking}");
}

#[test]
fn a_small_budget_is_kept() {
    let mut party = Party::with(
        4,
        holm_net::session::host::HostConfig {
            stream_bytes_per_sec: 4000,
            ..crate::party::host_config()
        },
    );
    for _ in 0..40 {
        party.connect(Weather::PERFECT);
    }
    walk(&mut party, ms(2000));
    let before = party.host.totals();
    walk(&mut party, ms(10_000));
    let after = party.host.totals();
    let messages = after.sent_stream_messages - before.sent_stream_messages;
    let bytes = after.sent_stream_bytes - before.sent_stream_bytes + messages * 93;
    let per_guest_second = bytes / 40 / 10;
    assert!((2500..4100).contains(&per_guest_second), "{per_guest_second}");
    // Nobody starves: everybody has somewhere to be drawn.
    let now = party.now;
    for visitor in &party.visitors {
        assert!((0..=40).all(|slot| visitor.guest.shown_pose(Slot(slot), now).is_some()));
    }
}
