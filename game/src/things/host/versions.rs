//! Named versions of a hosted world: listed, saved, brought back and thrown away, beside the loop.
//!
//! Flow: a wish of a seat or of the console → one after the other on another thread → the list as it is then, or why not. What is
//! brought back comes as facts, one a frame, like whatever else somebody does.
//! Invariants: whoever may set a world's rights may do this, and nobody else; nothing that is kept is lost by it.

use super::{Open, Said, Unkept};
use crate::session::Tell;
use crate::things::VersionsTold;
use crate::things::wire::{FromHost as ThingsFromHost, NoVersion, VersionLine, VersionWish};
use crate::wire::FromHost;
use bevy::log::error;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use holm_document::folder::Folder;
use holm_document::journal::WorldId;
use holm_document::keeper::Now;
use holm_document::version::{self, VersionError};
use holm_document::{Capability, PersonNo, State};
use holm_net::pose::Slot;
use std::collections::VecDeque;

/// Who wants something of the versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Seat(Slot),
    Ticket(u64),
}

/// Wishes that wait: more are refused.
const QUEUED: usize = 16;

#[derive(Default)]
pub(super) struct Versions {
    /// Another handle of the folder in which the world is kept.
    place: Option<(Folder, WorldId)>,
    queue: VecDeque<(Asker, VersionWish)>,
    job: Option<(Asker, Work)>,
}

enum Work {
    Disk(Task<Result<Done, NoVersion>>),
    Restoring { person: PersonNo, old: Box<State> },
}

enum Done {
    Listed(Vec<VersionLine>),
    Opened(Box<State>),
}

impl Versions {
    pub(super) fn new(place: Option<(Folder, WorldId)>) -> Self {
        Self {
            place,
            ..Self::default()
        }
    }

    pub(super) fn ask(&mut self, asker: Asker, wish: VersionWish, said: &mut Said) {
        if self.queue.len() >= QUEUED {
            tell(asker, Err(NoVersion::NotKept), said);
        } else {
            self.queue.push_back((asker, wish));
        }
    }
}

fn tell(asker: Asker, outcome: Result<Vec<VersionLine>, NoVersion>, said: &mut Said) {
    match asker {
        Asker::Ticket(ticket) => said.versions.push(VersionsTold { ticket, outcome }),
        Asker::Seat(slot) => {
            let message = match outcome {
                Ok(lines) => ThingsFromHost::Versions(lines),
                Err(why) => ThingsFromHost::NoVersion(why),
            };
            said.tell.push(Tell::one(slot, FromHost::Things(message)));
        }
    }
}

impl Open {
    /// One step on: what is ready is told, and the next begins.
    pub(super) fn versions(&mut self, now: Now, said: &mut Said) {
        if let Some((asker, work)) = self.versions.job.take() {
            self.versions.job = match work {
                Work::Disk(mut task) => match check_ready(&mut task) {
                    None => Some((asker, Work::Disk(task))),
                    Some(Ok(Done::Listed(lines))) => {
                        tell(asker, Ok(lines), said);
                        None
                    }
                    Some(Ok(Done::Opened(old))) => match self.asking(asker, now) {
                        Some(person) => Some((asker, Work::Restoring { person, old })),
                        None => {
                            // They might when they asked, and may not any more.
                            tell(asker, Err(NoVersion::NotAllowed), said);
                            None
                        }
                    },
                    Some(Err(why)) => {
                        tell(asker, Err(why), said);
                        None
                    }
                },
                Work::Restoring { person, old } => self.restore(asker, person, old, now, said),
            };
        }
        if self.versions.job.is_none()
            && let Some((asker, wish)) = self.versions.queue.pop_front()
        {
            let Some(person) = self.asking(asker, now) else {
                tell(asker, Err(NoVersion::NotAllowed), said);
                return;
            };
            let Some((folder, world)) = &self.versions.place else {
                tell(asker, Err(NoVersion::NotKept), said);
                return;
            };
            let (folder, world) = (folder.another(), *world);
            let state = self.told.clone();
            let by = state.person(person).map_or([0; 32], |standing| standing.account);
            let work = async move { done(folder, &world, &state, by, now.secs, &wish).map_err(why) };
            let task = AsyncComputeTaskPool::get().spawn(work);
            self.versions.job = Some((asker, Work::Disk(task)));
        }
    }

    /// The number of whoever asks, if they may.
    fn asking(&self, asker: Asker, now: Now) -> Option<PersonNo> {
        let state = self.keeper.state();
        let person = match asker {
            Asker::Seat(slot) => self.person(slot)?,
            Asker::Ticket(_) => state.number_of(&self.account)?,
        };
        let may = state.powers().of(state.person(person)?, now.secs);
        may.has(Capability::Settings).then_some(person)
    }

    /// As much as goes into one fact; the rest in the next frame.
    fn restore(
        &mut self,
        asker: Asker,
        person: PersonNo,
        old: Box<State>,
        now: Now,
        said: &mut Said,
    ) -> Option<(Asker, Work)> {
        if self.rests(now).is_some() {
            tell(asker, Err(NoVersion::NotKept), said);
            return None;
        }
        match self.keeper.restore(person, 0, &old, now) {
            Ok(Some(fact)) => {
                self.unkept.push(Unkept {
                    fact,
                    from: Slot::HOST,
                });
                Some((asker, Work::Restoring { person, old }))
            }
            Ok(None) => {
                // The list tells whoever waits that it is done.
                self.versions.queue.push_front((asker, VersionWish::List));
                None
            }
            Err(_) => {
                tell(asker, Err(NoVersion::NotAllowed), said);
                None
            }
        }
    }
}

/// Blocking.
fn done(
    mut folder: Folder,
    world: &WorldId,
    state: &State,
    by: [u8; 32],
    at_secs: u64,
    wish: &VersionWish,
) -> Result<Done, VersionError> {
    let called = |folder: &Folder, name: &str| {
        let all = version::list(folder)?;
        let found = all
            .into_iter()
            .find(|(_, about)| about.as_ref().is_ok_and(|about| about.name == name.trim()));
        found.map(|(number, _)| number).ok_or(VersionError::NotThere)
    };
    match wish {
        VersionWish::List => {}
        VersionWish::Save { name } => {
            version::save(&mut folder, world, state, name, by, at_secs)?;
        }
        VersionWish::Remove { name } => {
            let number = called(&folder, name)?;
            version::remove(&mut folder, number)?;
        }
        VersionWish::Restore { name } => {
            let number = called(&folder, name)?;
            let (_, old) = version::open(&folder, world, number)?;
            return Ok(Done::Opened(Box::new(old)));
        }
    }
    let lines = version::list(&folder)?
        .into_iter()
        .filter_map(|(_, about)| about.ok())
        .map(|about| VersionLine {
            name: about.name,
            at_secs: about.at_secs,
            by: about.by,
            things: about.things,
        });
    Ok(Done::Listed(lines.collect()))
}

fn why(error: VersionError) -> NoVersion {
    match error {
        VersionError::BadName => NoVersion::BadName,
        VersionError::NameTaken => NoVersion::NameTaken,
        VersionError::TooMany => NoVersion::TooMany,
        VersionError::NotThere | VersionError::AnothersWorld => NoVersion::NotThere,
        VersionError::NotRead(_) | VersionError::Store(_) => {
            error!("a version of the world could not be read or written: {error}");
            NoVersion::NotKept
        }
    }
}
