//! glTF 2.0, as far as worlds and avatars share it: the container, the JSON, numbers out of buffers, pictures.
//!
//! Flow: `container` (`.glb` or JSON) → `description` (what it would take to parse) → `json` → `accessor` (checked
//! numbers) and `picture` (what a picture claims to be) → the reader of a world ([`crate::world`]) or of an avatar
//! ([`crate::avatar`]), which has its own limits.
//! Invariant: no bytes make anything in here panic, or allocate more than they justify.

pub(crate) mod accessor;
pub(crate) mod container;
pub(crate) mod description;
pub(crate) mod json;
pub(crate) mod picture;

use bytes::Bytes;

/// Entries of a list of nodes, meshes, materials, textures or images: `{}` is three bytes in the file and
/// up to 400 in memory, so that without it the JSON alone could ask for 6 GB.
pub(crate) const MAX_ENTRIES: usize = 100_000;

/// Pictures are shown at most this wide and high: WebGL2 promises no more, and with mip levels one takes 22 MB on the graphics
/// card.
pub(crate) const MAX_SHOWN_SIDE: u32 = 2048;

/// What a colour's alpha means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alpha {
    Opaque,
    /// Holes where alpha is below this.
    Mask(f32),
    Blend,
}

/// A picture on a material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureUse {
    /// Index into the document's pictures.
    pub picture: usize,
    pub wrap: [Wrap; 2],
    /// Hard pixels instead of smooth ones.
    pub nearest: bool,
    /// Moves texture coordinates: offset, rotation in radians, scale.
    pub offset: [f32; 2],
    pub rotation: f32,
    pub scale: [f32; 2],
}

impl TextureUse {
    /// One picture with one kind of edge is one image; where it lies on the surface is the material's.
    pub(crate) fn image(&self) -> (usize, [Wrap; 2], bool) {
        (self.picture, self.wrap, self.nearest)
    }

    /// All of the first picture, with this edge.
    #[cfg(test)]
    pub(crate) fn plain(wrap: Wrap) -> Self {
        Self {
            picture: 0,
            wrap: [wrap; 2],
            nearest: false,
            offset: [0.0; 2],
            rotation: 0.0,
            scale: [1.0; 2],
        }
    }
}

/// Beyond the edge of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrap {
    Repeat,
    Mirror,
    Clamp,
}

/// An encoded picture whose announced size is within the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureData {
    pub bytes: Bytes,
    pub kind: PictureKind,
    pub width: u32,
    pub height: u32,
}

impl PictureData {
    /// What it takes as it is shown, halved until it is small enough, with its smaller copies.
    pub fn shown_bytes(&self) -> u64 {
        let (mut width, mut height) = (self.width, self.height);
        while width.max(height) > MAX_SHOWN_SIDE {
            (width, height) = ((width / 2).max(1), (height / 2).max(1));
        }
        u64::from(width) * u64::from(height) * 4 * 4 / 3
    }
}

/// The two kinds glTF requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    Png,
    Jpeg,
}

/// Triangles of a strip, every second one turned back.
pub(crate) fn strip(corners: &[u32]) -> Vec<u32> {
    let turned = |(n, window): (usize, &[u32])| match *window {
        [a, b, c] if n.is_multiple_of(2) => [a, b, c],
        [a, b, c] => [b, a, c],
        _ => [0; 3],
    };
    corners.windows(3).enumerate().flat_map(turned).collect()
}

/// Triangles of a fan.
pub(crate) fn fan(corners: &[u32]) -> Vec<u32> {
    let Some((first, rest)) = corners.split_first() else {
        return Vec::new();
    };
    rest.windows(2)
        .flat_map(|pair| [*first, pair[0], pair[1]])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_counts_as_it_is_shown() {
        let bytes = |width, height| {
            let (bytes, kind) = (Bytes::new(), PictureKind::Jpeg);
            let picture = PictureData {
                bytes,
                kind,
                width,
                height,
            };
            picture.shown_bytes()
        };
        assert_eq!(bytes(300, 200), 300 * 200 * 4 * 4 / 3);
        // A photo of 12 megapixels.
        assert_eq!(bytes(4032, 3024), 2016 * 1512 * 4 * 4 / 3);
        assert_eq!(bytes(8192, 1), 2048 * 4 * 4 / 3);
    }
}
