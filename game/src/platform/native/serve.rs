//! `holm host --headless`: a world without a window.

use super::{Vault, fail, network, say, signals};
use crate::hosting::{HostFailed, HostOpened, HostSettings, HostWorld};
use crate::profile::{self, Profile};
use crate::session::SessionEnded;
use crate::{customs, headless};
use crate::words::Words;
use bevy::prelude::*;
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;

/// How this host speaks to whoever started it.
#[derive(Resource, Clone, Copy)]
struct Voice {
    json: bool,
    started: Instant,
}

pub(super) fn run(
    vault: Vault,
    name: Option<String>,
    settings: HostSettings,
    json: bool,
    started: Instant,
) -> ExitCode {
    let mut app = headless::app();
    let profile = match profile::load(&vault) {
        Ok((profile, notice)) => {
            if let Some(notice) = notice {
                warn!("{}", notice.sentence);
            }
            Profile {
                name: name.map_or(profile.name, |name| customs::name(&name)),
                ..profile
            }
        }
        Err(error) => return fail(&format!("Holm cannot make keys: {error}.")),
    };
    app.insert_resource(profile)
        .insert_resource(vault)
        .insert_resource(network())
        .insert_resource(Voice { json, started })
        .add_plugins(signals::plugin)
        .add_systems(Startup, move |mut wishes: MessageWriter<HostWorld>| {
            wishes.write(HostWorld {
                settings: settings.clone(),
            });
        })
        .add_systems(Update, (tell_opened, tell_failed, tell_ended).chain());
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

/// The first line of `--json`.
pub(super) fn ready(opened: &HostOpened, started: Instant) -> String {
    let event = json!({
        "event": "ready",
        "link": opened.link,
        "local_link": opened.local_link,
        "ready_ms": started.elapsed().as_millis() as u64,
        "pid": std::process::id(),
        "https": opened.secure,
        "web_client": opened.has_web_client,
        "reachable": opened.reachable,
    });
    event.to_string()
}

/// The only line of `--json` when there is no world.
pub(super) fn failed(sentence: &str) -> String {
    json!({ "event": "failed", "sentence": sentence }).to_string()
}

fn tell_opened(mut opened: MessageReader<HostOpened>, voice: Res<Voice>) {
    for opened in opened.read() {
        if voice.json {
            say(&ready(opened, voice.started));
            continue;
        }
        say("Your world is open. Send this link to friends:");
        say(&format!("\n    {}\n", opened.link));
        if opened.has_web_client {
            say(&format!("In a browser on this machine: {}", opened.local_link));
        } else {
            say("Browsers find no client here yet: `cargo xtask web` makes it.");
        }
        if !opened.reachable {
            say(&crate::sentences::no_network(&Words::default()));
        }
        if !opened.secure {
            say(&format!(
                "{} Give one with --cert and --key.",
                crate::sentences::no_certificate(&Words::default())
            ));
        }
        say("Ctrl-C closes the world.");
    }
}

fn tell_failed(mut failed: MessageReader<HostFailed>, voice: Res<Voice>, mut exit: MessageWriter<AppExit>) {
    for HostFailed { sentence } in failed.read() {
        if voice.json {
            say(&self::failed(&sentence.to_string()));
        }
        fail(&sentence.to_string());
        exit.write(AppExit::error());
    }
}

fn tell_ended(mut ended: MessageReader<SessionEnded>, voice: Res<Voice>) {
    for SessionEnded { .. } in ended.read() {
        if voice.json {
            say(&json!({ "event": "closed" }).to_string());
        } else {
            say("The world is closed.");
        }
    }
}
