//! The body: walking, running, jumping on the world's colliders.
//!
//! Flow: `input` (or a bot) writes [`Intent`] → 60 times a second `rules` move [`Body`] → `stream` shows it
//! between steps, gives it to the session as our pose, and poses everyone else as theirs arrive.
//! Invariant: how it feels does not depend on the frame rate: rules run in fixed steps, drawing interpolates.

#[cfg(feature = "view")]
pub mod camera;
#[cfg(feature = "view")]
pub(crate) mod input;
pub mod rules;
mod stream;

use crate::people::{Me, Posture};
use bevy::prelude::*;
use rules::{BodyState, Moves};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<SpawnPoint>()
        .insert_resource(Time::<Fixed>::from_hz(rules::STEP_HZ))
        .configure_sets(FixedUpdate, BodySystems::Step)
        .configure_sets(Update, BodySystems::Show)
        .add_systems(Update, stream::show.in_set(BodySystems::Show));
    app.add_systems(PreUpdate, embody.in_set(BodySystems::Embody));
    app.configure_sets(PreUpdate, BodySystems::Embody.after(crate::people::PeopleSystems::Follow));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodySystems {
    /// `PreUpdate`: our own person gets a body.
    Embody,
    /// `FixedUpdate`: rules move it.
    Step,
    /// `Update`: everyone's [`Posture`] and `Transform` for this frame; views run after it.
    Show,
}

/// What a person wants their body to do. Written by input or a bot, read by the rules.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Intent {
    /// Which way to walk, relative to `yaw`: x to the right, y forwards; at most 1 long.
    pub walk: Vec2,
    pub run: bool,
    /// Jump wished for; stays set until a step has seen it.
    pub jump: bool,
    /// Where the person looks: radians about +y, 0 looks along −z, positive turns left.
    pub look_yaw: f32,
    /// Up is positive, radians, −π/2..π/2.
    pub look_pitch: f32,
}

/// A body moved by this process.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Body {
    /// After the last step.
    pub state: BodyState,
    /// After the step before.
    pub before: BodyState,
    pub moves: Moves,
}

/// Where bodies appear, and where one goes that fell out of the world. The world sets it.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct SpawnPoint {
    pub position: Vec3,
    pub yaw: f32,
    /// Below this height one has fallen out of the world, metres.
    pub bottom: f32,
}

impl Default for SpawnPoint {
    fn default() -> Self {
        Self { position: Vec3::ZERO, yaw: 0.0, bottom: -50.0 }
    }
}

fn embody(mut commands: Commands, spawn: Res<SpawnPoint>, mut new: Query<(Entity, &mut Posture), (With<Me>, Without<Body>)>) {
    for (entity, mut posture) in &mut new {
        let state = BodyState::standing(spawn.position, spawn.yaw);
        posture.pose.position = spawn.position.to_array();
        posture.pose.yaw = spawn.yaw;
        posture.known = true;
        commands.entity(entity).insert((
            Body { state, before: state, moves: Moves::default() },
            Intent { look_yaw: spawn.yaw, ..default() },
        ));
    }
}
