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
    let shape = Shape::of(
        ctx.content_rect().size(),
        theme::text_scale(ctx),
        theme::begins_right(ctx),
        theme::on_glass(ctx),
    );
    let hangs = &[
        (egui::Order::Foreground, "announcement"),
        (egui::Order::Middle, "away"),
    ];
    let top = crate::view::below(ctx, hangs, shape.top);
    let mut skip = false;
    egui::Area::new("guide".into())
        .anchor(shape.corner, [shape.aside, top])
        .show(ctx, |ui| {
            let margin = if shape.small { 12 } else { 16 };
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(margin))
                .show(ui, |ui| {
                    ui.with_layout(widgets::column(ctx), |ui| {
                        ui.set_width(shape.width - 2.0 * f32::from(margin));
                        if shape.small {
                            ui.spacing_mut().item_spacing.y = 4.0;
                        }
                        let p = theme::palette(ui.ctx());
                        ui.horizontal_wrapped(|ui| {
                            ui.spacing_mut().item_spacing.x = 4.0;
                            for key in &keys {
                                glyph(ui, key);
                            }
                            if !keys.is_empty() {
                                ui.add_space(6.0);
                            }
                            let title = RichText::new(title).color(p.foam);
                            ui.label(if shape.small {
                                title.family(theme::bold())
                            } else {
                                title.heading()
                            });
                        });
                        if let Some(how) = how {
                            let how = RichText::new(how).color(p.mist);
                            ui.label(if shape.small { how.small() } else { how });
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
                            ui.with_layout(widgets::trailing(ctx, egui::Align::Center), |ui| {
                                skip = widgets::button(
                                    ui,
                                    &words.say("guide-skip"),
                                    widgets::Weight::Quiet,
                                    0.0,
                                )
                                .clicked();
                            });
                        });
                    })
                });
        });
    if skip {
        guide.skip();
    }
    Ok(())
}

/// Where the card hangs and how wide it is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shape {
    corner: egui::Align2,
    /// From that corner, points.
    aside: f32,
    top: f32,
    width: f32,
    /// There is little room.
    small: bool,
}

/// A window lower than this has the figure right below its upper edge.
const LOW: f32 = 480.0;

impl Shape {
    /// In the middle of the upper edge; in a low window in the corner where nothing else is, for the middle is where
    /// one's own figure stands.
    fn of(screen: egui::Vec2, scale: f32, begins_right: bool, glass: bool) -> Self {
        let small = screen.y < LOW;
        if !small || screen.x < 560.0 {
            return Self {
                corner: egui::Align2::CENTER_TOP,
                aside: 0.0,
                top: 72.0,
                width: (340.0 * scale).min(screen.x - 32.0),
                small,
            };
        }
        // What hangs there ends before the middle third.
        let width = (260.0 * scale).min(screen.x * 0.42 - 16.0);
        let (corner, aside) = if begins_right {
            (egui::Align2::LEFT_TOP, 16.0)
        } else {
            (egui::Align2::RIGHT_TOP, -16.0)
        };
        Self {
            corner,
            aside,
            // Buttons of glass are above.
            top: if glass { 76.0 } else { 16.0 },
            width,
            small,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_low_window_the_card_leaves_the_figure_alone() {
        for (width, height, scale) in [(640.0, 360.0, 1.0), (844.0, 390.0, 1.0), (640.0, 360.0, 1.75)] {
            for (begins_right, glass) in [(false, false), (true, false), (false, true)] {
                let shape = Shape::of(egui::vec2(width, height), scale, begins_right, glass);
                // A figure is as wide as a tenth of a wide window.
                assert!(shape.aside.abs() + shape.width < width * 0.45, "{shape:?}");
            }
        }
    }

    #[test]
    fn it_fits_every_window() {
        for width in [320.0, 390.0, 560.0, 640.0, 1280.0, 3840.0] {
            for height in [200.0, 360.0, 720.0, 2160.0] {
                for scale in [0.75, 1.0, 1.75] {
                    let shape = Shape::of(egui::vec2(width, height), scale, false, false);
                    assert!(
                        shape.width + shape.aside.abs() <= width && shape.width > 100.0,
                        "{shape:?}"
                    );
                }
            }
        }
    }
}
