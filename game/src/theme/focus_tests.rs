//! Whatever has the focus shows it.

use super::{Appearance, apply, palette, widgets};
use bevy_egui::egui::{self, Response, Shape, Ui};

/// A frame with this control in it; whether a ring is drawn.
fn ring(ctx: &egui::Context, control: fn(&mut Ui) -> Response, focus: bool) -> bool {
    let p = palette(ctx);
    let input = egui::RawInput {
        screen_rect: Some(egui::Rect::from_min_size(
            egui::Pos2::ZERO,
            egui::vec2(600.0, 400.0),
        )),
        ..Default::default()
    };
    let mut output = ctx.run_ui(input, |ui| {
        let response = control(ui);
        if focus {
            response.request_focus();
        }
    });
    // Nothing is painted.
    output.textures_delta.clear();
    output.shapes.iter().any(|shape| match &shape.shape {
        Shape::Rect(rect) => rect.stroke.width == 2.0 && rect.stroke.color == p.foam,
        Shape::Circle(circle) => circle.stroke.width == 2.0 && circle.stroke.color == p.foam,
        _ => false,
    })
}

#[test]
fn every_control_with_the_focus_has_a_ring() {
    let controls: [(&str, fn(&mut Ui) -> Response); 4] = [
        ("button", |ui| {
            widgets::button(ui, "Go", widgets::Weight::Plain, 0.0)
        }),
        ("toggle", |ui| widgets::toggle(ui, &mut true, "On")),
        ("choice", |ui| {
            widgets::choose(ui, &mut 1, &[(1, "One".to_owned())])
        }),
        ("slider", |ui| {
            widgets::slider(ui, "Much", &mut 0.5, 0.0..=1.0, "")
        }),
    ];
    for (name, control) in controls {
        let ctx = egui::Context::default();
        super::give_letters(&ctx, &[]);
        apply(&ctx, &Appearance::default());
        assert!(!ring(&ctx, control, false), "{name} at rest");
        ring(&ctx, control, true);
        assert!(ring(&ctx, control, false), "{name} with the focus");
    }
}
