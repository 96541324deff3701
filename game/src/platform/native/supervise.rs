//! Supervise: a world whose loop fell over is opened again; one that does nothing but fall is not.
//!
//! Flow: [`keep_up`] runs a loop; where it panics, what it had open is closed by then, and it runs again.
//! Invariant: nothing that was told is lost by it (the journal is on the disk before anybody is told), and a world that falls
//! each time it opens ends with the program instead of opening for ever.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// So many falls…
const FALLS: usize = 3;
/// …within this are one too many: a fault that comes with the world comes again at once.
const WITHIN: Duration = Duration::from_secs(600);

/// The falls of a world.
#[derive(Debug, Default)]
struct Falls(VecDeque<Duration>);

impl Falls {
    /// Notes one; whether it may be opened again.
    fn note(&mut self, now: Duration) -> bool {
        while self
            .0
            .front()
            .is_some_and(|fall| now.saturating_sub(*fall) > WITHIN)
        {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.0.len() < FALLS
    }
}

/// How a loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Well,
    Badly,
    /// It wants to run again.
    Again,
}

/// Runs it until it ends; once more whenever it falls over, or wants to. `fell` is told of each fall, and whether it runs again.
/// Whether it ended well.
pub(super) fn keep_up(
    mut run: impl FnMut() -> Ended,
    mut now: impl FnMut() -> Duration,
    mut fell: impl FnMut(&str, bool),
) -> bool {
    let mut falls = Falls::default();
    loop {
        // Nothing of a loop that fell is used again: it is made anew from what is on the disk.
        match catch_unwind(AssertUnwindSafe(&mut run)) {
            Ok(Ended::Well) => return true,
            Ok(Ended::Badly) => return false,
            Ok(Ended::Again) => {}
            Err(panic) => {
                let again = falls.note(now());
                fell(&what(panic.as_ref()), again);
                if !again {
                    return false;
                }
            }
        }
    }
}

/// What a panic says.
fn what(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    said.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("for a reason that it did not say")
        .to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Runs what falls on the runs that are named, each a minute after the one before; how often it ran, and what was said.
    fn run(falls: &[usize], minutes: u64) -> (bool, usize, Vec<(String, bool)>) {
        let (mut runs, mut said) = (0, Vec::new());
        let mut at = Duration::ZERO;
        let well = keep_up(
            || {
                runs += 1;
                assert!(!falls.contains(&runs), "run {runs}");
                if runs > 9 { Ended::Well } else { Ended::Again }
            },
            || {
                at += Duration::from_secs(60 * minutes);
                at
            },
            |what, again| said.push((what.to_owned(), again)),
        );
        (well, runs, said)
    }

    #[test]
    fn a_world_that_fell_is_opened_again() {
        let (well, runs, said) = run(&[2, 5], 1);
        assert!(well && runs == 10);
        assert_eq!(said, [("run 2".to_owned(), true), ("run 5".to_owned(), true)]);
    }

    #[test]
    fn one_that_falls_whenever_it_opens_stays_closed() {
        let (well, runs, said) = run(&[1, 2, 3, 4], 1);
        assert!(!well && runs == 3);
        assert_eq!(said.last().unwrap(), &("run 3".to_owned(), false));
    }

    #[test]
    fn falls_of_long_ago_are_forgiven() {
        let (well, runs, _) = run(&[1, 2, 3, 4], 11);
        assert!(well && runs == 10);
    }
}
