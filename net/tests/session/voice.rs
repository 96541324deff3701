//! Hearing each other, through the whole session.

use crate::party::{Party, STEP, Stranger, ms};
use bytes::Bytes;
use core::time::Duration;
use holm_net::pose::{Pose, Slot};
use holm_net::session::EndReason;
use holm_net::session::guest::GuestEvent;
use holm_net::session::voice::{Heard, VoiceRules};
use holm_net::transport::memory::{HEADER_BYTES, Weather};
use holm_net::transport::{Channel, LinkReport, MAX_DATAGRAM_BYTES, Transport};
use holm_voice::codec::{CodecError, Decode, Samples};
use holm_voice::frame::{Flags, Frame, Reach, Sequence};
use holm_voice::playout::{Playout, Settings};
use holm_voice::{FRAME_SAMPLES, RATE_HZ};

/// Where each of the guests stands, metres from the host; the first is 5 m away.
fn at(metres: f32) -> Pose {
    Pose {
        position: [metres, 0.0, 0.0],
        ..Pose::default()
    }
}

/// A frame like those of a voice: 60 bytes of it.
fn frame(number: u16, reach: Reach) -> Frame {
    frame_of(60, number, reach)
}

fn frame_of(bytes: u8, number: u16, reach: Reach) -> Frame {
    let flags = Flags {
        reach,
        begins: number == 0,
        ..Flags::default()
    };
    let payload: Vec<u8> = (0..bytes).map(|byte| (number as u8).wrapping_add(byte)).collect();
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
    assert!(more <= 5.5, "{more} datagrams a second more");
    let kbits = ((talking.1 - silent.1) as f64 / secs as f64 + 93.0 * more) * 8.0 / 1_000.0;
    println!("{more} datagrams, {kbits:.1} kbit/s more");
    assert!((24.0..=30.0).contains(&kbits), "{kbits} kbit/s");
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

/// A datagram that no guest of ours writes, with this in its section of voice.
fn say_raw(party: &mut Party, who: usize, number: u16, body: &[u8]) {
    let link = party.visitors[who].link();
    let mut datagram = number.to_le_bytes().to_vec();
    datagram.extend([5, body.len() as u8 | 0x80, (body.len() >> 7) as u8]);
    datagram.extend(body);
    assert!(datagram.len() <= MAX_DATAGRAM_BYTES);
    let _ = party.visitors[who]
        .transport
        .send(link, Channel::Stream, Bytes::from(datagram));
}

/// A bundle of eight frames that takes so many bytes.
fn bundle_of(bytes: usize, sequence: u16) -> Vec<u8> {
    let mut body = vec![7];
    body.extend(sequence.to_le_bytes());
    let payloads = bytes - 3 - 8 * 2;
    for frame in 0..8 {
        let len = payloads * (frame + 1) / 8 - payloads * frame / 8;
        body.extend([9, len as u8]);
        body.extend(vec![1; len]);
    }
    assert_eq!(body.len(), bytes);
    body
}

fn report(party: &Party, who: usize) -> LinkReport {
    let visitor = &party.visitors[who];
    visitor.transport.report(visitor.link()).unwrap()
}

/// The numbers of what somebody heard of a talker.
fn numbers(heard: &[Heard], talker: Slot) -> Vec<u16> {
    let of_them = heard.iter().filter(|heard| heard.slot == talker);
    of_them.map(|heard| heard.frame.sequence.0).collect()
}

/// With a slot in front it would be longer than what an empty datagram holds: it would wait for ever, and all behind it.
#[test]
fn a_bundle_as_long_as_a_datagram_keeps_nobody_from_being_heard() {
    let metres = [4.0, 5.0, 6.0];
    let mut party = standing(7, Weather::PERFECT, &metres);
    let longest = MAX_DATAGRAM_BYTES - 2 - 3;
    let (mut numbers_heard, mut latest, begun) = (Vec::new(), Duration::ZERO, party.now);
    live(&mut party, &metres, ms(4_000), |party, step| {
        if step % 50 == 0 {
            say_raw(party, 0, 0x7f00 + step, &bundle_of(longest, step * 8));
        }
        party.visitors[1].guest.say(&frame(step, Reach::Normal));
        for heard in heard(party, 2).into_iter().filter(|heard| heard.slot == Slot(2)) {
            let number = heard.frame.sequence.0;
            latest = latest.max(heard.at - (begun + STEP * u32::from(number)));
            numbers_heard.push(number);
        }
    });
    assert_eq!(party.visitors[0].ended(), None);
    assert!(numbers_heard.len() >= 194, "{} of 200", numbers_heard.len());
    assert!(numbers_heard.iter().copied().eq(0..numbers_heard.len() as u16));
    assert!(latest <= 4 * STEP, "{latest:?} later than it was said");
}

/// As long as an empty datagram holds, and so longer than one with a heartbeat in it.
#[test]
fn a_bundle_that_finds_no_room_goes_into_the_next_datagram_and_holds_up_nobody() {
    let metres = [4.0, 5.0];
    let mut party = standing(8, Weather::PERFECT, &metres);
    let longest = MAX_DATAGRAM_BYTES - 2 - 3 - 2;
    let mut sent = Vec::new();
    let mut came = Vec::new();
    live(&mut party, &metres, ms(6_000), |party, step| {
        if step % 10 == 0 {
            say_raw(party, 0, 0x7f00 + step, &bundle_of(longest, step));
            sent.push(party.now + STEP);
        }
        came.extend(heard(party, 1).iter().step_by(8).map(|heard| heard.at));
    });
    assert_eq!(came, sent, "each at once, heartbeat or not");
}

#[test]
fn an_honest_talker_is_never_cut_off_however_much_they_repeat() {
    let metres = [5.0, 10.0];
    let mut party = standing(9, Weather::PERFECT, &metres);
    party.visitors[0].guest.repeat_voice(2);
    live(&mut party, &metres, ms(20_000), |party, step| {
        // 32 kbit/s with loud onsets.
        let bytes = if step % 25 == 0 { 160 } else { 80 };
        party.visitors[0].guest.say(&frame_of(bytes, step, Reach::Normal));
    });
    let mut heard = numbers(&heard(&mut party, 1), Slot(1));
    heard.dedup();
    heard.sort_unstable();
    heard.dedup();
    // Half a second is kept, nobody fetched: what is there is whole.
    assert!(heard.len() >= 140, "{}", heard.len());
    assert!(heard.windows(2).all(|pair| pair[1] == pair[0] + 1), "{heard:?}");
    let totals = party.host.totals();
    assert_eq!((totals.refused_voice_bytes, totals.unsent_voice_bytes), (0, 0));
}

/// 200 datagrams a second, each as long as one may be, to everybody who stands around.
#[test]
fn who_talks_without_end_costs_others_no_more_than_a_talker_does() {
    let metres = [4.0, 5.0, 6.0];
    let mut party = standing(10, Weather::PERFECT, &metres);
    let secs = 10;
    let count = |party: &Party| party.visitors[2].guest.samples_of(Slot(2));
    let at_first = count(&party);
    live(&mut party, &metres, ms(1_000 * secs), |_, _| ());
    let (poses, calm) = (count(&party), count(&party) - at_first);
    let before = [1, 2].map(|who| report(&party, who));
    let mut said = Vec::new();
    live(&mut party, &metres, ms(1_000 * secs), |party, step| {
        for turn in 0..3 {
            let number = step * 3 + turn;
            say_raw(
                party,
                0,
                0x7000 + number,
                &bundle_of(1_150, number.wrapping_mul(8)),
            );
        }
        party.visitors[1].guest.say(&frame(step, Reach::Normal));
        said.extend(numbers(
            &party.visitors[2].guest.hear().collect::<Vec<_>>(),
            Slot(2),
        ));
    });
    assert_eq!(party.visitors[0].ended(), None, "they are below what is a flood");
    for (who, before) in [1, 2].into_iter().zip(before) {
        let rate = (report(&party, who).received_bytes - before.received_bytes) / secs;
        assert!(rate < 20_000, "{rate} B/s to guest {who}");
    }
    assert!(
        said.len() >= 494,
        "{} of 500 from who talks beside them",
        said.len()
    );
    let poses = count(&party) - poses;
    assert!(
        poses * 10 >= calm * 9,
        "{poses} poses in {secs} s, {calm} in calm"
    );
    assert!(party.host.totals().refused_voice_bytes > 1_000_000);
}

/// Twelve talkers take more than a listener's link has.
#[test]
fn where_too_many_talk_the_nearest_are_heard_whole_and_the_others_not_and_everybody_moves() {
    let metres: Vec<f32> = (0..13).map(|who| 1.0 + who as f32 * 0.7).collect();
    let mut party = standing(11, Weather::PERFECT, &metres);
    let talk = |party: &mut Party, step: u16| {
        for visitor in &mut party.visitors[1..] {
            visitor.guest.say(&frame(step, Reach::Normal));
        }
    };
    live(&mut party, &metres, ms(3_000), talk);
    let _ = heard(&mut party, 0);
    let (before, secs) = (report(&party, 0), 10);
    let poses: Vec<u64> = (2..14)
        .map(|slot| party.visitors[0].guest.samples_of(Slot(slot)))
        .collect();
    let mut counts = [0; 14];
    live(&mut party, &metres, ms(1_000 * secs), |party, step| {
        talk(party, 150 + step);
        for heard in party.visitors[0].guest.hear() {
            counts[usize::from(heard.slot.0)] += 1;
        }
    });
    let whole = counts[2..].iter().take_while(|count| **count >= 490).count();
    assert!((4..=8).contains(&whole), "{counts:?}");
    assert!(counts[2 + whole..].iter().all(|count| *count <= 10), "{counts:?}");
    let after = report(&party, 0);
    let messages = after.received_messages - before.received_messages;
    let bytes = after.received_bytes - before.received_bytes + messages * HEADER_BYTES as u64;
    assert!(bytes / secs <= 33_000, "{} B/s, 32,000 are theirs", bytes / secs);
    for (slot, poses) in (2..14).zip(poses) {
        let rate = (party.visitors[0].guest.samples_of(Slot(slot)) - poses) / secs;
        assert!(rate >= 15, "{rate} poses a second of {slot}");
    }
    // What they cannot hear is not said to be heard.
    assert!(party.host.listeners_of(Slot(13)) < 12);
}

#[test]
fn rules_of_who_is_not_there_are_nobodys() {
    let mut party = Party::new(12);
    let silent = || VoiceRules {
        silent: true,
        ..VoiceRules::default()
    };
    for slot in [1, 2, 400, 60_000] {
        party.host.set_voice(Slot(slot), silent());
    }
    let metres = [5.0, 10.0];
    for _ in metres {
        party.connect(Weather::PERFECT);
    }
    live(&mut party, &metres, ms(1_000), |_, _| ());
    let say = |party: &mut Party, step: u16| party.visitors[0].guest.say(&frame(step, Reach::Normal));
    live(&mut party, &metres, ms(500), say);
    assert!(heard(&mut party, 1).len() >= 20);
    // Whoever leaves takes theirs along.
    party.host.set_voice(Slot(1), silent());
    party.visitors[0].guest.leave();
    party.step(ms(500));
    let again = party.connect(Weather::PERFECT);
    assert_eq!(party.visitors[again].slot(), Some(Slot(1)));
    let metres = [5.0, 10.0, 5.0];
    let _ = heard(&mut party, 1);
    live(&mut party, &metres, ms(1_000), |party, step| {
        party.visitors[again].guest.say(&frame(step, Reach::Normal));
    });
    assert!(heard(&mut party, 1).len() >= 40);
}

#[test]
fn rules_hold_from_the_next_frame_on_whether_somebody_talks_or_not() {
    let metres = [1.0, 2.0, 2.5];
    let mut party = standing(13, Weather::PERFECT, &metres);
    let silent = VoiceRules {
        silent: true,
        ..VoiceRules::default()
    };
    // Before a word was said.
    party.host.set_voice(Slot(1), silent.clone());
    live(&mut party, &metres, ms(500), |party, step| {
        party.visitors[0].guest.say(&frame(step, Reach::Normal));
    });
    assert_eq!((heard(&mut party, 1), heard(&mut party, 2)), (vec![], vec![]));
    // In the middle of a sentence, at any frame of it: to one, to nobody, to all.
    for first in 100..110 {
        let mut rules = [
            (
                first + 5,
                VoiceRules {
                    to: Some(vec![2]),
                    ..VoiceRules::default()
                },
            ),
            (first + 18, silent.clone()),
            (first + 31, VoiceRules::default()),
        ]
        .into_iter()
        .peekable();
        party.host.set_voice(Slot(1), VoiceRules::default());
        live(&mut party, &metres, ms(40 * 20), |party, step| {
            if let Some((_, rules)) = rules.next_if(|(at, _)| *at == first + step) {
                party.host.set_voice(Slot(1), rules);
            }
            party.visitors[0].guest.say(&frame(first + step, Reach::Normal));
        });
        // What the host had not passed on when the rule came is under it.
        let (at_2, at_3) = (heard(&mut party, 1), heard(&mut party, 2));
        let (at_2, at_3) = (numbers(&at_2, Slot(1)), numbers(&at_3, Slot(1)));
        let within = |range: core::ops::Range<u16>, numbers: &[u16]| {
            numbers.iter().filter(|number| range.contains(number)).count()
        };
        assert_eq!(within(first + 5..first + 29, &at_3), 0, "{at_3:?}");
        assert_eq!(within(first + 18..first + 29, &at_2), 0, "{at_2:?}");
        assert!(within(first..first + 18, &at_2) >= 15, "{at_2:?}");
        assert!(within(first + 31..first + 40, &at_3) >= 5, "{at_3:?}");
        live(&mut party, &metres, ms(2_000), |_, _| ());
        let _ = (heard(&mut party, 1), heard(&mut party, 2));
    }
}

#[test]
fn nobody_hears_whoever_says_nothing_any_more() {
    let metres = [5.0, 10.0];
    let mut party = standing(14, Weather::PERFECT, &metres);
    live(&mut party, &metres, ms(500), |party, step| {
        party.visitors[0].guest.say(&frame(step, Reach::Normal));
    });
    assert_eq!(party.host.listeners_of(Slot(1)), 2);
    live(&mut party, &metres, ms(2_000), |_, _| ());
    assert_eq!(party.host.listeners_of(Slot(1)), 0);
}

#[test]
fn what_was_said_into_a_lost_link_is_not_said_after_it() {
    let metres = [5.0, 10.0];
    for said in 1..6 {
        let mut party = standing(15, Weather::PERFECT, &metres);
        party.visitors[0].guest.repeat_voice(2);
        live(&mut party, &metres, ms(200), |party, step| {
            party.visitors[0].guest.say(&frame(step, Reach::Normal));
        });
        let link = party.visitors[0].link();
        party.net.cut(link, Duration::ZERO);
        for number in 0..said {
            party.visitors[0].guest.say(&frame(100 + number, Reach::Normal));
        }
        live(&mut party, &metres, ms(2_000), |_, _| ());
        assert!(party.visitors[0].events.contains(&GuestEvent::Resumed));
        let before = numbers(&heard(&mut party, 1), Slot(1));
        assert!(before.iter().all(|number| *number < 100), "{before:?}");
        live(&mut party, &metres, ms(200), |party, step| {
            party.visitors[0].guest.say(&frame(200 + step, Reach::Normal));
        });
        let after = numbers(&heard(&mut party, 1), Slot(1));
        assert!(
            after.len() >= 4 && after.iter().all(|number| *number >= 200),
            "{after:?}"
        );
    }
}

/// Gives samples that say when they were said: their number, as a part of 2²⁴.
struct Ramp;

const SCALE: f32 = 16_777_216.0;

impl Decode for Ramp {
    fn decode(&mut self, payload: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        let number = payload.first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        let first = number.ok_or(CodecError::NotAFrame)? * FRAME_SAMPLES as u32;
        for (sample, number) in out.iter_mut().zip(first + 1..) {
            *sample = number as f32 / SCALE;
        }
        Ok(())
    }

    fn recover(&mut self, _: &[u8], _: &mut Samples) -> Result<(), CodecError> {
        Err(CodecError::NotAFrame)
    }

    fn conceal(&mut self, out: &mut Samples) {
        out.fill(0.0);
    }
}

/// Host, talker and listener each look 60 times a second, at times of their own. A microphone's block of 10 ms lies within a frame;
/// a loudspeaker plays one while it gets the next; Opus looks 6.5 ms ahead.
#[test]
fn from_mouth_to_ear_it_takes_less_than_a_tenth_of_a_second() {
    const SCREEN: Duration = Duration::from_nanos(1_000_000_000 / 60);
    const SPOKEN: Duration = Duration::from_millis(20);
    const DEVICES_MS: f64 = 10.0 + 6.5;
    let metres = [5.0, 10.0];
    let mut late = Vec::new();
    for phase in 0..8_u32 {
        let mut party = standing(16, Weather::PERFECT, &metres);
        let offset = |share: f64| SCREEN.mul_f64((f64::from(phase) * share).fract());
        let mut next = [0.0, 0.618, 0.236].map(|share| party.now + offset(share));
        let begun = party.now + Duration::from_micros(3_700) * phase;
        let mut playout = Playout::new(Ramp, Settings::default());
        let (mut number, mut block, mut out) = (0, party.now, [0.0; RATE_HZ as usize / 100]);
        // The first seconds are a jitter buffer's that has not seen the link yet.
        let settled = begun + ms(4_000);
        let mut before = 0;
        while party.now < settled + ms(4_000) {
            party.now += ms(1);
            let now = party.now;
            if now <= settled {
                before = report(&party, 1).received_messages;
            }
            while begun + SPOKEN * (number + 1) <= now {
                // A second and a half of talk, and half of silence.
                let mut payload = [0; 60];
                payload[..4].copy_from_slice(&number.to_le_bytes());
                let payload = match number % 100 {
                    0..75 => &payload[..],
                    75 => &payload[..1],
                    _ => &[],
                };
                let flags = Flags {
                    begins: number % 100 == 0,
                    ..Flags::default()
                };
                if let Some(frame) = Frame::new(Sequence(number as u16), flags, 9, payload) {
                    party.visitors[0].guest.say(&frame);
                }
                number += 1;
            }
            for (visitor, (metres, next)) in party.visitors.iter_mut().zip(metres.iter().zip(&mut next[1..]))
            {
                if now >= *next {
                    *next += SCREEN;
                    visitor.guest.set_own_pose(now, at(*metres));
                    visitor
                        .guest
                        .update(now, &mut visitor.transport, &mut visitor.events);
                }
            }
            if now >= next[0] {
                next[0] += SCREEN;
                party
                    .host
                    .update(now, &mut party.host_transport, &mut party.host_events);
            }
            for heard in heard(&mut party, 1) {
                let frame = heard.frame;
                playout.receive(frame.sequence, frame.flags.begins, frame.payload(), heard.at);
            }
            while block <= now {
                playout.play(&mut out, block);
                let numbers = out.map(|sample| f64::from(sample * SCALE));
                for (at, pair) in numbers.windows(2).enumerate() {
                    // As it was said, neither faded nor between two sounds.
                    if block > settled && pair[0] > 0.0 && pair[1] == pair[0] + 1.0 {
                        let ear = block.as_secs_f64() + at as f64 / f64::from(RATE_HZ);
                        let mouth = begun.as_secs_f64() + pair[0] / f64::from(RATE_HZ);
                        late.push((ear - mouth) * 1e3 + DEVICES_MS);
                    }
                }
                block += ms(10);
            }
        }
        // 20 in a second without a voice, 25 with one; they talk for three seconds of these four.
        let datagrams = report(&party, 1).received_messages - before;
        assert!(datagrams <= 100, "{datagrams} datagrams in four seconds");
    }
    late.sort_by(f64::total_cmp);
    let (median, p95) = (late[late.len() / 2], late[late.len() / 20 * 19]);
    println!("{median:.1} ms, of 20 the slowest {p95:.1} ms");
    assert!(
        late.len() > 48 * 5_000 * 3,
        "most of it was heard: {}",
        late.len()
    );
    assert!((50.0..=100.0).contains(&median), "{median} ms");
}
