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
    reply: oneshot::Sender<Answer>,
}

/// Asks from another thread.
#[derive(Clone, Debug)]
pub(super) struct Asker(mpsc::Sender<Question>);

/// The loop does not take a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAsked {
    Busy,
    Gone,
}

impl Asker {
    /// Waits for room, and for the answer; `None` once there is no loop any more.
    pub(super) fn ask_and_wait(&self, what: Ask) -> Option<Answer> {
        let (reply, answer) = oneshot::channel();
        self.0.blocking_send(Question { what, reply }).ok()?;
        answer.blocking_recv().ok()
    }

    /// # Errors
    /// When there is no room, or nobody who answers.
    pub(super) async fn ask(&self, what: Ask) -> Result<Answer, NotAsked> {
        let (reply, answer) = oneshot::channel();
        self.0
            .try_send(Question { what, reply })
            .map_err(|error| match error {
                TrySendError::Full(_) => NotAsked::Busy,
                TrySendError::Closed(_) => NotAsked::Gone,
            })?;
        answer.await.map_err(|_| NotAsked::Gone)
    }
}

/// What was asked and is not answered yet.
#[derive(Resource)]
pub(super) struct Desk {
    /// For who is made after it.
    asker: Asker,
    questions: mpsc::Receiver<Question>,
    waiting: BTreeMap<u64, oneshot::Sender<Answer>>,
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
        let _ = reply.send(answer); // they may have gone
    }
}
