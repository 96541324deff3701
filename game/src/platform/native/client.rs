//! The desktop client's start: a window, our plugins, and what to begin with.

use super::{Lan, Vault, fail, network, say, serve, signals};
use crate::hosting::{HostFailed, HostOpened, HostSettings, HostWorld};
use crate::notices::Notice;
use crate::powers::barred::BanAddresses;
use crate::profile;
use crate::quit::Quit;
use crate::session::JoinLink;
use crate::settings::store::Keep;
use crate::sound::HasDevices;
use crate::things::files::FileCache;
use crate::words::{Language, SystemLanguage, Words};
use crate::{SimPlugins, ViewPlugins, customs, headless};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::window::{ExitCondition, WindowCloseRequested, WindowPlugin};
use holm_document::files::FilePlace;
use holm_net::link::Link;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Instant;

/// What the client begins with.
#[derive(Clone)]
pub(super) enum Begin {
    Title,
    Join(Link),
    /// And whether the link is printed as JSON, and addresses are banned.
    Host(Box<HostSettings>, bool, BanAddresses),
}

/// Whether there is anything to open a window on.
pub(super) fn has_display() -> bool {
    // Only X11 and Wayland are optional; Windows and macOS always have one for a person who is logged in.
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

pub(super) fn run(vault: Vault, name: Option<String>, begin: Begin, started: Instant) -> ExitCode {
    if !has_display() {
        return fail(
            "There is no display to open a window on. `holm host --headless` hosts a world without one, \
             and its link opens in a browser.",
        );
    }
    let (mut profile, notice) = match profile::load(&vault) {
        Ok(loaded) => loaded,
        Err(error) => return fail(&format!("Holm cannot make keys: {error}.")),
    };
    if let Some(name) = name {
        profile.name = customs::name(&name);
    }
    let cache = FileCache(FilePlace::at(vault.folder().join("cache").join("files")));
    let keep = Keep(crate::platform::text_keep(vault.folder().to_owned()));
    let build = move || {
        let mut app = App::new();
        app.add_plugins(
            crate::view::engine(crate::view::window(), false)
                .set(WindowPlugin {
                    primary_window: Some(crate::view::window()),
                    // The cross asks us first: guests of a world hosted here are told before it goes.
                    close_when_requested: false,
                    exit_condition: ExitCondition::DontExit,
                    ..default()
                })
                .set(LogPlugin {
                    filter: headless::LOG_FILTER.to_owned(),
                    ..default()
                })
                .disable::<bevy::app::TerminalCtrlCHandlerPlugin>(),
        )
        .insert_resource(profile)
        .insert_resource(vault)
        .insert_resource(cache)
        .insert_resource(keep)
        .insert_resource(HasDevices(true))
        .insert_resource(network())
        .insert_resource(SystemLanguage(Language::of_system(&crate::platform::languages())))
        .add_plugins((SimPlugins { embodied: true }, ViewPlugins, signals::plugin))
        .add_systems(
            Startup,
            move |words: Res<Words>, mut notices: MessageWriter<Notice>| {
                if let Some(notice) = &notice {
                    notices.write(Notice::trouble(words.phrase(&notice.sentence), ""));
                }
            },
        )
        .add_systems(First, close_window);
        if let Some(mut lan) = Lan::start() {
            lan.browse();
            app.insert_resource(lan);
        }
        start(&mut app, begin, started);
        app.run()
    };
    // Bevy panics where there is no usable graphics driver; a person gets a sentence.
    match std::panic::catch_unwind(AssertUnwindSafe(build)) {
        Ok(AppExit::Success) => ExitCode::SUCCESS,
        Ok(AppExit::Error(code)) => ExitCode::from(code.get()),
        Err(_) => fail(
            "The window could not be opened, or the graphics driver gave up (Holm needs Vulkan, Metal or DirectX 12). \
             Update the driver, or host without a window: holm host --headless.",
        ),
    }
}

fn start(app: &mut App, begin: Begin, started: Instant) {
    match begin {
        Begin::Title => {}
        Begin::Join(link) => {
            app.add_systems(Startup, move |mut joins: MessageWriter<JoinLink>| {
                joins.write(JoinLink { link: link.clone() });
            });
        }
        Begin::Host(settings, json, ban_addresses) => {
            app.insert_resource(ban_addresses);
            app.add_systems(Startup, move |mut hosts: MessageWriter<HostWorld>| {
                hosts.write(HostWorld {
                    settings: (*settings).clone(),
                });
            })
            .add_systems(Update, move |mut opened: MessageReader<HostOpened>| {
                for opened in opened.read() {
                    if json {
                        say(&serve::ready(opened, started).to_string());
                    } else {
                        say(&format!("Your world is open: {}", opened.link));
                    }
                }
            })
            .add_systems(Update, move |mut failed: MessageReader<HostFailed>| {
                for HostFailed { sentence } in failed.read() {
                    if json {
                        say(&serve::failed(&sentence.to_string()).to_string());
                    }
                    fail(&sentence.to_string()); // and the title screen says it
                }
            });
        }
    }
}

fn close_window(mut asked: MessageReader<WindowCloseRequested>, mut quit: MessageWriter<Quit>) {
    if asked.read().count() > 0 {
        quit.write(Quit {
            why: signals::STOPPED.to_owned(),
        });
    }
}
