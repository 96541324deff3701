//! How a world lies in files: facts one behind the other, and snapshots.
//!
//! A file of facts is a header and records; a record is its length (u32, little endian), a check (8 bytes) and a fact. A
//! check is the beginning of the BLAKE3 of the check before it, the length and the fact, so that a record that is torn,
//! changed, missing or in another's place ends what is read. A snapshot is a header, the world with its past, and the
//! BLAKE3 of all of it: [`Snapshot`] is a world as it was at one fact, shared with the one that goes on, so that it can be
//! encoded on another thread.
//! Invariant: what is read is what was written, up to some record, and never anything else; no bytes make a panic or take
//! more memory than their length explains.

use crate::buckets::Buckets;
use crate::deed::Fact;
use crate::history::{History, Past, Pasts};
use crate::limits;
use crate::power::{Powers, Standing};
use crate::state::{Before, Frame, Person, State};
use crate::thing::{FactNo, PersonNo, Thing, ThingId};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::marker::PhantomData;

/// The version that is written. Older ones are read. In version 1 nobody was forgotten, and a person's number was their place
/// in the list of people; a snapshot of it is read by `WholeOf1`, and facts as they are, for all that came since came at
/// the ends of lists. Since version 3 a file of facts may void what others have after its base, and a world is restored.
pub const VERSION: u16 = 3;

const FACTS: &[u8; 8] = b"HOLMFACT";
const SNAPSHOT: &[u8; 8] = b"HOLMSNAP";
/// Magic, version, world, the fact before the first (with [`VOIDS`]), check.
const HEADER_BYTES: usize = 8 + 2 + 16 + 8 + CHECK_BYTES;
const CHECK_BYTES: usize = 8;
const RECORD_BYTES: usize = 4 + CHECK_BYTES;
/// In the header's number of a fact, which no fact has: what other files have after that fact was refused. In the number, so
/// that the header is what older programs know and they say "newer" instead of "damaged".
const VOIDS: FactNo = 1 << 63;

/// Which world it is: the same in all its files and copies.
pub type WorldId = [u8; 16];

/// The check of a record; the next one builds on it.
pub type Check = [u8; CHECK_BYTES];

/// Why a file is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    #[error("it does not begin like a world's file")]
    NoHeader,
    #[error("it was written by version {0}, which is newer")]
    Newer(u16),
    #[error("it is damaged")]
    Damaged,
}

fn check(before: &[u8], bytes: &[u8]) -> Check {
    let mut check = Check::default();
    blake3::Hasher::new()
        .update(before)
        .update(&(bytes.len() as u32).to_le_bytes())
        .update(bytes)
        .finalize_xof()
        .fill(&mut check);
    check
}

/// The beginning of a file of facts, and the check that the first record builds on.
#[must_use]
pub fn header(world: &WorldId, base: FactNo) -> (Vec<u8>, Check) {
    begun(world, base)
}

/// The same of a file that says: whatever other files have after `base` was refused, and is never to be followed.
#[must_use]
pub fn voiding_header(world: &WorldId, base: FactNo) -> (Vec<u8>, Check) {
    begun(world, base | VOIDS)
}

fn begun(world: &WorldId, base: FactNo) -> (Vec<u8>, Check) {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend(FACTS);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(world);
    bytes.extend(base.to_le_bytes());
    let check = check(&[], &bytes);
    bytes.extend(check);
    (bytes, check)
}

/// Adds the record of a fact.
///
/// # Errors
/// It is longer than a record may be.
pub fn write(bytes: &mut Vec<u8>, last: &mut Check, fact: &Fact) -> Result<(), NotRead> {
    let written = postcard::to_stdvec(fact).map_err(|_| NotRead::Damaged)?;
    if written.len() > limits::FACT_BYTES {
        return Err(NotRead::Damaged);
    }
    write_record(bytes, last, &written);
    Ok(())
}

/// The record of what may be a fact.
pub(crate) fn write_record(bytes: &mut Vec<u8>, last: &mut Check, written: &[u8]) {
    *last = check(last, written);
    bytes.extend((written.len() as u32).to_le_bytes());
    bytes.extend(*last);
    bytes.extend(written);
}

/// What a file of facts says.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Nothing of a newer version may follow in this file: an older program would take it for damage.
    pub version: u16,
    pub world: WorldId,
    /// The fact before the first.
    pub base: FactNo,
    /// What other files have after `base` was refused.
    pub voids: bool,
    pub facts: Vec<Fact>,
    /// So far everything is as it was written.
    pub good_bytes: usize,
    /// Of the last good record.
    pub last: Check,
}

/// Reads a file of facts up to its last good record.
///
/// # Errors
/// Its header is none.
pub fn read(bytes: &[u8]) -> Result<Facts, NotRead> {
    let (head, mut rest) = bytes.split_at_checked(HEADER_BYTES).ok_or(NotRead::NoHeader)?;
    let (plain, told) = head.split_at(HEADER_BYTES - CHECK_BYTES);
    begins(plain, FACTS)?;
    // Of every version: a flipped bit makes no newer one.
    let mut last = check(&[], plain);
    if told != last {
        return Err(NotRead::Damaged);
    }
    let version = version(plain)?;
    let world = plain.get(10..26).and_then(|world| world.try_into().ok());
    let base = plain.get(26..34).and_then(|base| base.try_into().ok());
    let (world, base) = world.zip(base).ok_or(NotRead::NoHeader)?;
    let mut base = FactNo::from_le_bytes(base);
    let voids = version >= 3 && base & VOIDS != 0;
    if voids {
        base &= !VOIDS;
    }
    let mut facts: Vec<Fact> = Vec::new();
    let mut good_bytes = HEADER_BYTES;
    while let Some((fact, next, len)) = record(rest, &last) {
        let number = base.checked_add(facts.len() as u64 + 1);
        if Some(fact.number) != number || fact.check().is_err() {
            break;
        }
        facts.push(fact);
        last = next;
        good_bytes += len;
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(Facts {
        version,
        world,
        base,
        voids,
        facts,
        good_bytes,
        last,
    })
}

fn record(bytes: &[u8], last: &Check) -> Option<(Fact, Check, usize)> {
    let len = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    if len > limits::FACT_BYTES {
        return None;
    }
    let told = bytes.get(4..RECORD_BYTES)?;
    let written = bytes.get(RECORD_BYTES..RECORD_BYTES + len)?;
    let next = check(last, written);
    if told != next {
        return None;
    }
    match postcard::take_from_bytes(written) {
        Ok((fact, [])) => Some((fact, next, RECORD_BYTES + len)),
        _ => None,
    }
}

fn begins(bytes: &[u8], magic: &[u8; 8]) -> Result<(), NotRead> {
    if bytes.get(..8) == Some(magic) {
        Ok(())
    } else {
        Err(NotRead::NoHeader)
    }
}

/// Behind the magic.
fn version(bytes: &[u8]) -> Result<u16, NotRead> {
    let version = bytes.get(8..10).and_then(|version| version.try_into().ok());
    let version = u16::from_le_bytes(version.ok_or(NotRead::NoHeader)?);
    if version > VERSION {
        return Err(NotRead::Newer(version));
    }
    Ok(version)
}

/// A world with its past, as it lies in a snapshot.
#[derive(Serialize)]
struct Whole<'a> {
    world: WorldId,
    frame: &'a Frame,
    people: Vec<(&'a PersonNo, &'a Person)>,
    things: Vec<(&'a ThingId, &'a Thing)>,
    past: Vec<&'a Past>,
}

/// The same as it is read. A stranger's may be of any length: what is more than there can be is damage, and found before it
/// takes many times its bytes in memory.
#[derive(Deserialize)]
struct Read {
    world: WorldId,
    frame: Frame,
    #[serde(deserialize_with = "most::<{ limits::PEOPLE }, _, _>")]
    people: Vec<(PersonNo, Person)>,
    #[serde(deserialize_with = "most::<{ limits::THINGS }, _, _>")]
    things: Vec<(ThingId, Thing)>,
    #[serde(deserialize_with = "most::<MOST_PAST, _, _>")]
    past: Vec<Past>,
}

/// The same as version 1 had it.
#[derive(Deserialize)]
struct WholeOf1 {
    world: WorldId,
    newest: FactNo,
    powers: Powers,
    #[serde(deserialize_with = "most::<{ limits::PEOPLE }, _, _>")]
    people: Vec<Standing>,
    #[serde(deserialize_with = "most::<{ limits::PEOPLE }, _, _>")]
    serials: Vec<u32>,
    #[serde(deserialize_with = "most::<{ limits::THINGS }, _, _>")]
    things: Vec<(ThingId, Thing)>,
    #[serde(deserialize_with = "most::<MOST_PAST, _, _>")]
    past: Vec<Past>,
}

/// Facts of a past, each of which counts as one deed at least: what is kept, and as much again that may not be let go yet.
const MOST_PAST: usize = 2 * limits::HISTORY_DEEDS;

/// A list of at most so many.
fn most<'de, const MOST: usize, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct List<const MOST: usize, T>(PhantomData<T>);

    impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for List<MOST, T> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "at most {MOST}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
            let told = from.size_hint().unwrap_or_default();
            if told > MOST {
                return Err(A::Error::invalid_length(told, &self));
            }
            let mut list = Vec::with_capacity(told.min(4_096)); // it may say more than it has
            while let Some(next) = from.next_element()? {
                if list.len() == MOST {
                    return Err(A::Error::invalid_length(MOST + 1, &self));
                }
                list.push(next);
            }
            Ok(list)
        }
    }

    from.deserialize_seq(List::<MOST, T>(PhantomData))
}

impl WholeOf1 {
    fn migrated(self) -> Option<Read> {
        let next_person = u32::try_from(self.people.len()).ok()?;
        if self.serials.len() != self.people.len() {
            return None;
        }
        let people = self.people.into_iter().zip(self.serials);
        let people = people.map(|(standing, serial)| Person { standing, serial });
        Some(Read {
            world: self.world,
            frame: Frame {
                newest: self.newest,
                powers: self.powers,
                next_person,
            },
            people: (0..).map(PersonNo).zip(people).collect(),
            things: self.things,
            past: self.past,
        })
    }
}

/// A world and its past as they were at one fact. It costs some hundred pointers to take, whatever the world holds.
#[derive(Clone, Debug)]
pub struct Snapshot {
    world: WorldId,
    frame: Frame,
    people: Buckets<PersonNo, Person>,
    things: Buckets<ThingId, Thing>,
    past: Pasts,
}

impl Snapshot {
    /// As they are now.
    #[must_use]
    pub fn of(world: &WorldId, state: &State, history: &History) -> Self {
        Self {
            world: *world,
            frame: state.frame(),
            people: state.people.clone(),
            things: state.things.clone(),
            past: history.share(),
        }
    }

    /// The newest fact in it.
    pub fn newest(&self) -> FactNo {
        self.frame.newest
    }

    /// Its bytes: much work, for another thread where there is one.
    ///
    /// # Errors
    /// None that is known: it is what writing to memory can say.
    pub fn bytes(&self) -> Result<Vec<u8>, NotRead> {
        let whole = Whole {
            world: self.world,
            frame: &self.frame,
            people: self.people.iter().collect::<Vec<_>>(),
            things: self.things.iter().collect::<Vec<_>>(),
            past: self.past.iter().collect::<Vec<_>>(),
        };
        let bytes = postcard::to_extend(&whole, began(VERSION)).map_err(|_| NotRead::Damaged)?;
        Ok(sealed(bytes))
    }
}

fn began(version: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(SNAPSHOT);
    bytes.extend(version.to_le_bytes());
    bytes
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let hash = blake3::hash(&bytes);
    bytes.extend(hash.as_bytes());
    bytes
}

/// A snapshot of what may be a world.
pub(crate) fn sealed_snapshot(version: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = began(version);
    bytes.extend(body);
    sealed(bytes)
}

/// The format of what begins like a snapshot, even a newer one.
pub(crate) fn version_of_snapshot(bytes: &[u8]) -> Option<u16> {
    begins(bytes, SNAPSHOT).ok()?;
    match version(bytes) {
        Ok(version) | Err(NotRead::Newer(version)) => Some(version),
        Err(_) => None,
    }
}

/// Reads a snapshot.
///
/// # Errors
/// It is none, a newer one, or damaged anywhere.
pub fn read_snapshot(bytes: &[u8]) -> Result<(WorldId, State, History), NotRead> {
    let at = bytes.len().checked_sub(32).ok_or(NotRead::NoHeader)?;
    let (plain, told) = bytes.split_at(at);
    begins(plain, SNAPSHOT)?;
    if blake3::hash(plain).as_bytes() != told {
        return Err(NotRead::Damaged);
    }
    let version = version(plain)?;
    let body = plain.get(10..).unwrap_or_default();
    let whole = match version {
        1 => postcard::from_bytes::<WholeOf1>(body)
            .ok()
            .and_then(WholeOf1::migrated),
        _ => postcard::from_bytes::<Read>(body).ok(),
    };
    whole.and_then(world).ok_or(NotRead::Damaged)
}

fn world(whole: Read) -> Option<(WorldId, State, History)> {
    let mut state = State::of_frame(whole.frame)?;
    for (number, person) in whole.people {
        state.receive_person(number, person).ok()?;
    }
    for (id, thing) in whole.things {
        state.receive(id, thing).ok()?;
    }
    let mut history = History::default();
    for past in whole.past {
        past.fact.check().ok()?;
        past.before.iter().try_for_each(Before::check).ok()?;
        history.record(past.fact, past.before);
    }
    history.prune();
    Some((whole.world, state, history))
}
