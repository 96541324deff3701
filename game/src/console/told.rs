//! What a console says: tables, the past in words, refusals as sentences.
//!
//! Invariant: names were tamed by `customs` before; nothing here can move a terminal's cursor.

use super::Answer;
use super::language::COMMANDS;
use super::language::{Spec, capability_name, quoted, role_name, usage};
use super::picture::{Bar, Saved};
use super::whom::short_key;
use crate::powers::barred::Barring;
use crate::succession::Readiness;
use crate::things::wire::{NoVersion, VersionLine, VersionWish};
use holm_document::{Deed, Fact, Order, PersonNo, Refusal, ThingId, Way};
use holm_identity::AccountKey;
use std::collections::BTreeSet;
use unicode_segmentation::UnicodeSegmentation;

/// What everybody is told while the world is about to close.
pub(super) fn closing(restart: bool, secs: u64, reason: &str) -> String {
    let what = if restart { "restarts" } else { "closes" };
    format!("{}This world {what} in {}.", before(reason), span(secs))
}

/// What everybody is told when it does.
pub(super) fn goodbye(restart: bool, reason: &str) -> String {
    let what = if restart {
        "The host restarts the world: come back in a moment."
    } else {
        "The host has closed the world."
    };
    format!("{}{what}", before(reason))
}

fn before(reason: &str) -> String {
    match reason.chars().last() {
        None => String::new(),
        Some('.' | '!' | '?' | '…' | '。') => format!("{reason} "),
        Some(_) => format!("{reason}. "),
    }
}

/// `45 seconds`, `3 minutes`, `2 h 5 min`.
pub(super) fn span(secs: u64) -> String {
    let counted = |count: u64, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    match secs {
        0..=119 if secs != 60 => counted(secs, "second"),
        0..=7_199 => counted(secs.div_ceil(60), "minute"),
        _ => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
    }
}

/// `640 B`, `12.4 MB`.
pub(super) fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} B"),
        1_000..1_000_000 => format!("{:.1} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

/// Seconds since 1970 as `2026-11-28 14:02:11`, UTC.
pub(super) fn clock(at_secs: u64) -> String {
    let (days, secs) = (at_secs / 86_400, at_secs % 86_400);
    // Days to a date of the Gregorian calendar (Howard Hinnant, “chrono-compatible low-level date algorithms”).
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        secs / 3_600,
        secs / 60 % 60,
        secs % 60
    )
}

/// Lines with their columns under each other.
pub(super) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let letters = |text: &str| text.graphemes(true).count();
    let widths: Vec<usize> = (0..columns)
        .map(|at| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| letters(cell))
                .max()
                .unwrap_or_default()
        })
        .collect();
    let line = |row: &Vec<String>| {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            text += cell;
            text.extend(std::iter::repeat_n(' ', width - letters(cell) + 2));
        }
        text.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// All commands, or one.
pub(super) fn help(command: Option<&Spec>) -> Vec<String> {
    let Some(spec) = command else {
        let rows: Vec<Vec<String>> = COMMANDS
            .iter()
            .map(|spec| vec![usage(spec), spec.help.to_owned()])
            .collect();
        let mut lines = table(&rows);
        lines.push(
            "PERSON is a number of `people`, the beginning of a name, or @ and that of a key; names with spaces go in quotes."
                .to_owned(),
        );
        return lines;
    };
    let mut lines = vec![usage(spec), spec.help.to_owned()];
    if let Some(needs) = spec.needs {
        lines.push(format!("It needs the right to {}.", capability_name(needs)));
    }
    lines
}

/// Why something was not done.
pub(super) fn refusal(why: Refusal) -> String {
    match why {
        Refusal::NotAllowed(capability) => {
            format!(
                "You may not: this world does not allow you to {}.",
                capability_name(capability)
            )
        }
        Refusal::Above => {
            "You may not: nobody changes whoever stands above them, and a world keeps an owner.".to_owned()
        }
        Refusal::NoFile => "It was not done: its file is not here.".to_owned(),
        Refusal::NotKept => "It was not done: the disk takes nothing just now.".to_owned(),
        Refusal::CutOff => {
            "It was not done: others may go on with this world elsewhere. `heirs` says more.".to_owned()
        }
        Refusal::TooOften => "That is too much at once: wait a few seconds.".to_owned(),
        Refusal::Nothing => "There is nothing to take back.".to_owned(),
        Refusal::Nobody => "This world does not know them.".to_owned(),
        other => format!("It was not done: {other}."),
    }
}

/// What somebody did by this fact.
pub(super) fn deed(fact: &Fact, name: &dyn Fn(PersonNo) -> String) -> String {
    let begin = match fact.way {
        Way::Done => String::new(),
        Way::Undone { fact, .. } => format!("took back no. {fact}: "),
        Way::Redone { fact, .. } => format!("did again what no. {fact} took back: "),
        Way::RolledBack(person) => format!("rolled back {}: ", name(person)),
        Way::Restored { fact } => format!("restored the world as of no. {fact}: "),
        Way::Settled => "came to rest: ".to_owned(),
    };
    let (mut made, mut changed, mut removed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut words: Vec<String> = Vec::new();
    for deed in &fact.deeds {
        match deed {
            Deed::Made { thing, .. } | Deed::Remade { thing, .. } => {
                made.insert(*thing);
            }
            Deed::Set { thing, .. } | Deed::Restored { thing, .. } | Deed::Cleared { thing, .. } => {
                changed.insert(*thing);
            }
            Deed::Removed { thing } => {
                removed.insert(*thing);
            }
            Deed::Given { owner, .. } => words.push(format!("gave something to {}", name(*owner))),
            Deed::Met { .. } => words.push("came for the first time".to_owned()),
            Deed::Ordered { order, .. } => words.push(self::order(order, name)),
            Deed::Forgotten { .. } => words.push("was forgotten".to_owned()),
        }
    }
    let count = |what: &str, things: &BTreeSet<ThingId>| match things.len() {
        0 => None,
        1 => Some(format!("{what} a thing")),
        n => Some(format!("{what} {n} things")),
    };
    words.extend(count("made", &made));
    words.extend(count("changed", &changed));
    words.extend(count("removed", &removed));
    let more = words.len().saturating_sub(4);
    words.truncate(4);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    if words.is_empty() {
        words.push("changed nothing".to_owned());
    }
    begin + &words.join(", ")
}

fn order(order: &Order, name: &dyn Fn(PersonNo) -> String) -> String {
    match order {
        Order::Rank { person, role } => format!("gave {} the role {}", name(*person), role_name(*role)),
        Order::Except { person, .. } => format!("changed what {} may", name(*person)),
        Order::Allot { person, .. } => format!("changed how much {} may have", name(*person)),
        Order::Ban { person, banned: true } => format!("banned {}", name(*person)),
        Order::Ban {
            person,
            banned: false,
        } => format!("let {} come back", name(*person)),
        Order::Silence { person, until_secs } => match until_secs {
            0 => format!("let {} speak again", name(*person)),
            _ => format!("silenced {} until {} UTC", name(*person), clock(*until_secs)),
        },
        Order::Line { role, .. } => format!("changed what the role {} may", role_name(*role)),
        Order::Newcomers { role } => format!("made newcomers {}", role_name(*role)),
        Order::Lock { locked: true } => "locked the world".to_owned(),
        Order::Lock { locked: false } => "unlocked the world".to_owned(),
        // Whom is between the two of them.
        Order::Block { blocked: true, .. } => "blocked somebody".to_owned(),
        Order::Block { blocked: false, .. } => "unblocked somebody".to_owned(),
    }
}

/// What a ban did about the network that somebody comes from, where that is worth a line.
pub(super) fn barring(barring: Barring) -> Option<&'static str> {
    match barring {
        Barring::Done => Some(
            "Their network is kept out for a week, too: `bars` lists what is, and `unbar` lets it in again.",
        ),
        Barring::Shared => {
            Some("Their network is not kept out: somebody else who is here comes from it, too.")
        }
        Barring::Unknown | Barring::Off => None,
    }
}

/// Which addresses are kept out.
pub(super) fn bars(bars: &[Bar], wanted: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !wanted {
        lines.push("Addresses are not banned here: `ban_addresses` is false.".to_owned());
    }
    if bars.is_empty() {
        lines.push("No address is kept out.".to_owned());
        return lines;
    }
    let head = ["ADDRESS", "WHOSE", "STILL FOR"].map(str::to_owned).to_vec();
    let rows = bars.iter().map(|bar| {
        let whose = match bar.name.as_str() {
            "" => bar.key.clone(),
            name => format!("{} ({})", quoted(name), bar.key),
        };
        vec![bar.address.clone(), whose, span(bar.left_secs)]
    });
    lines.extend(table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()));
    lines
}

/// Somebody who was named to go on with the world.
pub(super) struct Heir {
    pub(super) called: String,
    pub(super) here: bool,
    pub(super) how: Readiness,
}

/// Who goes on with the world if the host vanishes, and whether it can be changed here now.
pub(super) fn heirs(named: &[Heir], term: u64, writes: bool, giving: bool) -> Vec<String> {
    let state = match (giving, writes) {
        (true, _) => "it is being handed over.",
        (false, true) => "it can be changed.",
        (false, false) => {
            "it can only be looked at, for others may go on with it elsewhere; `go-on` says that they have lost it."
        }
    };
    let mut lines = vec![format!("The world is in term {term}; {state}")];
    if named.is_empty() {
        lines.push("Nobody is named to go on with it: `heir PERSON` names somebody.".to_owned());
    }
    let rows = named.iter().zip(1..).map(|(heir, place)| {
        let how = match heir.how {
            Readiness::Asked if heir.here => "asked, no answer yet",
            Readiness::Asked => "not here",
            Readiness::Copying => "said yes, their copy is on its way",
            Readiness::Ready => "ready",
        };
        vec![format!("{place}."), heir.called.clone(), how.to_owned()]
    });
    lines.extend(table(&rows.collect::<Vec<_>>()));
    lines
}

fn no_version(why: NoVersion) -> &'static str {
    match why {
        NoVersion::NotAllowed => "Only who may set the world may do that.",
        NoVersion::BadName => "A version's name is one line of 1 to 64 letters.",
        NoVersion::NameTaken => "There is a version of that name: `forget` it first, or take another name.",
        NoVersion::TooMany => "There are as many versions as are kept: `forget` one first.",
        NoVersion::NotThere => "There is no version of that name: `versions` lists them.",
        NoVersion::NotKept => "This world is not kept on a disk, or the disk says no: see the log.",
    }
}

/// The world's versions for whoever shows them.
pub(super) fn saved(
    outcome: Result<&Vec<VersionLine>, NoVersion>,
    name: &dyn Fn(&[u8; 32]) -> String,
) -> Answer {
    let saved = |line: &VersionLine| {
        let by = name(&line.by);
        Saved {
            name: line.name.clone(),
            at_secs: line.at_secs,
            by: if by.is_empty() {
                short_key(&AccountKey(line.by))
            } else {
                by
            },
            things: line.things,
        }
    };
    match outcome {
        Ok(lines) => Answer::Versions(lines.iter().rev().map(saved).collect()),
        Err(why) => Answer::not(no_version(why)),
    }
}

/// What came of a wish about the world's versions.
pub(super) fn versions(
    wish: &VersionWish,
    outcome: Result<&Vec<VersionLine>, NoVersion>,
    now_secs: u64,
    name: &dyn Fn(&[u8; 32]) -> String,
) -> Answer {
    let lines = match outcome {
        Ok(lines) => lines,
        Err(why) => return Answer::not(no_version(why)),
    };
    match wish {
        VersionWish::Save { name } => Answer::done(format!("The world is kept as {}.", quoted(name.trim()))),
        VersionWish::Restore { name } => Answer::done(format!(
            "Everything is as it was in {}. It can be taken back like whatever you do.",
            quoted(name.trim())
        )),
        VersionWish::Remove { name } => Answer::done(format!("{} is thrown away.", quoted(name.trim()))),
        VersionWish::List if lines.is_empty() => Answer::done("No version was saved yet: `save NAME` does."),
        VersionWish::List => Answer::Said {
            done: true,
            lines: lines
                .iter()
                .map(|line| {
                    let by = name(&line.by);
                    let by = if by.is_empty() { "somebody".to_owned() } else { by };
                    let ago = span(now_secs.saturating_sub(line.at_secs));
                    format!(
                        "{} · {} things · {ago} ago, by {by}",
                        quoted(&line.name),
                        line.things
                    )
                })
                .collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(span(1), "1 second");
        assert_eq!(span(45), "45 seconds");
        assert_eq!(span(60), "1 minute");
        assert_eq!(span(300), "5 minutes");
        assert_eq!(span(7_500), "2 h 5 min");
        assert_eq!(clock(0), "1970-01-01 00:00:00");
        assert_eq!(clock(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(clock(1_795_874_531), "2026-11-28 14:02:11");
    }

    #[test]
    fn columns_stand_under_each_other_whatever_the_letters() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let lines = table(&[row(["e\u{301}", "x"]), row(["long", "y"])]);
        assert_eq!(lines, ["e\u{301}     x", "long  y"]);
    }

    #[test]
    fn heirs_are_told_in_their_order_with_how_far_they_are() {
        let heir = |called: &str, here, how| Heir {
            called: called.to_owned(),
            here,
            how,
        };
        let named = [
            heir("Bo", true, Readiness::Ready),
            heir("Mei", true, Readiness::Asked),
            heir("kfxq-2mza", false, Readiness::Asked),
        ];
        assert_eq!(
            heirs(&named, 3, true, false),
            [
                "The world is in term 3; it can be changed.",
                "1.  Bo         ready",
                "2.  Mei        asked, no answer yet",
                "3.  kfxq-2mza  not here",
            ]
        );
        let alone = heirs(&[], 1, false, false);
        assert!(
            alone[0].contains("`go-on`") && alone[1].contains("`heir PERSON`"),
            "{alone:?}"
        );
        assert!(heirs(&[], 1, true, true)[0].contains("handed over"));
    }

    #[test]
    fn versions_are_told_newest_first_with_who_saved_them() {
        let line = |name: &str, at_secs, by| VersionLine {
            name: name.to_owned(),
            at_secs,
            by: [by; 32],
            things: 7,
        };
        let name = |account: &[u8; 32]| match account[0] {
            1 => "the host".to_owned(),
            _ => String::new(),
        };
        let lines = vec![line("Before the party", 5, 1), line("“After” it", 9, 2)];
        let told = |name: &str, at_secs, by: String| Saved {
            name: name.to_owned(),
            at_secs,
            by,
            things: 7,
        };
        assert_eq!(
            saved(Ok(&lines), &name),
            Answer::Versions(vec![
                // By key where no name is known.
                told("“After” it", 9, short_key(&AccountKey([2; 32]))),
                told("Before the party", 5, "the host".to_owned()),
            ])
        );
        let Answer::Said { done, lines } = saved(Err(NoVersion::NotKept), &name) else {
            panic!()
        };
        assert!(!done && lines[0].contains("not kept"), "{lines:?}");
    }

    #[test]
    fn addresses_that_are_kept_out_are_told_with_whose_they_are_and_how_long_still() {
        let bar = |address: &str, name: &str| Bar {
            address: address.to_owned(),
            name: name.to_owned(),
            key: "kfxq-2mza".to_owned(),
            left_secs: 7_500,
        };
        let all = [bar("203.0.113.7", "Mei Ling"), bar("2001:db8:0:1::/64", "")];
        assert_eq!(
            bars(&all, true),
            [
                "ADDRESS            WHOSE                   STILL FOR",
                "203.0.113.7        \"Mei Ling\" (kfxq-2mza)  2 h 5 min",
                "2001:db8:0:1::/64  kfxq-2mza               2 h 5 min",
            ]
        );
        assert_eq!(bars(&[], true), ["No address is kept out."]);
        assert!(bars(&all, false)[0].contains("ban_addresses"));
        assert!(barring(Barring::Shared).is_some_and(|line| line.contains("not kept out")));
        assert_eq!(barring(Barring::Unknown), None);
    }

    #[test]
    fn a_goodbye_has_its_reason_first() {
        assert_eq!(
            goodbye(false, "good night"),
            "good night. The host has closed the world."
        );
        assert_eq!(closing(true, 30, ""), "This world restarts in 30 seconds.");
    }

    #[test]
    fn a_fact_is_told_in_a_few_words() {
        let name = |person: PersonNo| format!("P{}", person.0);
        let fact = |way, deeds| Fact {
            number: 9,
            by: PersonNo(1),
            at_secs: 0,
            wish: 1,
            way,
            deeds,
        };
        let gone = |serial| Deed::Removed {
            thing: ThingId {
                maker: PersonNo(1),
                serial,
            },
        };
        assert_eq!(
            deed(&fact(Way::Done, vec![gone(1), gone(2)]), &name),
            "removed 2 things"
        );
        assert_eq!(
            deed(&fact(Way::RolledBack(PersonNo(3)), vec![gone(1)]), &name),
            "rolled back P3: removed a thing"
        );
        let ban = Deed::Ordered {
            by: PersonNo(0),
            order: Order::Ban {
                person: PersonNo(2),
                banned: true,
            },
        };
        assert_eq!(deed(&fact(Way::Done, vec![ban]), &name), "banned P2");
    }
}
