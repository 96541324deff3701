//! Both ends of a voice, by a clock: what is said is heard, from every device, in every mode, whatever comes between.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "voice/ends.rs"]
mod ends;
#[path = "../../../net/voice/tests/codec/speech.rs"]
mod speech;

use core::time::Duration;
use ends::{BLOCK, BLOCK_SAMPLES, Ends, RATE_HZ, alike, at_rate, settings};
use holm_audio::voice;
use holm_audio::{MicrophoneSettings, Trouble};
use holm_voice::frame::{Flags, Frame, Reach, Sequence};
use holm_voice::talker::{Mode, SILENCE};

/// Opus keeps what an ear hears and not the wave: of a clean sentence three quarters stay alike. Of two different ones a
/// third does, at the best of all delays.
const SAME_VOICE: f32 = 0.65;

/// A sentence, and half a second of nothing before and after it.
fn sentence() -> Vec<f32> {
    let silence = vec![0.0; RATE_HZ as usize / 2];
    [&silence, speech::woman().as_flattened(), &silence].concat()
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

/// The noise of a fan, the same every time.
fn hiss(samples: usize, height: f32) -> Vec<f32> {
    let mut state = 7_u32;
    (0..samples)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / 8_388_608.0 - 1.0) * height
        })
        .collect()
}

#[test]
fn what_is_said_into_any_microphone_is_heard() {
    let said = sentence();
    for (rate, channels) in [(48_000, 1), (44_100, 2), (16_000, 2)] {
        let mut ends = Ends::new(rate, channels, &settings(Mode::OpenMic, false));
        let (heard, frames) = ends.say(&at_rate(&said, RATE_HZ, rate));
        let (lags, alike) = alike(&said, &heard, RATE_HZ as usize / 8);
        let ms = lags[lags.len() / 2] as f32 / 48.0;
        assert!(alike > SAME_VOICE, "{rate} Hz: {alike} after {ms} ms");
        // A frame, what Opus looks ahead, what a listener waits at first: nobody is later than that.
        assert!((40.0..110.0).contains(&ms), "{rate} Hz: {ms} ms");
        assert!(frames.len() > 200, "{}", frames.len());
        let stats = ends.talk.sounding().stats;
        assert_eq!((stats.lost, stats.concealed, stats.late), (0, 0, 0), "{stats:?}");
    }
}

#[test]
fn a_fan_is_taken_out_while_that_is_on_and_the_voice_stays() {
    // The network needs a second to hear what is always there.
    let said = [vec![0.0; RATE_HZ as usize * 2], sentence()].concat();
    let fan = hiss(said.len(), 0.03);
    let noisy: Vec<f32> = said.iter().zip(&fan).map(|(voice, fan)| voice + fan).collect();
    let listen = |without_noise| {
        let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::PushToTalk, without_noise));
        ends.mouth.hold(true);
        let (heard, _) = ends.say(&noisy);
        let (_, alike) = alike(&said, &heard, RATE_HZ as usize / 8);
        (rms(&heard[RATE_HZ as usize * 3 / 2..RATE_HZ as usize * 2]), alike)
    };
    let (with, _) = listen(false);
    let (without, alike) = listen(true);
    assert!(with > 0.01 && without < with / 2.0, "{without} of {with}");
    assert!(alike > SAME_VOICE, "{alike}");
}

#[test]
fn taking_noise_out_is_switched_while_somebody_speaks_without_a_click() {
    let said = sentence();
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let mut heard = Vec::new();
    for (at, second) in said.chunks(RATE_HZ as usize).enumerate() {
        ends.mouth.set(&settings(Mode::OpenMic, at % 2 == 1));
        heard.extend(ends.say(second).0);
    }
    let step = |samples: &[f32]| {
        let steps = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        steps.fold(0.0, f32::max)
    };
    assert!(
        step(&heard) < step(&said) * 1.5,
        "{} of {}",
        step(&heard),
        step(&said)
    );
}

#[test]
fn who_is_muted_says_nothing_and_sees_their_meter_all_the_same() {
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::Muted, true));
    let (heard, frames) = ends.say(&sentence()[..RATE_HZ as usize * 2]);
    assert!(frames.is_empty());
    assert!(heard.iter().all(|sample| *sample == 0.0));
    let meter = ends.mouth.meter();
    assert!(
        meter.speech && meter.level > 3 && meter.peak > 0.01 && !meter.sending,
        "{meter:?}"
    );
}

#[test]
fn mute_cuts_at_once_even_what_was_said_and_not_fetched() {
    let said = sentence();
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let (_, frames) = ends.say(&said[..RATE_HZ as usize * 2]);
    assert!(frames.len() > 50);
    // Said, encoded, waiting; and half a frame more, which ends after the mute.
    ends.capture.hear(&said[RATE_HZ as usize * 2..][..4_320]);
    ends.mouth.set(&settings(Mode::Muted, false));
    let mut after = Vec::new();
    ends.mouth.frames(|frame| after.push(*frame));
    let (_, frames) = ends.say(&said[RATE_HZ as usize * 2 + 4_320..][..RATE_HZ as usize]);
    after.extend(frames);
    assert!(!after.is_empty(), "listeners are told of the silence");
    assert!(after.iter().all(|frame| frame.payload() == SILENCE), "{after:?}");
}

#[test]
fn a_key_is_heard_from_the_moment_it_is_held() {
    let said = sentence();
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::PushToTalk, false));
    let second = RATE_HZ as usize;
    assert!(ends.say(&said[..second * 2]).1.is_empty());
    ends.mouth.hold(true);
    let (_, frames) = ends.say(&said[second * 2..second * 3]);
    assert!(frames.len() >= 49 && frames[0].flags.begins, "{}", frames.len());
    ends.mouth.hold(false);
    let (_, frames) = ends.say(&said[second * 3..second * 4]);
    assert!((5..=12).contains(&frames.len()), "{}", frames.len());
    assert_eq!(frames.last().unwrap().payload(), SILENCE);
}

#[test]
fn reach_and_network_get_to_the_talker() {
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let shout = MicrophoneSettings {
        reach: Reach::Shout,
        ..settings(Mode::OpenMic, false)
    };
    ends.mouth.set(&shout);
    ends.mouth.adapt(0.2, 80_000);
    let (_, frames) = ends.say(&sentence()[..RATE_HZ as usize * 2]);
    assert!(!frames.is_empty() && frames.iter().all(|frame| frame.flags.reach == Reach::Shout));
    assert_eq!(ends.mouth.repeat(), 2);
}

#[test]
fn what_a_program_does_not_fetch_is_bounded_and_what_it_says_afterwards_counts() {
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::PushToTalk, false));
    ends.mouth.hold(true);
    for block in sentence().chunks(BLOCK_SAMPLES) {
        ends.capture.hear(block);
    }
    let mut frames = 0;
    ends.mouth.frames(|_| frames += 1);
    assert!((40..=64).contains(&frames), "{frames}");
    ends.mouth.hold(false);
    let (_, frames) = ends.say(&sentence()[RATE_HZ as usize..][..RATE_HZ as usize]);
    assert!(frames.len() < 15, "{}", frames.len());
}

#[test]
fn another_microphone_goes_on_with_the_same_numbers() {
    let said = sentence();
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let (_, before) = ends.say(&said[..RATE_HZ as usize * 2]);
    assert_eq!(ends.capture.retune(3, 1), Err(Trouble::Broken));
    assert_eq!(ends.capture.retune(44_100, 0), Err(Trouble::Broken));
    ends.capture.retune(16_000, 2).unwrap();
    (ends.rate_hz, ends.channels) = (16_000, 2);
    let (heard, after) = ends.say(&at_rate(&said[RATE_HZ as usize * 2..], RATE_HZ, 16_000));
    let last = before.last().unwrap().sequence;
    assert!(
        (1..5).contains(&after[0].sequence.since(last)),
        "{:?}",
        after[0].sequence.since(last)
    );
    let (_, alike) = alike(&said[RATE_HZ as usize * 2..], &heard, RATE_HZ as usize / 5);
    assert!(alike > SAME_VOICE, "{alike}");
}

#[test]
fn a_microphone_that_gives_nonsense_is_silent_and_recovers() {
    let said = sentence();
    let mut ends = Ends::new(RATE_HZ, 2, &settings(Mode::OpenMic, true));
    for nonsense in [f32::NAN, f32::INFINITY, -1e30] {
        for len in [0, 1, 3, 959, 960] {
            ends.capture.hear(&vec![nonsense; len]);
        }
    }
    let (heard, _) = ends.say(&said);
    assert!(
        heard
            .iter()
            .all(|sample| sample.is_finite() && sample.abs() <= 1.0)
    );
    let (_, alike) = alike(&said, &heard, RATE_HZ as usize / 8);
    assert!(alike > SAME_VOICE, "{alike}");
}

#[test]
fn garbage_harms_nothing_and_a_voice_after_it_is_heard() {
    let said = sentence();
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let mut state = 99_u32;
    let mut dice = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 8
    };
    let mut out = [0.0; BLOCK_SAMPLES];
    for _ in 0..3_000 {
        for _ in 0..dice() % 4 {
            let payload: Vec<u8> = (0..1 + dice() % 250).map(|_| dice() as u8).collect();
            let flags = Flags {
                reach: Reach::Normal,
                sealed: dice() % 8 == 0,
                begins: dice() % 3 == 0,
            };
            let frame = Frame::new(Sequence(dice() as u16), flags, dice() as u8, &payload).unwrap();
            ends.talk.put(&frame, ends.now);
        }
        ends.ear.play(&mut out, ends.now);
        assert!(out.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0));
        ends.now += BLOCK;
    }
    // They pause, and whoever spoke so is forgotten.
    ends.say(&vec![0.0; RATE_HZ as usize * 2]);
    let (heard, _) = ends.say(&said);
    let (_, alike) = alike(&said, &heard, RATE_HZ as usize / 4);
    assert!(alike > SAME_VOICE, "{alike}");
}

#[test]
fn a_frame_that_is_still_sealed_is_not_played() {
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let (_, frames) = ends.say(&sentence()[..RATE_HZ as usize * 2]);
    let (mut ear, mut talk) = voice::talker().unwrap();
    for frame in &frames {
        talk.put(&frame.sealed(frame.payload()).unwrap(), Duration::from_secs(1));
    }
    let mut out = [1.0; BLOCK_SAMPLES];
    ear.play(&mut out, Duration::from_secs(2));
    assert_eq!((out, talk.sounding().stats.received), ([0.0; BLOCK_SAMPLES], 0));
}

/// A device's clock that is one in a hundred off is ten times worse than any that is sold: after half an hour 18 s would
/// have gathered, or be missing.
#[test]
fn clocks_that_differ_by_one_in_a_hundred_leave_the_delay_as_it_is_for_half_an_hour() {
    // Without optimisation half an hour takes 20 s: ten minutes show the same.
    let minutes = if cfg!(debug_assertions) { 10 } else { 30 };
    let mut ends = Ends::new(RATE_HZ, 1, &settings(Mode::OpenMic, false));
    let (_, frames) = ends.say(&sentence());
    for skew in [1.01, 0.99] {
        let (mut ear, mut talk) = voice::talker().unwrap();
        let frame_every = Duration::from_secs_f64(0.02 * skew);
        let (mut now, mut next) = (Duration::from_secs(1), Duration::from_secs(1));
        let mut sequence = Sequence(0);
        let mut spoken = frames.iter().cycle();
        let mut out = [0.0; BLOCK_SAMPLES];
        let mut delays = Vec::new();
        let blocks = minutes * 60 * 100;
        for block in 0..blocks {
            while next <= now {
                let frame = spoken.next().unwrap();
                // The talker pauses now and then, as people do.
                if sequence.0 % 500 < 480 {
                    let flags = Flags {
                        begins: sequence.0.is_multiple_of(500),
                        ..frame.flags
                    };
                    let payload = if frame.payload().len() > 2 {
                        frame.payload()
                    } else {
                        frames[50].payload()
                    };
                    let frame = Frame::new(sequence, flags, frame.level(), payload).unwrap();
                    talk.put(&frame, next);
                }
                sequence = sequence.plus(1);
                next += frame_every;
            }
            ear.play(&mut out, now);
            now += BLOCK;
            if block > 1_000 && block % 100 == 0 && talk.sounding().speaking {
                delays.push(talk.sounding().stats.delay_ms);
            }
        }
        let stats = talk.sounding().stats;
        let (least, most) = delays.iter().fold((f32::MAX, 0.0_f32), |(least, most), delay| {
            (least.min(*delay), most.max(*delay))
        });
        assert!(delays.len() > minutes * 40, "{}", delays.len());
        assert!(least >= 0.0 && most <= 80.0, "{least} to {most} ms, {stats:?}");
        // What was too much was cut out of the waves, what was too little was added to them: no frame was lost for it.
        let corrected = if skew < 1.0 {
            stats.shortened_ms
        } else {
            stats.lengthened_ms
        };
        assert!(corrected > 0.0, "{stats:?}");
        assert!(
            stats.lost + stats.cut + stats.late < stats.received / 100,
            "{stats:?}"
        );
    }
}

#[test]
fn another_voice_is_not_taken_for_the_same() {
    let (_, alike) = alike(&sentence(), speech::man().as_flattened(), RATE_HZ as usize / 5);
    assert!(alike < SAME_VOICE / 1.5, "{alike}");
}
