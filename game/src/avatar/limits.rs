//! How much an avatar may ask of the machines that show it, and what counts as light.
//!
//! A world may be large because there is one of it; avatars come by the dozen, from people one has never met. The
//! numbers are set so that twenty of the heaviest that pass still fit a browser's tab, and so that nearly everything
//! VRoid Studio, Mixamo and the usual sculptors export passes.

/// One file: 1 minute at 3 Mbit/s. Exports of VRoid Studio are 8 to 20 MB.
pub const MAX_FILE_BYTES: usize = 20 << 20;

/// The JSON part: 57 faces over a VRoid head take about 1 MB.
pub const MAX_JSON_BYTES: usize = 4 << 20;

/// What the JSON part may take parsed, for a moment; guessed from its text before anything parses it. Those of programs
/// take 15 to 22 times their length, made ones a hundred times.
pub const MAX_JSON_MEMORY: u64 = 24 * MAX_JSON_BYTES as u64;

/// Steps of the reader through what a description lists, entries that are nothing included: an entry takes two bytes
/// at least, so half of these are for lists that are walked once, and the limits below multiply to less than the rest.
pub const MAX_STEPS: u64 = MAX_JSON_BYTES as u64;

/// Buffers a file is made of; programs write one.
pub const MAX_BUFFERS: usize = 64;

/// Triangles. VRoid's own limit for "heavy" is 32,000; sculpted figures have up to 70,000.
pub const MAX_TRIANGLES: u64 = 70_000;

/// Vertices over all parts: a triangle needs three at worst.
pub const MAX_VERTICES: u64 = 3 * MAX_TRIANGLES;

/// Vertices times forms of all faces, of those forms that a face uses: at 24 bytes each 24 MB.
pub const MAX_MORPH_VERTICES: u64 = 1_000_000;

/// Forms of one part: what Bevy has room for (`MAX_MORPH_WEIGHTS`).
pub const MAX_MORPHS: usize = 256;

/// Joints of one skin: what Bevy and WebGL2's smallest uniform buffer have room for (`MAX_JOINTS`).
pub const MAX_JOINTS: usize = 256;

/// Nodes, the root of our own included; they become entities.
pub const MAX_NODES: usize = 1_024;

/// Nodes within nodes; Blender's deepest rigs have about 60.
pub const MAX_NODE_DEPTH: usize = 128;

/// Shapes with a material of their own: draws. Merged avatars have 1 to 10, unmerged ones 30.
pub const MAX_PARTS: usize = 64;

/// Shapes looked at, those that cannot be shown included: four times as many as are shown, for files that carry
/// points and lines along.
pub const MAX_PRIMITIVES: usize = 4 * MAX_PARTS;

/// Materials.
pub const MAX_MATERIALS: usize = 64;

/// Pictures. Those of VRoid Studio have 15 to 25.
pub const MAX_TEXTURES: usize = 32;

/// Width or height of a picture in the file: a larger one takes 64 MiB only to be decoded.
pub const MAX_TEXTURE_SIDE: u32 = 4_096;

/// Pixels of all pictures together, as they are decoded: eight of the largest, or thirty-two of 2048². A file of a few
/// kilobytes can claim all of them, and a page has to decode them between two frames.
pub const MAX_TEXTURE_PIXELS: u64 = 8 * (MAX_TEXTURE_SIDE as u64 * MAX_TEXTURE_SIDE as u64);

/// Width or height of a picture as shown.
pub const MAX_SHOWN_SIDE: u32 = 2_048;

/// Smallest side pictures are scaled down to, to fit [`MAX_TEXTURE_BYTES`].
pub const MIN_SHOWN_SIDE: u32 = 256;

/// Memory of all pictures on the graphics card with mip levels. Pictures of the largest sizes are shown
/// smaller until they fit: three of 2048² in full, a dozen of 1024².
pub const MAX_TEXTURE_BYTES: u64 = 64 << 20;
const _: () = assert!(
    MAX_TEXTURES as u64 * (MIN_SHOWN_SIDE as u64 * MIN_SHOWN_SIDE as u64 * 4) * 4 / 3 <= MAX_TEXTURE_BYTES,
    "as many as there may be fit when they are small"
);

/// Faces. VRM has 18 of its own; programs that track faces add 52.
pub const MAX_EXPRESSIONS: usize = 128;

/// What all faces together change.
pub const MAX_BINDS: usize = 4_096;

/// Joints that swing; a long skirt and long hair have about 150.
pub const MAX_SPRING_JOINTS: usize = 256;

/// Colliders.
pub const MAX_COLLIDERS: usize = 128;

/// Pairs of joint and collider, looked at 60 times a second.
pub const MAX_SPRING_PAIRS: usize = 8_192;

/// Constraints.
pub const MAX_CONSTRAINTS: usize = 128;

/// Heights of somebody, metres: smaller cannot be seen, taller hides the others.
pub const HEIGHT_METRES: core::ops::RangeInclusive<f32> = 0.4..=2.6;

/// A number in a file beyond this is a mistake, metres or times: nothing of a body is a kilometre long.
pub const MAX_NUMBER: f32 = 1e6;

/// Names kept, characters.
pub const MAX_NAME_CHARS: usize = 80;

/// Warnings kept.
pub const MAX_WARNINGS: usize = 16;

/// What counts as light, and what as fair; above it is heavy, and above the limits it is not shown.
/// After VRoid Hub's and VRChat's ranks, loosened where our own limits allow it.
pub const GOOD: Light = Light {
    bytes: 6 << 20,
    triangles: 20_000,
    bones: 128,
    parts: 8,
    texture_bytes: 16 << 20,
    springs: 64,
};
/// See [`GOOD`].
pub const FAIR: Light = Light {
    bytes: 12 << 20,
    triangles: 40_000,
    bones: 200,
    parts: 20,
    texture_bytes: 40 << 20,
    springs: 128,
};

/// Bounds of a rank.
#[derive(Clone, Copy, Debug)]
pub struct Light {
    pub bytes: u64,
    pub triangles: u32,
    pub bones: u32,
    pub parts: u32,
    pub texture_bytes: u64,
    pub springs: u32,
}
