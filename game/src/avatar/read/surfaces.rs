//! Materials and pictures of an avatar, MToon of both versions of VRM included.
//!
//! Invariant: pictures are measured before anything decodes them, and each is told how large it may be shown, so that
//! all of them fit the limits together.

use super::File;
use super::vrm0::linear;
use crate::avatar::document::{
    Alpha, AvatarMaterial, AvatarWarning, Kind, Mtoon, Outline, Picture, PictureData, TextureUse, Wrap,
};
use crate::avatar::error::{AvatarError, Measure, at_most, damaged};
use crate::avatar::json::{colour, index, number, ranged, shown_name, vector};
use crate::avatar::limits;
use crate::gltf::accessor::Bad;
use crate::gltf::json::TextureInfo;
use crate::gltf::{container, picture};
use serde_json::Value;

fn unit(value: f32, otherwise: f32) -> f32 {
    if value.is_finite() {
        value.clamp(0.0, 1.0)
    } else {
        otherwise
    }
}

/// Where a texture stands in an extension's JSON, as glTF's own.
fn info(value: &Value) -> Option<TextureInfo> {
    // Small objects, read again with the care of the typed reader; one that does not fit is not there.
    serde::Deserialize::deserialize(value).ok()
}

impl File<'_> {
    /// A material of the file, once.
    pub(super) fn material(&mut self, index: Option<usize>) -> Result<usize, AvatarError> {
        let Some(index) = index else {
            if let Some(plain) = self.plain {
                return Ok(plain);
            }
            let plain = self.add_material(AvatarMaterial::default())?;
            self.plain = Some(plain);
            return Ok(plain);
        };
        if let Some(Some(material)) = self.materials_of.get(index) {
            return Ok(*material);
        }
        let root = self.buffers.root;
        let source = root
            .materials
            .get(index)
            .ok_or(damaged("a material that is not there"))?;
        let pbr = &source.pbr_metallic_roughness;
        let strength = source
            .extensions
            .emissive_strength
            .as_ref()
            .and_then(|e| e.emissive_strength)
            .unwrap_or(1.0);
        let strength = if strength.is_finite() {
            strength.clamp(0.0, 100.0)
        } else {
            1.0
        };
        let normal_texture = self.texture(source.normal_texture.as_ref(), true)?;
        let mut material = AvatarMaterial {
            name: shown_name(&source.name),
            base_colour: pbr.base_color_factor.unwrap_or([1.0; 4]).map(|v| unit(v, 1.0)),
            base_texture: self.texture(pbr.base_color_texture.as_ref(), false)?,
            metallic: unit(pbr.metallic_factor.unwrap_or(1.0), 0.0),
            roughness: unit(pbr.roughness_factor.unwrap_or(1.0), 1.0),
            emissive: source
                .emissive_factor
                .unwrap_or([0.0; 3])
                .map(|v| unit(v, 0.0) * strength),
            emissive_texture: self.texture(source.emissive_texture.as_ref(), false)?,
            normal_texture,
            normal_scale: source
                .normal_texture
                .as_ref()
                .and_then(|normal| normal.scale)
                .filter(|scale| scale.is_finite())
                .map_or(1.0, |scale| scale.clamp(-10.0, 10.0)),
            alpha: match source.alpha_mode.as_deref() {
                Some("MASK") => Alpha::Mask(unit(source.alpha_cutoff.unwrap_or(0.5), 0.5)),
                Some("BLEND") => Alpha::Blend,
                _ => Alpha::Opaque,
            },
            double_sided: source.double_sided,
            unlit: source.extensions.unlit.is_some(),
            mtoon: None,
        };
        let extra = self.extra;
        match self.kind {
            Kind::Vrm1 => {
                if let Some(extended) = extra.materials.get(index) {
                    let mtoon = &extended.extensions["VRMC_materials_mtoon"];
                    if mtoon.is_object() {
                        material.mtoon = Some(self.mtoon1(mtoon)?);
                        material.unlit = false; // only for programs that do not know MToon
                    }
                }
            }
            Kind::Vrm0 => {
                let said = &extra.extensions["VRM"]["materialProperties"][index];
                if said.is_object() {
                    self.obey_vrm0(said, &mut material)?;
                }
            }
            Kind::Plain => {}
        }
        let at = self.add_material(material)?;
        if let Some(place) = self.materials_of.get_mut(index) {
            *place = Some(at);
        }
        Ok(at)
    }

    fn add_material(&mut self, material: AvatarMaterial) -> Result<usize, AvatarError> {
        at_most(
            Measure::Materials,
            self.materials.len() as u64 + 1,
            limits::MAX_MATERIALS as u64,
        )?;
        self.materials.push(material);
        Ok(self.materials.len() - 1)
    }

    fn mtoon1(&mut self, value: &Value) -> Result<Mtoon, AvatarError> {
        let rgb = |key: &str, otherwise: [f32; 3]| colour(&value[key]).unwrap_or(otherwise);
        let from =
            |key: &str, otherwise: f32, least: f32, most: f32| ranged(&value[key], otherwise, least, most);
        let mut texture = |key: &str, linear: bool| self.texture(info(&value[key]).as_ref(), linear);
        Ok(Mtoon {
            shade_colour: rgb("shadeColorFactor", [0.0; 3]),
            shade_texture: texture("shadeMultiplyTexture", false)?,
            shading_shift: from("shadingShiftFactor", 0.0, -1.0, 1.0),
            shading_shift_texture: texture("shadingShiftTexture", true)?,
            shading_shift_scale: ranged(&value["shadingShiftTexture"]["scale"], 1.0, -10.0, 10.0),
            shading_toony: from("shadingToonyFactor", 0.9, 0.0, 1.0),
            gi_equalization: from("giEqualizationFactor", 0.9, 0.0, 1.0),
            matcap_colour: rgb("matcapFactor", [1.0; 3]),
            matcap_texture: texture("matcapTexture", false)?,
            rim_colour: rgb("parametricRimColorFactor", [0.0; 3]),
            rim_texture: texture("rimMultiplyTexture", false)?,
            rim_lighting_mix: from("rimLightingMixFactor", 1.0, 0.0, 1.0),
            rim_fresnel_power: from("parametricRimFresnelPowerFactor", 5.0, 0.0, 100.0),
            rim_lift: from("parametricRimLiftFactor", 0.0, -1.0, 1.0),
            outline: match value["outlineWidthMode"].as_str() {
                Some("worldCoordinates") => Outline::World,
                Some("screenCoordinates") => Outline::Screen,
                _ => Outline::None,
            },
            outline_width: from("outlineWidthFactor", 0.0, 0.0, 0.05),
            outline_width_texture: texture("outlineWidthMultiplyTexture", true)?,
            outline_colour: rgb("outlineColorFactor", [0.0; 3]),
            outline_lighting_mix: from("outlineLightingMixFactor", 1.0, 0.0, 1.0),
            uv_scroll: [
                from("uvAnimationScrollXSpeedFactor", 0.0, -100.0, 100.0),
                from("uvAnimationScrollYSpeedFactor", 0.0, -100.0, 100.0),
            ],
            uv_rotation: from("uvAnimationRotationSpeedFactor", 0.0, -100.0, 100.0),
            uv_mask_texture: texture("uvAnimationMaskTexture", true)?,
            transparent_with_z_write: value["transparentWithZWrite"].as_bool().unwrap_or(false),
            render_queue_offset: from("renderQueueOffsetNumber", 0.0, -9.0, 9.0) as i8,
        })
    }

    /// VRM 0.x says the look of each material a second time, as Unity's shaders have it.
    fn obey_vrm0(&mut self, said: &Value, material: &mut AvatarMaterial) -> Result<(), AvatarError> {
        let shader = said["shader"].as_str().unwrap_or_default();
        match shader {
            "VRM/UnlitTexture" => {
                material.unlit = true;
                return Ok(());
            }
            "VRM/UnlitCutout" => {
                material.unlit = true;
                material.alpha = Alpha::Mask(ranged(&said["floatProperties"]["_Cutoff"], 0.5, 0.0, 1.0));
                return Ok(());
            }
            "VRM/UnlitTransparent" | "VRM/UnlitTransparentZWrite" => {
                material.unlit = true;
                material.alpha = Alpha::Blend;
                return Ok(());
            }
            "VRM/MToon" => {}
            _ => return Ok(()),
        }
        let float = |key: &str, otherwise: f32| number(&said["floatProperties"][key]).unwrap_or(otherwise);
        let rgba = |key: &str, otherwise: [f32; 4]| {
            let [red, green, blue, alpha] = vector(&said["vectorProperties"][key]).unwrap_or(otherwise);
            let [red, green, blue] = [red, green, blue].map(linear);
            [red, green, blue, alpha.clamp(0.0, 1.0)]
        };
        let rgb = |key: &str, otherwise: [f32; 4]| {
            let [red, green, blue, _] = rgba(key, otherwise);
            [red, green, blue]
        };
        // Unity counts from the bottom of a picture: [offset x, offset y, scale x, scale y].
        let placing = vector::<4>(&said["vectorProperties"]["_MainTex"]).unwrap_or([0.0, 0.0, 1.0, 1.0]);
        let mut texture = |key: &str, linear: bool| -> Result<Option<TextureUse>, AvatarError> {
            let Some(index) = index(&said["textureProperties"][key]) else {
                return Ok(None);
            };
            let info = TextureInfo {
                index,
                tex_coord: 0,
                scale: None,
                extensions: Default::default(),
            };
            let placed = self.texture(Some(&info), linear)?;
            Ok(placed.map(|texture| TextureUse {
                offset: [placing[0], 1.0 - placing[3] - placing[1]],
                scale: [placing[2], placing[3]],
                ..texture
            }))
        };
        let blended = said["keywordMap"]["_ALPHABLEND_ON"].as_bool().unwrap_or(false);
        let cut = said["keywordMap"]["_ALPHATEST_ON"].as_bool().unwrap_or(false);
        material.alpha = if blended {
            Alpha::Blend
        } else if cut {
            Alpha::Mask(float("_Cutoff", 0.5).clamp(0.0, 1.0))
        } else {
            Alpha::Opaque
        };
        material.double_sided = float("_CullMode", 2.0) == 0.0;
        material.unlit = false;
        material.base_colour = rgba("_Color", [1.0; 4]).map(|v| v.clamp(0.0, 1.0));
        if let Some(base) = texture("_MainTex", false)? {
            material.base_texture = Some(base);
        }
        material.emissive = rgb("_EmissionColor", [0.0; 4]);
        material.emissive_texture = texture("_EmissionMap", false)?;
        material.normal_texture = texture("_BumpMap", true)?;
        material.normal_scale = float("_BumpScale", 1.0).clamp(-10.0, 10.0);
        // The two terms of 1.0 from those of 0.x, after the migration guide of VRMC_materials_mtoon.
        let shift = float("_ShadeShift", 0.0).clamp(-1.0, 1.0);
        let toony = float("_ShadeToony", 0.9).clamp(0.0, 1.0);
        let toony = toony + (1.0 - toony) * (0.5 + 0.5 * shift);
        let mixed = float("_OutlineColorMode", 0.0) == 1.0;
        let width = float("_OutlineWidth", 0.0);
        let outline = match float("_OutlineWidthMode", 0.0) as i32 {
            1 => Outline::World,
            2 => Outline::Screen,
            _ => Outline::None,
        };
        let matcap_texture = texture("_SphereAdd", false)?;
        let hides = blended && float("_ZWrite", 0.0) == 1.0;
        // Unity draws see-through surfaces from 3000 on, those that hide what is behind them from 2501 on.
        let queue = number(&said["renderQueue"]).filter(|queue| blended && *queue > 0.0);
        let later = queue.map_or(0.0, |queue| queue - if hides { 2501.0 } else { 3000.0 });
        material.mtoon = Some(Mtoon {
            shade_colour: rgb("_ShadeColor", [0.97, 0.81, 0.86, 1.0]),
            shade_texture: texture("_ShadeTexture", false)?,
            shading_shift: (-shift - (1.0 - toony)).clamp(-1.0, 1.0),
            shading_shift_texture: None,
            shading_shift_scale: 1.0,
            shading_toony: toony,
            gi_equalization: 1.0 - float("_IndirectLightIntensity", 0.1).clamp(0.0, 1.0),
            matcap_colour: [1.0; 3],
            matcap_texture,
            rim_colour: rgb("_RimColor", [0.0; 4]),
            rim_texture: texture("_RimTexture", false)?,
            rim_lighting_mix: float("_RimLightingMix", 0.0).clamp(0.0, 1.0),
            rim_fresnel_power: float("_RimFresnelPower", 1.0).clamp(0.0, 100.0),
            rim_lift: float("_RimLift", 0.0).clamp(-1.0, 1.0),
            outline,
            // Centimetres there, or hundredths of half the screen's height.
            outline_width: match outline {
                Outline::Screen => (0.005 * width).clamp(0.0, 0.05),
                _ => (0.01 * width).clamp(0.0, 0.05),
            },
            outline_width_texture: texture("_OutlineWidthTexture", true)?,
            outline_colour: rgb("_OutlineColor", [0.0; 4]),
            outline_lighting_mix: if mixed {
                float("_OutlineLightingMix", 1.0).clamp(0.0, 1.0)
            } else {
                0.0
            },
            uv_scroll: [
                float("_UvAnimScrollX", 0.0).clamp(-100.0, 100.0),
                -float("_UvAnimScrollY", 0.0).clamp(-100.0, 100.0),
            ],
            uv_rotation: (float("_UvAnimRotation", 0.0) * core::f32::consts::TAU).clamp(-100.0, 100.0),
            uv_mask_texture: texture("_UvAnimMaskTexture", true)?,
            transparent_with_z_write: hides,
            render_queue_offset: later.clamp(-9.0, 9.0) as i8,
        });
        Ok(())
    }

    /// A texture on a material; `None` where it has none or it cannot be shown.
    fn texture(
        &mut self,
        info: Option<&TextureInfo>,
        linear: bool,
    ) -> Result<Option<TextureUse>, AvatarError> {
        // Only the first set of texture coordinates is read; another would show the picture in the wrong place.
        let Some(info) = info.filter(|info| info.tex_coord == 0) else {
            return Ok(None);
        };
        let root = self.buffers.root;
        let Some(texture) = root.textures.get(info.index) else {
            return Err(damaged("a texture that is not there"));
        };
        let Some(source) = texture.source else {
            self.warn(AvatarWarning::Picture {
                name: format!("{}", info.index),
            });
            return Ok(None);
        };
        let sampler = texture.sampler.and_then(|sampler| root.samplers.get(sampler));
        let wrap = |code: Option<u32>| match code {
            Some(33_071) => Wrap::Clamp,
            Some(33_648) => Wrap::Mirror,
            _ => Wrap::Repeat,
        };
        let sane = |value: f32, otherwise: f32| {
            if value.is_finite() && value.abs() < limits::MAX_NUMBER {
                value
            } else {
                otherwise
            }
        };
        let transform = info.extensions.transform.as_ref();
        let way = Way {
            wrap: [
                wrap(sampler.and_then(|s| s.wrap_s)),
                wrap(sampler.and_then(|s| s.wrap_t)),
            ],
            nearest: sampler.and_then(|s| s.mag_filter) == Some(9_728),
            linear,
        };
        let Some((picture, way)) = self.picture(source, way)? else {
            return Ok(None);
        };
        Ok(Some(TextureUse {
            picture,
            wrap: way.wrap,
            nearest: way.nearest,
            offset: transform
                .and_then(|t| t.offset)
                .unwrap_or([0.0; 2])
                .map(|v| sane(v, 0.0)),
            rotation: sane(transform.and_then(|t| t.rotation).unwrap_or(0.0), 0.0),
            scale: transform
                .and_then(|t| t.scale)
                .unwrap_or([1.0; 2])
                .map(|v| sane(v, 1.0)),
        }))
    }

    /// A picture of the file, once for each way it is looked up, because each is a copy on the graphics card. Where
    /// there is no room for another copy it is looked up as before; `None` where it cannot be shown.
    fn picture(&mut self, index: usize, way: Way) -> Result<Option<(usize, Way)>, AvatarError> {
        let (data, name) = match self.pictures_of.get(index) {
            None => return Err(damaged("a picture that is not there")),
            Some(Found::Broken) => return Ok(None),
            Some(Found::Shown(copies)) => {
                let same = copies.iter().find(|(_, of)| *of == way);
                let full = self.pictures.len() >= limits::MAX_TEXTURES || self.is_full_of_pixels(copies);
                if let Some(copy) = same.or(copies.first().filter(|_| full)) {
                    return Ok(Some(*copy));
                }
                let data = copies.first().and_then(|(at, _)| self.pictures.get(*at));
                (data.map(|picture| picture.data.clone()), String::new())
            }
            Some(Found::Unseen) => {
                let image = &self.buffers.root.images[index];
                let bytes = match (&image.uri, image.buffer_view) {
                    (Some(uri), _) => container::embedded(uri).and_then(Result::ok),
                    (None, Some(view)) => Some(self.buffers.view(view).map_err(|Bad(what)| damaged(what))?.1),
                    (None, None) => None,
                };
                let measured =
                    bytes.and_then(|bytes| picture::measure(&bytes).map(|measured| (bytes, measured)));
                let fits = measured
                    .filter(|(_, (_, width, height))| (*width).max(*height) <= limits::MAX_TEXTURE_SIDE);
                let data = fits.map(|(bytes, (kind, width, height))| PictureData {
                    bytes,
                    kind,
                    width,
                    height,
                });
                (data, shown_name(&image.name))
            }
        };
        let Some(data) = data else {
            self.warn(AvatarWarning::Picture { name });
            self.pictures_of[index] = Found::Broken;
            return Ok(None);
        };
        at_most(
            Measure::Textures,
            self.pictures.len() as u64 + 1,
            limits::MAX_TEXTURES as u64,
        )?;
        let others: u64 = self.pictures.iter().map(|picture| pixels(&picture.data)).sum();
        at_most(
            Measure::Pixels,
            others + pixels(&data),
            limits::MAX_TEXTURE_PIXELS,
        )?;
        let copy = (self.pictures.len(), way);
        self.pictures.push(Picture {
            shown: [data.width, data.height],
            data,
            linear: way.linear,
        });
        match &mut self.pictures_of[index] {
            Found::Shown(copies) => copies.push(copy),
            found => *found = Found::Shown(vec![copy]),
        }
        Ok(Some(copy))
    }

    /// Whether another copy of this picture would be too much to decode.
    fn is_full_of_pixels(&self, copies: &[(usize, Way)]) -> bool {
        let taken: u64 = self.pictures.iter().map(|picture| pixels(&picture.data)).sum();
        let one = copies.first().and_then(|(at, _)| self.pictures.get(*at));
        one.is_some_and(|one| taken + pixels(&one.data) > limits::MAX_TEXTURE_PIXELS)
    }

    /// The picture of the whole avatar: one that is on a material, or one of its own.
    pub(super) fn likeness(&mut self, index: usize) -> Result<Option<usize>, AvatarError> {
        if let Some(Found::Shown(copies)) = self.pictures_of.get(index)
            && let Some((picture, _)) = copies.first()
        {
            return Ok(Some(*picture));
        }
        let way = Way {
            wrap: [Wrap::Clamp; 2],
            nearest: false,
            linear: false,
        };
        match self.picture(index, way) {
            Ok(found) => Ok(found.map(|(picture, _)| picture)),
            // The body is worth more than its likeness.
            Err(AvatarError::TooMuch { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// How a picture is looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    wrap: [Wrap; 2],
    nearest: bool,
    /// Numbers and no colours.
    linear: bool,
}

/// What a picture of the file turned out to be.
#[derive(Clone)]
pub(super) enum Found {
    Unseen,
    /// It cannot be shown.
    Broken,
    /// Its copies among ours.
    Shown(Vec<(usize, Way)>),
}

fn pixels(data: &PictureData) -> u64 {
    u64::from(data.width) * u64::from(data.height)
}

/// Memory of a picture on the graphics card, with mip levels.
fn shown_bytes([width, height]: [u32; 2]) -> u64 {
    u64::from(width) * u64::from(height) * 4 * 4 / 3
}

/// Halved until no side is longer than this.
fn within(picture: &Picture, side: u32) -> [u32; 2] {
    let (mut width, mut height) = (picture.data.width, picture.data.height);
    while width.max(height) > side {
        (width, height) = ((width / 2).max(1), (height / 2).max(1));
    }
    [width, height]
}

/// Says how large each picture is shown, so that all of them fit; the memory they take.
/// Those behind the first `on_materials` are in the panel alone, before their wearer, and count nothing.
pub(super) fn fit(pictures: &mut [Picture], on_materials: usize) -> u64 {
    let mut side = limits::MAX_SHOWN_SIDE;
    loop {
        let mut total = 0;
        for (index, picture) in pictures.iter_mut().enumerate() {
            picture.shown = within(picture, side);
            if index < on_materials {
                total += shown_bytes(picture.shown);
            }
        }
        if total <= limits::MAX_TEXTURE_BYTES || side <= limits::MIN_SHOWN_SIDE {
            return total;
        }
        side /= 2;
    }
}
