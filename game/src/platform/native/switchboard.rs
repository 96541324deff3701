//! Switchboard: which of the worlds of this program a typed line is for.
//!
//! Flow: a line → [`Switchboard::say`] → the desk of the world that is spoken to, or of the one that is named in front
//! (`@garden people`) → its answer.
//! Invariants: where there is one world, a line is that world's as it stands; where there are several, one that does not answer
//! keeps nobody from speaking to the others.

use super::desk::{Asker, NotAsked};
use crate::console::{Answer, Ask};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long one of several worlds may take to answer: longer than most of what can be asked, and short enough to wait for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names that may be completed: those of the people in a world.
pub(super) type Names = Arc<Mutex<Vec<String>>>;

/// A world that can be spoken to.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) called: String,
    pub(super) names: Names,
    end: Arc<(Mutex<End>, Condvar)>,
}

/// Where a line leads.
#[derive(Debug)]
struct End {
    /// `None` once the world is closed for good.
    asker: Option<Asker>,
    /// How often it led elsewhere: a world that begins again has another desk.
    turns: u64,
}

impl Line {
    /// To a world that is about to open.
    pub(super) fn new(called: String, asker: Asker) -> Self {
        let end = End {
            asker: Some(asker),
            turns: 0,
        };
        Self {
            called,
            names: Names::default(),
            end: Arc::new((Mutex::new(end), Condvar::new())),
        }
    }

    /// From now on questions go here; nowhere, where the world is closed.
    pub(super) fn lead_to(&self, asker: Option<Asker>) {
        let mut end = self.end();
        end.asker = asker;
        end.turns += 1;
        drop(end);
        self.end.1.notify_all();
    }

    fn is_open(&self) -> bool {
        self.end().asker.is_some()
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Without `patience` it waits as long as somebody is there.
    fn ask_and_wait(&self, what: Ask, patience: Option<Duration>) -> Option<Answer> {
        let silent = || {
            Some(Answer::not(format!(
                "{} does not answer. What was said may be done later; `worlds` says who else is there.",
                self.called
            )))
        };
        let (asker, turns) = {
            let end = self.end();
            (end.asker.clone()?, end.turns)
        };
        match asker.ask_and_wait(what, patience) {
            Ok(answer) => return Some(answer),
            Err(NotAsked::Busy) => return silent(),
            Err(NotAsked::Gone) => {}
        }
        // Whoever was asked is gone. What is next there was not asked: it could be what ended the one before.
        let same = |end: &mut End| end.turns == turns;
        let end = match patience {
            None => {
                let wait = self.end.1.wait_while(self.end(), same);
                wait.unwrap_or_else(PoisonError::into_inner)
            }
            Some(patience) => {
                let wait = self.end.1.wait_timeout_while(self.end(), patience, same);
                let (end, waited) = wait.unwrap_or_else(PoisonError::into_inner);
                if waited.timed_out() {
                    return silent();
                }
                end
            }
        };
        end.asker
            .as_ref()
            .map(|_| Answer::not("The world began again meanwhile: say it once more."))
    }
}

/// All of them, and which one is spoken to.
#[derive(Clone, Debug)]
pub(super) struct Switchboard {
    lines: Vec<Line>,
    at: usize,
    /// `None` where there is nobody else to speak to.
    patience: Option<Duration>,
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
enum Routed<'a> {
    /// For this world.
    To(usize, &'a str),
    /// From now on this world is spoken to.
    Turned(usize),
    /// Which there are.
    Worlds,
    /// No world is called so.
    Nobody(&'a str),
}

impl Switchboard {
    /// For these worlds; the first is spoken to.
    pub(super) fn new(lines: Vec<Line>) -> Self {
        Self {
            patience: (lines.len() > 1).then_some(PATIENCE),
            lines,
            at: 0,
        }
    }

    /// What stands before what is typed.
    pub(super) fn prompt(&self) -> String {
        match self.lines.get(self.at) {
            Some(line) if self.lines.len() > 1 => format!("holm {}> ", line.called),
            _ => "holm> ".to_owned(),
        }
    }

    /// Of the people in the world that is spoken to.
    pub(super) fn names(&self) -> Vec<String> {
        let line = self.lines.get(self.at);
        line.map(|line| line.names.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .unwrap_or_default()
    }

    /// Waits for the answer; `None` once nobody is left who answers.
    pub(super) fn say(&mut self, line: &str) -> Option<Answer> {
        match self.route(line) {
            Routed::To(which, line) => {
                let world = self.lines.get(which)?;
                match world.ask_and_wait(Ask::Line(line.to_owned()), self.patience) {
                    None if self.lines.iter().any(Line::is_open) => Some(Answer::not(format!(
                        "{} is closed. `worlds` says which are open.",
                        world.called
                    ))),
                    answer => answer,
                }
            }
            Routed::Turned(which) => {
                self.at = which;
                let called = &self.lines.get(which)?.called;
                Some(Answer::done(format!(
                    "What is typed is for {called} from now on."
                )))
            }
            Routed::Worlds => {
                let told = |(which, line): (usize, &Line)| {
                    let open = if line.is_open() { "" } else { " (closed)" };
                    let here = if which == self.at { "  ← spoken to" } else { "" };
                    format!("{}{open}{here}", line.called)
                };
                let lines = self.lines.iter().enumerate().map(told);
                let how = "`@NAME` speaks to another, `@NAME people` says one thing there.".to_owned();
                Some(Answer::Said {
                    done: true,
                    lines: lines.chain([how]).collect(),
                })
            }
            Routed::Nobody(name) => Some(Answer::not(format!(
                "No world here is called “{name}”. `worlds` says which there are."
            ))),
        }
    }

    fn route<'a>(&self, line: &'a str) -> Routed<'a> {
        let line = line.trim();
        if self.lines.len() < 2 {
            return Routed::To(0, line);
        }
        if line == "worlds" {
            return Routed::Worlds;
        }
        let Some(named) = line.strip_prefix('@') else {
            return Routed::To(self.at, line);
        };
        let (name, rest) = named.split_once(char::is_whitespace).unwrap_or((named, ""));
        let which = self.lines.iter().position(|line| line.called == name);
        match (which, rest.trim()) {
            (None, _) => Routed::Nobody(name),
            (Some(which), "") => Routed::Turned(which),
            (Some(which), rest) => Routed::To(which, rest),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::desk;
    use super::*;

    fn board(names: &[&str]) -> Switchboard {
        let (asker, _) = desk::open();
        let line = |name: &&str| Line::new((*name).to_owned(), asker.clone());
        Switchboard::new(names.iter().map(line).collect())
    }

    #[test]
    fn a_world_alone_hears_every_line_as_it_stands() {
        let board = board(&["harbour"]);
        assert_eq!(board.route("  people "), Routed::To(0, "people"));
        assert_eq!(board.route("@garden people"), Routed::To(0, "@garden people"));
        assert_eq!(board.route("worlds"), Routed::To(0, "worlds"));
        assert_eq!(board.prompt(), "holm> ");
    }

    #[test]
    fn of_several_the_one_that_is_named_hears_it() {
        let mut board = board(&["harbour", "garden"]);
        assert_eq!(board.route("people"), Routed::To(0, "people"));
        assert_eq!(
            board.route("@garden  say @all hello"),
            Routed::To(1, "say @all hello")
        );
        assert_eq!(board.route("@gardn people"), Routed::Nobody("gardn"));
        assert_eq!(board.route("@garden"), Routed::Turned(1));
        assert!(board.say("@garden").is_some());
        assert_eq!(board.route("people"), Routed::To(1, "people"));
        assert_eq!(board.prompt(), "holm garden> ");
        let Some(Answer::Said { lines, .. }) = board.say("worlds") else {
            panic!()
        };
        assert_eq!(lines[0], "harbour");
        assert_eq!(lines[1], "garden  ← spoken to");
    }

    #[test]
    fn when_all_are_closed_nobody_answers() {
        let mut board = board(&["harbour", "garden"]);
        board.lines[0].lead_to(None);
        let Some(Answer::Said { done, lines }) = board.say("people") else {
            panic!()
        };
        assert!(!done && lines[0].contains("harbour is closed"), "{lines:?}");
        board.lines[1].lead_to(None);
        assert!(board.say("people").is_none());
    }

    #[test]
    fn a_world_that_does_not_answer_keeps_nobody_from_the_others() {
        let (stuck, desk) = desk::open();
        let lines = ["harbour", "garden"].map(|name| Line::new(name.to_owned(), stuck.clone()));
        let mut board = Switchboard::new(lines.into());
        assert_eq!(board.patience, Some(PATIENCE));
        board.patience = Some(Duration::from_millis(20));
        let said = |board: &mut Switchboard, line: &str| match board.say(line) {
            Some(Answer::Said { lines, .. }) => lines.join("\n"),
            other => panic!("{other:?}"),
        };
        assert!(said(&mut board, "people").contains("harbour does not answer"));
        assert!(desk.is_asked(), "it is there when the world wakes up");
        assert!(said(&mut board, "@garden").contains("for garden from now on"));
        // However often it is asked in vain.
        for _ in 0..100 {
            board.patience = Some(Duration::ZERO);
            assert!(said(&mut board, "people").contains("garden does not answer"));
        }
        // It fell, and its end is not known yet.
        drop(desk);
        assert!(said(&mut board, "people").contains("garden does not answer"));
        board.lines[1].lead_to(None);
        assert!(said(&mut board, "people").contains("garden is closed"));
    }

    #[test]
    fn what_a_world_did_not_hear_is_not_said_to_the_one_after_it() {
        let (first, desk) = desk::open();
        let line = Line::new("harbour".to_owned(), first);
        let (mut board, again) = (Switchboard::new(vec![line.clone()]), desk::open());
        let typing = std::thread::spawn(move || board.say("people"));
        while !desk.is_asked() {
            std::thread::yield_now();
        }
        drop(desk); // its loop ended before it looked
        line.lead_to(Some(again.0));
        let Some(Answer::Said { done, lines }) = typing.join().unwrap() else {
            panic!()
        };
        assert!(!done && lines[0].contains("say it once more"), "{lines:?}");
    }
}
