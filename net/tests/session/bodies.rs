//! Seeing things move, through the whole session: what the host moves, and what is in a guest's hand.

use crate::party::{Party, STEP, ms};
use core::time::Duration;
use holm_net::body::BodyPose;
use holm_net::pose::{Pose, Slot, tick_at};
use holm_net::transport::memory::Weather;

/// A ball that goes round the place, 2 m/s, and turns.
fn rolling(number: u16, now: Duration) -> BodyPose {
    let angle = now.as_secs_f32() + f32::from(number);
    let half = angle * 2.0;
    BodyPose {
        position: [2.0 * angle.cos(), 0.5, 2.0 * angle.sin()],
        rotation: [0.0, half.sin(), 0.0, half.cos()],
    }
}

fn apart(a: &BodyPose, b: &BodyPose) -> f32 {
    (0..3)
        .map(|axis| (a.position[axis] - b.position[axis]).powi(2))
        .sum::<f32>()
        .sqrt()
}

fn stand(party: &mut Party) {
    let now = party.now;
    for visitor in &mut party.visitors {
        visitor.guest.set_own_pose(now, Pose::default());
    }
    party.host.set_own_pose(now, Pose::default());
}

/// The host moves so many balls, of all but those that are held.
fn roll(party: &mut Party, count: u16, duration: Duration) {
    let end = party.now + duration;
    while party.now < end {
        stand(party);
        let now = party.now;
        let bodies = (0..count).map(|number| (Slot(number), rolling(number, now)));
        party.host.put_bodies(now, tick_at(now), bodies);
        party.step(STEP);
    }
}

#[test]
fn what_the_host_moves_is_seen_moving_in_every_weather() {
    for weather in Weather::ALL {
        let mut party = Party::new(5);
        for _ in 0..2 {
            party.connect(weather);
        }
        roll(&mut party, 20, ms(4000));
        for visitor in &party.visitors {
            for number in 0..20 {
                let shown = visitor.guest.shown_body(Slot(number), false, party.now).unwrap();
                let off = apart(&shown, &rolling(number, party.now));
                // Half a second behind at most, at 2 m/s.
                assert!(off < 1.0, "{number} is {off} m off in {}", weather.name);
                // On its way, and not beside it: the way is a circle of 2 m.
                let [x, _, z] = shown.position;
                assert!(
                    (x.hypot(z) - 2.0).abs() < 0.1,
                    "{number} left its way in {}",
                    weather.name
                );
            }
        }
    }
}

#[test]
fn what_rests_costs_nothing_and_the_next_in_its_slot_is_another() {
    let mut party = Party::new(6);
    party.connect(Weather::GOOD_WIFI);
    roll(&mut party, 4, ms(1000));
    let said = party.host.totals().body_updates;
    assert!(said > 60);
    (0..4).for_each(|number| party.host.remove_body(Slot(number)));
    let end = party.now + ms(2000);
    while party.now < end {
        stand(&mut party);
        party.step(STEP);
    }
    assert_eq!(party.host.totals().body_updates, said);
    assert!(party.host.body_generation(Slot(0)));
    roll(&mut party, 1, ms(500));
    let guest = &party.visitors[0].guest;
    assert_eq!(
        guest.shown_body(Slot(0), false, party.now),
        None,
        "the one before"
    );
    let shown = guest.shown_body(Slot(0), true, party.now).unwrap();
    assert!(apart(&shown, &rolling(0, party.now)) < 0.5);
}

#[test]
fn what_is_in_a_guests_hand_is_where_they_have_it_for_all_others() {
    let mut party = Party::new(7);
    let (bo, cy) = (party.connect(Weather::GOOD_WIFI), party.connect(Weather::WEAK_4G));
    let slot = party.visitors[bo].slot().unwrap();
    let near = |now| {
        let mut pose = rolling(0, now);
        pose.position[1] += 1.0;
        pose
    };
    // Before the host says so it is in nobody's hand.
    let mut taken = false;
    for held in [false, true] {
        if held {
            party.host.put_in_hand(slot, 0, Some(Slot(9)));
            taken = true;
        }
        let end = party.now + ms(2500);
        while party.now < end {
            stand(&mut party);
            let now = party.now;
            party.visitors[bo].guest.set_in_hand(now, 0, Some(near(now)));
            party.step(STEP);
        }
        let shown = party.visitors[cy].guest.shown_body(Slot(9), false, party.now);
        assert_eq!(shown.is_some(), taken);
    }
    let shown = party.visitors[cy]
        .guest
        .shown_body(Slot(9), false, party.now)
        .unwrap();
    assert!(apart(&shown, &near(party.now)) < 1.0, "{shown:?}");
    let at_host = party.host.in_hand(slot, 0, party.now).unwrap();
    assert!(apart(&at_host, &near(party.now)) < 1.0, "{at_host:?}");
    // Its holder knows best.
    let own = party.visitors[bo].guest.shown_body(Slot(9), false, party.now);
    assert_eq!(own, None);
    // Let go, the host goes on where the hand was, on the same line of time.
    party.host.put_in_hand(slot, 0, None);
    party.visitors[bo].guest.set_in_hand(party.now, 0, None);
    let end = party.now + ms(1500);
    let mut before = shown;
    while party.now < end {
        stand(&mut party);
        let now = party.now;
        party.host.put_bodies(now, tick_at(now), [(Slot(9), near(now))]);
        party.step(STEP);
        let shown = party.visitors[cy]
            .guest
            .shown_body(Slot(9), false, party.now)
            .unwrap();
        assert!(apart(&before, &shown) < 0.3, "it leapt");
        before = shown;
    }
    assert!(
        party.visitors[bo]
            .guest
            .shown_body(Slot(9), false, party.now)
            .is_some()
    );
}

#[test]
fn what_leaves_a_hand_moves_on_though_the_hosts_steps_stood_still_for_a_while() {
    let mut party = Party::new(10);
    let (bo, cy) = (party.connect(Weather::PERFECT), party.connect(Weather::PERFECT));
    let slot = party.visitors[bo].slot().unwrap();
    // The clock of steps is anchored, then two seconds are lost.
    roll(&mut party, 1, ms(500));
    party.host.put_in_hand(slot, 0, Some(Slot(0)));
    let held = BodyPose {
        position: [0.5, 1.0, 0.0],
        ..BodyPose::default()
    };
    let end = party.now + ms(2000);
    while party.now < end {
        stand(&mut party);
        let now = party.now;
        party.visitors[bo].guest.set_in_hand(now, 0, Some(held));
        party.step(STEP);
    }
    party.host.put_in_hand(slot, 0, None);
    party.visitors[bo].guest.set_in_hand(party.now, 0, None);
    let thrown = party.now;
    while party.now < thrown + ms(600) {
        stand(&mut party);
        let now = party.now;
        let flown = (now - thrown).as_secs_f32() * 5.0;
        let flies = BodyPose {
            position: [0.5, 1.0, -flown],
            ..held
        };
        let steps = tick_at(now) - 40;
        party.host.put_bodies(now, steps, [(Slot(0), flies)]);
        party.step(STEP);
    }
    let shown = party.visitors[cy]
        .guest
        .shown_body(Slot(0), false, party.now)
        .unwrap();
    assert!(apart(&shown, &held) > 1.0, "it stays in the air: {shown:?}");
}

#[test]
fn nobody_has_arms_of_a_hundred_metres() {
    let mut party = Party::new(8);
    let (bo, cy) = (party.connect(Weather::PERFECT), party.connect(Weather::PERFECT));
    let slot = party.visitors[bo].slot().unwrap();
    party.host.put_in_hand(slot, 0, Some(Slot(2)));
    let end = party.now + ms(1000);
    while party.now < end {
        stand(&mut party);
        let far = BodyPose {
            position: [100.0, 0.0, 0.0],
            ..BodyPose::default()
        };
        party.visitors[bo].guest.set_in_hand(party.now, 0, Some(far));
        party.step(STEP);
    }
    assert_eq!(
        party.visitors[cy].guest.shown_body(Slot(2), false, party.now),
        None
    );
    assert_eq!(party.host.in_hand(slot, 0, party.now), None);
}

#[test]
fn many_bodies_and_many_people_share_a_datagram() {
    let mut party = Party::new(9);
    for _ in 0..40 {
        party.connect(Weather::PERFECT);
    }
    let before = party.host.totals();
    let end = party.now + ms(4000);
    while party.now < end {
        let now = party.now;
        for (number, visitor) in party.visitors.iter_mut().enumerate() {
            let angle = now.as_secs_f32() * 2.0 + number as f32;
            let pose = Pose {
                position: [angle.cos(), 0.0, angle.sin()],
                yaw: angle,
                ..Pose::default()
            };
            visitor.guest.set_own_pose(now, pose);
        }
        let bodies = (0..500).map(|number| (Slot(number), rolling(number, now)));
        party.host.put_bodies(now, tick_at(now), bodies);
        party.step(STEP);
    }
    let after = party.host.totals();
    // 40 guests, 80 ticks: neither is left out for the other.
    let each = |count: u64| count as f64 / 40.0 / 80.0;
    let bodies = each(after.body_updates - before.body_updates);
    let people = each(after.avatar_updates - before.avatar_updates);
    assert!(bodies > 40.0 && people > 15.0, "{bodies} {people} a datagram");
    let bytes = (after.sent_stream_bytes - before.sent_stream_bytes) as f64 / 40.0 / 4.0;
    assert!(bytes < 32_000.0, "{bytes} bytes a second to each");
}
