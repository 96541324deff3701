//! What can be typed behind `holm`.

use super::{Vault, bots, client, fail, serve};
use crate::hosting::{HostSettings, WorldChoice};
use clap::{Args, Parser, Subcommand};
use holm_net::link::{DEFAULT_PORT, Link};
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Worlds that people host themselves.
#[derive(Parser, Debug)]
#[command(name = "holm", version, about, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// Keep keys and settings in this folder (also: HOLM_DATA). An empty one is a throw-away identity.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The name others see, instead of the one kept on this device.
    #[arg(long, global = true, value_name = "NAME")]
    name: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Host a world: others come in by the link.
    Host(Box<HostArgs>),
    /// Go into the world a link opens.
    Join {
        /// holm://… or http(s)://…, with the part after #.
        link: String,
    },
    /// Guests without a window that walk about, wave and talk: for load and tests.
    Bot(bots::BotArgs),
}

#[derive(Args, Debug)]
struct HostArgs {
    /// Without a window.
    #[arg(long)]
    headless: bool,
    /// One that comes with Holm (harbour, quiet-room, hall) or a world file (.ron, .glb, .gltf). [default: harbour]
    #[arg(long, value_name = "WORLD")]
    world: Option<PathBuf>,
    /// Which of the world's moments it begins with: 0 is the first (the harbour's evening), 1 the next (its day).
    #[arg(long, value_name = "NUMBER")]
    moment: Option<u8>,
    /// The one port for everything; 0 lets the system choose. [default: 4656]
    #[arg(long)]
    port: Option<u16>,
    /// Listen on this address only.
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// What the room is called.
    #[arg(long, value_name = "NAME")]
    room: Option<String>,
    /// Print what happens as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// Certificate chain for https, PEM.
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// Its private key, PEM.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// A STUN server for guests behind NAT (stun:host:port). May be given more than once.
    #[arg(long, value_name = "URL")]
    stun: Vec<String>,
    /// A TURN server for guests whom nothing else reaches (turn:host:port). May be given more than once.
    #[arg(long, value_name = "URL")]
    turn_url: Vec<String>,
    /// The secret shared with the TURN server (also: HOLM_TURN_SECRET, which other users cannot read).
    #[arg(long, value_name = "SECRET")]
    turn_secret: Option<String>,
    /// Folder with the browser client (also: HOLM_WEB).
    #[arg(long, value_name = "DIR")]
    web: Option<PathBuf>,
    /// What the link says instead of an address found here: host:port.
    #[arg(long, value_name = "HOST:PORT")]
    public: Option<String>,
    /// Most guests at once.
    #[arg(long)]
    max: Option<usize>,
    /// Tell the local network (the default for a window).
    #[arg(long, conflicts_with = "no_lan")]
    lan: bool,
    /// Do not tell the local network.
    #[arg(long)]
    no_lan: bool,
    /// A new link; the old one opens nothing any more.
    #[arg(long)]
    new_link: bool,
    /// Settings from a file (RON); what is typed here wins.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// `--config FILE`: the same settings, kept.
#[derive(Deserialize, Debug, Default)]
#[serde(default, deny_unknown_fields)]
struct HostFile {
    world: Option<PathBuf>,
    moment: Option<u8>,
    port: Option<u16>,
    bind: Option<IpAddr>,
    room: Option<String>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    stun: Vec<String>,
    turn_urls: Vec<String>,
    turn_secret: Option<String>,
    web: Option<PathBuf>,
    public: Option<String>,
    max: Option<usize>,
    lan: Option<bool>,
}

/// A configuration file is a few hundred bytes.
const MAX_CONFIG_BYTES: u64 = 64 * 1024;

pub(super) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        let _ = error.print();
        ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
    })
}

pub(super) fn obey(cli: Cli, started: Instant) -> ExitCode {
    let vault = Vault::at(cli.data.clone());
    match cli.command {
        None => client::run(vault, cli.name, client::Begin::Title, started),
        Some(Command::Join { link }) => match link.parse::<Link>() {
            Ok(link) => client::run(vault, cli.name, client::Begin::Join(link), started),
            Err(error) => fail(&format!(
                "This link does not open anything: {error}. Ask for it again, all of it."
            )),
        },
        Some(Command::Host(args)) => {
            let (headless, json) = (args.headless || !client::has_display(), args.json);
            match settings(*args, headless) {
                Ok(settings) if headless => serve::run(vault, cli.name, settings, json, started),
                Ok(settings) => client::run(
                    vault,
                    cli.name,
                    client::Begin::Host(Box::new(settings), json),
                    started,
                ),
                Err(sentence) => fail(&sentence),
            }
        }
        Some(Command::Bot(args)) => bots::run(args),
    }
}

fn settings(args: HostArgs, headless: bool) -> Result<HostSettings, String> {
    let file = args
        .config
        .as_deref()
        .map(read_config)
        .transpose()?
        .unwrap_or_default();
    let env = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let turn_urls = if args.turn_url.is_empty() {
        file.turn_urls
    } else {
        args.turn_url
    };
    let secret = args
        .turn_secret
        .or_else(|| env("HOLM_TURN_SECRET"))
        .or(file.turn_secret);
    let turn = match (turn_urls.is_empty(), secret) {
        (true, _) => None,
        (false, Some(secret)) => Some((turn_urls, secret)),
        (false, None) => {
            return Err(
                "A TURN server needs its secret: give --turn-secret, or set HOLM_TURN_SECRET.".to_owned(),
            );
        }
    };
    let tls = match (args.cert.or(file.cert), args.key.or(file.key)) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificate, key)),
        // Serving http to people who expect https would be worse than not serving.
        _ => return Err("A certificate and its key go together: give both --cert and --key.".to_owned()),
    };
    let lan = if args.no_lan {
        false
    } else {
        // A window means somebody at home; a server's network is rarely friends only.
        args.lan || file.lan.unwrap_or(!headless)
    };
    Ok(HostSettings {
        world: args.world.or(file.world).map_or_else(WorldChoice::default, WorldChoice::from),
        moment: args.moment.or(file.moment).unwrap_or_default(),
        port: args.port.or(file.port).unwrap_or(DEFAULT_PORT),
        bind: args.bind.or(file.bind),
        room_name: args
            .room
            .or(file.room)
            .filter(|name| !name.trim().is_empty())
            .map(|name| crate::customs::world_name(&name)),
        embodied: !headless,
        announce: lan,
        max_guests: args
            .max
            .or(file.max)
            .unwrap_or(holm_net::session::DEFAULT_MAX_GUESTS),
        tls,
        stun: if args.stun.is_empty() {
            file.stun
        } else {
            args.stun
        },
        turn,
        web_dir: args
            .web
            .or_else(|| env("HOLM_WEB").map(PathBuf::from))
            .or(file.web),
        public_authority: args.public.or(file.public),
        keep_link: headless && !args.new_link,
    })
}

fn read_config(path: &Path) -> Result<HostFile, String> {
    let unread = |what: String| format!("The configuration {} was not read: {what}.", path.display());
    let about = std::fs::metadata(path).map_err(|error| unread(error.to_string()))?;
    if !about.is_file() || about.len() > MAX_CONFIG_BYTES {
        return Err(unread(format!(
            "it is no file of at most {MAX_CONFIG_BYTES} bytes"
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unread(error.to_string()))?;
    ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(&text)
        .map_err(|error| unread(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_wins_over_the_file() {
        let dir = std::env::temp_dir().join(format!("holm-cli-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("host.ron");
        std::fs::write(
            &file,
            r#"(port: 1234, room: "From the file", stun: ["stun:a:1"], max: 7)"#,
        )
        .unwrap();
        let cli =
            Cli::try_parse_from(["holm", "host", "--port", "9", "--config", file.to_str().unwrap()]).unwrap();
        let Some(Command::Host(args)) = cli.command else {
            panic!()
        };
        let settings = settings(*args, true).unwrap();
        assert_eq!((settings.port, settings.max_guests), (9, 7));
        assert_eq!(settings.room_name.as_deref(), Some("From the file"));
        assert_eq!(settings.stun, ["stun:a:1"]);
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_relay_without_its_secret_is_said() {
        let cli = Cli::try_parse_from(["holm", "host", "--turn-url", "turn:a:1"]).unwrap();
        let Some(Command::Host(args)) = cli.command else {
            panic!()
        };
        if std::env::var_os("HOLM_TURN_SECRET").is_none() {
            assert!(settings(*args, true).unwrap_err().contains("--turn-secret"));
        }
    }

    #[test]
    fn a_certificate_comes_with_its_key() {
        assert!(Cli::try_parse_from(["holm", "host", "--cert", "a.pem"]).is_err());
        let file = std::env::temp_dir().join(format!("holm-cli-cert-{}.ron", std::process::id()));
        std::fs::write(&file, r#"(cert: "a.pem")"#).unwrap();
        let cli = Cli::try_parse_from(["holm", "host", "--config", file.to_str().unwrap()]).unwrap();
        let Some(Command::Host(args)) = cli.command else {
            panic!()
        };
        assert!(settings(*args, true).unwrap_err().contains("--key"));
        std::fs::remove_file(&file).unwrap();
    }
}
