//! Opening the archive: what is in it, as far as it is a world's, with every length compared before it is believed.

use super::{
    FILES, FORMAT, ImportError, LICENCES, LICENCES_BYTES, MANIFEST, MANIFEST_BYTES, MOST_PLACE_FILES,
    Manifest, PLACE, PLACE_BYTES, PLACE_FILES, SNAPSHOT, WITHOUT_PLACE,
};
use crate::part::Blob;
use crate::{limits, version};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use zip::{CompressionMethod, ZipArchive};

/// An archive that has nothing in it but what a world's file has.
pub(super) struct Looked<R> {
    pub(super) zip: ZipArchive<R>,
    pub(super) manifest: Manifest,
    /// Where each file of people is, by the hash under which it lies, and its bytes.
    pub(super) files: BTreeMap<[u8; 32], (usize, u64)>,
    snapshot: usize,
    licences: Option<usize>,
    place: Option<usize>,
    /// The same of files of the place.
    place_files: BTreeMap<[u8; 32], (usize, u64)>,
}

/// What is said of the world in this file, to show before it is taken in. That it is all there is looked at later.
///
/// # Errors
/// It is none, a newer program's, or not as it says.
pub fn look<R: Read + Seek>(from: R) -> Result<Manifest, ImportError> {
    Ok(open(from)?.manifest)
}

/// Of every format: what is behind it may be called otherwise one day.
#[derive(Deserialize)]
struct OfAnyFormat {
    format: u32,
}

pub(super) fn open<R: Read + Seek>(mut from: R) -> Result<Looked<R>, ImportError> {
    let whole_bytes = ends_well(&mut from)?;
    let mut zip = ZipArchive::new(from).map_err(|_| ImportError::NoWorld)?;
    if zip.has_duplicate_names() {
        return Err(ImportError::Foreign("a name that is there twice".to_owned()));
    }
    let (mut manifest, mut snapshot, mut licences, mut place) = (None, None, None, None);
    let (mut files, mut place_files) = (BTreeMap::new(), BTreeMap::new());
    let mut all_bytes = 0u64;
    for at in 0..zip.len() {
        let entry = zip.by_index_raw(at).map_err(|_| ImportError::NoWorld)?;
        let name = entry.name().map_err(|_| ImportError::NoWorld)?.into_owned();
        let foreign = || ImportError::Foreign(told(&name));
        let plain =
            entry.compression() == CompressionMethod::Stored && entry.compressed_size() == entry.size();
        if !plain || entry.encrypted() || !entry.is_file() {
            return Err(foreign());
        }
        let bytes = entry.size();
        let most = match name.as_str() {
            MANIFEST => {
                manifest = Some(at);
                MANIFEST_BYTES
            }
            SNAPSHOT => {
                snapshot = Some(at);
                limits::SNAPSHOT_BYTES
            }
            LICENCES => {
                licences = Some(at);
                LICENCES_BYTES
            }
            PLACE => {
                place = Some(at);
                PLACE_BYTES
            }
            name => {
                let (list, hash) = match (name.strip_prefix(FILES), name.strip_prefix(PLACE_FILES)) {
                    (Some(hash), _) => (&mut files, hash),
                    (None, Some(hash)) => (&mut place_files, hash),
                    (None, None) => return Err(foreign()),
                };
                list.insert(unhex(hash).ok_or_else(foreign)?, (at, bytes));
                limits::BLOB_BYTES
            }
        };
        if bytes > most {
            return Err(ImportError::TooLarge);
        }
        all_bytes = all_bytes.saturating_add(bytes);
    }
    // Two names for the same bytes would make a small file large.
    if all_bytes > whole_bytes {
        return Err(ImportError::NotAsSaid);
    }
    let (manifest, snapshot) = manifest.zip(snapshot).ok_or(ImportError::NoWorld)?;
    let text = read(&mut zip, manifest)?;
    let text = std::str::from_utf8(&text).map_err(|_| ImportError::NotAsSaid)?;
    let OfAnyFormat { format } = ron::from_str(text).map_err(|_| ImportError::NotAsSaid)?;
    if format > FORMAT {
        return Err(ImportError::Newer(format));
    }
    let manifest: Manifest = ron::from_str(text).map_err(|_| ImportError::NotAsSaid)?;
    let counted = |files: &BTreeMap<_, (usize, u64)>| {
        (files.len(), files.values().map(|(_, bytes)| bytes).sum::<u64>())
    };
    let has_place = place.is_some() || !place_files.is_empty();
    if version::name(&manifest.name).ok() != Some(manifest.name.as_str())
        || (manifest.files as usize, manifest.files_bytes) != counted(&files)
        || (manifest.place_files as usize, manifest.place_bytes) != counted(&place_files)
        || place_files.len() > MOST_PLACE_FILES
        || has_place == (format == WITHOUT_PLACE)
        || has_place != place.is_some()
    {
        return Err(ImportError::NotAsSaid);
    }
    Ok(Looked {
        zip,
        manifest,
        files,
        snapshot,
        licences,
        place,
        place_files,
    })
}

impl<R: Read + Seek> Looked<R> {
    pub(super) fn snapshot(&mut self) -> Result<Vec<u8>, ImportError> {
        read(&mut self.zip, self.snapshot)
    }

    pub(super) fn place(&mut self) -> Result<Option<Vec<u8>>, ImportError> {
        self.place.map(|at| read(&mut self.zip, at)).transpose()
    }

    /// Files of the place, and where each is.
    pub(super) fn place_files(&self) -> Vec<(Blob, usize)> {
        let files = self.place_files.iter();
        files
            .map(|(hash, (at, bytes))| {
                let file = Blob {
                    hash: *hash,
                    bytes: *bytes,
                };
                (file, *at)
            })
            .collect()
    }

    /// Without what is no line of text.
    pub(super) fn licences(&mut self) -> Result<String, ImportError> {
        let Some(at) = self.licences else {
            return Ok(String::new());
        };
        let bytes = read(&mut self.zip, at)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text
            .chars()
            .filter(|letter| *letter == '\n' || !letter.is_control())
            .collect())
    }
}

/// All of an entry, whose length was compared with the most that it may have.
fn read<R: Read + Seek>(zip: &mut ZipArchive<R>, at: usize) -> Result<Vec<u8>, ImportError> {
    let entry = zip.by_index(at).map_err(|_| ImportError::NoWorld)?;
    let (mut bytes, told) = (Vec::new(), entry.size());
    entry
        .take(told + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| ImportError::NotAsSaid)?;
    if bytes.len() as u64 != told {
        return Err(ImportError::NotAsSaid);
    }
    Ok(bytes)
}

/// What the end of a ZIP takes, and the end of a large one with it, bytes.
const END_BYTES: u64 = 22;
const LARGE_END_BYTES: u64 = 56 + 20 + END_BYTES;
/// What each file takes in its list, at least, bytes.
const LISTED_BYTES: u64 = 46;

/// How long the file is, where it ends as ours do: with a list of no more files than there may be, and nothing behind it.
/// Whoever reads the list makes room for as many as it says before any is there.
fn ends_well<R: Read + Seek>(from: &mut R) -> Result<u64, ImportError> {
    let whole = from.seek(SeekFrom::End(0))?;
    let len = whole.min(LARGE_END_BYTES);
    from.seek(SeekFrom::Start(whole - len))?;
    let mut end = Vec::new();
    from.take(len).read_to_end(&mut end)?;
    let number = |at: usize, bytes: usize| {
        let some = end.get(at..at + bytes)?;
        Some(
            some.iter()
                .rev()
                .fold(0u64, |number, byte| number << 8 | u64::from(*byte)),
        )
    };
    let listed = || {
        let at = end.len().checked_sub(END_BYTES as usize)?;
        let small = end.get(at..at + 4)? == b"PK\x05\x06" && number(at + 20, 2)? == 0;
        let (count, bytes, begin) = (number(at + 10, 2)?, number(at + 12, 4)?, number(at + 16, 4)?);
        let large = count == 0xFFFF || bytes == 0xFFFF_FFFF || begin == 0xFFFF_FFFF;
        if !large {
            return small.then_some((count, bytes, begin, whole - END_BYTES));
        }
        let end_at = whole.checked_sub(LARGE_END_BYTES)?;
        let here = end.get(..4)? == b"PK\x06\x06"
            && end.get(56..60)? == b"PK\x06\x07"
            && number(56 + 8, 8)? == end_at;
        let told = (number(32, 8)?, number(40, 8)?, number(48, 8)?, end_at);
        (small && here).then_some(told)
    };
    let (count, bytes, begin, end_at) = listed().ok_or(ImportError::NoWorld)?;
    if begin.checked_add(bytes) != Some(end_at) || count.saturating_mul(LISTED_BYTES) > bytes {
        return Err(ImportError::NoWorld);
    }
    if count > (limits::EXPORTED_FILES + MOST_PLACE_FILES) as u64 + 4 {
        return Err(ImportError::TooLarge);
    }
    from.seek(SeekFrom::Start(0))?;
    Ok(whole)
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(2 * at..2 * at + 2)?;
        // `from_str_radix` would take a sign.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

/// A stranger's name, fit to be shown.
fn told(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_control())
        .take(80)
        .collect()
}
