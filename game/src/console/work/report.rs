//! What is only looked at: who is here, what was built and done, the table, and all of it as one picture.

use super::super::language::{Given, capability_name, quoted, role_name};
use super::super::picture::{self, Absent, Figures, Picture};
use super::super::told;
use super::super::whom::short_key;
use super::{Done, Hands};
use crate::{customs, platform};
use holm_document::{Capabilities, Capability, PersonNo, Quota, Role};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use holm_net::transport::Path;
use std::collections::BTreeMap;

/// Lines of the past that are told unless more are asked for, and at most.
const PAST: usize = 20;
const MOST_PAST: usize = 500;
/// Lines of it in a picture.
const PICTURED: usize = 60;

impl Hands<'_> {
    pub(super) fn status(&mut self) -> Vec<String> {
        let picture = self.picture();
        let figures = &picture.figures;
        if picture.link.is_none() {
            return vec!["The world is not open.".to_owned()];
        }
        let mut lines = vec![
            format!(
                "{}: open for {}, {} here, {} things, {} people known{}.",
                picture.world,
                told::span(picture.open_secs),
                figures.people,
                figures.things,
                figures.known_people,
                if picture.locked { ", locked" } else { "" },
            ),
            format!(
                "{} facts, {} wishes refused, journal {}.",
                figures.facts,
                figures.refused,
                told::bytes(figures.journal_bytes),
            ),
            format!(
                "Work a frame: {:.2} ms in the middle, {:.2} ms at worst of a hundred; sent {}, received {}.",
                figures.frames.p50_ms,
                figures.frames.p99_ms,
                told::bytes(figures.sent_bytes),
                told::bytes(figures.received_bytes),
            ),
        ];
        if let Some(secs) = picture.closes_secs {
            let what = if picture.restarts { "restarts" } else { "closes" };
            lines.push(format!("It {what} in {}.", told::span(secs)));
        }
        lines
    }

    pub(super) fn people(&mut self) -> Vec<String> {
        let picture = self.picture();
        if picture.people.is_empty() {
            return vec!["Nobody is here.".to_owned()];
        }
        let head = ["NO", "NAME", "ROLE", "KEY", "LINK", "HERE FOR"]
            .map(str::to_owned)
            .to_vec();
        let rows = picture.people.iter().map(|person| {
            let link = match person.ping_ms {
                Some(ping) => format!("{} {ping} ms, {:.0} % lost", person.link, person.lost_percent),
                None => person.link.to_owned(),
            };
            let mut role = person.role.to_owned();
            if person.silent_secs > 0 {
                role += ", silenced";
            }
            let name = if person.name.is_empty() {
                "-".to_owned()
            } else {
                quoted(&person.name)
            };
            vec![
                format!("#{}", person.slot),
                name,
                role,
                person.key.clone(),
                link,
                told::span(person.here_secs),
            ]
        });
        told::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    }

    pub(super) fn things(&mut self) -> Done {
        let called = self.callings();
        let state = self.state()?;
        let mut rows: Vec<_> = state
            .people()
            .map(|(person, _)| (state.usage(person), person))
            .filter(|(usage, _)| usage.things > 0)
            .collect();
        rows.sort_by_key(|(usage, person)| (std::cmp::Reverse(usage.things), *person));
        let mut lines = vec![format!(
            "{} things of {} people, {} in all.",
            state.things().len(),
            rows.len(),
            told::bytes(state.bytes()),
        )];
        let head = ["WHOSE", "THINGS", "FILES", "TRIANGLES", "MOVING", "LAMPS"]
            .map(str::to_owned)
            .to_vec();
        let shown = rows.iter().take(MOST_PAST).map(|(usage, person)| {
            vec![
                called(*person),
                usage.things.to_string(),
                told::bytes(usage.bytes),
                usage.triangles.to_string(),
                usage.moving.to_string(),
                usage.lamps.to_string(),
            ]
        });
        if !rows.is_empty() {
            lines.extend(told::table(
                &std::iter::once(head).chain(shown).collect::<Vec<_>>(),
            ));
        }
        Ok(lines)
    }

    /// How people of the world's books are called now.
    fn callings(&mut self) -> impl Fn(PersonNo) -> String + use<> {
        let known = self.known();
        let names: BTreeMap<PersonNo, String> = known
            .into_iter()
            .filter_map(|one| Some((one.person?, one.called())))
            .collect();
        let host = self.host().map(|account| account.0);
        let look = self.ledger.look();
        let host = host.and_then(|account| look?.state.number_of(&account));
        move |person| match names.get(&person) {
            Some(_) if Some(person) == host => "the host".to_owned(),
            Some(name) => name.clone(),
            None => "somebody forgotten".to_owned(),
        }
    }

    fn past(&mut self, of: Option<PersonNo>, count: usize) -> Vec<picture::Past> {
        let called = self.callings();
        let Some(look) = self.ledger.look() else {
            return Vec::new();
        };
        let facts = look.history.past().rev().map(|past| &past.fact);
        let facts = facts.filter(|fact| of.is_none_or(|person| fact.by == person));
        facts
            .take(count)
            .map(|fact| picture::Past {
                number: fact.number,
                at_secs: fact.at_secs,
                who: called(fact.by),
                what: told::deed(fact, &called),
            })
            .collect()
    }

    pub(super) fn history(&mut self, given: &Given) -> Done {
        let of = match &given.person {
            None => None,
            Some(_) => Some(self.standing(given)?.0),
        };
        let count = given
            .number
            .map_or(PAST, |count| count.min(MOST_PAST as u64) as usize);
        let mut past = self.past(of, count);
        past.reverse();
        if past.is_empty() {
            return Ok(vec!["Nothing was done yet.".to_owned()]);
        }
        let rows: Vec<Vec<String>> = past
            .into_iter()
            .map(|past| {
                vec![
                    format!("no. {}", past.number),
                    told::clock(past.at_secs),
                    past.who,
                    past.what,
                ]
            })
            .collect();
        Ok(told::table(&rows))
    }

    pub(super) fn table(&mut self) -> Done {
        let powers = self.state()?.powers();
        let head = std::iter::once(String::new()).chain(Role::ALL.map(|role| role_name(role).to_owned()));
        let mut rows: Vec<Vec<String>> = vec![head.collect()];
        for capability in Capability::ALL {
            let may = Role::ALL.map(|role| match powers.line(role).may.has(capability) {
                true => "yes".to_owned(),
                false => "-".to_owned(),
            });
            rows.push(
                std::iter::once(capability_name(capability).to_owned())
                    .chain(may)
                    .collect(),
            );
        }
        type Count = fn(&Quota) -> String;
        let counts: [(&str, Count); 3] = [
            ("things", |quota| quota.things.to_string()),
            ("bytes", |quota| told::bytes(quota.bytes)),
            ("wishes a second", |quota| quota.wishes_per_sec.to_string()),
        ];
        for (name, count) in counts {
            let of = Role::ALL.map(|role| count(&powers.line(role).quota));
            rows.push(std::iter::once(name.to_owned()).chain(of).collect());
        }
        let mut lines = told::table(&rows);
        lines.push(format!(
            "Newcomers are {}; the world is {}.",
            role_name(powers.newcomer()),
            if powers.locked { "locked" } else { "not locked" },
        ));
        Ok(lines)
    }

    /// How everything is now.
    pub(super) fn picture(&mut self) -> Picture {
        let now = self.time.elapsed();
        let now_secs = platform::unix_secs();
        let host = self.host();
        let links: BTreeMap<Slot, _> = self
            .session
            .guest_links()
            .into_iter()
            .map(|link| (link.slot, link))
            .collect();
        let totals = self.session.host_totals().unwrap_or_default();
        let mut people = Vec::new();
        self.session.for_each_person(|person| {
            let link = links.get(&person.slot);
            let here = self.desk.since.get(&person.slot);
            people.push((
                person.account,
                picture::Person {
                    slot: person.slot.0,
                    name: customs::name(&person.name),
                    key: short_key(&person.account),
                    host: host == Some(person.account),
                    ping_ms: person.ping_ms,
                    link: match (person.away, person.path) {
                        (true, _) => "away",
                        (false, Path::Unknown) => "here",
                        (false, Path::Direct) => "direct",
                        (false, Path::Relayed) => "relayed",
                        (false, Path::Memory) => "memory",
                    },
                    lost_percent: link.map_or(0.0, |link| link.loss * 100.0),
                    here_secs: here.map_or(0, |here| now.saturating_sub(here.since).as_secs()),
                    sent_bytes: link.map_or(0, |link| link.link.sent_bytes),
                    received_bytes: link.map_or(0, |link| link.link.received_bytes),
                    ..Default::default()
                },
            ));
        });
        let history = self.past(None, PICTURED);
        let bars = self.bars_shown();
        let desk = &*self.desk;
        let mut picture = Picture {
            world: customs::world_name(self.session.world_name()),
            link: desk.link.clone(),
            open_secs: desk
                .opened
                .map_or(0, |opened| now.saturating_sub(opened).as_secs()),
            closes_secs: desk
                .leaving
                .as_ref()
                .map(|end| end.at.saturating_sub(now).as_secs()),
            restarts: desk.leaving.as_ref().is_some_and(|end| end.restart),
            capabilities: Capability::ALL.map(capability_name).to_vec(),
            history,
            bars,
            figures: Figures {
                people: people.len(),
                joins: totals.joins,
                turned_away: totals.refused,
                misbehaved: totals.misbehaved,
                sent_bytes: totals.sent_stream_bytes + totals.sent_order_bytes + totals.sent_bulk_bytes,
                received_bytes: totals.received_stream_bytes + totals.received_order_bytes,
                frames: self.pace.percentiles(),
                histogram: self.pace.histogram(),
                ..Default::default()
            },
            ..Default::default()
        };
        if let Some(look) = self.ledger.look() {
            let (state, powers) = (look.state, look.state.powers());
            for (account, person) in &mut people {
                let Some(number) = state.number_of(&account.0) else {
                    continue;
                };
                let Some(standing) = state.person(number) else {
                    continue;
                };
                person.role = role_name(standing.role);
                person.silent_secs = standing.silent_until.saturating_sub(now_secs);
                person.more = names_of(standing.more);
                person.less = names_of(standing.less);
                person.things = state.usage(number).things;
            }
            let banned = state
                .people()
                .filter(|(_, standing)| standing.banned)
                .take(MOST_PAST);
            picture.banned = banned
                .map(|(_, standing)| Absent {
                    name: desk.names.of(&standing.account),
                    key: short_key(&AccountKey(standing.account)),
                })
                .collect();
            picture.locked = powers.locked;
            picture.newcomers = role_name(powers.newcomer());
            picture.roles = Role::ALL
                .map(|role| picture::Role {
                    name: role_name(role),
                    may: names_of(powers.line(role).may),
                    fixed: role == Role::Owner,
                })
                .to_vec();
            picture.figures.things = state.things().len();
            picture.figures.known_people = state.people().len();
            picture.figures.facts = state.newest();
            picture.figures.refused = look.refused;
            picture.figures.journal_bytes = look.journal_bytes;
        }
        picture.people = people.into_iter().map(|(_, person)| person).collect();
        picture
    }
}

fn names_of(these: Capabilities) -> Vec<&'static str> {
    let all = Capability::ALL.into_iter().filter(|one| these.has(*one));
    all.map(capability_name).collect()
}
