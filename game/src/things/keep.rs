//! Keep a copy of this world: whoever may take it along has it on their own device, as a world of their own.
//!
//! Flow: [`KeepCopy`] → may I, and is all of it here (`begin`) → a folder, and into it those files that things show and that are
//! on this device → the others, from the host, as for looking at them (`step`) → the world and its place ([`CopyPlace`]) →
//! [`CopyKept`], or [`CopyNotKept`] with the reason.
//! Invariants: what is kept is what the host had confirmed when it was wished, and nothing that was not answered; a copy is there
//! as a whole or not at all, and says how many files it lacks. The host sends nothing for it that it does not send to whoever
//! looks at the world, so it cannot refuse: this program asks whether one may, and another program need not.

#[cfg(feature = "view")]
pub(crate) mod ui;

use super::Things;
use super::files::wire::{FromHost as FilesFromHost, ToHost as FilesToHost};
use super::files::{FileCache, FileState, Files, Outbox};
use super::wire::{FromHost as ThingsFromHost, ToHost as ThingsToHost};
use crate::platform::{self, CopyPlace, Vault};
use crate::profile::Profile;
use crate::session::patience::Watch;
use crate::session::{BlobArrived, BlobFailed, Entered, Session, SessionEnded, SessionPhase, TellHost, Told};
use crate::wire::{FromHost, ToHost};
use crate::words::Phrase;
use crate::world::{CurrentWorld, Standing, WorldDocument, WorldStatus};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use holm_document::part::Blob;
use holm_document::{Capability, State, one_file};
use holm_identity::AccountKey;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A file that did not come is asked for again, after the others, so often: a host that is short of room forgets one that waits.
const TRIES: u8 = 4;
/// A host that does not answer for so long does not have the file: the same as for looking at it.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Keeping>()
        .add_message::<KeepCopy>()
        .add_message::<CopyBegun>()
        .add_message::<CopyKept>()
        .add_message::<CopyNotKept>();
}

/// A wish: keep a copy of the world that I am in.
#[derive(Message, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepCopy;

/// It is allowed and under way.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyBegun {
    /// So many go along.
    pub files: usize,
}

/// It is there.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct CopyKept {
    /// Under which it is found among the worlds that are kept here.
    pub name: String,
    /// Files that things show and that were not to be had.
    pub missing: usize,
}

/// It is not, and nothing of it.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct CopyNotKept {
    /// Why, and what to do, for a person.
    pub sentence: Phrase,
}

/// A world as somebody has it, to be written as one of their own.
#[derive(Clone, Debug)]
pub struct WorldCopy {
    /// As the host confirmed it.
    pub state: State,
    /// What one stands on there.
    pub place: Arc<WorldDocument>,
    /// What the room is called.
    pub called: String,
    /// Whose it is from now on.
    pub owner: AccountKey,
    /// Seconds since 1970.
    pub at_secs: u64,
}

/// The copy that is being kept, if one is.
#[derive(Resource, Default)]
pub struct Keeping(Option<Work>);

impl Keeping {
    /// Pieces that are there, and all of them: the files, and the world itself. `None` while no copy is being kept.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let work = self.0.as_ref()?;
        let here = work.here.load(Ordering::Relaxed) + work.missing;
        Some((here.min(work.files), work.files + 1))
    }
}

struct Work {
    copy: WorldCopy,
    files: usize,
    /// Files that are in its folder; counted where they are put there.
    here: Arc<AtomicUsize>,
    missing: usize,
    /// We are in that world no more: what is not here does not come.
    left: bool,
    step: Step,
}

enum Step {
    /// A folder is made; which files are not on this device.
    Beginning(Task<Result<(Arc<CopyPlace>, VecDeque<(Blob, u8)>), Phrase>>),
    Fetching {
        place: Arc<CopyPlace>,
        /// Each with how often it was asked for.
        wanted: VecDeque<(Blob, u8)>,
        /// One at a time: what waits behind another has no bytes to show for it.
        coming: Option<Coming>,
    },
    Writing(Arc<CopyPlace>, Task<Result<(), Phrase>>),
}

/// A file on its way to the copy.
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

/// The world before us, if we may have a copy and all of it is here.
fn wanted(
    session: &Session,
    things: &Things,
    profile: &Profile,
    world: &CurrentWorld,
    status: &WorldStatus,
    told: &Standing,
) -> Result<WorldCopy, Phrase> {
    if session.is_host() {
        return Err(Phrase::new("keep-own"));
    }
    let not_yet = || Phrase::new("keep-nothing-yet");
    let state = things.confirmed().ok_or_else(not_yet)?;
    let (owner, at_secs) = (profile.identity.account(), platform::unix_secs());
    let me = state.number_of(&owner.0).and_then(|me| state.person(me));
    let may = me.map(|me| state.powers().of(me, at_secs));
    if !may.is_some_and(|may| may.has(Capability::Copy)) {
        return Err(Phrase::new("keep-not-allowed"));
    }
    let place = match (status, &world.document) {
        (WorldStatus::Failed { .. }, _) => return Err(Phrase::new("keep-no-place")),
        (WorldStatus::Ready, Some(document)) if told.is_told() => document.clone(),
        _ => return Err(not_yet()),
    };
    Ok(WorldCopy {
        state,
        place,
        called: session.world_name().to_owned(),
        owner,
        at_secs,
    })
}

pub(super) fn begin(
    mut wishes: MessageReader<KeepCopy>,
    mut keeping: ResMut<Keeping>,
    session: Res<Session>,
    things: Res<Things>,
    outbox: Res<Outbox>,
    cache: Option<Res<FileCache>>,
    vault: Option<Res<Vault>>,
    profile: Option<Res<Profile>>,
    world: Res<CurrentWorld>,
    status: Res<WorldStatus>,
    told: Res<Standing>,
    mut begun: MessageWriter<CopyBegun>,
    mut not: MessageWriter<CopyNotKept>,
) {
    if wishes.read().count() == 0 {
        return;
    }
    let mut refuse = |sentence: Phrase| {
        not.write(CopyNotKept { sentence });
    };
    if keeping.0.is_some() {
        refuse(Phrase::new("keep-busy"));
        return;
    }
    let (Some(vault), Some(profile)) = (vault, profile) else {
        refuse(Phrase::new("keep-nowhere"));
        return;
    };
    let copy = match wanted(&session, &things, &profile, &world, &status, &told) {
        Ok(copy) => copy,
        Err(sentence) => {
            refuse(sentence);
            return;
        }
    };
    let files = one_file::files(&copy.state, None);
    begun.write(CopyBegun { files: files.len() });
    let here = Arc::new(AtomicUsize::new(0));
    keeping.0 = Some(Work {
        files: files.len(),
        step: Step::Beginning(gathered(&vault, cache.as_deref(), &outbox, &copy, files, &here)),
        here,
        missing: 0,
        left: false,
        copy,
    });
}

/// Makes a folder and puts into it what is on this device.
fn gathered(
    vault: &Vault,
    cache: Option<&FileCache>,
    outbox: &Outbox,
    copy: &WorldCopy,
    files: BTreeSet<Blob>,
    here: &Arc<AtomicUsize>,
) -> Task<Result<(Arc<CopyPlace>, VecDeque<(Blob, u8)>), Phrase>> {
    let mine: Vec<(Blob, Option<Bytes>)> = files
        .into_iter()
        .map(|file| (file, outbox.bytes(&file)))
        .collect();
    let (vault, called, here) = (vault.clone(), copy.called.clone(), here.clone());
    let cache = cache.map(|cache| cache.0.clone());
    AsyncComputeTaskPool::get().spawn(async move {
        let place = CopyPlace::begin(&vault, &called)?;
        let mut wanted = VecDeque::new();
        for (file, bytes) in mine {
            let is_here = match (bytes, &cache) {
                (Some(bytes), _) => place.put(&file, &bytes).map(|()| true)?,
                (None, Some(cache)) => place.take(&file, cache)?,
                (None, None) => false,
            };
            if is_here {
                here.fetch_add(1, Ordering::Relaxed);
            } else {
                wanted.push_back((file, 0));
            }
        }
        Ok((Arc::new(place), wanted))
    })
}

pub(super) fn step(
    mut keeping: ResMut<Keeping>,
    mut told: MessageReader<Told>,
    mut arrived: MessageReader<BlobArrived>,
    mut failed: MessageReader<BlobFailed>,
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut session: ResMut<Session>,
    files: Res<Files>,
    time: Res<Time<Real>>,
    mut host: MessageWriter<TellHost>,
    mut kept: MessageWriter<CopyKept>,
    mut not: MessageWriter<CopyNotKept>,
) {
    let elsewhere = entered.read().count() + ended.read().count() > 0;
    let Some(work) = keeping.0.as_mut() else {
        told.clear();
        arrived.clear();
        failed.clear();
        return;
    };
    work.left |= elsewhere;
    if let Step::Fetching { place, coming, .. } = &mut work.step {
        hear(coming, &mut told, &mut session);
        for BlobArrived { hash, bytes } in arrived.read() {
            if let Some(coming) = awaited(coming, hash) {
                coming.way = if bytes.len() as u64 == coming.file.bytes {
                    Way::Writing(written(place, coming.file, bytes.clone()))
                } else {
                    Way::Lacking
                };
            }
        }
        for BlobFailed { hash } in failed.read() {
            if let Some(coming) = awaited(coming, hash) {
                coming.way = Way::Failed;
            }
        }
    } else {
        told.clear();
        arrived.clear();
        failed.clear();
    }
    let done = match &mut work.step {
        Step::Beginning(task) => match check_ready(task) {
            None => return,
            Some(Ok((place, wanted))) => {
                work.step = Step::Fetching {
                    place,
                    wanted,
                    coming: None,
                };
                return;
            }
            Some(Err(sentence)) => Err(sentence),
        },
        Step::Fetching { .. } => match work.fetch(&mut session, &files, &mut host, time.elapsed()) {
            Ok(()) => return,
            Err(sentence) => Err(sentence),
        },
        Step::Writing(place, task) => match check_ready(task) {
            None => return,
            Some(result) => result.map(|()| place.name().to_owned()),
        },
    };
    match done {
        Ok(name) => {
            let missing = work.missing;
            kept.write(CopyKept { name, missing });
            keeping.0 = None;
        }
        Err(sentence) => {
            not.write(CopyNotKept { sentence });
            // What there is of it is removed beside the frames.
            let work = keeping.0.take();
            AsyncComputeTaskPool::get()
                .spawn(async move { drop(work) })
                .detach();
        }
    }
}

/// What the host says of files that were asked for.
fn hear(coming: &mut Option<Coming>, told: &mut MessageReader<Told>, session: &mut Session) {
    for Told(message) in told.read() {
        let FromHost::Things(ThingsFromHost::File(message)) = message else {
            continue;
        };
        match message {
            FilesFromHost::Ready { hash } => {
                if let Some(coming) = awaited(coming, hash) {
                    session.fetch_blob(coming.file.hash, coming.file.bytes);
                    if matches!(coming.way, Way::Asked(_)) {
                        coming.way = Way::Fetching(Watch::default());
                    }
                }
            }
            FilesFromHost::NotHere { hash } => {
                if let Some(coming) = awaited(coming, hash) {
                    coming.way = Way::Failed;
                }
            }
            FilesFromHost::Coming { .. } | FilesFromHost::Held { .. } | FilesFromHost::NotHeld { .. } => {}
        }
    }
}

fn written(place: &Arc<CopyPlace>, file: Blob, bytes: Bytes) -> Task<Result<(), Phrase>> {
    let place = place.clone();
    AsyncComputeTaskPool::get().spawn(async move { place.put(&file, &bytes) })
}

impl Work {
    /// Goes on with what is under way, asks for what comes next, and writes the world once nothing more is to come.
    fn fetch(
        &mut self,
        session: &mut Session,
        files: &Files,
        host: &mut MessageWriter<TellHost>,
        now: Duration,
    ) -> Result<(), Phrase> {
        let Step::Fetching {
            place,
            wanted,
            coming,
        } = &mut self.step
        else {
            return Ok(());
        };
        if self.left {
            self.missing += wanted.drain(..).count();
        }
        let linked = session.phase() == SessionPhase::Inside;
        if let Some(file) = coming.as_mut() {
            if self.left && file.is_awaited() {
                file.way = Way::Lacking;
            } else if let Some(way) = file.gone_on(session, files, linked, now)? {
                file.way = way;
            }
            let again = file.tries < TRIES && !self.left;
            match file.way {
                Way::Asked(_) | Way::Fetching(_) | Way::Writing(_) => {}
                Way::Here => {
                    self.here.fetch_add(1, Ordering::Relaxed);
                    *coming = None;
                }
                Way::Failed if again => {
                    wanted.push_back((file.file, file.tries));
                    *coming = None;
                }
                Way::Failed | Way::Lacking => {
                    self.missing += 1;
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
        if wanted.is_empty() && coming.is_none() {
            let (place, copy) = (place.clone(), self.copy.clone());
            let to = place.clone();
            let task = AsyncComputeTaskPool::get().spawn(async move { to.finish(copy) });
            self.step = Step::Writing(place, task);
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
