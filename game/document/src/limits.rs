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
/// One file, bytes.
pub const BLOB_BYTES: u64 = 64 << 20;
/// Triangles of one model.
pub const MODEL_TRIANGLES: u32 = 500_000;
/// Acts of one wish: a selection of everything somebody can have in sight.
pub const ACTS: usize = 4_096;
/// Deeds of one fact: a roll-back of everything that is remembered.
pub const DEEDS: usize = HISTORY_FACTS;
/// Things hung on each other, one below the other.
pub const HANGING_DEPTH: usize = 16;
/// Things in a world.
pub const THINGS: usize = 200_000;
/// People whom a world remembers.
pub const PEOPLE: usize = 65_536;
/// Facts that can be undone and rolled back: at a thousand a minute, an hour's.
pub const HISTORY_FACTS: usize = 65_536;
/// One fact in a journal, bytes: what is larger is damage.
pub const FACT_BYTES: usize = 64 << 20;
