//! Somebody who would go on with a world.
//!
//! Flow: the host asks → [`Agree`] → a door of our own, and a folder → the world as it is comes as a snapshot, and every fact that is told
//! after it goes behind it, on our disk → `Warm`; the files that things show follow → the host is lost or gives the world to us
//! (`claim`) → we host it: the same people on the same seats, what moved where it was seen last.
//! Invariants: nobody hosts anything here who did not agree to that world of that host, in this run or, with a door and a folder
//! for it, in an earlier one (`agreed`), or was started to stand by; what was told before is in our copy, or we do not say that we
//! are ready.

use super::agreed::{Agreed, Of};
use super::follow::{Outlook, SUSPECT};
use super::host::{Begins, Testament};
use super::rules::{Claim, Roll, TAKE_OVER};
use super::will::{Chain, Door};
use super::wire::{FromHost as SuccessionFromHost, ToHost as SuccessionToHost};
use super::{News, Standby};
use crate::hosting::{self, Doors, HostOpened, HostSettings, Hosting};
use crate::platform::{self, CopyPlace, Vault};
use crate::profile::Profile;
use crate::session::{BlobArrived, BlobFailed, Entered, Session, SessionEnded, SessionPhase, TellHost, Told};
use crate::things::files::{FileCache, Files, Outbox};
use crate::things::keep::fetching::{self, Fetching};
use crate::things::motion::Motion;
use crate::things::pieces::{Joined, MOST_BYTES};
use crate::things::wire::FromHost as ThingsFromHost;
use crate::things::{Built, Kept, KeptWorld, Things};
use crate::wire::{FromHost, GAME_PROTOCOL, ToHost};
use crate::words::Phrase;
use crate::world::{CurrentWorld, Standing, WorldDocument, WorldStatus};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use holm_document::folder::Folder;
use holm_document::journal::{WorldId, read_snapshot};
use holm_document::keeper::Now;
use holm_document::limits::SNAPSHOT_BYTES;
use holm_document::part::{Blob, Place};
use holm_document::rules::seen_at;
use holm_document::store::Store;
use holm_document::{Fact, FactNo, History, Keeper, State, ThingId, one_file};
use holm_net::link::DEFAULT_PORT;
use holm_net::pose::Slot;
use holm_net::session::host::{Expected, Host, HostConfig};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// A wish: I would go on with this world if its host vanishes; or not, or not any more.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agree(pub bool);

/// A wish of somebody who owns this world, and is ready to go on with it: it is hosted here from now on.
#[derive(Message, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakeHome;

/// A world as somebody else hosts it.
pub struct HeldWorld {
    pub world: WorldId,
    pub state: State,
    pub history: History,
    /// What one stands on there.
    pub place: Arc<WorldDocument>,
    /// What the room is called.
    pub called: String,
}

/// See the module.
#[derive(Resource, Default)]
pub struct Heirship {
    asked: bool,
    /// Those worlds are not asked for again.
    agreed: Agreed,
    /// Which one this is, once its host has said it.
    world: Option<[u8; 16]>,
    work: Option<Work>,
    /// Whether the host's program has ended, being asked.
    probe: Option<Task<bool>>,
    gone: bool,
    probed: Duration,
    /// Until then nothing is tried again by itself.
    rests_until: Duration,
    /// We gave this world away on purpose: we do not want it back unasked.
    gave: bool,
    /// In which term we went on with this world once, being looked up; then said again and again, so that a host which lost us for a
    /// moment knows that we did not go on since.
    looks_up: Option<Task<u64>>,
    term: Option<u64>,
    said: Duration,
}

struct Work {
    step: Step,
    /// What they said yes to: kept once there is a door and a folder. A word that nothing can come of here, as in a browser,
    /// would be taken for one in each run.
    word: Option<Of>,
    /// Told since we agreed, and not in the copy yet.
    later: VecDeque<Fact>,
    pieces: Joined,
    roll: Option<Roll>,
    acknowledged: Option<u32>,
}

enum Step {
    Opening(Task<Result<(hosting::Door, CopyPlace), Phrase>>),
    /// The host was told where our door is; the copy, once it is named.
    Willing {
        door: hosting::Door,
        place: Arc<CopyPlace>,
        copy: Option<Copy>,
    },
    Writing {
        door: hosting::Door,
        place: Arc<CopyPlace>,
        task: Task<Result<(Keeper, Store<Folder>), Phrase>>,
    },
    Warm(Box<Warm>),
    /// From one to the next; never seen between frames.
    Changing,
}

/// The world as it was, on its way.
struct Copy {
    hash: [u8; 32],
    len: u64,
    fact: FactNo,
    asked: bool,
    bytes: Option<Bytes>,
}

/// A copy that follows its host.
struct Warm {
    door: hosting::Door,
    place: Arc<CopyPlace>,
    keeper: Keeper,
    store: Store<Folder>,
    files: Fetching,
    /// Those that are here, or were asked for.
    known: BTreeSet<Blob>,
    looking: Option<Task<Result<Vec<Blob>, Phrase>>>,
    looked_at: FactNo,
}

/// What did not work is not tried again by itself for so long.
const RESTS_FOR: Duration = Duration::from_secs(60);
/// Between two words that we are here.
const SAY_EACH: Duration = Duration::from_secs(2);
/// Facts that are told while a copy is on its way: more, and it is not worth waiting for.
const MOST_LATER: usize = 100_000;

/// How long we wait before an heir that was named before us opens.
const AFTER_ONE_BEFORE: Duration = Duration::from_secs(4);

impl Heirship {
    /// Whether the host asks us, and was not answered.
    pub fn is_asked(&self) -> bool {
        self.asked && self.work.is_none()
    }

    /// Whether we agreed.
    pub fn is_willing(&self) -> bool {
        self.work.is_some()
    }

    /// Whether our copy is whole.
    pub fn is_ready(&self) -> bool {
        matches!(
            &self.work,
            Some(Work {
                step: Step::Warm(_),
                acknowledged: Some(_),
                ..
            })
        )
    }

    /// Files that are still to come.
    pub fn files_left(&self) -> usize {
        match &self.work {
            Some(Work {
                step: Step::Warm(warm),
                ..
            }) => warm.files.left(),
            _ => 0,
        }
    }
}

fn say(message: SuccessionToHost) -> TellHost {
    TellHost(ToHost::Succession(message))
}

/// What the host says to us, and what it tells everybody.
pub(super) fn hear(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    mut agrees: MessageReader<Agree>,
    mut home: MessageReader<TakeHome>,
    session: Res<Session>,
    things: Res<Things>,
    vault: Option<Res<Vault>>,
    profile: Option<Res<Profile>>,
    doors: Res<Doors>,
    standby: Option<Res<Standby>>,
    testament: Res<Testament>,
    time: Res<Time<Real>>,
    mut heirship: ResMut<Heirship>,
    mut host: MessageWriter<TellHost>,
    mut news: MessageWriter<News>,
) {
    if entered.read().count() + ended.read().count() > 0 {
        // Another host, or none: it is asked anew.
        let agreed = std::mem::take(&mut heirship.agreed);
        *heirship = Heirship {
            agreed,
            gave: heirship.gave,
            rests_until: heirship.rests_until,
            ..Heirship::default()
        };
    }
    if session.is_host() || session.phase() == SessionPhase::Off {
        heirship.gave = session.is_host() && testament.is_giving();
        told.clear();
        agrees.clear();
        home.clear();
        return;
    }
    let host_account = session.host_account().map(|account| account.0);
    let vault = vault.as_deref();
    let mut answer = agrees.read().last().map(|agree| agree.0);
    for Told(message) in told.read() {
        match message {
            FromHost::Succession(SuccessionFromHost::Asked(asked)) => {
                heirship.asked = *asked;
                if !asked {
                    heirship.work = None;
                    host.write(say(SuccessionToHost::Willing(None)));
                } else if heirship.work.is_none() {
                    let of = host_account.zip(heirship.world);
                    let agreed = of.is_some_and(|of| heirship.agreed.has(vault, &of));
                    if agreed || standby.is_some() {
                        answer.get_or_insert(true);
                    } else {
                        news.write(News::Asked);
                    }
                }
            }
            FromHost::Succession(SuccessionFromHost::Standing { world, .. }) => {
                // Whoever went on with it says so, before its host takes them for one who did not.
                heirship.world = Some(*world);
                let (world, vault) = (*world, vault.cloned());
                heirship.looks_up =
                    Some(AsyncComputeTaskPool::get().spawn(async move {
                        vault.map_or(0, |vault| platform::newest_term(&vault, &world))
                    }));
            }
            FromHost::Succession(SuccessionFromHost::Copy { hash, len, fact }) => {
                if let Some(Work {
                    step: Step::Willing {
                        copy: copy @ None, ..
                    },
                    ..
                }) = &mut heirship.work
                    && *len <= SNAPSHOT_BYTES
                {
                    *copy = Some(Copy {
                        hash: *hash,
                        len: *len,
                        fact: *fact,
                        asked: false,
                        bytes: None,
                    });
                }
            }
            FromHost::Succession(SuccessionFromHost::Roll(roll)) => {
                if let Some(work) = &mut heirship.work {
                    work.roll = Some(roll.clone());
                }
            }
            FromHost::Things(ThingsFromHost::Facts(piece)) => {
                if let Some(work) = &mut heirship.work {
                    match work.pieces.take::<Vec<Fact>>(piece, MOST_BYTES) {
                        Ok(Some(facts)) if work.later.len() + facts.len() <= MOST_LATER => {
                            work.later.extend(facts);
                        }
                        Ok(None) => {}
                        Ok(Some(_)) | Err(_) => {
                            heirship.work = None;
                            heirship.rests_until = time.elapsed() + RESTS_FOR;
                            host.write(say(SuccessionToHost::Willing(None)));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(task) = &mut heirship.looks_up
        && let Some(term) = check_ready(task)
    {
        heirship.looks_up = None;
        heirship.term = Some(term);
        host.write(say(SuccessionToHost::Here { term }));
    }
    let now = time.elapsed();
    if let Some(term) = heirship.term
        && (heirship.asked || heirship.work.is_some())
        && session.phase() == SessionPhase::Inside
        && now.saturating_sub(heirship.said) >= SAY_EACH
    {
        heirship.said = now;
        host.write(say(SuccessionToHost::Here { term }));
    }
    // Whoever owns a world and stands by for it needs not be asked, and does not take it from another owner.
    let rests = time.elapsed() < heirship.rests_until;
    if let (Some(_), Some(profile), None) = (&standby, &profile, &heirship.work)
        && !heirship.gave
        && !rests
    {
        let me = profile.identity.account().0;
        let owners = things.confirmed().map(|state| state.owners().collect::<Vec<_>>());
        let ours = owners.is_some_and(|owners| {
            owners.contains(&me) && host_account.is_none_or(|host| !owners.contains(&host))
        });
        if ours {
            answer.get_or_insert(true);
        }
    }
    if rests {
        answer = answer.filter(|agrees| !agrees || standby.is_none());
    }
    if home.read().count() > 0 && heirship.is_ready() {
        host.write(say(SuccessionToHost::Home));
    }
    match answer {
        None => {}
        Some(false) => {
            if let Some(of) = host_account.zip(heirship.world) {
                heirship.agreed.say(vault, of, false);
            }
            heirship.asked = false;
            heirship.work = None;
            host.write(say(SuccessionToHost::Willing(None)));
        }
        Some(true) if heirship.work.is_none() => {
            let (Some(vault), Some(link)) = (vault, session.link().cloned()) else {
                news.write(News::NotReady(Phrase::new("keep-nowhere")));
                heirship.asked = false;
                return;
            };
            let word = host_account.zip(heirship.world).filter(|_| standby.is_none());
            // A port that a router may know already, where nobody else has it.
            let usual = HostSettings {
                port: DEFAULT_PORT,
                ..HostSettings::default()
            };
            let settings = standby.as_ref().map_or(usual, |standby| standby.0.clone());
            let any = standby.is_none().then(HostSettings::default);
            let (vault, doors, called) = (vault.clone(), doors.clone(), session.world_name().to_owned());
            let task = AsyncComputeTaskPool::get().spawn(async move {
                let door = (doors.make)(&settings, link.secret.clone()).or_else(|error| match any {
                    Some(any) => (doors.make)(&any, link.secret),
                    None => Err(error),
                })?;
                Ok((door, CopyPlace::begin(&vault, &called)?))
            });
            heirship.work = Some(Work {
                step: Step::Opening(task),
                word,
                later: VecDeque::new(),
                pieces: Joined::default(),
                roll: None,
                acknowledged: None,
            });
        }
        Some(true) => {}
    }
}

/// Goes on with what an heir has to do before it is needed.
pub(super) fn step(
    mut session: ResMut<Session>,
    mut heirship: ResMut<Heirship>,
    mut comes: Comes,
    world: Res<CurrentWorld>,
    standing: Res<Standing>,
    status: Res<WorldStatus>,
    outbox: Res<Outbox>,
    cache: Option<Res<FileCache>>,
    files: Res<Files>,
    time: Res<Time<Real>>,
    standby: Option<Res<Standby>>,
    vault: Option<Res<Vault>>,
    mut host: MessageWriter<TellHost>,
    mut news: MessageWriter<News>,
) {
    let heirship = &mut *heirship;
    let Some(work) = &mut heirship.work else {
        comes.clear();
        return;
    };
    let done = work.go_on(
        &mut session,
        &mut comes,
        world
            .document
            .as_ref()
            .filter(|_| standing.is_told() && *status == WorldStatus::Ready),
        (&outbox, cache.as_deref(), &files),
        time.elapsed(),
        &mut host,
    );
    if matches!(work.step, Step::Willing { .. })
        && let Some(of) = work.word.take()
    {
        heirship.agreed.say(vault.as_deref(), of, true);
    }
    match done {
        Ok(false) => {}
        Ok(true) => {
            news.write(News::Ready);
            if standby.is_some() {
                host.write(say(SuccessionToHost::Home)); // heard from owners only
            }
        }
        Err(sentence) => {
            heirship.work = None;
            heirship.asked = false;
            heirship.rests_until = time.elapsed() + RESTS_FOR;
            host.write(say(SuccessionToHost::Willing(None)));
            news.write(News::NotReady(sentence));
        }
    }
}

/// What the host says, and what came of what was asked of it.
#[derive(SystemParam)]
pub(super) struct Comes<'w, 's> {
    told: MessageReader<'w, 's, Told>,
    arrived: MessageReader<'w, 's, BlobArrived>,
    failed: MessageReader<'w, 's, BlobFailed>,
}

impl Comes<'_, '_> {
    fn clear(&mut self) {
        self.told.clear();
        self.arrived.clear();
        self.failed.clear();
    }
}

impl Work {
    /// Whether we have just become ready.
    fn go_on(
        &mut self,
        session: &mut Session,
        comes: &mut Comes,
        document: Option<&Arc<WorldDocument>>,
        (outbox, cache, files): (&Outbox, Option<&FileCache>, &Files),
        now: Duration,
        host: &mut MessageWriter<TellHost>,
    ) -> Result<bool, Phrase> {
        let broken = || Phrase::new("succession-broken");
        match &mut self.step {
            Step::Opening(task) => {
                if let Some(opened) = check_ready(task) {
                    let (door, place) = opened?;
                    let willing = SuccessionToHost::Willing(Some(Door::of(&door.link)));
                    host.write(say(willing));
                    self.step = Step::Willing {
                        door,
                        place: Arc::new(place),
                        copy: None,
                    };
                }
            }
            Step::Willing { copy, .. } => {
                comes.told.clear();
                let Some(copy) = copy else {
                    comes.clear();
                    return Ok(false);
                };
                if !std::mem::replace(&mut copy.asked, true) {
                    session.fetch_blob(copy.hash, copy.len);
                }
                if comes.failed.read().any(|failed| failed.hash == copy.hash) {
                    return Err(broken());
                }
                for blob in comes.arrived.read().filter(|blob| blob.hash == copy.hash) {
                    copy.bytes = Some(blob.bytes.clone());
                }
                let (Some(bytes), Some(document), fact) = (&copy.bytes, document, copy.fact) else {
                    return Ok(false);
                };
                let bytes = bytes.clone();
                let Step::Willing { door, place, .. } = std::mem::replace(&mut self.step, Step::Changing)
                else {
                    return Ok(false);
                };
                let (to, document) = (place.clone(), document.clone());
                let called = session.world_name().to_owned();
                let task = AsyncComputeTaskPool::get().spawn(async move {
                    let (world, state, history) =
                        read_snapshot(&bytes).map_err(|_| Phrase::new("succession-broken"))?;
                    if state.newest() != fact {
                        return Err(Phrase::new("succession-broken"));
                    }
                    let held = HeldWorld {
                        world,
                        state,
                        history,
                        place: document,
                        called,
                    };
                    let store = to.hold(&held)?;
                    Ok((Keeper::new(held.state, held.history), store))
                });
                self.step = Step::Writing { door, place, task };
            }
            Step::Writing { task, .. } => {
                if let Some(written) = check_ready(task) {
                    let (keeper, store) = written?;
                    let Step::Writing { door, place, .. } = std::mem::replace(&mut self.step, Step::Changing)
                    else {
                        return Ok(false);
                    };
                    self.step = Step::Warm(Box::new(Warm {
                        door,
                        files: Fetching::new(place.clone(), Vec::new()),
                        place,
                        keeper,
                        store,
                        known: BTreeSet::new(),
                        looking: None,
                        looked_at: 0,
                    }));
                }
            }
            Step::Warm(warm) => {
                warm.follow(&mut self.later).map_err(|()| broken())?;
                warm.files
                    .hear(&mut comes.told, &mut comes.arrived, &mut comes.failed, session);
                warm.fetch(session, (outbox, cache, files), now, host)?;
                if let Some(roll) = &self.roll
                    && self.acknowledged != Some(roll.number)
                {
                    host.write(say(SuccessionToHost::Warm { roll: roll.number }));
                    return Ok(self.acknowledged.replace(roll.number).is_none());
                }
            }
            Step::Changing => {}
        }
        Ok(false)
    }
}

impl Warm {
    /// Puts behind it what was told since.
    fn follow(&mut self, later: &mut VecDeque<Fact>) -> Result<(), ()> {
        let newest = self.keeper.state().newest();
        let facts: Vec<Fact> = later.drain(..).filter(|fact| fact.number > newest).collect();
        if facts.is_empty() {
            return Ok(());
        }
        for fact in &facts {
            self.keeper.follow(fact.clone()).map_err(|_| ())?;
        }
        self.store.append(&facts).map_err(|error| {
            warn!("the world that is held for its host cannot be written: {error}");
        })?;
        self.keeper.kept();
        Ok(())
    }

    /// Files that things show, as they come to be.
    fn fetch(
        &mut self,
        session: &mut Session,
        (outbox, cache, files): (&Outbox, Option<&FileCache>, &Files),
        now: Duration,
        host: &mut MessageWriter<TellHost>,
    ) -> Result<(), Phrase> {
        if let Some(task) = &mut self.looking {
            if let Some(wanted) = check_ready(task) {
                self.looking = None;
                self.files.wants(wanted?);
            }
        } else if self.looked_at != self.keeper.state().newest() {
            self.looked_at = self.keeper.state().newest();
            let all = one_file::files(self.keeper.state(), None);
            let new: Vec<Blob> = all.into_iter().filter(|file| self.known.insert(*file)).collect();
            if !new.is_empty() {
                let mine = fetching::with_mine(new, outbox);
                let (place, cache) = (self.place.clone(), cache.map(|cache| cache.0.clone()));
                self.looking = Some(
                    AsyncComputeTaskPool::get()
                        .spawn(async move { fetching::put_mine(&place, mine, cache.as_ref()) }),
                );
            }
        }
        self.files.step(session, files, host, now, false)
    }
}

/// The host is lost, or gave the world to us: from now on we host it.
pub(super) fn claim(
    mut session: ResMut<Session>,
    mut heirship: ResMut<Heirship>,
    outlook: Res<Outlook>,
    profile: Option<Res<Profile>>,
    standby: Option<Res<Standby>>,
    doors: Res<Doors>,
    motion: Res<Motion>,
    time: Res<Time<Real>>,
    mut things: ResMut<Things>,
    mut kept: ResMut<Kept>,
    mut testament: ResMut<Testament>,
    mut built: MessageWriter<Built>,
    mut opened: MessageWriter<HostOpened>,
    mut tells: MessageWriter<TellHost>,
    mut news: MessageWriter<News>,
    mut commands: Commands,
) {
    let heirship = &mut *heirship;
    let ready = heirship.is_ready();
    let (Some(profile), Some(will), true) = (profile, &outlook.will, ready && !session.is_host()) else {
        return;
    };
    let now = time.elapsed();
    let me = profile.identity.account().0;
    let given = outlook.given_to().is_some_and(|heir| heir.account == me);
    // A host that may not change it itself has nothing to leave.
    if !given && !outlook.writes() {
        return;
    }
    let order = will.will.heirs.iter().position(|heir| heir.account == me);
    let lost = outlook.lost_for(now);
    match lost {
        None => (heirship.gone, heirship.probe) = (false, None),
        Some(_) if will.will.own_port && !heirship.gone => {
            if let Some(probe) = &mut heirship.probe {
                if let Some(gone) = check_ready(probe) {
                    (heirship.gone, heirship.probe) = (gone, None);
                }
            } else if now.saturating_sub(heirship.probed) >= SUSPECT / 2
                && let Some(link) = session.link().cloned()
            {
                heirship.probed = now;
                let is_gone = doors.is_gone.clone();
                let task = AsyncComputeTaskPool::get().spawn(async move { is_gone(&link) });
                heirship.probe = Some(task);
            }
        }
        Some(_) => {}
    }
    let Some(order) = order.filter(|_| given || lost.is_some()) else {
        return;
    };
    let patience = if heirship.gone && order == 0 {
        SUSPECT
    } else {
        TAKE_OVER + AFTER_ONE_BEFORE * order as u32
    };
    if !given && lost.is_none_or(|lost| lost < patience) {
        return;
    }
    let Some(Work {
        step: Step::Warm(mut warm),
        roll: Some(roll),
        mut later,
        ..
    }) = heirship.work.take()
    else {
        return;
    };
    if warm.follow(&mut later).is_err() {
        news.write(News::NotReady(Phrase::new("succession-broken")));
        tells.write(say(SuccessionToHost::Willing(None)));
        return;
    }
    let began_at = warm.keeper.state().newest();
    let settled = warm.settle(&motion, now);
    if let Some(touched) = things.follow(&settled) {
        built.write(touched);
    }
    let embodied = standby.is_none();
    let open = (warm.door.sit)(session.world_name());
    let mut host = Host::new(HostConfig {
        identity: profile.identity.clone(),
        secret: open.link.secret.clone(),
        world_name: session.world_name().to_owned(),
        game_protocol: GAME_PROTOCOL,
        max_guests: standby
            .as_ref()
            .map_or(holm_net::session::DEFAULT_MAX_GUESTS, |standby| {
                standby.0.max_guests
            }),
        own_name: embodied.then(|| profile.name.clone()),
        stream_bytes_per_sec: hosting::STREAM_BYTES_PER_SEC,
    });
    let before = session.host_account();
    let mut others = Vec::new();
    session.for_each_person(|person| {
        if Some(person.account) != before && person.slot != Slot::HOST && person.account.0 != me {
            others.push(Expected {
                slot: person.slot,
                account: person.account,
                name: person.name.clone(),
            });
        }
    });
    host.expect(now, others);
    let owners: BTreeSet<[u8; 32]> = warm.keeper.state().owners().collect();
    let chain: Chain = outlook.chain.clone().and(will.clone(), &owners);
    let claim = if given {
        Claim::given(roll, me, now)
    } else {
        Claim::new(roll, me, now, heirship.gone && order == 0)
    };
    let Warm {
        keeper, store, place, ..
    } = *warm;
    let begins = Begins {
        held: place,
        before: session.link().cloned().filter(|_| !given),
        began_at,
        ended: heirship.gone,
    };
    *testament = Testament::of_heir(outlook.term.saturating_add(1), chain, claim, begins);
    *kept = Kept::new(KeptWorld {
        store: Some(store),
        state: keeper.state().clone(),
        history: keeper.history().clone(),
    });
    opened.write(HostOpened {
        link: open.link.browser_url(),
        local_link: open.local_link.browser_url(),
        secure: open.link.tls,
        has_web_client: open.has_web_client,
        reachable: open.reachable,
    });
    commands.insert_resource(Hosting::new(
        open.house,
        open.link.clone(),
        false,
        standby
            .as_ref()
            .is_none_or(|standby| standby.0.public_authority.is_none()),
        now,
    ));
    session.take_over(host, open.transport, open.link, embodied);
    news.write(News::Ours);
}

impl Warm {
    /// What moves is where it was seen last.
    fn settle(&mut self, motion: &Motion, now: Duration) -> Vec<Fact> {
        let state = self.keeper.state();
        let places: Vec<(ThingId, Place)> = motion
            .iter()
            .filter_map(|(thing, at)| Some((thing, at.place(seen_at(state, thing)?.scale))))
            .collect();
        let now = Now {
            since_start: now,
            secs: platform::unix_secs(),
        };
        let mut facts = Vec::new();
        for places in places.chunks(holm_document::limits::DEEDS) {
            facts.extend(self.keeper.settle(None, places, now));
        }
        if let Err(error) = self.store.append(&facts) {
            warn!("where things lie cannot be written: {error}");
            if let Some(first) = facts.first() {
                self.keeper.take_out(first.number);
            }
            facts.clear();
        }
        self.keeper.kept();
        facts
    }
}
