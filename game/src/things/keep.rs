//! Keep a copy of this world: whoever may take it along has it on their own device, as a world of their own.
//!
//! Flow: [`KeepCopy`] → may I, and is all of it here (`begin`) → a folder, and into it those files that things show and that are
//! on this device → the others, from the host, as for looking at them (`step`) → the world and its place ([`CopyPlace`]) →
//! [`CopyKept`], or [`CopyNotKept`] with the reason.
//! Invariants: what is kept is what the host had confirmed when it was wished, and nothing that was not answered; a copy is there
//! as a whole or not at all, and says how many files it lacks. The host sends nothing for it that it does not send to whoever
//! looks at the world, so it cannot refuse: this program asks whether one may, and another program need not.

pub(crate) mod fetching;
#[cfg(feature = "view")]
pub(crate) mod ui;

use super::Things;
use super::files::{FileCache, Files, Outbox};
use crate::platform::{self, CopyPlace, Vault};
use crate::profile::Profile;
use crate::session::{BlobArrived, BlobFailed, Entered, Session, SessionEnded, TellHost, Told};
use crate::words::Phrase;
use crate::world::{CurrentWorld, Standing, WorldDocument, WorldStatus};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use fetching::Fetching;
use holm_document::part::Blob;
use holm_document::{Capability, State, one_file};
use holm_identity::AccountKey;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    Beginning(Task<Result<(Arc<CopyPlace>, Vec<Blob>), Phrase>>),
    Fetching(Fetching),
    Writing(Arc<CopyPlace>, Task<Result<(), Phrase>>),
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
) -> Task<Result<(Arc<CopyPlace>, Vec<Blob>), Phrase>> {
    let mine = fetching::with_mine(files, outbox);
    let (vault, called, here) = (vault.clone(), copy.called.clone(), here.clone());
    let cache = cache.map(|cache| cache.0.clone());
    AsyncComputeTaskPool::get().spawn(async move {
        let place = CopyPlace::begin(&vault, &called)?;
        let all = mine.len();
        let wanted = fetching::put_mine(&place, mine, cache.as_ref())?;
        here.fetch_add(all - wanted.len(), Ordering::Relaxed);
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
    if let Step::Fetching(fetching) = &mut work.step {
        fetching.hear(&mut told, &mut arrived, &mut failed, &mut session);
    } else {
        told.clear();
        arrived.clear();
        failed.clear();
    }
    let done = match &mut work.step {
        Step::Beginning(task) => match check_ready(task) {
            None => return,
            Some(Ok((place, wanted))) => {
                work.step = Step::Fetching(Fetching::new(place, wanted));
                return;
            }
            Some(Err(sentence)) => Err(sentence),
        },
        Step::Fetching(fetching) => {
            let gone = fetching.step(&mut session, &files, &mut host, time.elapsed(), work.left);
            work.here.fetch_add(fetching.take_here(), Ordering::Relaxed);
            work.missing += fetching.take_missing();
            match gone {
                Ok(()) if fetching.is_done() => {
                    let (place, copy) = (fetching.place().clone(), work.copy.clone());
                    let to = place.clone();
                    let task = AsyncComputeTaskPool::get().spawn(async move { to.finish(copy) });
                    work.step = Step::Writing(place, task);
                    return;
                }
                Ok(()) => return,
                Err(sentence) => Err(sentence),
            }
        }
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
