//! `cargo xtask ci`: what `.ci/run` calls. Cheap failures first.
//!
//! The three products are linted apart: a workspace build would unify their features and hide a missing one.

use crate::setup::{Need, ensure};
use crate::shell::{Env, run as run_command, which};
use crate::steps::Steps;
use crate::{test, tidy};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Begin with this step.
    #[arg(long)]
    from: Option<String>,
    /// Go on after a failure.
    #[arg(long)]
    keep_going: bool,
    /// Leave the slow tests out.
    #[arg(long)]
    fast: bool,
}

const WASM: &str = "wasm32-unknown-unknown";

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    let mut steps = Steps::new(args.from.clone(), args.keep_going);
    let ended = all(env, args, &mut steps);
    for sentence in limits() {
        steps.note(sentence);
    }
    steps.finish(ended)
}

fn all(env: &Env, args: &Args, steps: &mut Steps) -> Result<()> {
    let cargo = |line: &str| run_command(&mut env.cargo(line.split(' ')));
    steps.step("format", || cargo("fmt --all --check"))?;
    steps.step("tidy", || tidy::run(env))?;
    for (name, command) in [("typos", &["typos"][..]), ("taplo", &["taplo", "lint"])] {
        if which(command[0]).is_some() {
            steps.step(name, || run_command(env.command(command[0]).args(&command[1..])))?;
        } else {
            steps.skip(name, format!("{} is not installed", command[0]));
        }
    }
    if which("cargo-deny").is_some() {
        steps.step("deny", || {
            cargo("deny --all-features check bans licenses sources")
        })?;
    } else {
        steps.skip("deny", "cargo-deny is not installed");
    }
    steps.step("setup", || {
        let mut needs = test::needs(args.fast);
        needs.push(Need::Wasm); // it is linted in every run
        ensure(env, &needs)
    })?;
    steps.step("lint net", || {
        cargo("clippy --locked -p holm-document -p holm-identity -p holm-net -p holm-rendezvous -p holm-voice -p holm-worklet --all-targets -- -D warnings")
    })?;
    // Apart: together cargo would unify what the two ask of shared crates, and compile those again.
    steps.step("lint xtask", || {
        cargo("clippy --locked -p xtask --all-targets -- -D warnings")
    })?;
    steps.step("lint headless", || {
        cargo("clippy --locked -p holm --no-default-features --all-targets -- -D warnings")
    })?;
    steps.step("lint desktop", || {
        cargo("clippy --locked -p holm --all-targets -- -D warnings")
    })?;
    steps.step("lint wasm", || {
        cargo(&format!("clippy --locked -p holm --target {WASM} -- -D warnings"))?;
        cargo(&format!(
            "clippy --locked -p holm-worklet --target {WASM} -- -D warnings"
        ))
    })?;
    test::all(
        env,
        &test::Args {
            fast: args.fast,
            ..test::Args::default()
        },
        steps,
    )?;
    steps.step("docs", || {
        let mut doc = env.cargo([
            "doc",
            "--locked",
            "--no-deps",
            "-p",
            "holm-document",
            "-p",
            "holm-identity",
            "-p",
            "holm-net",
            "-p",
            "holm-rendezvous",
            "-p",
            "holm-voice",
            "-p",
            "holm",
        ]);
        run_command(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })
}

/// What this run cannot show, as sentences.
fn limits() -> Vec<String> {
    let mut limits = vec![
        "people on real Wi-Fi and mobile networks: their loss and jitter are played by a seeded model"
            .to_owned(),
        "Firefox and Safari, Windows and macOS: the tests drive Chromium on this system".to_owned(),
        "a fuzzer's search: its targets run on the corpus and a bounded number of mutations".to_owned(),
    ];
    if cfg!(target_os = "linux") && !std::path::Path::new("/dev/dri").exists() {
        limits.push(
            "pictures on a graphics card: there is none, they are drawn in software (lavapipe, SwiftShader)"
                .to_owned(),
        );
    }
    limits
}
