//! The fuzz targets on the corpus, and on a bounded number of its mutations, without a fuzzer.
//!
//! `HOLM_WRITE_CORPUS=1 cargo test -p holm-net --test fuzz_corpus` writes the honest half of the corpus
//! anew after a change of the protocol.
#![allow(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use holm_net::fuzzing::{Corpus, Pair, TARGETS, as_messages, mutated};
use holm_net::link::Link;
use holm_net::pose::PoseStream;
use holm_net::transport::Channel;
use holm_net::transport::memory::SeededRng;
use holm_net::transport::signal::Signal;
use holm_net::transport::webrtc::sdp::{Description, Half, parse_candidate};
use holm_net::wire::BitReader;
use matchbox_protocol::PeerEvent;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(folder(target))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let inputs: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert!(!inputs.is_empty(), "no corpus for {target}");
    inputs
}

#[test]
fn no_corpus_and_no_mutation_of_it_harms_anybody() {
    if std::env::var_os("HOLM_WRITE_CORPUS").is_some() {
        write_corpus();
    }
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        for input in &corpus {
            target(input);
        }
        // A handshake takes a millisecond, a reader alone a microsecond.
        let rounds = if matches!(name, "host_door" | "host_guest" | "guest") {
            500
        } else {
            25_000
        };
        for seed in 0..rounds {
            let input = mutated(&mut SeededRng::new(seed), &corpus, Corpus::Messages);
            let unharmed = std::panic::catch_unwind(|| target(&input)).is_ok();
            assert!(unharmed, "{name}, seed {seed}: {input:?}");
        }
    }
}

/// A corpus that is refused at the door would search nothing.
#[test]
fn the_corpus_is_understood() {
    for input in corpus("link") {
        let text = String::from_utf8(input).unwrap();
        text.parse::<Link>()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let sdp = fs::read_to_string(folder("signal").join("sdp")).unwrap();
    let description = Description::parse(&sdp, Half::Offer).unwrap();
    for input in ["knock", "refused", "offer", "candidate"] {
        let text = fs::read_to_string(folder("signal").join(input)).unwrap();
        let event: PeerEvent<Signal> = serde_json::from_str(&text).unwrap();
        let PeerEvent::Signal { data, .. } = event else {
            panic!("{input} is no signal")
        };
        match data {
            Signal::Offer(sdp) => _ = Description::parse(&sdp, Half::Offer).unwrap(),
            Signal::IceCandidate(json) => assert!(parse_candidate(&json, &description).unwrap().is_some()),
            _ => {}
        }
    }
    for input in ["section_0", "whole"] {
        let body = fs::read(folder("pose").join(input)).unwrap();
        let mut updates = 0;
        let read = PoseStream::new(512).read(&body, |_| updates += 1);
        read.unwrap_or_else(|error| panic!("{input} {body:02x?}: {error}"));
        assert!(updates > 0, "{input} moves nobody");
    }
}

/// The pose section (kind 3) of a datagram: after two bytes of number come kind, length, body.
fn poses(datagram: &[u8]) -> Option<&[u8]> {
    let mut r = BitReader::new(datagram);
    r.u16().ok()?;
    loop {
        let (kind, body) = (r.u8().ok()?, r.bytes(2000).ok()?);
        if kind == 3 {
            return Some(body);
        }
    }
}

fn write_corpus() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder(target)).unwrap();
        fs::write(folder(target).join(name), bytes).unwrap();
    };
    let mut pair = Pair::new();
    pair.enter();
    let [host, guest] = pair.heard();
    put("host_door", "hello", &as_messages(&host[..1]));
    // Of each side the handshake is over before these: game words, blob wants, datagrams.
    let later = |all: &[(Channel, Bytes)], channel: Channel| -> Vec<(Channel, Bytes)> {
        all.iter()
            .skip(1)
            .filter(|(on, _)| *on == channel)
            .take(4)
            .cloned()
            .collect()
    };
    for (target, all) in [("host_guest", host), ("guest", guest)] {
        for (name, channel) in [
            ("stream", Channel::Stream),
            ("order", Channel::Order),
            ("bulk", Channel::Bulk),
        ] {
            let mut some = later(all, channel);
            for (_, bytes) in &mut some {
                *bytes = bytes.slice(..bytes.len().min(600));
            }
            put(target, name, &as_messages(&some));
        }
    }
    let datagrams = guest.iter().filter(|(on, _)| *on == Channel::Stream);
    for (n, section) in datagrams
        .filter_map(|(_, bytes)| poses(bytes))
        .take(4)
        .enumerate()
    {
        put("pose", &format!("section_{n}"), section);
    }
    put(
        "pose",
        "whole",
        &[
            2, 0, 0xFC, 0x64, 0, 1, 0x25, 2, 0x20, 0, 0, 2, 0, 0xC0, 0xFF, 1, 2, 0, 0,
        ],
    );
    put(
        "pose",
        "difference",
        &[0x1A, 0, 4, 6, 0, 1, 5, 0x9E, 1, 0x40, 6, 0],
    );
    put(
        "wire",
        "mixed",
        &[
            0x28, 2, 0x44, 7, 3, 0x85, 0xAC, 2, 3, b'h', b'e', b'j', 0xFF, 0xFF,
        ],
    );
    for (n, text) in [
        "https://holm.example:8443/#aaaqeayeaudaocajbifqydiob4",
        "holm://[fe80::1]:7777/#AAAQEAYEAUDAOCAJBIFQYDIOB4",
        "http://192.168.1.20/#aaaqeayeaudaocajbifqydiob4",
    ]
    .iter()
    .enumerate()
    {
        put("link", &format!("link_{n}"), text.as_bytes());
    }
    let offer = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:abcd\r\n\
        a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 \
        00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n\
        a=setup:actpass\r\na=sctp-port:5000\r\na=max-message-size:65536\r\n\
        a=candidate:1 1 udp 2130706431 192.168.1.5 50000 typ host\r\n";
    put("signal", "sdp", offer.as_bytes());
    let peer = "5c7ac4c5-4a45-4b6c-9f0c-1d1c2c3c4c5c";
    let event = |signal: &str| format!(r#"{{"Signal":{{"sender":"{peer}","data":{signal}}}}}"#);
    put("signal", "knock", event(r#"{"Knock":{"version":1}}"#).as_bytes());
    put(
        "signal",
        "refused",
        event(r#"{"Refused":{"why":{"Version":{"host":1}}}}"#).as_bytes(),
    );
    let quoted = offer.replace('\r', "\\r").replace('\n', "\\n");
    put(
        "signal",
        "offer",
        event(&format!(r#"{{"Offer":"{quoted}"}}"#)).as_bytes(),
    );
    let candidate = r#"{\"candidate\":\"candidate:1 1 udp 2130706431 192.168.1.5 50000 typ host\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0}"#;
    put(
        "signal",
        "candidate",
        event(&format!(r#"{{"IceCandidate":"{candidate}"}}"#)).as_bytes(),
    );
}
