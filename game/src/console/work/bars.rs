//! Which addresses are kept out with those who are banned: listed, and let in again by hand.

use super::super::language::Given;
use super::super::whom::short_key;
use super::super::{picture, told};
use super::{Done, Hands};
use crate::platform;
use holm_identity::AccountKey;
use holm_net::household::Household;

impl Hands<'_> {
    pub(super) fn bars(&self) -> Vec<String> {
        told::bars(&self.bars_shown(), self.ban_addresses.0)
    }

    pub(super) fn unbar(&mut self, given: &Given) -> Done {
        let text = given.text.as_deref().unwrap_or_default();
        let household: Household = text.parse().map_err(|_| {
            format!("“{text}” is no address: they look like 203.0.113.7 or 2001:db8:0:1::/64.")
        })?;
        if !self.barred.unbar(household) {
            return Err(format!("{household} is not kept out: `bars` lists what is."));
        }
        Ok(vec![format!(
            "Whoever comes from {household} may come in again; whose account is banned may not."
        )])
    }

    /// All of them, as they are shown.
    pub(super) fn bars_shown(&self) -> Vec<picture::Bar> {
        let now_secs = platform::unix_secs();
        let shown = self.barred.iter().map(|bar| picture::Bar {
            address: bar.household.to_string(),
            name: self.desk.names.of(&bar.account),
            key: short_key(&AccountKey(bar.account)),
            left_secs: bar.until_secs.saturating_sub(now_secs),
        });
        shown.collect()
    }
}
