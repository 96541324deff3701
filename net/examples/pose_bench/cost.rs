//! Bytes on a lossy link, and time with nothing in between.

use crate::spread;
use holm_net::pose::walker::{Mood, Walker};
use holm_net::pose::{Crowd, PoseStream, Quantised, Slot, View};
use holm_net::transport::memory::{MemoryNet, Weather};
use holm_net::transport::{Channel, LinkEvent, MAX_DATAGRAM_BYTES, Transport};
use holm_net::wire::BitWriter;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Ticks measured, after as many to get going.
const TICKS: u64 = 400;
const TICK: Duration = Duration::from_millis(50);

pub(crate) fn people(count: usize, mood: Mood, range: f32) -> Vec<Walker> {
    (0..count)
        .map(|n| Walker::new(n as u64 + 1, mood, [0.0; 2], range))
        .collect()
}

/// Steps everybody by a tick and puts them into the crowd.
pub(crate) fn walk(people: &mut [Walker], crowd: &mut Crowd, tick: u64) {
    for (slot, walker) in people.iter_mut().enumerate() {
        for _ in 0..5 {
            walker.step(0.01);
        }
        let pose = Quantised::new(&walker.pose()).unwrap();
        crowd.put(Slot(slot as u16), pose, tick as u16, tick as u16);
    }
}

/// One host and one guest among `count` people within 10 m, over a real link's weather.
pub(crate) fn bytes(count: usize, mood: Mood, weather: Weather) -> Value {
    let mut people = people(count, mood, 6.0);
    let mut crowd = Crowd::new();
    let net = MemoryNet::new(11);
    let (mut host, mut guest) = (net.host(), net.guest(weather));
    let (mut down, mut up) = (PoseStream::new(1), PoseStream::new(512));
    let (mut w, mut events, mut link) = (BitWriter::new(), Vec::new(), None);
    let (mut updates, mut datagrams, mut missed) = (Vec::new(), Vec::new(), 0u64);
    let nobody = Crowd::new();
    for tick in 0..TICKS * 2 {
        walk(&mut people, &mut crowd, tick);
        // The link delivers between ticks, not on them.
        for part in 0..10 {
            let now = TICK * tick as u32 + Duration::from_millis(5) * part;
            guest.poll(now, &mut events);
            for event in events.drain(..) {
                if let LinkEvent::Received { bytes, .. } = event {
                    let measured = tick >= TICKS;
                    let arrival = up.read(&bytes, |sample| {
                        if measured {
                            updates.push(f64::from(sample.bits) / 8.0);
                        }
                    });
                    arrival.unwrap();
                }
            }
            host.poll(now, &mut events);
            for event in events.drain(..) {
                match event {
                    LinkEvent::Opened { link: opened, .. } => link = Some(opened),
                    LinkEvent::Received { bytes, .. } => {
                        down.read(&bytes, |_| {}).unwrap();
                    }
                    _ => {}
                }
            }
            let Some(link) = link.filter(|_| part == 0 && guest.link().is_some()) else {
                continue;
            };
            w.clear();
            let written = down.write(
                &crowd,
                crowd.view(Some(Slot(0))),
                tick as u16,
                MAX_DATAGRAM_BYTES,
                &mut w,
            );
            missed += u64::from(written.waiting);
            if w.byte_len() > 0 {
                if tick >= TICKS {
                    datagrams.push(w.byte_len() as f64);
                }
                host.send(link, Channel::Stream, w.finish().to_vec().into())
                    .unwrap();
            }
            w.clear();
            up.write(&nobody, View::default(), tick as u16, MAX_DATAGRAM_BYTES, &mut w);
            if w.byte_len() > 0 {
                guest
                    .send(link, Channel::Stream, w.finish().to_vec().into())
                    .unwrap();
            }
        }
    }
    json!({ "update_bytes": spread(updates), "datagram_bytes": spread(datagrams), "updates_waiting": missed })
}

/// `count` receivers that each watch all others, everyone walking; acks come back after two ticks.
pub(crate) fn cpu(count: usize, range: f32) -> Value {
    let mut people = people(count, Mood::Walking, range);
    let mut crowd = Crowd::new();
    let mut down: Vec<_> = (0..count).map(|_| PoseStream::new(1)).collect();
    let mut up: Vec<_> = (0..count).map(|_| PoseStream::new(512)).collect();
    let mut under_way: Vec<Vec<Vec<u8>>> = vec![Vec::new(); count];
    let (mut w, nobody) = (BitWriter::new(), Crowd::new());
    // The middle of many: what else runs on the machine does not count.
    let (mut encode, mut decode, mut ack) = (Vec::new(), Vec::new(), Vec::new());
    let (mut updates, mut bits, ticks) = (0u64, 0u64, 100);
    for tick in 0..ticks * 2 {
        let measured = tick >= ticks;
        walk(&mut people, &mut crowd, tick);
        for receiver in 0..count {
            w.clear();
            let started = Instant::now();
            let written = down[receiver].write(
                &crowd,
                crowd.view(Some(Slot(receiver as u16))),
                tick as u16,
                MAX_DATAGRAM_BYTES,
                &mut w,
            );
            let took = started.elapsed();
            if measured {
                if written.updates > 0 {
                    encode.push(took.as_nanos() as f64 / f64::from(written.updates));
                }
                updates += u64::from(written.updates);
                bits += u64::from(written.bits);
            }
            under_way[receiver].push(w.finish().to_vec());
            if under_way[receiver].len() < 3 {
                continue;
            }
            let body = under_way[receiver].remove(0);
            if body.is_empty() {
                continue;
            }
            let mut count = 0u32;
            let started = Instant::now();
            up[receiver].read(&body, |_| count += 1).unwrap();
            let took = started.elapsed();
            w.clear();
            up[receiver].write(&nobody, View::default(), tick as u16, MAX_DATAGRAM_BYTES, &mut w);
            let reply = w.finish().to_vec();
            let started = Instant::now();
            down[receiver].read(&reply, |_| {}).unwrap();
            let answered = started.elapsed();
            if measured {
                decode.push(took.as_nanos() as f64 / f64::from(count));
                ack.push(answered.as_nanos() as f64 / f64::from(count));
            }
        }
    }
    let seconds = ticks as f64 / 20.0;
    let middle = |values: &mut Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2].round()
    };
    let (encode, decode, ack) = (middle(&mut encode), middle(&mut decode), middle(&mut ack));
    let per_second = updates as f64 / seconds;
    json!({
        "encode_ns_per_update": encode,
        "ack_ns_per_update": ack,
        "decode_ns_per_update": decode,
        "host_cores": ((encode + ack) * per_second / 1e6).round() / 1000.0,
        "updates_per_second": per_second.round(),
        "bytes_per_update": (bits as f64 / 8.0 / updates as f64 * 100.0).round() / 100.0,
    })
}
