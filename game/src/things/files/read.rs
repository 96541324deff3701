//! A stranger's file, looked at: what it is, and whether it can be shown.
//!
//! Invariant: no bytes make anything in here panic, or allocate more than they justify; a picture is measured, not decoded.

use super::exif;
use crate::customs;
use crate::gltf::{PictureData, container, description, picture};
use crate::words::Phrase;
use crate::world::{Object, WorldError, limits as world_limits};
use bevy::math::Vec3;
use bytes::Bytes;
use holm_document::limits;
use holm_document::part::{Blob, Model, Part, Picture};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Width or height of a picture.
pub const MOST_SIDE: u32 = 8_192;
/// Pixels of a picture. While it is decoded it takes up to 384 MiB (16 bits for each of four colours, beside the copy of 8 bits
/// that is shown), and its decoder is given 16 bytes for each pixel and 64 MiB.
pub const MOST_PIXELS: u64 = 32 << 20;
/// How long the longer side of a picture is when it is put down, metres.
const PICTURE_METRES: f32 = 1.0;
/// How thick.
const PICTURE_THICK_METRES: f32 = 0.02;
/// A model is put down as large as it says, within these bounds of its longest side, metres: beyond them it was made in another
/// unit.
const LEAST_METRES: f32 = 0.05;
const MOST_METRES: f32 = 100.0;

/// What a file is, by how it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Picture,
    Model,
}

/// What a file is, by how it begins; whether it can be shown is another question. `None` for one that things do not show.
pub fn kind(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(Kind::Picture);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let json = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    (bytes.starts_with(b"glTF") || json).then_some(Kind::Model)
}

/// A file that can be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    Picture(PictureData),
    Model(Box<Object>),
}

/// Why a file cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadFile {
    Empty,
    TooLarge,
    Unknown,
    /// No header that can be read.
    Damaged,
    TooManyPixels {
        width: u32,
        height: u32,
    },
    /// In words of the reader of models.
    Model(Phrase),
}

impl From<WorldError> for BadFile {
    fn from(error: WorldError) -> Self {
        Self::Model(error.phrase())
    }
}

/// Reads one. Blocking.
///
/// # Errors
/// Why it cannot be shown.
pub fn read(bytes: &Bytes) -> Result<Content, BadFile> {
    if bytes.is_empty() {
        return Err(BadFile::Empty);
    }
    if bytes.len() as u64 > limits::BLOB_BYTES {
        return Err(BadFile::TooLarge);
    }
    match kind(bytes).ok_or(BadFile::Unknown)? {
        Kind::Picture => {
            let (kind, width, height) = picture::measure(bytes).ok_or(BadFile::Damaged)?;
            if width.max(height) > MOST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
                return Err(BadFile::TooManyPixels { width, height });
            }
            let bytes = bytes.clone();
            Ok(Content::Picture(PictureData {
                bytes,
                kind,
                width,
                height,
            }))
        }
        Kind::Model => {
            let object = Object::read(bytes, u64::from(limits::MODEL_TRIANGLES))?;
            Ok(Content::Model(Box::new(object)))
        }
    }
}

impl Content {
    /// How a thing names it.
    pub fn part(&self, file: Blob) -> Part {
        match self {
            Self::Picture(picture) => Picture {
                file,
                aspect: {
                    let [width, height] = sides(picture);
                    (height as f32 / width.max(1) as f32).clamp(0.01, 100.0)
                },
            }
            .into(),
            Self::Model(object) => Model {
                file,
                triangles: u32::try_from(object.triangles()).unwrap_or(u32::MAX),
            }
            .into(),
        }
    }

    /// Whether it is what a thing says of it.
    pub fn is_as_said(&self, said: &Part) -> bool {
        match (self, said) {
            (Self::Picture(_), Part::Picture(_)) => true,
            (Self::Model(object), Part::Model(said)) => object.triangles() <= u64::from(said.triangles),
            _ => false,
        }
    }

    /// How large it is put down, metres.
    pub fn size(&self) -> Vec3 {
        match self {
            Self::Picture(picture) => {
                let size = bevy::math::Vec2::from(sides(picture).map(|side| side as f32));
                let size = size / size.max_element().max(1.0) * PICTURE_METRES;
                size.max(bevy::math::Vec2::splat(PICTURE_METRES / 100.0))
                    .extend(PICTURE_THICK_METRES)
            }
            Self::Model(object) => {
                let size = object.size().map_or(Vec3::ONE, |size| size.size);
                let longest = size.max_element().max(f32::MIN_POSITIVE);
                let size = size * (longest.clamp(LEAST_METRES, MOST_METRES) / longest);
                size.max(Vec3::splat(2.0 * limits::LEAST_SCALE))
            }
        }
    }

    /// What it takes to show it, bytes: the file, which stays here, and all that is made of it.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Picture(picture) => picture.bytes.len() as u64 + picture.shown_bytes(),
            Self::Model(object) => object.bytes(),
        }
    }
}

/// Width and height of a picture as it is seen, pixels: a photo may lie on its side.
pub fn sides(picture: &PictureData) -> [u32; 2] {
    if exif::turn(&picture.bytes).is_on_its_side() {
        [picture.height, picture.width]
    } else {
        [picture.width, picture.height]
    }
}

/// What a file says of itself, for people: each one line, fit to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub title: Option<String>,
    pub author: Option<String>,
    pub licence: Option<String>,
    /// It is an avatar by its own word (VRM).
    pub is_avatar: bool,
    /// It has a figure that could be worn.
    pub has_figure: bool,
    /// It has motions, which are not shown.
    pub moves: bool,
}

impl About {
    /// The same for a list of licences, in English like all of it; `None` where it says nothing.
    pub fn told(&self) -> Option<String> {
        let said = [
            ("title", &self.title),
            ("author", &self.author),
            ("licence", &self.licence),
        ];
        let lines = said
            .iter()
            .filter_map(|(what, text)| Some(format!("{what}: {}", text.as_deref()?)));
        let told = lines.collect::<Vec<_>>().join("\n");
        (!told.is_empty()).then_some(told)
    }
}

/// As much of a glTF file as this needs.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Said {
    asset: Asset,
    extensions_used: Vec<Value>,
    skins: Vec<IgnoredAny>,
    animations: Vec<IgnoredAny>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asset {
    copyright: Value,
    extras: Value,
}

/// What it says of itself; nothing where it cannot be read.
pub fn about(bytes: &Bytes) -> About {
    match kind(bytes) {
        Some(Kind::Picture) => of_png(bytes),
        Some(Kind::Model) => of_gltf(bytes).unwrap_or_default(),
        None => About::default(),
    }
}

fn line(text: &str) -> Option<String> {
    let text: String = customs::chat_line(text)?.chars().take(MOST_CHARS).collect();
    (!text.is_empty()).then_some(text)
}

/// Letters of such a line.
const MOST_CHARS: usize = 200;

fn of_gltf(bytes: &Bytes) -> Option<About> {
    let (json, _) = container::split(bytes).ok()?;
    if json.len() > world_limits::MAX_GLTF_JSON_BYTES
        || description::memory(&json) > world_limits::MAX_GLTF_JSON_MEMORY
    {
        return None;
    }
    let text = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&json);
    let said: Said = serde_json::from_slice(text).ok()?;
    let extra = |names: &[&str]| {
        let found = names
            .iter()
            .find_map(|name| said.asset.extras.get(name)?.as_str());
        found.and_then(line)
    };
    let uses = |name: &str| {
        said.extensions_used
            .iter()
            .any(|used| used.as_str() == Some(name))
    };
    let copyright = said.asset.copyright.as_str().and_then(line);
    Some(About {
        title: extra(&["title", "name"]),
        author: extra(&["author", "creator"]).or_else(|| copyright.clone()),
        licence: extra(&["license", "licence"]).or(copyright),
        is_avatar: uses("VRM") || uses("VRMC_vrm"),
        has_figure: !said.skins.is_empty(),
        moves: !said.animations.is_empty(),
    })
}

/// Chunks of a PNG that are looked at.
const MOST_CHUNKS: usize = 256;

/// Its plain texts (`tEXt`).
fn of_png(bytes: &[u8]) -> About {
    let mut about = About::default();
    let mut rest = bytes.get(8..).unwrap_or_default();
    for _ in 0..MOST_CHUNKS {
        let Some((head, behind)) = rest.split_at_checked(8) else {
            break;
        };
        let len = head
            .get(..4)
            .and_then(|len| len.try_into().ok())
            .map(u32::from_be_bytes);
        let Some((data, behind)) = behind.split_at_checked(len.unwrap_or(u32::MAX) as usize) else {
            break;
        };
        if head.get(4..) == Some(b"tEXt")
            && let Some(at) = data.iter().position(|byte| *byte == 0)
        {
            // Latin-1 says the format: each byte is a letter.
            let text: String = data[at + 1..]
                .iter()
                .take(4 * MOST_CHARS)
                .map(|byte| char::from(*byte))
                .collect();
            let place = match &data[..at] {
                b"Title" => Some(&mut about.title),
                b"Author" => Some(&mut about.author),
                b"Copyright" => Some(&mut about.licence),
                _ => None,
            };
            if let Some(place) = place {
                *place = line(&text);
            }
        }
        rest = behind.get(4..).unwrap_or_default();
    }
    about
}
