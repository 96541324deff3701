//! Bevy's shader of lit surfaces, or a plain one in its place: where a processor draws by itself, more than half of a
//! frame is that shader (`docs/figures.md`).
//!
//! Flow: [`Settings::fine_light`] → the shader's asset is exchanged → the renderer builds the pipelines that use it
//! anew, those of everybody's materials alike: worlds, people, what people brought.
//! Invariant: without a renderer nothing happens; Bevy's own shader comes back as it was.

use crate::settings::Settings;
use bevy::asset::LoadState;
use bevy::core_pipeline::tonemapping::DebandDither;
use bevy::prelude::*;
use bevy::shader::Shader;

pub(crate) fn plugin(app: &mut App) {
    app.add_systems(Update, (exchange, dither));
}

/// Where Bevy keeps it, for whoever reads what `StandardMaterial` refers to.
const FINE: &str = "embedded://bevy_pbr/render/pbr.wgsl";

/// Both shaders, and which of them is in use.
#[derive(Default)]
struct Exchange {
    handle: Option<Handle<Shader>>,
    fine: Option<Shader>,
    plain: bool,
}

fn exchange(
    settings: Res<Settings>,
    server: Option<Res<AssetServer>>,
    shaders: Option<ResMut<Assets<Shader>>>,
    mut exchange: Local<Exchange>,
) {
    if exchange.plain != settings.fine_light {
        return;
    }
    let (Some(server), Some(mut shaders)) = (server, shaders) else {
        return;
    };
    let handle = exchange.handle.get_or_insert_with(|| server.load(FINE)).clone();
    if !matches!(server.get_load_state(&handle), Some(LoadState::Loaded)) {
        return;
    }
    let Some(now) = shaders.get(&handle) else { return };
    if exchange.fine.is_none() {
        exchange.fine = Some(now.clone());
    }
    let Some(fine) = exchange.fine.clone() else { return };
    let plain = !settings.fine_light;
    let next = if plain {
        Shader::from_wgsl(include_str!("pbr/plain.wgsl"), fine.path.clone())
    } else {
        fine
    };
    if shaders.insert(&handle, next).is_ok() {
        exchange.plain = plain;
    }
}

/// What hides the steps of a slow gradient costs six powers a pixel.
fn dither(settings: Res<Settings>, mut cameras: Query<&mut DebandDither, With<Camera3d>>) {
    if settings.is_changed() {
        let wanted = if settings.fine_light {
            DebandDither::Enabled
        } else {
            DebandDither::Disabled
        };
        for mut dither in &mut cameras {
            if *dither != wanted {
                *dither = wanted;
            }
        }
    }
}
