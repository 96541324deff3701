//! Voices in one's ears: who is heard, from where, how loud, and behind what.
//!
//! Flow: [`FrameHeard`] → `hear` (into the speakers, which keep a jitter buffer for each talker) → `place`, in each frame:
//! the head it comes from, how far that is, whether a wall is between ([`Behind`]), what this person made of it
//! ([`Volumes`]) → `holm_audio::space` → the speakers.
//! Invariants: nobody is heard who is not in the room, whom this person muted, or without a place; whoever leaves is
//! forgotten at once; without speakers nothing is done.

use super::Volumes;
use crate::people::mute::Muted;
use crate::people::view::Stature;
use crate::people::{People, Person};
use crate::sound::{Ears, SoundSystems};
use crate::third_party::avian::ground;
use crate::voice::{FrameHeard, Reach, Speaking};
use avian3d::prelude::SpatialQuery;
use bevy::prelude::*;
use holm_audio::space;
use holm_net::pose::Slot;
use holm_voice::hearing::{LEAVE, range_metres};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Talkers>()
        .add_systems(PostUpdate, (hear, place).chain().in_set(SoundSystems::Place));
}

/// Somebody who spoke last so long ago is not moved any more: longer than any jitter buffer holds, and than most pauses.
const PLACED_FOR: Duration = Duration::from_secs(2);

/// Whether something is between is asked so often for each talker: it costs a ray, and nobody hears a wall sooner.
const RAY_EVERY: Duration = Duration::from_millis(100);
/// How quickly a voice comes out from behind something, per second: a corner is passed in a third of one.
const BEHIND_RATE: f32 = 8.0;
/// Nearer than this nothing is between two people, metres.
const ARMS_LENGTH: f32 = 1.0;
/// A head leans on walls and is in its seat: so much before it no ray is cast, metres.
const HEAD_METRES: f32 = 0.3;

/// How far a mouth is below the top of somebody with a hat, metres, and where it is in whoever is small, as a share.
const MOUTH_BELOW_TOP: f32 = 0.32;
const MOUTH_SHARE: f32 = 0.7;
/// How high somebody is who has no figure yet.
const USUAL_TOP: f32 = 1.72;

/// Those who were heard since they came.
#[derive(Resource, Default)]
struct Talkers(BTreeMap<Slot, Talker>);

struct Talker {
    /// Whose slot it is: the same is somebody else's later.
    entity: Entity,
    heard: Duration,
    behind: Behind,
}

/// How much of a voice comes from behind something.
#[derive(Clone, Copy, Debug, Default)]
struct Behind {
    /// 0: nothing is between; 1.
    share: f32,
    is: bool,
    /// When it is asked again; none: it never was.
    next: Option<Duration>,
}

impl Behind {
    fn is_due(&self, now: Duration) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    fn note(&mut self, is: bool, now: Duration) {
        if self.next.is_none() {
            // Nobody begins to speak before a wall and is then drawn behind it.
            self.share = f32::from(is);
        }
        self.is = is;
        self.next = Some(now + RAY_EVERY);
    }

    /// `secs` later.
    fn ease(&mut self, secs: f32) -> f32 {
        let ease = 1.0 - (-secs.max(0.0) * BEHIND_RATE).exp();
        self.share += (f32::from(self.is) - self.share) * ease;
        self.share
    }
}

fn hear(
    mut heard: MessageReader<FrameHeard>,
    mut ears: NonSendMut<Ears>,
    mut talkers: ResMut<Talkers>,
    people: Res<People>,
    persons: Query<&Person>,
    muted: Res<Muted>,
    time: Res<Time<Real>>,
) {
    let Some(speakers) = &mut ears.speakers else {
        heard.clear();
        // Speakers that come later know nobody.
        talkers.0.clear();
        return;
    };
    for FrameHeard { slot, frame } in heard.read() {
        let Some(entity) = people.entity(*slot) else {
            continue;
        };
        if !persons.get(entity).is_ok_and(|person| is_heard(person, &muted)) {
            continue;
        }
        let before = talkers.0.get(slot).map(|talker| talker.entity);
        if before != Some(entity) {
            if before.is_some() {
                speakers.remove(slot.0);
            }
            let talker = Talker {
                entity,
                heard: time.elapsed(),
                behind: Behind::default(),
            };
            talkers.0.insert(*slot, talker);
        }
        if let Some(talker) = talkers.0.get_mut(slot) {
            talker.heard = time.elapsed();
        }
        speakers.put(slot.0, frame);
    }
}

/// The host keeps those away whom one muted; that holds whoever the host is.
fn is_heard(person: &Person, muted: &Muted) -> bool {
    !person.me && !muted.contains(&person.account)
}

fn place(
    mut ears: NonSendMut<Ears>,
    mut talkers: ResMut<Talkers>,
    people: Res<People>,
    persons: Query<(&Person, &Transform, Option<&Stature>, Option<&Speaking>)>,
    muted: Res<Muted>,
    volumes: Res<Volumes>,
    casts: Option<SpatialQuery>,
    time: Res<Time<Real>>,
) {
    let Ears {
        speakers, listener, ..
    } = &mut *ears;
    let Some(speakers) = speakers else { return };
    let now = time.elapsed();
    let ear = Vec3::from_array(listener.position);
    talkers.0.retain(|slot, talker| {
        let stays = people.entity(*slot) == Some(talker.entity)
            && persons
                .get(talker.entity)
                .is_ok_and(|(person, ..)| is_heard(person, &muted));
        if !stays {
            speakers.remove(slot.0);
        }
        stays
    });
    for (slot, talker) in &mut talkers.0 {
        if now.saturating_sub(talker.heard) > PLACED_FOR {
            continue;
        }
        let Ok((person, place, stature, speaking)) = persons.get(talker.entity) else {
            continue;
        };
        let reach = speaking.map_or(Reach::Normal, |speaking| speaking.reach);
        let mouth = place.translation + Vec3::Y * mouth_height(stature);
        let metres = mouth.distance(ear);
        if talker.behind.is_due(now) {
            let is = is_worth_a_ray(metres, reach) && is_behind(casts.as_ref(), ear, mouth);
            talker.behind.note(is, now);
        }
        let hidden = talker.behind.ease(time.delta_secs());
        let mut placement = space::voice(mouth.to_array(), metres, reach, hidden);
        placement.gain *= volumes.of(&person.account);
        speakers.place(slot.0, &placement);
    }
}

/// Metres above the feet.
fn mouth_height(stature: Option<&Stature>) -> f32 {
    let top = stature.map_or(USUAL_TOP, |stature| stature.top);
    (top - MOUTH_BELOW_TOP).max(top * MOUTH_SHARE)
}

/// Not within arm's reach, nor where nobody is heard, nor on a stage, which walls do not hide.
fn is_worth_a_ray(metres: f32, reach: Reach) -> bool {
    reach != Reach::Stage && metres > ARMS_LENGTH && metres < range_metres(reach) * LEAVE
}

fn is_behind(casts: Option<&SpatialQuery>, ear: Vec3, mouth: Vec3) -> bool {
    let (Some(casts), Ok((way, metres))) = (casts, Dir3::new_and_length(mouth - ear)) else {
        return false;
    };
    casts
        .cast_ray(ear, way, metres - HEAD_METRES, true, &ground())
        .is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::voice::Frame;
    use holm_identity::AccountKey;
    use holm_net::transport;
    use holm_voice::frame::{Flags, Sequence};

    const TENTH: Duration = Duration::from_millis(100);

    #[test]
    fn a_voice_begins_where_it_is_and_comes_out_from_behind_a_wall_by_and_by() {
        let mut behind = Behind::default();
        assert!(behind.is_due(Duration::ZERO));
        behind.note(true, Duration::ZERO);
        assert_eq!(behind.ease(0.0), 1.0);
        assert!(!behind.is_due(TENTH / 2) && behind.is_due(TENTH));
        behind.note(false, TENTH);
        let mut last = 1.0;
        for _ in 0..60 {
            let share = behind.ease(1.0 / 60.0);
            assert!(share < last && last - share < 0.15, "{last} to {share}");
            last = share;
        }
        assert!(last < 0.01, "{last}");
    }

    #[test]
    fn how_fast_frames_come_changes_nothing_in_that() {
        let after = |frames: u16| {
            let mut behind = Behind::default();
            behind.note(false, Duration::ZERO);
            behind.note(true, TENTH);
            (0..frames).fold(0.0, |_, _| behind.ease(0.3 / f32::from(frames)))
        };
        assert!((after(9) - after(90)).abs() < 1e-4, "{} {}", after(9), after(90));
        assert!(after(9) > 0.85, "a third of a second: {}", after(9));
    }

    #[test]
    fn rays_are_cast_only_where_a_wall_would_be_heard() {
        assert!(is_worth_a_ray(10.0, Reach::Normal));
        assert!(!is_worth_a_ray(0.5, Reach::Normal));
        assert!(!is_worth_a_ray(30.0, Reach::Normal) && is_worth_a_ray(30.0, Reach::Shout));
        assert!(!is_worth_a_ray(10.0, Reach::Stage));
        assert!(!is_worth_a_ray(f32::NAN, Reach::Normal));
    }

    #[test]
    fn a_mouth_is_in_the_head_of_the_tall_and_of_the_tiny() {
        let height = |top| mouth_height(Some(&Stature { top }));
        assert!((1.3..1.45).contains(&height(1.71)), "{}", height(1.71));
        assert!((0.1..0.2).contains(&height(0.2)), "{}", height(0.2));
        assert!((1.3..1.45).contains(&mouth_height(None)));
    }

    fn somebody(account: AccountKey, me: bool) -> Person {
        Person {
            slot: Slot(3),
            name: "Bo".to_owned(),
            account,
            me,
            ping_ms: None,
            path: transport::Path::Memory,
            away: false,
        }
    }

    #[test]
    fn whom_one_muted_is_not_heard_whatever_the_host_sends() {
        let account = AccountKey([7; 32]);
        let mut app = App::new();
        app.add_plugins(crate::people::mute::plugin);
        assert!(is_heard(
            &somebody(account, false),
            app.world().resource::<Muted>()
        ));
        assert!(!is_heard(
            &somebody(account, true),
            app.world().resource::<Muted>()
        ));
        app.world_mut().write_message(crate::people::mute::Mute {
            account,
            name: "Bo".to_owned(),
            on: true,
        });
        app.update();
        assert!(!is_heard(
            &somebody(account, false),
            app.world().resource::<Muted>()
        ));
    }

    #[test]
    fn without_speakers_frames_are_forgotten_and_nothing_else_happens() {
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .init_resource::<People>()
            .init_resource::<Muted>()
            .init_resource::<Volumes>()
            .init_non_send::<Ears>()
            .add_message::<FrameHeard>()
            .add_plugins(plugin);
        let entity = app.world_mut().spawn_empty().id();
        let talker = Talker {
            entity,
            heard: Duration::ZERO,
            behind: Behind::default(),
        };
        app.world_mut()
            .resource_mut::<Talkers>()
            .0
            .insert(Slot(3), talker);
        let frame = Frame::new(Sequence(1), Flags::default(), 9, &[1, 2, 3]).unwrap();
        for slot in [Slot(3), Slot(4)] {
            app.world_mut().write_message(FrameHeard { slot, frame });
        }
        app.update();
        assert!(app.world().resource::<Talkers>().0.is_empty());
        app.update();
        assert!(app.world().non_send::<Ears>().speakers.is_none());
    }
}
