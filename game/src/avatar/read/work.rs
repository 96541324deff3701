//! Counts what the reader does: no file keeps a machine busy.
//!
//! In a browser a file is read between two frames, so whoever makes a stranger's program read for a minute has closed
//! it. A limit on bytes alone does not help: a list that is named from another list is walked once for each name.
//! Flow: every entry of a list that the file made, every shape and every node visited is a step → lists end when the
//! steps are used up → the file is refused.
//! Invariant: nothing is walked that is not counted, entries that turn out to be nothing included.

use crate::avatar::json::list;
use crate::avatar::limits;
use core::cell::Cell;
use serde_json::Value;

/// Of one file.
#[derive(Default)]
pub(super) struct Work {
    steps: Cell<u64>,
    /// Changes of faces read so far, see [`limits::MAX_BINDS`].
    binds: Cell<usize>,
    /// There were more.
    more_binds: Cell<bool>,
}

impl Work {
    /// Takes a step; false when there are none left.
    pub(super) fn step(&self) -> bool {
        self.steps.set(self.steps.get().saturating_add(1));
        self.is_left()
    }

    pub(super) fn is_left(&self) -> bool {
        self.steps.get() <= limits::MAX_STEPS
    }

    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// The first entries of a list, counted as they are looked at and before anybody picks among them: entries that
    /// are nothing take as long as others.
    pub(super) fn first<'a>(&'a self, value: &'a Value, most: usize) -> impl Iterator<Item = &'a Value> {
        list(value).iter().take(most).take_while(|_| self.step())
    }

    /// All entries of a list that is named once.
    pub(super) fn all<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.first(value, usize::MAX)
    }

    /// The entries of a list of what faces change, as long as all faces together stay within the limit.
    pub(super) fn binds<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.all(value).take_while(|_| self.bind())
    }

    /// Counts one thing that a face changes; false when there is no room for it.
    pub(super) fn bind(&self) -> bool {
        let room = self.binds.get() < limits::MAX_BINDS;
        if room {
            self.binds.set(self.binds.get() + 1);
        } else {
            self.more_binds.set(true);
        }
        room
    }

    pub(super) fn more_binds(&self) -> bool {
        self.more_binds.get()
    }
}
