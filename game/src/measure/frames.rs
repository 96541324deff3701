//! Scenes that take turns in one window, and what their frames cost.
//!
//! Flow: [`run`] → `direct`: a scene's world is loaded and its people come → frames that only warm up → frames that
//! count → the next scene; after some rounds the middle of each scene's frames is said.

use super::crowd;
use super::{Measure, median};
use crate::body::camera::MainCamera;
use crate::profile::Profile;
use crate::settings::{Quality, Settings};
use crate::world::view::Cost;
use crate::world::{BuiltIn, LoadWorld, MemoryFiles, WorldPath, WorldStatus};
use crate::{SimPlugins, ViewPlugins, platform};
use bevy::app::AppExit;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy::window::PresentMode;
use bevy::winit::{UpdateMode, WinitSettings};
use holm_identity::Identity;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// A world to measure in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    BuiltIn(BuiltIn),
    /// Nothing but a stone under the sky.
    Empty,
    /// A wide floor under the sky.
    Floor,
}

const EMPTY: &str = "World(version: 1, name: \"Empty\", things: [(shape: Box(size: (1, 1, 1)))])";
const FLOOR: &str =
    "World(version: 1, name: \"Floor\", things: [(shape: Box(size: (120, 1, 120)), at: (0, -0.5, 0))])";

/// What is drawn.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) stage: Stage,
    pub(super) eye: Vec3,
    pub(super) look: Vec3,
    pub(super) people: u16,
}

/// The worlds that come with Holm, seen from where much of each is in view, and an empty one.
pub(super) fn worlds() -> Vec<Scene> {
    let scene = |name, stage, eye: [f32; 3], look: [f32; 3]| Scene {
        name,
        stage,
        eye: eye.into(),
        look: look.into(),
        people: 0,
    };
    let hall = Stage::BuiltIn(BuiltIn::Hall);
    let room = Stage::BuiltIn(BuiltIn::QuietRoom);
    vec![
        scene("empty", Stage::Empty, [4.0, 2.0, 4.0], [0.0, 0.5, 0.0]),
        scene(
            "harbour",
            Stage::BuiltIn(BuiltIn::Harbour),
            [-6.5, 3.2, 11.5],
            [6.0, 4.0, -8.0],
        ),
        scene("quiet-room", room, [2.9, 1.75, 2.5], [-0.9, 1.0, -1.2]),
        scene("hall", hall, [6.0, 4.0, 9.0], [-1.0, 2.0, -10.0]),
    ]
}

/// Frames after a change that are not counted: shaders are built, meshes go to the graphics card, people come into
/// step. And for how long at least.
const WARM_FRAMES: usize = 12;
const WARM_SECS: f64 = 1.5;
/// Frames of one turn that are counted, and for how long at most.
const FRAMES: usize = 40;
const MOST_SECS: f64 = 25.0;
const FEWEST_FRAMES: usize = 10;
/// Frames that a picture takes from the wish to the disk.
const LAST_FRAMES: u32 = 4;
/// Ten minutes: a world that does not come by then never will.
const PATIENCE_SECS: f64 = 600.0;

/// One scene's one turn.
#[derive(Clone, Debug, Default)]
struct Turn {
    frames: Vec<f64>,
    processor_ms: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// The world was wished for so many frames ago.
    Load(u32),
    Warm {
        frames: usize,
        since: f64,
    },
    Count {
        since: f64,
        processor: Option<f64>,
    },
    /// The last picture is being written.
    Leave(u32),
}

#[derive(Resource)]
struct Director {
    scenes: Vec<Scene>,
    rounds: usize,
    pictures: Option<PathBuf>,
    /// Of all turns, round by round.
    at: usize,
    step: Option<Step>,
    stage: Option<Stage>,
    now: Turn,
    /// By scene.
    turns: Vec<Vec<Turn>>,
    counted: Vec<Value>,
    say: fn(&str),
}

/// Draws the scenes by turns. Needs a display and a graphics driver, which may be a software one.
pub(super) fn run(measure: &Measure, scenes: Vec<Scene>, say: fn(&str)) -> ExitCode {
    let window = Window {
        resolution: measure.size.into(),
        resizable: false,
        // As fast as it goes.
        present_mode: PresentMode::AutoNoVsync,
        ..crate::view::window()
    };
    let mut app = App::new();
    app.add_plugins(crate::view::engine(window, true))
        .insert_resource(WinitSettings {
            focused_mode: UpdateMode::Continuous,
            unfocused_mode: UpdateMode::Continuous,
        })
        .insert_resource(Profile {
            identity: Identity::from_secrets(&[1; 32], &[2; 32]),
            name: "Ada".to_owned(),
        })
        .insert_resource(super::settings(measure.quality))
        .add_plugins((SimPlugins { embodied: true }, ViewPlugins))
        .insert_resource(Director {
            turns: vec![Vec::new(); scenes.len()],
            counted: vec![Value::Null; scenes.len()],
            scenes,
            rounds: measure.rounds,
            pictures: measure.pictures.clone(),
            at: 0,
            step: None,
            stage: None,
            now: Turn::default(),
            say,
        })
        .add_systems(Last, direct);
    if measure.quality.is_none() {
        app.add_systems(
            Startup,
            |adapter: Option<Res<RenderAdapterInfo>>, mut settings: ResMut<Settings>| {
                crate::settings::store::spare_software(adapter, &mut settings);
            },
        );
    }
    crate::view::without_panels(&mut app);
    crowd::come(&mut app);
    app.add_systems(
        Update,
        hold.after(crate::body::camera::CameraSystems::Follow)
            .before(crate::people::view::LookSystems::Animate),
    )
    .add_systems(
        PostUpdate,
        hold.before(TransformSystems::Propagate)
            .before(crate::sky::SkySystems::Show),
    );
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

fn hold(director: Res<Director>, mut cameras: Query<&mut Transform, With<MainCamera>>) {
    let scene = &director.scenes[director.at % director.scenes.len()];
    for mut camera in &mut cameras {
        *camera = Transform::from_translation(scene.eye).looking_at(scene.look, Vec3::Y);
    }
}

fn load(stage: Stage) -> LoadWorld {
    let text = match stage {
        Stage::BuiltIn(which) => return LoadWorld::BuiltIn(which),
        Stage::Empty => EMPTY,
        Stage::Floor => FLOOR,
    };
    let main: WorldPath = WorldPath::new("world.ron").expect("a plain name");
    let mut files = MemoryFiles::default();
    files.insert(main.clone(), text.into());
    match crate::world::load(&files, &main) {
        Ok(document) => LoadWorld::Document(document.into()),
        Err(error) => {
            error!("a world of ours is none: {error:?}");
            LoadWorld::Nothing
        }
    }
}

fn direct(
    mut commands: Commands,
    mut director: ResMut<Director>,
    mut worlds: MessageWriter<LoadWorld>,
    mut exit: MessageWriter<AppExit>,
    mut guests: crowd::Guests,
    status: Res<WorldStatus>,
    time: Res<Time<Real>>,
    cost: Cost,
    settings: Res<Settings>,
    adapter: Res<RenderAdapterInfo>,
) {
    let director = &mut *director;
    let index = director.at % director.scenes.len();
    let scene = director.scenes[index].clone();
    let now = time.elapsed_secs_f64();
    if now > PATIENCE_SECS * (director.at + 1) as f64 || matches!(*status, WorldStatus::Failed { .. }) {
        error!("not measured: {:?} in {}", *status, scene.name);
        exit.write(AppExit::error());
        return;
    }
    director.step = Some(match director.step {
        None => {
            if director.stage != Some(scene.stage) {
                director.stage = Some(scene.stage);
                worlds.write(load(scene.stage));
            }
            guests.send_away();
            Step::Load(0)
        }
        // The wish is heard in the next frame; until then the world before is still ready.
        Some(Step::Load(frames)) if frames < 4 || *status != WorldStatus::Ready => Step::Load(frames + 1),
        Some(Step::Load(_)) => {
            guests.invite(&scene);
            Step::Warm {
                frames: 0,
                since: now,
            }
        }
        Some(Step::Warm { frames, since }) if frames < WARM_FRAMES || now - since < WARM_SECS => Step::Warm {
            frames: frames + 1,
            since,
        },
        Some(Step::Warm { .. }) => Step::Count {
            since: now,
            processor: platform::processor_secs(),
        },
        Some(Step::Leave(frames)) => {
            if frames > LAST_FRAMES {
                exit.write(AppExit::Success);
            }
            Step::Leave(frames + 1)
        }
        Some(Step::Count { since, processor }) => {
            director.now.frames.push(time.delta_secs_f64() * 1_000.0);
            let frames = director.now.frames.len();
            if frames < FEWEST_FRAMES || (frames < FRAMES && now - since < MOST_SECS) {
                Step::Count { since, processor }
            } else {
                let spent = processor.zip(platform::processor_secs());
                director.now.processor_ms = spent.map(|(from, to)| (to - from) * 1_000.0 / frames as f64);
                let counted = cost.count();
                director.counted[index] = json!({
                    "triangles": counted.triangles,
                    "draws": counted.draws,
                    "shadow_draws": counted.shadow_draws,
                    "texture_bytes": counted.texture_bytes,
                    "people_in_view": guests.in_view(),
                });
                if let Some(folder) = director
                    .pictures
                    .as_ref()
                    .filter(|_| director.at < director.scenes.len())
                {
                    let out = folder.join(format!("{}.png", scene.name));
                    commands
                        .spawn(Screenshot::primary_window())
                        .observe(save_to_disk(out));
                }
                director.turns[index].push(std::mem::take(&mut director.now));
                director.at += 1;
                if director.at < director.scenes.len() * director.rounds {
                    director.step = None;
                } else {
                    (director.say)(&report(director, &settings, &adapter).to_string());
                    director.step = Some(Step::Leave(0));
                }
                return;
            }
        }
    });
}

fn report(director: &Director, settings: &Settings, adapter: &RenderAdapterInfo) -> Value {
    let scenes: Vec<Value> = director
        .scenes
        .iter()
        .zip(director.turns.iter().zip(&director.counted))
        .map(|(scene, (turns, counted))| {
            let middles: Vec<f64> = turns
                .iter()
                .filter_map(|turn| median(turn.frames.clone()))
                .collect();
            json!({
                "name": scene.name,
                "people": scene.people,
                "frame_ms": median(turns.iter().flat_map(|turn| turn.frames.clone()).collect()),
                "processor_ms": median(turns.iter().filter_map(|turn| turn.processor_ms).collect()),
                "turns_ms": middles,
                "frames": turns.iter().map(|turn| turn.frames.len()).sum::<usize>(),
                "counted": counted,
            })
        })
        .collect();
    let quality = match settings.quality() {
        Some(Quality::Low) => "low",
        Some(Quality::Medium) => "medium",
        Some(Quality::High) => "high",
        None => "own",
    };
    json!({ "quality": quality, "adapter": adapter.name, "scenes": scenes })
}
