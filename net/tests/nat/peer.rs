//! One peer in its namespace, and the two of them brought together.
//!
//! Flow: [`meet`] starts two of [`main`] and passes their signaling frames, which they read from standard input
//! and write to standard output after a `>`; a line after a `!` is how the guest's join ended.

use crate::lab::Lab;
use core::time::Duration;
use futures::channel::mpsc;
use holm_net::transport::signal::{IceServers, Signal, SignalLine};
use holm_net::transport::webrtc::{GuestOptions, HostOptions, Rendezvous, WebRtcTransport};
use holm_net::transport::{Channel, JoinFailure, LinkEvent, Path, Transport};
use matchbox_protocol::{PeerEvent, PeerId, PeerRequest};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ExitCode, Stdio};
use std::time::Instant;

/// How a join ended, as the guest saw it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub enum Ended {
    Linked {
        path: String,
        chosen: Option<(String, String)>,
        after_ms: u64,
    },
    Failed {
        cause: String,
        after_ms: u64,
        tried: Vec<String>,
    },
    /// Neither, within what a join may take: what the guest knew then.
    Neither {
        opened_ms: Option<u64>,
        echoed: bool,
        path: String,
        seen: Vec<String>,
    },
}

/// A join must end within this, whatever the network does.
pub const PROMISE: Duration = Duration::from_secs(15);

fn id(number: u8) -> PeerId {
    serde_json::from_str(&format!("\"00000000-0000-0000-0000-0000000000{number:02x}\"")).unwrap()
}

/// A peer process: `host ICE`, with ICE servers as JSON, or `guest`, which is told them by the host.
pub fn main(args: &[String]) -> ExitCode {
    let ice: IceServers = args
        .get(1)
        .map_or_else(IceServers::default, |json| serde_json::from_str(json).unwrap());
    let (mut frames_in, from_rendezvous) = mpsc::channel(256);
    let (to_rendezvous, mut frames_out) = mpsc::channel::<String>(256);
    std::thread::spawn(move || {
        for line in BufReader::new(std::io::stdin()).lines().map_while(Result::ok) {
            let _ = frames_in.try_send(line);
        }
        std::process::exit(0);
    });
    let seat = Rendezvous::Seat(SignalLine {
        to_rendezvous,
        from_rendezvous,
    });
    let is_host = args[0] == "host";
    let mut transport = if is_host {
        let options = HostOptions {
            ice: Box::new(move || ice.clone()),
            ..HostOptions::new(1)
        };
        WebRtcTransport::host(seat, options)
    } else {
        WebRtcTransport::guest(seat, GuestOptions::new(1))
    };
    let started = Instant::now();
    let mut events = Vec::new();
    let mut opened = None;
    let mut echoed = false;
    let mut seen = Vec::new();
    loop {
        let now = started.elapsed();
        let after_ms = now.as_millis() as u64;
        transport.poll(now, &mut events);
        let mut ended = None;
        for event in events.drain(..) {
            match event {
                LinkEvent::Opened { link, .. } => {
                    opened = Some((link, after_ms));
                    if !is_host {
                        transport.send(link, Channel::Order, "ping".into()).unwrap();
                    }
                }
                LinkEvent::Received { link, bytes, .. } => {
                    echoed = true;
                    if is_host {
                        transport.send(link, Channel::Order, bytes).unwrap();
                    }
                }
                LinkEvent::Failed { cause } => {
                    let cause = match cause {
                        JoinFailure::NoPath { .. } => format!("{cause:?}"),
                        other => other.to_string(),
                    };
                    let report = transport.failed_join_report().cloned().unwrap_or_default();
                    ended = Some(Ended::Failed {
                        cause,
                        after_ms,
                        tried: report.tried,
                    });
                }
                LinkEvent::Closed { .. } => seen.push(format!("{after_ms} ms closed")),
                LinkEvent::Progress { .. } => {}
            }
        }
        if let Some((link, after_ms)) = opened.filter(|_| echoed && !is_host)
            && let Some(report) = transport.report(link)
            && report.path != Path::Unknown
        {
            ended = Some(Ended::Linked {
                path: format!("{:?}", report.path),
                chosen: report.chosen,
                after_ms,
            });
        }
        if ended.is_none() && !is_host && now > PROMISE + Duration::from_secs(2) {
            let path = opened
                .and_then(|(link, _)| transport.report(link))
                .map_or_else(String::new, |report| format!("{report:?}"));
            ended = Some(Ended::Neither {
                opened_ms: opened.map(|(_, after_ms)| after_ms),
                echoed,
                path,
                seen: seen.clone(),
            });
        }
        let mut out = std::io::stdout();
        while let Ok(frame) = frames_out.try_recv() {
            writeln!(out, ">{frame}").unwrap();
        }
        if let Some(ended) = ended {
            writeln!(out, "!{}", serde_json::to_string(&ended).unwrap()).unwrap();
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(lab: &Lab, side: u8, args: &[&str]) -> Result<Running, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = lab
        .inside(side, &own)
        .arg("peer")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let (mut sender, lines) = mpsc::channel(256);
    let stdout = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.try_send(line);
        }
    });
    Ok(Running { child, lines })
}

/// Starts a host and a guest in `lab` and waits for the guest's word.
pub fn meet(lab: &Lab, ice: &IceServers, within: Duration) -> Result<Ended, String> {
    let mut host = start(lab, 1, &["host", &serde_json::to_string(ice).unwrap()])?;
    let mut guest = start(lab, 2, &["guest"])?;
    let say = |to: &mut Running, event: &PeerEvent<Signal>| {
        let line = serde_json::to_string(event).unwrap();
        writeln!(to.child.stdin.as_mut().unwrap(), "{line}").map_err(|error| error.to_string())
    };
    say(&mut guest, &PeerEvent::NewPeer(id(1)))?;
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        for from_guest in [false, true] {
            loop {
                let (from, to) = if from_guest {
                    (&mut guest, &mut host)
                } else {
                    (&mut host, &mut guest)
                };
                let Ok(line) = from.lines.try_recv() else { break };
                if let Some(ended) = line.strip_prefix('!') {
                    return serde_json::from_str(ended).map_err(|error| error.to_string());
                }
                let frame = line.strip_prefix('>').ok_or_else(|| format!("unasked: {line}"))?;
                if let Ok(PeerRequest::Signal { data, .. }) = serde_json::from_str(frame) {
                    let sender = id(if from_guest { 2 } else { 1 });
                    say(to, &PeerEvent::Signal { sender, data })?;
                }
            }
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Err("the guest never said how it ended".to_owned())
}
