//! One pose each tick, exactly on the tick, whatever the frame rate.
//!
//! A pose sampled whenever a frame happens to be drawn would carry that frame's jitter to everybody else;
//! one on the tick needs no time stamp but its number. So between the two frames around a tick the pose
//! is put together from both.

use super::{POSE_HZ, Pose, Quantised};
use core::f32::consts::{PI, TAU};
use core::time::Duration;

/// My own avatar on its way to the wire.
#[derive(Clone, Debug, Default)]
pub struct Sampler {
    before: Option<(Duration, Pose)>,
    newest: Option<(Duration, Pose)>,
    taken: Option<u64>,
}

/// The tick under way at `now`.
#[must_use]
pub fn tick_at(now: Duration) -> u64 {
    (now.as_nanos() * u128::from(POSE_HZ) / 1_000_000_000) as u64
}

fn time_of(tick: u64) -> Duration {
    Duration::from_nanos(tick * (1_000_000_000 / u64::from(POSE_HZ)))
}

const _: () = assert!(1_000_000_000 % POSE_HZ as u64 == 0);

impl Sampler {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// My pose as drawn at `now`; call it every frame. A pose that is not finite is dropped, and so is
    /// one from before the last.
    pub fn push(&mut self, now: Duration, pose: Pose) {
        if Quantised::new(&pose).is_none() || self.newest.is_some_and(|(time, _)| now <= time) {
            return;
        }
        self.before = self.newest;
        self.newest = Some((now, pose));
    }

    /// The pose at the newest tick that lies behind us, once: its tick count, wrapped, and the pose.
    pub fn take(&mut self) -> Option<(u16, Quantised)> {
        let (end, newest) = self.newest?;
        let tick = tick_at(end);
        if self.taken.is_some_and(|taken| tick <= taken) {
            return None;
        }
        self.taken = Some(tick);
        let pose = match self.before {
            Some((start, before)) if start < time_of(tick) => {
                let part = (time_of(tick) - start).as_secs_f32() / (end - start).as_secs_f32();
                between(&before, &newest, part)
            }
            _ => newest,
        };
        Some((tick as u16, Quantised::new(&pose)?))
    }
}

/// `part` of the way from `a` to `b`; what cannot lie between is `b`'s.
fn between(a: &Pose, b: &Pose, part: f32) -> Pose {
    let mix = |a: f32, b: f32| a + (b - a) * part;
    let jumped = (0..3).any(|axis| (b.position[axis] - a.position[axis]).abs() > 3.0);
    if jumped {
        return *b; // nobody was ever in the middle of a teleport
    }
    let turn = (b.yaw - a.yaw + PI).rem_euclid(TAU) - PI;
    Pose {
        position: [0, 1, 2].map(|axis| mix(a.position[axis], b.position[axis])),
        yaw: a.yaw + turn * part,
        head_yaw: mix(a.head_yaw, b.head_yaw),
        pitch: mix(a.pitch, b.pitch),
        ..*b
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_on_ticks_whatever_the_frames_do() {
        let mut sampler = Sampler::new();
        let mut frames = [7u64, 16, 31, 3, 24].iter().cycle();
        let (mut now, mut ticks) = (0, Vec::new());
        while now < 2000 {
            now += frames.next().unwrap();
            let time = Duration::from_millis(now);
            sampler.push(
                time,
                Pose {
                    position: [time.as_secs_f32() * 4.0, 0.0, 0.0],
                    ..Pose::default()
                },
            );
            if let Some((tick, pose)) = sampler.take() {
                let there = f32::from(tick) * 0.05 * 4.0;
                if tick > 0 {
                    assert!(
                        (pose.metres()[0] - there).abs() < 0.002,
                        "tick {tick}: {} for {there}",
                        pose.metres()[0]
                    );
                }
                ticks.push(tick);
            }
        }
        assert!(ticks.into_iter().eq(0..=40));
    }

    #[test]
    fn a_pose_that_is_nowhere_is_not_sampled() {
        let mut sampler = Sampler::new();
        sampler.push(
            Duration::from_millis(60),
            Pose {
                yaw: f32::NAN,
                ..Pose::default()
            },
        );
        assert_eq!(sampler.take(), None);
    }
}
