//! One sample each tick, exactly on the tick, whatever the frame rate.
//!
//! One taken whenever a frame happens to be drawn would carry that frame's jitter to everybody else;
//! one on the tick needs no time stamp but its number. So between the two frames around a tick it
//! is put together from both.

use super::{Streamed, TICK_HZ};
use core::time::Duration;

/// What is mine on its way to the wire.
#[derive(Clone, Debug)]
pub struct Sampler<V: Streamed> {
    before: Option<(Duration, V::Shown)>,
    newest: Option<(Duration, V::Shown)>,
    taken: Option<u64>,
}

/// The tick under way at `now`.
#[must_use]
pub fn tick_at(now: Duration) -> u64 {
    (now.as_nanos() * u128::from(TICK_HZ) / 1_000_000_000) as u64
}

fn time_of(tick: u64) -> Duration {
    Duration::from_nanos(tick * (1_000_000_000 / u64::from(TICK_HZ)))
}

const _: () = assert!(1_000_000_000 % TICK_HZ as u64 == 0);

impl<V: Streamed> Default for Sampler<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: Streamed> Sampler<V> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            before: None,
            newest: None,
            taken: None,
        }
    }

    /// As drawn at `now`; call it every frame. What is not finite is dropped, and so is
    /// one from before the last.
    pub fn push(&mut self, now: Duration, shown: V::Shown) {
        if V::new(&shown).is_none() || self.newest.is_some_and(|(time, _)| now <= time) {
            return;
        }
        self.before = self.newest;
        self.newest = Some((now, shown));
    }

    /// The sample at the newest tick that lies behind us, once, and that tick's count, wrapped.
    pub fn take(&mut self) -> Option<(u16, V)> {
        let (end, newest) = self.newest?;
        let tick = tick_at(end);
        if self.taken.is_some_and(|taken| tick <= taken) {
            return None;
        }
        self.taken = Some(tick);
        let shown = match self.before {
            Some((start, before)) if start < time_of(tick) => {
                let part = (time_of(tick) - start).as_secs_f32() / (end - start).as_secs_f32();
                V::between(&before, &newest, part)
            }
            _ => newest,
        };
        Some((tick as u16, V::new(&shown)?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::pose::{Pose, Sampler};

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
