//! Orders are done, and what came of them is said.
//!
//! Flow: [`obey`] does at once what needs nobody, and asks the ledger for the rest; [`hear`] says what the ledger did, and
//! asks on where one decree is not enough (rolling back).

use super::language::{self, Allotted, Given, Order, Verb, capability_name, role_name};
use super::pace::Pace;
use super::whom::{self, Known, short_key};
use super::{Answer, Answered, Ask, Asked, Desk, ForPlatform, Leaving, PlatformAsked, told};
use crate::chat::HostSays;
use crate::customs;
use crate::platform;
use crate::powers::barred::{BanAddresses, Barred};
use crate::profile::Profile;
use crate::session::{Kick, Session, SessionPhase};
use crate::succession::{GoOn, HandOver, NameHeir, Testament};
use crate::things::wire::VersionWish;
use crate::things::{Decree, Decreed, Ledger, VersionDecree, VersionsTold};
use crate::world::ChooseMoment;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use holm_document::deed::Order as Power;
use holm_document::{Act, Capabilities, Capability, PersonNo, Quota, Refusal, Role, Standing, State};
use holm_identity::AccountKey;
use std::collections::BTreeSet;
use std::time::Duration;

mod bars;
mod heirs;
mod report;

/// What is said where there is no world to order anything in.
const NOT_OPEN: &str = "The world is not open.";
/// What is said when an order was not given for a reason.
const KICKED: &str = "the host sent you away";
/// Longest silence, minutes: a year. What is meant for good is a ban.
const MOST_SILENT_MINUTES: u64 = 366 * 24 * 60;
/// Furthest that is rolled back, minutes.
const MOST_BACK_MINUTES: u64 = 366 * 24 * 60;
/// Longest that an end is announced ahead: a day.
const MOST_COUNTED_SECS: u64 = 24 * 60 * 60;
/// So many facts of one roll-back, 8,192 deeds each: more than a history holds.
const MOST_ROUNDS: u32 = 64;

/// What waits for the ledger.
#[derive(Clone, Debug)]
pub(super) enum Job {
    /// Said when it is done, and when all was so already.
    Once {
        done: String,
        already: String,
    },
    /// The same, and what became of where they come from.
    Ban {
        account: AccountKey,
        done: String,
        already: String,
    },
    RollBack {
        person: PersonNo,
        called: String,
        secs: u64,
        begun: Duration,
        /// What one rolls back of oneself is itself something one did: more than one round would bring it back.
        own: bool,
        rounds: u32,
    },
    Version(VersionWish),
    /// The versions there are, for whoever shows them.
    Versions,
}

/// All that an order may need.
#[derive(SystemParam)]
pub(super) struct Hands<'w> {
    session: ResMut<'w, Session>,
    ledger: ResMut<'w, Ledger>,
    profile: Option<Res<'w, Profile>>,
    time: Res<'w, Time<Real>>,
    pace: Res<'w, Pace>,
    desk: ResMut<'w, Desk>,
    decrees: MessageWriter<'w, Decree>,
    kicks: MessageWriter<'w, Kick>,
    says: MessageWriter<'w, HostSays>,
    moments: MessageWriter<'w, ChooseMoment>,
    platform: MessageWriter<'w, PlatformAsked>,
    versions: MessageWriter<'w, VersionDecree>,
    testament: Res<'w, Testament>,
    wills: MessageWriter<'w, NameHeir>,
    hand_overs: MessageWriter<'w, HandOver>,
    go_ons: MessageWriter<'w, GoOn>,
    barred: ResMut<'w, Barred>,
    ban_addresses: Res<'w, BanAddresses>,
}

/// An order that was not carried out, and why; or one that was, and what to say.
type Done = Result<Vec<String>, String>;

pub(super) fn obey(mut asked: MessageReader<Asked>, mut answered: MessageWriter<Answered>, mut hands: Hands) {
    for Asked { ticket, what } in asked.read() {
        let answer = match what {
            Ask::Picture => Some(Answer::Picture(Box::new(hands.picture()))),
            Ask::Versions => hands.ask_versions(*ticket),
            Ask::Line(line) => match language::parse(line) {
                Ok(None) => Some(Answer::Said {
                    done: true,
                    lines: Vec::new(),
                }),
                Ok(Some(order)) => hands.order(*ticket, &order).map(|done| match done {
                    Ok(lines) => Answer::Said { done: true, lines },
                    Err(why) => Answer::not(why),
                }),
                Err(wrong) => Some(Answer::not(wrong)),
            },
        };
        if let Some(answer) = answer {
            answered.write(Answered {
                ticket: *ticket,
                answer,
            });
        }
    }
}

/// What the ledger made of our decrees.
pub(super) fn hear(
    mut decreed: MessageReader<Decreed>,
    mut versions: MessageReader<VersionsTold>,
    mut answered: MessageWriter<Answered>,
    mut hands: Hands,
) {
    for VersionsTold { ticket, outcome } in versions.read() {
        let Some(job) = hands.desk.jobs.remove(ticket) else {
            continue;
        };
        let lines = outcome.as_ref().map_err(|why| *why);
        let now_secs = platform::unix_secs();
        let own = hands.profile.as_ref().map(|profile| profile.identity.account().0);
        let name = |account: &[u8; 32]| {
            if own == Some(*account) {
                "the host".to_owned()
            } else {
                hands.desk.names.of(account)
            }
        };
        let answer = match job {
            Job::Version(wish) => told::versions(&wish, lines, now_secs, &name),
            _ => told::saved(lines, &name),
        };
        answered.write(Answered {
            ticket: *ticket,
            answer,
        });
    }
    for Decreed { ticket, outcome } in decreed.read() {
        let Some(job) = hands.desk.jobs.remove(ticket) else {
            continue;
        };
        let answer = match (job, outcome) {
            // Answered by its own message.
            (job @ (Job::Version(_) | Job::Versions), _) => {
                hands.desk.jobs.insert(*ticket, job);
                continue;
            }
            (Job::Once { done, .. }, Ok(true)) => Answer::done(done),
            (Job::Ban { account, done, .. }, Ok(true)) => {
                let barring = hands.barred.of_ban(&account.0).and_then(told::barring);
                let lines = std::iter::once(done).chain(barring.map(str::to_owned));
                Answer::Said {
                    done: true,
                    lines: lines.collect(),
                }
            }
            (Job::Once { already, .. } | Job::Ban { already, .. }, Ok(false)) => Answer::done(already),
            (Job::Once { .. } | Job::Ban { .. }, Err(why)) => Answer::not(told::refusal(*why)),
            (
                Job::RollBack {
                    person,
                    called,
                    secs,
                    begun,
                    own,
                    rounds,
                },
                outcome,
            ) => match outcome {
                Ok(true) if rounds < MOST_ROUNDS && !own => {
                    // As long ago as when it was asked for, and on from there.
                    let waited = hands.time.elapsed().saturating_sub(begun).as_secs();
                    hands.decree(
                        *ticket,
                        Act::RollBack {
                            person,
                            secs: secs + waited,
                        },
                    );
                    let rounds = rounds + 1;
                    let job = Job::RollBack {
                        person,
                        called,
                        secs,
                        begun,
                        own,
                        rounds,
                    };
                    hands.desk.jobs.insert(*ticket, job);
                    continue;
                }
                Ok(_) | Err(Refusal::Nothing) if rounds > 0 || *outcome == Ok(true) => {
                    let minutes = told::span(secs);
                    Answer::done(format!("What {called} did in the last {minutes} is taken back."))
                }
                Ok(_) | Err(Refusal::Nothing) => Answer::done(format!(
                    "{called} did nothing in that time that could be taken back."
                )),
                Err(why) if rounds > 0 => Answer::not(format!(
                    "A part of it is taken back, and then: {} Say it again.",
                    told::refusal(*why)
                )),
                Err(why) => Answer::not(told::refusal(*why)),
            },
        };
        answered.write(Answered {
            ticket: *ticket,
            answer,
        });
    }
}

impl Hands<'_> {
    /// `None`: the ledger or the platform answers later.
    fn order(&mut self, ticket: u64, order: &Order) -> Option<Done> {
        let given = &order.given;
        let done = match order.verb {
            Verb::Help => Ok(told::help(given.command)),
            Verb::Status => Ok(self.status()),
            Verb::Stop => self.leave(given, false),
            Verb::Restart => self.leave(given, true),
            Verb::Stay => self.stay(),
            Verb::Reload => return self.ask_platform(ticket, ForPlatform::Reload),
            Verb::Admin => return self.ask_platform(ticket, ForPlatform::AdminLink),
            _ if !self.is_open() => Err(NOT_OPEN.to_owned()),
            Verb::People => Ok(self.people()),
            Verb::Things => self.things(),
            Verb::History => self.history(given),
            Verb::Table => self.table(),
            Verb::Say => self.say(given),
            Verb::Kick => self.kick(given),
            Verb::Moment => self.moment(given),
            Verb::Heirs => Ok(self.heirs()),
            Verb::Heir => self.heir(given),
            Verb::Disown => self.disown(given),
            Verb::HandOver => self.hand_over(),
            Verb::GoOn => self.go_on(),
            Verb::Bars => Ok(self.bars()),
            Verb::Unbar => self.unbar(given),
            Verb::Save | Verb::Versions | Verb::Restore | Verb::Forget => {
                // A name with spaces may be typed as in other places, and need not.
                let text = given.text.as_deref().unwrap_or_default().trim();
                let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                let name = bare.unwrap_or(text).to_owned();
                let wish = match order.verb {
                    Verb::Save => VersionWish::Save { name },
                    Verb::Restore => VersionWish::Restore { name },
                    Verb::Forget => VersionWish::Remove { name },
                    _ => VersionWish::List,
                };
                self.desk.jobs.insert(ticket, Job::Version(wish.clone()));
                self.versions.write(VersionDecree { ticket, wish });
                return None;
            }
            _ => match self.power(order) {
                // The past is not filled with what changed nothing.
                Ok((Act::Order(power), Job::Once { already, .. } | Job::Ban { already, .. }))
                    if self.is_so(&power) =>
                {
                    Ok(vec![already])
                }
                Ok((act, job)) => {
                    self.decree(ticket, act);
                    self.desk.jobs.insert(ticket, job);
                    return None;
                }
                Err(why) => Err(why),
            },
        };
        Some(done)
    }

    /// The world is open here.
    fn is_open(&self) -> bool {
        self.session.phase() == SessionPhase::Inside && self.session.is_host()
    }

    /// `None`: whoever keeps them answers later.
    fn ask_versions(&mut self, ticket: u64) -> Option<Answer> {
        if !self.is_open() {
            return Some(Answer::not(NOT_OPEN));
        }
        self.desk.jobs.insert(ticket, Job::Versions);
        self.versions.write(VersionDecree {
            ticket,
            wish: VersionWish::List,
        });
        None
    }

    fn decree(&mut self, ticket: u64, act: Act) {
        self.decrees.write(Decree {
            ticket,
            acts: vec![act],
        });
    }

    fn ask_platform(&mut self, ticket: u64, what: ForPlatform) -> Option<Done> {
        self.platform.write(PlatformAsked { ticket, what });
        None
    }

    /// Everybody who may be meant, those who are here first.
    fn known(&mut self) -> Vec<Known> {
        let mut here = Vec::new();
        let session = &self.session;
        session.for_each_person(|person| {
            here.push(Known {
                slot: Some(person.slot),
                account: person.account,
                name: customs::name(&person.name),
                person: None,
            });
        });
        let Some(look) = self.ledger.look() else {
            return here;
        };
        for one in &mut here {
            one.person = look.state.number_of(&one.account.0);
        }
        let present: BTreeSet<[u8; 32]> = here.iter().map(|one| one.account.0).collect();
        let absent = look
            .state
            .people()
            .filter(|(_, standing)| !present.contains(&standing.account));
        here.extend(absent.map(|(person, standing)| Known {
            slot: None,
            account: AccountKey(standing.account),
            name: self.desk.names.of(&standing.account),
            person: Some(person),
        }));
        here
    }

    fn find(&mut self, given: &Given) -> Result<Known, String> {
        let text = given.person.as_deref().unwrap_or_default();
        whom::find(&self.known(), text).cloned()
    }

    /// Somebody in the world's books, and what is written there of them.
    fn standing(&mut self, given: &Given) -> Result<(PersonNo, Known, Standing), String> {
        let found = self.find(given)?;
        let look = self.ledger.look().ok_or_else(|| told::refusal(Refusal::Nobody))?;
        let person = found.person.ok_or("They have only just come: say it again.")?;
        let standing = look.state.person(person).cloned();
        let standing = standing.ok_or_else(|| told::refusal(Refusal::Nobody))?;
        Ok((person, found, standing))
    }

    /// Whoever runs this host.
    fn host(&self) -> Option<AccountKey> {
        self.profile.as_ref().map(|profile| profile.identity.account())
    }

    fn state(&mut self) -> Result<&State, String> {
        self.ledger
            .look()
            .map(|look| look.state)
            .ok_or_else(|| "The world is not open yet.".to_owned())
    }

    /// Whether all is as it would be then.
    fn is_so(&mut self, power: &Power) -> bool {
        let Some(look) = self.ledger.look() else {
            return false;
        };
        let (state, powers) = (look.state, look.state.powers());
        let now_secs = platform::unix_secs();
        let of = |person: &PersonNo, is: &dyn Fn(&Standing) -> bool| state.person(*person).is_some_and(is);
        match power {
            Power::Rank { person, role } => of(person, &|one| one.role == *role),
            Power::Except { person, more, less } => of(person, &|one| (one.more, one.less) == (*more, *less)),
            Power::Allot { person, quota } => of(person, &|one| one.quota == *quota),
            Power::Ban { person, banned } => of(person, &|one| one.banned == *banned),
            Power::Silence { person, until_secs } => {
                of(person, &|one| *until_secs == 0 && one.silent_until <= now_secs)
            }
            Power::Line { role, line } => powers.line(*role) == *line,
            Power::Newcomers { role } => powers.newcomers == *role,
            Power::Lock { locked } => powers.locked == *locked,
            Power::Block { .. } => false,
        }
    }

    /// A change of what is kept: what to decree, and what to say.
    fn power(&mut self, order: &Order) -> Result<(Act, Job), String> {
        let given = &order.given;
        let once =
            |power, done: String, already: String| Ok((Act::Order(power), Job::Once { done, already }));
        match order.verb {
            Verb::Lock => once(
                Power::Lock { locked: true },
                "The world is locked.".to_owned(),
                "It is locked already.".to_owned(),
            ),
            Verb::Unlock => once(
                Power::Lock { locked: false },
                "The world is open for building again.".to_owned(),
                "It is not locked.".to_owned(),
            ),
            Verb::Newcomers => {
                let role = given.role.unwrap_or_default();
                let name = role_name(role);
                once(
                    Power::Newcomers { role },
                    format!("Who comes for the first time is {name} from now on."),
                    format!("Newcomers are {name} already."),
                )
            }
            Verb::Grant | Verb::Revoke => self.line(order),
            _ => self.personal(order),
        }
    }

    /// A change of the table.
    fn line(&mut self, order: &Order) -> Result<(Act, Job), String> {
        let role = order.given.role.unwrap_or_default();
        let capability = order.given.capability.unwrap_or(Capability::Emote);
        let (role_called, called) = (role_name(role), capability_name(capability));
        if role == Role::Owner {
            return Err("Whoever owns the world may everything, always.".to_owned());
        }
        let mut line = self.state()?.powers().line(role);
        let may = order.verb == Verb::Grant;
        line.may = if may {
            line.may.with(capability)
        } else {
            line.may.without(Capabilities::of(&[capability]))
        };
        let not = if may { "" } else { " not" };
        let said = |when: &str| format!("The role {role_called} may{not} {called} {when}.");
        Ok((
            Act::Order(Power::Line { role, line }),
            Job::Once {
                done: said("from now on"),
                already: said("already"),
            },
        ))
    }

    /// What is said of one person.
    fn personal(&mut self, order: &Order) -> Result<(Act, Job), String> {
        let given = &order.given;
        let (person, found, standing) = self.standing(given)?;
        let called = found.called();
        let number = given.number.unwrap_or_default();
        let (power, done, already) = match order.verb {
            Verb::Ban => {
                let job = Job::Ban {
                    account: found.account,
                    done: format!("{called} is banned ({}).", short_key(&found.account)),
                    already: format!("{called} is banned already."),
                };
                return Ok((Act::Order(Power::Ban { person, banned: true }), job));
            }
            Verb::Unban => (
                Power::Ban {
                    person,
                    banned: false,
                },
                format!("{called} may come back."),
                format!("{called} is not banned."),
            ),
            Verb::Silence => {
                let minutes = number.min(MOST_SILENT_MINUTES);
                let until_secs = match minutes {
                    0 => 0,
                    _ => platform::unix_secs() + minutes * 60,
                };
                let done = match minutes {
                    0 => format!("{called} is heard again."),
                    _ => format!("Nobody hears or reads {called} for {}.", told::span(minutes * 60)),
                };
                (
                    Power::Silence { person, until_secs },
                    done,
                    format!("{called} is heard already."),
                )
            }
            Verb::Role => {
                let role = given.role.unwrap_or_default();
                let name = role_name(role);
                (
                    Power::Rank { person, role },
                    format!("{called} has the role {name} now."),
                    format!("{called} has the role {name} already."),
                )
            }
            Verb::Allow | Verb::Deny | Verb::Default => {
                let capability = given.capability.unwrap_or(Capability::Emote);
                let one = Capabilities::of(&[capability]);
                let (more, less) = (standing.more.without(one), standing.less.without(one));
                let (more, less, may) = match order.verb {
                    Verb::Allow => (more.with(capability), less, "may"),
                    Verb::Deny => (more, less.with(capability), "may not"),
                    _ => (more, less, "may as their role says:"),
                };
                let name = capability_name(capability);
                (
                    Power::Except { person, more, less },
                    format!("{called} {may} {name} from now on."),
                    format!("{called} {may} {name} already."),
                )
            }
            Verb::Quota => return self.quota(given, person, &called, &standing),
            Verb::RollBack => {
                if number == 0 {
                    return Err("Say how many minutes, at least 1.".to_owned());
                }
                let secs = number.min(MOST_BACK_MINUTES) * 60;
                let job = Job::RollBack {
                    person,
                    called,
                    secs,
                    begun: self.time.elapsed(),
                    own: self.host() == Some(found.account),
                    rounds: 0,
                };
                return Ok((Act::RollBack { person, secs }, job));
            }
            _ => return Err("That is not understood.".to_owned()),
        };
        Ok((Act::Order(power), Job::Once { done, already }))
    }

    fn quota(
        &mut self,
        given: &Given,
        person: PersonNo,
        called: &str,
        standing: &Standing,
    ) -> Result<(Act, Job), String> {
        let state = self.state()?;
        let now = state.powers().quota(standing);
        let quota = match &given.quota {
            None => {
                let usage = state.usage(person);
                // An answer, and nothing to do.
                return Err(format!(
                    "{called} has {} of {} things, {} of {}, {} of {} triangles, {} of {} moving, {} of {} lamps; \
                     {} wishes a second{}.",
                    usage.things,
                    now.things,
                    told::bytes(usage.bytes),
                    told::bytes(now.bytes),
                    usage.triangles,
                    now.triangles,
                    usage.moving,
                    now.moving,
                    usage.lamps,
                    now.lamps,
                    now.wishes_per_sec,
                    if standing.quota.is_none() {
                        ", as their role may"
                    } else {
                        ""
                    },
                ));
            }
            Some(Allotted::Default) => None,
            Some(Allotted::These(these)) => Some(with(now, these)?),
        };
        Ok((
            Act::Order(Power::Allot { person, quota }),
            Job::Once {
                done: format!("What {called} may have is changed."),
                already: format!("{called} may have so much already."),
            },
        ))
    }

    fn say(&mut self, given: &Given) -> Done {
        let text = given.text.as_deref().and_then(customs::chat_line);
        let text = text.ok_or("Nothing of that can be read.")?;
        self.says.write(HostSays { text, to: None });
        let mut people = 0;
        self.session.for_each_person(|_| people += 1);
        Ok(vec![match people {
            0 => "Nobody is here; who comes in reads it.".to_owned(),
            1 => "Said to the one who is here.".to_owned(),
            n => format!("Said to {n} people."),
        }])
    }

    fn kick(&mut self, given: &Given) -> Done {
        let found = self.find(given)?;
        let Some(slot) = found.slot else {
            return Err(format!("{} is not here.", found.called()));
        };
        let host = self.host();
        if self.session.me() == Some(slot) || host == Some(found.account) {
            return Err(told::refusal(Refusal::Above));
        }
        let why = given.text.as_deref().and_then(customs::chat_line);
        self.kicks.write(Kick {
            slot,
            why: why.unwrap_or_else(|| KICKED.to_owned()),
        });
        Ok(vec![format!("{} is sent away.", found.called())])
    }

    fn moment(&mut self, given: &Given) -> Done {
        let number = given.number.and_then(|number| u8::try_from(number).ok());
        let number = number.ok_or("No world has so many moments.")?;
        self.moments.write(ChooseMoment(number));
        Ok(vec![format!("It is moment {number} in this world now.")])
    }

    fn leave(&mut self, given: &Given, restart: bool) -> Done {
        let secs = given.number.unwrap_or_default();
        if secs > MOST_COUNTED_SECS {
            return Err("At most a day ahead: 86400.".to_owned());
        }
        let reason = given.text.as_deref().and_then(customs::chat_line);
        self.desk.leaving = Some(Leaving {
            at: self.time.elapsed() + Duration::from_secs(secs),
            restart,
            reason: reason.unwrap_or_default(),
            said: u64::MAX,
        });
        let what = if restart { "restarts" } else { "closes" };
        Ok(vec![match secs {
            0 => format!("The world {what} now."),
            _ => format!("The world {what} in {}; `stay` calls it off.", told::span(secs)),
        }])
    }

    fn stay(&mut self) -> Done {
        let leaving = self.desk.leaving.take();
        let leaving = leaving.ok_or("No end was announced.")?;
        if leaving.said != u64::MAX {
            self.says.write(HostSays {
                text: "The world stays open.".to_owned(),
                to: None,
            });
        }
        Ok(vec!["The world stays open.".to_owned()])
    }
}

fn with(mut quota: Quota, these: &[(&'static str, u64)]) -> Result<Quota, String> {
    let narrow = |name: &str, number: u64| {
        u32::try_from(number).map_err(|_| format!("{name}={number} is more than there can be."))
    };
    for (name, number) in these {
        match *name {
            "things" => quota.things = narrow(name, *number)?,
            "bytes" => quota.bytes = *number,
            "triangles" => quota.triangles = *number,
            "moving" => quota.moving = narrow(name, *number)?,
            "lamps" => quota.lamps = narrow(name, *number)?,
            _ => {
                quota.wishes_per_sec = u16::try_from(*number)
                    .map_err(|_| format!("{name}={number} is more than there can be."))?;
            }
        }
    }
    Ok(quota)
}
