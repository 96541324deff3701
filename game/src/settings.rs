//! Settings: how this device shows the world and takes input.
//!
//! Flow: `store` reads them once at the start and writes them a moment after the last change; everybody reads
//! [`Settings`]; `ui` is where a person changes them.
//! Invariant: every number in here is in its range, whatever stood in the file.

pub mod store;
pub(crate) mod ui;

use crate::theme::{Appearance, Colours};
use crate::words::{Language, SystemLanguage, Words};
use bevy::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Settings>()
        .init_resource::<SystemLanguage>()
        .add_plugins((store::plugin, ui::plugin))
        .add_systems(First, speak);
}

/// Whatever a person chose, everything is said in from the next frame on.
fn speak(settings: Res<Settings>, system: Res<SystemLanguage>, mut words: ResMut<Words>) {
    let wanted = settings.language.unwrap_or(system.0);
    if words.language() != wanted {
        *words = Words::new(wanted);
    }
}

/// Raised when a field changes its meaning; new fields alone do not need it.
pub(crate) const VERSION: u32 = 1;

/// How this device shows the world. Fields that a file lacks take their default, unknown ones are ignored, so
/// that older and newer clients share one file.
#[derive(Resource, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Of the format; a file of a newer one is read as far as it is understood.
    pub version: u32,
    /// 1 is a quarter turn for 8 cm at 800 dpi.
    pub mouse_sensitivity: f32,
    pub invert_y: bool,
    /// Vertical, degrees.
    pub field_of_view_degrees: f32,
    /// Of the whole interface.
    pub interface_scale: f32,
    pub shadows: bool,
    /// Smooth edges (4 samples a pixel).
    pub smooth_edges: bool,
    /// Highlights, mirrored surroundings and soft gradients.
    pub fine_light: bool,
    /// Which keys do what, at the bottom of the world.
    pub hints: bool,
    /// How long ago it was said, beside each chat line.
    pub chat_times: bool,
    /// Somebody new here: the guided walk is shown in the first world.
    pub guide: bool,
    /// Of letters, on top of `interface_scale`.
    pub text_scale: f32,
    pub high_contrast: bool,
    /// Which colours tell good from bad.
    pub colours: Colours,
    /// Nothing slides, sways or fades that need not.
    pub reduced_motion: bool,
    /// `None` is the system's.
    #[serde(
        serialize_with = "crate::words::write_choice",
        deserialize_with = "crate::words::read_choice"
    )]
    pub language: Option<Language>,
    /// Which avatars of others are fetched and shown.
    pub avatars: crate::avatar::AvatarsShown,
    /// Which files that others brought into a world are.
    pub files: crate::things::files::FilesShown,
    /// What is pressed for what, and how.
    pub input: InputSettings,
    /// What is heard, and how loud.
    pub sound: SoundSettings,
    /// How one's own voice is taken.
    pub voice: VoiceSettings,
}

/// What this person hears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SoundSettings {
    /// Which speakers, as [`holm_audio::Device::id`] names them; `None`: the system's.
    pub speakers: Option<String>,
    /// Of everything, 0 to 1; of each kind, 0 to 1.
    pub all: f32,
    pub voices: f32,
    pub world: f32,
    pub interface: f32,
    /// Where one's ears are: at the avatar's head, or at the camera.
    pub ears_at_head: bool,
    /// What is heard is written, too.
    pub subtitles: bool,
    /// Only who is near is heard: how near, metres.
    pub earmuffs: Option<f32>,
}

impl Default for SoundSettings {
    fn default() -> Self {
        Self {
            speakers: None,
            all: 1.0,
            voices: 1.0,
            world: 0.6,
            interface: 0.5,
            ears_at_head: false,
            subtitles: false,
            earmuffs: None,
        }
    }
}

/// How this person's voice is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VoiceSettings {
    /// Which microphone, as [`holm_audio::Device::id`] names it; `None`: the system's.
    pub microphone: Option<String>,
    /// It is heard while a key is held; otherwise whenever one speaks, until it is muted.
    pub push_to_talk: bool,
    pub without_noise: bool,
    pub without_echo: bool,
    pub automatic_gain: bool,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self {
            microphone: None,
            push_to_talk: false,
            without_noise: true,
            without_echo: true,
            automatic_gain: true,
        }
    }
}

/// How this person uses their hands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputSettings {
    /// One press begins to run and the next ends it, instead of holding.
    pub run_by_toggle: bool,
    pub crouch_by_toggle: bool,
    /// Only what was changed.
    pub bindings: crate::input::bindings::Changed,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            mouse_sensitivity: 1.0,
            invert_y: false,
            field_of_view_degrees: 62.0,
            interface_scale: 1.0,
            shadows: true,
            smooth_edges: true,
            fine_light: true,
            hints: true,
            avatars: crate::avatar::AvatarsShown::default(),
            files: crate::things::files::FilesShown::default(),
            chat_times: true,
            guide: true,
            text_scale: 1.0,
            high_contrast: false,
            colours: Colours::Usual,
            reduced_motion: false,
            language: None,
            input: InputSettings::default(),
            sound: SoundSettings::default(),
            voice: VoiceSettings::default(),
        }
    }
}

/// How much a picture may cost, in one choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// For a processor that draws by itself, and for old telephones.
    Low,
    /// For graphics inside of a processor.
    Medium,
    /// For a graphics card.
    High,
}

/// Ranges, for the sliders and for what a file says.
pub(crate) const SENSITIVITY: core::ops::RangeInclusive<f32> = 0.1..=4.0;
pub(crate) const FIELD_OF_VIEW: core::ops::RangeInclusive<f32> = 45.0..=100.0;
pub(crate) const INTERFACE_SCALE: core::ops::RangeInclusive<f32> = 0.75..=2.0;
pub(crate) const TEXT_SCALE: core::ops::RangeInclusive<f32> = 0.8..=1.75;
pub(crate) const VOLUME: core::ops::RangeInclusive<f32> = 0.0..=1.0;
/// Metres.
pub(crate) const EARMUFFS: core::ops::RangeInclusive<f32> = 2.0..=20.0;

impl Settings {
    /// Every number back into its range; what is no number becomes the default.
    pub fn checked(mut self) -> Self {
        let default = Self::default();
        self.version = VERSION;
        let fit = |value: f32, range: &core::ops::RangeInclusive<f32>, default: f32| {
            if value.is_finite() {
                value.clamp(*range.start(), *range.end())
            } else {
                default
            }
        };
        self.mouse_sensitivity = fit(self.mouse_sensitivity, &SENSITIVITY, default.mouse_sensitivity);
        self.field_of_view_degrees = fit(
            self.field_of_view_degrees,
            &FIELD_OF_VIEW,
            default.field_of_view_degrees,
        );
        self.interface_scale = fit(self.interface_scale, &INTERFACE_SCALE, default.interface_scale);
        self.text_scale = fit(self.text_scale, &TEXT_SCALE, default.text_scale);
        let (sound, usual) = (&mut self.sound, &default.sound);
        sound.all = fit(sound.all, &VOLUME, usual.all);
        sound.voices = fit(sound.voices, &VOLUME, usual.voices);
        sound.world = fit(sound.world, &VOLUME, usual.world);
        sound.interface = fit(sound.interface, &VOLUME, usual.interface);
        sound.earmuffs = sound
            .earmuffs
            .map(|metres| fit(metres, &EARMUFFS, *EARMUFFS.start()));
        self
    }

    /// The choice that these single options come to, if they come to one.
    pub fn quality(&self) -> Option<Quality> {
        [Quality::Low, Quality::Medium, Quality::High]
            .into_iter()
            .find(|quality| {
                let mut set = self.clone();
                set.set_quality(*quality);
                set == *self
            })
    }

    pub fn set_quality(&mut self, quality: Quality) {
        (self.shadows, self.smooth_edges, self.fine_light) = match quality {
            Quality::Low => (false, false, false),
            Quality::Medium => (true, false, true),
            Quality::High => (true, true, true),
        };
    }

    /// What of it the theme needs.
    pub(crate) fn appearance(&self) -> Appearance {
        Appearance {
            text_scale: self.text_scale,
            high_contrast: self.high_contrast,
            colours: self.colours,
            reduced_motion: self.reduced_motion,
        }
    }
}
