//! The colours of everything a person reads and presses, and what a person may change about them.
//!
//! Flow: settings → [`Appearance`] → [`super::apply`] keeps its [`Palette`] in the egui context → whoever paints asks
//! [`palette`]. Nobody else names a colour.
//! Invariants: text on its ground keeps a contrast of at least 4.5 : 1, with high contrast 7 : 1 (WCAG 2.2, AA and AAA),
//! and what means something without being text (borders of fields, the focus, knobs, dots) 3 : 1, in every palette; both
//! are tested below.

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
    /// Borders of what is written in or switched, lines that mean something: seen on every ground (3 : 1).
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
    /// Edges that decorate: of panels, key caps and buttons, which have words on them. Laid over what is below.
    pub edge: Color32,
    /// How much of the world pills that float in it hide, 0..=255. Panels hide all of it: names would shine through.
    pub pill_alpha: u8,
    /// From this opacity on, per cent, a pill is as solid as it gets: with high contrast nothing shines through one that is there.
    pub pill_solid_from: u8,
}

impl Palette {
    /// An evening at a harbour.
    pub const EVENING: Self = Self {
        ink: Color32::from_rgb(0x08, 0x1b, 0x25),
        deep: Color32::from_rgb(0x0f, 0x2d, 0x3a),
        tide: Color32::from_rgb(0x1a, 0x42, 0x50),
        shallows: Color32::from_rgb(0x27, 0x58, 0x66),
        reed: Color32::from_rgb(0x69, 0x91, 0x9a),
        foam: Color32::from_rgb(0xee, 0xf4, 0xef),
        mist: Color32::from_rgb(0xa8, 0xc2, 0xc4),
        amber: Color32::from_rgb(0xf4, 0xad, 0x60),
        glow: Color32::from_rgb(0xff, 0xc6, 0x86),
        coral: Color32::from_rgb(0xff, 0x9b, 0x85),
        moss: Color32::from_rgb(0x9a, 0xd2, 0x9a),
        edge: Color32::from_rgba_premultiplied(22, 22, 22, 22),
        pill_alpha: 240,
        pill_solid_from: 100,
    };

    /// For eyes that need more: black grounds, white text, edges one sees.
    const HIGH_CONTRAST: Self = Self {
        ink: Color32::from_rgb(0x00, 0x00, 0x00),
        deep: Color32::from_rgb(0x00, 0x08, 0x0c),
        tide: Color32::from_rgb(0x10, 0x24, 0x2e),
        shallows: Color32::from_rgb(0x1d, 0x3a, 0x46),
        reed: Color32::from_rgb(0x7e, 0x96, 0x9c),
        foam: Color32::from_rgb(0xff, 0xff, 0xff),
        mist: Color32::from_rgb(0xe6, 0xf0, 0xf0),
        amber: Color32::from_rgb(0xff, 0xc4, 0x66),
        glow: Color32::from_rgb(0xff, 0xe0, 0xa8),
        coral: Color32::from_rgb(0xff, 0xb4, 0xa3),
        moss: Color32::from_rgb(0xb4, 0xf0, 0xb4),
        edge: Color32::from_rgba_premultiplied(150, 150, 150, 150),
        pill_alpha: 255,
        pill_solid_from: 90,
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
        let solid = f32::from(self.pill_solid_from) / 100.0;
        let alpha = (opacity / solid).clamp(0.0, 1.0) * f32::from(self.pill_alpha);
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

    /// What one sees of a colour laid over another.
    fn over(above: Color32, below: Color32) -> Color32 {
        let left = 1.0 - f32::from(above.a()) / 255.0;
        let mix = |a: u8, b: u8| (f32::from(a) + f32::from(b) * left).round() as u8;
        Color32::from_rgb(
            mix(above.r(), below.r()),
            mix(above.g(), below.g()),
            mix(above.b(), below.b()),
        )
    }

    /// Every palette there is, by the wishes that lead to it.
    fn palettes() -> impl Iterator<Item = (Appearance, Palette)> {
        let all = [false, true].into_iter().flat_map(|high_contrast| {
            [Colours::Usual, Colours::BlueOrange, Colours::CyanRose].map(move |colours| Appearance {
                high_contrast,
                colours,
                ..Appearance::default()
            })
        });
        all.map(|appearance| (appearance, Palette::of(&appearance)))
    }

    /// Pairs that are too alike, with what they are.
    fn alike(pairs: &[(&'static str, Color32, Color32)], least: f32) -> Vec<String> {
        let found = pairs.iter().map(|(what, a, b)| (what, contrast(*a, *b)));
        found
            .filter(|(_, found)| *found < least)
            .map(|(what, found)| format!("{what}: {found:.2}, at least {least}"))
            .collect()
    }

    #[test]
    fn every_text_can_be_read_on_every_ground_it_stands_on() {
        for (appearance, p) in palettes() {
            let least = if appearance.high_contrast { 7.0 } else { 4.5 };
            let mut pairs = vec![
                ("what a primary button says", p.ink, p.amber),
                ("the same under the pointer", p.ink, p.glow),
                ("what a plain button says under the pointer", p.foam, p.shallows),
                (
                    "the same of a quiet one",
                    p.foam,
                    over(Color32::from_white_alpha(14), p.deep),
                ),
                ("a hint in an empty field", p.mist, p.ink),
            ];
            for ground in [p.ink, p.deep, p.tide] {
                for (what, text) in [
                    ("a sentence", p.foam),
                    ("an aside", p.mist),
                    ("what matters", p.amber),
                    ("what went wrong", p.coral),
                    ("what went well", p.moss),
                ] {
                    pairs.push((what, text, ground));
                }
            }
            for seed in 0..=255 {
                for ground in [p.ink, p.deep] {
                    pairs.push(("somebody's name", person_colour(&[seed; 32]), ground));
                }
            }
            // Over the brightest world there is.
            let pill = over(p.pill(0.95), Color32::WHITE);
            for text in [p.foam, p.mist, p.amber] {
                pairs.push(("a line that passes in the world", text, pill));
            }
            let wrong = alike(&pairs, least);
            assert!(wrong.is_empty(), "{appearance:?}: {wrong:#?}");
            // Lit up in passing: readable, if no more.
            let selected = over(p.amber.gamma_multiply(super::super::SELECTED), p.ink);
            let called = over(p.amber.gamma_multiply(0.16), p.deep);
            let chosen = over(Color32::from_white_alpha(12), p.deep);
            let mut pairs = vec![("text that is selected", p.foam, selected)];
            for ground in [called, chosen] {
                for text in [p.foam, p.mist, p.amber] {
                    pairs.push(("a line of the log that is lit up", text, ground));
                }
            }
            let wrong = alike(&pairs, 4.5);
            assert!(wrong.is_empty(), "{appearance:?}: {wrong:#?}");
        }
    }

    #[test]
    fn what_means_something_without_being_text_is_seen() {
        for (appearance, p) in palettes() {
            let mut pairs = vec![
                (
                    "an arm of the cross that is pressed beside the others",
                    p.foam,
                    p.reed,
                ),
                ("the knob of a switch that is on", p.ink, p.amber),
                ("the knob of a switch that is off", p.mist, p.tide),
                ("the way that is done on a slider", p.amber, p.ink),
                ("a chosen one beside the others", p.amber, p.tide),
                ("the same under the pointer", p.glow, p.shallows),
                ("the cursor", p.amber, p.ink),
                ("the ring around what is chosen and has the focus", p.foam, p.deep),
            ];
            for ground in [p.ink, p.deep, p.tide, p.shallows] {
                pairs.push(("the focus", p.foam, ground));
            }
            for ground in [p.ink, p.deep, p.tide] {
                pairs.push(("a border", p.reed, ground));
                for dot in [p.amber, p.coral, p.moss] {
                    pairs.push(("a dot", dot, ground));
                }
            }
            for seed in 0..=255 {
                pairs.push(("somebody's dot", person_colour(&[seed; 32]), p.deep));
            }
            if appearance.high_contrast {
                for ground in [p.ink, p.deep, p.tide, p.shallows] {
                    pairs.push(("an edge that decorates", over(p.edge, ground), ground));
                }
            }
            let wrong = alike(&pairs, 3.0);
            assert!(wrong.is_empty(), "{appearance:?}: {wrong:#?}");
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
