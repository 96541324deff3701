//! Writing a world into one file.

use super::{
    Checked, ExportError, FILES, FORMAT, LICENCES, MANIFEST, MOST_PLACE_FILES, Manifest, PLACE, PLACE_BYTES,
    PLACE_FILES, SNAPSHOT, WITHOUT_PLACE, entry, files, hex, world_name,
};
use crate::history::History;
use crate::journal::{Snapshot, WorldId};
use crate::part::Blob;
use crate::state::State;
use crate::{limits, version};
use std::io::{self, Read, Seek, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What is written.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    /// What its owner calls it.
    pub name: &'a str,
    pub world: &'a WorldId,
    pub state: &'a State,
    /// Who did what and what can be taken back, if that is to go along.
    pub history: Option<&'a History>,
    /// Seconds since 1970.
    pub at_secs: u64,
    /// What one stands on there, if that is the world's own.
    pub place: Option<Place<'a>>,
}

/// What one stands on in a world: what is said of it, and its files.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// At most [`PLACE_BYTES`].
    pub told: &'a [u8],
    /// At most [`MOST_PLACE_FILES`], each once.
    pub files: &'a [Blob],
}

/// Where files of people come from.
pub trait Source {
    /// The bytes of a file, `None` where they are not to be had. It is asked twice for each.
    ///
    /// # Errors
    /// As the system says: nothing is exported then.
    fn open(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>>;
    /// The same of a file of the place, for a source that has one.
    ///
    /// # Errors
    /// As the system says.
    fn open_place(&mut self, _file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>> {
        Ok(None)
    }
    /// What is known of a file for people: whose it is, under which licence. `None` where nothing is.
    fn licence(&mut self, file: &Blob) -> Option<String>;
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    pub manifest: Manifest,
    /// Files that were not to be had, or were damaged: their things show nothing where the file is opened.
    pub missing: Vec<Blob>,
}

fn archive(error: zip::result::ZipError) -> ExportError {
    match error {
        zip::result::ZipError::Io(error) => error.into(),
        error => ExportError::Archive(error.to_string()),
    }
}

/// Writes it; one file of people after the other, none of them whole in memory.
///
/// # Errors
/// The name is none, there are too many files, one changed meanwhile, or the disk says no: what was written is of no use then.
pub fn export<W: Write + Seek>(
    to: W,
    what: &Export<'_>,
    source: &mut dyn Source,
) -> Result<Exported, ExportError> {
    let name = version::name(what.name).map_err(|_| ExportError::BadName)?;
    let none = History::default();
    let snapshot = Snapshot::of(what.world, what.state, what.history.unwrap_or(&none));
    let snapshot = snapshot
        .bytes()
        .map_err(|error| ExportError::Archive(error.to_string()))?;
    let wanted = files(what.state, what.history);
    let place_files = what.place.map_or(&[][..], |place| place.files);
    if wanted.len() > limits::EXPORTED_FILES || place_files.len() > MOST_PLACE_FILES {
        return Err(ExportError::TooMany);
    }
    if what
        .place
        .is_some_and(|place| place.told.len() as u64 > PLACE_BYTES)
    {
        return Err(ExportError::NoPlace);
    }
    // Nothing is compressed: pictures, models and sounds are already, and no bomb can be made of it.
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut zip = ZipWriter::new(to);
    let (mut here, mut here_bytes, mut missing) = (0u32, 0u64, Vec::new());
    let mut licences = String::from(LICENCES_BEGIN);
    let mut last = None;
    for file in wanted {
        if !is_whole(&file, source.open(&file)?)? {
            missing.push(file);
            continue;
        }
        if last != Some(file.hash) {
            zip.start_file(entry(FILES, &file), options).map_err(archive)?;
            let bytes = source.open(&file)?.ok_or(ExportError::Changed)?;
            copy(bytes, file, &mut zip)?;
            let known = source.licence(&file);
            licences.push_str(&entry(FILES, &file));
            licences.push('\n');
            for line in known.as_deref().unwrap_or("nothing is known of it").lines() {
                licences.push_str("    ");
                licences.extend(line.chars().filter(|letter| !letter.is_control()));
                licences.push('\n');
            }
            (here, here_bytes, last) = (here + 1, here_bytes + file.bytes, Some(file.hash));
        }
    }
    for file in place_files {
        if !is_whole(file, source.open_place(file)?)? {
            return Err(ExportError::NoPlace);
        }
        zip.start_file(entry(PLACE_FILES, file), options)
            .map_err(archive)?;
        let bytes = source.open_place(file)?.ok_or(ExportError::Changed)?;
        copy(bytes, *file, &mut zip)?;
    }
    if let Some(place) = what.place {
        zip.start_file(PLACE, options).map_err(archive)?;
        zip.write_all(place.told)?;
    }
    let manifest = Manifest {
        format: what.place.map_or(WITHOUT_PLACE, |_| FORMAT),
        name: name.to_owned(),
        at_secs: what.at_secs,
        world: world_name(what.world),
        newest: what.state.newest(),
        things: what.state.things().len() as u32, // at most limits::THINGS
        people: what.state.people().len() as u32, // at most limits::PEOPLE
        history: what.history.is_some(),
        snapshot_bytes: snapshot.len() as u64,
        snapshot_blake3: hex(blake3::hash(&snapshot).as_bytes()),
        files: here,
        files_bytes: here_bytes,
        missing: missing.len() as u32,         // at most limits::EXPORTED_FILES
        place_files: place_files.len() as u32, // at most MOST_PLACE_FILES
        place_bytes: place_files.iter().map(|file| file.bytes).sum(),
    };
    let pretty = ron::ser::PrettyConfig::default();
    let told = ron::ser::to_string_pretty(&manifest, pretty)
        .map_err(|error| ExportError::Archive(error.to_string()))?;
    for (name, bytes) in [
        (SNAPSHOT, &snapshot[..]),
        (LICENCES, licences.as_bytes()),
        (MANIFEST, told.as_bytes()),
    ] {
        zip.start_file(name, options).map_err(archive)?;
        zip.write_all(bytes)?;
    }
    zip.finish().map_err(archive)?.flush()?;
    Ok(Exported { manifest, missing })
}

/// English, like everything that is written for whoever unpacks it by hand.
const LICENCES_BEGIN: &str =
    "What is known of the files in this world. Who opens it answers for what they do with them.\n\n";

/// One file into the archive, checked while it goes.
fn copy(bytes: Box<dyn Read + '_>, file: Blob, to: &mut impl Write) -> Result<(), ExportError> {
    match io::copy(&mut Checked::new(bytes, file), to) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(ExportError::Changed),
        Err(error) => Err(error.into()),
    }
}

/// Whether it is to be had, and the one that is meant.
fn is_whole(file: &Blob, bytes: Option<Box<dyn Read + '_>>) -> Result<bool, ExportError> {
    let Some(bytes) = bytes else {
        return Ok(false);
    };
    match io::copy(&mut Checked::new(bytes, *file), &mut io::sink()) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error.into()),
    }
}
