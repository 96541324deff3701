//! A full screen's interface: thirty lines in the open chat, fifty people, their names over their heads and their list,
//! laid out and cut into triangles every frame by the systems that do it for a person, without a graphics card.
//!
//! Flow: a host alone with people who have no session → both panels open → frames, between whose marks nothing else of
//! the frame runs that is not the interface's, or a part of `PostUpdate` that is told apart by the same frames with
//! nothing open.

use super::crowd::{self, Guests};
use super::{Measure, blind, median, share};
use crate::body::camera::MainCamera;
use crate::chat::wire::{self as chat, Line, Reach};
use crate::platform;
use crate::screens::{Panel, Screens};
use crate::session::Told;
use crate::wire::FromHost;
use bevy::ecs::schedule::SingleThreadedExecutor;
use bevy::ecs::system::RunSystemOnce;
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy_egui::{EguiPostUpdateSet, EguiPrimaryContextPass, EguiRenderOutput};
use core::time::Duration;
use holm_identity::Identity;
use serde_json::{Value, json};
use std::process::ExitCode;

const PEOPLE: u16 = 50;
const LINES: u64 = 30;
const FRAME: Duration = Duration::from_millis(16);
/// Frames before the counted ones: areas remember their size in their second and fade in for six more.
const WARM_FRAMES: usize = 60;
const FRAMES: usize = 400;

/// When the parts of a frame began and ended, milliseconds.
#[derive(Resource, Default)]
struct Marks {
    began: Option<bevy::platform::time::Instant>,
    pass: f64,
    output: f64,
}

fn since(marks: &mut Marks) -> f64 {
    let now = platform::now();
    marks
        .began
        .replace(now)
        .map_or(0.0, |began| (now - began).as_secs_f64() * 1_000.0)
}

fn marked(app: &mut App) {
    app.init_resource::<Marks>()
        .add_systems(
            PostUpdate,
            (
                (|mut marks: ResMut<Marks>| {
                    since(&mut marks);
                })
                .before(EguiPostUpdateSet::EndPass),
                (|mut marks: ResMut<Marks>| {
                    marks.pass = since(&mut marks);
                })
                .after(EguiPostUpdateSet::EndPass)
                .before(EguiPostUpdateSet::ProcessOutput),
                (|mut marks: ResMut<Marks>| {
                    marks.output = since(&mut marks);
                })
                .after(EguiPostUpdateSet::ProcessOutput),
            ),
        )
        .edit_schedule(PostUpdate, |schedule| {
            schedule.set_executor(SingleThreadedExecutor::new());
        })
        .edit_schedule(EguiPrimaryContextPass, |schedule| {
            schedule.set_executor(SingleThreadedExecutor::new());
        });
}

fn client(measure: &Measure) -> App {
    let mut app = blind::client(measure);
    app.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
        .add_systems(
            Update,
            hold.after(crate::body::camera::CameraSystems::Follow)
                .before(crate::people::view::LookSystems::Animate),
        );
    crowd::come(&mut app);
    marked(&mut app);
    app
}

fn hold(mut cameras: Query<&mut Transform, With<MainCamera>>, time: Res<Time<Real>>) {
    // Somebody who walks and looks about: names never stand still on the screen.
    let sway = Vec3::new(time.elapsed_secs().sin() * 0.4, 0.0, 0.0);
    let scene = crowd::place(PEOPLE - 1);
    for mut camera in &mut cameras {
        *camera = Transform::from_translation(scene.eye + sway).looking_at(scene.look, Vec3::Y);
    }
}

/// Every few words a mention or a link, as people write.
fn line(id: u64) -> Line {
    const SAID: [&str; 5] = [
        "There you are! Come, the fire is lit.",
        "I only had to open the link. No account, nothing! And it runs on my old telephone, too.",
        "Look at that light on the water",
        "Is that your boat? https://example.org/boats/seal I want one, too.",
        "Wer kommt mit auf den Leuchtturm? Von dort sieht man das ganze Dorf 🙂",
    ];
    let seed = (id % 40) as u8 + 3; // below 43
    Line {
        id: id + 1,
        slot: 300 + (id % 40) as u16, // below 340
        account: Identity::from_secrets(&[seed; 32], &[seed ^ 0x55; 32])
            .account()
            .0,
        name: format!("Guest {}", id % 40),
        text: SAID[id as usize % SAID.len()].to_owned(),
        at_secs: platform::unix_secs().saturating_sub(60 * (LINES - id)),
        reach: Reach::World,
        mentions: Vec::new(),
        edited: false,
    }
}

/// Frames of one kind: whole, and their parts.
fn frames(app: &mut App) -> Value {
    for _ in 0..WARM_FRAMES {
        app.update();
    }
    let (mut whole, mut pass, mut output) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..FRAMES {
        app.update();
        let marks = app.world().resource::<Marks>();
        whole.push(marks.pass + marks.output);
        pass.push(marks.pass);
        output.push(marks.output);
    }
    let world = app.world_mut();
    let mut outputs = world.query::<&EguiRenderOutput>();
    let jobs = outputs
        .iter(world)
        .map(|output| output.paint_jobs.len())
        .sum::<usize>();
    let corners: usize = outputs
        .iter(world)
        .flat_map(|output| &output.paint_jobs)
        .map(|job| match &job.primitive {
            bevy_egui::egui::epaint::Primitive::Mesh(mesh) => mesh.indices.len(),
            bevy_egui::egui::epaint::Primitive::Callback(_) => 0,
        })
        .sum();
    json!({
        "p50_ms": median(whole.clone()),
        "p95_ms": share(whole, 0.95),
        "layout_p50_ms": median(pass),
        "triangles_p50_ms": median(output),
        "jobs": jobs,
        "triangles": corners / 3,
        "frames": FRAMES,
    })
}

pub(super) fn run(measure: &Measure, say: fn(&str)) -> ExitCode {
    let mut app = client(measure);
    if !blind::enter(&mut app) {
        error!("nobody came in");
        return ExitCode::FAILURE;
    }
    let alone = frames(&mut app);
    let invited = app
        .world_mut()
        .run_system_once(|mut guests: Guests| guests.invite(&crowd::place(PEOPLE - 1)));
    if let Err(error) = invited {
        error!("nobody came: {error}");
        return ExitCode::FAILURE;
    }
    let names = frames(&mut app);
    let lines = (0..LINES).map(line).collect();
    app.world_mut()
        .write_message(Told(FromHost::Chat(chat::FromHost::History(lines))));
    let mut screens = app.world_mut().resource_mut::<Screens>();
    screens.open(Panel::People);
    screens.open(Panel::Chat);
    let full = frames(&mut app);
    let log = app.world().resource::<crate::chat::ChatLog>().lines().len();
    let mut plates = app.world_mut().query::<&crate::people::Person>();
    let people = plates.iter(app.world()).count();
    say(&json!({
        "lines": log, "people": people, "size": [measure.size.0, measure.size.1],
        "nothing_open": alone, "names": names, "full": full,
    })
    .to_string());
    ExitCode::SUCCESS
}
