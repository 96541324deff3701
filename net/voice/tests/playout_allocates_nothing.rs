//! A device's own thread may play: nothing is allocated there, nor when a frame comes.
#![allow(unsafe_code, reason = "an allocator that counts has to be one")]

use core::cell::Cell;
use core::time::Duration;
use holm_voice::codec::{CodecError, Decode, Samples};
use holm_voice::frame::Sequence;
use holm_voice::playout::{Playout, Settings};
use std::alloc::{GlobalAlloc, Layout, System};

thread_local! {
    /// Allocations of this thread: the test runner has threads of its own.
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

struct Hum;

impl Hum {
    fn hum(out: &mut Samples) {
        for (at, sample) in out.iter_mut().enumerate() {
            *sample = (at as f32 * 0.026).sin() * 0.5;
        }
    }
}

impl Decode for Hum {
    fn decode(&mut self, payload: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        if payload[0] == 0 {
            return Err(CodecError::NotAFrame);
        }
        Self::hum(out);
        Ok(())
    }

    fn recover(&mut self, next: &[u8], out: &mut Samples) -> Result<(), CodecError> {
        self.decode(next, out)
    }

    fn conceal(&mut self, out: &mut Samples) {
        Self::hum(out);
    }
}

#[test]
fn neither_a_frame_nor_a_block_allocates_whatever_happens_to_them() {
    let mut playout = Playout::new(Hum, Settings::default());
    let mut out = [0.0; 1_024];
    let before = COUNT.with(Cell::get);
    let (mut now, mut number, mut spoke) = (Duration::ZERO, 0_u32, 0_u32);
    for turn in 0..60_000_u32 {
        now += Duration::from_micros(10_000);
        let mixed = turn.wrapping_mul(2_654_435_761) >> 16;
        if turn.is_multiple_of(2) {
            number += 1;
            // A stall every ten seconds, a pause every twenty, and one of twenty lost, garbled or too long.
            let stalls = turn % 1_000 < 50 || turn % 2_000 > 1_800;
            let payload = [if mixed % 20 == 1 { 0 } else { 7 }; 300];
            let bytes = if mixed % 20 == 2 { 300 } else { 60 };
            if !stalls && mixed % 20 != 0 {
                playout.receive(Sequence(number as u16), turn % 2_000 == 0, &payload[..bytes], now);
            }
            if turn % 1_000 == 50 {
                for earlier in (0..25).rev() {
                    let sequence = Sequence((number - earlier) as u16);
                    playout.receive(sequence, false, &payload[..bytes], now);
                }
            }
            if turn % 10_000 == 5_000 {
                number += 20_000;
            }
        }
        // A device a little too slow, and then too fast.
        let last = if turn < 30_000 { 320 } else { 335 };
        let samples = [480, 128, 1_024, 441, last][turn as usize % 5];
        spoke += u32::from(playout.play(&mut out[..samples], now).speaking);
    }
    let stats = playout.stats();
    assert_eq!(COUNT.with(Cell::get) - before, 0, "{stats:?}");
    assert!(
        spoke > 30_000 && stats.recovered > 0 && stats.concealed > 0 && stats.cut > 0,
        "{stats:?}"
    );
    assert!(stats.shortened_ms > 0.0 && stats.lengthened_ms > 0.0, "{stats:?}");
}
