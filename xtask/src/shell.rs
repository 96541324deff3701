//! Where we are, and running other programs from there.
//!
//! Invariant: every program that is started is named on standard error first, so that a person can type
//! the same; nothing here reads standard input.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The checkout, its build folder, and whether we may ask a question.
pub(crate) struct Env {
    /// The workspace's root.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, absolute.
    pub(crate) target: PathBuf,
    /// Never ask: `--yes` or `CI=true`.
    pub(crate) yes: bool,
}

impl Env {
    pub(crate) fn find(yes: bool) -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = manifest
            .parent()
            .context("xtask lies in the workspace's root")?
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => std::path::absolute(dir)?,
            None => root.join("target"),
        };
        let ci = std::env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1");
        Ok(Self {
            root,
            target,
            yes: yes || ci,
        })
    }

    /// A program, to be run in the root.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Cargo with these arguments, writing where this xtask was built.
    pub(crate) fn cargo<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(args).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Where a program of this profile lies after `cargo build`.
    pub(crate) fn binary(&self, profile: &str, name: &str) -> PathBuf {
        let folder = if profile == "dev" { "debug" } else { profile };
        self.target
            .join(folder)
            .join(name)
            .with_extension(std::env::consts::EXE_EXTENSION)
    }

    /// A folder for what outlives builds (the browser test's tools): `$XDG_CACHE_HOME/holm` or its equal.
    pub(crate) fn cache(&self) -> PathBuf {
        let var = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        var("HOLM_CACHE")
            .or_else(|| var("XDG_CACHE_HOME").map(|dir| dir.join("holm")))
            .or_else(|| var("LOCALAPPDATA").map(|dir| dir.join("holm")))
            .or_else(|| var("HOME").map(|dir| dir.join(".cache/holm")))
            .unwrap_or_else(|| self.target.join("holm-cache"))
    }

    /// A person sits there and can answer.
    pub(crate) fn can_ask(&self) -> bool {
        !self.yes && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }
}

/// Windows can be opened here.
pub(crate) fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// The path of a program, if it is installed.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    // Scripts (`npm.cmd`) are named with their extension.
    let mut file = PathBuf::from(name);
    if file.extension().is_none() {
        file.set_extension(std::env::consts::EXE_EXTENSION);
    }
    std::env::split_paths(&paths)
        .map(|dir| dir.join(&file))
        .find(|path| path.is_file())
}

/// Whether this process may do what only root may.
pub(crate) fn is_root() -> bool {
    // Read instead of asked for: no unsafe call and no crate for one number.
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status.lines().any(|line| {
            line.strip_prefix("Uid:")
                .is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
        })
    })
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program
        .file_stem()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        text.push(' ');
        let arg = arg.to_string_lossy();
        if arg.is_empty() || arg.contains(|c: char| c.is_whitespace() || "\"'$&|;<>()*?".contains(c)) {
            text.push_str(&format!("'{}'", arg.replace('\'', r"'\''")));
        } else {
            text.push_str(&arg);
        }
    }
    text
}

/// Runs it, showing all it says; fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", shown(command));
    let status = command
        .status()
        .with_context(|| format!("`{}` cannot be started", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs it in silence and returns what it wrote to standard output; fails when it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let out = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{}` cannot be started", shown(command)))?;
    if !out.status.success() {
        bail!("`{}` failed ({})", shown(command), out.status);
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// A process that ends with us: asked first (SIGTERM, so that a host tells its guests), killed after 3 s.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        eprintln!("$ {}", shown(command));
        Ok(Self(command.spawn().with_context(|| {
            format!("`{}` cannot be started", shown(command))
        })?))
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Ends it, gently where the system has a gentle way.
    pub(crate) fn stop(&mut self) {
        if !self.is_running() {
            return;
        }
        if cfg!(unix) {
            // By the shell's own `kill`: std has no signals.
            let _ = Command::new("sh")
                .args(["-c", &format!("kill -TERM {}", self.0.id())])
                .status();
            for _ in 0..60 {
                if !self.is_running() {
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A folder that is gone when dropped: throw-away identities live there.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("holm-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be created", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_can_be_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["test", "-p", "holm", "two words", "it's"]);
        assert_eq!(shown(&command), r"cargo test -p holm 'two words' 'it'\''s'");
    }

    #[test]
    fn a_scratch_folder_is_gone_when_dropped() {
        let scratch = Scratch::new("scratch-test").unwrap();
        std::fs::write(scratch.0.join("x"), "x").unwrap();
        let path = scratch.0.clone();
        drop(scratch);
        assert!(!path.exists());
    }
}
