//! Desk: where the terminal and the admin page hand their questions to the loop, and get their answers.
//!
//! Flow: [`Asker::ask`] on another thread → one bounded channel → [`take`] makes [`Asked`] of it, with a ticket → [`Answered`] →
//! [`give`] to whoever waits.
//! Invariant: no question is looked at before the world is open; who does not wait for an answer any more costs nothing.

use super::metrics::memory_bytes;
use crate::console::{Answer, Answered, Ask, Asked, ConsoleSystems};
use crate::session::{Session, SessionPhase};
use bevy::prelude::*;
use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// Questions on their way. When it is full the terminal waits (a piped file is read no faster than it is obeyed) and the
/// page is told to come back.
const QUESTIONS: usize = 64;
/// Taken in one frame, so that a file of commands does not hold up the people inside.
const A_FRAME: usize = 8;

/// A question, and who waits for its answer.
#[derive(Debug)]
struct Question {
    what: Ask,
    reply: Reply,
}

/// Where an answer goes.
#[derive(Debug)]
enum Reply {
    /// To a thread that waits for it.
    Thread(SyncSender<Answer>),
    /// To a task.
    Task(oneshot::Sender<Answer>),
}

impl Reply {
    /// They may have gone.
    fn give(self, answer: Answer) {
        match self {
            Self::Thread(reply) => {
                let _ = reply.try_send(answer);
            }
            Self::Task(reply) => {
                let _ = reply.send(answer);
            }
        }
    }
}

/// Asks from another thread.
#[derive(Clone, Debug)]
pub(super) struct Asker(mpsc::Sender<Question>);

/// The loop does not take a question, or does not answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAsked {
    /// There is no room, or not in time.
    Busy,
    Gone,
}

impl Asker {
    /// Waits for room, and for the answer: with `patience` no longer than that for the answer, and for no room.
    ///
    /// # Errors
    /// When it is not answered in time, or there is no loop any more.
    pub(super) fn ask_and_wait(&self, what: Ask, patience: Option<Duration>) -> Result<Answer, NotAsked> {
        let (reply, answer) = sync_channel(1);
        let question = Question {
            what,
            reply: Reply::Thread(reply),
        };
        match patience {
            None => {
                let sent = self.0.blocking_send(question);
                sent.map_err(|_| NotAsked::Gone)?;
                answer.recv().map_err(|_| NotAsked::Gone)
            }
            Some(patience) => {
                self.0.try_send(question).map_err(not_asked)?;
                answer.recv_timeout(patience).map_err(|error| match error {
                    RecvTimeoutError::Timeout => NotAsked::Busy,
                    RecvTimeoutError::Disconnected => NotAsked::Gone,
                })
            }
        }
    }

    /// # Errors
    /// When there is no room, or nobody who answers.
    pub(super) async fn ask(&self, what: Ask) -> Result<Answer, NotAsked> {
        let (reply, answer) = oneshot::channel();
        let reply = Reply::Task(reply);
        self.0.try_send(Question { what, reply }).map_err(not_asked)?;
        answer.await.map_err(|_| NotAsked::Gone)
    }
}

fn not_asked(error: TrySendError<Question>) -> NotAsked {
    match error {
        TrySendError::Full(_) => NotAsked::Busy,
        TrySendError::Closed(_) => NotAsked::Gone,
    }
}

/// What was asked and is not answered yet.
#[derive(Resource)]
pub(super) struct Desk {
    /// For who is made after it.
    asker: Asker,
    questions: mpsc::Receiver<Question>,
    waiting: BTreeMap<u64, Reply>,
    tickets: u64,
}

/// A desk, and who asks at it.
pub(super) fn open() -> (Asker, Desk) {
    let (asker, questions) = mpsc::channel(QUESTIONS);
    let asker = Asker(asker);
    let desk = Desk {
        asker: asker.clone(),
        questions,
        waiting: BTreeMap::new(),
        tickets: 0,
    };
    (asker, desk)
}

impl Desk {
    /// Asks here.
    pub(super) fn asker(&self) -> Asker {
        self.asker.clone()
    }

    #[cfg(test)]
    pub(super) fn is_asked(&self) -> bool {
        !self.questions.is_empty()
    }

    /// This app answers.
    pub(super) fn attach(self, app: &mut App) {
        app.insert_resource(self).add_systems(
            Update,
            (
                take.before(ConsoleSystems::Obey),
                give.after(ConsoleSystems::Obey),
            ),
        );
    }
}

fn take(session: Res<Session>, mut desk: ResMut<Desk>, mut asked: MessageWriter<Asked>) {
    if session.phase() != SessionPhase::Inside {
        return;
    }
    for _ in 0..A_FRAME {
        let Ok(Question { what, reply }) = desk.questions.try_recv() else {
            return;
        };
        desk.tickets += 1;
        let ticket = desk.tickets;
        desk.waiting.insert(ticket, reply);
        asked.write(Asked { ticket, what });
    }
}

fn give(mut desk: ResMut<Desk>, mut answered: MessageReader<Answered>) {
    for Answered { ticket, answer } in answered.read() {
        let Some(reply) = desk.waiting.remove(ticket) else {
            continue;
        };
        let mut answer = answer.clone();
        if let Answer::Picture(picture) = &mut answer {
            picture.figures.memory_bytes = memory_bytes();
        }
        reply.give(answer);
    }
}
