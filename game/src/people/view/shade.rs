//! One's own shadow has a head, although one looks out of it.
//!
//! Flow: whoever sits here gets a second body on a layer that suns see and no camera does ([`of_figure`], [`of_parts`]); it
//! shares the joints of the first but for those of the head, which are not made small → `cast` shows it while one looks
//! out of one's head.
//! Invariant: whoever sees oneself from without, and everybody else, pays nothing for it.

use super::family::{JAW, JOINTS, LEFT_EYE, RIGHT_EYE};
use super::motion::Limb;
use super::tailor::Sewn;
use super::{Figure, Joint};
use crate::body::camera::Eye;
use crate::people::Person;
use bevy::camera::visibility::{NoAutoAabb, RenderLayers};
use bevy::mesh::skinning::SkinnedMesh;
use bevy::prelude::*;

/// What only suns see; beside the mirror's.
pub(super) const LAYER: usize = 8;

/// The joints that hang on the neck, the head first.
pub(super) const HEAD: [usize; 4] = [Limb::Head as usize, LEFT_EYE, RIGHT_EYE, JAW];

/// The second body.
pub(super) struct Shade {
    pub(super) shape: Entity,
    /// As [`HEAD`] has them.
    pub(super) head: [Entity; 4],
}

/// The second body of one of the family, below `model`.
pub(super) fn of_figure(
    commands: &mut Commands,
    model: Entity,
    joints: &[Entity; JOINTS],
    sewn: &Sewn,
    body: impl Bundle,
) -> Shade {
    let mut skin = joints.to_vec();
    let neck = super::motion::parent(HEAD[0]).map_or(model, |neck| joints[neck]);
    let mut head = [Entity::PLACEHOLDER; 4];
    for (place, joint) in HEAD.into_iter().enumerate() {
        let above = if place == 0 { neck } else { head[0] };
        let offset =
            super::family::parent(joint).map_or(sewn.rest[joint], |on| sewn.rest[joint] - sewn.rest[on]);
        let made = commands.spawn((Joint, Transform::from_translation(offset), ChildOf(above)));
        head[place] = made.id();
        skin[joint] = head[place];
    }
    let skin = SkinnedMesh {
        inverse_bindposes: sewn.binds.clone(),
        joints: skin,
    };
    let shape = commands
        .spawn((
            body,
            skin,
            NoAutoAabb,
            RenderLayers::layer(LAYER),
            Transform::default(),
            Visibility::Hidden,
            ChildOf(model),
        ))
        .id();
    Shade { shape, head }
}

/// Suns see what only they see.
pub(super) fn light(
    mut commands: Commands,
    suns: Query<Entity, (Added<DirectionalLight>, Without<RenderLayers>)>,
) {
    for sun in &suns {
        commands
            .entity(sun)
            .insert(RenderLayers::from_layers(&[0, LAYER]));
    }
}

/// Shows the second body of whoever looks out of their own head. That of a suit is shown with the suit.
pub(super) fn cast(
    figures: Query<(&Person, &Figure)>,
    mut shapes: Query<(&mut Mesh3d, &mut Visibility)>,
    eye: Res<Eye>,
) {
    for (person, figure) in &figures {
        let Some(shade) = &figure.shade else { continue };
        let within = person.me && !eye.sees_oneself();
        let mesh = shapes.get(figure.shape).map(|(mesh, _)| mesh.0.clone());
        let (Ok(mesh), Ok((mut worn, mut visibility))) = (mesh, shapes.get_mut(shade.shape)) else {
            continue;
        };
        if worn.0 != mesh {
            worn.0 = mesh;
        }
        visibility.set_if_neq(if within {
            Visibility::Inherited
        } else {
            Visibility::Hidden
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::{animate, dress};
    use super::*;
    use crate::people::Posture;
    use bevy::mesh::skinning::SkinnedMeshInverseBindposes;
    use holm_identity::AccountKey;
    use holm_net::pose::Slot;
    use holm_net::transport::Path;

    fn world_of(me: bool) -> (App, Entity) {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, AssetPlugin::default(), TransformPlugin))
            .init_asset::<Mesh>()
            .init_asset::<StandardMaterial>()
            .init_asset::<SkinnedMeshInverseBindposes>()
            .init_resource::<Eye>()
            .add_systems(Update, (light, dress, animate, cast).chain());
        let person = Person {
            slot: Slot(1),
            name: "Ada".into(),
            account: AccountKey([3; 32]),
            me,
            ping_ms: None,
            path: Path::Memory,
            away: false,
        };
        let person = app
            .world_mut()
            .spawn((person, Posture::default(), Transform::default()))
            .id();
        for _ in 0..3 {
            app.update();
        }
        (app, person)
    }

    #[test]
    fn whoever_looks_out_of_their_head_throws_a_shadow_with_a_head_and_from_without_nothing_is_doubled() {
        let (mut app, me) = world_of(true);
        let sun = app.world_mut().spawn(DirectionalLight::default()).id();
        app.update();
        let figure = |app: &App| {
            let figure = app.world().get::<Figure>(me).unwrap();
            let shade = figure.shade.as_ref().unwrap();
            (figure.joints[HEAD[0]], shade.head[0], shade.shape, figure.shape)
        };
        let (head, whole, shape, seen) = figure(&app);
        let scale = |app: &App, joint: Entity| app.world().get::<Transform>(joint).unwrap().scale;
        let shown = |app: &App| *app.world().get::<Visibility>(shape).unwrap();
        assert_eq!((scale(&app, head), shown(&app)), (Vec3::ONE, Visibility::Hidden));
        app.world_mut().resource_mut::<Eye>().first_person = true;
        app.update();
        assert!(scale(&app, head).x < 0.01);
        assert_eq!(
            (scale(&app, whole), shown(&app)),
            (Vec3::ONE, Visibility::Inherited)
        );
        let turn = |app: &App, joint: Entity| app.world().get::<Transform>(joint).unwrap().rotation;
        assert_eq!(turn(&app, head), turn(&app, whole));
        // The sun sees it, a camera (which is on the first layer) does not; it is the same shape on the same joints.
        let layers = |app: &App, of: Entity| app.world().get::<RenderLayers>(of).cloned().unwrap_or_default();
        assert!(layers(&app, sun).intersects(&layers(&app, shape)));
        assert!(layers(&app, sun).intersects(&RenderLayers::default()));
        assert!(!layers(&app, shape).intersects(&RenderLayers::default()));
        let mesh = |app: &App, of: Entity| app.world().get::<Mesh3d>(of).unwrap().0.clone();
        assert_eq!(mesh(&app, shape), mesh(&app, seen));
        let joints = |app: &App, of: Entity| app.world().get::<SkinnedMesh>(of).unwrap().joints.clone();
        let (own, shadow) = (joints(&app, seen), joints(&app, shape));
        let other = (0..JOINTS).filter(|joint| own[*joint] != shadow[*joint]);
        let mut wanted = HEAD;
        wanted.sort_unstable();
        assert_eq!(other.collect::<Vec<_>>(), wanted);
        // And nobody else has one.
        let (app, other) = world_of(false);
        assert!(app.world().get::<Figure>(other).unwrap().shade.is_none());
    }
}
