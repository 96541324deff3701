//! Who and what is heard, and where: kira's tracks, seen from the program.
//!
//! Flow: a track for each [`Group`]; below it one for each talker, each sound and each loop, with a low-pass filter and a
//! place. kira pans; how loud a thing is and what is left of its height is ours ([`crate::space`]), so its own attenuation
//! is off. A talker's track plays an [`Ear`], whose other half is here.
//! Invariants: no more than [`MOST_TALKERS`] are decoded, whoever was silent longest goes; what is too much is left out,
//! and nothing is said of it; nothing that is no number reaches a track.

use super::desk::{Beat, Desk, LONGEST};
use crate::clips::{self, Clip};
use crate::voice::{self, Ear, Talk};
use crate::{Group, Listener, Placement, Play, Sounding, Trouble};
use core::convert::Infallible;
use core::time::Duration;
use holm_voice::RATE_HZ;
use holm_voice::frame::Frame;
use kira::backend::{Backend, Renderer};
use kira::effect::filter::{FilterBuilder, FilterHandle, FilterMode};
use kira::info::Info;
use kira::listener::{ListenerHandle, ListenerId};
use kira::sound::static_sound::{StaticSoundData, StaticSoundHandle, StaticSoundSettings};
use kira::sound::{Sound, SoundData};
use kira::track::{SpatialTrackBuilder, SpatialTrackHandle, TrackBuilder, TrackHandle};
use kira::{AudioManager, AudioManagerSettings, Decibels, Mix, Tween};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Voices that are decoded at once: more are a murmur, and each takes time.
const MOST_TALKERS: usize = 24;
/// Sounds and loops of a group that are heard at once.
const MOST_SOUNDS: usize = 64;
/// What moves is heard to move, and not to jump: longer than a frame of the picture, shorter than a step.
const SMOOTH: Duration = Duration::from_millis(50);
/// A loop comes and goes so.
const FADE: Duration = Duration::from_millis(500);
/// From here on nothing is taken out ([`Placement::cutoff_hz`]).
const OPEN_HZ: f32 = 20_000.0;
/// A place that nobody can tell from another in the same direction, metres: numbers stay in a range where they add up.
const FARTHEST: f32 = 100_000.0;
/// How much of a thing's direction is heard: the ear that is turned away still hears a quarter of it, as ears do.
const DIRECTION: f32 = 0.75;

const AT_ONCE: Tween = tween(Duration::ZERO);
const SMOOTHLY: Tween = tween(SMOOTH);
const FADING: Tween = tween(FADE);

const fn tween(duration: Duration) -> Tween {
    Tween {
        start_time: kira::StartTime::Immediate,
        duration,
        easing: kira::Easing::Linear,
    }
}

/// kira's door to a device: ours takes the renderer out and puts it on a [`Desk`].
pub(super) struct Loan(Option<Renderer>);

impl Loan {
    pub(super) fn take(&mut self) -> Option<Renderer> {
        self.0.take()
    }
}

impl Backend for Loan {
    type Settings = ();
    type Error = Infallible;

    fn setup((): (), _: usize) -> Result<(Self, u32), Infallible> {
        Ok((Self(None), RATE_HZ))
    }

    fn start(&mut self, renderer: Renderer) -> Result<(), Infallible> {
        self.0 = Some(renderer);
        Ok(())
    }
}

/// See the module.
pub(super) struct Mixer {
    /// The renderer gives back here what it does not need any more.
    _manager: AudioManager<Loan>,
    listener: ListenerHandle,
    groups: [TrackHandle; Group::ALL.len()],
    beat: Arc<Beat>,
    talkers: BTreeMap<u16, Talker>,
    loops: BTreeMap<u32, Loop>,
    /// Made once each.
    clips: HashMap<Clip, StaticSoundData>,
}

struct Talker {
    place: Place,
    talk: Talk,
    /// When their last frame came.
    heard: Duration,
}

struct Loop {
    place: Place,
    sound: StaticSoundHandle,
    clip: Clip,
    group: Group,
}

impl Mixer {
    /// With nobody in it; and its other half, for the device's thread.
    pub(super) fn new() -> Result<(Self, Desk), Trouble> {
        let Ok(mut manager) = AudioManager::<Loan>::new(AudioManagerSettings::default());
        let beat = Arc::new(Beat::default());
        let desk = Desk::new(manager.backend_mut(), Arc::clone(&beat))?;
        let straight = orientation(&Listener::default());
        let listener = manager
            .add_listener([0.0; 3], straight)
            .map_err(|_| Trouble::Broken)?;
        let mut group = || {
            let track = TrackBuilder::new().sub_track_capacity(MOST_SOUNDS + MOST_TALKERS);
            manager.add_sub_track(track).map_err(|_| Trouble::Broken)
        };
        let groups = [group()?, group()?, group()?];
        let mixer = Self {
            _manager: manager,
            listener,
            groups,
            beat,
            talkers: BTreeMap::new(),
            loops: BTreeMap::new(),
            clips: HashMap::new(),
        };
        Ok((mixer, desk))
    }

    pub(super) fn set_listener(&mut self, listener: &Listener) {
        self.listener.set_position(within(listener.position), SMOOTHLY);
        self.listener.set_orientation(orientation(listener), SMOOTHLY);
    }

    pub(super) fn set_volume(&mut self, group: Group, volume: f32) {
        self.groups[group as usize].set_volume(decibels(volume.min(1.0)), SMOOTHLY);
    }

    /// A frame of somebody came at `now`.
    pub(super) fn put(&mut self, talker: u16, frame: &Frame, now: Duration) {
        if !self.talkers.contains_key(&talker) {
            if self.talkers.len() >= MOST_TALKERS {
                let silent = self.talkers.iter().min_by_key(|(_, talker)| talker.heard);
                if let Some(longest) = silent.map(|(talker, _)| *talker) {
                    self.talkers.remove(&longest);
                }
            }
            let Some(new) = self.talker(now) else { return };
            self.talkers.insert(talker, new);
        }
        if let Some(talker) = self.talkers.get_mut(&talker) {
            talker.heard = now;
            talker.talk.put(frame, now);
        }
    }

    fn talker(&mut self, now: Duration) -> Option<Talker> {
        let (ear, talk) = voice::talker().ok()?;
        let listener = self.listener.id();
        let mut place = Place::new(&mut self.groups[Group::Voices as usize], listener, None)?;
        let sound = VoiceSound {
            ear,
            beat: Arc::clone(&self.beat),
            samples: Box::new([0.0; LONGEST]),
            len: 0,
            at: 0,
        };
        place.track.play(sound).ok()?;
        Some(Talker {
            place,
            talk,
            heard: now,
        })
    }

    pub(super) fn place(&mut self, talker: u16, placement: &Placement) {
        if let Some(talker) = self.talkers.get_mut(&talker) {
            talker.place.set(placement);
        }
    }

    pub(super) fn remove(&mut self, talker: u16) {
        self.talkers.remove(&talker);
    }

    pub(super) fn sounding(&self, talker: u16) -> Option<Sounding> {
        self.talkers.get(&talker).map(|talker| talker.talk.sounding())
    }

    pub(super) fn play(&mut self, play: &Play) {
        let rate = if play.rate.is_finite() {
            play.rate.clamp(0.25, 4.0)
        } else {
            1.0
        };
        let sound = self.sound(play.clip).playback_rate(f64::from(rate));
        // The track goes when the sound is over.
        let _ = self.start(play.group, &play.placement, sound);
    }

    pub(super) fn set_loop(&mut self, key: u32, clip: Option<Clip>, placement: &Placement, group: Group) {
        if let Some(running) = self.loops.get_mut(&key) {
            if clip == Some(running.clip) && group == running.group {
                return running.place.set(placement);
            }
            if let Some(mut over) = self.loops.remove(&key) {
                over.sound.stop(FADING);
            }
        }
        let Some(clip) = clip else { return };
        let sound = self.sound(clip).loop_region(0.0..).fade_in_tween(FADING);
        if let Some((place, sound)) = self.start(group, placement, sound) {
            let new = Loop {
                place,
                sound,
                clip,
                group,
            };
            self.loops.insert(key, new);
        }
    }

    fn start(
        &mut self,
        group: Group,
        placement: &Placement,
        sound: StaticSoundData,
    ) -> Option<(Place, StaticSoundHandle)> {
        let listener = self.listener.id();
        let mut place = Place::new(&mut self.groups[group as usize], listener, Some(placement))?;
        let sound = place.track.play(sound).ok()?;
        Some((place, sound))
    }

    fn sound(&mut self, clip: Clip) -> StaticSoundData {
        let make = || {
            let sample = clips::samples(clip);
            StaticSoundData {
                sample_rate: sample.rate_hz,
                frames: sample
                    .samples
                    .iter()
                    .map(|s| kira::Frame::from_mono(*s))
                    .collect(),
                settings: StaticSoundSettings::new(),
                slice: None,
            }
        };
        self.clips.entry(clip).or_insert_with(make).clone()
    }
}

/// A track with a place and a filter. Dropped, it goes when its sounds are over; an [`Ear`]'s is over then, too.
struct Place {
    track: SpatialTrackHandle,
    filter: FilterHandle,
    /// Where it was put last; none before the first time, which is no movement.
    last: Option<Placement>,
}

impl Place {
    fn new(group: &mut TrackHandle, listener: ListenerId, placement: Option<&Placement>) -> Option<Self> {
        let first = placement.copied().unwrap_or_default();
        let of = Parts::of(&first);
        let mut track = SpatialTrackBuilder::new()
            .attenuation_function(None)
            .persist_until_sounds_finish(placement.is_some())
            .sound_capacity(1)
            .sub_track_capacity(0)
            .volume(of.volume)
            .spatialization_strength(of.direction);
        let filter = track.add_effect(
            FilterBuilder::new()
                .mode(FilterMode::LowPass)
                .cutoff(of.cutoff_hz)
                .mix(of.filtered),
        );
        let track = group.add_spatial_sub_track(listener, of.position, track).ok()?;
        Some(Self {
            track,
            filter,
            last: placement.copied(),
        })
    }

    fn set(&mut self, placement: &Placement) {
        let tween = if self.last.is_some() { SMOOTHLY } else { AT_ONCE };
        if self.last.replace(*placement) == Some(*placement) {
            return;
        }
        let of = Parts::of(placement);
        self.track.set_volume(of.volume, tween);
        self.track.set_spatialization_strength(of.direction, tween);
        if placement.position.is_some() {
            self.track.set_position(of.position, tween);
        }
        self.filter.set_cutoff(of.cutoff_hz, tween);
        self.filter.set_mix(of.filtered, tween);
    }
}

/// A [`Placement`] in kira's words.
struct Parts {
    volume: Decibels,
    direction: f32,
    position: [f32; 3],
    cutoff_hz: f64,
    filtered: Mix,
}

impl Parts {
    fn of(placement: &Placement) -> Self {
        let cutoff = if placement.cutoff_hz.is_finite() {
            placement.cutoff_hz.clamp(20.0, OPEN_HZ)
        } else {
            OPEN_HZ
        };
        Self {
            volume: decibels(placement.gain),
            direction: if placement.position.is_some() {
                DIRECTION
            } else {
                0.0
            },
            position: within(placement.position.unwrap_or_default()),
            cutoff_hz: f64::from(cutoff),
            filtered: if cutoff < OPEN_HZ { Mix::WET } else { Mix::DRY },
        }
    }
}

/// Of an amplitude from 0 to 4; what is no number is silent.
fn decibels(amplitude: f32) -> Decibels {
    if amplitude > 0.0 {
        Decibels((20.0 * amplitude.min(4.0).log10()).max(Decibels::SILENCE.0))
    } else {
        Decibels::SILENCE
    }
}

fn within(position: [f32; 3]) -> [f32; 3] {
    position.map(|along| {
        if along.is_finite() {
            along.clamp(-FARTHEST, FARTHEST)
        } else {
            0.0
        }
    })
}

/// The quaternion (x, y, z, w) that turns −z to `forward` and y to `up`; none of it if those are no directions.
fn orientation(listener: &Listener) -> [f32; 4] {
    const STRAIGHT: [f32; 4] = [0.0, 0.0, 0.0, 1.0];
    let cross = |a: [f32; 3], b: [f32; 3]| {
        [
            a[1] * b[2] - a[2] * b[1],
            a[2] * b[0] - a[0] * b[2],
            a[0] * b[1] - a[1] * b[0],
        ]
    };
    let unit = |a: [f32; 3]| {
        let length = a.iter().map(|along| along * along).sum::<f32>().sqrt();
        (length > 1e-6 && length.is_finite()).then(|| a.map(|along| along / length))
    };
    let axes = unit(listener.forward).and_then(|forward| {
        let right = unit(cross(forward, listener.up))?;
        Some((right, cross(right, forward), forward.map(|along| -along)))
    });
    let Some((x, y, z)) = axes else {
        return STRAIGHT;
    };
    // Shepperd's: by whichever part is largest, nothing is divided by next to nothing.
    let trace = x[0] + y[1] + z[2];
    let turned = if trace > 0.0 {
        [y[2] - z[1], z[0] - x[2], x[1] - y[0], 1.0 + trace]
    } else if x[0] > y[1] && x[0] > z[2] {
        [1.0 + x[0] - y[1] - z[2], y[0] + x[1], z[0] + x[2], y[2] - z[1]]
    } else if y[1] > z[2] {
        [y[0] + x[1], 1.0 + y[1] - x[0] - z[2], z[1] + y[2], z[0] - x[2]]
    } else {
        [z[0] + x[2], z[1] + y[2], 1.0 + z[2] - x[0] - y[1], x[1] - y[0]]
    };
    let length = turned.iter().map(|part| part * part).sum::<f32>().sqrt();
    turned.map(|part| part / length)
}

/// A talker as a sound of kira's. It takes a whole block out of the jitter buffer at once, as the device does.
struct VoiceSound {
    ear: Ear,
    beat: Arc<Beat>,
    samples: Box<[f32; LONGEST]>,
    len: usize,
    at: usize,
}

impl SoundData for VoiceSound {
    type Error = Infallible;
    type Handle = ();

    fn into_sound(self) -> Result<(Box<dyn Sound>, ()), Infallible> {
        Ok((Box::new(self), ()))
    }
}

impl Sound for VoiceSound {
    fn on_start_processing(&mut self) {
        let (now, len) = self.beat.read();
        self.ear.play(&mut self.samples[..len], now);
        (self.at, self.len) = (0, len);
    }

    fn process(&mut self, out: &mut [kira::Frame], _: f64, _: &Info<'_>) {
        for frame in out {
            let sample = if self.at < self.len {
                self.samples[self.at]
            } else {
                0.0
            };
            self.at += 1;
            *frame = kira::Frame::from_mono(sample);
        }
    }

    /// It goes with its track.
    fn finished(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
