//! Files that are shown here: fetched from the host, the nearest first, distrusted, read, and let go of.
//!
//! Flow: [`Built`] → which things show which file (`note`) → of those that this person wants to see, what is mine, or was kept on
//! this device, or the host is asked for it → its bytes, whose hash is right → read in a task → [`FileState::Ready`].
//! Invariants: nothing is fetched that nobody is willing to show, or that there is no room for; what is kept on this device is looked
//! at like what came over the wire; all that is read together has a bound, and what is near takes the room of what is far; what
//! does not come is asked for again later; where all is here, nothing is gone through.

use super::library::AtHand;
use super::read::{self, BadFile, Content};
use super::wire::{FromHost as FilesFromHost, ToHost as FilesToHost};
use super::{FileCache, Outbox};
use crate::people::Me;
use crate::session::patience::{Tries, Watch};
use crate::session::{BlobArrived, BlobFailed, Session, SessionEnded, SessionPhase, TellHost, Told};
use crate::things::wire::{FromHost as ThingsFromHost, ToHost as ThingsToHost};
use crate::things::{Built, Ledger, Things, changed};
use crate::wire::{FromHost, ToHost};
use crate::world::WorldStatus;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use core::time::Duration;
use holm_document::files::FilePlace;
use holm_document::part::Blob;
use holm_document::rules::seen_at;
use holm_document::{Part, ThingId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Files on their way at once: two hide the round trip between one and the next.
const AT_ONCE: usize = 2;
/// Files that are read, and what they take to be shown, bytes: what a browser's tab has beside a world and its people.
const MOST: usize = 1_024;
const MOST_BYTES: u64 = 512 << 20;
/// What is kept on this device for the next time, bytes.
const CACHE_BYTES: u64 = 1 << 30;
/// How often it is looked how near each is, while something is not here.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// One takes another's room where that one is farther away by so much: somebody who walks to and fro between two does not fetch
/// them over and over.
const FARTHER: f32 = 2.0;
const FARTHER_METRES: f32 = 10.0;
/// A host that does not answer is asked again after so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Which files that others brought this process shows; a client's settings say it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilesShown {
    #[default]
    Everything,
    /// Up to [`FilesShown::SMALL_BYTES`] each.
    Small,
    /// Boxes stand for all of them.
    Nothing,
}

impl FilesShown {
    /// What counts as small: 10 s at 3 Mbit/s.
    pub const SMALL_BYTES: u64 = 4 << 20;

    /// Whether this one is shown.
    pub fn shows(self, file: &Blob) -> bool {
        match self {
            Self::Everything => true,
            Self::Small => file.bytes <= Self::SMALL_BYTES,
            Self::Nothing => false,
        }
    }
}

/// The files that things here show.
#[derive(Resource, Default)]
pub struct Files {
    files: BTreeMap<Blob, FileState>,
    /// Which thing shows what.
    uses: BTreeMap<ThingId, Part>,
    wanted: BTreeSet<Blob>,
    shown: Option<FilesShown>,
    watches: BTreeMap<Blob, Watch>,
    tries: BTreeMap<Blob, Tries>,
    /// Of what is ready, bytes.
    bytes: u64,
    /// What each takes to be shown, bytes, of those that were read once.
    takes: BTreeMap<Blob, u64>,
    /// So much room was too little for one that was read. Those of which it is not known what they take wait for more.
    too_little: Option<u64>,
    /// How near the nearest thing is that shows each, metres, and when that was looked at; not at all since another thing shows
    /// something.
    near: BTreeMap<Blob, f32>,
    looked: Option<Duration>,
    /// Counts what changed, for who looks.
    changes: u64,
}

/// How far one is.
#[derive(Debug)]
pub enum FileState {
    /// On this device's disk, or the host's own.
    Looking(Task<Option<Bytes>>),
    /// The host was asked for it.
    Asked(Duration),
    Fetching,
    /// And what it takes to be shown, bytes.
    Reading(Task<Result<(Content, u64), BadFile>>),
    Ready(Arc<Content>),
    Refused(Refusal),
}

/// Why one is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its bytes are not to be had, now.
    NotReceived,
    Bad(BadFile),
    /// It is not what the thing says of it.
    NotAsSaid,
    /// There are too many here already.
    NoRoom,
    /// This person does not want to see such.
    NotWanted,
}

impl FileState {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Looking(_) | Self::Asked(_) | Self::Fetching)
    }
}

/// What is left.
#[derive(Clone, Copy)]
struct Room {
    files: usize,
    bytes: u64,
}

impl Files {
    /// What is shown of a thing with this part; `None` while it comes.
    ///
    /// # Errors
    /// Why it is not.
    pub fn content(&self, said: &Part) -> Result<Option<&Arc<Content>>, Refusal> {
        let Some(file) = said.file() else {
            return Err(Refusal::NotAsSaid);
        };
        if !self.wanted.contains(&file) && self.shown.is_some_and(|shown| !shown.shows(&file)) {
            return Err(Refusal::NotWanted);
        }
        match self.files.get(&file) {
            Some(FileState::Ready(content)) if content.is_as_said(said) => Ok(Some(content)),
            Some(FileState::Ready(_)) => Err(Refusal::NotAsSaid),
            Some(FileState::Refused(refusal)) => Err(refusal.clone()),
            _ => Ok(None),
        }
    }

    /// Bytes of one here so far, and in all, while it comes.
    pub fn progress(&self, session: &Session, file: &Blob) -> (u64, u64) {
        let here = match self.files.get(file) {
            Some(FileState::Fetching) => session.blob_progress(&file.hash).map_or(0, |(here, _)| here),
            Some(FileState::Reading(_) | FileState::Ready(_)) => file.bytes,
            _ => 0,
        };
        (here.min(file.bytes), file.bytes)
    }

    /// How far one is; `None` where nothing shows it.
    pub fn state(&self, file: &Blob) -> Option<&FileState> {
        self.files.get(file)
    }

    /// Another number whenever something is shown differently.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    fn put(&mut self, file: Blob, state: FileState) {
        self.changes += 1;
        self.files.insert(file, state);
    }

    fn refuse(&mut self, file: Blob, refusal: Refusal, now: Duration) {
        if refusal == Refusal::NotReceived {
            self.tries.entry(file).or_default().failed(now);
        }
        self.put(file, FileState::Refused(refusal));
    }

    fn read(&mut self, file: Blob, bytes: Bytes) {
        let task = AsyncComputeTaskPool::get().spawn(async move {
            read::read(&bytes).map(|content| {
                let takes = content.bytes();
                (content, takes)
            })
        });
        self.put(file, FileState::Reading(task));
    }

    /// Those that are asked for or fetched, of this hash.
    fn coming(&self, hash: &[u8; 32]) -> Vec<Blob> {
        let of = |(file, state): &(&Blob, &FileState)| {
            file.hash == *hash && matches!(state, FileState::Asked(_) | FileState::Fetching)
        };
        self.files.iter().filter(of).map(|(file, _)| *file).collect()
    }

    /// What one takes at least, bytes.
    fn takes(&self, file: &Blob) -> u64 {
        self.takes.get(file).copied().unwrap_or(file.bytes)
    }

    /// Beside what is here, and what is on its way.
    fn room(&self) -> Room {
        let (mut files, mut bytes) = (0, self.bytes);
        for (file, state) in &self.files {
            match state {
                FileState::Refused(_) => continue,
                FileState::Ready(_) => {}
                _ => bytes += self.takes(file),
            }
            files += 1;
        }
        Room {
            files: MOST.saturating_sub(files),
            bytes: MOST_BYTES.saturating_sub(bytes),
        }
    }

    /// Beside what is here.
    fn room_at_most(&self) -> Room {
        Room {
            files: MOST,
            bytes: MOST_BYTES.saturating_sub(self.bytes),
        }
    }

    fn fits(&self, file: &Blob, room: Room) -> bool {
        let is_known = self.takes.contains_key(file);
        room.files > 0
            && self.takes(file) <= room.bytes
            && (is_known || self.too_little.is_none_or(|bytes| room.bytes > bytes))
    }

    /// Looks, where that is worth it, how near each is.
    fn look(&mut self, things: &Things, from: Vec3, now: Duration) {
        let is_new = self.looked.is_none_or(|at| now.saturating_sub(at) >= LOOK_EVERY);
        let is_here = |file: &Blob| match self.files.get(file) {
            None | Some(FileState::Refused(Refusal::NotReceived | Refusal::NoRoom)) => false,
            Some(_) => true,
        };
        if !is_new || self.wanted.iter().all(is_here) {
            return;
        }
        let Some(state) = things.state() else { return };
        self.looked = Some(now);
        self.near.clear();
        for (id, part) in &self.uses {
            let (Some(file), Some(place)) = (part.file(), seen_at(state, *id)) else {
                continue;
            };
            let metres = Vec3::from_array(place.position).distance(from);
            let nearest = self.near.entry(file).or_insert(metres);
            *nearest = nearest.min(metres);
        }
    }

    /// The nearest that nothing was done about yet, that it is time to try again, or that there is room for now.
    fn next(&self, now: Duration) -> Option<Blob> {
        let mut room = None;
        let mut is_open = |file: &Blob| match self.files.get(file) {
            None => true,
            Some(FileState::Refused(Refusal::NotReceived)) => {
                self.tries.get(file).is_none_or(|tries| tries.are_over(now))
            }
            Some(FileState::Refused(Refusal::NoRoom)) => {
                self.fits(file, *room.get_or_insert_with(|| self.room()))
            }
            Some(_) => false,
        };
        let open = self
            .wanted
            .iter()
            .filter(|file| is_open(file))
            .filter_map(|file| {
                let tried = self.tries.get(file).map_or(0, |tries| tries.count);
                Some((tried, *self.near.get(file)?, *file))
            });
        // What has failed before keeps nobody waiting that has not been asked for yet.
        open.min_by(|(a, near, _), (b, far, _)| a.cmp(b).then(near.total_cmp(far)))
            .map(|(_, _, file)| file)
    }

    /// Of those that there is no room for, the nearest for which those farther away would make some.
    fn pushes(&self) -> Option<Blob> {
        let refused = self.files.iter().filter_map(|(file, state)| {
            let is_it = matches!(state, FileState::Refused(Refusal::NoRoom));
            Some((*self.near.get(file).filter(|_| is_it)?, *file))
        });
        let (_, nearest) = refused.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
        (!self.farther(&nearest).is_empty()).then_some(nearest)
    }

    /// Those that are here and much farther away, the farthest first, as many as make room for this one; none where all of them
    /// together do not.
    fn farther(&self, than: &Blob) -> Vec<Blob> {
        let mut room = self.room();
        let Some(near) = self.near.get(than).filter(|_| !self.fits(than, room)) else {
            return Vec::new();
        };
        let limit = near * FARTHER + FARTHER_METRES;
        let mut far: Vec<(f32, Blob)> = self
            .files
            .iter()
            .filter(|(_, state)| matches!(state, FileState::Ready(_)))
            .filter_map(|(file, _)| Some((self.near.get(file).copied()?, *file)))
            .filter(|(metres, _)| *metres > limit)
            .collect();
        far.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut gone = Vec::new();
        for (_, file) in far {
            room.files += 1;
            room.bytes += self.takes(&file);
            gone.push(file);
            if self.fits(than, room) {
                return gone;
            }
        }
        Vec::new()
    }

    /// Whether there is room for this one, now that some that are farther away have made it.
    fn make_room(&mut self, file: &Blob, now: Duration) -> bool {
        for far in self.farther(file) {
            self.bytes = self.bytes.saturating_sub(self.takes(&far));
            self.refuse(far, Refusal::NoRoom, now);
        }
        self.fits(file, self.room())
    }

    /// It was read: it is shown, if there is room.
    fn is_read(&mut self, file: Blob, content: Content, takes: u64, now: Duration) {
        // It is no longer on its way, and what it takes is known.
        self.takes.insert(file, takes);
        self.refuse(file, Refusal::NoRoom, now);
        // What is only on its way does not cost it the place that it has come to.
        if !self.fits(&file, self.room_at_most()) && !self.make_room(&file, now) {
            self.too_little = Some(self.room_at_most().bytes);
            return;
        }
        self.bytes += takes;
        self.tries.remove(&file);
        self.put(file, FileState::Ready(Arc::new(content)));
        // Fuller than that: whether it is too little is not known.
        let left = self.room_at_most().bytes;
        self.too_little = self.too_little.map(|bytes| bytes.min(left));
    }
}

/// A room that closed takes its files with it.
pub(crate) fn forget(mut ended: MessageReader<SessionEnded>, mut files: ResMut<Files>) {
    if ended.read().count() > 0 {
        *files = Files::default();
    }
}

pub(crate) fn step(
    mut built: MessageReader<Built>,
    mut told: MessageReader<Told>,
    mut arrived: MessageReader<BlobArrived>,
    mut failed: MessageReader<BlobFailed>,
    mut files: ResMut<Files>,
    mut session: ResMut<Session>,
    mut ledger: ResMut<Ledger>,
    things: Res<Things>,
    outbox: Res<Outbox>,
    shown: Res<FilesShown>,
    cache: Option<Res<FileCache>>,
    world: Res<WorldStatus>,
    time: Res<Time<Real>>,
    me: Query<&Transform, With<Me>>,
    mut host: MessageWriter<TellHost>,
) {
    let now = time.elapsed();
    let cache = cache.map(|cache| cache.0.clone());
    let change = changed(&mut built, &things);
    if change.is_none() && files.uses.is_empty() {
        told.clear();
        arrived.clear();
        failed.clear();
        return;
    }
    let mut anew = files.shown != Some(*shown);
    if let Some(change) = change {
        let mut touched = change.touched.clone();
        if change.anew {
            touched.extend(files.uses.keys());
            touched.extend(
                change
                    .state
                    .iter()
                    .flat_map(|state| state.things().map(|(id, _)| *id)),
            );
        }
        for id in touched {
            let part = change
                .state
                .and_then(|state| super::of(state.thing(id)?))
                .cloned();
            let before = match &part {
                Some(part) => files.uses.insert(id, part.clone()),
                None => files.uses.remove(&id),
            };
            anew |= before != part;
        }
    }
    if anew {
        want(&mut files, *shown, &mut session);
    }
    for Told(message) in told.read() {
        let FromHost::Things(ThingsFromHost::File(message)) = message else {
            continue;
        };
        match message {
            FilesFromHost::Ready { hash } => {
                for file in files.coming(hash) {
                    session.fetch_blob(file.hash, file.bytes);
                    files.put(file, FileState::Fetching);
                }
            }
            FilesFromHost::NotHere { hash } => {
                for file in files.coming(hash) {
                    files.refuse(file, Refusal::NotReceived, now);
                }
            }
            FilesFromHost::Coming { .. } | FilesFromHost::Held { .. } | FilesFromHost::NotHeld { .. } => {}
        }
    }
    for BlobArrived { hash, bytes } in arrived.read() {
        for file in files.coming(hash) {
            if bytes.len() as u64 != file.bytes {
                files.refuse(file, Refusal::NotAsSaid, now);
                continue;
            }
            if let Some(cache) = cache.clone() {
                keep(cache, file, bytes.clone());
            }
            files.read(file, bytes.clone());
        }
    }
    for BlobFailed { hash } in failed.read() {
        for file in files.coming(hash) {
            files.refuse(file, Refusal::NotReceived, now);
        }
    }
    give_up(&mut files, &mut session, now);
    finish(&mut files, &mut host, now);
    // Ground to stand on comes first.
    if matches!(*world, WorldStatus::Fetching { .. }) {
        return;
    }
    let from = me.iter().next().map_or(Vec3::ZERO, |me| me.translation);
    let before = files.looked;
    files.look(&things, from, now);
    if files.looked != before
        && let Some(file) = files.pushes()
    {
        files.make_room(&file, now);
    }
    while files.files.values().filter(|state| state.is_busy()).count() < AT_ONCE {
        let Some(file) = files.next(now) else {
            break;
        };
        if !files.make_room(&file, now) {
            files.refuse(file, Refusal::NoRoom, now);
            continue;
        }
        if let Some(bytes) = outbox.bytes(&file) {
            files.read(file, bytes);
            continue;
        }
        let state = if session.is_host() {
            match ledger.open().and_then(|open| open.files.at_hand(&file)) {
                Some(AtHand::Here(bytes)) => {
                    files.read(file, bytes);
                    continue;
                }
                Some(AtHand::OnDisk(place)) => looking(place, file),
                None => {
                    files.refuse(file, Refusal::NotReceived, now);
                    continue;
                }
            }
        } else if let Some(cache) = &cache {
            looking(cache.clone(), file)
        } else {
            ask(&file, &mut host);
            FileState::Asked(now)
        };
        files.put(file, state);
    }
}

fn ask(file: &Blob, host: &mut MessageWriter<TellHost>) {
    let message = FilesToHost::Want { hash: file.hash };
    host.write(TellHost(ToHost::Things(ThingsToHost::File(message))));
}

fn looking(place: FilePlace, file: Blob) -> FileState {
    FileState::Looking(AsyncComputeTaskPool::get().spawn(async move {
        // What is damaged here is fetched anew.
        place.read(&file).ok().flatten().map(Bytes::from)
    }))
}

/// For the next time.
fn keep(cache: FilePlace, file: Blob, bytes: Bytes) {
    let work = async move {
        let kept = cache
            .write(&file, &bytes)
            .and_then(|()| cache.shrink(CACHE_BYTES));
        if let Err(error) = kept {
            warn!("a file was not kept for the next time: {error}");
        }
    };
    AsyncComputeTaskPool::get().spawn(work).detach();
}

/// What things show now, as far as this person wants it; the rest is let go of.
fn want(files: &mut Files, shown: FilesShown, session: &mut Session) {
    files.shown = Some(shown);
    let wanted: BTreeSet<Blob> = files
        .uses
        .values()
        .filter_map(Part::file)
        .filter(|file| shown.shows(file))
        .collect();
    files.files.retain(|file, state| {
        let keep = wanted.contains(file);
        if !keep && matches!(state, FileState::Fetching) {
            session.forget_blob(&file.hash);
        }
        keep
    });
    files.takes.retain(|file, _| wanted.contains(file));
    files.looked = None;
    files.watches.retain(|file, _| wanted.contains(file));
    files.tries.retain(|file, _| wanted.contains(file));
    let ready = files
        .files
        .iter()
        .filter(|(_, state)| matches!(state, FileState::Ready(_)));
    files.bytes = ready.map(|(file, _)| files.takes(file)).sum();
    files.wanted = wanted;
    files.changes += 1;
}

/// Lets go of what does not come on.
fn give_up(files: &mut Files, session: &mut Session, now: Duration) {
    let linked = session.phase() == SessionPhase::Inside;
    let mut still = Vec::new();
    for (file, state) in &files.files {
        let is_still = match state {
            FileState::Asked(at) => linked && now.saturating_sub(*at) > ANSWER_WITHIN,
            FileState::Fetching => {
                let here = linked.then(|| session.coming(&file.hash)).flatten();
                files.watches.entry(*file).or_default().is_still(now, here)
            }
            _ => continue,
        };
        if is_still {
            still.push(*file);
        }
    }
    for file in still {
        files.watches.remove(&file);
        session.forget_blob(&file.hash);
        files.refuse(file, Refusal::NotReceived, now);
    }
}

/// What was looked for or read.
fn finish(files: &mut Files, host: &mut MessageWriter<TellHost>, now: Duration) {
    let mut done = Vec::new();
    for (file, state) in &mut files.files {
        match state {
            FileState::Looking(task) => {
                done.extend(check_ready(task).map(|found| (*file, Done::Found(found))))
            }
            FileState::Reading(task) => done.extend(check_ready(task).map(|read| (*file, Done::Read(read)))),
            _ => {}
        }
    }
    for (file, done) in done {
        match done {
            Done::Found(Some(bytes)) => files.read(file, bytes),
            // At a host it is lost, and the host says so.
            Done::Found(None) => {
                ask(&file, host);
                files.put(file, FileState::Asked(now));
            }
            Done::Read(Ok((content, takes))) => files.is_read(file, content, takes, now),
            Done::Read(Err(bad)) => {
                info!("a file that somebody brought is not shown: {bad:?}");
                files.refuse(file, Refusal::Bad(bad), now);
            }
        }
    }
}

enum Done {
    Found(Option<Bytes>),
    Read(Result<(Content, u64), BadFile>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gltf::{PictureData, PictureKind};

    const MEGABYTE: u64 = 1 << 20;

    fn blob(n: u8) -> Blob {
        Blob {
            hash: [n; 32],
            bytes: MEGABYTE,
        }
    }

    /// Shown by things so many metres away; nothing is here.
    fn at(metres: &[f32]) -> Files {
        let mut files = Files::default();
        for (n, metres) in (0..).zip(metres) {
            files.wanted.insert(blob(n));
            files.near.insert(blob(n), *metres);
        }
        files
    }

    fn comes(files: &mut Files, n: u8, takes: u64) {
        let picture = PictureData {
            bytes: Bytes::new(),
            kind: PictureKind::Jpeg,
            width: 1,
            height: 1,
        };
        files.is_read(
            blob(n),
            Content::Picture(picture),
            takes * MEGABYTE,
            Duration::ZERO,
        );
    }

    fn is_here(files: &Files, n: u8) -> bool {
        matches!(files.state(&blob(n)), Some(FileState::Ready(_)))
    }

    #[test]
    fn what_there_is_no_room_for_is_not_fetched_until_there_is() {
        let mut files = at(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(files.next(Duration::ZERO), Some(blob(0)));
        comes(&mut files, 0, 300);
        comes(&mut files, 1, 300);
        assert!(is_here(&files, 0) && !is_here(&files, 1));
        // Whether the others take less is not known, and to know it they would have to be fetched.
        for n in [2, 3] {
            assert_eq!(files.next(Duration::ZERO), Some(blob(n)));
            assert!(!files.make_room(&blob(n), Duration::ZERO));
            files.refuse(blob(n), Refusal::NoRoom, Duration::ZERO);
        }
        assert_eq!(files.next(Duration::ZERO), None);
        files.files.remove(&blob(0));
        files.wanted.remove(&blob(0));
        files.bytes = 0;
        assert_eq!(
            files.next(Duration::ZERO),
            Some(blob(1)),
            "the nearest, and not all"
        );
        comes(&mut files, 1, 300);
        assert!(is_here(&files, 1) && files.bytes == 300 * MEGABYTE);
        assert_eq!(files.next(Duration::ZERO), None, "it is as full as it was");
    }

    #[test]
    fn what_is_near_takes_the_room_of_what_is_far_and_they_do_not_take_turns() {
        let mut files = at(&[100.0, 5.0, 8.0]);
        comes(&mut files, 0, 500);
        comes(&mut files, 1, 400);
        assert!(!is_here(&files, 0) && is_here(&files, 1));
        assert_eq!(files.bytes, 400 * MEGABYTE);
        assert_eq!(files.pushes(), None, "the far one takes nothing back");
        comes(&mut files, 2, 200);
        assert!(is_here(&files, 1) && !is_here(&files, 2), "about as near");
        // Somebody walks over to where the first is.
        for (n, metres) in [(0, 3.0), (1, 100.0), (2, 100.0)] {
            files.near.insert(blob(n), metres);
        }
        assert_eq!(files.pushes(), Some(blob(0)));
        assert!(files.make_room(&blob(0), Duration::ZERO));
        assert_eq!(files.next(Duration::ZERO), Some(blob(0)));
        comes(&mut files, 0, 500);
        assert!(is_here(&files, 0) && !is_here(&files, 1));
    }
}
