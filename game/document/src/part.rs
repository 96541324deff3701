//! The parts that things are made of: the list that a feature joins.
//!
//! A feature that keeps something in things adds one line to `parts!` and a struct with a [`Piece`]: what is allowed in
//! it, and what it costs. Wishes, facts, journal, undo, roll-back, late join and hand-over then carry it without knowing
//! it. Lines are only ever added at the end: the place of a line is its number in every journal and on the wire.

use crate::limits;
use crate::state::Usage;
use crate::thing::ThingId;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// What a part must say of itself.
pub trait Piece {
    /// Whether the values are such as the world takes: finite, in range, not too long.
    fn check(&self) -> Result<(), BadPart>;

    /// What it adds to its owner's account.
    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// A value that no world takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, Schema)]
pub enum BadPart {
    /// Not a number, infinite, or outside of the world.
    #[error("a number is out of range")]
    Range,
    /// More letters or bytes than there may be.
    #[error("too long")]
    TooLong,
}

/// The list of parts: the enum of all of them, and the enum of their kinds.
macro_rules! parts {
    ($($(#[$about:meta])* $name:ident),* $(,)?) => {
        /// One part of a thing.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
        pub enum Part { $($(#[$about])* $name($name)),* }

        /// Which of the parts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Schema)]
        pub enum PartKind { $($name),* }

        impl PartKind {
            /// All there are, in their order.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }

        impl Part {
            /// Which of the parts it is.
            pub fn kind(&self) -> PartKind {
                match self { $(Self::$name(_) => PartKind::$name),* }
            }

            fn piece(&self) -> &dyn Piece {
                match self { $(Self::$name(piece) => piece),* }
            }
        }

        $(impl From<$name> for Part {
            fn from(piece: $name) -> Self { Self::$name(piece) }
        })*
    };
}

parts! {
    /// Where it is.
    Place,
    /// On what it hangs: its place is then told from there.
    Attach,
    /// What people call it.
    Name,
    /// Nobody but its owner and who keeps order may change it.
    Lock,
    /// A body of simple form.
    Shape,
    /// Colour and material.
    Paint,
    /// Writing.
    Writing,
    /// A light.
    Lamp,
    /// A flat picture.
    Picture,
    /// A model from a file.
    Model,
    /// A sound from a file.
    Sound,
    /// Whether and how physics moves it.
    Body,
    /// A leaf that swings.
    Door,
}

impl Part {
    /// See [`Piece::check`].
    pub fn check(&self) -> Result<(), BadPart> {
        self.piece().check()
    }

    /// See [`Piece::usage`].
    pub fn usage(&self) -> Usage {
        self.piece().usage()
    }

    /// Whether it brings bytes from a file into the world.
    pub fn is_media(&self) -> bool {
        self.file().is_some()
    }

    /// The file that it shows or plays.
    pub fn file(&self) -> Option<Blob> {
        match self {
            Self::Picture(picture) => Some(picture.file),
            Self::Model(model) => Some(model.file),
            Self::Sound(sound) => Some(sound.file),
            _ => None,
        }
    }
}

fn within(value: f32, least: f32, most: f32) -> Result<(), BadPart> {
    if value >= least && value <= most {
        Ok(())
    } else {
        Err(BadPart::Range) // not a number is not in any range
    }
}

fn all_within(values: &[f32], least: f32, most: f32) -> Result<(), BadPart> {
    values.iter().try_for_each(|value| within(*value, least, most))
}

fn short(text: &str, most: usize) -> Result<(), BadPart> {
    if text.chars().nth(most).is_none() && text.len() <= most * 4 {
        Ok(())
    } else {
        Err(BadPart::TooLong)
    }
}

/// Where a thing is, from the world's origin or from what it hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Place {
    /// Metres; y is up.
    pub position: [f32; 3],
    /// Unit quaternion, x y z w.
    pub rotation: [f32; 4],
    /// Of the thing's own size, 0.001..1000.
    pub scale: [f32; 3],
}

impl Default for Place {
    fn default() -> Self {
        Self {
            position: [0.0; 3],
            rotation: [0.0, 0.0, 0.0, 1.0],
            scale: [1.0; 3],
        }
    }
}

impl Piece for Place {
    fn check(&self) -> Result<(), BadPart> {
        all_within(
            &self.position,
            -limits::COORDINATE_METRES,
            limits::COORDINATE_METRES,
        )?;
        all_within(&self.scale, limits::LEAST_SCALE, limits::MOST_SCALE)?;
        all_within(&self.rotation, -1.001, 1.001)?;
        let length: f32 = self.rotation.iter().map(|part| part * part).sum();
        within(length, 0.99, 1.01)
    }
}

impl Place {
    /// Where something is that is at `below` from here. Scales are multiplied part by part: what hangs askew on something
    /// that is stretched is not sheared.
    #[must_use]
    pub fn and(&self, below: &Self) -> Self {
        let [x, y, z] = rotated(
            self.rotation,
            [0, 1, 2].map(|axis| self.scale[axis] * below.position[axis]),
        );
        let position = [self.position[0] + x, self.position[1] + y, self.position[2] + z];
        Self {
            position: position
                .map(|metres| metres.clamp(-limits::COORDINATE_METRES, limits::COORDINATE_METRES)),
            rotation: turned(self.rotation, below.rotation),
            scale: [0, 1, 2].map(|axis| {
                (self.scale[axis] * below.scale[axis]).clamp(limits::LEAST_SCALE, limits::MOST_SCALE)
            }),
        }
    }
}

impl Place {
    /// The way back of [`Self::and`]: what must be told of something that hangs here for it to be seen at `seen`.
    #[must_use]
    pub fn under(&self, seen: &Self) -> Self {
        let [x, y, z, w] = self.rotation;
        let back = [-x, -y, -z, w];
        let apart = rotated(
            back,
            [0, 1, 2].map(|axis| seen.position[axis] - self.position[axis]),
        );
        let limit = limits::COORDINATE_METRES;
        Self {
            position: [0, 1, 2]
                .map(|axis| (apart[axis] / self.scale[axis].max(limits::LEAST_SCALE)).clamp(-limit, limit)),
            rotation: turned(back, seen.rotation),
            scale: [0, 1, 2].map(|axis| {
                (seen.scale[axis] / self.scale[axis].max(limits::LEAST_SCALE))
                    .clamp(limits::LEAST_SCALE, limits::MOST_SCALE)
            }),
        }
    }
}

/// The product of two quaternions, of length 1 again.
fn turned([ax, ay, az, aw]: [f32; 4], [bx, by, bz, bw]: [f32; 4]) -> [f32; 4] {
    let product = [
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    ];
    let length = product.iter().map(|part| part * part).sum::<f32>().sqrt();
    product.map(|part| part / length.max(1e-6))
}

fn rotated([x, y, z, w]: [f32; 4], [vx, vy, vz]: [f32; 3]) -> [f32; 3] {
    let (tx, ty, tz) = (
        2.0 * (y * vz - z * vy),
        2.0 * (z * vx - x * vz),
        2.0 * (x * vy - y * vx),
    );
    [
        vx + w * tx + y * tz - z * ty,
        vy + w * ty + z * tx - x * tz,
        vz + w * tz + x * ty - y * tx,
    ]
}

/// What a thing hangs on: it goes where that goes, and is removed with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Attach {
    pub to: ThingId,
}

impl Piece for Attach {
    fn check(&self) -> Result<(), BadPart> {
        Ok(()) // whether it is there, and no ring comes of it, the rules look
    }
}

/// What people call a thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Name(pub String);

impl Piece for Name {
    fn check(&self) -> Result<(), BadPart> {
        short(&self.0, limits::NAME_CHARS)
    }
}

/// Nobody but its owner and who keeps order may change it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Lock;

impl Piece for Lock {
    fn check(&self) -> Result<(), BadPart> {
        Ok(())
    }
}

/// Bodies of simple form, 1 m across before they are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
pub enum Shape {
    Box,
    Ball,
    Cylinder,
    Cone,
    /// A ramp: a box cut along its diagonal.
    Wedge,
    Ring,
    Capsule,
}

impl Piece for Shape {
    fn check(&self) -> Result<(), BadPart> {
        Ok(())
    }

    fn usage(&self) -> Usage {
        Usage {
            triangles: match self {
                Self::Box => 12,
                Self::Wedge => 8,
                Self::Cylinder | Self::Cone => 96,
                Self::Ball | Self::Capsule => 720,
                Self::Ring => 1_024,
            },
            ..Usage::default()
        }
    }
}

/// Colour and material.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Paint {
    /// Red, green, blue, how solid; sRGB.
    pub colour: [u8; 4],
    /// 0 is a mirror, 255 is chalk.
    pub roughness: u8,
    /// 0 is plastic, 255 is metal.
    pub metal: u8,
    /// How much it shines by itself, 0..255.
    pub glow: u8,
}

impl Piece for Paint {
    fn check(&self) -> Result<(), BadPart> {
        Ok(())
    }
}

/// Writing on a plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Writing {
    pub text: String,
    /// Height of a line, metres.
    pub line_metres: f32,
}

impl Piece for Writing {
    fn check(&self) -> Result<(), BadPart> {
        short(&self.text, limits::WRITING_CHARS)?;
        within(self.line_metres, 0.01, 10.0)
    }

    fn usage(&self) -> Usage {
        Usage {
            triangles: 2 * self.text.chars().count() as u64,
            ..Usage::default()
        }
    }
}

/// A light.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Lamp {
    /// sRGB.
    pub colour: [u8; 3],
    /// 0..[`limits::LAMP_LUMENS`].
    pub lumens: f32,
    /// How far it reaches, metres, 0.1..50.
    pub reach_metres: f32,
    /// Half of the cone's angle in degrees, 1..89, about where the thing's own −y points: a lamp that hangs shines down.
    /// `None` shines all around.
    pub cone_degrees: Option<f32>,
}

impl Piece for Lamp {
    fn check(&self) -> Result<(), BadPart> {
        within(self.lumens, 0.0, limits::LAMP_LUMENS)?;
        within(self.reach_metres, 0.1, 50.0)?;
        self.cone_degrees.map_or(Ok(()), |cone| within(cone, 1.0, 89.0))
    }

    fn usage(&self) -> Usage {
        Usage {
            lamps: 1,
            ..Usage::default()
        }
    }
}

/// Bytes by their hash: they travel once, and everybody checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Schema)]
pub struct Blob {
    /// BLAKE3.
    pub hash: [u8; 32],
    pub bytes: u64,
}

impl Blob {
    fn check(&self) -> Result<(), BadPart> {
        if self.bytes == 0 || self.bytes > limits::BLOB_BYTES {
            return Err(BadPart::Range);
        }
        Ok(())
    }
}

/// A flat picture, in the middle of a box of 1 m that its place scales: it is as wide and high as that box, and faces along
/// +z. So its size is known before its file is there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Picture {
    pub file: Blob,
    /// Height by width of the file, 0.01..100: what it is when nobody has stretched it.
    pub aspect: f32,
}

impl Piece for Picture {
    fn check(&self) -> Result<(), BadPart> {
        self.file.check()?;
        within(self.aspect, 0.01, 100.0)
    }

    fn usage(&self) -> Usage {
        Usage {
            bytes: self.file.bytes,
            triangles: 2,
            ..Usage::default()
        }
    }
}

/// A model from a glTF file, stretched into a box of 1 m that its place scales: whoever puts it down scales that to the size of
/// the file. So everybody knows its size, and bumps into the same box, before its file is there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Model {
    pub file: Blob,
    /// As its maker's program counted them; whoever shows it counts anew and shows a box where that was a lie.
    pub triangles: u32,
}

impl Piece for Model {
    fn check(&self) -> Result<(), BadPart> {
        self.file.check()?;
        if self.triangles > limits::MODEL_TRIANGLES {
            return Err(BadPart::Range);
        }
        Ok(())
    }

    fn usage(&self) -> Usage {
        Usage {
            bytes: self.file.bytes,
            triangles: u64::from(self.triangles),
            ..Usage::default()
        }
    }
}

/// A sound from a file, heard where the thing is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Sound {
    pub file: Blob,
    /// Decibels, −60..12.
    pub gain_db: f32,
    /// How far it is heard, metres, 1..100.
    pub reach_metres: f32,
    pub again_and_again: bool,
}

impl Piece for Sound {
    fn check(&self) -> Result<(), BadPart> {
        self.file.check()?;
        within(self.gain_db, -60.0, 12.0)?;
        within(self.reach_metres, 1.0, 100.0)
    }

    fn usage(&self) -> Usage {
        Usage {
            bytes: self.file.bytes,
            ..Usage::default()
        }
    }
}

/// Whether and how physics moves a thing. Without this part nobody bumps into it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Body {
    /// Falls, rolls and is thrown; otherwise it stands where it is and others bump into it.
    pub moves: bool,
    /// Kilograms, 0.01..10,000.
    pub mass_kg: f32,
    /// 0 is ice, 1 is rubber.
    pub friction: f32,
    /// How much of its speed it keeps when it bounces, 0..1.
    pub bounce: f32,
}

impl Piece for Body {
    fn check(&self) -> Result<(), BadPart> {
        within(self.mass_kg, 0.01, 10_000.0)?;
        within(self.friction, 0.0, 1.0)?;
        within(self.bounce, 0.0, 1.0)
    }

    fn usage(&self) -> Usage {
        Usage {
            moving: u64::from(self.moves),
            ..Usage::default()
        }
    }
}

/// A leaf that swings about its left edge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
pub struct Door {
    pub open: bool,
    /// How far it opens, degrees, −170..170; below 0 to the other side.
    pub swing_degrees: f32,
}

impl Door {
    /// Where a leaf that stands there when it is closed is when it is open.
    #[must_use]
    pub fn swung(&self, closed: &Place) -> Place {
        self.turned(closed, self.swing_degrees)
    }

    /// The way back.
    #[must_use]
    pub fn unswung(&self, open: &Place) -> Place {
        self.turned(open, -self.swing_degrees)
    }

    fn turned(&self, place: &Place, degrees: f32) -> Place {
        let half = (degrees * 0.5).to_radians();
        let swing = [0.0, half.sin(), 0.0, half.cos()];
        // The left edge stays where it is.
        let hinge = [-0.5 * place.scale[0], 0.0, 0.0];
        let after = rotated(swing, hinge);
        let moved = rotated(place.rotation, [0, 1, 2].map(|axis| hinge[axis] - after[axis]));
        let limit = limits::COORDINATE_METRES;
        Place {
            position: [0, 1, 2].map(|axis| (place.position[axis] + moved[axis]).clamp(-limit, limit)),
            rotation: turned(place.rotation, swing),
            scale: place.scale,
        }
    }
}

impl Piece for Door {
    fn check(&self) -> Result<(), BadPart> {
        within(self.swing_degrees, -170.0, 170.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_out_of_range_and_no_long_text_is_taken() {
        let good = Place::default();
        assert_eq!(good.check(), Ok(()));
        for bad in [f32::NAN, f32::INFINITY, 1e9] {
            let mut place = good;
            place.position[1] = bad;
            assert_eq!(place.check(), Err(BadPart::Range), "{bad}");
            let mut place = good;
            place.rotation[0] = bad;
            assert_eq!(place.check(), Err(BadPart::Range), "{bad}");
        }
        let mut place = good;
        place.rotation = [0.0; 4];
        assert_eq!(place.check(), Err(BadPart::Range));
        place = good;
        place.scale[2] = 0.0;
        assert_eq!(place.check(), Err(BadPart::Range));
        assert_eq!(Name("a".repeat(limits::NAME_CHARS)).check(), Ok(()));
        assert_eq!(
            Name("a".repeat(limits::NAME_CHARS + 1)).check(),
            Err(BadPart::TooLong)
        );
    }

    #[test]
    fn what_hangs_on_something_turned_is_where_it_is_seen() {
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let above = Place {
            position: [10.0, 0.0, 0.0],
            rotation: [0.0, half, 0.0, half], // a quarter turn to the left
            scale: [2.0; 3],
        };
        let below = Place {
            position: [1.0, 3.0, 0.0],
            ..Place::default()
        };
        let seen = above.and(&below);
        let near = |a: f32, b: f32| (a - b).abs() < 1e-5;
        assert!(
            near(seen.position[0], 10.0) && near(seen.position[1], 6.0) && near(seen.position[2], -2.0),
            "{seen:?}"
        );
        assert_eq!(seen.check(), Ok(()));
        assert!(near(seen.rotation[1], half) && near(seen.scale[0], 2.0));
    }

    #[test]
    fn a_door_swings_about_its_left_edge_and_back() {
        let closed = Place {
            position: [3.0, 1.0, -2.0],
            rotation: [0.0, 0.38268343, 0.0, 0.9238795], // an eighth of a turn
            scale: [2.0, 3.0, 0.1],
        };
        let edge = |place: &Place| {
            let out = rotated(place.rotation, [-0.5 * place.scale[0], 0.0, 0.0]);
            [0, 1, 2].map(|axis| place.position[axis] + out[axis])
        };
        for swing_degrees in [90.0, -45.0, 170.0] {
            let door = Door {
                open: true,
                swing_degrees,
            };
            let open = door.swung(&closed);
            assert_eq!(open.check(), Ok(()));
            let near = |a: [f32; 3], b: [f32; 3]| (0..3).all(|axis| (a[axis] - b[axis]).abs() < 1e-4);
            assert!(near(edge(&open), edge(&closed)), "{open:?}");
            assert!(!near(open.position, closed.position));
            assert!(near(door.unswung(&open).position, closed.position));
        }
    }

    #[test]
    fn kinds_are_in_the_order_of_their_numbers() {
        assert!(PartKind::ALL.is_sorted());
        assert_eq!(Part::from(Lock).kind(), PartKind::Lock);
        // A line that moved would read every journal wrongly.
        let numbers: Vec<u8> = PartKind::ALL
            .iter()
            .map(|kind| postcard::to_stdvec(kind).unwrap_or_default()[0])
            .collect();
        assert_eq!(numbers, (0..PartKind::ALL.len() as u8).collect::<Vec<_>>());
        assert_eq!(postcard::to_stdvec(&Part::from(Lock)).ok(), Some(vec![3]));
    }
}
