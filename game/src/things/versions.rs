//! Named versions of the world, as whoever may set it sees them.
//!
//! Flow: [`AskVersion`] → the host (`host/versions`) → [`Versions`], or [`NoVersionNow`].

use super::wire::{FromHost as ThingsFromHost, NoVersion, ToHost as ThingsToHost, VersionLine, VersionWish};
use crate::session::{Entered, SessionEnded, TellHost, Told};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;

/// A wish: do this with the versions; the answer is the list as it is then.
#[derive(Message, Clone, Debug, PartialEq)]
pub struct AskVersion(pub VersionWish);

/// It was not done.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct NoVersionNow(pub NoVersion);

/// What the host told last, the newest first, names as they came; `None` before it did.
#[derive(Resource, Debug, Default)]
pub struct Versions {
    pub list: Option<Vec<VersionLine>>,
    /// Something was asked and is not answered yet.
    pub waits: bool,
    /// Why there is no list.
    pub why: Option<NoVersion>,
}

/// Most that are shown, whatever a host says.
const MOST: usize = 256;

pub(super) fn note(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    mut versions: ResMut<Versions>,
    mut not: MessageWriter<NoVersionNow>,
) {
    if entered.read().count() + ended.read().count() > 0 {
        *versions = Versions::default();
    }
    for Told(message) in told.read() {
        match message {
            FromHost::Things(ThingsFromHost::Versions(lines)) => {
                versions.why = None;
                versions.list = Some(lines.iter().rev().take(MOST).cloned().collect());
                versions.waits = false;
            }
            FromHost::Things(ThingsFromHost::NoVersion(why)) => {
                versions.waits = false;
                versions.why = Some(*why);
                not.write(NoVersionNow(*why));
            }
            _ => {}
        }
    }
}

pub(super) fn ask(
    mut wishes: MessageReader<AskVersion>,
    mut versions: ResMut<Versions>,
    mut host: MessageWriter<TellHost>,
) {
    for AskVersion(wish) in wishes.read() {
        versions.waits = true;
        host.write(TellHost(ToHost::Things(ThingsToHost::Version(wish.clone()))));
    }
}
