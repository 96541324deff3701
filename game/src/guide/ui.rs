//! The card of the guided walk: what is next, on which key, and how far one has come.

use super::Guide;
use super::rules::{Lesson, Stage};
use crate::input::actions::Doing;
use crate::input::glyphs::Signs;
use crate::screens::{Device, Panel, Pointer, Screens};
use crate::session::SessionPhase;
use crate::theme::glyph::{Glyph, MousePart, Sign, glyph};
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

/// What stands on the card.
struct Card {
    keys: Vec<Glyph>,
    title: String,
    how: Option<String>,
    amount: f32,
    /// The lessons of this walk, and the one it is at.
    lessons: core::ops::Range<usize>,
    at: usize,
    /// What can be done at once, in words.
    offer: Option<String>,
    skip: String,
}

/// What was pressed on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pressed {
    Offer,
    Skip,
}

/// Until then what is being fetched stands where the card would (`arrival`).
fn card(
    mut contexts: EguiContexts,
    mut guide: ResMut<Guide>,
    mut screens: ResMut<Screens>,
    pointer: Res<Pointer>,
    words: Res<Words>,
    signs: Signs,
) -> Result {
    let Some(walk) = guide.walk else { return Ok(()) };
    if screens.blocks_walking() {
        return Ok(());
    }
    let mut card = Card {
        keys: Vec::new(),
        title: String::new(),
        how: None,
        amount: 1.0,
        lessons: walk.lessons(),
        at: walk.lessons().end,
        offer: None,
        skip: words.say("guide-skip"),
    };
    match walk.stage() {
        Stage::Asked { lesson, amount } => {
            let asked = Lesson::ALL[lesson];
            card.keys = glyphs(asked, &signs, pointer.held());
            let [title, how] = asked.words();
            let how = match signs.device() {
                Device::Touch => asked.by_fingers(),
                _ => how,
            };
            card.title = words.say(title);
            card.how = Some(words.say(how));
            (card.amount, card.at) = (amount, lesson);
            card.offer = (asked == Lesson::Dress).then(|| words.say("guide-dress-open"));
        }
        Stage::Praised { lesson } => {
            card.title = words.say("guide-done");
            card.at = lesson;
        }
        Stage::Goodbye => {
            card.title = words.say("guide-goodbye");
            card.how = Some(words.say("guide-goodbye-how"));
        }
        Stage::Over => return Ok(()),
    }
    match draw(contexts.ctx_mut()?, &card) {
        Some(Pressed::Skip) => guide.skip(),
        Some(Pressed::Offer) => screens.open(Panel::Look),
        None => {}
    }
    Ok(())
}

fn draw(ctx: &egui::Context, card: &Card) -> Option<Pressed> {
    let shape = Shape::of(
        ctx.content_rect().size(),
        theme::text_scale(ctx),
        theme::begins_right(ctx),
        theme::on_glass(ctx),
    );
    let hangs = [
        (egui::Order::Foreground, "announcement"),
        (egui::Order::Middle, "away"),
        (egui::Order::Middle, "looked at"),
    ];
    // In its corner nothing of where one is stands above it.
    let above = if shape.corner == egui::Align2::CENTER_TOP {
        &hangs[..]
    } else {
        &hangs[..2]
    };
    let top = crate::view::below(ctx, above, shape.top);
    let mut pressed = None;
    egui::Area::new("guide".into())
        .anchor(shape.corner, [shape.aside, top])
        .show(ctx, |ui| {
            let margin = if shape.small { 12 } else { 16 };
            widgets::panel_frame(ui.ctx())
                .inner_margin(egui::Margin::same(margin))
                .show(ui, |ui| {
                    // Before the column, not in it: an area remembers how wide it was, and a column that begins at the
                    // right would begin there.
                    ui.set_width(shape.width - 2.0 * f32::from(margin));
                    ui.with_layout(widgets::column(ctx), |ui| {
                        if shape.small {
                            ui.spacing_mut().item_spacing.y = 4.0;
                            let room =
                                ctx.content_rect().bottom() - ui.cursor().top() - 2.0 * f32::from(margin);
                            let letters = letters_that_fit(ui, card, room);
                            shrink(ui, letters);
                        }
                        pressed = lines(ui, card, shape.small);
                    })
                });
        });
    pressed
}

/// How large its letters can be in a low window, of what was wished for: rather smaller ones than a button below the edge.
fn letters_that_fit(ui: &mut egui::Ui, card: &Card, room: f32) -> f32 {
    const STEPS: [f32; 4] = [1.0, 0.86, 0.74, 0.64];
    let layout = *ui.layout();
    let measured = STEPS.into_iter().find(|letters| {
        // Laid out and not shown: nothing in it answers.
        let place = egui::UiBuilder::new()
            .id_salt(("measured", letters.to_bits()))
            .layout(layout)
            .invisible();
        let mut tried = ui.new_child(place);
        shrink(&mut tried, *letters);
        lines(&mut tried, card, true);
        tried.min_rect().height() <= room
    });
    measured.unwrap_or(STEPS[3])
}

fn shrink(ui: &mut egui::Ui, letters: f32) {
    for font in ui.style_mut().text_styles.values_mut() {
        font.size *= letters;
    }
}

fn lines(ui: &mut egui::Ui, card: &Card, small: bool) -> Option<Pressed> {
    let p = theme::palette(ui.ctx());
    let mut pressed = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        // Beside what is to be pressed, if there is a button for it.
        let keys: &[Glyph] = if card.offer.is_some() { &[] } else { &card.keys };
        for key in keys {
            glyph(ui, key);
        }
        if !keys.is_empty() {
            ui.add_space(6.0);
        }
        let title = RichText::new(&card.title).color(p.foam);
        ui.label(if small {
            title.family(theme::bold())
        } else {
            title.heading()
        });
    });
    if let Some(how) = &card.how {
        let how = RichText::new(how).color(p.mist);
        let how = if small { how.small() } else { how };
        // A low window and large letters: rather no sentence than a button below the edge.
        let font = egui::TextStyle::Small.resolve(ui.style());
        let rows = ui
            .painter()
            .layout(how.text().to_owned(), font, p.mist, ui.available_width());
        let button = theme::CONTROL_HEIGHT.max(30.0 * theme::text_scale(ui.ctx()) + 18.0);
        let buttons = if card.offer.is_some() { 2.0 } else { 1.0 };
        let rest = rows.size().y + buttons * button + 48.0;
        if !small || ui.cursor().top() + rest < ui.ctx().content_rect().bottom() {
            ui.label(how);
        }
    }
    if let Some(offer) = &card.offer {
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, offer, widgets::Weight::Primary, 0.0).clicked() {
                pressed = Some(Pressed::Offer);
            }
            for key in &card.keys {
                glyph(ui, key);
            }
        });
    }
    ui.add_space(2.0);
    widgets::progress(ui, Some(card.amount));
    ui.horizontal(|ui| {
        for index in card.lessons.clone() {
            let colour = match index.cmp(&card.at) {
                core::cmp::Ordering::Less => p.moss,
                core::cmp::Ordering::Equal => p.amber,
                core::cmp::Ordering::Greater => p.tide,
            };
            if small {
                ui.spacing_mut().item_spacing.x = 2.0;
            }
            widgets::dot(ui, colour);
        }
        ui.with_layout(widgets::trailing(ui.ctx(), egui::Align::Center), |ui| {
            if widgets::button(ui, &card.skip, widgets::Weight::Plain, 0.0).clicked() {
                pressed = Some(Pressed::Skip);
            }
        });
    });
    pressed
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
        // On a telephone with large letters it would cover those it speaks of.
        let small = screen.y < LOW || screen.x < 560.0 && scale > 1.2;
        if screen.y >= LOW || screen.x < 560.0 {
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

/// What to press for it, on the device in the hands; on glass the sign of its button.
fn glyphs(lesson: Lesson, signs: &Signs, pointer_held: bool) -> Vec<Glyph> {
    let one = |doing| signs.of(doing).into_iter().collect();
    let sign = |sign| vec![Glyph::Sign(sign)];
    match (lesson, signs.device()) {
        (Lesson::Dress, Device::Touch) => Vec::new(),
        (Lesson::Look, Device::Touch) => sign(Sign::Draw),
        (Lesson::Walk, Device::Touch) => vec![Glyph::Stick {
            right: false,
            way: None,
            pressed: false,
        }],
        (Lesson::Jump, Device::Touch) => sign(Sign::Jump),
        (Lesson::Wave, Device::Touch) => sign(Sign::Smile),
        (Lesson::Speak, Device::Touch) => sign(Sign::Bubble),
        (Lesson::Meet, Device::Touch) => sign(Sign::People),
        (Lesson::Dress, _) => one(Doing::Act),
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
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::words::Language;

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

    /// Somebody's context: language, letters and what is in the hands.
    fn context(language: Language, scale: f32, glass: bool) -> egui::Context {
        let ctx = egui::Context::default();
        theme::give_letters(&ctx, &[]);
        let appearance = theme::Appearance {
            text_scale: scale,
            ..Default::default()
        };
        theme::apply(&ctx, &appearance);
        theme::letters::set_from_right(&ctx, language.is_right_to_left());
        theme::set_on_glass(&ctx, glass);
        ctx
    }

    /// The card of a lesson as it is drawn after some frames: first in a wide window, then in this one.
    fn drawn(ctx: &egui::Context, screen: egui::Vec2, lesson: Lesson, words: &Words) -> egui::Rect {
        let [title, how] = lesson.words();
        let how = match theme::on_glass(ctx) {
            true => lesson.by_fingers(),
            false => how,
        };
        let card = Card {
            keys: vec![Glyph::Cap("W".to_owned()); 4],
            title: words.say(title),
            how: Some(words.say(how)),
            amount: 0.3,
            lessons: 0..Lesson::ALL.len(),
            at: 2,
            offer: (lesson == Lesson::Dress).then(|| words.say("guide-dress-open")),
            skip: words.say("guide-skip"),
        };
        for size in [egui::vec2(1920.0, 1080.0), screen] {
            for _ in 0..3 {
                let input = egui::RawInput {
                    screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
                    ..Default::default()
                };
                let mut output = ctx.run_ui(input, |ui| {
                    draw(ui.ctx(), &card);
                });
                output.textures_delta.clear();
            }
        }
        ctx.memory(|memory| memory.area_rect("guide")).unwrap()
    }

    #[test]
    fn it_fits_every_window_from_either_side() {
        for language in [Language::English, Language::Arabic] {
            let words = Words::new(language);
            for scale in [0.75, 1.0, *crate::settings::TEXT_SCALE.end()] {
                for (glass, screen) in [
                    (true, egui::vec2(320.0, 568.0)),
                    (true, egui::vec2(390.0, 844.0)),
                    (true, egui::vec2(844.0, 390.0)),
                    (false, egui::vec2(640.0, 360.0)),
                    (false, egui::vec2(1280.0, 720.0)),
                ] {
                    let ctx = context(language, scale, glass);
                    let begins_right = theme::begins_right(&ctx);
                    let shape = Shape::of(screen, scale, begins_right, glass);
                    for lesson in Lesson::ALL {
                        let card = drawn(&ctx, screen, lesson, &words);
                        let what = format!("{language:?} {scale} {screen} {lesson:?}: {card}");
                        assert!(card.width() <= shape.width + 4.0, "{what}");
                        assert!(
                            egui::Rect::from_min_size(egui::Pos2::ZERO, screen).contains_rect(card),
                            "{what}"
                        );
                    }
                }
            }
        }
    }
}
