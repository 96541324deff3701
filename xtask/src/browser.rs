//! The browser tests: Chromium without a display opens a real host's link.

use crate::setup::{chromium, playwright};
use crate::shell::{Env, output, run as run_command, shown};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where screenshots and logs of a run go.
pub(crate) fn out(env: &Env) -> PathBuf {
    env.target.join("browser-tests")
}

fn node(env: &Env, holm: &Path, bundle: &Path) -> Result<Command> {
    let mut node = env.command("node");
    node.env("HOLM_PLAYWRIGHT", playwright(env)?)
        .env("HOLM_CHROMIUM", chromium(env)?)
        .env("HOLM_BIN", holm)
        .env("HOLM_WEB", bundle)
        .env("HOLM_OUT", out(env));
    Ok(node)
}

/// Runs the tests in these files of `game/tests/browser`.
pub(crate) fn test(env: &Env, holm: &Path, bundle: &Path, files: &[&str]) -> Result<()> {
    let mut node = node(env, holm, bundle)?;
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    for file in files {
        node.arg(format!("game/tests/browser/{file}"));
    }
    run_command(&mut node).with_context(|| format!("pictures and logs are in {}", out(env).display()))
}

/// A person's way in, measured.
pub(crate) struct WayIn {
    /// From opening the link until they are in the world, the slowest of three.
    pub(crate) inside_secs: f64,
    /// What they did until they walked: each click, tap, key or line typed.
    pub(crate) actions: f64,
}

/// Opens the link as a person does.
pub(crate) fn time(env: &Env, holm: &Path, bundle: &Path) -> Result<WayIn> {
    let mut node = node(env, holm, bundle)?;
    node.arg("game/tests/browser/time.mjs");
    eprintln!("$ {}", shown(&node));
    let text = output(&mut node)?;
    let last = text
        .lines()
        .rfind(|line| line.starts_with('{'))
        .context("the browser reported nothing")?;
    let report: serde_json::Value = serde_json::from_str(last)?;
    let number = |name: &str| {
        report[name]
            .as_f64()
            .with_context(|| format!("the browser reported {last}"))
    };
    Ok(WayIn {
        inside_secs: number("inside_secs")?,
        actions: number("actions")?,
    })
}

/// Draws what a browser shows, all of it or the picture called `only`, into [`out`]; the pictures' names.
pub(crate) fn pictures(env: &Env, holm: &Path, bundle: &Path, only: Option<&str>) -> Result<Vec<String>> {
    std::fs::create_dir_all(out(env))?;
    let mut node = node(env, holm, bundle)?;
    node.arg("game/tests/browser/pictures.mjs").args(only);
    eprintln!("$ {}", shown(&node));
    Ok(output(&mut node)?.lines().map(str::to_owned).collect())
}
