//! When a file that does not come on is given up, and when it is asked for again. Pure: time is handed in.

use core::time::Duration;

/// A file of which so little came for so long stands still. Three times what the transfer itself waits before it asks for
/// a lost block again; four of its blocks, so that one that drips is no better than one that stops.
const STILL: Duration = Duration::from_secs(30);
const LEAST_BYTES: u64 = 64 << 10;

/// After so long it is known how fast a file comes.
const MEASURED: Duration = Duration::from_secs(60);

/// What one look at a file counts at most: a page in the background is not called for minutes, and nothing can come then.
const MOST_STEP: Duration = Duration::from_secs(1);

/// Between one try and the next: at first, and at most. Doubled each time.
const FIRST: Duration = Duration::from_secs(15);
const DOUBLINGS: u32 = 5;

/// A file on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watch {
    looked: Option<Duration>,
    /// How long so little has come, while something could.
    still: Duration,
    here: u64,
    /// How long something could come, and how much did.
    going: Duration,
    came: u64,
}

impl Watch {
    /// Whether it is to be given up; call it in every frame. `here` is how many bytes have come, `None` while none can.
    pub(crate) fn is_still(&mut self, now: Duration, here: Option<u64>) -> bool {
        let step = now.saturating_sub(self.looked.unwrap_or(now)).min(MOST_STEP);
        self.looked = Some(now);
        let Some(here) = here else { return false };
        self.still += step;
        self.going += step;
        self.came = here;
        // It is fetched anew.
        self.here = self.here.min(here);
        if here >= self.here.saturating_add(LEAST_BYTES) {
            (self.here, self.still) = (here, Duration::ZERO);
        }
        self.still >= STILL
    }

    /// Bytes a second since it began, once that is known: what comes slowly is no trouble until it stands in others' way.
    pub(crate) fn bytes_per_sec(&self) -> Option<u64> {
        (self.going >= MEASURED).then(|| self.came / self.going.as_secs().max(1))
    }
}

/// What was tried in vain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tries {
    pub(crate) count: u32,
    again: Duration,
}

impl Tries {
    pub(crate) fn failed(&mut self, now: Duration) {
        self.again = now + FIRST * (1 << self.count.min(DOUBLINGS));
        self.count = self.count.saturating_add(1);
    }

    /// Whether it is time for another.
    pub(crate) fn are_over(&self, now: Duration) -> bool {
        now >= self.again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(50);

    #[test]
    fn what_is_fetched_anew_is_not_held_to_what_was_here_before() {
        let comes = |secs: f32| (secs * 1e6) as u64;
        let anew = |secs: f32| comes(if secs < 40.0 { secs } else { secs - 40.0 });
        assert_eq!(given_up(|secs| Some(anew(secs))), None);
    }

    /// Seconds until it is given up, with this much here after so many of them.
    fn given_up(here: impl Fn(f32) -> Option<u64>) -> Option<f32> {
        let mut watch = Watch::default();
        let mut now = Duration::from_secs(1000);
        for frame in 0..20 * 600 {
            let secs = frame as f32 * FRAME.as_secs_f32();
            if watch.is_still(now, here(secs)) {
                return Some(secs);
            }
            now += FRAME;
        }
        None
    }

    #[test]
    fn what_stops_or_drips_is_given_up_and_what_comes_slowly_is_not() {
        let most = STILL.as_secs_f32() + 1.0;
        assert!(given_up(|_| Some(0)).is_some_and(|secs| secs <= most));
        assert!(given_up(|secs| Some((secs * 1e5).min(1e6) as u64)).is_some_and(|secs| secs <= 10.0 + most));
        // A block each time just before it would have been enough.
        let drips = |secs: f32| Some((secs / (STILL.as_secs_f32() - 1.0)) as u64 * 16_384);
        assert!(given_up(drips).is_some_and(|secs| secs <= most));
        assert_eq!(given_up(|secs| Some((secs * 5e3) as u64)), None, "40 kbit/s");
    }

    #[test]
    fn how_fast_one_comes_is_known_after_a_minute_in_which_it_could() {
        let mut watch = Watch::default();
        let mut now = Duration::from_secs(1000);
        for second in 0..200_u64 {
            // Nothing can come in every second one.
            let here = second.is_multiple_of(2).then_some(second * 10_000);
            assert!(!watch.is_still(now, here));
            assert_eq!(watch.bytes_per_sec().is_some(), second >= 120, "{second}");
            now += Duration::from_secs(1);
        }
        assert!(
            watch
                .bytes_per_sec()
                .is_some_and(|rate| (19_000..21_000).contains(&rate))
        );
    }

    #[test]
    fn a_link_that_is_lost_for_a_while_and_a_page_that_sleeps_cost_no_patience() {
        let away = |secs: f32| (!(5.0..300.0).contains(&secs)).then_some(secs as u64 * 10_000);
        assert_eq!(given_up(away), None);
        let mut watch = Watch::default();
        assert!(!watch.is_still(Duration::ZERO, Some(0)));
        assert!(!watch.is_still(Duration::from_secs(600), Some(0)));
    }

    #[test]
    fn each_try_waits_twice_as_long_as_the_one_before_and_the_wait_has_an_end() {
        let mut tries = Tries::default();
        let mut now = Duration::from_secs(50);
        assert!(tries.are_over(now));
        let mut waits = Vec::new();
        for _ in 0..40 {
            tries.failed(now);
            let begun = now;
            while !tries.are_over(now) {
                now += Duration::from_secs(1);
            }
            waits.push((now - begun).as_secs());
        }
        assert_eq!(waits[..7], [15, 30, 60, 120, 240, 480, 480]);
        assert_eq!(waits.last(), Some(&480));
    }
}
