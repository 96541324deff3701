//! Touch: a phone in two hands.
//!
//! Flow: fingers → `rules` (stick, view, buttons) → [`Hands`] in the same frame; `view` draws
//! the stick where the thumb landed and the buttons.
//! Invariant: a touch that begins on the interface belongs to the interface.

pub mod rules;
mod view;

use super::actions::Doing;
use super::hands::{HandSystems, Hands};
use crate::body::Body;
use crate::body::camera::Eye;
use crate::people::Me;
use crate::platform;
use crate::screens::{Device, Screens};
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::voice::devices::VoiceView;
use bevy::input::touch::{TouchInput, TouchPhase};
use bevy::prelude::*;
use bevy::window::WindowFocused;
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiContext, PrimaryEguiContext, egui};
use rules::{Edges, Fingers, Layout, Near, Phase, next_view};

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Glass>()
        .add_systems(
            PreUpdate,
            feel.in_set(HandSystems::Add)
                .after(bevy_egui::EguiPreUpdateSet::ProcessInput),
        )
        .add_systems(
            PostUpdate,
            offer_keyboard.after(bevy_egui::EguiPostUpdateSet::ProcessOutput),
        )
        .add_plugins(view::plugin);
}

/// The glass and the fingers on it.
#[derive(Resource, Debug, Default)]
pub struct Glass {
    fingers: Fingers,
    /// What [`Doing::Act`](super::actions::Doing::Act) would do something with.
    near: Near,
}

fn feel(
    mut touches: MessageReader<TouchInput>,
    mut focus: MessageReader<WindowFocused>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    windows: Query<&Window>,
    screens: Res<Screens>,
    phase: Res<State<SessionPhase>>,
    device: Res<Device>,
    me: Query<&Body, With<Me>>,
    hand: Option<Res<crate::things::hand::Hand>>,
    door: Option<Res<crate::things::doors::AtHand>>,
    ball: Option<Res<crate::things::motion::hands::InReach>>,
    carrying: Option<Res<crate::things::motion::Carrying>>,
    eye: Option<Res<Eye>>,
    (settings, voice): (Option<Res<Settings>>, Option<Res<VoiceView>>),
    mut glass: ResMut<Glass>,
    mut hands: ResMut<Hands>,
) {
    if focus.read().any(|change| !change.focused) {
        glass.fingers.forget();
    }
    let Ok(mut context) = contexts.single_mut() else {
        touches.clear();
        return;
    };
    let ctx = context.get_mut();
    let points = 1.0 / ctx.zoom_factor();
    let walking =
        matches!(phase.get(), SessionPhase::Inside | SessionPhase::Away) && !screens.blocks_walking();
    let glass = &mut *glass;
    let holds = hand.is_some_and(|hand| !hand.is_empty());
    let door = door.is_some_and(|door| door.0.is_some());
    let ball = ball.is_some_and(|ball| ball.0.is_some());
    glass.near = if carrying.is_some_and(|carrying| carrying.thing().is_some()) {
        Near::InHand
    } else if holds || door || ball || me.iter().any(|body| body.offer.is_some()) {
        Near::Something
    } else {
        Near::Nothing
    };
    for touch in touches.read() {
        let Ok(window) = windows.get(touch.window) else {
            continue;
        };
        let [top, right, bottom, left] = platform::safe_edges().map(|edge| edge * points);
        let safe = Edges {
            top,
            right,
            bottom,
            left,
        };
        let size = window.size() * points;
        let mut layout = Layout::of(size, safe, glass.near);
        // Buttons that are not shown yet are not hit: the first touch only brings them.
        if *device != Device::Touch {
            layout.buttons.clear();
        }
        let at = touch.position * points;
        let began = touch.phase == TouchPhase::Started;
        let theirs = began && (!walking || lies_on_interface(ctx, at));
        let phase = match touch.phase {
            TouchPhase::Started => Phase::Began,
            TouchPhase::Moved => Phase::Moved,
            TouchPhase::Ended | TouchPhase::Canceled => Phase::Ended,
        };
        glass.fingers.touch(&layout, touch.id, phase, at, theirs);
    }
    if !walking || *device != Device::Touch {
        glass.fingers.stand_up();
    }
    let mut touched = glass.fingers.frame();
    if let Some(place) = touched
        .started
        .iter()
        .position(|doing| *doing == Doing::FirstPerson)
    {
        let next = eye.map_or(&[][..], |eye| next_view(eye.first_person, eye.left_shoulder));
        drop(touched.started.splice(place..=place, next.iter().copied()));
    }
    if settings.is_some_and(|settings| settings.voice.push_to_talk) {
        touched.talk = glass.fingers.pressed(Doing::Mute);
        talk_instead(&mut touched.started, voice.is_none_or(|voice| voice.muted));
    }
    hands.add_touches(touched);
}

/// Who chose to hold something to talk holds the button of the microphone; muted, the same press unmutes.
fn talk_instead(started: &mut Vec<Doing>, muted: bool) {
    if started.contains(&Doing::Mute) {
        started.retain(|doing| muted || *doing != Doing::Mute);
        started.push(Doing::Talk);
    }
}

/// Whether a control or a panel is there: what only shows lets fingers through.
fn lies_on_interface(ctx: &egui::Context, at: Vec2) -> bool {
    ctx.layer_id_at(egui::pos2(at.x, at.y))
        .is_some_and(|layer| layer.order != egui::Order::Background)
}

/// A phone's own keyboard comes and goes with the field that is typed in.
fn offer_keyboard(
    device: Res<Device>,
    wants: Res<EguiWantsInput>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
    mut shown: Local<bool>,
) {
    let Ok(mut context) = contexts.single_mut() else {
        return;
    };
    let typing = *device == Device::Touch
        && wants.wants_keyboard_input()
        && super::nav::typing_in(context.get_mut()).is_some();
    if *shown != typing || (typing && !platform::keyboard_is_lent()) {
        *shown = typing;
        platform::offer_keyboard(typing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_to_talk_is_not_muted_by_it() {
        let pressed = |muted| {
            let mut started = vec![Doing::Jump, Doing::Mute];
            talk_instead(&mut started, muted);
            started
        };
        assert_eq!(pressed(false), [Doing::Jump, Doing::Talk]);
        assert_eq!(pressed(true), [Doing::Jump, Doing::Mute, Doing::Talk]);
        let mut started = vec![Doing::Jump];
        talk_instead(&mut started, true);
        assert_eq!(started, [Doing::Jump]);
    }
}
