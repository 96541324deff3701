//! The middle of the picture while one builds, and the edges of what is pointed at.

use super::super::Things;
use super::super::choice::Choice;
use super::super::hand::Hand;
use super::super::handles::Handles;
use super::super::index::Index;
use crate::body::camera::MainCamera;
use crate::screens::{Panel, Screens};
use crate::theme;
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Color32, Painter, Stroke};
use holm_document::arrange;
use holm_document::{PartKind, ThingId};

/// Things without a form of which the edges are drawn, at most: those that have one are marked by the graphics card.
const MOST_EDGED: usize = 64;

pub(super) fn mark(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    hand: Res<Hand>,
    choice: Res<Choice>,
    handles: Res<Handles>,
    index: Res<Index>,
    things: Res<Things>,
    camera: Query<(&Camera, &GlobalTransform), With<MainCamera>>,
) -> Result {
    if !screens.is_open(Panel::Build) && !screens.is_open(Panel::Hand) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let p = theme::palette(ctx);
    let middle = ctx.content_rect().center();
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Background, "aim".into()));
    painter.circle_stroke(middle, 5.0, Stroke::new(3.0, p.ink));
    painter.circle_stroke(middle, 5.0, Stroke::new(1.5, p.foam));
    let (Some(state), Ok(camera)) = (things.state(), camera.single()) else {
        return Ok(());
    };
    let edge = |id: ThingId, colour: Color32| {
        if let Some(block) = index.get(id) {
            edges(ctx, &painter, camera, &block.at, p.ink, colour);
        }
    };
    let chosen = choice.chosen();
    let formless = |id: &ThingId| {
        state
            .thing(*id)
            .is_some_and(|thing| thing.held(PartKind::Shape).is_none())
    };
    if !chosen.is_empty() && chosen.len() <= MOST_EDGED {
        let all = arrange::with_below(state, chosen.iter().copied());
        for id in all.iter().filter(|id| formless(id)).take(MOST_EDGED) {
            edge(*id, p.amber);
        }
    }
    // What a press would choose; what the panel is about while nothing is chosen.
    let building = screens.top() == Some(Panel::Build);
    let looked_at = hand
        .looked_at
        .filter(|_| (building && chosen.is_empty()) || hand.is_choosing());
    for id in handles.pointed.filter(|_| building).into_iter().chain(looked_at) {
        edge(id, p.foam);
    }
    Ok(())
}

fn edges(
    ctx: &egui::Context,
    painter: &Painter,
    (camera, eye): (&Camera, &GlobalTransform),
    at: &Transform,
    ink: Color32,
    colour: Color32,
) {
    let from_unit = at.to_matrix();
    let corner = |index: usize| {
        let sign = |bit: usize| if index >> bit & 1 == 1 { 0.5 } else { -0.5 };
        let at = from_unit.transform_point3(Vec3::new(sign(0), sign(1), sign(2)));
        let at = camera.world_to_viewport(eye, at).ok()?;
        Some(egui::pos2(at.x, at.y) / ctx.zoom_factor())
    };
    for (index, bit) in (0..8).flat_map(|index| (0..3).map(move |bit| (index, bit))) {
        // Each edge once: from the corner that has the bit unset.
        if index >> bit & 1 == 0
            && let (Some(a), Some(b)) = (corner(index), corner(index | 1 << bit))
        {
            painter.line_segment([a, b], Stroke::new(3.0, ink));
            painter.line_segment([a, b], Stroke::new(1.5, colour));
        }
    }
}
