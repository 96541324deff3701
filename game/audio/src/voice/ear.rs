//! A listener's end: frames of one talker become the samples that a device asks for.
//!
//! The program puts frames into a ring with the time at which they came; the device's thread takes them out, and has the
//! jitter buffer and the decoder to itself. What it heard it writes down, each figure for itself, where the program reads it.

use crate::{Sounding, Trouble};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use core::time::Duration;
use holm_voice::codec::Decoder;
use holm_voice::frame::Frame;
use holm_voice::playout::{Playout, PlayoutStats, Settings};
use std::sync::Arc;

/// Frames on their way from the program to the device: as many as the jitter buffer keeps, a second and a little.
const WAITING: usize = 64;

/// A number that the device's thread writes and the program reads.
#[derive(Default)]
struct Figure(AtomicU32);

impl Figure {
    fn set(&self, value: f32) {
        self.0.store(value.to_bits(), Ordering::Relaxed);
    }

    fn get(&self) -> f32 {
        f32::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// What was heard. The figures are for people: one that is a block older than its neighbour does no harm.
#[derive(Default)]
struct Board {
    speaking: AtomicU32,
    level: Figure,
    target_ms: Figure,
    delay_ms: Figure,
    shortened_ms: Figure,
    lengthened_ms: Figure,
    received: AtomicU64,
    lost: AtomicU64,
    recovered: AtomicU64,
    concealed: AtomicU64,
    late: AtomicU64,
    cut: AtomicU64,
}

impl Board {
    fn write(&self, sounding: &Sounding) {
        let stats = &sounding.stats;
        self.speaking.store(sounding.speaking.into(), Ordering::Relaxed);
        self.level.set(sounding.level);
        self.target_ms.set(stats.target_ms);
        self.delay_ms.set(stats.delay_ms);
        self.shortened_ms.set(stats.shortened_ms);
        self.lengthened_ms.set(stats.lengthened_ms);
        self.received.store(stats.received, Ordering::Relaxed);
        self.lost.store(stats.lost, Ordering::Relaxed);
        self.recovered.store(stats.recovered, Ordering::Relaxed);
        self.concealed.store(stats.concealed, Ordering::Relaxed);
        self.late.store(stats.late, Ordering::Relaxed);
        self.cut.store(stats.cut, Ordering::Relaxed);
    }

    fn read(&self) -> Sounding {
        Sounding {
            speaking: self.speaking.load(Ordering::Relaxed) != 0,
            level: self.level.get(),
            stats: PlayoutStats {
                target_ms: self.target_ms.get(),
                delay_ms: self.delay_ms.get(),
                received: self.received.load(Ordering::Relaxed),
                lost: self.lost.load(Ordering::Relaxed),
                recovered: self.recovered.load(Ordering::Relaxed),
                concealed: self.concealed.load(Ordering::Relaxed),
                late: self.late.load(Ordering::Relaxed),
                cut: self.cut.load(Ordering::Relaxed),
                shortened_ms: self.shortened_ms.get(),
                lengthened_ms: self.lengthened_ms.get(),
            },
        }
    }
}

/// A frame, and when it came.
struct Arrived {
    frame: Frame,
    at: Duration,
}

/// The half of the device's thread.
pub struct Ear {
    frames: rtrb::Consumer<Arrived>,
    playout: Playout<Decoder>,
    board: Arc<Board>,
}

/// The half of the program.
pub struct Talk {
    frames: rtrb::Producer<Arrived>,
    board: Arc<Board>,
}

pub(super) fn pair() -> Result<(Ear, Talk), Trouble> {
    let decoder = Decoder::new().map_err(|_| Trouble::Broken)?;
    let (producer, consumer) = rtrb::RingBuffer::new(WAITING);
    let board = Arc::new(Board::default());
    let ear = Ear {
        frames: consumer,
        playout: Playout::new(decoder, Settings::default()),
        board: Arc::clone(&board),
    };
    let talk = Talk {
        frames: producer,
        board,
    };
    Ok((ear, talk))
}

impl Ear {
    /// The next samples, one channel at 48 kHz, for a device that wants them at `now`, by the clock of [`Talk::put`]. All of
    /// `out` is written. For the device's own thread.
    pub fn play(&mut self, out: &mut [f32], now: Duration) {
        while let Ok(Arrived { frame, at }) = self.frames.pop() {
            self.playout
                .receive(frame.sequence, frame.flags.begins, frame.payload(), at);
        }
        let played = self.playout.play(out, now);
        self.board.write(&Sounding {
            speaking: played.speaking,
            level: played.level,
            stats: self.playout.stats(),
        });
    }
}

impl Talk {
    /// A frame that came at `now`. It may be anything. One that is still sealed is no sound and is dropped, and the newest is
    /// when the device did not fetch the last second's.
    pub fn put(&mut self, frame: &Frame, now: Duration) {
        if frame.flags.sealed {
            return;
        }
        let _ = self.frames.push(Arrived {
            frame: *frame,
            at: now,
        });
    }

    /// What is heard of them just now.
    #[must_use]
    pub fn sounding(&self) -> Sounding {
        self.board.read()
    }
}
