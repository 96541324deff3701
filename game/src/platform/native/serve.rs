//! `holm host --headless`: a world without a window.
//!
//! Flow: for each world of the program the admin page and the loop are made, and know each other by a desk; the terminal reaches
//! all desks by the switchboard → the loops run, each on a thread of its own → what is left to be said is said when the terminal
//! is its own again.
//! Invariant: what happens to one world happens to no other of the program.

use super::cli::Plan;
use super::signals::{ReloadAsked, StopAsked};
use super::steward::{self, Steward};
use super::supervise::{Ended, keep_up};
use super::switchboard::{Line, Switchboard};
use super::{Vault, admin, desk, fail, metrics, network, say, signals, terminal, unix_ms};
use crate::console::{ConsolePlugin, Welcome};
use crate::customs;
use crate::headless::recent::RecentLog;
use crate::headless::{self, LogLines};
use crate::hosting::{HostFailed, HostOpened, HostWorld};
use crate::profile::{self, Profile};
use crate::session::{JoinLink, Session, SessionEnded, SessionPhase};
use crate::succession::{News, Standby};
use crate::words::Words;
use bevy::prelude::*;
use holm_net::link::Link;
use serde_json::json;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How this host speaks to whoever started it.
#[derive(Resource, Clone)]
struct Voice {
    json: bool,
    started: Instant,
    /// Which of several worlds speaks.
    world: Option<String>,
    /// Above the line that somebody types.
    lines: Option<LogLines>,
    /// Said when nobody types any more: what went wrong, and the end.
    parting: Arc<Mutex<Vec<String>>>,
}

impl Voice {
    fn say(&self, line: &str) {
        let line = match &self.world {
            Some(world) if !line.trim().is_empty() => format!("[{world}] {}", line.trim_start_matches('\n')),
            _ => line.to_owned(),
        };
        match &self.lines {
            Some(lines) => lines.say(format!("{line}\n")),
            None => say(&line),
        }
    }

    /// A line of `--json`.
    fn tell(&self, mut event: serde_json::Value) {
        if let Some(world) = &self.world {
            event["world"] = json!(world);
        }
        say(&event.to_string());
    }

    /// The last words of a world that ends.
    fn part(&self, line: &str) {
        let line = match &self.world {
            Some(world) => format!("[{world}] {line}"),
            None => line.to_owned(),
        };
        match &self.lines {
            Some(_) => self.parting().push(line),
            None => say(&line),
        }
    }

    fn parting(&self) -> MutexGuard<'_, Vec<String>> {
        self.parting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failing(&self, sentence: &str) {
        if self.json {
            self.tell(failed(sentence));
        }
        let about = self
            .world
            .as_ref()
            .map(|world| format!("{world}: "))
            .unwrap_or_default();
        if self.lines.is_some() {
            self.parting().push(format!("holm: {about}{sentence}"));
        } else {
            fail(&format!("{about}{sentence}"));
        }
    }
}

/// One of the worlds of this program.
struct World {
    plan: Plan,
    line: Line,
    /// Until it is made: the terminal may ask before.
    desk: Option<desk::Desk>,
    vault: Vault,
    profile: Profile,
    stop: StopAsked,
    /// Listened for once, however often it is opened.
    reload: ReloadAsked,
    port: Port,
    voice: Voice,
    /// What the program logs, all of its worlds together.
    log: RecentLog,
    /// It does not share the program with another.
    alone: bool,
}

/// The port behind which a world was open, 0 until it was; what falls over leaves it behind, so that the link still leads there.
#[derive(Resource, Clone, Debug, Default)]
struct Port(Arc<AtomicU16>);

impl Port {
    fn note(&self, opened: &HostOpened) {
        let link = opened.local_link.parse::<Link>().ok();
        let port = link.and_then(|link| link.authority.rsplit_once(':')?.1.parse().ok());
        if let Some(port) = port {
            self.0.store(port, Ordering::Relaxed);
        }
    }

    fn get(&self) -> Option<u16> {
        Some(self.0.load(Ordering::Relaxed)).filter(|port| *port != 0)
    }
}

pub(super) fn run(vault: Vault, name: Option<String>, plans: Vec<Plan>, started: Instant) -> ExitCode {
    let (stop, json) = (StopAsked::listen(), plans.first().is_some_and(Plan::json));
    let open = |plan: Plan| {
        let (asker, desk) = desk::open();
        (Line::new(plan.called(), asker), desk, plan)
    };
    let open: Vec<_> = plans.into_iter().map(open).collect();
    let board = Switchboard::new(open.iter().map(|(line, ..)| line.clone()).collect());
    let typing = (!json)
        .then(|| terminal::open(board.clone(), stop.clone()))
        .flatten();
    if typing.is_none() {
        terminal::listen(board, json);
    }
    let voice = Voice {
        json,
        started,
        world: None,
        lines: typing.as_ref().map(terminal::Terminal::lines),
        parting: Arc::default(),
    };
    let log = RecentLog::new(unix_ms);
    headless::log(voice.lines.clone(), log.clone());
    // Once for all of them: two that began at once would make keys of their own.
    let profile = match profile(&vault, name.as_deref()) {
        Ok(profile) => profile,
        Err(sentence) => {
            voice.failing(&sentence);
            leave(typing, &voice);
            return ExitCode::FAILURE;
        }
    };
    for (.., plan) in &open {
        if plan.file.admin.is_some() {
            // What is wrong with one is said when its page would open.
            let _ = admin::prepare(&plan.token(), &vault);
        }
    }
    let alone = open.len() == 1;
    headless::make_room(open.len());
    let worlds = open.into_iter().map(|(line, desk, plan)| World {
        voice: Voice {
            world: (!alone).then(|| line.called.clone()),
            ..voice.clone()
        },
        desk: Some(desk),
        vault: vault.clone(),
        profile: profile.clone(),
        stop: stop.clone(),
        reload: ReloadAsked::listen(),
        port: Port::default(),
        log: log.clone(),
        plan,
        line,
        alone,
    });
    let (well, again) = if alone {
        worlds.map(World::stay_open).next().unwrap_or((true, false))
    } else {
        (side_by_side(worlds), false)
    };
    leave(typing, &voice);
    if again {
        return fail(&format!(
            "The world does not begin again: {}.",
            steward::restart()
        ));
    }
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whoever hosts here.
fn profile(vault: &Vault, name: Option<&str>) -> Result<Profile, String> {
    let (profile, notice) =
        profile::load(vault).map_err(|error| format!("Holm cannot make keys: {error}."))?;
    if let Some(notice) = notice {
        warn!("{}", notice.sentence);
    }
    Ok(Profile {
        name: name.map_or(profile.name, customs::name),
        ..profile
    })
}

/// The terminal is its own again, and what is left to be said is said.
fn leave(typing: Option<terminal::Terminal>, voice: &Voice) {
    if let Some(typing) = typing {
        typing.close();
    }
    for line in voice.parting().drain(..) {
        say(&line);
    }
}

/// All of them at once; whether all ended well.
fn side_by_side(worlds: impl Iterator<Item = World>) -> bool {
    std::thread::scope(|scope| {
        let beside = |world: World| {
            let (called, voice) = (world.line.called.clone(), world.voice.clone());
            let thread = std::thread::Builder::new().name(called.clone());
            let began = thread.spawn_scoped(scope, move || {
                let _here = info_span!("world", name = called).entered();
                world.stay_open().0
            });
            began.map_err(|error| voice.failing(&format!("It has no thread: {error}.")))
        };
        let threads: Vec<_> = worlds.map(beside).collect();
        let mut well = true;
        for thread in threads {
            well &= thread.is_ok_and(|thread| thread.join().unwrap_or(false));
        }
        well
    })
}

impl World {
    /// Opens it, and opens it again where it falls over; whether it ended well, and whether the program is to begin again.
    fn stay_open(self) -> (bool, bool) {
        self.stay_open_with(|_| {})
    }

    /// The same with more in it, each time that it opens.
    fn stay_open_with(mut self, mut add: impl FnMut(&mut App)) -> (bool, bool) {
        let (voice, line) = (self.voice.clone(), self.line.clone());
        let (mut program_again, started) = (false, voice.started);
        let well = keep_up(
            || match self.once(&mut add) {
                Ended::Again if self.alone => {
                    program_again = true;
                    Ended::Well
                }
                ended => ended,
            },
            || started.elapsed(),
            |what, again| {
                let end = if again {
                    "is opened again"
                } else {
                    "stays closed: it fell too often"
                };
                error!("the world fell over and {end}: {what}");
                if voice.json {
                    voice.tell(json!({ "event": "fell", "again": again }));
                }
            },
        );
        line.lead_to(None);
        (well, program_again)
    }

    /// From its opening to its end.
    fn once(&mut self, add: &mut impl FnMut(&mut App)) -> Ended {
        let desk = self.desk.take().unwrap_or_else(|| {
            let (asker, desk) = desk::open();
            self.line.lead_to(Some(asker));
            desk
        });
        if self.port.get().is_some() {
            self.plan.keep_link();
        }
        let again = Arc::new(AtomicBool::new(false));
        let mut app = headless::app();
        if let Err(sentence) = self.make(&mut app, &desk.asker(), Arc::clone(&again)) {
            self.voice.failing(&sentence);
            return Ended::Badly;
        }
        app.insert_resource(self.stop.clone())
            .insert_resource(self.voice.clone());
        desk.attach(&mut app);
        app.add_plugins(signals::plugin);
        add(&mut app);
        let exit = app.run();
        drop(app); // and with it every port
        match (again.load(Ordering::Relaxed), exit) {
            (true, _) => {
                match self.plan.again() {
                    Ok(plan) => self.plan = plan,
                    Err(why) => error!("the world opens as before: {why}"),
                }
                Ended::Again
            }
            (false, AppExit::Success) => Ended::Well,
            (false, AppExit::Error(_)) => Ended::Badly,
        }
    }

    /// All that a headless host has in it.
    fn make(&self, app: &mut App, asker: &desk::Asker, again: Arc<AtomicBool>) -> Result<(), String> {
        let (vault, plan, mut settings) = (&self.vault, &self.plan, self.plan.settings()?);
        if let (0, Some(port)) = (settings.port, self.port.get()) {
            settings.port = port; // the system chose it when this opened first
        }
        let admin = plan.admin()?.map(|listen| {
            let wanted = admin::Wanted {
                listen,
                token: plan.token(),
                live: plan.live(),
                log: self.log.clone(),
            };
            admin::open(wanted, vault, asker.clone())
        });
        let steward = Steward {
            admin: admin.transpose()?,
            names: Arc::clone(&self.line.names),
            again,
            alone: self.alone,
            plan: plan.clone(),
        };
        let stand_by = plan.stand_by();
        app.insert_resource(Standby(settings.clone()))
            .insert_resource(StandingBy(stand_by.clone()))
            .insert_resource(self.profile.clone())
            .insert_resource(vault.clone())
            .insert_resource(network())
            .insert_resource(Welcome(steward::said(plan)))
            .insert_resource(plan.ban_addresses())
            .insert_resource(self.reload.clone())
            .insert_resource(self.port.clone())
            .insert_resource(steward)
            .add_plugins((ConsolePlugin, steward::plugin, metrics::pace_plugin))
            .add_systems(
                Startup,
                move |mut wishes: MessageWriter<HostWorld>, mut joins: MessageWriter<JoinLink>| {
                    match &stand_by {
                        Some(link) => {
                            joins.write(JoinLink { link: link.clone() });
                        }
                        None => {
                            wishes.write(HostWorld {
                                settings: settings.clone(),
                            });
                        }
                    }
                },
            )
            .add_systems(
                Update,
                (tell_opened, tell_failed, tell_news, tell_ended, come_again).chain(),
            );
        Ok(())
    }
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
pub(super) fn failed(sentence: &str) -> serde_json::Value {
    json!({ "event": "failed", "sentence": sentence })
}

fn tell_opened(
    mut opened: MessageReader<HostOpened>,
    voice: Res<Voice>,
    steward: Res<Steward>,
    port: Res<Port>,
) {
    for opened in opened.read() {
        port.note(opened);
        let admin = steward.admin.as_ref();
        if voice.json {
            let mut event = ready(opened, voice.started);
            if let Some(admin) = admin {
                event["admin"] = json!(admin.page());
                event["admin_token_file"] = json!(admin.token_file());
            }
            voice.tell(event);
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
        voice.failing(&sentence.to_string());
        exit.write(AppExit::error());
    }
}

fn tell_news(mut news: MessageReader<News>, voice: Res<Voice>) {
    for news in news.read() {
        if voice.json {
            voice.tell(news_event(news));
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
            voice.tell(json!({ "event": "closed" }));
        } else {
            voice.part("The world is closed.");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::{cli, keeping};
    use super::*;
    use crate::console::{Answer, Answered, Ask, Asked};
    use crate::words::Phrase;

    /// What was seen of a world, however often its loop fell.
    #[derive(Resource, Clone, Default)]
    struct Seen {
        links: Arc<Mutex<Vec<String>>>,
        answers: Arc<Mutex<Vec<String>>>,
    }

    /// Says `lock` once it is open. The first time its answer is the end of the loop, the next time of the world.
    fn lock_and_fall(
        seen: Res<Seen>,
        session: Res<Session>,
        mut opened: MessageReader<HostOpened>,
        mut said: Local<bool>,
        mut asks: MessageWriter<Asked>,
        mut answered: MessageReader<Answered>,
        mut exit: MessageWriter<AppExit>,
    ) {
        for opened in opened.read() {
            seen.links.lock().unwrap().push(opened.link.clone());
        }
        if session.phase() == SessionPhase::Inside && !std::mem::replace(&mut *said, true) {
            asks.write(Asked {
                ticket: u64::MAX, // no desk has given out so many
                what: Ask::Line("lock".to_owned()),
            });
        }
        for Answered { answer, .. } in answered.read() {
            let Answer::Said { lines, .. } = answer else {
                panic!("{answer:?}")
            };
            seen.answers.lock().unwrap().push(lines.join(" "));
            let answers = seen.answers.lock().unwrap().len();
            assert!(answers > 1, "a fault of ours");
            exit.write(AppExit::Success);
        }
    }

    #[test]
    fn a_world_that_falls_is_open_again_under_its_link_with_all_that_was_told() {
        let folder = std::env::temp_dir().join(format!("holm-falls-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let vault = Vault::at(Some(folder.clone()));
        let words = ["--port", "0", "--no-lan", "--new-link", "--world", "quiet-room"];
        let plan = cli::planned(&words, &vault).unwrap();
        let (place, profile) = (plan.settings().unwrap().world, profile(&vault, None).unwrap());
        let owner = profile.identity.account();
        let (asker, desk) = desk::open();
        let world = World {
            line: Line::new(plan.called(), asker),
            desk: Some(desk),
            vault: vault.clone(),
            profile,
            stop: StopAsked::default(),
            reload: ReloadAsked::default(),
            port: Port::default(),
            voice: Voice {
                json: true,
                started: Instant::now(),
                world: None,
                lines: None,
                parting: Arc::default(),
            },
            log: RecentLog::new(unix_ms),
            plan,
            alone: true,
        };
        let seen = Seen::default();
        let (well, program_again) = world.stay_open_with(|app| {
            app.insert_resource(seen.clone())
                .add_systems(Update, lock_and_fall);
        });
        assert!(well && !program_again);
        let (links, answers) = (seen.links.lock().unwrap(), seen.answers.lock().unwrap());
        assert_eq!(links.len(), 2, "{links:?}");
        assert_eq!(links[0], links[1], "whoever was inside finds it again");
        assert!(
            answers[0].contains("locked") && !answers[0].contains("already"),
            "{answers:?}"
        );
        assert!(
            answers[1].contains("already"),
            "what was told is there: {answers:?}"
        );
        // And nobody holds its folder any more.
        let kept = keeping::open(&place, None, Some(&vault), Some(owner)).unwrap();
        assert!(kept.unwrap().store.is_some());
        std::fs::remove_dir_all(folder).unwrap();
    }

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
