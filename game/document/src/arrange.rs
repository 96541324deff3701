//! What hands ask of several things at once, as the acts of one wish: all of it happens, or none.
//!
//! Flow: somebody's choice of things and the world as they see it → [`Act`]s.
//! Invariants: pure; what hangs on something that was chosen goes with it and is not told twice; a thing that comes to hang
//! elsewhere, or on nothing, is seen where it was.

use crate::deed::Act;
use crate::limits;
use crate::part::{Attach, Part, PartKind, Place};
use crate::rules::{hangs_on, seen_at, stands_at, told};
use crate::state::State;
use crate::thing::{FactNo, ThingId};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody's choice of things.
pub type Chosen = BTreeSet<ThingId>;

/// All that a thing hangs on, from the nearest.
pub fn above(state: &State, thing: ThingId) -> impl Iterator<Item = ThingId> {
    std::iter::successors(hangs_on(state, thing), |at| hangs_on(state, *at)).take(limits::HANGING_DEPTH)
}

/// What something hangs on at the very top; itself where it hangs on nothing.
pub fn root(state: &State, thing: ThingId) -> ThingId {
    above(state, thing).last().unwrap_or(thing)
}

/// Things with all that hangs on them.
pub fn with_below(state: &State, things: impl IntoIterator<Item = ThingId>) -> Chosen {
    let mut left: Vec<ThingId> = things.into_iter().collect();
    let mut all: Chosen = left.iter().copied().collect();
    while let Some(at) = left.pop() {
        left.extend(state.hanging_on(at).filter(|id| all.insert(*id)));
    }
    all
}

/// Those of them that are there and hang on none of the others.
pub fn tops(state: &State, chosen: &Chosen) -> Vec<ThingId> {
    let there = chosen.iter().filter(|id| state.thing(**id).is_some());
    there
        .filter(|id| !above(state, **id).any(|above| chosen.contains(&above)))
        .copied()
        .collect()
}

/// Only holds others together: nothing of it is seen or heard.
pub fn is_bare(state: &State, thing: ThingId) -> bool {
    let unseen = [PartKind::Place, PartKind::Attach, PartKind::Name, PartKind::Lock];
    state.thing(thing).is_some_and(|thing| {
        thing
            .parts()
            .iter()
            .all(|held| unseen.contains(&held.part.kind()))
    })
}

/// Since when a thing stands where it does.
pub fn placed_since(state: &State, thing: ThingId) -> Option<FactNo> {
    Some(state.thing(thing)?.held(PartKind::Place)?.since)
}

/// Where things stand that hang on each other, from the top: where what hangs on the last of them stands is told by all. Scales
/// are multiplied part by part, so that the way through several is not the way through one that is seen where the last is.
type Chain = Vec<Place>;

/// The chain of what hangs on `on`.
fn chain(state: &State, on: Option<ThingId>) -> Chain {
    let all = on
        .into_iter()
        .chain(on.into_iter().flat_map(|on| above(state, on)));
    let mut chain: Chain = all.filter_map(|at| stands_at(state, at)).collect();
    chain.reverse();
    chain
}

/// Where something stands on the last of a chain that is seen there.
fn under(chain: &Chain, seen: &Place) -> Place {
    chain.iter().fold(*seen, |seen, above| above.under(&seen))
}

/// The acts after which a thing and all that hangs on it is seen where it is now, when it hangs on the last of a chain.
fn retell(state: &State, thing: ThingId, chain: &mut Chain, acts: &mut Vec<Act>) {
    let Some(seen) = seen_at(state, thing) else { return };
    let stands = under(chain, &seen);
    if stands_at(state, thing).is_none_or(|before| !is_near(&before, &stands)) {
        acts.push(Act::Set {
            thing,
            part: told(state, thing, &stands).into(),
            seen: placed_since(state, thing),
        });
    }
    if chain.len() > limits::HANGING_DEPTH {
        return; // too deep, which the rules refuse
    }
    chain.push(stands);
    for below in state.hanging_on(thing) {
        retell(state, below, chain, acts);
    }
    chain.pop();
}

/// Nobody sees a difference.
fn is_near(a: &Place, b: &Place) -> bool {
    let near = |a: &[f32], b: &[f32]| {
        a.iter()
            .zip(b)
            .all(|(a, b)| (a - b).abs() <= 1e-5 * (1.0 + a.abs()))
    };
    near(&a.position, &b.position) && near(&a.rotation, &b.rotation) && near(&a.scale, &b.scale)
}

/// These are seen there from now on, if they still stand where they stood at the fact beside them.
pub fn put(state: &State, places: &BTreeMap<ThingId, (Place, Option<FactNo>)>) -> Vec<Act> {
    let put = |(thing, (seen_there, seen)): (&ThingId, &(Place, Option<FactNo>))| Act::Set {
        thing: *thing,
        part: told(
            state,
            *thing,
            &under(&chain(state, hangs_on(state, *thing)), seen_there),
        )
        .into(),
        seen: *seen,
    };
    places.iter().map(put).collect()
}

/// Where a thing and what hangs on it would be seen if some stood elsewhere.
pub fn seen_if(state: &State, moved: &BTreeMap<ThingId, Place>, thing: ThingId) -> Option<Place> {
    let stands = |at: ThingId| match moved.get(&at) {
        Some(seen) => Some(under(&chain(state, hangs_on(state, at)), seen)),
        None => stands_at(state, at),
    };
    let own = stands(thing)?;
    Some(
        above(state, thing)
            .filter_map(stands)
            .fold(own, |below, above| above.and(&below)),
    )
}

/// They hang on `on` from now on, where they are seen.
pub fn hang(state: &State, chosen: &Chosen, on: ThingId) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut left = Chosen::new();
    for thing in tops(state, chosen) {
        let old = hangs_on(state, thing);
        if thing == on || old == Some(on) || above(state, on).any(|above| above == thing) {
            continue;
        }
        acts.extend(hung(state, thing, Some(on)));
        left.extend(old);
    }
    acts.extend(emptied(state, &left, chosen, Some(on)));
    acts
}

/// One thing hangs on another, or on nothing.
fn hung(state: &State, thing: ThingId, on: Option<ThingId>) -> Vec<Act> {
    let mut acts = Vec::new();
    retell(state, thing, &mut chain(state, on), &mut acts);
    acts.push(match on {
        Some(to) => Act::Set {
            thing,
            part: Attach { to }.into(),
            seen: None,
        },
        None => Act::Clear {
            thing,
            kind: PartKind::Attach,
        },
    });
    acts
}

/// Away with what only held together things of which none is left on it.
fn emptied(state: &State, holders: &Chosen, gone: &Chosen, but: Option<ThingId>) -> Vec<Act> {
    holders
        .iter()
        .filter(|holder| Some(**holder) != but && !gone.contains(holder) && is_bare(state, **holder))
        .filter(|holder| state.hanging_on(**holder).all(|below| gone.contains(&below)))
        .map(|holder| Act::Remove { thing: *holder })
        .collect()
}

/// They hang on nothing, where they are seen.
pub fn let_go(state: &State, chosen: &Chosen) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut left = Chosen::new();
    for thing in tops(state, chosen) {
        if let Some(on) = hangs_on(state, thing) {
            acts.extend(hung(state, thing, None));
            left.insert(on);
        }
    }
    acts.extend(emptied(state, &left, chosen, None));
    acts
}

/// A new thing, of which nothing is seen, that holds them together. `None` for fewer than two.
pub fn group(state: &State, chosen: &Chosen, new: ThingId) -> Option<Vec<Act>> {
    let tops = tops(state, chosen);
    let places: Vec<Place> = tops.iter().filter_map(|thing| seen_at(state, *thing)).collect();
    if tops.len() < 2 || places.is_empty() {
        return None;
    }
    let count = places.len() as f32;
    let seen = Place {
        position: [0, 1, 2].map(|axis| places.iter().map(|place| place.position[axis]).sum::<f32>() / count),
        ..Place::default()
    };
    // What hung together on something does so afterwards.
    let shared =
        hangs_on(state, tops[0]).filter(|on| tops.iter().all(|top| hangs_on(state, *top) == Some(*on)));
    let mut chain = chain(state, shared);
    let stands = under(&chain, &seen);
    let mut parts = vec![Part::Place(stands)];
    parts.extend(shared.map(|to| Part::Attach(Attach { to })));
    let mut acts = vec![Act::Make { thing: new, parts }];
    chain.push(stands);
    let mut left = Chosen::new();
    for thing in &tops {
        retell(state, *thing, &mut chain, &mut acts);
        acts.push(Act::Set {
            thing: *thing,
            part: Attach { to: new }.into(),
            seen: None,
        });
        left.extend(hangs_on(state, *thing).filter(|on| Some(*on) != shared));
    }
    acts.extend(emptied(state, &left, chosen, None));
    Some(acts)
}

/// What hangs on them hangs on nothing, or on what they hang on themselves; what only held them together goes. The acts, and
/// what is free then.
pub fn ungroup(state: &State, chosen: &Chosen) -> (Vec<Act>, Chosen) {
    let (mut acts, mut free) = (Vec::new(), Chosen::new());
    for thing in tops(state, chosen) {
        let on = hangs_on(state, thing);
        for below in state.hanging_on(thing) {
            acts.extend(hung(state, below, on));
            free.insert(below);
        }
        if is_bare(state, thing) {
            acts.push(Act::Remove { thing });
        } else {
            free.insert(thing);
        }
    }
    (acts, free)
}

/// Away with them, and with what only held them together.
pub fn remove(state: &State, chosen: &Chosen) -> Vec<Act> {
    let tops = tops(state, chosen);
    let holders: Chosen = tops.iter().filter_map(|thing| hangs_on(state, *thing)).collect();
    let mut acts: Vec<Act> = tops.iter().map(|thing| Act::Remove { thing: *thing }).collect();
    acts.extend(emptied(state, &holders, chosen, None));
    acts
}

/// The same once more, with what hangs on them, so many metres away; the acts, and the new ones of those that were chosen.
/// Whose they were does not matter: copies are unlocked and mine, and their numbers begin at `first`.
pub fn copy(state: &State, chosen: &Chosen, first: ThingId, by: [f32; 3]) -> (Vec<Act>, Chosen) {
    let tops = tops(state, chosen);
    // From above to below: nothing hangs on what is not there yet.
    let mut order: Vec<ThingId> = Vec::new();
    let mut next = tops.clone();
    while !next.is_empty() && order.len() <= limits::ACTS {
        let below = next.iter().flat_map(|thing| state.hanging_on(*thing)).collect();
        order.append(&mut next);
        next = below;
    }
    let numbers = (0u32..).map(|count| ThingId {
        maker: first.maker,
        serial: first.serial.saturating_add(count),
    });
    let new: BTreeMap<ThingId, ThingId> = order.iter().copied().zip(numbers).collect();
    let mut acts = Vec::new();
    for old in &order {
        let (Some(thing), Some(copy)) = (state.thing(*old), new.get(old)) else {
            continue;
        };
        let parts = thing.parts().iter().filter_map(|held| match &held.part {
            Part::Lock(_) => None,
            Part::Attach(attach) => Some(Part::Attach(Attach {
                to: new.get(&attach.to).copied().unwrap_or(attach.to),
            })),
            Part::Place(_) if tops.contains(old) => {
                let mut seen = seen_at(state, *old)?;
                for (metres, by) in seen.position.iter_mut().zip(by) {
                    *metres += by;
                }
                Some(told(state, *old, &under(&chain(state, hangs_on(state, *old)), &seen)).into())
            }
            part => Some(part.clone()),
        });
        acts.push(Act::Make {
            thing: *copy,
            parts: parts.collect(),
        });
    }
    let copies = tops.iter().filter_map(|top| new.get(top).copied()).collect();
    (acts, copies)
}

/// This part, for all of them.
pub fn set(state: &State, chosen: &Chosen, part: &Part) -> Vec<Act> {
    let there = chosen.iter().filter(|id| state.thing(**id).is_some());
    there
        .map(|thing| Act::Set {
            thing: *thing,
            part: part.clone(),
            seen: None,
        })
        .collect()
}

/// All of them without it.
pub fn clear(state: &State, chosen: &Chosen, kind: PartKind) -> Vec<Act> {
    let has = |id: &&ThingId| state.thing(**id).is_some_and(|thing| thing.held(kind).is_some());
    let with = chosen.iter().filter(has);
    with.map(|thing| Act::Clear { thing: *thing, kind }).collect()
}

#[cfg(test)]
#[path = "arrange_tests.rs"]
mod tests;
