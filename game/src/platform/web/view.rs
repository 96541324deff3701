//! What a window is in a browser, and where it keeps how it was set.

use crate::settings::store::TextKeep;
use bevy::log::warn;
use holm_net::link::Link;
use std::borrow::Cow;
use std::path::PathBuf;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Whether this program can open a world for others: a page cannot be reached from outside.
pub const CAN_HOST: bool = false;

/// Browsers lock the pointer only in answer to a click.
pub const POINTER_NEEDS_CLICK: bool = true;

/// A phone brings its own keyboard for a field.
pub const LENDS_KEYBOARD: bool = true;

/// Seconds that processors worked for this program: a page is not told.
pub fn processor_secs() -> Option<f64> {
    None
}

/// For measuring.
pub fn now() -> bevy::platform::time::Instant {
    bevy::platform::time::Instant::now()
}

/// There are no threads beside this one in a page.
pub fn breathe() {}

/// Shadow maps for the sun: WebGL2 has one.
pub const SHADOW_CASCADES: usize = 1;

/// Whether the browser gave the pointer back (Escape, another tab), `secs` after it was taken. The lock is
/// granted a moment after it is asked for; Chrome refuses one within 1.25 s of the last Escape.
pub fn pointer_was_released(secs: f32) -> bool {
    const GRANTED_WITHIN_SECS: f32 = 0.8;
    let locked = web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.pointer_lock_element().is_some());
    !locked && secs > GRANTED_WITHIN_SECS
}

/// The languages this person's browser asks pages for, the best first.
pub fn languages() -> Vec<String> {
    web_sys::window().map_or_else(Vec::new, |window| {
        window
            .navigator()
            .languages()
            .iter()
            .filter_map(|tag| tag.as_string())
            .collect()
    })
}

/// A face of `assets/theme`, by the name of its file: `fonts/` beside the page. `anew`: not what the browser kept.
///
/// # Errors
/// For the log, when it did not come.
pub async fn face(name: &'static str, file: String, anew: bool) -> Result<Cow<'static, [u8]>, String> {
    let fetched = async {
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let how = js_sys::Object::new();
        if anew {
            js_sys::Reflect::set(&how, &"cache".into(), &"reload".into())?;
        }
        let fetch: js_sys::Function = js_sys::Reflect::get(&window, &"fetch".into())?.dyn_into()?;
        let asked = fetch.call2(&window, &format!("fonts/{file}").into(), &how)?;
        let response = JsFuture::from(asked.dyn_into::<js_sys::Promise>()?).await?;
        let ok = js_sys::Reflect::get(&response, &"ok".into())?.as_bool();
        if ok != Some(true) {
            return Err(js_sys::Reflect::get(&response, &"status".into())?);
        }
        let read: js_sys::Function = js_sys::Reflect::get(&response, &"arrayBuffer".into())?.dyn_into()?;
        let bytes = JsFuture::from(read.call0(&response)?.dyn_into::<js_sys::Promise>()?).await?;
        Ok::<_, JsValue>(js_sys::Uint8Array::new(&bytes).to_vec())
    };
    fetched
        .await
        .map(Cow::Owned)
        .map_err(|error| format!("{name} was not fetched: {error:?}"))
}

/// A field is typed in by touch, or no longer: the phone's keyboard comes with the page's hidden field, which
/// hands over what is typed (`boot.js`).
pub fn offer_keyboard(typing: bool) {
    if let Some(window) = web_sys::window() {
        // An error here would be a page that is going.
        let _ = js_sys::Reflect::set(&window, &"__holm_typing".into(), &typing.into());
    }
    bevy_egui::text_agent::update_text_agent(typing);
}

/// Whether this is held in the hand and touched, as the page sees it.
pub fn is_touched() -> bool {
    web_sys::window()
        .and_then(|window| js_sys::Reflect::get(&window, &"__holm_coarse".into()).ok())
        .and_then(|coarse| coarse.as_bool())
        .unwrap_or(false)
}

/// Whether the page's hidden field has the keyboard. Others take it away: bevy_egui when a finger lifts, whose answer
/// is a frame old, and winit, which gives the canvas the focus wherever a finger lands. A phone's own "done" only
/// blurs the field, which then counts as lent: a person who put the keyboard away is not given it again.
pub fn keyboard_is_lent() -> bool {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return false;
    };
    let shown = document
        .get_element_by_id("egui_text_agent")
        .is_some_and(|field| !field.has_attribute("hidden"));
    let on_canvas = document
        .active_element()
        .is_some_and(|element| element.id() == "holm");
    shown && !on_canvas
}

/// What notches and rounded corners take of the window: top, right, bottom, left, pixels of the page. The page
/// measures them when it changes its size.
pub fn safe_edges() -> [f32; 4] {
    let measured =
        web_sys::window().and_then(|window| js_sys::Reflect::get(&window, &"__holm_edges".into()).ok());
    let Some(measured) = measured else {
        return [0.0; 4];
    };
    [0u32, 1, 2, 3].map(|edge| {
        let pixels = js_sys::Reflect::get_u32(&measured, edge)
            .ok()
            .and_then(|value| value.as_f64())
            .unwrap_or(0.0);
        // A page that says more than this is not one of ours.
        pixels.clamp(0.0, 200.0) as f32
    })
}

/// Opens an address in another tab, which learns nothing of this one. Call it only after a person saw all of it and
/// said yes: browsers allow it for a few seconds after a press.
///
/// # Errors
/// When the browser allows no tabs.
pub fn open_address(address: &str) -> Result<(), String> {
    let window = web_sys::window().ok_or("no window")?;
    window
        .open_with_url_and_target_and_features(address, "_blank", "noopener,noreferrer")
        .map(|_| ())
        .map_err(|_| "the browser opened no tab".to_owned())
}

/// Hands a picture to the browser, which puts it among the downloads; its name.
///
/// # Errors
/// For the log, when the page may not.
pub fn keep_picture(name: &str, bytes: &[u8]) -> Result<String, String> {
    let give = || {
        let document = web_sys::window()
            .and_then(|window| window.document())
            .ok_or(JsValue::NULL)?;
        let link = document.create_element("a")?;
        let data = data_encoding::BASE64.encode(bytes);
        link.set_attribute("href", &format!("data:image/png;base64,{data}"))?;
        link.set_attribute("download", name)?;
        let click: js_sys::Function = js_sys::Reflect::get(&link, &"click".into())?.dyn_into()?;
        click.call0(&link)
    };
    give()
        .map(|_| name.to_owned())
        .map_err(|error: JsValue| format!("{error:?}"))
}

/// Texts in the page's local storage.
struct LocalStorage;

/// The keep of this page; a browser has no folder.
pub fn text_keep(_folder: PathBuf) -> Box<dyn TextKeep> {
    Box::new(LocalStorage)
}

fn storage() -> Option<web_sys::Storage> {
    // An error here is a person who forbids it (private windows, strict settings).
    web_sys::window()?.local_storage().ok()?
}

impl TextKeep for LocalStorage {
    fn load(&self, name: &str) -> Result<Option<String>, String> {
        let Some(storage) = storage() else { return Ok(None) };
        storage
            .get_item(&format!("holm/{name}"))
            .map_err(|error| format!("{error:?}"))
    }

    fn set_aside(&self, name: &str) -> Result<(), String> {
        let Some(text) = self.load(name)? else {
            return Ok(());
        };
        let aside = |i: u32| format!("{name}.broken{i}");
        let free = (0..100).map(aside).find(|aside| self.load(aside) == Ok(None));
        self.save(&free.ok_or("too much is kept aside already")?, &text)?;
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&format!("holm/{name}"));
        }
        Ok(())
    }

    fn save(&self, name: &str, text: &str) -> Result<(), String> {
        let storage = storage().ok_or("the browser allows no storage")?;
        storage
            .set_item(&format!("holm/{name}"), text)
            .map_err(|_| "the browser's storage is full".to_owned())
    }
}

/// A link to another host than this page's: opens that host's page, whose client speaks as it does, and where keys
/// and settings are that host's. False where the link is one of ours, or the browser refuses.
pub fn open_page_of(link: &Link) -> bool {
    let Some(location) = web_sys::window().map(|window| window.location()) else {
        return false;
    };
    let ours = || {
        let tls = location.protocol().ok()? == "https:";
        let port = location.port().ok().filter(|port| !port.is_empty());
        let port = port.unwrap_or_else(|| if tls { "443" } else { "80" }.to_owned());
        let authority = format!("{}:{port}", location.hostname().ok()?);
        Some(authority == link.authority && tls == link.tls)
    };
    ours() == Some(false) && location.assign(&link.browser_url()).is_ok()
}

/// A page has no paths.
///
/// # Errors
/// Always.
pub fn chosen_file(_path: &std::path::Path, _max_bytes: u64) -> Result<Vec<u8>, String> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported).to_string())
}

/// Whether what takes long holds up the frames wherever it is done: a page has one thread, and a task that is begun runs to
/// its end before the next frame.
pub const ONE_THREAD: bool = true;

/// Whether a path can be typed in.
pub const HAS_PATHS: bool = false;

/// Whether a person is asked for a file by a button.
pub const HAS_FILE_BUTTON: bool = true;

/// Asks this person for a file; what they choose comes by [`brought_file`]. Browsers ask only within a few seconds of
/// a press, a tap or a key.
pub fn ask_for_file() {
    let ask = || {
        let window = web_sys::window()?;
        let choose = js_sys::Reflect::get(&window, &"__holm_choose".into()).ok()?;
        choose.dyn_into::<js_sys::Function>().ok()?.call0(&window).ok()
    };
    if ask().is_none() {
        warn!("this page cannot ask for a file");
    }
}

/// The next file that was chosen or dropped onto the page, and not asked for yet.
pub fn brought_file() -> Option<Chosen> {
    let window = web_sys::window()?;
    let queue = js_sys::Reflect::get(&window, &"__holm_file".into()).ok()?;
    let number = queue.dyn_into::<js_sys::Array>().ok()?.shift().as_f64()?;
    Some(Chosen(Some(number as u32)))
}

/// A file of this person's choice that is not read yet: under which number the page has it. It lets go of it with this.
#[derive(Debug)]
pub struct Chosen(Option<u32>);

impl Chosen {
    /// A page has no paths: nothing is there.
    pub fn at(_path: &std::path::Path) -> Self {
        Self(None)
    }

    /// Reads it, and one byte more than allowed: too long a file is seen to be, and not held.
    ///
    /// # Errors
    /// What the browser says, for a person.
    pub async fn read(mut self, max_bytes: u64) -> Result<Vec<u8>, String> {
        let Some(number) = self.0.take() else {
            return Err(std::io::Error::from(std::io::ErrorKind::Unsupported).to_string());
        };
        let reading = async {
            let window = web_sys::window().ok_or(JsValue::NULL)?;
            let read = js_sys::Reflect::get(&window, &"__holm_read".into())?;
            let read: js_sys::Function = read.dyn_into()?;
            let most = (max_bytes + 1) as f64;
            let bytes = read.call2(&window, &number.into(), &most.into())?;
            let bytes = JsFuture::from(bytes.dyn_into::<js_sys::Promise>()?).await?;
            Ok::<_, JsValue>(bytes.dyn_into::<js_sys::Uint8Array>()?.to_vec())
        };
        reading.await.map_err(|error| {
            let message = js_sys::Reflect::get(&error, &"message".into()).ok();
            message
                .and_then(|message| message.as_string())
                .unwrap_or_default()
        })
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        let Some(number) = self.0.take() else { return };
        let forget = || {
            let window = web_sys::window()?;
            let forget = js_sys::Reflect::get(&window, &"__holm_forget".into()).ok()?;
            let forget = forget.dyn_into::<js_sys::Function>().ok()?;
            forget.call1(&window, &number.into()).ok()
        };
        let _ = forget(); // a page that is going keeps nothing
    }
}
