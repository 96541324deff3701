//! Letters as a picture of their own: for writing in the world, where no interface paints.
//!
//! Flow: a text → laid out by egui as on any panel, its words put in order → each letter copied out of the picture that egui
//! keeps of all letters.
//! Invariants: no picture is larger than [`MOST_PIXELS`]; what does not fit is cut at the lower edge; scripts whose faces
//! are not there yet are asked for, and until then their letters are boxes.

use super::super::faces::Script;
use super::{Letters, turned};
use bevy_egui::egui::text::{LayoutJob, TextFormat};
use bevy_egui::egui::{Align, Color32, Context, FontFamily, FontId, Galley, Pos2};

/// How solid each point of a picture is, row by row from the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Print {
    pub width: usize,
    pub height: usize,
    pub solid: Vec<u8>,
    /// Points that the height of a line is.
    pub line: usize,
}

/// Of one picture: with a byte for each of four colours and its smaller copies some 2 MB.
pub(crate) const MOST_PIXELS: usize = 400_000;
const MOST_SIDE: usize = 2_048;
/// Heights of a line in points, the finest first. Each costs egui a picture of each letter.
const LINES: [usize; 3] = [48, 28, 16];
/// Around letters, points: the smaller copies of a picture run into each other at its edge.
const MARGIN: usize = 4;

/// So many heights of a line wide, broken where it is longer. `None` for a text of which nothing is seen.
pub(crate) fn print(ctx: &Context, text: &str, wide: f32) -> Option<Print> {
    want(ctx, text);
    let mut found = None;
    for line in LINES {
        let galley = lay(ctx, text, wide, line);
        let (width, height) = sides(&galley);
        let fits = width <= MOST_SIDE && height <= MOST_SIDE && width * height <= MOST_PIXELS;
        found = Some((galley, line));
        if fits {
            break;
        }
    }
    let (galley, line) = found?;
    let mut galley = (*galley).clone();
    if !text.is_ascii() {
        galley = turned(&galley, super::from_right(ctx));
    }
    let (width, height) = sides(&galley);
    let width = width.min(MOST_SIDE);
    let height = height.min(MOST_SIDE).min(MOST_PIXELS / width.max(1));
    let mut print = Print {
        width,
        height,
        solid: vec![0; width * height],
        line,
    };
    let letters = ctx.fonts(|fonts| fonts.image());
    let pixels = |x: usize, y: usize| {
        let [wide, high] = letters.size;
        (x < wide && y < high).then(|| letters.pixels.get(y * wide + x).map_or(0, |pixel| pixel.a()))
    };
    let scale = galley.pixels_per_point;
    let corner = galley.rect.min;
    let mut any = false;
    for placed in &galley.rows {
        let vertices = &placed.row.visuals.mesh.vertices;
        let glyphs = vertices.get(placed.row.visuals.glyph_vertex_range.clone());
        for quad in glyphs.unwrap_or_default().chunks_exact(4) {
            let (first, last) = (quad[0], quad[3]);
            let at = (placed.pos + first.pos.to_vec2() - corner) * scale;
            any |= print.copy(at.to_pos2(), first.uv, last.uv, &pixels);
        }
    }
    any.then_some(print)
}

/// Scripts whose faces are not there yet.
fn want(ctx: &Context, text: &str) {
    if let Some(letters) = ctx.plugin_opt::<Letters>() {
        let mut letters = letters.lock();
        letters.wanted.extend(text.chars().filter_map(Script::of));
    }
}

fn lay(ctx: &Context, text: &str, wide: f32, line: usize) -> std::sync::Arc<Galley> {
    let points = line as f32 / ctx.pixels_per_point();
    // Of faces like ours a line is 1.36 times as high as its letters are large.
    let font = FontId::new(points / 1.36, FontFamily::Proportional);
    let mut format = TextFormat::simple(font, Color32::WHITE);
    format.line_height = Some(points);
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap.max_width = wide.max(1.0) * points;
    job.halign = Align::Center;
    ctx.fonts_mut(|fonts| fonts.layout_job(job))
}

fn sides(galley: &Galley) -> (usize, usize) {
    let size = galley.rect.size() * galley.pixels_per_point;
    (
        size.x.ceil().max(1.0) as usize + 2 * MARGIN,
        size.y.ceil().max(1.0) as usize + 2 * MARGIN,
    )
}

impl Print {
    /// One letter, from where it is in the picture of all letters; mirrored where the second side lies before the first.
    fn copy(&mut self, at: Pos2, from: Pos2, to: Pos2, pixels: &dyn Fn(usize, usize) -> Option<u8>) -> bool {
        let (wide, high) = ((to.x - from.x).round(), (to.y - from.y).round());
        let (left, top) = (
            at.x.round() as i64 + MARGIN as i64,
            at.y.round() as i64 + MARGIN as i64,
        );
        let mut any = false;
        for y in 0..high.abs().min(256.0) as i64 {
            for x in 0..wide.abs().min(256.0) as i64 {
                let seen_x = if wide < 0.0 { wide.abs() as i64 - 1 - x } else { x };
                let source_x = from.x.min(to.x).round() as i64 + seen_x;
                let source_y = from.y.min(to.y).round() as i64 + y;
                let (Ok(source_x), Ok(source_y)) = (usize::try_from(source_x), usize::try_from(source_y))
                else {
                    continue;
                };
                let Some(solid) = pixels(source_x, source_y).filter(|solid| *solid > 0) else {
                    continue;
                };
                any = true;
                let (Ok(x), Ok(y)) = (usize::try_from(left + x), usize::try_from(top + y)) else {
                    continue;
                };
                if x < self.width && y < self.height {
                    let point = &mut self.solid[y * self.width + x];
                    *point = (*point).max(solid);
                }
            }
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::RawInput;

    fn printed(text: &str, wide: f32) -> Option<Print> {
        let ctx = Context::default();
        super::super::super::give_letters(&ctx, &super::super::super::faces::all_for_tests());
        let mut print_of_it = None;
        for _ in 0..2 {
            let mut output = ctx.run_ui(RawInput::default(), |_| print_of_it = print(&ctx, text, wide));
            output.textures_delta.clear();
        }
        print_of_it
    }

    /// How much ink stands in each part of a picture, from the left.
    fn ink(print: &Print, parts: usize) -> Vec<u64> {
        let mut ink = vec![0; parts];
        for (at, solid) in print.solid.iter().enumerate() {
            ink[at % print.width * parts / print.width] += u64::from(*solid);
        }
        ink
    }

    #[test]
    fn letters_of_every_script_are_printed() {
        for text in [
            "Welcome",
            "島へようこそ",
            "أهلا بكم",
            "Grüße 🔥",
            "שלום",
            "สวัสดี",
            "नमस्ते",
        ] {
            let print = printed(text, 30.0).expect(text);
            assert!(ink(&print, 1)[0] > 20_000, "{text}");
            assert!(print.width > print.line && print.height >= print.line, "{text}");
        }
        assert_eq!(printed("  \n ", 30.0), None);
    }

    #[test]
    fn an_arabic_line_is_read_from_the_right() {
        // A wide letter is read first and a row of narrow ones after it: what is read first stands at the right.
        let print = printed("شششش ا ا ا ا ا ا", 30.0).expect("printed");
        let ink = ink(&print, 2);
        assert!(ink[1] > ink[0], "{ink:?}");
    }

    #[test]
    fn a_long_text_is_broken_and_never_a_large_picture() {
        let one = printed("one two three four", 40.0).expect("one line");
        let many = printed("one two three four", 5.0).expect("several lines");
        assert!(many.width < one.width && many.height > 2 * one.height - 3 * MARGIN);
        let long = printed(&"a wall of words ".repeat(125), 24.0).expect("a long one");
        assert!(long.width * long.height <= MOST_PIXELS && long.line < one.line);
        let tower = printed(&"i\n".repeat(900), 24.0).expect("a high one");
        assert!(tower.width * tower.height <= MOST_PIXELS && tower.height <= MOST_SIDE);
    }
}
