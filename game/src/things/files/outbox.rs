//! Files that I bring: put down, they go to the host first; when it holds them, the wish goes out that names them.
//!
//! Flow: [`Outbox::bring`] → in the hand → a [`Build`] that names it is held back (`holds_back`) → `Bring` to the host, which
//! fetches it → `Held`: the wish goes out, with the next numbers → or [`NotBrought`]. Whoever thinks better of it takes it back.
//! Invariants: nothing leaves this machine before it was put down; what is held back names things by numbers that nobody else
//! has taken meanwhile; what the host once held is offered again where that may have changed.

use super::wire::{FromHost as FilesFromHost, ToHost as FilesToHost, WhyNoFile};
use crate::session::{Entered, Session, SessionEnded, TellHost, Told};
use crate::things::wire::{FromHost as ThingsFromHost, ToHost as ThingsToHost};
use crate::things::{Build, NotBuilt, Things};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use bytes::Bytes;
use holm_document::part::{Attach, Blob};
use holm_document::{Act, Part, Refusal, ThingId};
use std::collections::BTreeMap;

/// Files that I brought and that are kept at hand, and their bytes: some may be put down again.
const MOST: usize = 8;
const MOST_BYTES: u64 = 256 << 20;

/// The host does not take a file of mine: what showed it is not there.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBrought {
    pub file: Blob,
    pub why: WhyNoFile,
}

/// See the module.
#[derive(Resource, Default)]
pub struct Outbox {
    /// The last on top.
    mine: Vec<Mine>,
    waiting: Vec<Waiting>,
    /// The host is to be told that these do not come.
    taken_back: Vec<Blob>,
}

struct Mine {
    file: Blob,
    bytes: Bytes,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Looked at here alone.
    Mine,
    /// It is put down: the host is to be told.
    Wanted,
    /// So many bytes are at the host.
    Going(u64),
    Held,
}

/// Put down, and not wished yet.
struct Waiting {
    acts: Vec<Act>,
}

impl Outbox {
    /// Something that was looked at and may be put down.
    pub fn bring(&mut self, bytes: Bytes) -> Blob {
        let file = Blob {
            hash: *blake3::hash(&bytes).as_bytes(),
            bytes: bytes.len() as u64,
        };
        if let Some(at) = self.mine.iter().position(|mine| mine.file == file) {
            let mine = self.mine.remove(at);
            self.mine.push(mine);
            self.doubt(|other| *other == file);
            return file;
        }
        self.mine.push(Mine {
            file,
            bytes,
            step: Step::Mine,
        });
        while self.mine.len() > MOST || self.mine.iter().map(|mine| mine.file.bytes).sum::<u64>() > MOST_BYTES
        {
            // What is on its way stays, and so does the newest.
            let rests = |mine: &Mine| matches!(mine.step, Step::Mine | Step::Held);
            let Some(at) = self.mine.iter().take(self.mine.len() - 1).position(rests) else {
                break;
            };
            self.mine.remove(at);
        }
        file
    }

    /// The bytes of one of mine.
    pub fn bytes(&self, file: &Blob) -> Option<Bytes> {
        let mine = self.mine.iter().find(|mine| mine.file == *file)?;
        Some(mine.bytes.clone())
    }

    /// What is put down and on its way: its parts, and the share that the host has.
    pub fn going(&self) -> impl Iterator<Item = (&[Part], f32)> + '_ {
        self.waiting
            .iter()
            .flat_map(|waiting| &waiting.acts)
            .filter_map(|act| {
                let Act::Make { parts, .. } = act else { return None };
                let file = parts.iter().find_map(Part::file)?;
                let mine = self.mine.iter().find(|mine| mine.file == file)?;
                let share = match mine.step {
                    Step::Mine | Step::Wanted => 0.0,
                    Step::Going(bytes) => bytes as f32 / file.bytes.max(1) as f32,
                    Step::Held => 1.0,
                };
                Some((parts.as_slice(), share))
            })
    }

    /// Nothing of what is on its way is put down any more.
    pub fn take_back(&mut self) {
        self.waiting.clear();
        for mine in &mut self.mine {
            match mine.step {
                Step::Going(_) => self.taken_back.push(mine.file),
                Step::Wanted => {}
                Step::Mine | Step::Held => continue,
            }
            mine.step = Step::Mine;
        }
    }

    /// Whether the host still has what it had is not known: it is offered again. Where it has it, it says so at once.
    fn doubt(&mut self, which: impl Fn(&Blob) -> bool) {
        let Self { mine, waiting, .. } = self;
        for mine in mine
            .iter_mut()
            .filter(|mine| mine.step == Step::Held && which(&mine.file))
        {
            let is_awaited = waiting
                .iter()
                .any(|waiting| super::named(&waiting.acts).any(|file| file == mine.file));
            mine.step = if is_awaited { Step::Wanted } else { Step::Mine };
        }
    }

    /// Whether this wish waits for a file of mine to be at the host; it is wished again by itself then.
    pub(crate) fn holds_back(&mut self, acts: &[Act]) -> bool {
        let mut waits = false;
        for file in super::named(acts) {
            if let Some(mine) = self
                .mine
                .iter_mut()
                .find(|mine| mine.file == file && mine.step != Step::Held)
            {
                waits = true;
                if mine.step == Step::Mine {
                    mine.step = Step::Wanted;
                }
            }
        }
        if waits {
            self.waiting.push(Waiting { acts: acts.to_vec() });
        }
        waits
    }

    /// Nothing of it is put down, wherever it had got to.
    fn not_brought(&mut self, file: &Blob) {
        self.waiting
            .retain(|waiting| super::named(&waiting.acts).all(|named| named != *file));
        self.step(file, Step::Mine);
    }

    fn step(&mut self, file: &Blob, to: Step) {
        for mine in self.mine.iter_mut().filter(|mine| mine.file == *file) {
            mine.step = to;
        }
    }

    fn of(&self, hash: &[u8; 32]) -> Option<(Blob, Step)> {
        let mine = self.mine.iter().find(|mine| mine.file.hash == *hash)?;
        Some((mine.file, mine.step))
    }

    /// The first that waits for nothing any more.
    fn next(&mut self) -> Option<Waiting> {
        let held = |file: Blob| {
            self.mine
                .iter()
                .all(|mine| mine.file != file || mine.step == Step::Held)
        };
        let at = self
            .waiting
            .iter()
            .position(|waiting| super::named(&waiting.acts).all(held))?;
        Some(self.waiting.remove(at))
    }
}

/// In another room nothing of mine is held, and nothing waits.
pub(crate) fn hear(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    mut not_built: MessageReader<NotBuilt>,
    mut session: ResMut<Session>,
    mut outbox: ResMut<Outbox>,
    mut not: MessageWriter<NotBrought>,
) {
    if not_built.read().filter(|not| not.why == Refusal::NoFile).count() > 0 {
        outbox.doubt(|_| true);
    }
    if entered.read().count() + ended.read().count() > 0 {
        outbox.waiting.clear();
        outbox.taken_back.clear();
        outbox.mine.iter_mut().for_each(|mine| mine.step = Step::Mine);
    }
    for Told(message) in told.read() {
        let FromHost::Things(ThingsFromHost::File(message)) = message else {
            continue;
        };
        match message {
            FilesFromHost::Coming { hash, bytes } => {
                if let Some((file, Step::Going(_))) = outbox.of(hash) {
                    outbox.step(&file, Step::Going((*bytes).min(file.bytes)));
                }
            }
            FilesFromHost::Held { hash } => {
                if let Some((file, Step::Going(_))) = outbox.of(hash) {
                    outbox.step(&file, Step::Held);
                    if !session.is_host() {
                        session.withdraw_blob(hash);
                    }
                }
            }
            FilesFromHost::NotHeld { hash, why } => {
                if let Some((file, Step::Going(_))) = outbox.of(hash) {
                    outbox.not_brought(&file);
                    if !session.is_host() {
                        session.withdraw_blob(hash);
                    }
                    not.write(NotBrought { file, why: *why });
                }
            }
            FilesFromHost::Ready { .. } | FilesFromHost::NotHere { .. } => {}
        }
    }
}

pub(crate) fn speak(
    mut session: ResMut<Session>,
    mut outbox: ResMut<Outbox>,
    things: Res<Things>,
    mut host: MessageWriter<TellHost>,
    mut build: MessageWriter<Build>,
) {
    if outbox.waiting.is_empty() && outbox.taken_back.is_empty() {
        return;
    }
    let guest = !session.is_host();
    let mut say = |message| {
        host.write(TellHost(ToHost::Things(ThingsToHost::File(message))));
    };
    for file in std::mem::take(&mut outbox.taken_back) {
        if guest {
            session.withdraw_blob(&file.hash);
        }
        say(FilesToHost::Keep { hash: file.hash });
    }
    for mine in outbox.mine.iter_mut().filter(|mine| mine.step == Step::Wanted) {
        if guest {
            session.offer_blob(mine.bytes.clone());
        }
        mine.step = Step::Going(0);
        say(FilesToHost::Bring(mine.file));
    }
    // One a frame: the next number is known when this one was tried.
    if let Some(next) = things.next_thing()
        && let Some(Waiting { acts }) = outbox.next()
    {
        build.write(Build {
            acts: numbered(acts, next),
        });
    }
}

/// The same acts, with the next numbers for what they make.
fn numbered(mut acts: Vec<Act>, next: ThingId) -> Vec<Act> {
    let mut to = BTreeMap::new();
    for act in &mut acts {
        if let Act::Make { thing, .. } = act {
            let serial = next.serial.saturating_add(to.len() as u32); // at most limits::ACTS
            let new = ThingId { serial, ..next };
            to.insert(std::mem::replace(thing, new), new);
        }
    }
    let moved = |thing: ThingId| to.get(&thing).copied().unwrap_or(thing);
    for act in &mut acts {
        match act {
            Act::Make { parts, .. } => {
                for part in parts {
                    if let Part::Attach(Attach { to }) = part {
                        *to = moved(*to);
                    }
                }
            }
            Act::Set { thing, part, .. } => {
                *thing = moved(*thing);
                if let Part::Attach(Attach { to }) = part {
                    *to = moved(*to);
                }
            }
            Act::Clear { thing, .. }
            | Act::Remove { thing }
            | Act::Give { thing, .. }
            | Act::Open { thing, .. } => *thing = moved(*thing),
            Act::Undo { .. } | Act::Redo { .. } | Act::RollBack { .. } | Act::Order(_) => {}
        }
    }
    acts
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use holm_document::PersonNo;
    use holm_document::part::Picture;

    fn id(serial: u32) -> ThingId {
        ThingId {
            maker: PersonNo(3),
            serial,
        }
    }

    fn showing(outbox: &mut Outbox, bytes: &'static [u8]) -> (Blob, Vec<Act>) {
        let file = outbox.bring(Bytes::from_static(bytes));
        let picture = Picture { file, aspect: 1.0 };
        let acts = vec![Act::Make {
            thing: id(1),
            parts: vec![picture.into()],
        }];
        (file, acts)
    }

    #[test]
    fn what_is_put_down_waits_for_its_file_and_nothing_else_does() {
        let mut outbox = Outbox::default();
        let (file, acts) = showing(&mut outbox, b"one");
        let (_, others) = showing(&mut Outbox::default(), b"somebody else's");
        assert!(!outbox.holds_back(&others) && outbox.next().is_none());
        assert!(outbox.holds_back(&acts));
        assert!(outbox.next().is_none(), "it is not at the host yet");
        outbox.step(&file, Step::Held);
        assert_eq!(outbox.next().unwrap().acts, acts);
        assert!(!outbox.holds_back(&acts), "a second one waits for nothing");
        let (other, acts) = showing(&mut outbox, b"two");
        assert!(outbox.holds_back(&acts));
        outbox.not_brought(&other);
        assert!(outbox.going().next().is_none() && outbox.next().is_none());
    }

    #[test]
    fn what_the_host_may_have_lost_is_offered_again() {
        let mut outbox = Outbox::default();
        let (file, acts) = showing(&mut outbox, b"one");
        outbox.step(&file, Step::Held);
        assert!(!outbox.holds_back(&acts));
        // Brought in again: whether the host still has it is for the host to say.
        showing(&mut outbox, b"one");
        assert!(outbox.holds_back(&acts) && outbox.of(&file.hash) == Some((file, Step::Wanted)));
        outbox.step(&file, Step::Held);
        // The host says that it has it no more, while one waits to be put down and another was.
        let (other, _) = showing(&mut outbox, b"two");
        outbox.step(&other, Step::Held);
        outbox.doubt(|_| true);
        assert_eq!(outbox.of(&file.hash), Some((file, Step::Wanted)));
        assert_eq!(outbox.of(&other.hash), Some((other, Step::Mine)));
        assert!(
            outbox.next().is_none(),
            "nothing is wished that the host may not have"
        );
    }

    #[test]
    fn what_is_on_its_way_can_be_taken_back_and_put_down_again() {
        let mut outbox = Outbox::default();
        let (first, acts) = showing(&mut outbox, b"first");
        outbox.holds_back(&acts);
        outbox.step(&first, Step::Going(1));
        let (second, others) = showing(&mut outbox, b"second");
        outbox.holds_back(&others);
        outbox.take_back();
        assert!(outbox.going().next().is_none() && outbox.next().is_none());
        assert_eq!(outbox.taken_back, [first], "of the second the host has not heard");
        for file in [first, second] {
            assert_eq!(outbox.of(&file.hash), Some((file, Step::Mine)));
        }
        assert!(outbox.holds_back(&acts));
    }

    #[test]
    fn numbers_that_were_taken_meanwhile_are_not_used_and_what_hangs_together_stays_so() {
        let acts = vec![
            Act::Make {
                thing: id(1),
                parts: Vec::new(),
            },
            Act::Make {
                thing: id(2),
                parts: vec![Attach { to: id(1) }.into()],
            },
            Act::Set {
                thing: id(2),
                part: Attach { to: id(0) }.into(),
                seen: None,
            },
        ];
        let acts = numbered(acts, id(7));
        assert!(matches!(&acts[0], Act::Make { thing, .. } if *thing == id(7)));
        assert!(
            matches!(&acts[1], Act::Make { thing, parts } if *thing == id(8) && parts[..] == [Attach { to: id(7) }.into()])
        );
        assert!(
            matches!(&acts[2], Act::Set { thing, part, .. } if *thing == id(8) && *part == Attach { to: id(0) }.into())
        );
    }

    #[test]
    fn what_was_brought_long_ago_makes_room_unless_it_is_on_its_way() {
        let mut outbox = Outbox::default();
        let (first, acts) = showing(&mut outbox, b"first");
        outbox.holds_back(&acts);
        let (second, _) = showing(&mut outbox, b"second");
        for n in 0..MOST as u8 {
            outbox.bring(vec![n; 4].into());
        }
        assert!(outbox.bytes(&first).is_some() && outbox.bytes(&second).is_none());
        assert_eq!(outbox.mine.len(), MOST);
    }
}
