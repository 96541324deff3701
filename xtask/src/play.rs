//! `cargo xtask play`: the client in a window; without a display, a headless host and its link.

use crate::setup::{Need, ensure};
use crate::shell::{Env, has_display, run as run_command};
use crate::web;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Stdio;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Host without a window, also where there is a display.
    #[arg(long)]
    headless: bool,
    /// Do not build the browser bundle: friends need the desktop client then.
    #[arg(long)]
    no_web: bool,
    /// Build as it is shipped: slower to compile, faster to run.
    #[arg(long)]
    release: bool,
    /// Given to `holm` as they are, for example `-- --world my.glb`.
    #[arg(last = true)]
    rest: Vec<String>,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    let headless = args.headless || !has_display();
    let mut needs = vec![Need::Linker];
    if !headless {
        needs.push(Need::DesktopBuild);
        if cfg!(target_os = "linux") {
            needs.push(Need::DesktopRun);
        }
    }
    if headless && !args.headless {
        eprintln!("There is no display here: hosting a world for others to come to.");
    }
    ensure(env, &needs)?;
    let profile = if args.release { "release" } else { "dev" };
    eprintln!(
        "Building Holm. The first time takes a while (10 minutes and more on a small machine), later ones seconds."
    );
    build(env, profile, headless)?;
    let bundle = if args.no_web {
        None
    } else {
        eprintln!(
            "Building what browsers load, so that a link is all that friends need (--no-web leaves it out)."
        );
        Some(web::build(env, if args.release { "web" } else { "web-quick" }, None)?.dir)
    };

    let mut command = env.command(env.binary(profile, "holm"));
    command.stdin(Stdio::inherit());
    if let Some(dir) = &bundle {
        command.env("HOLM_WEB", dir);
    }
    if headless {
        command.args(["host", "--headless"]);
    }
    run_command(command.args(&args.rest))
}

/// Compiles `holm` with or without a window. The two share a file name: start it before building the other.
pub(crate) fn build(env: &Env, profile: &str, headless: bool) -> Result<()> {
    let mut cargo = env.cargo([
        "build",
        "--package",
        "holm",
        "--bin",
        "holm",
        "--profile",
        profile,
    ]);
    if headless {
        cargo.arg("--no-default-features");
    }
    run_command(&mut cargo)
}

/// The program that was just built, copied into a folder of the target: another build may not replace it meanwhile.
pub(crate) fn keep(env: &Env, profile: &str, folder: &str) -> Result<PathBuf> {
    let folder = env.target.join(folder);
    std::fs::create_dir_all(&folder)?;
    let kept = folder
        .join("holm")
        .with_extension(std::env::consts::EXE_EXTENSION);
    let _ = std::fs::remove_file(&kept); // a copy over a program that still runs fails
    std::fs::copy(env.binary(profile, "holm"), &kept)
        .with_context(|| format!("{} cannot be written", kept.display()))?;
    Ok(kept)
}
