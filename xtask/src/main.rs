//! The commands people type: `cargo xtask …`.
//!
//! Flow: a command names what it [needs](setup), which finds, announces and installs it; then it runs
//! cargo, the built programs or a [list of steps](steps) and says in a table how they went.
//! Invariant: knows no other room. It talks to `holm` as a person would: by its command line.

#![allow(clippy::print_stdout, reason = "a command's answer goes to standard output")]
#![allow(
    clippy::disallowed_methods,
    reason = "it waits for processes and measures them, in real time"
)]

mod bench;
mod browser;
mod ci;
mod play;
mod setup;
mod shell;
mod shots;
mod steps;
mod test;
mod tidy;
mod two;
mod web;
mod windows;

use clap::{Parser, Subcommand};
use shell::Env;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Holm's commands. Each finds what it needs, says so, and installs it."
)]
struct Cli {
    /// Install what is missing without asking (also when CI=true).
    #[arg(long, short, global = true)]
    yes: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Open the client; without a display, host a world and print its link.
    Play(play::Args),
    /// Everything that shows that it works: pure tests first, then real processes, browser, pictures, NATs.
    Test(test::Args),
    /// What continuous integration runs: format, tidy, lints for each product, tests, documentation.
    Ci(ci::Args),
    /// The browser bundle that hosts serve.
    Web(web::Args),
    /// A host and N clients side by side, each with a throw-away identity.
    Two(two::Args),
    /// Measure what must be reached: a table, and TARGET/bench.json.
    Bench(bench::Args),
    /// Draw fixed scenes in software and compare them with the pictures in docs/shots.
    Shots(shots::Args),
    /// Cross-build the Windows program.
    Windows(windows::Args),
    /// Check the house rules that no compiler checks.
    Tidy,
    /// Install what the other commands need, and nothing else.
    Setup(setup::Args),
}

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let done = Env::find(cli.yes).and_then(|env| match cli.command {
        Command::Play(args) => play::run(&env, &args),
        Command::Test(args) => test::run(&env, &args),
        Command::Ci(args) => ci::run(&env, &args),
        Command::Web(args) => web::run(&env, &args),
        Command::Two(args) => two::run(&env, &args),
        Command::Bench(args) => bench::run(&env, &args),
        Command::Shots(args) => shots::run(&env, &args),
        Command::Windows(args) => windows::run(&env, &args),
        Command::Tidy => tidy::run(&env),
        Command::Setup(args) => setup::run(&env, &args),
    });
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
