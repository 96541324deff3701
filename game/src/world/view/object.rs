//! How one thing from a glTF file looks: the same shapes, pictures and materials as a world's, without what moves.

use super::{MAX_SHOWN_SIDE, fits, same_image, to_image, to_material, to_mesh};
use crate::gltf::{PictureData, TextureUse, Wrap};
use crate::world::document::MaterialData;
use crate::world::{Object, limits};
use bevy::prelude::*;

/// What takes time is done: it only has to be handed to the renderer.
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

/// Makes everything that takes time. Call it off the main thread.
pub(crate) fn prepare(object: &Object) -> ObjectLooks {
    let mut meshes: Vec<Mesh> = object.meshes.iter().map(|mesh| to_mesh(mesh, None)).collect();
    let mut placed = Vec::with_capacity(object.drawn.len());
    for drawn in &object.drawn {
        let transform = Transform::from_matrix(drawn.world_from_mesh);
        if fits(drawn, &transform) {
            placed.push((drawn.mesh, drawn.material, transform));
        } else {
            // Mirrored or sheared: no `Transform` says that, so the corners do.
            meshes.push(to_mesh(&object.meshes[drawn.mesh], Some(drawn.world_from_mesh)));
            placed.push((meshes.len() - 1, drawn.material, Transform::IDENTITY));
        }
    }
    let mut images: Vec<(TextureUse, Option<Image>)> = Vec::new();
    let mut pixels = 0;
    let uses = object
        .materials
        .iter()
        .flat_map(|material| [material.base_texture, material.emissive_texture]);
    for texture in uses.flatten() {
        if images.iter().any(|(other, _)| same_image(other, &texture)) {
            continue;
        }
        let picture = &object.pictures[texture.picture];
        // Each kind of edge is a copy.
        pixels += u64::from(picture.width) * u64::from(picture.height);
        let image = (pixels <= limits::MAX_TEXTURE_PIXELS)
            .then(|| to_image(picture, &texture, MAX_SHOWN_SIDE))
            .flatten();
        images.push((texture, image));
    }
    let around = object.size();
    ObjectLooks {
        meshes,
        placed,
        materials: object.materials.clone(),
        images,
        centre: around.map_or(Vec3::ZERO, |around| around.centre),
        size: around.map_or(Vec3::ONE, |around| around.size),
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

/// A picture as it hangs on a wall: decoded, smooth, its edges its own. `None` where its bytes are not what its header says.
pub(crate) fn hung(picture: &PictureData) -> Option<Image> {
    let texture = TextureUse {
        picture: 0,
        wrap: [Wrap::Clamp; 2],
        nearest: false,
        offset: [0.0; 2],
        rotation: 0.0,
        scale: [1.0; 2],
    };
    to_image(picture, &texture, MAX_SHOWN_SIDE)
}
