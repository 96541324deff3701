//! Things that people put into a world: from this engine's side, the document of `holm_document`.
//!
//! Flow: [`Build`] → `copy` shows it at once and sends the wish → `host` judges, writes it down and tells the fact → everybody's
//! `copy` applies it → [`Built`], or [`NotBuilt`] to whoever wished. A newcomer gets the world in pieces, the nearest first.
//! Invariants: what others are told is on the host's disk; the host's own person goes the same road as a guest.

pub mod bodies;
#[cfg(feature = "view")]
pub mod choice;
mod copy;
#[cfg(feature = "view")]
pub(crate) mod doors;
pub mod files;
mod forms;
#[cfg(feature = "view")]
pub mod hand;
#[cfg(feature = "view")]
pub(crate) mod handles;
pub(crate) mod host;
#[cfg(feature = "view")]
mod index;
pub mod keep;
pub mod motion;
pub mod pieces;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod versions;
#[cfg(feature = "view")]
pub(crate) mod view;
pub mod wire;
#[cfg(feature = "view")]
pub(crate) mod writing;

use crate::avatar::AvatarSystems;
use crate::chat::ChatSystems;
use crate::hosting::HostingSystems;
use crate::session::SessionSystems;
use crate::world::WorldSystems;
use bevy::platform::cell::SyncCell;
use bevy::prelude::*;
pub use copy::Things;
use holm_document::folder::Folder;
use holm_document::store::Store;
use holm_document::{Act, Capabilities, History, Refusal, State, ThingId};
use holm_net::pose::Slot;
pub(crate) use host::Ledger;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Things>()
        .init_resource::<Ledger>()
        .init_resource::<Rights>()
        .init_resource::<Kept>()
        .add_message::<Build>()
        .add_message::<Built>()
        .add_message::<NotBuilt>()
        .init_resource::<versions::Versions>()
        .add_message::<versions::AskVersion>()
        .add_message::<versions::NoVersionNow>()
        .add_message::<VersionDecree>()
        .add_message::<VersionsTold>()
        .add_message::<Decree>()
        .add_message::<Decreed>()
        .add_message::<Banned>()
        .add_plugins((files::plugin, keep::plugin))
        .configure_sets(
            PreUpdate,
            // Last: each of them tells something, in an order of its own.
            ThingsSystems::Receive
                .after(SessionSystems::Receive)
                .after(HostingSystems::Open)
                .after(WorldSystems::Exchange)
                .after(AvatarSystems::Exchange)
                .after(ChatSystems::Receive),
        )
        .configure_sets(
            PostUpdate,
            ThingsSystems::Speak
                .after(ChatSystems::Speak)
                .before(SessionSystems::Send),
        )
        .add_systems(
            PreUpdate,
            (
                host::begin,
                host::judge,
                files::tend,
                host::end,
                copy::note,
                host::show,
                versions::note,
                files::hear,
                files::forget,
                files::step,
                keep::begin,
                keep::step,
            )
                .chain()
                .in_set(ThingsSystems::Receive),
        )
        .add_systems(
            PostUpdate,
            (files::speak, copy::wish, versions::ask)
                .chain()
                .in_set(ThingsSystems::Speak),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThingsSystems {
    /// `PreUpdate`: the host judges, everybody applies.
    Receive,
    /// `PostUpdate`: wishes go to the host.
    Speak,
}

/// A wish: do all of this, or nothing.
#[derive(Message, Clone, Debug)]
pub struct Build {
    pub acts: Vec<Act>,
}

/// These things may look different now.
#[derive(Message, Clone, Debug, Default)]
pub struct Built {
    pub touched: BTreeSet<ThingId>,
    /// All of them may, and some are gone: another world, or a new copy of it.
    pub anew: bool,
}

/// A wish of ours did not come true, or was taken back.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct NotBuilt {
    pub why: Refusal,
}

/// At the host: what each of those who are here may, as of the end of the last frame. Whoever is not in it may nothing.
#[derive(Resource, Debug, Default)]
pub struct Rights(BTreeMap<Slot, Capabilities>);

impl Rights {
    /// What they may.
    pub fn of(&self, slot: Slot) -> Capabilities {
        self.0.get(&slot).copied().unwrap_or(Capabilities::NONE)
    }

    /// Everybody who is here.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, Capabilities)> + '_ {
        self.0.iter().map(|(slot, may)| (*slot, *may))
    }
}

/// At the host: a wish of its own account, which need not walk about here. Judged like everybody's.
#[derive(Message, Clone, Debug)]
pub struct Decree {
    /// The answer names it.
    pub ticket: u64,
    pub acts: Vec<Act>,
}

/// At the host: the same about the world's versions.
#[derive(Message, Clone, Debug)]
pub struct VersionDecree {
    pub ticket: u64,
    pub wish: wire::VersionWish,
}

/// What came of a [`VersionDecree`]: the versions there are then, the oldest first.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct VersionsTold {
    pub ticket: u64,
    pub outcome: Result<Vec<wire::VersionLine>, wire::NoVersion>,
}

/// At the host: this account is banned from now on, or not any more; it is on the disk.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Banned {
    pub account: [u8; 32],
    pub banned: bool,
}

/// What came of a [`Decree`].
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Decreed {
    pub ticket: u64,
    /// Done and kept; false where all was so already.
    pub outcome: Result<bool, Refusal>,
}

impl Decreed {
    /// There is no world here to change.
    fn by_nobody(decree: &Decree) -> Self {
        Self {
            ticket: decree.ticket,
            outcome: Err(Refusal::Nobody),
        }
    }
}

/// A world as hosting found it on the disk, or began it there.
pub struct KeptWorld {
    /// `None`: there is no room for it. One may look around, and nothing is promised.
    pub store: Option<Store<Folder>>,
    pub state: State,
    pub history: History,
}

/// The world that is hosted next. Without one it is new, and forgotten afterwards.
#[derive(Resource, Default)]
pub struct Kept(pub(crate) Option<SyncCell<KeptWorld>>);

impl Kept {
    /// This one.
    pub fn new(world: KeptWorld) -> Self {
        Self(Some(SyncCell::new(world)))
    }
}

/// What changed since somebody looked last.
struct Change<'a> {
    state: Option<&'a State>,
    touched: BTreeSet<ThingId>,
    anew: bool,
}

/// `None`: nothing did.
fn changed<'a>(built: &mut MessageReader<Built>, things: &'a Things) -> Option<Change<'a>> {
    if built.is_empty() {
        return None;
    }
    let mut change = Change {
        state: things.state(),
        touched: BTreeSet::new(),
        anew: false,
    };
    for built in built.read() {
        change.anew |= built.anew;
        change.touched.extend(&built.touched);
    }
    Some(change)
}

impl<'a> Change<'a> {
    /// The things to look at, those that hang on them, too. `known`: which ones were looked at before.
    fn of(self, known: impl Iterator<Item = ThingId>) -> Vec<(ThingId, Option<&'a State>)> {
        let mut all = self.touched;
        if self.anew {
            all.extend(known);
            all.extend(
                self.state
                    .iter()
                    .flat_map(|state| state.things().map(|(id, _)| *id)),
            );
        } else if let Some(state) = self.state {
            let mut left: Vec<ThingId> = all.iter().copied().collect();
            while let Some(id) = left.pop() {
                left.extend(state.hanging_on(id).filter(|below| all.insert(*below)));
            }
        }
        all.into_iter().map(|id| (id, self.state)).collect()
    }
}
