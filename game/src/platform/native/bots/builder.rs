//! A bot that builds: it has the world as a client has it, wishes, and sees when each wish is answered.
//!
//! Flow: the world in pieces, the nearest first → [`Replica`] → wishes at a pace: a few boxes of its own, then where they stand
//! → the fact of each, or a refusal, and how long that took.

use crate::things::pieces::{Joined, MOST_BYTES, cut};
use crate::things::wire::{FromHost, ToHost};
use holm_document::arrival::Arriving;
use holm_document::part::{Paint, Place, Shape};
use holm_document::replica::Replica;
use holm_document::{Act, Fact, Part, PartKind, ThingId};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// What stands nearer than this is what one came to see, metres.
const NEAR_METRES: f32 = 30.0;
/// Boxes of its own.
const OWN: usize = 8;

/// See the module.
pub(super) struct Builder {
    account: [u8; 32],
    every: Duration,
    /// Prints what it is told.
    tells: bool,
    arriving: Option<Box<Arriving>>,
    replica: Option<Replica>,
    facts: Joined,
    own: Vec<ThingId>,
    next: Duration,
    asked: BTreeMap<u32, Duration>,
    hue: u8,
    pub(super) near: Option<Duration>,
    pub(super) whole: Option<Duration>,
    pub(super) wished: u64,
    pub(super) confirmed: u64,
    pub(super) refused: u64,
    pub(super) answered_ms: Vec<f32>,
    pub(super) broken: bool,
}

impl Builder {
    /// That wishes so often a second; 0: it only looks.
    pub(super) fn new(account: [u8; 32], per_sec: f32, tells: bool) -> Self {
        let every = if per_sec > 0.0 {
            Duration::from_secs_f32(1.0 / per_sec)
        } else {
            Duration::MAX
        };
        Self {
            account,
            every,
            tells,
            arriving: None,
            replica: None,
            facts: Joined::default(),
            own: Vec::new(),
            next: Duration::ZERO,
            asked: BTreeMap::new(),
            hue: 0,
            near: None,
            whole: None,
            wished: 0,
            confirmed: 0,
            refused: 0,
            answered_ms: Vec::new(),
            broken: false,
        }
    }

    /// `here`: where it stands.
    pub(super) fn hear(&mut self, message: FromHost, now: Duration, here: [f32; 3]) {
        let heard = match message {
            FromHost::World(chunk) => {
                if chunk.frame.is_some() {
                    (self.arriving, self.replica) = (Some(Box::default()), None);
                }
                let far = chunk
                    .things
                    .iter()
                    .any(|(_, thing)| match thing.part(PartKind::Place) {
                        Some(Part::Place(place)) => {
                            let way = [0, 2].map(|axis| place.position[axis] - here[axis]);
                            way[0].hypot(way[1]) > NEAR_METRES
                        }
                        _ => false,
                    });
                if far || chunk.left == 0 {
                    self.near.get_or_insert(now);
                }
                self.arrives(|arriving| arriving.piece(chunk).ok(), now)
            }
            FromHost::Facts(piece) => match self.facts.take::<Vec<Fact>>(&piece, MOST_BYTES) {
                Ok(None) => Some(()),
                Ok(Some(facts)) => self.facts(&facts, now),
                Err(_) => None,
            },
            FromHost::Answer { wish, why } => {
                if let Some(asked) = self.asked.remove(&wish) {
                    self.answered_ms.push((now - asked).as_secs_f32() * 1e3);
                }
                self.refused += u64::from(why.is_some());
                if let Some(replica) = &mut self.replica {
                    replica.refused(wish, 0);
                }
                Some(())
            }
            _ => Some(()),
        };
        self.broken |= heard.is_none();
    }

    fn arrives(&mut self, take: impl FnOnce(&mut Arriving) -> Option<()>, now: Duration) -> Option<()> {
        let arriving = self.arriving.as_mut()?;
        take(arriving)?;
        if let Some(replica) = arriving.done(&self.account).ok()? {
            self.whole.get_or_insert(now);
            self.replica = Some(replica);
            self.arriving = None;
        }
        Some(())
    }

    fn facts(&mut self, facts: &[Fact], now: Duration) -> Option<()> {
        let Some(replica) = &mut self.replica else {
            let newest = self.arriving.as_ref()?.state().map(|state| state.newest());
            for fact in facts.iter().filter(|fact| Some(fact.number) > newest) {
                if newest.is_some() {
                    self.arriving.as_mut()?.fact(fact).ok()?;
                }
            }
            return Some(());
        };
        let newest = replica.state().newest();
        let new: Vec<Fact> = facts
            .iter()
            .filter(|fact| fact.number > newest)
            .cloned()
            .collect();
        for fact in new.iter().filter(|fact| fact.by == replica.me()) {
            if let Some(asked) = self.asked.remove(&fact.wish) {
                self.answered_ms.push((now - asked).as_secs_f32() * 1e3);
                self.confirmed += 1;
            }
        }
        replica.hear(&new, 0)?;
        if self.tells {
            new.iter().for_each(tell);
        }
        Some(())
    }

    /// What it wishes now, if it is time.
    pub(super) fn wishes(&mut self, now: Duration, here: [f32; 3]) -> Vec<ToHost> {
        let Some(replica) = self.replica.as_mut().filter(|_| now >= self.next) else {
            return Vec::new();
        };
        // A pace that was not kept is not made up for.
        self.next = (self.next + self.every).max(now.saturating_sub(self.every));
        self.hue = self.hue.wrapping_add(1);
        let place = Place {
            position: [
                here[0] + f32::from(self.hue % 8) - 4.0,
                1.5 + f32::from(self.hue / 8 % 8) * 0.2,
                here[2] - 2.0,
            ],
            scale: [0.3; 3],
            ..Place::default()
        };
        let act = if self.own.len() < OWN {
            let thing = replica.next_thing();
            self.own.push(thing);
            let paint = Paint {
                colour: [self.hue, 160, 200, 255],
                roughness: 128,
                metal: 0,
                glow: 0,
            };
            let parts = vec![place.into(), Shape::Box.into(), paint.into()];
            Act::Make { thing, parts }
        } else {
            Act::Set {
                thing: self.own[usize::from(self.hue) % OWN],
                part: place.into(),
                seen: None,
            }
        };
        let Ok((wish, _)) = replica.wish(vec![act], 0) else {
            return Vec::new();
        };
        self.wished += 1;
        self.asked.insert(wish.number, now);
        cut(&wish).into_iter().map(ToHost::Wish).collect()
    }
}

fn tell(fact: &Fact) {
    let bytes = postcard::to_stdvec(fact).unwrap_or_default();
    let hash = blake3::hash(&bytes).to_hex();
    super::say(&json!({ "event": "told", "fact": fact.number, "hash": hash.as_str() }).to_string());
}
