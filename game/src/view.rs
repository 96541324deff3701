//! Everything a person sees and types: the table of contents of the view parts, and their order.
//!
//! Flow each frame: looks and intents (`body/input`) → bodies move → keys choose panels (`screens`) → the camera
//! follows → figures are posed → egui paints what lies over the world, back to front ([`ViewSystems`]).

pub(crate) mod thrift;

use crate::screens::{Opened, Panel};
use crate::{
    arrival, avatar, body, chat, checkup, confirm, guide, input, menu, notices, people, photo, powers,
    report, screens, settings, sky, sound, succession, things, third_party, title, voice, world,
};
use bevy::app::PluginGroupBuilder;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::settings::{RenderCreation, WgpuSettings};
use bevy::window::ExitCondition;
use bevy_egui::EguiPrimaryContextPass;
use bevy_egui::egui;

/// Renderer-side half of the client: needs Bevy's window and render plugins beside it.
pub struct ViewPlugins;

impl Plugin for ViewPlugins {
    fn build(&self, app: &mut App) {
        // A panel that fails in one frame is no reason to throw somebody out of their world.
        app.set_error_handler(bevy::ecs::error::error);
        app.configure_sets(
            EguiPrimaryContextPass,
            (
                ViewSystems::Overhead,
                ViewSystems::Hud,
                ViewSystems::Panels,
                ViewSystems::Overlay,
            )
                .chain(),
        )
        .configure_sets(
            EguiPrimaryContextPass,
            (
                ViewSystems::Overhead.run_if(photo::names_shown),
                ViewSystems::Hud.run_if(photo::hud_shown),
                ViewSystems::Panels.run_if(photo::interface_shown),
                ViewSystems::Overlay.run_if(photo::interface_shown),
            ),
        )
        .add_plugins((
            (third_party::egui::plugin, third_party::pbr::plugin),
            (input::plugin, input::view_plugin, body::input::plugin),
            (screens::plugin, settings::plugin, sky::plugin, notices::plugin),
            (title::plugin, arrival::plugin),
            (menu::plugin, guide::plugin),
            body::camera::plugin,
            people::view::plugin,
            people::nameplate::plugin,
            (sound::plugin, voice::devices::plugin, voice::ui::plugin),
            (
                people::ui::plugin,
                people::look::ui::plugin,
                avatar::ui::plugin,
                crate::gesture::wheel::plugin,
            ),
            chat::ui::plugin,
            (photo::plugin, report::plugin, checkup::plugin, confirm::plugin),
            (
                world::view::plugin,
                (
                    things::view::plugin,
                    things::files::view::plugin,
                    things::files::ui::plugin,
                ),
                things::files::bring::plugin,
                things::keep::ui::plugin,
                things::hand::plugin,
                things::choice::plugin,
                things::handles::plugin,
                things::writing::plugin,
                things::doors::plugin,
                things::ui::plugin,
                things::motion::view::plugin,
                things::motion::hands::plugin,
                powers::ui::plugin,
                succession::ui::plugin,
            ),
        ));
    }
}

/// The window of a client. In a browser it fills the element its canvas is in.
pub fn window() -> Window {
    Window {
        title: "Holm".to_owned(),
        name: Some("holm".to_owned()),
        resolution: (1280, 720).into(),
        canvas: Some("#holm".to_owned()),
        fit_canvas_to_parent: true,
        // Preventing everything also prevents pasting a link; the page itself stops Tab, F1 and the arrows.
        prevent_default_event_handling: false,
        ..default()
    }
}

/// Bevy's own plugins as a client wants them. `synchronous` draws nothing before every shader is ready:
/// for pictures, where the first frames count.
pub fn engine(window: Window, synchronous: bool) -> PluginGroupBuilder {
    DefaultPlugins
        .set(WindowPlugin {
            primary_window: Some(window),
            ..default()
        })
        .set(RenderPlugin {
            synchronous_pipeline_compilation: synchronous,
            ..default()
        })
}

/// The same for a client that draws nothing: everything is laid out, but no window opens and no graphics card is asked
/// for. For tests and measurements; who wants a window spawns one.
pub(crate) fn blind_engine() -> PluginGroupBuilder {
    let settings = WgpuSettings {
        backends: None,
        ..default()
    };
    engine(window(), true)
        .set(WindowPlugin {
            primary_window: None,
            exit_condition: ExitCondition::DontExit,
            ..default()
        })
        .set(RenderPlugin {
            render_creation: RenderCreation::Automatic(Box::new(settings)),
            ..default()
        })
        .disable::<bevy::winit::WinitPlugin>()
        .disable::<bevy::gilrs::GilrsPlugin>()
}

/// Leaves nothing but names over heads: for pictures and measurements of what is behind.
pub(crate) fn without_panels(app: &mut App) {
    app.configure_sets(
        EguiPrimaryContextPass,
        (ViewSystems::Hud, ViewSystems::Panels, ViewSystems::Overlay).run_if(|| false),
    );
}

/// What is painted over what, in [`EguiPrimaryContextPass`].
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewSystems {
    /// Names and bubbles, part of the world.
    Overhead,
    /// What is always there: hints, chat.
    Hud,
    /// What was opened.
    Panels,
    /// Notices.
    Overlay,
}

/// A panel in the middle of the screen, scrolled when the window is lower than it.
pub(crate) fn dialog(
    ctx: &egui::Context,
    id: &'static str,
    width: f32,
    contents: impl FnOnce(&mut egui::Ui),
) {
    let screen = ctx.content_rect();
    let width = (width * crate::theme::text_scale(ctx)).min(screen.width() - 24.0);
    egui::Area::new(id.into())
        .anchor(egui::Align2::CENTER_CENTER, [0.0, 0.0])
        .order(egui::Order::Foreground)
        .show(ctx, |ui| {
            crate::theme::widgets::panel_frame(ui.ctx()).show(ui, |ui| {
                ui.set_width(width - 48.0);
                bar_beside(ui);
                scrolled(screen.height() - 72.0).show(ui, |ui| {
                    ui.with_layout(crate::theme::widgets::column(ctx), |ui| {
                        contents(ui);
                        follow_focus(ui);
                    });
                });
            });
        });
}

/// The bar of what is scrolled stands beside it: over it, it would cut the first letters of a language from right to
/// left.
pub(crate) fn bar_beside(ui: &mut egui::Ui) {
    ui.spacing_mut().scroll.floating_allocated_width = 14.0;
}

/// Above and below what is scrolled, points: the ring around its first and its last control is not cut.
const RING_MARGIN: i8 = 4;

/// As high as what is in it, at most `highest` points. An area remembers how high it was, and a plain scroll area in
/// it would never grow beyond that: what came later would be scrolled out of sight.
pub(crate) fn scrolled(highest: f32) -> egui::ScrollArea {
    egui::ScrollArea::vertical()
        .max_height(highest)
        .min_scrolled_height(highest)
        .content_margin(egui::Margin::symmetric(0, RING_MARGIN))
}

/// Where something that hangs from the upper edge begins, points: below those of `areas` that are shown, which hang
/// there, too.
pub(crate) fn below(ctx: &egui::Context, areas: &[(egui::Order, &'static str)], least: f32) -> f32 {
    ctx.memory(|memory| {
        areas
            .iter()
            .filter(|(order, id)| {
                let layer = egui::LayerId::new(*order, egui::Id::new(*id));
                memory.areas().visible_last_frame(&layer)
            })
            .filter_map(|(_, id)| memory.area_rect(*id))
            .map(|rect| rect.bottom() + crate::theme::STEP)
            .fold(least, f32::max)
    })
}

/// Frames for which the focus is followed: what it came to may move, while the page around it grows.
const FOLLOWED_FRAMES: u16 = 48;
/// Frames between two looks: scrolling takes some, and would begin anew with each.
const LOOK_EVERY: u16 = 12;

/// Scrolls to what keys or a pad moved the focus to. Last in what is scrolled.
pub(crate) fn follow_focus(ui: &egui::Ui) {
    let followed = egui::Id::new("followed focus");
    let Some(focused) = ui.memory(|memory| memory.focused()) else {
        return;
    };
    let Some(response) = ui.ctx().read_response(focused) else {
        return;
    };
    if response.layer_id != ui.layer_id() {
        return;
    }
    let before: Option<(egui::Id, u16)> = ui.data(|data| data.get_temp(followed));
    let frames = before
        .filter(|(id, _)| *id == focused)
        .map_or(0, |(_, frames)| frames);
    if frames > FOLLOWED_FRAMES {
        return;
    }
    ui.data_mut(|data| data.insert_temp(followed, (focused, frames + 1)));
    let is_seen = ui.clip_rect().contains_rect(response.rect.expand(4.0));
    if frames == 0 || (frames.is_multiple_of(LOOK_EVERY) && !is_seen) {
        ui.scroll_to_rect(response.rect.expand(24.0), None);
    }
}

/// Puts the keyboard's focus on a control in the first frame after its panel opened; without it a person without a mouse
/// would have to hunt for the way in. Whoever comes back from what lay above is where they were.
#[derive(Default)]
pub(crate) struct FirstFocus {
    opened: Option<u64>,
    /// What had the focus last, for each panel of whoever holds this.
    last: Vec<(Option<Panel>, egui::Id)>,
    /// What gets it back in the next frame: the key that closed what lay above would press it in this one.
    gets_back: Option<egui::Id>,
    /// It was given back a frame ago, and may be gone.
    given_back: Option<egui::Id>,
}

impl FirstFocus {
    /// Call each frame with the control that should begin focused.
    pub(crate) fn give(&mut self, opened: Opened, response: &egui::Response) {
        let ctx = &response.ctx;
        let last = self.last.iter().position(|(panel, _)| *panel == opened.top);
        if self.opened != Some(opened.count) {
            self.opened = Some(opened.count);
            self.given_back = None;
            self.gets_back = last
                .filter(|_| opened.came_back)
                .and_then(|at| self.last.get(at))
                .map(|(_, id)| *id);
            if self.gets_back.is_none() {
                response.request_focus();
            }
            return;
        }
        if let Some(id) = self.gets_back.take() {
            ctx.memory_mut(|memory| memory.request_focus(id));
            self.given_back = Some(id);
            return;
        }
        if let Some(id) = self.given_back.take()
            && ctx.read_response(id).is_none()
        {
            // Its row has gone meanwhile.
            response.request_focus();
        }
        if let Some(focused) = ctx.memory(|memory| memory.focused()) {
            match last.and_then(|at| self.last.get_mut(at)) {
                Some((_, id)) => *id = focused,
                None => self.last.push((opened.top, focused)),
            }
        }
    }
}
