//! The card of the guided walk: what is next, on which key, and how far one has come.

use super::Guide;
use super::rules::{Lesson, Stage};
use crate::input::actions::Doing;
use crate::input::glyphs::Signs;
use crate::screens::{Device, Pointer, Screens};
use crate::session::SessionPhase;
use crate::theme::glyph::{Glyph, MousePart, glyph};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, RichText};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        card.in_set(crate::view::ViewSystems::Hud)
            .run_if(in_state(SessionPhase::Inside))
            .run_if(super::world_is_whole),
    );
}

/// Until then what is being fetched stands where the card would (`arrival`).
fn card(
    mut contexts: EguiContexts,
    mut guide: ResMut<Guide>,
    screens: Res<Screens>,
    pointer: Res<Pointer>,
    words: Res<Words>,
    signs: Signs,
) -> Result {
    let Some(walk) = guide.walk else { return Ok(()) };
    if screens.blocks_walking() {
        return Ok(());
    }
    let mut keys = Vec::new();
    let (at, title, how, amount) = match walk.stage() {
        Stage::Asked { lesson, amount } => {
            keys = glyphs(Lesson::ALL[lesson], &signs, pointer.held());
            let [title, how] = Lesson::ALL[lesson].words();
            (lesson, words.say(title), Some(words.say(how)), amount)
        }
        Stage::Praised { lesson } => (lesson, words.say("guide-done"), None, 1.0),
        Stage::Goodbye => (
            Lesson::ALL.len(),
            words.say("guide-goodbye"),
            Some(words.say("guide-goodbye-how")),
            1.0,
        ),
        Stage::Over => return Ok(()),
    };
    let ctx = contexts.ctx_mut()?;
    let width = (340.0 * theme::text_scale(ctx)).min(ctx.content_rect().width() - 32.0);
    let mut skip = false;
    egui::Area::new("guide".into())
        .anchor(egui::Align2::CENTER_TOP, [0.0, 72.0])
        .show(ctx, |ui| {
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(16))
                .show(ui, |ui| {
                    ui.set_width(width - 32.0);
                    let p = theme::palette(ui.ctx());
                    ui.horizontal_wrapped(|ui| {
                        ui.spacing_mut().item_spacing.x = 4.0;
                        for key in &keys {
                            glyph(ui, key);
                        }
                        if !keys.is_empty() {
                            ui.add_space(6.0);
                        }
                        ui.label(RichText::new(title).heading().color(p.foam));
                    });
                    if let Some(how) = how {
                        ui.label(RichText::new(how).color(p.mist));
                    }
                    ui.add_space(2.0);
                    widgets::progress(ui, Some(amount));
                    ui.horizontal(|ui| {
                        for index in 0..Lesson::ALL.len() {
                            widgets::dot(
                                ui,
                                if index < at {
                                    p.moss
                                } else if index == at {
                                    p.amber
                                } else {
                                    p.tide
                                },
                            );
                        }
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                            skip = widgets::button(ui, &words.say("guide-skip"), widgets::Weight::Quiet, 0.0)
                                .clicked();
                        });
                    });
                });
        });
    if skip {
        guide.skip();
    }
    Ok(())
}

/// What to press for it, on the device in the hands; on glass nothing, for its buttons show what they do.
fn glyphs(lesson: Lesson, signs: &Signs, pointer_held: bool) -> Vec<Glyph> {
    let one = |doing| signs.of(doing).into_iter().collect();
    match (lesson, signs.device()) {
        (_, Device::Touch) => Vec::new(),
        // A mouse that is held by the window turns the view by itself.
        (Lesson::Look, Device::Keyboard) if pointer_held => Vec::new(),
        (Lesson::Look, Device::Keyboard) => vec![Glyph::Mouse(MousePart::Left)],
        (Lesson::Look, _) => signs.cross([Doing::LookUp, Doing::LookLeft, Doing::LookDown, Doing::LookRight]),
        (Lesson::Walk, _) => signs.cross([
            Doing::WalkForwards,
            Doing::WalkLeft,
            Doing::WalkBack,
            Doing::WalkRight,
        ]),
        (Lesson::Jump, _) => one(Doing::Jump),
        (Lesson::Wave, _) => one(Doing::Wave),
        (Lesson::Speak, _) => one(Doing::Chat),
        (Lesson::Meet, _) => one(Doing::People),
    }
}
