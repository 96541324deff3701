//! `cargo xtask test`: everything that shows that it works, fast rungs first.
//!
//! Flow: pure rules, codecs, people in one process, real links and NATs in network namespaces (net), a sound card (audio),
//! the game with its real processes → the browser → pictures.
//! Invariant: a step that cannot run here is named in the table with its reason, never passed over.

use crate::setup::{self, Need, ensure};
use crate::shell::{Env, run as run_command};
use crate::steps::Steps;
use crate::{browser, play, shots, web};
use anyhow::Result;

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Leave out what takes minutes: real sockets and processes, NATs, the browser, pictures.
    #[arg(long)]
    pub(crate) fast: bool,
    /// More seeds and cases for what draws its cases at random.
    #[arg(long, conflicts_with = "fast")]
    pub(crate) full: bool,
    /// Begin with this step.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Go on after a failure.
    #[arg(long)]
    pub(crate) keep_going: bool,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    let mut steps = Steps::new(args.from.clone(), args.keep_going);
    let ended = all(env, args, &mut steps);
    steps.finish(ended)
}

pub(crate) fn all(env: &Env, args: &Args, steps: &mut Steps) -> Result<()> {
    let namespaces = setup::can_make_namespaces();
    let test = |line: &str| {
        let mut cargo = env.cargo(line.split(' '));
        if args.full {
            cargo.env("PROPTEST_CASES", "4096");
        }
        if namespaces {
            cargo.env("HOLM_NAT", "must run"); // what it needs is installed: passing itself over is a failure
        }
        if cfg!(target_os = "linux") && !args.fast {
            cargo.env("HOLM_WINDOW", "must run"); // the same
            cargo.env("HOLM_SOUND_CARD", "must run"); // the same
        }
        run_command(&mut cargo)
    };
    // Beside the code nothing opens a socket or starts a process.
    let which = if args.fast { " --lib --bins" } else { "" };
    steps.step("tools", || ensure(env, &needs(args.fast)))?;
    steps.step("test net", || {
        test(&format!(
            "test -p holm-document -p holm-identity -p holm-net -p holm-rendezvous -p holm-voice -p holm-worklet -p xtask{which}"
        ))
    })?;
    if !args.fast && !namespaces {
        steps.skip("NATs", "that needs Linux and root"); // a part of the step above that passes itself over
    }
    steps.step("test audio", || {
        test(&format!("test -p holm-audio --features device{which}"))
    })?;
    if !args.fast && !cfg!(target_os = "linux") {
        steps.skip("a sound card", "it is PulseAudio's, on Linux");
    }
    steps.step("test game", || test(&format!("test -p holm{which}")))?;
    if args.full {
        steps.step("test headless", || test("test -p holm --no-default-features"))?;
    } else {
        // A second Bevy to compile, for the same rules: linted in every run, tested in long ones.
        steps.skip("test headless", "with --full only");
    }
    if args.fast {
        steps.skip("sockets, processes and NATs", "--fast");
        steps.skip("browser", "--fast");
        steps.skip("pictures", "--fast");
        return Ok(());
    }
    steps.step("browser", || {
        play::build(env, "dev", false)?;
        let holm = play::keep(env, "dev", "browser-tests")?;
        let bundle = web::build(env, "web-quick", None)?;
        let files = [
            "loader.mjs",
            "door.mjs",
            "page.mjs",
            "meeting.mjs",
            "hands.mjs",
            "avatar.mjs",
            "kept.mjs",
            "hidden.mjs",
            "admin.mjs",
            "voice.mjs",
            "talk.mjs",
        ];
        browser::test(env, &holm, &bundle.dir, &files)
    })?;
    if cfg!(target_os = "linux") {
        steps.step("pictures", || shots::run(env, &shots::Args::default()))?;
    } else {
        steps.skip("pictures", "they are drawn by lavapipe, on Linux");
    }
    Ok(())
}

/// What the tests need.
pub(crate) fn needs(fast: bool) -> Vec<Need> {
    let mut needs = vec![Need::Linker, Need::DesktopBuild];
    if !fast {
        needs.extend([Need::Wasm, Need::Browser, Need::Pictures]);
        if cfg!(target_os = "linux") {
            needs.push(Need::SoundCard);
        }
        if setup::can_make_namespaces() {
            needs.push(Need::Nat);
        }
    }
    needs
}
