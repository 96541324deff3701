//! Where figures are measured: two machines in network namespaces where we may make them (root on Linux), so
//! that what a host sends is counted on its own network card and nobody else's packets are; else loopback.
//!
//! What it reads of the programs: a host's first line `{"event":"ready","link":…,"ready_ms":…}`; of bots their
//! last line of JSON (see `crowd`); of the system `/proc/PID/stat` and `/proc/PID/status`.

use crate::shell::{Env, Running, Scratch, output, run as run_command, shown};
use crate::{setup, shell};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const HOST_ADDRESS: &str = "10.77.0.1";
const GUEST_ADDRESS: &str = "10.77.0.2";
/// Bytes of an Ethernet header, which the card counts and a guest's line does not carry.
const ETHERNET_BYTES: u64 = 14;

pub(super) struct Lab<'a> {
    pub(super) env: &'a Env,
    pub(super) holm: PathBuf,
    pub(super) quick: bool,
    pub(super) scratch: Scratch,
    /// The two namespaces, or why there are none.
    net: Result<Namespaces, String>,
}

struct Namespaces {
    host: String,
    guests: String,
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in [&self.host, &self.guests] {
            let _ = Command::new("ip").args(["netns", "del", name]).status();
        }
    }
}

impl Namespaces {
    fn new(env: &Env) -> Result<Self> {
        let id = std::process::id();
        let net = Self {
            host: format!("holm-bench-h{id}"),
            guests: format!("holm-bench-g{id}"),
        };
        let ip = |line: &str| output(env.command("ip").args(line.split(' '))).map(drop);
        ip(&format!("netns add {}", net.host))?;
        ip(&format!("netns add {}", net.guests))?;
        ip(&format!(
            "link add hb0 netns {} type veth peer name hb0 netns {}",
            net.host, net.guests
        ))?;
        for (name, address) in [(&net.host, HOST_ADDRESS), (&net.guests, GUEST_ADDRESS)] {
            ip(&format!("-n {name} link set lo up"))?;
            ip(&format!("-n {name} address add {address}/24 dev hb0"))?;
            ip(&format!("-n {name} link set hb0 up"))?;
            // WebRTC announces itself by multicast, which has no device to leave by without a default route.
            ip(&format!("-n {name} route add default dev hb0"))?;
        }
        Ok(net)
    }
}

/// What a host's network card has sent.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    bytes: u64,
    packets: u64,
}

impl<'a> Lab<'a> {
    pub(super) fn new(env: &'a Env, holm: PathBuf, quick: bool) -> Result<Self> {
        let net = if setup::can_make_namespaces() {
            Namespaces::new(env).map_err(|error| format!("{error:#}"))
        } else {
            Err("that needs root on Linux".to_owned())
        };
        Ok(Self {
            env,
            holm,
            quick,
            scratch: Scratch::new("bench")?,
            net,
        })
    }

    /// On what and how it was measured, in one line.
    pub(super) fn circumstances(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default().to_owned();
        let net = match &self.net {
            Ok(_) => "host and guests in network namespaces of their own".to_owned(),
            Err(why) => format!("over loopback, both directions counted ({why})"),
        };
        format!(
            "{cores} cores, load {load}; {net}{}",
            if self.quick {
                "; quick: shorter than the bars ask"
            } else {
                ""
            }
        )
    }

    /// The program, on the host's or on the guests' side.
    fn holm(&self, on_host: bool) -> Command {
        let mut command = match &self.net {
            Ok(net) => {
                let mut ip = self.env.command("ip");
                ip.args(["netns", "exec", if on_host { &net.host } else { &net.guests }])
                    .arg(&self.holm);
                ip
            }
            Err(_) => self.env.command(&self.holm),
        };
        command.env(
            "HOLM_DATA",
            self.scratch.0.join(if on_host { "host" } else { "guests" }),
        );
        command
    }

    /// Starts a headless host and waits until it is ready.
    pub(super) fn host(&self, more: &[&str]) -> Result<Host> {
        let begun = Instant::now();
        let mut command = self.holm(true);
        command
            .args(["host", "--headless", "--json", "--port", "0", "--no-lan"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = Running::start(&mut command)?;
        let mut lines = BufReader::new(process.0.stdout.take().context("it is piped")?).lines();
        let first = lines.next().context("the host ended before it was ready")??;
        let until_ready = begun.elapsed();
        let ready: Value =
            serde_json::from_str(&first).with_context(|| format!("the host said {first:?}"))?;
        let mut link = ready["link"]
            .as_str()
            .with_context(|| format!("no link in {first:?}"))?
            .to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        let address = if self.net.is_ok() {
            HOST_ADDRESS
        } else {
            "127.0.0.1"
        };
        link = with_host(&link, address).with_context(|| format!("{link:?} is no link"))?;
        Ok(Host {
            process,
            link,
            ready_ms: ready["ready_ms"].as_f64(),
            until_ready,
        })
    }

    /// Starts a headless machine on the guests' side that stands by for this world, under this name.
    pub(super) fn stands_by(&self, link: &str, name: &str) -> Result<Heir> {
        let mut command = self.holm(false);
        command
            .env("HOLM_DATA", self.scratch.0.join(format!("heir-{}", self.heirs())))
            .args(["host", "--headless", "--json", "--port", "0", "--no-lan"])
            .args(["--name", name, "--stand-by", link])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = Running::start(&mut command)?;
        let out = process.0.stdout.take().context("it is piped")?;
        let (say, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(std::result::Result::ok) {
                let _ = serde_json::from_str(&line).map(|line: Value| say.send(line));
            }
        });
        Ok(Heir {
            _process: process,
            lines,
        })
    }

    /// Folders of heirs that there are: each has keys of its own.
    fn heirs(&self) -> usize {
        let entries = std::fs::read_dir(&self.scratch.0).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| name.starts_with("heir-")).count()
    }

    /// Whether the host has a cable that can be pulled.
    pub(super) fn has_cable(&self) -> bool {
        self.net.is_ok()
    }

    /// A world of so many things for the host, kept under this name; whatever was there is gone.
    pub(super) fn world_of_things(&self, name: &str, count: &str) -> Result<()> {
        let folder = self.scratch.0.join("host/worlds").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let program = built(self.env, "holm-document", "world_of_things")?;
        run_command(self.env.command(program).arg(&folder).arg(count))
    }

    /// The host's line carries so much in a second (as `tc` writes it), until what is returned is dropped.
    pub(super) fn slow_cable(&self, rate: &str) -> Result<Slow<'_>> {
        let Ok(net) = &self.net else {
            bail!("there is no cable to slow down")
        };
        let mut tc = self.env.command("tc");
        tc.args([
            "-n", &net.host, "qdisc", "add", "dev", "hb0", "root", "tbf", "rate", rate,
        ]);
        output(tc.args(["burst", "32kbit", "latency", "50ms"]))?;
        Ok(Slow {
            lab: self,
            namespace: &net.host,
        })
    }

    /// Nothing comes from the host any more, and nobody says that it is gone, until what is returned is dropped.
    pub(super) fn pull_cable(&self) -> Result<Pulled<'_>> {
        let Ok(net) = &self.net else {
            bail!("there is no cable to pull")
        };
        let pulled = Pulled { lab: self, net };
        pulled.set("add")?;
        Ok(pulled)
    }

    /// Starts bots; [`Bots::report`] waits for what they have to say.
    pub(super) fn bots(&self, link: &str, count: u32, seconds: u32, more: &[&str]) -> Result<Bots> {
        let mut command = self.holm(false);
        command.args([
            "bot",
            "--join",
            link,
            "--count",
            &count.to_string(),
            "--seconds",
            &seconds.to_string(),
            "--json",
        ]);
        command.args(more).stdout(Stdio::piped());
        let mut process = Running::start(&mut command)?;
        let out = process.0.stdout.take().context("it is piped")?;
        let said = std::thread::spawn(move || {
            let mut last = String::new();
            for line in BufReader::new(out).lines().map_while(std::result::Result::ok) {
                if line.starts_with('{') {
                    last = line;
                }
            }
            last
        });
        Ok(Bots {
            process,
            said,
            typed: shown(&command),
            deadline: Instant::now() + Duration::from_secs(u64::from(seconds) + 120),
        })
    }

    /// What the host's card has sent so far, Ethernet's headers included; [`Sent::bytes_since`] takes them off.
    pub(super) fn sent(&self) -> Result<Sent> {
        let (text, card) = match &self.net {
            Ok(net) => (
                output(
                    self.env
                        .command("ip")
                        .args(["netns", "exec", &net.host, "cat", "/proc/net/dev"]),
                )?,
                "hb0:",
            ),
            Err(_) => (
                std::fs::read_to_string("/proc/net/dev").context("the system counts no bytes")?,
                "lo:",
            ),
        };
        let line = text
            .lines()
            .find_map(|line| line.trim().strip_prefix(card))
            .context("no such network card")?;
        let numbers: Vec<u64> = line
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        let (Some(&bytes), Some(&packets)) = (numbers.get(8), numbers.get(9)) else {
            bail!("/proc/net/dev has another shape")
        };
        Ok(Sent { bytes, packets })
    }
}

/// A cable that is pulled; without this it is in again. Those at one end have each other all the time.
pub(super) struct Pulled<'a> {
    lab: &'a Lab<'a>,
    net: &'a Namespaces,
}

impl Pulled<'_> {
    fn set(&self, change: &str) -> Result<()> {
        for (namespace, other) in [(&self.net.host, GUEST_ADDRESS), (&self.net.guests, HOST_ADDRESS)] {
            let mut ip = self.lab.env.command("ip");
            let other = format!("{other}/32");
            output(ip.args(["-n", namespace, "route", change, "blackhole", &other]))?;
        }
        Ok(())
    }
}

impl Drop for Pulled<'_> {
    fn drop(&mut self) {
        let _ = self.set("del");
    }
}

/// A line that carries little; without this it carries what it can.
pub(super) struct Slow<'a> {
    lab: &'a Lab<'a>,
    namespace: &'a str,
}

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        let mut tc = self.lab.env.command("tc");
        let _ = output(tc.args(["-n", self.namespace, "qdisc", "del", "dev", "hb0", "root"]));
    }
}

/// A machine that stands by for a world.
pub(super) struct Heir {
    _process: Running,
    lines: std::sync::mpsc::Receiver<Value>,
}

impl Heir {
    /// Waits until it says this.
    pub(super) fn until_news(&mut self, news: &str, at_most: Duration) -> Result<()> {
        let end = Instant::now() + at_most;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self
                .lines
                .recv_timeout(left)
                .with_context(|| format!("the heir did not say {news:?} within {at_most:?}"))?;
            if line["event"] == "succession" && line["news"] == news {
                return Ok(());
            }
        }
    }
}

impl Sent {
    /// Bytes with IP's headers and all above, since then.
    pub(super) fn bytes_since(self, then: Sent) -> u64 {
        (self.bytes - then.bytes).saturating_sub((self.packets - then.packets) * ETHERNET_BYTES)
    }
}

/// The link with another host part: what a host says of itself may be any of its addresses.
fn with_host(link: &str, address: &str) -> Option<String> {
    let (scheme, rest) = link.split_once("://")?;
    let (authority, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let port = authority.rsplit_once(':')?.1;
    Some(format!("{scheme}://{address}:{port}/{tail}"))
}

pub(super) struct Host {
    process: Running,
    pub(super) link: String,
    /// What it says itself.
    pub(super) ready_ms: Option<f64>,
    /// From the start of the process to its first line, as seen from here.
    pub(super) until_ready: Duration,
}

impl Host {
    /// Seconds of processor time so far.
    pub(super) fn cpu_secs(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.0.id()))
            .context("the host is gone")?;
        cpu_secs(&stat).context("/proc/PID/stat has another shape")
    }

    /// Resident memory now, in MB.
    pub(super) fn rss_mb(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id()))
            .context("the host is gone")?;
        rss_mb(&status).context("/proc/PID/status has another shape")
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Says this at its console.
    pub(super) fn types(&mut self, text: &str) -> Result<()> {
        let stdin = self.process.0.stdin.as_mut().context("it is piped")?;
        writeln!(stdin, "{text}").context("the host does not listen")
    }

    /// At once, without a word.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.process.0.kill().context("the host is gone already")
    }
}

/// User and system time. The name in parentheses may hold anything: count from its end.
fn cpu_secs(stat: &str) -> Option<f64> {
    let numbers: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = numbers.get(11)?.parse::<f64>().ok()? + numbers.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0) // USER_HZ is 100 on every Linux that Rust runs on
}

fn rss_mb(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? * 1024.0 / 1e6)
}

pub(super) struct Bots {
    process: Running,
    said: std::thread::JoinHandle<String>,
    typed: String,
    deadline: Instant,
}

impl Bots {
    pub(super) fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Waits for their last line. A failure that they report themselves is in `errors`; one that they cannot is ours.
    pub(super) fn report(mut self) -> Result<Value> {
        while self.process.is_running() {
            if Instant::now() > self.deadline {
                bail!("`{}` does not end", self.typed);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let last = self.said.join().unwrap_or_default();
        if last.is_empty() {
            let status = self.process.0.wait()?;
            bail!("`{}` said nothing ({status})", self.typed);
        }
        serde_json::from_str(&last).with_context(|| format!("bots said {last:?}"))
    }
}

/// Builds an example in release: where it is.
fn built(env: &Env, package: &str, name: &str) -> Result<PathBuf> {
    let mut build = env.cargo(["build", "--release", "--package", package, "--example", name]);
    run_command(&mut build)?;
    let program = env.target.join("release/examples").join(name);
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

/// Runs an example of a room in release and returns its last line of JSON.
pub(super) fn example(env: &Env, package: &str, name: &str, args: &[&str]) -> Result<Value> {
    let program = built(env, package, name)?;
    let mut command = env.command(program);
    command.args(args);
    eprintln!("$ {}", shell::shown(&command));
    let text = output(&mut command)?;
    let last = text
        .lines()
        .rfind(|line| line.starts_with('{'))
        .with_context(|| format!("{name} printed no JSON"))?;
    serde_json::from_str(last).with_context(|| format!("{name} said {last:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_turned_to_the_address_where_the_host_is_seen() {
        assert_eq!(
            with_host("http://192.168.1.5:8080/#abc", "127.0.0.1").unwrap(),
            "http://127.0.0.1:8080/#abc"
        );
        assert_eq!(
            with_host("holm://[fe80::1]:80/#abc", "10.0.0.1").unwrap(),
            "holm://10.0.0.1:80/#abc"
        );
        assert_eq!(with_host("nonsense", "10.0.0.1"), None);
    }

    #[test]
    fn processor_time_and_memory_are_read_past_a_strange_name() {
        let stat = "7 (ho) lm) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 100 0 0";
        assert_eq!(cpu_secs(stat), Some(3.0));
        assert_eq!(rss_mb("Name:\tholm\nVmRSS:\t   50000 kB\n"), Some(51.2));
    }

    #[test]
    fn ethernet_headers_do_not_count() {
        let then = Sent {
            bytes: 100,
            packets: 1,
        };
        assert_eq!(
            Sent {
                bytes: 1300,
                packets: 11
            }
            .bytes_since(then),
            1200 - 140
        );
    }
}
