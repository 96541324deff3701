//! Hearing each other, through the whole session.

use crate::party::{Party, STEP, Stranger, ms};
use bytes::Bytes;
use core::time::Duration;
use holm_net::pose::{Pose, Slot};
use holm_net::session::EndReason;
use holm_net::session::voice::{Heard, VoiceRules};
use holm_net::transport::memory::Weather;
use holm_net::transport::{Channel, Transport};
use holm_voice::frame::{Flags, Frame, Reach, Sequence};

/// Where each of the guests stands, metres from the host; the first is 5 m away.
fn at(metres: f32) -> Pose {
    Pose {
        position: [metres, 0.0, 0.0],
        ..Pose::default()
    }
}

/// A frame like those of a voice: 60 bytes of it.
fn frame(number: u16, reach: Reach) -> Frame {
    let flags = Flags {
        reach,
        begins: number == 0,
        ..Flags::default()
    };
    let payload: Vec<u8> = (0..60).map(|byte| (number as u8).wrapping_add(byte)).collect();
    Frame::new(Sequence(number), flags, 9, &payload).unwrap()
}

/// Guests who stand so far from the host, each for a second already.
fn standing(seed: u64, weather: Weather, metres: &[f32]) -> Party {
    let mut party = Party::new(seed);
    for _ in metres {
        party.connect(weather);
    }
    live(&mut party, metres, ms(1_000), |_, _| ());
    party
}

/// Lets everybody stand where they are; `each` step.
fn live(party: &mut Party, metres: &[f32], duration: Duration, mut each: impl FnMut(&mut Party, u16)) {
    let steps = duration.as_millis() / STEP.as_millis();
    for step in 0..steps as u16 {
        let now = party.now;
        for (visitor, metres) in party.visitors.iter_mut().zip(metres) {
            visitor.guest.set_own_pose(now, at(*metres));
        }
        party.host.set_own_pose(now, at(0.0));
        each(party, step);
        party.step(STEP);
    }
}

fn heard(party: &mut Party, who: usize) -> Vec<Heard> {
    party.visitors[who].guest.hear().collect()
}

#[test]
fn whoever_stands_near_hears_every_frame_in_order_and_nobody_else_any() {
    let metres = [5.0, 20.0, 40.0];
    let mut party = standing(1, Weather::PERFECT, &metres);
    live(&mut party, &metres, ms(2_000), |party, step| {
        party.visitors[0].guest.say(&frame(step, Reach::Normal));
    });
    let near = heard(&mut party, 1);
    // What was said in the last tenth of a second may be on its way.
    assert!(near.len() >= 94, "{}", near.len());
    for (number, heard) in near.iter().enumerate() {
        assert_eq!(heard.slot, Slot(1));
        assert_eq!(heard.frame, frame(number as u16, Reach::Normal));
    }
    assert_eq!(heard(&mut party, 2), [], "35 m away");
    assert_eq!(heard(&mut party, 0), [], "oneself");
    assert!(party.host.hear().count() >= 94, "whoever hosts stands there, too");
    assert_eq!(party.host.listeners_of(Slot(1)), 2);
    assert_eq!(party.host.listeners_of(Slot(2)), 0, "they say nothing");
    assert_eq!([1, 2].map(|slot| party.host.talks(Slot(slot))), [true, false]);
    live(&mut party, &metres, ms(2_000), |_, _| ());
    assert!(!party.host.talks(Slot(1)), "not any more");
}

#[test]
fn the_host_is_heard_and_a_shout_goes_farther() {
    let metres = [5.0, 40.0];
    let mut party = standing(2, Weather::PERFECT, &metres);
    live(&mut party, &metres, ms(500), |party, step| {
        let now = party.now;
        party.host.say(now, &frame(step, Reach::Normal));
    });
    assert!(heard(&mut party, 0).len() >= 20);
    assert_eq!(heard(&mut party, 1), []);
    live(&mut party, &metres, ms(500), |party, step| {
        let now = party.now;
        party.host.say(now, &frame(100 + step, Reach::Shout));
    });
    assert!(heard(&mut party, 1).len() >= 20);
}

#[test]
fn what_is_said_for_one_reaches_one_and_the_silenced_nobody() {
    let metres = [1.0, 2.0, 2.5];
    let mut party = standing(3, Weather::PERFECT, &metres);
    let say = |party: &mut Party, step: u16| party.visitors[0].guest.say(&frame(step, Reach::Whisper));
    let rules = VoiceRules {
        to: Some(vec![3]),
        ..VoiceRules::default()
    };
    party.host.set_voice(Slot(1), rules);
    live(&mut party, &metres, ms(500), say);
    assert_eq!(heard(&mut party, 1), []);
    assert!(heard(&mut party, 2).len() >= 20);
    let rules = VoiceRules {
        silent: true,
        ..VoiceRules::default()
    };
    party.host.set_voice(Slot(1), rules);
    live(&mut party, &metres, ms(200), say);
    let _ = (heard(&mut party, 1), heard(&mut party, 2));
    live(&mut party, &metres, ms(500), say);
    assert_eq!(heard(&mut party, 1), []);
    assert_eq!(heard(&mut party, 2), []);
    // Muted by one, and by nobody else.
    party.host.set_voice(Slot(1), VoiceRules::default());
    let rules = VoiceRules {
        mutes: vec![1],
        ..VoiceRules::default()
    };
    party.host.set_voice(Slot(3), rules);
    live(&mut party, &metres, ms(500), say);
    assert!(heard(&mut party, 1).len() >= 20);
    assert_eq!(heard(&mut party, 2), []);
}

/// 60 bytes a frame, 24 kbit/s: what one talker adds to a listener's link and to their own.
#[test]
fn one_talker_costs_five_datagrams_a_second_more_than_nobody() {
    let metres = [5.0, 10.0];
    let mut party = standing(4, Weather::PERFECT, &metres);
    let count = |party: &Party| {
        let totals = party.host.totals();
        (totals.sent_stream_messages, totals.sent_stream_bytes)
    };
    let secs = 10;
    let before = count(&party);
    live(&mut party, &metres, ms(1_000 * secs), |_, _| ());
    let between = count(&party);
    live(&mut party, &metres, ms(1_000 * secs), |party, step| {
        party.visitors[0].guest.say(&frame(step, Reach::Normal));
    });
    let after = count(&party);
    // To both guests; one of them hears.
    let silent = (between.0 - before.0, between.1 - before.1);
    let talking = (after.0 - between.0, after.1 - between.1);
    let more = (talking.0 - silent.0) as f64 / secs as f64;
    assert!(more <= 12.0, "{more} datagrams a second more");
    let kbits = ((talking.1 - silent.1) as f64 / secs as f64 + 93.0 * more) * 8.0 / 1_000.0;
    println!("{more} datagrams, {kbits:.1} kbit/s more");
    assert!((24.0..=36.0).contains(&kbits), "{kbits} kbit/s");
}

#[test]
fn in_bad_weather_frames_are_lost_and_the_talk_goes_on() {
    let metres = [5.0, 10.0];
    let mut party = standing(5, Weather::WEAK_4G, &metres);
    live(&mut party, &metres, ms(4_000), |party, step| {
        party.visitors[0].guest.say(&frame(step, Reach::Normal));
    });
    let heard = heard(&mut party, 1);
    assert!(heard.len() > 120, "{}", heard.len());
    for heard in heard {
        assert_eq!(
            heard.frame,
            frame(heard.frame.sequence.0, Reach::Normal),
            "whole or not at all"
        );
    }
}

#[test]
fn who_sends_what_is_no_voice_is_shown_out_and_nobody_else_is_harmed() {
    let metres = [5.0];
    for body in [vec![0xff; 9], vec![0], vec![1, 0, 0, 0, 200, 7]] {
        let mut party = standing(6, Weather::PERFECT, &metres);
        let link = party.visitors[0].link();
        let mut datagram = vec![0xff, 0x7f, 5, body.len() as u8];
        datagram.extend(body);
        let _ = party.visitors[0]
            .transport
            .send(link, Channel::Stream, Bytes::from(datagram));
        live(&mut party, &metres, ms(500), |_, _| ());
        assert_eq!(party.visitors[0].ended(), Some(&EndReason::Misbehaved));
        let mut stranger = Stranger::new(&party);
        stranger.step(&mut party, ms(200));
        assert!(!stranger.is_closed(), "the room is open as before");
    }
}
