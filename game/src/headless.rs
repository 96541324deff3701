//! The app without a window: a loop that sleeps, one thread, and only what a host needs.
//!
//! Invariant: an idle host costs next to nothing: no physics, no executor threads, no renderer.

use crate::SimPlugins;
use bevy::app::{RunFixedMainLoop, ScheduleRunnerPlugin, TaskPoolOptions, TaskPoolPlugin};
use bevy::diagnostic::FrameCountPlugin;
use bevy::ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::state::app::StatesPlugin;
use bevy::state::state::StateTransition;
use bevy::time::TimePlugin;
use std::time::Duration;

/// Frames a second. Three for each network tick: what guests say waits at most 17 ms for the host.
pub const FRAME_HZ: u32 = 60;

/// What is logged unless `RUST_LOG` says otherwise: ours, and of others only what went wrong.
pub const LOG_FILTER: &str = "warn,holm=info,holm_net=info,holm_rendezvous=info,matchbox_socket=error,webrtc=error,rtc=error,wgpu=error,naga=warn,symphonia=warn";

/// The loop alone: tests add what of ours they want.
pub fn bare() -> App {
    let mut app = App::new();
    app.add_plugins((
        // Loading a world is the only thing done beside the loop.
        TaskPoolPlugin {
            task_pool_options: TaskPoolOptions::with_num_threads(2),
        },
        FrameCountPlugin,
        TimePlugin,
        ScheduleRunnerPlugin::run_loop(Duration::from_secs(1) / FRAME_HZ),
        StatesPlugin,
    ));
    app
}

/// A host without a window.
pub fn app() -> App {
    let mut app = bare();
    app.add_plugins(LogPlugin {
        filter: LOG_FILTER.to_owned(),
        ..default()
    });
    app.add_plugins(SimPlugins { embodied: false });
    one_thread(&mut app);
    app
}

/// A few dozen systems of microseconds each: handing them to threads costs more than running them.
fn one_thread(app: &mut App) {
    fn set(app: &mut App, label: impl ScheduleLabel) {
        app.edit_schedule(label, |schedule| {
            schedule.set_executor(SingleThreadedExecutor::new());
        });
    }
    set(app, First);
    set(app, PreUpdate);
    set(app, StateTransition);
    set(app, RunFixedMainLoop);
    set(app, FixedFirst);
    set(app, FixedPreUpdate);
    set(app, FixedUpdate);
    set(app, FixedPostUpdate);
    set(app, FixedLast);
    set(app, Update);
    set(app, PostUpdate);
    set(app, Last);
}
