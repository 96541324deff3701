//! Terminal: commands typed at a headless host, or piped into it.
//!
//! Flow: a thread reads lines, asks at the switchboard and prints each answer before it reads the next line; on a terminal with an
//! editor (completion, history), above which everything else is printed.
//! Invariants: the loop never waits for a terminal: lines for it are dropped when it does not take them; however the program
//! ends, the terminal is as it was.

use super::signals::StopAsked;
use super::switchboard::Switchboard;
use crate::console::Answer;
use crate::console::language::{MAX_LINE_BYTES, complete};
use crate::headless::LogLines;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, ExternalPrinter, Helper};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Lines for the terminal that it has not taken yet: a log of some screens. What is beyond is dropped.
const LINES: usize = 256;

/// The terminal, if somebody sits at one.
pub(super) struct Terminal {
    lines: SyncSender<String>,
    before: Before,
}

impl Terminal {
    /// Prints what others have to say above the line that is typed.
    pub(super) fn lines(&self) -> LogLines {
        let lines = self.lines.clone();
        LogLines::new(move |line| {
            let _ = lines.try_send(line);
        })
    }

    /// Leaves the terminal as it was found.
    pub(super) fn close(self) {
        self.before.restore();
    }
}

/// Begins an editor where somebody sits at a terminal. `None`: nobody does.
pub(super) fn open(mut board: Switchboard, stop: StopAsked) -> Option<Terminal> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() || !in_foreground() {
        return None;
    }
    let before = Before::new();
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .auto_add_history(true)
        .bracketed_paste(false) // it would stay on where the program ends while somebody types
        .build();
    let mut editor: Editor<Words, DefaultHistory> = Editor::with_config(config).ok()?;
    let shown = Arc::new(Mutex::new(board.clone()));
    editor.set_helper(Some(Words(Arc::clone(&shown))));
    let mut printer = editor.create_external_printer().ok()?;
    let (lines, to_print) = sync_channel::<String>(LINES);
    spawn("terminal's lines", move || {
        for line in to_print {
            if printer.print(line).is_err() {
                return;
            }
        }
    })?;
    spawn("terminal", move || {
        loop {
            match editor.readline(&board.prompt()) {
                Ok(line) => match board.say(&line) {
                    Some(answer) => {
                        print(&answer, None);
                        *shown.lock().unwrap_or_else(PoisonError::into_inner) = board.clone();
                    }
                    None => return,
                },
                // The editor takes the key from the system: it means what it always means.
                Err(ReadlineError::Interrupted) => {
                    stop.ask();
                }
                Err(ReadlineError::Eof) => {
                    super::say("Nobody listens here any more; the world stays open. Ctrl-C closes it.");
                    return;
                }
                Err(_) => return,
            }
        }
    })?;
    Some(Terminal { lines, before })
}

/// Reads what is piped into the program.
pub(super) fn listen(mut board: Switchboard, json: bool) {
    if std::io::stdin().is_terminal() {
        return; // in the background, or with its output elsewhere: reading would stop us
    }
    let listening = spawn("piped commands", move || {
        let mut stdin = std::io::stdin().lock();
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let most = MAX_LINE_BYTES as u64 + 2;
            match stdin.by_ref().take(most).read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return, // the end of what there was to say: the world stays open
                Ok(_) => {}
            }
            let line = String::from_utf8_lossy(&bytes).trim().to_owned();
            let Some(answer) = board.say(&line) else {
                return;
            };
            print(&answer, json.then_some(&line));
        }
    });
    if listening.is_none() {
        bevy::log::warn!("what is piped in is not heard: the system gives no thread");
    }
}

/// `line`: what was said, where everything is printed as JSON.
fn print(answer: &Answer, line: Option<&String>) {
    let Answer::Said { done, lines } = answer else {
        return;
    };
    if let Some(line) = line {
        if !line.is_empty() {
            let event = json!({ "event": "answer", "to": line, "done": done, "lines": lines });
            super::say(&event.to_string());
        }
        return;
    }
    let mut out = std::io::stdout().lock();
    for line in lines {
        let _ = writeln!(out, "{line}"); // a closed pipe is the reader's decision
    }
    let _ = out.flush();
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Option<()> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.ok().map(|_| ())
}

/// Completes words by what may stand there.
struct Words(Arc<Mutex<Switchboard>>);

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner).names();
        let (start, words) = complete(line.get(..at).unwrap_or(line), &names);
        Ok((start, words.into_iter().map(|word| word + " ").collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}

cfg_select! {
    unix => {
        /// How the terminal was set.
        struct Before(Option<rustix::termios::Termios>);

        impl Before {
            fn new() -> Self {
                Self(rustix::termios::tcgetattr(std::io::stdin()).ok())
            }

            fn restore(&self) {
                if let Some(before) = &self.0 {
                    let now = rustix::termios::OptionalActions::Now;
                    let _ = rustix::termios::tcsetattr(std::io::stdin(), now, before);
                    let _ = writeln!(std::io::stdout()); // below what was being typed
                }
            }
        }

        /// A program in the background is stopped when it touches its terminal.
        fn in_foreground() -> bool {
            let group = rustix::termios::tcgetpgrp(std::io::stdin());
            group.is_ok_and(|group| group == rustix::process::getpgrp())
        }
    }
    _ => {
        struct Before;

        impl Before {
            fn new() -> Self {
                Self
            }

            fn restore(&self) {}
        }

        fn in_foreground() -> bool {
            true
        }
    }
}
