//! `cargo xtask two [N]`: a host and N clients side by side, each with a throw-away identity.
//!
//! Without a display the host is headless and the clients are bots: the same meeting, to be read.

use crate::setup::{Need, ensure};
use crate::shell::{Env, Running, Scratch, has_display};
use crate::{play, web};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many clients join.
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    clients: u16,
    /// The world file to host.
    #[arg(long)]
    world: Option<std::path::PathBuf>,
}

pub(crate) fn run(env: &Env, args: &Args) -> Result<()> {
    let windows = has_display();
    let mut needs = vec![Need::Linker];
    if windows {
        needs.push(Need::DesktopBuild);
        if cfg!(target_os = "linux") {
            needs.push(Need::DesktopRun);
        }
    }
    ensure(env, &needs)?;
    play::build(env, "dev", !windows)?;
    let holm = env.binary("dev", "holm");
    let scratch = Scratch::new("two")?;

    let mut host = env.command(&holm);
    host.args([
        "host", "--json", "--port", "0", "--no-lan", "--name", "Host", "--data",
    ])
    .arg(scratch.0.join("host"));
    if !windows {
        host.arg("--headless");
    }
    if let Some(world) = &args.world {
        host.arg("--world").arg(std::path::absolute(world)?);
    }
    let bundle = web::folder(env, "web-quick");
    if bundle.join("index.html").is_file() {
        host.env("HOLM_WEB", bundle);
    }
    let mut host = Running::start(host.stdout(Stdio::piped()))?;
    let link = ready_link(&mut host)?;
    println!("{link}");

    let mut guests = Vec::new();
    if windows {
        for number in 1..=args.clients {
            let mut guest = env.command(&holm);
            guest
                .args(["join", &link, "--name", &format!("Guest {number}"), "--data"])
                .arg(scratch.0.join(format!("guest-{number}")));
            guests.push(Running::start(&mut guest)?);
        }
    } else {
        let mut bots = env.command(&holm);
        bots.args([
            "bot",
            "--join",
            &link,
            "--count",
            &args.clients.to_string(),
            "--seconds",
            "86400",
        ]);
        guests.push(Running::start(&mut bots)?);
    }
    eprintln!("Close the host's window, or press Ctrl-C, to end it for everybody.");
    while host.is_running() && guests.iter_mut().any(Running::is_running) {
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Waits for a host's first line, `{"event":"ready","link":…}`, and goes on reading so that it never blocks.
fn ready_link(host: &mut Running) -> Result<String> {
    let out = host.0.stdout.take().context("the host's output is piped")?;
    let mut lines = BufReader::new(out).lines();
    let first = lines.next().context("the host ended before it was ready")??;
    let event: serde_json::Value =
        serde_json::from_str(&first).with_context(|| format!("the host said {first:?}"))?;
    let Some(link) = event["link"].as_str() else {
        bail!("the host said {first:?}, without a link")
    };
    std::thread::spawn(move || lines.for_each(drop));
    Ok(link.to_owned())
}
