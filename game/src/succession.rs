//! Succession: a world outlives its host.
//!
//! Flow: at the host ([`host`]) somebody is named, who agrees ([`heir`]) and from then on has the world as it is → the host vanishes or gives it
//! away → the heir opens it in the next term, everybody goes there ([`follow`]), and who they are, where they stand and what they hold stays.
//! Invariants: of two who host one world at most one lets it be changed ([`rules`]); by which right somebody hosts is signed ([`will`]);
//! whoever comes back to a world that went on is a guest in it.

mod agreed;
pub mod follow;
pub mod heir;
pub mod host;
pub mod kept;
pub mod rules;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod will;
pub mod wire;

pub use follow::Outlook;
pub use heir::{Agree, Heirship, TakeHome};
pub use host::{GoOn, HandOver, NameHeir, Readiness, Testament};

use crate::hosting::HostSettings;
use crate::session::SessionSystems;
use crate::things::ThingsSystems;
use crate::things::motion::MotionSystems;
use bevy::prelude::*;
use std::time::Duration;

/// How long it is looked for whoever goes on; longer than an heir waits for those who come.
const MOVING: Duration = Duration::from_secs(50);
/// So long one heir's door is tried before the next one's is.
const TRY_EACH: Duration = Duration::from_secs(4);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Testament>()
        .init_resource::<Heirship>()
        .init_resource::<Outlook>()
        .add_message::<NameHeir>()
        .add_message::<HandOver>()
        .add_message::<GoOn>()
        .add_message::<Agree>()
        .add_message::<TakeHome>()
        .add_message::<News>()
        .configure_sets(
            PreUpdate,
            SuccessionSystems::Receive
                .after(SessionSystems::Receive)
                .after(ThingsSystems::Receive)
                .after(MotionSystems::Receive),
        )
        .add_systems(
            PreUpdate,
            (
                follow::hear,
                host::begin,
                host::judge,
                host::tend,
                heir::hear,
                heir::step,
                follow::follow,
                heir::claim,
            )
                .chain()
                .in_set(SuccessionSystems::Receive),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SuccessionSystems {
    /// `PreUpdate`: who goes on, and whether that is now.
    Receive,
}

/// This process is nobody in a world, also as a guest: it stands by for one that it owns, or that somebody asked it to, and
/// hosts it like this.
#[derive(Resource, Clone, Debug)]
pub struct Standby(pub HostSettings);

/// What a person is told.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The host asks whether we would go on with its world.
    Asked,
    /// What we agreed to does not work, for a person.
    NotReady(crate::words::Phrase),
    /// Our copy is whole: we can go on at any moment.
    Ready,
    /// At the host: this person can.
    HeirReady { name: String },
    /// At the host: not any more.
    NoHeir { name: String },
    /// We host it from now on.
    Ours,
    /// We are in it at another host.
    Moved,
    /// It can be changed again.
    Writes,
    /// It cannot: others may go on with it elsewhere.
    CutOff,
    /// At a host that begins again: others may have gone on with it since.
    MayHaveGoneOn,
    /// At a host: it is at somebody else's, and we go there.
    Elsewhere,
    /// Too few came to us to go on.
    GaveUp,
}
