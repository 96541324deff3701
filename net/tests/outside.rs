//! How the network looks from here, told by servers that are real, strange and hostile.
#![allow(clippy::disallowed_methods, reason = "real sockets run on the real clock")]
#![allow(clippy::unwrap_used, reason = "tests")]

use holm_net::transport::outside::{LOOK_DEADLINE, Look, Nat, Seen};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A server on this machine that answers each question with what `say` makes of it.
struct Server {
    at: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(say: impl Fn(&UdpSocket, &[u8], SocketAddr) + Send + 'static) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let at = socket.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2000];
            while !told.load(Ordering::Relaxed) {
                if let Ok((len, from)) = socket.recv_from(&mut buffer) {
                    say(&socket, &buffer[..len], from);
                }
            }
        });
        Self {
            at,
            over,
            thread: Some(thread),
        }
    }

    /// Sees everybody at this address, or where they are.
    fn that_sees(address: Option<SocketAddrV4>) -> Self {
        Self::start(move |socket, question, from| {
            let SocketAddr::V4(from4) = from else { return };
            let _ = socket.send_to(&binding(question, address.unwrap_or(from4)), from);
        })
    }

    fn url(&self) -> String {
        format!("stun:{}", self.at)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().unwrap().join();
    }
}

/// The answer to a binding request.
fn binding(question: &[u8], address: SocketAddrV4) -> Vec<u8> {
    let cookie = 0x2112_A442_u32;
    let mut bytes = vec![0x01, 0x01, 0, 12];
    bytes.extend(&question[4..20]);
    bytes.extend([0, 0x20, 0, 8, 0, 1]);
    bytes.extend((address.port() ^ (cookie >> 16) as u16).to_be_bytes());
    bytes.extend((u32::from(*address.ip()) ^ cookie).to_be_bytes());
    bytes
}

fn look(urls: &[String]) -> Seen {
    let mut look = Look::start(urls);
    let began = Instant::now();
    loop {
        if let Some(seen) = look.poll() {
            return seen;
        }
        assert!(began.elapsed() < LOOK_DEADLINE, "a look ends");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

#[test]
fn two_servers_tell_what_stands_between() {
    let outside = |port| Some(SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 9), port));
    for (first, second, nat) in [
        (None, None, Nat::Open),
        (outside(40_000), outside(40_000), Nat::Steady),
        (outside(40_000), outside(40_001), Nat::PerPeer),
    ] {
        let servers = [Server::that_sees(first), Server::that_sees(second)];
        let seen = look(&servers.each_ref().map(Server::url));
        assert_eq!(seen.nat(), nat, "{seen:?}");
        assert!(seen.can_ask && seen.asked == 2);
    }
}

#[test]
fn one_server_that_is_silent_leaves_the_other_ones_word() {
    let silent = Server::start(|_, _, _| {});
    let honest = Server::that_sees(Some(SocketAddrV4::new(Ipv4Addr::new(203, 0, 113, 9), 7)));
    let seen = look(&[silent.url(), honest.url()]);
    assert_eq!(seen.nat(), Nat::Some, "{seen:?}");
    assert_eq!(look(&[]).nat(), Nat::Unknown);
    assert_eq!(
        look(&["stun:a.name.that.is.none.invalid".into()]).nat(),
        Nat::Blocked
    );
}

#[test]
fn lies_floods_and_other_peoples_answers_are_not_believed() {
    let hostile = Server::start(|socket, question, from| {
        let lie = SocketAddrV4::new(Ipv4Addr::new(6, 6, 6, 6), 666);
        // Somebody else's socket, with the right answer in it.
        let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let _ = other.send_to(&binding(question, lie), from);
        let mut wrong = binding(question, lie);
        wrong[15] ^= 1;
        for n in 0..2_000_u32 {
            let _ = socket.send_to(&wrong, from);
            let _ = socket.send_to(&vec![n as u8; (n % 1_900) as usize], from);
        }
        let mut long = binding(question, lie);
        long[2..4].copy_from_slice(&4_000_u16.to_be_bytes());
        let _ = socket.send_to(&long, from);
    });
    let seen = look(&[hostile.url()]);
    assert_eq!((seen.nat(), seen.asked), (Nat::Blocked, 1), "{seen:?}");
}

struct Coturn(Child, u16);

impl Drop for Coturn {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Coturn {
    fn start() -> Option<Self> {
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
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
                "--log-file",
                "stdout",
                "--pidfile=/dev/null",
            ])
            .arg("--static-auth-secret=a secret for tests")
            .arg(format!("--listening-port={port}"))
            .arg(format!(
                "--userdb={}/holm-look-{port}.db",
                std::env::temp_dir().display()
            ))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        child.ok().map(|child| Self(child, port))
    }
}

#[test]
fn a_real_coturn_says_where_one_comes_from_and_that_it_relays() {
    let Some(coturn) = Coturn::start() else {
        eprintln!("SKIPPED: turnserver is not installed (Debian: coturn)");
        return;
    };
    let port = coturn.1;
    let began = Instant::now();
    // It needs a moment to listen.
    let seen = loop {
        let seen = look(&[format!("stun:127.0.0.1:{port}"), format!("turn:127.0.0.1:{port}")]);
        if seen.relays_answered > 0 || began.elapsed() > Duration::from_secs(20) {
            break seen;
        }
    };
    assert_eq!((seen.relays_asked, seen.relays_answered), (1, 1), "{seen:?}");
    assert_eq!(seen.nat(), Nat::Open, "{seen:?}");
}
