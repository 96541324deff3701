//! Finds what a command needs and is not there, says so, installs it, and goes on.
//!
//! Flow: a command calls [`ensure`] with its [`Need`]s → each is looked for by what it is used as (a
//! program on the PATH, a library's description) → what is missing is listed in one sentence → Debian and
//! Ubuntu: one `apt-get`, as root or with sudo after asking; elsewhere: the exact commands, and an error.
//! Invariant: when all is there, nothing is started that takes longer than reading a few files.

mod node;
mod packages;

pub(crate) use node::{chromium, playwright};

use crate::shell::{self, Env, output, run as run_command, which};
use anyhow::{Result, bail};
use packages::Part;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also what the Windows build needs.
    #[arg(long)]
    windows: bool,
}

/// Something that a command cannot do without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// A C compiler and linker: Rust links with it.
    Linker,
    /// What the desktop client is compiled against.
    DesktopBuild,
    /// What the desktop client loads when it opens a window.
    DesktopRun,
    /// Rust's standard library for the browser.
    Wasm,
    /// Rust's standard library and a linker for Windows.
    Windows,
    /// A browser, node and playwright-core, to drive the client as a person does.
    Browser,
    /// A display in memory and a software Vulkan driver.
    Pictures,
    /// A sound server whose card is memory.
    SoundCard,
    /// Network namespaces with NATs and a TURN server between them.
    Nat,
    /// Speech to measure voice with.
    Speech,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    let mut needs = vec![
        Need::Linker,
        Need::DesktopBuild,
        Need::Wasm,
        Need::Browser,
        Need::Pictures,
    ];
    if shell::has_display() && cfg!(target_os = "linux") {
        needs.push(Need::DesktopRun);
    }
    if cfg!(target_os = "linux") {
        needs.push(Need::SoundCard);
    }
    if can_make_namespaces() {
        needs.push(Need::Nat);
    }
    if args.windows {
        needs.push(Need::Windows);
    }
    ensure(env, &needs)?;
    eprintln!("Everything is there.");
    Ok(())
}

/// The NAT tests need root on Linux; elsewhere they are not run, and said so.
pub(crate) fn can_make_namespaces() -> bool {
    let tried = || {
        std::process::Command::new("unshare")
            .args(["--net", "true"])
            .status()
    };
    cfg!(target_os = "linux") && shell::is_root() && tried().is_ok_and(|status| status.success())
}

/// Finds, says, installs. Returns when all of them are there.
pub(crate) fn ensure(env: &Env, needs: &[Need]) -> Result<()> {
    let mut missing: Vec<&Part> = packages::parts(needs).filter(|part| !part.is_there()).collect();
    if needs.contains(&Need::Browser) && node::comes_as_a_package(env) {
        missing.push(&packages::CHROMIUM);
    }
    if !missing.is_empty() {
        install(env, &missing)?;
    }
    for (need, target) in [
        (Need::Wasm, "wasm32-unknown-unknown"),
        (Need::Windows, "x86_64-pc-windows-gnu"),
    ] {
        if needs.contains(&need) {
            rust_target(env, target)?;
        }
    }
    if needs.contains(&Need::Browser) {
        playwright(env)?;
        chromium(env)?;
    }
    Ok(())
}

fn install(env: &Env, missing: &[&Part]) -> Result<()> {
    eprintln!("Missing here:");
    for part in missing {
        eprintln!("  · {} ({})", part.name, part.purpose);
    }
    if cfg!(target_os = "macos") {
        return by_hand(missing.iter().map(|part| part.macos));
    }
    if cfg!(windows) {
        return by_hand(missing.iter().map(|part| part.windows));
    }
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|part| part.debian.split_whitespace())
        .collect();
    install_packages(env, &packages)?;
    let still: Vec<_> = missing
        .iter()
        .filter(|part| !part.is_there())
        .map(|part| part.name)
        .collect();
    if !still.is_empty() {
        bail!("installed, and still not found: {}", still.join(", "));
    }
    Ok(())
}

/// One `apt-get update` and one `apt-get install`, as root or with sudo after asking.
fn install_packages(env: &Env, packages: &[&str]) -> Result<()> {
    if which("apt-get").is_none() {
        bail!(
            "this is neither Debian nor Ubuntu: install what your system calls {} and run this again",
            packages.join(", ")
        );
    }
    let root = shell::is_root();
    let typed = format!(
        "{}apt-get install -y --no-install-recommends {}",
        if root { "" } else { "sudo " },
        packages.join(" ")
    );
    if !root {
        if which("sudo").is_none() {
            bail!(
                "there is no sudo here: as root, run `{}`, then this again",
                typed.trim_start_matches("sudo ")
            );
        }
        if !env.yes {
            if !env.can_ask() {
                bail!("run `{typed}`, then this again (or add --yes)");
            }
            eprint!("Run `{typed}`? [Y/n] ");
            let mut answer = String::new();
            std::io::stdin().read_line(&mut answer)?;
            if !matches!(
                answer.trim().to_lowercase().as_str(),
                "" | "y" | "yes" | "j" | "ja"
            ) {
                bail!("not installed: run `{typed}` yourself, then this again");
            }
        }
    }
    let apt = |args: &[&str]| {
        let mut command = if root {
            env.command("apt-get")
        } else {
            let mut sudo = env.command("sudo");
            if env.yes {
                sudo.arg("-n"); // never a question: a password that is needed is an error that says so
            }
            sudo.arg("DEBIAN_FRONTEND=noninteractive").arg("apt-get");
            sudo
        };
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run_command(&mut apt(&["update", "-q"]))?;
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(packages);
    run_command(&mut apt(&args))
}

/// Names the commands for a system where we install nothing ourselves.
fn by_hand(commands: impl Iterator<Item = &'static str>) -> Result<()> {
    let mut typed: Vec<_> = commands.filter(|command| !command.is_empty()).collect();
    typed.dedup();
    if typed.is_empty() {
        bail!("this part runs on Linux only");
    }
    bail!("run these, then this again:\n    {}", typed.join("\n    "))
}

/// Rust's standard library for another target.
fn rust_target(env: &Env, target: &str) -> Result<()> {
    let sysroot = output(
        env.command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["--print", "sysroot"]),
    )?;
    let lib = std::path::Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(target)
        .join("lib");
    if lib.is_dir() {
        return Ok(());
    }
    eprintln!("Missing here:\n  · Rust's standard library for {target}");
    if which("rustup").is_none() {
        bail!(
            "this Rust does not come from rustup: install the standard library for {target} and run this again"
        );
    }
    run_command(env.command("rustup").args(["target", "add", target]))
}
