//! Who goes on with the world if this host vanishes: named, taken back, and asked to do so now.

use super::super::language::{Given, quoted};
use super::super::told;
use super::super::whom::{Known, short_key};
use super::{Done, Hands};
use crate::succession::will::MOST_HEIRS;
use crate::succession::{NameHeir, Readiness};
use holm_identity::AccountKey;

impl Hands<'_> {
    pub(super) fn heirs(&mut self) -> Vec<String> {
        let known = self.known();
        let testament = &self.testament;
        let named: Vec<told::Heir> = testament
            .named()
            .map(|(account, how)| {
                let account = AccountKey(account);
                let one = known.iter().find(|one| one.account == account);
                told::Heir {
                    called: one.map_or_else(|| short_key(&account), |one| quoted(&one.called())),
                    here: one.is_some_and(|one| one.slot.is_some()),
                    how,
                }
            })
            .collect();
        told::heirs(
            &named,
            testament.term(),
            testament.writes(),
            testament.is_giving(),
        )
    }

    fn is_named(&self, account: &AccountKey) -> bool {
        self.testament.named().any(|(named, _)| named == account.0)
    }

    pub(super) fn heir(&mut self, given: &Given) -> Done {
        let found = self.find(given)?;
        let called = found.called();
        if self.host() == Some(found.account) {
            return Err("That is whoever hosts it now: name somebody else.".to_owned());
        }
        if self.is_named(&found.account) {
            return Ok(vec![format!("{called} is named already.")]);
        }
        if self.testament.named().count() >= MOST_HEIRS {
            return Err(format!(
                "{MOST_HEIRS} people are named, and no more can be: `disown` one first."
            ));
        }
        self.name(&found, true);
        Ok(vec![match found.slot {
            Some(_) => format!("{called} is asked whether they would go on with this world."),
            None => format!("{called} is named, and asked when they come."),
        }])
    }

    pub(super) fn disown(&mut self, given: &Given) -> Done {
        let found = self.find(given)?;
        let called = found.called();
        if !self.is_named(&found.account) {
            return Err(format!("{called} is not named: `heirs` lists who is."));
        }
        self.name(&found, false);
        Ok(vec![format!("{called} does not go on with this world any more.")])
    }

    fn name(&mut self, found: &Known, named: bool) {
        self.wills.write(NameHeir {
            account: found.account.0,
            named,
        });
    }

    pub(super) fn hand_over(&mut self) -> Done {
        if self.testament.is_giving() {
            return Err("It is being handed over already.".to_owned());
        }
        if !self.testament.writes() {
            return Err(
                "Others may go on with this world elsewhere: it is not ours to hand over now.".to_owned(),
            );
        }
        let ready = self.testament.named().find(|(_, how)| *how == Readiness::Ready);
        let (account, _) = ready.ok_or("Nobody who was named is ready: `heirs` says how far they are.")?;
        let known = self.known();
        let one = known.iter().find(|one| one.account.0 == account);
        let called = one.map_or_else(|| short_key(&AccountKey(account)), Known::called);
        self.hand_overs.write_default();
        Ok(vec![format!(
            "{called} hosts the world from now on, and everybody goes there."
        )])
    }

    pub(super) fn go_on(&mut self) -> Done {
        if self.testament.is_giving() {
            return Err("It is being handed over.".to_owned());
        }
        if self.testament.writes() {
            return Err("Nothing is cut off: the world can be changed.".to_owned());
        }
        self.go_ons.write_default();
        Ok(vec![
            "Whoever cannot be reached has lost this world, whatever they did with it: it goes on here."
                .to_owned(),
        ])
    }
}
