//! The guided walk: somebody new learns to look, walk, jump, wave, speak and see who is here, in two minutes.
//!
//! Flow: the first time inside a world → [`rules::Walk`] begins → what the person does is watched → a card says what
//! is next and on which key → the end, or *Skip*, is remembered in the settings.
//! Invariant: it never takes keys or pointer away, and nobody sees it twice who did not ask for it.

pub mod rules;
mod ui;

use crate::body::Intent;
use crate::chat::Said;
use crate::gesture::Gesturing;
use crate::people::{Me, Posture};
use crate::screens::{Panel, Screens};
use crate::session::{Session, SessionPhase};
use crate::settings::Settings;
use crate::world::WorldStatus;
use bevy::prelude::*;
use holm_net::pose::Gait;
use rules::{Done, Stage, Walk};

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Guide>()
        .add_systems(OnEnter(SessionPhase::Off), stop)
        .add_systems(
            Update,
            (begin, watch)
                .chain()
                .run_if(in_state(SessionPhase::Inside).and_then(world_is_whole)),
        )
        .add_plugins(ui::plugin);
}

/// The walk under way, if any.
#[derive(Resource, Debug, Default)]
pub(crate) struct Guide {
    walk: Option<Walk>,
    last: Option<(Vec3, f32)>,
    jumped: bool,
}

impl Guide {
    pub(crate) fn is_under_way(&self) -> bool {
        self.walk.is_some()
    }

    /// Ends it; it is not shown again.
    pub(crate) fn skip(&mut self) {
        if let Some(walk) = &mut self.walk {
            walk.skip();
        }
    }
}

fn stop(mut guide: ResMut<Guide>) {
    *guide = Guide::default();
}

/// Nobody learns to walk before there is something to walk on, and no lesson passes that nobody could see.
fn world_is_whole(status: Res<WorldStatus>) -> bool {
    *status == WorldStatus::Ready
}

fn begin(
    settings: Res<Settings>,
    mut guide: ResMut<Guide>,
    me: Query<&Posture, With<Me>>,
    time: Res<Time<Real>>,
) {
    if settings.guide && guide.walk.is_none() && me.iter().any(|posture| posture.known) {
        guide.walk = Some(Walk::begin(time.elapsed()));
    }
}

fn watch(
    mut guide: ResMut<Guide>,
    me: Query<(&Posture, &Intent, Has<Gesturing>), With<Me>>,
    session: Res<Session>,
    screens: Res<Screens>,
    mut said: MessageReader<Said>,
    mut settings: ResMut<Settings>,
    time: Res<Time<Real>>,
) {
    let own = session.me();
    let spoke = said.read().filter(|said| Some(said.line.slot) == own).count() > 0;
    let (Some(mut walk), Ok((posture, intent, gesturing))) = (guide.walk, me.single()) else {
        return;
    };
    let here = Vec3::from(posture.pose.position);
    let (walked, turned) = guide.last.map_or((0.0, 0.0), |(last, yaw)| {
        let way = (here - last).with_y(0.0).length();
        let turn = (intent.look_yaw - yaw + core::f32::consts::PI).rem_euclid(core::f32::consts::TAU)
            - core::f32::consts::PI;
        // Somebody who is placed elsewhere did not walk there.
        (if way > 2.0 { 0.0 } else { way }, turn.abs())
    });
    guide.last = Some((here, intent.look_yaw));
    let in_air = posture.pose.gait == Gait::Air;
    let done = Done {
        turned_radians: turned,
        walked_metres: walked,
        jumped: in_air && !guide.jumped,
        waved: gesturing,
        spoke,
        met: screens.is_open(Panel::People),
    };
    guide.jumped = in_air;
    walk.observe(time.elapsed(), &done);
    guide.walk = if walk.stage() == Stage::Over {
        settings.guide = false;
        None
    } else {
        Some(walk)
    };
}
