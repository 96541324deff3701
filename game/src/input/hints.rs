//! The hints at the lower edge: what to press for what, on the device in the hands.
//!
//! Invariant: a hint shows what is really bound; on glass there are none, for its buttons show what they do.

use super::actions::Doing;
use super::glyphs::Signs;
use super::hands::Hands;
use crate::body::Body;
use crate::body::rules::Offer;
use crate::people::Me;
use crate::screens::{Device, Pointer, Screens};
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::theme::glyph::{Glyph, MousePart, glyph};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::{self, Vec2};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Hud)
            .run_if(in_world.clone()),
    )
    .add_systems(Update, switch.run_if(in_world));
}

fn switch(hands: Res<Hands>, screens: Res<Screens>, mut settings: ResMut<Settings>) {
    if hands.started(Doing::Hints) && !screens.blocks_walking() {
        settings.hints = !settings.hints;
    }
}

use Doing::*;

/// What is worth knowing, the most important first.
const HINTS: [(Doing, &str); 8] = [
    (Jump, "input-hint-jump"),
    (Chat, "input-hint-chat"),
    (Wave, "input-hint-wave"),
    (Menu, "input-hint-menu"),
    (Emotes, "input-hint-emotes"),
    (Run, "input-hint-run"),
    (People, "input-hint-people"),
    (FirstPerson, "input-hint-eyes"),
];

/// What the body would do with what is near.
fn offered(offer: Offer) -> &'static str {
    match offer {
        Offer::Sit => "input-hint-sit",
        Offer::StandUp => "input-hint-stand-up",
        Offer::TakeHold => "input-hint-take-hold",
        Offer::LetGo => "input-hint-let-go",
    }
}

fn rows(signs: &Signs, pointer_held: bool, offer: Option<Offer>) -> Vec<(Vec<Glyph>, &'static str)> {
    let mut rows = Vec::new();
    if let Some(offer) = offer {
        rows.push((signs.of(Act).into_iter().collect(), offered(offer)));
    }
    rows.push((
        signs.cross([WalkForwards, WalkLeft, WalkBack, WalkRight]),
        "input-hint-walk",
    ));
    match (signs.device(), pointer_held) {
        (Device::Keyboard, false) => {
            rows.push((vec![Glyph::Mouse(MousePart::Left)], "input-hint-look-click"));
        }
        (Device::Keyboard, true) => {}
        _ => rows.push((
            signs.cross([LookUp, LookLeft, LookDown, LookRight]),
            "input-hint-look",
        )),
    }
    rows.extend(
        HINTS
            .iter()
            .filter_map(|(doing, words)| Some((vec![signs.of(*doing)?], *words))),
    );
    rows.retain(|(glyphs, _)| !glyphs.is_empty());
    rows
}

fn show(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    settings: Res<Settings>,
    pointer: Res<Pointer>,
    words: Res<Words>,
    me: Query<&Body, With<Me>>,
    signs: Signs,
) -> Result {
    if !settings.hints || screens.blocks_walking() || signs.device() == Device::Touch {
        return Ok(());
    }
    let offer = me.iter().find_map(|body| body.offer);
    let ctx = contexts.ctx_mut()?;
    let room = ctx.content_rect().width() - 60.0;
    egui::Area::new("hints".into())
        .anchor(egui::Align2::CENTER_BOTTOM, [0.0, -14.0])
        .interactable(false)
        .show(ctx, |ui| {
            let p = theme::palette(ui.ctx());
            egui::Frame::NONE
                .fill(p.pill(0.9))
                .corner_radius(egui::CornerRadius::same(16))
                .inner_margin(egui::Margin::symmetric(14, 6))
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing = Vec2::new(4.0, 0.0);
                        let font = egui::TextStyle::Small.resolve(ui.style());
                        let begin = ui.cursor().left();
                        for (index, (glyphs, key)) in rows(&signs, pointer.held(), offer).iter().enumerate() {
                            let what = words.say(key);
                            // A narrow window keeps the first ones.
                            let width =
                                font.size * (what.chars().count() as f32 * 0.62 + glyphs.len() as f32 * 2.2);
                            if index > 1 && ui.cursor().left() - begin + width > room {
                                break;
                            }
                            if index > 0 {
                                ui.add_space(8.0);
                            }
                            for one in glyphs {
                                glyph(ui, one);
                            }
                            widgets::aside(ui, what);
                        }
                    });
                });
        });
    Ok(())
}
