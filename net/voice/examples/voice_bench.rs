//! What voice costs a host, a talker and a listener, on one core: who hears whom for 64 people of whom 8 talk, and for 200 and
//! 400 of whom 20 do, a bundle read and written, 20 ms of a microphone, 20 ms decoded, twelve talkers decoded and mixed. One
//! line of JSON.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and says what it measured"
)]

use core::time::Duration;
use holm_voice::codec::{Decode, Decoder, Encoder, Samples};
use holm_voice::frame::{Bundle, Bundler, Flags, Frame, Reach, Sequence};
use holm_voice::hearing::{Hearing, Person, Talk};
use holm_voice::playout::{self, Playout};
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

/// Twelve talkers through their jitter buffers, mixed into two ears as a device asks for it, 10 ms at a time: the share of a core.
fn twelve(payloads: &[Vec<u8>]) -> Result<f64, Failure> {
    const BLOCK: Duration = Duration::from_millis(10);
    let mut talkers = Vec::new();
    for _ in 0..12 {
        talkers.push(Playout::new(Decoder::new()?, playout::Settings::default()));
    }
    let mut out = vec![0.0_f32; FRAME_SAMPLES / 2];
    let mut ears = [[0.0_f32; 2]; FRAME_SAMPLES / 2];
    let mut now = Duration::from_secs(1);
    let mut spoken = 0;
    let begun = Instant::now();
    for at in 0..payloads.len() {
        for (number, talker) in talkers.iter_mut().enumerate() {
            let payload = &payloads[(at + number * payloads.len() / 12) % payloads.len()];
            talker.receive(Sequence(at as u16), at == 0, payload, now);
        }
        for _ in 0..2 {
            ears.fill([0.0; 2]);
            for (number, talker) in talkers.iter_mut().enumerate() {
                let played = talker.play(&mut out, now);
                spoken += u32::from(played.speaking);
                let right = number as f32 / 11.0;
                for (ear, sample) in ears.iter_mut().zip(&out) {
                    ear[0] += sample * (1.0 - right);
                    ear[1] += sample * right;
                }
            }
            black_box(&ears);
            now += BLOCK;
        }
    }
    let took = begun.elapsed().as_secs_f64();
    if spoken < payloads.len() as u32 * 12 {
        return Err(format!("of twelve talkers {spoken} blocks were talk").into());
    }
    Ok(took / (payloads.len() as f64 / 50.0))
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
    let full = hearing(400, 20, 100.0);

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

    let mixed = twelve(&payloads)?;

    println!(
        "{{\"hearing_us\":{{\"64_people_8_talk\":{small:.1},\"200_people_20_talk\":{large:.1},\"200_in_10_m_20_talk\":{packed:.1},\
         \"400_people_20_talk\":{full:.1}}},\"twelve_heard_core\":{mixed:.4},\
         \"talker_us_a_frame\":{talked:.1},\"muted_us_a_frame\":{heard:.1},\"decoder_us_a_frame\":{decoded:.1},\
         \"bundle_read_and_written_us\":{passed_on:.2}}}"
    );
    Ok(())
}
