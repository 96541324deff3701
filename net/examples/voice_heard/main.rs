//! What is understood of speech that went over a bad link: from a file through a talker's microphone, over the link, out of a
//! listener's jitter buffer, into a file; and how intelligible that is ([`stoi`]).
//!
//! `cargo run --release -p holm-net --example voice_heard -- speech.wav`: one line of JSON, every condition of the bench, each the
//! mean of some seeds. Or one condition: `… speech.wav --out heard.wav --loss 10 --burst 3 --jitter 40 --seed 1`, with
//! `--no-repair` (neither in-band FEC nor repeats, and nothing is recovered) and `--no-adapt` (a fixed delay). Files are 48 kHz,
//! 16 bits, one channel.
#![allow(clippy::print_stdout, reason = "it prints its figures")]

mod stoi;
mod wav;

use core::time::Duration;
use holm_net::transport::memory::{MemoryNet, Weather};
use holm_net::transport::{Channel, LinkEvent, Transport};
use holm_voice::codec::{Decoder, Encoder};
use holm_voice::frame::{Bundle, Bundler};
use holm_voice::playout::{self, Playout, PlayoutStats};
use holm_voice::talker::{Mode, Settings, Talker};
use holm_voice::{FRAME_SAMPLES, RATE_HZ};

type Failure = Box<dyn std::error::Error>;

/// Bits a second that a talker may take with all that belongs to it where much is lost: what the bench's listener, whose link
/// has 256 kbit/s, has for one of five.
const BUDGET_BITS_PER_SEC: u32 = 48_000;
/// Samples that a device asks for at once.
const BLOCK: usize = RATE_HZ as usize / 100;

/// A link, and what is done about it.
#[derive(Clone, Copy)]
struct Condition {
    /// Of datagrams, in the mean, 0 to 1; so many are lost in a row.
    loss: f64,
    burst: f64,
    /// Either way, milliseconds.
    jitter_ms: u64,
    repair: bool,
    adapt: bool,
}

/// What a listener hears of a sound, from its beginning on with the link's delay, and figures.
fn heard(sound: &[f32], condition: Condition, seed: u64) -> Result<(Vec<f32>, PlayoutStats), Failure> {
    let Condition {
        loss,
        burst,
        jitter_ms,
        repair,
        adapt,
    } = condition;
    let net = MemoryNet::new(seed);
    let mut there = net.host();
    let mut here = net.guest_between(
        Weather {
            name: "bench",
            latency: Duration::from_millis(20 + jitter_ms),
            jitter: Duration::from_millis(jitter_ms),
            loss,
            burst,
            ..Weather::PERFECT
        },
        Weather::PERFECT,
    );
    let (mut sent, mut came) = (Vec::new(), Vec::new());
    let mut now = Duration::ZERO;
    while here.link().is_none() {
        now += Duration::from_millis(10);
        here.poll(now, &mut sent);
        there.poll(now, &mut came);
    }
    let link = here.link().ok_or("no link")?;
    let mut talker = Talker::new(
        Encoder::new()?,
        Settings {
            mode: Mode::OpenMic,
            automatic_gain: false,
            ..Settings::default()
        },
    );
    let mut bundler = Bundler::new();
    if repair {
        talker.adapt(loss as f32, BUDGET_BITS_PER_SEC);
        bundler.set_repeat(talker.repeat());
    }
    let settings = playout::Settings {
        recover: repair,
        adapt,
    };
    let mut playout = Playout::new(Decoder::new()?, settings);
    let mut all = Vec::new();
    let (mut blocks, mut out) = (sound.chunks(BLOCK), vec![0.0; BLOCK]);
    let mut after = Duration::from_millis(500);
    let mut bytes = Vec::new();
    loop {
        now += Duration::from_millis(10);
        match blocks.next() {
            Some(samples) => talker.hear(samples, |frame| bundler.put(frame)),
            None if after.is_zero() => break,
            None => after -= Duration::from_millis(10),
        }
        // As a guest does: two frames at a time.
        if bundler.waiting() >= 2 || blocks.len() == 0 {
            while let Some(bundle) = bundler.take() {
                bytes.clear();
                bundle.write_to_host(&mut bytes);
                here.send(link, Channel::Stream, bytes.clone().into())?;
            }
        }
        here.poll(now, &mut sent);
        there.poll(now, &mut came);
        for event in came.drain(..) {
            if let LinkEvent::Received { bytes, .. } = event {
                let (bundle, _) = Bundle::read_to_host(&bytes)?;
                for frame in bundle.frames() {
                    playout.receive(frame.sequence, frame.flags.begins, frame.payload(), now);
                }
            }
        }
        playout.play(&mut out, now);
        all.extend_from_slice(&out);
    }
    Ok((all, playout.stats()))
}

/// The mean of some links of this kind: how intelligible, and how long frames waited at the end, milliseconds.
fn mean(sound: &[f32], condition: Condition, seeds: u64) -> Result<(f64, f64), Failure> {
    let (mut understood, mut delay) = (0.0, 0.0);
    for seed in 1..=seeds {
        let (heard, stats) = heard(sound, condition, seed)?;
        let aligned = stoi::aligned(sound, &heard);
        understood += stoi::stoi(sound, &aligned);
        delay += f64::from(stats.delay_ms);
    }
    Ok((understood / seeds as f64, delay / seeds as f64))
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let sound = wav::read(args.first().ok_or("a file of speech, please")?)?;
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    let number = |name: &str, otherwise: f64| value(name).map_or(Ok(otherwise), |text| text.parse::<f64>());
    let has = |name: &str| args.iter().any(|arg| arg == name);

    if let Some(out) = value("--out") {
        let condition = Condition {
            loss: number("--loss", 0.0)? / 100.0,
            burst: number("--burst", 3.0)?,
            jitter_ms: number("--jitter", 40.0)? as u64,
            repair: !has("--no-repair"),
            adapt: !has("--no-adapt"),
        };
        let (heard, stats) = heard(&sound, condition, number("--seed", 1.0)? as u64)?;
        let aligned = stoi::aligned(&sound, &heard);
        wav::write(&out, &heard)?;
        // For who measures with another program: what was said, and what was heard brought in step with it.
        wav::write(&format!("{out}.aligned.wav"), &aligned)?;
        println!("{stats:?}");
        println!("{{\"stoi\":{:.4}}}", stoi::stoi(&sound, &aligned));
        return Ok(());
    }

    let seeds = number("--seeds", 5.0)? as u64;
    let mut parts = Vec::new();
    for (name, loss) in [("0", 0.0), ("5", 0.05), ("10", 0.1)] {
        for (kind, on) in [("on", true), ("off", false)] {
            let condition = Condition {
                loss,
                burst: 3.0,
                jitter_ms: if loss == 0.0 { 0 } else { 40 },
                repair: on,
                adapt: on,
            };
            let (understood, delay_ms) = mean(&sound, condition, if loss == 0.0 { 1 } else { seeds })?;
            parts.push(format!(
                "\"lost_{name}_{kind}\":{{\"stoi\":{understood:.4},\"delay_ms\":{delay_ms:.1}}}"
            ));
        }
    }
    let secs = sound.len() / FRAME_SAMPLES / 50;
    println!("{{\"speech_secs\":{secs},\"seeds\":{seeds},{}}}", parts.join(","));
    Ok(())
}
