//! How one thing from a glTF file looks: the same shapes, pictures and materials as a world's, without what moves.

use super::{decoded, sampler, to_image, to_material, to_mesh, with_mips};
use crate::gltf::{MAX_SHOWN_SIDE, PictureData, TextureUse, Wrap};
use crate::world::Object;
use crate::world::document::MaterialData;
use bevy::prelude::*;

/// What takes time is done: it only has to be handed to the renderer.
#[derive(Default)]
pub(crate) struct ObjectLooks {
    meshes: Vec<Mesh>,
    /// Which of the meshes, of which material, and where.
    placed: Vec<(usize, usize, Transform)>,
    materials: Vec<MaterialData>,
    images: Vec<(TextureUse, Option<Image>)>,
    /// The middle of the box around it, and its size, metres.
    centre: Vec3,
    size: Vec3,
}

/// A thing as the renderer has it, as often as it is shown.
#[derive(Clone, Default)]
pub(crate) struct ObjectParts {
    pub(crate) drawn: Vec<(Handle<Mesh>, Handle<StandardMaterial>, Transform)>,
    /// Takes it into a box of 1 m around the origin.
    pub(crate) unit_from_object: Transform,
}

/// Makes what takes time, a shape or a picture at a time.
pub(crate) struct Making {
    looks: ObjectLooks,
    /// To be decoded yet, the last first.
    left: Vec<TextureUse>,
}

impl Making {
    /// Nothing of it is made yet.
    pub(crate) fn new(object: &Object) -> Self {
        let around = object.size();
        let mut left = object.images();
        left.reverse();
        Self {
            looks: ObjectLooks {
                materials: object.materials.clone(),
                centre: around.map_or(Vec3::ZERO, |around| around.centre),
                size: around.map_or(Vec3::ONE, |around| around.size),
                ..default()
            },
            left,
        }
    }

    /// Makes the next piece of the same object, and says how much work it was, in pixels or corners; `None` when there is none
    /// left. How many pieces there are in all has its bound where the object is read.
    pub(crate) fn step(&mut self, object: &Object) -> Option<u64> {
        let looks = &mut self.looks;
        let work = |mesh: usize| {
            let mesh = &object.meshes[mesh];
            mesh.positions.len().max(mesh.indices.len()) as u64
        };
        let next = looks.meshes.len();
        if let Some(mesh) = object.meshes.get(next) {
            looks.meshes.push(to_mesh(mesh, None));
            return Some(work(next));
        }
        if let Some(drawn) = object.drawn.get(looks.placed.len()) {
            let (mut mesh, mut transform) = (drawn.mesh, Transform::from_matrix(drawn.world_from_mesh));
            let mut worked = 1;
            if drawn.is_moved_by_corners() {
                let moved = to_mesh(&object.meshes[drawn.mesh], Some(drawn.world_from_mesh));
                worked += work(drawn.mesh);
                (mesh, transform) = (looks.meshes.len(), Transform::IDENTITY);
                looks.meshes.push(moved);
            }
            looks.placed.push((mesh, drawn.material, transform));
            return Some(worked);
        }
        let texture = self.left.pop()?;
        let picture = &object.pictures[texture.picture];
        let same = |(other, _): &&(TextureUse, Option<Image>)| other.picture == texture.picture;
        let image = match looks.images.iter().find(same) {
            // Only its edges are others.
            Some((_, made)) => made.clone().map(|mut image| {
                image.sampler = sampler(&texture);
                image
            }),
            None => to_image(picture, &texture, MAX_SHOWN_SIDE),
        };
        looks.images.push((texture, image));
        Some(u64::from(picture.width) * u64::from(picture.height))
    }

    /// What was made; call it once nothing is left.
    pub(crate) fn finish(self) -> ObjectLooks {
        self.looks
    }
}

impl ObjectLooks {
    /// Hands it to the renderer.
    pub(crate) fn put(
        self,
        meshes: &mut Assets<Mesh>,
        images: &mut Assets<Image>,
        materials: &mut Assets<StandardMaterial>,
    ) -> ObjectParts {
        let images: Vec<_> = self
            .images
            .into_iter()
            .map(|(texture, image)| (texture, image.map(|image| images.add(image))))
            .collect();
        let materials: Vec<_> = self
            .materials
            .iter()
            .map(|data| materials.add(to_material(data, &images)))
            .collect();
        let meshes: Vec<_> = self.meshes.into_iter().map(|mesh| meshes.add(mesh)).collect();
        let drawn = self.placed.into_iter().filter_map(|(mesh, material, transform)| {
            Some((
                meshes.get(mesh)?.clone(),
                materials.get(material)?.clone(),
                transform,
            ))
        });
        let scale = self.size.recip();
        ObjectParts {
            drawn: drawn.collect(),
            unit_from_object: Transform {
                translation: -self.centre * scale,
                rotation: Quat::IDENTITY,
                scale,
            },
        }
    }
}

/// A picture as it hangs on a wall: decoded, turned as its Exif says (a number from 1 to 8), smooth, its edges its own. `None`
/// where its bytes are not what its header says.
pub(crate) fn hung(picture: &PictureData, turn: u8) -> Option<Image> {
    let mut seen = image::DynamicImage::ImageRgba8(decoded(picture, MAX_SHOWN_SIDE)?);
    if let Some(turn) = image::metadata::Orientation::from_exif(turn) {
        seen.apply_orientation(turn);
    }
    let mut image = with_mips(seen.into_rgba8());
    image.sampler = sampler(&TextureUse {
        picture: 0,
        wrap: [Wrap::Clamp; 2],
        nearest: false,
        offset: [0.0; 2],
        rotation: 0.0,
        scale: [1.0; 2],
    });
    Some(image)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::gltf::PictureKind;
    use crate::world::document::{Drawn, MeshData};
    use std::io::Cursor;

    /// Red on the left, blue on the right.
    fn picture() -> PictureData {
        let mut png = Cursor::new(Vec::new());
        let colour = |x: u32, _: u32| image::Rgba(if x < 4 { [255, 0, 0, 255] } else { [0, 0, 255, 255] });
        image::RgbaImage::from_fn(8, 2, colour)
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        PictureData {
            bytes: png.into_inner().into(),
            kind: PictureKind::Png,
            width: 8,
            height: 2,
        }
    }

    #[test]
    fn a_photo_hangs_the_right_way_up() {
        let first = |turn| {
            let image = hung(&picture(), turn).unwrap();
            let size = image.texture_descriptor.size;
            (size.width, size.height, image.data.unwrap()[0])
        };
        assert_eq!(first(1), (8, 2, 255));
        assert_eq!(first(3), (8, 2, 0), "upside down, blue is on the left");
        assert_eq!(first(6), (2, 8, 255));
        assert_eq!(first(8), (2, 8, 0));
        assert_eq!(first(200), (8, 2, 255), "a number that says nothing");
    }

    #[test]
    fn a_model_is_made_in_pieces_and_each_picture_is_decoded_once() {
        let at = |world_from_mesh| Drawn {
            mesh: 0,
            material: 0,
            world_from_mesh,
            ride: None,
        };
        let object = Object {
            meshes: vec![MeshData {
                positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
                indices: vec![0, 1, 2],
                ..MeshData::default()
            }],
            materials: vec![MaterialData {
                base_texture: Some(TextureUse::plain(Wrap::Repeat)),
                emissive_texture: Some(TextureUse::plain(Wrap::Clamp)),
                ..MaterialData::default()
            }],
            pictures: vec![picture()],
            drawn: vec![
                at(Mat4::IDENTITY),
                at(Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0))),
            ],
            ..Object::default()
        };
        let mut making = Making::new(&object);
        let mut pieces = Vec::new();
        while let Some(work) = making.step(&object) {
            pieces.push(work);
        }
        assert_eq!(pieces, [3, 1, 4, 16, 16]);
        let looks = making.finish();
        assert_eq!((looks.meshes.len(), looks.placed.len()), (2, 2));
        let [(_, Some(first)), (_, Some(second))] = &looks.images[..] else {
            panic!("both are there");
        };
        assert_eq!(first.data, second.data);
        assert_ne!(format!("{:?}", first.sampler), format!("{:?}", second.sampler));
    }
}
