//! Worlds without anybody in them: the pictures a world is judged by, and a way for its author to look at it.
//!
//! Flow: [`asked`] → [`stand`] loads the world, holds the camera still and keeps the interface out of the picture.

use super::folk::{self, Folk};
use crate::body::camera::MainCamera;
use crate::hosting::WorldChoice;
use crate::world::view::Cost;
use crate::world::{BuiltIn, CurrentMoment, LoadWorld};
use bevy::prelude::*;
use bevy_egui::{EguiPostUpdateSet, EguiRenderOutput};
use std::path::{Path, PathBuf};

/// What is looked at, and from where (metres).
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct View {
    world: WorldChoice,
    moment: u8,
    pub(super) eye: Vec3,
    pub(super) look: Vec3,
    /// Who is there after all.
    pub(super) folk: Option<Folk>,
    /// What some of them wear.
    avatar: Option<PathBuf>,
}

/// name, world, moment, eye, what the eye looks at.
type Fixed = (&'static str, BuiltIn, u8, [f32; 3], [f32; 3]);

/// The pictures of the worlds that come with Holm.
#[rustfmt::skip]
const VIEWS: [Fixed; 12] = [
    ("harbour-evening", BuiltIn::Harbour, 0, [-25.0, 5.2, 57.0], [2.0, 4.4, 8.0]),
    ("harbour-evening-overview", BuiltIn::Harbour, 0, [34.0, 20.0, 62.0], [0.0, 2.0, 0.0]),
    ("harbour-day", BuiltIn::Harbour, 1, [-25.0, 5.2, 57.0], [2.0, 4.4, 8.0]),
    ("harbour-night", BuiltIn::Harbour, 2, [-25.0, 5.2, 57.0], [2.0, 4.4, 8.0]),
    ("harbour-day-overview", BuiltIn::Harbour, 1, [24.8, 21.6, -18.2], [6.0, 10.0, 8.0]),
    ("room", BuiltIn::QuietRoom, 0, [2.9, 1.75, 2.5], [-0.9, 1.0, -1.2]),
    ("room-morning", BuiltIn::QuietRoom, 1, [2.9, 1.75, 2.5], [-0.9, 1.0, -1.2]),
    ("room-night", BuiltIn::QuietRoom, 2, [2.9, 1.75, 2.5], [-0.9, 1.0, -1.2]),
    ("room-overview", BuiltIn::QuietRoom, 0, [11.0, 4.0, 13.0], [0.0, 1.8, 0.0]),
    ("hall", BuiltIn::Hall, 0, [5.5, 3.4, -11.0], [-2.0, 1.6, 2.0]),
    ("hall-evening", BuiltIn::Hall, 1, [5.5, 3.4, -11.0], [-2.0, 1.6, 2.0]),
    ("hall-overview", BuiltIn::Hall, 0, [5.5, 4.3, 9.5], [-1.0, 1.6, -10.0]),
];

/// A picture from the table by its name, or `place`: one an author describes.
pub(super) fn asked<'a>(name: &str, value: impl Fn(&str) -> Option<&'a str>) -> Option<View> {
    if name == "place" {
        let point = |name: &str| {
            let mut numbers = value(name)?
                .split(',')
                .map(|number| number.trim().parse::<f32>().ok());
            let point = Vec3::new(numbers.next()??, numbers.next()??, numbers.next()??);
            (numbers.next().is_none() && point.is_finite()).then_some(point)
        };
        return Some(View {
            world: PathBuf::from(value("--world")?).into(),
            moment: value("--moment").map_or(Some(0), |moment| moment.parse().ok())?,
            eye: point("--eye")?,
            look: point("--look")?,
            folk: None,
            avatar: None,
        });
    }
    if let Some(folk) = folk::asked(name) {
        return Some(View {
            world: WorldChoice::BuiltIn(BuiltIn::Harbour),
            moment: 0,
            eye: Vec3::ZERO,
            look: Vec3::NEG_Z,
            folk: Some(folk),
            avatar: value("--avatar").map(PathBuf::from),
        });
    }
    VIEWS
        .iter()
        .find(|view| view.0 == name)
        .map(|(_, world, moment, eye, look)| View {
            world: WorldChoice::BuiltIn(*world),
            moment: *moment,
            eye: Vec3::from_array(*eye),
            look: Vec3::from_array(*look),
            folk: None,
            avatar: None,
        })
}

/// Stands there.
pub(super) fn stand(app: &mut App, view: View) {
    let named = matches!(view.folk, Some(Folk::Crowd(_)));
    if named {
        crate::view::without_panels(app);
    }
    if let Some(folk) = view.folk {
        folk::gather(app, folk, view.avatar.clone());
    }
    app.insert_resource(CurrentMoment(view.moment))
        .insert_resource(view)
        // After the title's wish for its backdrop: the last wish counts.
        .add_systems(PostStartup, |view: Res<View>, mut load: MessageWriter<LoadWorld>| {
            load.write(match &view.world {
                WorldChoice::BuiltIn(which) => LoadWorld::BuiltIn(*which),
                WorldChoice::File(path) => LoadWorld::Path(path.clone()),
                WorldChoice::AsKept => LoadWorld::BuiltIn(BuiltIn::default()),
            });
        })
        // Twice: whoever looks who is near in `Update` must find the camera where it will be.
        .add_systems(
            Update,
            hold.after(crate::body::camera::CameraSystems::Follow)
                .before(crate::people::view::LookSystems::Animate),
        )
        .add_systems(
            PostUpdate,
            (
                hold.before(TransformSystems::Propagate)
                    .before(crate::sky::SkySystems::Show),
                clear.after(EguiPostUpdateSet::ProcessOutput).run_if(move || !named),
            ),
        );
}

/// Says beside the picture what it cost: `OUT.json`.
pub(super) fn account(out: &Path, cost: &Cost) -> std::io::Result<()> {
    let counted = cost.count();
    let text = serde_json::json!({
        "triangles": counted.triangles,
        "draws": counted.draws,
        "shadow_draws": counted.shadow_draws,
        "texture_bytes": counted.texture_bytes,
    });
    std::fs::write(out.with_extension("json"), text.to_string())
}

fn hold(view: Res<View>, mut cameras: Query<&mut Transform, With<MainCamera>>) {
    for mut camera in &mut cameras {
        *camera = Transform::from_translation(view.eye).looking_at(view.look, Vec3::Y);
    }
}

fn clear(mut outputs: Query<&mut EguiRenderOutput>) {
    for mut output in &mut outputs {
        output.paint_jobs.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_says_where_to_stand() {
        let words = |list: &'static [(&'static str, &'static str)]| {
            move |name: &str| list.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
        };
        let view = asked(
            "place",
            words(&[
                ("--world", "a/world.ron"),
                ("--eye", "1,2,3"),
                ("--look", "0, 1.5, -4"),
            ]),
        );
        assert_eq!(
            view,
            Some(View {
                world: WorldChoice::File("a/world.ron".into()),
                moment: 0,
                eye: Vec3::new(1.0, 2.0, 3.0),
                look: Vec3::new(0.0, 1.5, -4.0),
                folk: None,
                avatar: None,
            })
        );
        assert_eq!(
            asked(
                "place",
                words(&[("--world", "a"), ("--eye", "1,2"), ("--look", "0,0,0")])
            ),
            None
        );
        assert_eq!(asked("nowhere", words(&[])), None);
        assert!(asked("hall-overview", words(&[])).is_some());
    }
}
