//! Writing a world into one file.

use super::{
    Checked, ExportError, FORMAT, LICENCES, MANIFEST, Manifest, SNAPSHOT, entry, files, hex, world_name,
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
}

/// Where files of people come from.
pub trait Source {
    /// The bytes of a file, `None` where they are not to be had. It is asked twice for each.
    ///
    /// # Errors
    /// As the system says: nothing is exported then.
    fn open(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>>;
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
    if wanted.len() > limits::EXPORTED_FILES {
        return Err(ExportError::TooMany);
    }
    // Nothing is compressed: pictures, models and sounds are already, and no bomb can be made of it.
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut zip = ZipWriter::new(to);
    let (mut here, mut here_bytes, mut missing) = (0u32, 0u64, Vec::new());
    let mut licences = String::from(LICENCES_BEGIN);
    let mut last = None;
    for file in wanted {
        if !is_whole(&file, source)? {
            missing.push(file);
            continue;
        }
        if last != Some(file.hash) {
            zip.start_file(entry(&file), options).map_err(archive)?;
            let bytes = source.open(&file)?.ok_or(ExportError::Changed)?;
            let copied = io::copy(&mut Checked::new(bytes, file), &mut zip);
            copied.map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => ExportError::Changed,
                _ => error.into(),
            })?;
            let known = source.licence(&file);
            licences.push_str(&entry(&file));
            licences.push('\n');
            for line in known.as_deref().unwrap_or("nothing is known of it").lines() {
                licences.push_str("    ");
                licences.extend(line.chars().filter(|letter| !letter.is_control()));
                licences.push('\n');
            }
            (here, here_bytes, last) = (here + 1, here_bytes + file.bytes, Some(file.hash));
        }
    }
    let manifest = Manifest {
        format: FORMAT,
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
        missing: missing.len() as u32, // at most limits::EXPORTED_FILES
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

/// Whether it is to be had, and the one that is meant.
fn is_whole(file: &Blob, source: &mut dyn Source) -> Result<bool, ExportError> {
    let Some(bytes) = source.open(file)? else {
        return Ok(false);
    };
    match io::copy(&mut Checked::new(bytes, *file), &mut io::sink()) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error.into()),
    }
}
