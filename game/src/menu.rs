//! In a world: the menu behind Escape, and the invitation.

use crate::confirm::Ask;
use crate::customs;
use crate::guide::Guide;
use crate::people::People;
use crate::screens::{Panel, Screens};
use crate::sentences;
use crate::session::{LeaveSession, Session, SessionPhase};
use crate::settings::Settings;
use crate::theme::{self, qr::QrPicture, widgets};
use crate::things::Things;
use crate::things::keep::ui::Entry;
use crate::words::Words;
use crate::world::{ChooseMoment, CurrentMoment, CurrentWorld, moment_words, said_name};
use bevy::prelude::*;
use bevy_egui::egui::{self, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::Capability;
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Invitation>().add_systems(
        EguiPrimaryContextPass,
        (
            (place, away).in_set(crate::view::ViewSystems::Hud),
            (menu, share).in_set(crate::view::ViewSystems::Panels),
        )
            .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away))),
    );
}

fn menu(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    session: Res<Session>,
    people: Res<People>,
    mut leave: MessageWriter<LeaveSession>,
    mut ask: MessageWriter<Ask>,
    mut guide: ResMut<Guide>,
    mut settings: ResMut<Settings>,
    words: Res<Words>,
    world: Res<CurrentWorld>,
    moment: Res<CurrentMoment>,
    mut choose: MessageWriter<ChooseMoment>,
    mut keep: Entry,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Menu) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut go = None;
    // In a low window two columns, or the last button would be below the fold.
    let scale = theme::text_scale(ctx);
    let screen = ctx.content_rect().size();
    let columns = if screen.y < 884.0 * scale && screen.x > 520.0 * scale {
        2
    } else {
        1
    };
    crate::view::dialog(ctx, "menu", if columns == 2 { 480.0 } else { 360.0 }, |ui| {
        ui.heading(said_name(&words, session.world_name()));
        widgets::aside(ui, words.with("menu-people", &[("count", people.len().into())]));
        ui.add_space(8.0);
        let resume = widgets::wide_button(ui, &words.say("menu-resume"), widgets::Weight::Primary);
        first.give(screens.opened(), &resume);
        if resume.clicked() {
            go = Some(None);
        }
        let under_way = guide.is_under_way();
        let walk = if under_way { "guide-skip" } else { "guide-again" };
        let entries = [
            ("menu-invite", Some(Panel::Share)),
            ("menu-people-here", Some(Panel::People)),
            ("voice-title", Some(Panel::Voice)),
            ("look-title", Some(Panel::Look)),
            ("building-title", Some(Panel::Build)),
            ("powers-title", Some(Panel::Powers)),
            ("succession-title", Some(Panel::Succession)),
            ("menu-connection", Some(Panel::Report)),
            ("menu-settings", Some(Panel::Settings)),
            ("photo-open", Some(Panel::Photo)),
            (walk, None),
        ];
        let mut texts: Vec<String> = entries.iter().map(|(text, _)| words.say(text)).collect();
        texts.extend(keep.text(&words, &session));
        match widgets::buttons(ui, columns, &texts).map(|chosen| entries.get(chosen)) {
            Some(Some((_, panel))) => {
                go = Some(*panel);
                if panel.is_none() && under_way {
                    guide.skip();
                } else if panel.is_none() {
                    settings.guide = true;
                }
            }
            // The last, which not everybody has.
            Some(None) => {
                keep.press();
                go = Some(None);
            }
            None => {}
        }
        if session.is_host()
            && let Some(document) = &world.document
            && document.moments.len() > 1
        {
            ui.add_space(4.0);
            widgets::name(ui, &words.say("places-moment"));
            let moments: Vec<(u8, String)> = (0..)
                .zip(&document.moments)
                .map(|(index, moment)| {
                    let text = moment_words(&moment.name)
                        .map_or_else(|| customs::world_name(&moment.name), |key| words.say(key));
                    (index, text)
                })
                .collect();
            let mut now = moment.0;
            widgets::choose(ui, &mut now, &moments);
            if now != moment.0 {
                choose.write(ChooseMoment(now));
            }
        }
        ui.add_space(6.0);
        let text = if session.is_host() {
            "menu-close"
        } else {
            "menu-leave"
        };
        if widgets::wide_button(ui, &words.say(text), widgets::Weight::Quiet).clicked() {
            if session.is_host() {
                ask.write(Ask::CloseWorld);
            } else {
                leave.write(LeaveSession::default());
            }
        }
    });
    match go {
        Some(None) => screens.close_all(),
        Some(Some(panel)) => screens.open(panel),
        None => {}
    }
    Ok(())
}

/// The picture of the link, made once a link.
#[derive(Resource, Debug, Default)]
struct Invitation {
    url: String,
    picture: Option<QrPicture>,
    copied_until: Duration,
}

fn share(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    session: Res<Session>,
    mut invitation: ResMut<Invitation>,
    words: Res<Words>,
    things: Res<Things>,
    time: Res<Time<Real>>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Share) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let now = time.elapsed();
    let mut back = false;
    let url = session
        .link()
        .map(holm_net::link::Link::browser_url)
        .unwrap_or_default();
    if invitation.url != url {
        invitation.picture = QrPicture::new(&url);
        invitation.url = url;
    }
    crate::view::dialog(ctx, "share", 400.0, |ui| {
        back = widgets::heading(ui, &words.say("menu-invite"), &words.say("menu-back"));
        if invitation.url.is_empty() {
            widgets::callout(
                ui,
                widgets::Mood::Trouble,
                &words.say("menu-no-link"),
                &words.say("menu-no-link-next"),
            );
            return;
        }
        // A link is a key, and nobody can be kept from passing it on: an honest program does not offer it.
        if !session.is_host() && things.me().is_some() && !things.may().has(Capability::Invite) {
            widgets::callout(
                ui,
                widgets::Mood::Plain,
                &words.say("menu-no-invite"),
                &words.say("menu-no-invite-next"),
            );
            return;
        }
        ui.label(RichText::new(words.say("menu-link-what")).color(theme::palette(ui.ctx()).mist));
        ui.add_space(4.0);
        egui::Frame::NONE
            .fill(theme::palette(ui.ctx()).ink)
            .corner_radius(egui::CornerRadius::same(theme::WIDGET_RADIUS))
            .inner_margin(egui::Margin::symmetric(12, 10))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.add(
                    egui::Label::new(RichText::new(&invitation.url).monospace())
                        .selectable(true)
                        .truncate(),
                );
            });
        let text = if now < invitation.copied_until {
            "menu-copied"
        } else {
            "menu-copy"
        };
        let copy = widgets::wide_button(ui, &words.say(text), widgets::Weight::Primary);
        first.give(screens.opened(), &copy);
        if copy.clicked() {
            ui.ctx().copy_text(invitation.url.clone());
            invitation.copied_until = now + Duration::from_secs(3);
        }
        if session.is_host() && session.link().is_some_and(|link| !link.tls) {
            ui.label(
                RichText::new(sentences::no_certificate(&words))
                    .small()
                    .color(theme::palette(ui.ctx()).mist),
            );
        }
        if let Some(picture) = &invitation.picture {
            ui.add_space(4.0);
            ui.vertical_centered(|ui| {
                ui.label(RichText::new(words.say("menu-qr")).color(theme::palette(ui.ctx()).mist));
                // In a low window smaller, so that it is seen whole.
                let size = (ui.ctx().content_rect().height() - 360.0).clamp(150.0, 224.0);
                picture.show(ui, size, &words.say("menu-qr-name"));
            });
        }
    });
    if back {
        screens.back();
    }
    Ok(())
}

/// Where one is and with how many, in the corner.
fn place(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    session: Res<Session>,
    people: Res<People>,
    words: Res<Words>,
) -> Result {
    if screens.blocks_walking() {
        return Ok(());
    }
    let here = words.with("menu-here", &[("count", people.len().into())]);
    let name = said_name(&words, session.world_name());
    let ctx = contexts.ctx_mut()?;
    let (corner, x) = if theme::begins_right(ctx) {
        (egui::Align2::RIGHT_TOP, -20.0)
    } else {
        (egui::Align2::LEFT_TOP, 20.0)
    };
    // On glass three buttons are beside it.
    let taken = if theme::on_glass(ctx) { 230.0 } else { 40.0 };
    let room = ctx.content_rect().width() - taken - 24.0;
    egui::Area::new("place".into())
        .anchor(corner, [x, 18.0])
        .interactable(false)
        .show(ctx, |ui| {
            let p = theme::palette(ui.ctx());
            let small = egui::TextStyle::Small.resolve(ui.style());
            let here = ui.painter().layout_no_wrap(here, small, p.mist);
            let mut font = egui::TextStyle::Body.resolve(ui.style());
            font.family = theme::bold();
            // The number steps back for the name where there is no room for both, and so does the size of the letters.
            let fits = room > here.size().x + 120.0;
            let least = egui::TextStyle::Small.resolve(ui.style()).size;
            let whole = ui
                .painter()
                .layout_no_wrap(name.clone(), font.clone(), p.foam)
                .size()
                .x;
            if whole > room - 20.0 {
                font.size = (font.size * (room - 20.0) / whole).clamp(least, font.size);
            }
            let mut name = egui::text::LayoutJob::simple_singleline(name, font, p.foam);
            name.wrap = egui::text::TextWrapping::truncate_at_width(
                (room - 20.0 - if fits { here.size().x + 8.0 } else { 0.0 }).max(40.0),
            );
            let name = ui.painter().layout_job(name);
            let colour = if session.phase() == SessionPhase::Away {
                p.coral
            } else {
                p.moss
            };
            egui::Frame::NONE
                .fill(p.pill(0.95))
                .corner_radius(egui::CornerRadius::same(14))
                .inner_margin(egui::Margin::symmetric(12, 5))
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        if theme::letters::from_right(ui.ctx()) {
                            if fits {
                                ui.label(here);
                            }
                            ui.label(name);
                            widgets::dot(ui, colour);
                        } else {
                            widgets::dot(ui, colour);
                            ui.label(name);
                            if fits {
                                ui.label(here);
                            }
                        }
                    });
                });
        });
    Ok(())
}

/// The link is lost: everything goes on, and everybody can see how long the seat is kept.
fn away(
    mut contexts: EguiContexts,
    session: Res<Session>,
    words: Res<Words>,
    time: Res<Time<Real>>,
) -> Result {
    if session.phase() != SessionPhase::Away {
        return Ok(());
    }
    let left = session
        .away_until()
        .map(|until| until.saturating_sub(time.elapsed()).as_secs());
    let ctx = contexts.ctx_mut()?;
    let room = ctx.content_rect().width() - 60.0;
    egui::Area::new("away".into())
        .anchor(egui::Align2::CENTER_TOP, [0.0, 68.0])
        .interactable(false)
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(10))
                .show(ui, |ui| {
                    ui.set_width((380.0 * theme::text_scale(ui.ctx())).min(room));
                    let next = match left {
                        Some(secs) => words.with("menu-away-kept", &[("seconds", secs.into())]),
                        None => words.say("menu-away-next"),
                    };
                    widgets::callout(ui, widgets::Mood::Trouble, &words.say("menu-away"), &next);
                });
        });
    Ok(())
}
