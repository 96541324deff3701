//! A world goes to another machine as one file: what comes out is what went in, owned by whoever took it in; and a file from a
//! stranger is a world as it says, or nothing.

use super::crash::MemoryDisk;
use super::people::{Party, account, made, name, placed, set};
use holm_document::folder::Folder;
use holm_document::journal::{self, NotRead};
use holm_document::one_file::{
    Export, ExportError, Import, ImportError, Manifest, Place, RanksAndTable, Shelf, Source, export, files,
    import, look,
};
use holm_document::part::{Attach, Blob, Picture, Sound};
use holm_document::power::{Capabilities, Line};
use holm_document::store::{Disk, Store, StoreError};
use holm_document::{
    Act, Capability, History, Keeper, Order, PersonNo, Powers, Quota, Role, State, ThingId, Wish, limits,
};
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::path::PathBuf;

const OLD: [u8; 16] = *b"the old world id";
const NEW: [u8; 16] = *b"the new world id";
/// The account of whoever takes it in.
const HEIR: [u8; 32] = [77; 32];

/// Files by their hash, and what is known of them.
#[derive(Default)]
pub(crate) struct Files(BTreeMap<[u8; 32], Vec<u8>>);

impl Files {
    fn add(&mut self, bytes: &[u8]) -> Blob {
        let hash = *blake3::hash(bytes).as_bytes();
        self.0.insert(hash, bytes.to_vec());
        Blob {
            hash,
            bytes: bytes.len() as u64,
        }
    }
}

impl Source for Files {
    fn open(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>> {
        let bytes = self.0.get(&file.hash);
        Ok(bytes.map(|bytes| Box::new(&bytes[..]) as Box<dyn Read>))
    }

    fn licence(&mut self, file: &Blob) -> Option<String> {
        file.bytes
            .is_multiple_of(2)
            .then(|| "by Käthe\r\nCC BY 4.0\u{7}".to_owned())
    }
}

impl Shelf for Files {
    fn put(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        let mut some = Vec::new();
        bytes.read_to_end(&mut some)?;
        self.0.insert(file.hash, some);
        Ok(())
    }
}

fn how(powers: RanksAndTable) -> Import {
    Import {
        world: NEW,
        owner: HEIR,
        at_secs: 5_000,
        powers,
        most_files_bytes: 1 << 30,
    }
}

/// A world of three people with three pictures and a sound, one of which is only in the past, and one not to be had.
fn world() -> (Party, Files) {
    let mut files = Files::default();
    let mut party = Party::new(4, 1);
    for person in 1..4 {
        party.rank(person, Role::Builder);
    }
    party.rank(2, Role::Moderator);
    let picture = |file| Picture { file, aspect: 1.0 }.into();
    let (first, second) = (files.add(b"a picture!"), files.add(b"another"));
    let gone = Blob {
        hash: [9; 32],
        bytes: 1_000,
    };
    let mut last = None;
    for (who, file) in [(1, first), (2, second), (3, gone), (1, second)] {
        let thing = party.next_thing(who);
        let parts = vec![placed(who as f32), picture(file)];
        party.at_once(who, Act::Make { thing, parts }).unwrap();
        if let Some(to) = last.replace(thing) {
            party.at_once(2, set(thing, Attach { to }.into())).unwrap();
        }
    }
    let sound = Sound {
        file: files.add(b"a sound that is not there any more"),
        gain_db: 0.0,
        reach_metres: 9.0,
        again_and_again: false,
    };
    let thing = party.next_thing(1);
    let parts = vec![sound.into(), name("gong")];
    party.at_once(1, Act::Make { thing, parts }).unwrap();
    party.at_once(1, Act::Remove { thing }).unwrap();
    (party, files)
}

fn exported(party: &Party, files: &mut Files, history: bool) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let what = Export {
        name: "Käthe's harbour",
        world: &OLD,
        state: party.keeper.state(),
        history: history.then(|| party.keeper.history()),
        at_secs: 4_000,
        place: None,
    };
    export(&mut file, &what, files).unwrap();
    file.into_inner()
}

/// Whether nothing came of it.
fn refused(bytes: &[u8]) -> Result<(), ImportError> {
    let disk = MemoryDisk::default();
    let how = how(RanksAndTable::Anew);
    let taken = import(Cursor::new(bytes), disk.clone(), &how, &mut Files::default()).map(|_| ());
    assert_eq!(taken.is_err(), disk.names().is_empty());
    taken
}

fn things(state: &State) -> Vec<(ThingId, holm_document::Thing)> {
    let things = state.things();
    things.map(|(id, thing)| (*id, thing.clone())).collect()
}

fn temporary(which: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("holm-one-file-{which}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

#[test]
fn what_goes_into_a_file_comes_out_of_it_in_another_folder() {
    let (party, mut source) = world();
    let [here, there] = ["here", "there"].map(temporary);
    let (state, history) = (party.keeper.state(), party.keeper.history());
    Store::create(Folder::new(&here).unwrap(), OLD, state, history).unwrap();
    let (_, state, history, _) = Store::open(Folder::new(&here).unwrap()).unwrap();
    let path = here.join("harbour.holm");
    let what = Export {
        name: " Käthe's harbour ",
        world: &OLD,
        state: &state,
        history: Some(&history),
        at_secs: 4_000,
        place: None,
    };
    let written = export(std::fs::File::create(&path).unwrap(), &what, &mut source).unwrap();
    assert_eq!(written.missing.len(), 1);
    let manifest = look(std::fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(manifest, written.manifest);
    assert_eq!(
        (manifest.name.as_str(), manifest.at_secs),
        ("Käthe's harbour", 4_000)
    );
    assert_eq!(
        (manifest.things, manifest.people, manifest.files, manifest.missing),
        (4, 4, 3, 1)
    );
    let mut shelf = Files::default();
    let file = std::fs::File::open(&path).unwrap();
    let folder = Folder::new(&there).unwrap();
    let taken = import(file, folder, &how(RanksAndTable::Anew), &mut shelf).unwrap();
    assert_eq!(shelf.0, source.0);
    assert_eq!((taken.missing, taken.manifest), (written.missing, manifest));
    assert!(
        taken.licences.contains("by Käthe\n    CC BY 4.0\n") && taken.licences.contains("nothing is known")
    );
    assert_eq!(things(&taken.state), things(&state));
    let digest = taken.state.digest();
    drop(taken.store);
    let (store, opened, history, found) = Store::open(Folder::new(&there).unwrap()).unwrap();
    assert_eq!(
        (opened.digest(), found.damaged, *store.world()),
        (digest, Vec::new(), NEW)
    );
    // What was removed in the old world can be taken back in the new one, sound and all.
    // Not before its new owner lets them bring sounds again.
    let mut keeper = Keeper::new(opened, history);
    let me = keeper.state().number_of(&HEIR).unwrap();
    let rank = Order::Rank {
        person: PersonNo(1),
        role: Role::Builder,
    };
    for (who, act) in [(me, Act::Order(rank)), (PersonNo(1), Act::Undo { within: None })] {
        let wish = Wish {
            number: 1,
            acts: vec![act],
        };
        keeper.wish(who, &wish, party.now).unwrap();
    }
    assert_eq!(keeper.state().things().len(), 5);
    for path in [here, there] {
        std::fs::remove_dir_all(path).unwrap();
    }
}

/// Files of things, and files of a place, which are not the same ones.
#[derive(Default)]
struct WithPlace {
    files: Files,
    place: Files,
}

impl Source for WithPlace {
    fn open(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>> {
        self.files.open(file)
    }

    fn open_place(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>> {
        self.place.open(file)
    }

    fn licence(&mut self, file: &Blob) -> Option<String> {
        self.files.licence(file)
    }
}

impl Shelf for WithPlace {
    fn put(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        self.files.put(file, bytes)
    }

    fn put_place(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        self.place.put(file, bytes)
    }
}

#[test]
fn a_place_comes_out_as_it_went_in_and_a_world_without_one_is_what_it_always_was() {
    let (party, files) = world();
    let mut place = Files::default();
    let blobs = [place.add(b"a meadow"), place.add(b"an oak")];
    let mut source = WithPlace { files, place };
    let what = |place| Export {
        name: "a meadow",
        world: &OLD,
        state: party.keeper.state(),
        history: None,
        at_secs: 4_000,
        place,
    };
    let told = b"(called: \"Meadow\")";
    let place = Place { told, files: &blobs };
    let mut file = Cursor::new(Vec::new());
    let written = export(&mut file, &what(Some(place)), &mut source).unwrap();
    assert_eq!((written.manifest.format, written.manifest.place_files), (2, 2));
    let mut shelf = WithPlace::default();
    let bytes = file.into_inner();
    let how = how(RanksAndTable::Anew);
    let taken = import(Cursor::new(&bytes), MemoryDisk::default(), &how, &mut shelf).unwrap();
    assert_eq!(taken.place.as_deref(), Some(&told[..]));
    assert_eq!(shelf.place.0, source.place.0);
    assert_eq!(shelf.files.0.len(), written.manifest.files as usize);
    // Whoever has no room for a place takes none in, and nothing of the world.
    assert!(matches!(refused(&bytes), Err(ImportError::Disk(_))));
    // One bit of a place, wherever it lies, is not that place.
    let at = bytes.windows(8).position(|some| some == b"a meadow").unwrap();
    let mut damaged = bytes.clone();
    damaged[at] ^= 1;
    let disk = MemoryDisk::default();
    let taken = import(Cursor::new(&damaged), disk, &how, &mut WithPlace::default());
    assert!(matches!(taken, Err(ImportError::BadFile(hash)) if hash == blobs[0].hash));
    // Without one of its files nobody stands there.
    source.place.0.remove(&blobs[1].hash);
    let written = export(Cursor::new(Vec::new()), &what(Some(place)), &mut source);
    assert!(matches!(written, Err(ExportError::NoPlace)));
    let written = export(Cursor::new(Vec::new()), &what(None), &mut source).unwrap();
    assert_eq!((written.manifest.format, written.manifest.place_files), (1, 0));
}

#[test]
fn without_the_past_nothing_of_it_is_in_the_file() {
    let (party, mut source) = world();
    let bytes = exported(&party, &mut source, false);
    for secret in [&b"gong"[..], b"a sound that is not there"] {
        assert!(!bytes.windows(secret.len()).any(|some| some == secret));
    }
    let mut shelf = Files::default();
    let disk = MemoryDisk::default();
    let taken = import(Cursor::new(bytes), disk, &how(RanksAndTable::Anew), &mut shelf).unwrap();
    assert_eq!((taken.manifest.history, shelf.0.len()), (false, 2));
    assert_eq!(things(&taken.state), things(party.keeper.state()));
    assert_eq!(files(&taken.state, None).len(), 3);
}

#[test]
fn whoever_takes_it_in_owns_it_and_powers_do_not_come_along_unasked() {
    let (mut party, mut source) = world();
    let all = Capabilities::all();
    let everything = Quota {
        things: u32::MAX,
        ..Quota::default()
    };
    let person = PersonNo;
    let orders = [
        Order::Line {
            role: Role::Guest,
            line: Line {
                may: all,
                quota: everything,
            },
        },
        Order::Newcomers {
            role: Role::Moderator,
        },
        Order::Except {
            person: person(1),
            more: all,
            less: Capabilities::of(&[Capability::Talk]),
        },
        Order::Allot {
            person: person(1),
            quota: Some(everything),
        },
        Order::Rank {
            person: person(3),
            role: Role::Spectator,
        },
        Order::Ban {
            person: person(3),
            banned: true,
        },
    ];
    party.many_at_once(0, orders.map(Act::Order).to_vec()).unwrap();
    let bytes = exported(&party, &mut source, true);
    for powers in [RanksAndTable::Anew, RanksAndTable::AsInTheFile] {
        let disk = MemoryDisk::default();
        let taken = import(Cursor::new(&bytes), disk, &how(powers), &mut Files::default()).unwrap();
        let state = taken.state;
        let me = state.number_of(&HEIR).unwrap();
        let owners: Vec<_> = state
            .people()
            .filter(|(_, one)| one.role == Role::Owner)
            .collect();
        assert_eq!(owners.iter().map(|(one, _)| *one).collect::<Vec<_>>(), [me]);
        let [old, builder, moderator, looker] = [0, 1, 2, 3].map(|at| state.person(person(at)).unwrap());
        assert!(looker.banned && looker.role == Role::Spectator);
        assert!(builder.less.has(Capability::Talk));
        assert_eq!(state.usage(person(1)).things, 2, "what was theirs is");
        if powers == RanksAndTable::Anew {
            assert_eq!(*state.powers(), Powers::default());
            assert_eq!([old, builder, moderator].map(|one| one.role), [Role::Guest; 3]);
            assert_eq!((builder.more, builder.quota), (Capabilities::NONE, None));
        } else {
            assert_eq!(state.powers(), party.keeper.state().powers());
            assert_eq!((builder.role, moderator.role), (Role::Builder, Role::Moderator));
            assert_eq!((old.role, builder.more), (Role::Moderator, all));
        }
    }
    // Somebody whom the world knows, and had banned.
    let disk = MemoryDisk::default();
    let mine = Import {
        owner: account(3),
        ..how(RanksAndTable::Anew)
    };
    let taken = import(Cursor::new(&bytes), disk, &mine, &mut Files::default()).unwrap();
    let me = taken.state.person(PersonNo(3)).unwrap();
    assert!(me.role == Role::Owner && !me.banned);
    assert_eq!(taken.state.powers().of(me, 0), all);
}

#[test]
fn a_file_that_is_cut_off_anywhere_or_has_more_behind_it_is_no_world() {
    let (party, mut source) = world();
    let bytes = exported(&party, &mut source, true);
    refused(&bytes).unwrap();
    for len in 0..bytes.len() {
        assert!(refused(&bytes[..len]).is_err(), "{len} of {}", bytes.len());
    }
    for more in [&b"x"[..], &[0; 100], &bytes] {
        let _ = refused(&[&bytes[..], more].concat()); // two behind each other are the second
    }
    assert!(refused(&[&bytes[..], b"x"].concat()).is_err());
}

#[test]
fn one_flipped_bit_is_noticed_or_changes_nothing() {
    let (party, mut source) = world();
    let bytes = exported(&party, &mut source, true);
    let plain = things(party.keeper.state());
    for at in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[at] ^= 1 << (at % 8);
        let mut shelf = Files::default();
        let disk = MemoryDisk::default();
        match import(Cursor::new(&bad), disk, &how(RanksAndTable::Anew), &mut shelf) {
            Ok(taken) => {
                assert_eq!(things(&taken.state), plain, "byte {at}");
                // A file under another name is missing, and never another file.
                assert!(
                    shelf
                        .0
                        .iter()
                        .all(|(hash, bytes)| source.0.get(hash) == Some(bytes))
                );
            }
            Err(ImportError::Store(_) | ImportError::Disk(_)) => panic!("byte {at}: it is the file's fault"),
            Err(_) => {}
        }
    }
}

/// A stranger's archive of these.
fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in entries {
        if name.ends_with('/') {
            zip.add_directory(*name, options).unwrap();
        } else if *name == "link" {
            zip.add_symlink(*name, "/etc/passwd", options).unwrap();
        } else {
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an honest file says of this snapshot.
fn manifest(snapshot: &[u8]) -> Manifest {
    let (world, state, history) = journal::read_snapshot(snapshot).unwrap();
    Manifest {
        format: 1,
        name: "a world".to_owned(),
        at_secs: 1,
        world: hex(&world),
        newest: state.newest(),
        things: state.things().len() as u32,
        people: state.people().len() as u32,
        history: history.past().next().is_some(),
        snapshot_bytes: snapshot.len() as u64,
        snapshot_blake3: hex(blake3::hash(snapshot).as_bytes()),
        files: 0,
        files_bytes: 0,
        missing: 0,
        place_files: 0,
        place_bytes: 0,
    }
}

fn told(manifest: &Manifest) -> Vec<u8> {
    ron::to_string(manifest).unwrap().into_bytes()
}

fn snapshot(state: &State) -> Vec<u8> {
    let history = History::default();
    journal::Snapshot::of(&OLD, state, &history).bytes().unwrap()
}

/// A world as old programs wrote it, in a file of now.
#[test]
fn a_snapshot_of_every_version_is_taken_in() {
    for version in 1..=journal::VERSION {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/formats/v{version}"));
        let newest = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
        let newest = newest.filter(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("snapshot")
        });
        let bytes = std::fs::read(newest.max().unwrap()).unwrap();
        let (_, state, _) = journal::read_snapshot(&bytes).unwrap();
        let file = packed(&[("holm.ron", &told(&manifest(&bytes))), ("world.snapshot", &bytes)]);
        let disk = MemoryDisk::default();
        let taken = import(
            Cursor::new(file),
            disk.clone(),
            &how(RanksAndTable::Anew),
            &mut Files::default(),
        );
        let taken = taken.unwrap();
        assert_eq!(things(&taken.state), things(&state));
        assert_eq!(taken.missing.len(), 3);
        drop(taken.store);
        assert_eq!(Store::open(disk).unwrap().1.digest(), taken.state.digest());
    }
}

#[test]
fn names_that_lead_elsewhere_links_and_folders_are_told_and_nothing_is_written() {
    let bytes = snapshot(&State::new(account(0)));
    let told = told(&manifest(&bytes));
    let hash = "ab".repeat(32);
    let upper = format!("files/{}", hash.to_uppercase());
    let long = format!("files/{hash}/../../x");
    let signed = format!("files/+{}", &hash[1..]);
    for name in [
        "../../etc/passwd",
        "/etc/passwd",
        "files/../../x",
        "files/",
        "files/x",
        "C:\\x",
        "snapshot-0",
        "link",
        "holm.ron\0",
        "HOLM.RON",
        &upper,
        &long,
        &signed,
        "__MACOSX/holm.ron",
    ] {
        let file = packed(&[("holm.ron", &told), ("world.snapshot", &bytes), (name, b"bad")]);
        let refusal = refused(&file);
        assert!(
            matches!(refusal, Err(ImportError::Foreign(_))),
            "{name}: {refusal:?}"
        );
    }
    let file = packed(&[("holm.ron", &told), ("world.snapshot", &bytes)]);
    refused(&file).unwrap();
    // What compresses is not unpacked: the method of both headers says deflate.
    let mut deflated = file.clone();
    for at in 0..deflated.len() - 12 {
        match &deflated[at..at + 4] {
            b"PK\x03\x04" => deflated[at + 8] = 8,
            b"PK\x01\x02" => deflated[at + 10] = 8,
            _ => {}
        }
    }
    assert!(matches!(refused(&deflated), Err(ImportError::Foreign(_))));
}

#[test]
fn what_a_file_says_of_itself_is_compared_with_what_is_in_it() {
    let bytes = snapshot(&State::new(account(0)));
    let honest = manifest(&bytes);
    let with = |lie: &dyn Fn(&mut Manifest)| {
        let mut manifest = honest.clone();
        lie(&mut manifest);
        refused(&packed(&[
            ("holm.ron", &told(&manifest)),
            ("world.snapshot", &bytes),
        ]))
    };
    with(&|_| ()).unwrap();
    assert!(matches!(with(&|lie| lie.format = 3), Err(ImportError::Newer(3))));
    let there_is_no_place = with(&|lie| lie.format = 2);
    assert!(matches!(there_is_no_place, Err(ImportError::NotAsSaid)));
    let lies: [&dyn Fn(&mut Manifest); 9] = [
        &|lie| lie.name = String::new(),
        &|lie| lie.world = "00".repeat(16),
        &|lie| lie.newest = 7,
        &|lie| lie.things = 1,
        &|lie| lie.people = 0,
        &|lie| lie.snapshot_bytes += 1,
        &|lie| lie.snapshot_blake3 = "00".repeat(32),
        &|lie| lie.files = 1,
        &|lie| lie.files_bytes = 1,
    ];
    for (which, lie) in lies.iter().enumerate() {
        assert!(matches!(with(lie), Err(ImportError::NotAsSaid)), "lie {which}");
    }
    for text in [
        &b""[..],
        b"(",
        b"\xFF",
        b"(format:1)",
        b"[[[[[[[[",
        &[b'('; 60_000],
    ] {
        let file = packed(&[("holm.ron", text), ("world.snapshot", &bytes)]);
        assert!(matches!(refused(&file), Err(ImportError::NotAsSaid)));
    }
    let long = vec![b' '; 70_000];
    let file = packed(&[("holm.ron", &long), ("world.snapshot", &bytes)]);
    assert!(matches!(refused(&file), Err(ImportError::TooLarge)));
    for some in [
        &[("holm.ron", &long[..9])][..],
        &[("world.snapshot", &bytes[..])],
        &[],
    ] {
        assert!(matches!(refused(&packed(some)), Err(ImportError::NoWorld)));
    }
    // A newer program's world in a file of now.
    let mut newer = bytes.clone();
    newer[8] = 200;
    let end = newer.len() - 32;
    let hash = blake3::hash(&newer[..end]);
    newer[end..].copy_from_slice(hash.as_bytes());
    let mut manifest = honest.clone();
    manifest.snapshot_blake3 = hex(blake3::hash(&newer).as_bytes());
    let file = packed(&[("holm.ron", &told(&manifest)), ("world.snapshot", &newer)]);
    assert!(matches!(
        refused(&file),
        Err(ImportError::NotRead(NotRead::Newer(200)))
    ));
}

#[test]
fn a_list_that_says_more_than_there_is_makes_room_for_nothing() {
    let bytes = snapshot(&State::new(account(0)));
    let file = packed(&[("holm.ron", &told(&manifest(&bytes))), ("world.snapshot", &bytes)]);
    let end = file.len() - 22;
    for (at, value) in [
        (10, 0xFFFE_u16),
        (10, 3),
        (12, 0),
        (12, 0xFFFF),
        (16, 0),
        (16, 0xFFFF),
        (10, 0xFFFF),
        (20, 1),
    ] {
        let mut lie = file.clone();
        lie[end + at..end + at + 2].copy_from_slice(&value.to_le_bytes());
        assert!(matches!(refused(&lie), Err(ImportError::NoWorld)), "{at} {value}");
    }
    // A large archive's end, in a file that is shorter than that: a fuzzer found what was counted below nothing.
    let short = [&b"PK\x05\x06"[..], &[0xFF; 16], &[0, 0]].concat();
    for before in 0..80 {
        let refusal = refused(&[&vec![0; before][..], &short].concat());
        assert!(matches!(refusal, Err(ImportError::NoWorld)), "{before}");
    }
}

#[test]
fn files_that_are_not_what_they_are_called_or_too_large_are_not_kept() {
    let (party, mut source) = world();
    let state = party.keeper.state();
    let bytes = snapshot(state);
    let file = |name: &str, content: &[u8], most| {
        let mut manifest = manifest(&bytes);
        (manifest.files, manifest.files_bytes) = (1, content.len() as u64);
        let file = packed(&[
            ("holm.ron", &told(&manifest)),
            ("world.snapshot", &bytes),
            (name, content),
        ]);
        let disk = MemoryDisk::default();
        let how = Import {
            most_files_bytes: most,
            ..how(RanksAndTable::Anew)
        };
        let mut shelf = Files::default();
        let taken =
            import(Cursor::new(file), disk.clone(), &how, &mut shelf).map(|taken| taken.missing.len());
        assert_eq!(taken.is_err(), disk.names().is_empty());
        (taken, shelf.0.len())
    };
    let picture = source.add(b"a picture!");
    let called = format!("files/{}", hex(&picture.hash));
    assert!(matches!(file(&called, b"a picture!", 10), (Ok(2), 1)));
    assert!(matches!(
        file(&called, b"a picture!", 9),
        (Err(ImportError::TooLarge), 0)
    ));
    let (taken, kept) = file(&called, b"no picture", 10);
    assert!(matches!(taken, Err(ImportError::BadFile(hash)) if hash == picture.hash) && kept == 0);
    // Of another length it is no file that anything shows; nor is one that nothing shows.
    assert!(matches!(file(&called, b"a picture", 10), (Ok(3), 0)));
    assert!(matches!(
        file(&format!("files/{}", "ab".repeat(32)), b"x", 10),
        (Ok(3), 0)
    ));
    let large = vec![0; limits::BLOB_BYTES as usize + 1];
    assert!(matches!(
        file(&called, &large, 1 << 40),
        (Err(ImportError::TooLarge), 0)
    ));
}

/// Worlds that no host would have come to.
#[test]
fn things_in_a_ring_and_a_folder_that_is_taken_are_refused() {
    let mut party = Party::new(2, 1);
    let (first, second) = (made(&mut party, 1), made(&mut party, 1));
    let mut state = party.keeper.state().clone();
    for (thing, to) in [(first, second), (second, first)] {
        let deed = holm_document::Deed::Set {
            thing,
            part: Attach { to }.into(),
        };
        let fact = holm_document::Fact {
            number: state.newest() + 1,
            by: PersonNo(1),
            at_secs: 1,
            wish: 0,
            way: holm_document::Way::Done,
            deeds: vec![deed],
        };
        state.apply(&fact);
    }
    let ring = snapshot(&state);
    let file = packed(&[("holm.ron", &told(&manifest(&ring))), ("world.snapshot", &ring)]);
    assert!(matches!(
        refused(&file),
        Err(ImportError::NotRead(NotRead::Damaged))
    ));

    let disk = MemoryDisk::default();
    let (state, history) = (party.keeper.state(), party.keeper.history());
    Store::create(disk.clone(), OLD, state, history).unwrap();
    let before: Vec<_> = disk.names().iter().map(|name| disk.read(name).unwrap()).collect();
    let file = exported(&party, &mut Files::default(), true);
    let taken = import(
        Cursor::new(file),
        disk.clone(),
        &how(RanksAndTable::Anew),
        &mut Files::default(),
    );
    assert!(matches!(taken, Err(ImportError::Store(StoreError::Taken))));
    let after: Vec<_> = disk.names().iter().map(|name| disk.read(name).unwrap()).collect();
    assert_eq!(before, after);
}
