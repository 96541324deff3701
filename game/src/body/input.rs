//! What the hands do becomes looks, [`Intent`] and wishes.
//!
//! Invariant: while a panel has the keys nobody walks, and nothing stays pressed that was let go elsewhere.

use super::Intent;
use super::camera::{Eye, SwitchShoulder};
use crate::gesture::Wave;
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::people::Me;
use crate::screens::{Panel, Pointer, Screens};
use crate::settings::Settings;
use bevy::input::mouse::AccumulatedMouseMotion;
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

pub(crate) fn plugin(app: &mut App) {
    // Before the fixed steps of the same frame: a frame later would be a frame of lag in every step taken.
    app.add_systems(
        RunFixedMainLoop,
        (look, walk, wish)
            .chain()
            .in_set(RunFixedMainLoopSystems::BeforeFixedMainLoop),
    );
}

/// Radians of turn a pixel of mouse motion at sensitivity 1: a quarter turn takes 8 cm at 800 dpi.
const RADIANS_PER_PIXEL: f32 = 0.0024;
/// Radians of turn a point that a finger draws: across half of a phone held upright is a third of a turn.
const RADIANS_PER_POINT: f32 = 0.011;
/// Radians a second at a fully pushed stick.
const STICK_TURN: f32 = 2.8;

fn look(
    mut eye: ResMut<Eye>,
    hands: Res<Hands>,
    pointer: Res<Pointer>,
    screens: Res<Screens>,
    settings: Res<Settings>,
    wants: Res<EguiWantsInput>,
    motion: Res<AccumulatedMouseMotion>,
    mouse: Res<ButtonInput<MouseButton>>,
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
    let turn = hands.turn() * STICK_TURN * time.delta_secs() * settings.mouse_sensitivity;
    if turn != Vec2::ZERO {
        eye.turn(-turn.x, turn.y * 0.7 * up);
    }
    let drawn = hands.drawn() * RADIANS_PER_POINT * settings.mouse_sensitivity;
    if drawn != Vec2::ZERO {
        eye.turn(-drawn.x, -drawn.y * up);
    }
    eye.zoom(hands.zoom(time.delta_secs()));
    if hands.started(Doing::FirstPerson) {
        eye.first_person = !eye.first_person;
    }
}

/// Something that is held, or begun by one press and ended by the next.
#[derive(Default)]
struct Latch {
    on: bool,
    /// The press began here, not in a panel that it closed.
    begun: bool,
}

impl Latch {
    fn held(&mut self, hands: &Hands, doing: Doing, by_toggle: bool) -> bool {
        if !by_toggle {
            self.on = false;
            return hands.held(doing);
        }
        if hands.started(doing) {
            self.on = !self.on;
        }
        self.on
    }

    fn begun_here(&mut self, hands: &Hands, doing: Doing) -> bool {
        self.begun = hands.started(doing) || self.begun && hands.held(doing);
        self.begun
    }
}

fn walk(
    eye: Res<Eye>,
    hands: Res<Hands>,
    screens: Res<Screens>,
    settings: Res<Settings>,
    mut me: Query<&mut Intent, With<Me>>,
    mut run: Local<Latch>,
    mut crouch: Local<Latch>,
) {
    let Ok(mut intent) = me.single_mut() else {
        (*run, *crouch) = default();
        return;
    };
    let mut next = Intent {
        jump: intent.jump,
        act: intent.act,
        look_yaw: eye.yaw,
        look_pitch: eye.pitch,
        ..default()
    };
    if screens.is_open(Panel::Photo) {
        // The camera goes around a person who stands still, or nobody could picture their own face.
        (next.look_yaw, next.look_pitch) = (intent.look_yaw, intent.look_pitch);
    }
    if screens.blocks_walking() {
        next.jump = false;
        next.act = false;
        crouch.begun = false;
    } else {
        next.walk = hands.walk();
        next.run = run.held(&hands, Doing::Run, settings.input.run_by_toggle);
        next.jump |= hands.started(Doing::Jump);
        let by_toggle = settings.input.crouch_by_toggle;
        let begun_here = crouch.begun_here(&hands, Doing::Crouch);
        next.crouch = crouch.held(&hands, Doing::Crouch, by_toggle) && (by_toggle || begun_here);
        // With something in hand the same press puts it down.
        next.act |= hands.started(Doing::Act) && !screens.is_open(Panel::Hand);
    }
    intent.set_if_neq(next);
}

/// What is begun by one press and has its own owner.
fn wish(
    screens: Res<Screens>,
    hands: Res<Hands>,
    mut waves: MessageWriter<Wave>,
    mut shoulders: MessageWriter<SwitchShoulder>,
) {
    if screens.blocks_walking() {
        return;
    }
    if hands.started(Doing::Wave) {
        waves.write(Wave);
    }
    if hands.started(Doing::Shoulder) {
        shoulders.write(SwitchShoulder);
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
            app.add_plugins((MinimalPlugins, InputPlugin, crate::input::plugin, plugin))
                .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(16)))
                .init_resource::<Eye>()
                .init_resource::<Pointer>()
                .init_resource::<Screens>()
                .init_resource::<Settings>()
                .init_resource::<crate::words::Words>()
                .init_resource::<EguiWantsInput>()
                .add_message::<crate::notices::Notice>()
                .add_message::<Wave>()
                .add_message::<SwitchShoulder>();
            app.finish();
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

        fn key(&mut self, key_code: KeyCode, down: bool) {
            use bevy::input::keyboard::{Key, KeyboardInput};
            use bevy::input::{ButtonState, keyboard::NativeKey};
            self.app.world_mut().write_message(KeyboardInput {
                key_code,
                logical_key: Key::Unidentified(NativeKey::Unidentified),
                state: if down {
                    ButtonState::Pressed
                } else {
                    ButtonState::Released
                },
                text: None,
                repeat: false,
                window: Entity::PLACEHOLDER,
            });
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
    fn one_press_changes_the_shoulder_once() {
        let mut hand = PadHand::new();
        hand.app.add_systems(Update, crate::body::camera::switch_shoulder);
        let left = |hand: &PadHand| hand.app.world().resource::<Eye>().left_shoulder;
        let before = left(&hand);
        let key = match hand
            .app
            .world()
            .resource::<crate::input::bindings::Bindings>()
            .all(Doing::Shoulder)
            .next()
        {
            Some(crate::input::source::Source::Key(key)) => key,
            other => panic!("{other:?}"),
        };
        hand.key(key, true);
        hand.intent();
        assert_ne!(left(&hand), before);
        hand.key(key, false);
        hand.intent();
        hand.key(key, true);
        hand.intent();
        assert_eq!(left(&hand), before);
    }

    #[test]
    fn the_camera_goes_around_whoever_is_pictured() {
        let mut hand = PadHand::new();
        hand.app.world_mut().resource_mut::<Eye>().yaw = 1.0;
        assert_eq!(hand.intent().look_yaw, 1.0);
        hand.app.world_mut().resource_mut::<Screens>().open(Panel::Photo);
        hand.app.world_mut().resource_mut::<Eye>().yaw = 3.0;
        assert_eq!(hand.intent().look_yaw, 1.0);
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
    fn a_key_moves_the_body_in_the_frame_that_it_is_pressed_in() {
        let mut hand = PadHand::new();
        hand.key(KeyCode::KeyW, true);
        hand.key(KeyCode::ShiftLeft, true);
        hand.key(KeyCode::Space, true);
        let intent = hand.intent();
        assert!(intent.walk == Vec2::Y && intent.run && intent.jump, "{intent:?}");
        hand.key(KeyCode::KeyW, false);
        assert_eq!(hand.intent().walk, Vec2::ZERO);
    }

    #[test]
    fn a_tap_between_two_frames_is_a_jump() {
        let mut hand = PadHand::new();
        hand.key(KeyCode::Space, true);
        hand.key(KeyCode::Space, false);
        assert!(hand.intent().jump);
    }

    #[test]
    fn a_button_that_closed_a_panel_is_no_jump_and_a_held_key_walks_on() {
        let mut hand = PadHand::new();
        hand.app.world_mut().resource_mut::<Screens>().open(Panel::Menu);
        hand.press(GamepadButton::South);
        hand.key(KeyCode::KeyW, true);
        hand.intent();
        hand.app.world_mut().resource_mut::<Screens>().close_all();
        let intent = hand.intent();
        assert!(!intent.jump && intent.walk == Vec2::Y, "{intent:?}");
    }

    #[test]
    fn a_keyboard_alone_looks_around() {
        let mut hand = PadHand::new();
        hand.key(KeyCode::ArrowRight, true);
        hand.key(KeyCode::PageUp, true);
        let before = *hand.app.world().resource::<Eye>();
        hand.intent();
        hand.intent();
        let eye = hand.app.world().resource::<Eye>();
        assert!(
            (eye.yaw - before.yaw).sin() < 0.0 && eye.pitch > before.pitch,
            "{eye:?}"
        );
    }

    #[test]
    fn what_is_bound_to_another_key_is_done_by_that_key_only() {
        let mut hand = PadHand::new();
        let mut bindings = crate::input::bindings::Bindings::default();
        use crate::input::source::Source;
        bindings.swap(
            Doing::Jump,
            Some(Source::Key(KeyCode::Space)),
            Source::Key(KeyCode::KeyJ),
        );
        hand.app.world_mut().resource_mut::<Settings>().input.bindings = bindings.changed(&default());
        hand.intent();
        hand.key(KeyCode::Space, true);
        assert!(!hand.intent().jump);
        hand.key(KeyCode::KeyJ, true);
        assert!(hand.intent().jump);
    }

    #[test]
    fn the_button_that_closes_a_panel_crouches_nobody() {
        let mut hand = PadHand::new();
        hand.app.world_mut().resource_mut::<Screens>().open(Panel::Menu);
        hand.press(GamepadButton::East);
        hand.intent();
        hand.app.world_mut().resource_mut::<Screens>().close_all();
        assert!(!hand.intent().crouch);
        hand.key(KeyCode::KeyC, true);
        assert!(hand.intent().crouch);
    }

    #[test]
    fn run_may_be_a_switch() {
        let mut hand = PadHand::new();
        hand.app
            .world_mut()
            .resource_mut::<Settings>()
            .input
            .run_by_toggle = true;
        let tap = |hand: &mut PadHand| {
            hand.key(KeyCode::ShiftLeft, true);
            hand.intent();
            hand.key(KeyCode::ShiftLeft, false);
            hand.intent().run
        };
        assert!(tap(&mut hand));
        assert!(!tap(&mut hand));
    }
}
