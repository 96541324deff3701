//! The world behind the screens, drawn once for each size and held as a picture.
//!
//! Flow: [`take`] → the frame without the interface → a texture → [`paint`], under everything else, while the camera sees
//! nothing.
//! Invariant: what floats over heads is not in the held picture, but painted anew for each.

use super::Gallery;
use crate::body::camera::MainCamera;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy_egui::{EguiContexts, EguiPostUpdateSet, EguiPrimaryContextPass, EguiRenderOutput, egui};

/// Nearer than anything that is drawn, metres.
const NOTHING_METRES: f32 = 0.1;

/// One size of the window, in one direction of reading.
type View = ((u32, u32), bool);

/// What was drawn, and what is looked at.
#[derive(Resource, Default)]
pub(super) struct Backdrop {
    held: Vec<(View, egui::TextureHandle)>,
    now: Option<View>,
}

fn view(size: (f32, f32), from_right: bool) -> View {
    ((size.0 as u32, size.1 as u32), from_right)
}

impl Backdrop {
    /// Shows the world of this view, if it was drawn.
    pub(super) fn is_here(&mut self, size: (f32, f32), from_right: bool) -> bool {
        let wanted = view(size, from_right);
        let here = self.held.iter().any(|(view, _)| *view == wanted);
        self.now = here.then_some(wanted);
        here
    }

    fn picture(&self) -> Option<&egui::TextureHandle> {
        let now = self.now?;
        self.held
            .iter()
            .find(|(view, _)| *view == now)
            .map(|(_, picture)| picture)
    }
}

pub(super) fn hold(app: &mut App) {
    app.init_resource::<Backdrop>()
        .add_systems(
            EguiPrimaryContextPass,
            paint.before(crate::view::ViewSystems::Overhead),
        )
        .add_systems(PostUpdate, look_away)
        .add_systems(
            PostUpdate,
            clear
                .after(EguiPostUpdateSet::ProcessOutput)
                .run_if(|backdrop: Res<Backdrop>| backdrop.now.is_none()),
        );
}

/// Draws the world as it is now.
pub(super) fn take(world: &mut World, size: (f32, f32), from_right: bool) {
    let view = view(size, from_right);
    world.spawn(Screenshot::primary_window()).observe(
        move |captured: On<ScreenshotCaptured>,
              mut contexts: EguiContexts,
              mut backdrop: ResMut<Backdrop>,
              mut gallery: ResMut<Gallery>| {
            gallery.pending = false;
            gallery.frame = 0;
            let Ok(picture) = captured.image.clone().try_into_dynamic() else {
                return;
            };
            let picture = picture.to_rgba8();
            let size = [picture.width() as usize, picture.height() as usize];
            let picture = egui::ColorImage::from_rgba_unmultiplied(size, picture.as_raw());
            if let Ok(ctx) = contexts.ctx_mut() {
                let held = ctx.load_texture("backdrop", picture, egui::TextureOptions::LINEAR);
                backdrop.held.push((view, held));
            }
        },
    );
}

fn paint(mut contexts: EguiContexts, backdrop: Res<Backdrop>) -> Result {
    let Some(picture) = backdrop.picture() else {
        return Ok(());
    };
    let ctx = contexts.ctx_mut()?;
    let whole = egui::Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
    ctx.layer_painter(egui::LayerId::background()).image(
        picture.id(),
        ctx.content_rect(),
        whole,
        egui::Color32::WHITE,
    );
    Ok(())
}

/// The camera sees nothing while its picture is held, and everything else while it is taken.
fn look_away(
    backdrop: Res<Backdrop>,
    mut cameras: Query<&mut Projection, With<MainCamera>>,
    mut before: Local<Option<f32>>,
) {
    let held = backdrop.now.is_some();
    for mut projection in &mut cameras {
        let Projection::Perspective(lens) = &mut *projection else {
            continue;
        };
        match (held, *before) {
            (true, None) => {
                *before = Some(lens.far);
                lens.far = NOTHING_METRES;
            }
            (false, Some(far)) => {
                *before = None;
                lens.far = far;
            }
            _ => {}
        }
    }
}

/// The interface is not in the picture of the world.
fn clear(mut outputs: Query<&mut EguiRenderOutput>) {
    for mut output in &mut outputs {
        output.paint_jobs.clear();
    }
}
