//! A listener on good days and bad: a talker with a known voice, a network that is told what to do, a device.
//!
//! The voice is a function of the sample's number and a frame says only its own number, so whatever is heard can be
//! compared with what was said.
#![allow(clippy::unwrap_used, reason = "tests")]

use core::f32::consts::TAU;
use core::time::Duration;
use holm_voice::codec::{CodecError, Decode, Samples};
use holm_voice::frame::Sequence;
use holm_voice::playout::{Played, Playout, PlayoutStats, Settings};
use holm_voice::{FRAME_SAMPLES, RATE_HZ};

type Voice = fn(u64) -> f32;

/// 200 Hz, a steady vowel.
fn tone(at: u64) -> f32 {
    0.5 * (TAU * (at % 240) as f32 / 240.0).sin()
}

/// 209.6 Hz: no frame begins as another did.
fn odd_tone(at: u64) -> f32 {
    0.5 * (TAU * (at % 229) as f32 / 229.0).sin()
}

/// Never twice the same, so that it can be told what was heard when.
fn noise(at: u64) -> f32 {
    let mixed = (at + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 40) as f32 / (1 << 24) as f32 - 0.5
}

/// Words of 120 Hz with harmonics, 300 ms each, and 100 ms of a quiet room between them.
fn words(at: u64) -> f32 {
    let within = (at % 19_200) as f32 / 48_000.0;
    let loud = if within < 0.3 {
        (within / 0.3 * TAU / 2.0).sin()
    } else {
        0.0
    };
    let phase = TAU * (at % 400) as f32 / 400.0;
    let vowel = phase.sin() * 0.3 + (3.0 * phase).sin() * 0.2 + (7.0 * phase).sin() * 0.1;
    vowel * loud + 0.001 * noise(at)
}

/// Decodes the voice. Without a frame it plays the last one backwards, and forwards, …
struct Known {
    voice: Voice,
    last: Samples,
}

impl Known {
    fn say(&self, number: u64, out: &mut Samples) {
        for (at, sample) in out.iter_mut().enumerate() {
            *sample = (self.voice)(number * FRAME_SAMPLES as u64 + at as u64);
        }
    }
}

fn number_in(payload: &[u8]) -> Result<u64, CodecError> {
    let bytes = payload.try_into().map_err(|_| CodecError::NotAFrame)?;
    Ok(u64::from_le_bytes(bytes))
}

impl Decode for Known {
    fn decode(&mut self, payload: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        self.say(number_in(payload)?, out);
        self.last = *out;
        Ok(())
    }

    fn recover(&mut self, next: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        self.say(number_in(next)?.wrapping_sub(1), out);
        self.last = *out;
        Ok(())
    }

    fn conceal(&mut self, out: &mut Samples) {
        self.last.reverse();
        *out = self.last;
    }
}

/// A frame on its way: when it arrives, µs, its number, and whether talk begins with it.
#[derive(Clone, Copy)]
struct OnItsWay {
    at: i64,
    number: u64,
    begins: bool,
}

/// When the talker's device has frame `number`, µs; its clock may be off.
fn spoken(number: u64, skew: f64) -> i64 {
    ((number + 1) as f64 * 20_000.0 * (1.0 - skew)) as i64
}

/// Talk from one frame on, without a pause, with what each of them takes, µs.
fn talk(numbers: core::ops::Range<u64>, mut takes: impl FnMut(u64) -> i64) -> Vec<OnItsWay> {
    let first = numbers.start;
    numbers
        .map(|number| OnItsWay {
            at: spoken(number, 0.0) + takes(number),
            number,
            begins: number == first,
        })
        .collect()
}

/// Frames as they come in the state datagram: one every 50 ms takes what there is.
fn bundled(number: u64) -> i64 {
    let spoken = spoken(number, 0.0);
    (50_000 - spoken % 50_000) % 50_000 + 30_000
}

/// Numbers that look random, the same every time.
fn dice(seed: u64, number: u64) -> u64 {
    let mixed = (seed ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    mixed ^ (mixed >> 32)
}

struct Listener {
    playout: Playout<Known>,
    /// Samples the device asks for at once.
    block: usize,
    now: f64,
    heard: Vec<f32>,
    /// First sequence of the talker.
    sequences_from: u16,
}

impl Listener {
    fn new(voice: Voice, settings: Settings) -> Self {
        let known = Known {
            voice,
            last: [0.0; FRAME_SAMPLES],
        };
        Self {
            playout: Playout::new(known, settings),
            block: 480,
            now: 0.0,
            heard: Vec::new(),
            sequences_from: 0,
        }
    }

    fn to(voice: Voice) -> Self {
        Self::new(voice, Settings::default())
    }

    fn receive(&mut self, frame: OnItsWay) {
        let sequence = Sequence(self.sequences_from).plus(frame.number as u16);
        let at = Duration::from_micros(frame.at.cast_unsigned());
        self.playout
            .receive(sequence, frame.begins, &frame.number.to_le_bytes(), at);
    }

    fn play(&mut self) -> Played {
        let from = self.heard.len();
        self.heard.resize(from + self.block, f32::NAN);
        let now = Duration::from_micros(self.now as u64);
        self.now += self.block as f64 * 1e6 / f64::from(RATE_HZ);
        self.playout.play(&mut self.heard[from..], now)
    }

    /// Lets the frames come, in the order of their arrival, and plays until `until`, µs; `each` looks at every block.
    fn listen(
        &mut self,
        mut frames: Vec<OnItsWay>,
        until: i64,
        mut each: impl FnMut(f64, Played, PlayoutStats),
    ) {
        frames.sort_by_key(|frame| frame.at);
        let mut frames = frames.into_iter().peekable();
        while self.now < until as f64 {
            while let Some(frame) = frames.next_if(|frame| frame.at as f64 <= self.now) {
                self.receive(frame);
            }
            let at = self.now;
            let played = self.play();
            each(at, played, self.playout.stats());
        }
    }

    fn stats(&self) -> PlayoutStats {
        self.playout.stats()
    }

    /// Sample number of the heard one at a time, µs.
    fn index(&self, at: i64) -> usize {
        (at * 48 / 1000) as usize
    }

    /// How many samples later the voice is heard than it was said, looked up at a time, µs.
    fn heard_after(&self, voice: Voice, at: i64) -> Option<usize> {
        let at = self.index(at);
        (0..at)
            .find(|after| (0..64).all(|along| self.heard[at + along] == voice((at + along - after) as u64)))
    }
}

const SECOND: i64 = 1_000_000;

#[test]
fn what_comes_in_time_is_heard_as_it_was_said() {
    for block in [96, 128, 441, 480, 960, 1024, 1920, 4800] {
        let mut listener = Listener::to(noise);
        listener.block = block;
        listener.listen(talk(0..60, |_| 30_000), SECOND, |_, _, _| {});
        let after = listener.heard_after(noise, SECOND / 2).unwrap();
        // 20 ms of the frame, 30 on the way, 60 of waiting, and at most a block that was begun, and one ahead.
        let ms = after as i64 / 48;
        assert!(
            (110..=111 + 2 * block as i64 / 48).contains(&ms),
            "{block}: {ms} ms"
        );
        for at in after + 240..listener.index(SECOND / 2) {
            assert_eq!(
                listener.heard[at],
                noise((at - after) as u64),
                "{block}: sample {at}"
            );
        }
        assert!(
            listener.heard[..after].iter().all(|sample| *sample == 0.0),
            "{block}: silence before"
        );
        let stats = listener.stats();
        assert!(stats.delay_ms >= 60.0, "{block}: {stats:?}");
        assert_eq!((stats.lost, stats.concealed, stats.late), (0, 0, 0), "{block}");
    }
}

#[test]
fn on_a_quiet_network_the_delay_comes_down_to_20_ms_and_talk_is_untouched_from_then_on() {
    let mut listener = Listener::to(words);
    let mut last = PlayoutStats::default();
    listener.listen(talk(0..1_000, |_| 30_000), 20 * SECOND, |_, _, stats| {
        last = stats
    });
    println!("quiet network: {last:?}");
    assert_eq!(last.target_ms, 20.0);
    assert!((20.0..=35.0).contains(&last.delay_ms), "{last:?}");
    assert_eq!(
        (last.lost, last.concealed, last.late, last.lengthened_ms),
        (0, 0, 0, 0.0)
    );
    let after = listener.heard_after(words, 19 * SECOND).unwrap();
    for at in listener.index(12 * SECOND)..listener.index(19 * SECOND) {
        assert_eq!(listener.heard[at], words((at - after) as u64), "sample {at}");
    }
}

#[test]
fn frames_that_come_in_bundles_are_all_heard() {
    for block in [128, 480, 960, 1024, 1920] {
        let mut listener = Listener::to(words);
        listener.block = block;
        let mut last = PlayoutStats::default();
        listener.listen(talk(0..3_000, bundled), 60 * SECOND, |_, _, stats| last = stats);
        println!("bundles, blocks of {block}: {last:?}");
        assert_eq!((last.lost, last.concealed, last.late, last.cut), (0, 0, 0, 0));
        assert!(
            last.shortened_ms < 60.0 && last.lengthened_ms < 3.0,
            "to and fro: {last:?}"
        );
        assert!((44.0..=46.0).contains(&last.target_ms), "{last:?}");
        // Somewhere within a block.
        let most = last.target_ms + 10.0 + block as f32 / 48.0;
        assert!(last.delay_ms <= most, "{last:?}");
    }
}

#[test]
fn with_40_ms_of_jitter_less_than_one_frame_of_a_hundred_is_made_up() {
    for seed in 0..8 {
        let mut listener = Listener::to(words);
        let jitter = |number| 30_000 + (dice(seed, number) % 40_000) as i64;
        let mut last = PlayoutStats::default();
        listener.listen(talk(0..6_000, jitter), 120 * SECOND, |_, _, stats| last = stats);
        println!("jitter, seed {seed}: {last:?}");
        assert!(last.concealed < 60, "{last:?}");
        assert!(last.lost - last.recovered < 60, "{last:?}");
        assert!(last.delay_ms < 70.0, "{last:?}");
    }
}

/// From frame 250 on, 15 frames are held up and come at once.
fn held_up(number: u64) -> i64 {
    let until = spoken(265, 0.0);
    let usual = 30_000;
    if (250..265).contains(&number) {
        (until - spoken(number, 0.0)).max(usual)
    } else {
        usual
    }
}

#[test]
fn after_300_ms_at_once_the_delay_is_back_within_six_seconds_of_talk_without_a_pause() {
    for voice in [tone as Voice, words] {
        let mut listener = Listener::to(voice);
        let mut back = None;
        let mut longest: f32 = 0.0;
        listener.listen(talk(0..750, held_up), 15 * SECOND, |at, _, stats| {
            let secs = (at - spoken(265, 0.0) as f64) / 1e6;
            if secs >= 0.0 {
                longest = longest.max(stats.delay_ms - stats.target_ms);
                let is_back = stats.delay_ms <= stats.target_ms + 20.0;
                back = if is_back { back.or(Some(secs)) } else { None };
            }
        });
        println!(
            "a burst: up to {longest} ms over, back after {back:?} s, {:?}",
            listener.stats()
        );
        assert!(longest > 100.0, "the burst was there: {longest} ms");
        // Where there are pauses, it is they that are left out.
        assert_eq!(listener.stats().cut > 0, voice(9_600) != tone(9_600));
        assert!(back.is_some_and(|secs| secs <= 6.0), "{back:?}");
    }
}

#[test]
fn after_a_longer_burst_what_is_due_is_cut() {
    let late = |number| {
        if (300..340).contains(&number) {
            (340 - number as i64) * 20_000
        } else {
            0
        }
    };
    let mut listener = Listener::to(odd_tone);
    let mut longest: f32 = 0.0;
    listener.listen(
        talk(0..700, |number| 30_000 + late(number)),
        12 * SECOND,
        |at, _, stats| {
            if at > spoken(342, 0.0) as f64 {
                longest = longest.max(stats.delay_ms - stats.target_ms);
            }
        },
    );
    let stats = listener.stats();
    println!("a burst of 800 ms: at most {longest} ms over after 60 ms, {stats:?}");
    assert_eq!(stats.lost, 0, "all of them were kept");
    assert!(stats.cut >= 20 && longest < 220.0, "{longest} ms, {stats:?}");
    assert!(stats.delay_ms <= stats.target_ms + 20.0, "{stats:?}");
    // Nothing clicks where it is cut.
    let usual = max_step(&(0..480).map(odd_tone).collect::<Vec<_>>());
    let step = max_step(&listener.heard);
    assert!(step <= 2.0 * usual, "a step of {step}, usual are {usual}");
}

#[test]
fn after_300_ms_at_once_the_delay_is_back_when_the_next_talk_begins() {
    let mut frames = talk(0..275, held_up);
    frames.extend(talk(300..400, |_| 30_000));
    let mut listener = Listener::to(tone);
    let mut over = 0.0;
    listener.listen(frames, spoken(305, 0.0) + 90_000, |_, _, stats| {
        over = stats.delay_ms - stats.target_ms
    });
    assert!(over <= 20.0, "{over} ms over at the fifth frame");
}

#[test]
fn clocks_that_differ_by_one_in_a_hundred_for_half_an_hour_do_not_make_it_late() {
    for skew in [-0.01, 0.01] {
        let mut listener = Listener::to(tone);
        let frames = (0..90_000).map(|number| OnItsWay {
            at: spoken(number, skew) + 30_000,
            number,
            begins: number == 0,
        });
        let (mut least, mut most) = (f32::MAX, f32::MIN);
        let until = spoken(89_990, skew);
        listener.listen(frames.collect(), until, |at, _, stats| {
            if at > 10e6 {
                least = least.min(stats.delay_ms);
                most = most.max(stats.delay_ms);
            }
        });
        let stats = listener.stats();
        println!("skew {skew}: {least} to {most} ms, {stats:?}");
        assert!(least >= 20.0 && most <= 40.0, "{least} to {most} ms");
        assert_eq!((stats.lost, stats.concealed, stats.cut), (0, 0, 0), "{stats:?}");
        let heard = f64::from(stats.lengthened_ms - stats.shortened_ms);
        let differs = 1_800_000.0 * skew;
        assert!(
            (heard + differs).abs() < 300.0,
            "{heard} ms made up for {differs}"
        );
    }
}

#[test]
fn one_lost_frame_is_heard_out_of_the_next() {
    for takes in [|_| 30_000, bundled as fn(u64) -> i64] {
        let mut frames = talk(0..200, takes);
        frames.retain(|frame| frame.number % 10 != 4);
        let mut listener = Listener::to(noise);
        listener.listen(frames.clone(), SECOND, |_, _, _| {});
        let stats = listener.stats();
        println!("one of ten lost: {stats:?}");
        assert!(
            stats.lost >= 4 && stats.recovered == stats.lost && stats.concealed == 0,
            "{stats:?}"
        );
        let after = listener.heard_after(noise, SECOND / 2).unwrap();
        for at in after + 240..listener.index(SECOND) {
            assert_eq!(listener.heard[at], noise((at - after) as u64), "sample {at}");
        }
        let without = Settings {
            recover: false,
            ..Settings::default()
        };
        let mut listener = Listener::new(noise, without);
        listener.listen(frames, SECOND, |_, _, _| {});
        let stats = listener.stats();
        assert!(
            stats.recovered == 0 && stats.concealed + 1 >= stats.lost && stats.lost >= 4,
            "{stats:?}"
        );
    }
}

#[test]
fn a_lost_frame_that_nothing_follows_yet_costs_no_delay() {
    let mut frames = talk(0..1_000, |_| 30_000);
    frames.retain(|frame| frame.number < 600 || frame.number % 50 >= 3);
    let mut listener = Listener::to(tone);
    let mut most: f32 = 0.0;
    listener.listen(frames, 20 * SECOND, |at, _, stats| {
        if at > 15e6 {
            most = most.max(stats.delay_ms);
        }
    });
    let stats = listener.stats();
    println!("three of fifty lost: {stats:?}");
    assert_eq!(stats.lost, 24);
    assert!(most <= 60.0, "{most} ms");
}

#[test]
fn sequences_may_wrap() {
    let mut listener = Listener::to(noise);
    listener.sequences_from = u16::MAX - 20;
    listener.listen(talk(0..50, |_| 30_000), SECOND, |_, _, _| {});
    let after = listener.heard_after(noise, SECOND / 2).unwrap();
    for at in after + 240..listener.index(SECOND) {
        assert_eq!(listener.heard[at], noise((at - after) as u64), "sample {at}");
    }
    assert_eq!(listener.stats().lost, 0);
}

#[test]
fn silence_between_spurts_is_no_loss_and_each_begins_with_the_delay_of_the_last() {
    // Two seconds of talk, one to thirty of silence; the spurt ends in the middle of a vowel, without a word.
    let mut frames = Vec::new();
    let mut first = 0;
    for pause in [50, 100, 1_500, 60, 50, 200, 50] {
        frames.extend(talk(first..first + 100, bundled));
        first += 100 + pause;
    }
    let mut listener = Listener::to(tone);
    let mut was = false;
    let mut begins = Vec::new();
    let until = spoken(first, 0.0);
    listener.listen(frames, until, |_, played, stats| {
        if played.speaking && !was {
            begins.push((stats.delay_ms, stats.target_ms));
        }
        was = played.speaking;
    });
    let stats = listener.stats();
    println!("spurts begin with {begins:?}, {stats:?}");
    assert_eq!(begins.len(), 7);
    for (delay, target) in &begins[1..] {
        assert!(
            (*target..*target + 20.0).contains(delay),
            "{delay} ms for {target}"
        );
    }
    assert_eq!(
        (stats.lost, stats.concealed, stats.late, stats.received),
        (0, 0, 0, 700)
    );
    assert!(stats.delay_ms <= stats.target_ms + 20.0);
    // It fades in 100 ms. A second later there is nothing at all, and on the way there no step that the vowel does not have itself.
    let end = listener.index(spoken(100, 0.0) + 1_000_000);
    let faint = (0..end).rev().find(|at| listener.heard[*at].abs() > 0.1).unwrap();
    let loud = (0..end).rev().find(|at| listener.heard[*at].abs() > 0.4).unwrap();
    assert!((1_000..4_000).contains(&(faint - loud)), "from {loud} to {faint}");
    assert!(listener.heard[end..end + 480].iter().all(|sample| *sample == 0.0));
    let step = max_step(&listener.heard[..end]);
    assert!(
        step < 2.0 * max_step(&(0..480).map(tone).collect::<Vec<_>>()),
        "{step}"
    );
}

#[test]
fn who_says_that_they_fall_silent_is_silent_at_once() {
    let mut listener = Listener::to(tone);
    let mut spoke = 0;
    let mut count = |played: Played| spoke += usize::from(played.speaking);
    listener.listen(talk(0..30, |_| 30_000), 640_000, |_, played, _| count(played));
    let at = Duration::from_micros(650_000);
    listener.playout.receive(Sequence(30), false, &[0], at);
    listener.listen(Vec::new(), 2 * SECOND, |_, played, _| count(played));
    // 600 ms, and 20 in which it fades.
    assert_eq!(spoke, 62, "blocks of 10 ms");
    assert_eq!(listener.stats().concealed, 0);
    assert!(max_step(&listener.heard) < 0.03);
}

fn max_step(samples: &[f32]) -> f32 {
    samples
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f32::max)
}

#[test]
fn nothing_clicks_where_talk_breaks_off_and_comes_back() {
    let mut frames = talk(0..500, |_| 30_000);
    // Gaps of 1 to 30 frames, all unmarked.
    let mut gaps = Vec::new();
    let mut at = 40;
    for length in [1, 2, 3, 4, 5, 7, 10, 20, 30] {
        gaps.push(at..at + length);
        at += length + 20;
    }
    frames.retain(|frame| !gaps.iter().any(|gap| gap.contains(&frame.number)));
    for recover in [false, true] {
        let mut listener = Listener::new(odd_tone, Settings { recover, adapt: true });
        listener.listen(frames.clone(), 10 * SECOND, |_, _, _| {});
        let usual = max_step(&(0..480).map(tone).collect::<Vec<_>>());
        let step = max_step(&listener.heard);
        println!("gaps: a step of {step}, usual {usual}; {:?}", listener.stats());
        assert!(step <= 2.0 * usual, "a step of {step}, usual are {usual}");
    }
}

#[test]
fn a_tone_stays_as_high_while_it_is_played_5_percent_faster() {
    let usual = max_step(&(0..480).map(tone).collect::<Vec<_>>());
    let mut listener = Listener::to(tone);
    let (from, until) = (spoken(280, 0.0), spoken(330, 0.0));
    let mut left_out = 0.0;
    listener.listen(talk(0..400, held_up), until, |at, _, stats| {
        if at <= from as f64 {
            left_out = -stats.shortened_ms;
        }
    });
    left_out += listener.stats().shortened_ms;
    assert!((40.0..=70.0).contains(&left_out), "{left_out} ms in a second");
    let from = listener.index(from);
    let heard = &listener.heard[from..from + 48_000];
    let crossings: Vec<f64> = (1..heard.len())
        .filter(|at| heard[at - 1] < 0.0 && heard[*at] >= 0.0)
        .map(|at| at as f64 - f64::from(heard[at] / (heard[at] - heard[at - 1])))
        .collect();
    let periods = (crossings.len() - 1) as f64;
    let hz = 48_000.0 * periods / (crossings[crossings.len() - 1] - crossings[0]);
    println!(
        "{left_out} ms left out in a second, {hz} Hz, steps of {} (usual {usual})",
        max_step(heard)
    );
    assert!((hz / 200.0 - 1.0).abs() < 0.005, "{hz} Hz");
    assert!(max_step(heard) <= 2.0 * usual);
}

#[test]
fn another_session_of_the_talker_is_followed_after_a_few_frames() {
    for other in [30_000_u16, 100, 65_000, 190, 240, 65_496] {
        for begins in [false, true] {
            let mut listener = Listener::to(noise);
            listener.listen(talk(0..200, |_| 30_000), 4 * SECOND, |_, _, _| {});
            listener.sequences_from = other;
            let mut frames = talk(200..400, |_| 30_000);
            frames[0].begins = begins;
            listener.listen(frames, 6 * SECOND, |_, _, _| {});
            // What was heard just before is not heard again: a second, if that is where it begins.
            let just_before = other == 65_496;
            let until = 4 * SECOND + if just_before { SECOND } else { SECOND / 2 };
            let after = listener.heard_after(noise, until);
            assert!(after.is_some(), "{other}, {begins}: {:?}", listener.stats());
            let far = (1_000..64_000).contains(&other);
            if begins && far {
                let first = 200 * FRAME_SAMPLES + 500;
                let heard = listener.heard[first + after.unwrap()];
                assert_eq!(heard, noise(first as u64), "{other}: none of it was missed");
            }
        }
    }
}

#[test]
fn another_session_is_not_mixed_with_what_was_kept_of_the_last() {
    let mut listener = Listener::to(noise);
    listener.listen(talk(0..200, |_| 30_000), 4 * SECOND, |_, _, _| {});
    // It counts from a hundred before, and what was there when that is reached again is of the last one.
    listener.sequences_from = 65_436;
    let mut frames = talk(200..400, |_| 30_000);
    frames.retain(|frame| frame.number != 220);
    listener.listen(frames, 8 * SECOND - 100_000, |_, _, _| {});
    let after = listener.heard_after(noise, 7 * SECOND).unwrap();
    for at in listener.index(5 * SECOND)..listener.index(7 * SECOND) {
        assert_eq!(listener.heard[at], noise((at - after) as u64), "sample {at}");
    }
    assert_eq!(listener.stats().lost, 1);
}

#[test]
fn strays_among_talk_change_nothing() {
    let mut listener = Listener::to(noise);
    for number in 0..100 {
        for frame in talk(number..number + 1, |_| 0) {
            listener.receive(OnItsWay {
                begins: number == 0,
                ..frame
            });
            listener.now = frame.at as f64;
        }
        if number % 5 == 3 {
            let at = Duration::from_micros(listener.now as u64);
            let stray = Sequence(20_000 + number as u16);
            listener.playout.receive(stray, false, &7_u64.to_le_bytes(), at);
        }
        listener.play();
        listener.play();
    }
    let stats = listener.stats();
    assert_eq!(
        (stats.received, stats.lost, stats.concealed),
        (100, 0, 0),
        "{stats:?}"
    );
}

#[test]
fn the_first_frames_of_talk_may_come_in_the_wrong_order() {
    let mut listener = Listener::to(noise);
    let frames = talk(0..60, |number| [80_000, 55_000, 30_000][number.min(2) as usize]);
    listener.listen(frames, SECOND, |_, _, _| {});
    let after = listener.heard_after(noise, SECOND / 2).unwrap();
    for at in after + 240..listener.index(SECOND / 2) {
        assert_eq!(listener.heard[at], noise((at - after) as u64), "sample {at}");
    }
}

#[test]
fn only_what_is_missing_within_talk_is_lost() {
    // (frames that never come, whether talk begins after them, lost): a pause, a long one, …
    for (gap, begins, lost) in [
        (2, true, 0),
        (10, true, 0),
        (100, true, 0),
        (10, false, 10),
        (100, false, 0),
    ] {
        for adapt in [true, false] {
            let mut listener = Listener::new(odd_tone, Settings { recover: true, adapt });
            let mut frames = talk(0..50, |_| 30_000);
            let mut rest = talk(50 + gap..150 + gap, |_| 30_000);
            rest[0].begins = begins;
            frames.append(&mut rest);
            listener.listen(frames, spoken(140 + gap, 0.0), |_, _, _| {});
            let stats = listener.stats();
            let case = format!("{gap} frames, {begins}, {adapt}: {stats:?}");
            assert_eq!(stats.lost, lost, "{case}");
            assert_eq!(stats.concealed, if lost > 0 { 5 } else { 0 }, "{case}");
        }
    }
}

#[test]
fn what_is_missing_in_a_burst_is_not_made_up_while_too_much_is_waiting() {
    let mut frames = talk(0..400, held_up);
    frames.retain(|frame| !(255..260).contains(&frame.number));
    let mut listener = Listener::to(odd_tone);
    listener.listen(frames, 7 * SECOND, |_, _, _| {});
    let stats = listener.stats();
    // 5 until it comes, and the last out of the one after it.
    assert_eq!(
        (stats.lost, stats.recovered, stats.concealed),
        (5, 1, 5),
        "{stats:?}"
    );
}

#[test]
fn who_was_quiet_last_is_silent_at_once() {
    let mut listener = Listener::to(words);
    let mut spoke = 0;
    // Two words, and 60 of the 100 ms after the second.
    let frames = talk(0..38, |_| 30_000);
    listener.listen(frames, 2 * SECOND, |_, played, _| {
        spoke += usize::from(played.speaking)
    });
    assert_eq!(spoke, 2 * (38 + 1), "blocks of 10 ms");
}

#[test]
fn frames_come_twice_and_in_any_order_and_are_heard_once() {
    let mut frames = talk(0..100, |number| 30_000 + (number as i64 % 3) * 25_000);
    frames.extend(talk(0..100, |_| 80_000));
    frames.extend(talk(100..110, |_| 30_000));
    frames
        .iter_mut()
        .for_each(|frame| frame.begins = frame.number == 0);
    let mut listener = Listener::new(
        noise,
        Settings {
            recover: true,
            adapt: false,
        },
    );
    listener.listen(frames, 2 * SECOND, |_, _, _| {});
    let stats = listener.stats();
    assert!((95..=100).contains(&stats.received), "{stats:?}");
    assert_eq!((stats.lost, stats.concealed), (0, 0), "{stats:?}");
    let after = listener.heard_after(noise, SECOND).unwrap();
    for at in after + 240..listener.index(2 * SECOND) {
        assert_eq!(listener.heard[at], noise((at - after) as u64), "sample {at}");
    }
}

#[test]
fn a_clock_that_leaps_is_got_over() {
    for leap in [-5.0e6, -0.7e6, -0.05e6, 0.05e6, 0.7e6, 5.0e6, 3_600.0e6] {
        let mut listener = Listener::to(words);
        listener.now = 10e6;
        let mut number = 0;
        let (mut spoke, mut blocks) = (0, 0);
        for at in 0..1_000 {
            if at == 300 {
                listener.now += leap;
            }
            if at % 2 == 0 {
                listener.receive(OnItsWay {
                    at: listener.now as i64,
                    number,
                    begins: number == 0,
                });
                number += 1;
            }
            let played = listener.play();
            if at >= 400 {
                blocks += 1;
                spoke += usize::from(played.speaking);
            }
        }
        let stats = listener.stats();
        println!("a leap of {} s: {stats:?}", leap / 1e6);
        assert_eq!(spoke, blocks, "silent a second after a leap of {leap}: {stats:?}");
        assert!(stats.delay_ms < 160.0, "{stats:?}");
        assert!(stats.lengthened_ms < 10.0 || leap.abs() < 1e6, "{stats:?}");
    }
}

#[test]
fn a_device_that_slept_does_not_play_what_is_old() {
    let mut listener = Listener::to(noise);
    listener.listen(talk(0..100, |_| 30_000), 2 * SECOND, |_, _, _| {});
    for frame in talk(100..2_000, |_| 30_000) {
        listener.receive(frame);
    }
    listener.now = 41e6;
    let played = (0..50).filter(|_| listener.play().speaking).count();
    assert!(
        played <= 4,
        "{played} blocks of what was said before the device slept"
    );
}

#[test]
fn a_device_that_stood_still_for_a_moment_catches_up_without_a_click() {
    let mut listener = Listener::to(odd_tone);
    let frames = talk(0..300, |_| 30_000);
    let (before, after) = frames.split_at(130);
    listener.listen(before.to_vec(), spoken(129, 0.0), |_, _, _| {});
    listener.now += 500_000.0;
    listener.listen(after.to_vec(), spoken(290, 0.0), |_, _, _| {});
    let stats = listener.stats();
    println!("stood still: {stats:?}");
    assert!(
        stats.cut > 10 && stats.delay_ms <= stats.target_ms + 20.0,
        "{stats:?}"
    );
    let usual = max_step(&(0..480).map(odd_tone).collect::<Vec<_>>());
    let step = max_step(&listener.heard);
    assert!(step <= 2.0 * usual, "a step of {step}, usual are {usual}");
}

#[test]
fn without_adaptation_frames_wait_60_ms_and_nothing_is_stretched() {
    let fixed = Settings {
        recover: true,
        adapt: false,
    };
    let spiky = |number| 30_000 + if number % 100 < 5 { 90_000 } else { 0 };
    let mut listener = Listener::new(tone, fixed);
    let (mut least, mut most) = (f32::MAX, f32::MIN);
    listener.listen(talk(0..1_000, spiky), 20 * SECOND, |_, _, stats| {
        least = least.min(stats.delay_ms);
        assert_eq!(stats.target_ms, 60.0);
        most = most.max(stats.delay_ms);
    });
    let stats = listener.stats();
    println!("not adapted, spikes: {stats:?}");
    // 90 ms are too late: of every five all but the last, of which the next one tells.
    assert!(stats.late >= 30 && stats.concealed >= 20, "{stats:?}");
    assert!(least >= 50.0 && most <= 80.0, "{least} to {most} ms");
    let mut listener = Listener::new(tone, fixed);
    listener.listen(talk(0..750, held_up), 15 * SECOND, |_, _, _| {});
    let stats = listener.stats();
    println!("not adapted, a burst: {stats:?}");
    assert!(stats.lost >= 10 && stats.delay_ms <= 80.0, "{stats:?}");
    assert_eq!(
        (stats.shortened_ms, stats.lengthened_ms, stats.cut),
        (0.0, 0.0, 0)
    );
}

#[test]
fn how_loud_it_is_can_be_seen() {
    let mut listener = Listener::to(tone);
    assert_eq!(listener.play(), Played::default());
    let mut loudest = Played::default();
    listener.listen(talk(0..20, |_| 30_000), SECOND / 2, |_, played, _| {
        if played.level > loudest.level {
            loudest = played;
        }
    });
    assert!(
        loudest.speaking && (loudest.level - 0.5 / 2.0_f32.sqrt()).abs() < 0.01,
        "{loudest:?}"
    );
}
