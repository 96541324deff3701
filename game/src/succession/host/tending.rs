//! What is due at a host each frame: rolls and the will for its heirs, and whether this world can be changed here.
//!
//! Invariant: it can be changed only while nobody else can be changing it.

use super::*;

/// What there is to say, and to whom.
#[derive(SystemParam)]
pub(crate) struct Says<'w> {
    pub(super) tell: MessageWriter<'w, Tell>,
    pub(super) news: MessageWriter<'w, News>,
    pub(super) leave: MessageWriter<'w, LeaveSession>,
}

/// See the module.
pub(crate) fn tend(
    mut over: MessageReader<HandOver>,
    mut on: MessageReader<GoOn>,
    mut session: ResMut<Session>,
    profile: Option<Res<Profile>>,
    network: Option<Res<Network>>,
    standby: Option<Res<Standby>>,
    time: Res<Time<Real>>,
    mut ledger: ResMut<Ledger>,
    mut testament: ResMut<Testament>,
    mut says: Says,
) {
    let (Some(open), Some(profile), true) = (ledger.open(), profile, testament.hosts) else {
        over.clear();
        on.clear();
        return;
    };
    let testament = &mut *testament;
    let (now, me) = (time.elapsed(), profile.identity.account().0);
    for hash in testament.orphans.drain(..) {
        session.withdraw_blob(&hash);
    }
    testament.notices_sleep(now, platform::unix_secs());
    let here = who_is_here(&session, me);
    let is_new = testament.tells_rolls(now, &here, &mut says);
    testament.makes_copies(open, &mut session, &mut says.tell);
    testament.begins_anew(open, &mut says);
    let ready = testament.tells_will(&profile, &here, is_new, &mut says);
    testament.gives(over.read().count() > 0, &ready, open, now, &mut says);
    if on.read().count() > 0 {
        testament.goes_on(open, &mut session, me, now, &mut says);
    }
    testament.hears_that_nobody_went_on(me);
    let claimed = testament.claims(open, &session, &here, now, &mut says);
    let writes = testament.may_write(claimed, now);
    testament.set_writes(open, writes, &mut says);
    let Some(network) = network.filter(|_| !testament.goes) else {
        return;
    };
    if writes {
        session.drop_next();
    } else {
        let walks = standby.is_some() || session.me().is_some();
        testament.looks_elsewhere(&mut session, &profile, &network, walks, now, &mut says);
    }
}

/// Everybody who sits here, and whether they can be reached.
fn who_is_here(session: &Session, me: Account) -> BTreeMap<Account, bool> {
    let mut here = BTreeMap::from([(me, true)]);
    session.for_each_person(|person| {
        let reached = !person.away
            && session
                .unanswered(person.slot)
                .is_none_or(|unanswered| unanswered < LEASE);
        let other = here.entry(person.account.0).or_insert(false);
        *other |= reached || person.account.0 == me;
    });
    here
}

impl Testament {
    /// What slept does not know how long nobody heard it.
    fn notices_sleep(&mut self, now: Duration, secs: u64) {
        if let Some((looked, looked_secs)) = self.looked.replace((now, secs))
            && secs.saturating_sub(looked_secs) > now.saturating_sub(looked).as_secs() + ASLEEP_SECS
        {
            self.woke = Some(now);
        }
    }

    /// Heirs learn who is here; whether that has changed.
    fn tells_rolls(&mut self, now: Duration, here: &BTreeMap<Account, bool>, says: &mut Says) -> bool {
        let left = std::mem::take(&mut self.left);
        let is_new = self.book.look(now, here, &left);
        for (account, heir) in &mut self.heirs {
            let offered = matches!(heir.copy, Copy::Offered(_) | Copy::Taken);
            let due = self.book.is_due(account) || !heir.told;
            if offered && due && self.writes && here.get(account) == Some(&true) {
                heir.told = true;
                self.book.told(*account);
                let roll = SuccessionFromHost::Roll(self.book.newest());
                says.tell.write(Tell::one(heir.slot, say(roll)));
            }
        }
        is_new
    }

    /// What changed was told to nobody: heirs begin anew, as everybody does.
    fn begins_anew(&mut self, open: &Open, says: &mut Says) {
        if self.anew != open.times_anew() {
            self.anew = open.times_anew();
            let heirs: Vec<(Account, Slot)> = self
                .heirs
                .iter()
                .map(|(account, heir)| (*account, heir.slot))
                .collect();
            for (account, slot) in heirs {
                self.drop_heir(&account);
                for asked in [false, true] {
                    says.tell
                        .write(Tell::one(slot, say(SuccessionFromHost::Asked(asked))));
                }
            }
        }
    }

    /// The will: of what is ours alone. Those who are ready.
    fn tells_will(
        &mut self,
        profile: &Profile,
        here: &BTreeMap<Account, bool>,
        is_new: bool,
        says: &mut Says,
    ) -> Vec<Heir> {
        let ready = if self.writes || self.giving.is_some() {
            self.ready(here)
        } else {
            Vec::new()
        };
        let told = self.will.as_ref().map(|will| &will.will.heirs[..]);
        if told.unwrap_or_default() != ready && self.giving.is_none() {
            let will = Will {
                world: self.world,
                term: self.kept.term,
                own_port: self.own_port,
                heirs: ready.clone(),
            }
            .sign(&profile.identity);
            says.tell
                .write(Tell::all(say(SuccessionFromHost::Will(will.clone()))));
            self.will = Some(will);
            if self.writes {
                // Whoever may still have a roll is looked for, too.
                let book = &self.book;
                self.kept
                    .heirs
                    .retain(|account, _| book.heirs().any(|heir| heir == account));
                self.kept
                    .heirs
                    .extend(ready.iter().map(|heir| (heir.account, heir.clone())));
                self.save();
            }
        } else if is_new && self.writes && !self.kept.heirs.is_empty() {
            self.save();
        }
        ready
    }

    /// Given away, if that is wanted: only what is ours to give.
    fn gives(&mut self, wanted: bool, ready: &[Heir], open: &Open, now: Duration, says: &mut Says) {
        if wanted
            && self.writes
            && self.giving.is_none()
            && let Some(heir) = ready.first()
        {
            self.giving = Some(Giving {
                heir: heir.clone(),
                told: None,
            });
        }
        let mut going = None;
        if let Some(giving) = &mut self.giving
            && giving.told.is_none()
            && open.for_an_heir().is_some()
        {
            giving.told = Some(now);
            says.tell
                .write(Tell::all(say(SuccessionFromHost::Over(giving.heir.clone()))));
            going = Some(giving.heir.clone());
        }
        if going.is_some() {
            self.kept.asks = true;
            self.save();
        }
        if self
            .giving
            .as_ref()
            .and_then(|giving| giving.told)
            .is_some_and(|told| now.saturating_sub(told) > GIVEN_FOR)
            && !self.goes
        {
            // Whether they have it is not known: it is asked.
            self.giving = None;
            says.tell.write(Tell::all(say(SuccessionFromHost::Writes(false))));
            says.news.write(News::CutOff);
        }
    }

    /// An owner's word: whoever cannot be reached has lost this world.
    fn goes_on(&mut self, open: &Open, session: &mut Session, me: Account, now: Duration, says: &mut Says) {
        let owns = open.state().owners().any(|owner| owner == me);
        if owns && self.giving.is_none() && !self.writes {
            self.kept.term = self.kept.term.saturating_add(2); // an heir that went on is one further than we were
            self.kept.asks = false;
            if let Some(claim) = &mut self.claim {
                *claim = Claim::given(Roll::default(), me, now);
            }
            self.book.forgets_the_lost();
            self.will = None;
            session.drop_next();
            let standing = SuccessionFromHost::Standing {
                world: self.world,
                term: self.kept.term,
                chain: self.kept.chain.clone(),
                writes: true,
                ended: false,
            };
            says.tell.write(Tell::all(say(standing)));
        }
    }

    /// All who could have gone on with it are here, and did not.
    fn hears_that_nobody_went_on(&mut self, me: Account) {
        let asked: Vec<Account> = self
            .kept
            .roll
            .people
            .iter()
            .filter(|account| self.kept.heirs.contains_key(*account) && **account != me)
            .copied()
            .collect();
        if self.kept.asks
            && self.giving.is_none()
            && !asked.is_empty()
            && asked.iter().all(|account| self.answered.contains(account))
        {
            self.kept.asks = false;
        }
    }

    /// Of an heir that went on: whether it is theirs by now.
    fn claims(
        &mut self,
        open: &Open,
        session: &Session,
        here: &BTreeMap<Account, bool>,
        now: Duration,
        says: &mut Says,
    ) -> Option<Claimed> {
        let mut along = Vec::new();
        session.for_each_person(|person| {
            let reached = here.get(&person.account.0) == Some(&true);
            if reached && open.has_come_along(person.slot) {
                along.push(person.account.0);
            }
        });
        let claimed = self.claim.as_mut().map(|claim| claim.look(now, along));
        if claimed == Some(Claimed::Writes) {
            self.before = None;
            if let Some(held) = self.held.take() {
                if let Err(sentence) = held.claim() {
                    warn!("the world is ours, and cannot be marked so: {sentence}");
                }
                let (writes, asks) = (self.writes, self.kept.asks);
                (self.writes, self.kept.asks) = (true, false);
                self.save();
                (self.writes, self.kept.asks) = (writes, asks);
            }
        }
        if claimed == Some(Claimed::GivesUp) {
            says.news.write(News::GaveUp);
            says.leave.write(LeaveSession {
                why: "Too few of those who were here found each other again.".to_owned(),
            });
        }
        claimed
    }

    /// Whether it can be changed here. Without an heir nobody can have gone on.
    fn may_write(&self, claimed: Option<Claimed>, now: Duration) -> bool {
        let awake = self.book.heirs().next().is_none()
            || self.woke.is_none_or(|woke| now.saturating_sub(woke) >= LEASE);
        self.giving.is_none()
            && !self.kept.asks
            && awake
            && matches!(claimed, None | Some(Claimed::Writes))
            && self.book.may_write()
    }

    /// From now on it can be changed here, or not: everybody is told.
    fn set_writes(&mut self, open: &mut Open, writes: bool, says: &mut Says) {
        open.keep_still(match (&self.giving, writes) {
            (Some(_), _) => Some(Still::Given),
            (None, false) => Some(Still::CutOff),
            (None, true) => None,
        });
        if writes != self.writes {
            self.writes = writes;
            if writes {
                self.save();
            }
            // What is wished of a world that is being given away is done by whoever gets it.
            if self.giving.is_none() {
                says.tell
                    .write(Tell::all(say(SuccessionFromHost::Writes(writes))));
                says.news.write(if writes { News::Writes } else { News::CutOff });
            }
        }
    }
}
