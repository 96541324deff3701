//! An avatar after every check: what its file says, in one shape for VRM 0.x, VRM 1.0 and plain glTF.
//!
//! Flow: `read` fills it → [`crate::people`] spawns joints and skinned meshes from it, `motion` of theirs turns
//! rotations of a person in T-pose into rotations of these joints ([`Humanoid::local`]).
//! Invariants: node 0 is a root of our own that turns, scales and shifts the rest, so that a document stands in
//! metres, y up, looking along −z, feet at the origin; parents stand before children; every index points at something
//! and every number is finite. Pure: no engine beyond its vector types.

use super::Bone;
pub use crate::gltf::{Alpha, PictureData, PictureKind, TextureUse, Wrap};
use bevy::math::{Mat4, Quat, Vec3};

/// An avatar, checked and ready to be worn.
#[derive(Clone, Debug, PartialEq)]
pub struct AvatarDocument {
    /// BLAKE3 of the file.
    pub hash: [u8; 32],
    pub kind: Kind,
    pub meta: Meta,
    /// Parents before children; the first is the root.
    pub nodes: Vec<AvatarNode>,
    pub humanoid: Humanoid,
    pub skins: Vec<Skin>,
    pub parts: Vec<Part>,
    pub materials: Vec<AvatarMaterial>,
    pub pictures: Vec<Picture>,
    pub expressions: Vec<Expression>,
    pub springs: Springs,
    /// What one looks at stands before it; none looks at itself, round whatever corner.
    pub constraints: Vec<Constraint>,
    pub look_at: LookAt,
    pub meter: Meter,
    /// What was left out.
    pub warnings: Vec<AvatarWarning>,
}

/// What kind of file it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Vrm0,
    Vrm1,
    /// glTF with a skeleton that was recognised by the names of its bones.
    Plain,
}

/// A place that others hang on.
#[derive(Clone, Debug, PartialEq)]
pub struct AvatarNode {
    /// Fit to be shown.
    pub name: String,
    /// Below this one's own index; `None` for the root alone.
    pub parent: Option<u16>,
    /// At rest, in the parent's space.
    pub translation: Vec3,
    pub rotation: Quat,
    pub scale: Vec3,
}

/// Which node is which bone, and how it has to be turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Humanoid {
    /// By [`Bone`].
    pub bones: [Option<BoneNode>; Bone::COUNT],
    /// From the ground to the hips in T-pose, metres: what a motion's hips are scaled by.
    pub hips_height: f32,
    /// From the ground to the top of the head, metres.
    pub height: f32,
    /// From the ground to between the eyes, metres.
    pub eye_height: f32,
}

/// A node that is a bone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoneNode {
    pub node: u16,
    /// Its rotation in its parent's space in T-pose; the file's own rest may be another (A-pose).
    pub t_local: Quat,
    /// Its parent's rotation in the avatar's space in T-pose.
    pub t_parent: Quat,
    /// Where it is at rest, in the avatar's space, metres.
    pub rest: Vec3,
}

impl Humanoid {
    /// The node of a bone.
    pub fn node(&self, bone: Bone) -> Option<u16> {
        self.bones[bone as usize].map(|bone| bone.node)
    }

    /// What to write into the rotation of a bone's node, for a rotation against the parent bone that is said for
    /// somebody in T-pose whose bones all have the axes of the avatar (x to the right, y up, looking along −z).
    pub fn local(&self, bone: Bone, from_t_pose: Quat) -> Option<Quat> {
        self.bones[bone as usize].map(|bone| bone.local(from_t_pose))
    }
}

impl BoneNode {
    /// See [`Humanoid::local`].
    pub fn local(&self, from_t_pose: Quat) -> Quat {
        self.t_parent.inverse() * from_t_pose * self.t_parent * self.t_local
    }
}

/// Joints that move the vertices of parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Skin {
    /// Nodes; at most [`super::limits::MAX_JOINTS`].
    pub joints: Vec<u16>,
    /// As many as joints; finite.
    pub inverse_bind: Vec<Mat4>,
}

/// A shape with one material.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Fit to be shown.
    pub name: String,
    /// Where it hangs when it has no skin; a skinned part is placed by its joints alone.
    pub node: u16,
    pub skin: Option<usize>,
    /// Each attribute has as many entries as there are positions, or none.
    pub positions: Vec<[f32; 3]>,
    /// Unit length.
    pub normals: Vec<[f32; 3]>,
    pub uvs: Vec<[f32; 2]>,
    /// Linear RGBA.
    pub colours: Vec<[f32; 4]>,
    /// Below the length of the skin's joints.
    pub joints: Vec<[u16; 4]>,
    /// Not negative, sum 1.
    pub weights: Vec<[f32; 4]>,
    /// Three a triangle, each below `positions.len()`.
    pub indices: Vec<u32>,
    pub material: usize,
    /// Only those an expression uses.
    pub morphs: Vec<Morph>,
    pub first_person: FirstPerson,
    /// Most of it hangs on the head: hidden from oneself where `first_person` is [`FirstPerson::Auto`].
    pub of_head: bool,
}

/// Another form of a part, as differences.
#[derive(Clone, Debug, PartialEq)]
pub struct Morph {
    pub name: String,
    /// As many as the part has positions.
    pub positions: Vec<[f32; 3]>,
    /// As many, or none.
    pub normals: Vec<[f32; 3]>,
}

/// Who sees a part: its wearer looks out of the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstPerson {
    /// Everybody, but for what hangs on the head.
    #[default]
    Auto,
    Both,
    OthersOnly,
    WearerOnly,
}

/// How a surface looks.
#[derive(Clone, Debug, PartialEq)]
pub struct AvatarMaterial {
    pub name: String,
    /// Linear RGBA, 0..1.
    pub base_colour: [f32; 4],
    pub base_texture: Option<TextureUse>,
    pub metallic: f32,
    pub roughness: f32,
    /// Linear RGB; above 1 it glows.
    pub emissive: [f32; 3],
    pub emissive_texture: Option<TextureUse>,
    pub normal_texture: Option<TextureUse>,
    pub normal_scale: f32,
    pub alpha: Alpha,
    pub double_sided: bool,
    pub unlit: bool,
    pub mtoon: Option<Mtoon>,
}

impl Default for AvatarMaterial {
    fn default() -> Self {
        Self {
            name: String::new(),
            base_colour: [1.0; 4],
            base_texture: None,
            metallic: 0.0,
            roughness: 0.9,
            emissive: [0.0; 3],
            emissive_texture: None,
            normal_texture: None,
            normal_scale: 1.0,
            alpha: Alpha::Opaque,
            double_sided: false,
            unlit: false,
            mtoon: None,
        }
    }
}

/// The cartoon look of VRM, in the terms of `VRMC_materials_mtoon` 1.0.
#[derive(Clone, Debug, PartialEq)]
pub struct Mtoon {
    /// Linear RGB in the shade; multiplied with its texture.
    pub shade_colour: [f32; 3],
    pub shade_texture: Option<TextureUse>,
    /// −1..1: where lit turns into shade; 0 is where light grazes.
    pub shading_shift: f32,
    /// Its red, times the scale, is added to that.
    pub shading_shift_texture: Option<TextureUse>,
    pub shading_shift_scale: f32,
    /// 0 a soft turn, 1 a hard edge.
    pub shading_toony: f32,
    /// 0..1: how evenly light from everywhere falls.
    pub gi_equalization: f32,
    /// Linear RGB added by a picture of what is around, looked up by the normal (a "matcap").
    pub matcap_colour: [f32; 3],
    pub matcap_texture: Option<TextureUse>,
    /// Linear RGB of the edge seen against the view.
    pub rim_colour: [f32; 3],
    pub rim_texture: Option<TextureUse>,
    /// 0..1: how far light takes part in rim and matcap.
    pub rim_lighting_mix: f32,
    pub rim_fresnel_power: f32,
    pub rim_lift: f32,
    pub outline: Outline,
    /// Metres, or share of the screen's height, by `outline`.
    pub outline_width: f32,
    pub outline_width_texture: Option<TextureUse>,
    pub outline_colour: [f32; 3],
    pub outline_lighting_mix: f32,
    /// Texture coordinates move by this in a second; the last in radians.
    pub uv_scroll: [f32; 2],
    pub uv_rotation: f32,
    pub uv_mask_texture: Option<TextureUse>,
    /// See-through surfaces that hide what is behind them all the same.
    pub transparent_with_z_write: bool,
    /// −9..=9: later is drawn over earlier, among see-through surfaces.
    pub render_queue_offset: i8,
}

/// How an outline is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outline {
    #[default]
    None,
    World,
    Screen,
}

/// A picture and how large it is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub data: PictureData,
    /// Width and height to be scaled down to before it is shown, so that all of them fit [`super::limits`].
    pub shown: [u32; 2],
    /// Numbers (normals, masks) and no colours.
    pub linear: bool,
}

/// A face one can make.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// Fit to be shown.
    pub name: String,
    pub preset: Option<Preset>,
    /// Fully there above one half, not at all below.
    pub is_binary: bool,
    pub override_blink: Override,
    pub override_look_at: Override,
    pub override_mouth: Override,
    pub morphs: Vec<MorphBind>,
    pub colours: Vec<ColourBind>,
    pub uvs: Vec<UvBind>,
}

/// The faces every VRM program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    Happy,
    Angry,
    Sad,
    Relaxed,
    Surprised,
    Aa,
    Ih,
    Ou,
    Ee,
    Oh,
    Blink,
    BlinkLeft,
    BlinkRight,
    LookUp,
    LookDown,
    LookLeft,
    LookRight,
    Neutral,
}

/// What a face does to blinking, looking or speaking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Override {
    #[default]
    None,
    /// Not while this face is there at all.
    Block,
    /// Less by as much as this face is there.
    Blend,
}

/// A form a face gives to a part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MorphBind {
    pub part: u16,
    /// Index into the part's morphs.
    pub morph: u16,
    /// At the face's full weight.
    pub weight: f32,
}

/// A colour a face gives to a material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColourBind {
    pub material: u16,
    pub of: ColourOf,
    /// Linear RGBA at the face's full weight.
    pub target: [f32; 4],
}

/// Which colour of a material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourOf {
    Base,
    Emission,
    Shade,
    Matcap,
    Rim,
    Outline,
}

/// Where a face moves the pictures of a material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UvBind {
    pub material: u16,
    pub offset: [f32; 2],
    pub scale: [f32; 2],
}

/// What swings: hair, skirts, tails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Springs {
    pub colliders: Vec<Collider>,
    pub springs: Vec<Spring>,
}

/// One that swings as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Spring {
    /// Swinging is felt in the space of this node instead of the world's.
    pub centre: Option<u16>,
    /// Indices into the colliders.
    pub colliders: Vec<u16>,
    /// Parents before children.
    pub joints: Vec<SpringJoint>,
}

/// A node that swings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpringJoint {
    pub node: u16,
    /// The end that swings, in the node's own space; not zero.
    pub tail: Vec3,
    /// Metres.
    pub radius: f32,
    pub stiffness: f32,
    pub gravity_power: f32,
    /// Unit length.
    pub gravity_dir: Vec3,
    /// 0..1.
    pub drag: f32,
}

/// Something that what swings does not go into.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collider {
    pub node: u16,
    pub shape: ColliderShape,
}

/// In the space of the node, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ColliderShape {
    Sphere {
        offset: Vec3,
        radius: f32,
        /// What swings stays within instead of without.
        inside: bool,
    },
    Capsule {
        offset: Vec3,
        tail: Vec3,
        radius: f32,
        inside: bool,
    },
    /// What swings stays on the side of the normal.
    Plane { offset: Vec3, normal: Vec3 },
}

/// A node that follows another (`VRMC_node_constraint`), for twists in arms and legs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constraint {
    pub node: u16,
    pub source: u16,
    /// 0..1.
    pub weight: f32,
    pub follow: Follow,
}

/// How it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// Its rotation about one axis: 0 x, 1 y, 2 z.
    Roll(u8),
    /// Points an axis at it: 0 x, 1 y, 2 z; negative when the flag is set.
    Aim(u8, bool),
    Rotation,
}

/// How eyes follow what is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookAt {
    pub by: LookBy,
    /// From the head's node to between the eyes, in the node's space at rest.
    pub offset: Vec3,
    /// Towards the nose.
    pub inner: RangeMap,
    /// Away from the nose.
    pub outer: RangeMap,
    pub down: RangeMap,
    pub up: RangeMap,
}

/// What moves when eyes look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookBy {
    /// The bones of the eyes.
    Bone,
    /// The expressions `LookUp` … `LookRight`.
    Expression,
}

/// From an angle looked at to what is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeMap {
    /// Degrees at which `most` is reached; above 0.
    pub input_max_degrees: f32,
    /// Degrees for bones, weight for expressions.
    pub most: f32,
}

impl RangeMap {
    /// What is done for this angle, degrees.
    pub fn map(&self, degrees: f32) -> f32 {
        (degrees / self.input_max_degrees).clamp(0.0, 1.0) * self.most
    }
}

/// What the file says about itself and what it allows: both versions of VRM in one shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Every text fit to be shown.
    pub title: String,
    pub version: String,
    pub authors: Vec<String>,
    pub contact: String,
    pub reference: String,
    pub copyright: String,
    /// Name of the licence, where the file says one (VRM 0.x).
    pub licence: String,
    pub licence_url: String,
    /// Index into the pictures.
    pub thumbnail: Option<usize>,
    pub worn_by: WornBy,
    /// Whether the file may be passed on; `None` where it does not say.
    pub redistribution: Option<bool>,
    pub commercial: Commercial,
    pub modification: Modification,
    pub credit_required: Option<bool>,
    pub violent: Option<bool>,
    pub sexual: Option<bool>,
    pub political_or_religious: Option<bool>,
    pub antisocial_or_hateful: Option<bool>,
}

/// Who may wear it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WornBy {
    /// The file does not say.
    #[default]
    Unsaid,
    OnlyAuthor,
    /// Those to whom the author has said so.
    Licensed,
    Everyone,
}

/// Whether one may earn with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Commercial {
    #[default]
    Unsaid,
    No,
    PersonalNonProfit,
    PersonalProfit,
    Corporation,
}

/// Whether one may change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Modification {
    #[default]
    Unsaid,
    No,
    /// But not pass the changed one on.
    Yes,
    YesAndPassOn,
}

/// What an avatar costs the machines that show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// Of the file: what everybody fetches.
    pub bytes: u64,
    pub triangles: u32,
    /// Joints that move vertices.
    pub bones: u32,
    /// Draws.
    pub parts: u32,
    pub textures: u32,
    /// Memory of the pictures on the graphics card, with mip levels, as they will be shown.
    pub texture_bytes: u64,
    /// Joints that swing.
    pub springs: u32,
    pub rank: Rank,
}

/// A meter in one word. Ordered: later is more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    #[default]
    Good,
    Fair,
    Heavy,
}

/// What was left out of an avatar that is worn all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvatarWarning {
    /// A picture is damaged, missing, or of a kind other than PNG and JPEG.
    Picture { name: String },
    /// A shape that cannot be drawn.
    Shape { name: String, why: &'static str },
    /// It was scaled to this many percent because of its size.
    Scaled { percent: u32 },
    /// More springs or colliders than are moved.
    Springs,
    /// Faces with more forms than are kept.
    Expressions,
    /// Nodes that follow themselves, round whatever corner.
    Constraints,
}
