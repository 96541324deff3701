//! What a doctor says of a world's folder is what is the matter with it; and they touch nothing.

use super::crash::{MemoryDisk, Solo, WORLD};
use super::people::account;
use holm_document::doctor::{Replay, Report, Trouble, examine};
use holm_document::folder::{Folder, Looking};
use holm_document::journal::{self, NotRead, Snapshot};
use holm_document::store::{Disk, Store};
use holm_document::{History, State, version};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io;

fn all(disk: &MemoryDisk) -> BTreeMap<String, Vec<u8>> {
    let names = disk.names().into_iter();
    names
        .map(|name| (name.clone(), disk.read(&name).unwrap()))
        .collect()
}

/// Looks, and at the end all is as it was.
fn looked(disk: &MemoryDisk) -> Report {
    let before = all(disk);
    let report = examine(disk).unwrap();
    assert_eq!(all(disk), before);
    report
}

/// Two snapshots, and some facts before, between and behind them.
fn world() -> (MemoryDisk, Solo<MemoryDisk>) {
    let disk = MemoryDisk::default();
    let mut solo = Solo::new(disk.clone());
    for _ in 0..2 {
        solo.go_on_for_good(5).unwrap();
        solo.compact().unwrap();
    }
    solo.go_on_for_good(3).unwrap();
    version::save(
        &mut disk.clone(),
        &WORLD,
        solo.keeper.state(),
        "now",
        account(0),
        5,
    )
    .unwrap();
    (disk, solo)
}

#[test]
fn a_well_world_is_told_file_by_file() {
    let (disk, solo) = world();
    disk.clone().write("notes.txt", b"mine").unwrap();
    disk.clone()
        .write("damaged-0-facts-00000000000000000002", b"x")
        .unwrap();
    let report = looked(&disk);
    assert!(report.is_well(), "{report:?}");
    let snapshots = report.snapshots.iter();
    let told = snapshots.map(|one| {
        (
            one.version,
            one.whole.unwrap().newest,
            one.whole.unwrap().digest,
            one.replay,
        )
    });
    let told: Vec<_> = told.collect();
    let version = Some(journal::VERSION);
    assert_eq!(told[0], (version, 5, solo.digests[5], Replay::NotKnown));
    assert_eq!(told[1], (version, 10, solo.digests[10], Replay::Same));
    let facts: Vec<_> = report
        .facts
        .iter()
        .map(|one| one.read.unwrap().unwrap())
        .collect();
    assert_eq!(
        facts.iter().map(|one| (one.base, one.last)).collect::<Vec<_>>(),
        [(5, 10), (10, 13)]
    );
    assert!(
        report
            .facts
            .iter()
            .zip(&facts)
            .all(|(one, read)| read.good_bytes == one.bytes)
    );
    let (whole, found) = report.opens.unwrap();
    assert_eq!(
        (whole.newest, whole.digest, found.facts),
        (13, solo.digests[13], 3)
    );
    assert_eq!(report.versions[0].about.as_ref().unwrap().name, "now");
    assert_eq!(
        (report.others[0].name.as_str(), report.others[0].bytes),
        ("notes.txt", Some(4))
    );
    assert_eq!(report.aside.len(), 1);
}

#[test]
fn what_is_damaged_is_told_up_to_which_fact_it_is_good() {
    let (disk, solo) = world();
    let name = "facts-00000000000000000010";
    let mut bytes = disk.read(name).unwrap();
    let len = bytes.len();
    bytes[len - 1] ^= 1;
    disk.clone().write(name, &bytes).unwrap();
    let report = looked(&disk);
    assert!(!report.is_well());
    let read = report.facts[1].read.unwrap().unwrap();
    assert!(read.last == 12 && read.good_bytes < len as u64);
    let (whole, found) = report.opens.unwrap();
    assert_eq!((whole.newest, whole.digest), (12, solo.digests[12]));
    assert_eq!(found.damaged, [name]);
    // The newest snapshot, too: the one before it and the facts since are the world.
    let name = "snapshot-00000000000000000010";
    let mut bytes = disk.read(name).unwrap();
    bytes[40] ^= 1;
    disk.clone().write(name, &bytes).unwrap();
    let report = looked(&disk);
    assert_eq!(report.snapshots[1].whole, Err(Trouble::NotRead(NotRead::Damaged)));
    assert_eq!(report.opens.unwrap().0.newest, 12);
    for name in ["snapshot-00000000000000000005", "version-0000000001"] {
        disk.clone().write(name, b"HOLMSNAP\x09\x00").unwrap();
    }
    let report = looked(&disk);
    assert!(report.opens.is_err() && report.versions[0].about.is_err());
}

#[test]
fn a_snapshot_that_is_not_what_the_facts_make_of_the_one_before_is_told() {
    let (disk, _) = world();
    let mut other = Solo::new(MemoryDisk::default());
    other.go_on(9).unwrap();
    let mut state = other.keeper.state().clone();
    let nothing = holm_document::Fact {
        number: 10,
        by: holm_document::PersonNo(0),
        at_secs: 1,
        wish: 0,
        way: holm_document::Way::Done,
        deeds: Vec::new(),
    };
    state.apply(&nothing);
    let bytes = Snapshot::of(&WORLD, &state, &History::default()).bytes().unwrap();
    disk.clone()
        .write("snapshot-00000000000000000010", &bytes)
        .unwrap();
    let report = looked(&disk);
    assert_eq!(report.snapshots[1].replay, Replay::Differs);
    assert!(!report.is_well());
}

#[test]
fn what_was_refused_is_told_as_void_and_does_no_harm() {
    let (disk, mut solo) = world();
    solo.store.retract(12).unwrap();
    solo.keeper.take_out(13);
    solo.go_on_for_good(4).unwrap();
    let report = looked(&disk);
    assert!(report.is_well(), "{report:?}");
    let facts: Vec<_> = report
        .facts
        .iter()
        .map(|one| one.read.unwrap().unwrap())
        .collect();
    assert_eq!(
        facts.iter().map(|one| one.counts_to).collect::<Vec<_>>(),
        [Some(12), Some(12), None]
    );
    assert!(facts[2].voids && facts[2].last == 16);
    assert_eq!(report.opens.unwrap().0.newest, 16);
}

#[test]
fn a_folder_is_looked_at_while_a_program_has_it_and_while_none_has() {
    let path = std::env::temp_dir().join(format!("holm-doctor-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    assert_eq!(Looking::at(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    let (state, history) = (State::new(account(0)), History::default());
    let store = Store::create(Folder::new(&path).unwrap(), WORLD, &state, &history).unwrap();
    std::fs::write(path.join("unfinished-snapshot-00000000000000000009"), b"half").unwrap();
    let looking = Looking::at(&path).unwrap();
    assert!(looking.is_in_use() && examine(&looking).unwrap().is_well());
    drop(store);
    let names = || {
        let entries = path.read_dir().unwrap().map(|entry| entry.unwrap());
        let mut all: Vec<_> = entries
            .map(|one| (one.file_name(), one.metadata().unwrap().modified().unwrap()))
            .collect();
        all.sort();
        all
    };
    let before = names();
    let mut looking = Looking::at(&path).unwrap();
    assert!(looking.is_held() && !looking.is_in_use());
    assert!(examine(&looking).unwrap().is_well());
    assert_eq!(
        looking.write("x", b"x").unwrap_err().kind(),
        io::ErrorKind::ReadOnlyFilesystem
    );
    assert_eq!(names(), before);
    assert_eq!(
        Folder::new(&path).unwrap_err().kind(),
        io::ErrorKind::ResourceBusy
    );
    drop(looking);
    Folder::new(&path).unwrap();
    std::fs::remove_dir_all(&path).unwrap();
}

proptest! {
    /// Whatever is done to the files: a doctor changes nothing, and says of the world what opening it then finds.
    #[test]
    fn what_is_told_is_what_opening_finds(
        harm in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4u8), 0..4),
    ) {
        let (disk, _) = world();
        for (which, at, what) in harm {
            let names = disk.names();
            let name = &names[which.index(names.len())];
            let mut bytes = disk.read(name).unwrap();
            let at = at.index(bytes.len().max(1));
            match what {
                0 if !bytes.is_empty() => bytes[at] ^= 4,
                1 => bytes.truncate(at),
                2 => bytes.push(at as u8),
                _ => {
                    disk.clone().remove(name).unwrap();
                    if disk.names().is_empty() { break; }
                    continue;
                }
            }
            disk.clone().write(name, &bytes).unwrap();
        }
        let told = looked(&disk).opens;
        match (told, Store::open(disk)) {
            (Ok((whole, found)), Ok((_, state, _, opened))) => {
                prop_assert_eq!((whole.newest, whole.digest), (state.newest(), state.digest()));
                prop_assert_eq!(found, opened);
            }
            (Err(told), Err(found)) => prop_assert_eq!(told.to_string(), found.to_string()),
            (told, found) => prop_assert!(false, "{:?}, {}", told, found.is_ok()),
        }
    }
}
