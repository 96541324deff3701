//! Sound: what the world and the program sound like, and where one's ears are.
//!
//! Flow: features → [`PlaySound`] → [`Ears`] (speakers) where the sound is, and [`Subtitle`] for whoever reads it. What
//! people do is decided in `steps`, what places sound like in `ambience`, what happens to things in `handling`, what the
//! program says in `interface`; voices are put into the same ears by `voice::devices`.
//! Invariant: a machine without speakers misses nothing else: every sound is decided and written without them, too.

mod ambience;
mod handling;
mod interface;
mod steps;

use crate::body::camera::{MainCamera, eye_height};
use crate::people::{Me, Posture};
use crate::settings::{Settings, SoundSettings};
use crate::world::CurrentWorld;
use bevy::prelude::*;
use holm_audio::clips::Clip;
use holm_audio::{Group, Listener, Placement, Play, Speakers, Trouble, space};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) fn plugin(app: &mut App) {
    app.init_non_send::<Ears>()
        .init_resource::<HasDevices>()
        .init_resource::<EarsAt>()
        .add_message::<PlaySound>()
        .add_message::<Subtitle>()
        .configure_sets(
            PostUpdate,
            (SoundSystems::Listen, SoundSystems::Place)
                .chain()
                .after(TransformSystems::Propagate),
        )
        .add_plugins((
            steps::plugin,
            ambience::plugin,
            handling::plugin,
            interface::plugin,
        ))
        .add_systems(
            PostUpdate,
            (keep_open, listen).chain().in_set(SoundSystems::Listen),
        )
        .add_systems(
            PostUpdate,
            (play, write_subtitles).chain().in_set(SoundSystems::Place),
        );
}

/// The speakers of this machine. `NonSend`: what a system calls a sound device belongs to one thread on some.
#[derive(Default)]
pub struct Ears {
    /// None while there are none, or nobody asked for them (tests, pictures).
    pub speakers: Option<Speakers>,
    pub trouble: Option<Trouble>,
    /// Where they are, as of this frame.
    pub listener: Listener,
}

/// Whether this program opens speakers and microphones at all: clients of people do; pictures, measurements and tests do not.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HasDevices(pub bool);

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoundSystems {
    /// `PostUpdate`, after transforms are propagated: ears are where the camera is, then sounds and voices are placed.
    Listen,
    /// `PostUpdate`, after [`Self::Listen`].
    Place,
}

/// A wish: this is to be heard, once.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct PlaySound {
    pub clip: Clip,
    pub group: Group,
    /// Where, in the world; `None`: in one's head.
    pub at: Option<Vec3>,
    /// 0 to 1.
    pub gain: f32,
    /// 1 is as it is.
    pub rate: f32,
}

impl PlaySound {
    /// Somewhere in the world.
    pub(crate) fn at(clip: Clip, at: Vec3, gain: f32, rate: f32) -> Self {
        Self {
            clip,
            group: Group::World,
            at: Some(at),
            gain,
            rate,
        }
    }
}

/// Something is heard, for whoever reads it instead. One a kind every few seconds at most.
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct Subtitle {
    /// The key of its words (`sound-…`).
    pub key: &'static str,
    /// Where, in the world; `None`: everywhere.
    pub at: Option<Vec3>,
}

/// Where one's ears are, for those who decide what there is to hear. (`Ears` belong to one thread.)
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct EarsAt {
    pub(crate) position: Vec3,
    /// Below a surface of water.
    pub(crate) under_water: bool,
}

/// Speakers that are not there or went away are asked for again after so long.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// A device that says nothing for so long is fine: one that does not open says so sooner.
const FINE_AFTER: Duration = Duration::from_secs(3);

/// What was asked of the speakers.
#[derive(Default)]
struct Asked {
    /// Which device; `None`: none yet.
    device: Option<Option<String>>,
    again: Duration,
    fine_from: Duration,
    volumes: Option<[f32; 3]>,
}

impl Asked {
    /// Speakers say once what is wrong; it is so until they are fine again.
    fn trouble(&mut self, before: Option<Trouble>, said: Option<Trouble>, now: Duration) -> Option<Trouble> {
        if said.is_some() {
            self.fine_from = now + FINE_AFTER;
        }
        said.or(before.filter(|_| now < self.fine_from))
    }
}

/// Opens the speakers, again when others are chosen or they were lost, and keeps them going.
fn keep_open(
    mut ears: NonSendMut<Ears>,
    has_devices: Res<HasDevices>,
    settings: Res<Settings>,
    time: Res<Time<Real>>,
    mut asked: Local<Asked>,
) {
    if !has_devices.0 {
        return;
    }
    let ears = &mut *ears;
    let (now, wanted) = (time.elapsed(), &settings.sound.speakers);
    let another = asked.device.as_ref() != Some(wanted);
    if another || (ears.speakers.is_none() && now >= asked.again) {
        asked.device = Some(wanted.clone());
        asked.again = now + ASK_AGAIN;
        asked.fine_from = now + FINE_AFTER;
        asked.volumes = None;
        ears.speakers = None; // first: some systems lend a device to one stream only
        match Speakers::open(wanted.as_deref()) {
            Ok(speakers) => ears.speakers = Some(speakers),
            Err(trouble) => ears.trouble = Some(trouble),
        }
    }
    let Some(speakers) = &mut ears.speakers else {
        return;
    };
    let said = speakers.tick();
    ears.trouble = asked.trouble(ears.trouble, said, now);
    let volumes = volumes(&settings.sound);
    if asked.volumes != Some(volumes) {
        asked.volumes = Some(volumes);
        for (group, volume) in Group::ALL.into_iter().zip(volumes) {
            speakers.set_volume(group, volume);
        }
    }
    // A page that may not play yet plays by itself after a gesture.
    if said.is_some_and(|trouble| trouble != Trouble::NotAllowed) {
        ears.speakers = None;
        asked.again = now + ASK_AGAIN;
    }
}

/// Of each group, in the order of [`Group::ALL`]. Loudness is heard in decibels: half of a slider is 12 of them, which is
/// about half as loud.
fn volumes(sound: &SoundSettings) -> [f32; 3] {
    [sound.voices, sound.world, sound.interface].map(|of_group| {
        let slider = of_group * sound.all;
        slider * slider
    })
}

/// Puts the ears where the camera is, or at one's head. Left and right are the picture's in either case.
fn listen(
    mut ears: NonSendMut<Ears>,
    mut at: ResMut<EarsAt>,
    camera: Query<&GlobalTransform, With<MainCamera>>,
    me: Query<(&Transform, &Posture), With<Me>>,
    world: Res<CurrentWorld>,
    settings: Res<Settings>,
) {
    let Some(camera) = camera.iter().next() else {
        return;
    };
    let head = me
        .iter()
        .next()
        .filter(|_| settings.sound.ears_at_head)
        .map(|(me, posture)| me.translation + Vec3::Y * eye_height(posture.pose.gait));
    let position = head.unwrap_or(camera.translation());
    let (forward, up) = (camera.forward(), camera.up());
    if !position.is_finite() || !forward.is_finite() || !up.is_finite() {
        return;
    }
    let ears = &mut *ears;
    ears.listener = Listener {
        position: position.to_array(),
        forward: forward.to_array(),
        up: up.to_array(),
    };
    if let Some(speakers) = &mut ears.speakers {
        speakers.set_listener(&ears.listener);
    }
    let water = world
        .document
        .as_ref()
        .and_then(|world| world.fixtures.water_at(position));
    at.set_if_neq(EarsAt {
        position,
        under_water: water.is_some(),
    });
}

/// Sounds that begin in one frame: more at once is noise, and each takes a voice of the mixer.
const MOST_NEW: usize = 16;
/// Quieter than this it is not heard beside anything else.
const INAUDIBLE: f32 = 0.01;
/// Under water little is left above this, hertz.
const UNDER_WATER_HZ: f32 = 600.0;

fn play(mut wishes: MessageReader<PlaySound>, mut ears: NonSendMut<Ears>, at: Res<EarsAt>) {
    let ears = &mut *ears;
    let Some(speakers) = &mut ears.speakers else {
        wishes.clear();
        return;
    };
    for play in audible(wishes.read(), &at) {
        speakers.play(&play);
    }
}

/// What of it is heard here; of too many the loudest.
fn audible<'a>(wishes: impl Iterator<Item = &'a PlaySound>, at: &EarsAt) -> Vec<Play> {
    let mut heard: Vec<Play> = wishes
        .filter_map(|wish| {
            let gain = if wish.gain.is_finite() {
                wish.gain.clamp(0.0, 1.0)
            } else {
                0.0
            };
            let placement = match wish.at {
                Some(there) => placed(there, range_metres(wish.clip), gain, at),
                None => Placement {
                    gain,
                    ..Placement::default()
                },
            };
            (placement.gain >= INAUDIBLE).then(|| Play {
                clip: wish.clip,
                group: wish.group,
                placement,
                rate: if wish.rate.is_finite() {
                    wish.rate.clamp(0.25, 4.0)
                } else {
                    1.0
                },
            })
        })
        .collect();
    if heard.len() > MOST_NEW {
        heard.sort_by(|a, b| b.placement.gain.total_cmp(&a.placement.gain));
        heard.truncate(MOST_NEW);
    }
    heard
}

/// How a sound of the world comes to these ears.
pub(crate) fn placed(there: Vec3, range_metres: f32, gain: f32, at: &EarsAt) -> Placement {
    let metres = there.distance(at.position);
    let mut placement = space::sound(there.to_array(), metres, range_metres, 0.0);
    placement.gain *= gain;
    if at.under_water {
        placement.cutoff_hz = placement.cutoff_hz.min(UNDER_WATER_HZ);
    }
    placement
}

/// How far a clip is heard, metres.
fn range_metres(clip: Clip) -> f32 {
    match clip {
        Clip::Gull | Clip::GullB => 160.0,
        Clip::Bird | Clip::BirdB => 90.0,
        Clip::Splash | Clip::BumpBig => 50.0,
        Clip::DoorOpen | Clip::DoorClose | Clip::BumpMiddle | Clip::Land => 35.0,
        _ => 25.0,
    }
}

/// The words for a sound of the world, for whoever does not hear it. What the program itself sounds like is seen, too.
fn words(clip: Clip) -> Option<&'static str> {
    Some(match clip {
        Clip::StepStone
        | Clip::StepStoneB
        | Clip::StepStoneC
        | Clip::StepWood
        | Clip::StepWoodB
        | Clip::StepWoodC
        | Clip::StepSand
        | Clip::StepSandB
        | Clip::StepSandC
        | Clip::StepGrass
        | Clip::StepGrassB
        | Clip::StepGrassC
        | Clip::Jump
        | Clip::Land => "sound-steps",
        Clip::StepWater | Clip::StepWaterB | Clip::StepWaterC => "sound-wading",
        Clip::SwimStroke | Clip::SwimStrokeB => "sound-swimming",
        Clip::Splash => "sound-splash",
        Clip::SeaNear | Clip::SeaFar => "sound-sea",
        Clip::Wind => "sound-wind",
        Clip::Crickets => "sound-crickets",
        Clip::Fire => "sound-fire",
        Clip::Lighthouse => "sound-lighthouse",
        Clip::Gull | Clip::GullB => "sound-gulls",
        Clip::Bird | Clip::BirdB => "sound-birds",
        Clip::DoorOpen => "sound-door-opens",
        Clip::DoorClose => "sound-door-closes",
        Clip::PickUp | Clip::PutDown => "sound-thing",
        Clip::Throw => "sound-throw",
        Clip::BumpSmall | Clip::BumpMiddle | Clip::BumpBig => "sound-bump",
        _ => return None,
    })
}

/// What one's own body does is no news to oneself.
fn is_of_a_body(clip: Clip) -> bool {
    matches!(
        words(clip),
        Some("sound-steps" | "sound-wading" | "sound-swimming" | "sound-splash")
    )
}

/// Within this of one's own feet it is one's own body, metres.
const OWN_METRES: f32 = 0.6;
/// Between two subtitles of a kind: the time in which one is read and gone.
const SUBTITLE_EVERY: Duration = Duration::from_secs(4);

/// When each kind of something was last said.
#[derive(Debug, Default)]
struct Pace(BTreeMap<&'static str, Duration>);

impl Pace {
    /// Whether it may be said now; then it was.
    fn may(&mut self, kind: &'static str, now: Duration, every: Duration) -> bool {
        let due = self
            .0
            .get(kind)
            .is_none_or(|last| now.saturating_sub(*last) >= every);
        if due {
            self.0.insert(kind, now);
        }
        due
    }
}

fn write_subtitles(
    mut wishes: MessageReader<PlaySound>,
    at: Res<EarsAt>,
    me: Query<&Transform, With<Me>>,
    time: Res<Time<Real>>,
    mut pace: Local<Pace>,
    mut subtitles: MessageWriter<Subtitle>,
) {
    let own = me.iter().next().map(|me| me.translation);
    for wish in wishes.read() {
        let Some(key) = words(wish.clip).filter(|_| wish.group == Group::World) else {
            continue;
        };
        let far = |there: Vec3| placed(there, range_metres(wish.clip), wish.gain, &at).gain < INAUDIBLE;
        let mine = |there: Vec3| own.is_some_and(|own| own.distance(there) < OWN_METRES);
        let is_news = wish
            .at
            .is_none_or(|there| !(far(there) || is_of_a_body(wish.clip) && mine(there)));
        if is_news && pace.may(key, time.elapsed(), SUBTITLE_EVERY) {
            subtitles.write(Subtitle { key, at: wish.at });
        }
    }
}

#[cfg(test)]
mod tests;
