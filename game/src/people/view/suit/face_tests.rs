//! What faces do: expressions, blinking, what overrides what, where eyes look.

use super::super::fixture::{chain, face, part};
use super::*;
use crate::avatar::document::{ColourBind, MorphBind, UvBind};
use proptest::prelude::*;

fn with(faces: Vec<Expression>) -> AvatarDocument {
    let mut document = chain(&[Vec3::ZERO]);
    document.expressions = faces;
    document
}

fn weighed(document: &AvatarDocument, showing: Showing) -> Vec<f32> {
    let mut weights = Vec::new();
    weigh(document, &showing, &mut weights);
    weights
}

const LAUGHS: Showing = Showing {
    joy: 0.8,
    talk: 0.0,
    blink: 0.5,
    eyes: Vec2::ZERO,
};

#[test]
fn who_laughs_looks_happy_and_blinks_as_far_as_that_lets_them() {
    let mut document = with(vec![
        face(Preset::Happy),
        face(Preset::Blink),
        face(Preset::Angry),
    ]);
    assert_eq!(weighed(&document, LAUGHS), [0.8, 0.5, 0.0]);
    document.expressions[0].override_blink = Override::Blend;
    let weights = weighed(&document, LAUGHS);
    assert!((weights[1] - 0.1).abs() < 1e-6, "{weights:?}");
    document.expressions[0].override_blink = Override::Block;
    assert_eq!(weighed(&document, LAUGHS), [0.8, 0.0, 0.0]);
}

#[test]
fn a_face_that_is_there_or_not_is_never_half_there() {
    let mut document = with(vec![face(Preset::Happy), face(Preset::Blink)]);
    document.expressions[1].is_binary = true;
    assert_eq!(weighed(&document, LAUGHS)[1], 0.0);
    let shut = Showing {
        blink: 0.51,
        ..LAUGHS
    };
    assert_eq!(weighed(&document, shut)[1], 1.0);
    document.expressions[0].override_blink = Override::Blend;
    assert_eq!(weighed(&document, shut)[1], 0.0, "half taken is taken");
}

#[test]
fn eyes_that_shut_one_by_one_shut_together_and_gladness_finds_a_face() {
    let document = with(vec![
        face(Preset::BlinkLeft),
        face(Preset::BlinkRight),
        face(Preset::Relaxed),
    ]);
    assert_eq!(weighed(&document, LAUGHS), [0.5, 0.5, 0.8]);
    let silent = with(vec![face(Preset::Sad)]);
    assert_eq!(weighed(&silent, LAUGHS), [0.0]);
}

#[test]
fn who_speaks_opens_the_mouth_unless_another_face_has_it() {
    let mut document = with(vec![face(Preset::Happy), face(Preset::Aa), face(Preset::Oh)]);
    let speaks = Showing {
        talk: 0.7,
        ..Showing::default()
    };
    assert_eq!(weighed(&document, speaks), [0.0, 0.7, 0.0]);
    document.expressions[0].override_mouth = Override::Block;
    let laughs = Showing { joy: 0.8, ..speaks };
    assert_eq!(weighed(&document, laughs), [0.8, 0.0, 0.0]);
    let plain = with(vec![face(Preset::Aa)]);
    assert_eq!(weighed(&plain, speaks), [0.7]);
    assert_eq!(weighed(&plain, LAUGHS), [0.8 * 0.6]);
    let half = Showing { talk: 0.2, ..LAUGHS };
    assert_eq!(weighed(&plain, half), [0.8 * 0.6], "the wider of both");
}

#[test]
fn looking_is_done_by_faces_or_by_bones_as_the_file_says() {
    let looks = [
        Preset::LookLeft,
        Preset::LookRight,
        Preset::LookUp,
        Preset::LookDown,
    ];
    let mut document = with(looks.map(face).to_vec());
    let aside = Showing {
        eyes: Vec2::new(0.22, -0.11),
        ..Showing::default()
    };
    assert_eq!(weighed(&document, aside), [0.0; 4], "by bones");
    let turn = |left| eye(&document.look_at, aside.eyes, left) * Vec3::NEG_Z;
    assert!(turn(true).x < -0.05, "to the left: {}", turn(true));
    assert!(turn(true).y < 0.0, "and down");
    document.look_at.inner.most = 3.0;
    let turn = |left| (eye(&document.look_at, Vec2::new(0.22, 0.0), left) * Vec3::NEG_Z).x;
    assert!(
        turn(true) < turn(false),
        "the nose is in the way of the right eye"
    );
    document.look_at.by = LookBy::Expression;
    document.look_at.outer.most = 1.0;
    document.look_at.down.most = 1.0;
    let weights = weighed(&document, aside);
    assert!(
        (weights[0] - 40.0 / 90.0).abs() < 1e-4 && weights[1] == 0.0,
        "{weights:?}"
    );
    assert!(
        (weights[3] - 20.0 / 90.0).abs() < 1e-4 && weights[2] == 0.0,
        "{weights:?}"
    );
    assert_eq!(eye(&document.look_at, aside.eyes, true), Quat::IDENTITY);
}

#[test]
fn colours_and_pictures_go_as_far_as_the_face_is_there() {
    let mut happy = face(Preset::Happy);
    happy.colours.push(ColourBind {
        material: 0,
        of: ColourOf::Base,
        target: [0.0, 1.0, 0.0, 1.0],
    });
    happy.uvs.push(UvBind {
        material: 0,
        offset: [0.5, 0.0],
        scale: [2.0, 1.0],
    });
    happy.uvs.push(UvBind {
        material: 900,
        offset: [f32::NAN; 2],
        scale: [0.0; 2],
    });
    let document = with(vec![happy]);
    assert_eq!(painted(&document), [0]);
    let mut surface = StandardMaterial::default();
    paint(&document, &[0.5], 0, &mut surface, None);
    let colour = surface.base_color.to_linear();
    assert_eq!((colour.red, colour.green, colour.blue), (0.5, 1.0, 0.5));
    let corner = surface.uv_transform.transform_point2(Vec2::ONE);
    assert!(corner.distance(Vec2::new(1.75, 1.0)) < 1e-6, "{corner}");
    paint(&document, &[0.0], 0, &mut surface, None);
    assert_eq!(surface.base_color.to_linear(), LinearRgba::WHITE);
    assert_eq!(surface.uv_transform, Affine2::IDENTITY);
}

proptest! {
    #[test]
    fn whatever_a_body_shows_and_a_file_binds_forms_stay_between_none_and_all(
        joy: f32,
        talk: f32,
        blink: f32,
        eyes: (f32, f32),
        binds in proptest::collection::vec((0u16..4, 0u16..5, -1.0..3.0f32), 0..20),
        binary: bool,
        overriding in 0..3u8,
    ) {
        let overriding = [Override::None, Override::Block, Override::Blend][usize::from(overriding)];
        let all = [Preset::Happy, Preset::Blink, Preset::LookUp, Preset::LookLeft, Preset::Aa, Preset::Blink];
        let mut document = with(all.map(face).to_vec());
        document.look_at.by = LookBy::Expression;
        document.parts = vec![part(3), part(0)];
        for (index, face) in document.expressions.iter_mut().enumerate() {
            face.is_binary = binary && index % 2 == 0;
            face.override_blink = overriding;
            face.override_mouth = overriding;
            face.morphs = binds.iter().map(|(part, morph, weight)| MorphBind { part: *part, morph: *morph, weight: *weight }).collect();
        }
        let weights = weighed(&document, Showing { joy, talk, blink, eyes: Vec2::new(eyes.0, eyes.1) });
        prop_assert!(weights.iter().all(|weight| (0.0..=1.0).contains(weight)), "{:?}", weights);
        let mut shown = Vec::new();
        forms(&document, &weights, &mut shown);
        prop_assert_eq!(shown.iter().map(Vec::len).collect::<Vec<_>>(), vec![3, 0]);
        prop_assert!(shown.iter().flatten().all(|weight| (0.0..=1.0).contains(weight)));
        for left in [true, false] {
            prop_assert!(eye(&document.look_at, Vec2::new(eyes.0, eyes.1), left).is_finite());
        }
    }
}
