//! Trying on: the way back from each change of a look.
//!
//! Invariant: as many steps back as changes, `MOST` at most; a change that changes nothing is none.

use super::Look;

/// Steps kept: more than anybody remembers.
const MOST: usize = 40;

/// What was worn before, the last on top.
#[derive(Clone, Debug, Default)]
pub struct Fitting {
    past: Vec<Look>,
}

impl Fitting {
    /// Notes a change; false when it is none.
    pub fn change(&mut self, from: Look, to: Look) -> bool {
        if from == to {
            return false;
        }
        if self.past.len() >= MOST {
            self.past.remove(0);
        }
        self.past.push(from);
        true
    }

    /// What was worn before the last change, which is forgotten.
    pub fn undo(&mut self) -> Option<Look> {
        self.past.pop()
    }

    pub fn is_empty(&self) -> bool {
        self.past.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Choice;
    use super::*;

    #[test]
    fn every_change_can_be_taken_back_and_what_is_none_is_not_counted() {
        let mut fitting = Fitting::default();
        let first = Look::default();
        let second = first.with(Choice::Hat, 2);
        let third = second.with(Choice::Coat, 1);
        assert!(fitting.change(first, second) && fitting.change(second, third));
        assert!(!fitting.change(third, third));
        assert_eq!(fitting.undo(), Some(second));
        assert_eq!(fitting.undo(), Some(first));
        assert!(fitting.is_empty());
        assert_eq!(fitting.undo(), None);
    }

    #[test]
    fn whoever_plays_all_day_keeps_the_last_steps() {
        let mut fitting = Fitting::default();
        for n in 0..200u64 {
            fitting.change(Look::random(n), Look::random(n + 1));
        }
        assert_eq!(fitting.past.len(), MOST);
        assert_eq!(fitting.undo(), Some(Look::random(199)));
    }
}
