//! A world becomes somebody's own: one that is taken in from a file, or one that a guest keeps as they have it.
//!
//! Powers do not come along unasked: a world of a stranger could make anybody a moderator, or let guests do everything. Whoever
//! owned it keeps what is theirs in it, and is what anybody is who comes in.
//! Flow: the world as it was → facts that rank its new owner and take the rest anew (`take_over`) → the world, theirs.
//! Invariant: it has one owner afterwards, who is not banned; anew, nobody else has more than who comes into a new world.

use crate::deed::{Deed, Fact, Order, Way};
use crate::history::History;
use crate::limits;
use crate::part::PartKind;
use crate::power::{Capabilities, Powers, Quota, Role};
use crate::rules::hangs_on;
use crate::state::State;
use crate::thing::ThingId;

/// What becomes of the ranks, exceptions and table of powers that it had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RanksAndTable {
    /// Those of a new world: nobody has more than who comes in, and the table is the usual one. Bans and whatever else takes
    /// something away stay.
    #[default]
    Anew,
    /// As it had them, but for its owners: for whoever knows where it comes from.
    AsInTheFile,
}

/// Whose it becomes, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heir {
    /// Public account key.
    pub(crate) owner: [u8; 32],
    /// Seconds since 1970.
    pub(crate) at_secs: u64,
    pub(crate) powers: RanksAndTable,
}

/// Why a world cannot become theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTheirs {
    /// They are new to it, and it remembers as many people as it can.
    #[error("it remembers as many people as it can")]
    Full,
    #[error("it is larger than a world can be")]
    TooLarge,
    #[error("there is something in it that no world has")]
    Damaged,
}

/// The world that somebody has before them, as a world of their own: with nothing of its past, for a guest knows none, and powers
/// anew. `state` is what its host confirmed: see [`crate::replica::Replica::confirmed_state`].
///
/// # Errors
/// Its host told what is no world, or it is full of people.
pub fn copy(mut state: State, owner: [u8; 32], at_secs: u64) -> Result<(State, History), NotTheirs> {
    // Whoever hosts it next goes by rules that a host who lied did not keep.
    if !state.is_within_limits() {
        return Err(NotTheirs::TooLarge);
    }
    if !state.things().all(|(id, _)| hangs_well(&state, *id)) {
        return Err(NotTheirs::Damaged);
    }
    let heir = Heir {
        owner,
        at_secs,
        powers: RanksAndTable::Anew,
    };
    let mut history = History::default();
    take_over(&mut state, &mut history, &heir)?;
    history.prune();
    Ok((state, history))
}

/// Makes it theirs, by facts that anybody can read in its past.
///
/// # Errors
/// They are new to it and it is full, or there is no room for a fact more.
pub(crate) fn take_over(state: &mut State, history: &mut History, heir: &Heir) -> Result<(), NotTheirs> {
    let deeds = made_theirs(state, heir)?;
    let by = state
        .number_of(&heir.owner)
        .or(state.next_person())
        .unwrap_or_default();
    for deeds in deeds.chunks(limits::DEEDS) {
        let fact = Fact {
            number: state.newest() + 1,
            by,
            at_secs: heir.at_secs,
            wish: 0,
            way: Way::Done,
            deeds: deeds.to_vec(),
        };
        fact.check().map_err(|_| NotTheirs::Damaged)?;
        let trace = state.apply(&fact);
        history.record(fact, trace);
    }
    let owns = |person| {
        state
            .person(person)
            .is_some_and(|standing| standing.role == Role::Owner)
    };
    if state.number_of(&heir.owner).is_none_or(|person| !owns(person)) {
        return Err(NotTheirs::Full);
    }
    Ok(())
}

/// On what is there, in no ring, and not too deep.
pub(crate) fn hangs_well(state: &State, id: ThingId) -> bool {
    let mut at = id;
    for _ in 0..=limits::HANGING_DEPTH {
        match hangs_on(state, at) {
            None => {
                return state
                    .thing(at)
                    .is_some_and(|thing| thing.part(PartKind::Attach).is_none());
            }
            Some(above) => at = above,
        }
    }
    false
}

/// What makes it the heir's.
fn made_theirs(state: &State, heir: &Heir) -> Result<Vec<Deed>, NotTheirs> {
    let (me, mut deeds) = match state.number_of(&heir.owner) {
        Some(me) => (me, Vec::new()),
        None => {
            let met = Deed::Met {
                account: heir.owner,
                role: Role::Owner,
            };
            (state.next_person().ok_or(NotTheirs::Full)?, vec![met])
        }
    };
    let mut order = |order| deeds.push(Deed::Ordered { by: me, order });
    let person = me;
    order(Order::Rank {
        person,
        role: Role::Owner,
    });
    order(Order::Ban {
        person,
        banned: false,
    });
    order(Order::Silence {
        person,
        until_secs: 0,
    });
    let anew = heir.powers == RanksAndTable::Anew;
    let usual = Powers::default();
    let newcomer = if anew {
        usual.newcomer()
    } else {
        state.powers().newcomer()
    };
    if anew {
        for role in Role::ALL {
            let line = usual.line(role);
            order(Order::Line { role, line });
        }
        let role = newcomer;
        order(Order::Newcomers { role });
    }
    for (person, standing) in state.people().filter(|(person, _)| *person != me) {
        // Further down is less: who may look on stays one who looks on.
        let most = if anew { newcomer } else { Role::Moderator };
        if standing.role < most {
            order(Order::Rank {
                person,
                role: newcomer.max(standing.role),
            });
        }
        if !anew {
            continue;
        }
        if standing.more != Capabilities::NONE {
            let (more, less) = (Capabilities::NONE, standing.less);
            order(Order::Except { person, more, less });
        }
        let most = usual.line(newcomer.max(standing.role)).quota;
        if standing.quota.is_some_and(|quota| !is_within(&quota, &most)) {
            order(Order::Allot { person, quota: None });
        }
    }
    Ok(deeds)
}

fn is_within(quota: &Quota, most: &Quota) -> bool {
    quota.things <= most.things
        && quota.bytes <= most.bytes
        && quota.triangles <= most.triangles
        && quota.moving <= most.moving
        && quota.lamps <= most.lamps
        && quota.wishes_per_sec <= most.wishes_per_sec
}
