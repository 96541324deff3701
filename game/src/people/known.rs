//! What people were called whom this person met: by account, remembered on this device.
//!
//! Flow: somebody comes → [`Known`] → whoever has only an account to show: the past, the banned, the blocked.
//! Invariant: a list that cannot be read is put aside; it costs names and nothing else.

use super::accounts::{self, Accounts};
use super::{Person, PersonEntered};
use crate::platform::Vault;
use crate::session::SessionEnded;
use bevy::prelude::*;
use holm_identity::AccountKey;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Known>()
        .add_systems(Startup, load)
        .add_systems(Last, (note, keep).chain());
}

/// See the module.
#[derive(Resource, Debug, Default)]
pub struct Known {
    accounts: Accounts,
    unkept: bool,
    keep_at: Duration,
}

/// The name it is kept under.
const NAME: &str = "known.ron";
/// Most people on the list; those met longest ago are not told apart from others, so any gives way.
const MOST: usize = 2_000;
/// In a crowd that comes all at once the list is written once.
const KEEP_EVERY: Duration = Duration::from_secs(5);

impl Known {
    /// What they were called last.
    pub fn name(&self, account: &AccountKey) -> Option<&str> {
        self.accounts.get(account).map(String::as_str)
    }
}

fn load(vault: Option<Res<Vault>>, mut known: ResMut<Known>) {
    let Some(vault) = vault else { return };
    match accounts::load(&vault, NAME, MOST) {
        Ok(read) => known.accounts = read.unwrap_or_default(),
        Err(error) => warn!("the names of people met before could not be read and were set aside: {error}"),
    }
}

fn note(mut entered: MessageReader<PersonEntered>, persons: Query<&Person>, mut known: ResMut<Known>) {
    for entered in entered.read() {
        let Ok(person) = persons.get(entered.entity) else {
            continue; // gone again
        };
        if person.me || known.name(&person.account) == Some(&person.name) {
            continue;
        }
        if known.accounts.len() >= MOST && known.name(&person.account).is_none() {
            known.accounts.pop_first();
        }
        known.accounts.insert(person.account, person.name.clone());
        known.unkept = true;
    }
}

fn keep(
    vault: Option<Res<Vault>>,
    time: Res<Time<Real>>,
    mut ended: MessageReader<SessionEnded>,
    mut known: ResMut<Known>,
) {
    let Some(vault) = vault else { return };
    // Whoever quits leaves first.
    let ends = ended.read().count() > 0;
    if !known.unkept || (time.elapsed() < known.keep_at && !ends) {
        return;
    }
    known.unkept = false;
    known.keep_at = time.elapsed() + KEEP_EVERY;
    accounts::keep(&vault, NAME, &known.accounts);
}
