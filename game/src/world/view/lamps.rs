//! Lamps and fires: small lights without shadows, brighter when it is dark, and surfaces that glow with them.
//!
//! Flow: `show` spawns a [`Lit`] for each lamp of the document → `dim` follows the moment → `flicker` the fires.

use super::super::document::Lamp;
use super::super::{CurrentMoment, CurrentWorld};
use super::Shown;
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Glowing>().add_systems(
        Update,
        (dim.run_if(super::lit_anew).after(super::show), flicker.after(dim)),
    );
}

/// Materials that shine as the lamps do, and their colour at full light.
#[derive(Resource, Default)]
pub(super) struct Glowing(pub(super) Vec<(Handle<StandardMaterial>, LinearRgba)>);

/// Dark lamp glass by day still is a little brighter than what is around it.
const DARK_GLASS: f32 = 0.32;

/// A light of the world.
#[derive(Component, Clone, Copy, Debug)]
pub(super) struct Lit {
    lamp: Lamp,
    now_lumens: f32,
}

pub(super) fn spawn(commands: &mut Commands, lamp: &Lamp) {
    let [red, green, blue] = lamp.colour;
    commands.spawn((
        Shown,
        Lit {
            lamp: *lamp,
            now_lumens: lamp.lumens,
        },
        PointLight {
            color: LinearRgba::rgb(red, green, blue).into(),
            intensity: lamp.lumens,
            range: lamp.reach_metres,
            // A glint, not a ball, in what is polished.
            radius: 0.05,
            shadow_maps_enabled: false,
            ..default()
        },
        Transform::from_translation(lamp.at),
    ));
}

fn dim(
    current: Res<CurrentWorld>,
    moment: Res<CurrentMoment>,
    glowing: Res<Glowing>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut lights: Query<(&mut Lit, &mut PointLight, &mut Visibility)>,
) {
    let Some(document) = &current.document else { return };
    let lamps = document.environment(moment.0).lamps;
    for (mut lit, mut light, mut visibility) in &mut lights {
        lit.now_lumens = lit.lamp.lumens * if lit.lamp.fire { 1.0 } else { lamps };
        light.intensity = lit.now_lumens;
        // An unlit light still costs every pixel it would reach.
        *visibility = if lit.now_lumens > 0.0 {
            Visibility::Inherited
        } else {
            Visibility::Hidden
        };
    }
    for (handle, full) in &glowing.0 {
        if let Some(mut material) = materials.get_mut(handle) {
            let share = DARK_GLASS + (1.0 - DARK_GLASS) * lamps;
            material.base_color = LinearRgba::new(
                full.red * share,
                full.green * share,
                full.blue * share,
                full.alpha,
            )
            .into();
        }
    }
}

fn flicker(time: Res<Time>, mut lights: Query<(&Lit, &mut PointLight)>) {
    let t = time.elapsed_secs_wrapped();
    for (lit, mut light) in &mut lights {
        if lit.lamp.fire {
            let phase = lit.lamp.at.x + lit.lamp.at.z;
            let unsteady = 0.55 * (t * 7.3 + phase).sin()
                + 0.3 * (t * 12.7 + phase * 2.0).sin()
                + 0.15 * (t * 23.1).sin();
            light.intensity = lit.now_lumens * (1.0 + 0.16 * unsteady);
        }
    }
}
