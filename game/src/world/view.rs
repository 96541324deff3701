//! How a world looks: meshes, materials, pictures, water and light from a checked document.
//!
//! Flow: the build task calls [`prepare`] (decoding and flat normals take time) → [`Looks`] → `show` puts them
//! into the renderer in one frame and takes the world before out → `light` hands the environment to the sky.
//! Parts: `water` (the sea), `moving` (leaves, flames, boats), `riding` (what goes along a path), `lamps`, `detail` (what
//! is far away, with `coarse`), `tag` (what shaders are told of one thing), `cost` (what it asks of a graphics card).
//! Invariant: only what a [`WorldDocument`] holds is shown, so the picture and the ground never differ.

mod coarse;
mod cost;
mod detail;
mod lamps;
mod moving;
pub(crate) mod object;
mod riding;
pub(crate) mod tag;
mod water;

use super::document::{Alpha, MaterialData, MeshData, Motion, PictureData, PictureKind, TextureUse, Wrap};
use super::{BuiltIn, CurrentMoment, CurrentWorld, LoadWorld, WorldDocument, limits};
use crate::gltf::MAX_SHOWN_SIDE;
use crate::session::SessionEnded;
use crate::sky::Sky;
use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::image::{ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::light::NotShadowCaster;
use bevy::math::{Affine2, Mat2};
use bevy::mesh::{Indices, MeshTag, PrimitiveTopology};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, Face, TextureDimension, TextureFormat};
pub(crate) use cost::Cost;
use detail::Detail;
use moving::{Moving, MovingMaterial};
use std::io::Cursor;
use water::{Shore, WaterMaterial};

pub(crate) fn plugin(app: &mut App) {
    super::build::prepare_looks(app);
    app.init_resource::<Showings>();
    app.add_plugins((
        water::plugin,
        moving::plugin,
        riding::plugin,
        lamps::plugin,
        detail::plugin,
    ))
    .add_systems(Startup, |mut load: MessageWriter<LoadWorld>| {
        load.write(LoadWorld::BuiltIn(BuiltIn::Harbour));
    })
    .add_systems(Update, (come_home, (show, light.run_if(lit_anew)).chain()));
}

/// In no room one looks at the harbour, behind the title.
fn come_home(
    mut ended: MessageReader<SessionEnded>,
    mut load: MessageWriter<LoadWorld>,
    mut moment: ResMut<CurrentMoment>,
) {
    if ended.read().count() > 0 {
        *moment = CurrentMoment::default();
        load.write(LoadWorld::BuiltIn(BuiltIn::Harbour));
    }
}

/// Without reflections to show, metal is black; this much of it still reads as metal.
const MAX_METALLIC: f32 = 0.35;

/// What is smaller than this throws no shadow: a tuft of grass costs as much as a tree, metres.
const SHADOW_METRES: f32 = 0.55;

/// What stands in this many places and has this many triangles is drawn coarser where it is far away.
const MANY_PLACES: usize = 4;
const MANY_TRIANGLES: usize = 100;

/// What the build task makes for the renderer.
pub(super) struct Looks {
    meshes: Vec<Mesh>,
    /// Parallel to the document's `drawn`: which of `meshes`, and where.
    placed: Vec<(usize, Transform)>,
    images: Vec<(TextureUse, Option<Image>)>,
    /// Parallel to the document's `meshes`: half their size, metres, and copies for far away.
    sizes: Vec<f32>,
    coarse: Vec<Option<Mesh>>,
    shore: Option<Shore>,
}

/// A world that was built and waits to be shown.
#[derive(Resource, Default)]
pub(super) struct Fresh(pub(super) Option<Looks>);

/// How many worlds were shown. A world with its pictures is shown anew and is the same world to everybody else.
#[derive(Resource, Default)]
struct Showings(u64);

/// What stands there was lit as nothing yet, or the light is another.
fn lit_anew(showings: Res<Showings>, moment: Res<CurrentMoment>, under: Res<water::Under>) -> bool {
    showings.is_changed() || moment.is_changed() || under.is_changed()
}

/// An entity of the world that is shown.
#[derive(Component)]
struct Shown;

/// Makes everything that takes time. Called off the main thread.
pub(super) fn prepare(document: &WorldDocument) -> Looks {
    let mut meshes: Vec<Mesh> = document.meshes.iter().map(|mesh| to_mesh(mesh, None)).collect();
    let mut placed = Vec::with_capacity(document.drawn.len());
    let mut baked = 0;
    for drawn in &document.drawn {
        let transform = Transform::from_matrix(drawn.world_from_mesh);
        let mesh = &document.meshes[drawn.mesh];
        let count = mesh.indices.len().max(mesh.positions.len()) as u64;
        if !drawn.is_moved_by_corners() || baked + count > limits::MAX_INDICES {
            placed.push((drawn.mesh, transform));
        } else {
            // Mirrored or sheared: no `Transform` says that, so the vertices do.
            baked += count;
            meshes.push(to_mesh(mesh, Some(drawn.world_from_mesh)));
            placed.push((meshes.len() - 1, Transform::IDENTITY));
        }
    }
    let mut images: Vec<(TextureUse, Option<Image>)> = Vec::new();
    let mut pixels = 0;
    for material in &document.materials {
        for texture in [material.base_texture, material.emissive_texture]
            .into_iter()
            .flatten()
        {
            if images.iter().any(|(other, _)| other.image() == texture.image()) {
                continue;
            }
            let picture = &document.pictures[texture.picture];
            // Each kind of edge is a copy: the limit that holds for the pictures holds for the copies, too.
            pixels += u64::from(picture.width) * u64::from(picture.height);
            let image = (pixels <= limits::MAX_TEXTURE_PIXELS)
                .then(|| to_image(picture, &texture, MAX_SHOWN_SIDE))
                .flatten();
            images.push((texture, image));
        }
    }
    let sizes = document.meshes.iter().map(half_size).collect();
    let level = document.environment(0).water.map(|water| water.level);
    Looks {
        sizes,
        coarse: coarse_copies(document),
        shore: level.and_then(|level| Shore::of(&document.solids, level)),
        meshes,
        placed,
        images,
    }
}

/// Of what stands in many places and is not simple already, a copy for where it is far away.
fn coarse_copies(document: &WorldDocument) -> Vec<Option<Mesh>> {
    let mut copies = vec![None; document.meshes.len()];
    for (number, mesh) in repeated(document) {
        copies[number] = coarse::coarse(mesh).map(|far| to_mesh(&far, None));
    }
    copies
}

/// What stands in many places and is not simple already, by its number. Pictures would not fit a coarser copy.
fn repeated(document: &WorldDocument) -> impl Iterator<Item = (usize, &MeshData)> {
    let mut places = vec![0; document.meshes.len()];
    for drawn in document.drawn.iter().filter(|drawn| drawn.ride.is_none()) {
        let material = &document.materials[drawn.material];
        if material.base_texture.is_none() && material.emissive_texture.is_none() {
            places[drawn.mesh] += 1;
        }
    }
    let meshes = document.meshes.iter().enumerate();
    meshes.filter(move |(number, mesh)| {
        places[*number] >= MANY_PLACES && mesh.indices.len() >= 3 * MANY_TRIANGLES
    })
}

/// From the middle to the farthest side.
fn half_size(mesh: &MeshData) -> f32 {
    let (low, high) = mesh
        .positions
        .iter()
        .map(|p| Vec3::from_array(*p))
        .fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(low, high), p| {
            (low.min(p), high.max(p))
        });
    ((high - low) / 2.0).max_element().max(0.0)
}

/// A mesh for the renderer, moved by a matrix if one is given.
fn to_mesh(data: &MeshData, matrix: Option<Mat4>) -> Mesh {
    let mut positions: Vec<Vec3> = data.positions.iter().map(|p| Vec3::from_array(*p)).collect();
    let mut normals: Option<Vec<Vec3>> = data
        .normals
        .as_ref()
        .map(|normals| normals.iter().map(|n| Vec3::from_array(*n)).collect());
    let mut indices = data.indices.clone();
    if let Some(matrix) = matrix {
        for position in &mut positions {
            *position = matrix.transform_point3(*position);
        }
        let of_normals = Mat3::from_mat4(matrix).inverse().transpose();
        for normal in normals.iter_mut().flatten() {
            *normal = (of_normals * *normal).try_normalize().unwrap_or(Vec3::Y);
        }
        if matrix.determinant() < 0.0 {
            for triangle in indices.chunks_exact_mut(3) {
                triangle.swap(1, 2);
            }
        }
    }
    let mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD);
    let Some(normals) = normals else {
        // Without normals faces are flat (glTF says so): each corner becomes a vertex of its own.
        let corner = |index: &u32| *index as usize;
        let flat: Vec<Vec3> = indices
            .chunks_exact(3)
            .flat_map(|t| {
                let [a, b, c] = [t[0], t[1], t[2]].map(|index| positions[index as usize]);
                [(b - a).cross(c - a).try_normalize().unwrap_or(Vec3::Y); 3]
            })
            .collect();
        let mut mesh = mesh
            .with_inserted_attribute(
                Mesh::ATTRIBUTE_POSITION,
                indices
                    .iter()
                    .map(|i| positions[corner(i)].to_array())
                    .collect::<Vec<_>>(),
            )
            .with_inserted_attribute(
                Mesh::ATTRIBUTE_NORMAL,
                flat.into_iter()
                    .map(|normal| normal.to_array())
                    .collect::<Vec<_>>(),
            );
        if let Some(uvs) = &data.uvs {
            let uvs: Vec<_> = indices.iter().map(|i| uvs[corner(i)]).collect();
            mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, uvs);
        }
        if let Some(colours) = &data.colours {
            let colours: Vec<_> = indices.iter().map(|i| colours[corner(i)]).collect();
            mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, colours);
        }
        return mesh;
    };
    let mut mesh = mesh
        .with_inserted_attribute(
            Mesh::ATTRIBUTE_POSITION,
            positions
                .into_iter()
                .map(|position| position.to_array())
                .collect::<Vec<_>>(),
        )
        .with_inserted_attribute(
            Mesh::ATTRIBUTE_NORMAL,
            normals
                .into_iter()
                .map(|normal| normal.to_array())
                .collect::<Vec<_>>(),
        )
        .with_inserted_indices(Indices::U32(indices));
    if let Some(uvs) = &data.uvs {
        mesh.insert_attribute(Mesh::ATTRIBUTE_UV_0, uvs.clone());
    }
    if let Some(colours) = &data.colours {
        mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, colours.clone());
    }
    mesh
}

/// Decodes a picture, no side longer than `most_side`, and makes its mip levels; `None` if its bytes are not what its
/// header says.
pub(crate) fn to_image(picture: &PictureData, texture: &TextureUse, most_side: u32) -> Option<Image> {
    let mut image = with_mips(decoded(picture, most_side)?);
    image.sampler = sampler(texture);
    Some(image)
}

fn decoded(picture: &PictureData, most_side: u32) -> Option<image::RgbaImage> {
    let format = match picture.kind {
        PictureKind::Png => image::ImageFormat::Png,
        PictureKind::Jpeg => image::ImageFormat::Jpeg,
    };
    let mut reader = image::ImageReader::with_format(Cursor::new(&picture.bytes[..]), format);
    // The header was measured before, by us; the decoder holds the file to the same size.
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(picture.width);
    bounds.max_image_height = Some(picture.height);
    bounds.max_alloc = Some(u64::from(picture.width) * u64::from(picture.height) * 16 + (64 << 20));
    reader.limits(bounds);
    let mut level = reader.decode().ok()?.into_rgba8();
    while level.width().max(level.height()) > most_side {
        level = half(&level);
    }
    Some(level)
}

fn with_mips(mut level: image::RgbaImage) -> Image {
    let (width, height) = level.dimensions();
    let size = Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    };
    let mut data = level.as_raw().clone();
    let mut levels = 1;
    while level.width().max(level.height()) > 1 {
        level = half(&level);
        data.extend_from_slice(level.as_raw());
        levels += 1;
    }
    let mut image = Image::new_uninit(
        size,
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.texture_descriptor.mip_level_count = levels;
    image.data = Some(data);
    image
}

/// How a picture is looked up: beyond its edge, and between its pixels.
fn sampler(texture: &TextureUse) -> ImageSampler {
    let address = |wrap: Wrap| match wrap {
        Wrap::Repeat => ImageAddressMode::Repeat,
        Wrap::Mirror => ImageAddressMode::MirrorRepeat,
        Wrap::Clamp => ImageAddressMode::ClampToEdge,
    };
    let filter = if texture.nearest {
        ImageFilterMode::Nearest
    } else {
        ImageFilterMode::Linear
    };
    ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: address(texture.wrap[0]),
        address_mode_v: address(texture.wrap[1]),
        mag_filter: filter,
        min_filter: filter,
        mipmap_filter: filter,
        anisotropy_clamp: if texture.nearest { 1 } else { 4 },
        ..default()
    })
}

/// Half as wide and high, never nothing.
fn half(image: &image::RgbaImage) -> image::RgbaImage {
    image::imageops::thumbnail(image, (image.width() / 2).max(1), (image.height() / 2).max(1))
}

fn show(
    mut commands: Commands,
    mut fresh: ResMut<Fresh>,
    current: Res<CurrentWorld>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut moving: ResMut<Assets<MovingMaterial>>,
    mut seas: ResMut<Assets<WaterMaterial>>,
    mut images: ResMut<Assets<Image>>,
    mut glowing: ResMut<lamps::Glowing>,
    mut showings: ResMut<Showings>,
    shown: Query<Entity, With<Shown>>,
) {
    if !current.is_changed() && fresh.0.is_none() {
        return;
    }
    for entity in &shown {
        commands.entity(entity).despawn();
    }
    let (Some(document), Some(looks)) = (&current.document, fresh.0.take()) else {
        return;
    };
    showings.0 += 1;
    let meshes_of: Vec<Handle<Mesh>> = looks.meshes.into_iter().map(|mesh| meshes.add(mesh)).collect();
    let coarse_of: Vec<Option<Handle<Mesh>>> = looks
        .coarse
        .into_iter()
        .map(|mesh| mesh.map(|mesh| meshes.add(mesh)))
        .collect();
    let images_of: Vec<(TextureUse, Option<Handle<Image>>)> = looks
        .images
        .into_iter()
        .map(|(key, image)| (key, image.map(|image| images.add(image))))
        .collect();
    glowing.0.clear();
    let materials_of: Vec<Look> = document
        .materials
        .iter()
        .map(|data| {
            let material = to_material(data, &images_of);
            if let Some(extension) = Moving::of(data.motion) {
                return Look::Moving(moving.add(MovingMaterial {
                    base: material,
                    extension,
                }));
            }
            let full = material.base_color.to_linear();
            let handle = materials.add(material);
            if data.lamp {
                glowing.0.push((handle.clone(), full));
            }
            Look::Still(handle)
        })
        .collect();
    for (drawn, (mesh, transform)) in document.drawn.iter().zip(looks.placed) {
        let data = &document.materials[drawn.material];
        let size = looks.sizes[drawn.mesh] * transform.scale.abs().max_element();
        // One whose corners were moved has no copy, and what moves is few.
        let far = coarse_of[drawn.mesh]
            .as_ref()
            .filter(|_| mesh == drawn.mesh && drawn.ride.is_none());
        let small = size < detail::SMALL_METRES && drawn.ride.is_none() && data.motion != Motion::Wings;
        let copies = match far {
            _ if small => [Some((&meshes_of[mesh], Some(Detail::Small(size)))), None],
            Some(far) => [
                Some((&meshes_of[mesh], Some(Detail::Near(size)))),
                Some((far, Some(Detail::Far(size)))),
            ],
            None => [Some((&meshes_of[mesh], None)), None],
        };
        for (copy, detail) in copies.into_iter().flatten() {
            let sunlit = if data.sunlit { tag::IN_ALPHA } else { tag::NOTHING };
            let mut entity = commands.spawn((Shown, Mesh3d(copy.clone()), transform, MeshTag(sunlit)));
            match &materials_of[drawn.material] {
                Look::Still(material) => entity.insert(MeshMaterial3d(material.clone())),
                Look::Moving(material) => entity.insert(MeshMaterial3d(material.clone())),
            };
            if let Some(detail) = detail {
                entity.insert(detail);
            }
            // What glows throws no shadow.
            if data.unlit || size < SHADOW_METRES {
                entity.insert(NotShadowCaster);
            }
            if let Some(ride) = drawn.ride {
                entity.insert(riding::Rider {
                    ride,
                    at_rest: transform.translation,
                });
            }
            if data.motion == Motion::Wings {
                // They fly far from where they are.
                entity.insert((NoFrustumCulling, NotShadowCaster));
            }
        }
    }
    for lamp in &document.lights {
        lamps::spawn(&mut commands, lamp);
    }
    if let Some(water) = document.environment(0).water {
        water::raise(
            &mut commands,
            &mut meshes,
            &mut seas,
            &mut images,
            &water,
            looks.shore,
        );
    }
}

/// A material of the world, as the renderer has it.
enum Look {
    Still(Handle<StandardMaterial>),
    Moving(Handle<MovingMaterial>),
}

fn to_material(data: &MaterialData, images: &[(TextureUse, Option<Handle<Image>>)]) -> StandardMaterial {
    let image = |texture: &Option<TextureUse>| {
        let texture = texture.as_ref()?;
        images
            .iter()
            .find(|(key, _)| key.image() == texture.image())
            .and_then(|(_, image)| image.clone())
    };
    let [red, green, blue, alpha] = data.base_colour;
    let [glow_red, glow_green, glow_blue] = data.emissive;
    // One transform for both pictures, as the renderer has it; files whose two differ are rare.
    let placing = data.base_texture.or(data.emissive_texture);
    StandardMaterial {
        base_color: LinearRgba::new(red, green, blue, alpha).into(),
        base_color_texture: image(&data.base_texture),
        emissive: LinearRgba::rgb(glow_red, glow_green, glow_blue),
        emissive_texture: image(&data.emissive_texture),
        perceptual_roughness: data.roughness.max(0.089),
        metallic: data.metallic.min(MAX_METALLIC),
        unlit: data.unlit,
        double_sided: data.double_sided,
        cull_mode: (!data.double_sided).then_some(Face::Back),
        alpha_mode: match data.alpha {
            Alpha::Opaque => AlphaMode::Opaque,
            Alpha::Mask(cutoff) => AlphaMode::Mask(cutoff),
            Alpha::Blend => AlphaMode::Blend,
        },
        uv_transform: placing.map_or(Affine2::IDENTITY, |texture| Affine2 {
            translation: Vec2::from_array(texture.offset),
            matrix2: Mat2::from_angle(-texture.rotation)
                * Mat2::from_diagonal(Vec2::from_array(texture.scale)),
        }),
        ..default()
    }
}

/// The world's light at this moment; where there is no world the sky stays as it is.
fn light(
    current: Res<CurrentWorld>,
    moment: Res<CurrentMoment>,
    under: Res<water::Under>,
    mut sky: ResMut<Sky>,
    mut seas: ResMut<Assets<WaterMaterial>>,
) {
    let Some(document) = &current.document else { return };
    let environment = document.environment(moment.0);
    if let Some(water) = &environment.water {
        for (_, sea) in seas.iter_mut() {
            water::recolour(water, sea);
        }
    }
    let rgb = |[red, green, blue]: [f32; 3]| LinearRgba::rgb(red, green, blue);
    let above = Sky {
        to_sun: environment.to_sun,
        sun: rgb(environment.sun_colour),
        sun_lux: environment.sun_lux,
        zenith: rgb(environment.zenith),
        horizon: rgb(environment.horizon),
        nadir: rgb(environment.nadir),
        ambient: rgb(environment.ambient_colour),
        ambient_brightness: environment.ambient,
        haze_metres: environment.haze_metres,
        clouds: environment.clouds,
        stars: environment.stars,
        shadows: sky.shadows,
    };
    *sky = if under.0 {
        water::drowned(above, environment.water.as_ref())
    } else {
        above
    };
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::world::document::Drawn;

    fn triangle() -> MeshData {
        MeshData {
            positions: vec![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]],
            indices: vec![0, 1, 2],
            ..MeshData::default()
        }
    }

    fn normals(mesh: &Mesh) -> Vec<[f32; 3]> {
        mesh.attribute(Mesh::ATTRIBUTE_NORMAL)
            .unwrap()
            .as_float3()
            .unwrap()
            .to_vec()
    }

    #[test]
    fn faces_without_normals_are_flat() {
        assert_eq!(normals(&to_mesh(&triangle(), None)), [[0.0, 1.0, 0.0]; 3]);
    }

    #[test]
    fn a_mirrored_shape_still_faces_outwards() {
        let mirror = Mat4::from_scale(Vec3::new(-1.0, 1.0, 1.0));
        let drawn = Drawn {
            mesh: 0,
            material: 0,
            world_from_mesh: mirror,
            ride: None,
        };
        assert!(drawn.is_moved_by_corners());
        assert_eq!(normals(&to_mesh(&triangle(), Some(mirror))), [[0.0, 1.0, 0.0]; 3]);
    }

    #[test]
    fn a_sheared_shape_is_not_approximated() {
        let shear = Mat4::from_scale(Vec3::new(1.0, 3.0, 1.0)) * Mat4::from_rotation_z(0.6);
        let drawn = Drawn {
            mesh: 0,
            material: 0,
            world_from_mesh: shear,
            ride: None,
        };
        assert!(drawn.is_moved_by_corners());
        let plain =
            Mat4::from_scale_rotation_translation(Vec3::splat(2.0), Quat::from_rotation_y(1.0), Vec3::ONE);
        let drawn = Drawn {
            world_from_mesh: plain,
            ..drawn
        };
        assert!(!drawn.is_moved_by_corners());
    }

    #[test]
    fn a_picture_becomes_an_image_with_every_mip_level() {
        let mut png = Cursor::new(Vec::new());
        image::RgbaImage::from_pixel(5, 2, image::Rgba([200, 100, 50, 255]))
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        let bytes: bytes::Bytes = png.into_inner().into();
        let texture = TextureUse {
            picture: 0,
            wrap: [Wrap::Repeat; 2],
            nearest: false,
            offset: [0.0; 2],
            rotation: 0.0,
            scale: [1.0; 2],
        };
        let mut picture = PictureData {
            bytes,
            kind: PictureKind::Png,
            width: 5,
            height: 2,
        };
        let image = to_image(&picture, &texture, MAX_SHOWN_SIDE).unwrap();
        assert_eq!(image.texture_descriptor.mip_level_count, 3);
        assert_eq!(image.data.unwrap().len(), 4 * (5 * 2 + 2 + 1));
        // A header that lies to one of the two readers is caught by the other.
        picture.width = 4;
        assert!(to_image(&picture, &texture, MAX_SHOWN_SIDE).is_none());
        picture.bytes = picture.bytes.slice(..40);
        assert!(to_image(&picture, &texture, MAX_SHOWN_SIDE).is_none());
    }
}
