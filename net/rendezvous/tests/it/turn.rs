//! Minted credentials, tried on the real relay.

use core::time::Duration;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use holm_net::transport::signal::IceServers;
use holm_rendezvous::turn::{TurnConfig, TurnConfigError, mint};

use crate::help::DEADLINE;

const SECRET: &str = "n0rth-s3a";

/// coturn on a port of its own, ended with the test.
struct Relay(Child, u16);

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn relay() -> Option<Relay> {
    for program in ["turnserver", "turnutils_uclient"] {
        if Command::new(program)
            .arg("-h")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_err()
        {
            eprintln!(
                "SKIPPED: {program} is not installed (Debian: coturn), so no credential was tried on a relay"
            );
            return None;
        }
    }
    let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let scratch = std::env::temp_dir().join(format!("holm-turn-{port}"));
    let child = Command::new("turnserver")
        .args([
            "-n",
            "--use-auth-secret",
            "--realm=holm.test",
            "-L",
            "127.0.0.1",
            "-E",
            "127.0.0.1",
        ])
        .args([
            "--no-tls",
            "--no-dtls",
            "--no-cli",
            "--allow-loopback-peers",
            "--log-file",
            "stdout",
        ])
        .arg(format!("--static-auth-secret={SECRET}"))
        .arg(format!("--listening-port={port}"))
        .arg(format!("--pidfile={}.pid", scratch.display()))
        .arg(format!("--userdb={}.db", scratch.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Some(Relay(child, port))
}

/// Whether the relay carries a message for whoever shows this.
fn carries(relay: &Relay, ice: &IceServers) -> bool {
    let (user, password) = (
        ice.username.as_deref().unwrap(),
        ice.credential.as_deref().unwrap(),
    );
    let port = relay.1.to_string();
    let args = [
        "-u",
        user,
        "-w",
        password,
        "-y",
        "-c",
        "-n",
        "1",
        "-p",
        &port,
        "127.0.0.1",
    ];
    let output = Command::new("turnutils_uclient").args(args).output().unwrap();
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("Total lost packets 0 ")
}

#[test]
fn a_relay_takes_what_its_secret_minted_until_it_ends() {
    let Some(relay) = relay() else { return };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let hour = Duration::from_secs(3600);
    let good = mint(&[], SECRET, hour, "guest-1", now);
    let began = Instant::now();
    while !carries(&relay, &good) {
        assert!(began.elapsed() < DEADLINE, "the relay refuses a good credential");
    }
    assert!(
        !carries(&relay, &mint(&[], "another secret", hour, "guest-1", now)),
        "another's secret"
    );
    assert!(
        !carries(&relay, &mint(&[], SECRET, hour, "guest-1", now - 2 * hour)),
        "an hour over"
    );
    let stolen = IceServers {
        username: Some(format!("{}x", good.username.clone().unwrap())),
        ..good
    };
    assert!(!carries(&relay, &stolen), "another's name with this password");
}

#[test]
fn a_credential_names_its_end_and_nothing_that_breaks_the_name() {
    // HMAC-SHA1 by another program: printf 1000000600:bot | openssl dgst -sha1 -hmac secret -binary | base64
    let urls = ["turn:relay.example:3478".to_owned()];
    let ice = mint(
        &urls,
        "secret",
        Duration::from_secs(600),
        "bot",
        Duration::from_secs(1_000_000_000),
    );
    assert_eq!(ice.username.as_deref(), Some("1000000600:bot"));
    assert_eq!(ice.credential.as_deref(), Some("Wz9rhWv/SdfTlsj0lkS09DLw4rs="));
    assert_eq!(ice.urls, urls);
    let odd = mint(&urls, "secret", Duration::MAX, "a:b\n\u{f6}", Duration::MAX);
    assert_eq!(odd.username, Some(format!("{}:ab", u64::MAX)));
}

#[test]
fn a_configuration_says_what_is_wrong_with_it() {
    let config = |urls: &[&str], secret: Option<&str>| TurnConfig {
        urls: urls.iter().map(|s| (*s).to_owned()).collect(),
        secret: secret.map(str::to_owned),
    };
    let both = [
        "stun:relay.example:3478",
        "turn:relay.example:3478?transport=udp",
        "turn:[2001:db8::1]:443",
    ];
    assert_eq!(config(&both, Some(SECRET)).check(), Ok(()));
    assert_eq!(config(&both[..1], None).check(), Ok(()));
    assert_eq!(
        config(&both, None).check(),
        Err(TurnConfigError::NoSecret(both[1].to_owned()))
    );
    for url in [
        "",
        "turn",
        "turn:",
        "turn://relay.example",
        "http:relay",
        "relay.example:3478",
        "stun:a b",
    ] {
        let error = config(&[url], Some(SECRET)).check();
        assert_eq!(error, Err(TurnConfigError::NoIceUrl(url.to_owned())), "{url}");
    }
    let now = Duration::from_secs(1_000_000_000);
    let without = config(&both, None).mint(Duration::from_secs(1), "a", now);
    assert_eq!(
        (without.urls.len(), without.username, without.credential),
        (1, None, None)
    );
    assert!(
        !format!("{:?}", config(&both, Some(SECRET))).contains(SECRET),
        "a secret in a log"
    );
}
