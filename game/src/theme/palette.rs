//! The colours of everything a person reads and presses, and what a person may change about them.
//!
//! Flow: settings → [`Appearance`] → [`super::apply`] keeps its [`Palette`] in the egui context → whoever paints asks
//! [`palette`]. Nobody else names a colour.
//! Invariant: text on its ground keeps a contrast of at least 4.5 : 1, with high contrast 7 : 1 (WCAG 2.2, AA and AAA;
//! tested below), in every palette.

use bevy::color::{Oklcha, Srgba};
use bevy_egui::egui::{self, Color32};
use serde::{Deserialize, Serialize};

/// Which colours tell good from bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colours {
    /// Green and coral.
    #[default]
    Usual,
    /// Blue and orange: told apart without red or green cones (protanopia, deuteranopia).
    BlueOrange,
    /// Cyan and rose: told apart without blue cones (tritanopia).
    CyanRose,
}

/// What a person may change about how everything looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Appearance {
    /// Of letters, on top of the size of the whole interface.
    pub text_scale: f32,
    pub high_contrast: bool,
    pub colours: Colours,
    /// Nothing slides or fades.
    pub reduced_motion: bool,
}

impl Default for Appearance {
    fn default() -> Self {
        Self {
            text_scale: 1.0,
            high_contrast: false,
            colours: Colours::Usual,
            reduced_motion: false,
        }
    }
}

/// The colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Deepest tone: behind fields, text on amber.
    pub ink: Color32,
    /// Panels.
    pub deep: Color32,
    /// What lies on a panel: buttons, rows.
    pub tide: Color32,
    /// The same under the pointer.
    pub shallows: Color32,
    /// Hairlines, borders, hints in empty fields.
    pub reed: Color32,
    /// Text.
    pub foam: Color32,
    /// Text that may step back.
    pub mist: Color32,
    /// The one accent: the next thing to press, the focus, one's own words.
    pub amber: Color32,
    /// Amber under the pointer.
    pub glow: Color32,
    /// What went wrong.
    pub coral: Color32,
    /// What went well.
    pub moss: Color32,
    /// Panel edges and the ground of key caps, laid over what is below.
    pub edge: Color32,
    /// How much of the world pills that float in it hide, 0..=255. Panels hide all of it: names would shine through.
    pub pill_alpha: u8,
}

impl Palette {
    /// An evening at a harbour.
    pub const EVENING: Self = Self {
        ink: Color32::from_rgb(0x08, 0x1b, 0x25),
        deep: Color32::from_rgb(0x0f, 0x2d, 0x3a),
        tide: Color32::from_rgb(0x1a, 0x42, 0x50),
        shallows: Color32::from_rgb(0x27, 0x58, 0x66),
        reed: Color32::from_rgb(0x35, 0x62, 0x6e),
        foam: Color32::from_rgb(0xee, 0xf4, 0xef),
        mist: Color32::from_rgb(0xa8, 0xc2, 0xc4),
        amber: Color32::from_rgb(0xf4, 0xad, 0x60),
        glow: Color32::from_rgb(0xff, 0xc6, 0x86),
        coral: Color32::from_rgb(0xff, 0x9b, 0x85),
        moss: Color32::from_rgb(0x9a, 0xd2, 0x9a),
        edge: Color32::from_rgba_premultiplied(22, 22, 22, 22),
        pill_alpha: 240,
    };

    /// For eyes that need more: black grounds, white text, edges one sees.
    const HIGH_CONTRAST: Self = Self {
        ink: Color32::from_rgb(0x00, 0x00, 0x00),
        deep: Color32::from_rgb(0x00, 0x08, 0x0c),
        tide: Color32::from_rgb(0x10, 0x24, 0x2e),
        shallows: Color32::from_rgb(0x1d, 0x3a, 0x46),
        reed: Color32::from_rgb(0xb4, 0xc8, 0xcc),
        foam: Color32::from_rgb(0xff, 0xff, 0xff),
        mist: Color32::from_rgb(0xe6, 0xf0, 0xf0),
        amber: Color32::from_rgb(0xff, 0xc4, 0x66),
        glow: Color32::from_rgb(0xff, 0xe0, 0xa8),
        coral: Color32::from_rgb(0xff, 0xb4, 0xa3),
        moss: Color32::from_rgb(0xb4, 0xf0, 0xb4),
        edge: Color32::from_rgba_premultiplied(150, 150, 150, 150),
        pill_alpha: 255,
    };

    /// What these wishes come to.
    pub fn of(appearance: &Appearance) -> Self {
        let ground = if appearance.high_contrast {
            Self::HIGH_CONTRAST
        } else {
            Self::EVENING
        };
        // Blue and orange of Okabe and Ito's palette, and their likes for tritanopia, as light as text must be.
        match appearance.colours {
            Colours::Usual => ground,
            Colours::BlueOrange => Self {
                coral: Color32::from_rgb(0xff, 0xb2, 0x4d),
                moss: Color32::from_rgb(0x9c, 0xcc, 0xff),
                amber: Color32::from_rgb(0xff, 0xe0, 0x70),
                glow: Color32::from_rgb(0xff, 0xee, 0xb0),
                ..ground
            },
            Colours::CyanRose => Self {
                coral: Color32::from_rgb(0xff, 0xa0, 0xb8),
                moss: Color32::from_rgb(0x8f, 0xe6, 0xe6),
                ..ground
            },
        }
    }

    /// Panel ground.
    pub fn panel(&self) -> Color32 {
        self.deep
    }

    /// Ground of pills that float in the world (nameplates, hints), dark enough for any sky behind them.
    pub fn pill(&self, opacity: f32) -> Color32 {
        let alpha = opacity.clamp(0.0, 1.0) * f32::from(self.pill_alpha);
        Color32::from_rgba_unmultiplied(self.ink.r(), self.ink.g(), self.ink.b(), alpha as u8)
    }
}

/// The colours of this context.
pub fn palette(ctx: &egui::Context) -> Palette {
    ctx.data(|data| data.get_temp(egui::Id::NULL))
        .unwrap_or(Palette::EVENING)
}

/// Keeps the colours of a context.
pub(super) fn keep(ctx: &egui::Context, palette: Palette) {
    ctx.data_mut(|data| data.insert_temp(egui::Id::NULL, palette));
}

/// Hues that people have: as many as one tells apart at a distance.
pub const PERSON_HUES: u16 = 24;

/// Somebody's hue as a part of the wheel, 0..1 in [`PERSON_HUES`] steps, from their account key: the same on
/// every screen.
pub fn person_hue(account: &[u8; 32]) -> f32 {
    // Neighbouring keys must not look alike.
    let mixed = account.iter().fold(0u16, |acc, byte| {
        acc.wrapping_mul(31).wrapping_add(u16::from(*byte))
    });
    f32::from(mixed % PERSON_HUES) / f32::from(PERSON_HUES)
}

/// [`person_hue`] as a colour for text on [`Palette::ink`]: the light sibling of the coat its person wears.
pub fn person_colour(account: &[u8; 32]) -> Color32 {
    let colour = Srgba::from(Oklcha::new(0.84, 0.085, person_hue(account) * 360.0, 1.0));
    let byte = |channel: f32| (channel.clamp(0.0, 1.0) * 255.0).round() as u8;
    Color32::from_rgb(byte(colour.red), byte(colour.green), byte(colour.blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.2 defines them.
    fn luminance(colour: Color32) -> f32 {
        let linear = |channel: u8| {
            let value = f32::from(channel) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (hi, lo) = (luminance(a).max(luminance(b)), luminance(a).min(luminance(b)));
        (hi + 0.05) / (lo + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_every_ground_it_stands_on() {
        for high_contrast in [false, true] {
            for colours in [Colours::Usual, Colours::BlueOrange, Colours::CyanRose] {
                let p = Palette::of(&Appearance {
                    high_contrast,
                    colours,
                    ..Appearance::default()
                });
                let least = if high_contrast { 7.0 } else { 4.5 };
                for ground in [p.ink, p.deep, p.tide] {
                    for text in [p.foam, p.mist, p.amber, p.coral, p.moss] {
                        let found = contrast(text, ground);
                        assert!(
                            found >= least,
                            "{colours:?} {high_contrast}: {text:?} on {ground:?}: {found}"
                        );
                    }
                }
                assert!(contrast(p.ink, p.amber) >= least && contrast(p.ink, p.glow) >= least);
                assert!(contrast(p.foam, p.shallows) >= least);
            }
        }
    }

    /// Good and bad by Viénot's (1999) simulation of two missing cones: still far apart.
    #[test]
    fn good_and_bad_are_told_apart_without_red_or_green() {
        let seen = |colour: Color32| {
            let [r, g, b, _] = egui::Rgba::from(colour).to_array();
            // Deuteranopia, linear RGB.
            let yellow = 0.292_75 * r + 0.707_25 * g;
            let blue = -0.022_34 * r + 0.022_34 * g + b;
            (yellow, blue)
        };
        let apart = |p: &Palette| {
            let (good, bad) = (seen(p.moss), seen(p.coral));
            (good.0 - bad.0).abs() + (good.1 - bad.1).abs()
        };
        let of = |colours| {
            Palette::of(&Appearance {
                colours,
                ..Appearance::default()
            })
        };
        let safe = apart(&of(Colours::BlueOrange));
        assert!(safe > 0.5 && safe > 1.5 * apart(&of(Colours::Usual)), "{safe}");
    }

    #[test]
    fn everybodys_colour_can_be_read_and_is_always_the_same() {
        for seed in 0..=255u8 {
            let account = [seed; 32];
            assert!(contrast(person_colour(&account), Palette::EVENING.ink) >= 4.5);
            assert_eq!(person_colour(&account), person_colour(&account));
        }
    }
}
