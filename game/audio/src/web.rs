//! Devices in a page: WebAudio and the browser's microphone, through `game/web/audio.js`.
//!
//! Flow: calls of the game → [`page`] (the page's own objects) → nodes of WebAudio, and `game/audio/worklet` in the audio
//! thread; back come frames of the microphone and figures, read by [`lanes`].
//! Invariants: a browser that refuses something refuses that alone; what is not there yet (a permission, the module) is
//! waited for by the page and never by a frame; dropping closes what was opened.

mod lanes;
mod page;

use crate::clips::{Clip, samples};
use crate::{
    Device, Devices, Group, Listener, Meter, MicrophoneSettings, MicrophoneState, Mode, Placement, Play,
    Sounding, Trouble,
};
use holm_voice::frame::Frame;
use lanes::Lanes;
use std::collections::BTreeMap;
use wasm_bindgen::JsValue;

/// What there is to choose from, as the browser said last; the first call asks it. It is asked again when devices come
/// and go, and when a microphone is allowed, before which they have no names.
pub fn devices() -> Devices {
    let mut devices = Devices::default();
    let Some(sound) = page::sound() else {
        return devices;
    };
    let words: Vec<String> = sound
        .devices()
        .iter()
        .map(|word| word.as_string().unwrap_or_default())
        .collect();
    for device in words.chunks_exact(3) {
        let [kind, id, name] = device else { continue };
        let list = match kind.as_str() {
            "audioinput" => &mut devices.microphones,
            _ => &mut devices.speakers,
        };
        list.push(Device {
            id: id.clone(),
            name: name.clone(),
        });
    }
    devices
}

/// The speakers, and all that sounds in them.
pub struct Speakers {
    page: page::Speakers,
    lanes: Lanes,
    /// Of whoever was placed and not removed: a lane may be theirs only later.
    placements: BTreeMap<u16, Placement>,
    /// The sounds that were heard so far, as the browser has them; few, and looked through.
    clips: Vec<(Clip, JsValue)>,
}

impl Speakers {
    /// These, or the system's; also where those are not there. Voices are heard a moment later: what plays them is fetched.
    ///
    /// # Errors
    /// [`Trouble::Broken`]: a browser without WebAudio.
    pub fn open(device: Option<&str>) -> Result<Self, Trouble> {
        let page = page::sound()
            .ok_or(Trouble::Broken)?
            .open_speakers(device)
            .map_err(|error| {
                log::warn!("no speakers: {error:?}");
                Trouble::Broken
            })?;
        Ok(Self {
            page,
            lanes: Lanes::default(),
            placements: BTreeMap::new(),
            clips: Vec::new(),
        })
    }

    /// Each frame: a browser lets nothing sound before a gesture, and is asked again after it. A trouble is said once.
    pub fn tick(&mut self) -> Option<Trouble> {
        if let Some(numbers) = self.page.report() {
            self.lanes.report(&numbers.to_vec());
        }
        self.page.tick().map(|word| trouble(&word))
    }

    /// The name of those that were chosen; empty: the system's.
    pub fn device(&self) -> String {
        self.page.device()
    }

    /// Where one's ears are.
    pub fn set_listener(&mut self, listener: &Listener) {
        let ([x, y, z], [fx, fy, fz], [ux, uy, uz]) = (listener.position, listener.forward, listener.up);
        self.page.listen(x, y, z, fx, fy, fz, ux, uy, uz);
    }

    /// How loud a kind of sound is, 0 to 1.
    pub fn set_volume(&mut self, group: Group, volume: f32) {
        if volume.is_finite() {
            self.page.volume(group as u32, volume.clamp(0.0, 1.0));
        }
    }

    /// A frame of somebody came.
    pub fn put(&mut self, talker: u16, frame: &Frame) {
        let goes = self.lanes.put(talker);
        let lane = goes.lane as u32;
        if let Some(owner) = goes.owner {
            self.page.assign(lane, owner);
            let placement = self.placements.get(&talker).copied().unwrap_or_default();
            self.put_at(lane, &placement);
        }
        self.page
            .put(lane, frame.sequence.0, frame.flags.begins, frame.payload());
    }

    /// Where somebody is.
    pub fn place(&mut self, talker: u16, placement: &Placement) {
        self.placements.insert(talker, *placement);
        if let Some(lane) = self.lanes.lane(talker) {
            self.put_at(lane as u32, placement);
        }
    }

    /// Somebody is gone.
    pub fn remove(&mut self, talker: u16) {
        self.placements.remove(&talker);
        if let Some(lane) = self.lanes.remove(talker) {
            self.page.release(lane as u32);
        }
    }

    /// What is heard of somebody, some times a second; none of whom nothing came yet, or long ago.
    pub fn sounding(&self, talker: u16) -> Option<Sounding> {
        self.lanes.sounding(talker)
    }

    /// A sound, once.
    pub fn play(&mut self, play: &Play) {
        let Some(buffer) = self.buffer(play.clip) else {
            return;
        };
        let rate = if play.rate.is_finite() { play.rate } else { 1.0 };
        let [x, y, z, gain, cutoff] = numbers(&play.placement);
        self.page.play(
            &buffer,
            play.group as u32,
            rate.clamp(0.25, 4.0),
            x,
            y,
            z,
            gain,
            cutoff,
        );
    }

    /// A sound that goes on, under a number of the caller's: another one, elsewhere, or none any more.
    pub fn set_loop(&mut self, key: u32, clip: Option<Clip>, placement: &Placement, group: Group) {
        let buffer = clip.and_then(|clip| self.buffer(clip)).unwrap_or(JsValue::NULL);
        let [x, y, z, gain, cutoff] = numbers(placement);
        self.page
            .set_loop(key, &buffer, group as u32, x, y, z, gain, cutoff);
    }

    fn put_at(&self, lane: u32, placement: &Placement) {
        let [x, y, z, gain, cutoff] = numbers(placement);
        self.page.place(lane, x, y, z, gain, cutoff);
    }

    /// A clip as the browser has it; made when it is heard first.
    fn buffer(&mut self, clip: Clip) -> Option<JsValue> {
        if let Some((_, buffer)) = self.clips.iter().find(|(known, _)| *known == clip) {
            return Some(buffer.clone());
        }
        let sample = samples(clip);
        let floats = js_sys::Float32Array::from(&sample.samples[..]);
        let buffer = self
            .page
            .buffer(sample.rate_hz, &floats)
            .inspect_err(|error| log::warn!("{clip:?} is no sound: {error:?}"))
            .ok()?;
        self.clips.push((clip, buffer.clone()));
        Some(buffer)
    }
}

impl Drop for Speakers {
    fn drop(&mut self) {
        self.page.close();
    }
}

/// A placement as the page takes it: no position is no number.
fn numbers(placement: &Placement) -> [f32; 5] {
    let [x, y, z] = placement.position.unwrap_or([f32::NAN; 3]);
    [x, y, z, placement.gain, placement.cutoff_hz]
}

fn trouble(word: &str) -> Trouble {
    match word {
        "NoDevice" => Trouble::NoDevice,
        "NotAllowed" => Trouble::NotAllowed,
        "Busy" => Trouble::Busy,
        "Lost" => Trouble::Lost,
        _ => Trouble::Broken,
    }
}

/// The microphone, once this person allows it.
pub struct Microphone {
    /// None in a page without sound.
    page: Option<page::Microphone>,
    settings: MicrophoneSettings,
    meter: Meter,
    repeat: u8,
}

impl Microphone {
    /// Whether what the speakers say can be taken out: every browser does that itself.
    pub const CAN_CANCEL_ECHO: bool = true;

    /// Asks this person's browser for it; what comes of it is told by [`Self::state`].
    pub fn open(settings: &MicrophoneSettings) -> Self {
        let page = page::sound().and_then(|sound| {
            let [mode, reach] = chosen(settings);
            sound
                .open_microphone(
                    settings.device.as_deref(),
                    settings.without_echo,
                    settings.without_noise,
                    settings.automatic_gain,
                    mode,
                    reach,
                )
                .inspect_err(|error| log::warn!("no microphone: {error:?}"))
                .ok()
        });
        Self {
            page,
            settings: settings.clone(),
            meter: Meter::default(),
            repeat: 0,
        }
    }

    /// Asks again, after it failed.
    pub fn retry(&mut self) {
        if let Some(page) = &self.page {
            page.retry();
        }
    }

    /// How far it is.
    pub fn state(&self) -> MicrophoneState {
        let Some(page) = &self.page else {
            return MicrophoneState::Failed(Trouble::Broken);
        };
        match page.state().as_str() {
            "opening" => MicrophoneState::Opening,
            "open" => MicrophoneState::Open(page.name().unwrap_or_default()),
            _ => MicrophoneState::Failed(trouble(&page.trouble().unwrap_or_default())),
        }
    }

    /// Chooses anew. Another device, or other wishes of the browser, open it again.
    pub fn set(&mut self, settings: &MicrophoneSettings) {
        if self.settings == *settings {
            return;
        }
        self.settings = settings.clone();
        if let (Some(page), Some(sound)) = (&self.page, page::sound()) {
            let [mode, reach] = chosen(settings);
            page.set(&sound.choice(
                settings.device.as_deref(),
                settings.without_echo,
                settings.without_noise,
                settings.automatic_gain,
                mode,
                reach,
            ));
        }
    }

    /// Whether the key of [`Mode::PushToTalk`] is held.
    pub fn hold(&mut self, held: bool) {
        if let Some(page) = &self.page {
            page.hold(held);
        }
    }

    /// How much is lost on the way, 0 to 1, and how many bits a second there are; about once a second.
    pub fn adapt(&mut self, loss: f32, budget_bits_per_sec: u32) {
        if let Some(page) = &self.page {
            page.adapt(loss, budget_bits_per_sec);
        }
    }

    /// How many frames of a datagram are repeated in the next.
    pub fn repeat(&self) -> u8 {
        self.repeat
    }

    /// What it hears, some times a second.
    pub fn meter(&self) -> Meter {
        self.meter
    }

    /// The frames that came since this was called last.
    pub fn frames(&mut self, mut each: impl FnMut(&Frame)) {
        if let Some(page) = &self.page {
            for bytes in page::bytes(&page.frames()) {
                lanes::frames(&bytes, &mut each);
            }
        }
    }

    /// Each frame.
    pub fn tick(&mut self) {
        let Some(page) = &self.page else { return };
        page.tick_microphone();
        if let Some(numbers) = page.heard() {
            // Without numbers it is not open: it hears nothing, and repeats as before.
            match lanes::meter(&numbers.to_vec()) {
                Some((meter, repeat)) => (self.meter, self.repeat) = (meter, repeat),
                None => self.meter = Meter::default(),
            }
        }
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        if let Some(page) = &self.page {
            page.close_microphone();
        }
    }
}

/// Mode and reach as the audio thread takes them.
fn chosen(settings: &MicrophoneSettings) -> [u32; 2] {
    let mode = match settings.mode {
        Mode::OpenMic => 0,
        Mode::PushToTalk => 1,
        Mode::Muted => 2,
    };
    [mode, settings.reach as u32]
}
