//! Sources: everything a person can press, push or turn that an action can be bound to, with the names that stand
//! in the settings file.
//!
//! Invariant: a name read back is the source that was written, and an unknown name is nobody's panic.

use bevy::prelude::*;

/// Something on a device that gives 0 at rest and more when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A key by its place on the keyboard, whatever is printed on it.
    Key(KeyCode),
    /// Ctrl (or a Mac's Cmd) held, and the key on which this is printed, A to Z: on other keyboards Z and Y have changed
    /// places, and everybody undoes by Z.
    Control {
        letter: char,
        shift: bool,
    },
    Mouse(MouseButton),
    /// Notches of the wheel: away from oneself is up.
    Wheel {
        up: bool,
    },
    Button(GamepadButton),
    /// One half of a stick's axis.
    Axis {
        axis: GamepadAxis,
        positive: bool,
    },
}

/// Where a source is: what is held in the hands at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Keys,
    Mouse,
    Pad,
}

macro_rules! named {
    ($const:ident, $kind:ty, $($name:ident)*) => {
        const $const: &[(&str, $kind)] = &[$((stringify!($name), <$kind>::$name)),*];
    };
}

// Keys that a keyboard of a person has. Escape is not among them: it always goes one step back.
named! { KEYS, KeyCode,
    KeyA KeyB KeyC KeyD KeyE KeyF KeyG KeyH KeyI KeyJ KeyK KeyL KeyM KeyN KeyO KeyP KeyQ KeyR KeyS KeyT KeyU KeyV
    KeyW KeyX KeyY KeyZ Digit0 Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9
    Backquote Backslash BracketLeft BracketRight Comma Equal IntlBackslash IntlRo IntlYen Minus Period Quote
    Semicolon Slash AltLeft AltRight Backspace CapsLock ContextMenu ControlLeft ControlRight Enter ShiftLeft
    ShiftRight Space Tab Delete End Home Insert PageDown PageUp ArrowDown ArrowLeft ArrowRight ArrowUp
    Numpad0 Numpad1 Numpad2 Numpad3 Numpad4 Numpad5 Numpad6 Numpad7 Numpad8 Numpad9 NumpadAdd NumpadDecimal
    NumpadDivide NumpadEnter NumpadMultiply NumpadSubtract
    Convert NonConvert KanaMode Lang1 Lang2 Pause ScrollLock
    F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12
}
named! { MICE, MouseButton, Left Right Middle Back Forward }
// Start is not among them: it always opens the menu and closes everything.
named! { BUTTONS, GamepadButton,
    South East North West LeftTrigger LeftTrigger2 RightTrigger RightTrigger2 Select LeftThumb RightThumb
    DPadUp DPadDown DPadLeft DPadRight
}
named! { AXES, GamepadAxis, LeftStickX LeftStickY RightStickX RightStickY }

fn name_of<K: PartialEq>(table: &[(&'static str, K)], wanted: &K) -> Option<&'static str> {
    table
        .iter()
        .find(|(_, kind)| kind == wanted)
        .map(|(name, _)| *name)
}

fn find<K: Copy>(table: &[(&'static str, K)], wanted: &str) -> Option<K> {
    table
        .iter()
        .find(|(name, _)| *name == wanted)
        .map(|(_, kind)| *kind)
}

impl Source {
    /// As it stands in the settings file; `None` for what cannot be bound.
    pub fn name(self) -> Option<String> {
        Some(match self {
            Source::Key(key) => name_of(KEYS, &key)?.to_owned(),
            Source::Control { letter, shift } if letter.is_ascii_uppercase() => {
                format!("Ctrl {}{letter}", if shift { "Shift " } else { "" })
            }
            Source::Control { .. } => return None,
            Source::Mouse(button) => format!("Mouse {}", name_of(MICE, &button)?),
            Source::Wheel { up } => format!("Wheel {}", if up { "Up" } else { "Down" }),
            Source::Button(button) => format!("Pad {}", name_of(BUTTONS, &button)?),
            Source::Axis { axis, positive } => {
                format!(
                    "Pad {}{}",
                    name_of(AXES, &axis)?,
                    if positive { "+" } else { "-" }
                )
            }
        })
    }

    /// Reads what [`Source::name`] wrote.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.split_once(' ') {
            None => find(KEYS, name).map(Source::Key),
            Some(("Ctrl", rest)) => {
                let (letter, shift) = match rest.strip_prefix("Shift ") {
                    Some(letter) => (letter, true),
                    None => (rest, false),
                };
                let mut letters = letter.chars().filter(char::is_ascii_uppercase);
                let only = letters.next().filter(|_| letter.len() == 1)?;
                Some(Source::Control { letter: only, shift })
            }
            Some(("Mouse", button)) => find(MICE, button).map(Source::Mouse),
            Some(("Wheel", "Up")) => Some(Source::Wheel { up: true }),
            Some(("Wheel", "Down")) => Some(Source::Wheel { up: false }),
            Some(("Pad", what)) => {
                if let Some(axis) = what.strip_suffix('+') {
                    find(AXES, axis).map(|axis| Source::Axis { axis, positive: true })
                } else if let Some(axis) = what.strip_suffix('-') {
                    find(AXES, axis).map(|axis| Source::Axis {
                        axis,
                        positive: false,
                    })
                } else {
                    find(BUTTONS, what).map(Source::Button)
                }
            }
            Some(_) => None,
        }
    }

    pub fn side(self) -> Side {
        match self {
            Source::Key(_) | Source::Control { .. } => Side::Keys,
            Source::Mouse(_) | Source::Wheel { .. } => Side::Mouse,
            Source::Button(_) | Source::Axis { .. } => Side::Pad,
        }
    }

    /// What was typed while Ctrl was held.
    pub fn with_control(typed: &str, shift: bool) -> Option<Self> {
        let mut chars = typed.chars();
        let (Some(letter), None) = (chars.next(), chars.next()) else {
            return None;
        };
        let letter = letter.to_ascii_uppercase();
        letter
            .is_ascii_uppercase()
            .then_some(Source::Control { letter, shift })
    }

    /// Means nothing to a field that is being typed in, so that it works there, too.
    pub fn types_nothing(self) -> bool {
        use KeyCode::*;
        matches!(
            self,
            Source::Key(Escape | F1 | F2 | F3 | F4 | F5 | F6 | F7 | F8 | F9 | F10 | F11 | F12)
        )
    }

    /// Means something to a field only, and nothing to another control that has the focus.
    pub fn is_for_fields(self) -> bool {
        matches!(self, Source::Key(KeyCode::Delete))
    }

    /// Every source there is, for the tests and for listening.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let mut all: Vec<Self> = KEYS.iter().map(|(_, key)| Source::Key(*key)).collect();
        for letter in 'A'..='Z' {
            all.extend([false, true].map(|shift| Source::Control { letter, shift }));
        }
        all.extend(MICE.iter().map(|(_, button)| Source::Mouse(*button)));
        all.extend([Source::Wheel { up: true }, Source::Wheel { up: false }]);
        all.extend(BUTTONS.iter().map(|(_, button)| Source::Button(*button)));
        for (_, axis) in AXES {
            all.extend([true, false].map(|positive| Source::Axis {
                axis: *axis,
                positive,
            }));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_source_is_found_by_the_name_it_is_saved_under() {
        let mut names = std::collections::BTreeSet::new();
        for source in Source::all() {
            let name = source.name().unwrap();
            assert_eq!(Source::from_name(&name), Some(source), "{name}");
            assert!(names.insert(name), "two sources of one name");
        }
    }

    #[test]
    fn what_always_goes_back_cannot_be_bound() {
        assert_eq!(Source::Key(KeyCode::Escape).name(), None);
        assert_eq!(Source::Button(GamepadButton::Start).name(), None);
        assert_eq!(Source::from_name("Escape"), None);
    }

    proptest! {
        #[test]
        fn no_name_breaks_anything(name in "\\PC{0,40}") {
            if let Some(source) = Source::from_name(&name) {
                prop_assert_eq!(source.name().unwrap(), name);
            }
        }
    }
}
