//! A microphone that somebody speaks into: what goes and what does not.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "codec/measure.rs"]
#[allow(dead_code, reason = "the codec's tests use the rest")]
mod measure;
#[path = "codec/speech.rs"]
mod speech;

use holm_voice::codec::{self, CodecError, Decode, Encode, MAX_PAYLOAD, Samples};
use holm_voice::frame::{Bundler, Frame, Reach};
use holm_voice::talker::{Mode, SILENCE, Settings, Talker};
use holm_voice::{FRAME_SAMPLES, FRAMES_HZ, RATE_HZ};
use measure::Dice;
use std::sync::{Arc, Mutex};

const OPEN: Settings = Settings {
    mode: Mode::OpenMic,
    reach: Reach::Normal,
    automatic_gain: false,
};

const HELD: Settings = Settings {
    mode: Mode::PushToTalk,
    ..OPEN
};
const EVEN: Settings = Settings {
    automatic_gain: true,
    ..OPEN
};

/// A codec that keeps what it was given, and says which it was: payloads of three bytes.
#[derive(Clone, Default)]
struct Kept {
    frames: Arc<Mutex<Vec<Samples>>>,
    told: Arc<Mutex<Vec<(u32, u8)>>>,
}

impl Kept {
    fn of(&self, frame: &Frame) -> Samples {
        let [low, high, _] = *frame.payload() else {
            panic!("{frame:?} is no frame of this codec");
        };
        self.frames.lock().unwrap()[usize::from(u16::from_le_bytes([low, high]))]
    }
}

impl Encode for Kept {
    fn encode(&mut self, samples: &Samples, out: &mut [u8; MAX_PAYLOAD]) -> Result<usize, CodecError> {
        let mut frames = self.frames.lock().unwrap();
        if samples.iter().all(|sample| *sample == 0.0) {
            out[0] = 8;
            return Ok(1);
        }
        let [low, high] = (frames.len() as u16).to_le_bytes();
        out[..3].copy_from_slice(&[low, high, 0]);
        frames.push(*samples);
        Ok(3)
    }

    fn adapt(&mut self, bits_per_sec: u32, loss_percent: u8) {
        self.told.lock().unwrap().push((bits_per_sec, loss_percent));
    }
}

fn secs(seconds: f32) -> usize {
    (seconds * RATE_HZ as f32) as usize
}

/// Noise of a room, dB of full scale.
fn noise(seconds: f32, db: f32) -> Vec<f32> {
    let mut dice = Dice(5);
    let height = 10_f32.powf(db / 20.0) * 3_f32.sqrt();
    (0..secs(seconds))
        .map(|_| height * (dice.below(20_001) as f32 / 10_000.0 - 1.0))
        .collect()
}

fn man() -> Vec<f32> {
    speech::man().as_flattened().to_vec()
}

fn woman() -> Vec<f32> {
    speech::woman().as_flattened().to_vec()
}

/// Sounds one after the other, in a quiet room.
fn room(sounds: &[Vec<f32>]) -> Vec<f32> {
    let all = sounds.concat();
    let room = noise(all.len() as f32 / RATE_HZ as f32 + 0.1, -65.0);
    all.iter().zip(room).map(|(a, b)| a + b).collect()
}

fn hear<E: Encode>(talker: &mut Talker<E>, samples: &[f32]) -> Vec<Frame> {
    let mut frames = Vec::new();
    for some in samples.chunks(441) {
        talker.hear(some, |frame| frames.push(*frame));
    }
    frames
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
}

fn db(samples: &[f32]) -> f32 {
    20.0 * rms(samples).log10()
}

/// Mean loudness of the frames that are not soft, dB.
fn speech_db(samples: &[f32]) -> f32 {
    let loud: Vec<f32> = samples
        .chunks_exact(FRAME_SAMPLES)
        .map(rms)
        .map(|rms| rms * rms)
        .collect();
    let most = loud.iter().copied().fold(0.0, f32::max);
    let loud: Vec<f32> = loud.into_iter().filter(|power| *power > most * 0.03).collect();
    10.0 * (loud.iter().sum::<f32>() / loud.len() as f32).log10()
}

fn sequences(frames: &[Frame]) -> Vec<u16> {
    frames.iter().map(|frame| frame.sequence.0).collect()
}

fn begins(frames: &[Frame]) -> Vec<u16> {
    sequences(
        &frames
            .iter()
            .copied()
            .filter(|frame| frame.flags.begins)
            .collect::<Vec<_>>(),
    )
}

#[test]
fn silence_and_a_room_and_a_fan_send_nothing() {
    for (what, sound, settled) in [
        ("nothing", vec![0.0; secs(20.0)], 0.0),
        ("a room", noise(20.0, -60.0), 0.0),
        ("a fan", noise(20.0, -42.0), 4.5), // it must run for a while before it is known for one
    ] {
        let mut talker = Talker::new(codec::Encoder::new().unwrap(), OPEN);
        hear(&mut talker, &sound[..secs(settled)]);
        let bytes: usize = hear(&mut talker, &sound[secs(settled)..])
            .iter()
            .map(|f| f.payload().len())
            .sum();
        assert!(bytes <= 1, "{what}: {bytes} bytes");
    }
}

#[test]
fn silence_costs_under_two_kilobits_even_while_a_key_is_held() {
    let mut talker = Talker::new(codec::Encoder::new().unwrap(), HELD);
    talker.hold(true);
    hear(&mut talker, &man());
    let bytes: usize = hear(&mut talker, &vec![0.0; secs(10.0)])
        .iter()
        .map(|f| f.payload().len() + 2)
        .sum();
    assert!(bytes * 8 / 10 <= 2_000, "{} bit/s", bytes * 8 / 10);
}

#[test]
fn speech_goes_whole_and_stops_when_it_ends() {
    let kept = Kept::default();
    let mut talker = Talker::new(kept.clone(), OPEN);
    let man = man();
    let frames = hear(
        &mut talker,
        &room(&[vec![0.0; secs(1.0)], man.clone(), vec![0.0; secs(3.0)]]),
    );
    let first = frames[0].sequence.0;
    let last = frames.last().unwrap().sequence.0;
    // One spurt, without a hole.
    assert_eq!(begins(&frames), [first]);
    assert_eq!(sequences(&frames), (first..=last).collect::<Vec<_>>());
    // All of it: who speaks begins in the second frame after a second of silence.
    assert!((46..=51).contains(&first), "{first}");
    let ends = 50 + (man.len() / FRAME_SAMPLES) as u16;
    assert!((ends..ends + 22).contains(&last), "{last}, it ends at {ends}");
    assert_eq!(frames.last().unwrap().payload(), SILENCE);
    assert!(
        frames[..frames.len() - 1]
            .iter()
            .all(|frame| frame.payload().len() == 3)
    );
}

#[test]
fn the_first_sound_is_not_cut_off() {
    // A soft "f" or "s" of 80 ms comes before the vowel: 24 dB softer than speech is.
    let soft = noise(0.08, -44.0);
    for (who, said, from_db) in [
        ("he", man(), 0.0),
        ("she", woman(), 0.0),
        // Too soft to be noticed, and loud enough to be heard.
        (
            "after a breath",
            [noise(0.025, -59.0), man()[secs(0.02)..].to_vec()].concat(),
            0.0,
        ),
        ("he, softly", man(), -12.0),
        ("after a soft consonant", [soft.clone(), man()].concat(), 0.0),
        (
            "only the consonant and a vowel",
            [soft, man()[secs(0.02)..secs(0.3)].to_vec()].concat(),
            0.0,
        ),
    ] {
        let said: Vec<f32> = said.iter().map(|s| s * 10_f32.powf(from_db / 20.0)).collect();
        let sound = room(&[vec![0.0; secs(1.51)], said]);
        // The same through a microphone that is always heard.
        let whole = Kept::default();
        let mut always = Talker::new(whole.clone(), HELD);
        always.hold(true);
        hear(&mut always, &sound);
        let whole = whole.frames.lock().unwrap().clone();

        let kept = Kept::default();
        let frames = hear(&mut Talker::new(kept.clone(), OPEN), &sound);
        let first = usize::from(frames[0].sequence.0);
        let heard: Vec<Samples> = frames
            .iter()
            .filter(|f| f.payload().len() > 2)
            .map(|f| kept.of(f))
            .collect();
        // What goes is what was said at that time, from the first frame on…
        for (at, frame) in heard.iter().enumerate().take(20) {
            assert_eq!(frame, &whole[first + at], "{who}: frame {at}");
        }
        // …and before it there is nothing but the room.
        let before = whole[20..first]
            .iter()
            .map(|frame| db(frame))
            .fold(f32::NEG_INFINITY, f32::max);
        assert!(before < -60.0, "{who}: {before} dB before frame {first}");
    }
}

#[test]
fn the_first_word_is_the_same_after_the_codec() {
    let mut talker = Talker::new(codec::Encoder::new().unwrap(), OPEN);
    let sound = room(&[vec![0.0; secs(1.0)], woman()]);
    let frames = hear(&mut talker, &sound);
    let mut decoder = codec::Decoder::new().unwrap();
    let mut heard = vec![0.0; sound.len() + FRAME_SAMPLES];
    for frame in &frames {
        let mut samples = [0.0; FRAME_SAMPLES];
        decoder.decode(frame.payload(), &mut samples).unwrap();
        heard[usize::from(frame.sequence.0) * FRAME_SAMPLES..][..FRAME_SAMPLES].copy_from_slice(&samples);
    }
    // The first 150 ms, wherever they lie best.
    let start = secs(1.02);
    let said = &sound[start..start + secs(0.15)];
    let likeness = |delay: usize| {
        let there = &heard[start + delay..][..said.len()];
        let both: f32 = said.iter().zip(there).map(|(a, b)| a * b).sum();
        both / (rms(said) * rms(there) * said.len() as f32 + 1e-9)
    };
    let best = (0..960)
        .max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))
        .unwrap();
    assert!((270..330).contains(&best), "{best}"); // the codec's own delay is 312, and our filter's is a little less than none
    assert!(likeness(best) > 0.7, "{}", likeness(best)); // 0.77: a "t" is noise, and another after the codec
}

#[test]
fn every_twenty_milliseconds_have_a_number() {
    let mut talker = Talker::new(Kept::default(), OPEN);
    let pause = vec![0.0; secs(2.0)];
    let frames = hear(
        &mut talker,
        &room(&[pause.clone(), man(), pause.clone(), woman(), pause]),
    );
    let [first, second] = begins(&frames)[..] else {
        panic!("{:?}", begins(&frames));
    };
    let apart = (man().len() + secs(2.0)) / FRAME_SAMPLES;
    assert!(
        usize::from(second - first).abs_diff(apart) <= 2,
        "{first} {second} {apart}"
    );
}

#[test]
fn a_key_that_is_struck_is_no_speech() {
    let mut sound = room(&[vec![0.0; secs(3.0)]]);
    for at in [1.0, 1.5, 2.0] {
        for (i, sample) in sound[secs(at)..][..400].iter_mut().enumerate() {
            *sample += 0.4 * (i as f32 * 0.7).sin() * (-(i as f32) / 80.0).exp();
        }
    }
    assert_eq!(hear(&mut Talker::new(Kept::default(), OPEN), &sound), []);
}

#[test]
fn a_microphone_that_is_muted_sends_nothing_and_shows_that_it_hears() {
    let mut talker = Talker::new(Kept::default(), Settings::default());
    let mut meters = Vec::new();
    for samples in man()[..secs(1.0)].chunks(FRAME_SAMPLES) {
        assert_eq!(hear(&mut talker, samples), []);
        meters.push(talker.meter());
    }
    assert!(meters.iter().all(|meter| !meter.sending));
    assert!(
        meters
            .iter()
            .filter(|meter| meter.speech && meter.level > 5)
            .count()
            > 20,
        "{meters:?}"
    );
    // Nor, later, what it heard while it was muted.
    talker.set_settings(OPEN);
    let frames = hear(&mut talker, &man()[secs(1.0)..]);
    assert!(
        frames[0].sequence.0 >= 50 && frames[0].flags.begins,
        "{:?}",
        frames[0]
    );
    // Nor what it heard before that, as if it were of now.
    hear(&mut talker, &noise(2.0, -65.0));
    talker.set_settings(Settings::default());
    hear(&mut talker, &man()[..secs(1.0)]);
    talker.set_settings(OPEN);
    let unmuted = man().len() / FRAME_SAMPLES + 3 * FRAMES_HZ as usize;
    let frames = hear(&mut talker, &man()[secs(1.0)..secs(2.0)]);
    assert!(
        usize::from(frames[0].sequence.0) >= unmuted,
        "{} {unmuted}",
        frames[0].sequence.0
    );
    // And stops at once, with a word that it did.
    talker.set_settings(Settings::default());
    let after = hear(&mut talker, &man());
    assert_eq!(after.iter().map(Frame::payload).collect::<Vec<_>>(), [SILENCE]);
}

#[test]
fn a_key_that_is_held_says_when() {
    let kept = Kept::default();
    let mut talker = Talker::new(
        kept.clone(),
        Settings {
            mode: Mode::PushToTalk,
            reach: Reach::Shout,
            ..OPEN
        },
    );
    let sound = man();
    assert_eq!(hear(&mut talker, &sound[..secs(1.0)]), []);
    talker.hold(true);
    let frames = hear(&mut talker, &sound[secs(1.0)..secs(2.0)]);
    // What was said before is nobody's.
    assert_eq!(sequences(&frames), (50..100).collect::<Vec<_>>());
    assert_eq!(begins(&frames), [50]);
    assert!(
        frames
            .iter()
            .all(|frame| frame.flags.reach == Reach::Shout && !frame.flags.sealed)
    );
    talker.hold(false);
    let frames = hear(&mut talker, &sound[secs(2.0)..secs(3.5)]);
    let last = frames.last().unwrap();
    assert!((108..=111).contains(&last.sequence.0), "{last:?}");
    assert_eq!(last.payload(), SILENCE);
}

#[test]
fn a_run_of_silence_is_said_once_and_what_comes_after_it_begins() {
    let mut talker = Talker::new(Kept::default(), HELD);
    talker.hold(true);
    let tone: Vec<f32> = (0..FRAME_SAMPLES * 5)
        .map(|i| 0.1 * (i as f32 * 0.05).sin())
        .collect();
    let mut frames = hear(&mut talker, &tone);
    // So long that the filter has rung out.
    frames.extend(hear(&mut talker, &vec![0.0; FRAME_SAMPLES * 100]));
    frames.extend(hear(&mut talker, &tone));
    let silent: Vec<u16> = sequences(
        &frames
            .iter()
            .copied()
            .filter(|f| f.payload() == SILENCE)
            .collect::<Vec<_>>(),
    );
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert_eq!(begins(&frames), [0, 105]);
}

#[test]
fn a_soft_voice_and_a_loud_one_end_about_as_loud() {
    let of = |from_db: f32| {
        let kept = Kept::default();
        let mut talker = Talker::new(kept.clone(), EVEN);
        let quiet = vec![0.0; secs(0.5)];
        let said = [man(), quiet.clone(), woman(), quiet].concat();
        let factor = 10_f32.powf((from_db - speech_db(&said)) / 20.0);
        let said: Vec<f32> = said.iter().map(|s| s * factor).collect();
        hear(&mut talker, &said);
        let frames = hear(&mut talker, &said);
        let heard: Vec<f32> = frames
            .iter()
            .filter(|f| f.payload().len() > 2)
            .flat_map(|f| kept.of(f))
            .collect();
        assert!(heard.iter().all(|s| s.abs() < 1.0));
        (speech_db(&heard), talker.meter().gain_db)
    };
    for from in [-36.0, -28.0, -20.0, -12.0, -6.0] {
        let (loud, gain) = of(from);
        assert!((loud + 20.0).abs() < 2.5, "from {from}: {loud} dB by {gain} dB");
    }
    // There is an end to it.
    let (loud, gain) = of(-46.0);
    assert!(
        (17.0..=18.01).contains(&gain) && (-30.0..-26.0).contains(&loud),
        "{loud} dB by {gain} dB"
    );
}

#[test]
fn without_automatic_gain_a_voice_stays_as_it_is() {
    let kept = Kept::default();
    let said: Vec<f32> = man().iter().map(|s| s * 0.1).collect();
    let frames = hear(&mut Talker::new(kept.clone(), OPEN), &said);
    let heard: Vec<f32> = frames
        .iter()
        .filter(|f| f.payload().len() > 2)
        .flat_map(|f| kept.of(f))
        .collect();
    assert!((speech_db(&heard) - speech_db(&said)).abs() < 0.5);
}

#[test]
fn the_gain_rests_while_nobody_speaks() {
    let mut talker = Talker::new(Kept::default(), EVEN);
    // So short that the gain has a way to go.
    let said: Vec<f32> = man()[..secs(0.4)].iter().map(|s| s * 6.0).collect();
    hear(&mut talker, &said);
    hear(&mut talker, &noise(0.04, -70.0)); // the filter rings out
    let gain = talker.meter().gain_db;
    assert!((-6.0..-1.0).contains(&gain), "{gain}");
    hear(&mut talker, &noise(10.0, -70.0));
    assert_eq!(talker.meter().gain_db, gain);
}

#[test]
fn nothing_is_louder_than_full_scale_whatever_comes_in() {
    let kept = Kept::default();
    let mut talker = Talker::new(kept.clone(), EVEN);
    let soft: Vec<f32> = man().iter().map(|s| s * 0.02).collect();
    let loud: Vec<f32> = man().iter().map(|s| s * 20.0).collect();
    let square: Vec<f32> = (0..secs(1.0))
        .map(|i| if i / 100 % 2 == 0 { 1.0 } else { -1.0 })
        .collect();
    for sound in [&soft, &loud, &soft, &square] {
        hear(&mut talker, sound);
        assert!(talker.meter().peak <= 1.0);
    }
    let frames = kept.frames.lock().unwrap();
    assert!(frames.as_flattened().iter().all(|s| s.abs() <= 1.0));
    // And is not simply cut off: hardly anything lies at the very top.
    let top = frames.as_flattened().iter().filter(|s| s.abs() > 0.99).count();
    assert!(
        top * 200 < frames.as_flattened().len(),
        "{top} of {}",
        frames.as_flattened().len()
    );
}

#[test]
fn samples_that_are_no_numbers_do_no_harm_and_are_over_when_they_are() {
    let kept = Kept::default();
    let mut talker = Talker::new(kept.clone(), EVEN);
    for bad in [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN_POSITIVE / 2.0,
    ] {
        let mut sound = man();
        sound.truncate(secs(1.0));
        for sample in sound.iter_mut().step_by(7) {
            *sample = bad;
        }
        hear(&mut talker, &sound);
        hear(&mut talker, &vec![bad; secs(0.2)]);
    }
    assert!(
        kept.frames
            .lock()
            .unwrap()
            .as_flattened()
            .iter()
            .all(|s| s.abs() <= 1.0)
    );
    hear(&mut talker, &vec![0.0; secs(6.0)]);
    let sent = hear(&mut talker, &[man(), woman()].concat());
    assert!(sent.len() > 300, "{}", sent.len());
    let meter = talker.meter();
    assert!(meter.gain_db.is_finite() && meter.peak.is_finite());
}

#[test]
fn it_does_not_matter_in_how_many_pieces_samples_come() {
    let sound = room(&[vec![0.0; secs(0.5)], man()]);
    let by = |pieces: &[usize]| {
        let mut talker = Talker::new(codec::Encoder::new().unwrap(), OPEN);
        let (mut frames, mut rest) = (Vec::new(), &sound[..]);
        for len in pieces.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*len));
            talker.hear(now, |frame| frames.push(*frame));
            rest = later;
            if rest.is_empty() {
                return frames;
            }
        }
        frames
    };
    let whole = by(&[sound.len()]);
    assert!(whole.len() > 150);
    for pieces in [&[128][..], &[960], &[1, 5000, 0, 7], &[961, 959]] {
        assert_eq!(by(pieces), whole, "{pieces:?}");
    }
}

#[test]
fn loss_is_met_with_repeats_first_and_the_codec_hears_of_what_is_left() {
    let told = |loss: f32, budget: u32| {
        let kept = Kept::default();
        let mut talker = Talker::new(kept.clone(), OPEN);
        talker.adapt(loss, budget);
        let (bits, percent) = *kept.told.lock().unwrap().last().unwrap();
        (bits, percent, talker.repeat())
    };
    assert_eq!(told(0.0, 1_000_000), (32_000, 0, 0));
    assert_eq!(told(0.0, 25_440), (24_000, 0, 0));
    assert_eq!(told(0.0, 0), (16_000, 0, 0));
    assert_eq!(told(0.03, 1_000_000), (32_000, 2, 1));
    assert_eq!(told(0.10, 1_000_000), (32_000, 3, 2));
    assert_eq!(told(0.50, 1_000_000), (32_000, 30, 2));
    assert_eq!(told(0.10, 35_000), (18_288, 3, 2));
    assert_eq!(told(0.10, 25_440), (16_914, 6, 1)); // two would not leave enough for a voice
    assert_eq!(told(0.10, 20_000), (18_560, 10, 0));
    for strange in [f32::NAN, f32::INFINITY, -1.0] {
        assert_eq!(told(strange, 25_440), (24_000, 0, 0));
    }
    assert_eq!(told(7.0, 1_000_000), (32_000, 100, 2));
}

#[test]
fn repeats_take_the_bits_that_they_were_given() {
    for (loss, budget) in [(0.0, 25_440), (0.03, 40_000), (0.10, 45_000)] {
        let mut talker = Talker::new(codec::Encoder::new().unwrap(), OPEN);
        talker.adapt(loss, budget);
        let mut bundler = Bundler::new();
        bundler.set_repeat(talker.repeat());
        let (sound, mut bytes, mut datagrams) = ([man(), woman()].concat(), Vec::new(), 0);
        for tick in sound.chunks(RATE_HZ as usize / 20) {
            talker.hear(tick, |frame| bundler.put(frame));
            while let Some(bundle) = bundler.take() {
                bundle.write_to_host(&mut bytes);
                datagrams += 1;
            }
        }
        let a_second = bytes.len() as f32 * 8.0 * RATE_HZ as f32 / sound.len() as f32;
        assert!(
            (0.8..1.07).contains(&(a_second / budget as f32)),
            "{loss}: {a_second} of {budget}"
        );
        assert!(
            datagrams * FRAMES_HZ as usize / 20 <= 2 + sound.len() / FRAME_SAMPLES,
            "{datagrams}"
        );
    }
}
