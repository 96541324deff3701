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
use crate::people::Person;
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
    /// The host before us, where it may be found.
    before: Option<Link>,
    /// Its own program answers at this host's door.
    own_port: bool,
    /// Somebody may have gone on with this world after an end that was none.
    asks: bool,
    giving: Option<Giving>,
    /// We are on our way to whoever has it.
    goes: bool,
    /// What everybody was told.
    writes: bool,
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
    told: bool,
}

impl Testament {
    /// Of somebody who goes on in this term.
    pub(super) fn of_heir(term: u64, chain: Chain, claim: Claim, before: Option<Link>) -> Self {
        Self {
            kept: Kept::of(term, chain),
            claim: Some(claim),
            before,
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

    fn save(&mut self) {
        self.kept.roll = self.book.newest();
        if let Some(folder) = &self.folder {
            self.kept.save(folder);
        }
    }

    /// Those who are ready, in the order in which they were named; an owner who came home is behind them.
    fn ready(&self) -> Vec<Heir> {
        let order = |account: &Account| {
            let at = self.kept.named.iter().position(|named| named == account);
            at.unwrap_or(usize::MAX)
        };
        let mut ready: Vec<(usize, Heir)> = self
            .heirs
            .iter()
            .filter(|(_, heir)| heir.warm)
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

fn say(message: SuccessionFromHost) -> FromHost {
    FromHost::Succession(message)
}

/// A world is hosted from now on, or not any more.
pub(super) fn begin(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    session: Res<Session>,
    profile: Option<Res<Profile>>,
    mut ledger: ResMut<Ledger>,
    mut testament: ResMut<Testament>,
    mut news: MessageWriter<News>,
) {
    let over = ended.read().count() > 0;
    if testament.hosts && (over || !session.is_host()) {
        // Given away, or taken: it goes on elsewhere, and this copy is of the past.
        testament.kept.open = !over || testament.giving.is_some() || !testament.writes;
        testament.save();
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
    testament.own_port = session.link().is_none_or(|link| !link.tls);
    if let Some((world, ..)) = open.for_an_heir() {
        testament.world = world;
    }
    testament.folder = open.folder().map(Folder::another);
    if !was_heir && let Some(folder) = open.folder() {
        testament.kept = Kept::load(folder);
        let heirs: BTreeSet<Account> = testament.kept.heirs.keys().copied().collect();
        if testament.kept.open && may_have_gone_on(&testament.kept.roll, &heirs, &me) {
            testament.asks = true;
            news.write(News::MayHaveGoneOn);
        }
    }
    testament.kept.open = true;
    let roll = testament.kept.roll.clone();
    testament.save();
    testament.kept.roll = roll;
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
        if let Some(account) = testament.seats.remove(slot)
            && *reason != EndReason::Lost
            && *reason != EndReason::Elsewhere
        {
            testament.left.insert(account);
            testament.heirs.remove(&account);
        }
        testament.heirs.retain(|_, heir| heir.slot != *slot);
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
            testament.heirs.remove(account);
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
            SuccessionToHost::Willing(Some(door)) if may && session.me() != Some(*from) => {
                let is_link = session
                    .link()
                    .is_none_or(|link| door.link(&link.secret).is_some());
                if is_link {
                    let heir = Candidate {
                        slot: *from,
                        door: door.clone(),
                        copy: Copy::Due,
                        warm: false,
                    };
                    testament.heirs.insert(account, heir);
                }
            }
            SuccessionToHost::Willing(_) => {
                if testament.heirs.remove(&account).is_some() {
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
        if offered && here.get(account) == Some(&true) && testament.book.is_due(account) {
            testament.book.told(*account);
            let roll = SuccessionFromHost::Roll(testament.book.newest());
            tell.write(Tell::one(heir.slot, say(roll)));
        }
    }
    copies(testament, open, &mut session, &mut tell);
    // The will.
    let ready = testament.ready();
    let told = testament.will.as_ref().map(|will| &will.will.heirs[..]);
    if told.unwrap_or_default() != ready {
        let will = Will {
            world: testament.world,
            term: testament.kept.term,
            own_port: testament.own_port,
            heirs: ready.clone(),
        }
        .sign(&profile.identity);
        tell.write(Tell::all(say(SuccessionFromHost::Will(will.clone()))));
        testament.will = Some(will);
        testament.kept.heirs = ready.iter().map(|heir| (heir.account, heir.clone())).collect();
        testament.save();
    } else if is_new && !testament.kept.heirs.is_empty() && !testament.asks {
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
            told: false,
        });
    }
    let mut going = None;
    if let Some(giving) = &mut testament.giving
        && !giving.told
        && open.for_an_heir().is_some()
    {
        giving.told = true;
        tell.write(Tell::all(say(SuccessionFromHost::Over(giving.heir.clone()))));
        going = Some(giving.heir.clone());
    }
    if going.is_some() {
        testament.asks = true;
    }
    // An owner's word.
    if on.read().count() > 0 && testament.giving.is_none() && !testament.writes {
        testament.kept.term += 2; // an heir that went on is one further than we were
        testament.asks = false;
        if let Some(claim) = &mut testament.claim {
            *claim = Claim::given(Roll::default(), me, now);
        }
        testament.book.forgets_the_lost();
        testament.save();
        session.drop_next();
    }
    // The claim.
    let claimed = testament.claim.as_mut().map(|claim| {
        let here = here.iter().filter(|(_, reached)| **reached);
        claim.look(now, here.map(|(account, _)| *account))
    });
    if claimed == Some(Claimed::Writes) {
        testament.before = None;
    }
    if claimed == Some(Claimed::GivesUp) {
        news.write(News::GaveUp);
        leave.write(LeaveSession {
            why: "Too few of those who were here found each other again.".to_owned(),
        });
    }
    let writes = testament.giving.is_none()
        && !testament.asks
        && matches!(claimed, None | Some(Claimed::Writes))
        && testament.book.may_write();
    open.keep_still(match (&testament.giving, writes) {
        (Some(_), _) => Some(Still::Given),
        (None, false) => Some(Still::CutOff),
        (None, true) => None,
    });
    if writes != testament.writes {
        testament.writes = writes;
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
