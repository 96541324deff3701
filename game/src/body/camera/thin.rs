//! What is thin pulls no eye in: a post, a mast, a branch, a bar.
//!
//! Flow: a ball goes back from the head → where it meets something, small balls measure how wide that is, across four
//! directions, and sight tells whether one looks around it on both sides → [`Clear`]: how far behind the head an eye may
//! be, and where in between it may not.
//! Invariant: what is wider or deeper than some 0.3 m, or has something close beside it (a fence, a railing, a wall behind a
//! pillar), is a wall, and is one all along: turning past it, an eye does not go out and in.

use bevy::prelude::*;
use core::f32::consts::FRAC_1_SQRT_2;

/// Whatever is wider is a wall, metres: a lamp post, a mast and a young tree are not.
const THIN_METRES: f32 = 0.32;
/// Radius of the balls that measure, metres. They come by so far behind the first place that was met: what is round or
/// square is widest there.
const PROBE_METRES: f32 = 0.1;
/// From how far beside they come, metres, and how much room there must be: bars of a fence and rails of a railing have
/// less between them.
const BESIDE_METRES: f32 = 0.6;
const ROOM_METRES: f32 = 0.25;
const _: () = assert!(BESIDE_METRES > THIN_METRES + ROOM_METRES && ROOM_METRES > PROBE_METRES);
/// Behind it an eye's place is looked for in such paces, metres, and so many of them: the deepest that is thin, and room
/// for the eye's ball (0.2 m) before and behind.
const PACE_METRES: f32 = 0.1;
const PACES: usize = 8;
/// One behind the other; the next is a wall, so that a forest has an end.
const MOST_THIN: usize = 3;
/// Whoever is before it comes behind it only where there is so much more room, metres: nothing goes to and fro.
const AGAIN_METRES: f32 = 0.2;

/// What is asked of a world.
pub(super) trait Space {
    /// Metres that a ball gets, and the place where it meets what ends its way, if that stands still. `None` where there
    /// is no answer.
    fn roll(&self, from: Vec3, way: Dir3, radius: f32, length: f32) -> Option<(f32, Option<Vec3>)>;

    fn is_clear(&self, at: Vec3, radius: f32) -> bool;

    /// Whether nothing is between.
    fn sees(&self, from: Vec3, to: Vec3) -> bool;
}

/// The way back from a head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) from: Vec3,
    pub(super) way: Dir3,
    /// To the right of whoever looks the other way.
    pub(super) right: Vec3,
    /// Metres.
    pub(super) length: f32,
    /// Radius of the ball around the eye, and of a thicker one that is where the first begins anew.
    pub(super) ball: f32,
    pub(super) thicker: f32,
}

/// Where an eye may be, metres behind a head.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clear {
    /// Never farther.
    pub(super) end: f32,
    /// Soon no farther.
    pub(super) soon: f32,
    /// Where it may not be, the nearest first: there is something thin.
    thin: Vec<(f32, f32)>,
}

impl Clear {
    pub(super) fn up_to(end: f32) -> Self {
        Self {
            end,
            soon: end,
            thin: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn with_thin(end: f32, thin: &[(f32, f32)]) -> Self {
        Self {
            thin: thin.to_vec(),
            ..Self::up_to(end)
        }
    }

    /// Soon no farther than that, either.
    pub(super) fn and_soon(mut self, metres: f32) -> Self {
        self.soon = self.soon.min(metres);
        self
    }

    /// The place for an eye that was at `before`, at most as far as is wished.
    pub(super) fn place(&self, wished: f32, before: f32) -> f32 {
        let wished = wished.min(self.end);
        let within = |(from, to): &&(f32, f32)| {
            let is_before = before < (from + to) * 0.5;
            wished > *from && wished < if is_before { to + AGAIN_METRES } else { *to }
        };
        self.thin.iter().find(within).map_or(wished, |(from, _)| *from)
    }

    /// Whether something thin is before an eye there.
    pub(super) fn is_past(&self, at: f32) -> bool {
        self.thin.iter().any(|(from, _)| at > *from)
    }
}

/// Where an eye may be on this line; `is_past` when it is behind something thin already. `None` where there is no answer.
pub(super) fn along(space: &impl Space, line: &Line, is_past: bool) -> Option<Clear> {
    let mut clear = Clear::up_to(line.length);
    let mut begun = 0.0;
    loop {
        let from = line.from + line.way * begun;
        let (metres, met) = space.roll(from, line.way, line.ball, line.length - begun)?;
        let at = begun + metres;
        let met = met.filter(|_| clear.thin.len() < MOST_THIN);
        let mut to = met.and_then(|met| behind_thin(space, line, met, at));
        if to.is_none() {
            clear.soon = clear.soon.min(at);
            // It was looked around a moment ago, as by a turn past where two bars meet: the eye comes before it softly,
            // not from metres behind it in a frame.
            to = met
                .filter(|_| is_past)
                .and_then(|_| room_behind(space, line, at, |_| true));
        }
        let Some(to) = to else {
            clear.end = at;
            return Some(clear);
        };
        clear.thin.push((at, to));
        begun = to;
    }
}

/// Where there is room again behind what was met, if that is thin.
fn behind_thin(space: &impl Space, line: &Line, met: Vec3, at: f32) -> Option<f32> {
    let up = line.way.cross(line.right).try_normalize()?;
    let right = up.cross(*line.way);
    // Aslant, too: where a post and a bar meet there is something on both sides, and over and under it.
    let across = [
        right,
        up,
        (right + up) * FRAC_1_SQRT_2,
        (right - up) * FRAC_1_SQRT_2,
    ];
    let besides = across
        .into_iter()
        .find_map(|across| both_sides(space, line, met, across))?;
    room_behind(space, line, at, |place| {
        besides.iter().all(|beside| space.sees(*beside, place))
    })
}

/// The places on both sides of what was met, where that is thin this way across and both are seen from the head.
fn both_sides(space: &impl Space, line: &Line, met: Vec3, across: Vec3) -> Option<[Vec3; 2]> {
    let sides = [across, -across];
    let besides = sides.map(|side| met + line.way * PROBE_METRES + side * BESIDE_METRES);
    let is_open = |beside: &Vec3| space.sees(line.from, *beside) && space.is_clear(*beside, ROOM_METRES);
    if !besides.iter().all(is_open) {
        return None;
    }
    let mut width = 0.0;
    for (side, beside) in sides.into_iter().zip(besides) {
        let (metres, _) = space.roll(beside, Dir3::new(-side).ok()?, PROBE_METRES, BESIDE_METRES)?;
        width += (BESIDE_METRES - PROBE_METRES - metres).max(0.0);
    }
    (width <= THIN_METRES).then_some(besides)
}

/// The first place behind `at` in which an eye has room.
fn room_behind(space: &impl Space, line: &Line, at: f32, is_seen: impl Fn(Vec3) -> bool) -> Option<f32> {
    (1..=PACES)
        .map(|pace| at + PACE_METRES * pace as f32)
        .take_while(|to| *to <= line.length)
        .find(|to| {
            let place = line.from + line.way * *to;
            space.is_clear(place, line.thicker) && is_seen(place)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use avian3d::parry::math::Pose;
    use avian3d::parry::query::{self, ShapeCastOptions};
    use avian3d::parry::shape::{Ball, Cuboid};

    /// Boxes: the middle and the size of each.
    struct Boxes(Vec<(Vec3, Vec3)>);

    impl Boxes {
        fn shapes(&self) -> impl Iterator<Item = (Pose, Cuboid)> {
            self.0.iter().map(|(middle, size)| {
                (
                    Pose::from_parts(*middle, Quat::IDENTITY),
                    Cuboid::new(*size * 0.5),
                )
            })
        }
    }

    impl Space for Boxes {
        fn roll(&self, from: Vec3, way: Dir3, radius: f32, length: f32) -> Option<(f32, Option<Vec3>)> {
            let from = Pose::from_parts(from, Quat::IDENTITY);
            let options = ShapeCastOptions::with_max_time_of_impact(length);
            let hits = self.shapes().filter_map(|(there, shape)| {
                let ball = Ball::new(radius);
                let hit =
                    query::cast_shapes(&there, Vec3::ZERO, &shape, &from, *way, &ball, options).ok()??;
                Some((hit.time_of_impact, Some(there * hit.witness1)))
            });
            hits.min_by(|a, b| a.0.total_cmp(&b.0)).or(Some((length, None)))
        }

        fn is_clear(&self, at: Vec3, radius: f32) -> bool {
            self.0.iter().all(|(middle, size)| {
                let local = at - *middle;
                local.distance(local.clamp(*size * -0.5, *size * 0.5)) >= radius
            })
        }

        fn sees(&self, from: Vec3, to: Vec3) -> bool {
            let Ok((way, length)) = Dir3::new_and_length(to - from) else {
                return true;
            };
            let ray = query::Ray::new(from, *way);
            !self.shapes().any(|(there, shape)| {
                query::RayCast::cast_ray_and_get_normal(&shape, &there, &ray, length, true).is_some()
            })
        }
    }

    const WISHED: f32 = 3.6;
    const BALL: f32 = 0.185;

    /// Looking back along +z from a height of 1.6 m.
    fn line() -> Line {
        Line {
            from: Vec3::Y * 1.6,
            way: Dir3::Z,
            right: Vec3::X,
            length: WISHED,
            ball: BALL,
            thicker: 0.2,
        }
    }

    fn behind(boxes: &[(Vec3, Vec3)]) -> Clear {
        along(&Boxes(boxes.to_vec()), &line(), false).unwrap_or_else(|| panic!("no answer"))
    }

    /// A post from the ground, its middle and how wide it is.
    fn post(x: f32, z: f32, width: f32) -> (Vec3, Vec3) {
        (Vec3::new(x, 1.5, z), Vec3::new(width, 3.0, width))
    }

    /// An eye that is as far as is wished stays there.
    fn is_out(clear: &Clear) -> bool {
        (clear.place(WISHED, WISHED) - WISHED).abs() < 1e-3
    }

    /// So it does, and none is in what is looked around.
    #[track_caller]
    fn is_looked_around(clear: &Clear, front: f32, back: f32) {
        assert!(is_out(clear), "{clear:?}");
        let middle = (front + back) * 0.5;
        for before in [0.5, WISHED] {
            let at = clear.place(middle, before);
            assert!(at < front - 0.1, "{at} of {clear:?}");
        }
    }

    #[track_caller]
    fn is_a_wall(clear: &Clear, front: f32) {
        let before_it = front - BALL;
        assert!((clear.end - before_it).abs() < 0.1, "{clear:?}");
        assert!(!clear.is_past(clear.end) && clear.soon == clear.end, "{clear:?}");
    }

    #[test]
    fn a_post_pulls_nobody_in_wherever_it_comes_between() {
        assert_eq!(behind(&[]), Clear::up_to(WISHED));
        for width in [0.06, 0.1, 0.2] {
            for z in [0.5, 1.5, 2.7] {
                for x in [-0.2, -0.1, 0.0, 0.05, 0.15] {
                    let clear = behind(&[post(x, z, width)]);
                    assert!(is_out(&clear), "{width} at {x}, {z}: {clear:?}");
                }
            }
        }
        is_looked_around(&behind(&[post(0.0, 1.5, 0.2)]), 1.4, 1.6);
    }

    #[test]
    fn a_wall_and_whatever_is_wide_or_deep_does() {
        let wall = (Vec3::new(0.0, 1.5, 1.6), Vec3::new(4.0, 3.0, 0.2));
        is_a_wall(&behind(&[wall]), 1.5);
        is_a_wall(&behind(&[post(0.0, 1.75, 0.5)]), 1.5);
        let end_on = (Vec3::new(0.0, 1.5, 3.5), Vec3::new(0.2, 3.0, 4.0));
        is_a_wall(&behind(&[end_on]), 1.5);
        let half_a_wall = (Vec3::new(2.0, 1.5, 1.6), Vec3::new(4.0, 3.0, 0.2));
        is_a_wall(&behind(&[half_a_wall]), 1.5);
    }

    #[test]
    fn a_fence_and_a_railing_are_walls_and_so_is_one_behind_a_pillar() {
        for apart in [0.15, 0.25, 0.4] {
            for aside in [0.0, 0.3, 0.6, 0.9] {
                let fence: Vec<_> = (-12..=12)
                    .map(|n| post(apart * (n as f32 + aside), 1.53, 0.06))
                    .collect();
                is_a_wall(&behind(&fence), 1.5);
            }
        }
        // As on the lighthouse.
        for height in [1.5, 1.6, 1.8, 2.0, 2.3] {
            for aside in [0.0, 0.1, 0.2, 0.5, 0.8] {
                let rails = [0.0, 0.38, 0.76]
                    .map(|below| (Vec3::new(0.0, height - below, 1.53), Vec3::new(8.0, 0.06, 0.06)));
                let posts = (-4..=4).map(|n| {
                    let middle = Vec3::new(n as f32 + aside, height - 0.56, 1.53);
                    (middle, Vec3::new(0.06, 1.12, 0.06))
                });
                is_a_wall(&behind(&rails.into_iter().chain(posts).collect::<Vec<_>>()), 1.5);
            }
        }
        let wall = (Vec3::new(0.0, 1.5, 1.8), Vec3::new(4.0, 3.0, 0.2));
        is_a_wall(&behind(&[post(0.0, 1.6, 0.2), wall]), 1.5);
    }

    #[test]
    fn a_bar_is_looked_over_and_where_it_meets_a_post_aslant() {
        let bar = (Vec3::new(0.0, 1.6, 1.5), Vec3::new(4.0, 0.1, 0.1));
        is_looked_around(&behind(&[bar]), 1.45, 1.55);
        is_looked_around(&behind(&[bar, post(0.0, 1.5, 0.1)]), 1.45, 1.55);
    }

    #[test]
    fn where_an_eye_wishes_to_be_there_is_no_post() {
        let clear = behind(&[post(0.0, 3.5, 0.2)]);
        is_a_wall(&clear, 3.4);
        let two = behind(&[post(0.0, 1.5, 0.1), post(0.0, 3.5, 0.2)]);
        assert!((two.end - (3.4 - BALL)).abs() < 0.1, "{two:?}");
        assert!(two.is_past(two.end) && !two.is_past(1.0), "{two:?}");
    }

    #[test]
    fn an_eye_behind_what_is_a_wall_now_comes_before_it_softly() {
        let wall = Boxes(vec![(Vec3::new(0.0, 1.5, 1.6), Vec3::new(4.0, 3.0, 0.2))]);
        let clear = along(&wall, &line(), true).unwrap_or_else(|| panic!("no answer"));
        assert!(is_out(&clear) && clear.soon < 1.5, "{clear:?}");
        assert!(clear.is_past(clear.place(3.0, WISHED)));
    }

    #[test]
    fn nothing_goes_to_and_fro_about_a_post() {
        let clear = Clear::with_thin(WISHED, &[(2.0, 2.6)]);
        assert_eq!(clear.place(2.59, WISHED), 2.0);
        assert_eq!(clear.place(2.61, WISHED), 2.61);
        assert_eq!(clear.place(2.61, 2.0), 2.0, "not at once back again");
        assert_eq!(clear.place(2.9, 2.0), 2.9);
        assert_eq!(clear.place(1.3, 1.3), 1.3);
    }
}
