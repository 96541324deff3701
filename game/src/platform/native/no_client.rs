//! In a build without a window: what there is instead.

use super::{Vault, fail};
use crate::hosting::HostSettings;
use crate::powers::barred::BanAddresses;
use holm_net::link::Link;
use std::process::ExitCode;
use std::time::Instant;

/// What the client begins with.
#[allow(
    dead_code,
    reason = "the client reads them; here they only say what was asked for"
)]
pub(super) enum Begin {
    Title,
    Join(Link),
    Host(Box<HostSettings>, bool, BanAddresses),
}

/// A build without a window has nothing to draw on.
pub(super) fn has_display() -> bool {
    false
}

pub(super) fn run(_vault: Vault, _name: Option<String>, _begin: Begin, _started: Instant) -> ExitCode {
    fail("This Holm was built without a window. `holm host` hosts a world, `holm bot` sends guests.")
}
