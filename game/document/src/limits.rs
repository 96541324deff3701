//! How much of everything there may be.

/// Farthest from the world's origin, metres: beyond that single precision has no millimetres left.
pub const COORDINATE_METRES: f32 = 8_192.0;
/// Smallest and largest scale.
pub const LEAST_SCALE: f32 = 0.001;
pub const MOST_SCALE: f32 = 1_000.0;
/// Letters in a thing's name.
pub const NAME_CHARS: usize = 64;
/// Letters of a writing.
pub const WRITING_CHARS: usize = 2_000;
/// The brightest lamp, lumens: ten street lamps.
pub const LAMP_LUMENS: f32 = 100_000.0;
/// One file, bytes.
pub const BLOB_BYTES: u64 = 64 << 20;
/// Triangles of one model.
pub const MODEL_TRIANGLES: u32 = 500_000;
/// Acts of one wish: a selection of everything somebody can have in sight.
pub const ACTS: usize = 4_096;
/// Deeds of one fact: a wish with all that hangs on what it touches.
pub const DEEDS: usize = 16_384;
/// What one roll-back takes back, or one step of restoring does, deeds; it is asked for again until there is nothing more.
pub const ROLLED_BACK: usize = 8_192;
/// People whom one person blocks.
pub const BLOCKS: usize = 1_024;
/// Things looked at in one wish to see how deep they hang.
pub const LOOKS: usize = 65_536;
/// Things hung on each other, one below the other.
pub const HANGING_DEPTH: usize = 16;
/// Things in a world.
pub const THINGS: usize = 200_000;
/// What they take together when they are written down, bytes: who comes in holds all of it. At 75 bytes a thing, as a box with a
/// place and a colour takes, the things come to their end first.
pub const WORLD_BYTES: u64 = 64 << 20;
/// People whom a world remembers at a time.
pub const PEOPLE: usize = 65_536;
/// Deeds that can be undone and rolled back: at a thousand a minute, an hour's…
pub const HISTORY_DEEDS: usize = 65_536;
/// …as long as they and what was before them take no more than this, bytes.
pub const HISTORY_BYTES: usize = 32 << 20;
/// One fact in a journal, bytes: what is larger is damage.
pub const FACT_BYTES: usize = 16 << 20;
/// Named versions of a world: each may take as much as the world.
pub const VERSIONS: usize = 48;
/// A snapshot that comes from elsewhere, bytes: things and a past that take as much as they may, and many people.
pub const SNAPSHOT_BYTES: u64 = 192 << 20;
/// Files of people in a world's one file.
pub const EXPORTED_FILES: usize = 65_536;
/// Files of people beside a world that is hosted…
pub const FILES: usize = 4_096;
/// …and what they take together, bytes: a small machine's disk has room for that.
pub const FILES_BYTES: u64 = 4 << 30;
