//! `cargo xtask windows`: the Windows program, built on Linux with mingw.

use crate::setup::{Need, ensure};
use crate::shell::{Env, run as run_command};
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only check that it compiles; nothing to start comes out.
    #[arg(long)]
    check: bool,
    /// Build with the `dev` profile instead of as it is shipped.
    #[arg(long)]
    dev: bool,
}

const TARGET: &str = "x86_64-pc-windows-gnu";

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    ensure(env, &[Need::Linker, Need::Windows])?;
    let (profile, folder) = if args.dev || args.check {
        ("dev", "debug")
    } else {
        ("release", "release")
    };
    let verb = if args.check { "check" } else { "build" };
    run_command(&mut env.cargo([
        verb,
        "--package",
        "holm",
        "--bin",
        "holm",
        "--target",
        TARGET,
        "--profile",
        profile,
    ]))?;
    if !args.check {
        println!(
            "{}",
            env.target.join(TARGET).join(folder).join("holm.exe").display()
        );
    }
    Ok(())
}
