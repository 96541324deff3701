//! Taking a world in from one file: a new world of the importer's, with what is in it.
//!
//! Powers do not come along unasked: see [`crate::theirs`].

use super::look::{Looked, open};
use super::{Checked, ImportError, Manifest, files, hex, world_name};
use crate::history::History;
use crate::journal::{self, NotRead, WorldId};
use crate::part::Blob;
use crate::state::State;
use crate::store::{Disk, Store};
use crate::theirs::{Heir, RanksAndTable, hangs_well, take_over};
use crate::thing::ThingId;
use std::io::{self, Read, Seek};

/// How it is taken in.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    /// A number that no other world has: the copy is a world of its own.
    pub world: WorldId,
    /// The account of whoever takes it in, and owns it from now on.
    pub owner: [u8; 32],
    /// Seconds since 1970.
    pub at_secs: u64,
    pub powers: RanksAndTable,
    /// Its files together may take so much, bytes.
    pub most_files_bytes: u64,
}

/// Where files of people go.
pub trait Shelf {
    /// Takes a file in. Reading ends in an error ([`io::ErrorKind::InvalidData`]) where it is not the one that it says: nothing
    /// may be kept of it then. It need not be read where it is here already.
    ///
    /// # Errors
    /// As reading, and as the system says.
    fn put(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()>;
    /// The same of a file of the place, for a shelf that has room for one.
    ///
    /// # Errors
    /// As [`Self::put`].
    fn put_place(&mut self, _file: &Blob, _bytes: &mut dyn Read) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A world that was taken in.
#[derive(Debug)]
pub struct Imported<D> {
    pub store: Store<D>,
    pub state: State,
    pub history: History,
    /// What the file said of itself.
    pub manifest: Manifest,
    /// What it says of its files: from whoever wrote it, and for people.
    pub licences: String,
    /// Files that things in it show and that were not in it.
    pub missing: Vec<Blob>,
    /// What is said of its place, from whoever wrote it: nothing of it was looked at.
    pub place: Option<Vec<u8>>,
}

/// Takes a world in: its files to the shelf, itself to a folder in which there is none. The world is there when all of it is; what
/// was put on the shelf before something went wrong stays there.
///
/// # Errors
/// It is no world, not as it says, or larger than may be; or there is a world in the folder; or a disk says no.
pub fn import<R: Read + Seek, D: Disk>(
    from: R,
    disk: D,
    how: &Import,
    shelf: &mut dyn Shelf,
) -> Result<Imported<D>, ImportError> {
    let mut looked = open(from)?;
    let told = &looked.manifest;
    if told.files_bytes.saturating_add(told.place_bytes) > how.most_files_bytes {
        return Err(ImportError::TooLarge);
    }
    let (mut state, mut history) = world(&mut looked)?;
    let licences = looked.licences()?;
    let heir = Heir {
        owner: how.owner,
        at_secs: how.at_secs,
        powers: how.powers,
    };
    take_over(&mut state, &mut history, &heir)?;
    let missing = put_away(&mut looked, &state, &history, shelf)?;
    let place = looked.place()?;
    for (file, at) in looked.place_files() {
        put(&mut looked, at, file, |file, bytes| shelf.put_place(file, bytes))?;
    }
    history.prune();
    let store = Store::create(disk, how.world, &state, &history)?;
    Ok(Imported {
        store,
        state,
        history,
        manifest: looked.manifest,
        licences,
        missing,
        place,
    })
}

/// The world in it, as it was written, looked through.
fn world<R: Read + Seek>(looked: &mut Looked<R>) -> Result<(State, History), ImportError> {
    let bytes = looked.snapshot()?;
    let told = &looked.manifest;
    if told.snapshot_bytes != bytes.len() as u64
        || told.snapshot_blake3 != hex(blake3::hash(&bytes).as_bytes())
    {
        return Err(ImportError::NotAsSaid);
    }
    let (world, state, history) = journal::read_snapshot(&bytes)?;
    let counts = (state.things().len(), state.people().len());
    let as_said = told.world == world_name(&world)
        && told.newest == state.newest()
        && (told.things as usize, told.people as usize) == counts
        && told.history | history.past().next().is_none();
    if !as_said {
        return Err(ImportError::NotAsSaid);
    }
    if !state.is_within_limits() {
        return Err(ImportError::TooLarge);
    }
    let hangs = |(id, _): (&ThingId, _)| hangs_well(&state, *id);
    // The past leads up to now without gaps, or what is looked up in it is something else.
    let past: Vec<_> = history.past().map(|past| past.fact.number).collect();
    let goes_on = past.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let to_now = past.last().is_none_or(|last| *last == state.newest());
    if !state.things().all(hangs) || !goes_on || !to_now {
        return Err(NotRead::Damaged.into());
    }
    Ok((state, history))
}

/// Files that the world shows go to the shelf, each checked while it goes; those that are not there.
fn put_away<R: Read + Seek>(
    looked: &mut Looked<R>,
    state: &State,
    history: &History,
    shelf: &mut dyn Shelf,
) -> Result<Vec<Blob>, ImportError> {
    let mut missing = Vec::new();
    for file in files(state, Some(history)) {
        // Of another length it is another file, whatever it is called.
        let here = looked
            .files
            .get(&file.hash)
            .filter(|(_, bytes)| *bytes == file.bytes);
        let Some(&(at, _)) = here else {
            missing.push(file);
            continue;
        };
        put(looked, at, file, |file, bytes| shelf.put(file, bytes))?;
    }
    Ok(missing)
}

/// One file out of the archive, checked while it goes.
fn put<R: Read + Seek>(
    looked: &mut Looked<R>,
    at: usize,
    file: Blob,
    shelf: impl FnOnce(&Blob, &mut dyn Read) -> io::Result<()>,
) -> Result<(), ImportError> {
    let entry = looked
        .zip
        .by_index(at)
        .map_err(|_| ImportError::BadFile(file.hash))?;
    match shelf(&file, &mut Checked::new(entry, file)) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(ImportError::BadFile(file.hash)),
        Err(error) => Err(error.into()),
    }
}
