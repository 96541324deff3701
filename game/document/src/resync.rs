//! Two copies are compared, and only what differs is sent again.
//!
//! Flow: a guest (or `doctor`) finds another digest than the host's → sends [`Digests`] of what the host has confirmed to it →
//! [`Resync`] at the host remembers which buckets differ → each tick one [`Patch`] of them, *as they are then*, on the same ordered
//! line as the facts → `Replica::patch` puts it in place under the wishes that are not answered yet → the digest in the last
//! patch says whether all is well.
//! Why facts on their way do no harm: a bucket that they touch is sent for nothing, and comes after them.
//! Invariants: after a patch the keys that it spans are as at the host, no more and no fewer; a copy that is patched holds no more
//! than a world may have; a host remembers for somebody who asks the numbers of buckets and nothing else.

use crate::arrival::{NotReceived, Room};
use crate::buckets::{Buckets, Key};
use crate::replica::Touched;
use crate::state::{Frame, PEOPLE_BUCKETS, Person, State, THING_BUCKETS};
use crate::thing::{FactNo, PersonNo, Thing, ThingId};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Bound;

/// The beginning of a hash: an alarm that one difference in 2^64 does not ring.
type Short = [u8; 8];

/// What a copy says of itself: some 2.6 kB, whatever it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Digests {
    powers: Short,
    people: Vec<Short>,
    things: Vec<Short>,
}

impl State {
    /// See [`Digests`].
    pub fn digests(&self) -> Digests {
        let short = |sum: u128| {
            let [bytes @ .., _, _, _, _, _, _, _, _] = sum.to_le_bytes();
            bytes
        };
        let [powers @ .., _, _, _, _, _, _, _, _] = self.digest_of_powers();
        Digests {
            powers,
            people: self.people.sums().map(short).collect(),
            things: self.things.sums().map(short).collect(),
        }
    }
}

/// What some keys of one bucket hold: everything after the one and through the other, and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Span<K, V> {
    pub bucket: u16,
    /// `None` where it is from the bucket's beginning…
    pub after: Option<K>,
    /// …and through its end.
    pub through: Option<K>,
    /// In the order of keys.
    pub all: Vec<(K, V)>,
}

/// A piece of what differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Patch {
    /// The newest fact in it.
    pub newest: FactNo,
    /// Where the table of powers differs, with the first.
    pub frame: Option<Frame>,
    pub people: Vec<Span<PersonNo, Person>>,
    pub things: Vec<Span<ThingId, Thing>>,
    /// Buckets that are not through yet; 0 with the last.
    pub left: u32,
    /// With the last: [`State::digest`] as it is then.
    pub digest: Option<[u8; 16]>,
}

/// What a patch takes around its spans, bytes: its fact, two lengths, what is left, the digest.
const AROUND_BYTES: usize = 10 + 1 + 3 + 3 + 2 + 17;
/// What a span takes around what it holds, bytes: its bucket, two keys of two numbers, a length.
const SPAN_BYTES: usize = 3 + 11 + 11 + 3;

/// A bucket, and the last of its keys that was sent.
type Todo<K> = Vec<(u16, Option<K>)>;

/// The host's side for one who asked. They may ask with anything: at worst it costs what an arrival costs, and one is
/// enough for each guest at a time.
#[derive(Clone, Debug)]
pub struct Resync {
    powers: bool,
    people: Todo<PersonNo>,
    things: Todo<ThingId>,
    done: bool,
}

impl Resync {
    /// Of what differs between this world and somebody's copy. `None` where what they say are no digests.
    #[must_use]
    pub fn new(state: &State, theirs: &Digests) -> Option<Self> {
        if theirs.people.len() != PEOPLE_BUCKETS || theirs.things.len() != THING_BUCKETS {
            return None;
        }
        let own = state.digests();
        Some(Self {
            powers: own.powers != theirs.powers,
            people: differing(&own.people, &theirs.people),
            things: differing(&own.things, &theirs.things),
            done: false,
        })
    }

    /// Buckets that are not through yet.
    pub fn left(&self) -> usize {
        self.people.len() + self.things.len()
    }

    /// The next piece, of at most so many bytes, [`crate::arrival::LEAST_CHUNK_BYTES`] or more. `None` when all was given;
    /// there is one in any case, which says whether all is well.
    pub fn next(&mut self, state: &State, most_bytes: usize) -> Option<Patch> {
        if self.done {
            return None;
        }
        let frame = std::mem::take(&mut self.powers).then(|| state.frame());
        let mut room = Room {
            left: most_bytes.saturating_sub(AROUND_BYTES),
            empty: true,
        };
        room.takes(&frame);
        room.empty = true;
        let people = spans(&mut self.people, &state.people, &mut room);
        let things = if self.people.is_empty() {
            spans(&mut self.things, &state.things, &mut room)
        } else {
            Vec::new() // their owners come first
        };
        self.done = self.left() == 0;
        Some(Patch {
            newest: state.newest(),
            frame,
            people,
            things,
            left: self.left() as u32, // at most all buckets
            digest: self.done.then(|| state.digest()),
        })
    }
}

/// The last comes first.
fn differing<K>(own: &[Short], theirs: &[Short]) -> Todo<K> {
    let both = (0..).zip(own.iter().zip(theirs));
    let differ = both.filter(|(_, (own, theirs))| own != theirs);
    let mut todo: Todo<K> = differ.map(|(bucket, _)| (bucket, None)).collect();
    todo.reverse();
    todo
}

fn spans<K: Key, V: Clone + Serialize>(
    todo: &mut Todo<K>,
    buckets: &Buckets<K, V>,
    room: &mut Room,
) -> Vec<Span<K, V>> {
    let mut spans = Vec::new();
    while let Some((bucket, after)) = todo.last_mut() {
        if room.left < SPAN_BYTES && !room.empty {
            break;
        }
        room.left = room.left.saturating_sub(SPAN_BYTES);
        let mut span = Span {
            bucket: *bucket,
            after: *after,
            through: None,
            all: Vec::new(),
        };
        let rest = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let held = buckets.bucket(usize::from(*bucket));
        for (key, value) in held.into_iter().flat_map(|map| map.range(rest)) {
            if !room.takes(&(key, value)) {
                span.through = span.all.last().map(|(key, _)| *key);
                break;
            }
            span.all.push((*key, value.clone()));
        }
        let cut = span.all.len() < held.map_or(0, |map| map.range(rest).count());
        if cut && span.all.is_empty() {
            break; // the next piece begins with it
        }
        room.empty = false;
        *after = span.through;
        spans.push(span);
        if cut {
            break;
        }
        todo.pop();
    }
    spans
}

/// Keys that are here and not there, and what is to be put in place.
type Changes<K, V> = (Vec<K>, Vec<(K, V)>);

/// What a span changes here, where all that it holds belongs in it, in order and once.
fn changes<K: Key, V: Clone + PartialEq + Serialize>(
    span: Span<K, V>,
    here: &Buckets<K, V>,
) -> Result<Changes<K, V>, NotReceived> {
    let Span {
        bucket,
        after,
        through,
        all,
    } = span;
    let belongs = |(key, _): &(K, V)| {
        key.bucket() == usize::from(bucket)
            && after.is_none_or(|after| *key > after)
            && through.is_none_or(|through| *key <= through)
    };
    // No range is from the end to the beginning: asking a map for one is a panic.
    let backwards = after
        .zip(through)
        .is_some_and(|(after, through)| after >= through);
    let held = here.bucket(usize::from(bucket)).ok_or(NotReceived::Order)?;
    if backwards || !all.iter().all(belongs) || !all.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(NotReceived::Order);
    }
    let told: BTreeSet<K> = all.iter().map(|(key, _)| *key).collect();
    let bounds = (
        after.map_or(Bound::Unbounded, Bound::Excluded),
        through.map_or(Bound::Unbounded, Bound::Included),
    );
    let keys = held.range(bounds).map(|(key, _)| *key);
    let gone = keys.filter(|key| !told.contains(key)).collect();
    let other = all
        .into_iter()
        .filter(|(key, value)| held.get(key) != Some(value));
    Ok((gone, other.collect()))
}

impl State {
    /// Puts what was sent in the place of what is here; what may look different now.
    pub(crate) fn patch(&mut self, patch: Patch) -> Result<Touched, NotReceived> {
        let framed = patch
            .frame
            .as_ref()
            .is_none_or(|frame| frame.newest == patch.newest);
        if patch.newest != self.newest() || !framed || patch.digest.is_some() != (patch.left == 0) {
            return Err(NotReceived::Order);
        }
        let mut touched = Touched::new();
        if let Some(frame) = patch.frame {
            self.set_frame(frame)?;
        }
        for span in patch.people {
            let (gone, other) = changes(span, &self.people)?;
            for person in gone {
                self.put_person(person, None);
            }
            for (number, person) in other {
                self.receive_person(number, person)?;
            }
        }
        for span in patch.things {
            let (gone, other) = changes(span, &self.things)?;
            for id in gone {
                self.put_thing(id, None);
                touched.insert(id);
            }
            for (id, thing) in other {
                self.receive(id, thing)?;
                touched.insert(id);
            }
        }
        if !self.is_within_limits() {
            return Err(NotReceived::TooMuch);
        }
        if patch.digest.is_some_and(|digest| digest != self.digest()) {
            return Err(NotReceived::Differs);
        }
        Ok(touched)
    }
}
