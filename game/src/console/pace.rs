//! How long a host works on each frame: what `status`, the admin page and the metrics say of it.
//!
//! Invariant: bounded memory, whatever it is told.

use bevy::prelude::Resource;
use serde::Serialize;
use std::collections::VecDeque;
use std::time::Duration;

/// Upper ends of the histogram, seconds: a frame at 60 Hz is 16.7 ms, a network tick 50 ms.
pub const BUCKETS: [f64; 10] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.0167, 0.025, 0.05, 0.1, 0.5];
/// Frames that percentiles are of: half a minute.
const RECENT: usize = 2_048;

/// Work of the frames so far.
#[derive(Resource, Clone, Debug, Default)]
pub struct Pace {
    /// By [`BUCKETS`], not summed up; the last is what is beyond.
    counts: [u64; BUCKETS.len() + 1],
    sum_secs: f64,
    recent: VecDeque<f32>,
}

/// The newest frames in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    pub p50_ms: f32,
    pub p95_ms: f32,
    pub p99_ms: f32,
    pub max_ms: f32,
}

/// All frames.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Histogram {
    /// Frames of at most so many seconds, and how many; each bucket has those before it in it.
    pub buckets: Vec<(f64, u64)>,
    pub count: u64,
    pub sum_secs: f64,
}

impl Pace {
    pub fn note(&mut self, worked: Duration) {
        let secs = worked.as_secs_f64();
        let at = BUCKETS.partition_point(|end| *end < secs);
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        self.sum_secs += secs;
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back((secs * 1e3) as f32);
    }

    pub fn percentiles(&self) -> Percentiles {
        let mut sorted: Vec<f32> = self.recent.iter().copied().collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let at = |share: f32| {
            let last = sorted.len().saturating_sub(1);
            let index = (last as f32 * share).round() as usize;
            sorted.get(index).copied().unwrap_or_default()
        };
        Percentiles {
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            max_ms: at(1.0),
        }
    }

    pub fn histogram(&self) -> Histogram {
        let mut count = 0;
        let mut summed = self.counts.iter().map(|one| {
            count += one;
            count
        });
        let buckets = BUCKETS.iter().copied().zip(&mut summed).collect();
        let count = summed.last().unwrap_or_default();
        Histogram {
            buckets,
            count,
            sum_secs: self.sum_secs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_where_they_belong() {
        let mut pace = Pace::default();
        assert_eq!(pace.percentiles(), Percentiles::default());
        for ms in 1..=100 {
            pace.note(Duration::from_millis(ms));
        }
        pace.note(Duration::from_secs(9));
        let told = pace.histogram();
        assert_eq!(told.count, 101);
        assert_eq!(told.buckets[0], (0.0005, 0));
        assert_eq!(told.buckets[1], (0.001, 1), "an end belongs to its bucket");
        assert_eq!(told.buckets[3], (0.005, 5));
        assert_eq!(told.buckets[9], (0.5, 100));
        assert!(told.buckets.is_sorted_by_key(|(_, count)| *count));
        assert!((told.sum_secs - 14.05).abs() < 1e-6);
        let percentiles = pace.percentiles();
        assert!((percentiles.p50_ms - 51.0).abs() < 1.5, "{percentiles:?}");
        assert!((percentiles.max_ms - 9_000.0).abs() < 1.0);
    }

    #[test]
    fn only_the_newest_frames_make_percentiles() {
        let mut pace = Pace::default();
        pace.note(Duration::from_secs(9));
        for _ in 0..RECENT {
            pace.note(Duration::from_millis(2));
        }
        assert!((pace.percentiles().max_ms - 2.0).abs() < 0.01);
    }
}
