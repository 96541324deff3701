//! How long a word takes from a mouth to an ear: two ends in real time, every 10 ms a block of a microphone and a block of
//! speakers, each on a thread of its own, and a game of 60 frames a second between them at both sides.
//!
//! What is in it: a microphone's block of 10 ms, what takes the noise out (10 ms), a frame of 20 ms, Opus' look-ahead, the
//! turns of both games, frames that leave in pairs as the session sends them (`WORTH_SENDING` of `holm_net`), the host that
//! passes them on at most every 20 ms, the jitter buffer with its decoder, and a speaker's block of 10 ms. What is not: the
//! session's own code and the network (`holm-net` stands above this crate: datagrams are bundles in a channel here), and
//! what a real card keeps of its own, some 10 to 20 ms.
//!
//! `cargo run --release -p holm-audio --example mouth_to_ear` prints median and 95th percentile, of each tenth of a second
//! of 30 s of speech by cross-correlation: as it is, without noise suppression, and if each frame left at once.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement, in real time"
)]

#[path = "../tests/voice/ends.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod ends;
#[path = "../../../net/voice/tests/codec/speech.rs"]
mod speech;

use ends::{BLOCK, BLOCK_SAMPLES, RATE_HZ, alike, settings};
use holm_audio::voice;
use holm_voice::frame::{Bundle, Bundler};
use holm_voice::talker::Mode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

const SECS: usize = 30;
/// A frame of the game.
const TURN: Duration = Duration::from_micros(16_667);
/// As in `holm_net`'s session: frames that are worth a datagram, and how far a host's datagrams are apart.
const WORTH_SENDING: usize = 2;
const FORWARD_EVERY: Duration = Duration::from_millis(20);

fn main() {
    let words = [speech::man(), speech::woman()].concat();
    let said: Vec<f32> = words
        .as_flattened()
        .iter()
        .copied()
        .cycle()
        .take(SECS * RATE_HZ as usize)
        .collect();
    for (without_noise, worth_sending) in [(true, WORTH_SENDING), (false, WORTH_SENDING), (true, 1)] {
        let heard = through(&said, without_noise, worth_sending);
        let (lags, alike) = alike(&said, &heard, RATE_HZ as usize / 3);
        let ms = |hundredths: usize| lags[lags.len() * hundredths / 100] as f32 / 48.0;
        println!(
            "noise {}, {worth_sending} frames a datagram: median {:.1} ms, 95 of 100 within {:.1} ms, {} tenths of a second, {alike:.2} alike",
            if without_noise { "taken out" } else { "left in" },
            ms(50),
            ms(95),
            lags.len(),
        );
    }
}

/// What is heard of it; both begin at the same moment.
fn through(said: &[f32], without_noise: bool, worth_sending: usize) -> Vec<f32> {
    let (mut capture, mut mouth) =
        voice::capture(RATE_HZ, 1, &settings(Mode::OpenMic, without_noise)).unwrap();
    let (mut ear, mut talk) = voice::talker().unwrap();
    let (to_host, at_host) = sync_channel::<Bundle>(64);
    let (to_guest, at_guest) = sync_channel::<Bundle>(64);
    let began = Instant::now() + Duration::from_millis(50);
    let ends = Duration::from_secs(SECS as u64);
    std::thread::scope(|threads| {
        // A microphone hands a block over when the last of it was heard.
        threads.spawn(move || {
            for (block, samples) in said.chunks(BLOCK_SAMPLES).enumerate() {
                wait(began + BLOCK * (block as u32 + 1));
                capture.hear(samples);
            }
        });
        threads.spawn(move || say(began, ends, worth_sending, &mut mouth, &to_host));
        threads.spawn(move || forward(began, ends, &at_host, &to_guest));
        threads.spawn(move || {
            let mut turn = began + TURN / 2;
            while turn < began + ends {
                wait(turn);
                while let Ok(bundle) = at_guest.try_recv() {
                    for frame in bundle.frames() {
                        talk.put(frame, turn - began);
                    }
                }
                turn += TURN;
            }
        });
        // Speakers ask for a block before the first of it is heard.
        let speakers = threads.spawn(move || {
            let mut heard = vec![0.0; said.len()];
            for (block, out) in heard.chunks_mut(BLOCK_SAMPLES).enumerate() {
                let now = BLOCK * block as u32;
                wait(began + now);
                ear.play(out, now);
            }
            // A card plays one block while it asks for the next.
            heard.splice(0..0, [0.0; BLOCK_SAMPLES]);
            heard
        });
        speakers.join().unwrap()
    })
}

/// The talker's game.
fn say(
    began: Instant,
    ends: Duration,
    worth_sending: usize,
    mouth: &mut voice::Mouth,
    to_host: &SyncSender<Bundle>,
) {
    let mut bundler = Bundler::new();
    let mut turn = began;
    while turn < began + ends {
        wait(turn);
        mouth.frames(|frame| bundler.put(frame));
        if bundler.waiting() >= worth_sending {
            while let Some(bundle) = bundler.take() {
                to_host.send(bundle).unwrap();
            }
        }
        turn += TURN;
    }
}

/// The host's game.
fn forward(began: Instant, ends: Duration, at_host: &Receiver<Bundle>, to_guest: &SyncSender<Bundle>) {
    let mut turn = began + TURN / 4;
    let mut next = began;
    while turn < began + ends {
        wait(turn);
        if turn >= next {
            while let Ok(bundle) = at_host.try_recv() {
                to_guest.send(bundle).unwrap();
                next = turn + FORWARD_EVERY;
            }
        }
        turn += TURN;
    }
}

fn wait(until: Instant) {
    std::thread::sleep(until.saturating_duration_since(Instant::now()));
}
