//! The fuzz targets of the document on their corpus, and on a bounded number of its mutations, without a fuzzer.
//!
//! `HOLM_WRITE_CORPUS=1 cargo test -p holm-document --test document fuzz` writes the corpus anew after a change of a format.

use super::people::{Party, account, made, name, placed, set};
use holm_document::arrival::Arrival;
use holm_document::fuzzing::TARGETS;
use holm_document::journal::{self, Snapshot};
use holm_document::part::Attach;
use holm_document::resync::Resync;
use holm_document::{Act, History, Order, PersonNo, Role, State};
use std::fs;
use std::path::{Path, PathBuf};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder(target)).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no corpus for {target}");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    /// Below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// One input of the corpus with a few changes of the kind that fuzzers make.
fn mutated(dice: &mut Dice, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = corpus[dice.below(corpus.len())].clone();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(input.len() + 1);
        match dice.below(7) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 if at < input.len() => {
                input[at] = [0, 0xFF, 0x7F, 0x80, 1, 2, dice.below(256) as u8][dice.below(7)]
            }
            2 if dice.below(4) == 0 => input.truncate(at),
            3 => input.insert(at, dice.below(256) as u8),
            4 if at < input.len() => _ = input.remove(at),
            5 => {
                let other = &corpus[dice.below(corpus.len())];
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(60)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            _ => {
                let again = input[at..(at + dice.below(40)).min(input.len())].to_vec();
                input.splice(at..at, again);
            }
        }
    }
    input
}

/// `HOLM_FUZZ_ROUNDS` mutations of each: 3,000, or as many as one has time for.
#[test]
fn no_corpus_and_no_mutation_of_it_harms_a_world() {
    if std::env::var_os("HOLM_WRITE_CORPUS").is_some() {
        write_corpus();
    }
    let rounds: u64 = std::env::var("HOLM_FUZZ_ROUNDS").map_or(3_000, |rounds| rounds.parse().unwrap());
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        corpus.iter().for_each(|input| target(input));
        for seed in 0..rounds {
            let input = mutated(&mut Dice(seed), &corpus);
            let unharmed = std::panic::catch_unwind(|| target(&input)).is_ok();
            assert!(unharmed, "{name}, seed {seed}: {input:?}");
        }
    }
}

/// A day with a bit of everything.
fn day() -> Party {
    let mut party = Party::new(3, 1);
    party.rank(1, Role::Builder);
    let (table, cup) = (made(&mut party, 1), made(&mut party, 1));
    party.at_once(1, set(cup, Attach { to: table }.into())).unwrap();
    party
        .at_once(
            2,
            Act::Order(Order::Block {
                person: PersonNo(1),
                blocked: true,
            }),
        )
        .unwrap();
    party.at_once(1, set(cup, name("cup"))).unwrap();
    let old = party.keeper.state().clone();
    party.at_once(1, Act::Remove { thing: table }).unwrap();
    party.at_once(1, Act::Undo { within: None }).unwrap();
    party
        .at_once(
            1,
            Act::Give {
                thing: cup,
                to: PersonNo(0),
            },
        )
        .unwrap();
    made(&mut party, 2);
    let back = party
        .keeper
        .restore(PersonNo(0), 0, &old, party.now)
        .unwrap()
        .unwrap();
    party.told(back);
    party.at_once(1, set(table, placed(7.0))).unwrap();
    party
}

fn write_corpus() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(folder(target).join(name), bytes).unwrap();
    };
    let party = day();
    let (state, history) = (party.keeper.state(), party.keeper.history());
    let facts: Vec<Vec<u8>> = party
        .facts
        .iter()
        .map(|fact| postcard::to_stdvec(fact).unwrap())
        .collect();
    // A world of no wishes, and then all that was told; and one of some, and then the end of it.
    put("facts", "day", &[&[0], &facts[2..].concat()[..]].concat());
    let steps = [0, 1, 0, 0, 1, 1, 1, 2, 1, 3, 1, 0, 2, 1, 9, 6, 1, 0, 4, 1, 0];
    let last = facts[facts.len() - 3..].concat();
    put("facts", "later", &[&[7], &steps[..], &last].concat());
    let mut records = Vec::new();
    for fact in &facts {
        records.extend((fact.len() as u16).to_le_bytes());
        records.extend(fact);
    }
    put("journal", "records", &records);
    let (mut file, mut last) = journal::header(b"a world to fuzz ", 0);
    for fact in &party.facts[..4] {
        journal::write(&mut file, &mut last, fact).unwrap();
    }
    put("journal", "file", &file);
    put(
        "journal",
        "voids",
        &journal::voiding_header(b"a world to fuzz ", 0).0,
    );
    let whole = Snapshot::of(b"a world to fuzz ", state, history).bytes().unwrap();
    let body = |bytes: &[u8], version: u8| [&[version - 1], &bytes[10..bytes.len() - 32]].concat();
    put("snapshot", "day", &body(&whole, 3));
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/v1/snapshot-00000000000000000021");
    put("snapshot", "of_1", &body(&fs::read(old).unwrap(), 1));
    let mut sent = Vec::new();
    let mut arrival = Arrival::new([0.0; 3]);
    while let Some(chunk) = arrival.next(state, 200) {
        sent.push(0);
        sent.extend(postcard::to_stdvec(&chunk).unwrap());
    }
    sent.push(1);
    sent.extend(&facts[facts.len() - 1]);
    put("arrival", "newcomer", &sent);
    let mut sent = Vec::new();
    let nothing = State::new(account(0)).digests();
    let mut resync = Resync::new(state, &nothing).unwrap();
    while let Some(patch) = resync.next(state, 200) {
        sent.push(2);
        sent.extend(postcard::to_stdvec(&patch).unwrap());
    }
    put("arrival", "patches", &sent);
    let digests = [&[3], &postcard::to_stdvec(&nothing).unwrap()[..]].concat();
    put("arrival", "digests", &digests);
    let bare = Snapshot::of(b"a world to fuzz ", state, &History::default())
        .bytes()
        .unwrap();
    for (name, snapshot, has) in [("day", &whole, true), ("bare", &bare, false)] {
        let told = format!(
            "(format:1,name:\"a day\",at_secs:1,world:\"{}\",newest:{},things:{},people:{},history:{has},\
            snapshot_bytes:{},snapshot_blake3:\"HASH\",files:0,files_bytes:0,missing:0)",
            b"a world to fuzz "
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
            state.newest(),
            state.things().len(),
            state.people().len(),
            snapshot.len(),
        );
        let said = [&(told.len() as u16).to_le_bytes(), told.as_bytes(), &snapshot[..]].concat();
        put("one_file", name, &said);
    }
    let mut file = std::io::Cursor::new(Vec::new());
    let what = holm_document::one_file::Export {
        name: "a day",
        world: b"a world to fuzz ",
        state,
        history: None,
        at_secs: 1,
        place: None,
    };
    holm_document::one_file::export(&mut file, &what, &mut super::one_file::Files::default()).unwrap();
    put("one_file", "archive", file.get_ref());
}

/// A corpus that is refused at the door would search nothing.
#[test]
fn the_corpus_is_understood() {
    for input in corpus("snapshot") {
        let bytes = [&b"HOLMSNAP"[..], &[input[0] + 1, 0], &input[1..]].concat();
        let sealed = [&bytes[..], blake3::hash(&bytes).as_bytes()].concat();
        journal::read_snapshot(&sealed).unwrap();
    }
    let file = fs::read(folder("journal").join("file")).unwrap();
    assert_eq!(journal::read(&file).unwrap().facts.len(), 4);
    let archive = fs::read(folder("one_file").join("archive")).unwrap();
    holm_document::one_file::look(std::io::Cursor::new(archive)).unwrap();
    let [day, _] = &corpus("facts")[..] else {
        panic!("day and later")
    };
    let mut rest = &day[1..];
    while !rest.is_empty() {
        (_, rest) = postcard::take_from_bytes::<holm_document::Fact>(rest).unwrap();
    }
}
