//! Who sits here: keys and a name, kept on this device.

use bevy::prelude::*;
use holm_identity::Identity;

pub(super) fn plugin(_app: &mut App) {}

/// The person at this device. Inserted before anything else runs; a bot or a test has one of its own.
#[derive(Resource, Clone, Debug)]
pub struct Profile {
    pub identity: Identity,
    pub name: String,
}
