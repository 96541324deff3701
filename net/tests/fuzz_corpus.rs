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
use holm_voice::codec::{Encode, Encoder, MAX_PAYLOAD, Samples};
use holm_voice::frame::Bundle;
use holm_voice::fuzzing::as_step;
use holm_voice::{FRAME_SAMPLES, RATE_HZ};
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
    for (name, target) in TARGETS.iter().chain(holm_voice::fuzzing::TARGETS).copied() {
        let corpus = corpus(name);
        for input in &corpus {
            target(input);
        }
        // A handshake takes a millisecond, some frames decoded or letters opened a part of one; a reader alone a microsecond.
        let rounds = match name {
            "host_door" | "host_guest" | "guest" => 500,
            "playout" | "sealed" => 3_000,
            _ => 25_000,
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
    let frames = |body: &[u8], to_host: bool| {
        let (mut rest, mut frames) = (body, 0);
        while !rest.is_empty() {
            let (bundle, len) = if to_host {
                Bundle::read_to_host(rest).unwrap()
            } else {
                let (_, bundle, len) = Bundle::read_to_guest(rest).unwrap();
                (bundle, len)
            };
            frames += bundle.frames().len();
            rest = &rest[len..];
        }
        frames
    };
    assert!(frames(&fs::read(folder("voice").join("to_host")).unwrap(), true) >= 8);
    assert!(frames(&fs::read(folder("voice").join("to_guest")).unwrap(), false) >= 8);
    assert_eq!(
        holm_voice::fuzzing::opened(&corpus("sealed")[0]),
        3,
        "frames that open"
    );
    assert!(
        holm_voice::fuzzing::spoken(&corpus("playout")[0]) >= 20,
        "frames that sound"
    );
}

/// The section of this kind (3 poses, 5 voice) of a datagram: after two bytes of number come kind, length, body.
fn section(wanted: u8, datagram: &[u8]) -> Option<&[u8]> {
    let mut r = BitReader::new(datagram);
    r.u16().ok()?;
    loop {
        let (kind, body) = (r.u8().ok()?, r.bytes(2000).ok()?);
        if kind == wanted {
            return Some(body);
        }
    }
}

/// Datagrams with voice in them, numbered so that they are none that came already.
fn voices(all: &[(Channel, Bytes)]) -> Vec<(Channel, Bytes)> {
    let said = all.iter().filter(|(_, bytes)| section(5, bytes).is_some());
    let renumbered = (0x1000_u16..).zip(said).map(|(number, (channel, bytes))| {
        let bytes = [&number.to_le_bytes(), &bytes[2..]].concat();
        (*channel, Bytes::from(bytes))
    });
    renumbered.take(4).collect()
}

/// Half a second of a voice, in steps for a jitter buffer: in order, then out of it, twice, and too long.
fn played() -> Vec<u8> {
    let mut encoder = Encoder::new().unwrap();
    let mut steps = vec![0];
    for number in 0..25_u16 {
        let samples: Samples = core::array::from_fn(|at| {
            let time = (usize::from(number) * FRAME_SAMPLES + at) as f32 / RATE_HZ as f32;
            0.2 * (time * 150.0 * core::f32::consts::TAU).sin()
        });
        let mut payload = [0; MAX_PAYLOAD];
        let len = encoder.encode(&samples, &mut payload).unwrap();
        let kind = match number {
            0 => 8,
            10..13 => 2,
            _ => 0,
        };
        steps.extend(as_step(kind, 22 - number.min(22), &payload[..len]));
        steps.extend(as_step(
            [7, 3, 7, 7, 5, 7, 7, 4][usize::from(number) % 8],
            number,
            &[],
        ));
    }
    steps
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
        .filter_map(|(_, bytes)| section(3, bytes))
        .take(4)
        .enumerate()
    {
        put("pose", &format!("section_{n}"), section);
    }
    let said = |all: &[(Channel, Bytes)]| -> Vec<Bytes> {
        let bodies = all.iter().filter_map(|(_, bytes)| section(5, bytes));
        bodies.map(Bytes::copy_from_slice).take(4).collect()
    };
    put("host_guest", "voice", &as_messages(&voices(host)));
    put("guest", "voice", &as_messages(&voices(guest)));
    put("voice", "to_host", &said(host).concat());
    put("voice", "to_guest", &said(guest).concat());
    put("playout", "spoken", &played());
    put("sealed", "words", &holm_voice::fuzzing::sealed_words().unwrap());
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
