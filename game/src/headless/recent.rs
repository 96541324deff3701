//! What the log said lately: its newest lines, for whoever looks from elsewhere than the terminal.
//!
//! Flow: an event that the log's filter lets through → [`RecentLog`], beside what prints it → [`RecentLog::after`].
//! Invariants: however much is logged, 1,000 lines of 2 KiB are all that it takes; a line's number is never another's,
//! and whoever asks on from one is told where some are missing; whoever reads holds up nobody who logs.

use bevy::log::tracing::field::{Field, Visit};
use bevy::log::tracing::span::{Attributes, Id};
use bevy::log::tracing::{Event, Subscriber};
use bevy::log::tracing_subscriber::Layer;
use bevy::log::tracing_subscriber::layer::Context;
use bevy::log::tracing_subscriber::registry::LookupSpan;
use bevy::prelude::Resource;
use serde::Serialize;
use std::collections::VecDeque;
use std::fmt::{self, Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lines that are kept, the newest: some hours of a host that is well, the last minutes of one that is not.
const KEPT: usize = 1_000;
/// Longest text of a line: a panic's sentence with some of what led to it. With [`KEPT`] it bounds the memory: 2 MB.
const TEXT_BYTES: usize = 2_048;
/// Longest name of where a line comes from. They are paths of modules.
const TARGET_CHARS: usize = 128;
/// Lines in one answer: at most 1 MB of text.
pub const AT_ONCE: usize = 500;

/// What stands where a text was cut.
const CUT: char = '…';
/// The span in which each of several worlds of a program runs, and its field that says which.
const WORLD: (&str, &str) = ("world", "name");

/// A line of the log.
#[derive(Debug, PartialEq, Serialize)]
pub struct Line {
    pub number: u64,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    pub level: &'static str,
    /// The module that says it.
    pub target: String,
    /// Which of several worlds in this program it is about, if it is about one.
    pub world: Option<String>,
    /// With its fields, as the terminal shows it.
    pub text: String,
}

/// What came after a line.
#[derive(Debug)]
pub struct Look {
    /// Ask after this one next.
    pub next: u64,
    /// Between the line that was asked after and these some are not kept any more, or were another program's.
    pub missed: bool,
    /// The oldest first, [`AT_ONCE`] at most.
    pub lines: Vec<Arc<Line>>,
}

/// The newest lines of this program's log.
#[derive(Resource, Clone)]
pub struct RecentLog {
    /// Milliseconds since 1970.
    now_ms: fn() -> u64,
    ring: Arc<Mutex<Ring>>,
}

struct Ring {
    lines: VecDeque<Arc<Line>>,
    /// Number of the newest line there was.
    last: u64,
}

impl RecentLog {
    /// Nothing yet. Lines are numbered on from a thousand for each millisecond since 1970: those of a program that begins
    /// again are behind those of the one before, and small enough for a browser's numbers (2⁵³) until 2255.
    pub fn new(now_ms: fn() -> u64) -> Self {
        let ring = Ring {
            lines: VecDeque::new(),
            last: now_ms().saturating_mul(1_000),
        };
        Self {
            now_ms,
            ring: Arc::new(Mutex::new(ring)),
        }
    }

    /// The lines after the one with this number; 0: from the oldest on.
    pub fn after(&self, number: u64) -> Look {
        let ring = self.ring();
        let oldest = ring.lines.front().map_or(ring.last + 1, |line| line.number);
        // What is said to be ahead of us is another program's, whose clock was.
        let ahead = number > ring.last;
        let begin = if ahead { oldest } else { oldest.max(number + 1) };
        let known = usize::try_from(begin - oldest).unwrap_or(usize::MAX);
        let lines: Vec<Arc<Line>> = ring.lines.iter().skip(known).take(AT_ONCE).cloned().collect();
        Look {
            next: lines.last().map_or(ring.last, |line| line.number),
            missed: number != 0 && (ahead || number + 1 < oldest),
            lines,
        }
    }

    fn keep(&self, level: &'static str, target: String, world: Option<String>, text: String) {
        let at_ms = (self.now_ms)();
        let mut ring = self.ring();
        ring.last += 1;
        let number = ring.last;
        if ring.lines.len() >= KEPT {
            ring.lines.pop_front();
        }
        ring.lines.push_back(Arc::new(Line {
            number,
            at_ms,
            level,
            target,
            world,
            text,
        }));
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Layer<S> for RecentLog
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != WORLD.0 {
            return;
        }
        let mut called = Called(None);
        attributes.record(&mut called);
        if let (Called(Some(world)), Some(span)) = (called, context.span(id)) {
            span.extensions_mut().replace(World(world));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let world = context.event_scope(event).and_then(|mut spans| {
            spans.find_map(|span| span.extensions().get::<World>().map(|world| world.0.clone()))
        });
        let meta = event.metadata();
        let target = said.target.unwrap_or_else(|| meta.target().to_owned());
        self.keep(meta.level().as_str(), target, world, said.text.whole());
    }
}

/// Beside a span: whose it is.
struct World(String);

/// Reads which world a span is about.
struct Called(Option<String>);

impl Visit for Called {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == WORLD.1 {
            self.0 = Some(value.chars().take(TARGET_CHARS).collect());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = Text::default();
        let _ = write!(text, "{value:?}"); // it has room for all, or leaves it out
        self.record_str(field, &text.whole());
    }
}

/// Reads what an event says.
#[derive(Default)]
struct Said {
    text: Text,
    /// Where it comes through the `log` crate.
    target: Option<String>,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.text.add(value),
            "log.target" => self.target = Some(value.chars().take(TARGET_CHARS).collect()),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let name = field.name();
        // Where in the source a line of the `log` crate was said: the terminal leaves it out, too.
        if name.starts_with("log.") {
            return;
        }
        let between = if self.text.is_empty() { "" } else { " " };
        let _ = match name {
            "message" => write!(self.text, "{between}{value:?}"),
            _ => write!(
                self.text,
                "{between}{}={value:?}",
                name.strip_prefix("r#").unwrap_or(name)
            ),
        };
    }
}

/// Takes what there is room for and leaves out the rest, however long it is.
#[derive(Default)]
struct Text {
    text: String,
    cut: bool,
}

impl Text {
    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn add(&mut self, more: &str) {
        if self.cut {
            return;
        }
        let room = (TEXT_BYTES - CUT.len_utf8()).saturating_sub(self.text.len());
        if more.len() <= room {
            self.text.push_str(more);
            return;
        }
        let end = (0..=room).rev().find(|at| more.is_char_boundary(*at));
        self.text.push_str(&more[..end.unwrap_or_default()]);
        self.text.push(CUT);
        self.cut = true;
    }

    fn whole(self) -> String {
        self.text
    }
}

impl Write for Text {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.add(more);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use bevy::log::tracing::subscriber::with_default;
    use bevy::log::tracing_subscriber::{layer::SubscriberExt, registry};

    /// The number before the first line's, with the clock of [`log`].
    const BEFORE: u64 = 5_000;

    fn log() -> RecentLog {
        RecentLog::new(|| 5)
    }

    fn fill(log: &RecentLog, lines: usize) {
        for n in 0..lines {
            log.keep("INFO", "holm".to_owned(), None, format!("line {n}"));
        }
    }

    fn numbers(look: &Look) -> Vec<u64> {
        look.lines.iter().map(|line| line.number - BEFORE).collect()
    }

    #[test]
    fn lines_are_numbered_and_asked_for_one_after_the_other() {
        let log = log();
        let look = log.after(0);
        assert!(look.lines.is_empty() && !look.missed);
        assert_eq!(look.next, BEFORE);
        fill(&log, 3);
        let look = log.after(look.next);
        assert_eq!((numbers(&look), look.missed), (vec![1, 2, 3], false));
        assert_eq!((look.lines[2].text.as_str(), look.lines[2].at_ms), ("line 2", 5));
        let again = log.after(look.next);
        assert!(again.lines.is_empty() && !again.missed && again.next == look.next);
        assert_eq!(numbers(&log.after(BEFORE + 1)), [2, 3]);
        assert_eq!(numbers(&log.after(0)), [1, 2, 3]);
    }

    #[test]
    fn only_the_newest_are_kept_so_many_are_told_at_once_and_what_is_gone_is_said() {
        let log = log();
        fill(&log, KEPT + 10);
        let first = log.after(0);
        assert_eq!((first.lines.len(), first.missed), (AT_ONCE, false));
        assert_eq!(first.lines[0].number, BEFORE + 11);
        let second = log.after(first.next);
        assert_eq!((second.lines.len(), second.missed), (KEPT - AT_ONCE, false));
        assert_eq!(second.next, BEFORE + KEPT as u64 + 10);
        assert!(log.after(BEFORE + 9).missed);
        assert!(
            !log.after(BEFORE + 10).missed,
            "the oldest that is kept comes next"
        );
        assert_eq!(log.ring().lines.len(), KEPT);
    }

    #[test]
    fn whoever_asks_on_from_another_program_hears_all_of_this_one() {
        let log = log();
        fill(&log, 2);
        for other in [1, BEFORE - 100, BEFORE + 3, u64::MAX] {
            let look = log.after(other);
            assert_eq!((numbers(&look), look.missed), (vec![1, 2], true), "{other}");
        }
        // One that begins a millisecond later does not say the same numbers.
        let next = RecentLog::new(|| 6);
        fill(&next, 1);
        assert!(next.after(0).next > log.after(0).next);
    }

    #[test]
    fn a_long_line_is_cut_between_two_letters() {
        let mut text = Text::default();
        for _ in 0..3 {
            write!(text, "{}", "é".repeat(1_000)).unwrap();
        }
        let text = text.whole();
        assert!(
            text.len() <= TEXT_BYTES && text.len() > TEXT_BYTES - 4,
            "{}",
            text.len()
        );
        assert!(text.ends_with("é…"));
        let mut fits = Text::default();
        fits.add("fits");
        assert_eq!(fits.whole(), "fits");
    }

    #[test]
    fn what_is_logged_is_kept_with_its_level_its_fields_and_its_world() {
        let log = log();
        with_default(registry().with(log.clone()), || {
            bevy::log::warn!(count = 3, who = "nobody", "the lamps are out");
            let garden = "garden".to_owned();
            let _here = bevy::log::info_span!("world", name = garden).entered();
            let _deeper = bevy::log::info_span!("elsewhere", name = "not this one").entered();
            bevy::log::error!(target: "holm::harbour", "no {}", "ferry");
        });
        bevy::log::error!("said to nobody");
        let lines = log.after(0).lines;
        let told: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.level,
                    line.target.as_str(),
                    line.world.as_deref(),
                    line.text.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "WARN",
                    module_path!(),
                    None,
                    r#"the lamps are out count=3 who="nobody""#
                ),
                ("ERROR", "holm::harbour", Some("garden"), "no ferry"),
            ]
        );
    }
}
