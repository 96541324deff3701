//! Who is here: names, round trips, and whether the link runs straight or through a relay.

use super::Person;
use super::mute::{Mute, Muted};
use crate::avatar::{Avatars, Wearing, sentences};
use crate::input::actions::Doing;
use crate::input::glyphs::Signs;
use crate::powers::ui::About;
use crate::screens::{Device, Panel, Pointer, Screens};
use crate::theme::glyph::glyph;
use crate::theme::{self, widgets};
use crate::view::FirstFocus;
use crate::voice::{Microphone, Speaking};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, Align, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use holm_net::transport::Path;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Panels),
    );
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    pointer: Res<Pointer>,
    people: Query<&Person>,
    voices: Query<(&Person, &Speaking, &Microphone)>,
    clothes: Query<(&Person, &Wearing)>,
    avatars: Res<Avatars>,
    muted: Res<Muted>,
    words: Res<Words>,
    signs: Signs,
    mut about: ResMut<About>,
    mut mutes: MessageWriter<Mute>,
    mut first: Local<FirstFocus>,
) -> Result {
    if !screens.is_open(Panel::People) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut rows: Vec<&Person> = people.iter().collect();
    rows.sort_by_cached_key(|person| (!person.me, person.name.to_lowercase(), person.slot));
    let mut close = false;
    let mut wanted = None;
    // A mouse that turns the view presses nothing; a pad does.
    let may_press = !pointer.held() || signs.device() == Device::Gamepad;
    // With the keys for walking, no control has the focus.
    let has_focus = screens.blocks_walking() || screens.list_has_the_pad(signs.device());
    let mut mute = MuteSwitch {
        muted: &muted,
        words: &words,
        wishes: &mut mutes,
    };
    let screen = ctx.content_rect();
    let from_right = theme::letters::from_right(ctx);
    // On glass between what stands at the upper edge and the buttons under the thumb.
    let (above, below) = match theme::on_glass(ctx) {
        true if screen.height() > screen.width() => (76.0, 140.0),
        true => (76.0, 12.0),
        false => (60.0, 60.0),
    };
    let (corner, x) = match (from_right, theme::on_glass(ctx)) {
        (true, false) => (egui::Align2::LEFT_CENTER, 20.0),
        (false, false) => (egui::Align2::RIGHT_CENTER, -20.0),
        (true, true) => (egui::Align2::LEFT_TOP, 20.0),
        (false, true) => (egui::Align2::RIGHT_TOP, -20.0),
    };
    let down = if theme::on_glass(ctx) { above } else { 0.0 };
    let width = (380.0 * theme::text_scale(ctx)).min(screen.width() - 40.0);
    egui::Area::new("people".into())
        .anchor(corner, [x, down])
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(18))
                .show(ui, |ui| {
                    ui.set_width(width - 36.0);
                    let top = ui.cursor().top();
                    ui.with_layout(widgets::column(ui.ctx()), |ui| {
                        let title = words.say("people-title");
                        if may_press {
                            let button = widgets::heading_button(ui, &title, &words.say("people-close"));
                            if has_focus {
                                first.give(screens.opened(), &button);
                            }
                            close = button.clicked();
                        } else {
                            ui.with_layout(widgets::trailing(ui.ctx(), Align::Min), |ui| {
                                if let Some(key) = signs.of(Doing::People) {
                                    glyph(ui, &key);
                                }
                                ui.with_layout(widgets::column(ui.ctx()), |ui| ui.heading(title));
                            });
                        }
                        widgets::aside(ui, words.with("people-count", &[("count", rows.len().into())]));
                        ui.add_space(4.0);
                        crate::view::bar_beside(ui);
                        // What is left below the heading and within the frame.
                        let room = screen.height() - above - below - (ui.cursor().top() - top) - 36.0;
                        crate::view::scrolled(room.max(screen.height() * 0.3)).show(ui, |ui| {
                            ui.spacing_mut().item_spacing.y = 2.0;
                            for person in rows {
                                let hears = may_press.then_some(&mut mute);
                                let voice = voices.iter().find(|(of, ..)| of.slot == person.slot);
                                let voice = voice.map(|(_, speaking, microphone)| (*speaking, *microphone));
                                if row(ui, &words, person, voice, hears) {
                                    wanted = Some(person.account);
                                }
                                let worn = clothes.iter().find(|(of, _)| of.slot == person.slot);
                                let avatar = worn.filter(|_| !person.me).and_then(|(_, worn)| worn.avatar);
                                if let Some(why) = avatar.and_then(|avatar| avatars.refusal(&avatar)) {
                                    widgets::aside(ui, sentences::not_shown(&words, &why));
                                }
                            }
                            if may_press {
                                muted_away(ui, &people, &mut mute);
                            }
                            crate::view::follow_focus(ui);
                        });
                    });
                });
        });
    if close {
        screens.close(Panel::People);
    }
    if let Some(account) = wanted {
        about.0 = Some(account);
        screens.open(Panel::Person);
    }
    Ok(())
}

/// A small button of a row, as high as what presses it needs.
fn small_button(ui: &mut egui::Ui, text: &str) -> egui::Response {
    let size = egui::vec2(theme::CONTROL_HEIGHT, theme::row_height(ui.ctx()) - 6.0);
    let text = RichText::new(text).small();
    let response = ui.add(
        egui::Button::new(text)
            .min_size(size)
            .wrap_mode(egui::TextWrapMode::Extend),
    );
    widgets::focus_ring(ui, &response, theme::WIDGET_RADIUS);
    response
}

/// What mutes people and hears them again.
struct MuteSwitch<'a, 'w> {
    muted: &'a Muted,
    words: &'a Words,
    wishes: &'a mut MessageWriter<'w, Mute>,
}

impl MuteSwitch<'_, '_> {
    fn show(&mut self, ui: &mut egui::Ui, account: AccountKey, name: &str) {
        let muted = self.muted.contains(&account);
        let key = if self.muted.is_blocked(&account) {
            // That is undone where it says what it means.
            return;
        } else if muted {
            "chat-unmute-short"
        } else {
            "chat-mute-short"
        };
        if small_button(ui, &self.words.say(key)).clicked() {
            self.wishes.write(Mute {
                account,
                name: name.to_owned(),
                on: !muted,
            });
        }
    }
}

/// The muted who are not here: they can be heard again without meeting them.
fn muted_away(ui: &mut egui::Ui, people: &Query<&Person>, mute: &mut MuteSwitch) {
    let muted = mute.muted;
    let away: Vec<(&AccountKey, &str)> = muted
        .iter()
        .filter(|(account, _)| !people.iter().any(|person| person.account == **account))
        .collect();
    if away.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::aside(ui, mute.words.say("chat-muted-away"));
    for (account, name) in away {
        ui.horizontal(|ui| {
            ui.add(
                egui::Label::new(RichText::new(mute.words.called(name)).color(theme::palette(ui.ctx()).mist))
                    .truncate(),
            );
            ui.with_layout(widgets::trailing(ui.ctx(), Align::Center), |ui| {
                mute.show(ui, *account, name)
            });
        });
    }
}

/// Whether more about them is wanted.
fn row(
    ui: &mut egui::Ui,
    words: &Words,
    person: &Person,
    voice: Option<(Speaking, Microphone)>,
    mut mute: Option<&mut MuteSwitch>,
) -> bool {
    let p = theme::palette(ui.ctx());
    let mut more = false;
    let blocked = mute
        .as_ref()
        .is_some_and(|mute| mute.muted.is_blocked(&person.account));
    let mut buttons = |ui: &mut egui::Ui| {
        if let Some(mute) = &mut mute
            && !person.me
        {
            mute.show(ui, person.account, &person.name);
            more |= small_button(ui, &words.say("people-more")).clicked();
        }
    };
    // Large letters in a narrow window: what can be pressed has a line of its own, or the name would be cut to nothing.
    let narrow = ui.available_width() < 19.0 * egui::TextStyle::Body.resolve(ui.style()).size;
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        let colour = theme::person_colour(&person.account.0);
        let speaks = !blocked && voice.is_some_and(|(speaking, _)| speaking.level > 0);
        dot(ui, if person.away { p.reed } else { colour }, speaks);
        // What can be pressed first: a name gives way to it, and what it needs depends on the language.
        ui.with_layout(widgets::trailing(ui.ctx(), Align::Center), |ui| {
            if !narrow {
                buttons(ui);
            }
            ui.with_layout(widgets::column(ui.ctx()), |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let name = RichText::new(words.called(&person.name))
                    .family(theme::bold())
                    .color(if person.away { p.mist } else { p.foam });
                ui.add(egui::Label::new(name).truncate());
                let (text, colour) = if blocked {
                    (words.say("powers-blocked"), p.coral)
                } else {
                    link(words, person, &p)
                };
                let text = if person.me {
                    words.with(
                        "people-and",
                        &[("one", words.say("people-you").into()), ("other", text.into())],
                    )
                } else {
                    text
                };
                let text = match voice.and_then(|(_, microphone)| cannot_answer(microphone)) {
                    Some(key) if !person.away && !blocked => words.with(
                        "people-and",
                        &[("one", text.into()), ("other", words.say(key).into())],
                    ),
                    _ => text,
                };
                ui.add(egui::Label::new(RichText::new(text).small().color(colour)).wrap());
            });
        });
    });
    if narrow && !person.me {
        ui.with_layout(widgets::trailing(ui.ctx(), Align::Min), buttons);
    }
    more
}

/// Somebody's colour, with a ring around it while they speak.
fn dot(ui: &mut egui::Ui, colour: egui::Color32, speaks: bool) {
    let p = theme::palette(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(egui::vec2(15.0, 18.0), egui::Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.5, colour);
    if speaks {
        let ring = egui::Stroke::new(1.5, p.foam);
        ui.painter().circle_stroke(rect.center(), 6.5, ring);
    }
}

/// What keeps somebody from answering aloud.
fn cannot_answer(microphone: Microphone) -> Option<&'static str> {
    match microphone {
        Microphone::None => Some("people-listens"),
        Microphone::Muted => Some("people-muted"),
        Microphone::Open => None,
    }
}

/// How somebody is connected to the host, in a few words and a colour.
fn link(words: &Words, person: &Person, palette: &theme::Palette) -> (String, egui::Color32) {
    if person.away {
        return (words.say("people-link-lost"), palette.coral);
    }
    if person.slot == Slot::HOST {
        return (words.say("people-host"), palette.amber);
    }
    let path = match person.path {
        Path::Direct => "people-direct",
        Path::Relayed => "people-relayed",
        Path::Memory => "people-same-machine",
        Path::Unknown => "",
    };
    let colour = match person.ping_ms {
        Some(0..=120) => palette.moss,
        Some(121..=250) => palette.amber,
        Some(_) => palette.coral,
        None => palette.mist,
    };
    let text = match (person.ping_ms, path) {
        (Some(ms), "") => words.with("people-ping", &[("ms", ms.into())]),
        (Some(ms), path) => words.with(
            "people-path-ping",
            &[("path", words.say(path).into()), ("ms", ms.into())],
        ),
        (None, "") => words.say("people-connecting"),
        (None, path) => words.say(path),
    };
    (text, colour)
}
