//! What is done at the disk beside the store, by whoever has time: syncing facts, and writing the world as a whole.
//!
//! Invariant: what was begun before facts were retracted writes no world with them afterwards.

use super::{Disk, StoreError, tidy, write_snapshot};
use crate::journal::Snapshot;
use crate::thing::FactNo;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What everybody who syncs knows. It is locked while somebody does: a failed sync is told once, to one of two.
#[derive(Debug, Default)]
pub(super) struct Syncs {
    /// The newest fact that the disk has.
    pub(super) synced: Mutex<FactNo>,
    /// A sync failed: nobody knows what of the facts since the last snapshot the disk has.
    unsound: AtomicBool,
    /// How often facts were retracted. It changes while `synced` is locked.
    retractions: AtomicU64,
    /// Locked while a world is written as a whole.
    whole: Mutex<()>,
}

impl Syncs {
    /// Makes the disk have these files, in their order, and with them all up to the last fact of the last.
    /// It was begun when facts had been retracted so often.
    pub(super) fn sync<D: Disk>(
        &self,
        disk: &mut D,
        files: &[(String, FactNo)],
        retractions: u64,
    ) -> Result<(), StoreError> {
        // Whoever panicked in here has left it unsound.
        let mut synced = self.synced.lock().map_err(|_| StoreError::Unsound)?;
        if self.retractions() != retractions {
            return Err(StoreError::Retracted); // these facts are others by now
        }
        if self.is_unsound() {
            // Another try would say yes and mean nothing: the system has forgotten what it could not write.
            return Err(StoreError::Unsound);
        }
        for (file, last) in files {
            if *synced >= *last {
                continue; // it may even be removed by now
            }
            if let Err(error) = disk.sync(file) {
                self.unsound.store(true, Ordering::Release);
                return Err(error.into());
            }
            *synced = *last;
        }
        Ok(())
    }

    pub(super) fn is_unsound(&self) -> bool {
        self.unsound.load(Ordering::Acquire)
    }

    /// A snapshot has all up to this fact.
    pub(super) fn mended(&self, newest: FactNo) {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        *synced = newest;
        self.synced.clear_poison();
        self.unsound.store(false, Ordering::Release);
    }

    /// How often facts were retracted.
    pub(super) fn retractions(&self) -> u64 {
        self.retractions.load(Ordering::Acquire)
    }

    /// Nobody writes a world as a whole while this is held.
    pub(super) fn whole(&self) -> MutexGuard<'_, ()> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whatever was begun does nothing any more.
    pub(super) fn retract(&self) {
        let _synced = self.synced.lock();
        self.retractions.fetch_add(1, Ordering::AcqRel);
    }

    /// What came after this fact is not any more: where the disk had all up to it, all is well.
    pub(super) fn retracted_to(&self, newest: FactNo) {
        let synced = *self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if synced >= newest {
            self.mended(newest);
        }
    }
}

/// What is still to be done at the disk.
///
/// One at a time is enough; if two are run at once, or one too late or never, that costs work and nothing else.
#[derive(Debug)]
#[must_use = "nothing is synced or written yet"]
pub struct Pending {
    pub(super) files: Vec<(String, FactNo)>,
    pub(super) newest: FactNo,
    pub(super) syncs: Arc<Syncs>,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) damaged: Vec<String>,
    /// How often facts had been retracted when it was begun.
    pub(super) retractions: u64,
}

impl Pending {
    /// The newest fact that the disk will have.
    pub fn newest(&self) -> FactNo {
        self.newest
    }

    /// Syncs the facts, on any thread, through another handle of the store's disk; then, where a snapshot was begun, writes
    /// it and removes what is older than the last two. Where it is not written, or not to its end, the world opens from
    /// the one before.
    ///
    /// # Errors
    /// The disk says no: nothing is removed, and after a sync that failed [`super::Store::is_unsound`].
    /// [`StoreError::Retracted`] where facts were taken back since it was begun: nothing is done.
    pub fn run<D: Disk>(self, disk: &mut D) -> Result<(), StoreError> {
        self.syncs.sync(disk, &self.files, self.retractions)?;
        let Some(snapshot) = &self.snapshot else {
            return Ok(());
        };
        let _whole = self.syncs.whole();
        if self.syncs.retractions() != self.retractions {
            return Err(StoreError::Retracted);
        }
        write_snapshot(disk, snapshot)?;
        tidy(disk, &self.damaged)
    }
}
