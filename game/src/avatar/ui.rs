//! Bring your own avatar: a file by drop, path or button, what it says and costs, and the answer to what its licence asks.
//!
//! Flow: dropped or opened → [`TryOn`] → the panel shows [`Own`] → [`Answered`], [`TakeOff`]. It is the last page of one's
//! look (`people::look::ui`).

use super::document::{AvatarDocument, Rank};
use super::own::{Answer, Answered, Own, OwnAvatar, TakeOff, TryOn};
use super::{AvatarsShown, limits, sentences};
use crate::people::look::ui::{Page, pages, turn_to};
use crate::platform;
use crate::screens::{Panel, Screens};
use crate::settings::Settings;
use crate::theme::widgets::{self, Mood, Weight};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{Key, Ui};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use bytes::Bytes;
use std::path::Path;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Entry>()
        .add_message::<Brought>()
        .add_plugins(super::kept::plugin)
        .add_systems(Update, (dropped, obey_settings))
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels),
        );
}

/// What is typed in the panel.
#[derive(Resource, Debug, Default)]
struct Entry {
    path: String,
    /// Why a file could not be opened.
    trouble: Option<String>,
}

fn obey_settings(settings: Res<Settings>, mut shown: ResMut<AvatarsShown>) {
    shown.set_if_neq(settings.avatars);
}

fn open(path: &Path, entry: &mut Entry, wishes: &mut MessageWriter<TryOn>) {
    try_on(
        platform::chosen_file(path, limits::MAX_FILE_BYTES as u64).map(Bytes::from),
        entry,
        wishes,
    );
}

fn try_on(file: Result<Bytes, String>, entry: &mut Entry, wishes: &mut MessageWriter<TryOn>) {
    match file {
        Ok(bytes) => {
            entry.trouble = None;
            wishes.write(TryOn { bytes, answer: None });
        }
        Err(why) => entry.trouble = Some(why),
    }
}

fn dropped(
    mut brought: MessageReader<Brought>,
    mut entry: ResMut<Entry>,
    mut screens: ResMut<Screens>,
    mut wishes: MessageWriter<TryOn>,
) {
    for Brought(file) in brought.read() {
        try_on(file.clone(), &mut entry, &mut wishes);
        screens.open(Panel::Avatar);
    }
}

/// A file that was dropped or chosen and is an avatar, or why it cannot be read: `things::files::bring` tells them apart.
#[derive(Message, Clone, Debug)]
pub(crate) struct Brought(pub(crate) Result<Bytes, String>);

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    own: Res<Own>,
    words: Res<Words>,
    mut entry: ResMut<Entry>,
    mut wishes: MessageWriter<TryOn>,
    mut answers: MessageWriter<Answered>,
    mut off: MessageWriter<TakeOff>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Avatar) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut back = false;
    let mut page = Page::File;
    let opened = screens.opened();
    crate::view::dialog(ctx, "avatar", 560.0, |ui| {
        back = widgets::heading(ui, &words.say("avatar-title"), &words.say("avatar-back"));
        let tabs = pages(ui, &words, &mut page);
        first.give(opened, &tabs);
        ui.add_space(4.0);
        widgets::aside(ui, words.say("avatar-how"));
        if platform::HAS_FILE_BUTTON {
            let choose = widgets::wide_button(ui, &words.say("avatar-choose"), Weight::Primary);
            if choose.clicked() {
                platform::ask_for_file();
            }
        }
        if platform::HAS_PATHS {
            let field = widgets::field(ui, &words.say("avatar-file"), &mut entry.path, "", 1024);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let pressed = widgets::button(ui, &words.say("avatar-open"), Weight::Plain, 0.0).clicked();
            if (entered || pressed) && !entry.path.trim().is_empty() {
                let path = entry.path.trim().to_owned();
                open(Path::new(&path), &mut entry, &mut wishes);
            }
        }
        if let Some(why) = &entry.trouble {
            let why = words.with("avatar-error-file", &[("why", why.clone().into())]);
            widgets::callout(ui, Mood::Trouble, &words.say("avatar-failed"), &why);
        }
        match &own.avatar {
            OwnAvatar::None => {}
            OwnAvatar::Reading => {
                widgets::aside(ui, words.say("avatar-reading"));
                widgets::progress(ui, None);
            }
            OwnAvatar::Failed(error) => {
                let sentence = sentences::error(&words, error);
                widgets::callout(ui, Mood::Trouble, &words.say("avatar-failed"), &sentence);
            }
            OwnAvatar::Asking {
                document, reserved, ..
            } => {
                says(ui, &words, document);
                let why: Vec<String> = reserved
                    .iter()
                    .map(|reserved| sentences::reserved(&words, *reserved))
                    .collect();
                widgets::callout(ui, Mood::Plain, &words.say("avatar-asks"), &why.join("\n"));
                if widgets::wide_button(ui, &words.say("avatar-may-show"), Weight::Primary).clicked() {
                    answers.write(Answered(Answer::IMayShowIt));
                }
                if super::licence::may_be_tried_on(&document.meta)
                    && widgets::wide_button(ui, &words.say("avatar-only-me"), Weight::Plain).clicked()
                {
                    answers.write(Answered(Answer::OnlyMe));
                }
                take_off(ui, &words, &mut off);
                costs(ui, &words, document);
            }
            OwnAvatar::Worn { document, answer, .. } => {
                says(ui, &words, document);
                costs(ui, &words, document);
                let how = if *answer == Some(Answer::OnlyMe) {
                    "avatar-worn-alone"
                } else {
                    "avatar-worn"
                };
                widgets::aside(ui, words.say(how));
                take_off(ui, &words, &mut off);
            }
        }
        if let Some(why) = own.refused {
            let sentence = sentences::refused(&words, why);
            widgets::callout(ui, Mood::Trouble, &words.say("avatar-refused"), &sentence);
        }
    });
    if back {
        screens.back();
    } else if page != Page::File {
        turn_to(&mut screens, page);
    }
    Ok(())
}

fn take_off(ui: &mut Ui, words: &Words, off: &mut MessageWriter<TakeOff>) {
    if widgets::wide_button(ui, &words.say("avatar-take-off"), Weight::Quiet).clicked() {
        off.write(TakeOff);
    }
}

/// Its name, and what its licence says.
fn says(ui: &mut Ui, words: &Words, document: &AvatarDocument) {
    ui.add_space(6.0);
    if !document.meta.title.is_empty() {
        ui.heading(document.meta.title.as_str());
    }
    for line in sentences::licence(words, &document.meta) {
        widgets::aside(ui, line);
    }
}

/// The meter. Below what is asked: an answer is wanted, the meter is only looked at.
fn costs(ui: &mut Ui, words: &Words, document: &AvatarDocument) {
    let meter = &document.meter;
    let (mood, rank) = match meter.rank {
        Rank::Good => (Mood::Fine, "avatar-rank-good"),
        Rank::Fair => (Mood::Plain, "avatar-rank-fair"),
        Rank::Heavy => (Mood::Trouble, "avatar-rank-heavy"),
    };
    widgets::callout(ui, mood, &words.say(rank), "");
    let megabytes = |bytes: u64| (bytes as f64 / 1e5).round() / 10.0;
    let bar = |ui: &mut Ui, key: &str, number: f64, most: f64| {
        widgets::aside(ui, words.with(key, &[("number", number.into())]));
        widgets::progress(ui, Some((number / most).clamp(0.0, 1.0) as f32));
    };
    let most = |bytes: u64| bytes as f64 / 1e6;
    bar(
        ui,
        "avatar-meter-bytes",
        megabytes(meter.bytes),
        most(limits::MAX_FILE_BYTES as u64),
    );
    bar(
        ui,
        "avatar-meter-triangles",
        f64::from(meter.triangles),
        limits::MAX_TRIANGLES as f64,
    );
    bar(
        ui,
        "avatar-meter-bones",
        f64::from(meter.bones),
        limits::MAX_JOINTS as f64,
    );
    bar(
        ui,
        "avatar-meter-parts",
        f64::from(meter.parts),
        limits::MAX_PARTS as f64,
    );
    bar(
        ui,
        "avatar-meter-textures",
        megabytes(meter.texture_bytes),
        most(limits::MAX_TEXTURE_BYTES),
    );
    bar(
        ui,
        "avatar-meter-springs",
        f64::from(meter.springs),
        limits::MAX_SPRING_JOINTS as f64,
    );
}
