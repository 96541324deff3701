//! What was pressed just now, on which device: for the test of devices.
//!
//! Flow: devices → [`Witness`] in each frame → `checkup::ui` shows it.
//! Invariant: what is kept is bounded, and nothing typed is in it for longer than [`SHOWN`].

use super::source::Source;
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll};
use bevy::prelude::*;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Witness>()
        .add_systems(PreUpdate, watch.after(bevy::input::InputSystems));
}

/// A tap is over before anybody has looked.
const SHOWN: Duration = Duration::from_millis(900);
/// As many as hands have fingers.
const MOST: usize = 10;
/// A stick that is meant; worn ones rest at up to 0.2.
const PUSHED: f32 = 0.4;
/// Of a gamepad's name.
const MAX_NAME_CHARS: usize = 48;

/// What people hold in their hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Tool {
    Keyboard,
    Mouse,
    Pad,
    Glass,
}

impl Tool {
    pub(crate) const ALL: [Self; 4] = [Self::Keyboard, Self::Mouse, Self::Pad, Self::Glass];

    const fn of(source: Source) -> Self {
        match source {
            Source::Key(_) | Source::Control { .. } => Self::Keyboard,
            Source::Mouse(_) | Source::Wheel { .. } => Self::Mouse,
            Source::Button(_) | Source::Axis { .. } => Self::Pad,
        }
    }
}

/// What the devices did.
#[derive(Resource, Debug, Default)]
pub(crate) struct Witness {
    recent: Vec<(Source, Duration)>,
    /// Gamepads that are there, by what they call themselves.
    pub(crate) pads: Vec<String>,
    /// On the glass now.
    pub(crate) fingers: usize,
    seen: [bool; 4],
}

impl Witness {
    /// Whether this was ever used since the start.
    pub(crate) fn seen(&self, tool: Tool) -> bool {
        self.seen[tool as usize]
    }

    /// What is pressed on it now, or was a moment ago.
    pub(crate) fn pressed(&self, tool: Tool) -> impl Iterator<Item = Source> + '_ {
        self.recent
            .iter()
            .map(|(source, _)| *source)
            .filter(move |source| Tool::of(*source) == tool)
    }

    fn note(&mut self, source: Source, now: Duration) {
        self.seen[Tool::of(source) as usize] = true;
        if let Some(known) = self.recent.iter_mut().find(|(other, _)| *other == source) {
            known.1 = now;
        } else if self.recent.len() < MOST {
            self.recent.push((source, now));
        }
    }
}

fn watch(
    mut witness: ResMut<Witness>,
    keys: Res<ButtonInput<KeyCode>>,
    mouse: Res<ButtonInput<MouseButton>>,
    motion: Res<AccumulatedMouseMotion>,
    scroll: Res<AccumulatedMouseScroll>,
    pads: Query<(&Gamepad, Option<&Name>)>,
    touches: Res<Touches>,
    time: Res<Time<Real>>,
) {
    let now = time.elapsed();
    let witness = &mut *witness;
    witness
        .recent
        .retain(|(_, last)| now.saturating_sub(*last) < SHOWN);
    for key in keys.get_pressed().chain(keys.get_just_pressed()) {
        witness.note(Source::Key(*key), now);
    }
    for button in mouse.get_pressed().chain(mouse.get_just_pressed()) {
        witness.note(Source::Mouse(*button), now);
    }
    if scroll.delta.y != 0.0 {
        let up = scroll.delta.y > 0.0;
        witness.note(Source::Wheel { up }, now);
    }
    witness.seen[Tool::Mouse as usize] |= motion.delta != Vec2::ZERO;
    witness.pads.clear();
    for (pad, name) in &pads {
        if witness.pads.len() < 4 {
            let name = name.map_or("", Name::as_str).chars().filter(|c| !c.is_control());
            witness.pads.push(name.take(MAX_NAME_CHARS).collect());
        }
        for button in pad.get_pressed().chain(pad.get_just_pressed()) {
            witness.note(Source::Button(*button), now);
        }
        for axis in [
            GamepadAxis::LeftStickX,
            GamepadAxis::LeftStickY,
            GamepadAxis::RightStickX,
            GamepadAxis::RightStickY,
        ] {
            let push = pad.get(axis).unwrap_or(0.0);
            if push.abs() > PUSHED {
                let positive = push > 0.0;
                witness.note(Source::Axis { axis, positive }, now);
            }
        }
    }
    witness.fingers = touches.iter().count();
    witness.seen[Tool::Glass as usize] |= witness.fingers > 0;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use bevy::time::TimeUpdateStrategy;

    #[test]
    fn what_is_tapped_is_seen_for_a_moment_and_its_device_for_good() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::input::InputPlugin, plugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)));
        app.update();
        let tap = |app: &mut App, keys: &[KeyCode]| {
            let mut input = app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
            input.reset_all();
            input.bypass_change_detection().clear();
            for key in keys {
                input.press(*key);
            }
            app.world_mut().run_system_cached(watch).unwrap();
        };
        tap(&mut app, &[KeyCode::KeyW]);
        let pressed = |app: &App| {
            let witness = app.world().resource::<Witness>();
            witness.pressed(Tool::Keyboard).collect::<Vec<_>>()
        };
        assert_eq!(pressed(&app), [Source::Key(KeyCode::KeyW)]);
        tap(&mut app, &[]);
        assert_eq!(pressed(&app), [Source::Key(KeyCode::KeyW)], "it was just now");
        for _ in 0..12 {
            app.update();
        }
        assert!(pressed(&app).is_empty());
        let witness = app.world().resource::<Witness>();
        assert!(witness.seen(Tool::Keyboard) && !witness.seen(Tool::Pad) && !witness.seen(Tool::Glass));
    }
}
