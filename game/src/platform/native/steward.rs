//! Steward: what a host's console asks of the program around the world: its configuration anew, the admin page's link, and
//! to begin again.
//!
//! Invariant: a configuration that is not understood changes nothing, and what a running world cannot change is named.

use super::admin::Admin;
use super::cli::Plan;
use super::config::changed;
use super::signals::{ReloadAsked, STOPPED};
use super::switchboard::Names;
use crate::console::{Answer, Answered, ConsoleSystems, ForPlatform, PlatformAsked, Restarting, Welcome};
use crate::customs;
use crate::powers::barred::BanAddresses;
use crate::quit::Quit;
use crate::session::Session;
use crate::world::ChooseMoment;
use bevy::prelude::*;
use std::ffi::OsString;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

/// What a host runs by.
#[derive(Resource)]
pub(super) struct Steward {
    pub(super) plan: Plan,
    pub(super) admin: Option<Admin>,
    /// Names of those who are here, for whoever types.
    pub(super) names: Names,
    /// Set where the world, or the program around it, is to begin again.
    pub(super) again: Arc<AtomicBool>,
    /// No other world is in this program.
    pub(super) alone: bool,
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(First, hang_up).add_systems(
        Update,
        (answer, begin_again, name_people)
            .chain()
            .after(ConsoleSystems::Obey),
    );
}

impl Steward {
    /// Reads the configuration again and changes what can be changed. What came of it, for a person.
    fn reload(
        &mut self,
        welcome: &mut Welcome,
        ban_addresses: &mut BanAddresses,
        moments: &mut MessageWriter<ChooseMoment>,
    ) -> Result<Vec<String>, String> {
        let Some(from) = &self.plan.from else {
            return Err(
                "This host has no configuration file: `holm host --write-config host.ron` begins one."
                    .to_owned(),
            );
        };
        let mut lines = vec![format!("{} is read.", from.display())];
        let again = self.plan.again()?;
        let differ = changed(&self.plan.file, &again.file);
        if differ.is_empty() {
            lines.push("Nothing in it has changed.".to_owned());
        }
        for key in &differ {
            lines.push(match key.live {
                true => format!("{}: changed.", key.name),
                // Where others share the program, a restart is this world's alone.
                false if key.is_of_program() && !self.alone => {
                    format!("{}: changes when the program begins again.", key.name)
                }
                false => format!("{}: changes with a restart.", key.name),
            });
        }
        welcome.0 = said(&again);
        *ban_addresses = again.ban_addresses();
        if differ.iter().any(|key| key.name == "moment") {
            moments.write(ChooseMoment(again.file.moment.unwrap_or_default()));
        }
        if let Some(admin) = &self.admin {
            admin.set(again.live());
        }
        // What waits for a restart stays in the list of what differs until then.
        for key in differ.iter().filter(|key| key.live) {
            match key.name {
                "welcome" => self.plan.file.welcome.clone_from(&again.file.welcome),
                "moment" => self.plan.file.moment = again.file.moment,
                "admin_names" => self.plan.file.admin_names.clone_from(&again.file.admin_names),
                "metrics" => self.plan.file.metrics = again.file.metrics,
                "ban_addresses" => self.plan.file.ban_addresses = again.file.ban_addresses,
                _ => {}
            }
        }
        Ok(lines)
    }
}

/// What everybody reads who comes in.
pub(super) fn said(plan: &Plan) -> String {
    plan.file
        .welcome
        .as_deref()
        .and_then(customs::chat_line)
        .unwrap_or_default()
}

fn answer(
    mut asked: MessageReader<PlatformAsked>,
    mut answered: MessageWriter<Answered>,
    mut steward: ResMut<Steward>,
    mut welcome: ResMut<Welcome>,
    mut ban_addresses: ResMut<BanAddresses>,
    mut moments: MessageWriter<ChooseMoment>,
) {
    for PlatformAsked { ticket, what } in asked.read() {
        let answer = match what {
            ForPlatform::Reload => match steward.reload(&mut welcome, &mut ban_addresses, &mut moments) {
                Ok(lines) => Answer::Said { done: true, lines },
                Err(why) => Answer::not(why),
            },
            ForPlatform::AdminLink => match &steward.admin {
                Some(admin) => Answer::done(admin.link()),
                None => Answer::not(
                    "There is no admin page: start with --admin, or set admin in the configuration.",
                ),
            },
        };
        answered.write(Answered {
            ticket: *ticket,
            answer,
        });
    }
}

/// SIGHUP: with a configuration file it is read again; where the program was started without one the terminal is gone, and the
/// host with it, whatever files its further worlds have.
fn hang_up(
    asked: Res<ReloadAsked>,
    mut steward: ResMut<Steward>,
    mut welcome: ResMut<Welcome>,
    mut ban_addresses: ResMut<BanAddresses>,
    mut moments: MessageWriter<ChooseMoment>,
    mut quit: MessageWriter<Quit>,
) {
    if !asked.take() {
        return;
    }
    if !steward.plan.program_has_file() {
        quit.write(Quit {
            why: STOPPED.to_owned(),
        });
        return;
    }
    match steward.reload(&mut welcome, &mut ban_addresses, &mut moments) {
        Ok(lines) => lines.iter().for_each(|line| info!("{line}")),
        Err(why) => error!("{why}"),
    }
}

fn begin_again(mut restarting: MessageReader<Restarting>, steward: Res<Steward>) {
    if restarting.read().count() > 0 {
        steward.again.store(true, Ordering::Relaxed);
    }
}

fn name_people(session: Res<Session>, steward: Res<Steward>) {
    if !session.roster_changed() {
        return;
    }
    let mut names = steward.names.lock().unwrap_or_else(PoisonError::into_inner);
    names.clear();
    session.for_each_person(|person| names.push(customs::name(&person.name)));
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
}

/// Begins this program again in its own place, with the words it was begun with. Comes back only where that fails.
pub(super) fn restart() -> std::io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    // A program that was replaced by a newer one is the newer one's path with this behind it (proc(5)).
    let path = program.to_string_lossy();
    let program = path
        .strip_suffix(" (deleted)")
        .map_or(program.clone(), Into::into);
    let mut command = Command::new(program);
    command.args(words_again(std::env::args_os().skip(1)));
    take_place(&mut command)
}

/// A new link was asked for once: who has it is to find the world behind it again.
fn words_again(words: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    words.filter(|word| word != "--new-link")
}

#[cfg(unix)]
fn take_place(command: &mut Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

#[cfg(not(unix))]
fn take_place(command: &mut Command) -> std::io::Error {
    match command.spawn() {
        Ok(_) => std::process::exit(0),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_begins_again_does_not_make_another_link() {
        let words = ["host", "--new-link", "--room", "new-link", "--headless"];
        let again = words_again(words.into_iter().map(OsString::from));
        assert!(again.eq(["host", "--room", "new-link", "--headless"]));
    }
}
