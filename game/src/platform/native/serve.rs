//! `holm host --headless`: a world without a window.
//!
//! Flow: the terminal, the admin page and the loop are made and know each other by the desk → the loop runs → what is left to
//! be said is said when the terminal is its own again.

use super::cli::Plan;
use super::signals::StopAsked;
use super::steward::{self, Steward};
use super::{Vault, admin, desk, fail, metrics, network, say, signals, terminal};
use crate::console::{ConsolePlugin, Welcome};
use crate::customs;
use crate::headless::{self, LogLines};
use crate::hosting::{HostFailed, HostOpened, HostSettings, HostWorld};
use crate::profile::{self, Profile};
use crate::session::SessionEnded;
use crate::words::Words;
use bevy::prelude::*;
use serde_json::json;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How this host speaks to whoever started it.
#[derive(Resource, Clone)]
struct Voice {
    json: bool,
    started: Instant,
    /// Above the line that somebody types.
    lines: Option<LogLines>,
    /// Said when nobody types any more: what went wrong, and the end.
    parting: Arc<Mutex<Vec<String>>>,
}

impl Voice {
    fn say(&self, line: &str) {
        match &self.lines {
            Some(lines) => lines.say(format!("{line}\n")),
            None => say(line),
        }
    }

    /// The last words of a program that ends.
    fn part(&self, line: String) {
        match &self.lines {
            Some(_) => self
                .parting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line),
            None => say(&line),
        }
    }
}

pub(super) fn run(
    vault: Vault,
    name: Option<String>,
    settings: HostSettings,
    plan: Plan,
    started: Instant,
) -> ExitCode {
    let (asker, desk) = desk::open();
    let (stop, names) = (StopAsked::listen(), terminal::Names::default());
    let typing = (!plan.json())
        .then(|| terminal::open(asker.clone(), Arc::clone(&names), stop.clone()))
        .flatten();
    if typing.is_none() {
        terminal::listen(asker.clone(), plan.json());
    }
    let voice = Voice {
        json: plan.json(),
        started,
        lines: typing.as_ref().map(terminal::Terminal::lines),
        parting: Arc::default(),
    };
    let again = Arc::new(AtomicBool::new(false));
    let mut app = headless::app(voice.lines.clone());
    let made = make(&mut app, vault, name, settings, plan, &asker, |plan, admin| {
        Steward {
            plan,
            admin,
            names,
            again: Arc::clone(&again),
        }
    });
    let code = match made {
        Ok(()) => {
            app.insert_resource(stop).insert_resource(voice.clone());
            desk.attach(&mut app);
            app.add_plugins(signals::plugin);
            match app.run() {
                AppExit::Success => ExitCode::SUCCESS,
                AppExit::Error(code) => ExitCode::from(code.get()),
            }
        }
        Err(sentence) => {
            failing(&voice, &sentence);
            ExitCode::FAILURE
        }
    };
    if let Some(typing) = typing {
        typing.close();
    }
    for line in voice
        .parting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .drain(..)
    {
        say(&line);
    }
    if again.load(Ordering::Relaxed) {
        drop(app); // and with it every port
        return fail(&format!(
            "The world does not begin again: {}.",
            steward::restart()
        ));
    }
    code
}

/// All that a headless host has in it.
fn make(
    app: &mut App,
    vault: Vault,
    name: Option<String>,
    settings: HostSettings,
    plan: Plan,
    asker: &desk::Asker,
    steward: impl FnOnce(Plan, Option<admin::Admin>) -> Steward,
) -> Result<(), String> {
    let (profile, notice) =
        profile::load(&vault).map_err(|error| format!("Holm cannot make keys: {error}."))?;
    if let Some(notice) = notice {
        warn!("{}", notice.sentence);
    }
    let profile = Profile {
        name: name.map_or(profile.name, |name| customs::name(&name)),
        ..profile
    };
    let admin = plan.admin()?.map(|listen| {
        let wanted = admin::Wanted {
            listen,
            token_file: plan.file.token_file.clone(),
            live: plan.live(),
        };
        admin::open(wanted, &vault, asker.clone())
    });
    let admin = admin.transpose()?;
    app.insert_resource(profile)
        .insert_resource(vault)
        .insert_resource(network())
        .insert_resource(Welcome(steward::said(&plan)))
        .insert_resource(steward(plan, admin))
        .add_plugins((ConsolePlugin, steward::plugin, metrics::pace_plugin))
        .add_systems(Startup, move |mut wishes: MessageWriter<HostWorld>| {
            wishes.write(HostWorld {
                settings: settings.clone(),
            });
        })
        .add_systems(Update, (tell_opened, tell_failed, tell_ended).chain());
    Ok(())
}

/// The first line of `--json`.
pub(super) fn ready(opened: &HostOpened, started: Instant) -> serde_json::Value {
    json!({
        "event": "ready",
        "link": opened.link,
        "local_link": opened.local_link,
        "ready_ms": started.elapsed().as_millis() as u64,
        "pid": std::process::id(),
        "https": opened.secure,
        "web_client": opened.has_web_client,
        "reachable": opened.reachable,
    })
}

/// The only line of `--json` when there is no world.
pub(super) fn failed(sentence: &str) -> String {
    json!({ "event": "failed", "sentence": sentence }).to_string()
}

fn tell_opened(mut opened: MessageReader<HostOpened>, voice: Res<Voice>, steward: Res<Steward>) {
    for opened in opened.read() {
        let admin = steward.admin.as_ref();
        if voice.json {
            let mut event = ready(opened, voice.started);
            if let Some(admin) = admin {
                event["admin"] = json!(admin.page());
                event["admin_token_file"] = json!(admin.token_file());
            }
            voice.say(&event.to_string());
            continue;
        }
        voice.say("Your world is open. Send this link to friends:");
        voice.say(&format!("\n    {}\n", opened.link));
        if opened.has_web_client {
            voice.say(&format!("In a browser on this machine: {}", opened.local_link));
        } else {
            voice.say("Browsers find no client here yet: `cargo xtask web` makes it.");
        }
        if !opened.reachable {
            voice.say(&crate::sentences::no_network(&Words::default()));
        }
        if !opened.secure {
            voice.say(&format!(
                "{} Give one with --cert and --key.",
                crate::sentences::no_certificate(&Words::default())
            ));
        }
        match admin {
            Some(admin) if std::io::stdout().is_terminal() => {
                voice.say(&format!("Admin page, for nobody but you: {}", admin.link()));
            }
            // A log is read by others: the token is not in it.
            Some(admin) => voice.say(&format!(
                "Admin page: {} with the token in {}",
                admin.page(),
                admin.token_file().display()
            )),
            None => {}
        }
        if voice.lines.is_some() {
            voice.say("Type `help` for what can be said here. Ctrl-C closes the world.");
        } else {
            voice.say("Ctrl-C closes the world.");
        }
    }
}

fn tell_failed(mut failed: MessageReader<HostFailed>, voice: Res<Voice>, mut exit: MessageWriter<AppExit>) {
    for HostFailed { sentence } in failed.read() {
        failing(&voice, &sentence.to_string());
        exit.write(AppExit::error());
    }
}

fn failing(voice: &Voice, sentence: &str) {
    if voice.json {
        say(&failed(sentence));
    }
    if voice.lines.is_some() {
        voice.part(format!("holm: {sentence}"));
    } else {
        fail(sentence);
    }
}

fn tell_ended(mut ended: MessageReader<SessionEnded>, voice: Res<Voice>) {
    for SessionEnded { .. } in ended.read() {
        if voice.json {
            say(&json!({ "event": "closed" }).to_string());
        } else {
            voice.part("The world is closed.".to_owned());
        }
    }
}
