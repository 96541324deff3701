//! Handles as geometry.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

/// From so far away, looking at the origin.
fn lens(eye: Vec3) -> Lens {
    Lens {
        eye,
        rotation: bevy::prelude::Transform::from_translation(eye)
            .looking_at(Vec3::ZERO, Vec3::Y)
            .rotation,
        height: 1.2,
        min: Vec2::new(10.0, 20.0),
        size: Vec2::new(1280.0, 720.0),
    }
}

fn frame(at: Vec3, turn: Quat) -> Frame {
    Frame {
        at,
        turn,
        size: Vec3::new(1.1, 0.7, 2.3),
        several: false,
    }
}

/// The far end of a handle.
fn end(tool: Tool, grip: Grip, frame: &Frame, lens: &Lens) -> Vec2 {
    let lines = lines(tool, frame, lens);
    *lines
        .iter()
        .find(|line| line.grip == grip)
        .unwrap()
        .points
        .last()
        .unwrap()
}

#[test]
fn an_arrow_drawn_to_where_a_place_on_its_line_is_seen_moves_there() {
    let lens = lens(Vec3::new(3.0, 4.0, 9.0));
    let frame = frame(Vec3::new(0.1, 0.0, 0.0), Quat::IDENTITY);
    let from = lens.project(frame.at + Vec3::X * 0.5).unwrap();
    let to = lens.project(frame.at + Vec3::X * 1.72).unwrap();
    let mut drag = Drag::new(Tool::Move, Grip::Axis(0), frame, from);
    let Some(Motion::Moved(by)) = drag.to(&lens, to, false) else {
        panic!("not moved")
    };
    assert!(by.abs_diff_eq(Vec3::X * 1.22, 1e-3), "{by}");
    let Some(Motion::Moved(by)) = drag.to(&lens, to, true) else {
        panic!("not moved")
    };
    assert!(by.abs_diff_eq(Vec3::X * 1.15, 1e-3), "on the grid: {by}");
}

#[test]
fn a_ring_drawn_a_quarter_around_turns_a_quarter_to_that_side_and_on() {
    let lens = lens(Vec3::new(0.0, 0.0, 8.0));
    let mut drag = Drag::new(
        Tool::Turn,
        Grip::Axis(2),
        frame(Vec3::ZERO, Quat::IDENTITY),
        lens.project(Vec3::X).unwrap(),
    );
    for (to, degrees) in [
        (Vec3::new(0.7, 0.7, 0.0), 45.0),
        (Vec3::Y, 90.0),
        (Vec3::NEG_X, 180.0),
        (Vec3::NEG_Y, 270.0),
        (Vec3::X, 360.0),
        (Vec3::new(0.7, 0.75, 0.0), 405.0),
    ] {
        let to = lens.project(to).unwrap();
        let Some(Motion::Turned(turn)) = drag.to(&lens, to, true) else {
            panic!("not turned")
        };
        let wanted = Quat::from_rotation_z(f32::to_radians(degrees));
        assert!(turn.dot(wanted).abs() > 0.99999, "{degrees}");
        assert!((drag.turned.to_degrees() - degrees).abs() < 4.0, "{degrees}");
    }
}

#[test]
fn one_side_grows_to_the_grid_and_several_things_grow_together() {
    let lens = lens(Vec3::new(2.0, 3.0, 6.0));
    let one = frame(Vec3::ZERO, Quat::IDENTITY);
    let from = end(Tool::Size, Grip::Axis(0), &one, &lens);
    let far = lens.project(Vec3::X * 3.0).unwrap();
    let mut drag = Drag::new(Tool::Size, Grip::Axis(0), one, from);
    let Some(Motion::Sized(factor)) = drag.to(&lens, far, true) else {
        panic!("not sized")
    };
    let size = one.size * factor;
    assert!(
        (size.x / GRID_METRES)
            .fract()
            .min(1.0 - (size.x / GRID_METRES).fract())
            < 1e-3
    );
    assert!(size.x > 1.5 && size.y == one.size.y);
    let several = Frame { several: true, ..one };
    let mut drag = Drag::new(Tool::Size, Grip::Axis(0), several, from);
    let Some(Motion::Sized(factor)) = drag.to(&lens, far, false) else {
        panic!("not sized")
    };
    assert!(factor.x > 1.2 && factor == Vec3::splat(factor.x));
    let place = Place {
        position: [1.0, 0.0, 0.0],
        ..Place::default()
    };
    let after = Motion::Sized(Vec3::splat(2.0)).of(Vec3::ZERO, &place).unwrap();
    assert_eq!((after.position[0], after.scale[1]), (2.0, 2.0));
    assert_eq!(
        Motion::Sized(Vec3::splat(9000.0)).of(Vec3::ZERO, &place),
        None,
        "no world takes that"
    );
}

#[test]
fn the_handle_under_the_pointer_is_meant_and_none_beside_them() {
    let lens = lens(Vec3::new(3.0, 4.0, 9.0));
    let frame = frame(Vec3::ZERO, Quat::IDENTITY);
    for tool in [Tool::Move, Tool::Turn, Tool::Size] {
        let lines = lines(tool, &frame, &lens);
        for axis in 0..3 {
            let grip = Grip::Axis(axis);
            let line = lines.iter().find(|line| line.grip == grip).unwrap();
            let at = line.points[line.points.len() / 2];
            let meant = hit(&lines, at, 9.0).unwrap();
            // Rings cross each other.
            assert!(meant == grip || tool == Tool::Turn, "{tool:?} {axis}");
        }
        assert_eq!(hit(&lines, Vec2::new(15.0, 25.0), 9.0), None);
    }
    let plane = lines(Tool::Move, &frame, &lens);
    let corners = &plane
        .iter()
        .find(|line| line.grip == Grip::Plane(1))
        .unwrap()
        .points;
    let middle = (corners[0] + corners[2]) * 0.5;
    assert_eq!(hit(&plane, middle, 9.0), Some(Grip::Plane(1)));
}

proptest! {
    #[test]
    fn what_is_seen_at_a_point_lies_on_its_ray(
        eye in prop::array::uniform3(-20.0f32..20.0), at in prop::array::uniform3(-20.0f32..20.0),
    ) {
        let (eye, at) = (Vec3::from_array(eye), Vec3::from_array(at));
        prop_assume!(eye.length() > 0.5 && eye.distance(at) > 0.5 && eye.x.abs() + eye.z.abs() > 0.1);
        let lens = lens(eye);
        if let Some(seen) = lens.project(at) {
            prop_assume!((seen - lens.size * 0.5).length() < 4000.0);
            let (from, along) = lens.ray(seen);
            prop_assert!((at - from).normalize().dot(*along) > 0.9999);
        }
    }

    #[test]
    fn no_drag_leads_out_of_the_world_and_the_way_back_is_one(
        eye in prop::array::uniform3(-20.0f32..20.0),
        to in prop::array::uniform2(-3000.0f32..3000.0),
        tool in 0usize..3, grip in 0usize..7, snap in any::<bool>(), turn in 0.0f32..6.0,
    ) {
        let eye = Vec3::from_array(eye);
        prop_assume!(eye.length() > 0.5 && eye.x.abs() + eye.z.abs() > 0.1);
        let lens = lens(eye);
        let tool = [Tool::Move, Tool::Turn, Tool::Size][tool];
        let grip = match grip {
            axis @ 0..3 => Grip::Axis(axis),
            axis @ 3..6 => Grip::Plane(axis - 3),
            _ => Grip::Middle,
        };
        let from = Vec2::new(700.0, 300.0);
        let frame = frame(Vec3::ZERO, Quat::from_rotation_y(turn));
        let mut drag = Drag::new(tool, grip, frame, from);
        let place = Place { scale: frame.size.to_array(), ..Place::default() };
        if let Some(after) = drag.to(&lens, Vec2::from_array(to), snap).and_then(|motion| motion.of(frame.at, &place)) {
            prop_assert!(Part::from(after).check().is_ok());
        }
        if let Some(motion) = drag.to(&lens, from, false) {
            let after = motion.of(frame.at, &place).unwrap();
            let off = Vec3::from_array(after.position).length();
            // Half a turn to either side is the same.
            let turned = Quat::from_array(after.rotation).dot(Quat::IDENTITY).abs();
            prop_assert!(off < 0.02 && turned > 0.999, "{} {}", off, turned);
            prop_assert!(Vec3::from_array(after.scale).abs_diff_eq(frame.size, 0.02));
        }
    }
}
