//! What the page offers for sound: the objects of `game/web/audio.js`, which the loader leaves at `__holm_sound`.
//!
//! They, not this program, hold WebAudio's nodes: a page's sound can be tested without the program around it. Invariant: an
//! object that is dropped here was told to close.

use js_sys::{Array, Float32Array, Float64Array, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The module itself.
    pub(super) type Sound;
    #[wasm_bindgen(method)]
    pub(super) fn devices(this: &Sound) -> Array;
    #[wasm_bindgen(method, catch, js_name = openSpeakers)]
    pub(super) fn open_speakers(this: &Sound, device: Option<&str>) -> Result<Speakers, JsValue>;
    #[wasm_bindgen(method, catch, js_name = openMicrophone)]
    pub(super) fn open_microphone(
        this: &Sound,
        device: Option<&str>,
        echo: bool,
        noise: bool,
        gain: bool,
        mode: u32,
        reach: u32,
    ) -> Result<Microphone, JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn choice(
        this: &Sound,
        device: Option<&str>,
        echo: bool,
        noise: bool,
        gain: bool,
        mode: u32,
        reach: u32,
    ) -> JsValue;

    pub(super) type Speakers;
    #[wasm_bindgen(method)]
    pub(super) fn tick(this: &Speakers) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(super) fn device(this: &Speakers) -> String;
    #[wasm_bindgen(method)]
    pub(super) fn listen(
        this: &Speakers,
        x: f32,
        y: f32,
        z: f32,
        forward_x: f32,
        forward_y: f32,
        forward_z: f32,
        up_x: f32,
        up_y: f32,
        up_z: f32,
    );
    #[wasm_bindgen(method)]
    pub(super) fn volume(this: &Speakers, group: u32, volume: f32);
    #[wasm_bindgen(method)]
    pub(super) fn assign(this: &Speakers, lane: u32, owner: u32);
    #[wasm_bindgen(method)]
    pub(super) fn release(this: &Speakers, lane: u32);
    #[wasm_bindgen(method)]
    pub(super) fn put(this: &Speakers, lane: u32, sequence: u16, begins: bool, bytes: &[u8]);
    #[wasm_bindgen(method)]
    pub(super) fn place(this: &Speakers, lane: u32, x: f32, y: f32, z: f32, gain: f32, cutoff_hz: f32);
    #[wasm_bindgen(method)]
    pub(super) fn report(this: &Speakers) -> Option<Float64Array>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn buffer(this: &Speakers, rate_hz: u32, samples: &Float32Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = play)]
    pub(super) fn play(
        this: &Speakers,
        buffer: &JsValue,
        group: u32,
        rate: f32,
        x: f32,
        y: f32,
        z: f32,
        gain: f32,
        cutoff_hz: f32,
    );
    #[wasm_bindgen(method, js_name = loop)]
    pub(super) fn set_loop(
        this: &Speakers,
        key: u32,
        buffer: &JsValue,
        group: u32,
        x: f32,
        y: f32,
        z: f32,
        gain: f32,
        cutoff_hz: f32,
    );
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Speakers);

    pub(super) type Microphone;
    #[wasm_bindgen(method, getter)]
    pub(super) fn state(this: &Microphone) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn name(this: &Microphone) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn trouble(this: &Microphone) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(super) fn set(this: &Microphone, choice: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn retry(this: &Microphone);
    #[wasm_bindgen(method)]
    pub(super) fn hold(this: &Microphone, held: bool);
    #[wasm_bindgen(method)]
    pub(super) fn adapt(this: &Microphone, loss: f32, budget_bits_per_sec: u32);
    #[wasm_bindgen(method, js_name = tick)]
    pub(super) fn tick_microphone(this: &Microphone);
    /// Each of an [`Uint8Array`].
    #[wasm_bindgen(method)]
    pub(super) fn frames(this: &Microphone) -> Array;
    #[wasm_bindgen(method, js_name = report)]
    pub(super) fn heard(this: &Microphone) -> Option<Float64Array>;
    #[wasm_bindgen(method, js_name = close)]
    pub(super) fn close_microphone(this: &Microphone);
}

/// The page's module; none in a page that is not ours.
pub(super) fn sound() -> Option<Sound> {
    let module = js_sys::Reflect::get(&js_sys::global(), &"__holm_sound".into()).ok()?;
    module.is_object().then(|| module.unchecked_into())
}

/// The bytes that `frames` gave.
pub(super) fn bytes(chunks: &Array) -> impl Iterator<Item = Vec<u8>> {
    chunks
        .iter()
        .filter_map(|chunk| chunk.dyn_into::<Uint8Array>().ok())
        .map(|chunk| chunk.to_vec())
}
