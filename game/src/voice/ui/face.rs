//! The face of one's own microphone: a sign that says by its shape what becomes of what one says.
//!
//! Flow: [`VoiceView`] → [`Face::of`] → [`paint`], on the button at the lower edge and on the one on glass.
//! Invariant: each face differs from the others by a shape; a ring that grows is there while one is heard, and only then.

use crate::theme;
use crate::theme::glyph::{Sign, paint_sign};
use crate::voice::devices::{MicrophoneView, VoiceView};
use bevy_egui::egui::{self, Painter, Pos2, Shape, Stroke, Vec2};
use core::f32::consts::TAU;
use holm_audio::Trouble;

/// What becomes of what one says. Levels are 0 to [`MOST`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Failed(Trouble),
    Muted,
    /// It is not open, and nobody muted it.
    NoMicrophone,
    Opening,
    /// It is open while a key is held, which is not.
    Waiting,
    /// The key is held.
    Held(u8),
    /// It is open, and nothing is said.
    Silent,
    /// Others hear it.
    Speaks(u8),
}

/// The loudest level.
const MOST: f32 = holm_voice::frame::MAX_LEVEL as f32;

impl Face {
    pub(crate) fn of(view: &VoiceView, push_to_talk: bool) -> Self {
        let level = view.meter.level;
        match (&view.microphone, view.muted) {
            (MicrophoneView::Failed(why), _) => Self::Failed(*why),
            (_, true) => Self::Muted,
            (MicrophoneView::Off, false) => Self::NoMicrophone,
            (MicrophoneView::Opening, false) => Self::Opening,
            // In a test one hears oneself, and nobody else does.
            (MicrophoneView::Open(_), false) if view.testing => Self::Silent,
            (MicrophoneView::Open(_), false) if push_to_talk && view.held => Self::Held(level),
            (MicrophoneView::Open(_), false) if push_to_talk => Self::Waiting,
            (MicrophoneView::Open(_), false) if view.sending => Self::Speaks(level),
            (MicrophoneView::Open(_), false) => Self::Silent,
        }
    }

    /// The same in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Failed(why) => super::trouble(why)[0],
            Self::Muted => "voice-is-muted",
            Self::NoMicrophone => "voice-is-off",
            Self::Opening => "voice-is-opening",
            Self::Waiting => "voice-is-waiting",
            Self::Held(_) | Self::Speaks(_) => "voice-is-heard",
            Self::Silent => "voice-is-open",
        }
    }
}

/// Of the ring while one is heard without a sound (a pause between two words), in turns.
const LEAST_RING: f32 = 0.08;

/// Part of a circle, in turns from its lowest point to both sides.
fn arc(middle: Pos2, radius: f32, turns: f32) -> Vec<Pos2> {
    let steps = 24;
    (0..=steps)
        .map(|step| {
            let turn = turns * (step as f32 / steps as f32 - 0.5);
            middle + Vec2::angled(TAU * (0.25 + turn)) * radius
        })
        .collect()
}

/// Draws it in a circle. `secs`: the clock of what moves.
pub(crate) fn paint(painter: &Painter, middle: Pos2, radius: f32, face: Face, lit: bool, secs: f32) {
    let p = theme::palette(painter.ctx());
    let ground = if lit { p.shallows } else { p.pill(0.85) };
    painter.circle(
        middle,
        radius,
        ground,
        Stroke::new(1.5, p.foam.gamma_multiply(0.45)),
    );
    let ink = match face {
        Face::Held(_) | Face::Silent | Face::Speaks(_) => p.foam,
        _ => p.mist,
    };
    let unit = radius * 1.15;
    paint_sign(painter, Sign::Microphone, middle, unit, ink);
    let at = |x: f32, y: f32| middle + Vec2::new(x, y) * unit;
    match face {
        Face::Speaks(level) | Face::Held(level) => {
            if matches!(face, Face::Held(_)) {
                painter.circle_stroke(middle, radius - 2.0, Stroke::new(1.5, p.amber));
            }
            let turns = (f32::from(level) / MOST).clamp(LEAST_RING, 1.0);
            let ring = Shape::line(arc(middle, radius + 2.5, turns), Stroke::new(3.5, p.moss));
            painter.add(ring);
        }
        Face::Muted => {
            let slash = [at(-0.36, -0.36), at(0.36, 0.36)];
            // What is behind it steps back, or two lines would be one.
            painter.line_segment(slash, Stroke::new((unit * 0.2).max(4.0), p.ink));
            painter.line_segment(slash, Stroke::new((unit * 0.09).max(2.2), p.coral));
        }
        Face::Waiting => {
            for step in 0..12u8 {
                let turn = TAU * f32::from(step) / 12.0;
                painter.circle_filled(middle + Vec2::angled(turn) * (radius - 4.0), 1.4, p.mist);
            }
        }
        Face::Opening => {
            let now = if theme::still(painter.ctx()) {
                1
            } else {
                (secs * 3.0) as usize % 3
            };
            for (index, x) in [-0.24, 0.0, 0.24].into_iter().enumerate() {
                let size = if index == now { 0.09 } else { 0.055 };
                painter.circle_filled(at(x, 0.56), unit * size, p.foam);
            }
        }
        Face::NoMicrophone => badge(painter, at(0.4, 0.34), unit * 0.22, p.mist, false),
        Face::Failed(_) => badge(painter, at(0.4, 0.34), unit * 0.26, p.coral, true),
        Face::Silent => {}
    }
}

/// In the corner of a sign: a mark that calls, or a cross.
fn badge(painter: &Painter, middle: Pos2, radius: f32, colour: egui::Color32, calls: bool) {
    let p = theme::palette(painter.ctx());
    painter.circle(middle, radius, colour, Stroke::new(1.5, p.ink));
    let line = Stroke::new((radius * 0.32).max(1.5), p.ink);
    let at = |x: f32, y: f32| middle + Vec2::new(x, y) * radius;
    if calls {
        painter.line_segment([at(0.0, -0.6), at(0.0, 0.15)], line);
        painter.circle_filled(at(0.0, 0.55), line.width * 0.6, p.ink);
    } else {
        painter.line_segment([at(-0.4, -0.4), at(0.4, 0.4)], line);
        painter.line_segment([at(-0.4, 0.4), at(0.4, -0.4)], line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_audio::{Devices, Meter};
    use holm_voice::frame::Reach;

    /// A machine whose microphone is open, and somebody who speaks into it.
    fn speaking() -> VoiceView {
        VoiceView {
            microphone: MicrophoneView::Open("Desk".to_owned()),
            muted: false,
            held: false,
            meter: Meter {
                level: 9,
                peak: 0.3,
                gain_db: 0.0,
                speech: true,
                sending: true,
            },
            reach: Reach::Normal,
            testing: false,
            sending: true,
            devices: Devices::default(),
            speakers: None,
        }
    }

    #[test]
    fn who_is_heard_sees_it_and_who_is_not_sees_why() {
        let open = speaking();
        assert_eq!(Face::of(&open, false), Face::Speaks(9));
        assert_eq!(
            Face::of(&open, true),
            Face::Waiting,
            "no key is held, whatever the last frames were"
        );
        let held = VoiceView {
            held: true,
            ..open.clone()
        };
        assert_eq!(Face::of(&held, true), Face::Held(9));
        let testing = VoiceView {
            testing: true,
            ..open.clone()
        };
        assert_eq!(Face::of(&testing, false), Face::Silent);
        let muted = VoiceView {
            muted: true,
            ..open.clone()
        };
        assert_eq!(Face::of(&muted, false), Face::Muted);
        let failed = VoiceView {
            microphone: MicrophoneView::Failed(Trouble::NotAllowed),
            ..muted
        };
        assert_eq!(Face::of(&failed, false), Face::Failed(Trouble::NotAllowed));
        let off = VoiceView {
            microphone: MicrophoneView::Off,
            ..open
        };
        assert_eq!(Face::of(&off, false), Face::NoMicrophone);
    }

    #[test]
    fn the_ring_grows_with_the_voice_and_is_whole_at_its_loudest() {
        let length = |turns| {
            let line = arc(Pos2::ZERO, 1.0, turns);
            line.windows(2).map(|pair| pair[0].distance(pair[1])).sum::<f32>()
        };
        assert!(length(0.2) < length(0.5) && length(0.5) < length(1.0));
        assert!((length(1.0) / TAU - 1.0).abs() < 0.01);
    }

    #[test]
    fn every_face_is_drawn_otherwise() {
        let ctx = egui::Context::default();
        theme::give_letters(&ctx, &[]);
        theme::apply(&ctx, &theme::Appearance::default());
        let shapes = |face| {
            let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
                paint(ui.painter(), Pos2::new(50.0, 50.0), 22.0, face, false, 0.0);
            });
            output.textures_delta.clear();
            output.shapes.len()
        };
        let plain = shapes(Face::Silent);
        for face in [
            Face::Failed(Trouble::Broken),
            Face::Muted,
            Face::NoMicrophone,
            Face::Opening,
            Face::Waiting,
            Face::Held(4),
            Face::Speaks(4),
        ] {
            assert!(shapes(face) > plain, "{face:?} has no shape of its own");
        }
    }
}
