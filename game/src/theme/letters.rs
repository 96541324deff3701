//! Lines that run from right to left, and those in which both directions meet.
//!
//! egui shapes each run of one face (Arabic letters join, each word is in the order it is seen in) and sets the runs
//! from left to right whatever they are. Here the words of each row are put in their order: `Letters` hooks into the
//! end of egui's pass, where every text of the frame passes by, whoever wrote it, already broken into rows. Its other
//! task there is to notice scripts whose faces are not there yet (`faces` gets them).
//! Invariants: no glyph is lost and none is new; a row keeps its place and its width; a text without letters that run
//! from right to left costs one look at it. What is written in a text field comes here in its order already: word by
//! word, set by `lines`.

pub(super) mod lines;
mod order;
pub(crate) mod print;

use super::faces::Script;
use crate::words::runs_from_right;
use bevy_egui::egui::epaint::text::{Glyph, Row};
use bevy_egui::egui::{self, Context, FullOutput, Galley, Id, Shape};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use unicode_bidi::{BidiClass, bidi_class};

/// Whether this interface runs from right to left.
pub fn from_right(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(direction())).unwrap_or(false)
}

pub(crate) fn set_from_right(ctx: &Context, from_right: bool) {
    ctx.data_mut(|data| data.insert_temp(direction(), from_right));
}

fn direction() -> Id {
    Id::new("the interface runs from right to left")
}

/// egui's plugin; one for each context.
#[derive(Default)]
pub(super) struct Letters {
    /// What was turned in the last frames, by the address of its original (which is held, so nothing else gets it).
    turned: HashMap<usize, Turned>,
    from_right: bool,
    pass: u64,
    wanted: BTreeSet<Script>,
}

struct Turned {
    _original: Arc<Galley>,
    galley: Arc<Galley>,
    seen: u64,
}

impl Letters {
    /// Scripts that were to be painted so far.
    pub(super) fn wanted(&self) -> &BTreeSet<Script> {
        &self.wanted
    }

    fn shape(&mut self, shape: &mut Shape) {
        match shape {
            Shape::Vec(shapes) => shapes.iter_mut().for_each(|shape| self.shape(shape)),
            Shape::Text(text) if !text.galley.job.text.is_ascii() && text.galley.num_vertices > 0 => {
                let mut turns = false;
                for c in text.galley.job.text.chars() {
                    turns |= runs_from_right(c);
                    if let Some(script) = Script::of(c) {
                        self.wanted.insert(script);
                    }
                }
                if turns {
                    text.galley = self.turn(&text.galley);
                }
            }
            _ => {}
        }
    }

    fn turn(&mut self, galley: &Arc<Galley>) -> Arc<Galley> {
        let pass = self.pass;
        let known = self
            .turned
            .entry(Arc::as_ptr(galley) as usize)
            .or_insert_with(|| Turned {
                _original: galley.clone(),
                galley: Arc::new(turned(galley, self.from_right)),
                seen: pass,
            });
        known.seen = pass;
        known.galley.clone()
    }
}

impl egui::Plugin for Letters {
    fn debug_name(&self) -> &'static str {
        "letters"
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let from_right = from_right(ctx);
        if self.from_right != from_right {
            self.from_right = from_right;
            self.turned.clear();
        }
        self.pass += 1;
        for clipped in &mut output.shapes {
            self.shape(&mut clipped.shape);
        }
        // egui keeps what it laid out while it is painted; so is this.
        let pass = self.pass;
        self.turned.retain(|_, turned| turned.seen + 1 >= pass);
    }
}

/// Which way a text is read as a whole: as its first letter is, and as the interface where it has such words at all.
pub(super) fn text_from_right(text: &str, interface_from_right: bool) -> bool {
    interface_from_right && text.chars().any(runs_from_right) || order::begins_from_right(text)
}

fn turned(galley: &Galley, interface_from_right: bool) -> Galley {
    let text = &galley.job.text;
    let from_right = text_from_right(text, interface_from_right);
    let mut galley = galley.clone();
    let step = 1.0 / galley.pixels_per_point;
    for placed in &mut galley.rows {
        turn_row(Arc::make_mut(&mut placed.row), from_right, step);
    }
    galley
}

/// What is moved as one: a word of a script from right to left, in which the shaper has set each letter, or one
/// letter of another with its marks.
struct Piece {
    first: usize,
    end: usize,
    start: f32,
    stands_for: char,
}

fn turn_row(row: &mut Row, from_right: bool, step: f32) {
    let pieces = pieces(row);
    let blank = |piece: &Piece| piece.stands_for.is_whitespace();
    // What is blank at the ends of a row stays where it is: alignment has counted without it.
    let Some(from) = pieces.iter().position(|piece| !blank(piece)) else {
        return;
    };
    let to = pieces
        .iter()
        .rposition(|piece| !blank(piece))
        .map_or(from, |at| at + 1);
    let after = pieces.get(to).map_or_else(
        || row.glyphs.iter().map(|glyph| glyph.max_x()).fold(0.0, f32::max),
        |piece| piece.start,
    );
    let pieces = &pieces[from..to];
    let letters: String = pieces.iter().map(|piece| piece.stands_for).collect();
    let mut x = pieces[0].start;
    for place in order::visual(&letters, from_right) {
        let piece = &pieces[place.piece];
        let end = pieces.get(place.piece + 1).map_or(after, |next| next.start);
        let by = x - piece.start;
        for at in piece.first..piece.end {
            move_glyph(row, at, by, place.mirrored);
        }
        turn_digits(row, piece.first..piece.end, step);
        // Whole pixels: letters were drawn for where they stood.
        x += ((end - piece.start) / step).round() * step;
    }
    row.visuals.mesh_bounds = row.visuals.mesh.calc_bounds();
}

/// The pieces of a row, in the order they are read in.
fn pieces(row: &Row) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let glyphs = &row.glyphs;
    let mut at = 0;
    while at < glyphs.len() {
        let length = glyphs[at..].iter().take_while(|glyph| in_word(glyph.chr)).count();
        let word = &glyphs[at..at + length];
        let letter = word.iter().find(|glyph| is_letter(glyph.chr));
        // A number in the digits of such a script is one, too: the shaper has set it from right to left.
        let number = || word.iter().find(|glyph| is_digit(glyph));
        if let Some(letter) = letter.or_else(number) {
            // A mark stands before its letter and where that puts it: the letter says where the word begins.
            let start = word
                .iter()
                .find(|glyph| glyph.advance_width > 0.0)
                .unwrap_or(letter);
            pieces.push(Piece {
                first: at,
                end: at + length,
                start: start.pos.x,
                stands_for: letter.chr,
            });
            at += length;
            continue;
        }
        let glyph = &glyphs[at];
        let control = matches!(
            bidi_class(glyph.chr),
            BidiClass::FSI | BidiClass::PDI | BidiClass::LRI | BidiClass::RLI
        );
        match pieces.last_mut() {
            // A mark, or the rest of a letter of several characters.
            Some(before) if glyph.advance_width == 0.0 && !control => before.end = at + 1,
            _ => pieces.push(Piece {
                first: at,
                end: at + 1,
                start: glyph.pos.x,
                stands_for: glyph.chr,
            }),
        }
        at += 1;
    }
    pieces
}

/// Belongs to a word that the shaper sets from right to left: its letters, marks, and the signs of the same face.
fn in_word(c: char) -> bool {
    runs_from_right(c) || matches!(c, '\u{200C}' | '\u{200D}')
}

fn is_letter(c: char) -> bool {
    matches!(bidi_class(c), BidiClass::R | BidiClass::AL) && c.is_alphabetic()
}

fn is_digit(glyph: &Glyph) -> bool {
    glyph.advance_width > 0.0 && matches!(bidi_class(glyph.chr), BidiClass::AN | BidiClass::EN)
}

/// Digits within a word that the shaper set from right to left with its letters: a number is read the other way.
fn turn_digits(row: &mut Row, word: core::ops::Range<usize>, step: f32) {
    let mut at = word.start;
    while at < word.end {
        let number = row.glyphs[at..word.end]
            .iter()
            .take_while(|glyph| is_digit(glyph));
        let count = number.count();
        if count > 1 {
            let last = &row.glyphs[at + count - 1];
            let ends = row.glyphs[at].pos.x + last.pos.x + last.advance_width;
            for at in at..at + count {
                let glyph = &row.glyphs[at];
                let by = ends - 2.0 * glyph.pos.x - glyph.advance_width;
                move_glyph(row, at, (by / step).round() * step, false);
            }
        }
        at += count.max(1);
    }
}

fn move_glyph(row: &mut Row, at: usize, by: f32, mirrored: bool) {
    let glyph = &mut row.glyphs[at];
    glyph.pos.x += by;
    if glyph.uv_rect.is_nothing() {
        return;
    }
    let twice_middle = 2.0 * glyph.pos.x + glyph.advance_width;
    let first = glyph.first_vertex as usize;
    for vertex in row.visuals.mesh.vertices.iter_mut().skip(first).take(4) {
        vertex.pos.x += by;
        if mirrored {
            // The letter's picture turned over is the other bracket.
            vertex.pos.x = twice_middle - vertex.pos.x;
        }
    }
}

#[cfg(test)]
mod tests;
