//! What voice costs a host and a talker, on one core: who hears whom for 64 people of whom 8 talk and for 200 of whom 20 do,
//! a bundle read and written, 20 ms of a microphone, 20 ms decoded. One line of JSON.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and says what it measured"
)]

use holm_voice::codec::{Decode, Decoder, Encoder, Samples};
use holm_voice::frame::{Bundle, Bundler, Flags, Frame, Reach, Sequence};
use holm_voice::hearing::{Hearing, Person, Talk};
use holm_voice::talker::{Mode, Settings, Talker};
use holm_voice::{FRAME_SAMPLES, RATE_HZ};
use std::hint::black_box;
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

/// Microseconds a turn, the best of some.
fn best(turns: u32, mut work: impl FnMut(u32)) -> f64 {
    (0..7)
        .map(|_| {
            let begun = Instant::now();
            for turn in 0..turns {
                work(turn);
            }
            begun.elapsed().as_secs_f64() * 1e6 / f64::from(turns)
        })
        .fold(f64::INFINITY, f64::min)
}

/// A square of people who walk about, `talking` of whom talk, some of them loudly.
fn hearing(people: u16, talking: u16, metres: f32) -> f64 {
    let blocked: Vec<u16> = (0..8).collect();
    let mut hearing = Hearing::new();
    let mut crowd: Vec<Person<'_>> = (0..people)
        .map(|slot| {
            let along = f32::from(slot) * 0.618_034;
            let mut person = Person::at(
                slot,
                [along.fract() * metres, 0.0, (along * 7.3).fract() * metres],
            );
            person.talk = (slot < talking).then_some(Talk {
                reach: if slot % 5 == 4 {
                    Reach::Shout
                } else {
                    Reach::Normal
                },
                level: (slot % 16) as u8,
                ..Talk::default()
            });
            person.mutes = if slot % 10 == 9 { &blocked } else { &[] };
            person
        })
        .collect();
    best(500, |turn| {
        for (at, person) in crowd.iter_mut().enumerate() {
            person.position[0] += if (turn as usize + at) % 40 < 20 {
                0.05
            } else {
                -0.05
            };
        }
        hearing.update(black_box(&crowd));
        black_box(hearing.heard_by(3));
    })
}

fn voice(seconds: usize) -> Vec<f32> {
    (0..seconds * RATE_HZ as usize)
        .map(|i| {
            let time = i as f32 / RATE_HZ as f32;
            let word = (std::f32::consts::TAU * 2.3 * time).sin().max(0.0);
            let pitch = std::f32::consts::TAU * (120.0 * time + 2.0 * (3.0 * time).sin());
            0.1 * word
                * (pitch.sin()
                    + 0.7 * (2.0 * pitch).sin()
                    + 0.5 * (5.0 * pitch).sin()
                    + 0.3 * (21.0 * pitch).sin())
        })
        .collect()
}

fn main() -> Result<(), Failure> {
    let small = hearing(64, 8, 60.0);
    let large = hearing(200, 20, 100.0);
    let packed = hearing(200, 20, 10.0);

    let settings = Settings {
        mode: Mode::OpenMic,
        ..Settings::default()
    };
    let sound = voice(10);
    let mut talker = Talker::new(Encoder::new()?, settings);
    let mut payloads = Vec::new();
    let begun = Instant::now();
    for samples in sound.chunks(FRAME_SAMPLES) {
        talker.hear(samples, |frame| payloads.push(frame.payload().to_vec()));
    }
    let talked = begun.elapsed().as_secs_f64() * 1e6 / (sound.len() / FRAME_SAMPLES) as f64;

    let mut muted = Talker::new(Encoder::new()?, Settings::default());
    let heard = best(1, |_| muted.hear(&sound, |_| {})) / (sound.len() / FRAME_SAMPLES) as f64;

    let mut decoder = Decoder::new()?;
    let mut frame: Samples = [0.0; FRAME_SAMPLES];
    let decoded = best(1, |_| {
        for payload in &payloads {
            let _ = decoder.decode(black_box(payload), &mut frame);
        }
    }) / payloads.len() as f64;

    let mut bundler = Bundler::new();
    for at in 0..3 {
        let frame = Frame::new(Sequence(at), Flags::default(), 5, &[7; 62]).ok_or("no frame")?;
        bundler.put(&frame);
    }
    let mut bytes = Vec::new();
    bundler.take().ok_or("no bundle")?.write_to_host(&mut bytes);
    let mut out = Vec::with_capacity(300);
    let passed_on = best(10_000, |_| {
        if let Ok((bundle, _)) = Bundle::read_to_host(black_box(&bytes)) {
            out.clear();
            bundle.write_to_guest(300, &mut out);
        }
        black_box(&out);
    });

    println!(
        "{{\"hearing_us\":{{\"64_people_8_talk\":{small:.1},\"200_people_20_talk\":{large:.1},\"200_in_10_m_20_talk\":{packed:.1}}},\
         \"talker_us_a_frame\":{talked:.1},\"muted_us_a_frame\":{heard:.1},\"decoder_us_a_frame\":{decoded:.1},\
         \"bundle_read_and_written_us\":{passed_on:.2}}}"
    );
    Ok(())
}
