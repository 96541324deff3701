//! Everybody's own copy of the world's things.
//!
//! Flow: pieces and facts from the host → [`Things`] → [`Built`]; [`Build`] → tried here at once → the wish to the host. A host that
//! is nobody in its own world hears nothing and wishes nothing: it has what it told ([`Things::hosted`]).
//! Invariants: nothing of it is taken that the document does not take; a copy that does not fit the host's facts is fetched
//! anew, and one walks on meanwhile.

use super::files::Outbox;
use super::pieces::{Joined, MOST_BYTES, cut};
use super::wire::{FromHost as ThingsFromHost, ToHost as ThingsToHost};
use super::{Build, Built, NotBuilt};
use crate::platform;
use crate::profile::Profile;
use crate::session::{Entered, SessionEnded, TellHost, Told};
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use holm_document::arrival::{Arriving, Chunk};
use holm_document::replica::Replica;
use holm_document::{Capabilities, Fact, PersonNo, Refusal, Standing, State, ThingId};
use std::time::Duration;

/// The things of the world we are in, as they are shown here.
#[derive(Resource, Default)]
pub struct Things {
    copy: Copy,
    facts: Joined,
    /// When the host was asked for all of it last, and its beginning has not come yet.
    asked: Option<Duration>,
    /// Copies that did not fit, one after the other.
    bad: u32,
    /// When our copy is compared with the host's next.
    compare_at: Option<Duration>,
    /// Another host has yet to hear of what is not answered, once we have all that it knows.
    wishes_again: bool,
    /// Of our newest wish: a late answer to an old one must not name a new one.
    number: u32,
}

#[derive(Default)]
enum Copy {
    /// We are in no world.
    #[default]
    None,
    Coming(Box<Arriving>),
    Here(Box<Replica>),
    /// We host it, and are nobody in it.
    Hosted(Box<State>),
}

/// If nothing comes for so long, the host is asked once more.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// So often a copy is compared with the host's: 30 bytes, and a digest that is kept as things change.
const COMPARE_EVERY: Duration = Duration::from_secs(20);
/// A host whose world never fits has another one than it says: one walks on without its things.
const MOST_BAD: u32 = 5;

impl Things {
    /// What is there, as far as it has come.
    pub fn state(&self) -> Option<&State> {
        match &self.copy {
            Copy::None => None,
            Copy::Coming(arriving) => arriving.state(),
            Copy::Here(replica) => Some(replica.state()),
            Copy::Hosted(state) => Some(state),
        }
    }

    /// What the host has confirmed, without what it has not answered yet, once everything is here.
    pub fn confirmed(&self) -> Option<State> {
        match &self.copy {
            Copy::Here(replica) => Some(replica.confirmed_state()),
            Copy::None | Copy::Coming(_) | Copy::Hosted(_) => None,
        }
    }

    /// Our number in this world, once everything is here.
    pub fn me(&self) -> Option<PersonNo> {
        match &self.copy {
            Copy::Here(replica) => Some(replica.me()),
            Copy::None | Copy::Coming(_) | Copy::Hosted(_) => None,
        }
    }

    /// Who we are in this world: our role, and what is ours in spite of it.
    pub fn standing(&self) -> Option<&Standing> {
        self.state()?.person(self.me()?)
    }

    /// What we may now, as far as is known here; nothing before everything is here.
    pub fn may(&self) -> Capabilities {
        match (self.state(), self.standing()) {
            (Some(state), Some(standing)) => state.powers().of(standing, platform::unix_secs()),
            _ => Capabilities::NONE,
        }
    }

    /// The number that the next thing we make will have, once we may make one.
    pub fn next_thing(&self) -> Option<ThingId> {
        match &self.copy {
            Copy::Here(replica) => Some(replica.next_thing()),
            Copy::None | Copy::Coming(_) | Copy::Hosted(_) => None,
        }
    }

    /// Things still to come; `None` when all are here or nothing is known.
    pub fn left(&self) -> Option<u32> {
        match &self.copy {
            Copy::Coming(arriving) => arriving.left(),
            Copy::None | Copy::Here(_) | Copy::Hosted(_) => None,
        }
    }

    /// Wishes that the host has not answered.
    pub fn unanswered(&self) -> usize {
        match &self.copy {
            Copy::Here(replica) => replica.unanswered(),
            Copy::None | Copy::Coming(_) | Copy::Hosted(_) => 0,
        }
    }

    /// Digest of what the host has confirmed, once everything is here: the same on every machine after the same fact.
    pub fn digest(&self) -> Option<[u8; 16]> {
        match &self.copy {
            Copy::Here(replica) => Some(replica.confirmed_digest()),
            Copy::Hosted(state) => Some(state.digest()),
            Copy::None | Copy::Coming(_) => None,
        }
    }

    /// At a host that is nobody here itself: the world as it told it. It is shared with the one that was told.
    pub(super) fn hosted(&mut self, told: State) {
        self.copy = Copy::Hosted(Box::new(told));
    }

    /// Whoever goes on with this world says the next facts of it; what looks different by them. `None`: they do not fit.
    pub(crate) fn follow(&mut self, facts: &[Fact]) -> Option<Built> {
        self.facts(facts, platform::unix_secs()).ok()
    }

    /// A new copy.
    fn begin(&mut self) {
        if let Copy::Here(replica) = &self.copy {
            self.number = replica.number();
        }
        self.copy = Copy::Coming(Box::default());
        self.wishes_again = false;
    }

    fn piece(&mut self, chunk: &Chunk, account: &[u8; 32]) -> Result<Built, BadCopy> {
        let mut built = Built::default();
        if matches!(self.copy, Copy::None) {
            return Ok(built); // we left
        }
        if chunk.frame.is_some() {
            // The host begins anew, whatever we have.
            self.begin();
            self.asked = None;
            built.anew = true;
        }
        let Copy::Coming(arriving) = &mut self.copy else {
            return Err(BadCopy);
        };
        if arriving.state().is_none() && chunk.frame.is_none() {
            return Ok(built); // the rest of a copy that was given up
        }
        built.touched.extend(chunk.things.iter().map(|(id, _)| *id));
        arriving.piece(chunk.clone()).map_err(|_| BadCopy)?;
        // All is here but we: that is none of ours.
        if let Some(replica) = arriving.done(account).map_err(|_| BadCopy)? {
            self.copy = Copy::Here(Box::new(replica.counting_from(self.number)));
            self.bad = 0;
        }
        Ok(built)
    }

    fn facts(&mut self, facts: &[Fact], now_secs: u64) -> Result<Built, BadCopy> {
        let mut built = Built::default();
        match &mut self.copy {
            Copy::None | Copy::Hosted(_) => {}
            Copy::Here(replica) => {
                // A new copy may be from after them.
                let newest = replica.state().newest();
                let new = facts.iter().position(|fact| fact.number > newest);
                let new = new.map_or(&[][..], |at| &facts[at..]);
                built.touched = replica.hear(new, now_secs).ok_or(BadCopy)?;
            }
            Copy::Coming(arriving) => {
                for fact in facts {
                    match arriving.state() {
                        // It will be in what comes.
                        None => {}
                        Some(state) if fact.number <= state.newest() => {}
                        Some(_) => {
                            built.touched.extend(arriving.fact(fact).map_err(|_| BadCopy)?);
                        }
                    }
                }
            }
        }
        Ok(built)
    }
}

/// What is here does not fit what the host says.
struct BadCopy;

pub(super) fn note(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    profile: Option<Res<Profile>>,
    time: Res<Time<Real>>,
    mut things: ResMut<Things>,
    mut built: MessageWriter<Built>,
    mut not_built: MessageWriter<NotBuilt>,
    mut host: MessageWriter<TellHost>,
) {
    let (began, moved) = entered
        .read()
        .fold((false, false), |_, entered| (true, entered.moved));
    let over = ended.read().count() > 0;
    let moved = moved && !over;
    if moved && let Copy::Here(replica) = &things.copy {
        let newest = replica.state().newest();
        (things.facts, things.compare_at) = default();
        // What the host before did not answer.
        things.wishes_again = true;
        host.write(TellHost(ToHost::Things(ThingsToHost::Since { newest })));
    } else if began || over {
        *things = Things::default();
        if began {
            things.copy = Copy::Coming(Box::default());
        }
        if moved {
            host.write(TellHost(ToHost::Things(ThingsToHost::Again)));
        }
    }
    if began || over {
        // A world that is the same is moved by another engine.
        built.write(Built {
            anew: true,
            ..default()
        });
    }
    let Some(profile) = profile else {
        told.clear();
        return;
    };
    let now_secs = platform::unix_secs();
    let mut say = |message| {
        host.write(TellHost(ToHost::Things(message)));
    };
    for Told(message) in told.read() {
        let FromHost::Things(message) = message else {
            continue;
        };
        let done = match message {
            // Those of `versions`.
            ThingsFromHost::Versions(_) | ThingsFromHost::NoVersion(_) => continue,
            // Those of `files`.
            ThingsFromHost::File(_) => continue,
            ThingsFromHost::World(chunk) => {
                say(ThingsToHost::Got);
                things.piece(chunk, &profile.identity.account().0)
            }
            ThingsFromHost::Facts(piece) => match things.facts.take::<Vec<Fact>>(piece, MOST_BYTES) {
                Ok(None) => continue,
                Ok(Some(facts)) => {
                    let done = things.facts(&facts, now_secs);
                    if std::mem::take(&mut things.wishes_again)
                        && let Copy::Here(replica) = &things.copy
                    {
                        for piece in replica.wishes().flat_map(cut) {
                            say(ThingsToHost::Wish(piece));
                        }
                    }
                    done
                }
                Err(_) => Err(BadCopy),
            },
            ThingsFromHost::Differs => {
                if let Copy::Here(replica) = &things.copy {
                    warn!("the copy of this world's things differs from the host's: what differs is mended");
                    say(ThingsToHost::Mend(replica.confirmed_digests()));
                }
                continue;
            }
            ThingsFromHost::Patch(patch) => {
                say(ThingsToHost::Got);
                match &mut things.copy {
                    Copy::Here(replica) => replica
                        .patch(patch.clone(), now_secs)
                        .map(|touched| Built { touched, anew: false })
                        .map_err(|_| BadCopy),
                    Copy::None | Copy::Coming(_) | Copy::Hosted(_) => continue,
                }
            }
            ThingsFromHost::Answer { wish, why } => {
                // Nothing to undo is an answer, too.
                if let Some(why) = why {
                    not_built.write(NotBuilt { why: *why });
                }
                match &mut things.copy {
                    Copy::Here(replica) => Ok(Built {
                        touched: replica.refused(*wish, now_secs),
                        anew: false,
                    }),
                    Copy::None | Copy::Coming(_) | Copy::Hosted(_) => Ok(Built::default()),
                }
            }
        };
        match done {
            Ok(change) if !change.anew && change.touched.is_empty() => {}
            Ok(change) => {
                built.write(change);
            }
            Err(BadCopy) => {
                things.bad += 1;
                built.write(Built {
                    anew: true,
                    ..default()
                });
                if things.bad > MOST_BAD {
                    error!("this world's things never fit what its host says: they are left out");
                    *things = Things::default();
                    continue;
                }
                warn!("the copy of this world's things does not fit: it is fetched anew");
                things.begin();
                things.asked = Some(time.elapsed());
                say(ThingsToHost::Again);
            }
        }
    }
    let compare_at = *things.compare_at.get_or_insert(time.elapsed() + COMPARE_EVERY);
    if let Copy::Here(replica) = &things.copy
        && replica.unanswered() == 0
        && time.elapsed() >= compare_at
    {
        say(ThingsToHost::Compare {
            newest: replica.state().newest(),
            digest: replica.confirmed_digest(),
        });
        things.compare_at = None;
    }
    if let Some(asked) = things.asked
        && time.elapsed().saturating_sub(asked) > ASK_AGAIN_AFTER
    {
        things.asked = Some(time.elapsed());
        say(ThingsToHost::Again);
    }
}

pub(super) fn wish(
    mut wishes: MessageReader<Build>,
    mut things: ResMut<Things>,
    mut files: ResMut<Outbox>,
    mut built: MessageWriter<Built>,
    mut not_built: MessageWriter<NotBuilt>,
    mut host: MessageWriter<TellHost>,
) {
    for Build { acts } in wishes.read() {
        if files.holds_back(acts) {
            continue; // its file goes first
        }
        let Copy::Here(replica) = &mut things.copy else {
            not_built.write(NotBuilt { why: Refusal::Nobody });
            continue;
        };
        match replica.wish(acts.clone(), platform::unix_secs()) {
            Ok((wish, touched)) => {
                for piece in cut(&wish) {
                    host.write(TellHost(ToHost::Things(ThingsToHost::Wish(piece))));
                }
                if !touched.is_empty() {
                    built.write(Built { touched, anew: false });
                }
            }
            Err(why) => {
                not_built.write(NotBuilt { why });
            }
        }
    }
}
