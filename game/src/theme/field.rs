//! Where a person writes: one line, or a paragraph that grows, in any direction.
//!
//! Flow: egui's `TextEdit` types, deletes, pastes, undoes and talks to input methods, on text that it lays out as
//! nothing to be seen; `letters::lines` sets what is written row by row, and says here where keys and presses lead and
//! where letters, selection and cursor are painted.
//! Invariants: keys do what they do in the order they were pressed, however many a frame brings; whoever asks egui for
//! the cursor (`TextEditState`) finds it.

use super::letters::lines::{self, Caret, Lines, Setting};
use super::letters::{self, text_from_right};
use super::palette;
use bevy_egui::egui::epaint::text::{Glyph, PlacedRow, RowVisuals};
use bevy_egui::egui::os::OperatingSystem;
use bevy_egui::egui::text::{CCursor, CCursorRange, CharIndex};
use bevy_egui::egui::text_edit::TextEditState;
use bevy_egui::egui::{
    self, Align, Color32, Event, EventFilter, FontId, Galley, Id, Key, Margin, Modifiers, Pos2, Rect,
    Response, RichText, Stroke, TextBuffer, TextEdit, TextStyle, Ui, pos2, vec2,
};
use core::ops::Range;
use std::sync::Arc;

/// Something to write in.
pub struct Field<'a> {
    text: &'a mut String,
    paragraph: bool,
    id: Option<Id>,
    hint: String,
    limit: usize,
    margin: Margin,
    filter: Option<EventFilter>,
}

/// What became of it in this frame.
pub struct Written {
    pub response: Response,
    /// Enter was pressed in a paragraph, which it does not break: the text has what was typed before it.
    pub entered: bool,
}

impl<'a> Field<'a> {
    /// One line. `limit` counts characters.
    pub fn line(text: &'a mut String, limit: usize) -> Self {
        Self {
            text,
            paragraph: false,
            id: None,
            hint: String::new(),
            limit,
            margin: Margin::symmetric(12, 11),
            filter: None,
        }
    }

    /// As many rows as it takes.
    pub fn paragraph(text: &'a mut String, limit: usize) -> Self {
        Self {
            paragraph: true,
            margin: Margin::symmetric(12, 10),
            ..Self::line(text, limit)
        }
    }

    #[must_use]
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Shown while nothing is written.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Which keys are its own.
    #[must_use]
    pub fn filter(mut self, filter: EventFilter) -> Self {
        self.filter = Some(filter);
        self
    }

    pub fn show(self, ui: &mut Ui) -> Written {
        let p = palette(ui.ctx());
        let id = self.id.unwrap_or_else(|| {
            let id = ui.next_auto_id();
            ui.skip_ahead_auto_ids(1);
            id
        });
        let pen = Pen::new(ui, self.paragraph);
        let mut held = Held::load(ui, id);
        // The width that egui will lay it out for.
        let mut room = (ui.available_width() - self.margin.sum().x).max(24.0);
        let hands = take_hands(ui, id, &mut held, self.paragraph);
        let moved = !hands.moves.is_empty();
        if moved {
            let set = pen.set(ui, self.text, room);
            go(ui, id, &mut held, self.text, &set, &hands.moves);
        }

        let was_empty = self.text.is_empty();
        let mut set = None;
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
            let lines = pen.set(ui, text.as_str(), width);
            let nothing = pen.nothing_to_see(text.as_str(), &lines);
            (room, set) = (width, Some(lines));
            nothing
        };
        let at_right = pen.at_right(self.text);
        let mut letters = Letters(&mut *self.text);
        let mut edit = if self.paragraph {
            TextEdit::multiline(&mut letters).desired_rows(1).return_key(None)
        } else {
            TextEdit::singleline(&mut letters)
        };
        if let Some(filter) = self.filter {
            edit = edit.event_filter(filter);
        }
        let edit = edit
            .id(id)
            .char_limit(self.limit)
            .hint_text(RichText::new(self.hint).color(p.mist))
            .margin(self.margin)
            .background_color(p.ink)
            .horizontal_align(if at_right { Align::Max } else { Align::Min })
            .desired_width(f32::INFINITY)
            .layouter(&mut layouter);
        // Its cursor and its selection are where a line from left to right would have them; its border is what says that
        // one can write here.
        let usual = ui.style().clone();
        let visuals = ui.visuals_mut();
        visuals.text_cursor.stroke = Stroke::NONE;
        visuals.selection.bg_fill = Color32::TRANSPARENT;
        visuals.widgets.inactive.bg_stroke.color = p.reed;
        let mut output = edit.show(ui);
        ui.set_style(usual);

        let response = output.response.response.clone();
        let lines = set.unwrap_or_default();
        let frame = Frame {
            inner: output.text_clip_rect,
            top: output.galley_pos.y,
            at_right,
            paragraph: self.paragraph,
            row_height: pen.row_height,
        };
        let mut touched = moved || response.changed();
        if let Some(at) = response.interact_pointer_pos() {
            let origin = frame.origin(&lines, held.offset);
            let row = ((at.y - origin.y) / pen.row_height).floor().max(0.0) as usize;
            let hit = lines.hit(row.min(lines.rows.len().saturating_sub(1)), at.x - origin.x);
            let dragged = ui.ctx().is_being_dragged(id);
            let state = &mut output.state;
            if state
                .cursor
                .pointer_interaction(ui, &response, cursor(hit), &output.galley, dragged)
            {
                held.caret = Some(hit);
                held.column = None;
                state.clone().store(ui.ctx(), id);
                touched = true;
            }
        }
        let range = output.state.cursor.char_range();
        let count = self.text.chars().count();
        let caret = range.map(|range| {
            let at = range.primary.index.0.min(count);
            let known = held.caret.filter(|caret| caret.at == at && !response.changed());
            known.unwrap_or_else(|| lines.rest(at))
        });
        if held.caret != caret {
            touched = true;
            held.caret = caret;
        }
        let focused = response.has_focus();
        held.offset = frame.scrolled(
            &lines,
            held.offset,
            caret.filter(|_| focused),
            pen.reads_from_right(self.text),
        );
        let now = ui.input(|input| input.time);
        if touched {
            held.moved_at = now;
        }
        if ui.is_rect_visible(response.rect) {
            let selected = range
                .map(|range| range.as_sorted_char_range())
                .filter(|_| focused);
            let painted = Painted {
                lines: &lines,
                under_hint: was_empty,
                selected: selected.map_or(0..0, |range| range.start.0..range.end.0),
                caret: caret.filter(|_| focused && ui.input(|input| input.focused)),
            };
            let cursor = frame.paint(ui, &pen, &painted, &held, now);
            if touched && let Some(cursor) = cursor {
                ui.scroll_to_rect(cursor, None);
            }
        }
        held.store(ui, id);
        Written {
            response,
            entered: hands.entered,
        }
    }
}

/// What is kept of a field from frame to frame, beside what egui keeps.
#[derive(Clone, Debug, Default)]
struct Held {
    caret: Option<Caret>,
    /// Where on the row one was, while one goes up and down.
    column: Option<f32>,
    /// How much of a long line is out of sight at the left.
    offset: f32,
    moved_at: f64,
    /// What the hands did after what this frame could do in order, and in which pass.
    waiting: Vec<Event>,
    pass: u64,
}

impl Held {
    fn load(ui: &Ui, id: Id) -> Self {
        ui.ctx()
            .data(|data| data.get_temp(id.with("held")))
            .unwrap_or_default()
    }

    fn store(self, ui: &Ui, id: Id) {
        ui.ctx().data_mut(|data| data.insert_temp(id.with("held"), self));
    }
}

/// What the hands do to a field before egui has its turn.
struct Hands {
    moves: Vec<(Key, Modifiers)>,
    entered: bool,
}

/// Takes the keys that move the cursor out of the frame's events: those before everything that changes the text. What
/// comes after such a change waits for the next frame, so that all of it happens in the order of the hands.
fn take_hands(ui: &Ui, id: Id, held: &mut Held, paragraph: bool) -> Hands {
    let mut hands = Hands {
        moves: Vec::new(),
        entered: false,
    };
    let pass = ui.ctx().cumulative_pass_nr();
    let mut events = core::mem::take(&mut held.waiting);
    // Of a field that was gone in between nothing is left to be done.
    if held.pass + 1 < pass {
        events.clear();
    }
    held.pass = pass;
    if !ui.memory(|memory| memory.has_focus(id)) {
        return hands;
    }
    ui.input_mut(|input| {
        events.append(&mut input.events);
        let mut changed = false;
        for event in events {
            let by_hand = matches!(
                event,
                Event::Text(_) | Event::Paste(_) | Event::Copy | Event::Cut | Event::Key { .. } | Event::Ime(_)
            );
            if by_hand && !held.waiting.is_empty() {
                held.waiting.push(event);
                continue;
            }
            match event {
                Event::Key {
                    key: Key::Enter,
                    pressed: true,
                    modifiers,
                    ..
                } if paragraph && !hands.entered && modifiers.matches_logically(Modifiers::NONE) => {
                    hands.entered = true;
                }
                _ if by_hand && hands.entered => held.waiting.push(event),
                Event::Key {
                    key: key @ (Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown | Key::Home | Key::End),
                    pressed: true,
                    modifiers,
                    ..
                } if !changed => hands.moves.push((key, modifiers)),
                Event::Key {
                    key: Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown | Key::Home | Key::End,
                    pressed: true,
                    ..
                } => held.waiting.push(event),
                _ => {
                    changed |= by_hand && !matches!(event, Event::Key { pressed: false, .. });
                    input.events.push(event);
                }
            }
        }
    });
    if !held.waiting.is_empty() {
        ui.ctx().request_repaint();
    }
    hands
}

/// Moves the cursor, and what is selected with it.
fn go(ui: &Ui, id: Id, held: &mut Held, text: &str, lines: &Lines, moves: &[(Key, Modifiers)]) {
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let count = text.chars().count();
    let range = state.cursor.char_range();
    let place = |cursor: CCursor| cursor.index.0.min(count);
    let (at, mut other) = range.map_or((count, count), |range| {
        (place(range.primary), place(range.secondary))
    });
    let mut caret = held
        .caret
        .filter(|caret| caret.at == at)
        .unwrap_or_else(|| lines.rest(at));
    let mac = matches!(ui.ctx().os(), OperatingSystem::Mac | OperatingSystem::IOS);
    for (key, modifiers) in moves {
        let by_word = if mac { modifiers.alt } else { modifiers.ctrl };
        let to_edge = mac && modifiers.mac_cmd;
        let to_text = modifiers.command;
        let column = held.column.take();
        caret = match key {
            Key::ArrowLeft | Key::ArrowRight => {
                let right = *key == Key::ArrowRight;
                let forward = right != lines.from_right;
                if caret.at != other && modifiers.is_none() {
                    lines.outer(caret, lines.rest(other), right)
                } else if to_edge && forward {
                    lines.end(caret, false)
                } else if to_edge {
                    lines.home(caret, false)
                } else if by_word {
                    lines.rest(lines::word(text, caret.at, forward))
                } else {
                    lines.step(caret, right)
                }
            }
            Key::ArrowUp if to_text => lines.home(caret, true),
            Key::ArrowDown if to_text => lines.end(caret, true),
            Key::ArrowUp | Key::ArrowDown => {
                let column = column.unwrap_or_else(|| lines.spot(caret).x);
                held.column = Some(column);
                lines.climb(caret, *key == Key::ArrowDown, column)
            }
            Key::Home => lines.home(caret, modifiers.ctrl),
            _ => lines.end(caret, modifiers.ctrl),
        };
        if !modifiers.shift {
            other = caret.at;
        }
    }
    held.caret = Some(caret);
    state.cursor.set_char_range(Some(CCursorRange {
        primary: cursor(caret),
        secondary: CCursor::new(other),
        h_pos: None,
    }));
    state.store(ui.ctx(), id);
}

fn cursor(caret: Caret) -> CCursor {
    CCursor {
        index: CharIndex(caret.at),
        prefer_next_row: caret.to_next,
    }
}

/// With what a field is written.
struct Pen {
    font: FontId,
    colour: Color32,
    row_height: f32,
    pixel: f32,
    paragraph: bool,
    interface_from_right: bool,
    /// Something laid out, for the parts of a layout that only egui can make.
    sample: Arc<Galley>,
}

impl Pen {
    fn new(ui: &Ui, paragraph: bool) -> Self {
        let font = TextStyle::Body.resolve(ui.style());
        let colour = ui.visuals().widgets.inactive.text_color();
        let sample = ui.painter().layout_no_wrap("x".to_owned(), font.clone(), colour);
        Self {
            row_height: sample.size().y,
            pixel: 1.0 / ui.ctx().pixels_per_point(),
            font,
            colour,
            paragraph,
            interface_from_right: letters::from_right(ui.ctx()),
            sample,
        }
    }

    fn reads_from_right(&self, text: &str) -> bool {
        text_from_right(text, self.interface_from_right)
    }

    fn at_right(&self, text: &str) -> bool {
        self.interface_from_right || self.reads_from_right(text)
    }

    fn set(&self, ui: &Ui, text: &str, room: f32) -> Lines {
        let how = Setting {
            from_right: self.reads_from_right(text),
            at_right: self.at_right(text),
            room: if self.paragraph { room } else { f32::INFINITY },
            pixel: self.pixel,
        };
        Lines::set(text, &how, &mut |piece, from_right| {
            self.measure(ui, piece, from_right)
        })
    }

    fn laid_out(&self, ui: &Ui, piece: &str) -> Arc<Galley> {
        ui.painter()
            .layout_no_wrap(piece.to_owned(), self.font.clone(), self.colour)
    }

    /// How far each letter of a piece reaches, from the side it begins at.
    fn measure(&self, ui: &Ui, piece: &str, from_right: bool) -> Vec<f32> {
        let galley = self.laid_out(ui, piece);
        let Some(row) = galley.rows.first() else {
            return Vec::new();
        };
        if from_right {
            // In the order they are seen in, and behind them once more those that share a picture.
            let pictures: Vec<(char, f32)> = row
                .glyphs
                .iter()
                .rev()
                .filter(|glyph| glyph.advance_width > 0.0)
                .map(|glyph| (glyph.chr, glyph.advance_width))
                .collect();
            return lines::reaches(piece, &pictures);
        }
        let count = piece.chars().count();
        let place = |end: usize| match row.glyphs.get(end) {
            Some(glyph) if row.glyphs.len() == count => glyph.pos.x,
            None if row.glyphs.len() == count => row.size.x,
            _ => row.size.x * end as f32 / count as f32,
        };
        lines::letter_ends(piece).map(place).collect()
    }

    /// What egui counts in: one glyph for each character where its caret is, and no pictures.
    fn nothing_to_see(&self, text: &str, lines: &Lines) -> Arc<Galley> {
        let mut galley = Galley::clone(&self.sample);
        let Some((placed, glyph)) = galley
            .rows
            .first()
            .and_then(|row| Some((row.clone(), *row.glyphs.first()?)))
        else {
            return self.sample.clone();
        };
        let mut chars = text.chars();
        let last = lines.rows.len().saturating_sub(1);
        galley.rows = (0..)
            .zip(&lines.rows)
            .map(|(at, row): (usize, _)| {
                let x = |at| {
                    lines
                        .spot(Caret {
                            at,
                            to_next: at == row.chars.start,
                        })
                        .x
                };
                let glyphs = row.chars.clone().map(|at| {
                    let mut glyph: Glyph = glyph;
                    glyph.chr = chars.next().unwrap_or(' ');
                    glyph.pos.x = x(at);
                    glyph.advance_width = 0.0;
                    glyph.uv_rect = Default::default();
                    glyph.first_vertex = 0;
                    glyph
                });
                let glyphs: Vec<Glyph> = glyphs.collect();
                let ends_with_newline = !row.goes_on && at < last;
                if ends_with_newline {
                    chars.next();
                }
                let mut placed: PlacedRow = placed.clone();
                placed.pos = pos2(0.0, at as f32 * self.row_height);
                placed.ends_with_newline = ends_with_newline;
                let inside = Arc::make_mut(&mut placed.row);
                inside.glyphs = glyphs;
                inside.size = vec2(x(row.chars.end), self.row_height);
                inside.visuals = RowVisuals::default();
                placed
            })
            .collect();
        galley.job = Arc::new(egui::text::LayoutJob::simple(
            text.to_owned(),
            self.font.clone(),
            self.colour,
            f32::INFINITY,
        ));
        galley.rect = Rect::from_min_size(Pos2::ZERO, vec2(lines.width, (last + 1) as f32 * self.row_height));
        galley.mesh_bounds = Rect::NOTHING;
        (galley.num_vertices, galley.num_indices) = (0, 0);
        Arc::new(galley)
    }
}

/// What is painted in a field.
struct Painted<'a> {
    lines: &'a Lines,
    /// egui shows the hint in the frame of the first letter, too: no letter is painted over it.
    under_hint: bool,
    selected: Range<usize>,
    caret: Option<Caret>,
}

/// Where a field is.
struct Frame {
    inner: Rect,
    top: f32,
    at_right: bool,
    paragraph: bool,
    row_height: f32,
}

impl Frame {
    /// Where its rows are counted from.
    fn origin(&self, lines: &Lines, offset: f32) -> Pos2 {
        let left = if self.paragraph {
            self.inner.left()
        } else if lines.width > self.inner.width() {
            self.inner.left() - offset
        } else if self.at_right {
            self.inner.right() - lines.width
        } else {
            self.inner.left()
        };
        pos2(left, self.top)
    }

    /// How much of a long line is left of what is seen: the cursor is in sight, or where one begins to read.
    fn scrolled(&self, lines: &Lines, offset: f32, caret: Option<Caret>, from_right: bool) -> f32 {
        let most = (lines.width - self.inner.width()).max(0.0);
        let offset = match caret {
            Some(caret) => {
                let x = lines.spot(caret).x;
                offset.clamp((x - self.inner.width()).max(0.0), x.max(0.0))
            }
            None if from_right => most,
            None => 0.0,
        };
        offset.clamp(0.0, most)
    }

    /// Where the cursor is.
    fn paint(&self, ui: &Ui, pen: &Pen, what: &Painted, held: &Held, now: f64) -> Option<Rect> {
        let painter = ui.painter_at(self.inner.expand(1.0));
        let origin = self.origin(what.lines, held.offset);
        let row = |row: usize| origin.y + row as f32 * self.row_height;
        let visuals = ui.visuals();
        for (at, left, right) in what.lines.lit(what.selected.clone()) {
            let lit = Rect::from_x_y_ranges(
                origin.x + left..=origin.x + right,
                row(at)..=row(at) + self.row_height,
            );
            painter.rect_filled(lit, 0.0, visuals.selection.bg_fill);
        }
        for (at, line) in what.lines.rows.iter().enumerate() {
            for piece in line.pieces.iter().filter(|_| !what.under_hint) {
                let galley = pen.laid_out(ui, &piece.text);
                painter.galley(pos2(origin.x + piece.left, row(at)), galley, pen.colour);
            }
        }
        let spot = what.lines.spot(what.caret?);
        // Blanks at the end of a row may lie behind its edge.
        let x = (origin.x + spot.x).clamp(self.inner.left(), self.inner.right());
        let cursor = Rect::from_x_y_ranges(x..=x, row(spot.row)..=row(spot.row) + self.row_height);
        let blink = &visuals.text_cursor;
        let period = f64::from(blink.on_duration + blink.off_duration);
        let since = (now - held.moved_at).rem_euclid(period) as f32;
        let on = !blink.blink || super::still(ui.ctx()) || since < blink.on_duration;
        if on {
            painter.line_segment([cursor.center_top(), cursor.center_bottom()], blink.stroke);
        }
        if blink.blink && !super::still(ui.ctx()) {
            let wait = if on { blink.on_duration } else { period as f32 };
            ui.ctx()
                .request_repaint_after(core::time::Duration::from_secs_f32((wait - since).max(0.0)));
        }
        Some(cursor)
    }
}

/// Text of which letters are deleted with their marks.
struct Letters<'a>(&'a mut String);

impl TextBuffer for Letters<'_> {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        self.0
    }

    fn insert_text(&mut self, text: &str, at: CharIndex) -> usize {
        self.0.insert_text(text, at)
    }

    fn delete_char_range(&mut self, range: Range<CharIndex>) {
        self.0.delete_char_range(range);
    }

    fn delete_previous_char(&mut self, cursor: CCursor) -> CCursor {
        let start = lines::letter_before(self.0, cursor.index.0);
        self.delete_selected_ccursor_range([CCursor::new(start), cursor])
    }

    fn delete_next_char(&mut self, cursor: CCursor) -> CCursor {
        let end = lines::letter_after(self.0, cursor.index.0);
        self.delete_selected_ccursor_range([cursor, CCursor::new(end)])
    }

    fn type_id(&self) -> core::any::TypeId {
        core::any::TypeId::of::<Letters<'static>>()
    }
}

#[cfg(test)]
#[path = "field_tests.rs"]
mod tests;
