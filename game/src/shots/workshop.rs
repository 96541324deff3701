//! Something built, to be looked at.

use crate::body::camera::Eye;
use crate::people::Me;
use crate::screens::{Panel, Screens};
use crate::things::choice::Choice;
use crate::things::hand::Hand;
use crate::things::{Build, Things};
use bevy::prelude::*;
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
