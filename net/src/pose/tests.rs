//! What the pose stream promises, whatever the network and the other side do.

use super::walker::{Mood, Walker};
use super::*;
use crate::stream::{Receiver, Sender};
use crate::transport::memory::{MemoryNet, SeededRng, Weather};
use crate::transport::{Channel, LinkEvent, Transport};
use crate::wire::{BitReader, BitWriter};
use core::time::Duration;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn at(x: f32, z: f32) -> Quantised {
    Quantised::new(&Pose {
        position: [x, 0.0, z],
        ..Pose::default()
    })
    .unwrap()
}

/// A pose from anywhere in the range, at its very edges now and then.
fn wild(rng: &mut SeededRng) -> Quantised {
    let scale = [1.0, 40.0, 3_000.0, 32_768.0, 1e9][rng.below(5)];
    let mut n = |range: f64| ((rng.unit() - 0.5) * 2.0 * range) as f32;
    let pose = Pose {
        position: [n(scale), n(scale), n(scale)],
        yaw: n(10.0),
        head_yaw: n(1.6),
        pitch: n(1.6),
        ..Pose::default()
    };
    let gait = Gait::ALL[rng.below(Gait::ALL.len())];
    let gesture = if rng.below(3) == 0 {
        rng.below(1 + usize::from(MAX_GESTURE)) as u8
    } else {
        0
    };
    Quantised::new(&Pose {
        gait,
        gesture,
        ..pose
    })
    .unwrap()
}

/// What a network does to what is sent through it.
#[derive(Clone, Copy, Debug)]
struct Road {
    loss: f64,
    duplicate: f64,
    /// Ticks under way, evenly from 0 to this.
    delay: usize,
}

/// Runs one sender and one receiver over two bad roads and checks every sample against what was in the
/// crowd when it was written. Returns (updates read, datagrams written).
fn history(
    seed: u64,
    start: u16,
    people: u16,
    there: Road,
    back: Road,
    ticks: u32,
    wildness: f64,
) -> (u64, u64) {
    let mut rng = SeededRng::new(seed);
    let mut crowd = Crowd::new();
    let (mut sender, mut receiver) = (Sender::starting_at(start), Receiver::<Quantised>::new(MAX_SLOTS));
    let mut walkers: Vec<Walker> = (0..people)
        .map(|n| Walker::new(seed ^ u64::from(n), Mood::Running, [0.0; 2], 30.0))
        .collect();
    // By arrival tick: the datagram, and what was true when it was written.
    type Truth = BTreeMap<u16, (Quantised, bool)>;
    let mut flying: BTreeMap<u32, Vec<(Vec<u8>, Truth)>> = BTreeMap::new();
    let mut acks: BTreeMap<u32, Vec<Ack>> = BTreeMap::new();
    let (mut read, mut wrote) = (0, 0);
    let mut latest: BTreeMap<u16, Quantised> = BTreeMap::new();
    // Ticks wrap within the history, too.
    let now_of = |tick: u32| (tick as u16).wrapping_add(u16::MAX - 20);
    for tick in 0..ticks + 80 {
        // In the end everybody stands still and the road is good: everything must have arrived.
        let calm = tick >= ticks;
        let now = now_of(tick);
        for slot in 0..people {
            let pose = if !calm && rng.unit() < wildness {
                wild(&mut rng)
            } else if !calm {
                let walker = &mut walkers[usize::from(slot)];
                Quantised::new(&walker.step(0.05)).unwrap()
            } else {
                continue;
            };
            match rng.below(40) {
                0 if !calm => crowd.remove(Slot(slot)),
                1..=4 => {} // silent for a tick
                _ => _ = crowd.put(Slot(slot), pose, now.wrapping_sub(rng.below(3) as u16), now),
            }
        }
        let truth: Truth = (0..people)
            .filter_map(|s| {
                Some((
                    s,
                    (crowd.latest(Slot(s))?, crowd.generation[usize::from(s)] & 1 == 1),
                ))
            })
            .collect();
        let mut w = BitWriter::new();
        let written = sender.write(&crowd, crowd.view(None), now, 1159 * 8, &mut w);
        assert!(
            written.max_bits as usize <= MAX_ENTRY_BITS,
            "seed {seed}: {written:?}"
        );
        if written.updates > 0 {
            wrote += 1;
            let copies = if calm {
                1
            } else {
                usize::from(rng.unit() >= there.loss) * (1 + usize::from(rng.unit() < there.duplicate))
            };
            for _ in 0..copies {
                let delay = if calm {
                    1
                } else {
                    rng.below(there.delay + 1) as u32
                };
                flying
                    .entry(tick + delay)
                    .or_default()
                    .push((w.finish().to_vec(), truth.clone()));
            }
        }
        let mut came = flying.remove(&tick).unwrap_or_default();
        while !came.is_empty() {
            let (bytes, truth) = came.swap_remove(rng.below(came.len()));
            let mut r = BitReader::new(&bytes);
            let arrival = receiver.read(&mut r, |sample| {
                read += 1;
                let expected = truth.get(&sample.slot.0);
                assert_eq!(
                    Some(&(sample.value, sample.generation)),
                    expected,
                    "seed {seed} tick {tick} slot {:?}",
                    sample.slot
                );
                latest.insert(sample.slot.0, sample.value);
            });
            let arrival = arrival.unwrap_or_else(|error| panic!("seed {seed} tick {tick}: {error}"));
            if arrival == Arrival::New {
                assert_eq!(r.end(), Ok(()), "seed {seed}");
            }
            if let Some(ack) = receiver.ack()
                && (calm || rng.unit() >= back.loss)
            {
                let delay = if calm { 0 } else { rng.below(back.delay + 1) as u32 };
                acks.entry(tick + delay).or_default().push(ack);
            }
        }
        let mut came = acks.remove(&tick).unwrap_or_default();
        while !came.is_empty() {
            sender.acked(came.swap_remove(rng.below(came.len())));
        }
    }
    for slot in 0..people {
        if let Some(pose) = crowd.latest(Slot(slot)) {
            assert_eq!(
                latest.get(&slot),
                Some(&pose),
                "seed {seed}: slot {slot} never arrived as it is"
            );
        }
    }
    (read, wrote)
}

fn road() -> impl Strategy<Value = Road> {
    (0.0..0.7f64, 0.0..0.3f64, 0usize..50).prop_map(|(loss, duplicate, delay)| Road {
        loss,
        duplicate,
        delay,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_read_is_what_was_written_on_any_road(
        seed: u64, start: u16, people in 1u16..24, there in road(), back in road(), wildness in 0.0..0.5f64,
    ) {
        history(seed, start, people, there, back, 200, wildness);
    }

    #[test]
    fn no_bytes_disturb_a_stream(seed: u64, noise in proptest::collection::vec(any::<u8>(), 0..300)) {
        hostile(seed, &noise);
    }
}

/// A history long enough for datagram numbers to come round, and no ack for longer than a header reaches.
#[test]
fn numbers_that_come_round_change_nothing() {
    let good = Road {
        loss: 0.02,
        duplicate: 0.01,
        delay: 3,
    };
    history(1, 60_000, 2, good, good, 70_000, 0.01);
    let silent = Road { loss: 1.0, ..good };
    history(2, 65_500, 3, good, silent, 400, 0.01);
    let seldom = Road { loss: 0.98, ..good };
    history(3, 65_500, 3, good, seldom, 3000, 0.01);
}

/// Feeds noise, and honest datagrams with bits flipped, to a stream with a past; nothing may panic, and what
/// is held stays bounded.
fn hostile(seed: u64, noise: &[u8]) {
    let mut rng = SeededRng::new(seed);
    let (mut here, mut there) = (PoseStream::new(MAX_SLOTS), PoseStream::new(MAX_SLOTS));
    let mut crowd = Crowd::new();
    let mut w = BitWriter::new();
    for tick in 0..60u16 {
        for slot in 0..6 {
            crowd.put(Slot(slot), wild(&mut rng), tick, tick);
        }
        w.clear();
        here.write(&crowd, crowd.view(None), tick, 1159, &mut w);
        let mut bytes = w.finish().to_vec();
        let honest = rng.below(2) == 0;
        if !honest {
            for _ in 0..1 + rng.below(8) {
                let bit = rng.below(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
        let _ = there.read(&bytes, |sample| {
            assert!(usize::from(sample.slot.0) < MAX_SLOTS);
            let again = Quantised::new(&sample.value.pose()).unwrap();
            assert_eq!(
                again, sample.value,
                "seed {seed}: a pose out of range came through"
            );
        });
        let _ = there.read(noise, |_| {});
        let _ = here.read(noise, |_| {});
        w.clear();
        there.write(&Crowd::new(), View::default(), tick, 1159, &mut w);
        let reply = w.finish().to_vec();
        let _ = here.read(&reply, |_| {});
    }
}

#[test]
fn a_sender_that_jumps_about_in_its_numbers_fills_no_memory() {
    let mut rng = SeededRng::new(9);
    let mut crowd = Crowd::new();
    let mut receiver = Receiver::<Quantised>::new(MAX_SLOTS);
    for round in 0..3000u16 {
        crowd.put(Slot(3), wild(&mut rng), round, round);
        let mut sender = Sender::starting_at(round.wrapping_mul(30_011));
        let mut w = BitWriter::new();
        sender.write(&crowd, crowd.view(None), round, 9000, &mut w);
        let bytes = w.finish().to_vec();
        receiver.read(&mut BitReader::new(&bytes), |_| {}).unwrap();
    }
    assert!(receiver.most_held() <= 96, "{}", receiver.most_held());
}

#[test]
fn acks_of_what_was_never_sent_change_nothing() {
    let mut crowd = Crowd::new();
    let (mut sender, mut receiver) = (Sender::new(), Receiver::new(1));
    let mut rng = SeededRng::new(4);
    for tick in 0..300u16 {
        crowd.put(Slot(0), at(f32::from(tick) * 0.1, 0.0), tick, tick);
        let mut w = BitWriter::new();
        sender.write(&crowd, crowd.view(None), tick, 9000, &mut w);
        let bytes = w.finish().to_vec();
        let mut got = None;
        receiver
            .read(&mut BitReader::new(&bytes), |sample| got = Some(sample.value))
            .unwrap();
        assert_eq!(got, crowd.latest(Slot(0)));
        // Far ahead, far behind, and with everything claimed: none of these numbers is under way.
        for _ in 0..5 {
            let newest = tick.wrapping_add(1 + rng.below(60_000) as u16);
            sender.acked(Ack {
                newest,
                before: u32::MAX,
            });
        }
        if let Some(ack) = receiver.ack() {
            sender.acked(ack);
        }
    }
}

#[test]
fn a_walk_with_turns_stops_and_jumps_takes_few_bytes() {
    let mut crowd = Crowd::new();
    let (mut sender, mut receiver) = (Sender::new(), Receiver::<Quantised>::new(MAX_SLOTS));
    let mut walkers: Vec<Walker> = (0..60)
        .map(|seed| Walker::new(seed, Mood::Walking, [0.0; 2], 8.0))
        .collect();
    let mut acks = std::collections::VecDeque::new();
    for tick in 0..600u16 {
        for (slot, walker) in walkers.iter_mut().enumerate() {
            for _ in 0..5 {
                walker.step(0.01);
            }
            crowd.put(
                Slot(slot as u16),
                Quantised::new(&walker.pose()).unwrap(),
                tick,
                tick,
            );
        }
        let mut w = BitWriter::new();
        sender.write(&crowd, crowd.view(None), tick, 1159 * 8, &mut w);
        let bytes = w.finish().to_vec();
        receiver.read(&mut BitReader::new(&bytes), |_| {}).unwrap();
        acks.extend(receiver.ack());
        // 100 ms there and back.
        if acks.len() > 2 {
            sender.acked(acks.pop_front().unwrap());
        }
    }
    let stats = receiver.stats();
    let mean = stats.update_bits as f64 / stats.updates as f64 / 8.0;
    assert!(mean <= 6.0, "mean {mean:.2} bytes");
    assert!(stats.max_update_bits <= 128, "max {} bits", stats.max_update_bits);
    assert_eq!(stats.updates, 60 * 600);
}

/// `count` people on a line, 2 m apart; how often each was told in `ticks` with `room` bytes a tick, from
/// the first one's eyes, everybody moving.
fn told(count: u16, ticks: u16, room: usize) -> Vec<u32> {
    let mut crowd = Crowd::new();
    let (mut stream, mut there) = (PoseStream::new(1), PoseStream::new(MAX_SLOTS));
    let mut rng = SeededRng::new(1);
    let mut told = vec![0u32; usize::from(count)];
    for tick in 0..ticks {
        for slot in 0..count {
            let near = at(f32::from(slot) * 2.0 + rng.unit() as f32 * 0.2, rng.unit() as f32);
            crowd.put(Slot(slot), near, tick, tick);
        }
        let mut w = BitWriter::new();
        stream.write(&crowd, crowd.view(Some(Slot(0))), tick, room, &mut w);
        let bytes = w.finish().to_vec();
        assert!(bytes.len() <= room, "{} bytes in a room of {room}", bytes.len());
        if !bytes.is_empty() {
            there
                .read(&bytes, |sample| told[usize::from(sample.slot.0)] += 1)
                .unwrap();
        }
        let mut w = BitWriter::new();
        there.write(&Crowd::new(), View::default(), tick, room, &mut w);
        let reply = w.finish().to_vec();
        if !reply.is_empty() {
            stream.read(&reply, |_| {}).unwrap();
        }
    }
    told
}

#[test]
fn the_near_are_told_each_tick_and_the_far_less_often() {
    let told = told(60, 400, 1159);
    assert_eq!(told[0], 0, "nobody is told of themselves");
    assert!(told[1..=4].iter().all(|n| *n == 400), "within 10 m: {told:?}");
    assert!(
        told[6..=10].iter().all(|n| *n >= 200),
        "the ten nearest get 10 Hz: {told:?}"
    );
    assert!(
        told[40..].iter().all(|n| (75..=85).contains(n)),
        "from 30 m on 4 Hz: {told:?}"
    );
    assert!(told[1..].is_sorted_by(|a, b| a + 2 >= *b), "{told:?}");
}

#[test]
fn with_little_room_the_nearest_come_first_and_nobody_starves() {
    let told = told(200, 800, 140);
    assert!(
        told[1..=10].iter().all(|n| *n >= 400),
        "the ten nearest get 10 Hz: {:?}",
        &told[..12]
    );
    let worst = told[1..].iter().min().unwrap();
    assert!(
        *worst >= 15,
        "the worst-served of 199 was told {worst} times in 40 s"
    );
}

/// 150 people run within 10 m of a guest whose link carries a third of what they need.
#[test]
fn a_narrow_link_is_given_less_until_it_loses_little() {
    let weather = Weather {
        bits_per_sec: Some(48_000),
        ..Weather::GOOD_WIFI
    };
    let net = MemoryNet::new(3);
    let (mut host, mut guest) = (net.host(), net.guest_between(Weather::GOOD_WIFI, weather));
    let (mut here, mut there) = (PoseStream::new(1), PoseStream::new(MAX_SLOTS));
    let mut walkers: Vec<Walker> = (0..150)
        .map(|n| Walker::new(n, Mood::Running, [0.0; 2], 5.0))
        .collect();
    let (mut crowd, mut events) = (Crowd::new(), Vec::new());
    let (mut sent, mut came, mut told) = (0u32, 0u32, [0u32; 150]);
    for tick in 0..2400u32 {
        let now = Duration::from_millis(50) * tick;
        for (slot, walker) in walkers.iter_mut().enumerate() {
            crowd.put(
                Slot(slot as u16),
                Quantised::new(&walker.step(0.05)).unwrap(),
                tick as u16,
                tick as u16,
            );
        }
        let late = tick >= 1200;
        guest.poll(now, &mut events);
        for event in events.drain(..) {
            if let LinkEvent::Received { bytes, .. } = event {
                came += u32::from(late);
                there
                    .read(&bytes, |sample| {
                        told[usize::from(sample.slot.0)] += u32::from(late)
                    })
                    .unwrap();
            }
        }
        host.poll(now, &mut events);
        for event in events.drain(..) {
            if let LinkEvent::Received { bytes, .. } = event {
                here.read(&bytes, |_| {}).unwrap();
            }
        }
        let Some(link) = guest.link() else { continue };
        let mut w = BitWriter::new();
        if here
            .write(&crowd, crowd.view(Some(Slot(0))), tick as u16, 1159, &mut w)
            .updates
            > 0
        {
            sent += u32::from(late);
            host.send(link, Channel::Stream, w.finish().to_vec().into())
                .unwrap();
        }
        w.clear();
        there.write(&Crowd::new(), View::default(), tick as u16, 1159, &mut w);
        if w.byte_len() > 0 {
            guest
                .send(link, Channel::Stream, w.finish().to_vec().into())
                .unwrap();
        }
    }
    let loss = 1.0 - f64::from(came) / f64::from(sent);
    assert!(loss < 0.15, "still loses {loss:.2}");
    let worst = told[1..].iter().min().unwrap();
    assert!(*worst > 40, "in a minute somebody was told {worst} times");
}

#[test]
fn two_people_in_one_slot_are_never_mixed_up() {
    let mut crowd = Crowd::new();
    let (mut sender, mut receiver) = (Sender::new(), Receiver::<Quantised>::new(MAX_SLOTS));
    let mut timelines = Timelines::new();
    let mut step = |crowd: &Crowd, tick: u16, lost: bool, timelines: &mut Timelines| {
        let mut w = BitWriter::new();
        sender.write(crowd, crowd.view(None), tick, 9000, &mut w);
        let bytes = w.finish().to_vec();
        let now = Duration::from_millis(u64::from(tick) * 50 + 30);
        if !lost {
            receiver
                .read(&mut BitReader::new(&bytes), |sample| timelines.push(now, &sample))
                .unwrap();
            sender.acked(receiver.ack().unwrap());
        }
    };
    for tick in 0..20 {
        crowd.put(Slot(5), at(1.0, 0.0), tick, tick);
        step(&crowd, tick, false, &mut timelines);
    }
    crowd.remove(Slot(5));
    for tick in 20..24 {
        crowd.put(Slot(5), at(2.0, 0.0), tick + 700, tick);
        step(&crowd, tick, tick < 22, &mut timelines);
    }
    // The second person stood at 2 m from the start: nobody saw them come from the first one's place.
    for ms in 1100..1300 {
        let shown = timelines.shown(Slot(5), Duration::from_millis(ms)).unwrap();
        assert_eq!(shown.position[0], 2.0, "at {ms} ms");
    }
}

/// `docs/protocol.md` shows these bytes; whoever changes them changes that page and the protocol version.
#[test]
fn the_worked_bytes_of_the_protocol_page_are_true() {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut crowd = Crowd::new();
    let (mut here, mut there) = (PoseStream::new(MAX_SLOTS), PoseStream::new(MAX_SLOTS));
    let say = |from: &mut PoseStream, to: &mut PoseStream, crowd: &Crowd, tick| {
        let mut w = BitWriter::new();
        from.write(crowd, crowd.view(None), tick, 1000, &mut w);
        let bytes = w.finish().to_vec();
        to.read(&bytes, |_| {}).unwrap();
        hex(&bytes)
    };
    let pose = |x: f32, gesture| {
        let pose = Pose {
            position: [x, 0.5, -2.0],
            yaw: core::f32::consts::FRAC_PI_2,
            gesture,
            ..Pose::default()
        };
        Quantised::new(&pose).unwrap()
    };
    crowd.put(Slot(2), pose(1.0, 0), 100, 100);
    let whole = say(&mut here, &mut there, &crowd, 100);
    let ack = say(&mut there, &mut here, &Crowd::new(), 0);
    crowd.put(Slot(2), pose(1.1, 1), 101, 101);
    let difference = say(&mut here, &mut there, &crowd, 101);
    say(&mut there, &mut here, &Crowd::new(), 0);
    crowd.put(Slot(2), pose(1.2, 1), 102, 102);
    let predicted = say(&mut here, &mut there, &crowd, 102);
    let all = [whole.as_str(), &ack, &difference, &predicted];
    assert_eq!(
        all,
        [
            "02 00 fc 64 00 01 25 02 20 00 00 02 00 c0 ff 01 02 00 00",
            "01 00 00 00 00 00 00",
            "06 00 04 65 00 01 05 9e 01 40 0c 00",
            "0a 00 04 66 00 01 85",
        ]
    );
    let page = include_str!("../../../docs/protocol.md");
    assert!(
        all.iter().all(|line| page.contains(line)),
        "the page shows other bytes"
    );
}

#[test]
fn an_ack_that_comes_after_its_datagram_was_given_up_is_not_built_on() {
    let mut crowd = Crowd::new();
    let (mut sender, mut receiver) = (Sender::new(), Receiver::<Quantised>::new(MAX_SLOTS));
    let mut acks = Vec::new();
    for tick in 0..65u16 {
        crowd.put(Slot(0), at(f32::from(tick), 0.0), tick, tick);
        if matches!(tick, 0 | 1 | 64) {
            crowd.put(Slot(1), at(0.0, f32::from(tick) * 0.01), tick, tick);
        }
        if tick == 64 {
            // Datagram 1, which had slot 1, is given up by now; the receiver has it all the same.
            sender.acked(acks[2]);
        }
        let mut w = BitWriter::new();
        sender.write(&crowd, crowd.view(None), tick, 9000, &mut w);
        let bytes = w.finish().to_vec();
        let mut read = Vec::new();
        receiver
            .read(&mut BitReader::new(&bytes), |sample| {
                read.push((sample.slot, sample.value))
            })
            .unwrap();
        for (slot, pose) in read {
            assert_eq!(Some(pose), crowd.latest(slot), "tick {tick}");
        }
        acks.extend(receiver.ack());
        if tick == 0 {
            sender.acked(acks[0]);
        }
    }
}
