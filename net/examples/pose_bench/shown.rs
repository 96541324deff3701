//! How late, how right and how smooth somebody is shown at the other end of a bad link.

use crate::spread;
use holm_net::pose::walker::{Mood, Walker};
use holm_net::pose::{Crowd, Pose, PoseStream, Sampler, Slot, Timelines, tick_at};
use holm_net::transport::memory::{MemoryNet, MemoryTransport, Weather};
use holm_net::transport::{Channel, LinkEvent, LinkId, MAX_DATAGRAM_BYTES, Transport};
use holm_net::wire::BitWriter;
use serde_json::{Value, json};
use std::time::Duration;

const SECONDS: u64 = 120;
/// Frames of the one who walks, and of the one who looks: 60 and 72 a second.
const WALKER_FRAME_MS: f64 = 1000.0 / 60.0;
const VIEWER_FRAME_MS: f64 = 1000.0 / 72.0;

/// Everything that was true, every millisecond, and everything that was shown.
struct Record {
    truth: Vec<Pose>,
    shown: Vec<(f64, Pose)>,
}

impl Record {
    fn true_at(&self, ms: f64) -> [f32; 3] {
        let at = ms.max(0.0);
        let (a, part) = (at as usize, (at - at.floor()) as f32);
        let last = self.truth.len() - 1;
        let (a, b) = (
            &self.truth[a.min(last)].position,
            &self.truth[(a + 1).min(last)].position,
        );
        [0, 1, 2].map(|axis| a[axis] + (b[axis] - a[axis]) * part)
    }

    /// The delay is found, not assumed: at each frame, over the second around it, the delay at which what was
    /// shown lies closest to what was true.
    fn findings(&self) -> Value {
        let warm = self.shown.iter().position(|(ms, _)| *ms > 5000.0).unwrap_or(0);
        let shown = &self.shown[warm..];
        let (mut delays, mut errors, mut now_errors, mut excess) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for window in shown.chunks(72) {
            let moved: f32 = window
                .windows(2)
                .map(|pair| distance(pair[0].1.position, pair[1].1.position))
                .sum();
            if moved < 0.5 {
                continue; // whoever stands still has no delay to see
            }
            let off = |delay: f64| -> f64 {
                let sum: f32 = window
                    .iter()
                    .map(|(ms, p)| distance(p.position, self.true_at(ms - delay)).powi(2))
                    .sum();
                f64::from(sum)
            };
            let best = (0..500)
                .map(f64::from)
                .min_by(|a, b| off(*a).total_cmp(&off(*b)))
                .unwrap();
            delays.push(best);
            for (ms, pose) in window {
                errors.push(f64::from(distance(pose.position, self.true_at(ms - best))));
                now_errors.push(f64::from(distance(pose.position, self.true_at(*ms))));
            }
        }
        // A jump: further in one frame than anybody went in one frame near that time.
        for pair in shown.windows(2) {
            let step = distance(pair[0].1.position, pair[1].1.position);
            let frame = pair[1].0 - pair[0].0;
            let fastest = (0..300)
                .map(|back| {
                    let at = pair[1].0 - f64::from(back);
                    distance(self.true_at(at), self.true_at(at - frame))
                })
                .fold(0.0, f32::max);
            excess.push(f64::from((step - fastest).max(0.0)));
        }
        json!({
            "delay_ms": spread(delays), "error_at_shown_time_m": spread(errors),
            "error_against_now_m": spread(now_errors), "step_over_fastest_true_step_m": spread(excess),
        })
    }
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f32>()
        .sqrt()
}

fn send(
    stream: &mut PoseStream,
    crowd: &Crowd,
    viewer: Option<Slot>,
    tick: u16,
    to: (&mut MemoryTransport, LinkId),
) {
    let mut w = BitWriter::new();
    stream.write(crowd, crowd.view(viewer), tick, MAX_DATAGRAM_BYTES, &mut w);
    if w.byte_len() > 0 {
        to.0.send(to.1, Channel::Stream, w.finish().to_vec().into())
            .unwrap();
    }
}

/// A guest walks, the host looks: one link in between.
pub(crate) fn one_link(weather: Weather) -> Value {
    let net = MemoryNet::new(5);
    let (mut host, mut guest) = (net.host(), net.guest(weather));
    let (mut there, mut here) = (PoseStream::new(1), PoseStream::new(512));
    let (mut sampler, mut own, mut timelines) = (Sampler::new(), Crowd::new(), Timelines::new());
    let nobody = Crowd::new();
    run(Mood::Walking, |ms, walked, shown| {
        let now = Duration::from_millis(ms);
        let mut events = Vec::new();
        host.poll(now, &mut events);
        for event in events.drain(..) {
            if let LinkEvent::Received { bytes, .. } = event {
                there.read(&bytes, |sample| timelines.push(now, &sample)).unwrap();
            }
        }
        guest.poll(now, &mut events);
        for event in events {
            if let LinkEvent::Received { bytes, .. } = event {
                here.read(&bytes, |_| {}).unwrap();
            }
        }
        if let Some(pose) = walked {
            sampler.push(now, pose);
            if let (Some((tick, pose)), Some(link)) = (sampler.take(), guest.link()) {
                own.put(Slot(0), pose, tick, tick);
                send(&mut here, &own, None, tick, (&mut guest, link));
            }
        }
        if ms % 50 == 25
            && let Some(link) = guest.link()
        {
            send(&mut there, &nobody, None, 0, (&mut host, link));
        }
        if shown {
            timelines.advance(now);
        }
        timelines.shown(Slot(0), now)
    })
}

/// One guest walks, another looks, the host in between sends on its own ticks.
pub(crate) fn through_host(walker: Weather, viewer: Weather) -> Value {
    let net = MemoryNet::new(5);
    let (mut host, mut from, mut to) = (net.host(), net.guest(walker), net.guest(viewer));
    let (mut host_from, mut host_to) = (PoseStream::new(1), PoseStream::new(1));
    let (mut at_from, mut at_to) = (PoseStream::new(512), PoseStream::new(512));
    let (mut sampler, mut own, mut crowd) = (Sampler::new(), Crowd::new(), Crowd::new());
    let (mut timelines, nobody) = (Timelines::new(), Crowd::new());
    run(Mood::Walking, |ms, walked, shown| {
        let now = Duration::from_millis(ms);
        // The two people's ticks fall between the host's.
        let host_tick = tick_at(now + Duration::from_millis(17)) as u16;
        let mut events = Vec::new();
        host.poll(now, &mut events);
        for event in events.drain(..) {
            let LinkEvent::Received { link, bytes, .. } = event else {
                continue;
            };
            if Some(link) == from.link() {
                host_from
                    .read(&bytes, |sample| {
                        _ = crowd.put(Slot(1), sample.value, sample.tick, host_tick)
                    })
                    .unwrap();
            } else {
                host_to.read(&bytes, |_| {}).unwrap();
            }
        }
        from.poll(now, &mut events);
        for event in events.drain(..) {
            if let LinkEvent::Received { bytes, .. } = event {
                at_from.read(&bytes, |_| {}).unwrap();
            }
        }
        to.poll(now, &mut events);
        for event in events {
            if let LinkEvent::Received { bytes, .. } = event {
                at_to.read(&bytes, |sample| timelines.push(now, &sample)).unwrap();
            }
        }
        if let Some(pose) = walked {
            sampler.push(now, pose);
            if let (Some((tick, pose)), Some(link)) = (sampler.take(), from.link()) {
                own.put(Slot(0), pose, tick, tick);
                send(&mut at_from, &own, None, tick, (&mut from, link));
            }
        }
        if (ms + 17) % 50 == 0
            && let (Some(a), Some(b)) = (from.link(), to.link())
        {
            send(&mut host_from, &nobody, None, host_tick, (&mut host, a));
            send(&mut host_to, &crowd, Some(Slot(2)), host_tick, (&mut host, b));
            send(&mut at_to, &nobody, None, host_tick, (&mut to, b));
        }
        if shown {
            timelines.advance(now);
        }
        timelines.shown(Slot(1), now)
    })
}

/// Walks for [`SECONDS`]; `step` gets each millisecond, the pose when the walker drew a frame, and whether
/// the viewer draws one, and gives what is shown.
fn run(mood: Mood, mut step: impl FnMut(u64, Option<Pose>, bool) -> Option<Pose>) -> Value {
    let mut walker = Walker::new(3, mood, [0.0; 2], 30.0);
    let mut record = Record {
        truth: Vec::new(),
        shown: Vec::new(),
    };
    let (mut walker_frame, mut viewer_frame) = (0.0, 0.0);
    for ms in 0..SECONDS * 1000 {
        record.truth.push(walker.step(0.001));
        let walked = ms as f64 >= walker_frame;
        if walked {
            walker_frame += WALKER_FRAME_MS;
        }
        let draws = ms as f64 >= viewer_frame;
        if draws {
            viewer_frame += VIEWER_FRAME_MS;
        }
        let shown = step(ms, walked.then(|| walker.pose()), draws);
        if draws && let Some(shown) = shown {
            record.shown.push((ms as f64, shown));
        }
    }
    record.findings()
}
