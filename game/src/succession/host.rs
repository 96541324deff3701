//! At the host: who goes on if it vanishes, and whether somebody may be doing so already.
//!
//! Flow: [`NameHeir`] → they are asked → `Willing`, with their door → the world as it is goes to them (`copies`) → `Warm` → everybody is
//! told the will, and they who is here. Each frame: who can be reached → [`Book::may_write`]. Given away on purpose
//! ([`HandOver`]): nothing is changed any more → all is told and on the disk → everybody goes there, we last.
//! Invariants: what is confirmed here is nobody's to take back; whoever hosts again after an end that was none asks the heirs first.

mod copies;
mod elsewhere;
mod tending;

use super::kept::Kept;
use super::rules::{Account, Book, Claim, Claimed, LEASE, Roll, may_have_gone_on};
use super::will::{Chain, Door, Heir, MOST_HEIRS, Signed, Will};
use super::wire::{FromHost as SuccessionFromHost, ToHost as SuccessionToHost};
use super::{News, Standby, TRY_EACH};
use crate::hosting::Hosting;
use crate::people::Person;
use crate::platform::{self, CopyPlace};
use crate::profile::Profile;
use crate::session::{Entered, Heard, LeaveSession, Network, Seated, Session, SessionEnded, Tell, Unseated};
use crate::things::Ledger;
use crate::things::host::{Open, Still};
use crate::wire::{FromHost, ToHost};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use holm_document::folder::Folder;
use holm_document::journal::Snapshot;
use holm_document::{FactNo, Role};
use holm_net::link::Link;
use holm_net::pose::Slot;
use holm_net::session::EndReason;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use copies::Copy;
pub(super) use tending::tend;

/// A wish: this account goes on with my world if I vanish, after those who were named before; or not any more.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameHeir {
    pub account: Account,
    pub named: bool,
}

/// A wish: the world goes on at my first heir who is ready, now.
#[derive(Message, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandOver;

/// A wish of the host: whoever cannot be reached has lost this world, whatever they did with it meanwhile.
#[derive(Message, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GoOn;

/// How far somebody who was named is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Not here, or asked and not answered.
    Asked,
    /// They said yes, and their copy is on its way.
    Copying,
    /// They can go on at any moment.
    Ready,
}

/// See the module.
#[derive(Resource, Default)]
pub struct Testament {
    kept: Kept,
    folder: Option<Folder>,
    world: [u8; 16],
    book: Book,
    heirs: BTreeMap<Account, Candidate>,
    will: Option<Signed>,
    /// Of this host, who was an heir.
    claim: Option<Claim>,
    /// Until it is ours to keep, what we have of it is not.
    held: Option<Arc<CopyPlace>>,
    /// The newest fact that the host before us can have told, and whether its program is known to have ended.
    began_at: FactNo,
    ended: bool,
    /// The host before us, where it may be found.
    before: Option<Link>,
    /// Its own program answers at this host's door.
    own_port: bool,
    /// Snapshots that nobody fetches any more.
    orphans: Vec<[u8; 32]>,
    /// As the host's keeper counts them.
    anew: u32,
    /// By both clocks: one of them stands still while a machine sleeps.
    looked: Option<(Duration, u64)>,
    woke: Option<Duration>,
    giving: Option<Giving>,
    /// We are on our way to whoever has it.
    goes: bool,
    /// What everybody was told.
    writes: bool,
    /// Those of our heirs who said that they did not go on with this world, since it is hosted.
    answered: BTreeSet<Account>,
    /// Said good-bye since the last look.
    left: BTreeSet<Account>,
    /// Who sits where, for those who are gone already.
    seats: BTreeMap<Slot, Account>,
    hosts: bool,
}

struct Candidate {
    slot: Slot,
    door: Door,
    copy: Copy,
    /// They were told a roll, in this visit.
    told: bool,
    warm: bool,
}

struct Giving {
    heir: Heir,
    /// Since when everybody knows.
    told: Option<Duration>,
}

/// A heir to whom the world was given and who does not open is not waited for any longer.
const GIVEN_FOR: Duration = Duration::from_secs(30);

/// From where somebody goes on.
pub(super) struct Begins {
    pub(super) held: Arc<CopyPlace>,
    pub(super) before: Option<Link>,
    pub(super) began_at: FactNo,
    pub(super) ended: bool,
}

impl Testament {
    /// Of somebody who goes on in this term.
    pub(super) fn of_heir(term: u64, chain: Chain, claim: Claim, begins: Begins) -> Self {
        let Begins {
            held,
            before,
            began_at,
            ended,
        } = begins;
        Self {
            kept: Kept::of(term, chain),
            claim: Some(claim),
            held: Some(held),
            before,
            began_at,
            ended,
            ..Self::default()
        }
    }

    /// Whom this host named, in their order, and how far they are.
    pub fn named(&self) -> impl Iterator<Item = (Account, Readiness)> + '_ {
        self.kept.named.iter().map(|account| {
            let readiness = match self.heirs.get(account) {
                None => Readiness::Asked,
                Some(heir) if heir.warm => Readiness::Ready,
                Some(_) => Readiness::Copying,
            };
            (*account, readiness)
        })
    }

    /// In which term this host is.
    pub fn term(&self) -> u64 {
        self.kept.term
    }

    /// Which world is hosted, as everybody is told; `None` while none is.
    pub(crate) fn world(&self) -> Option<[u8; 16]> {
        self.hosts.then_some(self.world)
    }

    /// Whether what is done here counts; not while others may go on with this world elsewhere.
    pub fn writes(&self) -> bool {
        self.writes || !self.hosts
    }

    /// The world is being given to somebody.
    pub fn is_giving(&self) -> bool {
        self.giving.is_some()
    }

    /// They are not on their way to being an heir any more.
    fn drop_heir(&mut self, account: &Account) -> bool {
        let heir = self.heirs.remove(account);
        if let Some(Candidate {
            copy: Copy::Offered(hash),
            ..
        }) = &heir
        {
            self.orphans.push(*hash);
        }
        heir.is_some()
    }

    /// Who was here and who may go on is as it was when this world could be changed here last.
    fn save(&mut self) {
        if self.writes && !self.kept.asks {
            self.kept.roll = self.book.newest();
        }
        if let Some(folder) = &self.folder {
            self.kept.save(folder);
        }
    }

    /// Those who are ready, in the order in which they were named; an owner who came home is behind them.
    fn ready(&self, here: &BTreeMap<Account, bool>) -> Vec<Heir> {
        let order = |account: &Account| {
            let at = self.kept.named.iter().position(|named| named == account);
            at.unwrap_or(usize::MAX)
        };
        let mut ready: Vec<(usize, Heir)> = self
            .heirs
            .iter()
            .filter(|(account, heir)| heir.warm && here.get(*account) == Some(&true))
            .map(|(account, heir)| {
                let heir = Heir {
                    account: *account,
                    door: heir.door.clone(),
                };
                (order(account), heir)
            })
            .collect();
        ready.sort_by_key(|(order, _)| *order);
        ready.truncate(MOST_HEIRS);
        ready.into_iter().map(|(_, heir)| heir).collect()
    }
}

/// Seconds by which one clock may be ahead of the other without that a machine slept.
const ASLEEP_SECS: u64 = 3;

fn say(message: SuccessionFromHost) -> FromHost {
    FromHost::Succession(message)
}

/// A world is hosted from now on, or not any more.
pub(super) fn begin(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    session: Res<Session>,
    profile: Option<Res<Profile>>,
    hosting: Option<Res<Hosting>>,
    mut ledger: ResMut<Ledger>,
    mut testament: ResMut<Testament>,
    mut news: MessageWriter<News>,
) {
    let over = ended.read().count() > 0;
    let account = profile.as_ref().map(|profile| profile.identity.account().0);
    if testament.hosts && (over || !session.is_host()) {
        // Given away, or taken: it goes on elsewhere, and this copy is of the past.
        let me = account.unwrap_or_default();
        let heirs: BTreeSet<Account> = testament.kept.heirs.keys().copied().collect();
        let lost = !testament.writes && may_have_gone_on(&testament.kept.roll, &heirs, &me);
        testament.kept.open = !over || testament.giving.is_some() || !testament.writes;
        testament.kept.asks |= testament.giving.is_some() || testament.goes || lost;
        // What was never ours to keep leaves nothing.
        if testament.held.is_none() {
            testament.save();
        }
        *testament = Testament::default();
    }
    if entered.read().count() == 0 || !session.is_host() {
        return;
    }
    let (Some(open), Some(profile)) = (ledger.open(), profile) else {
        return;
    };
    let me = profile.identity.account().0;
    let was_heir = testament.claim.is_some();
    testament.hosts = true;
    testament.writes = !was_heir;
    testament.own_port = hosting.is_none_or(|hosting| hosting.is_own_port());
    if let Some((world, ..)) = open.for_an_heir() {
        testament.world = world;
    }
    testament.folder = open.folder().map(Folder::another);
    if !was_heir && let Some(folder) = open.folder() {
        testament.kept = Kept::load(folder);
        let heirs: BTreeSet<Account> = testament.kept.heirs.keys().copied().collect();
        let may = testament.kept.open && may_have_gone_on(&testament.kept.roll, &heirs, &me);
        testament.kept.asks |= may;
        if testament.kept.asks {
            testament.writes = false;
            open.keep_still(Some(Still::CutOff));
            news.write(News::MayHaveGoneOn);
        }
    }
    open.began_at(if was_heir { testament.began_at } else { FactNo::MAX });
    testament.kept.world = testament.world;
    testament.kept.open = true;
    if testament.held.is_none() && !testament.kept.asks {
        let roll = testament.kept.roll.clone();
        testament.save();
        testament.kept.roll = roll;
    }
}

/// Who came, went, and what they say.
pub(super) fn judge(
    mut seated: MessageReader<Seated>,
    mut unseated: MessageReader<Unseated>,
    mut heard: MessageReader<Heard>,
    mut names: MessageReader<NameHeir>,
    session: Res<Session>,
    persons: Query<&Person>,
    mut ledger: ResMut<Ledger>,
    mut testament: ResMut<Testament>,
    mut over: MessageWriter<HandOver>,
    mut tell: MessageWriter<Tell>,
    mut news: MessageWriter<News>,
) {
    if !testament.hosts {
        seated.clear();
        unseated.clear();
        heard.clear();
        names.clear();
        return;
    }
    let testament = &mut *testament;
    let Some(open) = ledger.open() else { return };
    for Unseated { slot, reason } in unseated.read() {
        let account = testament.seats.remove(slot);
        // Whoever was sent away, or could not keep up, has not heard of it for certain.
        testament
            .left
            .extend(account.filter(|_| *reason == EndReason::Left));
        let theirs = testament.heirs.iter().find(|(_, heir)| heir.slot == *slot);
        if let Some(account) = theirs.map(|(account, _)| *account) {
            testament.drop_heir(&account);
        }
    }
    session.for_each_person(|person| {
        testament.seats.insert(person.slot, person.account.0);
    });
    for Seated { slot, .. } in seated.read() {
        let Some(account) = testament.seats.get(slot).copied() else {
            continue;
        };
        let standing = SuccessionFromHost::Standing {
            world: testament.world,
            term: testament.kept.term,
            chain: testament.kept.chain.clone(),
            writes: testament.writes,
            ended: testament.ended,
        };
        tell.write(Tell::one(*slot, say(standing)));
        if let Some(will) = &testament.will {
            tell.write(Tell::one(*slot, say(SuccessionFromHost::Will(will.clone()))));
        }
        if testament.kept.named.contains(&account) {
            tell.write(Tell::one(*slot, say(SuccessionFromHost::Asked(true))));
        }
    }
    for NameHeir { account, named } in names.read() {
        testament.kept.named.retain(|other| other != account);
        if *named && testament.kept.named.len() < MOST_HEIRS {
            testament.kept.named.push(*account);
        } else {
            testament.drop_heir(account);
        }
        testament.save();
        let sits = testament.seats.iter().find(|(_, other)| *other == account);
        if let Some((slot, _)) = sits
            && session.me() != Some(*slot)
        {
            tell.write(Tell::one(*slot, say(SuccessionFromHost::Asked(*named))));
        }
    }
    for Heard { from, message } in heard.read() {
        let (ToHost::Succession(message), Some(account)) = (message, testament.seats.get(from).copied())
        else {
            continue;
        };
        let owns = open
            .person(*from)
            .and_then(|person| open.state().person(person))
            .is_some_and(|standing| standing.role == Role::Owner);
        let may = testament.kept.named.contains(&account) || owns;
        match message {
            SuccessionToHost::Willing(Some(door))
                if may && Some(account) != session.host_account().map(|host| host.0) =>
            {
                let is_link = session
                    .link()
                    .is_none_or(|link| door.link(&link.secret).is_some());
                if is_link {
                    testament.drop_heir(&account);
                    let heir = Candidate {
                        slot: *from,
                        door: door.clone(),
                        copy: Copy::Due,
                        told: false,
                        warm: false,
                    };
                    testament.heirs.insert(account, heir);
                }
            }
            SuccessionToHost::Willing(_) => {
                let given = testament
                    .giving
                    .as_ref()
                    .is_some_and(|giving| giving.heir.account == account);
                if given {
                    // They could not: it is ours as before.
                    testament.giving = None;
                    testament.kept.asks = false;
                }
                if testament.drop_heir(&account) {
                    let name = persons.iter().find(|person| person.account.0 == account);
                    news.write(News::NoHeir {
                        name: name.map(|person| person.name.clone()).unwrap_or_default(),
                    });
                }
                testament.book.is_no_heir(&account);
            }
            SuccessionToHost::Warm { roll } => {
                let Some(heir) = testament.heirs.get_mut(&account) else {
                    continue;
                };
                if !matches!(heir.copy, Copy::Offered(_) | Copy::Taken) {
                    continue;
                }
                testament.book.acknowledged(&account, *roll);
                if !std::mem::replace(&mut heir.warm, true) {
                    let name = persons.iter().find(|person| person.account.0 == account);
                    news.write(News::HeirReady {
                        name: name.map(|person| person.name.clone()).unwrap_or_default(),
                    });
                }
            }
            SuccessionToHost::Home if owns => {
                let warm = testament.heirs.get(&account).is_some_and(|heir| heir.warm);
                if warm && testament.giving.is_none() {
                    testament.kept.named.retain(|other| *other != account);
                    testament.kept.named.insert(0, account);
                    over.write(HandOver);
                }
            }
            SuccessionToHost::Home => {}
            SuccessionToHost::Here { term } => {
                let was_heir =
                    testament.kept.heirs.contains_key(&account) || testament.kept.named.contains(&account);
                if *term <= testament.kept.term {
                    testament.book.is_back(&account);
                    testament.answered.insert(account);
                } else if was_heir && !std::mem::replace(&mut testament.kept.asks, true) {
                    news.write(News::MayHaveGoneOn);
                }
            }
        }
    }
}
