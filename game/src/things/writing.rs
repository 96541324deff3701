//! Writing in the world: letters on a plane, or on the front of what they are written on.
//!
//! Flow: [`Built`] → which things have writing → the nearest of them that can be read from here → a picture of the letters
//! (`theme::letters::print`) → a plane that hangs on the thing.
//! Invariants: what strangers wrote went through `customs`; no more than [`MOST`] are shown and no more than [`MOST_BYTES`]
//! are held at a time, the nearest first; one picture is made in a frame; what cannot be read from so far costs nothing.

use super::view::{PLAIN, Shown, material, transform};
use super::{Built, Things};
use crate::body::camera::MainCamera;
use crate::customs;
use crate::theme::faces::Faces;
use crate::theme::letters::print::{Print, print};
use crate::world::view::tag;
use bevy::asset::RenderAssetUsages;
use bevy::image::{Image, ImageAddressMode, ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::light::NotShadowCaster;
use bevy::mesh::{Indices, MeshTag, PrimitiveTopology};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::part::Paint;
use holm_document::rules::seen_at;
use holm_document::{Part, PartKind, State as Document, ThingId};
use std::collections::BTreeMap;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Writings>()
        .add_systems(Update, know.before(super::view::show))
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Overhead),
        );
}

/// Shown at a time: more than anybody reads at once.
const MOST: usize = 64;
/// Of their pictures.
const MOST_BYTES: usize = 32 << 20;
/// Farther than so many heights of its line a writing is not read: letters are three points high there.
const LEGIBLE: f32 = 160.0;
/// What is shown is shown a little farther, so that nothing flickers.
const STAYS: f32 = 1.15;
const FARTHEST_METRES: f32 = 120.0;
/// Frames between two looks at which ones are near.
const LOOK_EVERY: u32 = 12;
/// How wide writing is that is written on nothing, heights of a line.
const WIDE: f32 = 24.0;
/// Of the width of what it is written on.
const OF_BOARD: f32 = 0.92;
/// How far it stands before what it is written on, metres.
const BEFORE_METRES: f32 = 0.006;

/// What is written on a thing, as it is to be seen.
#[derive(Clone, Debug, PartialEq)]
struct Writing {
    text: String,
    /// Height of a line as it is seen, metres.
    line_metres: f32,
    paint: Paint,
    at: Vec3,
    size: Vec3,
    /// On the front of a form.
    on_form: bool,
}

/// A writing that is shown.
struct Sheet {
    of: Writing,
    entity: Entity,
    around: Entity,
    bytes: usize,
    /// So many faces were there when it was printed.
    faces: usize,
}

/// See the module.
#[derive(Resource, Default)]
struct Writings {
    all: BTreeMap<ThingId, Writing>,
    shown: BTreeMap<ThingId, Sheet>,
    /// To be shown, the nearest first.
    near: Vec<ThingId>,
    /// Of those that were printed and found no room: what they take, bytes, with so many faces.
    no_room: BTreeMap<ThingId, (usize, usize)>,
    frame: u32,
}

fn writing(state: &Document, id: ThingId) -> Option<Writing> {
    let thing = state.thing(id)?;
    let Some(Part::Writing(written)) = thing.part(PartKind::Writing) else {
        return None;
    };
    let text = customs::writing(&written.text);
    let at = transform(&seen_at(state, id)?);
    let on_form = thing.part(PartKind::Shape).is_some();
    let paint = match thing.part(PartKind::Paint) {
        // On a form it is the form that has the colour: letters are seen on light and on dark ones.
        Some(Part::Paint(paint)) if on_form => Paint {
            colour: inked(paint.colour),
            ..PLAIN
        },
        Some(Part::Paint(paint)) => *paint,
        _ if on_form => Paint {
            colour: inked(PLAIN.colour),
            ..PLAIN
        },
        _ => PLAIN,
    };
    let grows = if on_form { 1.0 } else { at.scale.y };
    (!text.is_empty()).then_some(Writing {
        text,
        line_metres: (written.line_metres * grows).clamp(0.005, 20.0),
        paint,
        at: at.translation,
        size: at.scale,
        on_form,
    })
}

/// Dark on what is light, light on what is dark.
fn inked([r, g, b, _]: [u8; 4]) -> [u8; 4] {
    let light = 0.30 * f32::from(r) + 0.59 * f32::from(g) + 0.11 * f32::from(b);
    if light > 110.0 {
        [24, 26, 30, 255]
    } else {
        [244, 240, 230, 255]
    }
}

fn know(mut built: MessageReader<Built>, things: Res<Things>, mut writings: ResMut<Writings>) {
    let Some(change) = super::changed(&mut built, &things) else {
        return;
    };
    for (id, state) in change.of(writings.all.keys().copied()) {
        writings.no_room.remove(&id);
        match state.and_then(|state| writing(state, id)) {
            Some(writing) => drop(writings.all.insert(id, writing)),
            None => drop(writings.all.remove(&id)),
        }
    }
    writings.frame = 0;
}

impl Writings {
    /// The nearest that can be read from here.
    fn look(&mut self, from: Vec3) {
        let shown = &self.shown;
        let legible = |id: &ThingId, writing: &Writing| {
            let stays = if shown.contains_key(id) { STAYS } else { 1.0 };
            let far = writing.at.distance(from);
            (far < (writing.line_metres * LEGIBLE).min(FARTHEST_METRES) * stays).then_some((far, *id))
        };
        let mut near: Vec<(f32, ThingId)> = self
            .all
            .iter()
            .filter_map(|(id, writing)| legible(id, writing))
            .collect();
        near.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        near.truncate(MOST);
        self.near = near.into_iter().map(|(_, id)| id).collect();
    }
}

fn show(
    mut commands: Commands,
    mut contexts: EguiContexts,
    mut writings: ResMut<Writings>,
    shown: Res<Shown>,
    faces: Res<Faces>,
    camera: Query<&Transform, With<MainCamera>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut images: ResMut<Assets<Image>>,
) -> Result {
    let writings = &mut *writings;
    if writings.all.is_empty() && writings.shown.is_empty() {
        return Ok(());
    }
    let Ok(eye) = camera.single().map(|camera| camera.translation) else {
        return Ok(());
    };
    if writings.frame.is_multiple_of(LOOK_EVERY) {
        writings.look(eye);
        let (all, near) = (&writings.all, &writings.near);
        writings.shown.retain(|id, sheet| {
            // What only moved or grew is told by what it hangs on, and by how it is cut.
            let same = all.get(id).is_some_and(|now| {
                Writing {
                    at: sheet.of.at,
                    ..now.clone()
                } == sheet.of
            });
            let stays = same && shown.get(*id) == Some(sheet.around) && near.contains(id);
            if !stays {
                commands.entity(sheet.entity).try_despawn();
            }
            stays
        });
    }
    writings.frame = writings.frame.wrapping_add(1);
    let faces = faces.here().len();
    let ctx = contexts.ctx_mut()?;
    let mut bytes: usize = writings.shown.values().map(|sheet| sheet.bytes).sum();
    let mut ends = None;
    for (place, id) in writings.near.iter().enumerate() {
        let is_new = writings.shown.get(id).is_none_or(|sheet| sheet.faces != faces);
        let (true, Some(of), Some(around)) = (is_new, writings.all.get(id), shown.get(*id)) else {
            continue;
        };
        // Of those that are farther away.
        let farther = writings.near[place + 1..].iter();
        let farther: usize = farther.filter_map(|id| Some(writings.shown.get(id)?.bytes)).sum();
        let known = writings.no_room.get(id).filter(|(_, with)| *with == faces);
        if known.is_some_and(|(size, _)| bytes - farther + size > MOST_BYTES) {
            ends = Some((place, usize::MAX)); // it was printed once already
            break;
        }
        if let Some(old) = writings.shown.remove(id) {
            commands.entity(old.entity).try_despawn();
            bytes -= old.bytes;
        }
        let wide = if of.on_form {
            of.size.x * OF_BOARD / of.line_metres
        } else {
            WIDE
        };
        let Some(print) = print(ctx, &of.text, wide) else {
            ends = Some((place, place + 1)); // of signs that no face has
            break;
        };
        let picture = picture(&print);
        let size = picture.data.as_ref().map_or(0, Vec::len);
        // The nearest first: those that are farther away make room, the farthest of them first.
        for far in writings.near[place + 1..].iter().rev() {
            if bytes + size <= MOST_BYTES {
                break;
            }
            if let Some(sheet) = writings.shown.remove(far) {
                commands.entity(sheet.entity).try_despawn();
                bytes -= sheet.bytes;
                writings.no_room.insert(*far, (sheet.bytes, sheet.faces));
            }
        }
        if bytes + size > MOST_BYTES {
            writings.no_room.insert(*id, (size, faces));
            ends = Some((place, usize::MAX)); // what is farther waits for the next look
            break;
        }
        let mut paper = material(of.paint);
        paper.base_color_texture = Some(images.add(picture));
        paper.alpha_mode = AlphaMode::Blend;
        paper.depth_bias = 8.0;
        let scale = of.size.max(Vec3::splat(1e-3));
        let before = if of.on_form {
            0.5 + BEFORE_METRES / scale.z
        } else {
            0.0
        };
        let entity = commands
            .spawn((
                Mesh3d(meshes.add(plane(&print, of))),
                MeshMaterial3d(materials.add(paper)),
                MeshTag(tag::NOTHING),
                // In metres, whatever the thing is stretched by.
                Transform::from_xyz(0.0, 0.0, before).with_scale(Vec3::ONE / scale),
                NotShadowCaster,
                ChildOf(around),
            ))
            .id();
        let sheet = Sheet {
            of: of.clone(),
            entity,
            around,
            bytes: size,
            faces,
        };
        writings.shown.insert(*id, sheet);
        break; // the next one in the next frame
    }
    if let Some((from, to)) = ends {
        let to = to.min(writings.near.len());
        drop(writings.near.drain(from..to));
    }
    Ok(())
}

/// White, as solid as the letters are, with its smaller copies.
fn picture(print: &Print) -> Image {
    let (mut width, mut height) = (print.width, print.height);
    let mut level = print.solid.clone();
    let mut data = Vec::with_capacity(level.len() * 6);
    let mut levels = 0;
    loop {
        data.extend(level.iter().flat_map(|solid| [255, 255, 255, *solid]));
        levels += 1;
        if width == 1 && height == 1 {
            break;
        }
        let (wide, high) = ((width / 2).max(1), (height / 2).max(1));
        let at = |x: usize, y: usize| {
            let index = y.min(height - 1) * width + x.min(width - 1);
            u32::from(level.get(index).copied().unwrap_or(0))
        };
        let smaller = (0..wide * high).map(|index| {
            let (x, y) = (index % wide * 2, index / wide * 2);
            ((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1) + 2) / 4) as u8 // at most 255
        });
        level = smaller.collect();
        (width, height) = (wide, high);
    }
    let size = Extent3d {
        width: print.width as u32,
        height: print.height as u32,
        depth_or_array_layers: 1,
    };
    let mut image = Image::new_uninit(
        size,
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    );
    image.texture_descriptor.mip_level_count = levels;
    image.data = Some(data);
    image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
        address_mode_u: ImageAddressMode::ClampToEdge,
        address_mode_v: ImageAddressMode::ClampToEdge,
        mag_filter: ImageFilterMode::Linear,
        min_filter: ImageFilterMode::Linear,
        mipmap_filter: ImageFilterMode::Linear,
        anisotropy_clamp: 4,
        ..default()
    });
    image
}

/// As large as it is read, metres, in the middle of the origin. What is written on nothing is read from both sides.
fn plane(print: &Print, of: &Writing) -> Mesh {
    let metres = of.line_metres / print.line as f32;
    let (x, y) = (
        print.width as f32 * metres * 0.5,
        print.height as f32 * metres * 0.5,
    );
    let mut positions = vec![[-x, -y, 0.0], [x, -y, 0.0], [x, y, 0.0], [-x, y, 0.0]];
    let mut normals = vec![[0.0, 0.0, 1.0]; 4];
    let mut uvs = vec![[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]];
    let mut indices = vec![0, 1, 2, 0, 2, 3];
    if !of.on_form {
        positions.extend([[x, -y, 0.0], [-x, -y, 0.0], [-x, y, 0.0], [x, y, 0.0]]);
        normals.extend([[0.0, 0.0, -1.0]; 4]);
        uvs.extend_from_within(..);
        indices.extend([4, 5, 6, 4, 6, 7]);
    }
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_indices(Indices::U32(indices))
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_document::PersonNo;

    fn written(at: Vec3, line_metres: f32) -> Writing {
        Writing {
            text: "here".to_owned(),
            line_metres,
            paint: PLAIN,
            at,
            size: Vec3::ONE,
            on_form: false,
        }
    }

    #[test]
    fn the_nearest_that_can_be_read_are_shown_and_no_more_than_some() {
        let mut writings = Writings::default();
        let id = |serial| ThingId {
            maker: PersonNo(0),
            serial,
        };
        for serial in 0..10_000u32 {
            writings.all.insert(
                id(serial),
                written(Vec3::X * (10_000 - serial) as f32 * 0.01, 0.2),
            );
        }
        writings.all.insert(id(10_001), written(Vec3::Y * 3.0, 0.01));
        writings.look(Vec3::ZERO);
        let wanted: Vec<ThingId> = (0..MOST as u32).map(|at| id(9_999 - at)).collect();
        assert_eq!(writings.near, wanted, "small letters are not read from there");
    }

    #[test]
    fn a_picture_has_all_its_smaller_copies() {
        let print = Print {
            width: 10,
            height: 3,
            solid: vec![200; 30],
            line: 3,
        };
        let image = picture(&print);
        assert_eq!(image.texture_descriptor.mip_level_count, 4);
        let data = image.data.unwrap_or_default();
        assert_eq!(data.len(), 4 * (30 + 5 + 2 + 1));
        assert!(data.chunks(4).all(|point| point == [255, 255, 255, 200]));
    }

    #[test]
    fn letters_are_light_on_dark_and_dark_on_light() {
        assert!(inked([250, 250, 240, 255])[0] < 50 && inked([20, 40, 60, 255])[0] > 200);
    }
}
