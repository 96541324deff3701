//! The log as it is drawn: who, when, how far it was heard, and what was said, with names and links lit up.
//!
//! Flow: lines and a width → [`Layouts`], which makes the paragraphs of a line once → only what is in view is laid out
//! and painted.
//! Invariant: the work of a frame grows with what is seen of the log, not with the log.

use super::{ChatLine, Reach, links};
use crate::theme;
use crate::words::Words;
use bevy_egui::egui::text::LayoutJob;
use bevy_egui::egui::{self, Color32, FontId, Rect, Response, Sense, TextFormat, Ui, Vec2};
use std::collections::HashMap;
use std::ops::Range;

/// Lines of one person within this are one paragraph under one name, seconds.
const TOGETHER_SECS: u64 = 240;
/// Points between paragraphs, between lines of one paragraph, and around what is lit up.
const APART: f32 = 10.0;
const LINE_GAP: f32 = 3.0;
const INSET: f32 = 6.0;
/// Room for the bar beside the log, points.
const BAR: f32 = 10.0;

/// What the paragraphs of all lines depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Paper {
    width: f32,
    scale: f32,
    pixels_per_point: f32,
    dress: u32,
}

#[derive(Debug)]
struct Layout {
    version: u32,
    text: LayoutJob,
    links: Vec<Range<usize>>,
    height: f32,
}

/// Paragraphs and heights, kept between frames. Galleys are egui's to keep: it throws them away with its letters.
#[derive(Debug, Default)]
pub(super) struct Layouts {
    paper: Paper,
    made: HashMap<u64, Layout>,
    /// Paragraphs made since the beginning.
    pub(super) count: u64,
}

/// A line on its way to the screen.
pub(super) struct Shown<'a> {
    pub line: &'a ChatLine,
    pub colour: Color32,
    /// When it was said, in words; empty where nobody wants to know.
    pub time: String,
    /// It begins a paragraph: with its name.
    pub headed: bool,
    /// The first one that is new.
    pub first_new: bool,
}

/// What somebody did with a line.
pub(super) enum Pressed {
    Line(u64),
    Link(u64, String),
}

/// Whether a line goes on the paragraph of the one before.
pub(super) fn goes_on(line: &ChatLine, before: Option<&ChatLine>) -> bool {
    before.is_some_and(|before| {
        before.account == line.account
            && before.name == line.name
            && before.reach == line.reach
            && line.at_secs.saturating_sub(before.at_secs) < TOGETHER_SECS
    })
}

fn body(ui: &Ui) -> FontId {
    FontId::proportional(15.5 * theme::text_scale(ui.ctx()))
}

fn small(ui: &Ui) -> FontId {
    FontId::proportional(12.0 * theme::text_scale(ui.ctx()))
}

/// Where lines begin.
fn side(ui: &Ui) -> egui::Align {
    if theme::letters::from_right(ui.ctx()) {
        egui::Align::RIGHT
    } else {
        egui::Align::LEFT
    }
}

/// The text of a line as a paragraph: names and links lit up, what became of it behind it.
fn paragraph(ui: &Ui, line: &ChatLine, words: &Words, width: f32) -> (LayoutJob, Vec<Range<usize>>) {
    let p = theme::palette(ui.ctx());
    let mut job = LayoutJob {
        halign: side(ui),
        ..LayoutJob::default()
    };
    job.wrap.max_width = width;
    let format = |color: Color32| TextFormat {
        font_id: body(ui),
        color,
        ..Default::default()
    };
    if line.taken_back {
        let mut quiet = format(p.mist);
        quiet.italics = true;
        job.append(&words.say("chat-taken-back"), 0.0, quiet);
        return (job, Vec::new());
    }
    let found = links::find(&line.text);
    // Where the look changes: at the edges of links and of names.
    let mut marks: Vec<(Range<usize>, bool)> = found.iter().map(|link| (link.clone(), true)).collect();
    let outside = |name: &&Range<usize>| {
        !found
            .iter()
            .any(|link| link.start < name.end && name.start < link.end)
    };
    marks.extend(
        line.named
            .iter()
            .filter(outside)
            .map(|name| (name.clone(), false)),
    );
    marks.sort_by_key(|(place, _)| place.start);
    let mut at = 0;
    for (place, is_link) in marks {
        job.append(
            line.text.get(at..place.start).unwrap_or_default(),
            0.0,
            format(p.foam),
        );
        let mut lit = format(p.amber);
        if is_link {
            lit.underline = egui::Stroke::new(1.0, p.amber);
        } else {
            lit.font_id.family = theme::bold();
        }
        job.append(line.text.get(place.clone()).unwrap_or_default(), 0.0, lit);
        at = place.end;
    }
    job.append(line.text.get(at..).unwrap_or_default(), 0.0, format(p.foam));
    if line.edited {
        let mut quiet = format(p.mist);
        quiet.font_id = small(ui);
        // A blank of the text, not room before a section: that would be on the wrong side where it runs from the right.
        job.append(&format!(" {}", words.say("chat-edited")), 0.0, quiet);
    }
    (job, found)
}

impl Layouts {
    /// Everything looks different now: colours, letters or language changed.
    pub(super) fn change_dress(&mut self) {
        self.paper.dress = self.paper.dress.wrapping_add(1);
        self.made.clear();
    }

    /// Forgets lines that are gone.
    pub(super) fn keep(&mut self, is_there: impl Fn(u64) -> bool) {
        self.made.retain(|id, _| is_there(*id));
    }

    fn height(&mut self, ui: &Ui, line: &ChatLine, words: &Words, width: f32) -> f32 {
        let paper = Paper {
            width,
            scale: theme::text_scale(ui.ctx()),
            pixels_per_point: ui.ctx().pixels_per_point(),
            dress: self.paper.dress,
        };
        if paper != self.paper {
            self.made.clear();
            self.paper = paper;
        }
        if let Some(layout) = self.made.get(&line.id)
            && layout.version == line.version
        {
            return layout.height;
        }
        let (text, links) = paragraph(ui, line, words, width);
        let height = ui.painter().layout_job(text.clone()).size().y;
        self.count += 1;
        self.made.insert(
            line.id,
            Layout {
                version: line.version,
                text,
                links,
                height,
            },
        );
        height
    }

    /// Height of a line with everything around it.
    fn whole_height(&mut self, ui: &Ui, shown: &Shown, words: &Words, width: f32) -> f32 {
        let text = self.height(ui, shown.line, words, width - 2.0 * INSET);
        let head = if shown.headed { APART + self.head(ui) } else { 0.0 };
        let new = if shown.first_new {
            self.head(ui) + APART
        } else {
            0.0
        };
        new + head + text + LINE_GAP
    }

    fn head(&self, ui: &Ui) -> f32 {
        20.0 * theme::text_scale(ui.ctx())
    }

    /// Draws what of `lines` lies in `viewport`. `selected` has the keyboard's ring and is brought into view when
    /// `follow` says so.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        viewport: Rect,
        lines: &[Shown],
        words: &Words,
        selected: Option<u64>,
        follow: bool,
    ) -> Option<Pressed> {
        // Without the bar's place, whether there is a bar or not: paragraphs are not made anew when it comes.
        let width = ui.available_width() - BAR;
        // Where nothing is yet, an interface from right to left begins at the right edge.
        let origin = egui::pos2(ui.max_rect().left(), ui.min_rect().top());
        let mut pressed = None;
        let mut y = 0.0;
        for shown in lines {
            let height = self.whole_height(ui, shown, words, width);
            let rect = Rect::from_min_size(origin + Vec2::new(0.0, y), Vec2::new(width, height));
            let is_selected = selected == Some(shown.line.id);
            if is_selected && follow {
                ui.scroll_to_rect(rect.expand(6.0), None);
            }
            if y + height >= viewport.top() && y <= viewport.bottom() {
                pressed = self.line(ui, rect, shown, words, is_selected).or(pressed);
            }
            y += height;
        }
        ui.allocate_rect(Rect::from_min_size(origin, Vec2::new(width, y)), Sense::hover());
        pressed
    }

    fn line(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        shown: &Shown,
        words: &Words,
        selected: bool,
    ) -> Option<Pressed> {
        let p = theme::palette(ui.ctx());
        let from_right = theme::letters::from_right(ui.ctx());
        let line = shown.line;
        let head_height = self.head(ui);
        let layout = self.made.get_mut(&line.id)?;
        let mut top = rect.top();
        if shown.first_new {
            divider(ui, rect, &mut top, &words.say("chat-new"), head_height);
        }
        if shown.headed {
            top += APART;
            head(ui, rect, top, shown, words);
            top += head_height;
        }
        let place = Rect::from_min_max(egui::pos2(rect.left(), top), rect.max - Vec2::new(0.0, LINE_GAP));
        let response = ui.interact(
            place,
            ui.id().with(("chat line", line.id)),
            // Not focusable one by one: the log as a whole has the keys.
            Sense::CLICK,
        );
        let ground = place.expand2(Vec2::new(0.0, 1.0));
        if line.names_me {
            ui.painter()
                .rect_filled(ground, 6.0, p.amber.gamma_multiply(0.16));
        } else if response.hovered() || selected {
            ui.painter()
                .rect_filled(ground, 6.0, Color32::from_white_alpha(12));
        }
        let edge = match line.reach {
            Reach::Announcement => Some(p.amber),
            Reach::Near => Some(p.reed),
            Reach::World => None,
        };
        if let Some(colour) = edge {
            let x = if from_right {
                place.right() - 2.5
            } else {
                place.left()
            };
            let bar = Rect::from_min_size(egui::pos2(x, place.top()), Vec2::new(2.5, place.height()));
            ui.painter().rect_filled(bar, 1.0, colour);
        }
        if selected {
            let stroke = egui::Stroke::new(2.0, p.foam);
            ui.painter()
                .rect_stroke(ground, 6.0, stroke, egui::StrokeKind::Inside);
        }
        let galley = ui.painter().layout_job(layout.text.clone());
        // A face that came meanwhile has letters of another size: the next frame makes room for them.
        if (galley.size().y - layout.height).abs() > 0.5 {
            layout.height = galley.size().y;
            ui.ctx().request_repaint();
        }
        // A text that runs from the right hangs from its upper right corner.
        let at = if from_right {
            place.right_top() - Vec2::new(INSET, 0.0)
        } else {
            place.min + Vec2::new(INSET, 0.0)
        };
        let link = response
            .hover_pos()
            .and_then(|pos| link_at(line, &layout.links, &galley, pos - at));
        ui.painter().galley(at, galley, p.foam);
        name_for_readers(&response, line, words);
        if link.is_some() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        if response.clicked() {
            return Some(match link {
                Some(link) => Pressed::Link(line.id, link),
                None => Pressed::Line(line.id),
            });
        }
        response.secondary_clicked().then_some(Pressed::Line(line.id))
    }
}

fn name_for_readers(response: &Response, line: &ChatLine, words: &Words) {
    response.widget_info(|| {
        let text = format!("{}: {}", words.called(&line.name), line.text);
        egui::WidgetInfo::labeled(egui::WidgetType::Label, true, text)
    });
}

/// The link under the pointer, if there is one.
fn link_at(line: &ChatLine, links: &[Range<usize>], galley: &egui::Galley, pos: Vec2) -> Option<String> {
    let row = galley
        .rows
        .iter()
        .any(|row| row.rect().expand(2.0).contains(pos.to_pos2()));
    let chars = galley.cursor_from_pos(pos).index.0;
    let byte = line
        .text
        .char_indices()
        .nth(chars)
        .map_or(line.text.len(), |(at, _)| at);
    let link = links
        .iter()
        .find(|link| row && link.start <= byte && byte <= link.end)?;
    line.text.get(link.clone()).map(str::to_owned)
}

/// Name, how far it was heard, and when.
fn head(ui: &Ui, rect: Rect, top: f32, shown: &Shown, words: &Words) {
    let p = theme::palette(ui.ctx());
    let painter = ui.painter();
    let font = small(ui);
    // Seen from where lines begin: as it is, or turned over.
    let from_right = theme::letters::from_right(ui.ctx());
    let at = |left: f32, top: f32, galley: &egui::Galley| {
        let x = if from_right {
            rect.left() + rect.right() - left - galley.size().x
        } else {
            left
        };
        egui::pos2(x, top)
    };
    let mut right = rect.right() - 4.0;
    if !shown.time.is_empty() {
        let galley = painter.layout_no_wrap(shown.time.clone(), font.clone(), p.mist);
        right -= galley.size().x;
        painter.galley(at(right, top + 2.0, &galley), galley, p.mist);
    }
    let name = FontId::new(body(ui).size, theme::bold());
    let mut job = LayoutJob::simple_singleline(words.called(&shown.line.name), name, shown.colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - rect.left() - 90.0).max(60.0));
    let galley = painter.layout_job(job);
    let mut left = rect.left() + INSET;
    let width = galley.size().x;
    painter.galley(at(left, top, &galley), galley, shown.colour);
    left += width + 8.0;
    let tag = match shown.line.reach {
        Reach::World => return,
        Reach::Near => (words.say("chat-tag-near"), p.mist),
        Reach::Announcement => (words.say("chat-tag-announcement"), p.amber),
    };
    let galley = painter.layout_no_wrap(tag.0, font, tag.1);
    if left + galley.size().x < right - 4.0 {
        painter.galley(at(left, top + 2.0, &galley), galley, tag.1);
    }
}

/// Above the first line that is new.
fn divider(ui: &Ui, rect: Rect, top: &mut f32, text: &str, height: f32) {
    let p = theme::palette(ui.ctx());
    let y = *top + APART / 2.0 + height / 2.0;
    let galley = ui.painter().layout_no_wrap(text.to_owned(), small(ui), p.amber);
    let at = egui::pos2(rect.center().x - galley.size().x / 2.0, y - galley.size().y / 2.0);
    let stroke = egui::Stroke::new(1.0, p.amber.gamma_multiply(0.6));
    ui.painter().hline(rect.left()..=at.x - 8.0, y, stroke);
    ui.painter()
        .hline(at.x + galley.size().x + 8.0..=rect.right(), y, stroke);
    ui.painter().galley(at, galley, p.amber);
    *top += height + APART;
}

/// A line in the corner while the entry is closed: its name, then its text.
pub(super) fn passing(ui: &Ui, line: &ChatLine, colour: Color32, width: f32, words: &Words) -> LayoutJob {
    let (text, _) = paragraph(ui, line, words, width);
    let mut job = LayoutJob {
        halign: side(ui),
        ..LayoutJob::default()
    };
    job.wrap.max_width = width;
    // Below each other, not in one row: a name and a text may run in different directions.
    let name = TextFormat {
        font_id: FontId::new(13.5 * theme::text_scale(ui.ctx()), theme::bold()),
        color: colour,
        ..Default::default()
    };
    job.append(&format!("{}\n", words.called(&line.name)), 0.0, name);
    for section in text.sections {
        let part = text
            .text
            .get(section.byte_range.start.0..section.byte_range.end.0);
        job.append(part.unwrap_or_default(), section.leading_space, section.format);
    }
    job
}
