//! Which counters were opened: each one once, and none older than the window (RFC 3711 §3.3.2).

/// Counters up to so many before the newest are told apart; 2.5 s of talk, far more than a jitter buffer waits.
const WINDOW: u64 = u128::BITS as u64;

/// The newest counter, and which ones before it were opened.
#[derive(Default)]
pub(super) struct Window {
    newest: Option<u64>,
    /// Bit `n`: the counter `newest - n` was opened.
    opened: u128,
}

impl Window {
    /// Whether a frame with this counter may be opened.
    pub(super) fn is_new(&self, counter: u64) -> bool {
        match self.newest {
            Some(newest) if counter <= newest => {
                let age = newest - counter;
                age < WINDOW && self.opened >> age & 1 == 0
            }
            _ => true,
        }
    }

    /// A frame with this counter was opened, after [`Window::is_new`] said that it may be. Only then: a forged counter
    /// must not move the window.
    pub(super) fn note(&mut self, counter: u64) {
        let newest = self.newest.unwrap_or(counter);
        let apart = u32::try_from(newest.abs_diff(counter)).unwrap_or(u32::MAX);
        if counter >= newest {
            self.opened = self.opened.checked_shl(apart).unwrap_or(0) | 1;
            self.newest = Some(counter);
        } else {
            self.opened |= 1_u128.checked_shl(apart).unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn each_counter_is_new_once_and_what_is_too_old_never(
            counters in proptest::collection::vec(0_u64..400, 0..600),
        ) {
            let (mut window, mut opened) = (Window::default(), BTreeSet::new());
            for counter in counters {
                let too_old = opened.last().is_some_and(|newest| newest - counter.min(*newest) >= WINDOW);
                let new = !too_old && !opened.contains(&counter);
                prop_assert_eq!(window.is_new(counter), new, "{}", counter);
                if new {
                    window.note(counter);
                    opened.insert(counter);
                }
            }
        }

        #[test]
        fn the_ends_of_all_numbers_are_as_others(counters: Vec<u64>) {
            let mut window = Window::default();
            for counter in counters.into_iter().chain([u64::MAX, u64::MAX - 1, 0]) {
                if window.is_new(counter) {
                    window.note(counter);
                    prop_assert!(!window.is_new(counter));
                }
            }
        }
    }

    #[test]
    fn the_oldest_in_the_window_opens_and_the_one_before_does_not() {
        let mut window = Window::default();
        window.note(1_000);
        assert!(window.is_new(1_000 - (WINDOW - 1)));
        assert!(!window.is_new(1_000 - WINDOW));
        window.note(1_000 - (WINDOW - 1));
        assert!(!window.is_new(1_000 - (WINDOW - 1)));
        window.note(1_001);
        assert!(!window.is_new(1_000) && !window.is_new(1_001 - WINDOW) && window.is_new(999));
    }
}
