//! Hands: keyboard, mouse and gamepad become looks, [`Intent`] and wishes.
//!
//! Invariant: while a panel has the keys nobody walks, and nothing stays pressed that was let go elsewhere.

use super::Intent;
use super::camera::Eye;
use crate::gesture::Wave;
use crate::people::Me;
use crate::screens::{Pointer, Screens};
use crate::settings::Settings;
use bevy::input::gamepad::GamepadButton;
use bevy::input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll, MouseScrollUnit};
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

pub(crate) fn plugin(app: &mut App) {
    // Before the fixed steps of the same frame: a frame later would be a frame of lag in every step taken.
    app.add_systems(
        RunFixedMainLoop,
        (look, walk, wave)
            .chain()
            .in_set(RunFixedMainLoopSystems::BeforeFixedMainLoop),
    );
}

/// Radians of turn a pixel of mouse motion at sensitivity 1: a quarter turn takes 8 cm at 800 dpi.
const RADIANS_PER_PIXEL: f32 = 0.0024;
/// Radians a second at a fully pushed stick.
const STICK_TURN: f32 = 2.8;
/// Sticks rest within this; beyond it the response starts from zero.
const DEAD_ZONE: f32 = 0.15;

/// A stick's vector without its dead zone, softly rising.
fn stick(raw: Vec2) -> Vec2 {
    let length = raw.length();
    if length <= DEAD_ZONE || !length.is_finite() {
        return Vec2::ZERO;
    }
    let reach = ((length - DEAD_ZONE) / (1.0 - DEAD_ZONE)).min(1.0);
    raw / length * reach
}

fn look(
    mut eye: ResMut<Eye>,
    pointer: Res<Pointer>,
    screens: Res<Screens>,
    settings: Res<Settings>,
    wants: Res<EguiWantsInput>,
    motion: Res<AccumulatedMouseMotion>,
    scroll: Res<AccumulatedMouseScroll>,
    mouse: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    pads: Query<&Gamepad>,
    time: Res<Time<Real>>,
) {
    if screens.blocks_walking() {
        return;
    }
    let up = if settings.invert_y { -1.0 } else { 1.0 };
    // Without a held pointer (touchpads, a browser that said no) dragging with the right button looks around.
    let dragging = mouse.pressed(MouseButton::Right) && !wants.wants_pointer_input();
    if (pointer.held() || dragging) && motion.delta != Vec2::ZERO {
        let turn = -motion.delta * RADIANS_PER_PIXEL * settings.mouse_sensitivity;
        eye.turn(turn.x, turn.y * up);
    }
    for pad in &pads {
        let push = stick(pad.right_stick());
        if push != Vec2::ZERO {
            // Squared: small pushes aim, full ones turn.
            let turn = push * push.length() * STICK_TURN * time.delta_secs() * settings.mouse_sensitivity;
            eye.turn(-turn.x, turn.y * 0.7 * up);
        }
        if pad.just_pressed(GamepadButton::RightThumb) {
            eye.first_person = !eye.first_person;
        }
    }
    if scroll.delta.y != 0.0 && !wants.wants_pointer_input() {
        let notches = match scroll.unit {
            MouseScrollUnit::Line => scroll.delta.y,
            MouseScrollUnit::Pixel => scroll.delta.y / 60.0,
        };
        eye.zoom(notches);
    }
    if keys.just_pressed(KeyCode::KeyV) && !wants.wants_keyboard_input() {
        eye.first_person = !eye.first_person;
    }
}

fn walk(
    eye: Res<Eye>,
    screens: Res<Screens>,
    wants: Res<EguiWantsInput>,
    keys: Res<ButtonInput<KeyCode>>,
    pads: Query<&Gamepad>,
    mut me: Query<&mut Intent, With<Me>>,
) {
    let Ok(mut intent) = me.single_mut() else {
        return;
    };
    let mut next = Intent {
        jump: intent.jump,
        act: intent.act,
        look_yaw: eye.yaw,
        look_pitch: eye.pitch,
        ..default()
    };
    if screens.blocks_walking() {
        next.jump = false;
        next.act = false;
        intent.set_if_neq(next);
        return;
    }
    if !wants.wants_keyboard_input() {
        let axis = |back: [KeyCode; 2], forth: [KeyCode; 2]| {
            f32::from(u8::from(keys.any_pressed(forth))) - f32::from(u8::from(keys.any_pressed(back)))
        };
        next.walk += Vec2::new(
            axis(
                [KeyCode::KeyA, KeyCode::ArrowLeft],
                [KeyCode::KeyD, KeyCode::ArrowRight],
            ),
            axis(
                [KeyCode::KeyS, KeyCode::ArrowDown],
                [KeyCode::KeyW, KeyCode::ArrowUp],
            ),
        );
        next.run |= keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
        next.jump |= keys.just_pressed(KeyCode::Space);
    }
    for pad in &pads {
        next.walk += stick(pad.left_stick());
        next.run |= pad.pressed(GamepadButton::LeftThumb) || pad.pressed(GamepadButton::RightTrigger2);
        next.jump |= pad.just_pressed(GamepadButton::South);
    }
    next.walk = next.walk.clamp_length_max(1.0);
    intent.set_if_neq(next);
}

fn wave(
    screens: Res<Screens>,
    wants: Res<EguiWantsInput>,
    keys: Res<ButtonInput<KeyCode>>,
    pads: Query<&Gamepad>,
    mut waves: MessageWriter<Wave>,
) {
    if screens.blocks_walking() {
        return;
    }
    let typed = keys.any_just_pressed([KeyCode::KeyG, KeyCode::Digit1]) && !wants.wants_keyboard_input();
    if typed || pads.iter().any(|pad| pad.just_pressed(GamepadButton::North)) {
        waves.write(Wave);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::screens::Panel;
    use bevy::input::InputPlugin;
    use bevy::input::gamepad::{
        GamepadConnection, GamepadConnectionEvent, RawGamepadAxisChangedEvent, RawGamepadButtonChangedEvent,
        RawGamepadEvent,
    };
    use bevy::time::TimeUpdateStrategy;
    use std::time::Duration;

    /// A person with a pad, in an app of Bevy's own input: what the system's driver reports goes in as it comes.
    struct PadHand {
        app: App,
        pad: Entity,
    }

    impl PadHand {
        fn new() -> Self {
            let mut app = App::new();
            app.add_plugins((MinimalPlugins, InputPlugin, plugin))
                .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(16)))
                .init_resource::<Eye>()
                .init_resource::<Pointer>()
                .init_resource::<Screens>()
                .init_resource::<Settings>()
                .init_resource::<EguiWantsInput>()
                .add_message::<Wave>();
            app.world_mut().spawn((Me, Intent::default()));
            let pad = app.world_mut().spawn_empty().id();
            let connection = GamepadConnection::Connected {
                name: "Pad".to_owned(),
                vendor_id: None,
                product_id: None,
            };
            app.world_mut()
                .write_message(GamepadConnectionEvent::new(pad, connection));
            app.update();
            Self { app, pad }
        }

        fn push(&mut self, axis: GamepadAxis, value: f32) {
            let event = RawGamepadAxisChangedEvent::new(self.pad, axis, value);
            self.app.world_mut().write_message(RawGamepadEvent::Axis(event));
        }

        fn press(&mut self, button: GamepadButton) {
            let event = RawGamepadButtonChangedEvent::new(self.pad, button, 1.0);
            self.app.world_mut().write_message(RawGamepadEvent::Button(event));
        }

        /// After the next frame.
        fn intent(&mut self) -> Intent {
            self.app.update();
            let mut intents = self.app.world_mut().query::<&Intent>();
            *intents.single(self.app.world()).unwrap()
        }
    }

    #[test]
    fn a_pad_walks_runs_jumps_looks_and_waves() {
        let mut hand = PadHand::new();
        assert_eq!(hand.intent().walk, Vec2::ZERO);
        hand.push(GamepadAxis::LeftStickY, 1.0);
        hand.press(GamepadButton::LeftThumb);
        hand.press(GamepadButton::South);
        let intent = hand.intent();
        assert!(intent.walk.y > 0.9 && intent.walk.x.abs() < 0.01, "{intent:?}");
        assert!(intent.run && intent.jump, "{intent:?}");

        hand.push(GamepadAxis::RightStickX, 1.0);
        hand.intent();
        let yaw = hand.app.world().resource::<Eye>().yaw;
        assert!(yaw.sin() < 0.0, "{yaw}: to the right is negative");

        hand.press(GamepadButton::RightThumb);
        hand.press(GamepadButton::North);
        hand.intent();
        assert!(hand.app.world().resource::<Eye>().first_person);
        assert_eq!(hand.app.world().resource::<Messages<Wave>>().len(), 1);
    }

    #[test]
    fn a_pad_walks_nobody_while_a_panel_is_open() {
        let mut hand = PadHand::new();
        hand.app.world_mut().resource_mut::<Screens>().open(Panel::Menu);
        hand.push(GamepadAxis::LeftStickY, 1.0);
        hand.press(GamepadButton::South);
        let intent = hand.intent();
        assert!(intent.walk == Vec2::ZERO && !intent.jump, "{intent:?}");
    }

    #[test]
    fn a_stick_at_rest_moves_nobody_and_a_full_push_is_full() {
        assert_eq!(stick(Vec2::new(0.1, -0.1)), Vec2::ZERO);
        assert!((stick(Vec2::new(0.0, 1.0)).length() - 1.0).abs() < 1e-6);
        assert_eq!(stick(Vec2::new(f32::NAN, 0.0)), Vec2::ZERO);
        // Old pads report a square: the corner is no faster.
        assert!(stick(Vec2::new(1.0, 1.0)).length() <= 1.0 + 1e-6);
    }
}
