//! Sealed voice: a whisper to one person, or the talk of a chosen few, which the host forwards and cannot hear.
//!
//! Flow: whoever begins draws 16 random bytes that name the circle. Each member makes a [`Circle`] for it and has
//! [`Circle::announce`] forwarded to the others: a fresh key, signed by their device. [`Circle::admit`] takes in those
//! whom the person at this machine chose. Each talker draws a key of its own, which [`Circle::outgoing`] seals to every
//! member, for the ordered channel; its frames are sealed with it (`seal`, [`sframe`]) and opened by whoever was given
//! the key (`hear_key`, `open`).
//! Invariants: a talker is heard by those whom it admitted itself, and by nobody on the host's word; whoever comes or
//! goes, the next frame is sealed under a new key, so that who comes hears nothing from before, and who left nothing
//! from then on; what opens was sealed by a member of this circle, for it, and opens once.
//! Not hidden: who talks with whom, when, and how long each frame is. Not prevented: that a member, with the host's help,
//! forges the frames of another to a third; all three hold the key (RFC 9605 §7.2).

mod letters;
pub mod sframe;
#[cfg(test)]
mod tests;

use crate::codec::MAX_PAYLOAD;
use core::fmt;
use core::time::Duration;
use holm_identity::{AccountKey, Identity, IdentityError};
use letters::{Announced, Ends, OwnKey, Place, Secret};
use sframe::{FrameError, Header, OpeningKey, SealingKey, Suite};

pub use letters::{ANNOUNCEMENT_BYTES, KEY_LETTER_BYTES};

/// Most people in a circle, oneself counted. Each change costs a letter from each to each other: 240 of them, 36 KB
/// through the host.
pub const MAX_MEMBERS: usize = 16;

/// Tags of 8 bytes. 16, as GCM has, would cost 3.2 kbit/s more for each talker that somebody hears. With 4, a host that
/// tries a million frames a second puts in 20 ms of noise about once an hour (RFC 9605 §7.5); with 8 that takes half a
/// million years, and every frame that was once opened is refused.
const SUITE: Suite = Suite::CtrHmac64;

/// A talker takes a new key after so many frames, 22 minutes of talk: the counter stays within two bytes.
const FRAMES_PER_KEY: u64 = 1 << 16;

/// KIDs, one for each generation of a talker's key in turn (sender keys, RFC 9605 §5.1): those that fit in the header's
/// first byte. A listener holds fewer keys of one talker than there are, so that no two of them have the same.
const KIDS: u32 = 8;

/// Keys of one talker that a listener holds: the newest, and those of frames that may still be under way.
const HELD_KEYS: usize = 4;

/// So long after its successor came, a talker's key still opens frames: longer than any is under way. Not for ever,
/// because somebody who left still has it.
const KEEP_REPLACED: Duration = Duration::from_secs(2);

/// Announcements that have served their time and are not believed again. A circle with more comings and goings is to
/// be begun anew.
const MAX_RETIRED: usize = 256;

/// The most that sealing adds to a frame, bytes: the header (KID and counter) and the tag.
pub const OVERHEAD_BYTES: usize = 1 + 2 + SUITE.tag_bytes();

/// The longest frame that can be sealed, bytes.
pub const MAX_PLAIN_BYTES: usize = MAX_PAYLOAD - OVERHEAD_BYTES;

const _: () = assert!(FRAMES_PER_KEY <= 1 << 16 && KIDS <= 8 && HELD_KEYS < KIDS as usize);

/// Why something about a circle was refused. Whatever is refused changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// Another length than it must have.
    #[error("malformed")]
    Malformed,
    /// The announcement of somebody else than it was said to be.
    #[error("the announcement of another person")]
    AnotherPerson,
    /// Altered, or made for another circle, another world or another member.
    #[error("unproven: {0}")]
    Unproven(#[from] IdentityError),
    /// A key with which no secret can be agreed on, or something sealed to another one.
    #[error("the key does not fit")]
    BadKey,
    /// One's own account: on one device at a time.
    #[error("one's own account")]
    Myself,
    /// [`MAX_MEMBERS`] are in.
    #[error("the circle is full")]
    Full,
    /// Of somebody's former membership, or a key before one that was given since.
    #[error("outdated")]
    Outdated,
    /// Too many came and went for this circle to remember: another has to be begun.
    #[error("worn out")]
    WornOut,
    /// Nobody of this circle, as it is here.
    #[error("not a member")]
    NotAMember,
    /// There is nobody to talk to.
    #[error("nobody else is in the circle")]
    Nobody,
    /// Sealed under a key that has not come yet, or is held no longer.
    #[error("no such key")]
    NoKey,
    /// Longer than [`MAX_PLAIN_BYTES`].
    #[error("a frame of {bytes} bytes")]
    TooLong { bytes: usize },
    /// The frame itself.
    #[error("frame: {0}")]
    Frame(#[from] FrameError),
    /// The operating system gave no random bytes.
    #[error("no randomness from the operating system")]
    NoRandomness,
}

/// For one member, through the host, in order and whole; the member gives it to [`Circle::hear_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToMember {
    /// Whom it is for.
    pub to: AccountKey,
    /// [`KEY_LETTER_BYTES`] that nobody else can read.
    pub bytes: Vec<u8>,
}

/// One's own part in a circle: whom one talks to, and the keys that takes. No secret is in its `Debug`.
pub struct Circle {
    me: Identity,
    place: Place,
    own: OwnKey,
    /// The others.
    members: Vec<Member>,
    /// Announced keys of whoever left or came anew.
    retired: Vec<[u8; 32]>,
    /// A letter each from people who are not admitted yet: what one member sends may overtake what another does.
    early: Vec<(AccountKey, Vec<u8>)>,
    /// Of the newest key here.
    generation: u32,
    /// `None`: the next frame needs a new key.
    sealing: Option<SealingKey>,
    outbox: Vec<ToMember>,
}

struct Member {
    announced: Announced,
    /// The newest generation that came from them; theirs begin at 1.
    heard: u32,
    /// The newest last.
    keys: Vec<Held>,
}

struct Held {
    key: OpeningKey,
    /// Since its successor came.
    until: Option<Duration>,
}

impl Member {
    fn account(&self) -> AccountKey {
        self.announced.credential.account
    }
}

impl Circle {
    /// A part in the circle with this name, which whoever began it drew at random, in this world. A part is for one
    /// time: who was away comes back with another.
    ///
    /// # Errors
    /// [`SealedError::NoRandomness`].
    pub fn new(me: Identity, world: [u8; 16], circle: [u8; 16]) -> Result<Self, SealedError> {
        Ok(Self::with_secret(me, world, circle, &letters::draw()?))
    }

    pub(crate) fn with_secret(me: Identity, world: [u8; 16], circle: [u8; 16], secret: &Secret) -> Self {
        Self {
            me,
            place: Place { world, circle },
            own: OwnKey::from_secret(secret),
            members: Vec::new(),
            retired: Vec::new(),
            early: Vec::new(),
            generation: 0,
            sealing: None,
            outbox: Vec::new(),
        }
    }

    /// One's own announcement, the same each time, for everybody else in the circle: [`ANNOUNCEMENT_BYTES`].
    #[must_use]
    pub fn announce(&self) -> Vec<u8> {
        self.own.announce(&self.me, self.place)
    }

    /// The others in the circle, in the order in which they were admitted.
    pub fn members(&self) -> impl Iterator<Item = AccountKey> {
        self.members.iter().map(Member::account)
    }

    /// Whether frames of this member can be opened: they were admitted, and a key of theirs came.
    #[must_use]
    pub fn can_hear(&self, who: AccountKey) -> bool {
        self.find(who).is_some_and(|member| !member.keys.is_empty())
    }

    /// Takes somebody in, by the announcement that is said to be theirs. `who` is whom the person here *chose*: never
    /// an account that only the host named. The announcement of a member again is nothing new; another one of theirs
    /// replaces it, as after [`Circle::remove`].
    ///
    /// # Errors
    /// [`SealedError::Malformed`], `AnotherPerson`, `Unproven`, `BadKey`, `Myself`, `Full`, `Outdated`, `WornOut`.
    pub fn admit(&mut self, who: AccountKey, announcement: &[u8]) -> Result<(), SealedError> {
        let announced = self.own.read_announcement(self.place, who, announcement)?;
        if who == self.me.account() {
            return Err(SealedError::Myself);
        }
        if self.retired.contains(&announced.public) {
            return Err(SealedError::Outdated);
        }
        if let Some(member) = self.find(who) {
            if member.announced.public == announced.public {
                return Ok(());
            }
        } else if self.members.len() + 1 >= MAX_MEMBERS {
            return Err(SealedError::Full);
        }
        // Room for everybody who is in, and this one, to leave.
        if self.retired.len() + self.members.len() >= MAX_RETIRED {
            return Err(SealedError::WornOut);
        }
        self.remove(who);
        self.members.push(Member {
            announced,
            heard: 0,
            keys: Vec::new(),
        });
        self.need_another_key();
        if let Some(at) = self.early.iter().position(|(from, _)| *from == who) {
            let (_, letter) = self.early.swap_remove(at);
            // It may be of an earlier time of theirs. There is no key yet that it could replace at any time.
            let _ = self.hear_key(who, &letter, Duration::ZERO);
        }
        Ok(())
    }

    /// Somebody left, or is not to hear any more: from the next frame on they do not, and are not heard. Answers
    /// whether they were in. They come back with another announcement only.
    pub fn remove(&mut self, who: AccountKey) -> bool {
        let Some(at) = self.members.iter().position(|member| member.account() == who) else {
            return false;
        };
        let member = self.members.remove(at);
        self.retired.push(member.announced.public);
        self.need_another_key();
        true
    }

    /// Letters that are to go out, to be taken after each [`Circle::admit`], [`Circle::remove`] and [`Circle::seal`],
    /// and sent before the frame that was sealed.
    ///
    /// # Errors
    /// [`SealedError::NoRandomness`], `WornOut`: nothing can be sealed then either.
    pub fn outgoing(&mut self) -> Result<Vec<ToMember>, SealedError> {
        if self.sealing.is_none() && !self.members.is_empty() {
            self.renew()?;
        }
        Ok(core::mem::take(&mut self.outbox))
    }

    /// Takes the key of somebody's next frames out of a letter that is said to be theirs. One from somebody who is not
    /// admitted is kept until they are.
    ///
    /// # Errors
    /// [`SealedError::Malformed`], `Unproven`, `Outdated`, `BadKey`; `Full` when too many are kept.
    pub fn hear_key(&mut self, from: AccountKey, letter: &[u8], now: Duration) -> Result<(), SealedError> {
        let to = (self.me.account(), self.own.public);
        let Some(member) = self.members.iter_mut().find(|member| member.account() == from) else {
            return self.keep(from, letter);
        };
        let Announced { credential, public } = &member.announced;
        let ends = Ends {
            place: self.place,
            from: (from, *public),
            to,
        };
        let (generation, secret) = self.own.read_key(&ends, credential, member.heard, letter)?;
        member.heard = generation;
        let key = OpeningKey::derive(SUITE, kid(generation), &secret[..]);
        member.keys.retain(|held| held.key.kid() != key.kid());
        for held in &mut member.keys {
            held.until.get_or_insert(now + KEEP_REPLACED);
        }
        if member.keys.len() == HELD_KEYS {
            member.keys.remove(0);
        }
        member.keys.push(Held { key, until: None });
        Ok(())
    }

    /// Seals one frame to all members. `metadata` is what goes with it in the open and must arrive unchanged, as the
    /// frame's number. Takes a new key first if one is due, whose letters are then in [`Circle::outgoing`].
    ///
    /// # Errors
    /// [`SealedError::TooLong`], `Nobody`, `NoRandomness`, `WornOut`.
    pub fn seal(&mut self, plain: &[u8], metadata: &[u8]) -> Result<Vec<u8>, SealedError> {
        if plain.len() > MAX_PLAIN_BYTES {
            return Err(SealedError::TooLong { bytes: plain.len() });
        }
        if self.members.is_empty() {
            return Err(SealedError::Nobody);
        }
        let metadata = told(self.me.account(), metadata);
        let key = match &mut self.sealing {
            Some(key) if key.sealed() < FRAMES_PER_KEY => key,
            _ => self.renew()?,
        };
        Ok(key.seal(&metadata, plain))
    }

    /// Opens a frame that is said to be somebody's. They come in any order; each opens once.
    ///
    /// # Errors
    /// [`SealedError::NotAMember`], `NoKey`, `Frame`.
    pub fn open(
        &mut self,
        from: AccountKey,
        sealed: &[u8],
        metadata: &[u8],
        now: Duration,
    ) -> Result<Vec<u8>, SealedError> {
        let member = self
            .members
            .iter_mut()
            .find(|member| member.account() == from)
            .ok_or(SealedError::NotAMember)?;
        if sealed.len() > MAX_PAYLOAD {
            return Err(FrameError::Malformed.into());
        }
        let kid = Header::read(sealed)?.kid;
        member
            .keys
            .retain(|held| held.until.is_none_or(|until| now < until));
        let held = member
            .keys
            .iter_mut()
            .find(|held| held.key.kid() == kid)
            .ok_or(SealedError::NoKey)?;
        Ok(held.key.open(&told(from, metadata), sealed)?)
    }

    fn find(&self, who: AccountKey) -> Option<&Member> {
        self.members.iter().find(|member| member.account() == who)
    }

    /// The key in use is forgotten, with the letters that nobody took yet.
    fn need_another_key(&mut self) {
        self.sealing = None;
        self.outbox.clear();
    }

    /// Draws the next key and writes a letter to each member.
    fn renew(&mut self) -> Result<&mut SealingKey, SealedError> {
        self.need_another_key();
        let generation = self.generation.checked_add(1).ok_or(SealedError::WornOut)?;
        let secret = letters::draw()?;
        for member in &self.members {
            let ends = Ends {
                place: self.place,
                from: (self.me.account(), self.own.public),
                to: (member.account(), member.announced.public),
            };
            let bytes = letters::write_key(&self.me, &ends, generation, &secret, letters::draw()?)?;
            self.outbox.push(ToMember {
                to: member.account(),
                bytes,
            });
        }
        self.generation = generation;
        let key = SealingKey::derive(SUITE, kid(generation), &secret[..]);
        Ok(self.sealing.insert(key))
    }

    /// Keeps the newest letter of somebody who may be admitted later.
    fn keep(&mut self, from: AccountKey, letter: &[u8]) -> Result<(), SealedError> {
        if letter.len() != KEY_LETTER_BYTES {
            return Err(SealedError::Malformed);
        }
        if let Some((_, kept)) = self.early.iter_mut().find(|(who, _)| *who == from) {
            *kept = letter.to_vec();
        } else if self.early.len() < MAX_MEMBERS {
            self.early.push((from, letter.to_vec()));
        } else {
            return Err(SealedError::Full);
        }
        Ok(())
    }
}

/// The KID of a generation.
fn kid(generation: u32) -> u64 {
    (generation % KIDS).into()
}

/// What SFrame is told of a frame: also whose it is, so that no member passes somebody else's key off as theirs and has
/// that one's words for their own.
fn told(talker: AccountKey, metadata: &[u8]) -> Vec<u8> {
    [&talker.0, metadata].concat()
}

impl fmt::Debug for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circle")
            .field("me", &self.me.account())
            .field("members", &self.members.len())
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}
