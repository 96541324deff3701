//! What a person would see: rows of real faces, read by where each letter stands.

use super::*;
use bevy_egui::egui::{Align2, Color32, FontId, RawInput};
use proptest::prelude::*;

fn context() -> Context {
    let ctx = Context::default();
    crate::theme::give_letters(&ctx, &super::super::faces::all_for_tests());
    crate::theme::apply(&ctx, &crate::theme::Appearance::default());
    ctx
}

/// What is painted of a text, as it was laid out and as it leaves egui.
fn painted(ctx: &Context, text: &str, width: f32) -> (Arc<Galley>, Arc<Galley>) {
    let mut laid = None;
    let mut output = ctx.run_ui(RawInput::default(), |ui| {
        let font = FontId::new(16.0, egui::FontFamily::Proportional);
        let galley = ui.painter().layout(text.to_owned(), font, Color32::WHITE, width);
        laid = Some(galley.clone());
        ui.painter().galley(
            Align2::LEFT_TOP.pos_in_rect(&ui.max_rect()),
            galley,
            Color32::WHITE,
        );
    });
    output.textures_delta.clear();
    let seen = output.shapes.iter().find_map(|clipped| match &clipped.shape {
        Shape::Text(shape) => Some(shape.galley.clone()),
        _ => None,
    });
    (laid.expect("laid out"), seen.expect("painted"))
}

/// The letters of each row from left to right; words of one script keep the shaper's order, so letters are given.
fn seen(galley: &Galley) -> Vec<String> {
    galley
        .rows
        .iter()
        .map(|row| {
            let mut glyphs: Vec<_> = row
                .glyphs
                .iter()
                .filter(|glyph| glyph.advance_width > 0.0)
                .collect();
            glyphs.sort_by(|a, b| a.pos.x.total_cmp(&b.pos.x));
            glyphs.iter().map(|glyph| glyph.chr).collect()
        })
        .collect()
}

fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

#[test]
fn an_arabic_line_is_seen_from_right_to_left() {
    let ctx = context();
    let (_, galley) = painted(&ctx, "بيت كبير جدا", 1000.0);
    assert_eq!(seen(&galley), [backwards("بيت كبير جدا")]);
}

#[test]
fn letters_join_into_other_shapes_than_alone() {
    let ctx = context();
    let width = |text: &str| painted(&ctx, text, 1000.0).0.size().x;
    assert!(width("ببب") < 0.9 * width("ب ب ب") - 2.0 * width(" "));
}

#[test]
fn a_latin_word_and_a_number_keep_their_own_direction() {
    let ctx = context();
    let (_, galley) = painted(&ctx, "عالم Holm فيه 12 بيت", 1000.0);
    assert_eq!(
        seen(&galley),
        [format!(
            "{} 12 {} Holm {}",
            backwards("بيت"),
            backwards("فيه"),
            backwards("عالم")
        )]
    );
    let (_, galley) = painted(&ctx, "Ada and \u{2068}بيت كبير\u{2069}, 3 here", 1000.0);
    assert_eq!(
        seen(&galley),
        [format!("Ada and {}, 3 here", backwards("بيت كبير"))]
    );
}

#[test]
fn a_number_that_is_stuck_to_a_word_is_read_from_left_to_right() {
    let ctx = context();
    for number in ["42", "2026", "\u{664}\u{662}", "\u{6f1}\u{6f9}\u{6f8}\u{6f4}"] {
        let (_, galley) = painted(&ctx, &format!("بيت{number}"), 1000.0);
        assert_eq!(seen(&galley), [format!("{number}{}", backwards("بيت"))]);
        let (_, galley) = painted(&ctx, &format!("بيت {number} كبير"), 1000.0);
        let (house, big) = (backwards("بيت"), backwards("كبير"));
        assert_eq!(seen(&galley), [format!("{big} {number} {house}")]);
    }
}

#[test]
fn the_first_words_are_in_the_first_row() {
    let ctx = context();
    let (_, galley) = painted(&ctx, "بيت كبير عند البحر هنا", 60.0);
    let rows = seen(&galley);
    assert!(rows.len() > 1);
    assert!(rows[0].trim().ends_with(&backwards("بيت")), "{rows:?}");
    assert!(
        rows.last()
            .is_some_and(|row| row.trim().starts_with(&backwards("هنا"))),
        "{rows:?}"
    );
}

#[test]
fn brackets_are_turned_over_around_arabic() {
    let ctx = context();
    let (laid, galley) = painted(&ctx, "(بيت)", 1000.0);
    let picture = |galley: &Galley, x: bool| {
        let row = &galley.rows[0];
        let mut glyphs: Vec<_> = row
            .glyphs
            .iter()
            .filter(|glyph| "()".contains(glyph.chr))
            .collect();
        glyphs.sort_by(|a, b| a.pos.x.total_cmp(&b.pos.x));
        let glyph = if x { glyphs[0] } else { glyphs[1] };
        let corner = &row.visuals.mesh.vertices[glyph.first_vertex as usize..][..2];
        (glyph.chr, corner[0].pos.x < corner[1].pos.x)
    };
    assert_eq!(picture(&laid, true), ('(', true));
    // At the left stands the one that closes, its picture turned over.
    assert_eq!(picture(&galley, true), (')', false));
    assert_eq!(picture(&galley, false), ('(', false));
}

#[test]
fn a_hebrew_name_is_seen_from_right_to_left() {
    let ctx = context();
    let (_, galley) = painted(&ctx, "שלום עולם", 1000.0);
    assert_eq!(seen(&galley), [backwards("שלום עולם")]);
}

#[test]
fn plain_text_is_not_touched() {
    let ctx = context();
    for text in ["Holm", "Zoë Ærøskøbing", "こんにちは、世界"] {
        let (laid, galley) = painted(&ctx, text, 1000.0);
        assert!(Arc::ptr_eq(&laid, &galley), "{text}");
    }
}

#[test]
fn every_letter_of_every_language_has_a_glyph() {
    let ctx = context();
    let mut missing = BTreeSet::new();
    let mut output = ctx.run_ui(RawInput::default(), |ui| {
        for family in [egui::FontFamily::Proportional, crate::theme::bold()] {
            let picture = |c: char| {
                let font = FontId::new(16.0, family.clone());
                let galley = ui.painter().layout_no_wrap(c.to_string(), font, Color32::WHITE);
                galley.rows[0].glyphs[0].uv_rect.min
            };
            let box_for_nothing = picture('\u{e000}');
            let said = crate::words::Language::ALL
                .map(|language| crate::words::letters_of(language) + language.own_name())
                .concat();
            // And what names are written with elsewhere.
            let said = said
                + "אבגדהוזחטיכלמנסעפצקרשתםןךףץ"
                + "กขคงจชซญดตถทนบปผพฟมยรลวสหอฮะาเแโใไ"
                + "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह";
            let letters: BTreeSet<char> = said.chars().chain("🔥🎉😀👋⛵❤✨🌊🐚🎣🐟🏮".chars()).collect();
            for c in letters.into_iter().filter(|c| !c.is_control()) {
                if picture(c) == box_for_nothing {
                    missing.insert(c);
                }
            }
        }
    });
    output.textures_delta.clear();
    assert!(missing.is_empty(), "{missing:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_loses_a_letter_or_its_row(text in "[ابجدهو يa-d0-9 ().،؟\u{64e}\u{200d}\u{2068}\u{2069}🔥世\n]{0,60}", width in 20.0f32..300.0) {
        let ctx = context();
        let (laid, galley) = painted(&ctx, &text, width);
        prop_assert_eq!(laid.rows.len(), galley.rows.len());
        for (before, after) in laid.rows.iter().zip(&galley.rows) {
            prop_assert_eq!(before.glyphs.len(), after.glyphs.len());
            prop_assert_eq!(before.size, after.size);
            let chars = |row: &Row| row.glyphs.iter().map(|glyph| glyph.chr).collect::<Vec<_>>();
            prop_assert_eq!(chars(before), chars(after));
            // Where one stood, another stands now: a mark may hang over by a letter's width.
            let span = |row: &Row| {
                let xs = row.glyphs.iter().map(|glyph| glyph.pos.x);
                (xs.clone().fold(f32::MAX, f32::min), xs.fold(f32::MIN, f32::max))
            };
            let ((from, to), (left, right)) = (span(before), span(after));
            prop_assert!(left > from - 20.0 && right < to + 20.0 || before.glyphs.is_empty());
        }
    }
}
