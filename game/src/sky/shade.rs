//! People where no shadows are drawn: a soft dark spot under everybody, so that they are seen to stand where they stand, and
//! less sun on those who have something between them and it.
//!
//! Flow: settings without shadows → for everyone a ray down and a ray to the sun in each frame → spot and `MeshTag`s.
//! Invariant: with shadows none of it is there.

use super::Sky;
use crate::people::{Person, Posture};
use crate::world::view::tag;
use avian3d::prelude::*;
use bevy::asset::RenderAssetUsages;
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::mesh::MeshTag;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (lay_spots, stand_in_shade)
            .after(crate::body::BodySystems::Show)
            .run_if(not_drawn),
    )
    .add_systems(Update, take_away.run_if(resource_changed::<Sky>));
}

fn not_drawn(sky: Res<Sky>) -> bool {
    !sky.shadows
}

/// Half as wide as a person with their arms out, metres.
const SPOT_METRES: f32 = 0.55;
/// Above the ground, so that the two do not flicker, metres.
const LIFT_METRES: f32 = 0.025;
/// As high above the ground as this there is no spot any more, metres.
const HIGH_METRES: f32 = 2.2;
/// How dark its middle is.
const DARKNESS: f32 = 0.62;
/// What is farther away towards the sun than this throws no shade, metres.
const SUN_METRES: f32 = 60.0;
/// How much sun is still there in the shade, and how quickly one comes into it, per second.
const IN_SHADE: f32 = 0.06;
const SHADE_RATE: f32 = 6.0;

/// The dark spot under somebody.
#[derive(Component)]
struct Spot(Entity);

/// How much sun somebody is in, 0..1.
#[derive(Component)]
struct Sunlit(f32);

/// What all spots are made of.
struct Made {
    mesh: Handle<Mesh>,
    material: Handle<StandardMaterial>,
}

fn lay_spots(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut images: ResMut<Assets<Image>>,
    space: Option<SpatialQuery>,
    people: Query<(Entity, &Transform, &Posture), (With<Person>, Without<Spot>)>,
    mut spots: Query<(Entity, &Spot, &mut Transform)>,
    mut made: Local<Option<Made>>,
) {
    let Some(space) = space else { return };
    let made = made.get_or_insert_with(|| Made {
        mesh: meshes.add(Plane3d::new(Vec3::Y, Vec2::splat(SPOT_METRES))),
        material: materials.add(StandardMaterial {
            base_color: Color::BLACK,
            base_color_texture: Some(images.add(soft())),
            unlit: true,
            alpha_mode: AlphaMode::Blend,
            ..default()
        }),
    });
    let mut without: Vec<Entity> = Vec::new();
    without.extend(people.iter().map(|(person, ..)| person));
    for (entity, spot, mut transform) in &mut spots {
        let Ok((_, place, posture)) = people.get(spot.0) else {
            commands.entity(entity).despawn();
            continue;
        };
        without.retain(|person| *person != spot.0);
        *transform = under(&space, place.translation, posture);
    }
    for person in without {
        if let Ok((_, place, posture)) = people.get(person) {
            commands.spawn((
                Spot(person),
                Mesh3d(made.mesh.clone()),
                MeshMaterial3d(made.material.clone()),
                under(&space, place.translation, posture),
                NotShadowCaster,
                NotShadowReceiver,
            ));
        }
    }
}

/// On the ground under somebody, smaller the higher they are above it.
fn under(space: &SpatialQuery, feet: Vec3, posture: &Posture) -> Transform {
    let filter = SpatialQueryFilter::DEFAULT;
    let hit = space.cast_ray(
        feet + Vec3::Y * 0.5,
        Dir3::NEG_Y,
        HIGH_METRES + 0.5,
        true,
        &filter,
    );
    let Some(hit) = hit.filter(|hit| posture.known && hit.normal.is_finite()) else {
        return Transform::from_scale(Vec3::ZERO);
    };
    let high = (hit.distance - 0.5).max(0.0);
    let normal = if hit.normal.y < 0.0 {
        -hit.normal
    } else {
        hit.normal
    };
    Transform {
        translation: feet - Vec3::Y * (hit.distance - 0.5) + normal * LIFT_METRES,
        rotation: Quat::from_rotation_arc(Vec3::Y, normal.normalize_or(Vec3::Y)),
        scale: Vec3::splat((1.0 - high / HIGH_METRES).max(0.0)),
    }
}

/// Dark in the middle, and nothing at the rim.
fn soft() -> Image {
    const SIDE: u32 = 64;
    let alpha = |x: u32, y: u32| {
        let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0;
        let inwards = (1.0 - at.length_squared()).max(0.0);
        (DARKNESS * inwards * inwards * 255.0) as u8
    };
    let pixels = (0..SIDE).flat_map(|y| (0..SIDE).flat_map(move |x| [0, 0, 0, alpha(x, y)]));
    Image::new(
        Extent3d {
            width: SIDE,
            height: SIDE,
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        pixels.collect(),
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    )
}

fn stand_in_shade(
    mut commands: Commands,
    sky: Res<Sky>,
    time: Res<Time<Real>>,
    space: Option<SpatialQuery>,
    mut people: Query<(Entity, &Transform, Option<&mut Sunlit>), With<Person>>,
    children: Query<&Children>,
    meshes: Query<Option<&MeshTag>, With<Mesh3d>>,
) {
    let (Some(space), Ok(to_sun)) = (space, Dir3::new(sky.to_sun)) else {
        return;
    };
    for (person, place, sunlit) in &mut people {
        let chest = place.translation + Vec3::Y * 1.1;
        let filter = SpatialQueryFilter::DEFAULT;
        let shut = space.cast_ray(chest, to_sun, SUN_METRES, true, &filter).is_some();
        let wanted = if shut { IN_SHADE } else { 1.0 };
        let Some(mut sunlit) = sunlit else {
            commands.entity(person).insert(Sunlit(wanted));
            continue;
        };
        let eased = 1.0 - (-time.delta_secs() * SHADE_RATE).exp();
        let much = sunlit.0 + (wanted - sunlit.0) * eased;
        // What is nearly there is there, so that it ends.
        sunlit.0 = if (wanted - much).abs() < 0.01 {
            wanted
        } else {
            much
        };
        let told = tag::sunlit(sunlit.0);
        for part in children.iter_descendants(person) {
            if let Ok(now) = meshes.get(part)
                && now.map_or(tag::NOTHING, |tag| tag.0) != told
            {
                commands.entity(part).insert(MeshTag(told));
            }
        }
    }
}

/// Shadows are drawn again.
fn take_away(mut commands: Commands, sky: Res<Sky>, spots: Query<Entity, With<Spot>>) {
    if sky.shadows {
        for spot in &spots {
            commands.entity(spot).despawn();
        }
    }
}
