//! The guided walk: somebody new learns to look, walk, jump, wave, speak and see who is here, in two minutes.
//!
//! Flow: the first time inside a world → [`rules::Walk`] begins, for who never chose a look with the way to one → what the person does is watched → a card says what
//! is next and on which key → the end, or *Skip*, is remembered in the settings.
//! Invariant: it never takes keys or pointer away, and nobody sees it twice who did not ask for it.

pub mod rules;
mod ui;

use crate::avatar::own::{Own, OwnAvatar};
use crate::body::{Body, Intent};
use crate::chat::Said;
use crate::gesture::Gesturing;
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::people::{Me, Posture};
use crate::screens::{Panel, ScreenSystems, Screens};
use crate::session::{Session, SessionPhase};
use crate::settings::Settings;
use crate::world::WorldStatus;
use bevy::prelude::*;
use holm_net::pose::Gait;
use rules::{Done, Lesson, Stage, Walk};
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Guide>()
        .add_systems(OnEnter(SessionPhase::Off), stop)
        .add_systems(
            Update,
            (begin, dress, watch)
                .chain()
                .after(ScreenSystems::Choose)
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
    /// Somebody is at the mirror.
    dressing: bool,
}

impl Guide {
    pub(crate) fn is_under_way(&self) -> bool {
        self.walk.is_some()
    }

    /// Begins it now; `dresses`: with a look to choose.
    pub(crate) fn begin(&mut self, now: Duration, dresses: bool) {
        *self = Self {
            walk: Some(Walk::begin(now, dresses)),
            ..Self::default()
        };
    }

    /// Whether it offers the mirror now.
    pub(crate) fn offers_a_look(&self) -> bool {
        self.walk.is_some_and(|walk| walk.asked() == Some(Lesson::Dress))
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
    own: Res<Own>,
    time: Res<Time<Real>>,
) {
    if settings.guide && guide.walk.is_none() && me.iter().any(|posture| posture.known) {
        let dresses = own.look.is_none() && matches!(own.avatar, OwnAvatar::None);
        guide.begin(time.elapsed(), dresses);
    }
}

/// The way to the mirror for hands without a pointer: what acts on what is near, where nothing is.
fn dress(guide: Res<Guide>, hands: Res<Hands>, me: Query<&Body, With<Me>>, mut screens: ResMut<Screens>) {
    let near = me.iter().any(|body| body.offer.is_some());
    if guide.offers_a_look() && screens.top().is_none() && !near && hands.started(Doing::Act) {
        screens.open(Panel::Look);
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
    if screens.is_open(Panel::Look) || screens.is_open(Panel::Avatar) {
        guide.dressing = true;
        walk.rest(time.elapsed());
        guide.walk = Some(walk);
        return;
    }
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
        dressed: std::mem::take(&mut guide.dressing),
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
