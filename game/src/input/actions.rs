//! The list of everything a person can do by pressing something, and what it is bound to from the start.
//!
//! Invariant: every action has a name in the settings file and a name for people, and a way to do it on a keyboard
//! and on a gamepad.

use super::source::Source;
use bevy::prelude::*;

/// Something a person does. Order is the order of the list in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    WalkForwards,
    WalkBack,
    WalkLeft,
    WalkRight,
    Run,
    Crouch,
    Jump,
    Act,
    Throw,
    LookLeft,
    LookRight,
    LookUp,
    LookDown,
    ZoomIn,
    ZoomOut,
    FirstPerson,
    Shoulder,
    Photo,
    Wave,
    Emotes,
    Build,
    Undo,
    Redo,
    Duplicate,
    Remove,
    Group,
    Ungroup,
    Chat,
    Talk,
    Mute,
    People,
    Menu,
    Connection,
    Hints,
}

use Doing::*;

/// How the list in the settings is parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chapter {
    Moving,
    Looking,
    Others,
    Holm,
}

impl Chapter {
    /// The key of its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            Chapter::Moving => "input-moving",
            Chapter::Looking => "input-looking",
            Chapter::Others => "input-others",
            Chapter::Holm => "input-holm",
        }
    }

    pub const ALL: [Chapter; 4] = [Chapter::Moving, Chapter::Looking, Chapter::Others, Chapter::Holm];
}

// Macros, because a slice that lives for ever must not call functions.
macro_rules! key {
    ($key:ident) => {
        Source::Key(KeyCode::$key)
    };
}
macro_rules! control {
    ($letter:literal, $shift:literal) => {
        Source::Control {
            letter: $letter,
            shift: $shift,
        }
    };
}
macro_rules! pad {
    ($button:ident) => {
        Source::Button(GamepadButton::$button)
    };
}
macro_rules! stick {
    ($axis:ident, $positive:literal) => {
        Source::Axis {
            axis: GamepadAxis::$axis,
            positive: $positive,
        }
    };
}

impl Doing {
    pub const COUNT: usize = Hints as usize + 1;

    pub const ALL: [Doing; Self::COUNT] = [
        WalkForwards,
        WalkBack,
        WalkLeft,
        WalkRight,
        Run,
        Crouch,
        Jump,
        Act,
        Throw,
        LookLeft,
        LookRight,
        LookUp,
        LookDown,
        ZoomIn,
        ZoomOut,
        FirstPerson,
        Shoulder,
        Photo,
        Wave,
        Emotes,
        Build,
        Undo,
        Redo,
        Duplicate,
        Remove,
        Group,
        Ungroup,
        Chat,
        Talk,
        Mute,
        People,
        Menu,
        Connection,
        Hints,
    ];

    /// As it stands in the settings file.
    pub fn name(self) -> &'static str {
        &self.words()["input-".len()..]
    }

    /// The key of its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            WalkForwards => "input-walk-forwards",
            WalkBack => "input-walk-back",
            WalkLeft => "input-walk-left",
            WalkRight => "input-walk-right",
            Run => "input-run",
            Crouch => "input-crouch",
            Jump => "input-jump",
            Act => "input-act",
            Throw => "input-throw",
            LookLeft => "input-look-left",
            LookRight => "input-look-right",
            LookUp => "input-look-up",
            LookDown => "input-look-down",
            ZoomIn => "input-zoom-in",
            ZoomOut => "input-zoom-out",
            FirstPerson => "input-first-person",
            Shoulder => "input-shoulder",
            Photo => "input-photo",
            Wave => "input-wave",
            Emotes => "input-emotes",
            Build => "input-build",
            Undo => "input-undo",
            Redo => "input-redo",
            Duplicate => "input-duplicate",
            Remove => "input-remove",
            Group => "input-group",
            Ungroup => "input-ungroup",
            Chat => "input-chat",
            Talk => "input-talk",
            Mute => "input-mute",
            People => "input-people",
            Menu => "input-menu",
            Connection => "input-connection",
            Hints => "input-hints",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|doing| doing.name() == name)
    }

    pub const fn chapter(self) -> Chapter {
        match self {
            WalkForwards | WalkBack | WalkLeft | WalkRight | Run | Crouch | Jump | Act | Throw => {
                Chapter::Moving
            }
            LookLeft | LookRight | LookUp | LookDown | ZoomIn | ZoomOut | FirstPerson | Shoulder | Photo => {
                Chapter::Looking
            }
            Wave | Emotes | Build | Undo | Redo | Duplicate | Remove | Group | Ungroup | Chat | Talk
            | Mute | People => Chapter::Others,
            Menu | Connection | Hints => Chapter::Holm,
        }
    }

    /// How much counts, not whether: half a push is half a walk.
    pub const fn by_degrees(self) -> bool {
        matches!(
            self,
            WalkForwards
                | WalkBack
                | WalkLeft
                | WalkRight
                | LookLeft
                | LookRight
                | LookUp
                | LookDown
                | ZoomIn
                | ZoomOut
        )
    }

    /// What cannot be taken away: one must always find the way back.
    pub const fn fixed(self) -> &'static [Source] {
        match self {
            Menu => &[key!(Escape), pad!(Start)],
            _ => &[],
        }
    }

    /// What it is bound to until a person changes that.
    pub const fn usual(self) -> &'static [Source] {
        match self {
            WalkForwards => &[key!(KeyW), key!(ArrowUp), stick!(LeftStickY, true)],
            WalkBack => &[key!(KeyS), key!(ArrowDown), stick!(LeftStickY, false)],
            WalkLeft => &[key!(KeyA), stick!(LeftStickX, false)],
            WalkRight => &[key!(KeyD), stick!(LeftStickX, true)],
            Run => &[key!(ShiftLeft), key!(ShiftRight), pad!(LeftThumb)],
            // Not Ctrl: a browser closes its tab on Ctrl+W, and no page may forbid that.
            Crouch => &[key!(KeyC), pad!(East)],
            Jump => &[key!(Space), pad!(South)],
            Act => &[key!(KeyE), pad!(West)],
            // A click does it, too, while the mouse looks around.
            Throw => &[key!(KeyR), pad!(RightTrigger2)],
            // A keyboard alone must be enough to look around.
            LookLeft => &[key!(ArrowLeft), stick!(RightStickX, false)],
            LookRight => &[key!(ArrowRight), stick!(RightStickX, true)],
            LookUp => &[key!(PageUp), stick!(RightStickY, true)],
            LookDown => &[key!(PageDown), stick!(RightStickY, false)],
            ZoomIn => &[
                Source::Wheel { up: true },
                key!(Equal),
                key!(NumpadAdd),
                pad!(DPadUp),
            ],
            ZoomOut => &[
                Source::Wheel { up: false },
                key!(Minus),
                key!(NumpadSubtract),
                pad!(DPadDown),
            ],
            FirstPerson => &[key!(KeyV), pad!(RightThumb)],
            Shoulder => &[key!(KeyQ), pad!(LeftTrigger)],
            Wave => &[key!(KeyG), key!(Digit1), pad!(North)],
            Emotes => &[key!(KeyB), pad!(RightTrigger)],
            // In the menu, and its panel has a button.
            Photo => &[key!(KeyP)],
            Build => &[key!(KeyF), pad!(LeftTrigger2)],
            // Buttons of the panel that one builds with.
            Undo => &[control!('Z', false)],
            Redo => &[control!('Y', false), control!('Z', true)],
            Duplicate => &[control!('D', false)],
            Remove => &[key!(Delete)],
            Group => &[control!('G', false)],
            Ungroup => &[control!('G', true)],
            Chat => &[key!(Enter), key!(NumpadEnter), key!(KeyT), pad!(DPadRight)],
            // Beside the keys that walk: it is held while one does. Whoever talks so with a pad gives it a button.
            Talk => &[key!(KeyX)],
            Mute => &[key!(KeyM), pad!(DPadLeft)],
            People => &[key!(Tab), pad!(Select)],
            Menu => &[],
            Connection => &[key!(F1)],
            // In the settings, too.
            Hints => &[key!(KeyH)],
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::source::Side;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_list_is_whole_and_in_order() {
        for (index, doing) in Doing::ALL.into_iter().enumerate() {
            assert_eq!(doing as usize, index, "{doing:?}");
            assert_eq!(Doing::from_name(doing.name()), Some(doing));
        }
    }

    #[test]
    fn everything_can_be_done_on_a_keyboard_alone_and_on_a_pad_alone() {
        // A pad has fewer buttons than there is to do: these are buttons of a panel, too, and may be bound. One talks
        // without holding anything unless one asked for that.
        let in_panels = [
            Connection, Photo, Undo, Redo, Duplicate, Remove, Group, Ungroup, Hints, Talk,
        ];
        for doing in Doing::ALL {
            for side in [Side::Keys, Side::Pad] {
                if side == Side::Pad && in_panels.contains(&doing) {
                    continue;
                }
                let ways = doing.usual().iter().chain(doing.fixed());
                assert!(
                    ways.clone().any(|source| source.side() == side),
                    "{doing:?} {side:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_does_two_things_from_the_start() {
        let mut taken = BTreeMap::new();
        for doing in Doing::ALL {
            for source in doing.usual() {
                let name = source.name().unwrap();
                assert_eq!(taken.insert(name.clone(), doing), None, "{name}");
            }
        }
    }
}
