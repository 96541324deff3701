//! Doors for fuzzers: each takes any bytes the way another person's voice would come in.
//!
//! Flow: `fuzz/` calls one of [`TARGETS`] with a fuzzer's bytes; `net/tests/fuzz_corpus.rs` calls all of them with the corpus and
//! its mutations on every test run.
//! Invariant: no target has a failure of its own; what panics or hangs here does so for a real listener.

use crate::frame::{Bundle, Bundler};

/// Name and function of every target; a target's corpus lies in `fuzz/corpus/NAME`.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("voice", voice),
    #[cfg(feature = "codec")]
    ("playout", playout),
    #[cfg(feature = "sealed")]
    ("sealed", sealed),
];

/// Bundles one behind the other, as a guest sends them and as a host does: what is read is written the same way again, and what
/// was read is gathered for the next.
pub fn voice(data: &[u8]) {
    let mut written = Vec::new();
    let mut bundler = Bundler::new();
    let mut rest = data;
    while let Ok((bundle, len)) = Bundle::read_to_host(rest) {
        written.clear();
        bundle.write_to_host(&mut written);
        assert_eq!(written, rest[..len], "a bundle of two spellings");
        assert_eq!(written.len(), bundle.byte_len());
        bundler.set_repeat(written[0]);
        for frame in bundle.frames() {
            bundler.put(frame);
        }
        while let Some(again) = bundler.take() {
            written.clear();
            again.write_to_host(&mut written);
            let (read, _) = Bundle::read_to_host(&written).expect("we wrote it");
            assert_eq!(read, again);
        }
        rest = &rest[len..];
    }
    let mut rest = data;
    while let Ok((slot, bundle, len)) = Bundle::read_to_guest(rest) {
        written.clear();
        bundle.write_to_guest(slot, &mut written);
        assert_eq!(written, rest[..len], "a bundle of two spellings");
        rest = &rest[len..];
    }
}

/// What a jitter buffer goes through: frames in any order, once more, of any length, and a device that asks for any number of
/// samples at any time. Steps as `steps` reads them.
#[cfg(feature = "codec")]
pub fn playout(data: &[u8]) {
    spoken(data);
}

/// [`playout`]; how many frames were taken and were not lost, so that a corpus can be seen to search something.
#[cfg(feature = "codec")]
pub fn spoken(data: &[u8]) -> u64 {
    use crate::codec::{Decoder, MAX_PAYLOAD};
    use crate::frame::Sequence;
    use crate::playout::{Playout, Settings};
    use core::time::Duration;

    let Ok(decoder) = Decoder::new() else {
        return 0;
    };
    let settings = Settings {
        recover: data.first().is_none_or(|first| first & 1 == 0),
        adapt: data.first().is_none_or(|first| first & 2 == 0),
    };
    let mut playout = Playout::new(decoder, settings);
    let mut out = [0.0_f32; 2048];
    let mut now = Duration::from_secs(1);
    let mut next = Sequence(0);
    let mut before: (Sequence, &[u8]) = (next, &[]);
    for (kind, number, bytes) in steps(data.get(1..).unwrap_or_default()) {
        match kind & 7 {
            0 | 1 => {
                before = (next, bytes);
                playout.receive(next, kind & 8 != 0, bytes, now);
                next = next.plus(1);
            }
            2 => playout.receive(Sequence(number), kind & 8 != 0, bytes, now),
            3 => playout.receive(before.0, false, before.1, now),
            4 => playout.receive(
                next,
                true,
                &vec![number as u8; usize::from(number) + MAX_PAYLOAD],
                now,
            ),
            5 => now = now.saturating_add(Duration::from_millis(u64::from(number) % 500)),
            6 => now = Duration::from_millis(u64::from(number) << (kind >> 3)),
            _ => {}
        }
        // A device goes on in any case.
        let samples = [480, 960, 128, 2048][usize::from(kind >> 6)];
        let played = playout.play(&mut out[..samples], now);
        now = now.saturating_add(Duration::from_millis(10));
        assert!(played.level.is_finite() && (0.0..=1.0).contains(&played.level));
        assert!(
            out[..samples].iter().all(|sample| (-1.0..=1.0).contains(sample)),
            "no sample"
        );
    }
    let stats = playout.stats();
    assert!(stats.target_ms.is_finite() && stats.delay_ms.is_finite());
    stats.received.saturating_sub(stats.lost)
}

/// A fuzzer's bytes as steps: a kind (one byte), a number (two, low first), a length (one), that many bytes; the last takes what
/// is left. At most 200.
#[cfg(any(feature = "codec", feature = "sealed"))]
fn steps(mut data: &[u8]) -> impl Iterator<Item = (u8, u16, &[u8])> {
    core::iter::from_fn(move || {
        let (&[kind, low, high, len], rest) = data.split_first_chunk()?;
        let (bytes, rest) = rest.split_at(usize::from(len).min(rest.len()));
        data = rest;
        Some((kind, u16::from_le_bytes([low, high]), bytes))
    })
    .take(200)
}

/// A step in the form that `steps` reads, for making a corpus.
pub fn as_step(kind: u8, number: u16, bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[..bytes.len().min(usize::from(u8::MAX))];
    let [low, high] = number.to_le_bytes();
    [&[kind, low, high, bytes.len() as u8], bytes].concat()
}

/// Somebody's part in a circle, the same each time.
#[cfg(feature = "sealed")]
fn part(of: u8) -> crate::sealed::Circle {
    let me = holm_identity::Identity::from_secrets(&[of; 32], &[of | 0x80; 32]);
    crate::sealed::Circle::with_secret(me, [1; 16], [2; 16], &zeroize::Zeroizing::new([of | 0x40; 32]))
}

/// What another sends to somebody in a circle: announcements, letters with keys, frames; in steps. Nothing opens twice.
#[cfg(feature = "sealed")]
pub fn sealed(data: &[u8]) {
    opened(data);
}

/// [`sealed`]; how many frames opened.
#[cfg(feature = "sealed")]
pub fn opened(data: &[u8]) -> u64 {
    use crate::codec::MAX_PAYLOAD;
    use core::time::Duration;

    let mut mine = part(1);
    let others =
        [2, 3].map(|of| holm_identity::Identity::from_secrets(&[of; 32], &[of | 0x80; 32]).account());
    let mut now = Duration::ZERO;
    let mut opened = 0;
    for (kind, number, bytes) in steps(data) {
        let who = others[usize::from(number & 1)];
        match kind & 7 {
            0 => drop(mine.admit(who, bytes)),
            1 => drop(mine.hear_key(who, bytes, now)),
            2 | 3 => {
                let metadata = &number.to_le_bytes()[..usize::from(kind & 1)];
                if let Ok(plain) = mine.open(who, bytes, metadata, now) {
                    assert!(plain.len() < MAX_PAYLOAD, "more came out than went in");
                    let again = mine.open(who, bytes, metadata, now);
                    assert!(again.is_err(), "a frame that opens twice");
                    opened += 1;
                }
            }
            4 => drop(mine.seal(bytes, &number.to_le_bytes())),
            5 => drop(mine.outgoing()),
            6 => drop(mine.remove(who)),
            _ => now = now.saturating_add(Duration::from_millis(u64::from(number))),
        }
        assert!(mine.members().all(|member| others.contains(&member)));
    }
    opened
}

/// An honest member's words to the one that [`sealed`] plays, for making a corpus: the announcement, the key, three frames.
///
/// # Errors
/// No randomness from the operating system.
#[cfg(feature = "sealed")]
pub fn sealed_words() -> Result<Vec<u8>, crate::sealed::SealedError> {
    let (mine, mut theirs) = (part(1), part(2));
    let me = holm_identity::Identity::from_secrets(&[1; 32], &[0x81; 32]).account();
    theirs.admit(me, &mine.announce())?;
    let mut steps = as_step(0, 0, &theirs.announce());
    let mut frames = Vec::new();
    for number in 0..3_u8 {
        let frame = theirs.seal(&[number; 60], &[])?;
        frames.extend(as_step(2, 0, &frame));
    }
    for letter in theirs.outgoing()? {
        steps.extend(as_step(1, 0, &letter.bytes));
    }
    steps.extend(frames);
    Ok(steps)
}
