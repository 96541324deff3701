//! How much a world may ask of the machines that show it. Every bound on foreign world bytes is here.
//!
//! A world comes from a stranger's disk or from a host one does not know: without bounds a 40-byte
//! accessor can ask for 16 GB. The numbers are set so that the smallest machine we care about, a browser
//! tab with 4 GB of address space of which about half can be had, survives the largest world that passes.

/// One file. A `.glb` of a large scene is 50–200 MB; the whole file is in memory while it is read.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// All files of a world: what a guest has to fetch before it is inside (70 s at 30 Mbit/s).
pub const MAX_BUNDLE_BYTES: u64 = 256 << 20;

/// Files a world consists of. With [`MAX_PATH_BYTES`] it keeps the manifest inside [`MAX_MANIFEST_BYTES`].
pub const MAX_FILES: usize = 256;

/// A path inside the world's folder, in bytes of UTF-8.
pub const MAX_PATH_BYTES: usize = 120;

/// Name of a world, in characters; the session's `world_name` has the same bound.
pub const MAX_NAME_CHARS: usize = 64;

/// The list of a world's files: the first thing a guest fetches, blind, so it must be small.
pub const MAX_MANIFEST_BYTES: u64 = 48 * 1024;
/// Hash, length (varint) and path length (varint) of a file in the manifest, and 1 KiB for the rest.
const _: () = assert!(MAX_FILES * (MAX_PATH_BYTES + 32 + 10 + 2) + 1024 <= MAX_MANIFEST_BYTES as usize);

/// Blobs asked for at once. Enough to hide a round trip between small files, few enough that the first
/// ones are there early.
pub const FETCHES_AT_ONCE: usize = 4;

/// `world.ron`: 10,000 things with every field written out are about 1 MB. The shortest things take forty times their
/// text while they are read (`scene.rs` has the test).
pub const MAX_RON_BYTES: u64 = 2 << 20;

/// Brackets within brackets in `world.ron`; ours need 6. Each level costs parser stack.
pub const MAX_RON_DEPTH: usize = 32;

/// Things in `world.ron`.
pub const MAX_THINGS: usize = 10_000;

/// Spawn points; more than one for each person in a full room has no use.
pub const MAX_SPAWNS: usize = 256;

/// Ladders and water boxes: each is looked at in every step of a body, 3 ns each.
pub const MAX_LADDERS: usize = 256;
/// See [`MAX_LADDERS`].
pub const MAX_WATERS: usize = 256;

/// Seats: a stadium. They are looked at when somebody wants to sit.
pub const MAX_SEATS: usize = 4_096;

/// Things that move. A body's every motion is tried against each of their boxes (about 0.5 µs a box, up to ten
/// motions a step).
pub const MAX_RIDES: usize = 64;
/// Boxes of all of them together.
pub const MAX_RIDE_BOXES: usize = 128;

/// Points of a path, and how long one round may take, seconds.
pub const MAX_PATH_POINTS: usize = 32;
/// See [`MAX_PATH_POINTS`].
pub const MAX_PERIOD_SECS: f32 = 3_600.0;
/// Fastest ride, metres a second. In a step of a body (1/60 s) it moves 0.13 m, less than a body's radius, so
/// that it cannot pass through somebody.
pub const MAX_RIDE_METRES_PER_SEC: f32 = 8.0;

/// Longest ladder, metres: a lighthouse's is 40.
pub const MAX_LADDER_METRES: f32 = 200.0;

/// Moments (times of day) of a world: as many as a list of choices has room for.
pub const MAX_MOMENTS: usize = 8;

/// Lights of a world: each is looked at for every pixel it reaches, and WebGL2 holds no more than 204 at once.
pub const MAX_LIGHTS: usize = 64;

/// Sounds that places of a world have: each is a loop that is mixed at every moment, and is looked at in every frame.
pub const MAX_SOUNDS: usize = 32;

/// Floors that say how they sound: they are gone through at each step of those who are near.
pub const MAX_FLOORS: usize = 256;

/// How far a sound of a place is heard at most, metres: a foghorn.
pub const MAX_SOUND_METRES: f32 = 1_000.0;

/// The JSON part of a glTF file, with what is embedded in it.
pub const MAX_GLTF_JSON_BYTES: usize = 48 << 20;

/// What the JSON part may take parsed, bytes; guessed from its text before anything parses it. The guess is for a reader
/// that keeps everything, 15 to 22 times the length of what programs write; ours keeps what it shows of at most
/// [`MAX_GLTF_ENTRIES`], a third of that. A made one of 3 MB could ask for 2 GB.
pub const MAX_GLTF_JSON_MEMORY: u64 = 16 * MAX_GLTF_JSON_BYTES as u64;

/// Entries of a list of nodes, meshes, materials, textures or images.
pub const MAX_GLTF_ENTRIES: usize = crate::gltf::MAX_ENTRIES;

/// Nodes walked. Each that shows something becomes an entity.
pub const MAX_NODES: usize = 100_000;
const _: () = assert!(MAX_NODES <= MAX_GLTF_ENTRIES);

/// Nodes within nodes. Blender's deepest rigs have about 60; the walk is iterative, so this bounds only time.
pub const MAX_NODE_DEPTH: usize = 256;

/// Mesh primitives after instancing, shown or only solid, each one draw at worst.
pub const MAX_DRAWN: usize = 100_000;

/// Vertices and indices of all shapes, every copy counted: what is gone through to place them and to measure
/// the world, and by the graphics card in every frame. Each costs 5 ns here; without it one large mesh, named
/// by many nodes, keeps a browser's tab busy for half an hour.
pub const MAX_PLACED: u64 = 100_000_000;

/// Different vertices stored, over all meshes: at 48 bytes each 144 MB here and once more on the GPU.
pub const MAX_VERTICES: u64 = 3_000_000;

/// Indices stored, over all meshes.
pub const MAX_INDICES: u64 = 12_000_000;

/// Triangles one can walk on or bump into, every instance counted. A collision tree takes about
/// 100 bytes for each and 1 s a million on a small machine.
pub const MAX_SOLID_TRIANGLES: u64 = 1_500_000;

/// Triangles that are added where long ones are divided for the physics engine (`ground.rs`): 2 km² of floor in pieces
/// of 8 m, 20 MB and 0.2 s. In larger worlds the pieces are larger.
pub const MAX_DIVIDED_TRIANGLES: u64 = 200_000;

/// Materials; each different one is a GPU bind group.
pub const MAX_MATERIALS: usize = 4_096;

/// Pictures on materials.
pub const MAX_TEXTURES: usize = 512;

/// Width or height of a picture: what WebGL2 guarantees almost everywhere after our scaling down by two.
pub const MAX_TEXTURE_SIDE: u32 = 8_192;

/// Pixels of all pictures together. At 4 bytes: 384 MiB if all of them were shown in full size.
pub const MAX_TEXTURE_PIXELS: u64 = 96 << 20;

/// Positions of anything solid, metres from the origin. The pose stream carries ±32,768 m, and at 30 km
/// an `f32` still resolves 2 mm.
pub const MAX_REACH_METRES: f32 = 30_000.0;

/// Positions of anything shown, metres; farther away numbers become too coarse to draw.
pub const MAX_SHOWN_METRES: f32 = 1_000_000.0;

/// Smallest and largest scale of a thing: outside it is a mistake in units, not a wish.
pub const MIN_SCALE: f32 = 1e-5;
/// See [`MIN_SCALE`].
pub const MAX_SCALE: f32 = 1e5;

/// How far below the lowest solid point somebody falls before they are put back at the spawn, metres.
pub const FALL_MARGIN_METRES: f32 = 20.0;

/// Headroom a person needs to stand, metres: the body is 1.8 m tall.
pub const HEADROOM_METRES: f32 = 1.9;

/// Warnings kept; a broken file can produce one for each node.
pub const MAX_WARNINGS: usize = 32;
