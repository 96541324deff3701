//! A mirror: somebody of the default family in a picture of its own, for panels that change what is worn.
//!
//! Flow: a panel calls [`Mirror::show`] in each frame it is drawn in → `reflect` raises a stage (a figure, a camera
//! that draws into a texture, two lamps) or changes what the figure wears → the panel paints [`Mirror::picture`].
//! Invariant: a panel that is not drawn any more costs nothing: the stage goes in the next frame. Nothing on the stage
//! is seen or lit by anything else; it has a layer of its own.

use super::detail::Detail;
use super::motion::{Mover, Seen, solve};
use super::tailor::{self, Tailor};
use super::{Figure, Joint, LookSystems, MainCamera, Stature};
use crate::gesture::{NO_GESTURE, WAVE, WAVE_DURATION};
use crate::people::look::Look;
use crate::settings::Settings;
use bevy::camera::RenderTarget;
use bevy::camera::visibility::RenderLayers;
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::mesh::skinning::SkinnedMeshInverseBindposes;
use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy_egui::egui::TextureId;
use bevy_egui::{EguiTextureHandle, EguiUserTextures};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Mirror>().add_systems(
        Update,
        (reflect, stand)
            .chain()
            .before(tailor::put_away)
            .in_set(LookSystems::Animate),
    );
}

/// What the mirror is to show, and its picture.
#[derive(Resource, Debug, Default)]
pub(crate) struct Mirror {
    asked: Option<Asked>,
    stage: Option<Stage>,
    /// Which way the figure is turned from facing the camera, radians; follows what was asked.
    turn: f32,
    /// 0 shows all of the figure, 1 its head.
    near: f32,
    /// A wave of the hand until then, seconds of the app.
    wave_until: f32,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    look: Look,
    turn: f32,
    near: bool,
}

#[derive(Debug)]
struct Stage {
    figure: Entity,
    camera: Entity,
    lamps: [Entity; 2],
    look: Look,
    image: Handle<Image>,
    texture: TextureId,
}

/// Pixels of the picture, two wide to three high: sharp in the largest place a panel gives it.
const PIXELS: (u32, u32) = (480, 720);
/// Width to height.
pub(crate) const ASPECT: f32 = PIXELS.0 as f32 / PIXELS.1 as f32;
/// Nothing else is on it. Far below every world as well: what is new there is on no layer for a moment.
const LAYER: usize = 7;
const PLACE: Vec3 = Vec3::new(0.0, -700.0, 0.0);
/// Of the camera, degrees: a portrait, not a fish's eye.
const FIELD_OF_VIEW: f32 = 26.0;
/// Half of what the tallest with the highest hat needs, with a little air, metres.
const HALF_HEIGHT: f32 = 1.02;
/// Of the picture, below the soles.
pub(crate) const FLOOR: f32 = 0.1 / (2.0 * HALF_HEIGHT);
/// Half of what a head with a hat needs.
const HALF_HEAD: f32 = 0.48;
/// A figure that looks straight ahead looks like a passport.
const POISE: f32 = 0.32;

impl Mirror {
    /// Call it in each frame in which the picture is painted.
    pub(crate) fn show(&mut self, look: Look, turn: f32, near: bool) {
        self.asked = Some(Asked { look, turn, near });
    }

    /// The picture, once there is one.
    pub(crate) fn picture(&self) -> Option<TextureId> {
        self.stage.as_ref().map(|stage| stage.texture)
    }

    /// How much of the floor is in the picture, 0 to 1.
    pub(crate) fn floor(&self) -> f32 {
        1.0 - self.near
    }

    /// Waves at whoever looks in.
    pub(crate) fn wave(&mut self, now_secs: f32) {
        self.wave_until = now_secs + WAVE_DURATION.as_secs_f32();
    }
}

fn reflect(
    mut commands: Commands,
    mut mirror: ResMut<Mirror>,
    tailor: Option<ResMut<Tailor>>,
    settings: Res<Settings>,
    mut textures: ResMut<EguiUserTextures>,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut binds: ResMut<Assets<SkinnedMeshInverseBindposes>>,
    figures: Query<&Figure>,
) {
    let Some(asked) = mirror.asked else {
        if let Some(stage) = mirror.stage.take() {
            for entity in [stage.figure, stage.camera].into_iter().chain(stage.lamps) {
                commands.entity(entity).try_despawn();
            }
            textures.remove_image(&stage.image);
            (mirror.turn, mirror.near) = (0.0, 0.0);
        }
        return;
    };
    let Some(mut tailor) = tailor else {
        commands.init_resource::<Tailor>();
        return;
    };
    let worn = mirror.stage.as_ref().map(|stage| (stage.figure, stage.look));
    if worn.is_some_and(|(_, look)| look == asked.look) {
        return;
    }
    let sewn = tailor.sew(&asked.look, &mut meshes, &mut binds);
    let mut mover = Mover::new(0.4, sewn.legs);
    let figure = match worn {
        Some((entity, _)) => {
            if let Ok(figure) = figures.get(entity) {
                commands.entity(figure.model).try_despawn();
                mover = figure.mover.clone();
                mover.set_legs(sewn.legs);
            }
            entity
        }
        None => commands.spawn(Transform::from_translation(PLACE)).id(),
    };
    tailor::dress(&mut commands, figure, &asked.look, &sewn, mover, false);
    if let Some(stage) = &mut mirror.stage {
        stage.look = asked.look;
        return;
    }
    let image = images.add(Image::new_target_texture(
        PIXELS.0,
        PIXELS.1,
        TextureFormat::Rgba8UnormSrgb,
        None,
    ));
    let texture = textures.add_image(EguiTextureHandle::Strong(image.clone()));
    let camera = commands
        .spawn((
            Camera3d::default(),
            Camera {
                // Before the window's, which paints the picture.
                order: -1,
                clear_color: ClearColorConfig::Custom(Color::NONE),
                ..default()
            },
            RenderTarget::Image(image.clone().into()),
            Tonemapping::KhronosPbrNeutral,
            DebandDither::Enabled,
            if settings.smooth_edges {
                Msaa::Sample4
            } else {
                Msaa::Off
            },
            Projection::Perspective(PerspectiveProjection {
                fov: FIELD_OF_VIEW.to_radians(),
                near: 0.1,
                far: 20.0,
                ..default()
            }),
            RenderLayers::layer(LAYER),
            Transform::from_translation(PLACE - Vec3::Z * 5.0).looking_at(PLACE, Vec3::Y),
        ))
        .id();
    // From the front left, warm, and from behind right, cool: whatever the light of the world outside.
    let lamps = [
        (
            Vec3::new(2.0, 2.7, -3.0),
            Color::linear_rgb(1.0, 0.90, 0.78),
            KEY_LUMENS,
        ),
        (
            Vec3::new(-2.2, 2.4, 2.2),
            Color::linear_rgb(0.72, 0.86, 1.0),
            RIM_LUMENS,
        ),
    ]
    .map(|(at, color, intensity)| {
        commands
            .spawn((
                PointLight {
                    color,
                    intensity,
                    range: 12.0,
                    shadow_maps_enabled: false,
                    ..default()
                },
                RenderLayers::layer(LAYER),
                Transform::from_translation(PLACE + at),
            ))
            .id()
    });
    mirror.stage = Some(Stage {
        figure,
        camera,
        lamps,
        look: asked.look,
        image,
        texture,
    });
}

/// What a golden hour gives at this exposure.
const KEY_LUMENS: f32 = 900_000.0;
const RIM_LUMENS: f32 = 500_000.0;

/// Holds the figure as it stands there, and the camera before it.
fn stand(
    mut commands: Commands,
    mut mirror: ResMut<Mirror>,
    mut tailor: Option<ResMut<Tailor>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut figures: Query<(&mut Figure, &Stature, &mut Transform), Without<Joint>>,
    mut cameras: Query<&mut Transform, (With<Camera3d>, Without<Joint>, Without<Figure>)>,
    mut joints: Query<&mut Transform, (With<Joint>, Without<MainCamera>)>,
    mut shapes: Query<&mut Mesh3d>,
    settings: Res<Settings>,
    time: Res<Time<Real>>,
) {
    let mirror = &mut *mirror;
    let (Some(asked), Some(stage)) = (mirror.asked.take(), &mirror.stage) else {
        return;
    };
    let Ok((mut figure, stature, mut place)) = figures.get_mut(stage.figure) else {
        return;
    };
    let figure = &mut *figure;
    if figure.detail != Detail::Fine {
        figure.detail = Detail::Fine;
        commands.entity(figure.shape).insert(RenderLayers::layer(LAYER));
        commands.entity(figure.still).insert(RenderLayers::layer(LAYER));
        if let (Some(tailor), Ok(mut mesh)) = (tailor.as_mut(), shapes.get_mut(figure.shape)) {
            mesh.0 = tailor.shape(&figure.look, Detail::Fine, &mut meshes);
        }
    }
    let step = time.delta_secs().clamp(1e-4, 0.25);
    let ease = if settings.reduced_motion {
        1.0
    } else {
        1.0 - (-7.0 * step).exp()
    };
    mirror.turn += (asked.turn - mirror.turn) * ease;
    mirror.near += (f32::from(u8::from(asked.near)) - mirror.near) * ease;
    // Facing the camera is facing −z, where it stands.
    let yaw = POISE + mirror.turn;
    let away = (yaw + core::f32::consts::PI).rem_euclid(core::f32::consts::TAU) - core::f32::consts::PI;
    figure.mover.advance(
        &Seen {
            position: PLACE,
            yaw,
            // Whoever is looked at from behind does not twist their neck.
            head_yaw: if away.abs() < 1.2 { -away } else { 0.0 },
            pitch: 0.02,
            gesture: if time.elapsed_secs() < mirror.wave_until {
                WAVE
            } else {
                NO_GESTURE
            },
            ..default()
        },
        step,
    );
    *place = Transform::from_translation(PLACE).with_rotation(Quat::from_rotation_y(yaw));
    let held = figure.mover.held();
    let solved = solve(&held, &figure.skeleton, [0.0; 2]);
    figure.write(&solved, &held, false, &mut joints);
    let near = mirror.near;
    let half = HALF_HEIGHT + (HALF_HEAD - HALF_HEIGHT) * near;
    let middle = (HALF_HEIGHT - 0.1) + (stature.top - 0.42 - (HALF_HEIGHT - 0.1)) * near;
    let metres = half / (FIELD_OF_VIEW.to_radians() / 2.0).tan();
    if let Ok(mut camera) = cameras.get_mut(stage.camera) {
        let focus = PLACE + Vec3::Y * middle;
        *camera = Transform::from_translation(focus + Vec3::new(0.0, 0.12 * metres, -metres))
            .looking_at(focus, Vec3::Y);
    }
}
