//! What is said of keeping a copy: an entry in the menu, which shows how far it is, and a notice when it ends.
//!
//! Invariant: whoever may not is not offered it; whatever comes of it is said.

use super::{CopyBegun, CopyKept, CopyNotKept, KeepCopy, Keeping};
use crate::notices::Notice;
use crate::session::Session;
use crate::theme::widgets::Mood;
use crate::things::Things;
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use holm_document::Capability;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, tell);
}

/// The entry in the menu.
#[derive(SystemParam)]
pub(crate) struct Entry<'w> {
    things: Res<'w, Things>,
    keeping: Res<'w, Keeping>,
    keep: MessageWriter<'w, KeepCopy>,
}

impl Entry<'_> {
    /// What stands in it; `None` where there is nothing to be kept.
    pub(crate) fn text(&self, words: &Words, session: &Session) -> Option<String> {
        if let Some((here, all)) = self.keeping.progress() {
            return Some(words.with("keep-progress", &[("here", here.into()), ("all", all.into())]));
        }
        let may = !session.is_host() && self.things.may().has(Capability::Copy);
        may.then(|| words.say("keep-copy"))
    }

    pub(crate) fn press(&mut self) {
        self.keep.write_default();
    }
}

fn tell(
    mut begun: MessageReader<CopyBegun>,
    mut kept: MessageReader<CopyKept>,
    mut not: MessageReader<CopyNotKept>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    for CopyBegun { files } in begun.read() {
        // Without any it is there before this could be read.
        if *files > 0 {
            notices.write(Notice {
                mood: Mood::Plain,
                what: words.say("keep-begun"),
                next: words.say("keep-begun-next"),
            });
        }
    }
    for CopyKept { name, missing } in kept.read() {
        let next = match missing {
            0 => words.say("keep-done-next"),
            count => words.with("keep-done-missing", &[("count", (*count).into())]),
        };
        notices.write(Notice {
            mood: Mood::Fine,
            what: words.with("keep-done", &[("name", name.as_str().into())]),
            next,
        });
    }
    for CopyNotKept { sentence } in not.read() {
        notices.write(Notice::trouble(
            words.say("keep-not-kept"),
            words.phrase(sentence),
        ));
    }
}
