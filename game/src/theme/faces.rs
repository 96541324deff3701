//! Faces for scripts that Nunito does not write: fetched when somebody needs them, because the Japanese one weighs
//! more than half of the program.
//!
//! Flow: the language that is set, and every text on its way to the screen (`letters`), say which scripts are wanted
//! → the platform gives the bytes (a desktop has them in the program, a page fetches them from where it came from)
//! → checked → all letters are set anew. Until then boxes are shown.
//! Invariant: egui panics on a font it cannot read, so it only gets bytes whose hash is in `assets/theme/faces.ron`;
//! others cost a notice.

use super::letters::{self, Letters};
use crate::notices::Notice;
use crate::platform;
use crate::words::{Language, Words};
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, block_on, futures::check_ready, poll_once};
use bevy_egui::{EguiContext, PrimaryEguiContext};
use serde::Deserialize;
use std::borrow::Cow;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Faces>()
        .add_systems(PreUpdate, (fetch, give).chain());
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Script {
    Arabic,
    Japanese,
    Hebrew,
    Thai,
    Devanagari,
}

impl Script {
    #[cfg(test)]
    const ALL: [Self; 5] = [
        Self::Arabic,
        Self::Japanese,
        Self::Hebrew,
        Self::Thai,
        Self::Devanagari,
    ];

    /// The script of a letter that Nunito and egui's own faces lack.
    pub(super) fn of(c: char) -> Option<Self> {
        match c {
            '\u{600}'..='\u{6FF}'
            | '\u{750}'..='\u{77F}'
            | '\u{8A0}'..='\u{8FF}'
            | '\u{FB50}'..='\u{FDFF}' => Some(Self::Arabic),
            '\u{FE70}'..='\u{FEFC}' => Some(Self::Arabic),
            '\u{3000}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF9F}' => {
                Some(Self::Japanese)
            }
            '\u{590}'..='\u{5FF}' | '\u{FB1D}'..='\u{FB4F}' => Some(Self::Hebrew),
            '\u{E00}'..='\u{E7F}' => Some(Self::Thai),
            '\u{900}'..='\u{97F}' | '\u{A8E0}'..='\u{A8FF}' => Some(Self::Devanagari),
            _ => None,
        }
    }

    fn of_language(language: Language) -> Option<Self> {
        match language {
            Language::Arabic => Some(Self::Arabic),
            Language::Japanese => Some(Self::Japanese),
            Language::English | Language::German | Language::Spanish => None,
        }
    }

    /// The files in `assets/theme`, without their ending: the usual weight, then the bold one if it is another.
    pub(super) fn faces(self) -> Vec<&'static str> {
        match self {
            Self::Arabic => vec!["Vazirmatn-Medium", "Vazirmatn-Bold"],
            Self::Japanese => vec!["MPlusRounded-Medium"],
            Self::Hebrew => vec!["Rubik-Medium", "Rubik-Bold"],
            Self::Thai => vec!["Mitr-Medium", "Mitr-Bold"],
            Self::Devanagari => vec!["Baloo2-Medium"],
        }
    }

    /// What a person reads when it could not be had.
    fn trouble(self) -> &'static str {
        match self {
            Self::Arabic => "theme-no-arabic",
            Self::Japanese => "theme-no-japanese",
            Self::Hebrew => "theme-no-hebrew",
            Self::Thai => "theme-no-thai",
            Self::Devanagari => "theme-no-devanagari",
        }
    }
}

/// A face whose bytes are the ones this build was made for.
#[derive(Clone)]
pub struct Face {
    pub(super) name: &'static str,
    pub(super) bytes: Cow<'static, [u8]>,
}

/// What `make_fonts.py` wrote of a face.
#[derive(Deserialize)]
struct Known {
    name: String,
    bytes: usize,
    hash: String,
}

impl Known {
    fn of(name: &str) -> Result<Self, String> {
        let known: Vec<Self> = ron::from_str(include_str!("../../../assets/theme/faces.ron"))
            .map_err(|error| format!("the list of faces: {error}"))?;
        known
            .into_iter()
            .find(|known| known.name == name)
            .ok_or_else(|| format!("{name} is not in the list of faces"))
    }
}

impl Face {
    /// What it is called beside a page, as `cargo xtask web` calls it: by its content, so that browsers may keep it.
    fn file_name(name: &str) -> Result<String, String> {
        let known = Known::of(name)?;
        let start = known
            .hash
            .get(..16)
            .ok_or("a hash in the list of faces is short")?;
        Ok(format!("{name}-{start}.ttf"))
    }

    /// # Errors
    /// For the log, when these are other bytes than the face's own.
    pub(super) fn checked(name: &'static str, bytes: Cow<'static, [u8]>) -> Result<Self, String> {
        let known = Known::of(name)?;
        if bytes.len() != known.bytes {
            return Err(format!(
                "{name} has {} bytes instead of {}",
                bytes.len(),
                known.bytes
            ));
        }
        if blake3::hash(&bytes).to_hex().as_str() != known.hash {
            return Err(format!("{name} is damaged"));
        }
        Ok(Self { name, bytes })
    }

    pub(super) fn is_bold(&self) -> bool {
        self.name.ends_with("-Bold")
    }
}

impl Faces {
    pub(crate) fn here(&self) -> &[Face] {
        &self.here
    }
}

type Fetching = Task<Result<Vec<Face>, String>>;

/// What was asked for and what is here.
#[derive(Resource, Default)]
pub(crate) struct Faces {
    asked: Vec<Script>,
    under_way: Vec<(Script, Fetching)>,
    here: Vec<Face>,
    /// Given to the context; less than `here` when new ones have come.
    given: usize,
}

fn fetch(
    mut faces: ResMut<Faces>,
    words: Res<Words>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    mut notices: MessageWriter<Notice>,
) {
    let mut wanted: Vec<Script> = Script::of_language(words.language()).into_iter().collect();
    for mut context in &mut contexts {
        if let Some(letters) = context.get_mut().plugin_opt::<Letters>() {
            wanted.extend(letters.lock().wanted());
        }
    }
    let mut came = Vec::new();
    for script in wanted {
        if !faces.asked.contains(&script) {
            faces.asked.push(script);
            // A program that has them in itself shows no boxes, not for a frame.
            let mut letters = Box::pin(load(script));
            match block_on(poll_once(&mut letters)) {
                Some(result) => came.push((script, result)),
                None => {
                    let task = AsyncComputeTaskPool::get().spawn(letters);
                    faces.under_way.push((script, task));
                }
            }
        }
    }
    let mut at = 0;
    while let Some((script, task)) = faces.under_way.get_mut(at) {
        let script = *script;
        match check_ready(task) {
            None => at += 1,
            Some(result) => {
                drop(faces.under_way.swap_remove(at));
                came.push((script, result));
            }
        }
    }
    for (script, result) in came {
        match result {
            Ok(new) => faces.here.extend(new),
            Err(error) => {
                warn!("letters were not loaded: {error}");
                notices.write(Notice::trouble(
                    words.say(script.trouble()),
                    words.say("theme-no-letters-next"),
                ));
            }
        }
    }
}

/// The faces of a script, checked. What a browser kept may be damaged: then it is fetched anew, once, and kept instead.
async fn load(script: Script) -> Result<Vec<Face>, String> {
    let mut faces = Vec::new();
    for name in script.faces() {
        let file = Face::file_name(name)?;
        let kept = platform::face(name, file.clone(), false).await?;
        let face = match Face::checked(name, kept) {
            Ok(face) => face,
            Err(error) => {
                warn!("letters are fetched anew: {error}");
                Face::checked(name, platform::face(name, file, true).await?)?
            }
        };
        faces.push(face);
    }
    Ok(faces)
}

fn give(
    mut faces: ResMut<Faces>,
    words: Res<Words>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
) {
    let new = faces.here.len() != faces.given;
    for mut context in &mut contexts {
        let ctx = context.get_mut();
        if new {
            super::give_letters(ctx, &faces.here);
        }
        let from_right = words.language().is_right_to_left();
        if letters::from_right(ctx) != from_right {
            letters::set_from_right(ctx, from_right);
        }
    }
    if new {
        faces.given = faces.here.len();
    }
}

#[cfg(test)]
fn file(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../assets/theme/{name}.ttf"));
    std::fs::read(path).expect("the face is in the repository")
}

/// All faces there are.
#[cfg(test)]
pub(super) fn all_for_tests() -> Vec<Face> {
    let names = Script::ALL.into_iter().flat_map(Script::faces);
    names
        .map(|name| Face::checked(name, file(name).into()).expect("undamaged"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faces_in_the_repository_are_the_ones_in_the_list() {
        for name in Script::ALL.into_iter().flat_map(Script::faces) {
            assert!(
                Face::checked(name, file(name).into()).is_ok(),
                "{name}: run make_fonts.py"
            );
        }
    }

    #[test]
    fn a_damaged_a_cut_and_a_huge_face_are_refused() {
        let name = "Vazirmatn-Medium";
        let mut bytes = file(name);
        bytes[20_000] ^= 1;
        assert!(Face::checked(name, bytes.into()).is_err());
        assert!(Face::checked(name, file(name)[..1_000].to_vec().into()).is_err());
        assert!(Face::checked(name, vec![0; 50 << 20].into()).is_err());
        assert!(Face::checked(name, Vec::new().into()).is_err());
        assert!(Face::checked("Nunito-Medium", file("Nunito-Medium").into()).is_err());
    }
}
