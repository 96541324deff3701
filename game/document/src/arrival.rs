//! Somebody comes late: the world in chunks, nearest first, while it goes on changing.
//!
//! Flow: [`Arrival`] at the host remembers the order → each tick one [`Chunk`] of as many bytes as the tick has left, of the
//! things *as they are then* → on the same ordered line as the facts → [`Arriving`] at the newcomer applies both as they
//! come.
//! Why nothing is missed: before a chunk is written every fact up to then has been told on the same line. A fact about
//! what has not come yet changes nothing at the newcomer; the chunk that brings it is younger and has it in it.
//! Invariant: nobody waits for a newcomer, and nothing is copied for one but numbers.

use crate::deed::Fact;
use crate::limits;
use crate::part::{BadPart, Part, PartKind};
use crate::replica::Replica;
use crate::rules::hangs_on;
use crate::state::{Frame, State};
use crate::thing::{Thing, ThingId};
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// A piece of a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Chunk {
    /// With the first.
    pub frame: Option<Frame>,
    pub things: Vec<(ThingId, Thing)>,
    /// Things still to come; 0 with the last.
    pub left: u32,
}

/// The host's side for one newcomer.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The last comes first. Made with the first piece: what happens before that is in it.
    order: Option<Vec<ThingId>>,
    place: [f32; 3],
    done: bool,
}

impl Arrival {
    /// For somebody who appears at `place` (metres).
    #[must_use]
    pub fn new(place: [f32; 3]) -> Self {
        Self {
            order: None,
            place,
            done: false,
        }
    }

    fn order(state: &State, place: [f32; 3]) -> Vec<ThingId> {
        let distance = |id: ThingId| {
            let root = std::iter::successors(Some(id), |at| hangs_on(state, *at))
                .take(limits::HANGING_DEPTH + 1)
                .last();
            let at = root.and_then(|root| state.thing(root)?.part(PartKind::Place));
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
        let mut order: Vec<(f32, ThingId)> = state.things().map(|(id, _)| (distance(*id), *id)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
        order.into_iter().map(|(_, id)| id).collect()
    }

    /// The next piece, of about so many bytes; at least one thing, so that it ends. `None` when all was given.
    pub fn next(&mut self, state: &State, most_bytes: usize) -> Option<Chunk> {
        if self.done {
            return None;
        }
        let frame = self.order.is_none().then(|| state.frame());
        let order = self.order.get_or_insert_with(|| Self::order(state, self.place));
        let mut bytes = frame.as_ref().map_or(0, written);
        let mut things = Vec::new();
        while let Some(id) = order.last() {
            let Some(thing) = state.thing(*id) else {
                order.pop(); // removed since
                continue;
            };
            let more = written(&(id, thing));
            if bytes + more > most_bytes && !(things.is_empty() && frame.is_none()) {
                break;
            }
            bytes += more;
            things.push((*id, thing.clone()));
            order.pop();
        }
        self.done = order.is_empty();
        Some(Chunk {
            frame,
            things,
            left: order.len() as u32, // at most limits::THINGS
        })
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
}

/// The newcomer's side.
#[derive(Clone, Debug, Default)]
pub struct Arriving {
    state: Option<State>,
    left: Option<u32>,
}

impl Arriving {
    /// What is there so far.
    pub fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Things still to come, once that is known.
    pub fn left(&self) -> Option<u32> {
        self.left
    }

    /// The next piece.
    ///
    /// # Errors
    /// It is none, or not the next.
    pub fn piece(&mut self, chunk: Chunk) -> Result<(), NotReceived> {
        if let Some(frame) = chunk.frame {
            if self.state.is_some() {
                return Err(NotReceived::Order);
            }
            self.state = Some(State::of_frame(frame).ok_or(BadPart::Range)?);
        }
        let state = self.state.as_mut().ok_or(NotReceived::Order)?;
        for (id, thing) in chunk.things {
            state.receive(id, thing)?;
        }
        self.left = Some(chunk.left);
        Ok(())
    }

    /// A fact that happened meanwhile.
    ///
    /// # Errors
    /// It is none, or not the next.
    pub fn fact(&mut self, fact: &Fact) -> Result<(), NotReceived> {
        fact.check()?;
        let state = self.state.as_mut().ok_or(NotReceived::Order)?;
        if Some(fact.number) != state.newest().checked_add(1) {
            return Err(NotReceived::Order);
        }
        state.apply(fact);
        Ok(())
    }

    /// Once everything is there: the copy of whoever has this account, whom the world has met.
    pub fn done(&mut self, account: &[u8; 32]) -> Option<Replica> {
        if self.left != Some(0) {
            return None;
        }
        let me = self.state.as_ref()?.number_of(account)?;
        Some(Replica::new(self.state.take()?, me))
    }
}
