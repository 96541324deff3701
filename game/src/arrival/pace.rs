//! How fast something arrives, from how much of it is here now and then.
//!
//! Invariant: no division by nothing, and time that stands still or jumps (a laptop that slept) gives no nonsense.

use std::time::Duration;

/// Looked back on for the rate: short enough to follow a train into a tunnel, long enough not to flicker.
const WINDOW: Duration = Duration::from_secs(3);

/// A rate from less would be a guess.
const ENOUGH: Duration = Duration::from_millis(800);

/// Nothing for so long is said.
const SILENCE: Duration = Duration::from_secs(6);

/// Between two samples: the window holds thirty.
const EVERY: Duration = Duration::from_millis(100);

/// What arrived when.
#[derive(Debug, Default)]
pub(super) struct Pace {
    samples: Vec<(Duration, u64)>,
    /// When something last arrived.
    moved: Option<Duration>,
}

impl Pace {
    pub(super) fn see(&mut self, now: Duration, have: u64) {
        let Some(&(last, before)) = self.samples.last() else {
            self.samples.push((now, have));
            self.moved = Some(now);
            return;
        };
        if have < before {
            // Another thing is fetched.
            *self = Self::default();
            return self.see(now, have);
        }
        if have > before {
            self.moved = Some(now);
        }
        if now.saturating_sub(last) >= EVERY {
            self.samples.push((now, have));
            self.samples
                .retain(|(then, _)| now.saturating_sub(*then) <= WINDOW);
        }
    }

    /// `None` before there is enough to say it by.
    pub(super) fn bytes_per_sec(&self) -> Option<f64> {
        let (&(from, few), &(to, many)) = (self.samples.first()?, self.samples.last()?);
        let span = to.saturating_sub(from);
        (span >= ENOUGH).then(|| many.saturating_sub(few) as f64 / span.as_secs_f64())
    }

    /// Whole seconds since something arrived, once that is worth a word.
    pub(super) fn silent_secs(&self, now: Duration) -> Option<f64> {
        let silent = now.saturating_sub(self.moved?);
        (silent >= SILENCE).then_some(silent.as_secs() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_steady_line_has_its_rate_and_no_rate_is_guessed_at_first() {
        let mut pace = Pace::default();
        pace.see(at(0), 0);
        pace.see(at(100), 10_000);
        assert_eq!(pace.bytes_per_sec(), None);
        for step in 2..=100 {
            pace.see(at(step * 100), step * 10_000);
        }
        let rate = pace.bytes_per_sec().unwrap_or_default();
        assert!((rate - 100_000.0).abs() < 1.0, "{rate}");
        assert!(pace.samples.len() <= 32, "{}", pace.samples.len());
    }

    #[test]
    fn silence_is_said_after_a_while_and_ends_with_the_next_byte() {
        let mut pace = Pace::default();
        pace.see(at(0), 5);
        pace.see(at(5_900), 5);
        assert_eq!(pace.silent_secs(at(5_900)), None);
        assert_eq!(pace.silent_secs(at(7_200)), Some(7.0));
        pace.see(at(7_300), 6);
        assert_eq!(pace.silent_secs(at(7_300)), None);
    }

    #[test]
    fn something_else_that_is_fetched_begins_anew_and_a_clock_that_goes_back_harms_nobody() {
        let mut pace = Pace::default();
        for step in 0..30 {
            pace.see(at(step * 100), step * 1_000);
        }
        pace.see(at(3_000), 10);
        assert_eq!(pace.bytes_per_sec(), None);
        pace.see(at(1_000), 20);
        assert_eq!(pace.silent_secs(at(500)), None);
    }
}
