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
use crate::session::{JoinLink, Session, SessionEnded, SessionPhase};
use crate::succession::{News, Standby};
use crate::words::Words;
use bevy::prelude::*;
use holm_net::link::Link;
use serde_json::json;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    let stand_by = plan.stand_by();
    let standby = Standby(settings.clone());
    app.insert_resource(standby)
        .insert_resource(StandingBy(stand_by.clone()))
        .insert_resource(profile)
        .insert_resource(vault)
        .insert_resource(network())
        .insert_resource(Welcome(steward::said(&plan)))
        .insert_resource(plan.ban_addresses())
        .insert_resource(steward(plan, admin))
        .add_plugins((ConsolePlugin, steward::plugin, metrics::pace_plugin))
        .add_systems(
            Startup,
            move |mut wishes: MessageWriter<HostWorld>, mut joins: MessageWriter<JoinLink>| match &stand_by {
                Some(link) => {
                    joins.write(JoinLink { link: link.clone() });
                }
                None => {
                    wishes.write(HostWorld {
                        settings: settings.clone(),
                    });
                }
            },
        )
        .add_systems(
            Update,
            (tell_opened, tell_failed, tell_news, tell_ended, come_again).chain(),
        );
    Ok(())
}

/// The world that this program stands by for, if it is for that that it was started.
#[derive(Resource)]
struct StandingBy(Option<Link>);

/// A world that is gone, or was not there, is looked for again after so long.
const COME_AGAIN: Duration = Duration::from_secs(10);

/// Whoever stands by goes in again, whenever that is.
fn come_again(
    mut ended: MessageReader<SessionEnded>,
    standing_by: Res<StandingBy>,
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut at: Local<Option<Duration>>,
    mut joins: MessageWriter<JoinLink>,
) {
    let Some(link) = &standing_by.0 else { return };
    let now = time.elapsed();
    if ended.read().count() > 0 {
        *at = Some(now + COME_AGAIN);
    }
    if at.is_some_and(|at| now >= at) && session.phase() == SessionPhase::Off {
        *at = None;
        joins.write(JoinLink { link: link.clone() });
    }
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

fn tell_news(mut news: MessageReader<News>, voice: Res<Voice>) {
    for news in news.read() {
        if voice.json {
            voice.say(&news_event(news).to_string());
        } else {
            voice.say(&news_line(news));
        }
    }
}

/// What became of the world, as a line of `--json`.
fn news_event(news: &News) -> serde_json::Value {
    let what = match news {
        News::Asked => "asked",
        News::NotReady(_) => "not_ready",
        News::Ready => "ready",
        News::HeirReady { .. } => "heir_ready",
        News::NoHeir { .. } => "no_heir",
        News::Ours => "ours",
        News::Moved => "moved",
        News::Writes => "writes",
        News::CutOff => "cut_off",
        News::MayHaveGoneOn => "may_have_gone_on",
        News::Elsewhere => "elsewhere",
        News::GaveUp => "gave_up",
    };
    let mut event = json!({ "event": "succession", "news": what });
    match news {
        News::HeirReady { name } | News::NoHeir { name } => event["name"] = json!(name),
        News::NotReady(why) => event["sentence"] = json!(why.to_string()),
        _ => {}
    }
    event
}

fn news_line(news: &News) -> String {
    let called = |name: &str| match name {
        "" => "Somebody without a name".to_owned(),
        name => name.to_owned(),
    };
    match news {
        News::Asked => "The host of the world asks whether this program would go on with it.".to_owned(),
        News::NotReady(why) => format!("This program cannot go on with the world. {why}"),
        News::Ready => "This program can go on with the world at any moment.".to_owned(),
        News::HeirReady { name } => format!("{} can go on with the world at any moment.", called(name)),
        News::NoHeir { name } => format!("{} does not go on with the world.", called(name)),
        News::Ours => "The world is hosted here now.".to_owned(),
        News::Moved => "The world is at another host now, and this program in it.".to_owned(),
        News::Writes => "The world can be changed again.".to_owned(),
        News::CutOff => "The world can only be looked at: people who were here are cut off, and may go on with it elsewhere."
            .to_owned(),
        News::MayHaveGoneOn => {
            "Others may have gone on with the world while it was closed here: they are looked for. `heirs` says more."
                .to_owned()
        }
        News::Elsewhere => "The world goes on at somebody else's; this program goes there.".to_owned(),
        News::GaveUp => "Too few of those who were here found each other again.".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Phrase;

    #[test]
    fn news_has_a_name_for_programs_and_a_line_for_people() {
        let ready = News::HeirReady {
            name: "Mei".to_owned(),
        };
        assert_eq!(
            news_event(&ready),
            json!({ "event": "succession", "news": "heir_ready", "name": "Mei" })
        );
        assert_eq!(news_line(&ready), "Mei can go on with the world at any moment.");
        let not = News::NotReady(Phrase::new("keep-nowhere"));
        assert_eq!(news_event(&not)["news"], "not_ready");
        assert!(news_line(&not).contains("no folder"), "{}", news_line(&not));
        let away = News::NoHeir { name: String::new() };
        assert!(news_line(&away).starts_with("Somebody"));
        assert_eq!(
            news_event(&News::CutOff),
            json!({ "event": "succession", "news": "cut_off" })
        );
    }
}
