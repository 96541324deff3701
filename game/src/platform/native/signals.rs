//! Ctrl-C and SIGTERM: asked once, the program leaves politely; asked twice, it leaves. SIGHUP: the configuration is read again.

use crate::quit::Quit;
use bevy::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What guests are told when somebody stops their host.
pub(super) const STOPPED: &str = "The host has closed the world.";

/// Whether somebody asked us to end.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct StopAsked(Arc<AtomicBool>);

impl StopAsked {
    /// Listens on a thread of its own.
    pub(super) fn listen() -> Self {
        let asked = Self::default();
        let flag = Arc::clone(&asked.0);
        let listening = std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                    return;
                };
                runtime.block_on(async {
                    loop {
                        wait().await;
                        Self(Arc::clone(&flag)).ask();
                    }
                });
            });
        if let Err(error) = listening {
            warn!("Ctrl-C will end Holm without a word to guests: {error}");
        }
        asked
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// As Ctrl-C does.
    pub(super) fn ask(&self) {
        if self.0.swap(true, Ordering::Relaxed) {
            // 130 is what shells expect of an interrupted program.
            std::process::exit(130);
        }
    }
}

/// Whether somebody asked us to read our configuration again.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct ReloadAsked(Arc<AtomicBool>);

impl ReloadAsked {
    /// Listens on a thread of its own, where there is such a signal.
    #[cfg(unix)]
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let asked = Self::default();
        let flag = Arc::clone(&asked.0);
        let listening = std::thread::Builder::new()
            .name("reloads".to_owned())
            .spawn(move || {
                let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                    return;
                };
                runtime.block_on(async {
                    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
                        return;
                    };
                    while hangup.recv().await.is_some() {
                        flag.store(true, Ordering::Relaxed);
                    }
                });
            });
        if let Err(error) = listening {
            warn!("SIGHUP will end Holm: {error}");
        }
        asked
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Self {
        Self::default()
    }

    /// Once for each time it was asked.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

#[cfg(unix)]
async fn wait() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        return core::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn wait() {
    if tokio::signal::ctrl_c().await.is_err() {
        core::future::pending::<()>().await;
    }
}

/// Turns the signal into the wish to quit.
pub(super) fn plugin(app: &mut App) {
    if !app.world().contains_resource::<StopAsked>() {
        app.insert_resource(StopAsked::listen());
    }
    app.add_systems(First, hear);
}

fn hear(asked: Res<StopAsked>, mut told: Local<bool>, mut quit: MessageWriter<Quit>) {
    if asked.is_asked() && !*told {
        *told = true;
        quit.write(Quit {
            why: STOPPED.to_owned(),
        });
    }
}
