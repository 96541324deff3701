//! egui, dressed in our theme.

use crate::body::camera::MainCamera;
use crate::screens::Device;
use crate::settings::Settings;
use crate::theme::faces::Faces;
use bevy::asset::AssetEventSystems;
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::prelude::*;
use bevy_egui::{EguiContext, EguiGlobalSettings, EguiPlugin, EguiPostUpdateSet, PrimaryEguiContext};

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins((EguiPlugin::default(), order, crate::theme::faces::plugin))
        .insert_resource(EguiGlobalSettings {
            // The one camera gets it below; cameras of other features must not take it by being first.
            auto_create_primary_context: false,
            ..default()
        })
        .add_systems(PreStartup, raise_camera)
        .add_systems(PreUpdate, (dress_contexts, tell_hands));
}

/// bevy_egui leaves it open. The other way round a picture that a frame changed, that of its letters above all, goes to the
/// graphics card a frame later, and what was never drawn before has gaps until then.
fn order(app: &mut App) {
    app.configure_sets(
        PostUpdate,
        EguiPostUpdateSet::PostProcessOutput.before(AssetEventSystems),
    );
}

fn raise_camera(mut commands: Commands) {
    commands.spawn((
        MainCamera,
        Camera3d::default(),
        // Keeps the colours worlds and people were given; the filmic ones turn an evening into fog.
        Tonemapping::KhronosPbrNeutral,
        DebandDither::Enabled,
        Projection::Perspective(PerspectiveProjection {
            near: 0.08,
            far: 1_500.0,
            ..default()
        }),
        Transform::from_xyz(0.0, 6.0, 18.0).looking_at(Vec3::Y * 2.0, Vec3::Y),
        PrimaryEguiContext,
    ));
}

/// Controls are as large as what presses them needs.
fn tell_hands(mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>, device: Option<Res<Device>>) {
    let on_glass = device.is_some_and(|device| *device == Device::Touch);
    for mut context in &mut contexts {
        let ctx = context.get_mut();
        if crate::theme::on_glass(ctx) != on_glass {
            crate::theme::set_on_glass(ctx, on_glass);
        }
    }
}

fn dress_contexts(
    mut contexts: Query<(&mut EguiContext, Ref<PrimaryEguiContext>)>,
    settings: Res<Settings>,
    faces: Res<Faces>,
) {
    for (mut context, primary) in &mut contexts {
        let (new, changed) = (primary.is_added(), settings.is_changed());
        if !new && !changed {
            continue;
        }
        let ctx = context.get_mut();
        if new {
            crate::theme::give_letters(ctx, faces.here());
            ctx.set_zoom_factor(settings.interface_scale);
        }
        crate::theme::apply(ctx, &settings.appearance());
    }
}

#[cfg(test)]
#[path = "egui_tests.rs"]
mod tests;
