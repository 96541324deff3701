//! Ten thousand things in a client that draws nothing: what a frame costs beside them, with the panel open, with all of them
//! chosen, and what building and choosing them takes.
//!
//! Flow: a host alone → wishes for all of them → frames with nothing open → the panel → all chosen → all moved, and back.
//! Invariant: whole frames are timed, so that nothing that things cost is left out; what a graphics card would do is not in it.

use super::{Measure, blind, median, share};
use crate::people::Me;
use crate::platform;
use crate::screens::{Panel, Screens};
use crate::things::choice::Choice;
use crate::things::{Build, Things};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use core::time::Duration;
use holm_document::arrange::{self, Chosen};
use holm_document::part::{Body, Paint, Place, Shape};
use holm_document::{Act, ThingId, limits};
use serde_json::{Value, json};
use std::process::ExitCode;

/// What a world has to bear well (issue "Living worlds", 2).
const THINGS: u32 = 10_000;
const FRAME: Duration = Duration::from_millis(16);
const WARM_FRAMES: usize = 30;
const FRAMES: usize = 200;
/// Things of one wish: as many as a newcomer's quota of a second lets through.
const A_WISH: usize = 1_000;
/// Frames until a wish has come true, at most.
const PATIENCE: usize = 2_000;

fn millis(began: bevy::platform::time::Instant) -> f64 {
    (platform::now() - began).as_secs_f64() * 1_000.0
}

fn frames(app: &mut App) -> Value {
    for _ in 0..WARM_FRAMES {
        app.update();
    }
    let times: Vec<f64> = (0..FRAMES)
        .map(|_| {
            let began = platform::now();
            app.update();
            millis(began)
        })
        .collect();
    json!({"p50_ms": median(times.clone()), "p95_ms": share(times, 0.95)})
}

/// The frame in which something happens, and the slowest of those behind it.
fn moment(app: &mut App) -> Value {
    let mut times = Vec::new();
    for _ in 0..8 {
        let began = platform::now();
        app.update();
        times.push(millis(began));
    }
    json!({"slowest_ms": share(times, 1.0)})
}

fn acts(first: ThingId, around: Vec3) -> Vec<Act> {
    (0..THINGS)
        .map(|n| {
            let place = Place {
                position: [
                    around.x + (n % 100) as f32 * 0.8 - 40.0,
                    around.y + 0.2,
                    around.z + (n / 100) as f32 * 0.8 - 40.0,
                ],
                scale: [0.4; 3],
                ..Place::default()
            };
            let paint = Paint {
                colour: [(n % 7 * 30) as u8, 120, 90, 255], // at most 180
                roughness: 200,
                metal: 0,
                glow: 0,
            };
            let body = Body {
                moves: false,
                mass_kg: 10.0,
                friction: 0.6,
                bounce: 0.1,
            };
            let mut parts = vec![place.into(), Shape::Box.into(), paint.into()];
            if n % 2 == 0 {
                parts.push(body.into());
            }
            Act::Make {
                thing: ThingId {
                    serial: first.serial + n,
                    ..first
                },
                parts,
            }
        })
        .collect()
}

fn count(app: &App) -> usize {
    let things = app.world().resource::<Things>();
    match (things.state(), things.unanswered()) {
        (Some(state), 0) => state.things().len(),
        _ => 0,
    }
}

pub(super) fn run(measure: &Measure, say: fn(&str)) -> ExitCode {
    let mut app = blind::client(measure);
    app.insert_resource(TimeUpdateStrategy::ManualDuration(FRAME));
    if !blind::enter(&mut app) {
        error!("nobody came in");
        return ExitCode::FAILURE;
    }
    let empty = frames(&mut app);
    let world = app.world_mut();
    let mut me = world.query_filtered::<&Transform, With<Me>>();
    let around = me.single(world).map_or(Vec3::ZERO, |me| me.translation);
    let Some(first) = world.resource::<Things>().next_thing() else {
        error!("nothing can be built");
        return ExitCode::FAILURE;
    };
    let began = platform::now();
    for wish in acts(first, around).chunks(A_WISH) {
        let before = count(&app);
        app.world_mut().write_message(Build { acts: wish.to_vec() });
        for _ in 0..PATIENCE {
            app.update();
            if count(&app) > before {
                break;
            }
        }
    }
    let built_ms = millis(began);
    let built = count(&app);
    let beside = frames(&mut app);
    app.world_mut().resource_mut::<Screens>().open(Panel::Build);
    let panel = frames(&mut app);
    let all: Chosen = app
        .world()
        .resource::<Things>()
        .state()
        .map_or_else(Chosen::new, |state| state.things().map(|(id, _)| *id).collect());
    app.world_mut().resource_mut::<Choice>().set(all.clone());
    let choosing = moment(&mut app);
    let chosen = frames(&mut app);
    // What a drag of all of them ends in.
    let moved = app
        .world()
        .resource::<Things>()
        .state()
        .map_or_else(Vec::new, |state| {
            let up = |id: &ThingId| {
                let mut place = holm_document::rules::seen_at(state, *id)?;
                place.position[1] += 1.0;
                Some((*id, (place, arrange::placed_since(state, *id))))
            };
            arrange::put(state, &all.iter().filter_map(up).collect())
        });
    for acts in moved.chunks(limits::ACTS) {
        app.world_mut().write_message(Build { acts: acts.to_vec() });
    }
    let moving = moment(&mut app);
    say(&json!({
        "things": built, "built_ms": built_ms, "empty": empty, "beside": beside, "panel": panel,
        "choosing": choosing, "chosen": chosen, "moving": moving,
    })
    .to_string());
    ExitCode::SUCCESS
}
