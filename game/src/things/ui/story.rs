//! What was done to one thing, and by whom; and mine in it taken back.

use super::{Seen, Wish};
use crate::platform;
use crate::powers::ui::ago;
use crate::powers::wire::{Did, How, Step, Who};
use crate::theme::{self, widgets};
use bevy_egui::egui::{self, RichText};
use holm_document::{Act, PartKind, ThingId};

pub(super) fn show(ui: &mut egui::Ui, seen: &Seen, thing: ThingId) -> Option<Wish> {
    let words = &seen.words;
    let mut wish = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::splat(6.0);
        let within = Some(thing);
        for (key, act) in [
            ("building-undo-within", Act::Undo { within }),
            ("building-redo-within", Act::Redo { within }),
        ] {
            if widgets::button(ui, &words.say(key), widgets::Weight::Plain, 0.0).clicked() {
                wish = Some(Wish::Do(vec![act]));
            }
        }
    });
    let Some(steps) = seen.story.of(thing) else {
        widgets::aside(ui, words.say("building-story-wait"));
        return wish;
    };
    if steps.is_empty() {
        widgets::aside(ui, words.say("building-story-none"));
    }
    let now_secs = platform::unix_secs();
    for step in steps {
        row(ui, seen, step, now_secs);
    }
    if let Some(before) = seen.story.more_before()
        && widgets::wide_button(ui, &words.say("building-story-more"), widgets::Weight::Plain).clicked()
    {
        wish = Some(Wish::AskStory(thing, before));
    }
    wish
}

fn row(ui: &mut egui::Ui, seen: &Seen, step: &Step, now_secs: u64) {
    let p = theme::palette(ui.ctx());
    ui.horizontal(|ui| {
        ui.set_min_height(theme::row_height(ui.ctx()));
        widgets::dot(ui, theme::person_colour(&step.by.account));
        ui.with_layout(widgets::column(ui.ctx()), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = RichText::new(called(seen, &step.by))
                .family(theme::bold())
                .color(p.foam);
            ui.add(egui::Label::new(name).truncate());
            let age = ago(&seen.words, now_secs.saturating_sub(step.at_secs));
            let what = format!("{} · {age}", sentence(seen, step));
            ui.add(egui::Label::new(RichText::new(what).small().color(p.mist)).wrap());
        });
    });
}

/// As they are called who are here; otherwise as the host knows them.
fn called(seen: &Seen, who: &Who) -> String {
    let here = seen.persons.iter().find(|person| person.account.0 == who.account);
    let name = here.map_or(who.name.as_str(), |person| person.name.as_str());
    if name.is_empty() {
        seen.words.say("building-story-somebody")
    } else {
        seen.words.called(name)
    }
}

fn sentence(seen: &Seen, step: &Step) -> String {
    let words = &seen.words;
    let way = match &step.way {
        How::Done => None,
        How::Undone => Some(words.say("powers-did-undo")),
        How::Redone => Some(words.say("powers-did-redo")),
        How::Restored => Some(words.say("powers-did-restore")),
        How::Settled => Some(words.say("powers-did-settle")),
        How::RolledBack(who) => {
            let name = called(seen, who);
            Some(words.with("powers-did-roll-back", &[("name", name.into())]))
        }
    };
    let did = step.did.iter().map(|did| words.say(key(*did)));
    let mut all: Vec<String> = way.into_iter().chain(did).collect();
    all.dedup(); // what is hung somewhere is moved and hung
    all.join(" · ")
}

fn key(did: Did) -> &'static str {
    match did {
        Did::Made => "building-did-make",
        Did::Removed => "building-did-remove",
        Did::Given => "building-did-give",
        Did::Changed(kind) => match kind {
            PartKind::Place => "building-did-move",
            PartKind::Attach => "building-did-hang",
            PartKind::Name => "building-did-name",
            PartKind::Lock => "building-did-lock",
            PartKind::Paint => "building-did-paint",
            PartKind::Writing => "building-did-write",
            PartKind::Lamp => "building-did-light",
            PartKind::Door => "building-did-door",
            PartKind::Shape | PartKind::Picture | PartKind::Model | PartKind::Sound | PartKind::Body => {
                "building-did-change"
            }
        },
        Did::Cleared(kind) => match kind {
            PartKind::Attach => "building-did-let-go",
            PartKind::Lock => "building-did-unlock",
            _ => "building-did-change",
        },
    }
}
