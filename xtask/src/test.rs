//! `cargo xtask test`: everything that shows that it works, fast rungs first.
//!
//! Flow: pure rules, codecs and people in one process (net, then the game without and with a view) → real
//! processes over real WebRTC → NATs in network namespaces → the browser → pictures.
//! Invariant: a step that cannot run here is named in the table with its reason, never passed over.

use crate::setup::{self, Need, ensure};
use crate::shell::{Env, run as run_command};
use crate::steps::Steps;
use crate::{browser, play, shots, web};
use anyhow::{Context, Result};
use std::path::PathBuf;

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Leave out what takes minutes: NATs, the browser, pictures.
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
    let test = |line: &str| {
        let mut cargo = env.cargo(line.split(' '));
        if args.full {
            cargo.env("PROPTEST_CASES", "4096");
        }
        run_command(&mut cargo)
    };
    steps.step("tools", || {
        let mut needs = vec![Need::Linker, Need::DesktopBuild];
        if !args.fast {
            needs.extend([Need::Wasm, Need::Browser, Need::Pictures]);
            if setup::can_make_namespaces() {
                needs.push(Need::Nat);
            }
        }
        ensure(env, &needs)
    })?;
    steps.step("test net", || {
        test("test -p holm-identity -p holm-net -p holm-rendezvous -p xtask")
    })?;
    steps.step("test headless", || test("test -p holm --no-default-features"))?;
    steps.step("test desktop", || test("test -p holm"))?;
    if args.fast {
        steps.skip("browser", "--fast");
        steps.skip("pictures", "--fast");
        return Ok(());
    }
    steps.step("browser", || {
        let holm = headless(env)?;
        let bundle = web::build(env, "web-quick", None)?;
        browser::test(env, &holm, &bundle.dir, &["loader.mjs", "meeting.mjs"])
    })?;
    if cfg!(target_os = "linux") {
        steps.step("pictures", || shots::run(env, &shots::Args::default()))?;
    } else {
        steps.skip("pictures", "they are drawn by lavapipe, on Linux");
    }
    Ok(())
}

/// The headless program, under a name of its own: the desktop build would overwrite it.
pub(crate) fn headless(env: &Env) -> Result<PathBuf> {
    play::build(env, "dev", true)?;
    let kept = env
        .target
        .join("headless")
        .join("holm")
        .with_extension(std::env::consts::EXE_EXTENSION);
    std::fs::create_dir_all(kept.parent().context("it has a folder")?)?;
    // Removed first: a copy over a program that still runs fails.
    let _ = std::fs::remove_file(&kept);
    std::fs::copy(env.binary("dev", "holm"), &kept)
        .with_context(|| format!("{} cannot be written", kept.display()))?;
    Ok(kept)
}
