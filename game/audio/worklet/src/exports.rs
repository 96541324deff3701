//! What JavaScript calls: functions on numbers, and places in the module's memory.
//!
//! Flow: `lanes_new` or `microphone_new` gives a handle, once → the places that it names are written and read in memory → all
//! else is called with the handle. A page has one instance of the module for its lanes and one for its microphone.
//! Invariant: a handle is what `_new` gave, not 0. `game/web/worklet.js` keeps it, and nobody else has it: there is no state
//! in a `static`, and no call while another one runs, since the audio thread is one.

#![allow(
    unsafe_code,
    reason = "exporting under a plain name is all that is unsafe here, and wasm-bindgen cannot be loaded into an audio thread"
)]

use crate::lanes::Lanes;
use crate::microphone::Microphone;

#[unsafe(no_mangle)]
extern "C" fn lanes_new() -> Option<Box<Lanes>> {
    Lanes::new().ok().map(Box::new)
}

#[unsafe(no_mangle)]
extern "C" fn lanes_payload(lanes: &mut Lanes) -> *mut u8 {
    lanes.payload.as_mut_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn lanes_out(lanes: &Lanes) -> *const f32 {
    lanes.out.as_ptr().cast()
}

#[unsafe(no_mangle)]
extern "C" fn lanes_figures(lanes: &Lanes) -> *const f64 {
    lanes.figures.as_ptr().cast()
}

#[unsafe(no_mangle)]
extern "C" fn lanes_clear(lanes: &mut Lanes, lane: u32) {
    lanes.clear(lane as usize);
}

#[unsafe(no_mangle)]
extern "C" fn lanes_put(lanes: &mut Lanes, lane: u32, sequence: u32, begins: u32, len: u32, now: f64) {
    lanes.put(lane as usize, sequence as u16, begins != 0, len as usize, now);
}

#[unsafe(no_mangle)]
extern "C" fn lanes_play(lanes: &mut Lanes, samples: u32, now: f64) -> u32 {
    lanes.play(samples as usize, now)
}

#[unsafe(no_mangle)]
extern "C" fn lanes_report(lanes: &mut Lanes) -> u32 {
    lanes.report()
}

#[unsafe(no_mangle)]
extern "C" fn microphone_new(rate_hz: f32) -> Option<Box<Microphone>> {
    Microphone::new(rate_hz).ok().map(Box::new)
}

#[unsafe(no_mangle)]
extern "C" fn microphone_input(microphone: &mut Microphone) -> *mut f32 {
    microphone.input.as_mut_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn microphone_out(microphone: &Microphone) -> *const u8 {
    microphone.out.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn microphone_figures(microphone: &Microphone) -> *const f64 {
    microphone.figures.as_ptr()
}

#[unsafe(no_mangle)]
extern "C" fn microphone_set(microphone: &mut Microphone, mode: u32, reach: u32, automatic_gain: u32) {
    microphone.set(mode, reach, automatic_gain != 0);
}

#[unsafe(no_mangle)]
extern "C" fn microphone_hold(microphone: &mut Microphone, held: u32) {
    microphone.hold(held != 0);
}

#[unsafe(no_mangle)]
extern "C" fn microphone_adapt(microphone: &mut Microphone, loss: f32, budget_bits_per_sec: u32) {
    microphone.adapt(loss, budget_bits_per_sec);
}

#[unsafe(no_mangle)]
extern "C" fn microphone_hear(microphone: &mut Microphone, samples: u32) -> u32 {
    microphone.hear(samples as usize) as u32
}

#[unsafe(no_mangle)]
extern "C" fn microphone_report(microphone: &mut Microphone) {
    microphone.report();
}
