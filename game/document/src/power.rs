//! Who may do what: roles, a table of capabilities, exceptions for single people, and how much each may have.
//!
//! Invariant: fail closed. A person who is not in the list is nobody, a role without a line may nothing, and a world whose
//! table is lost lets its owner edit and nobody else.

use crate::part::BadPart;
use crate::thing::PersonNo;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Ranks, from the one who may everything down.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema,
)]
pub enum Role {
    Owner,
    Moderator,
    Builder,
    Guest,
    #[default]
    Spectator,
}

impl Role {
    /// From the top.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Moderator,
        Self::Builder,
        Self::Guest,
        Self::Spectator,
    ];

    /// Whether it may be done to this one: owners are equals, everybody else stands over who is below them.
    pub fn is_over(self, other: Self) -> bool {
        match self {
            Self::Owner => other != Self::Owner,
            _ => other > self,
        }
    }
}

/// One thing that may be allowed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema)]
pub enum Capability {
    Talk,
    Chat,
    Emote,
    Spawn,
    EditOwn,
    EditOthers,
    /// Things that physics moves.
    Moving,
    /// Pictures, models and sounds from files.
    Media,
    Invite,
    Kick,
    Ban,
    RollBack,
    /// The table itself, roles, locking the world.
    Settings,
    /// Take a copy of the world along.
    Copy,
}

impl Capability {
    /// All there are.
    pub const ALL: [Self; 14] = [
        Self::Talk,
        Self::Chat,
        Self::Emote,
        Self::Spawn,
        Self::EditOwn,
        Self::EditOthers,
        Self::Moving,
        Self::Media,
        Self::Invite,
        Self::Kick,
        Self::Ban,
        Self::RollBack,
        Self::Settings,
        Self::Copy,
    ];
}

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Schema)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// These.
    pub fn of(list: &[Capability]) -> Self {
        list.iter()
            .fold(Self::NONE, |set, capability| set.with(*capability))
    }

    /// Everything.
    pub fn all() -> Self {
        Self::of(&Capability::ALL)
    }

    /// This one, too.
    #[must_use]
    pub fn with(self, capability: Capability) -> Self {
        Self(self.0 | 1 << capability as u32)
    }

    /// Without these.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// These and those.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether it is among them.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & 1 << capability as u32 != 0
    }

    /// Whether every one of these is in `others`.
    pub fn is_within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }
}

/// How much one person may have in the world at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Quota {
    pub things: u32,
    /// Of files; a file counts for each thing that shows it.
    pub bytes: u64,
    pub triangles: u64,
    /// Things that physics moves.
    pub moving: u32,
    pub lamps: u32,
    /// Wishes a second, over ten seconds.
    pub wishes_per_sec: u16,
}

/// What a role may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Line {
    pub may: Capabilities,
    pub quota: Quota,
}

/// Somebody whom the world has met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Standing {
    /// Public account key.
    pub account: [u8; 32],
    pub role: Role,
    /// Allowed beyond the role…
    pub more: Capabilities,
    /// …and not allowed in spite of it.
    pub less: Capabilities,
    pub quota: Option<Quota>,
    pub banned: bool,
    /// Neither heard nor read by others until then, seconds since 1970.
    pub silent_until: u64,
    /// Who may not touch what is theirs.
    pub blocks: BTreeSet<PersonNo>,
}

/// The table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub struct Powers {
    /// By role, from the top; what is not there may nothing.
    lines: Vec<Line>,
    /// Nobody changes anything but who may change settings.
    pub locked: bool,
    /// What somebody new is.
    pub newcomers: Role,
}

impl Default for Powers {
    /// A world among friends: who comes in may build a little, and not touch what others built.
    fn default() -> Self {
        use Capability as May;
        let spectator = Capabilities::of(&[May::Chat, May::Emote]);
        let guest = spectator.and(Capabilities::of(&[
            May::Talk,
            May::Spawn,
            May::EditOwn,
            May::Invite,
        ]));
        let builder = guest.and(Capabilities::of(&[May::EditOthers, May::Moving, May::Media]));
        let moderator = builder.and(Capabilities::of(&[May::Kick, May::Ban, May::RollBack]));
        let quota = |things: u32, mega_bytes: u64, wishes_per_sec: u16| Quota {
            things,
            bytes: mega_bytes << 20,
            triangles: u64::from(things) * 1_000,
            moving: things / 20,
            lamps: things / 50,
            wishes_per_sec,
        };
        let line = |may, quota| Line { may, quota };
        Self {
            lines: vec![
                line(Capabilities::all(), quota(100_000, 4_096, 200)),
                line(moderator, quota(20_000, 1_024, 100)),
                line(builder, quota(10_000, 512, 60)),
                line(guest, quota(200, 32, 20)),
                line(spectator, Quota::default()),
            ],
            locked: false,
            newcomers: Role::Guest,
        }
    }
}

impl Powers {
    /// A table that was lost: nobody may anything but the owner.
    pub fn lost() -> Self {
        Self {
            lines: Vec::new(),
            locked: true,
            newcomers: Role::Spectator,
        }
    }

    /// What this role may. The owner's line cannot be taken away.
    pub fn line(&self, role: Role) -> Line {
        let told = self.lines.get(role as usize).copied().unwrap_or_default();
        match role {
            Role::Owner => Line {
                may: Capabilities::all(),
                quota: if told.quota == Quota::default() {
                    Self::default()
                        .lines
                        .first()
                        .map_or(told.quota, |line| line.quota)
                } else {
                    told.quota
                },
            },
            _ => told,
        }
    }

    /// Says what a role may.
    pub fn set_line(&mut self, role: Role, line: Line) {
        if self.lines.len() < Role::ALL.len() {
            self.lines.resize(Role::ALL.len(), Line::default());
        }
        if let Some(old) = self.lines.get_mut(role as usize) {
            *old = line;
        }
    }

    /// What this person may at this time.
    pub fn of(&self, standing: &Standing, now_secs: u64) -> Capabilities {
        if standing.banned {
            return Capabilities::NONE;
        }
        let mut may = self
            .line(standing.role)
            .may
            .and(standing.more)
            .without(standing.less);
        if standing.role == Role::Owner {
            may = Capabilities::all();
        }
        if self.locked && !may.has(Capability::Settings) {
            use Capability as May;
            may = may.without(Capabilities::of(&[
                May::Spawn,
                May::EditOwn,
                May::EditOthers,
                May::Moving,
                May::Media,
            ]));
        }
        if standing.silent_until > now_secs {
            may = may.without(Capabilities::of(&[Capability::Talk, Capability::Chat]));
        }
        may
    }

    /// What somebody is who comes in for the first time: never an owner, whatever the table says.
    pub fn newcomer(&self) -> Role {
        self.newcomers.max(Role::Moderator)
    }

    /// Whether it is a table that a world has: one from a file or a peer may be of any length.
    ///
    /// # Errors
    /// It has more lines than there are roles.
    pub(crate) fn check(&self) -> Result<(), BadPart> {
        if self.lines.len() > Role::ALL.len() {
            return Err(BadPart::TooLong);
        }
        Ok(())
    }

    /// How much this person may have.
    pub fn quota(&self, standing: &Standing) -> Quota {
        standing.quota.unwrap_or(self.line(standing.role).quota)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(role: Role) -> Standing {
        Standing {
            role,
            ..Standing::default()
        }
    }

    #[test]
    fn a_lost_table_lets_nobody_edit_but_the_owner() {
        let lost = Powers::lost();
        for role in Role::ALL {
            let may = lost.of(&somebody(role), 0);
            let all = if role == Role::Owner {
                Capabilities::all()
            } else {
                Capabilities::NONE
            };
            assert_eq!(may, all, "{role:?}");
        }
        assert!(lost.quota(&somebody(Role::Owner)).things > 1_000);
    }

    #[test]
    fn each_rank_may_what_the_one_below_may() {
        let powers = Powers::default();
        for pair in Role::ALL.windows(2) {
            let [above, below] = [0, 1].map(|at| powers.of(&somebody(pair[at]), 0));
            assert!(below.is_within(above), "{pair:?}");
        }
    }

    #[test]
    fn exceptions_bans_silence_and_locks_count() {
        let mut powers = Powers::default();
        let mut ann = somebody(Role::Guest);
        ann.more = Capabilities::of(&[Capability::Media]);
        ann.less = Capabilities::of(&[Capability::Talk]);
        ann.silent_until = 100;
        let may = powers.of(&ann, 99);
        assert!(may.has(Capability::Media) && may.has(Capability::Spawn));
        assert!(!may.has(Capability::Talk) && !may.has(Capability::Chat));
        assert!(powers.of(&ann, 100).has(Capability::Chat));
        powers.locked = true;
        assert!(!powers.of(&ann, 100).has(Capability::Spawn));
        assert!(powers.of(&somebody(Role::Owner), 0).has(Capability::Spawn));
        ann.banned = true;
        assert_eq!(powers.of(&ann, 100), Capabilities::NONE);
    }
}
