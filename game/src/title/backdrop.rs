//! Behind the title screen: a slow look around.

use crate::body::camera::MainCamera;
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::words::Words;
use bevy::prelude::*;
use core::f32::consts::TAU;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Backdrop>()
        .add_systems(
            Update,
            (
                drift.run_if(in_state(SessionPhase::Off).or_else(in_state(SessionPhase::Joining))),
                spare.run_if(in_state(SessionPhase::Joining)),
            ),
        )
        .add_systems(OnExit(SessionPhase::Joining), spare_no_more);
}

/// What is looked at, and from how far: the harbour, the one world behind the title.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub(crate) struct Backdrop {
    pub(crate) centre: Vec3,
    pub(crate) radius_metres: f32,
    pub(crate) height_metres: f32,
    /// Where the drift begins, radians about +y.
    pub(crate) from_angle: f32,
}

impl Default for Backdrop {
    fn default() -> Self {
        // From the water, the pier to the right and the evening behind the island.
        Self {
            centre: Vec3::new(0.0, 3.0, 4.0),
            radius_metres: 60.0,
            height_metres: 9.0,
            from_angle: -0.42,
        }
    }
}

/// Once around takes seven minutes: seen, not felt.
const RADIANS_PER_SEC: f32 = 0.015;
/// The field of view that the radius and the height were chosen for.
const LENS_RADIANS: f32 = core::f32::consts::FRAC_PI_4;

fn drift(
    mut camera: Query<(&mut Transform, &mut Projection), With<MainCamera>>,
    backdrop: Res<Backdrop>,
    settings: Res<Settings>,
    words: Res<Words>,
    time: Res<Time<Real>>,
    mut gone: Local<f32>,
) {
    if !settings.reduced_motion {
        *gone = (*gone + time.delta_secs() * RADIANS_PER_SEC) % TAU;
    }
    let angle = backdrop.from_angle + *gone;
    let side = if words.language().is_right_to_left() {
        1.0
    } else {
        -1.0
    };
    for (mut camera, mut projection) in &mut camera {
        // A world before it, or its photo mode, had another lens.
        if let Projection::Perspective(lens) = &mut *projection.bypass_change_detection()
            && lens.fov != LENS_RADIANS
        {
            lens.fov = LENS_RADIANS;
            projection.set_changed();
        }
        let place = backdrop.centre
            + Vec3::new(
                angle.sin() * backdrop.radius_metres,
                backdrop.height_metres,
                angle.cos() * backdrop.radius_metres,
            );
        // The panel covers one side: what is worth seeing goes a little to the other.
        let aside = Vec3::new(angle.cos(), 0.0, -angle.sin()) * side * backdrop.radius_metres * 0.18;
        *camera = Transform::from_translation(place).looking_at(backdrop.centre + aside, Vec3::Y);
    }
}

/// A frame that took longer leaves too little time to the join, which goes on between frames.
const SLOW_FRAME: Duration = Duration::from_millis(100);
/// Nearer than anything that is drawn, metres.
const NOTHING_METRES: f32 = 0.2;

/// How far the camera saw before it was spared.
#[derive(Component)]
struct Spared {
    far: f32,
}

/// On a machine that draws slowly, shows the interface alone while a way in is looked for: a join has fifteen
/// seconds, and a software renderer may need some of them for one picture of the island.
fn spare(
    mut commands: Commands,
    mut cameras: Query<(Entity, &mut Projection), (With<MainCamera>, Without<Spared>)>,
    time: Res<Time<Real>>,
) {
    if time.delta() < SLOW_FRAME {
        return;
    }
    for (camera, mut projection) in &mut cameras {
        if let Projection::Perspective(perspective) = &mut *projection {
            commands.entity(camera).insert(Spared { far: perspective.far });
            perspective.far = NOTHING_METRES;
        }
    }
}

fn spare_no_more(mut commands: Commands, mut cameras: Query<(Entity, &mut Projection, &Spared)>) {
    for (camera, mut projection, spared) in &mut cameras {
        if let Projection::Perspective(perspective) = &mut *projection {
            perspective.far = spared.far;
        }
        commands.entity(camera).remove::<Spared>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::time::TimeUpdateStrategy;

    /// How far the camera goes in a second.
    fn metres_a_second(reduced_motion: bool) -> f32 {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
            .insert_resource(Settings {
                reduced_motion,
                ..default()
            })
            .init_resource::<Backdrop>()
            .init_resource::<Words>()
            .add_systems(Update, drift);
        let camera = app
            .world_mut()
            .spawn((MainCamera, Transform::default(), Projection::default()))
            .id();
        let place = |app: &App| {
            app.world()
                .get::<Transform>(camera)
                .map(|camera| camera.translation)
        };
        app.update();
        let begin = place(&app);
        for _ in 0..10 {
            app.update();
        }
        begin
            .zip(place(&app))
            .map_or(f32::NAN, |(begin, end)| begin.distance(end))
    }

    #[test]
    fn the_island_turns_behind_the_title_and_with_less_motion_it_stands() {
        assert!(metres_a_second(false) > 0.5);
        assert_eq!(metres_a_second(true), 0.0);
    }
}
