//! What a world names of files is what it shows, what can be taken back, and what is in its versions: the rest may go.

use holm_document::doctor::examine;
use holm_document::files::{FilePlace, named};
use holm_document::folder::{Folder, Looking};
use holm_document::one_file::{Export, Import, RanksAndTable, Source, export, import};
use holm_document::part::{Blob, Picture};
use holm_document::store::Store;
use holm_document::version;
use holm_document::{Act, History, Keeper, Now, PersonNo, State, ThingId, Wish};
use std::collections::BTreeSet;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

const WORLD: [u8; 16] = *b"a world of files";
const OWNER: [u8; 32] = [1; 32];

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("holm-named-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

fn blob(bytes: &[u8]) -> Blob {
    Blob {
        hash: *blake3::hash(bytes).as_bytes(),
        bytes: bytes.len() as u64,
    }
}

fn shows(keeper: &mut Keeper, serial: u32, file: Blob) -> ThingId {
    let thing = ThingId {
        maker: PersonNo(0),
        serial,
    };
    let parts = vec![Picture { file, aspect: 1.0 }.into()];
    wish(keeper, Act::Make { thing, parts });
    thing
}

fn wish(keeper: &mut Keeper, act: Act) {
    let wish = Wish {
        number: 1,
        acts: vec![act],
    };
    keeper.wish(PersonNo(0), &wish, Now::default()).unwrap();
}

#[test]
fn what_is_shown_or_can_come_back_is_named_and_nothing_else() {
    let path = folder("back");
    let mut disk = Folder::new(&path).unwrap();
    let mut keeper = Keeper::new(State::new(OWNER), History::default());
    let [shown, past, kept] = [&b"shown"[..], b"past", b"kept"].map(blob);
    let in_version = shows(&mut keeper, 1, kept);
    let number = version::save(&mut disk, &WORLD, keeper.state(), "then", OWNER, 5).unwrap();
    wish(&mut keeper, Act::Remove { thing: in_version });
    let gone = shows(&mut keeper, 2, past);
    wish(&mut keeper, Act::Remove { thing: gone });
    shows(&mut keeper, 3, shown);
    let found = |history: &History| named(&disk_of(&path), &WORLD, keeper.state(), history).unwrap();
    drop(disk);
    assert_eq!(found(keeper.history()), BTreeSet::from([shown, past, kept]));
    // As after it was forgotten what can be taken back.
    let none = History::default();
    assert_eq!(found(&none), BTreeSet::from([shown, kept]));
    let mut disk = Folder::new(&path).unwrap();
    version::remove(&mut disk, number).unwrap();
    drop(disk);
    assert_eq!(found(&none), BTreeSet::from([shown]));
}

fn disk_of(path: &PathBuf) -> Folder {
    Folder::new(path).unwrap()
}

/// Those of a world that is taken along.
struct Held(FilePlace);

impl Source for Held {
    fn open(&mut self, file: &Blob) -> io::Result<Option<Box<dyn Read + '_>>> {
        Ok(self.0.open(file)?.map(|file| Box::new(file) as Box<dyn Read>))
    }

    fn licence(&mut self, _: &Blob) -> Option<String> {
        Some("licence: CC0".to_owned())
    }
}

#[test]
fn files_go_along_to_another_machine_and_a_doctor_names_those_that_are_lost() {
    let (from, to) = (folder("from"), folder("to"));
    let mut keeper = Keeper::new(State::new(OWNER), History::default());
    let all: [&[u8]; 3] = [b"whole", b"damaged", b"missing"];
    for (serial, bytes) in (1..).zip(all) {
        FilePlace::beside(&from).write(&blob(bytes), bytes).unwrap();
        shows(&mut keeper, serial, blob(bytes));
    }
    let (state, history) = (keeper.state().clone(), keeper.history().clone());
    Store::create(Folder::new(&from).unwrap(), WORLD, &state, &history).unwrap();
    let report = examine(&Looking::at(&from).unwrap()).unwrap();
    assert_eq!(report.named, all.iter().map(|bytes| blob(bytes)).collect());
    let hash = |file: &[u8]| blake3::hash(file).to_hex().to_string();
    let lost = |name: &[u8]| from.join("files").join(hash(name));
    std::fs::write(lost(b"damaged"), b"damAged").unwrap();
    std::fs::remove_file(lost(b"missing")).unwrap();
    let mut archive = Cursor::new(Vec::new());
    let what = Export {
        name: "Files",
        world: &WORLD,
        state: &state,
        history: None,
        at_secs: 5,
        place: None,
    };
    let exported = export(&mut archive, &what, &mut Held(FilePlace::beside(&from))).unwrap();
    assert_eq!((exported.manifest.files, exported.missing.len()), (1, 2));
    let how = Import {
        world: *b"another world id",
        owner: [2; 32],
        at_secs: 6,
        powers: RanksAndTable::Anew,
        most_files_bytes: 1 << 20,
    };
    let place = FilePlace::beside(&to);
    let imported = import(archive, Folder::new(&to).unwrap(), &how, &mut place.clone()).unwrap();
    assert_eq!(imported.missing.len(), 2, "and the world is there without them");
    assert!(
        imported.licences.contains("licence: CC0"),
        "{}",
        imported.licences
    );
    assert_eq!(
        place.read(&blob(b"whole")).unwrap().as_deref(),
        Some(&b"whole"[..])
    );
    assert_eq!(place.list().unwrap().len(), 1);
}
