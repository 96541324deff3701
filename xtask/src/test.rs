//! `cargo xtask test`: everything that shows that it works, fast rungs first.
//!
//! Flow: pure rules, codecs and people in one process (net, then the game without and with a view) → real
//! processes over real WebRTC → NATs in network namespaces → the browser → pictures.
//! Invariant: a step that cannot run here is named in the table with its reason, never passed over.

use crate::setup::{self, Need, ensure};
use crate::shell::{Env, run as run_command};
use crate::steps::Steps;
use anyhow::Result;

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
    Ok(())
}
