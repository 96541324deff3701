//! The versions of the world: saved under a name, brought back, thrown away.

use super::{Around, ago};
use crate::confirm::Ask;
use crate::customs;
use crate::notices::Notice;
use crate::platform;
use crate::screens::{Panel, Screens};
use crate::theme::{self, widgets};
use crate::things::versions::{AskVersion, NoVersionNow, Versions};
use crate::things::wire::{NoVersion, VersionLine, VersionWish};
use crate::view::FirstFocus;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, RichText};
use holm_document::limits::NAME_CHARS;
use holm_identity::AccountKey;

pub(super) fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    versions: Res<Versions>,
    around: Around,
    words: Res<Words>,
    mut asks: MessageWriter<AskVersion>,
    mut sure: MessageWriter<Ask>,
    mut name: Local<String>,
    mut opened: Local<bool>,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Versions) {
        // Under a question it is open still.
        *opened &= screens.is_open(Panel::Versions);
        return Ok(());
    }
    if !std::mem::replace(&mut *opened, true) {
        asks.write(AskVersion(VersionWish::List));
    }
    let mut back = false;
    let (mut wish, mut ask) = (None, None);
    crate::view::dialog(contexts.ctx_mut()?, "versions", 480.0, |ui| {
        let button = widgets::heading_button(ui, &words.say("versions-title"), &words.say("powers-back"));
        first.give(screens.opened(), &button);
        back = button.clicked();
        widgets::aside(ui, words.say("versions-what"));
        // Where nothing is kept, nothing is offered.
        if let (None, Some(why)) = (&versions.list, versions.why) {
            widgets::callout(ui, widgets::Mood::Plain, &words.say(sentence(why)), "");
            return;
        }
        widgets::field(
            ui,
            &words.say("versions-name"),
            &mut name,
            &words.say("versions-name-hint"),
            NAME_CHARS,
        );
        let ready = !name.trim().is_empty() && !versions.waits;
        ui.add_enabled_ui(ready, |ui| {
            if widgets::wide_button(ui, &words.say("versions-save"), widgets::Weight::Primary).clicked() {
                wish = Some(VersionWish::Save {
                    name: name.trim().to_owned(),
                });
            }
        });
        match &versions.list {
            None => {
                widgets::aside(ui, words.say("powers-wait"));
            }
            Some(lines) if lines.is_empty() => {
                widgets::aside(ui, words.say("versions-none"));
            }
            Some(lines) => {
                for line in lines {
                    ui.separator();
                    row(ui, &words, &around, line, !versions.waits, &mut ask);
                }
            }
        }
    });
    if let Some(wish) = wish {
        name.clear();
        asks.write(AskVersion(wish));
    }
    if let Some(ask) = ask {
        sure.write(ask);
    }
    if back {
        screens.close(Panel::Versions);
    }
    Ok(())
}

fn row(
    ui: &mut egui::Ui,
    words: &Words,
    around: &Around,
    line: &VersionLine,
    ready: bool,
    ask: &mut Option<Ask>,
) {
    let p = theme::palette(ui.ctx());
    let called = customs::world_name(&line.name);
    ui.add(egui::Label::new(RichText::new(called).family(theme::bold()).color(p.foam)).wrap());
    let by = around.name(&AccountKey(line.by), words);
    let when = ago(words, platform::unix_secs().saturating_sub(line.at_secs));
    let things = words.with("versions-things", &[("count", line.things.into())]);
    widgets::aside(ui, format!("{things} · {by} · {when}"));
    ui.add_enabled_ui(ready, |ui| {
        ui.horizontal_wrapped(|ui| {
            let name = || line.name.clone();
            if widgets::button(ui, &words.say("versions-restore"), widgets::Weight::Plain, 0.0).clicked() {
                *ask = Some(Ask::Restore { name: name() });
            }
            if widgets::button(ui, &words.say("versions-forget"), widgets::Weight::Quiet, 0.0).clicked() {
                *ask = Some(Ask::Forget { name: name() });
            }
        });
    });
}

pub(super) fn tell(
    mut not: MessageReader<NoVersionNow>,
    versions: Res<Versions>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
) {
    for NoVersionNow(why) in not.read() {
        // With nothing to show the panel itself says why.
        if versions.list.is_some() {
            notices.write(Notice::trouble(words.say(sentence(*why)), ""));
        }
    }
}

fn sentence(why: NoVersion) -> &'static str {
    match why {
        NoVersion::NotAllowed => "versions-not-allowed",
        NoVersion::BadName => "versions-bad-name",
        NoVersion::NameTaken => "versions-name-taken",
        NoVersion::TooMany => "versions-too-many",
        NoVersion::NotThere => "versions-gone",
        NoVersion::NotKept => "versions-not-kept",
    }
}
