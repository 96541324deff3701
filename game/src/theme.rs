//! One visual language for everything a person reads and presses: an evening at a harbour.
//!
//! Flow: [`apply`] dresses egui when its context appears and when a person changes how things look; every panel is
//! then built from `widgets`, the [`palette`] and the constants here. Nobody else names a colour, a size or a radius.
//! Invariant: what has the keyboard's focus has a ring around it.

pub(crate) mod faces;
pub mod field;
pub mod glyph;
pub mod letters;
mod palette;
pub mod qr;
mod swatches;
pub mod widgets;

use bevy_egui::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle,
    Vec2,
};
use faces::Face;
use std::borrow::Cow;
use std::sync::Arc;

pub use palette::{Appearance, Colours, PERSON_HUES, Palette, palette, person_colour, person_hue};
pub use swatches::swatches;

/// Letters of sentences, points.
const BODY_POINTS: f32 = 16.0;

/// Space between things that belong together, points; every distance is a multiple of it.
pub const STEP: f32 = 8.0;
/// Corners of panels, of what lies on them, and of small pills, points.
pub const PANEL_RADIUS: u8 = 16;
pub const WIDGET_RADIUS: u8 = 10;
/// A control's least height, points: what a thumb on a touch screen hits (Apple's guidelines; WCAG 2.2 asks for 24).
pub const CONTROL_HEIGHT: f32 = 44.0;
/// The same for rows of small choices where a mouse or keys press them.
const FINE_HEIGHT: f32 = 38.0;

/// How much of the accent lies behind text that is selected.
const SELECTED: f32 = 0.35;

/// How high rows of small choices are, with what is in the hands.
pub fn row_height(ctx: &egui::Context) -> f32 {
    if on_glass(ctx) {
        CONTROL_HEIGHT
    } else {
        FINE_HEIGHT
    }
}

/// Whether fingers press what is on this screen.
pub fn on_glass(ctx: &egui::Context) -> bool {
    ctx.data(|data| data.get_temp(glass())).unwrap_or(false)
}

pub(crate) fn set_on_glass(ctx: &egui::Context, on_glass: bool) {
    ctx.data_mut(|data| data.insert_temp(glass(), on_glass));
}

fn glass() -> egui::Id {
    egui::Id::new("fingers press what is on this screen")
}

/// Whether what floats over the world begins at the right. On glass never: thumbs know where the buttons are.
pub fn begins_right(ctx: &egui::Context) -> bool {
    letters::from_right(ctx) && !on_glass(ctx)
}

/// How much larger than usual letters are: panels grow with them.
pub fn text_scale(ctx: &egui::Context) -> f32 {
    let style = ctx.style_of(egui::Theme::Dark);
    TextStyle::Body.resolve(&style).size / BODY_POINTS
}

/// Whether nothing is to slide or fade (the setting for less motion).
pub fn still(ctx: &egui::Context) -> bool {
    ctx.style_of(egui::Theme::Dark).animation_time == 0.0
}

/// The heavier cut, for names, headings and buttons.
pub fn bold() -> FontFamily {
    FontFamily::Name("bold".into())
}

/// The name of the world on the title screen.
pub fn display() -> TextStyle {
    TextStyle::Name("display".into())
}

/// Letters: Nunito for Latin, Cyrillic and Vietnamese, then the faces that were fetched, then what egui brings (Greek,
/// symbols, emoji).
fn fonts(fetched: &[Face]) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let fallbacks = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    for face in fetched {
        let data = match &face.bytes {
            Cow::Borrowed(bytes) => FontData::from_static(bytes),
            Cow::Owned(bytes) => FontData::from_owned(bytes.clone()),
        };
        fonts.font_data.insert(face.name.to_owned(), Arc::new(data));
    }
    // Where there is no bold cut the usual one stands in, and the other way round.
    let names = |bold_first: bool| {
        let mut names: Vec<&Face> = fetched.iter().collect();
        names.sort_by_key(|face| face.is_bold() != bold_first);
        names.into_iter().map(|face| face.name.to_owned())
    };
    let faces: [(&str, &'static [u8], FontFamily); 2] = [
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
        order.extend(names(family == bold()));
        order.extend(fallbacks.iter().cloned());
        fonts.families.insert(family, order);
    }
    if let Some(monospace) = fonts.families.get_mut(&FontFamily::Monospace) {
        monospace.extend(names(false));
    }
    fonts
}

/// Gives a context its letters: once before [`apply`], and again when faces were fetched.
pub fn give_letters(ctx: &egui::Context, fetched: &[Face]) {
    ctx.set_fonts(fonts(fetched));
    ctx.set_theme(egui::Theme::Dark);
    if ctx.plugin_opt::<letters::Letters>().is_none() {
        ctx.add_plugin(letters::Letters::default());
    }
}

/// Dresses a context, again whenever a person changes how things look.
pub fn apply(ctx: &egui::Context, appearance: &Appearance) {
    let palette = Palette::of(appearance);
    palette::keep(ctx, palette);
    ctx.style_mut_of(egui::Theme::Dark, |style| dress(style, &palette, appearance));
}

fn dress(style: &mut egui::Style, palette: &Palette, appearance: &Appearance) {
    let size = |points: f32| points * appearance.text_scale;
    style.text_styles = [
        (display(), FontId::new(size(58.0), bold())),
        (TextStyle::Heading, FontId::new(size(24.0), bold())),
        (
            TextStyle::Body,
            FontId::new(size(BODY_POINTS), FontFamily::Proportional),
        ),
        (TextStyle::Button, FontId::new(size(17.0), bold())),
        (
            TextStyle::Small,
            FontId::new(size(13.5), FontFamily::Proportional),
        ),
        (
            TextStyle::Monospace,
            FontId::new(size(13.0), FontFamily::Monospace),
        ),
    ]
    .into();
    style.animation_time = if appearance.reduced_motion { 0.0 } else { 0.12 };
    style.interaction.selectable_labels = false;

    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(STEP, STEP);
    spacing.button_padding = Vec2::new(14.0, 8.0);
    spacing.interact_size = Vec2::new(44.0, 32.0);
    spacing.window_margin = Margin::same(24);
    // Seen at rest, too: on glass nothing hovers, and what is below the fold would be nobody's.
    spacing.scroll = egui::style::ScrollStyle {
        floating_width: 5.0,
        dormant_handle_opacity: 0.6,
        ..egui::style::ScrollStyle::floating()
    };

    let visuals = &mut style.visuals;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.mist);
    visuals.hyperlink_color = palette.amber;
    visuals.faint_bg_color = palette.tide;
    visuals.extreme_bg_color = palette.ink;
    visuals.text_edit_bg_color = Some(palette.ink);
    visuals.code_bg_color = palette.ink;
    visuals.warn_fg_color = palette.amber;
    visuals.error_fg_color = palette.coral;
    visuals.window_fill = palette.panel();
    visuals.panel_fill = palette.panel();
    visuals.window_stroke = Stroke::new(1.0, palette.edge);
    visuals.window_corner_radius = CornerRadius::same(PANEL_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(WIDGET_RADIUS);
    visuals.window_shadow = egui::Shadow {
        offset: [0, 8],
        blur: 32,
        spread: 0,
        color: Color32::from_black_alpha(110),
    };
    visuals.popup_shadow = visuals.window_shadow;
    visuals.selection.bg_fill = palette.amber.gamma_multiply(SELECTED);
    visuals.selection.stroke = Stroke::new(2.0, palette.amber);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.amber);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.disabled_alpha = 0.5;

    let radius = CornerRadius::same(WIDGET_RADIUS);
    let widgets = &mut visuals.widgets;
    for (widget, fill, stroke, text) in [
        (
            &mut widgets.noninteractive,
            palette.deep,
            Stroke::new(1.0, palette.edge),
            palette.foam,
        ),
        (
            &mut widgets.inactive,
            palette.tide,
            Stroke::new(1.0, palette.edge),
            palette.foam,
        ),
        (
            &mut widgets.hovered,
            palette.shallows,
            Stroke::new(1.0, palette.reed),
            palette.foam,
        ),
        (
            &mut widgets.active,
            palette.shallows,
            Stroke::new(2.0, palette.amber),
            palette.foam,
        ),
        (
            &mut widgets.open,
            palette.shallows,
            Stroke::new(1.0, palette.reed),
            palette.foam,
        ),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = stroke;
        widget.fg_stroke = Stroke::new(1.5, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
}

#[cfg(test)]
mod focus_tests;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_are_fonts() {
        let ctx = egui::Context::default();
        give_letters(&ctx, &[]);
        apply(&ctx, &Appearance::default());
        let width = |text: &str| {
            let mut width = 0.0;
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                width = ui.fonts_mut(|fonts| {
                    fonts
                        .layout_no_wrap(text.to_owned(), FontId::new(16.0, bold()), Color32::WHITE)
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
