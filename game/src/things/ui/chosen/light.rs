//! The light of what is chosen: whether there is one, its colour, how strong it is, how far it reaches and whereto.
//!
//! Invariant: strength is said in lumens, as on the box of a lamp, and slid in doublings, as eyes tell it.

use super::{Bench, Seen, Wish, colours};
use crate::theme::widgets;
use crate::things::hand;
use crate::things::view::PLAIN;
use crate::words::Words;
use bevy_egui::egui;
use holm_document::arrange::{self, Chosen};
use holm_document::rules::seen_at;
use holm_document::{Part, PartKind, State as Document, ThingId, limits};

/// Metres and degrees that are offered.
const REACHES: core::ops::RangeInclusive<f32> = 1.0..=50.0;
const CONES: core::ops::RangeInclusive<f32> = 5.0..=85.0;

/// A lumen, doubled how often. Where there is none it is one: dark is the switch.
fn strength_of(lumens: f32) -> f32 {
    lumens.max(1.0).log2()
}

/// The way back, to three digits: a finger on glass is no finer, and a person reads no more.
fn lumens_of(strength: f32) -> f32 {
    let lumens = strength.exp2().min(limits::LAMP_LUMENS);
    let digit = 10f32.powi(lumens.log10() as i32 - 2).max(1.0); // 0..=5
    ((lumens / digit).round() * digit).clamp(1.0, limits::LAMP_LUMENS)
}

fn said(words: &Words, lumens: f32) -> String {
    let count = words.language().grouped(lumens.round() as u64); // 0..=100,000
    words.with("building-lumens", &[("count", count.into())])
}

pub(super) fn show(
    ui: &mut egui::Ui,
    seen: &Seen,
    bench: &mut Bench,
    state: &Document,
    chosen: &Chosen,
    first: ThingId,
) -> Option<Wish> {
    let words = &seen.words;
    let thing = state.thing(first)?;
    let now = match thing.part(PartKind::Lamp) {
        Some(Part::Lamp(lamp)) => Some(*lamp),
        _ => None,
    };
    let mut on = now.is_some();
    if widgets::toggle(ui, &mut on, &words.say("building-lights")).changed() {
        bench.lamp.done();
        return Some(Wish::Do(if on {
            let size = seen_at(state, first).map_or(1.0, |place| place.scale.into_iter().fold(0.0, f32::max));
            let paint = match thing.part(PartKind::Paint) {
                Some(Part::Paint(paint)) => *paint,
                _ => PLAIN,
            };
            let lamp = hand::lamp(paint, size);
            bench.lamp.value = Some(lamp);
            arrange::set(state, chosen, &lamp.into())
        } else {
            bench.lamp.value = None;
            arrange::clear(state, chosen, PartKind::Lamp)
        }));
    }
    bench.lamp.follow(first, now);
    let mut lamp = bench.lamp.value?;
    let mut let_go = false;
    widgets::name(ui, &words.say("building-colour"));
    if let Some(colour) = colours(ui, words, lamp.colour) {
        lamp.colour = colour;
        let_go = true;
        bench.lamp.done();
    }
    let before = strength_of(lamp.lumens);
    let mut now_at = before;
    let strength = widgets::slider_in_steps(
        ui,
        &words.say("building-strength"),
        &mut now_at,
        0.0..=strength_of(limits::LAMP_LUMENS),
        1.0,
        said(words, lamp.lumens),
    );
    if now_at != before {
        lamp.lumens = lumens_of(now_at);
    }
    let_go |= bench.lamp.note(&strength);
    let label = words.say("building-reach");
    let reach = widgets::slider(ui, &label, &mut lamp.reach_metres, REACHES, " m");
    let_go |= bench.lamp.note(&reach);
    let mut cone = lamp.cone_degrees.is_some();
    if widgets::toggle(ui, &mut cone, &words.say("building-beam")).changed() {
        lamp.cone_degrees = cone.then_some(35.0);
        let_go = true;
        bench.lamp.done();
    }
    if let Some(degrees) = &mut lamp.cone_degrees {
        let wide = widgets::slider(ui, &words.say("building-cone-wide"), degrees, CONES, "°");
        let_go |= bench.lamp.note(&wide);
    }
    bench.lamp.value = Some(lamp);
    (let_go && Some(lamp) != now).then(|| Wish::Do(arrange::set(state, chosen, &lamp.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;
    use holm_document::part::Lamp;
    use holm_document::part::Piece;

    #[test]
    fn a_step_is_a_doubling_and_the_way_back_a_halving() {
        let mut lumens = 25.0;
        for brighter in [
            50.0, 100.0, 200.0, 400.0, 800.0, 1_600.0, 3_200.0, 6_400.0, 12_800.0,
        ] {
            lumens = lumens_of(strength_of(lumens) + 1.0);
            assert_eq!(lumens, brighter);
        }
        for darker in [6_400.0, 3_200.0, 1_600.0, 800.0] {
            lumens = lumens_of(strength_of(lumens) - 1.0);
            assert_eq!(lumens, darker);
        }
    }

    #[test]
    fn whatever_is_slid_to_is_a_lamp_that_worlds_take() {
        let brightest = strength_of(limits::LAMP_LUMENS);
        assert_eq!(lumens_of(brightest), limits::LAMP_LUMENS);
        assert_eq!(lumens_of(strength_of(0.0)), 1.0);
        for step in 0..=1_000 {
            let strength = brightest * step as f32 / 1_000.0;
            let lumens = lumens_of(strength);
            let lamp = Lamp {
                lumens,
                ..hand::lamp(PLAIN, 1.0)
            };
            assert_eq!(lamp.check(), Ok(()), "{strength}");
            assert_eq!(lumens, lumens.round(), "whole");
            let off = (lumens - strength.exp2()).abs();
            assert!(off <= 0.5f32.max(0.006 * lumens), "{strength}: {lumens}");
        }
    }

    #[test]
    fn strength_is_said_in_lumens_and_in_the_persons_digits() {
        let words = Words::new(Language::English);
        assert_eq!(said(&words, 1_600.4), "1,600 lm");
        assert_eq!(said(&words, 0.0), "0 lm");
        assert_eq!(said(&Words::new(Language::German), 100_000.0), "100.000 lm");
    }
}
