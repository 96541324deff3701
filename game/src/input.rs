//! Input: what hands do, on whatever they hold, becomes actions that everybody else asks for by name.
//!
//! Flow: devices → `third_party/enhanced_input` by the [`bindings`] of this person → [`hands::Hands`] → `body/input`
//! and `screens` in the same frame.
//! Invariants: nobody else reads keys, buttons or touches; everything can be bound to something else, and the way
//! back (Escape, Start) always works.

pub mod actions;
pub mod bindings;
pub(crate) mod board;
pub mod glyphs;
pub mod hands;
mod hints;
#[cfg(test)]
mod journeys;
mod nav;
pub mod source;
pub mod touch;
pub(crate) mod ui;
pub(crate) mod witness;

use crate::notices::Notice;
use crate::settings::Settings;
use crate::words::Words;
use bevy::prelude::*;
use bindings::Bindings;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Bindings>()
        .add_plugins((hands::plugin, crate::third_party::enhanced_input::plugin))
        .add_systems(
            First,
            follow_settings.run_if(resource_exists_and_changed::<Settings>),
        );
}

/// The bindings are what the settings say, from the start and after each change.
fn follow_settings(
    settings: Res<Settings>,
    mut bindings: ResMut<Bindings>,
    words: Res<Words>,
    mut notices: MessageWriter<Notice>,
    mut said: Local<Vec<String>>,
) {
    let (read, unknown) = Bindings::read(&settings.input.bindings);
    bindings.set_if_neq(read);
    if !unknown.is_empty() && *said != unknown {
        notices.write(Notice::trouble(
            words.say("input-unknown"),
            words.with("input-unknown-next", &[("names", unknown.join(", ").into())]),
        ));
        *said = unknown;
    }
}

/// What hands see: hints, bindings, letters on the screen, buttons on glass.
pub(crate) fn view_plugin(app: &mut App) {
    app.add_plugins((
        glyphs::plugin,
        hints::plugin,
        nav::plugin,
        board::plugin,
        ui::plugin,
        touch::plugin,
        witness::plugin,
    ));
}
