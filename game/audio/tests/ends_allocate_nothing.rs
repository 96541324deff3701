//! A device's thread may hear and play: after a second neither asks the system for memory, whatever happens.
//!
//! What it covers: everything that goes through Rust's allocator, which is all of ours, `nnnoiseless` and `rtrb`. libopus
//! is C and has an allocator of its own; it allocates its states when they are made and works on the stack (it is built
//! without `NONTHREADSAFE_PSEUDOSTACK`), which its documentation says and this test cannot see.

#![allow(clippy::unwrap_used, reason = "tests")]
#![allow(unsafe_code, reason = "an allocator that counts has to be one")]

#[path = "voice/ends.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod ends;
#[path = "../../../net/voice/tests/codec/speech.rs"]
mod speech;

use core::cell::Cell;
use ends::{BLOCK, RATE_HZ, at_rate, settings};
use holm_audio::voice;
use holm_voice::frame::Frame;
use holm_voice::talker::{Mode, SILENCE};
use std::alloc::{GlobalAlloc, Layout, System};
use std::time::Duration;

thread_local! {
    /// Of this thread: the test runner has threads of its own.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is passed on to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: as promised to us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: as promised to us.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// What `work` asks of the allocator.
fn counted(work: impl FnOnce()) -> u64 {
    let before = COUNT.with(Cell::get);
    work();
    COUNT.with(Cell::get) - before
}

#[test]
fn neither_end_allocates_while_it_runs() {
    const DEVICE_HZ: u32 = 44_100;
    let silence = vec![0.0; RATE_HZ as usize];
    let said = [
        speech::woman().as_flattened(),
        &silence,
        speech::man().as_flattened(),
        &silence,
    ]
    .concat();
    let said: Vec<f32> = at_rate(&said, RATE_HZ, DEVICE_HZ)
        .iter()
        .flat_map(|sample| [*sample, *sample * 0.5])
        .collect();
    let (mut capture, mut mouth) = voice::capture(DEVICE_HZ, 2, &settings(Mode::OpenMic, true)).unwrap();
    let (mut ear, mut talk) = voice::talker().unwrap();
    let (mut first, mut hears, mut plays, mut silences, mut quiet) = (0, 0, 0, 0, 0);
    let mut now = Duration::from_secs(1);
    let mut out = [0.0; 1_024];
    let mut waiting: Vec<Frame> = Vec::with_capacity(200);
    for (turn, block) in said.chunks(882).cycle().take(2_500).enumerate() {
        // What a program does meanwhile: everything at once.
        if turn % 400 == 399 {
            mouth.set(&settings(Mode::OpenMic, turn % 800 == 399));
            mouth.adapt(0.1 * (turn % 3) as f32, 20_000 + turn as u32 * 4);
        }
        let heard = counted(|| capture.hear(block));
        mouth.frames(|frame| waiting.push(*frame));
        // Two frames a datagram; one of ten is lost, some come late, some are garbage.
        if turn % 4 == 3 && turn % 500 > 30 {
            for frame in waiting.drain(..) {
                silences += u64::from(frame.payload() == SILENCE);
                let garbled = Frame::new(frame.sequence, frame.flags, 3, &[72, 1, 2, 3]).unwrap();
                match turn % 40 {
                    3 => {}
                    7 => talk.put(&garbled, now),
                    _ => talk.put(&frame, now),
                }
            }
        }
        let samples = [480, 128, 1_024, 441, 327][turn % 5];
        let played = counted(|| ear.play(&mut out[..samples], now));
        if turn < 100 {
            first += heard;
        } else {
            hears += heard;
            plays += played;
        }
        quiet += u64::from(!talk.sounding().speaking);
        now += BLOCK;
    }
    assert!(
        first > 0,
        "what takes noise out makes its tables first: this counts"
    );
    assert_eq!((hears, plays), (0, 0));
    let stats = talk.sounding().stats;
    let all = stats.received > 300 && stats.lost > 20 && stats.recovered > 0 && stats.concealed > 0;
    assert!(
        all && silences > 3 && quiet > 100,
        "{stats:?}, {silences} silences, {quiet} quiet blocks"
    );
}
