//! The settings panel, from the title screen and from the menu of a world.

use super::{FIELD_OF_VIEW, INTERFACE_SCALE, SENSITIVITY, Settings};
use crate::screens::{Panel, Screens};
use crate::sky::Sky;
use crate::theme::widgets;
use bevy::prelude::*;
use bevy_egui::egui::{RichText, Ui};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Panels),
    )
    .add_systems(Update, (smooth_edges, shadows));
}

fn show(mut contexts: EguiContexts, mut screens: ResMut<Screens>, mut settings: ResMut<Settings>) -> Result {
    if screens.top() != Some(Panel::Settings) {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let mut next = settings.clone();
    let mut back = false;
    crate::view::dialog(ctx, "settings", 460.0, |ui| {
        back = widgets::heading(ui, "Settings", "Back");
        ui.add_space(4.0);
        section(ui, "Looking around");
        widgets::slider(
            ui,
            "Mouse and stick",
            &mut next.mouse_sensitivity,
            SENSITIVITY,
            "×",
        );
        widgets::toggle(ui, &mut next.invert_y, "Push up to look down");
        widgets::slider(
            ui,
            "Field of view",
            &mut next.field_of_view_degrees,
            FIELD_OF_VIEW,
            "°",
        );
        section(ui, "Picture");
        widgets::toggle(ui, &mut next.shadows, "Shadows");
        widgets::toggle(ui, &mut next.smooth_edges, "Smooth edges");
        section(ui, "Interface");
        widgets::slider(ui, "Size", &mut next.interface_scale, INTERFACE_SCALE, "×");
        widgets::toggle(ui, &mut next.hints, "Show which keys do what");
        widgets::toggle(ui, &mut next.chat_times, "Show times in the chat");
    });
    // Written only when something changed: a change is what makes the store write.
    settings.set_if_neq(next.checked());
    // The size follows when the slider is let go: one cannot drag what moves under the pointer.
    if (ctx.zoom_factor() - settings.interface_scale).abs() > 1e-3
        && !ctx.input(|input| input.pointer.any_down())
    {
        ctx.set_zoom_factor(settings.interface_scale);
    }
    if back {
        screens.back();
    }
    Ok(())
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(10.0);
    ui.label(
        RichText::new(title)
            .small()
            .family(crate::theme::bold())
            .color(crate::theme::palette(ui.ctx()).amber),
    );
}

fn smooth_edges(settings: Res<Settings>, mut cameras: Query<&mut Msaa, With<Camera3d>>) {
    if settings.is_changed() {
        for mut msaa in &mut cameras {
            msaa.set_if_neq(if settings.smooth_edges {
                Msaa::Sample4
            } else {
                Msaa::Off
            });
        }
    }
}

fn shadows(settings: Res<Settings>, mut sky: ResMut<Sky>) {
    if sky.shadows != settings.shadows {
        sky.shadows = settings.shadows;
    }
}
