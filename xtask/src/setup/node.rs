//! What the browser test drives a browser with: playwright-core in our cache folder, and a Chromium.
//!
//! Invariant: nothing is installed for the whole system here, and the version is pinned: a browser test that
//! changes by itself shows nothing.

use crate::shell::{Env, run, which};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Pinned: any recent one drives any recent Chromium over the DevTools protocol.
const PLAYWRIGHT: &str = "1.65.1";

/// The folder whose `node_modules` holds playwright-core; installs it when it is not there.
pub(crate) fn playwright(env: &Env) -> Result<PathBuf> {
    let folder = env.cache().join(format!("playwright-core-{PLAYWRIGHT}"));
    if folder.join("node_modules/playwright-core/package.json").is_file() {
        return Ok(folder);
    }
    eprintln!(
        "Missing here:\n  · playwright-core {PLAYWRIGHT} (drives the browser in the tests), into {}",
        folder.display()
    );
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    std::fs::write(folder.join("package.json"), "{\"private\":true}\n")?;
    let npm = which("npm")
        .or_else(|| which("npm.cmd"))
        .context("npm is missing: install Node.js")?;
    run(env
        .command(npm)
        .current_dir(&folder)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--loglevel=error",
            &format!("playwright-core@{PLAYWRIGHT}"),
        ]))?;
    Ok(folder)
}

/// A Chromium or Chrome; `HOLM_CHROMIUM` names another one. Debian's own was installed with the other packages;
/// where the package is only a pointer to another store (Ubuntu), playwright's.
pub(crate) fn chromium(env: &Env) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("HOLM_CHROMIUM") {
        return Ok(path.into());
    }
    if let Some(path) = find(env) {
        return Ok(path);
    }
    if !cfg!(target_os = "linux") {
        bail!("Chrome is not where its installer puts it: set HOLM_CHROMIUM to its path");
    }
    eprintln!(
        "Missing here:\n  · Chromium (the browser of the tests), into {}",
        browsers(env).display()
    );
    let cli = playwright(env)?.join("node_modules/playwright-core/cli.js");
    run(env
        .command("node")
        .env("PLAYWRIGHT_BROWSERS_PATH", browsers(env))
        .arg(cli)
        .args(["install", "chromium"]))?;
    find(env).context("Chromium was installed, and still is not found: set HOLM_CHROMIUM to its path")
}

/// Whether the browser is missing here and the system's own package brings it.
pub(super) fn comes_as_a_package(env: &Env) -> bool {
    if std::env::var_os("HOLM_CHROMIUM").is_some() || find(env).is_some() {
        return false;
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    !cfg!(target_os = "linux") || release.lines().any(|line| line == "ID=debian")
}

fn browsers(env: &Env) -> PathBuf {
    env.cache().join("browsers")
}

fn find(env: &Env) -> Option<PathBuf> {
    // Ubuntu's /usr/bin/chromium-browser only points at a snap, which cannot run in most containers.
    let named = ["chromium", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .find_map(which);
    let known = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];
    let known = || known.into_iter().map(PathBuf::from).find(|path| path.is_file());
    let own = || {
        let folders = std::fs::read_dir(browsers(env)).ok()?.flatten();
        folders
            .filter(|folder| folder.file_name().to_string_lossy().starts_with("chromium-"))
            .flat_map(|folder| {
                ["chrome-linux64/chrome", "chrome-linux/chrome"].map(|path| folder.path().join(path))
            })
            .find(|path| path.is_file())
    };
    named.or_else(known).or_else(own)
}
