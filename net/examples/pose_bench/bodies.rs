//! What moving things cost: a host's whole work a tick, and bytes for one guest.

use crate::cost::{people, walk};
use holm_net::body::{self, Bodies, BodyPose, BodyStream, MAX_BODIES};
use holm_net::pose::walker::Mood;
use holm_net::pose::{Crowd, PoseStream, Slot, View};
use holm_net::stream::Streamed;
use holm_net::transport::MAX_DATAGRAM_BYTES;
use holm_net::wire::BitWriter;
use serde_json::{Value, json};
use std::time::Instant;

const TICKS: u64 = 400;

/// A thing that is thrown up, turns, falls and bounces, each in its own rhythm, about a place of its own.
fn tumbling_at(number: usize, secs: f32) -> BodyPose {
    let n = number as f32;
    let phase = (secs + n * 0.37).rem_euclid(1.6);
    let height = 0.25 + 7.8 * phase - 4.9 * phase * phase;
    let half = [0.9, 1.3, 0.5].map(|rate: f32| (rate + (n * 0.11).sin()) * secs);
    let length = half.iter().map(|part| part * part).sum::<f32>().sqrt().max(1e-6);
    let (sin, cos) = length.sin_cos();
    BodyPose {
        position: [
            (number % 31) as f32 - 15.0 + (secs * 0.7 + n).sin(),
            height.max(0.25),
            (number / 31) as f32 - 15.0 + (secs * 0.9 + n).cos(),
        ],
        rotation: [
            half[0] / length * sin,
            half[1] / length * sin,
            half[2] / length * sin,
            cos,
        ],
    }
}

fn tumble(bodies: &mut Bodies, count: usize, tick: u64) {
    for number in 0..count {
        let pose = tumbling_at(number, tick as f32 * 0.05);
        let pose = body::Quantised::new(&pose).unwrap();
        bodies.put_at(Slot(number as u16), pose, tick as u16);
    }
}

/// `guests` people and `count` bodies all near each other: everything is told to everybody in every tick, acks come two
/// ticks later.
pub(crate) fn replication(guests: usize, count: usize) -> Value {
    let mut walkers = people(guests, Mood::Walking, 4.0);
    let (mut crowd, mut bodies) = (Crowd::new(), Bodies::new());
    let mut down: Vec<_> = (0..guests)
        .map(|_| (PoseStream::new(1), BodyStream::new(2)))
        .collect();
    let mut up: Vec<_> = (0..guests)
        .map(|_| (PoseStream::new(512), BodyStream::new(MAX_BODIES)))
        .collect();
    let mut under_way: Vec<Vec<[Vec<u8>; 2]>> = vec![Vec::new(); guests];
    let (mut w, nobody, nothing) = (BitWriter::new(), Crowd::new(), Bodies::new());
    let (mut host, mut decode) = (Vec::new(), Vec::new());
    let (mut updates, mut bits) = (0u64, 0u64);
    for tick in 0..TICKS * 2 {
        let measured = tick >= TICKS;
        walk(&mut walkers, &mut crowd, tick);
        tumble(&mut bodies, count, tick);
        let (mut work, mut told, mut read, mut heard) = (0.0, 0u32, 0.0, 0u32);
        for guest in 0..guests {
            let view = crowd.view(Some(Slot(guest as u16)));
            let mut sections = [Vec::new(), Vec::new()];
            w.clear();
            let started = Instant::now();
            let people = down[guest]
                .0
                .write(&crowd, view, tick as u16, MAX_DATAGRAM_BYTES, &mut w);
            work += started.elapsed().as_nanos() as f64;
            sections[0] = w.finish().to_vec();
            w.clear();
            let view = View {
                eye: view.eye,
                except: None,
            };
            let started = Instant::now();
            let things = down[guest]
                .1
                .write(&bodies, view, tick as u16, MAX_DATAGRAM_BYTES, &mut w);
            work += started.elapsed().as_nanos() as f64;
            sections[1] = w.finish().to_vec();
            told += people.updates + things.updates;
            bits += if measured {
                u64::from(people.bits + things.bits)
            } else {
                0
            };
            under_way[guest].push(sections);
            if under_way[guest].len() < 3 {
                continue;
            }
            let [people, things] = under_way[guest].remove(0);
            let started = Instant::now();
            if !people.is_empty() {
                up[guest].0.read(&people, |_| heard += 1).unwrap();
            }
            if !things.is_empty() {
                up[guest].1.read(&things, |_| heard += 1).unwrap();
            }
            read += started.elapsed().as_nanos() as f64;
            w.clear();
            up[guest]
                .0
                .write(&nobody, View::default(), tick as u16, MAX_DATAGRAM_BYTES, &mut w);
            let people = w.finish().to_vec();
            w.clear();
            up[guest]
                .1
                .write(&nothing, View::default(), tick as u16, MAX_DATAGRAM_BYTES, &mut w);
            let things = w.finish().to_vec();
            let started = Instant::now();
            down[guest].0.read(&people, |_| {}).unwrap();
            down[guest].1.read(&things, |_| {}).unwrap();
            work += started.elapsed().as_nanos() as f64;
        }
        if measured {
            updates += u64::from(told);
            host.push(work / 1e3);
            decode.push(read / f64::from(heard.max(1)));
        }
    }
    let middle = |values: &mut Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let a_tick = updates as f64 / TICKS as f64;
    let host = middle(&mut host);
    json!({
        "updates_a_tick": a_tick.round(),
        "host_us_a_tick": (host * 10.0).round() / 10.0,
        "host_ns_an_update": (host * 1e3 / a_tick).round(),
        "guest_ns_an_update": middle(&mut decode).round(),
        "bytes_an_update": (bits as f64 / 8.0 / updates as f64 * 100.0).round() / 100.0,
    })
}

/// Kilobits a second for one guest in the middle of so many bodies, all in motion.
pub(crate) fn tumbling(count: usize) -> Value {
    let (mut bodies, mut here, mut there) = (Bodies::new(), BodyStream::new(2), BodyStream::new(MAX_BODIES));
    let (mut w, nothing) = (BitWriter::new(), Bodies::new());
    let view = View {
        eye: Some([0.0; 3]),
        except: None,
    };
    let (mut bytes, mut told) = (0usize, vec![0u32; count]);
    for tick in 0..TICKS * 2 {
        tumble(&mut bodies, count, tick);
        w.clear();
        // What the budget of 256 kbit/s leaves of a tick, headers taken off.
        here.write(&bodies, view, tick as u16, MAX_DATAGRAM_BYTES, &mut w);
        let section = w.finish().to_vec();
        let measured = tick >= TICKS;
        bytes += if measured { section.len() + 93 } else { 0 };
        there
            .read(&section, |sample| {
                told[usize::from(sample.slot.0)] += u32::from(measured)
            })
            .unwrap();
        w.clear();
        there.write(&nothing, View::default(), tick as u16, MAX_DATAGRAM_BYTES, &mut w);
        here.read(w.finish(), |_| {}).unwrap();
    }
    let secs = TICKS as f64 / 20.0;
    told.sort_unstable();
    json!({
        "kbit_a_second": (bytes as f64 * 8.0 / 1e3 / secs).round(),
        "updates_a_second_each": (told.iter().sum::<u32>() as f64 / count as f64 / secs * 100.0).round() / 100.0,
        "of_the_worst_served": f64::from(told[0]) / secs,
    })
}
