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
use crate::theme;
use crate::theme::glyph::{Glyph, MousePart, glyph, glyph_width};
use crate::things::doors::AtHand;
use crate::things::hand::Hand;
use crate::things::motion::Carrying;
use crate::things::motion::hands::InReach;
use crate::voice::devices::VoiceView;
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
const HINTS: [(Doing, &str); 9] = [
    (Jump, "input-hint-jump"),
    (Chat, "input-hint-chat"),
    (Wave, "input-hint-wave"),
    (Menu, "input-hint-menu"),
    (Build, "input-hint-build"),
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

/// Something to carry and throw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ball {
    Near,
    Held,
}

fn rows(
    signs: &Signs,
    pointer_held: bool,
    offer: Option<Offer>,
    door: Option<bool>,
    ball: Option<Ball>,
    in_hand: bool,
    choosing: bool,
    voice: (Doing, &'static str),
) -> Vec<(Vec<Glyph>, &'static str)> {
    let mut rows = Vec::new();
    if in_hand {
        let act = if choosing {
            "building-hint-choose"
        } else {
            "building-hint-put"
        };
        for (doing, words) in [
            (Act, act),
            (Build, "building-hint-tools"),
            (Menu, "building-hint-away"),
        ] {
            rows.push((signs.of(doing).into_iter().collect(), words));
        }
    } else if ball == Some(Ball::Held) {
        for (doing, words) in [(Throw, "motion-hint-throw"), (Act, "motion-hint-put")] {
            rows.push((signs.of(doing).into_iter().collect(), words));
        }
    } else if let Some(offer) = offer {
        rows.push((signs.of(Act).into_iter().collect(), offered(offer)));
    } else if let Some(open) = door {
        let words = if open {
            "building-hint-close"
        } else {
            "building-hint-open"
        };
        rows.push((signs.of(Act).into_iter().collect(), words));
    } else if ball == Some(Ball::Near) {
        rows.push((signs.of(Act).into_iter().collect(), "motion-hint-take"));
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
            // What it does with something in the hand was said already.
            .filter(|(doing, _)| !in_hand || !matches!(doing, Menu | Build))
            .flat_map(|hint| {
                let voice = (hint.0 == Chat).then_some(voice);
                core::iter::once(*hint).chain(voice)
            })
            .filter_map(|(doing, words)| Some((vec![signs.of(doing)?], words))),
    );
    rows.retain(|(glyphs, _)| !glyphs.is_empty());
    rows
}

/// What the voice's key would do.
fn voice_hint(voice: &VoiceView, push_to_talk: bool) -> (Doing, &'static str) {
    match (voice.muted, push_to_talk) {
        (true, _) => (Mute, "input-hint-unmute"),
        (false, true) => (Talk, "input-hint-talk"),
        (false, false) => (Mute, "input-hint-mute"),
    }
}

/// Between glyphs and their words, and between two hints, points.
const BESIDE: f32 = 4.0;
const APART: f32 = 14.0;

/// How many of the first there is room for; one at least, or nobody would know that there are hints.
fn that_fit(widths: &[f32], room: f32) -> usize {
    let mut right = 0.0;
    let fit = widths.iter().take_while(|width| {
        right += **width;
        let fits = right <= room;
        right += APART;
        fits
    });
    fit.count().max(1)
}

fn show(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    settings: Res<Settings>,
    pointer: Res<Pointer>,
    words: Res<Words>,
    me: Query<&Body, With<Me>>,
    door: Res<AtHand>,
    near: Res<InReach>,
    carrying: Res<Carrying>,
    hand: Res<Hand>,
    voice: Res<VoiceView>,
    signs: Signs,
) -> Result {
    if !settings.hints || screens.blocks_walking() || signs.device() == Device::Touch {
        return Ok(());
    }
    let offer = me.iter().find_map(|body| body.offer);
    let door = door.0.map(|(_, open)| open);
    let in_hand = screens.is_open(crate::screens::Panel::Hand);
    let ball = match (carrying.thing(), near.0) {
        (Some(_), _) => Some(Ball::Held),
        (None, Some(_)) => Some(Ball::Near),
        (None, None) => None,
    };
    let choosing = hand.is_choosing();
    let voice = voice_hint(&voice, settings.voice.push_to_talk);
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
                        ui.spacing_mut().item_spacing = Vec2::new(BESIDE, 0.0);
                        let font = egui::TextStyle::Small.resolve(ui.style());
                        let held = pointer.held();
                        let rows: Vec<_> = rows(&signs, held, offer, door, ball, in_hand, choosing, voice)
                            .into_iter()
                            .map(|(glyphs, key)| {
                                let what = ui.painter().layout_no_wrap(words.say(key), font.clone(), p.mist);
                                let glyphs_wide: f32 =
                                    glyphs.iter().map(|one| glyph_width(ui, one) + BESIDE).sum();
                                (glyphs_wide + what.size().x, glyphs, what)
                            })
                            .collect();
                        let widths: Vec<f32> = rows.iter().map(|(width, ..)| *width).collect();
                        let mut rows: Vec<_> = rows.into_iter().take(that_fit(&widths, room)).collect();
                        let from_right = theme::letters::from_right(ui.ctx());
                        if from_right {
                            rows.reverse();
                        }
                        for (index, (_, glyphs, what)) in rows.into_iter().enumerate() {
                            if index > 0 {
                                ui.add_space(APART - BESIDE);
                            }
                            if from_right {
                                ui.label(what.clone());
                            }
                            for one in &glyphs {
                                glyph(ui, one);
                            }
                            if !from_right {
                                ui.label(what);
                            }
                        }
                    });
                });
        });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_narrow_window_keeps_the_first_hints() {
        assert_eq!(that_fit(&[100.0, 60.0, 60.0], 1000.0), 3);
        assert_eq!(that_fit(&[100.0, 60.0, 60.0], 200.0), 2);
        assert_eq!(that_fit(&[100.0, 60.0, 60.0], 40.0), 1);
    }

    proptest! {
        #[test]
        fn hints_do_not_leave_the_window(widths in proptest::collection::vec(10.0f32..200.0, 1..12), room in 200.0f32..2000.0) {
            let count = that_fit(&widths, room);
            let wide: f32 = widths[..count].iter().sum::<f32>() + APART * (count - 1) as f32;
            prop_assert!(wide <= room + 0.01);
        }
    }
}
