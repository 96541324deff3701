//! What is heard of people and of the program, without a device.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::chat::{ChatLine, Reach, Said};
use crate::notices::Notice;
use crate::people::mute::Muted;
use crate::people::{Person, PersonEntered, PersonLeft};
use crate::photo::TakePhoto;
use crate::screens::Screens;
use crate::session::{Entered, Session, SessionPhase};
use crate::things::motion::Motion;
use crate::things::{Built, Things};
use crate::world::CurrentMoment;
use bevy::time::TimeUpdateStrategy;
use holm_identity::AccountKey;
use holm_net::pose::{Gait, Pose, Slot};
use holm_net::transport::Path;

const FRAME: Duration = Duration::from_micros(16_667);

/// What was heard and read, with the frame.
#[derive(Resource, Default)]
struct Heard {
    frame: u32,
    sounds: Vec<(u32, PlaySound)>,
    subtitles: Vec<Subtitle>,
}

fn collect(
    mut sounds: MessageReader<PlaySound>,
    mut subtitles: MessageReader<Subtitle>,
    mut heard: ResMut<Heard>,
) {
    heard.frame += 1;
    let frame = heard.frame;
    heard.sounds.extend(sounds.read().map(|sound| (frame, *sound)));
    heard.subtitles.extend(subtitles.read().copied());
}

/// One's own program inside a room, without a window.
fn app() -> App {
    let mut app = crate::headless::bare();
    app.insert_state(SessionPhase::Inside)
        .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .init_resource::<Settings>()
        .init_resource::<CurrentWorld>()
        .init_resource::<CurrentMoment>()
        .init_resource::<Muted>()
        .init_resource::<Things>()
        .init_resource::<Motion>()
        .init_resource::<Screens>()
        .init_resource::<Session>()
        .init_resource::<Heard>()
        .add_message::<Built>()
        .add_message::<Entered>()
        .add_message::<PersonEntered>()
        .add_message::<PersonLeft>()
        .add_message::<Said>()
        .add_message::<Notice>()
        .add_message::<TakePhoto>()
        .add_plugins(plugin)
        .add_systems(Last, collect);
    app
}

fn person(slot: u16, me: bool) -> Person {
    Person {
        slot: Slot(slot),
        name: format!("Person {slot}"),
        account: AccountKey([slot as u8; 32]),
        me,
        ping_ms: None,
        path: Path::Unknown,
        away: false,
    }
}

fn posture(gait: Gait) -> Posture {
    Posture {
        pose: Pose {
            gait,
            ..Pose::default()
        },
        known: true,
    }
}

/// They go straight on at this speed for so long.
fn walk(app: &mut App, people: &[Entity], speed: f32, secs: f32) {
    for _ in 0..(secs / FRAME.as_secs_f32()) as u32 {
        for person in people {
            let mut place = app.world_mut().get_mut::<Transform>(*person).unwrap();
            place.translation.x += speed * FRAME.as_secs_f32();
        }
        app.update();
    }
}

#[test]
fn somebody_who_walks_by_is_heard_at_the_pace_of_steps_and_read_now_and_then() {
    let mut app = app();
    let bo = app
        .world_mut()
        .spawn((
            person(2, false),
            posture(Gait::Ground),
            Transform::from_xyz(-8.0, 0.0, 2.0),
        ))
        .id();
    walk(&mut app, &[bo], 1.6, 10.0);
    let heard = app.world().resource::<Heard>();
    assert!((18..=36).contains(&heard.sounds.len()), "{}", heard.sounds.len());
    for (_, sound) in &heard.sounds {
        assert_eq!(sound.group, Group::World);
        assert_eq!(words(sound.clip), Some("sound-steps"));
        assert!(sound.at.is_some_and(|at| (at.z - 2.0).abs() < 1e-3), "{sound:?}");
    }
    let keys: Vec<_> = heard.subtitles.iter().map(|subtitle| subtitle.key).collect();
    assert!(
        (2..=3).contains(&keys.len()) && keys.iter().all(|key| *key == "sound-steps"),
        "{keys:?}"
    );
    // Nobody opened a device for it.
    assert!(app.world().non_send::<Ears>().speakers.is_none());
}

#[test]
fn who_stands_is_not_heard_and_ones_own_steps_are_heard_and_not_read() {
    let mut app = app();
    let me = app
        .world_mut()
        .spawn((person(1, true), Me, posture(Gait::Ground), Transform::default()))
        .id();
    walk(&mut app, &[me], 0.0, 3.0);
    assert!(app.world().resource::<Heard>().sounds.is_empty());
    walk(&mut app, &[me], 1.6, 3.0);
    let heard = app.world().resource::<Heard>();
    assert!(heard.sounds.len() >= 4, "{}", heard.sounds.len());
    assert!(heard.subtitles.is_empty(), "{:?}", heard.subtitles);
}

#[test]
fn of_a_crowd_the_nearest_are_heard_and_of_who_is_far_or_blocked_nothing() {
    let mut app = app();
    let crowd: Vec<Entity> = (0..40)
        .map(|slot| {
            let place = Transform::from_xyz(0.0, 0.0, f32::from(slot) * 0.5);
            app.world_mut()
                .spawn((person(slot, false), posture(Gait::Run), place))
                .id()
        })
        .collect();
    walk(&mut app, &crowd, 4.0, 3.0);
    let heard = app.world().resource::<Heard>();
    assert!(!heard.sounds.is_empty());
    for frame in 0..heard.frame {
        let at_once: Vec<_> = heard.sounds.iter().filter(|(at, _)| *at == frame).collect();
        assert!(at_once.len() <= 8, "{} in one frame", at_once.len());
        for (_, sound) in at_once {
            assert!(
                sound.at.is_some_and(|at| at.z < 4.0),
                "not of the nearest: {sound:?}"
            );
        }
    }
    let mut app = self::app();
    let far = app
        .world_mut()
        .spawn((
            person(2, false),
            posture(Gait::Ground),
            Transform::from_xyz(0.0, 0.0, 200.0),
        ))
        .id();
    walk(&mut app, &[far], 1.6, 3.0);
    assert!(app.world().resource::<Heard>().sounds.is_empty());
}

#[test]
fn a_flood_of_chat_lines_gives_few_sounds() {
    let mut app = app();
    for id in 0..300u64 {
        app.world_mut().write_message(Said {
            line: ChatLine {
                id,
                slot: Slot(2),
                account: AccountKey([2; 32]),
                name: "Bo".to_owned(),
                text: "Hello".to_owned(),
                at_secs: 0,
                reach: Reach::World,
                named: Vec::new(),
                names_me: false,
                edited: false,
                taken_back: false,
                version: 0,
            },
        });
        app.update();
    }
    let heard = app.world().resource::<Heard>();
    assert!((2..=4).contains(&heard.sounds.len()), "{}", heard.sounds.len());
    for (_, sound) in &heard.sounds {
        assert_eq!(
            (sound.clip, sound.group, sound.at),
            (Clip::ChatLine, Group::Interface, None)
        );
    }
    assert!(heard.subtitles.is_empty(), "it is written anyway");
}

#[test]
fn of_too_many_sounds_the_loudest_are_played_and_nonsense_is_not() {
    let at = EarsAt::default();
    let wishes: Vec<PlaySound> = (1..=100u16)
        .map(|metres| PlaySound::at(Clip::BumpBig, Vec3::X * f32::from(metres) * 0.4, 1.0, 1.0))
        .chain([
            PlaySound::at(Clip::Land, Vec3::NAN, 1.0, 1.0),
            PlaySound::at(Clip::Land, Vec3::ZERO, f32::NAN, 1.0),
        ])
        .collect();
    let heard = audible(wishes.iter(), &at);
    assert_eq!(heard.len(), MOST_NEW);
    for play in &heard {
        assert_eq!(play.clip, Clip::BumpBig);
        assert!(
            play.placement.position.unwrap()[0] <= 0.4 * MOST_NEW as f32 + 0.01,
            "{play:?}"
        );
    }
    let rate = |rate: f32| {
        let wish = PlaySound::at(Clip::Land, Vec3::ZERO, 1.0, rate);
        audible([wish].iter(), &at)[0].rate
    };
    assert_eq!([rate(f32::NAN), rate(0.0), rate(99.0)], [1.0, 0.25, 4.0]);
}

#[test]
fn loudness_goes_by_the_square_of_a_slider() {
    let sound = SoundSettings {
        all: 0.5,
        voices: 1.0,
        world: 0.5,
        interface: 0.0,
        ..SoundSettings::default()
    };
    assert_eq!(volumes(&sound), [0.25, 0.0625, 0.0]);
}

#[test]
fn what_speakers_say_once_is_so_until_they_are_fine_again() {
    let mut asked = Asked::default();
    let at = Duration::from_secs;
    let lost = Some(Trouble::Lost);
    assert_eq!(asked.trouble(None, None, at(1)), None);
    assert_eq!(asked.trouble(None, lost, at(10)), lost);
    assert_eq!(asked.trouble(lost, None, at(11)), lost);
    // Opened again, and nothing is said: in a while it is over.
    asked.fine_from = at(15) + FINE_AFTER;
    assert_eq!(asked.trouble(lost, None, at(16)), lost);
    assert_eq!(asked.trouble(lost, None, at(15) + FINE_AFTER), None);
}
