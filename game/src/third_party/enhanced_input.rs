//! bevy_enhanced_input: from what is pressed on each device to how much of each action that is.
//!
//! Flow: [`Bindings`] → an action of the library for each [`Doing`] on each [`Side`], with its sources as bindings →
//! evaluated in `PreUpdate` → [`read`] gives the values to [`Hands`] in the same frame.
//! Invariant: actions are always evaluated, panel or not: only then is a press that began under a panel no new press
//! when the panel closes. `Hands` says who listens.

use crate::input::actions::Doing;
use crate::input::bindings::Bindings;
use crate::input::hands::{HandSystems, Hands};
use crate::input::source::{Side, Source};
use bevy::prelude::*;
use bevy_enhanced_input::prelude::{
    Action, ActionEvents, ActionOf, ActionValue, Binding, BindingOf, Bindings as Bound, Clamp, Down,
    EnhancedInputPlugin, EnhancedInputSystems, InputAction, InputContextAppExt, Negate, SwizzleAxis,
};

pub(crate) fn plugin(app: &mut App) {
    app.add_plugins(EnhancedInputPlugin)
        .add_input_context::<Grip>()
        .add_systems(PreStartup, take_hold)
        .add_systems(
            PreUpdate,
            (
                bind.run_if(resource_changed::<Bindings>)
                    .before(EnhancedInputSystems::Prepare)
                    .after(bevy::input::InputSystems),
                read.after(EnhancedInputSystems::Apply).in_set(HandSystems::Read),
            ),
        );
}

/// What one side's actions belong to.
#[derive(Component)]
struct Grip;

/// All actions are one kind for the library: how much. Which one it is, its [`Doer`] says.
#[derive(InputAction)]
#[action_output(f32)]
struct Done;

#[derive(Component, Clone, Copy)]
struct Doer {
    doing: Doing,
    side: Side,
}

fn take_hold(mut commands: Commands) {
    for side in [Side::Keys, Side::Mouse, Side::Pad] {
        let grip = commands.spawn(Grip).id();
        for doing in Doing::ALL {
            let mut action = commands.spawn((
                Action::<Done>::new(),
                ActionOf::<Grip>::new(grip),
                Doer { doing, side },
            ));
            if !doing.by_degrees() {
                // Triggers rest at a little more than nothing.
                action.insert(Down::default());
            }
        }
    }
}

fn bind(mut commands: Commands, bindings: Res<Bindings>, doers: Query<(Entity, &Doer)>) {
    for (action, doer) in &doers {
        commands.entity(action).despawn_related::<Bound>();
        for source in bindings
            .all(doer.doing)
            .filter(|source| source.side() == doer.side)
        {
            let of = BindingOf(action);
            match source {
                Source::Key(key) => commands.spawn((of, Binding::from(key))),
                // Known by what is printed, which the library does not know: `hands` looks for it.
                Source::Control { .. } => continue,
                Source::Mouse(button) => commands.spawn((of, Binding::from(button))),
                Source::Button(button) => commands.spawn((of, Binding::from(button))),
                Source::Wheel { up } => {
                    let half = commands
                        .spawn((of, Binding::mouse_wheel(), SwizzleAxis::YXZ, Clamp::pos()))
                        .id();
                    if !up {
                        commands.entity(half).insert(Negate::all());
                    }
                    commands.entity(half)
                }
                Source::Axis { axis, positive } => {
                    let half = commands.spawn((of, Binding::from(axis), Clamp::pos())).id();
                    if !positive {
                        commands.entity(half).insert(Negate::all());
                    }
                    commands.entity(half)
                }
            };
        }
    }
}

fn read(mut hands: ResMut<Hands>, actions: Query<(&Doer, &ActionValue, &ActionEvents)>) {
    for (doer, value, events) in &actions {
        hands.note(
            doer.side,
            doer.doing,
            value.as_axis1d(),
            events.contains(ActionEvents::START),
        );
    }
}
