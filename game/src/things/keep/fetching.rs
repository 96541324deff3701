//! Files that things show, on their way from the host into a folder of ours.
//!
//! Flow: what is on this device goes there at once ([`put_mine`]) → the others are asked of the host, one after the other, as for
//! looking at them ([`Fetching::step`]).
//! Invariant: what was given up is not asked for again, and nothing is written that is not what its name says.

use crate::platform::CopyPlace;
use crate::session::patience::Watch;
use crate::session::{BlobArrived, BlobFailed, Session, SessionPhase, TellHost, Told};
use crate::things::files::wire::{FromHost as FilesFromHost, ToHost as FilesToHost};
use crate::things::files::{FileState, Files, Outbox};
use crate::things::wire::{FromHost as ThingsFromHost, ToHost as ThingsToHost};
use crate::wire::{FromHost, ToHost};
use crate::words::Phrase;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use holm_document::files::FilePlace;
use holm_document::part::Blob;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// A file that did not come is asked for again, after the others, so often: a host that is short of room forgets one that waits.
const TRIES: u8 = 4;
/// A host that does not answer for so long does not have the file: the same as for looking at it.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Files, with the bytes of those that this person brought.
pub(crate) type WithMine = Vec<(Blob, Option<Bytes>)>;

pub(crate) fn with_mine(files: impl IntoIterator<Item = Blob>, outbox: &Outbox) -> WithMine {
    files
        .into_iter()
        .map(|file| (file, outbox.bytes(&file)))
        .collect()
}

/// Puts what is on this device into the place; what is not. Blocking.
///
/// # Errors
/// What the disk says, for a person.
pub(crate) fn put_mine(
    place: &CopyPlace,
    files: WithMine,
    cache: Option<&FilePlace>,
) -> Result<Vec<Blob>, Phrase> {
    let mut wanted = Vec::new();
    for (file, bytes) in files {
        let is_here = match (bytes, cache) {
            (Some(bytes), _) => place.put(&file, &bytes).map(|()| true)?,
            (None, Some(cache)) => place.take(&file, cache)?,
            (None, None) => false,
        };
        if !is_here {
            wanted.push(file);
        }
    }
    Ok(wanted)
}

/// See the module.
pub(crate) struct Fetching {
    place: Arc<CopyPlace>,
    /// Each with how often it was asked for.
    wanted: VecDeque<(Blob, u8)>,
    /// One at a time: what waits behind another has no bytes to show for it.
    coming: Option<Coming>,
    here: usize,
    missing: usize,
}

/// A file on its way.
struct Coming {
    file: Blob,
    tries: u8,
    way: Way,
}

enum Way {
    /// The host was asked for it.
    Asked(Duration),
    Fetching(Watch),
    Writing(Task<Result<(), Phrase>>),
    Here,
    /// Not this time.
    Failed,
    /// Not at all.
    Lacking,
}

impl Coming {
    /// Whether the host may still say something of it.
    fn is_awaited(&self) -> bool {
        matches!(self.way, Way::Asked(_) | Way::Fetching(_))
    }
}

/// The one that is waited for, if it is this one.
fn awaited<'a>(coming: &'a mut Option<Coming>, hash: &[u8; 32]) -> Option<&'a mut Coming> {
    coming
        .as_mut()
        .filter(|coming| coming.file.hash == *hash && coming.is_awaited())
}

fn written(place: &Arc<CopyPlace>, file: Blob, bytes: Bytes) -> Task<Result<(), Phrase>> {
    let place = place.clone();
    AsyncComputeTaskPool::get().spawn(async move { place.put(&file, &bytes) })
}

impl Fetching {
    pub(crate) fn new(place: Arc<CopyPlace>, wanted: Vec<Blob>) -> Self {
        Self {
            place,
            wanted: wanted.into_iter().map(|file| (file, 0)).collect(),
            coming: None,
            here: 0,
            missing: 0,
        }
    }

    pub(crate) fn place(&self) -> &Arc<CopyPlace> {
        &self.place
    }

    /// These, too.
    pub(crate) fn wants(&mut self, files: impl IntoIterator<Item = Blob>) {
        self.wanted.extend(files.into_iter().map(|file| (file, 0)));
    }

    /// How many are to come.
    pub(crate) fn left(&self) -> usize {
        self.wanted.len() + usize::from(self.coming.is_some())
    }

    /// Nothing is wanted and nothing on its way.
    pub(crate) fn is_done(&self) -> bool {
        self.wanted.is_empty() && self.coming.is_none()
    }

    /// How many came since it was asked last.
    pub(crate) fn take_here(&mut self) -> usize {
        std::mem::take(&mut self.here)
    }

    /// How many were given up since it was asked last.
    pub(crate) fn take_missing(&mut self) -> usize {
        std::mem::take(&mut self.missing)
    }

    /// What the host says of files that were asked for, and what came.
    pub(crate) fn hear(
        &mut self,
        told: &mut MessageReader<Told>,
        arrived: &mut MessageReader<BlobArrived>,
        failed: &mut MessageReader<BlobFailed>,
        session: &mut Session,
    ) {
        for Told(message) in told.read() {
            let FromHost::Things(ThingsFromHost::File(message)) = message else {
                continue;
            };
            match message {
                FilesFromHost::Ready { hash } => {
                    if let Some(coming) = awaited(&mut self.coming, hash) {
                        session.fetch_blob(coming.file.hash, coming.file.bytes);
                        if matches!(coming.way, Way::Asked(_)) {
                            coming.way = Way::Fetching(Watch::default());
                        }
                    }
                }
                FilesFromHost::NotHere { hash } => {
                    if let Some(coming) = awaited(&mut self.coming, hash) {
                        coming.way = Way::Failed;
                    }
                }
                FilesFromHost::Coming { .. } | FilesFromHost::Held { .. } | FilesFromHost::NotHeld { .. } => {
                }
            }
        }
        for BlobArrived { hash, bytes } in arrived.read() {
            if let Some(coming) = awaited(&mut self.coming, hash) {
                coming.way = if bytes.len() as u64 == coming.file.bytes {
                    Way::Writing(written(&self.place, coming.file, bytes.clone()))
                } else {
                    Way::Lacking
                };
            }
        }
        for BlobFailed { hash } in failed.read() {
            if let Some(coming) = awaited(&mut self.coming, hash) {
                coming.way = Way::Failed;
            }
        }
    }

    /// Goes on with what is under way, and asks for what comes next. `left`: we are in that world no more, and what is not here
    /// does not come.
    ///
    /// # Errors
    /// What the disk says, for a person.
    pub(crate) fn step(
        &mut self,
        session: &mut Session,
        files: &Files,
        host: &mut MessageWriter<TellHost>,
        now: Duration,
        left: bool,
    ) -> Result<(), Phrase> {
        let Self {
            wanted,
            coming,
            here,
            missing,
            ..
        } = self;
        if left {
            *missing += wanted.drain(..).count();
        }
        let linked = session.phase() == SessionPhase::Inside;
        if let Some(file) = coming.as_mut() {
            if left && file.is_awaited() {
                file.way = Way::Lacking;
            } else if let Some(way) = file.gone_on(session, files, linked, now)? {
                file.way = way;
            }
            let again = file.tries < TRIES && !left;
            match file.way {
                Way::Asked(_) | Way::Fetching(_) | Way::Writing(_) => {}
                Way::Here => {
                    *here += 1;
                    *coming = None;
                }
                Way::Failed if again => {
                    wanted.push_back((file.file, file.tries));
                    *coming = None;
                }
                Way::Failed | Way::Lacking => {
                    *missing += 1;
                    *coming = None;
                }
            }
        }
        if linked
            && coming.is_none()
            && let Some((file, tries)) = wanted.pop_front()
        {
            let message = FilesToHost::Want { hash: file.hash };
            host.write(TellHost(ToHost::Things(ThingsToHost::File(message))));
            *coming = Some(Coming {
                file,
                tries: tries + 1,
                way: Way::Asked(now),
            });
        }
        Ok(())
    }
}

impl Coming {
    /// What it comes to, if that is something else than before.
    ///
    /// # Errors
    /// The disk says no.
    fn gone_on(
        &mut self,
        session: &mut Session,
        files: &Files,
        linked: bool,
        now: Duration,
    ) -> Result<Option<Way>, Phrase> {
        let Blob { hash, bytes } = self.file;
        match &mut self.way {
            Way::Asked(at) if !linked => *at = now,
            Way::Asked(at) if now.saturating_sub(*at) > ANSWER_WITHIN => return Ok(Some(Way::Failed)),
            Way::Fetching(watch) => {
                if session.blob_progress(&hash).is_none() {
                    // Whoever shows it here has let go of it.
                    session.fetch_blob(hash, bytes);
                    *watch = Watch::default();
                }
                let here = linked.then(|| session.coming(&hash)).flatten();
                if watch.is_still(now, here) {
                    if !matches!(files.state(&self.file), Some(FileState::Fetching)) {
                        session.forget_blob(&hash);
                    }
                    return Ok(Some(Way::Failed));
                }
            }
            Way::Writing(task) => {
                if let Some(result) = check_ready(task) {
                    return result.map(|()| Some(Way::Here));
                }
            }
            Way::Asked(_) | Way::Here | Way::Failed | Way::Lacking => {}
        }
        Ok(None)
    }
}
