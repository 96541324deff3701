//! What bare links cost a host: N guests over real WebRTC at 20 Hz, 600 B down and 60 B up each.
//!
//! `cargo run --release -p holm-net --example links_bench -- --guests 64 --secs 30 --json`
//!
//! Two processes, so that the host's share is seen alone: this one holds the guests and starts itself again
//! as the host; signaling runs over the child's standard input and output. Reads `/proc`, so Linux only.
#![allow(clippy::disallowed_methods, reason = "real sockets run on the real clock")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement, not a product"
)]

use bytes::Bytes;
use core::time::Duration;
use futures::channel::mpsc;
use holm_net::transport::signal::{Signal, SignalLine};
use holm_net::transport::webrtc::{GuestOptions, HostOptions, Rendezvous, WebRtcTransport};
use holm_net::transport::{Channel, LinkEvent, LinkId, Transport};
use matchbox_protocol::{PeerEvent, PeerId, PeerRequest};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

const TICK: Duration = Duration::from_millis(50);
const DOWN_BYTES: usize = 600;
const UP_BYTES: usize = 60;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: u64| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1))
            .map_or(default, |n| n.parse().unwrap())
    };
    let guests = number("--guests", 64) as usize;
    let secs = number("--secs", 30);
    // What the host does besides its 20 sends a second: a game calls poll once a frame.
    let polls_hz = number("--polls-hz", 20);
    holm_net::transport::configure_threads(number("--threads", 1) as usize);
    if args.iter().any(|arg| arg == "--as-host") {
        host(polls_hz);
    } else {
        run(
            guests,
            secs,
            polls_hz,
            number("--threads", 1),
            args.iter().any(|arg| arg == "--json"),
        );
    }
}

/// Processor time of this process so far, and its resident bytes.
fn usage() -> (Duration, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    (Duration::from_millis(ticks * 10), pages * 4096)
}

/// Runs `each` at `hz` until it says stop.
fn every(hz: u64, mut each: impl FnMut(Duration) -> bool) {
    let started = Instant::now();
    let period = Duration::from_secs(1) / hz as u32;
    let mut next = period;
    while each(started.elapsed()) {
        let now = started.elapsed();
        if next > now {
            std::thread::park_timeout(next - now);
        }
        next = (next + period).max(now);
    }
}

/// Reads lines from standard input as frames; `cpu` asks for usage.
fn host(polls_hz: u64) {
    let (mut frames_in, from_rendezvous) = mpsc::channel(4096);
    let (to_rendezvous, mut frames_out) = mpsc::channel::<String>(4096);
    let (mut asks, mut asked) = mpsc::channel::<()>(16);
    std::thread::spawn(move || {
        for line in BufReader::new(std::io::stdin()).lines().map_while(Result::ok) {
            if line == "cpu" {
                let _ = asks.try_send(());
            } else {
                let _ = frames_in.try_send(line);
            }
        }
        std::process::exit(0);
    });
    let options = HostOptions {
        max_links: 1000,
        ..HostOptions::new(1)
    };
    let seat = Rendezvous::Seat(SignalLine {
        to_rendezvous,
        from_rendezvous,
    });
    let mut transport = WebRtcTransport::host(seat, options);
    let mut events = Vec::new();
    let mut links: Vec<LinkId> = Vec::new();
    let (mut received, mut closed) = (0u64, 0u64);
    let mut next_tick = TICK;
    let payload = Bytes::from(vec![7; DOWN_BYTES]);
    let mut out = std::io::stdout();
    every(polls_hz, |now| {
        events.clear();
        transport.poll(now, &mut events);
        for event in events.drain(..) {
            match event {
                LinkEvent::Opened { link, .. } => links.push(link),
                LinkEvent::Closed { link, .. } => {
                    links.retain(|open| *open != link);
                    closed += 1;
                }
                LinkEvent::Received { .. } => received += 1,
                LinkEvent::Failed { .. } | LinkEvent::Progress { .. } => {}
            }
        }
        if now >= next_tick || polls_hz == 20 {
            next_tick += TICK;
            for link in &links {
                let _ = transport.send(*link, Channel::Stream, payload.clone());
            }
        }
        while let Ok(frame) = frames_out.try_recv() {
            writeln!(out, "{frame}").unwrap();
        }
        while asked.try_recv().is_ok() {
            let (cpu, rss) = usage();
            let (cpu_ms, open) = (cpu.as_millis(), links.len());
            writeln!(
                out,
                "usage {{\"cpu_ms\":{cpu_ms},\"rss\":{rss},\"open\":{open},\"received\":{received},\"closed\":{closed}}}"
            )
            .unwrap();
        }
        true
    });
}

#[derive(serde::Deserialize)]
struct Usage {
    cpu_ms: u64,
    rss: u64,
    open: usize,
    received: u64,
    closed: u64,
}

fn id(number: usize) -> PeerId {
    serde_json::from_str(&format!("\"00000000-0000-0000-0000-{number:012x}\"")).unwrap()
}

struct Guest {
    transport: WebRtcTransport,
    to_guest: mpsc::Sender<String>,
    from_guest: mpsc::Receiver<String>,
    begun: Duration,
    inside: Option<Duration>,
    link: Option<LinkId>,
    received: u64,
    failed: bool,
}

fn run(count: usize, secs: u64, polls_hz: u64, threads: u64, json: bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--as-host",
            "--polls-hz",
            &polls_hz.to_string(),
            "--threads",
            &threads.to_string(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to_host = child.stdin.take().unwrap();
    let (mut lines, mut from_host) = mpsc::channel::<String>(4096);
    let stdout = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = lines.try_send(line);
        }
    });

    let mut guests: Vec<Guest> = Vec::new();
    let mut by_id = BTreeMap::new();
    let mut events = Vec::new();
    let payload = Bytes::from(vec![9; UP_BYTES]);
    let mut usages: Vec<(Duration, Usage)> = Vec::new();
    let mut asked: Vec<Duration> = Vec::new();
    let mut all_in: Option<Duration> = None;
    every(20, |now| {
        // One more guest each tick: 20 a second.
        if guests.len() < count {
            let (mut to_guest, from_rendezvous) = mpsc::channel(1024);
            let (to_rendezvous, from_guest) = mpsc::channel(1024);
            let host: PeerEvent<Signal> = PeerEvent::NewPeer(id(0));
            to_guest.try_send(serde_json::to_string(&host).unwrap()).unwrap();
            let seat = Rendezvous::Seat(SignalLine {
                to_rendezvous,
                from_rendezvous,
            });
            by_id.insert(id(guests.len() + 1), guests.len());
            guests.push(Guest {
                transport: WebRtcTransport::guest(seat, GuestOptions::new(1)),
                to_guest,
                from_guest,
                begun: now,
                inside: None,
                link: None,
                received: 0,
                failed: false,
            });
        }
        while let Ok(line) = from_host.try_recv() {
            if let Some(usage) = line.strip_prefix("usage ") {
                usages.push((now, serde_json::from_str(usage).unwrap()));
            } else if let PeerRequest::Signal { receiver, data } =
                serde_json::from_str::<PeerRequest<Signal>>(&line).unwrap()
            {
                let event = PeerEvent::Signal { sender: id(0), data };
                let frame = serde_json::to_string(&event).unwrap();
                guests[by_id[&receiver]].to_guest.try_send(frame).unwrap();
            }
        }
        for (number, guest) in guests.iter_mut().enumerate() {
            events.clear();
            guest.transport.poll(now, &mut events);
            for event in events.drain(..) {
                match event {
                    LinkEvent::Opened { link, .. } => {
                        guest.link = Some(link);
                        guest.inside = Some(now - guest.begun);
                    }
                    LinkEvent::Closed { .. } => guest.link = None,
                    LinkEvent::Failed { .. } => guest.failed = true,
                    LinkEvent::Received { .. } => guest.received += 1,
                    LinkEvent::Progress { .. } => {}
                }
            }
            if let Some(link) = guest.link {
                let _ = guest.transport.send(link, Channel::Stream, payload.clone());
            }
            while let Ok(frame) = guest.from_guest.try_recv() {
                let PeerRequest::Signal { data, .. } =
                    serde_json::from_str::<PeerRequest<Signal>>(&frame).unwrap()
                else {
                    continue;
                };
                let event = PeerEvent::Signal {
                    sender: id(number + 1),
                    data,
                };
                writeln!(to_host, "{}", serde_json::to_string(&event).unwrap()).unwrap();
            }
        }
        let settled =
            guests.len() == count && guests.iter().all(|guest| guest.inside.is_some() || guest.failed);
        if settled && all_in.is_none() {
            all_in = Some(now);
        }
        // Two seconds to calm down, then the measurement.
        let Some(all_in) = all_in else { return true };
        let begins = all_in + Duration::from_secs(2);
        let ends = begins + Duration::from_secs(secs);
        for (at, nth) in [(begins, 0), (ends, 1)] {
            if now >= at && asked.len() == nth {
                asked.push(now);
                writeln!(to_host, "cpu").unwrap();
            }
        }
        usages.len() < 2
    });
    let _ = child.kill();
    let _ = child.wait();

    let mut times: Vec<Duration> = guests.iter().filter_map(|guest| guest.inside).collect();
    times.sort();
    let percentile = |p: usize| {
        times
            .get((times.len() * p / 100).min(times.len().saturating_sub(1)))
            .map_or(0, |t| t.as_millis())
    };
    let [(t0, before), (t1, after)] = &usages[..] else {
        unreachable!("asked twice")
    };
    let wall = (*t1 - *t0).as_secs_f64();
    let cores = (after.cpu_ms - before.cpu_ms) as f64 / 1000.0 / wall;
    let hz = (after.received - before.received) as f64 / wall / after.open.max(1) as f64;
    let (joined, p50, p95, max) = (times.len(), percentile(50), percentile(95), percentile(100));
    let rss_mb = after.rss as f64 / 1e6;
    if json {
        println!(
            "{{\"guests\":{count},\"joined\":{joined},\"stayed\":{},\"closed\":{},\"join_ms_p50\":{p50},\"join_ms_p95\":{p95},\"join_ms_max\":{max},\"host_cores\":{cores:.3},\"host_rss_mb\":{rss_mb:.1},\"received_hz\":{hz:.1}}}",
            after.open, after.closed
        );
    } else {
        println!(
            "{joined} of {count} joined (p50 {p50} ms, p95 {p95} ms, max {max} ms), {} stayed",
            after.open
        );
        println!("host: {cores:.3} cores, {rss_mb:.1} MB resident, hears each guest {hz:.1} times a second");
    }
    if joined < count || after.open < count {
        std::process::exit(1);
    }
}
