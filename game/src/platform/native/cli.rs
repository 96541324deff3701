//! What can be typed behind `holm`.

use super::config::{self, HostFile};
use super::{Vault, admin, bots, client, fail, keeping, serve, worlds};
use crate::hosting::{HostSettings, WorldChoice};
use crate::powers::barred::BanAddresses;
use clap::{Args, Parser, Subcommand};
use holm_net::link::{DEFAULT_PORT, Link};
use std::io::Write;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
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
    /// The worlds that are kept on this machine.
    #[command(subcommand)]
    World(worlds::WorldCommand),
}

#[derive(Args, Clone, Debug, Default)]
pub(super) struct HostArgs {
    /// Without a window.
    #[arg(long)]
    headless: bool,
    /// One that comes with Holm (harbour, quiet-room, hall) or a world file (.ron, .glb, .gltf). [default: the place of what
    /// is kept under --keep, or the harbour]
    #[arg(long, value_name = "WORLD")]
    world: Option<PathBuf>,
    /// Keep what is built under this name, so that one place can be many worlds. [default: the world's]
    #[arg(long, value_name = "NAME")]
    keep: Option<String>,
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
    /// Ban accounts only, and keep nobody out by address.
    #[arg(long)]
    no_ban_addresses: bool,
    /// Tell the local network (the default for a window).
    #[arg(long, conflicts_with = "no_lan")]
    lan: bool,
    /// Do not tell the local network.
    #[arg(long)]
    no_lan: bool,
    /// A new link; the old one opens nothing any more.
    #[arg(long)]
    new_link: bool,
    /// Host nothing yet: be a guest in this world who stands where people arrive, and go on with it if its host vanishes and has
    /// named you.
    #[arg(long, value_name = "LINK", requires = "headless")]
    stand_by: Option<Link>,
    /// What everybody reads who comes in.
    #[arg(long, value_name = "TEXT")]
    welcome: Option<String>,
    /// Open the admin page, on this machine only unless an address says otherwise. [default: 127.0.0.1:4657]
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "4657")]
    admin: Option<String>,
    /// A name under which a proxy shows the admin page. May be given more than once.
    #[arg(long, value_name = "NAME")]
    admin_name: Vec<String>,
    /// Where the admin page's token is kept. [default: admin.token in the data folder, NAME.admin.token of a further world]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// No figures for Prometheus at the admin page's /metrics.
    #[arg(long)]
    no_metrics: bool,
    /// Settings from a file (RON); what is typed here wins. [default: host.ron in the data folder, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Host a further world in the same program, as such a file says. May be given more than once.
    #[arg(long, value_name = "FILE")]
    also: Vec<PathBuf>,
    /// Write a file with all settings and what they mean (- prints it), and end.
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
    /// Print what such a file may say, as a JSON schema for editors, and end.
    #[arg(long)]
    config_schema: bool,
}

/// How a host was started, and what it goes by: kept, so that the file can be read again.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    typed: HostArgs,
    /// The file that was read.
    pub(super) from: Option<PathBuf>,
    /// What it said, with what was typed over it.
    pub(super) file: HostFile,
    pub(super) headless: bool,
    /// How the first world of the program was started, where this is a further one.
    first: Option<Box<First>>,
    /// The port where none is said.
    port: u16,
}

/// What the first world of a program goes by: what it says of the machine is read again with a further one's file.
#[derive(Clone, Debug)]
struct First {
    typed: HostArgs,
    from: Option<PathBuf>,
}

impl Plan {
    fn new(typed: HostArgs, vault: &Vault) -> Result<Self, String> {
        let usual = vault.folder().join(config::USUAL);
        let from = typed.config.clone().or_else(|| usual.is_file().then_some(usual));
        let file = read_over(&typed, from.as_ref(), None)?;
        Ok(Self {
            headless: file.headless.unwrap_or(false) || !client::has_display(),
            typed,
            from,
            file,
            first: None,
            port: DEFAULT_PORT,
        })
    }

    /// The plans of all worlds that it hosts, its own first.
    fn all(self) -> Result<Vec<Self>, String> {
        let also = self.file.also.clone().unwrap_or_default();
        if !also.is_empty() && !self.headless {
            return Err("Several worlds are hosted without a window: add --headless.".to_owned());
        }
        let first = First {
            typed: self.typed.clone(),
            from: self.from.clone(),
        };
        let mut plans = vec![self];
        for path in also {
            let typed = HostArgs::default();
            let file = read_over(&typed, Some(&path), Some(&first))?;
            if file.also.is_some() {
                return Err(format!(
                    "{} is the file of a further world, and cannot name others with also.",
                    path.display()
                ));
            }
            plans.push(Self {
                typed,
                from: Some(path),
                file,
                headless: true,
                first: Some(Box::new(first.clone())),
                port: 0,
            });
        }
        let mut called: Vec<String> = plans.iter().map(Self::called).collect();
        called.sort_unstable();
        let twice = called.windows(2).find(|pair| pair.first() == pair.last());
        if let Some(twice) = twice.and_then(|pair| pair.first()) {
            return Err(format!(
                "Two worlds are called {twice}: give one of them a name of its own with keep."
            ));
        }
        for plan in &plans {
            plan.settings()?;
            plan.admin()?;
        }
        number(&mut plans)?;
        Ok(plans)
    }

    /// Where it listens, with what: the port of its world, and of its admin page. Port 0 is nobody's.
    fn listens(&self) -> Result<Vec<(SocketAddr, String)>, String> {
        let bind = self.file.bind.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        let world = SocketAddr::new(bind, self.file.port.unwrap_or(self.port));
        let mut all = vec![(world, self.called())];
        if let (Some(admin), true) = (self.admin()?, self.headless) {
            all.push((admin, format!("the admin page of {}", self.called())));
        }
        all.retain(|(address, _)| address.port() != 0);
        Ok(all)
    }

    /// What its world is called among several: one word.
    pub(super) fn called(&self) -> String {
        let place = || {
            Some(
                self.file
                    .world
                    .as_ref()?
                    .file_stem()?
                    .to_string_lossy()
                    .into_owned(),
            )
        };
        let name = self.file.keep.clone().or_else(place);
        let name = name.unwrap_or_else(|| crate::world::BuiltIn::default().name().to_owned());
        let word = |letter: char| {
            if letter.is_whitespace() || letter == '@' {
                '-'
            } else {
                letter
            }
        };
        name.chars().map(word).collect()
    }

    /// The same with the file as it is now.
    pub(super) fn again(&self) -> Result<Self, String> {
        let file = read_over(&self.typed, self.from.as_ref(), self.first.as_deref())?;
        let again = Self { file, ..self.clone() };
        again.settings()?;
        again.admin()?;
        Ok(again)
    }

    /// Its world was open: a new link was asked for once, and what is opened from now on has that one.
    pub(super) fn keep_link(&mut self) {
        self.typed.new_link = false;
    }

    /// Whether its program was started with a file: without one, nothing is there to be read again.
    pub(super) fn program_has_file(&self) -> bool {
        let from = self.first.as_ref().map_or(&self.from, |first| &first.from);
        from.is_some()
    }

    /// How its world is hosted.
    pub(super) fn settings(&self) -> Result<HostSettings, String> {
        let settings = settings(&self.file, self.headless, self.typed.new_link, self.port)?;
        Ok(HostSettings {
            link_name: self.first.is_some().then(|| self.called()),
            ..settings
        })
    }

    /// The world that it stands by for, instead of hosting one.
    pub(super) fn stand_by(&self) -> Option<Link> {
        self.typed.stand_by.clone()
    }

    /// Where the admin page is wanted.
    pub(super) fn admin(&self) -> Result<Option<SocketAddr>, String> {
        self.file.admin.as_deref().map(admin::address).transpose()
    }

    /// Where its token is kept.
    pub(super) fn token(&self) -> admin::TokenPlace {
        match (&self.file.token_file, &self.first) {
            (Some(file), _) => admin::TokenPlace::File(file.clone()),
            (None, None) => admin::TokenPlace::Named(admin::TOKEN.to_owned()),
            (None, Some(_)) => admin::TokenPlace::Named(format!("{}.{}", self.called(), admin::TOKEN)),
        }
    }

    pub(super) fn live(&self) -> admin::Live {
        admin::Live {
            names: self.file.admin_names.clone().unwrap_or_default(),
            metrics: self.file.metrics.unwrap_or(true),
        }
    }

    /// Whether addresses are banned beside accounts.
    pub(super) fn ban_addresses(&self) -> BanAddresses {
        BanAddresses(self.file.ban_addresses.unwrap_or(true))
    }

    pub(super) fn json(&self) -> bool {
        self.file.json.unwrap_or(false)
    }
}

/// Gives each further world that says no port the next one after the first's that nobody else of the program takes.
fn number(plans: &mut [Plan]) -> Result<(), String> {
    let own = plans.first().and_then(|plan| plan.file.port);
    let own = own.unwrap_or(DEFAULT_PORT);
    let mut listens = Vec::new();
    for plan in plans.iter() {
        listens.extend(plan.listens()?);
    }
    for (plan, further) in plans.iter_mut().zip(0..).skip(1) {
        if plan.file.port.is_some() || own == 0 {
            continue;
        }
        let is_free = |port: &u16| listens.iter().all(|(taken, _)| taken.port() != *port);
        plan.port = (own.saturating_add(further)..=u16::MAX)
            .find(is_free)
            .ok_or_else(|| format!("No port is left for {}: give it one with port.", plan.called()))?;
        // Its admin page is in the list already.
        listens.extend(plan.listens()?.into_iter().take(1));
    }
    for (at, (address, what)) in listens.iter().enumerate() {
        let before = listens.iter().take(at);
        if let Some((_, other)) = before.clone().find(|(other, _)| overlap(*address, *other)) {
            let port = address.port();
            return Err(format!(
                "Port {port} is wanted twice, for {other} and for {what}: give one of them another."
            ));
        }
    }
    Ok(())
}

/// Whether nobody can listen at both.
fn overlap(a: SocketAddr, b: SocketAddr) -> bool {
    let covers = |all: IpAddr, one: IpAddr| match all {
        IpAddr::V4(all) => all.is_unspecified() && one.is_ipv4(),
        IpAddr::V6(all) => all.is_unspecified(), // IPv4, too
    };
    a.port() == b.port() && (a.ip() == b.ip() || covers(a.ip(), b.ip()) || covers(b.ip(), a.ip()))
}

/// The file's settings with what was typed over them, beside those of the first world.
fn read_over(typed: &HostArgs, from: Option<&PathBuf>, first: Option<&First>) -> Result<HostFile, String> {
    let file = from
        .map(|path| config::read(path))
        .transpose()?
        .unwrap_or_default();
    let file = typed.over(file);
    Ok(match first {
        Some(first) => file.beside(&read_over(&first.typed, first.from.as_ref(), None)?),
        None => file,
    })
}

impl HostArgs {
    fn over(&self, file: HostFile) -> HostFile {
        let typed = self.clone();
        let list =
            |typed: Vec<String>, kept: Option<Vec<String>>| if typed.is_empty() { kept } else { Some(typed) };
        let flag = |on: bool, kept: Option<bool>| if on { Some(true) } else { kept };
        HostFile {
            headless: flag(typed.headless, file.headless),
            name: file.name,
            room: typed.room.or(file.room),
            welcome: typed.welcome.or(file.welcome),
            world: typed.world.or(file.world),
            keep: typed.keep.or(file.keep),
            moment: typed.moment.or(file.moment),
            max: typed.max.or(file.max),
            ban_addresses: if typed.no_ban_addresses {
                Some(false)
            } else {
                file.ban_addresses
            },
            port: typed.port.or(file.port),
            bind: typed.bind.or(file.bind),
            public: typed.public.or(file.public),
            lan: if typed.no_lan {
                Some(false)
            } else {
                flag(typed.lan, file.lan)
            },
            cert: typed.cert.or(file.cert),
            key: typed.key.or(file.key),
            stun: list(typed.stun, file.stun),
            turn_urls: list(typed.turn_url, file.turn_urls),
            turn_secret: typed
                .turn_secret
                .or_else(|| env("HOLM_TURN_SECRET"))
                .or(file.turn_secret),
            web: typed
                .web
                .or_else(|| env("HOLM_WEB").map(PathBuf::from))
                .or(file.web),
            admin: typed.admin.or(file.admin),
            admin_names: list(typed.admin_name, file.admin_names),
            token_file: typed.token_file.or(file.token_file),
            metrics: if typed.no_metrics {
                Some(false)
            } else {
                file.metrics
            },
            json: flag(typed.json, file.json),
            also: if typed.also.is_empty() {
                file.also
            } else {
                Some(typed.also)
            },
        }
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

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
            if args.config_schema {
                super::say(&config::schema_text());
                return ExitCode::SUCCESS;
            }
            if let Some(path) = &args.write_config {
                return match config::write(path) {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(sentence) => fail(&sentence),
                };
            }
            match Plan::new(*args, &vault).and_then(Plan::all) {
                Ok(plans) => host(vault, cli.name, plans, started),
                Err(sentence) => fail(&sentence),
            }
        }
        Some(Command::Bot(args)) => bots::run(args),
        Some(Command::World(command)) => worlds::obey(&vault, command),
    }
}

fn host(vault: Vault, name: Option<String>, plans: Vec<Plan>, started: Instant) -> ExitCode {
    let Some(plan) = plans.first() else {
        return ExitCode::SUCCESS;
    };
    let name = name.or_else(|| plan.file.name.clone());
    if plan.headless {
        return serve::run(vault, name, plans, started);
    }
    if plan.file.admin.is_some() || plan.file.welcome.is_some() {
        let note = "holm: a host with a window has neither an admin page nor a welcome: add --headless.";
        let _ = writeln!(std::io::stderr(), "{note}"); // there is no log yet
    }
    match plan.settings() {
        Ok(settings) => {
            let begin = client::Begin::Host(Box::new(settings), plan.json(), plan.ban_addresses());
            client::run(vault, name, begin, started)
        }
        Err(sentence) => fail(&sentence),
    }
}

fn settings(file: &HostFile, headless: bool, new_link: bool, port: u16) -> Result<HostSettings, String> {
    let file = file.clone();
    let turn_urls = file.turn_urls.unwrap_or_default();
    let secret = file.turn_secret.filter(|secret| !secret.is_empty());
    let turn = match (turn_urls.is_empty(), secret) {
        (true, _) => None,
        (false, Some(secret)) => Some((turn_urls, secret)),
        (false, None) => {
            return Err(
                "A TURN server needs its secret: give --turn-secret, or set HOLM_TURN_SECRET.".to_owned(),
            );
        }
    };
    let tls = match (file.cert, file.key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificate, key)),
        // Serving http to people who expect https would be worse than not serving.
        _ => return Err("A certificate and its key go together: give both --cert and --key.".to_owned()),
    };
    let keeps = file.keep.is_some();
    Ok(HostSettings {
        keep: file
            .keep
            .map(|name| keeping::checked(&name).map(str::to_owned))
            .transpose()?,
        world: match (file.world, keeps) {
            (Some(world), _) => WorldChoice::from(world),
            (None, true) => WorldChoice::AsKept,
            (None, false) => WorldChoice::default(),
        },
        moment: file.moment.unwrap_or_default(),
        port: file.port.unwrap_or(port),
        bind: file.bind,
        room_name: file
            .room
            .filter(|name| !name.trim().is_empty())
            .map(|name| crate::customs::world_name(&name)),
        embodied: !headless,
        // A window means somebody at home; a server's network is rarely friends only.
        announce: file.lan.unwrap_or(!headless),
        max_guests: file.max.unwrap_or(holm_net::session::DEFAULT_MAX_GUESTS),
        tls,
        stun: file.stun.unwrap_or_default(),
        turn,
        web_dir: file.web,
        public_authority: file.public,
        keep_link: headless && !new_link,
        link_name: None,
    })
}

/// What these words behind `holm host --headless` plan.
#[cfg(test)]
pub(super) fn planned(words: &[&str], vault: &Vault) -> Result<Plan, String> {
    let cli = Cli::try_parse_from([&["holm", "host", "--headless"], words].concat());
    match cli.map_err(|error| error.to_string())?.command {
        Some(Command::Host(args)) => Plan::new(*args, vault),
        other => Err(format!("{other:?}")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// What these words behind `holm host` plan, in an empty data folder.
    fn plan(words: &[&str]) -> Result<(HostSettings, Plan), String> {
        let vault = Vault::at(Some(PathBuf::from("/nowhere/at/all")));
        planned(words, &vault).and_then(|plan| Ok((plan.settings()?, plan)))
    }

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("holm-cli-{}-{name}.ron", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn what_is_typed_wins_over_the_file() {
        let file = file(
            "wins",
            r#"(port: 1234, room: "From the file", stun: ["stun:a:1"], max: 7, admin: "127.0.0.1:9", metrics: true)"#,
        );
        let path = file.to_str().unwrap();
        let (settings, plan) = plan(&["--port", "9", "--no-metrics", "--config", path]).unwrap();
        assert_eq!((settings.port, settings.max_guests), (9, 7));
        assert_eq!(settings.room_name.as_deref(), Some("From the file"));
        assert_eq!(settings.stun, ["stun:a:1"]);
        assert_eq!(plan.admin().unwrap(), Some("127.0.0.1:9".parse().unwrap()));
        assert!(!plan.live().metrics);
        assert_eq!(plan.ban_addresses(), BanAddresses(true));
        // Read again, what was typed still wins.
        std::fs::write(&file, r#"(port: 4321, max: 8, welcome: "Come in.")"#).unwrap();
        let again = plan.again().unwrap();
        assert_eq!((again.file.port, again.file.max), (Some(9), Some(8)));
        assert_eq!(again.file.welcome.as_deref(), Some("Come in."));
        std::fs::write(&file, "(ban_addresses: false)").unwrap();
        assert_eq!(plan.again().unwrap().ban_addresses(), BanAddresses(false));
        std::fs::write(&file, "(port: )").unwrap();
        assert!(plan.again().unwrap_err().contains("line 1"));
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_new_link_is_made_once() {
        let (settings, mut plan) = plan(&["--new-link"]).unwrap();
        assert!(!settings.keep_link);
        plan.keep_link();
        assert!(plan.again().unwrap().settings().unwrap().keep_link);
    }

    #[test]
    fn addresses_are_banned_unless_it_is_said_that_they_are_not() {
        let ban_addresses = |words: &[&str]| plan(words).unwrap().1.ban_addresses();
        assert_eq!(ban_addresses(&[]), BanAddresses(true));
        assert_eq!(ban_addresses(&["--no-ban-addresses"]), BanAddresses(false));
    }

    #[test]
    fn what_is_kept_stands_in_its_own_place_unless_another_is_said() {
        let world = |words: &[&str]| plan(words).unwrap().0.world;
        assert_eq!(world(&[]), WorldChoice::default());
        assert_eq!(world(&["--keep", "picnic"]), WorldChoice::AsKept);
        let hall = WorldChoice::BuiltIn(crate::world::BuiltIn::Hall);
        assert_eq!(world(&["--keep", "picnic", "--world", "hall"]), hall);
    }

    #[test]
    fn further_worlds_stand_beside_the_first_under_names_of_their_own() {
        let garden = file("garden", r#"(keep: "garden", world: "hall", max: 3)"#);
        let quay = file("quay", r#"(keep: "quay", port: 9, stun: ["stun:b:1"])"#);
        let all = |words: &[&str]| plan(words).and_then(|(_, plan)| plan.all());
        let [garden, quay] = [&garden, &quay].map(|path| path.to_str().unwrap().to_owned());
        let words = [
            "--port",
            "100",
            "--stun",
            "stun:a:1",
            "--welcome",
            "Hello.",
            "--room",
            "First",
        ];
        let plans = all(&[&words[..], &["--also", &garden, "--also", &quay]].concat()).unwrap();
        let [own, garden_plan, quay_plan] = &plans[..] else {
            panic!()
        };
        let called: Vec<String> = plans.iter().map(Plan::called).collect();
        assert_eq!(called, ["harbour", "garden", "quay"]);
        let said = |plan: &Plan| plan.settings().unwrap();
        assert_eq!(
            [own, garden_plan, quay_plan].map(|plan| said(plan).port),
            [100, 101, 9]
        );
        assert_eq!(said(garden_plan).stun, ["stun:a:1"], "of the machine");
        assert_eq!(said(quay_plan).stun, ["stun:b:1"]);
        assert_eq!(
            (said(garden_plan).room_name, said(garden_plan).max_guests),
            (None, 3)
        );
        assert_eq!(garden_plan.file.welcome, None, "the first's own");
        let links = [own, garden_plan, quay_plan].map(|plan| said(plan).link_name);
        assert_eq!(
            links.each_ref().map(Option::as_deref),
            [None, Some("garden"), Some("quay")]
        );
        assert!(!garden_plan.program_has_file(), "its own is not the program's");
        let named = |name: &str| admin::TokenPlace::Named(name.to_owned());
        assert_eq!(own.token(), named("admin.token"));
        assert_eq!(garden_plan.token(), named("garden.admin.token"));
        // The same place twice would be one world in two houses.
        let said = all(&["--keep", "garden", "--also", &garden]).unwrap_err();
        assert!(said.contains("Two worlds are called garden"), "{said}");
        std::fs::write(&quay, format!("(keep: \"x\", also: [{garden:?}])")).unwrap();
        assert!(all(&["--also", &quay]).unwrap_err().contains("further world"));
        std::fs::remove_file(garden).unwrap();
        std::fs::remove_file(quay).unwrap();
    }

    #[test]
    fn what_a_further_world_has_of_the_first_is_read_again_with_its_own() {
        let garden = file("again-garden", r#"(keep: "garden", port: 9)"#);
        let own = file(
            "again-own",
            r#"(stun: ["stun:a:1"], metrics: true, ban_addresses: true)"#,
        );
        let words = [
            "--config",
            own.to_str().unwrap(),
            "--also",
            garden.to_str().unwrap(),
        ];
        let words = [&words[..], &["--turn-url", "turn:typed:1", "--turn-secret", "x"]].concat();
        let (_, plan) = plan(&words).unwrap();
        let plans = plan.all().unwrap();
        assert!(plans.iter().all(Plan::program_has_file));
        std::fs::write(
            &own,
            r#"(stun: ["stun:b:1"], metrics: false, ban_addresses: false, welcome: "The first's own.")"#,
        )
        .unwrap();
        let again = plans[1].again().unwrap();
        assert_eq!(again.settings().unwrap().stun, ["stun:b:1"]);
        assert!(!again.live().metrics);
        assert_eq!(again.ban_addresses(), BanAddresses(false));
        assert_eq!(again.file.welcome, None);
        assert_eq!(
            again.file.turn_urls.as_deref(),
            Some(&["turn:typed:1".to_owned()][..]),
            "what was typed wins still"
        );
        std::fs::write(&own, "(stun: )").unwrap();
        assert!(plans[1].again().unwrap_err().contains("again-own"));
        std::fs::remove_file(garden).unwrap();
        std::fs::remove_file(own).unwrap();
    }

    #[test]
    fn ports_that_are_not_said_are_none_that_somebody_else_of_the_program_takes() {
        let [garden, quay, hall] = ["ports-garden", "ports-quay", "ports-hall"].map(|name| {
            let path = file(name, "");
            path.to_str().unwrap().to_owned()
        });
        let all = |files: [&str; 3], words: &[&str]| -> Result<Vec<u16>, String> {
            for (path, text) in [&garden, &quay, &hall].into_iter().zip(files) {
                std::fs::write(path, text).unwrap();
            }
            let also = ["--also", &garden, "--also", &quay, "--also", &hall];
            let plans = plan(&[words, &also].concat()).and_then(|(_, plan)| plan.all())?;
            plans.iter().map(|plan| Ok(plan.settings()?.port)).collect()
        };
        let [a, b, c] = [r#"(keep: "garden")"#, r#"(keep: "quay")"#, r#"(keep: "hall")"#];
        assert_eq!(all([a, b, c], &[]).unwrap(), [4656, 4657, 4658, 4659]);
        // The usual port of the admin page is the next one after the usual port of a world.
        assert_eq!(all([a, b, c], &["--admin"]).unwrap(), [4656, 4658, 4659, 4660]);
        let b_said = r#"(keep: "quay", port: 4658, admin: "4659")"#;
        assert_eq!(
            all([a, b_said, c], &["--admin"]).unwrap(),
            [4656, 4660, 4658, 4661]
        );
        assert_eq!(all([a, b, c], &["--port", "0"]).unwrap(), [0; 4]);
        // What is said is not changed behind anybody's back.
        for (files, words, port) in [
            ([a, r#"(keep: "quay", port: 4656)"#, c], &[][..], 4656),
            ([a, r#"(keep: "quay", admin: "4657")"#, c], &["--admin"][..], 4657),
            ([a, b, c], &["--port", "4657", "--admin"][..], 4657),
        ] {
            let said = all(files, words).unwrap_err();
            assert!(said.contains(&format!("Port {port} is wanted twice")), "{said}");
        }
        let apart = r#"(keep: "quay", port: 4656, bind: "127.0.0.2")"#;
        let ports = all([a, apart, c], &["--bind", "127.0.0.1"]).unwrap();
        assert_eq!(ports, [4656, 4657, 4656, 4659], "one port at two addresses");
        let said = all([a, b, c], &["--port", "65534"]).unwrap_err();
        assert!(said.contains("No port is left for quay"), "{said}");
        for path in [garden, quay, hall] {
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn the_admin_page_has_its_usual_port_where_none_is_said() {
        let admin = |words: &[&str]| plan(words).unwrap().1.admin();
        assert_eq!(admin(&[]).unwrap(), None);
        let usual = SocketAddr::from(([127, 0, 0, 1], admin::USUAL_PORT));
        assert_eq!(admin(&["--admin"]).unwrap(), Some(usual));
        assert_eq!(admin(&["--admin", "0"]).unwrap().unwrap().port(), 0);
        assert!(admin(&["--admin", "everywhere"]).is_err());
    }

    #[test]
    fn a_relay_without_its_secret_is_said() {
        if std::env::var_os("HOLM_TURN_SECRET").is_none() {
            assert!(
                plan(&["--turn-url", "turn:a:1"])
                    .unwrap_err()
                    .contains("--turn-secret")
            );
        }
    }

    #[test]
    fn a_certificate_comes_with_its_key() {
        assert!(Cli::try_parse_from(["holm", "host", "--cert", "a.pem"]).is_err());
        let file = file("cert", r#"(cert: "a.pem")"#);
        let words = ["--config", file.to_str().unwrap()];
        assert!(plan(&words).unwrap_err().contains("--key"));
        std::fs::remove_file(&file).unwrap();
    }
}
