//! Where things came to rest that no fact says yet.
//!
//! Flow: something comes to rest ([`Open::lies`]) → once it has lain for [`LAIN`], and the disk takes anything, a fact says so
//! ([`Open::settle`]) → that is on the disk and told, or could not be kept and is said again later.
//! Invariants: where something lies is not lost because the disk says no; where somebody put it since counts, and is never
//! overwritten; what is kicked about says nothing before it lies still, so that it does not fill the history.

use super::{Open, Unkept};
use holm_document::arrange::placed_since;
use holm_document::keeper::Now;
use holm_document::limits::DEEDS;
use holm_document::part::Place;
use holm_document::{FactNo, PersonNo, State, ThingId};
use holm_net::pose::Slot;
use std::collections::BTreeMap;
use std::time::Duration;

/// A thing lies so long before a fact says so.
const LAIN: Duration = Duration::from_secs(2);

/// What came to rest somewhere.
#[derive(Clone, Copy, Debug)]
struct Lying {
    /// Whose doing it is.
    mover: Option<PersonNo>,
    /// Where it is seen.
    place: Place,
    at: Duration,
    /// The fact before it that says where the thing is: after another one this is not so any more.
    since: FactNo,
    /// The fact that says this, on its way to the disk.
    fact: Option<FactNo>,
}

/// By what moved whom, as one fact says it.
type Due = Vec<(Option<PersonNo>, Vec<(ThingId, Place)>)>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Unsettled(BTreeMap<ThingId, Lying>);

impl Unsettled {
    /// It lies there. `told`: the world as everybody knows it, the engine, too.
    fn lies(&mut self, mover: Option<PersonNo>, thing: ThingId, place: Place, told: &State, now: Duration) {
        let Some(since) = placed_since(told, thing) else {
            return; // it is not there any more
        };
        let before = self.0.get(&thing).and_then(|lying| lying.fact);
        let lying = Lying {
            mover,
            place,
            at: now,
            since: before.unwrap_or(since),
            fact: None,
        };
        self.0.insert(thing, lying);
    }

    /// It moves again.
    fn moves(&mut self, thing: ThingId) {
        if self.0.get(&thing).is_some_and(|lying| lying.fact.is_none()) {
            self.0.remove(&thing);
        }
    }

    /// What is to be said: those that have lain for so long in this world, the newest facts with it.
    fn due(&mut self, state: &State, lain: Duration, now: Duration) -> Due {
        self.0
            .retain(|thing, lying| lying.fact.is_some() || placed_since(state, *thing) == Some(lying.since));
        let mut due = BTreeMap::<Option<PersonNo>, Vec<(ThingId, Place)>>::new();
        for (thing, lying) in &self.0 {
            if lying.fact.is_none() && now.saturating_sub(lying.at) >= lain {
                due.entry(lying.mover).or_default().push((*thing, lying.place));
            }
        }
        let mut facts = Due::new();
        for (mover, places) in due {
            facts.extend(places.chunks(DEEDS).map(|places| (mover, places.to_vec())));
        }
        facts
    }

    /// This fact says so; without one all was so already.
    fn are_said(&mut self, places: &[(ThingId, Place)], fact: Option<FactNo>) {
        for (thing, _) in places {
            match (self.0.get_mut(thing), fact) {
                (Some(lying), Some(_)) => lying.fact = fact,
                _ => {
                    self.0.remove(thing);
                }
            }
        }
    }

    /// All that this world says is kept, and everybody knows.
    pub(super) fn told(&mut self, told: &State) {
        let newest = told.newest();
        self.0.retain(|thing, lying| match lying.fact {
            Some(fact) => fact > newest,
            None => lying.since > newest || placed_since(told, *thing) == Some(lying.since),
        });
    }

    /// Facts from this one on have not been: what they said is to be said again. `told`: the world without them.
    pub(super) fn lost_from(&mut self, first: FactNo, told: &State) {
        self.0.retain(|thing, lying| {
            lying.fact = lying.fact.filter(|fact| *fact < first);
            if lying.since < first {
                return true;
            }
            let since = placed_since(told, *thing);
            lying.since = since.unwrap_or(lying.since);
            since.is_some()
        });
    }
}

impl Open {
    /// What moved came to rest there: soon a fact says so.
    pub(crate) fn lies(&mut self, mover: Option<PersonNo>, thing: ThingId, place: Place, now: Now) {
        self.unsettled
            .lies(mover, thing, place, &self.told, now.since_start);
    }

    /// It moves again: where it lay is nothing that anybody has to be told.
    pub(crate) fn moves(&mut self, thing: ThingId) {
        self.unsettled.moves(thing);
    }

    /// Whether something lies elsewhere than everybody was told.
    pub(crate) fn is_unsettled(&self, thing: ThingId) -> bool {
        self.unsettled.0.contains_key(&thing)
    }

    /// What lies elsewhere than the world says that whoever comes in gets.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = (ThingId, Place)> {
        self.unsettled
            .0
            .iter()
            .map(|(thing, lying)| (*thing, lying.place))
    }

    /// Makes facts of what lies still.
    pub(super) fn settle(&mut self, now: Now) {
        if self.rests(now).is_none() {
            self.settle_after(LAIN, now);
        }
    }

    /// The world is closed: everything stays where it is.
    pub(super) fn settle_all(&mut self, now: Now) {
        for (mover, thing, place) in std::mem::take(&mut self.moving) {
            self.lies(mover, thing, place, now);
        }
        self.settle_after(Duration::ZERO, now);
    }

    fn settle_after(&mut self, lain: Duration, now: Now) {
        if self.unsettled.0.is_empty() {
            return;
        }
        let due = self.unsettled.due(self.keeper.state(), lain, now.since_start);
        for (mover, places) in due {
            let fact = self.keeper.settle(mover, &places, now);
            self.unsettled
                .are_said(&places, fact.as_ref().map(|fact| fact.number));
            // Nobody wished it: nobody is answered.
            self.unkept.extend(fact.map(|fact| Unkept {
                fact,
                from: Slot::HOST,
            }));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use holm_document::{Act, History, Keeper, Part, Wish};

    const ADA: PersonNo = PersonNo(0);
    const THING: ThingId = ThingId {
        maker: ADA,
        serial: 1,
    };
    const SECOND: Duration = Duration::from_secs(1);

    fn at(x: f32) -> Place {
        Place {
            position: [x, 0.0, 0.0],
            ..Place::default()
        }
    }

    /// A world with one thing, at 0.
    fn world() -> Keeper {
        let mut keeper = Keeper::new(State::new([7; 32]), History::default());
        let parts = vec![Part::from(at(0.0))];
        wish(&mut keeper, Act::Make { thing: THING, parts });
        keeper
    }

    fn wish(keeper: &mut Keeper, act: Act) {
        let wish = Wish {
            number: 1,
            acts: vec![act],
        };
        keeper.wish(ADA, &wish, Now::default()).unwrap().unwrap();
    }

    /// What is due becomes a fact.
    fn said(unsettled: &mut Unsettled, keeper: &mut Keeper, now: Duration) -> Option<FactNo> {
        let (mover, places) = unsettled.due(keeper.state(), LAIN, now).pop()?;
        let fact = keeper.settle(mover, &places, Now::default());
        unsettled.are_said(&places, fact.as_ref().map(|fact| fact.number));
        Some(fact?.number)
    }

    #[test]
    fn what_lies_still_is_said_once_and_what_moves_on_is_not() {
        let (mut keeper, mut unsettled) = (world(), Unsettled::default());
        unsettled.lies(None, THING, at(3.0), keeper.state(), SECOND);
        assert_eq!(said(&mut unsettled, &mut keeper, SECOND * 2), None);
        unsettled.moves(THING);
        assert_eq!(said(&mut unsettled, &mut keeper, SECOND * 9), None);
        unsettled.lies(None, THING, at(4.0), keeper.state(), SECOND * 9);
        assert_eq!(said(&mut unsettled, &mut keeper, SECOND * 11), Some(2));
        assert_eq!(said(&mut unsettled, &mut keeper, SECOND * 12), None);
        unsettled.told(keeper.state());
        assert!(unsettled.0.is_empty());
    }

    #[test]
    fn where_somebody_put_it_since_counts() {
        let (mut keeper, mut unsettled) = (world(), Unsettled::default());
        unsettled.lies(None, THING, at(3.0), keeper.state(), SECOND);
        let part = Part::from(at(9.0));
        let set = Act::Set {
            thing: THING,
            part,
            seen: None,
        };
        wish(&mut keeper, set);
        assert_eq!(said(&mut unsettled, &mut keeper, SECOND * 9), None);
        assert!(unsettled.0.is_empty());
    }

    #[test]
    fn what_the_disk_did_not_take_is_said_again() {
        let (mut keeper, mut unsettled) = (world(), Unsettled::default());
        let told = keeper.state().clone();
        unsettled.lies(Some(ADA), THING, at(3.0), &told, SECOND);
        assert_eq!(said(&mut unsettled, &mut keeper, SECOND * 9), Some(2));
        // It moved on, and lies elsewhere, before the disk answered.
        unsettled.moves(THING);
        unsettled.lies(Some(ADA), THING, at(5.0), &told, SECOND * 9);
        keeper.take_out(2);
        unsettled.lost_from(2, &told);
        assert_eq!(said(&mut unsettled, &mut keeper, SECOND * 20), Some(2));
        let seen = holm_document::rules::seen_at(keeper.state(), THING);
        assert_eq!(seen, Some(at(5.0)));
        unsettled.told(keeper.state());
        assert!(unsettled.0.is_empty());
    }
}
