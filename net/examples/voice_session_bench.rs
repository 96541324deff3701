//! What voice costs in a session, and how late it is: real Opus of speech, through real sessions over links in memory.
//!
//! `cargo run --release -p holm-net --example voice_session_bench -- speech.wav [seconds]`; the file is 48 kHz, 16 bits, one
//! channel. One line of JSON: what one talker adds to a link in each direction, talking and silent; what 64 guests of whom eight
//! talk add to a host's work, and how long the host keeps what they say; how late a listener hears it, from mouth to ear.
//! Everything but the host's work is counted in the session's own time and is the same on every machine.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads a clock and prints its figures"
)]

#[path = "voice_heard/wav.rs"]
mod wav;

use core::cell::RefCell;
use core::time::Duration;
use holm_identity::Identity;
use holm_net::link::RoomSecret;
use holm_net::pose::{Pose, Slot};
use holm_net::session::guest::{Guest, GuestConfig};
use holm_net::session::host::{Host, HostConfig, HostTotals};
use holm_net::transport::memory::{HEADER_BYTES, MemoryNet, MemoryTransport, Weather};
use holm_net::transport::{LinkReport, Transport};
use holm_voice::codec::{CodecError, Decode, Encoder, Samples};
use holm_voice::frame::{Flags, Frame, MAX_REPEAT, Reach, Sequence};
use holm_voice::playout::{self, Playout};
use holm_voice::talker::{Mode, Settings, Talker};
use holm_voice::{FRAME_SAMPLES, RATE_HZ};
use std::collections::BTreeMap;
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

/// What the session is stepped by, and how often somebody looks at a screen: their updates fall anywhere between others'.
const STEP: Duration = Duration::from_millis(1);
const SCREEN: Duration = Duration::from_nanos(1_000_000_000 / 60);
const FRAME: Duration = Duration::from_millis(20);
/// A tick of a session's streams.
const TICK_MS: f64 = 50.0;

/// Somebody at a screen.
struct Visitor {
    guest: Guest,
    transport: MemoryTransport,
    next: Duration,
    place: [f32; 3],
}

impl Visitor {
    fn report(&self) -> LinkReport {
        let link = self.transport.link();
        link.and_then(|link| self.transport.report(link))
            .unwrap_or_default()
    }
}

struct Room {
    now: Duration,
    host: Host,
    transport: MemoryTransport,
    next: Duration,
    visitors: Vec<Visitor>,
    /// Time spent in the host's update.
    busy: Duration,
}

impl Room {
    /// A headless host and so many guests, each at their place, all of whom have been there for three seconds.
    fn new(places: &[[f32; 3]]) -> Self {
        let secret = RoomSecret([7; 16]);
        let net = MemoryNet::new(1);
        let transport = net.host();
        let host = Host::new(HostConfig {
            identity: Identity::from_secrets(&[1; 32], &[2; 32]),
            secret: secret.clone(),
            world_name: "Bench".into(),
            game_protocol: 1,
            max_guests: places.len(),
            own_name: None,
            stream_bytes_per_sec: 32_000,
        });
        let visitors = (0_u8..).zip(places).map(|(number, place)| {
            let mut account = [3; 32];
            account[0] = number;
            let config = GuestConfig {
                identity: Identity::from_secrets(&account, &[4; 32]),
                secret: secret.clone(),
                name: format!("Bot {number}"),
                game_protocol: 1,
            };
            Visitor {
                guest: Guest::new(config),
                transport: net.guest(Weather::PERFECT),
                next: SCREEN.mul_f64((f64::from(number) * 0.618_034).fract()),
                place: *place,
            }
        });
        let mut room = Self {
            now: Duration::ZERO,
            host,
            transport,
            next: Duration::ZERO,
            visitors: visitors.collect(),
            busy: Duration::ZERO,
        };
        for _ in 0..3_000 {
            room.step(|_, _| (), |_, _| ());
        }
        room
    }

    /// A millisecond: `before` each guest's update, and `after` the host's.
    fn step(
        &mut self,
        mut before: impl FnMut(usize, &mut Visitor),
        mut after: impl FnMut(Duration, &mut [Visitor]),
    ) {
        self.now += STEP;
        let now = self.now;
        for (index, visitor) in self.visitors.iter_mut().enumerate() {
            if now < visitor.next {
                continue;
            }
            visitor.next += SCREEN;
            let angle = now.as_secs_f32() * 0.5 + index as f32;
            let [x, y, z] = visitor.place;
            visitor.guest.set_own_pose(
                now,
                Pose {
                    position: [x + angle.cos(), y, z + angle.sin()],
                    yaw: -angle,
                    ..Pose::default()
                },
            );
            before(index, visitor);
            visitor.guest.update(now, &mut visitor.transport, &mut Vec::new());
        }
        if now >= self.next {
            self.next += SCREEN;
            let begun = Instant::now();
            self.host.update(now, &mut self.transport, &mut Vec::new());
            self.busy += begun.elapsed();
            after(now, &mut self.visitors);
        }
    }
}

/// What is said in this sound, frame by frame: the frames that a microphone gives at the end of each 20 ms. `most`: with as many
/// bits as a voice ever has, and as much repeated.
fn said(sound: &[f32], most: bool) -> Result<Vec<Vec<Frame>>, Failure> {
    let settings = Settings {
        mode: Mode::OpenMic,
        ..Settings::default()
    };
    let mut talker = Talker::new(Encoder::new()?, settings);
    if most {
        talker.adapt(0.2, 1_000_000);
    }
    let frames = sound.chunks_exact(FRAME_SAMPLES).map(|samples| {
        let mut frames = Vec::new();
        talker.hear(samples, |frame| frames.push(*frame));
        frames
    });
    Ok(frames.collect())
}

/// Bits a second, in thousands: with the headers of each message, and of the payload alone.
#[derive(Clone, Copy)]
struct Rates {
    wire: f64,
    payload: f64,
    messages: f64,
}

impl Rates {
    fn of(messages: u64, bytes: u64, secs: f64) -> Self {
        let payload = bytes as f64 * 8.0 / 1e3 / secs;
        Self {
            wire: payload + (messages as usize * HEADER_BYTES) as f64 * 8.0 / 1e3 / secs,
            payload,
            messages: messages as f64 / secs,
        }
    }

    fn more_than(self, other: Self) -> Self {
        Self {
            wire: self.wire - other.wire,
            payload: self.payload - other.payload,
            messages: self.messages - other.messages,
        }
    }

    fn json(self) -> String {
        let Self {
            wire,
            payload,
            messages,
        } = self;
        format!(
            "{{\"wire_kbits\":{wire:.2},\"payload_kbits\":{payload:.2},\"datagrams_a_second\":{messages:.2}}}"
        )
    }
}

/// What the first of three sends, and the second gets, while the first says this and repeats so much; and what of it the host
/// refused, bytes.
fn one_talker(frames: &[Vec<Frame>], repeat: u8) -> ([Rates; 2], u64) {
    let mut room = Room::new(&[[0.0; 3], [4.0, 0.0, 0.0], [8.0, 0.0, 0.0]]);
    let (up, down) = (room.visitors[0].report(), room.visitors[1].report());
    room.visitors[0].guest.repeat_voice(repeat);
    let begun = room.now;
    let mut frames = frames.iter().enumerate().peekable();
    while frames.peek().is_some() {
        let now = room.now;
        room.step(
            |index, visitor| {
                while index == 0
                    && let Some((_, said)) =
                        frames.next_if(|(at, _)| begun + FRAME * (*at as u32 + 1) <= now + STEP)
                {
                    said.iter().for_each(|frame| visitor.guest.say(frame));
                }
            },
            |_, _| (),
        );
    }
    let secs = (room.now - begun).as_secs_f64();
    let (up_after, down_after) = (room.visitors[0].report(), room.visitors[1].report());
    let rates = [
        Rates::of(
            up_after.sent_messages - up.sent_messages,
            up_after.sent_bytes - up.sent_bytes,
            secs,
        ),
        Rates::of(
            down_after.received_messages - down.received_messages,
            down_after.received_bytes - down.received_bytes,
            secs,
        ),
    ];
    let totals = room.host.totals();
    (rates, totals.refused_voice_bytes + totals.unsent_voice_bytes)
}

/// What a host with 64 guests did in some seconds.
struct Crowd {
    /// Share of a core.
    core: f64,
    totals: HostTotals,
    /// How long the host kept each frame for each who heard it, milliseconds, ascending.
    kept: Vec<f64>,
}

/// 64 guests in a square of 40 m, the first `talking` of whom say this, each from elsewhere in it on.
fn crowd(frames: &[Vec<Frame>], talking: usize, secs: u32) -> Crowd {
    let places: Vec<[f32; 3]> = (0..64_u8)
        .map(|number| {
            let along = f32::from(number) * 0.618_034;
            [along.fract() * 40.0, 0.0, (along * 7.3).fract() * 40.0]
        })
        .collect();
    let mut room = Room::new(&places);
    let begun = room.now;
    let busy = room.busy;
    let before = room.host.totals();
    // By talker: frames said and not sent, and when those left that were.
    let mut waiting = vec![Vec::new(); talking];
    let left = RefCell::new(BTreeMap::<(Slot, u16), Duration>::new());
    let mut messages = vec![0; talking];
    let mut at = vec![0; talking];
    let mut updates = Vec::new();
    let mut kept = Vec::new();
    while room.now < begun + Duration::from_secs(secs.into()) {
        let now = room.now + STEP;
        room.step(
            |index, visitor| {
                if index >= talking {
                    return;
                }
                // What left in the update before took all that waited along.
                let sent = visitor.report().sent_messages;
                if sent != messages[index] {
                    messages[index] = sent;
                    waiting[index].clear();
                }
                while begun + FRAME * (at[index] as u32 + 1) <= now {
                    let from = frames.len() / talking * index;
                    for frame in &frames[(at[index] + from) % frames.len()] {
                        // Numbered by when it is said: the sound begins anew somewhere.
                        let number = Sequence(at[index] as u16);
                        if let Some(frame) = Frame::new(number, frame.flags, frame.level(), frame.payload()) {
                            visitor.guest.say(&frame);
                            waiting[index].push(number);
                        }
                    }
                    at[index] += 1;
                }
                if let Some(slot) = visitor.guest.slot() {
                    for number in &waiting[index] {
                        left.borrow_mut().insert((slot, number.0), now); // and later again, as long as it waits
                    }
                }
            },
            |now, visitors| {
                updates.push(now);
                for visitor in visitors.iter_mut().skip(talking) {
                    // At once: their screen is none of the host's time.
                    visitor.guest.update(now, &mut visitor.transport, &mut Vec::new());
                    for heard in visitor.guest.hear() {
                        // It came to the host in its first update after it left.
                        let left = left.borrow().get(&(heard.slot, heard.frame.sequence.0)).copied();
                        let came = left.and_then(|left| {
                            let before = updates.partition_point(|update| *update < left);
                            updates.get(before)
                        });
                        if let Some(came) = came {
                            kept.push((now - *came).as_secs_f64() * 1e3);
                        }
                    }
                }
            },
        );
    }
    kept.sort_by(f64::total_cmp);
    let mut totals = room.host.totals();
    totals.sent_voice_bytes -= before.sent_voice_bytes;
    totals.voice_decisions -= before.voice_decisions;
    Crowd {
        core: (room.busy - busy).as_secs_f64() / f64::from(secs),
        totals,
        kept,
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

/// From mouth to ear over links that take no time, milliseconds, ascending: of each millisecond of talk.
fn mouth_to_ear(secs: u64) -> Vec<f64> {
    /// A microphone's block of 10 ms lies within a frame; a loudspeaker plays one while it gets the next; Opus looks 6.5 ms ahead.
    const DEVICES_MS: f64 = 10.0 + 6.5;
    const DEVICE: Duration = Duration::from_millis(10);
    let block = (RATE_HZ / 100) as usize;
    let mut late = Vec::new();
    for phase in 0..7_u32 {
        let mut room = Room::new(&[[0.0; 3], [4.0, 0.0, 0.0]]);
        let mut playout = Playout::new(Ramp, playout::Settings::default());
        let begun = room.now + Duration::from_micros(2_900) * phase;
        let (mut number, mut next_block) = (0_u32, room.now);
        let mut out = vec![0.0; block];
        while room.now < begun + Duration::from_secs(secs) {
            let now = room.now + STEP;
            room.step(
                |index, visitor| {
                    while index == 0 && begun + FRAME * (number + 1) <= now {
                        let flags = Flags {
                            reach: Reach::Normal,
                            begins: number.is_multiple_of(100),
                            ..Flags::default()
                        };
                        // A second and a half of talk, and half of silence.
                        let mut payload = [0; 60];
                        payload[..4].copy_from_slice(&number.to_le_bytes());
                        let len = match number % 100 {
                            0..75 => 60,
                            75 => 1,
                            _ => 0,
                        };
                        if let Some(frame) = Frame::new(Sequence(number as u16), flags, 9, &payload[..len]) {
                            visitor.guest.say(&frame);
                        }
                        number += 1;
                    }
                },
                |_, _| (),
            );
            for heard in room.visitors[1].guest.hear() {
                let frame = heard.frame;
                playout.receive(frame.sequence, frame.flags.begins, frame.payload(), heard.at);
            }
            while next_block <= room.now {
                playout.play(&mut out, next_block);
                for (at, pair) in out.windows(2).enumerate().step_by(48) {
                    // As it was said, neither faded nor between two sounds.
                    let number = f64::from(pair[0] * SCALE);
                    if number > 0.0 && f64::from(pair[1] * SCALE) == number + 1.0 {
                        let ear = next_block.as_secs_f64() + at as f64 / f64::from(RATE_HZ);
                        let mouth = begun.as_secs_f64() + number / f64::from(RATE_HZ);
                        late.push((ear - mouth) * 1e3 + DEVICES_MS);
                    }
                }
                next_block += DEVICE;
            }
        }
    }
    late.sort_by(f64::total_cmp);
    late
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1)) as f64 * part;
    sorted.get(at as usize).copied().unwrap_or(f64::NAN)
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let sound = wav::read(args.first().ok_or("a file of speech, please")?)?;
    let secs: u32 = args.get(1).map_or(Ok(10), |secs| secs.parse())?;
    let frames = said(&sound, false)?;
    let spoken = frames.iter().flatten().count();
    let share = spoken as f64 / frames.len() as f64;

    // A microphone that is open in a quiet room: noise at −66 dB of full scale.
    let mut noise = holm_net::transport::memory::SeededRng::new(3);
    let quiet: Vec<f32> = (0..sound.len())
        .map(|_| (noise.unit() as f32 - 0.5) * 0.0017)
        .collect();
    let quiet = said(&quiet, false)?;
    let (nothing, _) = one_talker(&vec![Vec::new(); frames.len()], 0);
    let (talking, _) = one_talker(&frames, 0);
    let (silent, _) = one_talker(&quiet, 0);
    let (most, most_refused) = one_talker(&said(&sound, true)?, MAX_REPEAT);

    // In turns, and the quickest of each: whatever else this machine does falls on both.
    let (mut silence, mut talk) = (crowd(&frames, 0, secs), crowd(&frames, 8, secs));
    for _ in 0..4 {
        for (best, talking) in [(&mut silence, 0), (&mut talk, 8)] {
            let again = crowd(&frames, talking, secs);
            if again.core < best.core {
                *best = again;
            }
        }
    }
    let late = mouth_to_ear(20);

    let [up, down] = [0, 1].map(|way| talking[way].more_than(nothing[way]).json());
    let [silent_up, silent_down] = [0, 1].map(|way| silent[way].more_than(nothing[way]).json());
    let most_up = most[0].more_than(nothing[0]).json();
    let [state_up, state_down] = [0, 1].map(|way| nothing[way].json());
    println!(
        "{{\"spoken_share\":{share:.3},\"state\":{{\"up\":{state_up},\"down\":{state_down}}},\
         \"talking\":{{\"up\":{up},\"down\":{down}}},\"silent\":{{\"up\":{silent_up},\"down\":{silent_down}}},\
         \"most\":{{\"up\":{most_up},\"refused_bytes\":{most_refused}}},\
         \"crowd\":{{\"silent_core\":{:.4},\"talking_core\":{:.4},\"more_core\":{:.4},\"voice_kbytes_a_second\":{:.1},\
         \"decisions_a_second\":{:.1},\"refused_bytes\":{},\"unsent_bytes\":{},\"frames\":{},\"kept_ms_p50\":{:.2},\
         \"kept_ms_p99\":{:.2},\"kept_ticks_p99\":{:.3}}},\
         \"mouth_to_ear_ms\":{{\"p50\":{:.1},\"p95\":{:.1}}}}}",
        silence.core,
        talk.core,
        talk.core - silence.core,
        talk.totals.sent_voice_bytes as f64 / 1e3 / f64::from(secs),
        talk.totals.voice_decisions as f64 / f64::from(secs),
        talk.totals.refused_voice_bytes,
        talk.totals.unsent_voice_bytes,
        talk.kept.len(),
        quantile(&talk.kept, 0.5),
        quantile(&talk.kept, 0.99),
        quantile(&talk.kept, 0.99) / TICK_MS,
        quantile(&late, 0.5),
        quantile(&late, 0.95),
    );
    Ok(())
}
