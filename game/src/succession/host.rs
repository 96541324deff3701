//! At the host: who goes on if it vanishes, and whether somebody may be doing so already.
//!
//! Flow: [`NameHeir`] → they are asked → `Willing`, with their door → the world as it is goes to them (`copies`) → `Warm` → everybody is
//! told the will, and they who is here. Each frame: who can be reached → [`Book::may_write`]. Given away on purpose
//! ([`HandOver`]): nothing is changed any more → all is told and on the disk → everybody goes there, we last.
//! Invariants: what is confirmed here is nobody's to take back; whoever hosts again after an end that was none asks the heirs first.

use super::kept::Kept;
use super::rules::{Account, Book, Claim, Claimed, LEASE, Roll, may_have_gone_on};
use super::will::{Chain, Door, Heir, MOST_HEIRS, Signed, Will};
use super::wire::{FromHost as SuccessionFromHost, ToHost as SuccessionToHost};
use super::{News, Standby};
use crate::hosting::Hosting;
use crate::people::Person;
use crate::platform::{self, CopyPlace};
use crate::profile::Profile;
use crate::session::{Entered, Heard, LeaveSession, Network, Seated, Session, SessionEnded, Tell, Unseated};
use crate::things::Ledger;
use crate::things::host::Still;
use crate::wire::{FromHost, ToHost};
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

enum Copy {
    /// To be made, once the disk is idle.
    Due,
    Making(Task<Option<(Bytes, FactNo)>>),
    Offered([u8; 32]),
    Taken,
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

/// What is due: copies, rolls, the will, and whether this world can be changed here.
pub(super) fn tend(
    mut over: MessageReader<HandOver>,
    mut on: MessageReader<GoOn>,
    mut session: ResMut<Session>,
    profile: Option<Res<Profile>>,
    network: Option<Res<Network>>,
    standby: Option<Res<Standby>>,
    time: Res<Time<Real>>,
    mut ledger: ResMut<Ledger>,
    mut testament: ResMut<Testament>,
    mut tell: MessageWriter<Tell>,
    mut leave: MessageWriter<LeaveSession>,
    mut news: MessageWriter<News>,
) {
    let (Some(open), Some(profile), true) = (ledger.open(), profile, testament.hosts) else {
        over.clear();
        on.clear();
        return;
    };
    let testament = &mut *testament;
    let now = time.elapsed();
    let me = profile.identity.account().0;
    for hash in testament.orphans.drain(..) {
        session.withdraw_blob(&hash);
    }
    // What slept does not know how long nobody heard it.
    let secs = platform::unix_secs();
    if let Some((looked, looked_secs)) = testament.looked.replace((now, secs))
        && secs.saturating_sub(looked_secs) > now.saturating_sub(looked).as_secs() + ASLEEP_SECS
    {
        testament.woke = Some(now);
    }
    // Who is here.
    let mut here = BTreeMap::from([(me, true)]);
    session.for_each_person(|person| {
        let reached = !person.away
            && session
                .unanswered(person.slot)
                .is_none_or(|unanswered| unanswered < LEASE);
        let other = here.entry(person.account.0).or_insert(false);
        *other |= reached || person.account.0 == me;
    });
    let left = std::mem::take(&mut testament.left);
    let is_new = testament.book.look(now, &here, &left);
    for (account, heir) in &mut testament.heirs {
        let offered = matches!(heir.copy, Copy::Offered(_) | Copy::Taken);
        let due = testament.book.is_due(account) || !heir.told;
        if offered && due && testament.writes && here.get(account) == Some(&true) {
            heir.told = true;
            testament.book.told(*account);
            let roll = SuccessionFromHost::Roll(testament.book.newest());
            tell.write(Tell::one(heir.slot, say(roll)));
        }
    }
    copies(testament, open, &mut session, &mut tell);
    if testament.anew != open.times_anew() {
        // What changed was told to nobody: heirs begin anew, as everybody does.
        testament.anew = open.times_anew();
        let heirs: Vec<(Account, Slot)> = testament
            .heirs
            .iter()
            .map(|(account, heir)| (*account, heir.slot))
            .collect();
        for (account, slot) in heirs {
            testament.drop_heir(&account);
            for asked in [false, true] {
                tell.write(Tell::one(slot, say(SuccessionFromHost::Asked(asked))));
            }
        }
    }
    // The will: of what is ours alone.
    let ready = if testament.writes || testament.giving.is_some() {
        testament.ready(&here)
    } else {
        Vec::new()
    };
    let told = testament.will.as_ref().map(|will| &will.will.heirs[..]);
    if told.unwrap_or_default() != ready && testament.giving.is_none() {
        let will = Will {
            world: testament.world,
            term: testament.kept.term,
            own_port: testament.own_port,
            heirs: ready.clone(),
        }
        .sign(&profile.identity);
        tell.write(Tell::all(say(SuccessionFromHost::Will(will.clone()))));
        testament.will = Some(will);
        if testament.writes {
            // Whoever may still have a roll is looked for, too.
            let book = &testament.book;
            testament
                .kept
                .heirs
                .retain(|account, _| book.heirs().any(|heir| heir == account));
            testament
                .kept
                .heirs
                .extend(ready.iter().map(|heir| (heir.account, heir.clone())));
            testament.save();
        }
    } else if is_new && testament.writes && !testament.kept.heirs.is_empty() {
        testament.save();
    }
    // Given away.
    // Only what is ours to give.
    if over.read().count() > 0
        && testament.writes
        && testament.giving.is_none()
        && let Some(heir) = ready.first()
    {
        testament.giving = Some(Giving {
            heir: heir.clone(),
            told: None,
        });
    }
    let mut going = None;
    if let Some(giving) = &mut testament.giving
        && giving.told.is_none()
        && open.for_an_heir().is_some()
    {
        giving.told = Some(now);
        tell.write(Tell::all(say(SuccessionFromHost::Over(giving.heir.clone()))));
        going = Some(giving.heir.clone());
    }
    if going.is_some() {
        testament.kept.asks = true;
        testament.save();
    }
    if testament
        .giving
        .as_ref()
        .and_then(|giving| giving.told)
        .is_some_and(|told| now.saturating_sub(told) > GIVEN_FOR)
        && !testament.goes
    {
        // Whether they have it is not known: it is asked.
        testament.giving = None;
        tell.write(Tell::all(say(SuccessionFromHost::Writes(false))));
        news.write(News::CutOff);
    }
    // An owner's word.
    let owns = open.state().owners().any(|owner| owner == me);
    if on.read().count() > 0 && owns && testament.giving.is_none() && !testament.writes {
        testament.kept.term = testament.kept.term.saturating_add(2); // an heir that went on is one further than we were
        testament.kept.asks = false;
        if let Some(claim) = &mut testament.claim {
            *claim = Claim::given(Roll::default(), me, now);
        }
        testament.book.forgets_the_lost();
        testament.will = None;
        session.drop_next();
        let standing = SuccessionFromHost::Standing {
            world: testament.world,
            term: testament.kept.term,
            chain: testament.kept.chain.clone(),
            writes: true,
            ended: false,
        };
        tell.write(Tell::all(say(standing)));
    }
    // All who could have gone on with it are here, and did not.
    let asked: Vec<Account> = testament
        .kept
        .roll
        .people
        .iter()
        .filter(|account| testament.kept.heirs.contains_key(*account) && **account != me)
        .copied()
        .collect();
    if testament.kept.asks
        && testament.giving.is_none()
        && !asked.is_empty()
        && asked.iter().all(|account| testament.answered.contains(account))
    {
        testament.kept.asks = false;
    }
    // The claim.
    let mut along = Vec::new();
    session.for_each_person(|person| {
        let reached = here.get(&person.account.0) == Some(&true);
        if reached && open.has_come_along(person.slot) {
            along.push(person.account.0);
        }
    });
    let claimed = testament.claim.as_mut().map(|claim| claim.look(now, along));
    if claimed == Some(Claimed::Writes) {
        testament.before = None;
        if let Some(held) = testament.held.take() {
            if let Err(sentence) = held.claim() {
                warn!("the world is ours, and cannot be marked so: {sentence}");
            }
            let (writes, asks) = (testament.writes, testament.kept.asks);
            (testament.writes, testament.kept.asks) = (true, false);
            testament.save();
            (testament.writes, testament.kept.asks) = (writes, asks);
        }
    }
    if claimed == Some(Claimed::GivesUp) {
        news.write(News::GaveUp);
        leave.write(LeaveSession {
            why: "Too few of those who were here found each other again.".to_owned(),
        });
    }
    // Without an heir nobody can have gone on.
    let awake = testament.book.heirs().next().is_none()
        || testament
            .woke
            .is_none_or(|woke| now.saturating_sub(woke) >= LEASE);
    let writes = testament.giving.is_none()
        && !testament.kept.asks
        && awake
        && matches!(claimed, None | Some(Claimed::Writes))
        && testament.book.may_write();
    open.keep_still(match (&testament.giving, writes) {
        (Some(_), _) => Some(Still::Given),
        (None, false) => Some(Still::CutOff),
        (None, true) => None,
    });
    if writes != testament.writes {
        testament.writes = writes;
        if writes {
            testament.save();
        }
        // What is wished of a world that is being given away is done by whoever gets it.
        if testament.giving.is_none() {
            tell.write(Tell::all(say(SuccessionFromHost::Writes(writes))));
            news.write(if writes { News::Writes } else { News::CutOff });
        }
    }
    // Whoever may not write looks for whom does.
    let Some(network) = network.filter(|_| !testament.goes) else {
        return;
    };
    if writes {
        session.drop_next();
        return;
    }
    let found = session
        .next()
        .and_then(|(host, told)| Some((host, standing(told)?)));
    let known = |account: &Account| {
        testament.kept.heirs.contains_key(account)
            || testament.before.is_some()
                && testament.kept.chain.0.iter().any(|will| will.account == *account)
    };
    match found {
        Some((host, Told { term, writes: true }))
            if known(&host.0) && (term > testament.kept.term || testament.before.is_some()) =>
        {
            if let Some(link) = session.next_link() {
                let heir = Heir {
                    account: host.0,
                    door: Door::of(link),
                };
                tell.write(Tell::all(say(SuccessionFromHost::Over(heir))));
            }
            news.write(News::Elsewhere);
            testament.goes = true;
            if standby.is_some() || session.me().is_some() {
                session.go_next();
            } else {
                leave.write(LeaveSession::default());
            }
        }
        Some((_, Told { writes: true, .. })) => session.drop_next(),
        _ => {}
    }
    let given = testament.giving.as_ref().map(|giving| giving.heir.clone());
    let links: Vec<Link> = match (&testament.before, session.link()) {
        (_, Some(own)) if given.is_some() => {
            let heirs = given.iter();
            heirs.filter_map(|heir| heir.door.link(&own.secret)).collect()
        }
        (Some(before), _) => vec![before.clone()],
        (None, Some(own)) => {
            let heirs = testament.kept.heirs.values();
            heirs.filter_map(|heir| heir.door.link(&own.secret)).collect()
        }
        (None, None) => Vec::new(),
    };
    let due = (now.as_millis() / super::TRY_EACH.as_millis()) as usize;
    if let Some(link) = links.get(due % links.len().max(1))
        && session.next_link() != Some(link)
        && session.next().is_none()
    {
        let dial = (network.0)(link);
        session.try_next(&profile, link.clone(), dial);
    }
}

/// What a host says of itself to whoever comes.
struct Told {
    term: u64,
    writes: bool,
}

fn standing(told: &[FromHost]) -> Option<Told> {
    let mut standing = None;
    for message in told {
        match message {
            FromHost::Succession(SuccessionFromHost::Standing { term, writes, .. }) => {
                standing = Some(Told {
                    term: *term,
                    writes: *writes,
                });
            }
            FromHost::Succession(SuccessionFromHost::Writes(now)) => {
                if let Some(standing) = &mut standing {
                    standing.writes = *now;
                }
            }
            _ => {}
        }
    }
    standing
}

/// The world as it is, for those who are willing: made beside the frames.
fn copies(
    testament: &mut Testament,
    open: &mut crate::things::host::Open,
    session: &mut Session,
    tell: &mut MessageWriter<Tell>,
) {
    for heir in testament.heirs.values_mut() {
        match &mut heir.copy {
            Copy::Due => {
                let Some((world, state, history)) = open.for_an_heir() else {
                    continue;
                };
                heir.copy = Copy::Making(AsyncComputeTaskPool::get().spawn(async move {
                    let bytes = Snapshot::of(&world, &state, &history).bytes().ok()?;
                    Some((Bytes::from(bytes), state.newest()))
                }));
            }
            Copy::Making(task) => {
                let Some(made) = check_ready(task) else { continue };
                let offered = made.and_then(|(bytes, fact)| {
                    let len = bytes.len() as u64;
                    Some((session.offer_blob(bytes)?, len, fact))
                });
                match offered {
                    Some((hash, len, fact)) => {
                        heir.copy = Copy::Offered(hash);
                        let copy = SuccessionFromHost::Copy { hash, len, fact };
                        tell.write(Tell::one(heir.slot, say(copy)));
                    }
                    None => heir.copy = Copy::Due,
                }
            }
            Copy::Offered(hash) if heir.warm => {
                session.withdraw_blob(hash);
                heir.copy = Copy::Taken;
            }
            Copy::Offered(_) | Copy::Taken => {}
        }
    }
}
