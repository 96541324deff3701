//! Marks beside a name: who speaks, who cannot, who speaks to us alone, and who does not hear us.
//!
//! Flow: [`Voices::own`] once a frame, then [`of`] for each name → [`Marks`], which `people/nameplate` makes room for and
//! draws with [`Marks::paint`].
//! Invariants: each mark is a shape of its own; at most two are beside a name; nothing here lays out text or casts a ray,
//! so that fifty names cost a few hundred lines.

use crate::people::{Me, Person};
use crate::theme::glyph::{Sign, paint_sign};
use crate::theme::{Palette, palette};
use crate::voice::devices::VoiceView;
use crate::voice::{Audience, Microphone, MyVoice, Reach, Speaking};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2 as Points,
};
use core::f32::consts::TAU;
use holm_identity::AccountKey;
use holm_voice::hearing::range_metres;

/// Nearer than this it is of use to know that somebody cannot answer.
const NEAR_METRES: f32 = 7.0;
/// A round trip above this makes people talk past each other; the list of people calls it bad, too.
const BAD_PING_MS: u16 = 250;
/// Levels from which the second and the third wave are there: soft talk, and what is nearly a shout.
const SECOND_FROM: u8 = 5;
const THIRD_FROM: u8 = 9;

/// One mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Waves, more with more of a voice.
    Speaks { level: u8 },
    /// What they say is sealed, for us or for a circle we are in.
    Sealed,
    /// They muted their microphone.
    Muted,
    /// They have none: they listen.
    Listens,
    /// What they say comes late, and in pieces.
    BadLink,
    /// We speak, and they do not hear it.
    OutOfReach,
}

/// What of our own voice bears on the names of others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a> {
    pub(crate) at: Option<Vec3>,
    /// Others hear us now.
    pub(crate) speaks: bool,
    pub(crate) reach: Reach,
    pub(crate) audience: &'a Audience,
}

impl Own<'_> {
    /// Whether our voice is meant for somebody and gets to where they stand.
    fn reaches(&self, account: &AccountKey, at: Vec3) -> bool {
        let meant = match self.audience {
            Audience::Few(few) if !few.is_empty() => few.contains(account),
            _ => true,
        };
        let near = self
            .at
            .is_none_or(|own| own.distance(at) <= range_metres(self.reach));
        meant && near
    }
}

/// What nameplates ask of our voice.
#[derive(SystemParam)]
pub(crate) struct Voices<'w, 's> {
    view: Res<'w, VoiceView>,
    mine: Res<'w, MyVoice>,
    me: Query<'w, 's, &'static Transform, With<Me>>,
}

impl Voices<'_, '_> {
    pub(crate) fn own(&self) -> Own<'_> {
        Own {
            at: self.me.iter().next().map(|place| place.translation),
            speaks: self.view.sending && !self.view.testing,
            reach: self.view.reach,
            audience: &self.mine.audience,
        }
    }
}

/// The marks beside one name, the first nearest to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks([Option<Mark>; 2]);

/// `lingers`: they spoke a moment ago, and the waves stay as faint lines: a name that is narrower in each pause would hop.
pub(crate) fn of(
    own: &Own<'_>,
    person: &Person,
    at: Vec3,
    metres: f32,
    speaking: Speaking,
    lingers: bool,
    microphone: Microphone,
) -> Marks {
    let speaks = speaking.level > 0 || lingers;
    if speaks {
        let waves = Mark::Speaks {
            level: speaking.level,
        };
        let second = if speaking.sealed {
            Some(Mark::Sealed)
        } else {
            bad_link(person)
        };
        return Marks([Some(waves), second]);
    }
    let second = bad_link(person);
    let first = if own.speaks && !own.reaches(&person.account, at) {
        Some(Mark::OutOfReach)
    } else if metres > NEAR_METRES || person.away {
        None
    } else {
        match microphone {
            Microphone::Open => None,
            Microphone::Muted => Some(Mark::Muted),
            Microphone::None => Some(Mark::Listens),
        }
    };
    match first {
        Some(_) => Marks([first, second]),
        None => Marks([second, None]),
    }
}

fn bad_link(person: &Person) -> Option<Mark> {
    let slow = person.ping_ms.is_some_and(|ping| ping > BAD_PING_MS);
    (slow && !person.away).then_some(Mark::BadLink)
}

/// A mark's side and what is between two, in heights of the letters beside them.
const SIDE: f32 = 0.95;
const APART: f32 = 0.3;

impl Marks {
    fn iter(&self) -> impl Iterator<Item = Mark> + '_ {
        self.0.iter().flatten().copied()
    }

    /// The room that they need beside letters of this height, what parts them from those included.
    pub(crate) fn width(&self, letters: f32) -> f32 {
        self.iter().count() as f32 * (SIDE + APART) * letters
    }

    /// `begin`: the edge of the name; `way`: 1 to the right of it, −1 to the left.
    pub(crate) fn paint(&self, painter: &Painter, begin: Pos2, way: f32, letters: f32, opacity: f32) {
        let p = palette(painter.ctx());
        let mut x = begin.x;
        for mark in self.iter() {
            x += way * (APART + SIDE / 2.0) * letters;
            paint(
                painter,
                mark,
                Pos2::new(x, begin.y),
                way,
                SIDE * letters,
                opacity,
                &p,
            );
            x += way * SIDE / 2.0 * letters;
        }
    }
}

fn paint(painter: &Painter, mark: Mark, middle: Pos2, way: f32, side: f32, opacity: f32, p: &Palette) {
    let quiet = p.mist.gamma_multiply(opacity);
    match mark {
        Mark::Speaks { level } => waves(painter, middle, way, side, level, p.foam.gamma_multiply(opacity)),
        Mark::Sealed => lock(painter, middle, side, p.amber.gamma_multiply(opacity)),
        Mark::Muted => {
            paint_sign(painter, Sign::Microphone, middle, side, quiet);
            slash(painter, middle, side, quiet, p.ink.gamma_multiply(opacity));
        }
        Mark::Listens => paint_sign(painter, Sign::Headphones, middle, side, quiet),
        Mark::OutOfReach => {
            let dim = quiet.gamma_multiply(0.75);
            paint_sign(painter, Sign::Headphones, middle, side, dim);
            slash(painter, middle, side, dim, p.ink.gamma_multiply(opacity));
        }
        Mark::BadLink => bars(painter, middle, side, p.coral.gamma_multiply(opacity)),
    }
}

/// Bows that open away from the name; those that the voice does not fill are faint.
fn waves(painter: &Painter, middle: Pos2, way: f32, side: f32, level: u8, colour: Color32) {
    let from = middle - Points::new(way * side * 0.45, 0.0);
    for (index, least) in [1, SECOND_FROM, THIRD_FROM].into_iter().enumerate() {
        let radius = side * (0.24 + 0.27 * index as f32);
        let bow = (-3..=3).map(|step| {
            let turn = TAU * 0.13 * step as f32 / 3.0;
            from + Points::new(way * turn.cos(), turn.sin()) * radius
        });
        let there = if level >= least { 1.0 } else { 0.28 };
        let line = Stroke::new((side * 0.11).max(1.4), colour.gamma_multiply(there));
        painter.add(Shape::line(bow.collect(), line));
    }
}

fn lock(painter: &Painter, middle: Pos2, side: f32, colour: Color32) {
    let body = Rect::from_center_size(
        middle + Points::new(0.0, side * 0.16),
        Points::new(0.62, 0.46) * side,
    );
    painter.rect_filled(body, CornerRadius::same((side * 0.1) as u8), colour);
    painter.rect_stroke(
        Rect::from_center_size(
            middle - Points::new(0.0, side * 0.12),
            Points::new(0.36, 0.5) * side,
        ),
        CornerRadius::same((side * 0.18) as u8),
        Stroke::new((side * 0.1).max(1.2), colour),
        StrokeKind::Middle,
    );
}

fn slash(painter: &Painter, middle: Pos2, side: f32, colour: Color32, ground: Color32) {
    let reach = Points::splat(side * 0.36);
    let line = [middle - reach, middle + reach];
    painter.line_segment(line, Stroke::new((side * 0.22).max(3.0), ground));
    painter.line_segment(line, Stroke::new((side * 0.1).max(1.4), colour));
}

/// Of three steps only the lowest is there.
fn bars(painter: &Painter, middle: Pos2, side: f32, colour: Color32) {
    for (index, height) in [0.28, 0.5, 0.74].into_iter().enumerate() {
        let x = middle.x + (index as f32 - 1.0) * side * 0.28;
        let bottom = middle.y + side * 0.37;
        let bar = Rect::from_min_max(
            Pos2::new(x - side * 0.09, bottom - side * height),
            Pos2::new(x + side * 0.09, bottom),
        );
        if index == 0 {
            painter.rect_filled(bar, CornerRadius::ZERO, colour);
        } else {
            let line = Stroke::new(1.0, colour.gamma_multiply(0.7));
            painter.rect_stroke(bar, CornerRadius::ZERO, line, StrokeKind::Inside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_net::pose::Slot;
    use holm_net::transport::Path;

    fn person(seed: u8) -> Person {
        Person {
            slot: Slot(u16::from(seed)),
            name: "Mei".to_owned(),
            account: AccountKey([seed; 32]),
            me: false,
            ping_ms: Some(30),
            path: Path::Direct,
            away: false,
        }
    }

    fn marks(own: &Own<'_>, metres: f32, speaking: Speaking, microphone: Microphone) -> Vec<Mark> {
        let at = Vec3::new(metres, 0.0, 0.0);
        of(own, &person(3), at, metres, speaking, false, microphone)
            .iter()
            .collect()
    }

    fn own(audience: &Audience, speaks: bool, reach: Reach) -> Own<'_> {
        Own {
            at: Some(Vec3::ZERO),
            speaks,
            reach,
            audience,
        }
    }

    fn voice(level: u8, sealed: bool) -> Speaking {
        Speaking {
            level,
            reach: Reach::Normal,
            sealed,
        }
    }

    #[test]
    fn who_speaks_has_waves_and_who_speaks_to_few_a_lock() {
        let all = Audience::All;
        let own = own(&all, false, Reach::Normal);
        let found = marks(&own, 4.0, voice(6, false), Microphone::Open);
        assert_eq!(found, [Mark::Speaks { level: 6 }]);
        let found = marks(&own, 4.0, voice(6, true), Microphone::Open);
        assert_eq!(found, [Mark::Speaks { level: 6 }, Mark::Sealed]);
        assert_eq!(marks(&own, 4.0, voice(0, false), Microphone::Open), []);
    }

    #[test]
    fn that_somebody_cannot_answer_is_said_only_near_them() {
        let all = Audience::All;
        let own = own(&all, false, Reach::Normal);
        let silent = voice(0, false);
        assert_eq!(marks(&own, 3.0, silent, Microphone::Muted), [Mark::Muted]);
        assert_eq!(marks(&own, 3.0, silent, Microphone::None), [Mark::Listens]);
        assert_eq!(marks(&own, 20.0, silent, Microphone::None), []);
    }

    #[test]
    fn who_does_not_hear_us_is_marked_while_we_speak_and_not_otherwise() {
        let all = Audience::All;
        let silent = voice(0, false);
        let far = |speaks, reach| marks(&own(&all, speaks, reach), 12.0, silent, Microphone::Open);
        assert_eq!(far(true, Reach::Whisper), [Mark::OutOfReach]);
        assert_eq!(far(true, Reach::Normal), []);
        assert_eq!(far(false, Reach::Whisper), []);
        assert_eq!(far(true, Reach::Stage), []);
        let another = Audience::Few(vec![AccountKey([9; 32])]);
        let found = marks(&own(&another, true, Reach::Normal), 2.0, silent, Microphone::Open);
        assert_eq!(found, [Mark::OutOfReach], "it is not meant for them");
        let them = Audience::Few(vec![AccountKey([3; 32])]);
        let found = marks(&own(&them, true, Reach::Normal), 2.0, silent, Microphone::Open);
        assert_eq!(found, []);
    }

    #[test]
    fn a_bad_link_is_marked_until_it_is_lost() {
        let all = Audience::All;
        let own = own(&all, false, Reach::Normal);
        let mut slow = person(3);
        slow.ping_ms = Some(400);
        let of_slow = |person: &Person| {
            let speaking = voice(0, false);
            of(&own, person, Vec3::X, 1.0, speaking, false, Microphone::Open)
        };
        assert_eq!(of_slow(&slow), Marks([Some(Mark::BadLink), None]));
        slow.away = true;
        assert_eq!(of_slow(&slow), Marks::default());
    }

    #[test]
    fn a_pause_between_two_words_moves_no_name() {
        let all = Audience::All;
        let own = own(&all, false, Reach::Normal);
        let widths = [voice(7, false), voice(0, false)]
            .map(|speaking| of(&own, &person(3), Vec3::X, 1.0, speaking, true, Microphone::Open).width(16.0));
        assert_eq!(widths[0], widths[1]);
    }
}
