//! What the hands do in this frame, whatever they hold: how much of each action, and what was begun.
//!
//! Flow: `PreUpdate`: the actions of each side are evaluated → [`Hands`], touches → `touch` adds its own → the body,
//! the screens and everybody else ask [`Hands`], in the same frame.
//! Invariants: what belongs to a field or a control of the interface is nobody's step or jump; a press that began
//! elsewhere begins nothing when that ends; a tap between two frames is not lost.

use super::actions::Doing;
use super::bindings::Bindings;
use super::source::{Side, Source};
use crate::screens::{Device, Screens};
use bevy::input::keyboard::Key;
use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;
use bevy_egui::{EguiContext, PrimaryEguiContext};

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Hands>()
        .init_resource::<Screens>()
        .init_resource::<Device>()
        .configure_sets(
            PreUpdate,
            (HandSystems::Read, HandSystems::Judge, HandSystems::Add)
                .chain()
                .after(bevy::input::InputSystems),
        )
        .add_systems(PreUpdate, judge.in_set(HandSystems::Judge));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HandSystems {
    /// What the devices say.
    Read,
    /// What of it is meant for us.
    Judge,
    /// What touches add.
    Add,
}

/// One action on one side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Done {
    /// 0 at rest, 1 pressed, between on sticks, more on wheels.
    amount: f32,
    started: bool,
}

/// What is done in this frame.
#[derive(Resource, Clone, Debug)]
pub struct Hands {
    sides: [[Done; Doing::COUNT]; 3],
    /// Fingers on glass: a stick and turns of the view, and what they tapped.
    touch: Touched,
}

impl Default for Hands {
    fn default() -> Self {
        Self {
            sides: [[Done::default(); Doing::COUNT]; 3], // the standard library counts to 32
            touch: Touched::default(),
        }
    }
}

/// What fingers on glass do in this frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {
    /// x to the right, y forwards, at most 1 long.
    pub walk: Vec2,
    /// Points that the looking finger went, y down.
    pub look: Vec2,
    /// Wheel notches.
    pub zoom: f32,
    pub run: bool,
    /// Bent down, by a tap.
    pub crouch: bool,
    /// The microphone is held.
    pub talk: bool,
    pub started: Vec<Doing>,
}

/// Sticks rest within this; beyond it the response starts from zero.
const DEAD_ZONE: f32 = 0.15;

/// A stick's vector without its dead zone, softly rising.
pub(crate) fn stick(raw: Vec2) -> Vec2 {
    let length = raw.length();
    if length <= DEAD_ZONE || !length.is_finite() {
        return Vec2::ZERO;
    }
    let reach = ((length - DEAD_ZONE) / (1.0 - DEAD_ZONE)).min(1.0);
    raw / length * reach
}

impl Hands {
    pub(crate) fn note(&mut self, side: Side, doing: Doing, amount: f32, started: bool) {
        let amount = if amount.is_finite() { amount.max(0.0) } else { 0.0 };
        self.sides[side as usize][doing as usize] = Done { amount, started };
    }

    pub fn add_touches(&mut self, touched: Touched) {
        self.touch = touched;
    }

    fn on(&self, side: Side, doing: Doing) -> Done {
        self.sides[side as usize][doing as usize]
    }

    /// Begun in this frame.
    pub fn started(&self, doing: Doing) -> bool {
        self.sides.iter().any(|side| side[doing as usize].started) || self.touch.started.contains(&doing)
    }

    /// Held in this frame.
    pub fn held(&self, doing: Doing) -> bool {
        self.sides.iter().any(|side| side[doing as usize].amount > 0.5)
            || (doing == Doing::Run && self.touch.run)
            || (doing == Doing::Crouch && self.touch.crouch)
            || (doing == Doing::Talk && self.touch.talk)
    }

    fn cross(&self, side: Side, [left, right, down, up]: [Doing; 4]) -> Vec2 {
        let on = |doing| self.on(side, doing).amount;
        Vec2::new(on(right) - on(left), on(up) - on(down))
    }

    /// Which way to walk: x to the right, y forwards; at most 1 long.
    pub fn walk(&self) -> Vec2 {
        use Doing::*;
        let cross = [WalkLeft, WalkRight, WalkBack, WalkForwards];
        let pressed = self.cross(Side::Keys, cross) + self.cross(Side::Mouse, cross);
        let pushed = stick(self.cross(Side::Pad, cross));
        (pressed.clamp(Vec2::NEG_ONE, Vec2::ONE) + pushed + self.touch.walk).clamp_length_max(1.0)
    }

    /// How fast to turn the view, 1 being a full push: x to the right, y up.
    pub fn turn(&self) -> Vec2 {
        use Doing::*;
        let cross = [LookLeft, LookRight, LookDown, LookUp];
        let pressed = self.cross(Side::Keys, cross) + self.cross(Side::Mouse, cross);
        let pushed = stick(self.cross(Side::Pad, cross));
        // Squared: small pushes aim, full ones turn.
        (pressed.clamp(Vec2::NEG_ONE, Vec2::ONE) * KEYS_TURN + pushed * pushed.length()).clamp_length_max(1.0)
    }

    /// Points that a finger drew the view along, y down.
    pub fn drawn(&self) -> Vec2 {
        self.touch.look
    }

    /// Notches nearer by the wheel and fingers; `secs` of this frame for what is held instead.
    pub fn zoom(&self, secs: f32) -> f32 {
        let both = |side| self.on(side, Doing::ZoomIn).amount - self.on(side, Doing::ZoomOut).amount;
        both(Side::Mouse)
            + (both(Side::Keys) + both(Side::Pad)).clamp(-1.0, 1.0) * NOTCHES_A_SECOND * secs
            + self.touch.zoom
    }
}

/// Of a stick's full turn: a key cannot be pressed by half.
const KEYS_TURN: f32 = 0.6;
/// Of a key or a button that zooms and is held: from the far end to one's own eyes in about a second.
const NOTCHES_A_SECOND: f32 = 12.0;

/// What a pad does though the list of people has its buttons.
fn goes_on_beside_the_list(doing: Doing) -> bool {
    use Doing::*;
    matches!(
        doing,
        WalkForwards
            | WalkBack
            | WalkLeft
            | WalkRight
            | Run
            | LookLeft
            | LookRight
            | LookUp
            | LookDown
            | People
            | Menu
    )
}

/// Keys that make another thing of a letter.
pub(super) const CONTROLS: [KeyCode; 4] = [
    KeyCode::ControlLeft,
    KeyCode::ControlRight,
    KeyCode::SuperLeft,
    KeyCode::SuperRight,
];

/// What was pressed in this frame with Ctrl held.
pub(super) fn chord(keys: &ButtonInput<KeyCode>, letters: Option<&ButtonInput<Key>>) -> Option<Source> {
    let shift = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    let mut pressed = letters?.get_just_pressed().filter(|_| keys.any_pressed(CONTROLS));
    pressed.find_map(|key| match key {
        Key::Character(typed) => Source::with_control(typed, shift),
        _ => None,
    })
}

/// Takes away what the interface has, and adds the taps that began and ended between two frames.
fn judge(
    mut hands: ResMut<Hands>,
    bindings: Res<Bindings>,
    wants: Res<EguiWantsInput>,
    keys: Res<ButtonInput<KeyCode>>,
    letters: Option<Res<ButtonInput<Key>>>,
    mouse: Res<ButtonInput<MouseButton>>,
    pads: Query<&Gamepad>,
    screens: Res<Screens>,
    device: Res<Device>,
    mut contexts: Query<&mut EguiContext, With<PrimaryEguiContext>>,
) {
    // A field has shortcuts of its own; a button that merely has the focus has none.
    let writing = contexts
        .iter_mut()
        .any(|mut context| super::nav::typing_in(context.get_mut()).is_some());
    let chord = chord(&keys, letters.as_deref()).filter(|_| !writing);
    let listed = screens.list_has_the_pad(*device);
    let (typing, pointing) = (wants.wants_keyboard_input(), wants.wants_pointer_input());
    for doing in Doing::ALL {
        if typing {
            hands.note(Side::Keys, doing, 0.0, false);
        }
        if pointing {
            hands.note(Side::Mouse, doing, 0.0, false);
        }
        let list_has_it = listed && !goes_on_beside_the_list(doing);
        if list_has_it {
            hands.note(Side::Pad, doing, 0.0, false);
        }
        for source in bindings.all(doing) {
            let tapped = match source {
                Source::Key(key) => {
                    let ours = !typing || source.types_nothing() || (!writing && source.is_for_fields());
                    keys.just_pressed(key) && ours
                }
                Source::Control { .. } => chord == Some(source),
                Source::Mouse(button) => mouse.just_pressed(button) && !pointing,
                Source::Button(button) => !list_has_it && pads.iter().any(|pad| pad.just_pressed(button)),
                Source::Wheel { .. } | Source::Axis { .. } => false,
            };
            if tapped {
                hands.sides[source.side() as usize][doing as usize].started = true;
            }
        }
    }
    hands.touch = Touched::default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stick_at_rest_moves_nobody_and_a_full_push_is_full() {
        assert_eq!(stick(Vec2::new(0.1, -0.1)), Vec2::ZERO);
        assert!((stick(Vec2::new(0.0, 1.0)).length() - 1.0).abs() < 1e-6);
        assert_eq!(stick(Vec2::new(f32::NAN, 0.0)), Vec2::ZERO);
        // Old pads report a square: the corner is no faster.
        assert!(stick(Vec2::new(1.0, 1.0)).length() <= 1.0 + 1e-6);
    }

    #[test]
    fn nonsense_from_a_driver_is_rest() {
        let mut hands = Hands::default();
        hands.note(Side::Pad, Doing::WalkForwards, f32::NAN, false);
        hands.note(Side::Pad, Doing::LookLeft, f32::INFINITY, false);
        assert_eq!((hands.walk(), hands.turn()), (Vec2::ZERO, Vec2::ZERO));
    }
}
