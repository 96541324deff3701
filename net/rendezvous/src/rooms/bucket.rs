//! Token buckets: so many at once, so many a second after that.
//!
//! Invariant: never more than `burst` in hand, whatever the clock does.

use core::time::Duration;

use crate::config::Rate;

/// What is left of a [`Rate`]. A new bucket is full.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    left: f64,
    at: Duration,
}

impl Bucket {
    pub(crate) fn full(rate: Rate, now: Duration) -> Self {
        Self {
            left: rate.burst,
            at: now,
        }
    }

    /// Takes `cost` at `now`; `false`, and nothing taken, when there is not enough.
    pub(crate) fn take(&mut self, cost: f64, rate: Rate, now: Duration) -> bool {
        self.refill(rate, now);
        let enough = self.left >= cost;
        if enough {
            self.left -= cost;
        }
        enough
    }

    /// Whether forgetting this bucket at `now` gives nothing away.
    pub(crate) fn is_full(&mut self, rate: Rate, now: Duration) -> bool {
        self.refill(rate, now);
        self.left >= rate.burst
    }

    fn refill(&mut self, rate: Rate, now: Duration) {
        let elapsed = now.saturating_sub(self.at).as_secs_f64();
        self.left = (self.left + elapsed * rate.per_sec).min(rate.burst);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 3.0,
        per_sec: 2.0,
    };

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let mut bucket = Bucket::full(RATE, Duration::ZERO);
        let passed = (0..5).filter(|_| bucket.take(1.0, RATE, Duration::ZERO)).count();
        assert_eq!(passed, 3);
        let passed = (1..=100)
            .filter(|i| bucket.take(1.0, RATE, Duration::from_millis(i * 100)))
            .count();
        assert_eq!(passed, 20); // 10 s at 2 a second
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut bucket = Bucket::full(RATE, Duration::from_secs(10));
        assert!(bucket.take(3.0, RATE, Duration::from_secs(10)));
        assert!(!bucket.take(1.0, RATE, Duration::from_secs(5)));
        assert!(!bucket.take(1.0, RATE, Duration::from_secs(10)));
        assert!(bucket.take(1.0, RATE, Duration::from_secs(11)));
    }
}
