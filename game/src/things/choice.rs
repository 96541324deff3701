//! What is chosen: the things that the panel, the handles and the keys are about.
//!
//! Flow: a press on a thing, a box drawn in the picture, or a button of the panel → [`Choice`] → everybody who does something to
//! it; `mark` shows it by an edge around each thing.
//! Invariants: a choice lasts as long as one builds, and Escape ends it before it ends anything else; what is gone is not chosen;
//! of what hangs together the top is chosen first, and a second press goes one step inside.

use super::handles::Handles;
use super::view::{Preview, Shown, transform};
use super::{Build, Built, Things};
use crate::body::camera::{CameraSystems, MainCamera};
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::platform;
use crate::screens::{Panel, ScreenSystems, Screens};
use crate::world::view::tag;
use bevy::light::NotShadowCaster;
use bevy::mesh::MeshTag;
use bevy::prelude::*;
use bevy::render::render_resource::Face;
use holm_document::arrange::{self, Chosen};
use holm_document::part::Shape;
use holm_document::rules::{hangs_on, may_change, seen_at};
use holm_document::{Act, Part, PartKind, State as Document, Thing, ThingId};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Choice>()
        .init_resource::<Marked>()
        .add_systems(
            Update,
            (
                (keep, press)
                    .chain()
                    .after(ScreenSystems::Choose)
                    .before(super::hand::choose),
                mark.after(super::view::show)
                    .after(super::hand::choose)
                    .after(CameraSystems::Follow),
            ),
        );
}

/// See the module.
#[derive(Resource, Clone, Debug, Default)]
pub struct Choice {
    /// Shared: whoever draws it each frame does not copy thousands.
    chosen: Arc<Chosen>,
    /// Counts changes.
    version: u64,
    /// The one that was added last: others are hung on it.
    last: Option<ThingId>,
    /// A press adds or takes away, as with Shift held: for those who have no Shift.
    pub several: bool,
}

/// How far around oneself "near" reaches, metres.
const NEAR_METRES: f32 = 32.0;
/// Copies stand so far beside what they are of, metres.
const BESIDE_METRES: f32 = 0.25;

impl Choice {
    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Another one after each change.
    pub fn version(&self) -> u64 {
        self.version
    }

    fn change(&mut self) -> &mut Chosen {
        self.version += 1;
        Arc::make_mut(&mut self.chosen)
    }

    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The one that was added last, if it still is.
    pub fn last(&self) -> Option<ThingId> {
        self.last.filter(|last| self.chosen.contains(last))
    }

    /// Exactly these.
    pub fn set(&mut self, chosen: Chosen) {
        self.last = chosen.last().copied();
        *self.change() = chosen;
    }

    pub fn clear(&mut self) {
        self.change().clear();
        self.last = None;
    }

    /// These, too.
    pub fn add(&mut self, more: Chosen) {
        self.last = more.last().copied().or(self.last);
        self.change().extend(more);
    }

    /// This one, too, or not any more.
    pub fn toggle(&mut self, thing: ThingId) {
        if !self.change().remove(&thing) {
            self.change().insert(thing);
            self.last = Some(thing);
        }
    }

    /// Somebody pointed at this one. `more`: beside what is chosen already. `inside`: this very one, whatever it hangs on.
    pub fn point(&mut self, state: &Document, hit: ThingId, more: bool, inside: bool) {
        let meant = if inside {
            hit
        } else {
            level(state, &self.chosen, hit, more)
        };
        if more || self.several {
            self.toggle(meant);
        } else {
            self.set(Chosen::from([meant]));
        }
    }

    /// What the panel is about: what is chosen, or else what is looked at.
    pub fn or(&self, looked_at: Option<ThingId>) -> Arc<Chosen> {
        if self.chosen.is_empty() {
            Arc::new(looked_at.into_iter().collect())
        } else {
            self.chosen.clone()
        }
    }
}

/// Which one of all that `hit` hangs on is meant: the top, or one step below what was chosen, or beside it.
fn level(state: &Document, chosen: &Chosen, hit: ThingId, more: bool) -> ThingId {
    let mut path: Vec<ThingId> = arrange::above(state, hit).collect();
    path.reverse();
    path.push(hit);
    // What is chosen already is meant when it is to be chosen no more.
    if more && let Some(already) = path.iter().find(|id| chosen.contains(id)) {
        return *already;
    }
    if let (1, Some(one)) = (chosen.len(), chosen.first()) {
        let at = |id: ThingId| path.iter().position(|on_path| *on_path == id);
        let one_below = at(*one).or_else(|| at(hangs_on(state, *one)?));
        if let Some(above) = one_below {
            return path.get(above + 1).copied().unwrap_or(hit);
        }
    }
    path.first().copied().unwrap_or(hit)
}

/// All of mine that are near.
pub(super) fn mine_near(things: &Things, around: Vec3) -> Chosen {
    let (Some(state), Some(me)) = (things.state(), things.me()) else {
        return Chosen::new();
    };
    let near = |id: ThingId| {
        seen_at(state, id)
            .is_some_and(|place| Vec3::from_array(place.position).distance(around) < NEAR_METRES)
    };
    let mine = state.things().filter(|(_, thing)| thing.owner == me);
    mine.filter(|(id, _)| hangs_on(state, **id).is_none() && near(**id))
        .map(|(id, _)| *id)
        .collect()
}

/// All that look like this one and that we may change.
pub(super) fn alike(things: &Things, like: ThingId) -> Chosen {
    let (Some(state), Some(me)) = (things.state(), things.me()) else {
        return Chosen::new();
    };
    let look = |thing: &Thing| -> Vec<Part> {
        let kinds = [
            PartKind::Shape,
            PartKind::Paint,
            PartKind::Model,
            PartKind::Picture,
        ];
        kinds
            .iter()
            .filter_map(|kind| thing.part(*kind).cloned())
            .collect()
    };
    let Some(wanted) = state.thing(like).map(look) else {
        return Chosen::new();
    };
    // Groups and bare lamps look like nothing: each is only itself.
    if wanted.is_empty() {
        return Chosen::from([like]);
    }
    let now = platform::unix_secs();
    let same = state.things().filter(|(_, thing)| look(thing) == wanted);
    same.filter(|(id, _)| may_change(state, me, now, **id))
        .map(|(id, _)| *id)
        .collect()
}

/// What is gone is not chosen, and nothing is while nobody builds.
fn keep(
    mut built: MessageReader<Built>,
    things: Res<Things>,
    mut screens: ResMut<Screens>,
    mut choice: ResMut<Choice>,
    mut handles: ResMut<Handles>,
    mut preview: ResMut<Preview>,
) {
    let building = screens.is_open(Panel::Build) || screens.is_open(Panel::Hand);
    if !building && (!choice.is_empty() || choice.several) {
        choice.clear();
        choice.several = false;
    }
    // What is under way is a step of its own.
    if screens.took_step() && !handles.cancel(&mut preview) {
        choice.clear();
    }
    if super::changed(&mut built, &things).is_some() && !choice.is_empty() {
        let there = |id: &ThingId| things.state().is_some_and(|state| state.thing(*id).is_some());
        if !choice.chosen.iter().all(there) {
            choice.change().retain(there);
        }
    }
    screens.keep_step(Panel::Build, !choice.is_empty());
}

/// Keys that do something to what is chosen, or looked at.
fn press(
    hands: Res<Hands>,
    screens: Res<Screens>,
    things: Res<Things>,
    hand: Res<super::hand::Hand>,
    camera: Query<&Transform, With<MainCamera>>,
    mut choice: ResMut<Choice>,
    mut build: MessageWriter<Build>,
) {
    if screens.top() != Some(Panel::Build) {
        return;
    }
    let Some(state) = things.state() else { return };
    let chosen = choice.or(hand.looked_at);
    let acts = if hands.started(Doing::Duplicate) {
        copies(state, &things, &mut choice, &chosen, camera.single().ok())
    } else if hands.started(Doing::Remove) {
        arrange::remove(state, &chosen)
    } else if hands.started(Doing::Group) {
        grouped(state, &things, &mut choice, &chosen)
    } else if hands.started(Doing::Ungroup) {
        ungrouped(state, &mut choice, &chosen)
    } else {
        return;
    };
    if !acts.is_empty() {
        build.write(Build { acts });
    }
}

/// The wish for copies beside what is chosen, which are chosen then.
pub(super) fn copies(
    state: &Document,
    things: &Things,
    choice: &mut Choice,
    chosen: &Chosen,
    camera: Option<&Transform>,
) -> Vec<Act> {
    let Some(first) = things.next_thing() else {
        return Vec::new();
    };
    // To the right of whoever looks, along the axis that is nearest to that.
    let right = camera.map_or(Vec3::X, |camera| *camera.right());
    let side = if right.x.abs() >= right.z.abs() {
        Vec3::X * right.x.signum()
    } else {
        Vec3::Z * right.z.signum()
    };
    let all = arrange::with_below(state, chosen.iter().copied());
    let (mut least, mut most) = (f32::MAX, f32::MIN);
    for place in all.iter().filter_map(|id| seen_at(state, *id)) {
        let at = transform(&place);
        let reach = (at.rotation.inverse() * side).abs().dot(at.scale * 0.5);
        let middle = at.translation.dot(side);
        least = least.min(middle - reach);
        most = most.max(middle + reach);
    }
    let wide = (most - least).clamp(0.0, 64.0);
    let by = side * ((wide / BESIDE_METRES).ceil() * BESIDE_METRES + BESIDE_METRES);
    let (acts, new) = arrange::copy(state, chosen, first, by.to_array());
    choice.set(new);
    acts
}

/// The wish for a group of what is chosen, which is chosen then.
pub(super) fn grouped(state: &Document, things: &Things, choice: &mut Choice, chosen: &Chosen) -> Vec<Act> {
    let Some(new) = things.next_thing() else {
        return Vec::new();
    };
    let Some(acts) = arrange::group(state, chosen, new) else {
        return Vec::new();
    };
    choice.set(Chosen::from([new]));
    acts
}

/// The wish for what hangs on what is chosen to be free, all of which is chosen then.
pub(super) fn ungrouped(state: &Document, choice: &mut Choice, chosen: &Chosen) -> Vec<Act> {
    let (acts, free) = arrange::ungroup(state, chosen);
    if !acts.is_empty() {
        choice.set(free);
    }
    acts
}

/// The edges that are drawn, by the thing they are around.
#[derive(Resource, Default)]
struct Marked {
    edges: BTreeMap<ThingId, Edge>,
    paint: Option<Handle<StandardMaterial>>,
}

#[derive(Clone, Copy, PartialEq)]
struct Edge {
    entity: Entity,
    /// What it hangs on: the thing as it is shown.
    around: Entity,
    shape: Shape,
}

/// How thick an edge is, of the distance: some three points.
const EDGE: f32 = 0.006;
/// More of them keep the thickness that they had when they were chosen.
const MOST_KEPT_EVEN: usize = 1_024;

/// A form a little larger than the thing, of which only the far sides are drawn: what is seen of it lies around the thing. One
/// more instance of a mesh that is there already, all of one material: any number of them are a few draws.
fn mark(
    mut commands: Commands,
    mut built: MessageReader<Built>,
    choice: Res<Choice>,
    things: Res<Things>,
    shown: Res<Shown>,
    mut marked: ResMut<Marked>,
    mut stock: ResMut<super::view::Stock>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    camera: Query<&Transform, (With<MainCamera>, Without<EdgeOf>)>,
    around: Query<&Transform, (Without<EdgeOf>, Without<MainCamera>)>,
    mut edges: Query<(&EdgeOf, &mut Transform), Without<MainCamera>>,
    mut version: Local<u64>,
) {
    let chosen_anew = std::mem::replace(&mut *version, choice.version) != choice.version;
    let changed = chosen_anew || built.read().count() > 0 && !choice.is_empty();
    if changed {
        let mut wanted: BTreeMap<ThingId, (Entity, Shape)> = BTreeMap::new();
        if let Some(state) = things.state().filter(|_| !choice.is_empty()) {
            for id in arrange::with_below(state, choice.chosen.iter().copied()) {
                let shape = state.thing(id).and_then(|thing| thing.part(PartKind::Shape));
                if let (Some(Part::Shape(shape)), Some(around)) = (shape, shown.get(id)) {
                    wanted.insert(id, (around, *shape));
                }
            }
        }
        marked.edges.retain(|id, edge| {
            let stays = wanted.get(id) == Some(&(edge.around, edge.shape));
            if !stays {
                // It went with what it was around, where that went.
                commands.entity(edge.entity).try_despawn();
            }
            stays
        });
        let paint = marked
            .paint
            .get_or_insert_with(|| {
                materials.add(StandardMaterial {
                    base_color: Color::srgb_u8(255, 190, 92),
                    unlit: true,
                    fog_enabled: false,
                    cull_mode: Some(Face::Front),
                    ..default()
                })
            })
            .clone();
        for (id, (around, shape)) in wanted {
            if marked.edges.contains_key(&id) {
                continue;
            }
            let entity = commands
                .spawn((
                    EdgeOf(around),
                    Mesh3d(stock.mesh(&mut meshes, shape)),
                    MeshMaterial3d(paint.clone()),
                    MeshTag(tag::NOTHING),
                    Transform::from_scale(Vec3::splat(1.02)),
                    NotShadowCaster,
                    ChildOf(around),
                ))
                .id();
            let edge = Edge {
                entity,
                around,
                shape,
            };
            marked.edges.insert(id, edge);
        }
    }
    if marked.edges.is_empty() || (marked.edges.len() > MOST_KEPT_EVEN && !changed) {
        return;
    }
    let Ok(eye) = camera.single().map(|camera| camera.translation) else {
        return;
    };
    for (of, mut edge) in &mut edges {
        let Ok(thing) = around.get(of.0) else { continue };
        let size = thing.scale.max(Vec3::splat(1e-3));
        let nearest = (thing.translation.distance(eye) - size.max_element() * 0.5).max(0.3);
        let wider = Vec3::ONE + 2.0 * EDGE * nearest / size;
        if !edge.scale.abs_diff_eq(wider, 1e-3) {
            edge.scale = wider;
        }
    }
}

/// The edge around this entity.
#[derive(Component)]
struct EdgeOf(Entity);

#[cfg(test)]
mod tests {
    use super::*;
    use holm_document::part::{Attach, Place};
    use holm_document::{Deed, Fact, PersonNo, Way};

    const ME: PersonNo = PersonNo(0);

    fn id(serial: u32) -> ThingId {
        ThingId { maker: ME, serial }
    }

    /// 1 holds 2 and 3, 3 holds 4; 5 stands alone.
    fn world() -> Document {
        let mut state = Document::new([1; 32]);
        let hung = [(1, None), (2, Some(1)), (3, Some(1)), (4, Some(3)), (5, None)];
        let deeds = hung.map(|(serial, on)| {
            let mut parts = vec![Part::Place(Place::default())];
            parts.extend(on.map(|on| Part::Attach(Attach { to: id(on) })));
            Deed::Made {
                thing: id(serial),
                owner: ME,
                parts,
            }
        });
        state.apply(&Fact {
            number: 1,
            by: ME,
            at_secs: 0,
            wish: 0,
            way: Way::Done,
            deeds: deeds.to_vec(),
        });
        state
    }

    fn chosen(serials: &[u32]) -> Chosen {
        serials.iter().copied().map(id).collect()
    }

    #[test]
    fn a_second_press_goes_inside_and_a_press_beside_stays_there() {
        let state = world();
        let mut choice = Choice::default();
        for (pressed, meant) in [
            (4, 1),
            (4, 3),
            (4, 4),
            (4, 4),
            (2, 1),
            (2, 2),
            (3, 3),
            (5, 5),
            (2, 1),
        ] {
            choice.point(&state, id(pressed), false, false);
            assert_eq!(choice.chosen(), &chosen(&[meant]), "pressed {pressed}");
        }
        choice.point(&state, id(4), false, true);
        assert_eq!(choice.chosen(), &chosen(&[4]), "this very one");
    }

    #[test]
    fn shift_adds_and_takes_away_and_the_last_is_known() {
        let state = world();
        let mut choice = Choice::default();
        choice.point(&state, id(4), false, false);
        choice.point(&state, id(5), true, false);
        assert_eq!((choice.chosen(), choice.last()), (&chosen(&[1, 5]), Some(id(5))));
        choice.point(&state, id(2), true, false);
        assert_eq!(choice.chosen(), &chosen(&[5]), "the group is not chosen any more");
        choice.several = true;
        choice.point(&state, id(5), false, false);
        assert!(choice.is_empty() && choice.last().is_none());
    }
}
