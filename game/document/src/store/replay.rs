//! Opening: every good fact since a snapshot, through all files that go on from each other.
//!
//! Invariant: what a later file voids is not followed, whatever else the disk has kept of it.

use super::{Disk, FACTS, Found, Growing, StoreError, aside, free, named, numbers, voiding};
use crate::history::History;
use crate::journal::{self, Facts, NotRead, WorldId};
use crate::state::State;
use crate::thing::FactNo;

/// A world from its snapshot on.
pub(super) struct Replay<'a> {
    pub(super) world: &'a WorldId,
    /// Files that are there.
    pub(super) names: &'a [String],
    pub(super) state: &'a mut State,
    pub(super) history: &'a mut History,
    pub(super) found: &'a mut Found,
    /// Files of facts with something unreadable in them.
    pub(super) damaged: Vec<String>,
    /// Files of facts that ended, with their last fact.
    pub(super) behind: Vec<(String, FactNo)>,
}

/// A file of facts that is there and not empty.
struct Kept {
    base: FactNo,
    name: String,
    bytes: usize,
    read: Result<Facts, NotRead>,
    /// What it has after this fact, a later one voids.
    until: FactNo,
}

impl Replay<'_> {
    /// Applies them; the file in which facts go on.
    pub(super) fn run<D: Disk>(&mut self, disk: &mut D) -> Result<Growing, StoreError> {
        let mut growing = None;
        for kept in self.kept(disk)? {
            let Kept {
                base, name, until, ..
            } = kept;
            let facts = match kept.read {
                Ok(facts) if base == self.state.newest() => facts,
                Err(newer @ NotRead::Newer(_)) => return Err(StoreError::AllDamaged(newer)),
                // Damaged from the beginning, or what lies before it is missing.
                _ => {
                    self.found.damaged.push(aside(disk, self.names, &name)?);
                    continue;
                }
            };
            let Facts {
                version,
                facts,
                good_bytes,
                last,
                voids,
                ..
            } = facts;
            for fact in facts.into_iter().take_while(|fact| fact.number <= until) {
                let trace = self.state.apply(&fact);
                self.history.record(fact, trace);
                self.history.prune();
                self.found.facts += 1;
            }
            self.behind.push((name.clone(), self.state.newest()));
            // What is behind the last one that counts is of no use to anybody.
            let whole = good_bytes == kept.bytes || self.state.newest() == until;
            let goes_on = whole && version == journal::VERSION && until == FactNo::MAX;
            if !goes_on {
                // What is good in it is left behind here, and may not be on the disk yet.
                disk.sync(&name)?;
            }
            if !whole {
                self.found.damaged.push(name.clone());
                self.damaged.push(name.clone());
            }
            growing = goes_on.then_some(Growing {
                name,
                len: good_bytes as u64,
                last,
                torn: false,
                voids,
            });
        }
        if let Some(growing) = growing {
            return Ok(growing);
        }
        // Damaged from its first record on: the new one will have its name.
        let name = named(FACTS, self.state.newest());
        let damaged = &mut self.found.damaged;
        if let Some(found) = damaged.iter_mut().find(|damaged| **damaged == name) {
            // Copied and replaced: without it for a moment, what it voids would count in that moment.
            let copy = free(self.names, &name);
            disk.write(&copy, &disk.read(&name)?)?;
            *found = copy;
            self.damaged.retain(|damaged| *damaged != name);
        }
        // What is void in others, or could not be read, stays so whatever becomes of the files between.
        Ok(voiding(disk, self.world, self.state.newest())?)
    }

    /// All that do not end at the snapshot or before it, the oldest first.
    fn kept<D: Disk>(&self, disk: &D) -> Result<Vec<Kept>, StoreError> {
        let mut all = Vec::new();
        let mut until = FactNo::MAX;
        // From the newest: each says how far those before it count.
        for base in numbers(self.names, FACTS) {
            if base < self.state.newest() {
                break;
            }
            let name = named(FACTS, base);
            let bytes = disk.read(&name)?;
            if bytes.is_empty() {
                continue; // begun, and the program ended
            }
            let read = journal::read(&bytes).and_then(|read| {
                if read.base == base && read.world == *self.world {
                    Ok(read)
                } else {
                    Err(NotRead::Damaged) // another's, or under another name
                }
            });
            let voids = read.as_ref().is_ok_and(|read| read.voids);
            all.push(Kept {
                base,
                name,
                bytes: bytes.len(),
                read,
                until,
            });
            if voids {
                until = until.min(base);
            }
        }
        all.reverse();
        Ok(all)
    }
}
