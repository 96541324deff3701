//! Somebody comes late: the world in pieces, people first, then things, nearest first, while it goes on changing.
//!
//! Flow: [`Arrival`] at the host remembers the order → each tick one [`Chunk`] of at most as many bytes as the tick has left, of
//! people and things *as they are then* → on the same ordered line as the facts → [`Arriving`] at the newcomer applies both as
//! they come → the digest in the last chunk says whether all of it came.
//! Why nothing is missed: before a chunk is written every fact up to then has been told on the same line. A fact about
//! what has not come yet changes nothing at the newcomer; the chunk that brings it is younger and has it in it. The list of
//! people is made with the first piece (who is met later is told by a fact), that of things when all people are there.
//! Invariant: nobody waits for a newcomer, and nothing is copied for one but numbers; a newcomer holds no more than a world may
//! have, and is done after a bounded number of pieces, whatever a host sends.

use crate::deed::Fact;
use crate::limits;
use crate::part::{BadPart, Part, PartKind};
use crate::replica::{Replica, Touched, touched_by};
use crate::rules::hangs_on;
use crate::state::{Frame, Person, State};
use crate::thing::{PersonNo, Thing, ThingId};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// A piece of a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Chunk {
    /// With the first.
    pub frame: Option<Frame>,
    pub people: Vec<(PersonNo, Person)>,
    pub things: Vec<(ThingId, Thing)>,
    /// People and things still to come, about; 0 with the last.
    pub left: u32,
    /// With the last: [`State::digest`] of what has come now.
    pub digest: Option<[u8; 16]>,
}

/// What a chunk takes around people and things, bytes: the lengths of both lists, what is left, the digest.
const AROUND_BYTES: usize = 3 + 3 + 5 + 17 + 1;

/// No frame, person or thing takes more, bytes: so much room is enough for a chunk to carry something and to keep to it.
pub const LEAST_CHUNK_BYTES: usize = 16 << 10;

/// The host's side for one newcomer.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Both lists from their ends.
    people: Option<Vec<PersonNo>>,
    things: Option<Vec<ThingId>>,
    place: [f32; 3],
    done: bool,
}

impl Arrival {
    /// For somebody who appears at `place` (metres).
    #[must_use]
    pub fn new(place: [f32; 3]) -> Self {
        Self {
            people: None,
            things: None,
            place,
            done: false,
        }
    }

    fn order(state: &State, place: [f32; 3]) -> Vec<ThingId> {
        let distance = |id: ThingId, thing: &Thing| {
            let at = if thing.part(PartKind::Attach).is_some() {
                let root = std::iter::successors(Some(id), |at| hangs_on(state, *at))
                    .take(limits::HANGING_DEPTH + 1)
                    .last();
                root.and_then(|root| state.thing(root)?.part(PartKind::Place))
            } else {
                thing.part(PartKind::Place)
            };
            match at {
                Some(Part::Place(at)) => at
                    .position
                    .iter()
                    .zip(place)
                    .map(|(a, b)| (a - b) * (a - b))
                    .sum(),
                _ => 0.0f32,
            }
        };
        let things = state.things();
        let mut order: Vec<(f32, ThingId)> = things.map(|(id, thing)| (distance(*id, thing), *id)).collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        order.into_iter().map(|(_, id)| id).collect()
    }

    /// The next piece, of at most so many bytes, [`LEAST_CHUNK_BYTES`] or more; at least one person or thing, so that it
    /// ends. `None` when all was given.
    pub fn next(&mut self, state: &State, most_bytes: usize) -> Option<Chunk> {
        if self.done {
            return None;
        }
        let frame = self.people.is_none().then(|| state.frame());
        let mut room = Room {
            left: most_bytes.saturating_sub(AROUND_BYTES + frame.as_ref().map_or(0, written)),
            empty: true,
        };
        let all = || state.people().map(|(person, _)| person).collect();
        let (mut people, mut things) = (Vec::new(), Vec::new());
        let still_people = self.people.get_or_insert_with(all);
        room.fill(still_people, &mut people, |person| state.people.get(person));
        let left = if still_people.is_empty() {
            let order = || Self::order(state, self.place);
            let still_things = self.things.get_or_insert_with(order);
            room.fill(still_things, &mut things, |thing| state.thing(thing));
            still_things.len()
        } else {
            still_people.len() + state.things().len()
        };
        self.done = left == 0;
        Some(Chunk {
            frame,
            people,
            things,
            left: left as u32, // at most limits::PEOPLE and limits::THINGS
            digest: self.done.then(|| state.digest()),
        })
    }
}

/// Bytes that a piece still takes.
pub(crate) struct Room {
    pub(crate) left: usize,
    /// The first one has room in any case.
    pub(crate) empty: bool,
}

impl Room {
    /// Whether there is room for that.
    pub(crate) fn takes<T: Serialize>(&mut self, value: &T) -> bool {
        let bytes = written(value);
        if bytes > self.left && !self.empty {
            return false;
        }
        self.left = self.left.saturating_sub(bytes);
        self.empty = false;
        true
    }

    /// Takes from the end of `from` what is still there.
    fn fill<'a, K: Copy + Serialize, V: Clone + Serialize + 'a>(
        &mut self,
        from: &mut Vec<K>,
        into: &mut Vec<(K, V)>,
        get: impl Fn(K) -> Option<&'a V>,
    ) {
        while let Some(key) = from.last().copied() {
            if let Some(value) = get(key) {
                if !self.takes(&(key, value)) {
                    return;
                }
                into.push((key, value.clone()));
            }
            from.pop();
        }
    }
}

fn written<T: Serialize>(value: &T) -> usize {
    postcard::experimental::serialized_size(value).unwrap_or(0)
}

/// Why a world could not be received; the newcomer asks for it anew or leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReceived {
    #[error("a piece is none that a world has: {0}")]
    Bad(#[from] BadPart),
    #[error("pieces or facts are not in their order")]
    Order,
    #[error("it is more than a world can have")]
    TooMuch,
    /// What came is not what the host has: something was left out, or somebody counts differently.
    #[error("what came is not what was sent")]
    Differs,
    #[error("the world does not know who asked for it")]
    Nobody,
}

/// The newcomer's side.
#[derive(Clone, Debug, Default)]
pub struct Arriving {
    state: Option<State>,
    left: Option<u32>,
    /// So many came in pieces.
    people: usize,
    things: usize,
}

impl Arriving {
    /// What is there so far.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// People and things still to come, once that is known.
    pub fn left(&self) -> Option<u32> {
        self.left
    }

    /// The next piece.
    ///
    /// # Errors
    /// It is none, or not the next, or more than there can be. Nothing of this world is of use then.
    pub fn piece(&mut self, chunk: Chunk) -> Result<(), NotReceived> {
        // Each but the last brings something, so that it ends.
        let nothing = chunk.people.is_empty() && chunk.things.is_empty();
        if self.left == Some(0) || nothing && chunk.left > 0 || chunk.digest.is_some() != (chunk.left == 0) {
            return Err(NotReceived::Order);
        }
        if let Some(frame) = chunk.frame {
            if self.state.is_some() {
                return Err(NotReceived::Order);
            }
            self.state = Some(State::of_frame(frame).ok_or(BadPart::Range)?);
        }
        let state = self.state.as_mut().ok_or(NotReceived::Order)?;
        self.people += chunk.people.len();
        self.things += chunk.things.len();
        if self.people > limits::PEOPLE || self.things > limits::THINGS {
            return Err(NotReceived::TooMuch);
        }
        for (number, person) in chunk.people {
            state.receive_person(number, person)?;
        }
        for (id, thing) in chunk.things {
            state.receive(id, thing)?;
        }
        if !state.is_within_limits() {
            return Err(NotReceived::TooMuch);
        }
        if chunk.digest.is_some_and(|digest| digest != state.digest()) {
            return Err(NotReceived::Differs);
        }
        self.left = Some(chunk.left);
        Ok(())
    }

    /// A fact that happened meanwhile; the things that may look different now.
    ///
    /// # Errors
    /// It is none, or not the next, or the world has more in it than there can be.
    pub fn fact(&mut self, fact: &Fact) -> Result<Touched, NotReceived> {
        fact.check()?;
        let state = self.state.as_mut().ok_or(NotReceived::Order)?;
        if Some(fact.number) != state.newest().checked_add(1) {
            return Err(NotReceived::Order);
        }
        let touched = touched_by(&state.apply(fact));
        if !state.is_within_limits() {
            return Err(NotReceived::TooMuch);
        }
        Ok(touched)
    }

    /// Once everything is there: the copy of whoever has this account; `None` before.
    ///
    /// # Errors
    /// [`NotReceived::Nobody`] where all is there and they are not in it.
    pub fn done(&mut self, account: &[u8; 32]) -> Result<Option<Replica>, NotReceived> {
        if self.left != Some(0) {
            return Ok(None);
        }
        let Some(state) = self.state.take() else {
            return Ok(None); // given already
        };
        let me = state.number_of(account).ok_or(NotReceived::Nobody)?;
        Ok(Some(Replica::new(state, me)))
    }
}
