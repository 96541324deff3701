//! `holm world`: the worlds that are kept on this machine, from a command line: listed, looked through, taken along, taken in.
//!
//! Invariant: a world that a program has open is looked at and never changed; what is written is there whole or not at all.

use super::keeping::{self, WORLDS};
use super::{Vault, fail, place, say};
use crate::profile;
use crate::things::files::read;
use clap::Subcommand;
use holm_document::doctor::{self, Replay, Report};
use holm_document::files::FilePlace;
use holm_document::folder::{Folder, Looking};
use holm_document::limits::FILES_BYTES;
use holm_document::one_file::{self, Export, Import, RanksAndTable, Shelf, Source};
use holm_document::part::Blob;
use holm_document::store::{Store, StoreError};
use holm_net::link::RoomSecret;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand, Debug)]
pub(super) enum WorldCommand {
    /// Which worlds are kept here.
    List,
    /// Looks whether everything of a world is whole. Nothing is changed.
    Doctor {
        /// As `list` calls it.
        world: String,
    },
    /// Writes a world into one file, which another machine takes in.
    Export {
        /// As `list` calls it.
        world: String,
        /// Where to: something.holm
        file: PathBuf,
        /// With who did what, so that it can still be taken back.
        #[arg(long)]
        history: bool,
    },
    /// Takes a world in from such a file. It is yours, and hosted with `holm host --keep NAME`.
    Import {
        file: PathBuf,
        /// What it is called here.
        name: String,
        /// Ranks and the table of roles as in the file: for whoever knows where it comes from.
        #[arg(long)]
        trust: bool,
    },
}

pub(super) fn obey(vault: &Vault, command: WorldCommand) -> ExitCode {
    let done = match command {
        WorldCommand::List => list(vault),
        WorldCommand::Doctor { world } => examine(vault, &world),
        WorldCommand::Export { world, file, history } => export(vault, &world, &file, history),
        WorldCommand::Import { file, name, trust } => import(vault, &file, &name, trust),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(sentence) => fail(&sentence),
    }
}

/// The folder of a world that is kept here.
fn folder_of(vault: &Vault, world: &str) -> Result<PathBuf, String> {
    let path = vault.folder().join(WORLDS).join(keeping::checked(world)?);
    if keeping::holds_a_world(&path) {
        Ok(path)
    } else {
        Err(format!(
            "No world is kept here as {world}. `holm world list` shows those that are."
        ))
    }
}

fn list(vault: &Vault) -> Result<bool, String> {
    let folder = vault.folder().join(WORLDS);
    let mut names: Vec<String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| keeping::holds_a_world(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    if names.is_empty() {
        say(&format!("No world is kept in {}.", folder.display()));
    }
    for name in names {
        let report = Looking::at(folder.join(&name)).and_then(|looking| doctor::examine(&looking));
        match report.map(|report| report.opens) {
            Ok(Ok((whole, _))) => say(&format!(
                "{name}: {} things, {} people, {} facts",
                whole.things, whole.people, whole.newest
            )),
            Ok(Err(error)) => say(&format!("{name}: does not open: {error}")),
            Err(error) => say(&format!("{name}: cannot be read: {error}")),
        }
    }
    Ok(true)
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn examine(vault: &Vault, world: &str) -> Result<bool, String> {
    let path = folder_of(vault, world)?;
    let unread = |error: io::Error| format!("{} cannot be read: {error}.", path.display());
    let looking = Looking::at(&path).map_err(unread)?;
    if looking.is_in_use() {
        say("A program has it open: what is being written just now may look torn.");
    }
    let report = doctor::examine(&looking).map_err(unread)?;
    tell(&report);
    let files_are_well = files_of(&path, &report).map_err(unread)?;
    let well = report.is_well() && files_are_well;
    say(if well { "All is well." } else { "Not all is well." });
    Ok(well)
}

fn tell(report: &Report) {
    for one in &report.snapshots {
        let what = match &one.whole {
            Ok(whole) => {
                let replay = match one.replay {
                    Replay::Same => "as the facts before it say",
                    Replay::Differs => "NOT what the facts before it say",
                    Replay::NotKnown => "nothing older to compare it with",
                };
                format!(
                    "whole, fact {}, {} things, digest {}, {replay}",
                    whole.newest,
                    whole.things,
                    hex(&whole.digest)
                )
            }
            Err(trouble) => format!("DAMAGED: {trouble}"),
        };
        say(&format!("{} ({} bytes): {what}", one.name, one.bytes));
    }
    for one in &report.facts {
        let what = match &one.read {
            Ok(None) => "nothing in it yet".to_owned(),
            Ok(Some(read)) if read.last == read.base && read.good_bytes == one.bytes => {
                "nothing in it yet".to_owned()
            }
            Ok(Some(read)) => {
                let behind = one.bytes.saturating_sub(read.good_bytes);
                let behind = if behind == 0 {
                    String::new()
                } else {
                    format!(", and {behind} bytes behind that are torn or damaged")
                };
                format!("facts {} to {}{behind}", read.base + 1, read.last)
            }
            Err(trouble) => format!("DAMAGED: {trouble}"),
        };
        say(&format!("{} ({} bytes): {what}", one.name, one.bytes));
    }
    for one in &report.versions {
        match &one.about {
            Ok(about) => say(&format!(
                "version “{}” ({} bytes): whole, {} things",
                about.name, one.bytes, about.things
            )),
            Err(trouble) => say(&format!(
                "version {} ({} bytes): DAMAGED: {trouble}",
                one.number.0, one.bytes
            )),
        }
    }
    for one in &report.aside {
        say(&format!("{}: was damaged and put aside", one.name));
    }
    match &report.opens {
        Ok((whole, found)) => {
            for name in &found.damaged {
                say(&format!("It opens without {name}."));
            }
            say(&format!(
                "It opens as of fact {}: {} things, {} people, {} facts that can be taken back. Digest {}.",
                whole.newest,
                whole.things,
                whole.people,
                whole.past,
                hex(&whole.digest)
            ));
        }
        Err(error) => say(&format!("It does not open: {error}.")),
    }
}

/// Files of a world that is taken along, with what they say of themselves, and files of its place.
struct Held {
    files: FilePlace,
    place: FilePlace,
}

impl Source for Held {
    fn open(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>> {
        let opened = self.files.open(file)?;
        Ok(opened.map(|opened| Box::new(BufReader::new(opened)) as Box<dyn Read>))
    }

    fn open_place(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>> {
        let opened = self.place.open(file)?;
        Ok(opened.map(|opened| Box::new(BufReader::new(opened)) as Box<dyn Read>))
    }

    fn licence(&mut self, file: &Blob) -> Option<String> {
        let bytes = self.files.read(file).ok().flatten()?;
        read::about(&bytes.into()).told()
    }
}

impl Held {
    fn beside(path: &Path) -> Self {
        Self {
            files: FilePlace::beside(path),
            place: place::files(path),
        }
    }
}

impl Shelf for Held {
    fn put(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        self.files.put(file, bytes)
    }

    fn put_place(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        self.place.put(file, bytes)
    }
}

/// Says which of the files that a world names are not there or damaged; whether all are well.
fn files_of(path: &Path, report: &Report) -> io::Result<bool> {
    let place = FilePlace::beside(path);
    let (mut well, mut bytes) = (true, 0);
    for file in &report.named {
        let trouble = match place.read(file) {
            Ok(Some(_)) => {
                bytes += file.bytes;
                continue;
            }
            Ok(None) => "MISSING".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => "DAMAGED".to_owned(),
            Err(error) => format!("cannot be read: {error}"),
        };
        well = false;
        say(&format!(
            "file {} ({} bytes): {trouble}",
            hex(&file.hash),
            file.bytes
        ));
    }
    let named: Vec<_> = report.named.iter().map(|file| file.hash).collect();
    let others = place
        .list()?
        .into_keys()
        .filter(|hash| !named.contains(hash))
        .count();
    if !report.named.is_empty() || others > 0 {
        say(&format!(
            "It names {} files of people; {bytes} bytes of them are here and whole, and {others} files that nothing names.",
            report.named.len()
        ));
    }
    Ok(well)
}

fn export(vault: &Vault, world: &str, file: &Path, history: bool) -> Result<bool, String> {
    let path = folder_of(vault, world)?;
    if file.exists() {
        return Err(format!("{} is there already: give another name.", file.display()));
    }
    let (store, state, past, _) = open(&path).map_err(|error| not_opened(world, &error))?;
    let own = place::of_its_own(&path).map_err(|error| error.to_string())?;
    let part = file.with_extension("holm-part");
    let written = File::create(&part)
        .map_err(one_file::ExportError::from)
        .and_then(|to| {
            let what = Export {
                name: world,
                world: store.world(),
                state: &state,
                history: history.then_some(&past),
                at_secs: crate::platform::unix_secs(),
                place: own.as_ref().map(|(told, files)| one_file::Place { told, files }),
            };
            let mut to = BufWriter::new(to);
            let exported = one_file::export(&mut to, &what, &mut Held::beside(&path))?;
            to.flush()?;
            to.get_ref().sync_all()?;
            fs::rename(&part, file)?;
            Ok(exported)
        });
    let exported = written.map_err(|error| {
        let _ = fs::remove_file(&part);
        format!("{} was not written: {error}.", file.display())
    })?;
    say(&format!(
        "{} has {world} as of fact {}: {} things, {} people, {} files{}.",
        file.display(),
        exported.manifest.newest,
        exported.manifest.things,
        exported.manifest.people,
        exported.manifest.files,
        if history { ", and who did what" } else { "" }
    ));
    if !exported.missing.is_empty() {
        say(&format!(
            "{} files that things show were not to be had here; `holm world doctor` names them.",
            exported.missing.len()
        ));
    }
    Ok(true)
}

type Opened = (
    Store<Folder>,
    holm_document::State,
    holm_document::History,
    holm_document::store::Found,
);

fn open(path: &Path) -> Result<Opened, StoreError> {
    Store::open(Folder::new(path)?)
}

fn not_opened(world: &str, error: &StoreError) -> String {
    match error {
        StoreError::Disk(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            format!(
                "A program has {world} open: close it first, or let it keep a version and export that later."
            )
        }
        error => format!("{world} does not open: {error}."),
    }
}

fn import(vault: &Vault, file: &Path, name: &str, trust: bool) -> Result<bool, String> {
    let path = vault.folder().join(WORLDS).join(keeping::checked(name)?);
    if path.exists() {
        return Err(format!(
            "There is a world called {name} here already: give another name."
        ));
    }
    let (profile, _) = profile::load(vault).map_err(|error| format!("Your keys cannot be read: {error}."))?;
    let unread = |error: io::Error| format!("{} cannot be read: {error}.", file.display());
    let from = BufReader::new(File::open(file).map_err(unread)?);
    let world =
        RoomSecret::random().map_err(|error| format!("This machine has no random numbers: {error}."))?;
    let how = Import {
        world: world.0,
        owner: profile.identity.account().0,
        at_secs: crate::platform::unix_secs(),
        powers: if trust {
            RanksAndTable::AsInTheFile
        } else {
            RanksAndTable::Anew
        },
        most_files_bytes: FILES_BYTES,
    };
    let folder = Folder::new(&path).map_err(unread)?;
    let nothing = |why: String| {
        let _ = fs::remove_dir_all(&path);
        format!("{} was not taken in: {why}.", file.display())
    };
    let mut shelf = Held::beside(&path);
    let imported =
        one_file::import(from, folder, &how, &mut shelf).map_err(|error| nothing(error.to_string()))?;
    if let Some(told) = &imported.place {
        // Looked through as if a stranger had sent it: nobody is to find out at the door that there is no floor.
        place::take_in(&path, told).map_err(|error| nothing(error.to_string()))?;
    }
    say(&format!(
        "“{}” is here as {name}: {} things. It is yours; host it with: holm host --keep {name}",
        crate::customs::world_name(&imported.manifest.name),
        imported.state.things().len(),
    ));
    if !imported.missing.is_empty() {
        say(&format!(
            "{} files that things show were not in it.",
            imported.missing.len()
        ));
    }
    Ok(true)
}
