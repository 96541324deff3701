//! How people look: a figure for everyone in the room, moved by their posture.
//!
//! Flow: a [`Person`] appears → `dress` gives them a figure in the same frame → `animate` turns [`Posture`] and
//! the way they came since the last frame into joints.
//! Invariant: presence is guaranteed: the figure needs no file and no download.

mod clay;
mod figure;

use super::{Me, Person, Posture};
use crate::body::camera::{CameraSystems, Eye, MainCamera};
use crate::gesture::WAVE;
use bevy::prelude::*;
pub(crate) use figure::{EYE_HEIGHT, NAME_HEIGHT};
use figure::{Figure, Joints, Part, Wardrobe};
use holm_net::pose::Gait;

pub(crate) fn plugin(app: &mut App) {
    app.configure_sets(Update, LookSystems::Animate.after(CameraSystems::Follow))
        .add_systems(
            Update,
            (dress_new, animate, hide_own_figure)
                .chain()
                .in_set(LookSystems::Animate),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LookSystems {
    /// `Update`, after the camera stands: joints.
    Animate,
}

/// Beyond this one cannot see a leg swing; such figures glide.
const ANIMATED_METRES: f32 = 90.0;

fn dress_new(
    mut commands: Commands,
    wardrobe: Option<Res<Wardrobe>>,
    new: Query<(Entity, &Person), Without<Figure>>,
) {
    if new.is_empty() {
        return;
    }
    let Some(wardrobe) = wardrobe else {
        // Sewn when the first person comes, so that the title screen starts sooner; people wait one frame.
        commands.init_resource::<Wardrobe>();
        return;
    };
    for (entity, person) in &new {
        figure::dress(&mut commands, &wardrobe, entity, &person.account.0);
    }
}

fn animate(
    mut figures: Query<(&Transform, &Posture, &mut Figure), Without<Part>>,
    mut parts: Query<&mut Transform, With<Part>>,
    camera: Query<&Transform, (With<MainCamera>, Without<Part>, Without<Figure>)>,
    time: Res<Time<Real>>,
) {
    let secs = time.elapsed_secs();
    let step = time.delta_secs().clamp(1e-4, 0.1);
    let eye = camera.iter().next().map(|camera| camera.translation);
    for (place, posture, mut figure) in &mut figures {
        let here = place.translation;
        let way = figure.last.map_or(Vec3::ZERO, |last| here - last);
        figure.last = Some(here);
        let along = Vec2::new(way.x, way.z).length() / step;
        // A teleport is no sprint.
        let along = if along > 20.0 { 0.0 } else { along };
        let ease = 1.0 - (-step * 12.0).exp();
        figure.speed += (along - figure.speed) * ease;
        let ahead = Quat::from_rotation_y(posture.pose.yaw) * Vec3::NEG_Z;
        let direction = if Vec2::new(way.x, way.z).dot(Vec2::new(ahead.x, ahead.z)) < -1e-4 {
            -1.0
        } else {
            1.0
        };
        figure.phase = (figure.phase + direction * figure.speed * step * figure::stride(figure.speed))
            .rem_euclid(core::f32::consts::TAU);
        let waving = if posture.pose.gesture == WAVE { 1.0 } else { 0.0 };
        figure.waving += (waving - figure.waving) * (1.0 - (-step * 9.0).exp());
        if eye.is_some_and(|eye| eye.distance_squared(here) > ANIMATED_METRES * ANIMATED_METRES) {
            continue;
        }
        // What is held against the clock of others would make a crowd breathe as one.
        let own_secs = secs + (here.x * 0.01).sin();
        let gait = if figure.speed < 0.15 && posture.pose.gait == Gait::Run {
            Gait::Ground
        } else {
            posture.pose.gait
        };
        let joints = Joints::at(figure.phase, figure.speed, gait, own_secs, figure.waving);
        figure.pose(&joints, posture.pose.head_yaw, posture.pose.pitch, &mut parts);
    }
}

/// In first person one does not look through one's own face; a body without a head would look worse than none.
fn hide_own_figure(eye: Res<Eye>, mut me: Query<&mut Visibility, (With<Me>, With<Figure>)>) {
    let wanted = if eye.first_person {
        Visibility::Hidden
    } else {
        Visibility::Inherited
    };
    for mut visibility in &mut me {
        visibility.set_if_neq(wanted);
    }
}
