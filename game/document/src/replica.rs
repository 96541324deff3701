//! A guest's copy of a world: what one wishes is so at once, until the host says otherwise.
//!
//! Flow: [`Replica::wish`] tries the wish here and gives it to be sent → a fact arrives → everything not answered is taken
//! back, the fact applied, the rest tried again ([`Replica::hear`]) → a refusal takes its wish away ([`Replica::refused`]).
//! Invariant: with nothing unanswered, the copy is the host's, to the last bit.

use crate::arrival::NotReceived;
use crate::deed::{Act, Fact, Refusal, Wish};
use crate::resync::{Digests, Patch};
use crate::rules;
use crate::state::{Before, State, Trace};
use crate::thing::{PersonNo, ThingId};
use std::collections::{BTreeSet, VecDeque};

/// Wishes on their way at most: more nobody makes in a round trip.
pub const UNANSWERED: usize = 256;

#[derive(Clone, Debug)]
struct Pending {
    wish: Wish,
    /// What it changed here; empty where it could not be tried or is refused here by now.
    trace: Trace,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Replica {
    state: State,
    me: PersonNo,
    pending: VecDeque<Pending>,
    number: u32,
}

/// The things that may look different now.
pub type Touched = BTreeSet<ThingId>;

impl Replica {
    /// Of this world, at which I am `me`.
    #[must_use]
    pub fn new(state: State, me: PersonNo) -> Self {
        Self {
            state,
            me,
            pending: VecDeque::new(),
            number: 0,
        }
    }

    /// As it is shown: with what is not answered yet.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Which one of the people I am.
    pub fn me(&self) -> PersonNo {
        self.me
    }

    /// The number of the newest wish.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whoever has a new copy goes on counting their wishes: a late answer to an old one must not name a new one.
    #[must_use]
    pub fn counting_from(self, number: u32) -> Self {
        Self { number, ..self }
    }

    /// Wishes that are not answered yet.
    pub fn unanswered(&self) -> usize {
        self.pending.len()
    }

    /// The number of the next thing that I make.
    pub fn next_thing(&self) -> ThingId {
        ThingId {
            maker: self.me,
            serial: self.state.serial(self.me).saturating_add(1),
        }
    }

    /// Makes it so here, and gives what is to be sent, and what changed.
    ///
    /// # Errors
    /// What the host would say, as far as is known here; nothing is to be sent then.
    pub fn wish(&mut self, acts: Vec<Act>, now_secs: u64) -> Result<(Wish, Touched), Refusal> {
        if self.pending.len() >= UNANSWERED {
            return Err(Refusal::TooOften);
        }
        // What needs the past only the host can do.
        let told = acts
            .iter()
            .any(|act| matches!(act, Act::Undo { .. } | Act::Redo { .. } | Act::RollBack { .. }));
        let trace = if told {
            Trace::new()
        } else {
            let since = self.state.newest().saturating_add(1);
            rules::attempt(&mut self.state, self.me, &acts, now_secs, since)?.1
        };
        let touched = touched_by(&trace);
        self.number = self.number.wrapping_add(1).max(1);
        let wish = Wish {
            number: self.number,
            acts,
        };
        self.pending.push_back(Pending {
            wish: wish.clone(),
            trace,
        });
        Ok((wish, touched))
    }

    /// The next facts from the host, as many as there are: what is not answered is tried again once for all of them. `None`:
    /// one is not the next or none that a host may tell, or the world holds more than one can, and the copy has to be fetched anew.
    pub fn hear(&mut self, facts: &[Fact], now_secs: u64) -> Option<Touched> {
        let mut touched = self.rewind();
        for fact in facts {
            if Some(fact.number) != self.state.newest().checked_add(1) || fact.check().is_err() {
                return None;
            }
            touched.extend(touched_by(&self.state.apply(fact)));
            if fact.by == self.me {
                self.answered(fact.wish);
            }
        }
        if !self.state.is_within_limits() {
            return None;
        }
        touched.extend(self.replay(now_secs));
        Some(touched)
    }

    /// The host refused a wish, or found that all was so already.
    pub fn refused(&mut self, wish: u32, now_secs: u64) -> Touched {
        let mut touched = self.rewind();
        self.answered(wish);
        touched.extend(self.replay(now_secs));
        touched
    }

    /// What the host has confirmed, without what is not answered yet.
    #[must_use]
    pub fn confirmed_state(&self) -> State {
        self.confirmed(State::clone)
    }

    /// The digest of what the host has confirmed.
    pub fn confirmed_digest(&self) -> [u8; 16] {
        self.confirmed(State::digest)
    }

    /// The same by buckets, for a host whose digest is another: see [`crate::resync`].
    pub fn confirmed_digests(&self) -> Digests {
        self.confirmed(State::digests)
    }

    fn confirmed<T>(&self, of: impl Fn(&State) -> T) -> T {
        if self.pending.iter().all(|pending| pending.trace.is_empty()) {
            return of(&self.state);
        }
        let mut copy = self.clone();
        copy.rewind();
        of(&copy.state)
    }

    /// What differed comes anew, under what is not answered yet; what may look different now.
    ///
    /// # Errors
    /// It is none that a host may send, or all is there and still differs: the copy has to be fetched anew.
    pub fn patch(&mut self, patch: Patch, now_secs: u64) -> Result<Touched, NotReceived> {
        let mut touched = self.rewind();
        touched.extend(self.state.patch(patch)?);
        touched.extend(self.replay(now_secs));
        Ok(touched)
    }

    /// Wishes that are not answered yet, the oldest first: for another host, who never heard of them.
    pub fn wishes(&self) -> impl Iterator<Item = &Wish> {
        self.pending.iter().map(|pending| &pending.wish)
    }

    fn answered(&mut self, wish: u32) {
        self.pending.retain(|pending| pending.wish.number != wish);
    }

    fn rewind(&mut self) -> Touched {
        let mut touched = Touched::new();
        for pending in self.pending.iter_mut().rev() {
            let trace = std::mem::take(&mut pending.trace);
            touched.extend(touched_by(&trace));
            self.state.restore(trace);
        }
        touched
    }

    fn replay(&mut self, now_secs: u64) -> Touched {
        let mut touched = Touched::new();
        let since = self.state.newest().saturating_add(1);
        for pending in &mut self.pending {
            let acts = &pending.wish.acts;
            if let Ok((_, trace)) = rules::attempt(&mut self.state, self.me, acts, now_secs, since) {
                touched.extend(touched_by(&trace));
                pending.trace = trace;
            }
        }
        touched
    }
}

pub(crate) fn touched_by(trace: &Trace) -> Touched {
    trace
        .iter()
        .filter_map(|before| match before {
            Before::Thing(thing, _) | Before::Part(thing, _, _) | Before::Owner(thing, _) => Some(*thing),
            Before::NotMet
            | Before::Standing(..)
            | Before::Blocked(..)
            | Before::Powers(_)
            | Before::Serial(..)
            | Before::Forgotten(..) => None,
        })
        .collect()
}
