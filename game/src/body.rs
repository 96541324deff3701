//! The body: walking, running, jumping, swimming, climbing and sitting in the world.
//!
//! Flow: `input` (or a bot) writes [`Intent`] → 60 times a second `rules` move [`Body`] → once a frame `foresee` takes
//! the step that is under way as the hands are now → `stream` shows how far into it this frame is, gives that to the
//! session as our pose, and poses everyone else as theirs arrive.
//! Invariants: how it feels does not depend on the frame rate: rules run in fixed steps, drawing interpolates. It does
//! so towards the coming step and not between the last two, so that no frame is added between a press and what it does.

#[cfg(feature = "view")]
pub mod camera;
mod careful;
mod ground;
#[cfg(feature = "view")]
pub(crate) mod input;
mod rides;
pub mod rules;
mod stream;

use crate::people::{Me, Posture};
use bevy::prelude::*;
use rules::{BodyState, Moves, Offer, Wish};

/// Bodies of others: for every process with people in it, embodied or not.
pub(super) fn others_plugin(app: &mut App) {
    app.init_resource::<SpawnPoint>()
        .configure_sets(
            Update,
            BodySystems::Show.after(crate::gesture::GestureSystems::Apply),
        )
        .add_systems(Update, stream::show_others.in_set(BodySystems::Show));
}

/// A body of one's own.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ground::BodyShapes>()
        .init_resource::<rides::Rides>()
        .configure_sets(
            PreUpdate,
            BodySystems::Embody.after(crate::people::PeopleSystems::Follow),
        )
        .configure_sets(FixedUpdate, BodySystems::Step)
        .add_systems(PreUpdate, embody.in_set(BodySystems::Embody))
        .add_systems(
            FixedUpdate,
            (rides::advance, step).chain().in_set(BodySystems::Step),
        )
        .add_systems(
            Update,
            (rides::look_ahead, foresee, stream::show_own)
                .chain()
                .after(stream::show_others)
                .in_set(BodySystems::Show),
        );
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodySystems {
    /// `PreUpdate`: our own person gets a body.
    Embody,
    /// `FixedUpdate`: rules move it.
    Step,
    /// `Update`: everyone's [`Posture`] and `Transform` for this frame; input runs before it, views after it.
    Show,
}

/// What a person wants their body to do. Written by input or a bot, read by the rules.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Intent {
    /// Which way to walk, relative to `look_yaw`: x to the right, y forwards; at most 1 long.
    pub walk: Vec2,
    pub run: bool,
    /// Jump wished for. Set it on the press; the step that has seen it clears it.
    pub jump: bool,
    /// Bend down; in the water, dive. Held.
    pub crouch: bool,
    /// Sit down, stand up, take hold of a ladder or let go of it. Set it on the press; the step that has seen it
    /// clears it.
    pub act: bool,
    /// Where the person looks: radians about +y, 0 looks along −z, positive turns left.
    pub look_yaw: f32,
    /// Up is positive, radians, −π/2..π/2.
    pub look_pitch: f32,
}

impl Intent {
    /// The wish in world directions.
    fn wish(&self) -> Wish {
        let (sin, cos) = self.look_yaw.sin_cos();
        let right = Vec2::new(cos, -sin);
        let forward = Vec2::new(-sin, -cos);
        Wish {
            walk: (right * self.walk.x + forward * self.walk.y).clamp_length_max(1.0),
            run: self.run,
            jump: self.jump,
            crouch: self.crouch,
            act: self.act,
            look_yaw: self.look_yaw,
            look_pitch: self.look_pitch,
        }
    }
}

/// A body moved by this process.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Body {
    /// After the last step.
    pub state: BodyState,
    /// After the next, if the hands stay as they are: what is drawn is between the two.
    pub coming: BodyState,
    pub moves: Moves,
    /// What [`Intent::act`] would do now, for whoever shows it.
    pub offer: Option<Offer>,
}

/// Where bodies appear, and where one goes that fell out of the world. The world sets it.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct SpawnPoint {
    pub position: Vec3,
    pub yaw: f32,
    /// Below this height one has fallen out of the world, metres.
    pub bottom: f32,
    /// There is something to stand on; until then bodies hover where they are.
    pub ready: bool,
    /// Free places around `position`, itself first, found by the world: no walls between them, floor under
    /// each. Empty when nobody looked.
    pub places: Vec<Vec3>,
}

impl Default for SpawnPoint {
    fn default() -> Self {
        Self {
            position: Vec3::ZERO,
            yaw: 0.0,
            bottom: -50.0,
            ready: false,
            places: Vec::new(),
        }
    }
}

/// How far apart people appear, metres: room for eight around the spawn point before a second ring.
const SPAWN_RING_METRES: f32 = 1.2;

/// Where the person with this slot appears: at one of the places the world found, or on rings around the
/// spawn point, so that nobody appears in somebody else.
pub fn spawn_place(spawn: &SpawnPoint, slot: u16) -> Vec3 {
    if let Some(place) = spawn.places.get(usize::from(slot) % spawn.places.len().max(1)) {
        return *place;
    }
    let ring = f32::from(slot / 8 % 4) + 1.0;
    let angle = f32::from(slot) * (std::f32::consts::TAU / 8.0) + ring * 0.39;
    spawn.position + Quat::from_rotation_y(angle) * Vec3::X * SPAWN_RING_METRES * ring + Vec3::Y * 0.05
}

fn embody(
    mut commands: Commands,
    spawn: Res<SpawnPoint>,
    mut new: Query<(Entity, &crate::people::Person, &mut Posture), (With<Me>, Without<Body>)>,
    mut bodies: Query<(&crate::people::Person, &mut Body, &mut Intent)>,
) {
    for (entity, person, mut posture) in &mut new {
        let state = BodyState::standing(spawn_place(&spawn, person.slot.0), spawn.yaw);
        posture.pose.position = state.position.to_array();
        posture.pose.yaw = state.yaw;
        posture.known = true;
        commands.entity(entity).insert((
            Body {
                state,
                coming: state,
                moves: Moves::default(),
                offer: None,
            },
            Intent {
                look_yaw: spawn.yaw,
                ..default()
            },
        ));
    }
    if spawn.is_changed() {
        // The world arrived, or another one: everybody starts at its spawn point.
        for (person, mut body, mut intent) in &mut bodies {
            place(&mut body, &mut intent, &spawn, person.slot.0);
        }
    }
}

fn place(body: &mut Body, intent: &mut Intent, spawn: &SpawnPoint, slot: u16) {
    body.state = BodyState::standing(spawn_place(spawn, slot), spawn.yaw);
    body.coming = body.state;
    intent.look_yaw = spawn.yaw;
    intent.look_pitch = 0.0;
}

fn step(
    ground: ground::Colliders,
    spawn: Res<SpawnPoint>,
    time: Res<Time>,
    mut bodies: Query<(&crate::people::Person, &mut Body, &mut Intent)>,
) {
    // With nothing to stand on yet, bodies hover where they appeared.
    if !spawn.ready {
        return;
    }
    for (person, mut body, mut intent) in &mut bodies {
        let body = &mut *body;
        rules::step(
            &mut body.state,
            &intent.wish(),
            &body.moves,
            &ground,
            time.delta_secs(),
        );
        body.offer = rules::offer(&body.state, &ground);
        intent.jump = false;
        intent.act = false;
        let lost = body.state.position.y < spawn.bottom
            || body.state.position.abs().max_element() > crate::customs::MAX_COORDINATE_METRES;
        if lost {
            place(body, &mut intent, &spawn, person.slot.0);
        }
    }
}

/// The step that is under way, as the hands are now.
fn foresee(
    ground: ground::Colliders,
    spawn: Res<SpawnPoint>,
    fixed: Res<Time<Fixed>>,
    mut bodies: Query<(&mut Body, &Intent)>,
) {
    for (mut body, intent) in &mut bodies {
        let body = &mut *body;
        body.coming = body.state;
        if spawn.ready {
            let dt = fixed.timestep().as_secs_f32();
            rules::step(&mut body.coming, &intent.wish(), &body.moves, &ground, dt);
        }
    }
}
