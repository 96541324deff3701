//! From the hand to one's own motion: how many frames go by between the frame that first hears of a press and the frame
//! that shows what it does.
//!
//! Flow: a client that draws nothing, alone in the harbour → for each frame rate and each thing that hands do: rest →
//! the event as the windowing library hands it in → frames, until what is drawn has moved.
//! 0 is the same frame: none added. Frame rates are a hair off, so that presses come at every phase of the body's own
//! fixed steps.

use super::{Measure, blind};
use crate::body::camera::MainCamera;
use crate::people::Me;
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput, NativeKey};
use bevy::input::mouse::{MouseButtonInput, MouseMotion};
use bevy::prelude::*;
use bevy::time::TimeUpdateStrategy;
use bevy::window::PrimaryWindow;
use core::time::Duration;
use serde_json::json;
use std::process::ExitCode;

/// Frames a second: a slow computer, most screens, a fast one.
const RATES: [f64; 3] = [29.93, 59.87, 143.7];
/// Presses of each kind at each rate.
const PRESSES: usize = 40;
/// Longest rest before a press, and longest wait for its effect, frames.
const PATIENCE: usize = 600;
/// A hair: less is rounding, metres and (of a unit vector) radians.
const MOVED: f32 = 1e-5;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Hand {
    Walk,
    Jump,
    Look,
}

const HANDS: [(Hand, &str); 3] = [(Hand::Walk, "walk"), (Hand::Jump, "jump"), (Hand::Look, "look")];

fn key(world: &mut World, key_code: KeyCode, state: ButtonState) {
    let window = window(world);
    world.write_message(KeyboardInput {
        key_code,
        logical_key: Key::Unidentified(NativeKey::Unidentified),
        state,
        text: None,
        repeat: false,
        window,
    });
}

fn window(world: &mut World) -> Entity {
    world
        .query_filtered::<Entity, With<PrimaryWindow>>()
        .single(world)
        .unwrap_or(Entity::PLACEHOLDER)
}

impl Hand {
    /// As the windowing library hands it in.
    fn press(self, world: &mut World, state: ButtonState) {
        match self {
            Self::Walk => key(world, KeyCode::KeyW, state),
            Self::Jump => key(world, KeyCode::Space, state),
            Self::Look => {
                let window = window(world);
                let button = MouseButton::Right;
                world.write_message(MouseButtonInput {
                    button,
                    state,
                    window,
                });
                if state.is_pressed() {
                    world.write_message(MouseMotion {
                        delta: Vec2::new(25.0, 0.0),
                    });
                }
            }
        }
    }

    /// What of the picture it moves.
    fn shown(self, world: &mut World) -> Option<Vec3> {
        match self {
            Self::Walk | Self::Jump => {
                let mut me = world.query_filtered::<&Transform, With<Me>>();
                me.single(world).ok().map(|me| me.translation)
            }
            Self::Look => {
                let mut cameras = world.query_filtered::<&Transform, With<MainCamera>>();
                cameras.single(world).ok().map(|camera| *camera.forward())
            }
        }
    }
}

/// Frames until what is drawn has not moved for some of them.
fn rest(app: &mut App, hand: Hand, still: usize) -> Option<Vec3> {
    let mut last = None;
    let mut quiet = 0;
    for _ in 0..PATIENCE {
        app.update();
        let now = hand.shown(app.world_mut());
        let rests = last
            .zip(now)
            .is_some_and(|(last, now)| now.distance(last) < MOVED);
        quiet = if rests { quiet + 1 } else { 0 };
        last = now;
        if quiet >= still {
            return now;
        }
    }
    error!("nothing comes to rest: {hand:?}, {last:?}");
    None
}

/// Frames added by each of some presses.
fn presses(app: &mut App, hand: Hand) -> Option<Vec<usize>> {
    (0..PRESSES)
        .map(|press| {
            let from = rest(app, hand, 10 + press % 7)?;
            hand.press(app.world_mut(), ButtonState::Pressed);
            let moved = (0..PATIENCE).find(|_| {
                app.update();
                hand.shown(app.world_mut())
                    .is_some_and(|now| now.distance(from) >= MOVED)
            });
            hand.press(app.world_mut(), ButtonState::Released);
            moved
        })
        .collect()
}

pub(super) fn run(measure: &Measure, say: fn(&str)) -> ExitCode {
    let mut app = blind::client(measure);
    app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(16)));
    if !blind::enter(&mut app) {
        error!("nobody came in");
        return ExitCode::FAILURE;
    }
    let mut figures = Vec::new();
    for rate in RATES {
        app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f64(
            1.0 / rate,
        )));
        for (hand, name) in HANDS {
            let Some(added) = presses(&mut app, hand) else {
                error!("nothing moved: {name} at {rate} frames a second");
                return ExitCode::FAILURE;
            };
            figures.push(json!({
                "hand": name,
                "frames_per_sec": rate,
                "presses": added.len(),
                "added_most": added.iter().max(),
                "added_mean": added.iter().sum::<usize>() as f64 / added.len().max(1) as f64,
            }));
        }
    }
    say(&json!({ "motion": figures }).to_string());
    ExitCode::SUCCESS
}
