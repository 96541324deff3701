//! One visual language for everything a person reads and presses: an evening at a harbour.
//!
//! Flow: [`apply`] dresses egui once, when its context appears; every panel is then built from
//! `widgets` and the constants here. Nobody else names a colour, a size or a radius.
//! Invariant: text on its ground keeps a contrast of at least 4.5 : 1 (tested below), and what has
//! the keyboard's focus has a ring around it.

pub mod qr;
pub mod widgets;

use bevy::color::{Oklcha, Srgba};
use bevy_egui::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle,
    Vec2,
};
use std::sync::Arc;

/// Deepest tone: behind fields, text on amber.
pub const INK: Color32 = Color32::from_rgb(0x08, 0x1b, 0x25);
/// Panels.
pub const DEEP: Color32 = Color32::from_rgb(0x0f, 0x2d, 0x3a);
/// What lies on a panel: buttons, rows.
pub const TIDE: Color32 = Color32::from_rgb(0x1a, 0x42, 0x50);
/// The same under the pointer.
pub const SHALLOWS: Color32 = Color32::from_rgb(0x27, 0x58, 0x66);
/// Hairlines and borders.
pub const REED: Color32 = Color32::from_rgb(0x35, 0x62, 0x6e);
/// Text.
pub const FOAM: Color32 = Color32::from_rgb(0xee, 0xf4, 0xef);
/// Text that may step back.
pub const MIST: Color32 = Color32::from_rgb(0xa8, 0xc2, 0xc4);
/// The one accent: the next thing to press, the focus, one's own words.
pub const AMBER: Color32 = Color32::from_rgb(0xf4, 0xad, 0x60);
/// Amber under the pointer.
pub const GLOW: Color32 = Color32::from_rgb(0xff, 0xc6, 0x86);
/// What went wrong.
pub const CORAL: Color32 = Color32::from_rgb(0xff, 0x9b, 0x85);
/// What went well.
pub const MOSS: Color32 = Color32::from_rgb(0x9a, 0xd2, 0x9a);

/// Space between things that belong together, points; every distance is a multiple of it.
pub const STEP: f32 = 8.0;
/// Corners of panels, of what lies on them, and of small pills, points.
pub const PANEL_RADIUS: u8 = 16;
pub const WIDGET_RADIUS: u8 = 10;
/// A control's least height, points: a thumb on a touch screen hits 40.
pub const CONTROL_HEIGHT: f32 = 42.0;

/// The heavier cut, for names, headings and buttons.
pub fn bold() -> FontFamily {
    FontFamily::Name("bold".into())
}

/// The name of the world on the title screen.
pub fn display() -> TextStyle {
    TextStyle::Name("display".into())
}

/// Panel ground, slightly see-through so that the world stays present.
pub fn panel_fill() -> Color32 {
    Color32::from_rgba_unmultiplied(DEEP.r(), DEEP.g(), DEEP.b(), 250)
}

/// Ground of pills that float in the world (nameplates, hints), dark enough for any sky behind them.
pub fn pill_fill(opacity: f32) -> Color32 {
    Color32::from_rgba_unmultiplied(INK.r(), INK.g(), INK.b(), (opacity.clamp(0.0, 1.0) * 226.0) as u8)
}

/// Letters: Nunito for Latin, Cyrillic and Vietnamese, then what egui brings (Greek, symbols, emoji).
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let fallbacks = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    let faces: [(&str, &[u8], FontFamily); 2] = [
        (
            "nunito-medium",
            include_bytes!("../../assets/theme/Nunito-Medium.ttf"),
            FontFamily::Proportional,
        ),
        (
            "nunito-bold",
            include_bytes!("../../assets/theme/Nunito-Bold.ttf"),
            bold(),
        ),
    ];
    for (name, bytes, family) in faces {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
        let mut order = vec![name.to_owned()];
        order.extend(fallbacks.iter().cloned());
        fonts.families.insert(family, order);
    }
    fonts
}

/// Dresses a context. Called once per context.
pub fn apply(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_theme(egui::Theme::Dark);
    ctx.style_mut_of(egui::Theme::Dark, dress);
}

fn dress(style: &mut egui::Style) {
    style.text_styles = [
        (display(), FontId::new(58.0, bold())),
        (TextStyle::Heading, FontId::new(24.0, bold())),
        (TextStyle::Body, FontId::new(16.0, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(17.0, bold())),
        (TextStyle::Small, FontId::new(13.5, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into();
    style.animation_time = 0.12;
    style.interaction.selectable_labels = false;

    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(STEP, STEP);
    spacing.button_padding = Vec2::new(14.0, 8.0);
    spacing.interact_size = Vec2::new(44.0, 32.0);
    spacing.window_margin = Margin::same(24);
    spacing.scroll = egui::style::ScrollStyle::floating();

    let visuals = &mut style.visuals;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(MIST);
    visuals.hyperlink_color = AMBER;
    visuals.faint_bg_color = TIDE;
    visuals.extreme_bg_color = INK;
    visuals.text_edit_bg_color = Some(INK);
    visuals.code_bg_color = INK;
    visuals.warn_fg_color = AMBER;
    visuals.error_fg_color = CORAL;
    visuals.window_fill = panel_fill();
    visuals.panel_fill = panel_fill();
    visuals.window_stroke = Stroke::new(1.0, Color32::from_white_alpha(18));
    visuals.window_corner_radius = CornerRadius::same(PANEL_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(WIDGET_RADIUS);
    visuals.window_shadow = egui::Shadow {
        offset: [0, 8],
        blur: 32,
        spread: 0,
        color: Color32::from_black_alpha(110),
    };
    visuals.popup_shadow = visuals.window_shadow;
    visuals.selection.bg_fill = Color32::from_rgba_unmultiplied(AMBER.r(), AMBER.g(), AMBER.b(), 90);
    visuals.selection.stroke = Stroke::new(2.0, AMBER);
    visuals.text_cursor.stroke = Stroke::new(2.0, AMBER);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.disabled_alpha = 0.5;

    let radius = CornerRadius::same(WIDGET_RADIUS);
    let widgets = &mut visuals.widgets;
    for (widget, fill, stroke, text) in [
        (
            &mut widgets.noninteractive,
            DEEP,
            Stroke::new(1.0, Color32::from_white_alpha(22)),
            FOAM,
        ),
        (&mut widgets.inactive, TIDE, Stroke::NONE, FOAM),
        (&mut widgets.hovered, SHALLOWS, Stroke::new(1.0, REED), FOAM),
        (&mut widgets.active, SHALLOWS, Stroke::new(2.0, AMBER), FOAM),
        (&mut widgets.open, SHALLOWS, Stroke::new(1.0, REED), FOAM),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = stroke;
        widget.fg_stroke = Stroke::new(1.5, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
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

/// [`person_hue`] as a colour for text on [`INK`]: the light sibling of the coat its person wears.
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
        for ground in [INK, DEEP, TIDE] {
            for text in [FOAM, MIST, AMBER, CORAL, MOSS] {
                assert!(
                    contrast(text, ground) >= 4.5,
                    "{text:?} on {ground:?}: {}",
                    contrast(text, ground)
                );
            }
        }
        assert!(contrast(INK, AMBER) >= 4.5 && contrast(INK, GLOW) >= 4.5);
        assert!(contrast(FOAM, SHALLOWS) >= 4.5);
    }

    #[test]
    fn everybodys_colour_can_be_read_and_is_always_the_same() {
        for seed in 0..=255u8 {
            let account = [seed; 32];
            assert!(contrast(person_colour(&account), INK) >= 4.5);
            assert_eq!(person_colour(&account), person_colour(&account));
        }
    }

    #[test]
    fn the_letters_are_fonts() {
        let ctx = egui::Context::default();
        apply(&ctx);
        let width = |text: &str| {
            let mut width = 0.0;
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                width = ui.fonts_mut(|fonts| {
                    fonts
                        .layout_no_wrap(text.to_owned(), FontId::new(16.0, bold()), FOAM)
                        .size()
                        .x
                });
            });
            // Nobody paints here; egui insists that its textures are dealt with.
            output.textures_delta.clear();
            width
        };
        assert!(width("Zoë Ærøskøbing Настя") > 100.0);
    }
}
