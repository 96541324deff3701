//! What places sound like: sea and wind, fires, birds by day and crickets in the evening.
//!
//! Flow: what a world says of itself (`WorldDocument::sounds`), its fires and its shore → what is wanted here and now →
//! [`Loops`], which come and go softly → the speakers. Single calls are [`PlaySound`].
//! Invariant: nothing of it is told to anybody: everybody's own program decides what their place sounds like.

use super::{Ears, EarsAt, INAUDIBLE, Pace, PlaySound, SoundSystems, Subtitle, placed, words};
use crate::screens::in_world;
use crate::session::SessionPhase;
use crate::world::{Ambience, CurrentMoment, CurrentWorld, Environment, WorldDocument};
use bevy::prelude::*;
use holm_audio::clips::Clip;
use holm_audio::{Group, Placement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Loops>()
        .add_systems(Update, (choose, call))
        .add_systems(PostUpdate, apply.in_set(SoundSystems::Place));
}

/// Something that sounds until it is stopped.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Loop {
    clip: Clip,
    /// `None`: everywhere.
    at: Option<Vec3>,
    range_metres: f32,
    gain: f32,
}

/// A loop as it is heard: on its way to what is wanted.
#[derive(Clone, Copy, Debug)]
struct Playing {
    is: Loop,
    wanted: f32,
}

/// What sounds here, by the number that the speakers know it by.
#[derive(Resource, Debug, Default)]
struct Loops {
    playing: BTreeMap<u32, Playing>,
    /// These have come to an end.
    ended: Vec<u32>,
}

/// Sounds of the world's own list have its indices as numbers, fires come after them.
const FIRES_FROM: u32 = 1_000;
/// Fires that are heard at once.
const MOST_FIRES: usize = 3;
/// As far as a camp fire is heard, and surf along a shore, metres.
const FIRE_METRES: f32 = 22.0;
const SURF_METRES: f32 = 70.0;
/// Of what comes and goes, a second.
const FADE_RATE: f32 = 1.2;
/// What moves along (the nearest piece of the shore) follows at this rate, a second.
const FOLLOW_RATE: f32 = 2.0;
/// How often it is decided anew what is wanted.
const CHOOSE_EVERY: Duration = Duration::from_millis(250);
/// Under water what is above it is heard so loud.
const SUNK_GAIN: f32 = 0.35;

/// Pieces of the shore are told apart by so many metres…
const SHORE_CELL_METRES: f32 = 4.0;
/// …and an archipelago has no more of them.
const MOST_SHORE: usize = 8_192;

/// Where the ground comes out of the water.
#[derive(Debug, Default)]
struct Shore {
    of: Option<Arc<WorldDocument>>,
    points: Vec<Vec3>,
}

impl Shore {
    /// Made once for each world: some 10 ms for a million triangles.
    fn follow(&mut self, world: &Arc<WorldDocument>) {
        if self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, world)) {
            return;
        }
        self.points = match world.fixtures.sea_level {
            Some(level) => shore(world, level),
            None => Vec::new(),
        };
        self.of = Some(world.clone());
    }

    fn nearest(&self, from: Vec3) -> Option<Vec3> {
        self.points
            .iter()
            .min_by(|a, b| a.distance_squared(from).total_cmp(&b.distance_squared(from)))
            .copied()
    }
}

/// A point every few metres along the lines in which the surface cuts the ground.
fn shore(world: &WorldDocument, level: f32) -> Vec<Vec3> {
    let mut known = BTreeSet::new();
    let mut points = Vec::new();
    for solid in &world.solids {
        for triangle in &solid.triangles {
            let [a, b, c] = solid.corners(*triangle);
            // A wall that stands in the water is no beach.
            let normal = (b - a).cross(c - a).normalize_or_zero();
            let low = a.y.min(b.y).min(c.y);
            let high = a.y.max(b.y).max(c.y);
            if low >= level || high <= level || normal.y.abs() < 0.3 {
                continue;
            }
            let cut = |(from, to): (Vec3, Vec3)| {
                let part = (level - from.y) / (to.y - from.y);
                (part.is_finite() && (0.0..=1.0).contains(&part)).then(|| from.lerp(to, part))
            };
            let mut ends = [(a, b), (b, c), (c, a)].into_iter().filter_map(cut);
            let (Some(from), Some(to)) = (ends.next(), ends.next()) else {
                continue;
            };
            // Of a line without end (a plain of kilometres) as much as there is room for.
            let pieces = ((from.distance(to) / SHORE_CELL_METRES) as usize + 1).min(MOST_SHORE);
            for piece in 0..=pieces {
                let point = from.lerp(to, piece as f32 / pieces as f32);
                let cell = (point / SHORE_CELL_METRES).round().as_ivec3();
                if known.insert((cell.x, cell.z)) {
                    points.push(point);
                }
            }
            if points.len() >= MOST_SHORE {
                break;
            }
        }
    }
    points
}

/// Birds are awake.
fn is_day(air: &Environment) -> bool {
    air.stars < 0.1 && air.sun_lux > 3_000.0
}

/// Crickets are.
fn is_evening(air: &Environment) -> bool {
    air.stars >= 0.1
}

/// What sounds in this world here and now, by number.
fn wanted(world: &WorldDocument, air: &Environment, shore: &Shore, ears: Vec3) -> BTreeMap<u32, Loop> {
    let mut all = BTreeMap::new();
    for (number, sound) in (0..).zip(&world.sounds) {
        let (clip, at, range_metres) = match sound.of {
            Ambience::Surf => match sound.at.or_else(|| shore.nearest(ears)) {
                Some(at) => {
                    let along = sound.at.is_none();
                    let range_metres = if along { SURF_METRES } else { sound.range_metres };
                    (Clip::SeaNear, Some(at), range_metres)
                }
                None => continue,
            },
            Ambience::Sea => (Clip::SeaFar, sound.at, sound.range_metres),
            Ambience::Wind => (Clip::Wind, sound.at, sound.range_metres),
            Ambience::Crickets if is_evening(air) => (Clip::Crickets, sound.at, sound.range_metres),
            Ambience::Fire => (Clip::Fire, sound.at, sound.range_metres),
            Ambience::Lighthouse => (Clip::Lighthouse, sound.at, sound.range_metres),
            Ambience::Room => (Clip::Room, sound.at, sound.range_metres),
            // Those that call now and then are not loops.
            Ambience::Crickets | Ambience::Birds | Ambience::Gulls => continue,
        };
        all.insert(
            number,
            Loop {
                clip,
                at,
                range_metres,
                gain: sound.gain,
            },
        );
    }
    let mut fires: Vec<(f32, u32, Vec3)> = (FIRES_FROM..)
        .zip(&world.lights)
        .filter(|(_, light)| light.fire)
        .map(|(number, light)| (light.at.distance(ears), number, light.at))
        .filter(|(metres, ..)| *metres < FIRE_METRES)
        .collect();
    fires.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (_, number, at) in fires.into_iter().take(MOST_FIRES) {
        all.insert(
            number,
            Loop {
                clip: Clip::Fire,
                at: Some(at),
                range_metres: FIRE_METRES,
                gain: 1.0,
            },
        );
    }
    all
}

impl Loops {
    /// This is wanted from now on.
    fn want(&mut self, wanted: BTreeMap<u32, Loop>) {
        for (number, playing) in &mut self.playing {
            // Another sound under a number that was in use begins when that one has gone.
            playing.wanted = match wanted.get(number) {
                Some(next) if next.clip == playing.is.clip => next.gain,
                _ => 0.0,
            };
        }
        for (number, next) in wanted {
            let playing = self.playing.entry(number).or_insert(Playing {
                is: Loop { gain: 0.0, ..next },
                wanted: next.gain,
            });
            if playing.is.clip == next.clip {
                playing.is.range_metres = next.range_metres;
                playing.aim(next.at);
            }
        }
    }

    /// Time passes: what comes gets louder, what goes fades.
    fn ease(&mut self, secs: f32) {
        let part = 1.0 - (-FADE_RATE * secs.clamp(0.0, 0.25)).exp();
        for playing in self.playing.values_mut() {
            playing.is.gain += (playing.wanted - playing.is.gain) * part;
        }
        let ended = &mut self.ended;
        self.playing.retain(|number, playing| {
            let goes = playing.wanted <= 0.0 && playing.is.gain < INAUDIBLE * 0.5;
            if goes {
                ended.push(*number);
            }
            !goes
        });
    }
}

impl Playing {
    /// The nearest piece of the shore is another with each step: it moves along instead of leaping.
    fn aim(&mut self, at: Option<Vec3>) {
        self.is.at = match (self.is.at, at) {
            (Some(is), Some(at)) => {
                let part = 1.0 - (-FOLLOW_RATE * CHOOSE_EVERY.as_secs_f32()).exp();
                Some(is.lerp(at, part))
            }
            (_, at) => at,
        };
    }
}

/// A kind that fades in anew within this is no news.
const NEWS_EVERY: Duration = Duration::from_secs(60);

fn choose(
    world: Res<CurrentWorld>,
    moment: Res<CurrentMoment>,
    phase: Res<State<SessionPhase>>,
    ears: Res<EarsAt>,
    time: Res<Time<Real>>,
    mut loops: ResMut<Loops>,
    mut shore: Local<Shore>,
    mut next: Local<Duration>,
    mut pace: Local<Pace>,
    mut subtitles: MessageWriter<Subtitle>,
) {
    let now = time.elapsed();
    if now >= *next {
        *next = now + CHOOSE_EVERY;
        let here = world.document.as_ref().filter(|_| in_world(phase.get()));
        let all = match here {
            Some(world) => {
                shore.follow(world);
                wanted(world, &world.environment(moment.0), &shore, ears.position)
            }
            None => BTreeMap::new(),
        };
        loops.want(all);
        for playing in loops.playing.values() {
            let is = &playing.is;
            let there = is.at.map_or(playing.wanted, |at| {
                placed(at, is.range_metres, playing.wanted, &ears).gain
            });
            // What is hardly heard is not worth a line.
            if there > 0.05
                && let Some(key) = words(is.clip)
                && pace.may(key, now, NEWS_EVERY)
            {
                subtitles.write(Subtitle { key, at: is.at });
            }
        }
    }
    if !loops.playing.is_empty() {
        loops.ease(time.delta_secs());
    }
}

fn apply(mut loops: ResMut<Loops>, mut ears: NonSendMut<Ears>, at: Res<EarsAt>) {
    if loops.playing.is_empty() && loops.ended.is_empty() {
        return;
    }
    let loops = &mut *loops;
    let Some(speakers) = &mut ears.speakers else {
        loops.ended.clear();
        return;
    };
    for number in loops.ended.drain(..) {
        speakers.set_loop(number, None, &Placement::default(), Group::World);
    }
    for (number, Playing { is, .. }) in &loops.playing {
        let gain = if at.under_water {
            is.gain * SUNK_GAIN
        } else {
            is.gain
        };
        let placement = match is.at {
            Some(there) => placed(there, is.range_metres, gain, &at),
            None => Placement {
                gain,
                cutoff_hz: if at.under_water {
                    super::UNDER_WATER_HZ
                } else {
                    Placement::default().cutoff_hz
                },
                ..Placement::default()
            },
        };
        speakers.set_loop(*number, Some(is.clip), &placement, Group::World);
    }
}

/// Numbers by chance (xorshift): when a bird calls is nobody's business but one's own.
struct Chance(u32);

impl Default for Chance {
    fn default() -> Self {
        Self(0x9E37_79B9)
    }
}

impl Chance {
    fn between(&mut self, from: f32, to: f32) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        from + (to - from) * ((self.0 >> 8) as f32 / (1u32 << 24) as f32)
    }
}

/// When something calls next.
#[derive(Default)]
struct Calls {
    chance: Chance,
    next: BTreeMap<Ambience, Duration>,
}

/// Birds and gulls of this world, now and then, from somewhere around.
fn call(
    world: Res<CurrentWorld>,
    moment: Res<CurrentMoment>,
    phase: Res<State<SessionPhase>>,
    ears: Res<EarsAt>,
    time: Res<Time<Real>>,
    mut calls: Local<Calls>,
    mut play: MessageWriter<PlaySound>,
) {
    let Some(world) = world.document.as_ref().filter(|_| in_world(phase.get())) else {
        return;
    };
    if world.sounds.is_empty() || !is_day(&world.environment(moment.0)) {
        return;
    }
    let now = time.elapsed();
    let Calls { chance, next } = &mut *calls;
    for sound in &world.sounds {
        let (clips, pause, far, high) = match sound.of {
            Ambience::Gulls => ([Clip::Gull, Clip::GullB], (7.0, 26.0), (25.0, 90.0), (10.0, 25.0)),
            Ambience::Birds => ([Clip::Bird, Clip::BirdB], (4.0, 15.0), (10.0, 40.0), (3.0, 8.0)),
            _ => continue,
        };
        let pause = Duration::from_secs_f32(chance.between(pause.0, pause.1));
        let due = next.get(&sound.of).copied();
        if due.is_some_and(|due| now < due) {
            continue;
        }
        next.insert(sound.of, now + pause);
        if due.is_none() {
            continue; // they do not all greet who arrives
        }
        let turn = chance.between(0.0, core::f32::consts::TAU);
        let away = Quat::from_rotation_y(turn) * Vec3::X * chance.between(far.0, far.1);
        let at = sound.at.unwrap_or(ears.position + away) + Vec3::Y * chance.between(high.0, high.1);
        let clip = clips[usize::from(chance.between(0.0, 1.0) < 0.5)];
        play.write(PlaySound::at(clip, at, sound.gain, chance.between(0.93, 1.07)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{MemoryFiles, WorldPath, load};

    /// A slope that rises out of the water along z = 0, with this written beside it.
    fn beach(said: &str) -> WorldDocument {
        let text = format!(
            r##"World(version: 1, spawns: [(at: (0, 3, -10))],
                environment: (water: (level: 0, colour: "#2b6f7c")),
                lights: [(at: (0, 2, -8), lumens: 100, reach: 5, fire: true), (at: (50, 2, -8), lumens: 100, reach: 5)],
                {said}
                things: [(shape: Ramp(size: (40, 6, 40)), at: (0, -3, 0))])"##
        );
        let mut files = MemoryFiles::default();
        let main = WorldPath::new("world.ron").unwrap();
        files.insert(main.clone(), text.into_bytes().into());
        load(&files, &main).unwrap()
    }

    fn heard(world: WorldDocument, ears: Vec3) -> Vec<Clip> {
        let world = Arc::new(world);
        let mut shore = Shore::default();
        shore.follow(&world);
        let all = wanted(&world, &world.environment(0), &shore, ears);
        all.values().map(|one| one.clip).collect()
    }

    #[test]
    fn the_shore_is_where_the_ground_comes_out_of_the_water() {
        let world = Arc::new(beach(""));
        let mut shore = Shore::default();
        shore.follow(&world);
        assert!(!shore.points.is_empty());
        for point in &shore.points {
            assert!(point.y.abs() < 1e-3 && point.z.abs() < 1e-3, "{point}");
        }
        // All along it, not only at the corners of its triangles.
        for x in [-18.0, -7.0, 5.0, 13.0] {
            let nearest = shore.nearest(Vec3::new(x, 2.0, -12.0)).unwrap();
            assert!((nearest.x - x).abs() <= SHORE_CELL_METRES, "{x}: {nearest}");
        }
    }

    #[test]
    fn a_world_that_says_nothing_is_quiet_but_for_its_fires() {
        assert_eq!(heard(beach(""), Vec3::new(0.0, 2.0, -8.0)), [Clip::Fire]);
        assert!(heard(beach(""), Vec3::new(0.0, 2.0, 100.0)).is_empty());
    }

    #[test]
    fn crickets_wait_for_the_evening_and_surf_is_at_the_shore() {
        let world = beach("sounds: [(of: Crickets), (of: Surf), (of: Wind, gain: 0.3)],");
        assert_eq!(heard(world.clone(), Vec3::Y * 300.0), [Clip::SeaNear, Clip::Wind]);
        let mut evening = world;
        evening.moments[0].environment.stars = 0.5;
        assert_eq!(
            heard(evening, Vec3::Y * 300.0),
            [Clip::Crickets, Clip::SeaNear, Clip::Wind]
        );
    }

    #[test]
    fn what_a_world_says_of_its_sounds_is_checked() {
        for wrong in [
            "sounds: [(of: Wind, gain: 2)],",
            "sounds: [(of: Wind, range: 0)],",
            "sounds: [(of: Wind, at: (1e9, 0, 0))],",
            "sounds: [(of: Trumpet)],",
            "floors: [(of: Wood, at: (0, 0, 0), size: (0, 1, 1))],",
        ] {
            let text = format!("World(version: 1, {wrong} things: [(shape: Sphere(radius: 1))])");
            let mut files = MemoryFiles::default();
            let main = WorldPath::new("world.ron").unwrap();
            files.insert(main.clone(), text.into_bytes().into());
            assert!(load(&files, &main).is_err(), "{wrong}");
        }
    }

    #[test]
    fn loops_come_and_go_softly_and_end() {
        let one = Loop {
            clip: Clip::Wind,
            at: None,
            range_metres: 30.0,
            gain: 0.5,
        };
        let mut loops = Loops::default();
        loops.want(BTreeMap::from([(3, one)]));
        let mut before = 0.0;
        for _ in 0..300 {
            loops.ease(1.0 / 60.0);
            let gain = loops.playing[&3].is.gain;
            assert!(gain >= before && gain - before < 0.02, "{before} to {gain}");
            before = gain;
        }
        assert!(before > 0.45, "{before}");
        loops.want(BTreeMap::new());
        for _ in 0..600 {
            loops.ease(1.0 / 60.0);
        }
        assert!(loops.playing.is_empty());
        assert_eq!(loops.ended, [3]);
    }
}
