//! How loud one's microphone is, and from where on it is speech.
//!
//! Flow: `devices`' [`Meter`] → [`Onset`] remembers where speech began → [`show`].
//! Invariant: the mark is where speech was noticed, not where we believe that it should be: what is always there in a room
//! decides it (`holm_voice::talker`), and that differs from room to room.

use crate::theme;
use crate::theme::letters;
use crate::words::Words;
use bevy_egui::egui::{self, CornerRadius, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2};
use holm_audio::Meter;
use holm_voice::frame::MAX_LEVEL;

/// Where speech began last.
#[derive(Debug, Default)]
pub(crate) struct Onset {
    speech: bool,
    level: Option<u8>,
}

impl Onset {
    pub(crate) fn note(&mut self, meter: &Meter) {
        if meter.speech && !self.speech {
            self.level = Some(meter.level);
        }
        self.speech = meter.speech;
    }

    /// Speech was noticed since this is kept.
    pub(crate) fn heard(&self) -> bool {
        self.level.is_some()
    }
}

/// From this highest sample on, what is said is cut off.
const CUT_OFF: f32 = 0.99;

/// As wide as there is room.
pub(crate) fn show(ui: &mut Ui, words: &Words, meter: &Meter, onset: &Onset) {
    let p = theme::palette(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 20.0), Sense::hover());
    let (said, colour) = if meter.peak >= CUT_OFF {
        (words.say("voice-meter-loud"), p.coral)
    } else if meter.speech {
        (words.say("voice-meter-speech"), p.moss)
    } else {
        (words.say("voice-meter-silent"), p.amber)
    };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::ProgressIndicator, true, &said));
    let bar = Rect::from_center_size(rect.center(), Vec2::new(rect.width(), 10.0));
    let from_right = letters::from_right(ui.ctx());
    let x = |level: u8| {
        let part = f32::from(level.min(MAX_LEVEL)) / f32::from(MAX_LEVEL);
        let part = if from_right { 1.0 - part } else { part };
        egui::lerp(bar.x_range(), part)
    };
    let round = CornerRadius::same(5);
    let painter = ui.painter();
    painter.rect(bar, round, p.ink, Stroke::new(1.0, p.reed), StrokeKind::Outside);
    let (begin, end) = (x(0), x(meter.level));
    let filled = Rect::from_x_y_ranges(begin.min(end)..=begin.max(end), bar.y_range());
    painter.rect_filled(filled, round, colour);
    if let Some(level) = onset.level {
        let line = Stroke::new(2.5, p.foam);
        painter.vline(x(level), rect.y_range(), line);
    }
    ui.label(RichText::new(said).small().color(p.foam));
    let mark = if onset.heard() {
        "voice-meter-mark"
    } else {
        "voice-meter-no-mark"
    };
    theme::widgets::aside(ui, words.say(mark));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_where_speech_began_and_stays_while_it_grows() {
        let mut onset = Onset::default();
        let mut hear = |level, speech| {
            onset.note(&Meter {
                level,
                speech,
                ..Meter::default()
            });
            onset.level
        };
        assert_eq!(hear(2, false), None, "what is always there is none");
        assert_eq!(hear(5, true), Some(5));
        assert_eq!(hear(12, true), Some(5));
        assert_eq!(hear(3, false), Some(5));
        assert_eq!(hear(6, true), Some(6), "the room became louder");
    }
}
