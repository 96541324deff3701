//! Doors for fuzzers: facts, snapshots, journals, arrivals and whole files as a stranger's or a broken disk's come in.
//!
//! Flow: `fuzz/` calls one of [`TARGETS`] with a fuzzer's bytes; `game/document/tests/document/fuzz_corpus.rs` calls all of them with
//! the corpus and its mutations on every test run. Where a check of a hash would end the search at the door, the bytes come in twice:
//! as they are, and with the right hash.
//! Invariant: what panics or hangs here does so for a real host or guest, or breaks a promise of this crate.

use crate::arrival::{Arrival, Arriving, Chunk};
use crate::deed::{Act, Fact, Order, Wish};
use crate::journal::{self, WorldId};
use crate::one_file::{Import, RanksAndTable, Shelf, import};
use crate::part::{Attach, Blob, Name, Part, Picture, Place, Shape};
use crate::replica::Replica;
use crate::resync::{Digests, Patch, Resync};
use crate::store::{Disk, Store};
use crate::{History, Keeper, Now, PersonNo, Role, State, ThingId, doctor, version};
use core::time::Duration;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};

/// Name and function of every target; a target's corpus lies in `fuzz/corpus/NAME`.
pub const TARGETS: [(&str, fn(&[u8])); 5] = [
    ("facts", facts),
    ("snapshot", snapshot),
    ("journal", journal),
    ("arrival", arrival),
    ("one_file", one_file),
];

const WORLD: WorldId = *b"a world to fuzz ";
const OWNER: [u8; 32] = [1; 32];
const GUEST: [u8; 32] = [2; 32];
/// Things of one kind at most in one input: what is long is not more.
const MOST: usize = 64;

/// Facts that a host tells, at a guest's copy and in a host's own history, in a world that wishes made.
pub fn facts(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else {
        return;
    };
    let (steps, told) = rest.split_at(rest.len().min(usize::from(count % 32) * 3));
    let (mut keeper, _) = wished(steps);
    let mut replica = Replica::new(keeper.state().clone(), PersonNo(1));
    let thing = replica.next_thing();
    let parts = vec![Shape::Box.into()];
    let _ = replica.wish(vec![Act::Make { thing, parts }], 0);
    for mut fact in all::<Fact>(told) {
        fact.number = keeper.state().newest() + 1; // or nearly none would be the next
        if fact.check().is_err() {
            continue;
        }
        let (state, mut history) = (keeper.state().clone(), keeper.history().clone());
        let mut after = state.clone();
        let trace = after.apply(&fact);
        let mut before = after.clone();
        before.restore(trace.clone());
        before.set_newest(state.newest());
        assert_eq!(
            before.digest(),
            state.digest(),
            "restoring leaves no difference: {fact:?}"
        );
        if replica.hear(std::slice::from_ref(&fact), 0).is_some() {
            assert_eq!(replica.confirmed_digest(), after.digest());
        }
        history.record(fact, trace);
        keeper = Keeper::new(after, history);
    }
    used(keeper);
}

/// A snapshot and a named version from a disk.
pub fn snapshot(data: &[u8]) {
    let _ = version::read(data);
    let _ = journal::read_snapshot(data);
    let [version, body @ ..] = data else { return };
    let sealed = journal::sealed_snapshot(u16::from(*version) % journal::VERSION + 1, body);
    let Ok((world, state, history)) = journal::read_snapshot(&sealed) else {
        return;
    };
    let again = journal::Snapshot::of(&world, &state, &history)
        .bytes()
        .unwrap_or_default();
    let again = journal::read_snapshot(&again).map(|(_, state, _)| state.digest());
    assert_eq!(
        again.ok(),
        Some(state.digest()),
        "what is read can be written and read"
    );
    used(Keeper::new(state, history));
}

/// A file of facts, and with it the folder that it lies in.
pub fn journal(data: &[u8]) {
    let _ = journal::read(data);
    opened(data.to_vec());
    // The same as records: each its length (u16) and as much as that.
    let (mut bytes, mut last) = journal::header(&WORLD, 0);
    let mut rest = data;
    while let Some((len, more)) = rest.split_first_chunk::<2>() {
        let (body, after) = more.split_at(more.len().min(usize::from(u16::from_le_bytes(*len))));
        journal::write_record(&mut bytes, &mut last, body);
        rest = after;
    }
    opened(bytes);
}

/// The folder with this file in it is looked at, opened, and goes on.
fn opened(facts: Vec<u8>) {
    let (state, history) = (State::new(OWNER), History::default());
    let Ok(store) = Store::create(Memory::default(), WORLD, &state, &history) else {
        return;
    };
    let mut disk = store.close();
    disk.0.insert("facts-00000000000000000000".to_owned(), facts);
    let told = doctor::examine(&disk).map(|report| report.opens.map(|(whole, _)| whole.digest));
    let Ok((mut store, state, history, _)) = Store::open(disk) else {
        return;
    };
    assert!(
        matches!(told, Ok(Ok(digest)) if digest == state.digest()),
        "a doctor says what is opened"
    );
    let mut keeper = Keeper::new(state, history);
    let newest = keeper.state().newest();
    if let Ok((_, Some(fact))) = keeper.meet(&[9; 32], Now::default())
        && store.append(&[fact]).is_ok()
    {
        let again = Store::open(store.close()).map(|(_, state, _, _)| state.digest());
        assert_eq!(
            again.ok(),
            Some(keeper.state().digest()),
            "what was kept after {newest} is there"
        );
    }
    used(keeper);
}

/// What a host sends to a newcomer, and to one whose copy differs.
pub fn arrival(data: &[u8]) {
    let (mut arriving, mut rest) = (Arriving::default(), data);
    let mut replica: Option<Replica> = None;
    for _ in 0..MOST {
        let Some((kind, body)) = rest.split_first() else {
            break;
        };
        rest = body;
        match kind % 4 {
            0 => match next::<Chunk>(&mut rest) {
                Some(chunk) => _ = arriving.piece(chunk),
                None => break,
            },
            1 => match next::<Fact>(&mut rest) {
                Some(mut fact) => {
                    let newest = arriving.state().map_or(0, State::newest);
                    fact.number = newest + 1;
                    let _ = arriving.fact(&fact);
                }
                None => break,
            },
            2 => match next::<Patch>(&mut rest) {
                Some(mut patch) => {
                    let replica = replica
                        .get_or_insert_with(|| Replica::new(wished(data).0.state().clone(), PersonNo(1)));
                    patch.newest = replica.state().newest();
                    let _ = replica.patch(patch, 0);
                    let _ = (replica.confirmed_digest(), replica.confirmed_digests());
                }
                None => break,
            },
            _ => match next::<Digests>(&mut rest) {
                Some(theirs) => answered(wished(data).0.state(), &theirs),
                None => break,
            },
        }
    }
    let _ = arriving.done(&GUEST);
}

/// A host answers somebody's digests to the end.
fn answered(state: &State, theirs: &Digests) {
    let Some(mut resync) = Resync::new(state, theirs) else {
        return;
    };
    for _ in 0..MOST * 8 {
        if resync.next(state, crate::arrival::LEAST_CHUNK_BYTES).is_none() {
            return;
        }
    }
    assert_eq!(resync.left(), 0, "it ends");
}

/// A world in one file from a stranger: as it is, and as an archive of what the bytes say (two lengths, u16, a manifest, a snapshot).
pub fn one_file(data: &[u8]) {
    taken(data);
    let Some((len, rest)) = data.split_first_chunk::<2>() else {
        return;
    };
    let (told, snapshot) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes(*len))));
    let told = String::from_utf8_lossy(told).replace("HASH", blake3::hash(snapshot).to_hex().as_str());
    if let Some(packed) = packed(&[("holm.ron", told.as_bytes()), ("world.snapshot", snapshot)]) {
        taken(&packed);
    }
}

fn packed(entries: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, options).ok()?;
        zip.write_all(bytes).ok()?;
    }
    Some(zip.finish().ok()?.into_inner())
}

struct Nowhere;

impl Shelf for Nowhere {
    fn put(&mut self, _: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        io::copy(bytes, &mut io::sink()).map(|_| ())
    }

    fn put_place(&mut self, file: &Blob, bytes: &mut dyn Read) -> io::Result<()> {
        self.put(file, bytes)
    }
}

fn taken(file: &[u8]) {
    let how = Import {
        world: *b"another world   ",
        owner: OWNER,
        at_secs: 1,
        powers: RanksAndTable::Anew,
        most_files_bytes: 1 << 20,
    };
    let Ok(taken) = import(Cursor::new(file), Memory::default(), &how, &mut Nowhere) else {
        return;
    };
    let powers = taken.state.powers();
    let mighty = taken
        .state
        .people()
        .filter(|(_, one)| powers.of(one, 0).has(crate::Capability::Settings));
    assert_eq!(mighty.count(), 1, "nobody has power but who took it in");
    let again = Store::open(taken.store.close()).map(|(_, state, _, _)| state.digest());
    assert_eq!(again.ok(), Some(taken.state.digest()), "what was taken in opens");
    used(Keeper::new(taken.state, taken.history));
}

/// A world that some wishes made, three bytes each, and another that was on the way.
fn wished(steps: &[u8]) -> (Keeper, State) {
    let mut keeper = Keeper::new(State::new(OWNER), History::default());
    let mut now = Now::default();
    for account in [GUEST, [3; 32]] {
        let _ = keeper.meet(&account, now);
    }
    let person = PersonNo(1);
    let role = Role::Builder;
    let mut early = keeper.state().clone();
    let rank = Act::Order(Order::Rank { person, role });
    let _ = keeper.wish(
        PersonNo(0),
        &Wish {
            number: 1,
            acts: vec![rank],
        },
        now,
    );
    for (at, step) in steps.chunks_exact(3).take(MOST).enumerate() {
        let [what, who, which] = [0, 1, 2].map(|at| step.get(at).copied().unwrap_or(0));
        let who = PersonNo(u32::from(who % 3));
        let things: Vec<ThingId> = keeper.state().things().map(|(id, _)| *id).collect();
        let thing = things.get(usize::from(which) % things.len().max(1)).copied();
        let set = |thing: ThingId, part: Part| Act::Set {
            thing,
            part,
            seen: None,
        };
        let act = match (what % 10, thing) {
            (0 | 1, _) | (_, None) => Act::Make {
                thing: ThingId {
                    maker: who,
                    serial: keeper.state().serial(who) + 1,
                },
                parts: vec![Place::default().into(), Name(which.to_string()).into()],
            },
            (2, Some(thing)) => set(thing, picture(which)),
            (3, Some(thing)) => match things.get(usize::from(what) % things.len().max(1)) {
                Some(to) => set(thing, Attach { to: *to }.into()),
                None => continue,
            },
            (4, Some(thing)) => Act::Remove { thing },
            (5, Some(thing)) => Act::Give { thing, to: person },
            (6, within) => Act::Undo { within },
            (7, within) => Act::Redo { within },
            (8, _) => Act::RollBack {
                person,
                secs: u64::from(which),
            },
            _ => {
                early = keeper.state().clone();
                continue;
            }
        };
        (now.secs, now.since_start) = (at as u64, Duration::from_secs(at as u64 * 10));
        let _ = keeper.wish(
            who,
            &Wish {
                number: 1,
                acts: vec![act],
            },
            now,
        );
    }
    (keeper, early)
}

fn picture(which: u8) -> Part {
    let file = Blob {
        hash: [which; 32],
        bytes: 1 + u64::from(which),
    };
    Picture { file, aspect: 1.0 }.into()
}

/// A world goes on, whatever is in it: people come, take back, restore, roll back and forget; newcomers get all of it.
fn used(mut keeper: Keeper) {
    let now = |secs: u64| Now {
        since_start: Duration::from_secs(secs * 100),
        secs,
    };
    let early = wished(&[0, 0, 0, 0, 1, 1, 3, 1, 0]).0.state().clone();
    let people: Vec<PersonNo> = keeper
        .state()
        .people()
        .map(|(person, _)| person)
        .take(4)
        .collect();
    for (at, who) in people.iter().copied().enumerate() {
        let at = 2 + at as u64;
        let within = keeper.state().things().next().map(|(id, _)| *id);
        let all = [
            Act::Undo { within: None },
            Act::Redo { within: None },
            Act::Undo { within },
        ];
        let rolls = Act::RollBack {
            person: who,
            secs: u64::MAX,
        };
        let removes = within.map(|thing| Act::Remove { thing });
        for act in all.into_iter().chain([rolls]).chain(removes) {
            let _ = keeper.wish(
                who,
                &Wish {
                    number: 1,
                    acts: vec![act],
                },
                now(at * 10),
            );
        }
        let _ = keeper.restore(who, 0, &early, now(at * 10));
    }
    let _ = keeper.meet(&[8; 32], now(90));
    let _ = keeper.forget(&|_| false, now(91));
    keeper.kept();
    let (mut arrival, mut arriving) = (Arrival::new([0.0; 3]), Arriving::default());
    for _ in 0..MOST * 4 {
        let Some(chunk) = arrival.next(keeper.state(), crate::arrival::LEAST_CHUNK_BYTES) else {
            break;
        };
        if arriving.piece(chunk).is_err() {
            break;
        }
    }
    let _ = (keeper.state().digests(), arriving.done(&OWNER));
}

/// As many as there are, one behind the other.
fn all<T: DeserializeOwned>(mut data: &[u8]) -> Vec<T> {
    std::iter::from_fn(|| next(&mut data)).take(MOST).collect()
}

fn next<T: DeserializeOwned>(data: &mut &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(data).ok()?;
    *data = rest;
    Some(value)
}

/// A disk in memory on which nothing goes wrong.
#[derive(Debug, Default)]
struct Memory(BTreeMap<String, Vec<u8>>);

impl Memory {
    fn file(&mut self, name: &str) -> io::Result<&mut Vec<u8>> {
        self.0.get_mut(name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for Memory {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.0
            .get(name)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn begin(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(name, bytes)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.file(name)?.extend(bytes);
        Ok(())
    }

    fn cut(&mut self, name: &str, len: u64) -> io::Result<()> {
        self.file(name)?
            .truncate(usize::try_from(len).unwrap_or(usize::MAX));
        Ok(())
    }

    fn sync(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let bytes = self.0.remove(from).ok_or(io::ErrorKind::NotFound)?;
        self.0.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.0.remove(name);
        Ok(())
    }
}
