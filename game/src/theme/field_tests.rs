//! Fields under real keys and presses, without a window: where the cursor is, what is lit and what is written.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::theme::faces::all_for_tests;
use crate::theme::{Appearance, apply, give_letters};
use bevy_egui::egui::{Context, PointerButton, RawInput, Shape};

/// A page with one field in it.
struct Page {
    ctx: Context,
    text: String,
    paragraph: bool,
    width: f32,
    shapes: Vec<Shape>,
    entered: bool,
    time: f64,
}

impl Page {
    fn new(text: &str, paragraph: bool) -> Self {
        let ctx = Context::default();
        give_letters(&ctx, &all_for_tests());
        apply(&ctx, &Appearance::default());
        let mut page = Self {
            ctx,
            text: text.to_owned(),
            paragraph,
            width: 300.0,
            shapes: Vec::new(),
            entered: false,
            time: 0.0,
        };
        page.frame(Vec::new());
        page.ctx.memory_mut(|memory| memory.request_focus(id()));
        page.frame(Vec::new());
        page.frame(Vec::new());
        page
    }

    fn from_right(text: &str, paragraph: bool) -> Self {
        let mut page = Self::new(text, paragraph);
        letters::set_from_right(&page.ctx, true);
        page.frame(Vec::new());
        page
    }

    fn frame(&mut self, events: Vec<Event>) {
        self.time += 0.01;
        let input = RawInput {
            events,
            time: Some(self.time),
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0))),
            focused: true,
            ..RawInput::default()
        };
        let (text, paragraph, width) = (&mut self.text, self.paragraph, self.width);
        let mut entered = false;
        let mut output = self.ctx.clone().run_ui(input, |ui| {
            ui.set_max_width(width);
            let field = if paragraph {
                Field::paragraph(text, 500)
            } else {
                Field::line(text, 400)
            };
            entered |= field.id(id()).hint("hint").show(ui).entered;
        });
        output.textures_delta.clear();
        self.shapes = output.shapes.into_iter().map(|clipped| clipped.shape).collect();
        self.entered = entered;
    }

    /// One frame for each key, as a person presses them.
    fn press(&mut self, keys: &[Event]) {
        for key in keys {
            self.frame(vec![key.clone()]);
        }
    }

    fn write(&mut self, text: &str) {
        for c in text.chars() {
            self.frame(vec![Event::Text(c.to_string())]);
        }
    }

    fn click(&mut self, at: Pos2) {
        for pressed in [true, false] {
            self.frame(vec![
                Event::PointerMoved(at),
                Event::PointerButton {
                    pos: at,
                    button: PointerButton::Primary,
                    pressed,
                    modifiers: Modifiers::NONE,
                },
            ]);
            // Slowly enough to be no double click.
            self.time += 1.0;
        }
        self.frame(Vec::new());
    }

    /// Where the cursor is painted.
    fn cursor(&self) -> Pos2 {
        let colour = palette(&self.ctx).amber;
        let line = self.shapes.iter().find_map(|shape| match shape {
            Shape::LineSegment { points, stroke } if stroke.color == colour => {
                Some(points[0].lerp(points[1], 0.5))
            }
            _ => None,
        });
        line.expect("a cursor is painted")
    }

    /// What is painted, piece by piece from left to right, and where each begins and ends.
    fn pieces(&self) -> Vec<(String, f32, f32)> {
        let mut pieces: Vec<(String, f32, f32)> = self
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Text(text) if text.galley.num_vertices > 0 => {
                    let width = text.galley.rows[0].size.x;
                    Some((text.galley.text().to_owned(), text.pos.x, text.pos.x + width))
                }
                _ => None,
            })
            .collect();
        pieces.sort_by(|a, b| a.1.total_cmp(&b.1));
        pieces
    }

    fn lit(&self) -> Vec<Rect> {
        let colour = palette(&self.ctx).amber.gamma_multiply(crate::theme::SELECTED);
        let rects = self.shapes.iter().filter_map(|shape| match shape {
            Shape::Rect(rect) if rect.fill == colour => Some(rect.rect),
            _ => None,
        });
        rects.collect()
    }

    fn selected(&self) -> (usize, usize) {
        let state = TextEditState::load(&self.ctx, id()).unwrap();
        let range = state.cursor.char_range().unwrap().as_sorted_char_range();
        (range.start.0, range.end.0)
    }
}

fn id() -> Id {
    Id::new("the field")
}

fn key(key: Key) -> Event {
    with(key, Modifiers::NONE)
}

fn with(key: Key, modifiers: Modifiers) -> Event {
    Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    }
}

#[test]
fn arabic_is_written_from_the_right_edge_to_the_left_and_the_cursor_leads() {
    let mut page = Page::from_right("", false);
    let edge = page.cursor().x;
    assert!(edge > 270.0, "an empty field begins at the right: {edge}");
    let mut written = String::new();
    for c in "سلام".chars() {
        page.write(&c.to_string());
        written.push(c);
        page.frame(Vec::new());
        let [(word, left, right)] = &page.pieces()[..] else {
            panic!("{:?}", page.pieces())
        };
        assert_eq!(*word, written, "joined, so in one piece");
        assert!((right - edge).abs() < 1.5, "{right} {edge}");
        let cursor = page.cursor().x;
        assert!(
            (left - cursor).abs() < 1.5 && cursor < edge - 5.0,
            "{left} {cursor}"
        );
    }
    assert_eq!(page.text, "سلام");
}

#[test]
fn arabic_in_an_interface_from_the_left_goes_to_the_right_edge_too() {
    let mut page = Page::new("", false);
    assert!(page.cursor().x < 60.0);
    page.write("سلام");
    assert!(page.pieces()[0].2 > 270.0);
}

#[test]
fn arrows_go_to_the_side_they_show() {
    let mut page = Page::from_right("سلام abc", false);
    page.press(&[key(Key::Home)]);
    let mut xs = vec![page.cursor().x];
    for _ in 0..8 {
        page.press(&[key(Key::ArrowLeft)]);
        xs.push(page.cursor().x);
    }
    assert!(xs.windows(2).all(|pair| pair[1] < pair[0] - 1.0), "{xs:?}");
    page.press(&[key(Key::ArrowLeft)]);
    assert_eq!(page.cursor().x, xs[8], "at the edge");
    for at in (0..8).rev() {
        page.press(&[key(Key::ArrowRight)]);
        assert!((page.cursor().x - xs[at]).abs() < 0.5, "{at}");
    }
}

#[test]
fn what_is_written_in_the_middle_stands_where_the_cursor_was() {
    let mut page = Page::from_right("سم", false);
    page.press(&[key(Key::ArrowRight)]);
    page.write("ل");
    assert_eq!(page.text, "سلم");
    page.press(&[key(Key::Backspace)]);
    assert_eq!(page.text, "سم");
    page.press(&[key(Key::Delete)]);
    assert_eq!(page.text, "س");
    // Letters go with their marks, emoji as one.
    let mut page = Page::new("ab\u{64e}👩\u{200D}🚀", false);
    page.press(&[key(Key::Backspace)]);
    assert_eq!(page.text, "ab\u{64e}");
    page.press(&[key(Key::Backspace)]);
    assert_eq!(page.text, "a");
    let mut page = Page::new("👩\u{200D}🚀a", false);
    page.press(&[key(Key::Home), key(Key::Delete)]);
    assert_eq!(page.text, "a");
}

#[test]
fn a_press_puts_the_cursor_where_it_was_in_every_direction() {
    for text in ["hello there", "سلام عليكم", "سلام abc عليكم 12", "see سلام here"] {
        let mut page = Page::new(text, false);
        page.press(&[key(Key::Home)]);
        let mut places = Vec::new();
        // All places of the row, by walking from the left edge.
        for _ in 0..40 {
            page.press(&[key(Key::ArrowLeft)]);
        }
        for _ in 0..text.chars().count() {
            places.push((page.cursor(), page.selected().0));
            page.press(&[key(Key::ArrowRight)]);
        }
        for (at, _) in places {
            page.click(at);
            assert!(
                (page.cursor().x - at.x).abs() < 1.0,
                "{text}: {at} → {}",
                page.cursor()
            );
        }
        // And what is written then is there.
        let at = page.cursor();
        let before = page.text.clone();
        page.write("12");
        page.press(&[key(Key::Backspace), key(Key::Backspace)]);
        assert_eq!(page.text, before);
        assert!((page.cursor().x - at.x).abs() < 200.0);
    }
}

#[test]
fn what_is_selected_is_what_is_lit() {
    let mut page = Page::from_right("سلام عليكم", false);
    page.press(&[key(Key::Home)]);
    for _ in 0..4 {
        page.press(&[with(Key::ArrowLeft, Modifiers::SHIFT)]);
    }
    assert_eq!(page.selected(), (0, 4));
    let lit = page.lit();
    let word = page
        .pieces()
        .into_iter()
        .find(|(text, ..)| text == "سلام")
        .unwrap();
    assert_eq!(lit.len(), 1);
    assert!(
        (lit[0].left() - word.1).abs() < 1.5 && (lit[0].right() - word.2).abs() < 1.5,
        "{lit:?} {word:?}"
    );
    // Typing replaces exactly that.
    page.write("x");
    assert_eq!(page.text, "x عليكم");
    // Without Shift the cursor goes to that side of what was selected.
    let mut page = Page::from_right("سلام", false);
    page.press(&[with(Key::A, Modifiers::COMMAND)]);
    let word = page.pieces()[0].clone();
    page.press(&[key(Key::ArrowRight)]);
    assert!((page.cursor().x - word.2).abs() < 1.5);
    assert_eq!(page.selected(), (0, 0));
}

#[test]
fn a_press_that_is_dragged_selects_what_it_went_over() {
    let mut page = Page::new("see سلام here", false);
    let word = page
        .pieces()
        .into_iter()
        .find(|(text, ..)| text == "سلام")
        .unwrap();
    let y = page.cursor().y;
    let press = |x: f32, pressed: bool| {
        vec![
            Event::PointerMoved(pos2(x, y)),
            Event::PointerButton {
                pos: pos2(x, y),
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            },
        ]
    };
    page.frame(press(word.2 - 1.0, true));
    for step in 0..=10 {
        let x = word.2 - (word.2 - word.1 - 1.0) * step as f32 / 10.0;
        page.frame(vec![Event::PointerMoved(pos2(x, y))]);
    }
    page.frame(press(word.1 + 1.0, false));
    assert_eq!(page.selected(), (4, 8));
    page.press(&[key(Key::Backspace)]);
    assert_eq!(page.text, "see  here");
}

#[test]
fn two_presses_select_a_word() {
    let mut page = Page::new("see سلام here", false);
    let word = page
        .pieces()
        .into_iter()
        .find(|(text, ..)| text == "سلام")
        .unwrap();
    let at = pos2((word.1 + word.2) / 2.0, page.cursor().y);
    for pressed in [true, false, true, false] {
        page.frame(vec![
            Event::PointerMoved(at),
            Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            },
        ]);
    }
    assert_eq!(page.selected(), (4, 8));
}

#[test]
fn keys_of_one_frame_are_done_in_their_order() {
    let mut page = Page::new("", false);
    let text = |text: &str| Event::Text(text.to_owned());
    page.frame(vec![
        text("ac"),
        key(Key::ArrowLeft),
        text("b"),
        key(Key::End),
        text("d"),
        key(Key::Backspace),
        key(Key::Home),
        text("x"),
    ]);
    for _ in 0..4 {
        page.frame(Vec::new());
    }
    assert_eq!(page.text, "xabc");
}

#[test]
fn enter_in_a_paragraph_comes_after_what_was_typed_before_it() {
    let mut page = Page::new("", true);
    let text = |text: &str| Event::Text(text.to_owned());
    page.frame(vec![
        text("b"),
        key(Key::ArrowLeft),
        text("a"),
        key(Key::Enter),
        text("next"),
    ]);
    assert!(!page.entered);
    page.frame(Vec::new());
    assert!(page.entered && page.text == "ab", "{}", page.text);
    page.text.clear();
    page.frame(Vec::new());
    assert!(!page.entered);
    assert_eq!(page.text, "next");
}

#[test]
fn a_long_line_shows_the_cursor_and_without_it_the_beginning() {
    for (word, begins_right) in [("سلام عليكم ", true), ("hello there ", false)] {
        let mut page = Page::new(&word.repeat(12), false);
        page.press(&[key(Key::End)]);
        let at = page.cursor().x;
        assert!((0.0..=300.0).contains(&at));
        page.press(&[key(Key::Home)]);
        let home = page.cursor().x;
        assert!(
            (0.0..=300.0).contains(&home) && (home > 150.0) == begins_right,
            "{home}"
        );
        page.press(&[key(Key::End)]);
        page.ctx.memory_mut(|memory| memory.surrender_focus(id()));
        page.frame(Vec::new());
        page.frame(Vec::new());
        let pieces = page.pieces();
        let first = if begins_right {
            pieces.last()
        } else {
            pieces.first()
        }
        .unwrap();
        let edge = if begins_right { first.2 } else { first.1 };
        assert!((0.0..=310.0).contains(&edge), "{first:?}");
    }
}

#[test]
fn a_paragraph_is_broken_between_words_and_walked_up_and_down() {
    let text = "سلام عليكم يا أهل البحر كيف حالكم في هذا المساء الجميل عند الميناء";
    let mut page = Page::from_right(text, true);
    page.press(&[with(Key::Home, Modifiers::CTRL)]);
    let top = page.cursor();
    page.press(&[key(Key::ArrowDown)]);
    let below = page.cursor();
    assert!(below.y > top.y + 5.0, "{top} {below}");
    page.press(&[key(Key::ArrowUp)]);
    assert!((page.cursor() - top).length() < 1.0);
    page.press(&[key(Key::End)]);
    assert!(page.cursor().x < top.x && page.cursor().y == top.y);
    page.press(&[with(Key::End, Modifiers::CTRL)]);
    assert_eq!(page.selected().0, text.chars().count());
    // Every word is painted, once.
    let mut words: Vec<String> = page.pieces().into_iter().map(|(word, ..)| word).collect();
    let mut meant: Vec<String> = text.split(' ').map(str::to_owned).collect();
    words.sort();
    meant.sort();
    assert_eq!(words, meant);
}

#[test]
fn undo_takes_back_what_was_written() {
    let mut page = Page::new("", false);
    page.write("سلام");
    page.time += 5.0;
    page.frame(Vec::new());
    page.press(&[with(Key::Z, Modifiers::COMMAND)]);
    assert!(page.text.len() < "سلام".len());
}
