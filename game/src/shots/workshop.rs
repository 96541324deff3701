//! Something built, to be looked at.

use crate::body::camera::Eye;
use crate::people::Me;
use crate::screens::{Panel, Screens};
use crate::settings::Settings;
use crate::things::choice::Choice;
use crate::things::files::{FilesShown, Outbox, read};
use crate::things::hand::Hand;
use crate::things::{Build, Things};
use bevy::prelude::*;
use bytes::Bytes;
use holm_document::arrange::Chosen;
use holm_document::part::{self, Shape};
use holm_document::{Act, Part, PartKind, ThingId};

/// Some things before one: a table with what stands on it.
pub(super) fn furnish(world: &mut World) {
    let Some(next) = world.resource::<Things>().next_thing() else {
        return;
    };
    let mut me = world.query_filtered::<&Transform, With<Me>>();
    let Ok(me) = me.single(world) else { return };
    let (at, yaw) = (me.translation, world.resource::<Eye>().yaw);
    let forms = [
        (Shape::Box, [0.0, 0.75, -3.0], [2.0, 0.1, 1.0], [150, 104, 66]),
        (
            Shape::Cylinder,
            [-0.8, 0.35, -3.0],
            [0.15, 0.7, 0.15],
            [150, 104, 66],
        ),
        (
            Shape::Cylinder,
            [0.8, 0.35, -3.0],
            [0.15, 0.7, 0.15],
            [150, 104, 66],
        ),
        (Shape::Ball, [-0.5, 1.0, -3.0], [0.4, 0.4, 0.4], [190, 62, 48]),
        (Shape::Cone, [0.0, 1.05, -3.0], [0.4, 0.5, 0.4], [98, 142, 70]),
        (Shape::Ring, [0.55, 0.87, -3.0], [0.5, 0.5, 0.5], [232, 200, 84]),
        (Shape::Wedge, [2.2, 0.5, -3.4], [1.0, 1.0, 1.4], [62, 104, 176]),
        (Shape::Capsule, [-1.9, 0.6, -3.6], [1.2, 1.2, 1.2], [132, 92, 160]),
    ];
    let turn = Quat::from_rotation_y(yaw);
    let at = at + turn * Vec3::new(2.7, 0.55, 0.2);
    let acts = (0..)
        .zip(forms)
        .map(|(n, (shape, place, scale, [r, g, b]))| Act::Make {
            thing: ThingId {
                serial: next.serial + n,
                ..next
            },
            parts: vec![
                part::Place {
                    position: (at + turn * Vec3::from_array(place)).to_array(),
                    rotation: turn.to_array(),
                    scale,
                }
                .into(),
                shape.into(),
                part::Paint {
                    colour: [r, g, b, 255],
                    roughness: 200,
                    metal: 0,
                    glow: 0,
                }
                .into(),
                part::Body {
                    moves: false,
                    mass_kg: 10.0,
                    friction: 0.6,
                    bounce: 0.1,
                }
                .into(),
            ],
        })
        .collect();
    world.write_message(Build { acts });
    // A board that says what this is, and a word in the air.
    let written = |n: u32, place: [f32; 3], scale: [f32; 3], text: &str, line_metres: f32, board: bool| {
        let mut parts: Vec<Part> = vec![
            part::Place {
                position: (at + turn * Vec3::from_array(place)).to_array(),
                rotation: turn.to_array(),
                scale,
            }
            .into(),
            part::Writing {
                text: text.to_owned(),
                line_metres,
            }
            .into(),
        ];
        if board {
            parts.push(Shape::Box.into());
        }
        let thing = ThingId {
            serial: next.serial + n,
            ..next
        };
        Act::Make { thing, parts }
    };
    world.write_message(Build {
        acts: vec![
            written(
                20,
                [0.3, 2.1, -3.8],
                [2.6, 1.0, 0.06],
                "Workshop\nتفضلوا بالدخول · ようこそ",
                0.22,
                true,
            ),
            written(21, [-2.2, 1.9, -3.2], [1.0; 3], "Mind the wedge!", 0.18, false),
        ],
    });
}

/// So many of them are chosen.
pub(super) fn choose(world: &mut World, count: usize) {
    let things = world.resource::<Things>();
    let forms = [Shape::Ball, Shape::Cone, Shape::Ring, Shape::Wedge];
    let chosen = things.state().map_or_else(Chosen::new, |state| {
        let form = |shape: &Shape| {
            let mut found = state
                .things()
                .filter(|(_, thing)| thing.part(PartKind::Shape) == Some(&Part::Shape(*shape)));
            found.next().map(|(id, _)| *id)
        };
        forms.iter().take(count).filter_map(form).collect()
    });
    world.resource_mut::<Choice>().set(chosen);
    world.resource_mut::<Screens>().open(Panel::Build);
}

/// The first that is chosen gives light, downwards.
pub(super) fn light(world: &mut World) {
    let lamp = part::Lamp {
        colour: [232, 200, 84],
        lumens: 20_000.0,
        reach_metres: 9.0,
        cone_degrees: Some(40.0),
    };
    let thing = world.resource::<Choice>().chosen().first().copied();
    if let Some(thing) = thing {
        let part = lamp.into();
        let seen = None;
        world.write_message(Build {
            acts: vec![Act::Set { thing, part, seen }],
        });
    }
}

/// A picture of waves at sunset, as a PNG.
pub(super) fn painting(width: u32, height: u32) -> Bytes {
    let mut png = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let sun = ((x - 0.68).powi(2) + (y - 0.42).powi(2)).sqrt();
        let wave = 0.62 + 0.02 * (x * 23.0).sin() + 0.1 * x * (1.0 - x);
        let [r, g, b] = if y > wave {
            let foam = ((y - wave) * 60.0 + (x * 31.0).sin()).sin() * 0.5 + 0.5;
            [30.0 + 50.0 * foam, 90.0 + 50.0 * foam, 120.0 + 40.0 * foam]
        } else if sun < 0.09 {
            [255.0, 236.0, 190.0]
        } else {
            [
                240.0 - 90.0 * y,
                190.0 - 60.0 * (y - 0.4).abs(),
                110.0 + 120.0 * (1.0 - y),
            ]
        };
        image::Rgb([r as u8, g as u8, b as u8])
    });
    let _ = picture.write_to(&mut png, image::ImageFormat::Png); // into memory
    png.into_inner().into()
}

/// Files that somebody brought: a picture, a figure, and a picture that is larger than this person wants to see.
pub(super) fn bring(world: &mut World) {
    let Some(next) = world.resource::<Things>().next_thing() else {
        return;
    };
    let mut me = world.query_filtered::<&Transform, With<Me>>();
    let Ok(me) = me.single(world) else { return };
    let (at, yaw) = (me.translation, world.resource::<Eye>().yaw);
    let turn = Quat::from_rotation_y(yaw);
    let mut large = painting(64, 48).to_vec();
    large.resize(FilesShown::SMALL_BYTES as usize + 1, 0);
    world.resource_mut::<Settings>().files = FilesShown::Small;
    let files = [
        (painting(1200, 800), [3.2, 1.5, -3.6], 1.8),
        (crate::people::view::family::file(), [5.2, 0.9, -3.4], 1.0),
        (large.into(), [1.1, 1.2, -3.4], 1.0),
    ];
    for (n, (bytes, place, scale)) in (0..).zip(files) {
        let Ok(content) = read::read(&bytes) else { continue };
        let file = world.resource_mut::<Outbox>().bring(bytes);
        let place = part::Place {
            position: (at + turn * Vec3::from_array(place)).to_array(),
            rotation: turn.to_array(),
            scale: (content.size() * scale).to_array(),
        };
        let serial = next.serial + n;
        let act = Act::Make {
            thing: ThingId { serial, ..next },
            parts: vec![place.into(), content.part(file)],
        };
        world.write_message(Build { acts: vec![act] });
    }
}

/// Something in the hand, to be put down.
pub(super) fn hold(world: &mut World) {
    world.resource_scope(|world, mut hand: Mut<Hand>| {
        if hand.is_empty() {
            hand.design.shape = Shape::Cone;
            hand.design.size = 0.5;
            hand.take_new(&mut world.resource_mut::<Screens>());
        }
    });
}
