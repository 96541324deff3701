//! Files, headers, encodings, certificates and bad manners over HTTP.

use core::time::Duration;
use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use holm_rendezvous::{BindError, Server, ServerConfig, ServerHandle, TlsFiles, WorldCard};

use crate::help::{Answer, DEADLINE, Ws, ask, config, get, parse, room, start};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("holm-rendezvous-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 4096, 5, 20)
        .write_all(bytes)
        .unwrap();
    packed
}

fn serving(folder: &Path) -> ServerHandle {
    start(ServerConfig {
        bundle: Some(folder.to_owned()),
        ..config()
    })
}

#[test]
fn files_come_packed_where_the_browser_takes_it_and_plain_where_not() {
    let folder = Folder::new();
    // Long enough for many chunks, and not repeating at their length.
    let wasm: Vec<u8> = (0..700_001_u32).flat_map(|i| (i % 1013).to_le_bytes()).collect();
    let packed = brotli(&wasm);
    folder.put("holm-0123456789abcdef_bg.wasm.br", &packed);
    folder.put("index.html", "<!doctype html>in");
    folder.put("js/boot.js", "1;");
    folder.put("js/boot.js.gz", "gz");
    let server = serving(&folder.0);
    let wasm_path = "/holm-0123456789abcdef_bg.wasm";

    let br = get(&server, wasm_path, "Accept-Encoding: gzip, deflate, br;q=0.9\r\n");
    assert_eq!(br.status(), 200);
    assert_eq!(br.header("content-encoding"), Some("br"));
    assert_eq!(br.header("content-type"), Some("application/wasm"));
    assert_eq!(
        br.header("content-length"),
        Some(packed.len().to_string().as_str())
    );
    assert_eq!(
        br.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    assert_eq!(br.header("vary"), Some("accept-encoding"));
    assert!(br.body == packed);

    for refusing in [
        "",
        "Accept-Encoding: gzip\r\n",
        "Accept-Encoding: br;q=0\r\n",
        "Accept-Encoding: brr\r\n",
    ] {
        let plain = get(&server, wasm_path, refusing);
        assert_eq!(plain.header("content-encoding"), None, "{refusing}");
        assert!(plain.body == wasm, "{refusing}");
        assert_ne!(plain.header("etag"), br.header("etag"));
    }

    let index = get(&server, "/", "Accept-Encoding: br\r\n");
    assert_eq!(index.text(), "<!doctype html>in");
    assert_eq!(index.header("cache-control"), Some("no-cache"));
    assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
    let gz = get(&server, "/js/boot.js", "Accept-Encoding: br, gzip\r\n");
    assert_eq!((gz.text(), gz.header("content-encoding")), ("gz", Some("gzip")));
    assert_eq!(get(&server, "/js/boot.js", "").text(), "1;");

    let head = ask(&server, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_eq!(
        (head.status(), head.header("content-length"), head.body.len()),
        (200, Some("17"), 0)
    );
}

#[test]
fn a_browser_that_has_a_file_is_not_sent_it_again_until_it_changes() {
    let folder = Folder::new();
    folder.put("index.html", "one");
    let server = serving(&folder.0);
    let tag = get(&server, "/", "").header("etag").unwrap().to_owned();
    let again = get(&server, "/", &format!("If-None-Match: \"other\", W/{tag}\r\n"));
    assert_eq!((again.status(), again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    folder.put("index.html", "other");
    let changed = get(&server, "/", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!((changed.status(), changed.text()), (200, "other"));
}

#[test]
fn nothing_outside_the_folder_is_served() {
    let folder = Folder::new();
    folder.put("secret.txt", "secret");
    folder.put("web/index.html", "in");
    folder.put("web/.hidden.txt", "hidden");
    folder.put("web/key.pem", "key");
    folder.put("web/sub/deep.txt", "deep");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.0.join("secret.txt"), folder.0.join("web/link.txt")).unwrap();
    let server = serving(&folder.0.join("web"));
    assert_eq!(get(&server, "/sub/deep.txt", "").text(), "deep");
    for path in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "//etc/hostname.txt",
        "/./index.html",
        "/sub//deep.txt",
        "/index.html/",
        "/sub",
        "/sub/",
        "/.hidden.txt",
        "/key.pem",
        "/link.txt",
        "/index.html%00.txt",
        "/index.html.br",
        "/C:/secret.txt",
        "/none.txt",
        &format!("/{}", "a/".repeat(2000)),
    ] {
        let answer = get(&server, path, "");
        assert_eq!(answer.status(), 404, "{path}");
        assert!(!answer.text().contains("secret"), "{path}");
    }
    assert_eq!(
        ask(
            &server,
            "GET /etc/hostname HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"
        )
        .status(),
        404
    );
    assert_eq!(
        ask(
            &server,
            "POST / HTTP/1.1\r\nConnection: close\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        )
        .status(),
        405
    );
    assert_eq!(
        ask(&server, "GET nonsense HTTP/1.1\r\nConnection: close\r\n\r\n").status(),
        404
    );
}

#[test]
fn every_answer_tells_the_browser_to_run_only_what_is_ours() {
    let folder = Folder::new();
    folder.put("index.html", "in");
    let server = serving(&folder.0);
    for path in ["/", "/none.txt", "/world.json", "/healthz", "/metrics"] {
        let answer = get(&server, path, "");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("'wasm-unsafe-eval'"),
            "{path}"
        );
        assert!(!policy.contains("'unsafe-eval'") && !policy.contains("script-src 'self' 'unsafe-inline'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(
            answer.header("cross-origin-embedder-policy"),
            Some("require-corp"),
            "{path}"
        );
    }
}

#[test]
fn without_a_browser_client_the_page_says_how_to_make_one() {
    for bundle in [None, Some(PathBuf::from("/nowhere/at/all"))] {
        let server = start(ServerConfig { bundle, ..config() });
        let page = get(&server, "/", "");
        assert_eq!(page.status(), 200);
        assert!(page.text().contains("cargo xtask web"));
        assert_eq!(get(&server, "/holm.js", "").status(), 404);
    }
    // One made later is found without a restart.
    let folder = Folder::new();
    let server = serving(&folder.0);
    assert!(get(&server, "/", "").text().contains("cargo xtask web"));
    folder.put("index.html", "made");
    assert_eq!(get(&server, "/", "").text(), "made");
}

#[tokio::test]
async fn the_world_the_health_and_the_counts_can_be_asked_for() {
    let mut config = config();
    let own = prometheus_client::metrics::counter::Counter::<u64>::default();
    config.registry.register("holm_facts", "Facts told", own.clone());
    let server = start(config);
    own.inc_by(7);
    let name = format!("Bj\u{f6}rn's \"harbour\"{}", "\u{f6}".repeat(200));
    server.set_world(&WorldCard {
        name,
        people: 3,
        max: 64,
        version: 9,
    });
    let answer = get(&server, "/world.json", "");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    // A page from elsewhere must not read what is hosted on its visitor's own machine.
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let card: WorldCard = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((card.people, card.max, card.version), (3, 64, 9));
    assert!(card.name.starts_with("Bj\u{f6}rn's \"harbour\"\u{f6}") && card.name.len() <= 200);
    assert_eq!(get(&server, "/healthz", "").text(), "ok\n");

    let _host = server.host_seat(&room(1));
    let mut guest = Ws::open(&server, &room(1), "").await;
    guest.greeted().await;
    guest.send_text("\"KeepAlive\"").await;
    crate::help::until_metric(&server, "frames_total{from=\"guest\"} 1\n").await;
    let text = get(&server, "/metrics", "").text().to_owned();
    for line in [
        "holm_facts_total 7",
        "holm_rendezvous_rooms 1",
        "holm_rendezvous_guests 1",
        "holm_rendezvous_lines_total{from=\"guest\"} 1",
        "holm_rendezvous_frame_bytes_total{from=\"guest\"} 11",
        "holm_rendezvous_requests_total{code=\"200\"} ",
    ] {
        assert!(
            text.lines().any(|l| l.starts_with(line)),
            "{line} is not in\n{text}"
        );
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn a_port_that_cannot_be_had_says_why() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let busy = taken.local_addr().unwrap();
    assert!(matches!(Server::bind(ServerConfig::on(busy)), Err(BindError::PortBusy(a)) if a == busy));
    let everywhere = ServerConfig::on_port(busy.port());
    assert!(matches!(Server::bind(everywhere), Err(BindError::PortBusy(_))));
    let foreign = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 0));
    assert!(
        matches!(Server::bind(ServerConfig::on(foreign)), Err(BindError::NoSuchAddress(a)) if a == foreign)
    );
}

#[test]
fn every_address_means_both_families() {
    let server = Server::bind(ServerConfig::on_port(0)).unwrap().start().unwrap();
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, server.local_addr().port()));
    let mut tcp = TcpStream::connect(v4).unwrap();
    tcp.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    let mut all = Vec::new();
    tcp.read_to_end(&mut all).unwrap();
    assert_eq!(parse(&all).text(), "ok\n");
}

struct Certificate {
    folder: Folder,
    files: TlsFiles,
    roots: rustls::RootCertStore,
}

fn certificate() -> Certificate {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = Folder::new();
    let files = TlsFiles {
        certificate: folder.put("cert.pem", made.cert.pem()),
        key: folder.put("key.pem", made.signing_key.serialize_pem()),
    };
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    Certificate { folder, files, roots }
}

#[test]
fn https_is_served_with_the_certificate_given_and_http_is_sent_there() {
    let Certificate {
        folder: _folder,
        files,
        roots,
    } = certificate();
    let server = start(ServerConfig {
        tls: Some(files),
        ..config()
    });
    assert!(server.is_tls());
    let client =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let mut tls = rustls::ClientConnection::new(Arc::new(client), "localhost".try_into().unwrap()).unwrap();
    let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
    let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    assert_eq!(parse(&all).text(), "ok\n");

    let plain = ask(&server, "GET /x?y=1 HTTP/1.1\r\nHost: world.example:7777\r\n\r\n");
    assert_eq!(
        (plain.status(), plain.header("location")),
        (307, Some("https://world.example:7777/x?y=1"))
    );
    let lost = ask(&server, "GET / HTTP/1.0\r\n\r\n");
    assert_eq!(lost.status(), 400);
}

#[test]
fn who_is_slow_with_tls_is_cut() {
    let Certificate {
        folder: _folder,
        files,
        ..
    } = certificate();
    let mut config = ServerConfig {
        tls: Some(files),
        ..config()
    };
    config.limits.handshake = Duration::from_millis(500);
    let server = start(config);
    for opening in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01", b"GET / HT"] {
        let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
        tcp.write_all(opening).unwrap();
        assert!(
            read_until_closed(&mut tcp) < Duration::from_secs(5),
            "{opening:?}"
        );
    }
}

#[test]
fn a_certificate_that_is_none_says_so_before_the_port_is_taken() {
    let Certificate { folder, files, .. } = certificate();
    let bind = |tls: TlsFiles| {
        Server::bind(ServerConfig {
            tls: Some(tls),
            ..config()
        })
        .err()
        .unwrap()
    };
    let none = folder.0.join("none.pem");
    let error = bind(TlsFiles {
        certificate: none.clone(),
        ..files.clone()
    });
    assert!(matches!(error, BindError::PemUnreadable { path, .. } if path == none));
    let error = bind(TlsFiles {
        certificate: files.key.clone(),
        ..files.clone()
    });
    assert!(
        matches!(
            error,
            BindError::PemWithout {
                what: "certificate",
                ..
            }
        ),
        "{error}"
    );
    let error = bind(TlsFiles {
        key: files.certificate.clone(),
        ..files.clone()
    });
    assert!(
        matches!(
            error,
            BindError::PemWithout {
                what: "private key",
                ..
            }
        ),
        "{error}"
    );
    let other = certificate();
    let error = bind(TlsFiles {
        key: other.files.key.clone(),
        ..files
    });
    assert!(matches!(error, BindError::BadCertificate(_)), "{error}");
}

fn read_until_closed(tcp: &mut TcpStream) -> Duration {
    let began = Instant::now();
    tcp.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut buffer = [0; 4096];
    while matches!(tcp.read(&mut buffer), Ok(n) if n > 0) {}
    began.elapsed()
}

#[test]
fn who_is_slow_to_ask_or_asks_too_much_is_cut() {
    let mut config = config();
    config.limits.handshake = Duration::from_millis(500);
    let server = start(config);
    let mut silent = TcpStream::connect(server.local_addr()).unwrap();
    let mut slow = TcpStream::connect(server.local_addr()).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX: ").unwrap();
    assert!(read_until_closed(&mut silent) < Duration::from_secs(5));
    assert!(read_until_closed(&mut slow) < Duration::from_secs(5));

    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
    let _ = tcp.write_all(huge.as_bytes());
    assert!(read_until_closed(&mut tcp) < Duration::from_secs(5));
    // A body nobody asked for does not keep the connection.
    let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
    tcp.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        .unwrap();
    assert!(read_until_closed(&mut tcp) < Duration::from_secs(5));
    assert_eq!(get(&server, "/healthz", "").status(), 200);
}

#[test]
fn who_reads_nothing_of_what_it_asked_for_is_cut() {
    let folder = Folder::new();
    folder.put("big.bin", vec![0; 64 << 20]);
    let mut config = ServerConfig {
        bundle: Some(folder.0.clone()),
        ..config()
    };
    config.limits.stall = Duration::from_millis(500);
    let server = start(config);
    let mut deaf = TcpStream::connect(server.local_addr()).unwrap();
    deaf.write_all(b"GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let connections = |server: &ServerHandle| {
        let text = get(server, "/metrics", "").text().to_owned();
        let line = text
            .lines()
            .find(|l| l.starts_with("holm_rendezvous_connections "))
            .unwrap()
            .to_owned();
        line.rsplit(' ').next().unwrap().parse::<u32>().unwrap()
    };
    let began = Instant::now();
    assert_eq!(connections(&server), 2, "it and us");
    while connections(&server) > 1 {
        assert!(began.elapsed() < DEADLINE, "still connected");
    }
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[test]
fn one_more_connection_than_there_is_room_for_is_closed() {
    let mut config = config();
    config.limits.connections = 2;
    let server = start(config);
    let held = [(); 2].map(|()| {
        let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
        tcp.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        assert!(tcp.read(&mut [0; 64]).unwrap() > 0, "it is served and stays open");
        tcp
    });
    let mut third = TcpStream::connect(server.local_addr()).unwrap();
    assert!(read_until_closed(&mut third) < Duration::from_secs(5));
    drop(held);
    let began = Instant::now();
    loop {
        let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
        let _ = tcp.write_all(b"GET /healthz HTTP/1.0\r\n\r\n");
        let mut all = Vec::new();
        if tcp.read_to_end(&mut all).is_ok() && !all.is_empty() {
            let answer: Answer = parse(&all);
            assert_eq!(answer.text(), "ok\n");
            break;
        }
        assert!(began.elapsed() < DEADLINE, "places are given back");
    }
}

#[test]
fn an_address_is_believed_from_a_trusted_proxy_only() {
    let joins = |trusted: bool, forwarded: [&str; 2]| {
        let mut config = config();
        config.limits.spare_loopback = false;
        config.limits.joins = holm_rendezvous::Rate {
            burst: 1.0,
            per_sec: 0.0,
        };
        config
            .trusted_proxies
            .extend(trusted.then_some(IpAddr::from(Ipv4Addr::LOCALHOST)));
        let server = start(config);
        let _host = server.host_seat(&room(1));
        forwarded.map(|address| {
            let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
            tcp.set_read_timeout(Some(DEADLINE)).unwrap();
            let request = format!(
                "GET /signal/{} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
                 X-Forwarded-For: {address}\r\n\r\n",
                room(1).0
            );
            tcp.write_all(request.as_bytes()).unwrap();
            let mut all = Vec::new();
            let mut buffer = [0; 4096];
            while !String::from_utf8_lossy(&all).contains("IdAssigned") {
                match tcp.read(&mut buffer) {
                    Ok(n) if n > 0 => all.extend_from_slice(&buffer[..n]),
                    _ => return false,
                }
                if String::from_utf8_lossy(&all).contains("rate limited") {
                    return false;
                }
            }
            true
        })
    };
    assert_eq!(joins(true, ["198.51.100.1", "198.51.100.2"]), [true, true]);
    assert_eq!(joins(true, ["198.51.100.1", "198.51.100.1"]), [true, false]);
    assert_eq!(
        joins(true, ["198.51.100.1", "203.0.113.9, 198.51.100.1"]),
        [true, false],
        "the client's own claim"
    );
    assert_eq!(
        joins(false, ["198.51.100.1", "198.51.100.2"]),
        [true, false],
        "no proxy of ours"
    );
}
