//! What a mouth, a forum and ears do by themselves, to the byte and the millisecond.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::pose::{Pose, Quantised};
use holm_voice::frame::{Flags, Sequence};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn frame(number: u16, reach: Reach) -> Frame {
    let flags = Flags {
        reach,
        ..Flags::default()
    };
    Frame::new(Sequence(number), flags, 8, &[7; 60]).unwrap()
}

fn bundle(number: u16, reach: Reach) -> Bundle {
    let mut bundle = Bundle::new();
    assert!(bundle.push(&frame(number, reach)));
    bundle
}

/// People on a line: slot and metres.
fn crowd(people: &[(u16, f32)]) -> Crowd {
    let mut crowd = Crowd::new();
    for (slot, x) in people {
        let pose = Pose {
            position: [*x, 0.0, 0.0],
            ..Pose::default()
        };
        crowd.put(Slot(*slot), Quantised::new(&pose).unwrap(), 1, 1);
    }
    crowd
}

/// Who was sent something of a talker.
fn passed_on(forum: &mut Forum, now: Duration, crowd: &Crowd, here: &[u16]) -> Vec<(u16, u16)> {
    let mut all = Vec::new();
    let here = here.iter().map(|slot| (Slot(*slot), u32::MAX));
    forum.pass_on(now, crowd, here, |listener, talker, _| {
        all.push((talker.0, listener.0));
    });
    all
}

#[test]
fn two_frames_leave_at_once_and_the_last_by_itself_soon_and_a_pose_goes_along() {
    let mut mouth = Mouth::default();
    assert!(mouth.is_due(ms(0), true), "a pose alone");
    mouth.say(&frame(0, Reach::Normal));
    assert!(!mouth.is_due(ms(0), true), "the pose waits for the second frame");
    mouth.say(&frame(1, Reach::Normal));
    assert!(mouth.is_due(ms(20), false));
    let mut out = Vec::new();
    mouth.take(MAX_SECTION_BYTES, &mut out);
    assert!(
        !out.is_empty() && !mouth.is_due(ms(25), true),
        "the next brings two frames"
    );
    mouth.say(&frame(2, Reach::Normal));
    assert!(!mouth.is_due(ms(40), true));
    assert!(!mouth.is_due(ms(69), true));
    assert!(mouth.is_due(ms(70), false), "nothing followed it");
    mouth.take(MAX_SECTION_BYTES, &mut out);
    mouth.take(MAX_SECTION_BYTES, &mut out);
    assert!(mouth.is_due(ms(140), true), "nobody talks any more");
}

#[test]
fn frames_for_a_lost_link_are_forgotten_and_how_many_repeat_is_not() {
    let mut mouth = Mouth::default();
    mouth.set_repeat(2);
    let mut out = Vec::new();
    for number in 0..4 {
        mouth.say(&frame(number, Reach::Normal));
    }
    mouth.take(MAX_SECTION_BYTES, &mut out);
    mouth.say(&frame(4, Reach::Normal));
    mouth.clear();
    mouth.take(MAX_SECTION_BYTES, &mut out);
    assert!(out.is_empty());
    for (number, said) in [(9, vec![9]), (10, vec![9, 10]), (11, vec![9, 10, 11])] {
        mouth.say(&frame(number, Reach::Normal));
        let bundle = mouth.next().unwrap();
        let numbers: Vec<u16> = bundle.frames().iter().map(|frame| frame.sequence.0).collect();
        assert_eq!(numbers, said);
    }
}

#[test]
fn a_datagram_of_more_bundles_than_anybody_gathers_is_none() {
    let mut body = Vec::new();
    for number in 0..MOST_BUNDLES as u16 {
        bundle(number, Reach::Normal).write_to_host(&mut body);
    }
    let mut count = 0;
    assert_eq!(read_said(&body, |_| count += 1), Ok(()));
    assert_eq!(count, MOST_BUNDLES);
    bundle(99, Reach::Normal).write_to_host(&mut body);
    assert_eq!(read_said(&body, |_| count += 1), Err(Misbehaved));
}

#[test]
fn whoever_changes_their_reach_with_each_frame_brings_hardly_more_decisions() {
    let crowd = crowd(&[(1, 0.0), (2, 1.0)]);
    let mut forum = Forum::default();
    // A host that looks 200 times a second.
    for step in 0..2_000_u64 {
        let now = ms(1_000 + step * 5);
        if step % 4 == 0 {
            let reach = [Reach::Normal, Reach::Shout][step as usize / 4 % 2];
            forum.said(now, Slot(1), &bundle(step as u16 / 4, reach));
        }
        passed_on(&mut forum, now, &crowd, &[1, 2]);
    }
    // Twenty a second in any case.
    assert!((200..=212).contains(&forum.decisions), "{}", forum.decisions);
}

#[test]
fn however_many_begin_at_once_there_is_a_bound_to_decisions() {
    let people: Vec<(u16, f32)> = (1..=400).map(|slot| (slot, f32::from(slot))).collect();
    let (crowd, mut forum) = (crowd(&people), Forum::default());
    for step in 0..800_u16 {
        let now = ms(1_000 + u64::from(step) * 5);
        forum.said(now, Slot(1 + step % 400), &bundle(step, Reach::Normal));
        passed_on(&mut forum, now, &crowd, &[1, 2, 3]);
    }
    // In four seconds: 80 in any case, 80 hurried, and 20 that were saved.
    assert!((80..=181).contains(&forum.decisions), "{}", forum.decisions);
}

#[test]
fn who_begins_is_heard_from_their_first_frame_on() {
    let crowd = crowd(&[(1, 0.0), (2, 1.0), (3, 50.0)]);
    let mut forum = Forum::default();
    let here = [1, 2, 3];
    for step in 0..20_u16 {
        let now = ms(1_000 + u64::from(step) * 20);
        forum.said(now, Slot(1), &bundle(step, Reach::Normal));
        let mut expected = vec![(1, 2)];
        if step >= 7 {
            forum.said(now, Slot(2), &bundle(step, Reach::Normal));
            expected.push((2, 1));
        }
        assert_eq!(passed_on(&mut forum, now, &crowd, &here), expected, "{step}");
    }
    // And who means to be heard farther, too.
    for (now, reach, expected) in [
        (ms(2_405), Reach::Normal, vec![(1, 2)]),
        (ms(2_410), Reach::Shout, vec![(1, 2), (1, 3)]),
    ] {
        forum.said(now, Slot(1), &bundle(20, reach));
        assert_eq!(passed_on(&mut forum, now, &crowd, &here), expected);
    }
}

/// However often the reach changes, and whether or not a decision came in between.
#[test]
fn a_lowered_voice_never_goes_to_those_who_heard_the_loud_one() {
    let crowd = crowd(&[(1, 0.0), (2, 1.0), (3, 50.0)]);
    for gap in [1, 3, 7, 20] {
        let mut forum = Forum::default();
        let mut far = 0;
        for step in 0..400_u16 {
            let now = ms(1_000 + u64::from(step) * gap);
            let reach = if step / 3 % 2 == 0 {
                Reach::Shout
            } else {
                Reach::Whisper
            };
            forum.said(now, Slot(1), &bundle(step, reach));
            let heard = passed_on(&mut forum, now, &crowd, &[1, 2, 3]);
            assert!(reach == Reach::Shout || !heard.contains(&(1, 3)), "{gap} {step}");
            far += usize::from(heard.contains(&(1, 3)));
        }
        assert!(far > 0, "the shouts do");
    }
}

#[test]
fn what_says_it_is_from_the_stage_is_for_those_for_whom_that_was_decided() {
    let crowd = crowd(&[(1, 0.0), (2, 1.0)]);
    let mut forum = Forum::default();
    for step in 0..100_u16 {
        let now = ms(1_000 + u64::from(step) * 3);
        let reach = [Reach::Normal, Reach::Stage][usize::from(step) % 2];
        forum.said(now, Slot(1), &bundle(step, reach));
        let heard = passed_on(&mut forum, now, &crowd, &[1, 2]);
        assert!(reach == Reach::Normal || heard.is_empty(), "they may not");
    }
}

#[test]
fn whoever_has_a_slot_next_has_nothing_of_who_had_it() {
    let crowd = crowd(&[(1, 0.0), (2, 1.0)]);
    let mut forum = Forum::default();
    forum.set_rules(
        Slot(2),
        VoiceRules {
            mutes: vec![9],
            ..VoiceRules::default()
        },
    );
    forum.said(ms(1_000), Slot(1), &bundle(0, Reach::Normal));
    assert_eq!(passed_on(&mut forum, ms(1_000), &crowd, &[1, 2]), [(1, 2)]);
    forum.said(ms(1_010), Slot(1), &bundle(1, Reach::Normal));
    forum.forget(Slot(1));
    assert_eq!(passed_on(&mut forum, ms(1_010), &crowd, &[1, 2]), []);
    assert_eq!(forum.listeners_of(Slot(1)), 0);
    // Somebody else speaks whom the next on slot 2 is not to hear.
    forum.forget(Slot(2));
    assert!(forum.rules.is_empty() && forum.speaking.is_empty() && forum.said.is_empty());
    forum.said(ms(1_020), Slot(1), &bundle(0, Reach::Normal));
    forum.set_rules(
        Slot(2),
        VoiceRules {
            mutes: vec![1],
            ..VoiceRules::default()
        },
    );
    assert_eq!(passed_on(&mut forum, ms(1_020), &crowd, &[1, 2]), []);
}

#[test]
fn a_talker_is_cut_at_what_an_honest_one_can_say_and_heard_again_after_it() {
    let crowd = crowd(&[(1, 0.0), (2, 1.0)]);
    let mut forum = Forum::default();
    let mut long = Bundle::new();
    for number in 0..8 {
        let frame = Frame::new(Sequence(number), Flags::default(), 8, &[7; 141]).unwrap();
        assert!(long.push(&frame));
    }
    assert_eq!(long.byte_len(), 1147);
    for step in 0..1_000_u64 {
        forum.said(ms(1_000 + step * 5), Slot(1), &long);
        passed_on(&mut forum, ms(1_000 + step * 5), &crowd, &[1, 2]);
    }
    let most = (TALKER_BURST + TALKER_PER_SEC * 5.0) as u64;
    assert!(
        forum.forwarded_bytes <= most,
        "{} B in 5 s",
        forum.forwarded_bytes
    );
    assert!(forum.refused_bytes > 1_000_000, "{}", forum.refused_bytes);
    let before = forum.refused_bytes;
    for step in 0..50_u64 {
        let now = ms(6_200 + step * 20);
        forum.said(now, Slot(1), &bundle(step as u16, Reach::Normal));
        assert_eq!(passed_on(&mut forum, now, &crowd, &[1, 2]), [(1, 2)]);
    }
    assert_eq!(forum.refused_bytes, before);
    // One that is too long for a listener's datagram is not even counted as talk.
    let mut forum = Forum::default();
    let mut longer = Bundle::new();
    for number in 0..8 {
        let frame = Frame::new(Sequence(number), Flags::default(), 8, &[7; 142]).unwrap();
        assert!(longer.push(&frame));
    }
    assert!(longer.byte_len() > LONGEST_BUNDLE);
    forum.said(ms(0), Slot(1), &longer);
    assert!(forum.speaking.is_empty() && forum.refused_bytes == 1_155);
}

#[test]
fn what_waits_for_a_listener_leaves_whole_in_order_and_is_bounded() {
    let mut ears = Ears::new(1_000_000);
    let mut out = Vec::new();
    let said: Vec<Bytes> = (0..40).map(|number| vec![number; 300].into()).collect();
    let dropped: usize = said.iter().map(|said| ears.put(ms(0), said.clone())).sum();
    assert_eq!(dropped, 40 * 300 - MOST_WAITING / 300 * 300);
    let mut came = Vec::new();
    while !ears.is_empty() {
        ears.take(MAX_SECTION_BYTES, &mut out);
        assert!(out.len() == 900 || ears.is_empty());
        came.extend(out.iter().step_by(300).copied());
    }
    assert_eq!(came, (40 - 33..40).collect::<Vec<u8>>());
    // A small link is not sent more than its share, whatever is put there.
    let mut ears = Ears::new(8_000);
    let sent: usize = (0..1_000)
        .map(|step| {
            let _ = ears.put(ms(step * 10), vec![0; 300].into());
            ears.take(MAX_SECTION_BYTES, &mut out);
            out.len()
        })
        .sum();
    assert!((58_000..=62_000).contains(&sent), "{sent} B in ten seconds");
}

#[test]
fn what_is_passed_on_each_20_ms_on_average_does_not_wait_two_frames_of_a_screen() {
    let mut ears = Ears::new(32_000);
    let mut out = Vec::new();
    let (mut sent, mut longest) = (0, Duration::ZERO);
    let mut waits = None;
    // Somebody says something before each of 600 frames, a sixtieth of a second apart.
    for at in 0..600 {
        let now = ms(1_000) + Duration::from_nanos(at * 1_000_000_000 / 60);
        let _ = ears.put(now, vec![0; 50].into());
        let since = *waits.get_or_insert(now);
        if ears.is_due(now) {
            ears.take(MAX_SECTION_BYTES, &mut out);
            ears.sent(now);
            sent += 1;
            longest = longest.max(now - since);
            waits = None;
        }
    }
    assert!(longest <= ms(17), "{longest:?}");
    assert!((490..=510).contains(&sent), "{sent} in ten seconds");
}

#[test]
fn who_is_talked_to_is_told_of_what_moves_with_the_next_bundle_and_soon_in_any_case() {
    let mut ears = Ears::new(32_000);
    let mut out = Vec::new();
    assert!(!ears.expects(ms(0)));
    let _ = ears.put(ms(1_000), vec![0; 50].into());
    ears.take(MAX_SECTION_BYTES, &mut out);
    ears.sent(ms(1_000));
    assert!(ears.expects(ms(1_059)) && !ears.expects(ms(1_060)));
}
