//! Who did what in this world, newest first.

use super::{About, Around, ago, role_words};
use crate::platform;
use crate::powers::AskPast;
use crate::powers::past::Pages;
use crate::powers::wire::{Entry, How, Who};
use crate::screens::{Panel, Screens};
use crate::theme::{self, widgets};
use crate::view::FirstFocus;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, RichText};
use holm_document::Order;
use holm_identity::AccountKey;
use std::time::Duration;

/// What is new is asked for so often while one looks.
const ASK_EVERY: Duration = Duration::from_secs(2);

pub(super) fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut about: ResMut<About>,
    around: Around,
    pages: Res<Pages>,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut asks: MessageWriter<AskPast>,
    mut asked: Local<Option<Duration>>,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Past) {
        *asked = None;
        return Ok(());
    }
    let now = time.elapsed();
    let mut ask = None;
    if asked.is_none_or(|asked| now.saturating_sub(asked) > ASK_EVERY) {
        ask = Some(0);
    }
    let mut back = false;
    let mut person = None;
    crate::view::dialog(contexts.ctx_mut()?, "past", 520.0, |ui| {
        let button = widgets::heading_button(ui, &words.say("powers-past"), &words.say("powers-back"));
        first.give(screens.opened(), &button);
        back = button.clicked();
        if pages.came() == 0 {
            widgets::aside(ui, words.say("powers-wait"));
        } else if pages.entries().next().is_none() {
            widgets::aside(ui, words.say("powers-past-none"));
        }
        let now_secs = platform::unix_secs();
        for entry in pages.entries() {
            if row(ui, &words, &around, entry, now_secs) {
                person = Some(entry.by.key());
            }
        }
        if let Some(before) = pages.more_before()
            && widgets::wide_button(ui, &words.say("powers-past-more"), widgets::Weight::Plain).clicked()
        {
            ask = Some(before);
        }
    });
    if let Some(before) = ask {
        *asked = Some(now);
        asks.write(AskPast { before });
    }
    if let Some(account) = person {
        about.0 = Some(account);
        screens.open(Panel::Person);
    }
    if back {
        screens.close(Panel::Past);
    }
    Ok(())
}

/// One fact; whether its author was pressed.
fn row(ui: &mut egui::Ui, words: &Words, around: &Around, entry: &Entry, now_secs: u64) -> bool {
    let p = theme::palette(ui.ctx());
    let name = called(words, around, &entry.by);
    let age = now_secs.saturating_sub(entry.at_secs);
    let mut pressed = false;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::row_height(ui.ctx()));
        widgets::dot(ui, theme::person_colour(&entry.by.account));
        ui.with_layout(widgets::column(ui.ctx()), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let name = RichText::new(name).family(theme::bold()).color(p.foam);
            let label = egui::Label::new(name).truncate().sense(egui::Sense::click());
            let response = ui.add(label);
            widgets::focus_ring(ui, &response, theme::WIDGET_RADIUS);
            pressed = response.clicked();
            let what = format!("{} · {}", sentence(words, around, entry), ago(words, age));
            ui.label(RichText::new(what).small().color(p.mist));
        });
    });
    pressed
}

fn called(words: &Words, around: &Around, who: &Who) -> String {
    let account = AccountKey(who.account);
    if around.here(&account).is_none() && !who.name.is_empty() {
        return words.called(&who.name);
    }
    around.name(&account, words)
}

/// What they did, in a sentence.
fn sentence(words: &Words, around: &Around, entry: &Entry) -> String {
    let way = match &entry.way {
        How::Done => None,
        How::Undone => Some(words.say("powers-did-undo")),
        How::Redone => Some(words.say("powers-did-redo")),
        How::Restored => Some(words.say("powers-did-restore")),
        How::Settled => Some(words.say("powers-did-settle")),
        How::RolledBack(who) => {
            let name = called(words, around, who);
            Some(words.with("powers-did-roll-back", &[("name", name.into())]))
        }
    };
    let counts = [
        ("powers-did-make", entry.made),
        ("powers-did-change", entry.changed),
        ("powers-did-remove", entry.removed),
    ];
    let counts = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(key, count)| words.with(key, &[("count", (*count).into())]));
    let order = entry
        .order
        .as_ref()
        .map(|(order, about)| ordered(words, around, order, about.as_ref()));
    let met = entry.met.then(|| words.say("powers-did-come"));
    let all: Vec<String> = way.into_iter().chain(counts).chain(order).chain(met).collect();
    all.join(" · ")
}

fn ordered(words: &Words, around: &Around, order: &Order, about: Option<&Who>) -> String {
    let name = about.map(|who| called(words, around, who)).unwrap_or_default();
    let say = |key| words.with(key, &[("name", name.clone().into())]);
    let of = |key, role| {
        let role = words.say(role_words(role));
        words.with(key, &[("name", name.clone().into()), ("role", role.into())])
    };
    match order {
        Order::Rank { role, .. } => of("powers-did-rank", *role),
        Order::Except { .. } => say("powers-did-except"),
        Order::Allot { .. } => say("powers-did-allot"),
        Order::Ban { banned: true, .. } => say("powers-did-ban"),
        Order::Ban { banned: false, .. } => say("powers-did-unban"),
        Order::Silence { until_secs: 0, .. } => say("powers-did-let-speak"),
        Order::Silence { .. } => say("powers-did-silence"),
        Order::Line { role, .. } => of("powers-did-line", *role),
        Order::Newcomers { role } => of("powers-did-newcomers", *role),
        Order::Lock { locked: true } => words.say("powers-did-lock"),
        Order::Lock { locked: false } => words.say("powers-did-unlock"),
        Order::Block { .. } => String::new(),
    }
}
