//! What can be done with a line, and where a link leads before anything opens.
//!
//! Flow: a press in the log → [`Panel::ChatLine`] or [`Panel::Address`] → wishes: change, take back, mute, copy, open.
//! Invariant: an address is opened only from the sheet that shows all of it.

use super::links::{self, Address, Doubt};
use super::rules::EDIT_WITHIN;
use super::ui::Entry;
use super::{ChatLine, ChatLog, TakeBack};
use crate::notices::Notice;
use crate::people::mute::{Mute, Muted};
use crate::people::{Me, Person};
use crate::platform;
use crate::screens::{Panel, Screens};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::text::LayoutJob;
use bevy_egui::egui::{self, RichText, TextFormat};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        (line, address).in_set(crate::view::ViewSystems::Panels),
    );
}

/// What can be done with a line.
fn line(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut entry: ResMut<Entry>,
    log: Res<ChatLog>,
    words: Res<Words>,
    muted: Res<Muted>,
    people: Query<(&Person, Has<Me>)>,
    mut back_wishes: MessageWriter<TakeBack>,
    mut mutes: MessageWriter<Mute>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::ChatLine) {
        return Ok(());
    }
    let Some(line) = entry.about.and_then(|id| log.get(id)) else {
        screens.close(Panel::ChatLine);
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?;
    let own = people
        .iter()
        .any(|(person, me)| me && person.account == line.account);
    let author = people
        .iter()
        .find(|(person, me)| !me && person.account == line.account)
        .map(|(person, _)| (person.slot, person.name.clone()));
    let age = platform::unix_secs().saturating_sub(line.at_secs);
    let opened = screens.opened();
    let mut next = Next::Stay;
    crate::view::dialog(ctx, "chat line", 420.0, |ui| {
        if widgets::heading(ui, &words.called(&line.name), &words.say("chat-back")) {
            next = Next::Back;
        }
        said(ui, line, &words);
        ui.add_space(4.0);
        let mut press = |ui: &mut egui::Ui, text: &str| {
            let response = widgets::wide_button(ui, text, widgets::Weight::Plain);
            first.give(opened, &response);
            response.clicked()
        };
        for link in links::find(&line.text) {
            let whole = &line.text[link];
            let Some(address) = Address::read(whole) else {
                continue;
            };
            let host = &address.whole[address.host.clone()];
            if press(ui, &words.with("chat-look-at-link", &[("host", host.into())])) {
                next = Next::Address(whole.to_owned());
            }
        }
        if !line.taken_back && press(ui, &words.say("chat-copy-line")) {
            ui.ctx().copy_text(line.text.clone());
            next = Next::Back;
        }
        if own && !line.taken_back {
            if age < EDIT_WITHIN.as_secs() && press(ui, &words.say("chat-edit-line")) {
                next = Next::Edit;
            }
            if press(ui, &words.say("chat-take-back")) {
                next = Next::TakeBack;
            }
        }
        if let Some((slot, name)) = author.as_ref().filter(|(_, name)| !name.is_empty())
            && press(ui, &words.with("chat-call", &[("name", name.into())]))
        {
            next = Next::Call(*slot, name.clone());
        }
        if !own {
            let on = !muted.contains(&line.account);
            let key = if on { "chat-mute" } else { "chat-unmute" };
            if press(ui, &words.with(key, &[("name", words.called(&line.name).into())])) {
                next = Next::Mute(on);
            }
        }
    });
    if !matches!(next, Next::Stay | Next::Address(_)) {
        screens.close(Panel::ChatLine);
    }
    match next {
        Next::Stay | Next::Back => {}
        Next::Edit => {
            entry.edit(line);
            screens.open(Panel::ChatEdit);
        }
        Next::TakeBack => {
            back_wishes.write(TakeBack { id: line.id });
        }
        Next::Call(slot, name) => entry.call(slot, &name),
        Next::Mute(on) => {
            mutes.write(Mute {
                account: line.account,
                name: line.name.clone(),
                on,
            });
        }
        Next::Address(link) => {
            entry.address = Some(link);
            screens.open(Panel::Address);
        }
    }
    Ok(())
}

/// What was pressed.
enum Next {
    Stay,
    Back,
    Edit,
    TakeBack,
    Call(holm_net::pose::Slot, String),
    Mute(bool),
    Address(String),
}

/// The line, in a well of its own.
fn said(ui: &mut egui::Ui, line: &ChatLine, words: &Words) {
    let p = theme::palette(ui.ctx());
    egui::Frame::NONE
        .fill(p.ink)
        .corner_radius(egui::CornerRadius::same(theme::WIDGET_RADIUS))
        .inner_margin(egui::Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            if line.taken_back {
                widgets::aside(ui, words.say("chat-taken-back"));
            } else {
                ui.label(RichText::new(&line.text).color(p.foam));
            }
        });
}

/// Where a link leads.
fn address(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    entry: Res<Entry>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Address) {
        return Ok(());
    }
    let Some(address) = entry.address.as_deref().and_then(Address::read) else {
        screens.close(Panel::Address);
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?;
    let mut back = false;
    crate::view::dialog(ctx, "address", 480.0, |ui| {
        back = widgets::heading(ui, &words.say("chat-link-title"), &words.say("chat-back"));
        let host = &address.whole[address.host.clone()];
        ui.label(words.with("chat-link-leads", &[("host", host.into())]));
        whole(ui, &address);
        for doubt in &address.doubts {
            let (mood, what) = doubted(doubt, host, &words);
            widgets::callout(ui, mood, &what, "");
        }
        ui.add_space(4.0);
        let copy = widgets::wide_button(ui, &words.say("chat-link-copy"), widgets::Weight::Plain);
        // Not on the button that opens: Enter once too often must not lead anywhere.
        first.give(screens.opened(), &copy);
        if copy.clicked() {
            ui.ctx().copy_text(address.whole.clone());
            notices.write(Notice::fine(words.say("chat-link-copied")));
            back = true;
        }
        if widgets::wide_button(ui, &words.say("chat-link-open"), widgets::Weight::Plain).clicked() {
            back = true;
            let opened = address
                .open()
                .ok_or_else(|| "no such host".to_owned())
                .and_then(|address| platform::open_address(&address));
            if let Err(error) = opened {
                warn!("an address was not opened: {error}");
                let next = words.say("chat-link-not-opened-next");
                notices.write(Notice::trouble(words.say("chat-link-not-opened"), next));
            }
        }
    });
    if back {
        screens.close(Panel::Address);
    }
    Ok(())
}

/// All of it, the host lit up, broken wherever the edge is.
fn whole(ui: &mut egui::Ui, address: &Address) {
    let p = theme::palette(ui.ctx());
    let font = egui::FontId::monospace(15.0 * theme::text_scale(ui.ctx()));
    let mut job = LayoutJob::default();
    job.wrap.break_anywhere = true;
    for (part, colour) in [
        (&address.whole[..address.host.start], p.mist),
        (&address.whole[address.host.clone()], p.amber),
        (&address.whole[address.host.end..], p.mist),
    ] {
        job.append(part, 0.0, TextFormat::simple(font.clone(), colour));
    }
    egui::Frame::NONE
        .fill(p.ink)
        .corner_radius(egui::CornerRadius::same(theme::WIDGET_RADIUS))
        .inner_margin(egui::Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            job.wrap.max_width = ui.available_width();
            ui.label(job);
        });
}

/// A doubt in words.
fn doubted(doubt: &Doubt, host: &str, words: &Words) -> (widgets::Mood, String) {
    use widgets::Mood::{Plain, Trouble};
    match doubt {
        Doubt::NameInFront(name) => {
            let values = [("name", name.into()), ("host", host.into())];
            (Trouble, words.with("chat-link-name-in-front", &values))
        }
        Doubt::OtherLetters { network } => {
            let values = [("network", network.into())];
            (Plain, words.with("chat-link-other-letters", &values))
        }
        Doubt::Disguised { looks } => {
            let values = [("looks", looks.into())];
            (Trouble, words.with("chat-link-disguised", &values))
        }
        Doubt::MixedLetters => (Trouble, words.say("chat-link-mixed-letters")),
        Doubt::Number => (Plain, words.say("chat-link-number")),
        Doubt::Open => (Plain, words.say("chat-link-unencrypted")),
    }
}
