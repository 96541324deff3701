//! The app without a window: a loop that sleeps, one thread, and only what a host needs.
//!
//! Invariant: an idle host costs next to nothing: no physics where nothing is loose, no executor threads, no renderer.

pub mod recent;

use crate::SimPlugins;
use bevy::app::{RunFixedMainLoop, ScheduleRunnerPlugin, TaskPoolOptions, TaskPoolPlugin};
use bevy::diagnostic::FrameCountPlugin;
use bevy::ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};
use bevy::log::{LogPlugin, tracing_subscriber};
use bevy::prelude::*;
use bevy::state::app::StatesPlugin;
use bevy::state::state::StateTransition;
use bevy::time::TimePlugin;
use recent::RecentLog;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// Frames a second. Three for each network tick: what guests say waits at most 17 ms for the host.
pub const FRAME_HZ: u32 = 60;

/// What is logged unless `RUST_LOG` says otherwise: ours, and of others only what went wrong.
pub const LOG_FILTER: &str = "warn,holm=info,holm_net=info,holm_rendezvous=info,matchbox_socket=error,webrtc=error,rtc=error,wgpu=error,naga=warn,symphonia=warn";

/// The loop alone: tests add what of ours they want.
pub fn bare() -> App {
    let mut app = App::new();
    app.add_plugins((
        TaskPoolPlugin {
            task_pool_options: pools(1),
        },
        FrameCountPlugin,
        TimePlugin,
        ScheduleRunnerPlugin::run_loop(Duration::from_secs(1) / FRAME_HZ),
        StatesPlugin,
    ));
    app
}

/// Makes room beside the loop for so many worlds of this process. Once a process, before the first [`app`]: Bevy's pools are
/// the process's, and stay as they were made first.
pub fn make_room(worlds: usize) {
    pools(worlds).create_default_pools();
}

/// What blocks is done beside the loop: a world is read, its journal written. One world's writing, for which people wait, must
/// not stand behind the opening of another.
fn pools(worlds: usize) -> TaskPoolOptions {
    let mut options = TaskPoolOptions::with_num_threads(2);
    let threads = &mut options.async_compute;
    threads.min_threads = worlds.max(1);
    threads.max_threads = threads.min_threads;
    options
}

/// Takes the log's lines instead of standard error: a terminal at which somebody types prints them above that.
#[derive(Resource, Clone)]
pub struct LogLines(Arc<dyn Fn(String) + Send + Sync>);

impl LogLines {
    pub fn new(take: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    /// A line, with its end.
    pub fn say(&self, line: String) {
        (self.0)(line);
    }
}

/// What one event of the log writes, until it is whole.
struct LogLine {
    lines: LogLines,
    text: Vec<u8>,
}

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        if !self.text.is_empty() {
            self.lines.say(String::from_utf8_lossy(&self.text).into_owned());
        }
    }
}

/// From now on the log of this process goes to `lines`, or to standard error, and is kept in `recent` for a while. Once a process,
/// before the first [`app`].
pub fn log(lines: Option<LogLines>, recent: RecentLog) {
    let mut app = App::empty(); // the log is the process's: it outlives what began it
    if let Some(lines) = lines {
        app.insert_resource(lines);
    }
    app.insert_resource(recent);
    app.add_plugins(LogPlugin {
        filter: LOG_FILTER.to_owned(),
        // It stands behind the filter, like what prints.
        custom_layer: |app| {
            let recent = app.world().get_resource::<RecentLog>()?.clone();
            Some(Box::new(recent))
        },
        fmt_layer: |app| {
            let lines = app.world().get_resource::<LogLines>()?.clone();
            let layer = tracing_subscriber::fmt::Layer::default().with_writer(move || LogLine {
                lines: lines.clone(),
                text: Vec::new(),
            });
            Some(Box::new(layer))
        },
        ..default()
    });
}

/// A host without a window.
pub fn app() -> App {
    let mut app = bare();
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
