//! Sews bodies: one mesh for each look and detail, shared by everybody who looks so, kept while somebody does.
//!
//! Invariant: what nobody wears any more is put away within [`KEEP_SECS`].

use super::detail::Detail;
use super::family::{self, Family, JOINTS};
use super::motion::{self, Mover, Seen, Skeleton};
use super::{Figure, Joint, shade};
use crate::gesture;
use crate::people::look::Look;
use bevy::camera::primitives::Aabb;
use bevy::camera::visibility::NoAutoAabb;
use bevy::light::NotShadowCaster;
use bevy::mesh::skinning::{SkinnedMesh, SkinnedMeshInverseBindposes};
use bevy::prelude::*;
use holm_net::pose::Gait;
use std::collections::BTreeMap;

/// Everything that is sewn.
#[derive(Resource)]
pub(crate) struct Tailor {
    family: Option<Family>,
    cloth: Handle<StandardMaterial>,
    sewn: BTreeMap<Look, Sewn>,
}

/// One look, sewn as far as it was needed.
#[derive(Clone)]
pub(super) struct Sewn {
    shapes: [Option<Handle<Mesh>>; 3],
    stills: BTreeMap<u8, Handle<Mesh>>,
    pub(super) binds: Handle<SkinnedMeshInverseBindposes>,
    cloth: Handle<StandardMaterial>,
    pub(super) rest: [Vec3; JOINTS],
    pub(super) skeleton: Skeleton,
    /// Length of the legs against the islander's.
    pub(super) legs: f32,
}

impl FromWorld for Tailor {
    fn from_world(world: &mut World) -> Self {
        let cloth = world
            .resource_mut::<Assets<StandardMaterial>>()
            .add(StandardMaterial {
                perceptual_roughness: 0.92,
                reflectance: 0.25,
                ..default()
            });
        let family = Family::read();
        if family.is_none() {
            error!("the people that come with Holm cannot be read");
        }
        Self {
            family,
            cloth,
            sewn: BTreeMap::new(),
        }
    }
}

impl Tailor {
    pub(super) fn sew(
        &mut self,
        look: &Look,
        meshes: &mut Assets<Mesh>,
        binds: &mut Assets<SkinnedMeshInverseBindposes>,
    ) -> Sewn {
        let family = self.family.as_ref();
        let cloth = &self.cloth;
        let sewn = self.sewn.entry(*look).or_insert_with(|| {
            let rest = family.map_or([Vec3::ZERO; JOINTS], |family| family.rest(look));
            let skeleton = Family::skeleton(&rest);
            let inverse: Vec<Mat4> = rest.iter().map(|at| Mat4::from_translation(-*at)).collect();
            Sewn {
                shapes: [None, None, None],
                stills: BTreeMap::new(),
                binds: binds.add(SkinnedMeshInverseBindposes::from(inverse)),
                cloth: cloth.clone(),
                legs: skeleton.scale,
                rest,
                skeleton,
            }
        });
        sewn.shapes[Detail::default() as usize]
            .get_or_insert_with(|| meshes.add(bake(family, look, Detail::default() as usize)));
        sewn.clone()
    }

    /// The mesh with joints of a look.
    pub(super) fn shape(&mut self, look: &Look, detail: Detail, meshes: &mut Assets<Mesh>) -> Handle<Mesh> {
        let family = self.family.as_ref();
        let detail = (detail as usize).min(2);
        self.sewn
            .get_mut(look)
            .map(|sewn| {
                sewn.shapes[detail]
                    .get_or_insert_with(|| meshes.add(bake(family, look, detail)))
                    .clone()
            })
            .unwrap_or_default()
    }

    /// The mesh without joints of a look, in one of the poses of [`Still`].
    pub(super) fn still(&mut self, look: &Look, still: u8, meshes: &mut Assets<Mesh>) -> Handle<Mesh> {
        let (Some(family), Some(sewn)) = (self.family.as_ref(), self.sewn.get_mut(look)) else {
            return Handle::default();
        };
        let skeleton = &sewn.skeleton;
        sewn.stills
            .entry(still)
            .or_insert_with(|| {
                let held = Still::held(still, sewn.legs);
                let pose = motion::solve(&held, skeleton, [0.0; 2]);
                meshes.add(family.bake(look, 2, Some(&pose)))
            })
            .clone()
    }
}

fn bake(family: Option<&Family>, look: &Look, detail: usize) -> Mesh {
    match family {
        Some(family) => family.bake(look, detail, None),
        // A file of our own that cannot be read is a mistake of ours, but still somebody is there.
        None => Capsule3d::new(0.22, 1.1)
            .mesh()
            .build()
            .translated_by(Vec3::Y * 0.77),
    }
}

/// The poses people are drawn in who are too far to be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Still {
    Stand = 0,
    /// And three more of a stride.
    Stride = 1,
    Sit = 5,
    Swim = 6,
    Air = 7,
    /// And one more.
    Wave = 8,
    Dance = 10,
    Climb = 14,
    Crouch = 16,
}

impl Still {
    pub(super) fn of(gait: Gait, gesture: u8, mover: &Mover) -> u8 {
        let quarter = mover.quarter();
        match (gait, gesture) {
            (Gait::Sit, _) => Self::Sit as u8,
            (Gait::Swim, _) => Self::Swim as u8,
            (Gait::Air, _) => Self::Air as u8,
            (Gait::Climb, _) => Self::Climb as u8 + quarter / 2,
            _ if mover.speed() > 0.3 => Self::Stride as u8 + quarter,
            (_, gesture::DANCE) => Self::Dance as u8 + mover.beat() % 4,
            (_, gesture::WAVE) => Self::Wave as u8 + mover.beat() % 2,
            (Gait::Crouch, _) => Self::Crouch as u8,
            _ => Self::Stand as u8,
        }
    }

    /// Moves somebody for a while the way they are, and looks at them then.
    fn held(still: u8, legs: f32) -> motion::Held {
        let is = |of: Self, count: u8| (of as u8..of as u8 + count).contains(&still);
        let mut mover = Mover::new(0.4, legs);
        let mut seen = Seen::default();
        let mut speed = 0.0;
        let mut secs = 1.2;
        if is(Self::Stride, 4) {
            speed = 1.9;
        } else if is(Self::Sit, 1) {
            seen.gait = Gait::Sit;
        } else if is(Self::Swim, 1) {
            seen.gait = Gait::Swim;
        } else if is(Self::Air, 1) {
            seen.gait = Gait::Air;
        } else if is(Self::Crouch, 1) {
            seen.gait = Gait::Crouch;
        } else if is(Self::Climb, 2) {
            seen.gait = Gait::Climb;
            secs += 0.35 * f32::from(still - Self::Climb as u8);
        } else if is(Self::Dance, 4) {
            seen.gesture = gesture::DANCE;
            secs += 0.25 * f32::from(still - Self::Dance as u8);
        } else if is(Self::Wave, 2) {
            seen.gesture = gesture::WAVE;
            secs += 0.33 * f32::from(still - Self::Wave as u8);
        }
        let step = 1.0 / 60.0;
        let mut passed = 0.0;
        while passed < 6.0 {
            seen.position.z -= speed * step;
            mover.advance(&seen, step);
            passed += step;
            let there = if speed > 0.0 {
                passed > 1.0 && mover.quarter() == still - Self::Stride as u8 && mover.in_quarter() > 0.4
            } else {
                passed >= secs
            };
            if there {
                break;
            }
        }
        mover.held()
    }
}

/// A box around whatever a body does, so that nobody is culled who lifts an arm or swims.
fn room(scale: f32) -> Aabb {
    Aabb::from_min_max(
        Vec3::new(-1.0, -0.4, -1.2) * scale,
        Vec3::new(1.0, 2.3, 1.2) * scale,
    )
}

/// Spawns a body below `person`, who keeps their own transform (feet, facing −z); `me` may look out of its head.
pub(super) fn dress(
    commands: &mut Commands,
    person: Entity,
    look: &Look,
    sewn: &Sewn,
    mover: Mover,
    me: bool,
) {
    let model = commands.spawn((Transform::default(), Visibility::default())).id();
    let mut joints = [Entity::PLACEHOLDER; JOINTS];
    for joint in 0..JOINTS {
        let parent = family::parent(joint);
        let offset = sewn.rest[joint] - parent.map_or(Vec3::ZERO, |parent| sewn.rest[parent]);
        joints[joint] = commands
            .spawn((
                Joint,
                Transform::from_translation(offset),
                ChildOf(parent.map_or(model, |parent| joints[parent])),
            ))
            .id();
    }
    let detail = Detail::default();
    let body = || {
        (
            Mesh3d(sewn.shapes[detail as usize].clone().unwrap_or_default()),
            MeshMaterial3d(sewn.cloth.clone()),
            room(sewn.skeleton.scale),
        )
    };
    let shade = me.then(|| shade::of_figure(commands, model, &joints, sewn, body()));
    let shape = commands
        .spawn((
            body(),
            SkinnedMesh {
                inverse_bindposes: sewn.binds.clone(),
                joints: joints.to_vec(),
            },
            NoAutoAabb,
            Transform::default(),
            Visibility::Inherited,
            ChildOf(model),
        ))
        .id();
    let still = commands
        .spawn((
            Mesh3d(Handle::default()),
            MeshMaterial3d(sewn.cloth.clone()),
            room(sewn.skeleton.scale),
            NoAutoAabb,
            NotShadowCaster,
            Transform::default(),
            Visibility::Hidden,
            ChildOf(model),
        ))
        .id();
    let figure = Figure {
        look: *look,
        model,
        shape,
        still,
        joints,
        shade,
        rest: sewn.rest,
        skeleton: sewn.skeleton.clone(),
        mover,
        detail,
        waited: 1.0,
        ground: [0.0; 2],
        shown: None,
    };
    let stature = figure.stature();
    commands
        .entity(person)
        .insert((stature, figure, Visibility::default()))
        .add_child(model);
}

/// How long a look is kept that nobody wears: somebody who lost the link for a moment is sewn already.
const KEEP_SECS: f32 = 60.0;

pub(super) fn put_away(
    tailor: Option<ResMut<Tailor>>,
    figures: Query<&Figure>,
    time: Res<Time<Real>>,
    mut next: Local<f32>,
) {
    let now = time.elapsed_secs();
    if now < *next {
        return;
    }
    *next = now + KEEP_SECS;
    if let Some(mut tailor) = tailor {
        let worn: std::collections::BTreeSet<Look> = figures.iter().map(|figure| figure.look).collect();
        tailor.sewn.retain(|look, _| worn.contains(look));
    }
}
