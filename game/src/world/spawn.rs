//! Where to arrive in a world that does not say, and room for more than one where it does.
//!
//! [`find`] drops a grid of plumb lines through the ground, keeps every spot with headroom, joins spots one
//! can walk between, and starts near the middle of the largest such floor: hills, roofs and rooms all sort
//! themselves out by size. [`settle`] puts spawn points onto the floor and adds places beside them, so that
//! a crowd does not arrive inside one another. Pure, and linear in the number of triangles, up to [`MAX_TRIES`].

use super::document::{SolidMesh, Spawn};
use super::limits::HEADROOM_METRES;
use bevy::math::{Vec2, Vec3};

/// Less floor than this is an object, not a place.
pub(super) const ENOUGH_SQUARE_METRES: f32 = 16.0;

/// Plumb lines a side: fine enough to find a room in a town, coarse enough for 64 hits each in 3 MB.
const GRID: usize = 64;
/// Hits kept on one plumb line; a stack of more floors than this is foliage.
const MAX_HITS: usize = 64;
/// Plumb lines tried against triangles, all in all: 0.1 s. A real world takes a million or two; a pile of
/// sheets that each cover the whole grid would take half a minute, and is searched in part.
const MAX_TRIES: usize = 32_000_000;
/// Steepest floor: cosine of 45°, what the body can walk.
const FLOOR_COSINE: f32 = 0.7;
/// Feet stand this far above the floor on arrival, so that nobody starts inside it.
const CLEARANCE_METRES: f32 = 0.03;

/// A floor to arrive on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) spawn: Spawn,
    /// How much of it there is.
    pub(super) area_square_metres: f32,
}

#[derive(Clone, Copy)]
struct Hit {
    height: f32,
    floor: bool,
}

/// The largest floor near the middle of the world.
pub(super) fn find(solids: &[SolidMesh]) -> Option<Found> {
    let (mut min, mut max) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
    for corner in triangles(solids).flatten() {
        let flat = Vec2::new(corner.x, corner.z);
        (min, max) = (min.min(flat), max.max(flat));
    }
    if min.x > max.x {
        return None;
    }
    let cell = ((max - min) / GRID as f32).max(Vec2::splat(1e-4));
    let mut columns: Vec<Vec<Hit>> = vec![Vec::new(); GRID * GRID];
    let mut tries = 0;
    for corners in triangles(solids) {
        if tries > MAX_TRIES {
            break;
        }
        let flat = corners.map(|corner| Vec2::new(corner.x, corner.z));
        let low = (flat[0].min(flat[1]).min(flat[2]) - min) / cell - 0.5;
        let high = (flat[0].max(flat[1]).max(flat[2]) - min) / cell - 0.5;
        let first = low.ceil().max(Vec2::ZERO);
        let last = high.floor().min(Vec2::splat((GRID - 1) as f32));
        let floor = is_floor(corners);
        let mut z = first.y;
        while z <= last.y {
            let mut x = first.x;
            while x <= last.x {
                tries += 1;
                let point = min + (Vec2::new(x, z) + 0.5) * cell;
                if let Some(height) = height_at(corners, point) {
                    let column = &mut columns[z as usize * GRID + x as usize];
                    if column.len() < MAX_HITS {
                        column.push(Hit { height, floor });
                    }
                }
                x += 1.0;
            }
            z += 1.0;
        }
    }
    let mut spots = Vec::new();
    let mut spots_of_column = vec![0..0; columns.len()];
    for (index, column) in columns.iter_mut().enumerate() {
        column.sort_by(|a, b| a.height.total_cmp(&b.height));
        let begin = spots.len();
        for (n, hit) in column.iter().enumerate() {
            // What lies a hand above (a carpet, a step) is floor too, not a ceiling.
            let free = column[n + 1..].iter().all(|above| {
                let gap = above.height - hit.height;
                !(0.01..=HEADROOM_METRES).contains(&gap)
            });
            if hit.floor && free {
                spots.push((index, hit.height));
            }
        }
        spots_of_column[index] = begin..spots.len();
    }
    let (island, count) = largest_island(&spots, &spots_of_column, cell)?;
    let middle = Vec2::splat(GRID as f32 / 2.0);
    let (index, height) = island.into_iter().map(|spot| spots[spot]).min_by(|a, b| {
        let away = |spot: &(usize, f32)| grid_point(spot.0).distance_squared(middle);
        away(a).total_cmp(&away(b)).then(a.1.total_cmp(&b.1))
    })?;
    let at = min + grid_point(index) * cell;
    // Look towards the middle of things; from the middle itself, north.
    let to_middle = (min + max) / 2.0 - at;
    let yaw = if to_middle.length() > 1.0 {
        (-to_middle.x).atan2(-to_middle.y)
    } else {
        0.0
    };
    Some(Found {
        spawn: Spawn {
            feet: Vec3::new(at.x, height + CLEARANCE_METRES, at.y),
            yaw,
        },
        area_square_metres: count as f32 * cell.x * cell.y,
    })
}

fn grid_point(index: usize) -> Vec2 {
    Vec2::new((index % GRID) as f32 + 0.5, (index / GRID) as f32 + 0.5)
}

/// The spots of the largest connected floor, and how many they are.
fn largest_island(
    spots: &[(usize, f32)],
    of_column: &[core::ops::Range<usize>],
    cell: Vec2,
) -> Option<(Vec<usize>, usize)> {
    let mut seen = vec![false; spots.len()];
    let mut best: Vec<usize> = Vec::new();
    for start in 0..spots.len() {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut island = vec![start];
        let mut next = 0;
        while let Some(&spot) = island.get(next) {
            next += 1;
            let (index, height) = spots[spot];
            let (x, z) = (index % GRID, index / GRID);
            let mut visit = |column: usize, run: f32| {
                for other in of_column[column].clone() {
                    // Walkable: a slope of 45°, or a step of 0.4 m.
                    if !seen[other] && (spots[other].1 - height).abs() <= run.max(0.4) {
                        seen[other] = true;
                        island.push(other);
                    }
                }
            };
            if x > 0 {
                visit(index - 1, cell.x);
            }
            if x + 1 < GRID {
                visit(index + 1, cell.x);
            }
            if z > 0 {
                visit(index - GRID, cell.y);
            }
            if z + 1 < GRID {
                visit(index + GRID, cell.y);
            }
        }
        if island.len() > best.len() {
            best = island;
        }
    }
    let count = best.len();
    (count > 0).then_some((best, count))
}

/// Places around one spawn point, itself included.
const PLACES: usize = 24;
/// Spawn points of a world that get places around them; more of them need none.
const SETTLED: usize = 8;
/// Farthest place from its spawn point, metres: 0.9 · √23.
const SPREAD_METRES: f32 = 4.5;

/// Puts spawn points on the floor and adds free places around them: first all points themselves, then
/// the nearest place around each, and so on.
pub(super) fn settle(spawns: &[Spawn], solids: &[SolidMesh]) -> Vec<Spawn> {
    let mut rings: Vec<Vec<Spawn>> = Vec::new();
    for (n, spawn) in spawns.iter().enumerate() {
        if n >= SETTLED {
            rings.push(vec![*spawn]);
            continue;
        }
        let near: Vec<[Vec3; 3]> = triangles(solids)
            .filter(|corners| {
                let low = corners[0].min(corners[1]).min(corners[2]) - spawn.feet;
                let high = corners[0].max(corners[1]).max(corners[2]) - spawn.feet;
                let reach = SPREAD_METRES + 1.0;
                low.max_element() < f32::INFINITY
                    && low.x < reach
                    && low.z < reach
                    && high.x > -reach
                    && high.z > -reach
                    && low.y < 4.0
                    && high.y > -4.0
            })
            .collect();
        let mut origin = *spawn;
        if let Some(height) = floor_under(&near, spawn.feet + Vec3::Y, 4.0) {
            origin.feet.y = height + CLEARANCE_METRES;
        }
        let mut ring = vec![origin];
        for place in 1..PLACES {
            // Sunflower: even spacing of about 1.6 m whatever the number.
            let (angle, radius) = (2.399_963 * place as f32, 0.9 * (place as f32).sqrt());
            let at = origin.feet + Vec3::new(radius * angle.sin(), 0.0, radius * angle.cos());
            let Some(height) = floor_under(&near, at + Vec3::Y, 2.0) else {
                continue;
            };
            let feet = Vec3::new(at.x, height + CLEARANCE_METRES, at.z);
            let chest = Vec3::Y * 1.2;
            let roomy = near.iter().all(|corners| {
                !crosses(*corners, origin.feet + chest, feet + chest)
                    && !crosses(*corners, feet + Vec3::Y * 0.1, feet + Vec3::Y * HEADROOM_METRES)
            });
            if roomy {
                ring.push(Spawn {
                    feet,
                    yaw: origin.yaw,
                });
            }
        }
        rings.push(ring);
    }
    let longest = rings.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|n| rings.iter().filter_map(move |ring| ring.get(n).copied()))
        .collect()
}

fn triangles(solids: &[SolidMesh]) -> impl Iterator<Item = [Vec3; 3]> {
    solids
        .iter()
        .flat_map(|solid| solid.triangles.iter().map(|triangle| solid.corners(*triangle)))
}

/// Either side counts: many scenes are wound both ways.
fn is_floor([a, b, c]: [Vec3; 3]) -> bool {
    (b - a).cross(c - a).normalize_or_zero().y.abs() >= FLOOR_COSINE
}

/// Height of a triangle above a point of the ground plan (x, z).
fn height_at([a, b, c]: [Vec3; 3], point: Vec2) -> Option<f32> {
    let flat = |corner: Vec3| Vec2::new(corner.x, corner.z);
    let (ab, ac, ap) = (flat(b) - flat(a), flat(c) - flat(a), point - flat(a));
    let area = ab.perp_dot(ac);
    if area.abs() < 1e-12 {
        return None;
    }
    let (v, w) = (ap.perp_dot(ac) / area, ab.perp_dot(ap) / area);
    (v >= 0.0 && w >= 0.0 && v + w <= 1.0).then_some(a.y + v * (b.y - a.y) + w * (c.y - a.y))
}

/// The highest floor at most `depth` below `from`.
fn floor_under(near: &[[Vec3; 3]], from: Vec3, depth: f32) -> Option<f32> {
    near.iter()
        .filter(|corners| is_floor(**corners))
        .filter_map(|corners| height_at(*corners, Vec2::new(from.x, from.z)))
        .filter(|height| (from.y - depth..=from.y).contains(height))
        .max_by(f32::total_cmp)
}

/// Does the way from one point to another pass through a triangle (Möller and Trumbore)?
fn crosses([a, b, c]: [Vec3; 3], from: Vec3, to: Vec3) -> bool {
    let (ab, ac, way) = (b - a, c - a, to - from);
    let p = way.cross(ac);
    let det = ab.dot(p);
    if det.abs() < 1e-9 {
        return false;
    }
    let s = from - a;
    let u = s.dot(p) / det;
    let q = s.cross(ab);
    let v = way.dot(q) / det;
    let t = ac.dot(q) / det;
    u >= 0.0 && v >= 0.0 && u + v <= 1.0 && (0.0..=1.0).contains(&t)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::shapes;
    use super::*;

    fn solid(boxes: &[(Vec3, Vec3)]) -> Vec<SolidMesh> {
        boxes
            .iter()
            .map(|(foot, size)| {
                let mesh = shapes::cuboid(*size);
                SolidMesh {
                    positions: mesh
                        .positions
                        .iter()
                        .map(|p| Vec3::from_array(*p) + *foot)
                        .collect(),
                    triangles: mesh.indices.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect(),
                }
            })
            .collect()
    }

    #[test]
    fn one_arrives_on_the_ground_and_not_on_the_roof_of_a_hut() {
        let world = solid(&[
            (Vec3::new(0.0, -1.0, 0.0), Vec3::new(40.0, 1.0, 40.0)),
            (Vec3::new(0.0, 3.0, 0.0), Vec3::new(6.0, 0.3, 6.0)),
        ]);
        let found = find(&world).unwrap();
        assert!(found.spawn.feet.y.abs() < 0.1, "{found:?}");
        assert!((found.area_square_metres - 1600.0).abs() < 60.0, "{found:?}");
        assert!(found.spawn.feet.x.abs() < 2.0 && found.spawn.feet.z.abs() < 2.0);
    }

    #[test]
    fn one_does_not_arrive_where_one_cannot_stand() {
        let world = solid(&[
            (Vec3::new(0.0, -1.0, 0.0), Vec3::new(40.0, 1.0, 40.0)),
            (Vec3::new(0.0, 1.0, 0.0), Vec3::new(20.0, 8.0, 20.0)),
        ]);
        let feet = find(&world).unwrap().spawn.feet;
        assert!(feet.x.abs().max(feet.z.abs()) > 10.0 || feet.y > 8.0, "{feet}");
        assert!(
            feet.y.abs() < 0.1,
            "the ground around is larger than the roof: {feet}"
        );
    }

    #[test]
    fn a_crowd_gets_places_on_the_same_side_of_the_wall() {
        let world = solid(&[
            (Vec3::new(0.0, -1.0, 0.0), Vec3::new(40.0, 1.0, 40.0)),
            (Vec3::new(1.5, 0.0, 0.0), Vec3::new(0.2, 3.0, 40.0)),
        ]);
        let places = settle(
            &[Spawn {
                feet: Vec3::new(0.0, 0.5, 0.0),
                yaw: 1.0,
            }],
            &world,
        );
        assert!(places.len() >= 10, "{}", places.len());
        for place in &places {
            assert!(place.feet.x < 1.4, "{place:?}");
            assert!((place.feet.y - CLEARANCE_METRES).abs() < 1e-3);
        }
        for (n, a) in places.iter().enumerate() {
            assert!(places[n + 1..].iter().all(|b| a.feet.distance(b.feet) > 0.7));
        }
    }

    #[test]
    fn a_spawn_over_nothing_stays_where_its_author_put_it() {
        let at = Spawn {
            feet: Vec3::new(3.0, 50.0, 3.0),
            yaw: 0.5,
        };
        assert_eq!(settle(&[at], &[]), vec![at]);
        assert!(find(&[]).is_none());
    }
}
