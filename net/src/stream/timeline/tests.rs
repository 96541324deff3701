//! How people look at the other end of a link.

use super::*;
use crate::pose::walker::{Mood, Walker};
use crate::pose::{Crowd, Pose, PoseStream, Quantised, Sample, Sampler, Timeline};
use crate::transport::memory::{MemoryNet, Weather};
use crate::transport::{Channel, LinkEvent, Transport};
use crate::wire::BitWriter;

const MS: Duration = Duration::from_millis(1);

fn sample(tick: u16, x: f32, generation: bool) -> Sample {
    let pose = Pose {
        position: [x, 0.0, 0.0],
        ..Pose::default()
    };
    Sample {
        slot: Slot(0),
        generation,
        tick,
        value: Quantised::new(&pose).unwrap(),
        bits: 0,
    }
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f32>().sqrt()
}

struct Seen {
    /// Seconds between when somebody was there and when they were shown there, at each frame.
    delays: Vec<f64>,
    /// Metres between where they were shown and where they were at that time.
    errors: Vec<f64>,
    /// Metres that one frame of 1/72 s moved them further than they moved in any frame around that time.
    jumps: Vec<f64>,
}

fn part(values: &mut [f64], part: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * part) as usize]
}

/// Somebody walks for a minute at 60 frames a second and is seen at 72 over `weather`.
fn see(seed: u64, weather: Weather) -> Seen {
    let net = MemoryNet::new(seed);
    let (mut host, mut guest) = (net.host(), net.guest(weather));
    let (mut there, mut here) = (PoseStream::new(1), PoseStream::new(512));
    let (mut sampler, mut own, mut timeline) = (Sampler::new(), Crowd::new(), Timeline::new());
    let mut walker = Walker::new(seed, Mood::Walking, [0.0; 2], 20.0);
    let (mut truth, mut shown) = (Vec::new(), Vec::new());
    let mut seen = Seen {
        delays: Vec::new(),
        errors: Vec::new(),
        jumps: Vec::new(),
    };
    let mut w = BitWriter::new();
    for ms in 0..60_000u32 {
        let now = MS * ms;
        truth.push(walker.step(0.001).position);
        let mut events = Vec::new();
        host.poll(now, &mut events);
        for event in events.drain(..) {
            if let LinkEvent::Received { bytes, .. } = event {
                there.read(&bytes, |sample| timeline.push(now, &sample)).unwrap();
            }
        }
        guest.poll(now, &mut events);
        for event in events {
            if let LinkEvent::Received { bytes, .. } = event {
                here.read(&bytes, |_| {}).unwrap();
            }
        }
        let Some(link) = guest.link() else { continue };
        w.clear();
        if ms % 50 == 25 {
            there.write(&Crowd::new(), crate::pose::View::default(), 0, 1159, &mut w);
            if w.byte_len() > 0 {
                host.send(link, Channel::Stream, w.finish().to_vec().into())
                    .unwrap();
            }
        }
        w.clear();
        if ms * 60 / 1000 != (ms + 1) * 60 / 1000 {
            sampler.push(now, walker.pose());
            if let Some((tick, pose)) = sampler.take() {
                own.put(Slot(0), pose, tick, tick);
                here.write(&own, own.view(None), tick, 1159, &mut w);
                guest
                    .send(link, Channel::Stream, w.finish().to_vec().into())
                    .unwrap();
            }
        }
        if ms * 72 / 1000 == (ms + 1) * 72 / 1000 {
            continue;
        }
        timeline.advance(now);
        let Some(pose) = timeline.shown(now) else { continue };
        shown.push((ms, pose.position));
        if ms > 5000 {
            let delay = timeline.delay_at(now.as_secs_f64());
            seen.delays.push(delay);
            let was = truth[(f64::from(ms) - delay * 1000.0) as usize];
            seen.errors.push(f64::from(distance(pose.position, was)));
        }
    }
    for pair in shown.windows(2).filter(|pair| pair[0].0 > 5000) {
        let (from, to) = (pair[0].0 as usize, pair[1].0 as usize);
        let step = distance(pair[0].1, pair[1].1);
        let fastest = (0..300)
            .map(|back| distance(truth[to - back], truth[from - back]))
            .fold(0.0, f32::max);
        seen.jumps.push(f64::from((step - fastest).max(0.0)));
    }
    seen
}

#[test]
fn over_the_bench_link_people_are_shown_within_150_ms_and_do_not_jump() {
    for seed in 1..4 {
        let Seen {
            mut delays,
            mut errors,
            mut jumps,
        } = see(seed, Weather::BENCH_50MS);
        let (median, late) = (part(&mut delays, 0.5), part(&mut delays, 0.95));
        assert!(
            late <= 0.150,
            "seed {seed}: shown after {median:.3} s, 95 % within {late:.3} s"
        );
        let error = part(&mut errors, 0.95);
        assert!(
            error <= 0.05,
            "seed {seed}: 95 % within {error:.3} m of the truth"
        );
        let jump = part(&mut jumps, 1.0);
        assert!(
            jump <= 0.05,
            "seed {seed}: one frame moved {jump:.3} m further than anybody went"
        );
    }
}

#[test]
fn on_a_weak_link_people_are_later_but_still_do_not_jump() {
    for weather in [Weather::BAD_WIFI, Weather::WEAK_4G] {
        let Seen {
            mut delays,
            mut jumps,
            ..
        } = see(2, weather);
        let late = part(&mut delays, 0.95);
        assert!(late <= 0.350, "{}: 95 % within {late:.3} s", weather.name);
        let jump = part(&mut jumps, 0.999);
        assert!(jump <= 0.05, "{}: {jump:.3} m", weather.name);
    }
}

#[test]
fn a_still_person_is_not_seen_to_start_before_they_do() {
    let mut timeline = Timeline::new();
    // Still, and told of four times a second; then off at 4 m/s and told of each tick.
    for tick in (0..=40).step_by(5) {
        timeline.push(MS * (tick * 50 + 30), &sample(tick as u16, 0.0, false));
    }
    for tick in 48..60u32 {
        timeline.push(
            MS * (tick * 50 + 30),
            &sample(tick as u16, (tick - 47) as f32 * 0.2, false),
        );
    }
    assert!(
        timeline.delay < 0.2,
        "waits {} s for somebody who stood still",
        timeline.delay
    );
    let early = timeline.raw(45.0 * TICK + timeline.delay).unwrap().0[0];
    assert!(early.abs() < 0.01, "moved {early} m before they did");
}

#[test]
fn who_is_not_heard_of_slows_down_and_stops() {
    let mut timeline = Timeline::new();
    for tick in 0..40u32 {
        timeline.push(
            MS * (tick * 50 + 30),
            &sample(tick as u16, tick as f32 * 0.1, false),
        );
    }
    let last = 39.0 * 0.1;
    let then = timeline.shown(MS * 2600).unwrap().position[0];
    let later = timeline.shown(MS * 9000).unwrap().position[0];
    assert_eq!(then, later);
    // 2 m/s for 150 ms, slowing down evenly: half of 0.3 m.
    assert!((then - last - 0.15).abs() < 0.01, "went on for {} m", then - last);
}

#[test]
fn a_real_jump_is_shown_as_one_and_nobody_is_ever_in_the_middle() {
    let mut timeline = Timeline::new();
    for tick in 0..40u32 {
        let x = if tick < 20 { 0.0 } else { 50.0 };
        timeline.push(MS * (tick * 50 + 30), &sample(tick as u16, x, false));
        for ms in 0..50 {
            let x = timeline.shown(MS * (tick * 50 + 30 + ms)).unwrap().position[0];
            assert!(x.abs() < 0.01 || (x - 50.0).abs() < 0.01, "shown at {x} m");
        }
    }
    assert_eq!(timeline.shown(MS * 2100).unwrap().position[0], 50.0);
}

#[test]
fn after_a_long_silence_the_timeline_starts_anew() {
    let mut timeline = Timeline::new();
    for tick in 0..20u32 {
        timeline.push(MS * (tick * 50 + 30), &sample(tick as u16, 0.0, false));
    }
    // The same person 30 s later on a slower link, their ticks counted on.
    for tick in 620..640u32 {
        timeline.push(MS * (tick * 50 + 1500), &sample(tick as u16, 7.0, false));
    }
    let shown = timeline.shown(MS * (640 * 50 + 1500)).unwrap();
    assert_eq!(shown.position[0], 7.0);
    assert!(timeline.stats().added < 0.2);
}

#[test]
fn samples_that_come_twice_or_in_the_wrong_order_are_put_in_their_place() {
    let mut timeline = Timeline::new();
    for tick in [0u16, 2, 1, 1, 4, 3, 3, 5] {
        timeline.push(MS * 100, &sample(tick, f32::from(tick) * 0.1, false));
    }
    let ticks: Vec<i64> = timeline.keys.iter().map(|key| key.tick).collect();
    assert_eq!(ticks, [0, 1, 2, 3, 4, 5]);
}
