//! Sky, sun and haze: the light everything is seen in.
//!
//! Flow: a world (or the title screen) writes [`Sky`] → the dome is painted anew, the sun turned, the haze set, and
//! what surrounds everything lights it from all sides (`surround`); where no shadows are drawn, people have a little of
//! them all the same (`shade`).
//! Invariant: needs nothing WebGL2 lacks: no compute, no storage buffers, textures of a few hundred kilobytes.

mod dome;
mod shade;
mod surround;

use crate::body::camera::MainCamera;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::light::{CascadeShadowConfigBuilder, NotShadowCaster, NotShadowReceiver};
use bevy::prelude::*;
pub(crate) use dome::Air;
use dome::DomeMaterial;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((dome::plugin, shade::plugin))
        .init_resource::<Sky>()
        .configure_sets(PostUpdate, SkySystems::Show)
        .add_systems(Startup, raise)
        .add_systems(
            PostUpdate,
            (
                (paint_dome, light, haze, surround::light_all_around).run_if(resource_changed::<Sky>),
                (haze_new_cameras, surround::light_new_cameras),
                follow_camera.before(TransformSystems::Propagate),
            )
                .chain()
                .in_set(SkySystems::Show),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SkySystems {
    Show,
}

/// The light of a world. Colours are linear.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Sky {
    /// Towards the sun; need not be normalised.
    pub to_sun: Vec3,
    pub sun: LinearRgba,
    /// Lux. A low evening sun is near 10,000 at this exposure.
    pub sun_lux: f32,
    pub zenith: LinearRgba,
    pub horizon: LinearRgba,
    /// Below the horizon: what far water looks like.
    pub nadir: LinearRgba,
    pub ambient: LinearRgba,
    /// Candela a square metre.
    pub ambient_brightness: f32,
    /// How far one sees before the haze has taken most of it, metres; 0 for no haze.
    pub haze_metres: f32,
    /// How much of the sky is clouds, 0..1.
    pub clouds: f32,
    /// How bright the stars are, 0..1.
    pub stars: f32,
    pub shadows: bool,
}

impl Default for Sky {
    /// Golden hour at the harbour.
    fn default() -> Self {
        Self {
            to_sun: Vec3::new(-0.62, 0.36, -0.70),
            sun: LinearRgba::rgb(1.0, 0.72, 0.44),
            sun_lux: 9_500.0,
            zenith: LinearRgba::rgb(0.085, 0.235, 0.42),
            horizon: LinearRgba::rgb(0.93, 0.62, 0.40),
            nadir: LinearRgba::rgb(0.07, 0.16, 0.20),
            ambient: LinearRgba::rgb(0.62, 0.72, 0.90),
            ambient_brightness: 620.0,
            haze_metres: 420.0,
            clouds: 0.45,
            stars: 0.0,
            shadows: true,
        }
    }
}

impl Sky {
    /// Colour seen in a direction of unit length. Pure, so that haze and dome agree.
    pub fn colour(&self, direction: Vec3) -> LinearRgba {
        let base = self.base(direction);
        let height = direction.y.clamp(-1.0, 1.0);
        let towards = direction.dot(self.to_sun.normalize_or(Vec3::Y)).max(0.0);
        let glow = 0.30 * towards.powf(5.0) + 0.55 * towards.powf(48.0) + 3.0 * towards.powf(1600.0);
        let glow = if height < 0.0 {
            glow * (1.0 + height * 6.0).max(0.0)
        } else {
            glow
        };
        LinearRgba::rgb(
            base.red + self.sun.red * glow,
            base.green + self.sun.green * glow,
            base.blue + self.sun.blue * glow,
        )
    }

    /// The same without the sun and its glow.
    fn base(&self, direction: Vec3) -> LinearRgba {
        let height = direction.y.clamp(-1.0, 1.0);
        if height >= 0.0 {
            // A root keeps the warm band low and wide, as evening air does.
            self.horizon
                .mix(&self.zenith, (height * 1.25).min(1.0).powf(0.55))
        } else {
            self.horizon.mix(&self.nadir, (-height * 9.0).min(1.0).sqrt())
        }
    }

    /// The same for shaders.
    pub(crate) fn air(&self) -> Air {
        let rgb = |colour: LinearRgba| Vec4::new(colour.red, colour.green, colour.blue, 1.0);
        // Foam is white in this light: sun on it, and the sky's own light.
        let foam = (0.18 + self.sun_lux / 16_000.0 + self.ambient_brightness / 4_000.0).min(0.95);
        Air {
            zenith: rgb(self.zenith),
            horizon: rgb(self.horizon),
            nadir: rgb(self.nadir),
            sun: rgb(self.sun),
            to_sun: self.to_sun.normalize_or(Vec3::Y).extend(self.haze_metres),
            weather: Vec4::new(self.clouds, self.stars, CLOUD_DRIFT, foam),
        }
    }
}

#[derive(Component)]
struct Dome;

/// Clouds drift their picture's width in about an hour: seen when one sits down, not before.
const CLOUD_DRIFT: f32 = 0.0035;

/// The sun; a world's own lights are beside it.
#[derive(Component)]
pub struct Sun;

/// Beyond everything that is drawn, metres: it is painted over what is farther away. The camera's far plane
/// (`third_party/egui`) only says what is too far to be looked at; nothing is cut off there.
pub(crate) const DOME_METRES: f32 = 60_000.0;

fn raise(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<DomeMaterial>>,
    mut images: ResMut<Assets<Image>>,
    sky: Res<Sky>,
) {
    commands.spawn((
        Dome,
        // Only directions come from it: its own shape is never seen.
        Mesh3d(
            meshes.add(
                Sphere::new(DOME_METRES)
                    .mesh()
                    .ico(3)
                    .unwrap_or_else(|_| Sphere::new(DOME_METRES).mesh().uv(24, 12)),
            ),
        ),
        MeshMaterial3d(materials.add(DomeMaterial {
            air: sky.air(),
            clouds: images.add(dome::clouds()),
        })),
        Transform::default(),
        NotShadowCaster,
        NotShadowReceiver,
        NoFrustumCulling,
    ));
    commands.spawn((
        Sun,
        DirectionalLight::default(),
        CascadeShadowConfigBuilder {
            num_cascades: crate::platform::SHADOW_CASCADES,
            minimum_distance: 0.3,
            first_cascade_far_bound: 14.0,
            maximum_distance: 70.0,
            ..default()
        }
        .build(),
    ));
}

fn paint_dome(
    sky: Res<Sky>,
    mut materials: ResMut<Assets<DomeMaterial>>,
    dome: Query<&MeshMaterial3d<DomeMaterial>, With<Dome>>,
) {
    for material in &dome {
        if let Some(mut material) = materials.get_mut(&material.0) {
            material.air = sky.air();
        }
    }
}

fn light(
    sky: Res<Sky>,
    mut ambient: ResMut<GlobalAmbientLight>,
    mut sun: Query<(&mut DirectionalLight, &mut Transform), With<Sun>>,
) {
    ambient.color = sky.ambient.into();
    ambient.brightness = sky.ambient_brightness * (1.0 - surround::SHARE);
    for (mut sun, mut transform) in &mut sun {
        sun.color = sky.sun.into();
        sun.illuminance = sky.sun_lux;
        sun.shadow_maps_enabled = sky.shadows;
        *transform = Transform::default().looking_to(-sky.to_sun.normalize_or(Vec3::Y), Vec3::Y);
    }
}

fn fog(sky: &Sky) -> Option<DistanceFog> {
    (sky.haze_metres > 0.0).then(|| DistanceFog {
        // Slightly towards the zenith: pure horizon colour makes distance look like sunset everywhere.
        color: sky.horizon.mix(&sky.zenith, 0.35).into(),
        directional_light_color: sky.sun.with_alpha(0.22).into(),
        directional_light_exponent: 10.0,
        falloff: FogFalloff::from_visibility_squared(sky.haze_metres),
    })
}

fn haze(mut commands: Commands, sky: Res<Sky>, cameras: Query<Entity, With<Camera3d>>) {
    for camera in &cameras {
        match fog(&sky) {
            Some(fog) => commands.entity(camera).insert(fog),
            None => commands.entity(camera).remove::<DistanceFog>(),
        };
    }
}

fn haze_new_cameras(mut commands: Commands, sky: Res<Sky>, cameras: Query<Entity, Added<Camera3d>>) {
    for camera in &cameras {
        if let Some(fog) = fog(&sky) {
            commands.entity(camera).insert(fog);
        }
    }
}

fn follow_camera(
    camera: Query<&Transform, (With<MainCamera>, Without<Dome>)>,
    mut dome: Query<&mut Transform, With<Dome>>,
) {
    let (Some(camera), Ok(mut dome)) = (camera.iter().next(), dome.single_mut()) else {
        return;
    };
    dome.translation = camera.translation;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sky_is_brightest_at_the_sun_and_finite_everywhere() {
        let sky = Sky::default();
        let bright = |direction: Vec3| {
            let colour = sky.colour(direction.normalize());
            assert!(
                colour
                    .to_f32_array()
                    .iter()
                    .all(|channel| channel.is_finite() && *channel >= 0.0)
            );
            colour.red + colour.green + colour.blue
        };
        let sun = bright(sky.to_sun);
        for direction in [Vec3::Y, Vec3::X, -Vec3::Y, Vec3::new(0.5, 0.3, 0.8), -sky.to_sun] {
            assert!(bright(direction) < sun);
        }
    }

    #[test]
    fn a_sun_without_direction_breaks_nothing() {
        let sky = Sky {
            to_sun: Vec3::ZERO,
            ..default()
        };
        assert!(sky.colour(Vec3::X).red.is_finite());
    }
}
