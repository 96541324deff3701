//! Fixtures: what a body can do something with besides standing on it. Ladders, seats, water, things that ride
//! along a path.
//!
//! Flow: `scene` reads them from world.ron, checked → `WorldDocument::fixtures` → the rules of bodies
//! (`body::rules`) and, for what moves, `view`.
//! Invariant: every number is finite and in range; where a thing that moves is depends on nothing but the time,
//! so that everybody who knows the session's time sees it at the same place.

use bevy::math::{Quat, Vec3};

/// All of a world's fixtures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fixtures {
    pub ladders: Vec<Ladder>,
    pub seats: Vec<Seat>,
    pub waters: Vec<WaterBox>,
    /// Height of a water surface without end, the environment's, metres.
    pub sea_level: Option<f32>,
    pub rides: Vec<Ride>,
}

/// Something to climb: a rectangle that stands upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ladder {
    /// Middle of its lower end, metres.
    pub foot: Vec3,
    /// Where somebody on it faces, radians about +y; they hang on the other side, a body's radius away.
    pub yaw: f32,
    /// Metres; whoever has climbed it stands at this height, a step further ahead.
    pub height: f32,
    pub width: f32,
}

impl Ladder {
    /// Where somebody on it faces.
    pub fn ahead(&self) -> Vec3 {
        Quat::from_rotation_y(self.yaw) * Vec3::NEG_Z
    }

    /// A point as seen from the ladder: x to the right of somebody on it, y above its foot, z behind them.
    pub fn local(&self, point: Vec3) -> Vec3 {
        Quat::from_rotation_y(-self.yaw) * (point - self.foot)
    }

    /// The other way round.
    pub fn world(&self, local: Vec3) -> Vec3 {
        self.foot + Quat::from_rotation_y(self.yaw) * local
    }
}

/// Room for one person to sit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    /// Middle of the surface sat on, metres.
    pub surface: Vec3,
    /// Where somebody in it faces, radians about +y.
    pub yaw: f32,
}

impl Seat {
    /// Where the pose of somebody in it is: see [`holm_net::pose::Gait::Sit`].
    pub fn position(&self) -> Vec3 {
        self.surface - Vec3::Y * holm_net::pose::SEAT_METRES
    }
}

/// A body of water with upright walls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaterBox {
    /// Middle of its bottom, metres.
    pub foot: Vec3,
    /// Width, depth and length, metres.
    pub size: Vec3,
    /// Radians about +y.
    pub yaw: f32,
}

impl WaterBox {
    /// How high a point between its walls is above its bottom.
    fn height_at(&self, point: Vec3) -> Option<f32> {
        let local = Quat::from_rotation_y(-self.yaw) * (point - self.foot);
        let beside = local.x.abs() > self.size.x * 0.5 || local.z.abs() > self.size.z * 0.5;
        (!beside).then_some(local.y)
    }

    fn surface_at(&self, point: Vec3) -> Option<f32> {
        let inside = (0.0..=self.size.y).contains(&self.height_at(point)?);
        inside.then_some(self.foot.y + self.size.y)
    }

    /// Above it, too.
    fn surface_near(&self, point: Vec3) -> Option<f32> {
        (self.height_at(point)? >= 0.0).then_some(self.foot.y + self.size.y)
    }
}

impl Fixtures {
    /// The height of the surface of the water that `point` is in.
    pub fn water_at(&self, point: Vec3) -> Option<f32> {
        let boxes = self.waters.iter().filter_map(|water| water.surface_at(point));
        let sea = self.sea_level.filter(|level| point.y <= *level);
        boxes.chain(sea).max_by(f32::total_cmp)
    }

    /// The height of the surface of the water that `point` is in or above; of several the nearest.
    pub fn surface_near(&self, point: Vec3) -> Option<f32> {
        let boxes = self.waters.iter().filter_map(|water| water.surface_near(point));
        let away = |surface: &f32| (surface - point.y).abs();
        boxes
            .chain(self.sea_level)
            .min_by(|a, b| away(a).total_cmp(&away(b)))
    }
}

/// A thing that moves along a closed path, for ever. It does not turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Ride {
    pub course: Course,
    /// What of it is solid, where it is at rest.
    pub boxes: Vec<SolidBox>,
}

impl Ride {
    /// How far it has carried somebody by `now` who stood on it, or jumped on it, at `then`; `None` if they did not.
    /// Seconds of the session.
    pub fn carried(&self, feet: Vec3, then: f64, now: f64) -> Option<Vec3> {
        let offset = self.course.at(then);
        let on = |solid: &SolidBox| {
            let local = solid.rotation.inverse() * (feet - offset - solid.centre);
            let half = solid.size * 0.5;
            let above = local.y - half.y;
            // An edge's width beside it; a jump above it, and below as much as the times may be wrong.
            local.x.abs() < half.x + 0.2 && local.z.abs() < half.z + 0.2 && (-0.3..1.5).contains(&above)
        };
        self.boxes.iter().any(on).then(|| self.course.at(now) - offset)
    }
}

/// A box that is turned any way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolidBox {
    pub centre: Vec3,
    pub size: Vec3,
    pub rotation: Quat,
}

/// Where something is at any time: from point to point in order and from the last to the first again, each leg
/// begun and ended softly, with a rest at every point.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Offsets from where the thing is at rest, metres; the first is zero. At least two.
    points: Vec<Vec3>,
    period_secs: f64,
    rest_secs: f64,
    /// Length of the closed path, metres, above zero.
    length: f64,
}

/// A soft start and stop make the middle of a leg this much faster than its mean.
const EASED_PEAK: f32 = 1.5;

impl Course {
    /// `through` are the points after the first. `None` for a path without length, or one with no time to move
    /// in between its rests.
    pub fn new(through: &[Vec3], period_secs: f32, rest_secs: f32) -> Option<Self> {
        let mut points = vec![Vec3::ZERO];
        points.extend_from_slice(through);
        let mut course = Self {
            period_secs: f64::from(period_secs),
            rest_secs: f64::from(rest_secs),
            length: 0.0,
            points,
        };
        course.length = (0..course.points.len())
            .map(|leg| f64::from(course.leg(leg).1))
            .sum();
        let fine = course.length.is_finite()
            && course.length > 1e-3
            && course.period_secs.is_finite()
            && course.moving_secs() > 1e-3;
        fine.then_some(course)
    }

    /// From where to where the leg goes, and how long it is.
    fn leg(&self, leg: usize) -> ([Vec3; 2], f32) {
        let from = self.points[leg];
        let to = self.points[(leg + 1) % self.points.len()];
        ([from, to], from.distance(to))
    }

    /// Seconds of a period that it does not rest.
    fn moving_secs(&self) -> f64 {
        self.period_secs - self.rest_secs * self.points.len() as f64
    }

    /// Metres a second in the middle of each leg.
    pub fn fastest(&self) -> f32 {
        (self.length / self.moving_secs()) as f32 * EASED_PEAK
    }

    pub fn period_secs(&self) -> f64 {
        self.period_secs
    }

    /// How far it ever is from where it is at rest, metres.
    pub fn reach(&self) -> f32 {
        self.points.iter().map(|p| p.length()).fold(0.0, f32::max)
    }

    /// Its offset at a time of the session, seconds. Any time has one, a bad number the first point.
    pub fn at(&self, secs: f64) -> Vec3 {
        if !secs.is_finite() {
            return Vec3::ZERO;
        }
        let mut left = secs.rem_euclid(self.period_secs);
        let each_metre = self.moving_secs() / self.length;
        for leg in 0..self.points.len() {
            let ([from, to], metres) = self.leg(leg);
            left -= self.rest_secs;
            if left <= 0.0 {
                return from;
            }
            let takes = f64::from(metres) * each_metre;
            if left < takes {
                let part = (left / takes) as f32;
                return from.lerp(to, part * part * (3.0 - 2.0 * part));
            }
            left -= takes;
        }
        self.points[0]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    fn square() -> Course {
        let through = [Vec3::X * 4.0, Vec3::new(4.0, 0.0, 4.0), Vec3::Z * 4.0];
        Course::new(&through, 20.0, 1.0).unwrap()
    }

    #[test]
    fn a_course_rests_at_its_points_and_comes_round() {
        let course = square();
        // Four legs of 4 s, a second of rest before each.
        assert_eq!(course.at(0.5), Vec3::ZERO);
        assert!(course.at(3.0).abs_diff_eq(Vec3::X * 2.0, 1e-4));
        assert_eq!(course.at(5.5), Vec3::X * 4.0);
        assert!(course.at(18.0).abs_diff_eq(Vec3::Z * 2.0, 1e-4));
        assert!(course.at(20.0 * 1e6 + 3.0).abs_diff_eq(Vec3::X * 2.0, 1e-3));
        assert!(course.at(-17.0).abs_diff_eq(Vec3::X * 2.0, 1e-4));
    }

    #[test]
    fn a_path_without_length_or_time_is_none() {
        assert_eq!(Course::new(&[Vec3::ZERO], 5.0, 0.0), None);
        assert_eq!(Course::new(&[Vec3::X], 4.0, 2.0), None);
        assert_eq!(Course::new(&[Vec3::X], f32::NAN, 0.0), None);
    }

    proptest! {
        #[test]
        fn it_is_never_faster_than_it_says(secs in -1e5f64..1e7, x in 0.1f32..30.0, y in -20.0f32..20.0, rest in 0.0f32..3.0) {
            let course = Course::new(&[Vec3::new(x, y, 0.0), Vec3::Z * 3.0], 12.0, rest).unwrap();
            let went = course.at(secs + 0.01).distance(course.at(secs));
            prop_assert!(course.at(secs).is_finite());
            prop_assert!(went <= course.fastest() * 0.01 + 1e-3, "{went}");
            prop_assert!(course.at(secs).length() <= course.reach() + 1e-3);
        }
    }

    #[test]
    fn a_ride_carries_who_stood_on_it_and_nobody_beside_it() {
        let ride = Ride {
            course: Course::new(&[Vec3::Y * 4.0], 10.0, 1.0).unwrap(),
            boxes: vec![SolidBox {
                centre: Vec3::Y * 0.1,
                size: Vec3::new(2.0, 0.2, 2.0),
                rotation: Quat::IDENTITY,
            }],
        };
        let then = ride.course.at(3.0);
        let carried = ride.carried(then + Vec3::new(0.5, 0.2, 0.0), 3.0, 3.2).unwrap();
        assert!(carried.abs_diff_eq(ride.course.at(3.2) - then, 1e-5));
        assert!(carried.y > 0.2, "{carried}");
        assert_eq!(ride.carried(then + Vec3::new(1.5, 0.2, 0.0), 3.0, 3.2), None);
        assert_eq!(ride.carried(Vec3::ZERO, 3.0, 3.2), None, "on the floor under it");
    }

    #[test]
    fn water_is_where_its_box_and_below_where_the_sea_is() {
        let water = WaterBox {
            foot: Vec3::new(10.0, 1.0, 0.0),
            size: Vec3::new(4.0, 2.0, 8.0),
            yaw: std::f32::consts::FRAC_PI_2,
        };
        let fixtures = Fixtures {
            waters: vec![water],
            sea_level: Some(-1.0),
            ..Fixtures::default()
        };
        assert_eq!(fixtures.water_at(Vec3::new(13.5, 2.0, 0.0)), Some(3.0), "turned");
        assert_eq!(fixtures.water_at(Vec3::new(10.0, 2.0, 3.5)), None);
        assert_eq!(fixtures.water_at(Vec3::new(10.0, 3.5, 0.0)), None, "above it");
        assert_eq!(fixtures.water_at(Vec3::new(0.0, -4.0, 0.0)), Some(-1.0));
    }

    #[test]
    fn the_surface_near_one_is_that_of_the_pool_below_and_else_of_the_sea() {
        let pool = WaterBox {
            foot: Vec3::new(0.0, 1.0, 0.0),
            size: Vec3::new(4.0, 2.0, 4.0),
            yaw: 0.0,
        };
        let mut fixtures = Fixtures {
            waters: vec![pool],
            sea_level: Some(-1.0),
            ..Fixtures::default()
        };
        let near = |fixtures: &Fixtures, x: f32, y: f32| fixtures.surface_near(Vec3::new(x, y, 0.0));
        assert_eq!(near(&fixtures, 1.0, 9.0), Some(3.0));
        assert_eq!(near(&fixtures, 1.0, 2.0), Some(3.0));
        assert_eq!(near(&fixtures, 1.0, 0.5), Some(-1.0), "under the pool");
        assert_eq!(near(&fixtures, 9.0, 9.0), Some(-1.0), "beside it");
        fixtures.sea_level = None;
        assert_eq!(near(&fixtures, 9.0, 9.0), None);
    }

    #[test]
    fn a_ladder_is_climbed_from_behind_where_one_faces() {
        let ladder = Ladder {
            foot: Vec3::ZERO,
            yaw: std::f32::consts::FRAC_PI_2,
            height: 3.0,
            width: 0.6,
        };
        assert!(ladder.ahead().abs_diff_eq(Vec3::NEG_X, 1e-6));
        assert!(ladder.local(Vec3::X).abs_diff_eq(Vec3::Z, 1e-6));
        assert!(ladder.world(Vec3::Z).abs_diff_eq(Vec3::X, 1e-6));
    }
}
