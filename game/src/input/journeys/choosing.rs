//! Things chosen and moved, by a mouse, by keys alone, by fingers alone.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::building::{ada_sees, inside, things};
use super::sure::press;
use super::*;
use crate::body::camera::MainCamera;
use crate::things::choice::Choice;
use crate::things::{Build, Things};
use bevy::input::mouse::MouseButtonInput;
use bevy::window::{CursorMoved, WindowEvent};
use holm_document::part::{Place, Shape};
use holm_document::rules::{hangs_on, seen_at};
use holm_document::{Act, ThingId};

impl Journey {
    /// Boxes before Bo, at so many metres to the right; the panel leaves the right half of the picture free.
    fn boxes(&mut self, rights: &[f32]) -> Vec<ThingId> {
        self.run(5);
        let (eye, _) = self.lens();
        let next = self.guest.world().resource::<Things>().next_thing().unwrap();
        let mut ids = Vec::new();
        for (n, right) in (0..).zip(rights) {
            let thing = ThingId {
                serial: next.serial + n,
                ..next
            };
            let place = Place {
                position: (eye.translation + eye.forward() * 6.0 + eye.right() * *right).to_array(),
                scale: [0.5; 3],
                ..Place::default()
            };
            let parts = vec![place.into(), Shape::Box.into()];
            self.guest.world_mut().write_message(Build {
                acts: vec![Act::Make { thing, parts }],
            });
            ids.push(thing);
        }
        ada_sees(self, rights.len());
        self.key(KeyCode::KeyF, Key::Character("f".into()));
        self.run(4);
        assert_eq!(self.top(), Some(Panel::Build));
        ids
    }

    /// The camera, and points of the picture for a metre at 1 m.
    fn lens(&mut self) -> (Transform, f32) {
        let world = self.guest.world_mut();
        let mut cameras = world.query_filtered::<(&Transform, &Projection), With<MainCamera>>();
        let (camera, projection) = cameras.single(world).unwrap();
        let Projection::Perspective(lens) = projection else {
            panic!("no lens")
        };
        (*camera, GLASS.y / (2.0 * (lens.fov * 0.5).tan()))
    }

    /// Where in the picture something is seen.
    fn at(&mut self, place: Vec3) -> Vec2 {
        let (camera, points) = self.lens();
        let local = camera.rotation.inverse() * (place - camera.translation);
        GLASS * 0.5 + Vec2::new(local.x, -local.y) / -local.z * points
    }

    fn place(&self, id: ThingId) -> Vec3 {
        let state = self.ada.world().resource::<Things>().state().unwrap();
        Vec3::from_array(seen_at(state, id).unwrap().position)
    }

    fn thing_at(&mut self, id: ThingId) -> Vec2 {
        let place = self.place(id);
        self.at(place)
    }

    fn pointer(&mut self, position: Vec2) {
        let moved = CursorMoved {
            window: self.window,
            position,
            delta: None,
        };
        // As a window does: each of its messages, and all of them in their order, which is what egui reads.
        let world = self.guest.world_mut();
        world.write_message(WindowEvent::CursorMoved(moved.clone()));
        world.write_message(moved);
        self.run(2);
    }

    fn mouse(&mut self, state: ButtonState) {
        let pressed = MouseButtonInput {
            button: MouseButton::Left,
            state,
            window: self.window,
        };
        let world = self.guest.world_mut();
        world.write_message(WindowEvent::MouseButtonInput(pressed));
        world.write_message(pressed);
        self.run(2);
    }

    fn click(&mut self, at: Vec2) {
        self.pointer(at);
        self.mouse(ButtonState::Pressed);
        self.mouse(ButtonState::Released);
        self.run(2);
    }

    fn draw(&mut self, from: Vec2, to: Vec2) {
        self.pointer(from);
        self.mouse(ButtonState::Pressed);
        for step in 1..=8 {
            self.pointer(from.lerp(to, step as f32 / 8.0));
        }
        self.mouse(ButtonState::Released);
        self.run(3);
    }

    fn chosen(&self) -> Vec<ThingId> {
        let choice = self.guest.world().resource::<Choice>();
        choice.chosen().iter().copied().collect()
    }

    fn with_control(&mut self, key_code: KeyCode, letter: &str) {
        self.key_goes(KeyCode::ControlLeft, Key::Control, ButtonState::Pressed);
        self.key(key_code, Key::Character(letter.into()));
        self.key_goes(KeyCode::ControlLeft, Key::Control, ButtonState::Released);
    }
}

#[test]
fn a_mouse_chooses_draws_a_handle_and_each_drag_is_one_step_back() {
    let mut journey = inside();
    let ids = journey.boxes(&[1.5, 4.0]);
    let (one, two) = (ids[0], ids[1]);
    let at = journey.thing_at(one);
    journey.click(at);
    assert_eq!(journey.chosen(), [one]);
    // The arrow upwards: a little above the middle, and up.
    let before = journey.place(one);
    let (camera, points) = journey.lens();
    let far = (before - camera.translation).dot(*camera.forward());
    let from = journey.at(before + Vec3::Y * (50.0 * far / points));
    journey.draw(from, from - Vec2::Y * 70.0);
    journey.until("Ada sees it higher", |journey| {
        journey.place(one).y > before.y + 0.3
    });
    let after = journey.place(one);
    assert!(
        (after - before).with_y(0.0).length() < 1e-3,
        "along one direction only"
    );
    let off = (after.y / 0.25).fract();
    assert!(off.min(1.0 - off) < 1e-3, "on the grid: {}", after.y);
    journey.with_control(KeyCode::KeyZ, "z");
    journey.until("back in one step", |journey| {
        journey.place(one).distance(before) < 1e-3
    });
    // Shift adds, beside the handles of the first; a box drawn around both chooses both.
    journey.key_goes(KeyCode::ShiftLeft, Key::Shift, ButtonState::Pressed);
    let at = journey.thing_at(two);
    journey.click(at);
    journey.key_goes(KeyCode::ShiftLeft, Key::Shift, ButtonState::Released);
    assert_eq!(journey.chosen(), [one, two]);
    journey.click(Vec2::new(GLASS.x - 4.0, 4.0));
    assert_eq!(journey.chosen(), [], "nothing is there");
    let (a, b) = (journey.thing_at(one), journey.thing_at(two));
    journey.draw(a - Vec2::new(30.0, 40.0), b + Vec2::new(30.0, 40.0));
    assert_eq!(journey.chosen(), [one, two]);
    // Escape first ends the choice, then the panel.
    journey.key(KeyCode::Escape, Key::Escape);
    journey.run(2);
    assert_eq!((journey.chosen(), journey.top()), (vec![], Some(Panel::Build)));
    journey.key(KeyCode::Escape, Key::Escape);
    journey.run(2);
    assert_eq!(journey.top(), None);
}

#[test]
fn escape_in_the_middle_of_a_drag_leaves_everything_where_it_was() {
    let mut journey = inside();
    let one = journey.boxes(&[1.5])[0];
    let at = journey.thing_at(one);
    journey.click(at);
    let before = journey.place(one);
    journey.pointer(at);
    journey.mouse(ButtonState::Pressed);
    journey.pointer(at + Vec2::new(20.0, -30.0));
    journey.pointer(at + Vec2::new(40.0, -60.0));
    journey.key(KeyCode::Escape, Key::Escape);
    journey.pointer(at + Vec2::new(60.0, -90.0));
    journey.mouse(ButtonState::Released);
    journey.run(30);
    assert_eq!(journey.place(one), before);
    assert_eq!((journey.chosen(), journey.top()), (vec![one], Some(Panel::Build)));
}

#[test]
fn keys_alone_choose_double_group_move_and_remove() {
    let mut journey = inside();
    journey.boxes(&[0.2]);
    press(&mut journey, "All of mine near here");
    assert_eq!(journey.chosen().len(), 1);
    let old = journey.chosen()[0];
    journey.with_control(KeyCode::KeyD, "d");
    ada_sees(&mut journey, 2);
    let copy = journey.chosen()[0];
    assert_ne!(old, copy);
    assert!(
        journey.place(old).distance(journey.place(copy)) > 0.5,
        "beside it"
    );
    press(&mut journey, "All of mine near here");
    journey.with_control(KeyCode::KeyG, "g");
    ada_sees(&mut journey, 3);
    let group = journey.chosen()[0];
    let state = journey.ada.world().resource::<Things>().state().unwrap();
    assert_eq!(hangs_on(state, copy), Some(group));
    let before = journey.place(copy);
    press(&mut journey, "X +");
    journey.until("all of it moves a step", |journey| {
        (journey.place(copy).x - before.x - 0.25).abs() < 1e-3
    });
    journey.key(KeyCode::Delete, Key::Delete);
    ada_sees(&mut journey, 0);
    assert_eq!(journey.chosen(), []);
}

#[test]
fn one_walks_up_to_things_and_chooses_them_with_the_key_that_acts() {
    let mut journey = inside();
    let one = journey.boxes(&[0.0])[0];
    press(&mut journey, "Choose on foot");
    assert_eq!(journey.top(), Some(Panel::Hand));
    assert!(!journey.guest.world().resource::<Screens>().blocks_walking());
    journey.run(3);
    journey.key(KeyCode::KeyE, Key::Character("e".into()));
    journey.run(2);
    assert_eq!(journey.chosen(), [one]);
    journey.key(KeyCode::KeyF, Key::Character("f".into()));
    journey.run(3);
    assert_eq!((journey.chosen(), journey.top()), (vec![one], Some(Panel::Build)));
    assert_eq!(things(&journey.ada), 1);
}

#[test]
fn a_finger_chooses_by_a_tap_and_draws_a_handle() {
    let mut journey = inside();
    let one = journey.boxes(&[1.5])[0];
    journey.tap(Vec2::new(GLASS.x - 4.0, 4.0));
    let at = journey.thing_at(one);
    journey.tap(at);
    journey.run(3);
    assert_eq!(journey.chosen(), [one]);
    let before = journey.place(one);
    journey.finger(TouchPhase::Started, at);
    for step in 1..=6 {
        journey.finger(TouchPhase::Moved, at + Vec2::new(0.0, -12.0) * step as f32);
    }
    journey.finger(TouchPhase::Ended, at - Vec2::Y * 72.0);
    journey.until("Ada sees it moved", |journey| {
        journey.place(one).distance(before) > 0.3
    });
}
