//! Real processes over real WebRTC: `holm host --headless` and `holm bot`, as people and scripts start them.
#![allow(clippy::disallowed_methods, reason = "real processes run on the real clock")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "processes/console.rs"]
mod console;
#[path = "processes/crash.rs"]
mod crash;
#[path = "processes/succession.rs"]
mod succession;
#[path = "processes/voice.rs"]
mod voice;
#[cfg(all(target_os = "linux", feature = "view"))]
#[path = "processes/window.rs"]
mod window;

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A program under test with a data folder of its own, ended with the test whatever happens.
struct Holm {
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
    data: PathBuf,
}

impl Drop for Holm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

fn data() -> PathBuf {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_nanos();
    let test = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "-");
    std::env::temp_dir().join(format!("holm-processes-{}-{test}{nanos}", std::process::id()))
}

fn holm(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holm"));
    command
        .args(args)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null())
        .env_remove("HOLM_WEB")
        .env_remove("HOLM_DATA");
    command
}

fn host(more: &[&str]) -> (Holm, Value) {
    let data = data();
    let args = [&["host", "--headless", "--json", "--port", "0", "--no-lan"], more].concat();
    let mut child = holm(&data, &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut host = Holm { child, stdout, data };
    let ready = host.line();
    assert_eq!(ready["event"], "ready", "{ready}");
    (host, ready)
}

impl Holm {
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

fn bots(link: &str, args: &[&str]) -> (Output, Value) {
    let data = data();
    let out = holm(&data, &[&["bot", "--json", "--join", link], args].concat())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let report = text
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or(Value::Null);
    (out, report)
}

/// What opens the room of the host that said `ready`: the end of its link.
fn secret(ready: &Value) -> String {
    let link = ready["link"].as_str().unwrap();
    link.split('#').nth(1).unwrap().to_owned()
}

/// What the host that said `ready` answers at its port, head and body.
fn get(ready: &Value, path: &str) -> String {
    let link = ready["local_link"].as_str().unwrap();
    let authority = link.split('/').nth(2).unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

#[test]
fn eight_bots_walk_and_talk_in_a_headless_host() {
    let (_host, ready) = host(&[]);
    let link = ready["link"].as_str().unwrap();
    let (out, report) = bots(link, &["--count", "8", "--seconds", "12"]);
    println!("{report:#}");
    assert!(
        out.status.success(),
        "{}\n{report:#}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(
        (report["joined"].as_u64(), report["stayed"].as_u64()),
        (Some(8), Some(8))
    );
    assert_eq!(report["errors"], Value::Array(Vec::new()));
    let people = report["people"].as_array().unwrap();
    assert_eq!(people.len(), 7, "one's own is not among those seen");
    let walked = people
        .iter()
        .filter(|p| p["walked_metres"].as_f64().unwrap() > 1.0)
        .count();
    assert!(walked >= 4, "{people:?}");
    let chat = report["chat"].as_array().unwrap();
    assert!(chat.iter().any(|line| line["from"] == "Bot 2"), "{chat:?}");
    assert!(
        report["avatar_update_bytes"]["max"].as_u64().unwrap() <= 16,
        "{report:#}"
    );
}

#[test]
fn one_port_serves_the_door_the_card_and_the_figures() {
    let (_host, ready) = host(&["--room", "Our place"]);
    let get = |path: &str| get(&ready, path);
    assert!(get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(get("/world.json").contains("Our place"));
    let deadline = Instant::now() + Duration::from_secs(5);
    while !get("/metrics").contains("holm_people 0") {
        assert!(Instant::now() < deadline, "{}", get("/metrics"));
    }
}

#[cfg(unix)]
#[test]
fn a_host_that_is_told_to_end_tells_its_guests_why() {
    let (mut host, ready) = host(&[]);
    let link = ready["link"].as_str().unwrap().to_owned();
    let pid = host.child.id().to_string();
    let bots = std::thread::spawn(move || bots(&link, &["--count", "1", "--seconds", "30"]));
    // The host says nothing when somebody comes; its figures do. Wait for one person.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let text = get(&ready, "/world.json");
        if text.contains("\"people\":1") {
            break;
        }
        assert!(Instant::now() < deadline, "nobody came: {text}");
    }
    let began = Instant::now();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let (out, report) = bots.join().unwrap();
    assert!(!out.status.success(), "a bot that was sent home did not stay");
    let errors = report["errors"].to_string();
    assert!(
        errors.contains("HostStopped") && errors.contains("The host has closed the world."),
        "{report:#}"
    );
    assert_eq!(host.line()["event"], "closed");
    assert!(host.child.wait().unwrap().success());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "took {:?}",
        began.elapsed()
    );
}

#[test]
fn a_busy_port_is_said_and_what_to_do() {
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = data();
    let out = holm(
        &folder,
        &[
            "host",
            "--headless",
            "--port",
            &port,
            "--bind",
            "0.0.0.0",
            "--no-lan",
        ],
    )
    .output()
    .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success());
    assert!(
        said.contains(&format!("Port {port} is in use")) && said.contains("--port"),
        "{said}"
    );
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn a_world_file_that_is_none_is_said_in_one_sentence() {
    let folder = data();
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("broken.glb");
    std::fs::write(&path, b"glTF but not really").unwrap();
    for world in [path.to_str().unwrap(), "/nowhere/at/all.ron"] {
        let out = holm(
            &folder,
            &["host", "--headless", "--port", "0", "--no-lan", "--world", world],
        )
        .output()
        .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(!out.status.success(), "{world}");
        let ours: Vec<&str> = said.lines().filter(|line| line.starts_with("holm: ")).collect();
        assert_eq!(ours.len(), 1, "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn a_broken_link_and_an_empty_house_are_said() {
    let folder = data();
    let out = holm(&folder, &["bot", "--join", "http://example.org/"])
        .output()
        .unwrap();
    assert!(!out.status.success());
    assert!(String::from_utf8_lossy(&out.stderr).contains("does not open anything"));
    // A port where nobody hosts: freed a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (out, report) = bots(
        &format!("http://{free}/#aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        &["--seconds", "1"],
    );
    assert!(!out.status.success());
    assert!(
        report["errors"].to_string().contains("rendezvous unreachable"),
        "{report:#}"
    );
}

#[test]
fn the_same_link_opens_the_world_after_a_restart() {
    let folder = data();
    let mut links = Vec::new();
    for _ in 0..2 {
        let mut child = holm(
            &folder,
            &["host", "--headless", "--json", "--port", "0", "--no-lan"],
        )
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        links.push(secret(&ready));
    }
    assert_eq!(links[0], links[1]);
    let _ = std::fs::remove_dir_all(folder);
}

/// `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=localhost`, signed
/// by itself.
const CERTIFICATE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/nobody-trusts-this.crt"
);
const KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/nobody-trusts-this.key"
);

#[test]
fn a_host_with_a_certificate_speaks_https_and_one_nobody_trusts_is_said_to_be_that() {
    let (_host, ready) = host(&["--cert", CERTIFICATE, "--key", KEY]);
    assert_eq!(ready["https"], true, "{ready}");
    let link = ready["local_link"].as_str().unwrap();
    assert!(link.starts_with("https://"), "{link}");
    let (out, report) = bots(link, &["--seconds", "1"]);
    assert!(!out.status.success());
    let errors = report["errors"].to_string();
    assert!(errors.contains("no secure line"), "{errors}");
}

#[test]
fn a_certificate_without_its_key_is_said() {
    let folder = data();
    let args = [
        "host",
        "--headless",
        "--port",
        "0",
        "--no-lan",
        "--cert",
        CERTIFICATE,
    ];
    let out = holm(&folder, &args).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("--key"), "{said}");
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn without_a_display_a_client_says_so() {
    let folder = data();
    let out = holm(
        &folder,
        &["join", "http://127.0.0.1:1/#aaaaaaaaaaaaaaaaaaaaaaaaaa"],
    )
    .env_remove("DISPLAY")
    .env_remove("WAYLAND_DISPLAY")
    .output()
    .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success());
    // Two builds, two reasons, the same way out.
    assert!(
        said.contains("display") || said.contains("without a window"),
        "{said}"
    );
    assert!(said.contains("holm host"), "{said}");
    let _ = std::fs::remove_dir_all(folder);
}

/// Runs a command line of the shell in namespaces of its own, as root on Linux; `None` elsewhere.
#[cfg(target_os = "linux")]
fn unshared(what: &str, line: &str) -> Option<Output> {
    let possible = Command::new("unshare").args([what, "--mount", "true"]).status();
    if !possible.is_ok_and(|status| status.success()) {
        println!("SKIPPED: this needs root and unshare");
        return None;
    }
    let out = Command::new("unshare")
        .args([what, "--mount", "sh", "-c", line])
        .env("HOLM", env!("CARGO_BIN_EXE_holm"))
        .output()
        .unwrap();
    Some(out)
}

#[cfg(target_os = "linux")]
#[test]
fn a_host_without_a_network_says_who_can_come() {
    let folder = data();
    let line = format!(
        "ip link set lo up; timeout -s TERM 3 \"$HOLM\" host --headless --port 0 --no-lan --data {}",
        folder.display()
    );
    let Some(out) = unshared("--net", &line) else {
        return;
    };
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(said.contains("This machine has no network"), "{out:?}");
    assert!(said.contains("http://127.0.0.1:"), "{said}");
    let _ = std::fs::remove_dir_all(folder);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_keeps_nobody_from_hosting() {
    let folder = data();
    std::fs::create_dir_all(&folder).unwrap();
    let line = format!(
        "mount -t tmpfs -o size=4k none {0} && head -c 4096 /dev/zero > {0}/full; \
         timeout -s TERM 3 \"$HOLM\" host --headless --port 0 --no-lan --data {0}",
        folder.display()
    );
    let Some(out) = unshared("--ipc", &line) else {
        return;
    };
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("disk is full"), "{out:?}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(
        String::from_utf8_lossy(&out.stdout).contains("Your world is open"),
        "{out:?}"
    );
    let _ = std::fs::remove_dir_all(folder);
}
