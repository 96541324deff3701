//! How much of what is small or far away is drawn: less with distance, and less where drawing is dear.
//!
//! Flow: `show` gives things a [`Detail`] → `apply` says, by the settings, from where to where each is drawn. Small plants
//! sink into the ground before they are left out (`moving.wgsl`); of what there are many copies of, far ones are
//! drawn coarser (`coarse`).
//! Invariant: how large something is decides, not what it is; what is larger than [`SMALL_METRES`] is always drawn.

use super::tag;
use crate::settings::Settings;
use bevy::camera::visibility::VisibilityRange;
use bevy::mesh::MeshTag;
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        apply
            .run_if(resource_changed::<Settings>.or_else(resource_changed::<super::Showings>))
            .after(super::show),
    );
}

/// Half the size below which something is left out far away, metres: grass, flowers, bushes, and no post or bench.
pub(super) const SMALL_METRES: f32 = 1.15;

/// When to draw something; each with half its size, metres.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub(super) enum Detail {
    /// Not far away.
    Small(f32),
    /// A finer copy of [`Self::Far`].
    Near(f32),
    Far(f32),
}

/// How far away details are drawn, metres for each metre of half a thing's size.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reach {
    small: f32,
    fine: f32,
}

impl Reach {
    /// As far as the other options say that this device can draw. The numbers were chosen by looking: with them nothing is
    /// seen to change at 640, 1280 and 1920 pixels of width.
    fn of(settings: &Settings) -> Self {
        let (small, fine) = match (settings.shadows, settings.smooth_edges) {
            (false, _) => (42.0, 8.0),
            (true, false) => (80.0, 16.0),
            (true, true) => (170.0, 40.0),
        };
        Self { small, fine }
    }
}

impl Detail {
    fn range(self, reach: Reach) -> VisibilityRange {
        match self {
            Self::Small(half) => VisibilityRange::abrupt(0.0, half * reach.small),
            Self::Near(half) => VisibilityRange::abrupt(0.0, half * reach.fine),
            Self::Far(half) => VisibilityRange::abrupt(half * reach.fine, f32::INFINITY),
        }
    }
}

fn apply(
    mut commands: Commands,
    settings: Res<Settings>,
    mut details: Query<(Entity, &Detail, Option<&mut MeshTag>)>,
) {
    let reach = Reach::of(&settings);
    for (entity, detail, tag) in &mut details {
        let range = detail.range(reach);
        if let (Some(mut tag), Detail::Small(_)) = (tag, detail) {
            tag.0 = tag::with_end(tag.0, range.end_margin.end);
        }
        commands.entity(entity).insert(range);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Quality;

    #[test]
    fn each_choice_draws_more_than_the_one_below() {
        let reach = |quality| {
            let mut settings = Settings::default();
            settings.set_quality(quality);
            Reach::of(&settings)
        };
        let [low, medium, high] = [Quality::Low, Quality::Medium, Quality::High].map(reach);
        assert!(low.small < medium.small && medium.small < high.small);
        assert!(low.fine < medium.fine && medium.fine < high.fine);
    }

    #[test]
    fn where_the_fine_copy_ends_the_coarse_one_begins() {
        let reach = Reach::of(&Settings::default());
        let (near, far) = (Detail::Near(2.0).range(reach), Detail::Far(2.0).range(reach));
        for metres in [0.0, 5.0, near.end_margin.end, 500.0] {
            assert!(
                near.is_visible_at_all(metres) != far.is_visible_at_all(metres),
                "{metres}"
            );
        }
    }
}
