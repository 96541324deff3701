//! Which Opus a page runs: `ropus` and `unsafe-libopus` held against libopus on recorded and spoken words: what each
//! encoder's words cost and sound like, what each decoder makes of the others' bytes, what a loss leaves and what repairs
//! it, what hostile bytes do, time.
//!
//! `cargo run --release -p holm-voice --example codecs --features compare -- all a.wav b.wav …` (16 bits, one channel);
//! `load`, `encode ropus` and `decode ropus` do one thing only, to be counted by callgrind.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and says what it measured"
)]

mod backends;
#[path = "../../tests/codec/measure.rs"]
mod measure;
mod wav;

/// The page's codec, out of the file that a page is built from.
#[allow(
    unreachable_pub,
    dead_code,
    reason = "it is public in its crate; its encoder has one complexity only"
)]
#[path = "../../src/codec"]
mod page {
    pub(crate) use holm_voice::codec::*;
    #[path = "web.rs"]
    pub(crate) mod opus;
}

use backends::{Backend, Opus, Settings};
use holm_voice::codec::{MAX_PAYLOAD, Samples};
use holm_voice::{FRAME_SAMPLES, FRAMES_HZ, RATE_HZ};
use measure::{Distance, snr_db};
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

const ALL: [Backend; 4] = [Backend::Libopus, Backend::Ropus, Backend::Page, Backend::Unsafe];
/// Those that encode in their own way.
const ENCODERS: [Backend; 3] = [Backend::Libopus, Backend::Ropus, Backend::Unsafe];
/// The encoder's and the resamplers' delay: what is heard is so many samples later.
const DELAY: usize = 312;

type Stream = Vec<Vec<u8>>;

fn encoded(backend: Backend, settings: Settings, sound: &[Samples]) -> Stream {
    let mut opus = Opus::new(backend, settings);
    let mut out = [0; MAX_PAYLOAD];
    sound
        .iter()
        .map(|frame| {
            let len = opus.encode(frame, &mut out);
            out[..len].to_vec()
        })
        .collect()
}

/// What a stream sounds like. Every `lost`th frame does not come: then it is said what is done instead.
fn decoded(backend: Backend, stream: &Stream, lost: Option<usize>, repair: bool) -> Vec<Samples> {
    let mut opus = Opus::new(backend, Settings::default());
    (0..stream.len())
        .map(|at| {
            let gone = lost.is_some_and(|every| at % every == every - 1);
            match stream.get(at + 1) {
                Some(next) if gone && repair => opus.decode(next, true),
                _ if gone => opus.decode(&[], false),
                _ => opus.decode(&stream[at], false),
            }
            .unwrap_or([0.0; FRAME_SAMPLES])
        })
        .collect()
}

fn sound_of(files: &[String]) -> Result<Vec<Vec<Samples>>, Failure> {
    files.iter().map(|file| wav::frames(file)).collect()
}

fn encoders(sounds: &[Vec<Samples>]) {
    println!("encoder          c loss kbit/s    |  B/s  mean  max  dtx% | fec%  bandwidth        | LSD dB");
    for (complexity, loss, bits) in [
        (8, 5, 24_000),
        (5, 5, 24_000),
        (5, 6, 24_000),
        (5, 10, 24_000),
        (8, 10, 24_000),
        (8, 20, 24_000),
        (8, 0, 24_000),
        (5, 5, 16_000),
        (5, 10, 16_000),
        (5, 5, 32_000),
        (5, 10, 32_000),
    ] {
        for backend in ENCODERS {
            let settings = Settings {
                bits,
                loss,
                complexity,
            };
            let (mut bytes, mut frames, mut max, mut dtx, mut fec) = (0, 0, 0, 0, 0);
            let mut modes = std::collections::BTreeMap::new();
            let mut distance = Distance::default();
            for sound in sounds {
                let stream = encoded(backend, settings, sound);
                for payload in &stream {
                    frames += 1;
                    max = max.max(payload.len());
                    if payload.len() <= 2 {
                        dtx += 1;
                        continue;
                    }
                    bytes += payload.len();
                    fec += usize::from(backends::has_fec(payload));
                    *modes.entry(backends::mode(payload)).or_insert(0) += 1;
                }
                distance.add(sound, &decoded(Backend::Libopus, &stream, None, false), DELAY);
            }
            let sent = (frames - dtx).max(1);
            println!(
                "{:15} {:2} {:4} {:6.1}    | {:5.0} {:5.1} {:4} {:5.1} | {:4.0}  {:16} | {:.2}",
                backend.name(),
                complexity,
                loss,
                bits as f32 / 1000.0,
                bytes as f32 * FRAMES_HZ as f32 / frames as f32,
                bytes as f32 / sent as f32,
                max,
                100.0 * dtx as f32 / frames as f32,
                100.0 * fec as f32 / sent as f32,
                modes
                    .iter()
                    .map(|(mode, count)| format!("{mode}:{:.0}%", 100.0 * *count as f32 / sent as f32))
                    .collect::<Vec<_>>()
                    .join(" "),
                distance.mean(|_| true),
            );
        }
    }
}

fn decoders(sounds: &[Vec<Samples>]) {
    println!(
        "\nstream of        by              | SNR against libopus: whole, 10 % gone and concealed, and repaired by FEC"
    );
    for writer in ENCODERS {
        for complexity in [8, 5] {
            let settings = Settings {
                complexity,
                loss: 10,
                bits: 24_000,
            };
            let streams: Vec<Stream> = sounds.iter().map(|s| encoded(writer, settings, s)).collect();
            for reader in ALL {
                let against = |lost, repair| {
                    let dbs = streams.iter().map(|stream| {
                        let truth = decoded(Backend::Libopus, stream, lost, repair);
                        snr_db(&truth, &decoded(reader, stream, lost, repair))
                    });
                    let dbs: Vec<f32> = dbs.collect();
                    let worst = dbs.iter().copied().fold(f32::INFINITY, f32::min);
                    format!(
                        "mean {:5.1} worst {:5.1}",
                        dbs.iter().sum::<f32>() / dbs.len() as f32,
                        worst
                    )
                };
                println!(
                    "{:13} c{} {:15} | {} | {} | {}",
                    writer.name(),
                    complexity,
                    reader.name(),
                    against(None, false),
                    against(Some(10), false),
                    against(Some(10), true)
                );
            }
        }
    }
}

/// How far lost frames of libopus' streams are from what they were: concealed, and repaired by what the next one says.
fn losses(sounds: &[Vec<Samples>]) {
    println!(
        "\nlost frames, every 10th     | LSD dB against the same stream without loss: concealed, repaired"
    );
    for backend in ALL {
        for (bits, loss) in [
            (24_000, 5),
            (24_000, 6),
            (24_000, 10),
            (24_000, 20),
            (16_000, 10),
            (32_000, 10),
        ] {
            let settings = Settings {
                complexity: 8,
                loss,
                bits,
            };
            let [mut concealed, mut repaired] = [Distance::default(), Distance::default()];
            let [mut from_concealed, mut from_repaired] = [Distance::default(), Distance::default()];
            for sound in sounds {
                let stream = encoded(Backend::Libopus, settings, sound);
                let whole = decoded(backend, &stream, None, false);
                let (without, with) = (
                    decoded(backend, &stream, Some(10), false),
                    decoded(backend, &stream, Some(10), true),
                );
                concealed.add(&whole, &without, 0);
                repaired.add(&whole, &with, 0);
                from_concealed.add(sound, &without, DELAY);
                from_repaired.add(sound, &with, DELAY);
            }
            let gone = |at: usize| at % 10 == 9;
            println!(
                "{:15} {:5.1} kbit/s {:2} % | lost frames {:5.2} {:5.2} | all against what was said {:5.2} {:5.2}",
                backend.name(),
                bits as f32 / 1000.0,
                loss,
                concealed.mean(gone),
                repaired.mean(gone),
                from_concealed.mean(|_| true),
                from_repaired.mean(|_| true),
            );
        }
    }
}

/// What is heard when whole datagrams of 2 and 3 frames in turn (20 Hz) are lost, at the same bits a second on the wire: spent on
/// the frames alone, on in-band FEC, on a repeat of the last one or two frames of the datagram before, on both.
fn bundles(sounds: &[Vec<Samples>]) {
    println!(
        "\nbundles of 2 and 3, bits on the wire | datagrams lost % | frames made up %  LSD dB against what was said"
    );
    for total in [24_000_f32, 32_000.0] {
        for (name, loss, repeat) in [
            ("plain", 0, 0_usize),
            ("FEC", 10, 0),
            ("repeat 1", 0, 1),
            ("repeat 1, FEC", 10, 1),
            ("repeat 2", 0, 2),
        ] {
            let settings = Settings {
                bits: (total / (1.0 + repeat as f32 / 2.5)) as u32,
                loss,
                complexity: 8,
            };
            print!(
                "{:4.0} kbit/s {name:14} {:5} a frame",
                total / 1000.0,
                settings.bits
            );
            for lost in [0, 2, 5, 10, 20] {
                let mut dice = measure::Dice(11);
                let (mut distance, mut made_up, mut all) = (Distance::default(), 0, 0);
                for sound in sounds {
                    let stream = encoded(Backend::Libopus, settings, sound);
                    // Frame n travels in datagram n·2/5, of the frames 0 1 | 2 3 4 | 5 6 | …
                    let datagrams: Vec<bool> = (0..=stream.len()).map(|_| dice.below(100) >= lost).collect();
                    let of = |at: usize| at * 2 / 5;
                    let here: Vec<bool> = (0..stream.len())
                        .map(|at| {
                            let last_ones = (at + repeat).min(stream.len() - 1);
                            datagrams[of(at)] || of(last_ones) != of(at) && datagrams[of(at) + 1]
                        })
                        .collect();
                    let mut opus = Opus::new(Backend::Libopus, settings);
                    let heard: Vec<Samples> = (0..stream.len())
                        .map(|at| {
                            let next = (here.get(at + 1) == Some(&true)).then(|| &stream[at + 1]);
                            all += 1;
                            let repaired = next.is_some_and(|next| backends::has_fec(next));
                            made_up += usize::from(!here[at] && !repaired);
                            match next {
                                _ if here[at] => opus.decode(&stream[at], false),
                                Some(next) => opus.decode(next, true),
                                None => opus.decode(&[], false),
                            }
                            .unwrap_or([0.0; FRAME_SAMPLES])
                        })
                        .collect();
                    distance.add(sound, &heard, DELAY);
                }
                print!(
                    " | {lost:2}: {:4.1} {:.2}",
                    100.0 * made_up as f32 / all as f32,
                    distance.mean(|_| true)
                );
            }
            println!();
        }
    }
}

fn hostile(sounds: &[Vec<Samples>]) {
    println!("\nhostile payloads            | panics, errors, frames, slowest µs");
    let settings = Settings::default();
    let streams: Vec<Stream> = sounds
        .iter()
        .map(|s| encoded(Backend::Libopus, settings, s))
        .collect();
    std::panic::set_hook(Box::new(|_| {}));
    for backend in ALL {
        let (mut panics, mut errors, mut frames, mut slowest) = (0, 0, 0, 0);
        let mut dice = measure::Dice(7);
        let mut opus = Opus::new(backend, settings);
        let mut where_ = std::collections::BTreeSet::new();
        for round in 0..400_000_u32 {
            let stream = &streams[dice.below(streams.len())];
            let mut payload = stream[dice.below(stream.len())].clone();
            match round % 4 {
                0 => {
                    payload = (0..dice.below(MAX_PAYLOAD))
                        .map(|_| dice.below(256) as u8)
                        .collect()
                }
                1 => payload.truncate(dice.below(payload.len() + 1)),
                2 if !payload.is_empty() => {
                    for _ in 0..1 + dice.below(4) {
                        let at = dice.below(payload.len());
                        payload[at] ^= 1 << dice.below(8);
                    }
                }
                _ => {}
            }
            let begun = Instant::now();
            let fec = dice.below(4) == 0;
            let result =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| opus.decode(&payload, fec)));
            slowest = slowest.max(begun.elapsed().as_micros());
            match result {
                Ok(Some(frame)) => {
                    frames += 1;
                    assert!(frame.iter().all(|s| s.is_finite()), "a sample that is no number");
                }
                Ok(None) => errors += 1,
                Err(what) => {
                    panics += 1;
                    where_.insert(what.downcast_ref::<String>().cloned().unwrap_or_default());
                    opus = Opus::new(backend, settings);
                }
            }
        }
        println!(
            "{:15} {panics} panics, {errors} errors, {frames} frames, slowest {slowest} µs {where_:?}",
            backend.name()
        );
    }
    let _ = std::panic::take_hook();
}

fn times(sounds: &[Vec<Samples>]) {
    println!("\ntime a frame, µs (best of 5)  | encode c8 loss 10, encode c5 loss 10, decode");
    let frames: usize = sounds.iter().map(Vec::len).sum();
    let best = |work: &dyn Fn()| {
        (0..5)
            .map(|_| {
                let begun = Instant::now();
                work();
                begun.elapsed().as_secs_f32() * 1e6 / frames as f32
            })
            .fold(f32::INFINITY, f32::min)
    };
    for backend in ALL {
        let with = |complexity| Settings {
            complexity,
            loss: 10,
            bits: 24_000,
        };
        let streams: Vec<Stream> = sounds
            .iter()
            .map(|s| encoded(Backend::Libopus, with(8), s))
            .collect();
        let encode = |complexity| {
            best(&|| {
                sounds
                    .iter()
                    .for_each(|s| drop(encoded(backend, with(complexity), s)))
            })
        };
        let decode = best(&|| {
            streams
                .iter()
                .for_each(|s| drop(decoded(backend, s, None, false)))
        });
        println!(
            "{:15} {:6.1} {:6.1} {:6.1}",
            backend.name(),
            encode(8),
            encode(5),
            decode
        );
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| ALL.into_iter().find(|backend| backend.name() == name);
    let settings = Settings {
        complexity: 5,
        loss: 10,
        bits: 24_000,
    };
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["load", ..] => println!("{} sounds", sound_of(&arguments[1..])?.len()),
        ["encode", name, ..] => {
            let backend = named(name).ok_or("no such codec")?;
            for sound in sound_of(&arguments[2..])? {
                println!("{} frames", encoded(backend, settings, &sound).len());
            }
        }
        ["decode", name, ..] => {
            let backend = named(name).ok_or("no such codec")?;
            for sound in sound_of(&arguments[2..])? {
                let stream = encoded(Backend::Libopus, settings, &sound);
                println!("{} frames", decoded(backend, &stream, None, false).len());
            }
        }
        [what, _, ..] => {
            let sounds = sound_of(&arguments[1..])?;
            let seconds = sounds.iter().map(Vec::len).sum::<usize>() * FRAME_SAMPLES / RATE_HZ as usize;
            println!("{} sounds, {seconds} s; {}", sounds.len(), backends::versions());
            for (name, work) in [
                ("encoders", encoders as fn(&[Vec<Samples>])),
                ("decoders", decoders),
                ("losses", losses),
                ("bundles", bundles),
                ("hostile", hostile),
                ("times", times),
            ] {
                if what == name || what == "all" {
                    work(&sounds);
                }
            }
        }
        _ => return Err("codecs all|encoders|decoders|losses|bundles|hostile|times|load a.wav …, codecs encode|decode NAME a.wav …".into()),
    }
    Ok(())
}
