//! Whispers and circles: what we say to a few alone, sealed so that nobody else can open it, the host neither.
//!
//! Flow, of who speaks: [`MyVoice::audience`](super::MyVoice) → [`Circles::speak_to`] → `Speaks` to each of them → their `Listens`
//! → `Key` to each → [`Circles::seal`]. Of who listens: `Speaks` → [`Circles::hear`], `Listens` → `Key` → [`Circles::open`], and an
//! [`Offer`] to answer. Letters go through the host in its ordered line, and the one queue here sends them at a pace that it
//! passes on.
//!
//! Everybody speaks in a circle of their own and listens in those of others. So whom one listens to never gets a key by
//! that, whoever answers chooses for themselves to whom, and nobody is in a circle on another's word.
//! Invariants: what is meant for a few is said to them sealed, or not at all; whoever was left out, went or is blocked hears
//! nothing that is said from then on; a letter changes something only once its author's signature was proven.

use super::wire::Letter;
use super::{Audience, Frame};
use bevy::prelude::{Resource, warn};
use holm_identity::{AccountKey, Credential, DeviceKey, Domain, Identity, Signature};
use holm_net::link::RoomSecret;
use holm_net::pose::Slot;
use holm_voice::frame::Flags;
use holm_voice::sealed::{Circle, SealedError};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// A talker says to whom they speak.
const SPEAKS: Domain = Domain::new("holm.voice.circle.1");

/// Whoever did not answer is asked again after so long…
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// …and whoever did is told again, in case their program began anew or lost a key.
const TELL_AGAIN: Duration = Duration::from_secs(10);
/// A circle whose members cannot come back into it is begun anew at most so often.
const ANEW_EVERY: Duration = Duration::from_secs(2);
/// Several who come at once cost one new key; whoever speaks meanwhile has it at once.
const GATHER: Duration = Duration::from_millis(100);
/// Letters that leave at once, and a second: below what a host passes on (`host`).
const LETTERS: f32 = 120.0;
const LETTERS_PER_SEC: f32 = 16.0;
/// Letters that wait for their turn: three times what fifteen newcomers cost. The oldest give way, and are asked for again.
const MOST_WAITING: usize = 400;
/// Talkers to whom one listens. More speak to nobody alone.
const MOST_TALKERS: usize = 64;

type Name = [u8; 16];

/// Somebody speaks to us alone, or to us and some others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub from: AccountKey,
    /// Whom else they speak to, ascending.
    pub others: Vec<AccountKey>,
}

impl Offer {
    /// Whom one speaks to by answering: all who are in it.
    pub fn answer(&self) -> Audience {
        let mut few = self.others.clone();
        few.push(self.from);
        few.sort_unstable();
        Audience::Few(few)
    }
}

/// Who speaks to us alone just now, in the order of their accounts.
#[derive(Resource, Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers(pub Vec<Offer>);

/// A letter on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) to: AccountKey,
    pub(super) circle: Name,
    pub(super) letter: Letter,
}

/// Where we speak.
struct Speaking {
    name: Name,
    circle: Circle,
    /// What is said to everybody in it.
    says: Letter,
    members: BTreeMap<AccountKey, Member>,
    /// When each was told last that we speak to them.
    told: BTreeMap<AccountKey, Duration>,
    /// New keys are to go out then.
    gathers: Option<Duration>,
    begun: Duration,
}

/// Somebody who listens to us.
struct Member {
    /// What they announced.
    announced: Vec<u8>,
    /// The newest key that they were given, in case they ask for it again.
    key: Option<Vec<u8>>,
}

/// Where somebody speaks to us.
struct Listening {
    name: Name,
    circle: Circle,
    /// What they announced.
    announced: Vec<u8>,
    others: Vec<AccountKey>,
}

/// All circles of whoever sits here.
#[derive(Resource, Default)]
pub(super) struct Circles {
    world: Name,
    /// Everybody in the room but us.
    here: BTreeMap<AccountKey, Slot>,
    /// `None`: we speak to all, in clear.
    audience: Option<Vec<AccountKey>>,
    speaking: Option<Speaking>,
    listening: BTreeMap<AccountKey, Listening>,
    waiting: VecDeque<Outgoing>,
    /// Of the bucket of letters, and when it was looked at.
    sent: (f32, Duration),
}

impl Circles {
    /// Another room: nobody speaks to anybody alone yet.
    pub(super) fn reset(&mut self) {
        *self = Self {
            sent: self.sent,
            ..Self::default()
        };
    }

    /// Which world it is. In another one no circle is what it was.
    pub(super) fn set_world(&mut self, world: Name) {
        if self.world != world {
            self.world = world;
            (self.speaking, self.listening) = (None, BTreeMap::new());
            self.waiting.clear();
        }
    }

    /// Everybody who is here but us. Who went, or sits elsewhere now, is in no circle any more; `moved`: all are who they were,
    /// at another host.
    pub(super) fn set_here(&mut self, here: BTreeMap<AccountKey, Slot>, moved: bool) {
        if self.here == here {
            return;
        }
        let before = std::mem::replace(&mut self.here, here);
        for (account, slot) in before {
            let there = self.here.get(&account);
            if there == Some(&slot) || (moved && there.is_some()) {
                continue;
            }
            self.listening.remove(&account);
            self.leave_out(account);
        }
    }

    /// Whom we speak to from now on: sorted, each once, not ourselves. `None`: to all.
    pub(super) fn speak_to(&mut self, me: &Identity, audience: Option<Vec<AccountKey>>, now: Duration) {
        if self.audience == audience {
            return;
        }
        let before = std::mem::replace(&mut self.audience, audience).unwrap_or_default();
        let few = self.audience.clone().unwrap_or_default();
        let Some(name) = self.speaking.as_ref().map(|speaking| speaking.name) else {
            return;
        };
        for account in before.iter().filter(|account| !few.contains(account)) {
            self.leave_out(*account);
            self.post(*account, name, Letter::Ends);
        }
        if !before.iter().any(|account| few.contains(account)) {
            // Others altogether: nothing ties the one circle to the other.
            self.speaking = None;
        } else if let Some(speaking) = &mut self.speaking {
            speaking.says = says(me, self.world, speaking.name, &speaking.circle, &few);
            // Those who stay are told who else is in it.
            speaking.told.clear();
        }
        self.tend(me, now);
    }

    /// We do not hear them any more; whom we block is not in the audience either.
    pub(super) fn deaf_to(&mut self, account: &AccountKey) {
        self.listening.remove(account);
    }

    fn leave_out(&mut self, account: AccountKey) {
        if let Some(speaking) = &mut self.speaking {
            speaking.circle.remove(account);
            speaking.members.remove(&account);
            speaking.told.remove(&account);
        }
        self.waiting.retain(|letter| letter.to != account);
    }

    /// What is due: who is to be asked, told, or given a key.
    pub(super) fn tend(&mut self, me: &Identity, now: Duration) {
        let Some(few) = self.audience.clone().filter(|few| !few.is_empty()) else {
            self.speaking = None;
            return;
        };
        if self.speaking.is_none() {
            self.speaking = begin(me, self.world, &few, now);
        }
        let Some(speaking) = &mut self.speaking else {
            return;
        };
        let members: Vec<AccountKey> = speaking.circle.members().collect();
        let mut letters = Vec::new();
        for account in few.iter().filter(|account| self.here.contains_key(*account)) {
            let every = if members.contains(account) {
                TELL_AGAIN
            } else {
                ASK_AGAIN
            };
            let told = speaking.told.get(account);
            if told.is_none_or(|told| now.saturating_sub(*told) >= every) {
                speaking.told.insert(*account, now);
                letters.push((*account, speaking.says.clone()));
            }
        }
        if speaking.gathers.is_some_and(|at| now >= at) {
            speaking.gathers = None;
            letters.extend(keys(speaking));
        }
        let name = speaking.name;
        for (to, letter) in letters {
            self.post(to, name, letter);
        }
    }

    /// A letter that is said to be from this account, which is here.
    pub(super) fn hear(
        &mut self,
        me: &Identity,
        from: AccountKey,
        name: Name,
        letter: &Letter,
        now: Duration,
    ) {
        if !self.here.contains_key(&from) {
            return;
        }
        match letter {
            Letter::Speaks {
                announcement,
                members,
                signature,
            } => {
                let members: Vec<AccountKey> = members.iter().copied().map(AccountKey).collect();
                let told = Told {
                    announcement,
                    members: &members,
                    signature,
                };
                if told.is_from(from, self.world, name) {
                    self.listen(me, from, name, &told);
                }
            }
            Letter::Listens { announcement, hears } => {
                self.admit(me, from, name, announcement, *hears, now);
            }
            Letter::Key(key) => {
                if let Some(listening) = self.listening.get_mut(&from)
                    && listening.name == name
                {
                    // One that is refused is of an earlier time: theirs comes, or is asked for again.
                    let _ = listening.circle.hear_key(from, key, now);
                }
            }
            Letter::Ends => {
                if self
                    .listening
                    .get(&from)
                    .is_some_and(|listening| listening.name == name)
                {
                    self.listening.remove(&from);
                }
            }
        }
    }

    /// Somebody speaks to us: we listen, in a circle with nobody else in it.
    fn listen(&mut self, me: &Identity, from: AccountKey, name: Name, told: &Told<'_>) {
        if !told.members.contains(&me.account()) {
            return;
        }
        let known = self.listening.get(&from);
        if known.is_none() && self.listening.len() >= MOST_TALKERS {
            return;
        }
        let others = told.members.iter().filter(|other| **other != me.account());
        let others: Vec<AccountKey> = others.copied().collect();
        let same = |known: &Listening| known.name == name && known.announced == told.announcement;
        if !known.is_some_and(same) {
            let Ok(mut circle) = Circle::new(me.clone(), self.world, name) else {
                return no_randomness();
            };
            if circle.admit(from, told.announcement).is_err() {
                return;
            }
            let listening = Listening {
                name,
                circle,
                announced: told.announcement.to_vec(),
                others: Vec::new(),
            };
            self.listening.insert(from, listening);
        }
        let Some(listening) = self.listening.get_mut(&from) else {
            return;
        };
        listening.others = others;
        let announcement = listening.circle.announce();
        let hears = listening.circle.can_hear(from);
        self.post(from, name, Letter::Listens { announcement, hears });
    }

    /// Somebody listens to us: if it is one whom we speak to, they get our key.
    fn admit(
        &mut self,
        me: &Identity,
        from: AccountKey,
        name: Name,
        announcement: &[u8],
        hears: bool,
        now: Duration,
    ) {
        let chosen = self.audience.as_ref().is_some_and(|few| few.contains(&from));
        let Some(speaking) = self.speaking.as_mut().filter(|_| chosen) else {
            return;
        };
        if speaking.name != name {
            return;
        }
        let known = speaking.members.get(&from);
        let known = known.filter(|member| member.announced == announcement);
        if let Some(key) = known.map(|member| member.key.clone()) {
            // They are in already, and have not got it. Where another is due that one comes.
            if let Some(key) = key.filter(|_| !hears && speaking.gathers.is_none()) {
                self.post(from, name, Letter::Key(key));
            }
            return;
        }
        match speaking.circle.admit(from, announcement) {
            Ok(()) => {
                let member = Member {
                    announced: announcement.to_vec(),
                    key: None,
                };
                speaking.members.insert(from, member);
                speaking.gathers.get_or_insert(now + GATHER);
            }
            // They were in before, and cannot come in again: in another circle they can.
            Err(SealedError::Outdated | SealedError::WornOut)
                if now.saturating_sub(speaking.begun) >= ANEW_EVERY =>
            {
                self.speaking = None;
                self.tend(me, now);
            }
            Err(_) => {}
        }
    }

    /// The frame as it is to be said; `None`: not at all. Letters that it needs are in [`Circles::outgoing`], and leave before it.
    pub(super) fn seal(&mut self, frame: &Frame) -> Option<Frame> {
        if self.audience.is_none() {
            return Some(*frame);
        }
        let speaking = self.speaking.as_mut()?;
        let sealed = speaking.circle.seal(frame.payload(), &in_the_open(frame));
        let name = speaking.name;
        // A new key was needed, perhaps.
        let letters = keys(speaking);
        if !letters.is_empty() {
            speaking.gathers = None;
        }
        for (to, letter) in letters {
            self.post(to, name, letter);
        }
        frame.sealed(&sealed.ok()?)
    }

    /// What somebody said to us, as they said it; `None`: it was not for us, or is not what it says.
    pub(super) fn open(&mut self, from: AccountKey, frame: &Frame, now: Duration) -> Option<Frame> {
        let circle = &mut self.listening.get_mut(&from)?.circle;
        let plain = circle
            .open(from, frame.payload(), &in_the_open(frame), now)
            .ok()?;
        let flags = Flags {
            sealed: false,
            ..frame.flags
        };
        Frame::new(frame.sequence, flags, frame.level(), &plain)
    }

    /// Who speaks to us alone.
    pub(super) fn offers(&self) -> Vec<Offer> {
        let offers = self.listening.iter().map(|(from, listening)| Offer {
            from: *from,
            others: listening.others.clone(),
        });
        offers.collect()
    }

    /// Letters whose turn it is.
    pub(super) fn outgoing(&mut self, now: Duration) -> Vec<Outgoing> {
        self.let_out(now);
        let room = (LETTERS - self.sent.0).max(0.0) as usize;
        let count = room.min(self.waiting.len());
        self.sent.0 += count as f32;
        self.waiting.drain(..count).collect()
    }

    /// What left a while ago makes room.
    fn let_out(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.sent.1).as_secs_f32();
        self.sent = ((self.sent.0 - passed * LETTERS_PER_SEC).max(0.0), now);
    }

    /// Puts a letter behind the others. One of the same kind that it replaces does not leave any more.
    fn post(&mut self, to: AccountKey, circle: Name, letter: Letter) {
        if !self.here.contains_key(&to) {
            return;
        }
        let kind = std::mem::discriminant(&letter);
        self.waiting.retain(|other| {
            (other.to, other.circle, std::mem::discriminant(&other.letter)) != (to, circle, kind)
        });
        if self.waiting.len() >= MOST_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Outgoing { to, circle, letter });
    }
}

fn begin(me: &Identity, world: Name, few: &[AccountKey], now: Duration) -> Option<Speaking> {
    let Ok(RoomSecret(name)) = RoomSecret::random() else {
        no_randomness();
        return None;
    };
    let Ok(circle) = Circle::new(me.clone(), world, name) else {
        no_randomness();
        return None;
    };
    Some(Speaking {
        name,
        says: says(me, world, name, &circle, few),
        circle,
        members: BTreeMap::new(),
        told: BTreeMap::new(),
        gathers: None,
        begun: now,
    })
}

fn no_randomness() {
    warn!("this machine has no random numbers: nobody can be spoken to alone");
}

/// New keys for everybody, if a new one is in use or needed.
fn keys(speaking: &mut Speaking) -> Vec<(AccountKey, Letter)> {
    // Without a key nothing is sealed either.
    let letters = speaking.circle.outgoing().unwrap_or_default();
    let mut keys = Vec::with_capacity(letters.len());
    for letter in letters {
        if let Some(member) = speaking.members.get_mut(&letter.to) {
            member.key = Some(letter.bytes.clone());
        }
        keys.push((letter.to, Letter::Key(letter.bytes)));
    }
    keys
}

/// What goes with a frame in the open, all of it: nothing of that is changed on the way.
fn in_the_open(frame: &Frame) -> [u8; 5] {
    let [low, high] = frame.sequence.0.to_le_bytes();
    let Flags { reach, begins, .. } = frame.flags;
    [low, high, reach as u8, u8::from(begins), frame.level()]
}

fn says(me: &Identity, world: Name, name: Name, circle: &Circle, few: &[AccountKey]) -> Letter {
    let announcement = circle.announce();
    let signature = me.sign(SPEAKS, &signed(world, name, &announcement, few));
    Letter::Speaks {
        announcement,
        members: few.iter().map(|account| account.0).collect(),
        signature: signature.0.to_vec(),
    }
}

fn signed(world: Name, name: Name, announcement: &[u8], members: &[AccountKey]) -> Vec<u8> {
    let mut signed = [&world[..], &name, announcement].concat();
    members
        .iter()
        .for_each(|member| signed.extend_from_slice(&member.0));
    signed
}

/// What `Speaks` says.
struct Told<'a> {
    announcement: &'a [u8],
    members: &'a [AccountKey],
    signature: &'a [u8],
}

impl Told<'_> {
    /// Whether it is this account's word, for this circle of this world.
    fn is_from(&self, from: AccountKey, world: Name, name: Name) -> bool {
        // An announcement begins with who announces.
        let Some((account, rest)) = self.announcement.split_first_chunk::<32>() else {
            return false;
        };
        let Some((device, rest)) = rest.split_first_chunk::<32>() else {
            return false;
        };
        let (Some(certificate), Ok(signature)) =
            (rest.first_chunk::<64>(), <[u8; 64]>::try_from(self.signature))
        else {
            return false;
        };
        let credential = Credential {
            account: AccountKey(*account),
            device: DeviceKey(*device),
            certificate: Signature(*certificate),
        };
        let said = signed(world, name, self.announcement, self.members);
        credential.account == from && credential.verify(SPEAKS, &said, &Signature(signature)).is_ok()
    }
}

#[cfg(test)]
#[path = "sealed_tests.rs"]
mod tests;
