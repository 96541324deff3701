//! How much of somebody is drawn, and how often they are moved: the nearest get the most.
//!
//! Invariant: whoever is at the edge of two degrees stays in theirs until it is clearly the other's turn.

use super::{Figure, Person};
use crate::body::camera::MainCamera;
use bevy::prelude::*;

/// Degrees of detail, finest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    Fine,
    #[default]
    Plain,
    Rough,
    /// Without joints.
    Still,
}

/// How near and how many: a crowd before one's nose must not cost more than a crowd across the square.
const FINE: (f32, usize) = (9.0, 6);
const PLAIN: (f32, usize) = (20.0, 24);
const ROUGH: (f32, usize) = (FAR_METRES, 60);
/// Beyond this, people are drawn without joints, metres: a person is 25 pixels high there on a screen of 720.
pub(crate) const FAR_METRES: f32 = 38.0;
/// Twice a second is often enough: nobody comes nearer than a few metres in that time.
const LOOK_EVERY_SECS: f32 = 0.4;
/// Whoever has more detail counts as this much nearer.
const LOYALTY: f32 = 0.88;

impl Detail {
    /// The detail of somebody this far away, with so many nearer.
    fn of(metres: f32, nearer: usize) -> Self {
        let within = |(reach, count): (f32, usize)| metres < reach && nearer < count;
        if within(FINE) {
            Self::Fine
        } else if within(PLAIN) {
            Self::Plain
        } else if within(ROUGH) {
            Self::Rough
        } else {
            Self::Still
        }
    }

    /// The same with loyalty to what one has.
    fn next(self, metres: f32, nearer: usize) -> Self {
        let coarser = Self::of(metres * LOYALTY, nearer.saturating_sub(2));
        let plain = Self::of(metres, nearer);
        if plain > self { coarser.max(self) } else { plain }
    }

    /// Seconds between two moves of the joints: 0 is every frame.
    pub(super) fn every_secs(self, metres: f32, on_screen: bool) -> f32 {
        if !on_screen {
            return 0.3;
        }
        match self {
            _ if metres < 10.0 => 0.0,
            Self::Fine | Self::Plain => 1.0 / 30.0,
            Self::Rough => 1.0 / 18.0,
            Self::Still => 1.0 / 8.0,
        }
    }
}

pub(super) fn choose(
    mut people: Query<(&Person, &Transform, &mut Figure)>,
    camera: Query<&Transform, (With<MainCamera>, Without<Figure>)>,
    mut shapes: Query<(&mut Mesh3d, &mut Visibility)>,
    mut tailor: Option<ResMut<super::Tailor>>,
    mut meshes: ResMut<Assets<Mesh>>,
    time: Res<Time<Real>>,
    mut waited: Local<f32>,
    mut known: Local<usize>,
) {
    *waited += time.delta_secs();
    let count = people.iter().len();
    if *waited < LOOK_EVERY_SECS && count == *known {
        return;
    }
    (*waited, *known) = (0.0, count);
    let (Some(camera), Some(tailor)) = (camera.iter().next(), tailor.as_mut()) else {
        return;
    };
    let mut order: Vec<(f32, Mut<Figure>)> = people
        .iter_mut()
        .map(|(person, place, figure)| {
            let metres = if person.me {
                0.0
            } else {
                camera.translation.distance(place.translation)
            };
            (metres, figure)
        })
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (nearer, (metres, figure)) in order.iter_mut().enumerate() {
        let wanted = figure.detail.next(*metres, nearer);
        if wanted == figure.detail && figure.shown.is_some() == (wanted == Detail::Still) {
            continue;
        }
        figure.detail = wanted;
        let joined = wanted != Detail::Still;
        if let Ok((mut mesh, mut visibility)) = shapes.get_mut(figure.shape) {
            if joined {
                mesh.0 = tailor.shape(&figure.look, wanted, &mut meshes);
            }
            *visibility = if joined {
                Visibility::Inherited
            } else {
                Visibility::Hidden
            };
        }
        if let Ok((_, mut visibility)) = shapes.get_mut(figure.still) {
            *visibility = if joined {
                Visibility::Hidden
            } else {
                Visibility::Inherited
            };
        }
        if joined {
            figure.shown = None;
        }
        // Moved at once: what was hidden kept an old pose.
        figure.waited = 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_before_ones_nose_is_mostly_rough() {
        let mut counts = [0; 4];
        for nearer in 0..100 {
            counts[Detail::of(3.0 + nearer as f32 * 0.1, nearer) as usize] += 1;
        }
        assert_eq!(counts, [6, 18, 36, 40]);
        assert_eq!(Detail::of(100.0, 0), Detail::Still);
    }

    #[test]
    fn nobody_at_an_edge_flickers() {
        for start in [Detail::Fine, Detail::Plain, Detail::Rough, Detail::Still] {
            for edge in [FINE.0, PLAIN.0, ROUGH.0] {
                let mut detail = start.next(edge, 0);
                let mut changes = 0;
                for step in 0..40 {
                    let metres = edge + if step % 2 == 0 { 0.3 } else { -0.3 };
                    let next = detail.next(metres, 0);
                    changes += usize::from(next != detail);
                    detail = next;
                }
                assert!(changes <= 1, "{changes} at {edge} from {start:?}");
            }
        }
    }
}
