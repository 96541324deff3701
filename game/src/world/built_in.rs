//! The worlds that come with Holm. Their files are part of the program, so that hosting needs no file and joining
//! somebody's harbour needs no download.
//!
//! Each is made by the `make.py` in its folder under `assets/worlds`.

use super::document::{WorldDocument, load};
use super::error::WorldError;
use super::files::{MemoryFiles, WorldPath};
use super::manifest::Bundle;
use bytes::Bytes;

/// A world that comes with Holm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// An island with a fire, a pier, a stage and a lighthouse.
    #[default]
    Harbour,
    /// A cabin for four.
    QuietRoom,
    /// A hall for a hundred.
    Hall,
}

/// The file that each begins with.
const MAIN: &str = "world.ron";

macro_rules! files {
    ($folder:literal, $model:literal) => {
        [
            (
                "world.ron",
                include_bytes!(concat!("../../../assets/worlds/", $folder, "/world.ron")),
            ),
            (
                $model,
                include_bytes!(concat!("../../../assets/worlds/", $folder, "/", $model)),
            ),
        ]
    };
}

impl BuiltIn {
    pub const ALL: [Self; 3] = [Self::Harbour, Self::QuietRoom, Self::Hall];

    /// As it is typed behind `--world`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Harbour => "harbour",
            Self::QuietRoom => "quiet-room",
            Self::Hall => "hall",
        }
    }

    /// What is said of it to people: `places-…` of the words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Harbour => "places-harbour",
            Self::QuietRoom => "places-quiet-room",
            Self::Hall => "places-hall",
        }
    }

    /// A sentence about it.
    pub fn about(self) -> &'static str {
        match self {
            Self::Harbour => "places-harbour-about",
            Self::QuietRoom => "places-quiet-room-about",
            Self::Hall => "places-hall-about",
        }
    }

    /// The moments it has, by name: what its `world.ron` says.
    pub fn moments(self) -> &'static [&'static str] {
        match self {
            Self::Harbour => &["Evening", "Day", "Night"],
            Self::QuietRoom => &["Dusk", "Morning", "Night"],
            Self::Hall => &["Afternoon", "Evening"],
        }
    }

    /// The one that is called so in its own `world.ron`: what a host tells guests who chose no other name.
    pub fn titled(title: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.title() == title)
    }

    /// What its `world.ron` calls it.
    const fn title(self) -> &'static str {
        match self {
            Self::Harbour => "Harbour",
            Self::QuietRoom => "Quiet room",
            Self::Hall => "Hall",
        }
    }

    /// The one that consists of these files, to the byte.
    pub fn of(bundle: &Bundle) -> Option<Self> {
        Self::ALL.into_iter().find(|which| {
            let parts = which.parts();
            let is_there = |(path, bytes): &(&str, &[u8])| {
                bundle
                    .files
                    .iter()
                    .any(|file| file.path.as_str() == *path && file.bytes[..] == **bytes)
            };
            bundle.main.as_str() == MAIN && bundle.files.len() == parts.len() && parts.iter().all(is_there)
        })
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name() == name)
    }

    fn parts(self) -> [(&'static str, &'static [u8]); 2] {
        match self {
            Self::Harbour => files!("harbour", "harbour.glb"),
            Self::QuietRoom => files!("quiet-room", "quiet-room.glb"),
            Self::Hall => files!("hall", "hall.glb"),
        }
    }

    /// Its files, and the one to begin with.
    ///
    /// # Errors
    /// None in a build whose tests pass.
    pub fn files(self) -> Result<(MemoryFiles, WorldPath), WorldError> {
        let mut files = MemoryFiles::default();
        for (path, bytes) in self.parts() {
            files.insert(WorldPath::new(path)?, Bytes::from_static(bytes));
        }
        Ok((files, WorldPath::new(MAIN)?))
    }

    /// Loads it.
    ///
    /// # Errors
    /// None in a build whose tests pass; the caller reports it like any other world that does not load.
    pub fn load(self) -> Result<WorldDocument, WorldError> {
        let (files, main) = self.files()?;
        load(&files, &main)
    }
}

/// The bytes of all of them: what a guest need not fetch.
pub(super) fn blobs() -> impl Iterator<Item = Bytes> {
    BuiltIn::ALL
        .into_iter()
        .flat_map(BuiltIn::parts)
        .map(|(_, bytes)| Bytes::from_static(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::said_name;
    use super::*;
    use crate::words::{Language, Words};

    #[test]
    fn each_is_known_by_what_its_file_calls_it() {
        for which in BuiltIn::ALL {
            assert_eq!(BuiltIn::titled(&which.load().unwrap().name), Some(which));
        }
        assert_eq!(BuiltIn::titled("Ada's garden"), None);
    }

    #[test]
    fn each_is_known_by_its_files() {
        for which in BuiltIn::ALL {
            let mut bundle = which.load().unwrap().bundle;
            assert_eq!(BuiltIn::of(&bundle), Some(which));
            bundle.files.pop();
            assert_eq!(BuiltIn::of(&bundle), None);
        }
    }

    #[test]
    fn what_comes_with_holm_is_called_in_the_language_of_whoever_reads_it() {
        for language in Language::ALL {
            let words = Words::new(language);
            for which in BuiltIn::ALL {
                let title = which.load().unwrap().name;
                assert_eq!(
                    said_name(&words, &title),
                    words.say(which.words()),
                    "{language:?}"
                );
            }
            assert_eq!(said_name(&words, "Ada's garden"), "Ada's garden");
        }
    }
}
