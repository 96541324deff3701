//! It may run where nothing may be asked of the system: in an audio callback.

#![allow(
    clippy::unwrap_used,
    unsafe_code,
    reason = "a test that counts what is allocated"
)]

use holm_voice::codec::{CodecError, Encode, MAX_PAYLOAD, Samples};
use holm_voice::frame::Bundler;
use holm_voice::talker::{Mode, Settings, Talker};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    /// Allocations of this thread: the test runner has threads of its own.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: it is the system's own, counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

struct Fixed;

impl Encode for Fixed {
    fn encode(&mut self, _: &Samples, _: &mut [u8; MAX_PAYLOAD]) -> Result<usize, CodecError> {
        Ok(60)
    }

    fn adapt(&mut self, _: u32, _: u8) {}
}

#[test]
fn a_talker_that_runs_allocates_nothing() {
    let settings = Settings {
        mode: Mode::OpenMic,
        ..Settings::default()
    };
    let mut talker = Talker::new(Fixed, settings);
    let mut bundler = Bundler::new();
    bundler.set_repeat(2);
    let voice: Vec<f32> = (0..48_000)
        .map(|i| {
            if i / 12_000 % 2 == 0 {
                0.0
            } else {
                0.3 * (i as f32 * 0.02).sin()
            }
        })
        .collect();
    let mut sent = 0;
    let before = COUNT.with(Cell::get);
    for samples in voice.chunks(441).cycle().take(2_000) {
        talker.hear(samples, |frame| bundler.put(frame));
        sent += bundler.take().map_or(0, |bundle| bundle.frames().len());
    }
    talker.adapt(0.1, 30_000);
    let after = COUNT.with(Cell::get);
    assert_eq!(after - before, 0);
    assert!(sent > 300, "{sent}");
}
