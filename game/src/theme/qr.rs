//! A link as a picture for a phone's camera.
//!
//! Flow: text → [`QrPicture::new`] once, when a dialog opens → [`QrPicture::show`] each frame.
//! Invariant: dark on light with the quiet zone the standard asks for; inverted codes are not read by all cameras.

use bevy_egui::egui::{self, Color32, CornerRadius, Rect, Response, Sense, Ui, Vec2};
use qrcode::{EcLevel, QrCode};

/// Modules left blank on each side (ISO/IEC 18004 asks for four).
const QUIET_MODULES: usize = 4;

/// A QR code ready to be painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPicture {
    width: usize,
    /// Horizontal runs of dark modules as `(x, y, length)`: far fewer shapes than modules.
    runs: Vec<(usize, usize, usize)>,
}

impl QrPicture {
    /// `None` when the text is longer than a QR code takes (2,331 bytes at this level).
    pub fn new(text: &str) -> Option<Self> {
        // Medium: a thumb over a corner of the screen still leaves it readable.
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
        let width = code.width();
        let modules = code.to_colors();
        let mut runs = Vec::new();
        for (y, row) in modules.chunks(width).enumerate() {
            let mut x = 0;
            while x < width {
                let length = row[x..]
                    .iter()
                    .take_while(|module| **module == qrcode::Color::Dark)
                    .count();
                if length > 0 {
                    runs.push((x, y, length));
                }
                x += length.max(1);
            }
        }
        Some(Self { width, runs })
    }

    /// Paints it `size` points wide, quiet zone included; `name` is for who does not see it.
    pub fn show(&self, ui: &mut Ui, size: f32, name: &str) -> Response {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, CornerRadius::same(super::WIDGET_RADIUS), Color32::WHITE);
        let module = size / (self.width + 2 * QUIET_MODULES) as f32;
        let at = |cells: usize| (cells + QUIET_MODULES) as f32 * module;
        for &(x, y, length) in &self.runs {
            let run = Rect::from_min_size(
                rect.min + Vec2::new(at(x), at(y)),
                // A hair taller than a module: no light seams between rows at odd scales.
                Vec2::new(length as f32 * module, module + 0.3),
            );
            painter.rect_filled(run, CornerRadius::ZERO, super::Palette::EVENING.ink);
        }
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, name));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_code_and_an_endless_text_does_not() {
        let code =
            QrPicture::new("http://192.168.1.20:7777/#0123456789abcdef0123456789abcdef").expect("fits");
        assert!(code.width >= 29, "version 3 at least, got {}", code.width);
        // The finder pattern's top edge: seven dark modules in the corner.
        assert_eq!(code.runs.first(), Some(&(0, 0, 7)));
        assert!(
            code.runs
                .iter()
                .all(|(x, y, length)| x + length <= code.width && *y < code.width)
        );
        assert_eq!(QrPicture::new(&"x".repeat(5000)), None);
    }
}
