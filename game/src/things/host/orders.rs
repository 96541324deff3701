//! What the host's own account wishes without walking about: a console's orders, judged like everybody's wishes.
//!
//! Invariant: an order is answered once: when it is on the disk and told, or when it is refused or could not be kept.

use super::{Ledger, Open, Said, Unkept};
use crate::things::{Decree, Decreed};
use bevy::platform::cell::SyncCell;
use holm_document::keeper::Now;
use holm_document::{FactNo, History, PersonNo, Refusal, State, Wish};
use holm_net::pose::Slot;

/// Decrees that came true and are not on the disk yet: the number of the fact, and whom to answer.
#[derive(Default)]
pub(super) struct Orders(Vec<(FactNo, u64)>);

impl Orders {
    /// All up to this fact are kept.
    pub(super) fn kept_up_to(&mut self, number: FactNo, said: &mut Said) {
        self.0.retain(|(fact, ticket)| {
            let kept = *fact <= number;
            if kept {
                said.decreed.push(Decreed {
                    ticket: *ticket,
                    outcome: Ok(true),
                });
            }
            !kept
        });
    }

    /// Those from this fact on have not been.
    pub(super) fn lost_from(&mut self, number: FactNo, said: &mut Said) {
        self.0.retain(|(fact, ticket)| {
            let lost = *fact >= number;
            if lost {
                said.decreed.push(Decreed {
                    ticket: *ticket,
                    outcome: Err(Refusal::NotKept),
                });
            }
            !lost
        });
    }
}

impl Open {
    pub(super) fn decree(&mut self, decree: &Decree, now: Now, said: &mut Said) {
        let answer = |outcome| Decreed {
            ticket: decree.ticket,
            outcome,
        };
        if let Some(why) = self.rests(now) {
            said.decreed.push(answer(Err(why)));
            return;
        }
        if !self.files.admits(&decree.acts) {
            said.decreed.push(answer(Err(Refusal::NoFile)));
            return;
        }
        let wish = Wish {
            number: 0, // answered by its ticket
            acts: decree.acts.clone(),
        };
        let judged = self
            .own_person(now)
            .and_then(|person| self.keeper.wish(person, &wish, now));
        match judged {
            Ok(Some(fact)) => {
                self.orders.0.push((fact.number, decree.ticket));
                self.unkept.push(Unkept {
                    fact,
                    from: Slot::HOST,
                });
            }
            Ok(None) => said.decreed.push(answer(Ok(false))),
            Err(why) => {
                self.refused += 1;
                said.decreed.push(answer(Err(why)));
            }
        }
    }

    /// Whoever hosts is somebody in the world's books, also where it came from somebody else.
    fn own_person(&mut self, now: Now) -> Result<PersonNo, Refusal> {
        let (person, fact) = self.keeper.meet(&self.account, now)?;
        self.unkept.extend(fact.map(|fact| Unkept {
            fact,
            from: Slot::HOST,
        }));
        Ok(person)
    }
}

/// The world as its host has it now.
pub(crate) struct Look<'a> {
    pub(crate) state: &'a State,
    pub(crate) history: &'a History,
    /// Facts that were not written into a snapshot yet, bytes.
    pub(crate) journal_bytes: u64,
    /// Wishes that were refused since the world was opened.
    pub(crate) refused: u64,
}

impl Ledger {
    /// `None` where no world is hosted.
    pub(crate) fn look(&mut self) -> Option<Look<'_>> {
        let open = SyncCell::get(self.0.as_mut()?);
        Some(Look {
            state: open.keeper.state(),
            history: open.keeper.history(),
            journal_bytes: open.journal_bytes(),
            refused: open.refused,
        })
    }
}
