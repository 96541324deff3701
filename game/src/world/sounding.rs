//! What a world sounds like, and what its floors sound like underfoot: what its author says of it.
//!
//! Flow: `scene` reads it from world.ron, checked → `WorldDocument::{sounds, floors}` → `sound`.
//! Invariant: every number is finite and in range. What a sound is made of is not said here: a world names what there is,
//! and no file of a stranger is ever played.

use bevy::math::Vec3;
use serde::Deserialize;

/// What is heard somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Ambience {
    /// Waves that break. Without a place: along the shore of the environment's water.
    Surf,
    /// The sea beyond.
    Sea,
    Wind,
    /// By day.
    Birds,
    /// By day.
    Gulls,
    /// In the evening and at night.
    Crickets,
    /// Fires among the lights are heard anyway.
    Fire,
    Lighthouse,
    /// The air of a room.
    Room,
}

/// A sound that a place has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldSound {
    pub of: Ambience,
    /// `None`: everywhere.
    pub at: Option<Vec3>,
    /// It is not heard farther away.
    pub range_metres: f32,
    /// 0 to 1.
    pub gain: f32,
}

/// What one walks on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Footing {
    Stone,
    Wood,
    Sand,
    Grass,
}

/// Whoever stands in this box walks on that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    pub of: Footing,
    /// Middle of its bottom.
    pub foot: Vec3,
    /// Width, height and length, metres.
    pub size: Vec3,
}

impl Floor {
    /// Whether feet here are in it.
    pub fn contains(&self, feet: Vec3) -> bool {
        let away = feet - self.foot;
        away.x.abs() <= self.size.x * 0.5
            && away.z.abs() <= self.size.z * 0.5
            && (0.0..=self.size.y).contains(&away.y)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MemoryFiles, WorldDocument, WorldError, WorldPath, limits, load};
    use super::*;

    fn open(said: &str) -> Result<WorldDocument, WorldError> {
        let text = format!("World(version: 1, {said} things: [(shape: Sphere(radius: 1))])");
        let mut files = MemoryFiles::default();
        let main = WorldPath::new("world.ron").unwrap();
        files.insert(main.clone(), text.into_bytes().into());
        load(&files, &main)
    }

    #[test]
    fn sounds_and_floors_are_as_the_file_says() {
        let world = open(
            "sounds: [(of: Wind), (of: Lighthouse, at: (1, 20, 3), range: 14, gain: 0.5)],
             floors: [(of: Wood, at: (0, 1, 2), size: (3, 4, 5))],",
        )
        .unwrap();
        let wind = WorldSound {
            of: Ambience::Wind,
            at: None,
            range_metres: 30.0,
            gain: 1.0,
        };
        let light = WorldSound {
            of: Ambience::Lighthouse,
            at: Some(Vec3::new(1.0, 20.0, 3.0)),
            range_metres: 14.0,
            gain: 0.5,
        };
        assert_eq!(world.sounds, [wind, light]);
        let boards = Floor {
            of: Footing::Wood,
            foot: Vec3::new(0.0, 1.0, 2.0),
            size: Vec3::new(3.0, 4.0, 5.0),
        };
        assert_eq!(world.floors, [boards]);
        let silent = open("").unwrap();
        assert!(silent.sounds.is_empty() && silent.floors.is_empty());
    }

    #[test]
    fn more_sounds_or_floors_than_there_is_room_for_are_refused() {
        let many = |what: &str, one: &str, count: usize| open(&format!("{what}: [{}],", one.repeat(count)));
        let floor = "(of: Wood, at: (0, 0, 0), size: (1, 1, 1)),";
        assert!(many("sounds", "(of: Sea),", limits::MAX_SOUNDS).is_ok());
        assert!(many("floors", floor, limits::MAX_FLOORS).is_ok());
        for refused in [
            many("sounds", "(of: Sea),", limits::MAX_SOUNDS + 1),
            many("floors", floor, limits::MAX_FLOORS + 1),
        ] {
            assert!(matches!(refused, Err(WorldError::TooMuch { .. })));
        }
    }

    #[test]
    fn a_floor_is_the_box_that_stands_on_its_foot() {
        let pier = Floor {
            of: Footing::Wood,
            foot: Vec3::new(0.0, 0.5, 10.0),
            size: Vec3::new(2.0, 1.0, 6.0),
        };
        assert!(pier.contains(Vec3::new(0.9, 0.5, 12.9)));
        for beside in [
            Vec3::new(1.1, 0.6, 10.0),
            Vec3::new(0.0, 0.4, 10.0),
            Vec3::new(0.0, 1.6, 10.0),
        ] {
            assert!(!pier.contains(beside), "{beside}");
        }
    }
}
