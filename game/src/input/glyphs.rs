//! What a source looks like on the device in the hands.
//!
//! Flow: keys tell what is printed on them as they are pressed ([`Printed`]), gamepads what family they are of
//! ([`Signs`]) → [`Signs::glyph`] → `theme::glyph` draws it.
//! Invariant: a key that was never pressed shows what stands there on most keyboards.

use super::actions::Doing;
use super::bindings::Bindings;
use super::source::{Side, Source};
use crate::screens::Device;
use crate::theme::glyph::{Face, Glyph, MousePart, PadSigns, Way};
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;
use std::collections::HashMap;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Printed>()
        .init_resource::<PadFamily>()
        .add_systems(PreUpdate, (read_caps, meet_pads).after(bevy::input::InputSystems));
}

/// What is printed on keys, by their place, as far as they told.
#[derive(Resource, Debug, Default)]
pub struct Printed(HashMap<KeyCode, String>);

/// Keys whose caps differ between countries.
fn differs(key: KeyCode) -> Option<&'static str> {
    use KeyCode::*;
    #[rustfmt::skip]
    let printed = match key {
        KeyA => "A", KeyB => "B", KeyC => "C", KeyD => "D", KeyE => "E", KeyF => "F", KeyG => "G", KeyH => "H",
        KeyI => "I", KeyJ => "J", KeyK => "K", KeyL => "L", KeyM => "M", KeyN => "N", KeyO => "O", KeyP => "P",
        KeyQ => "Q", KeyR => "R", KeyS => "S", KeyT => "T", KeyU => "U", KeyV => "V", KeyW => "W", KeyX => "X",
        KeyY => "Y", KeyZ => "Z", Digit0 => "0", Digit1 => "1", Digit2 => "2", Digit3 => "3", Digit4 => "4",
        Digit5 => "5", Digit6 => "6", Digit7 => "7", Digit8 => "8", Digit9 => "9", Backquote => "`",
        Backslash => "\\", BracketLeft => "[", BracketRight => "]", Comma => ",", Equal => "=",
        IntlBackslash => "<", IntlRo => "\\", IntlYen => "¥", Minus => "-", Period => ".", Quote => "'",
        Semicolon => ";", Slash => "/",
        _ => return None,
    };
    Some(printed)
}

impl Printed {
    /// One character, not a control and not a blank: that stands on a cap.
    fn note(&mut self, key: KeyCode, typed: &str) {
        let mut chars = typed.chars();
        let (Some(one), None) = (chars.next(), chars.next()) else {
            return;
        };
        if differs(key).is_some() && !one.is_control() && !one.is_whitespace() {
            let printed: String = one.to_uppercase().collect();
            // ß and its like become two letters: the small one is what stands there.
            let printed = if printed.chars().count() == 1 {
                printed
            } else {
                one.to_string()
            };
            self.0.insert(key, printed);
        }
    }

    fn cap(&self, key: KeyCode) -> Option<String> {
        let usual = differs(key)?;
        Some(self.0.get(&key).cloned().unwrap_or_else(|| usual.to_owned()))
    }
}

fn read_caps(
    mut typed: MessageReader<KeyboardInput>,
    keys: Res<ButtonInput<KeyCode>>,
    mut printed: ResMut<Printed>,
) {
    use KeyCode::*;
    // What Shift and AltGr make of a key does not stand on it alone.
    let bare = !keys.any_pressed([
        ShiftLeft,
        ShiftRight,
        AltLeft,
        AltRight,
        ControlLeft,
        ControlRight,
    ]);
    for typed in typed.read() {
        if let (true, Key::Character(text)) = (bare && typed.state.is_pressed(), &typed.logical_key) {
            printed.note(typed.key_code, text);
        }
    }
}

/// The family of the pad that was used last.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PadFamily(pub PadSigns);

/// Sony's number among makers of USB devices.
const SONY: u16 = 0x054c;

/// By maker, or by name where the system tells no maker (browsers).
fn signs_of(name: &str, vendor: Option<u16>) -> PadSigns {
    let name = name.to_lowercase();
    let named = [
        "dualsense",
        "dualshock",
        "playstation",
        "ps3",
        "ps4",
        "ps5",
        "054c",
    ]
    .iter()
    .any(|part| name.contains(part));
    if vendor == Some(SONY) || named {
        PadSigns::Shapes
    } else {
        PadSigns::Letters
    }
}

fn meet_pads(pads: Query<(&Gamepad, Option<&Name>)>, mut family: ResMut<PadFamily>) {
    for (pad, name) in &pads {
        if pad.get_just_pressed().next().is_some() {
            let signs = signs_of(name.map_or("", Name::as_str), pad.vendor_id());
            family.set_if_neq(PadFamily(signs));
        }
    }
}

/// Everything that says how something to press looks.
#[derive(SystemParam)]
pub struct Signs<'w> {
    bindings: Res<'w, Bindings>,
    printed: Res<'w, Printed>,
    family: Res<'w, PadFamily>,
    device: Res<'w, Device>,
    words: Res<'w, Words>,
}

impl Signs<'_> {
    pub fn device(&self) -> Device {
        *self.device
    }

    /// What to press for this, on the device in use; `None` where it cannot be done by that, or by touch.
    pub fn of(&self, doing: Doing) -> Option<Glyph> {
        let sides: &[Side] = match *self.device {
            Device::Keyboard => &[Side::Keys, Side::Mouse],
            Device::Gamepad => &[Side::Pad],
            Device::Touch => return None,
        };
        self.bindings.first(doing, sides).map(|source| self.glyph(source))
    }

    /// The same for the four ways of walking or looking, shortened to a stick where one does them all.
    pub fn cross(&self, cross: [Doing; 4]) -> Vec<Glyph> {
        let sources: Vec<Source> = cross
            .iter()
            .filter_map(|doing| match *self.device {
                Device::Keyboard => self.bindings.first(*doing, &[Side::Keys, Side::Mouse]),
                Device::Gamepad => self.bindings.first(*doing, &[Side::Pad]),
                Device::Touch => None,
            })
            .collect();
        let right = |axis| matches!(axis, GamepadAxis::RightStickX | GamepadAxis::RightStickY);
        let stick = sources.iter().map(|source| match source {
            Source::Axis { axis, .. } => Some(right(*axis)),
            _ => None,
        });
        if let Some(Some(side)) = stick.clone().next()
            && sources.len() == 4
            && stick.clone().all(|other| other == Some(side))
        {
            return vec![Glyph::Stick {
                right: side,
                way: None,
                pressed: false,
            }];
        }
        sources.into_iter().map(|source| self.glyph(source)).collect()
    }

    pub fn glyph(&self, source: Source) -> Glyph {
        match source {
            Source::Key(key) => self.key(key),
            Source::Control { letter, shift } => {
                let held = if shift {
                    &["input-key-ctrl", "input-key-shift"][..]
                } else {
                    &["input-key-ctrl"]
                };
                let caps = held.iter().map(|key| self.words.say(key));
                let caps: Vec<String> = caps.chain([letter.to_string()]).collect();
                Glyph::Cap(caps.join(" + "))
            }
            Source::Mouse(button) => match button {
                MouseButton::Left => Glyph::Mouse(MousePart::Left),
                MouseButton::Right => Glyph::Mouse(MousePart::Right),
                MouseButton::Middle => Glyph::Mouse(MousePart::Middle),
                other => {
                    let number = match other {
                        MouseButton::Back => 4,
                        MouseButton::Forward => 5,
                        _ => 6,
                    };
                    Glyph::Cap(
                        self.words
                            .with("input-mouse-number", &[("number", number.into())]),
                    )
                }
            },
            Source::Wheel { up: true } => Glyph::Mouse(MousePart::WheelUp),
            Source::Wheel { up: false } => Glyph::Mouse(MousePart::WheelDown),
            Source::Axis { axis, positive } => {
                use GamepadAxis::*;
                let way = match (axis, positive) {
                    (LeftStickX | RightStickX, true) => Way::Right,
                    (LeftStickX | RightStickX, false) => Way::Left,
                    (_, true) => Way::Up,
                    (_, false) => Way::Down,
                };
                Glyph::Stick {
                    right: matches!(axis, RightStickX | RightStickY),
                    way: Some(way),
                    pressed: false,
                }
            }
            Source::Button(button) => self.button(button),
        }
    }

    fn button(&self, button: GamepadButton) -> Glyph {
        use GamepadButton::*;
        let PadFamily(signs) = *self.family;
        let printed = |letters: &str, shapes: &str| {
            Glyph::Shoulder(match signs {
                PadSigns::Letters => letters.to_owned(),
                PadSigns::Shapes => shapes.to_owned(),
            })
        };
        match button {
            South => Glyph::Face(Face::South, signs),
            East => Glyph::Face(Face::East, signs),
            West => Glyph::Face(Face::West, signs),
            North => Glyph::Face(Face::North, signs),
            LeftTrigger => printed("LB", "L1"),
            RightTrigger => printed("RB", "R1"),
            LeftTrigger2 => printed("LT", "L2"),
            RightTrigger2 => printed("RT", "R2"),
            Select => printed("View", "Create"),
            Start => Glyph::Start,
            LeftThumb | RightThumb => Glyph::Stick {
                right: button == RightThumb,
                way: None,
                pressed: true,
            },
            DPadUp => Glyph::Cross(Some(Way::Up)),
            DPadDown => Glyph::Cross(Some(Way::Down)),
            DPadLeft => Glyph::Cross(Some(Way::Left)),
            DPadRight => Glyph::Cross(Some(Way::Right)),
            other => Glyph::Shoulder(format!("{other:?}")),
        }
    }

    fn key(&self, key: KeyCode) -> Glyph {
        use KeyCode::*;
        if let Some(printed) = self.printed.cap(key) {
            return Glyph::Cap(printed);
        }
        let say = |key| Glyph::Cap(self.words.say(key));
        let right = |key| {
            let key = self.words.say(key);
            Glyph::Cap(self.words.with("input-key-right", &[("key", key.into())]))
        };
        let numpad =
            |printed: &str| Glyph::Cap(self.words.with("input-key-numpad", &[("key", printed.into())]));
        match key {
            ArrowUp => Glyph::Arrow(Way::Up),
            ArrowDown => Glyph::Arrow(Way::Down),
            ArrowLeft => Glyph::Arrow(Way::Left),
            ArrowRight => Glyph::Arrow(Way::Right),
            Space => say("input-key-space"),
            Enter => say("input-key-enter"),
            ShiftLeft => say("input-key-shift"),
            ControlLeft => say("input-key-ctrl"),
            AltLeft => say("input-key-alt"),
            ShiftRight => right("input-key-shift"),
            ControlRight => right("input-key-ctrl"),
            AltRight => right("input-key-alt"),
            Tab => say("input-key-tab"),
            Backspace => say("input-key-backspace"),
            Delete => say("input-key-delete"),
            Insert => say("input-key-insert"),
            Home => say("input-key-home"),
            End => say("input-key-end"),
            PageUp => say("input-key-page-up"),
            PageDown => say("input-key-page-down"),
            CapsLock => say("input-key-caps"),
            ContextMenu => say("input-key-menu"),
            Escape => say("input-key-escape"),
            Numpad0 => numpad("0"),
            Numpad1 => numpad("1"),
            Numpad2 => numpad("2"),
            Numpad3 => numpad("3"),
            Numpad4 => numpad("4"),
            Numpad5 => numpad("5"),
            Numpad6 => numpad("6"),
            Numpad7 => numpad("7"),
            Numpad8 => numpad("8"),
            Numpad9 => numpad("9"),
            NumpadAdd => numpad("+"),
            NumpadSubtract => numpad("−"),
            NumpadMultiply => numpad("×"),
            NumpadDivide => numpad("÷"),
            NumpadDecimal => numpad("."),
            NumpadEnter => numpad(&self.words.say("input-key-enter")),
            // The names that stand on them: F1, Pause.
            other => Glyph::Cap(Source::Key(other).name().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_show_what_is_printed_there() {
        let mut printed = Printed::default();
        assert_eq!(printed.cap(KeyCode::KeyW).as_deref(), Some("W"));
        printed.note(KeyCode::KeyW, "z");
        assert_eq!(
            printed.cap(KeyCode::KeyW).as_deref(),
            Some("Z"),
            "a French keyboard"
        );
        printed.note(KeyCode::Minus, "ß");
        assert_eq!(printed.cap(KeyCode::Minus).as_deref(), Some("ß"));
        printed.note(KeyCode::KeyW, "\u{7}");
        printed.note(KeyCode::KeyW, "two");
        assert_eq!(printed.cap(KeyCode::KeyW).as_deref(), Some("Z"));
        assert_eq!(printed.cap(KeyCode::Space), None);
    }

    #[test]
    fn a_pad_wears_its_makers_signs() {
        assert_eq!(
            signs_of("Xbox Wireless Controller", Some(0x045e)),
            PadSigns::Letters
        );
        assert_eq!(signs_of("Wireless Controller", Some(SONY)), PadSigns::Shapes);
        assert_eq!(
            signs_of(
                "Wireless Controller (STANDARD GAMEPAD Vendor: 054c Product: 0ce6)",
                None
            ),
            PadSigns::Shapes
        );
        assert_eq!(signs_of("", None), PadSigns::Letters);
    }
}
