//! Panels by gamepad: the cross or a stick moves the focus, A presses, B is one step back.
//!
//! Flow: pad → the keys that mean the same to egui, or the letters on the screen (`board`) while they are open.
//! Invariants: whatever has no focus yet gets it by the first push, and nobody is caught in a field; while one walks
//! no control has the focus, for what has it has the keyboard.

use super::board::Board;
use super::ui::Listening;
use crate::platform;
use crate::screens::{Device, Opened, Panel, ScreenSystems, Screens, in_world, step_back};
use crate::session::{LeaveSession, SessionPhase};
use crate::theme::glyph::Way;
use bevy::prelude::*;
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiContext, EguiInput, EguiPreUpdateSet, PrimaryEguiContext, egui};
use core::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        steer.in_set(ScreenSystems::Choose).after(crate::screens::keys),
    )
    .add_systems(
        PreUpdate,
        keep_the_keys_for_walking
            .after(EguiPreUpdateSet::ProcessInput)
            .before(EguiPreUpdateSet::BeginPass),
    );
}

/// egui gives the focus on Tab to the first control there is, and the keyboard with it: a card or a list beside
/// which one walks on would end the walk.
fn keep_the_keys_for_walking(
    phase: Res<State<SessionPhase>>,
    screens: Res<Screens>,
    device: Res<Device>,
    mut contexts: Query<(&mut EguiContext, &mut EguiInput)>,
) {
    if !in_world(&phase) || screens.blocks_walking() || screens.list_has_the_pad(*device) {
        return;
    }
    for (mut context, mut input) in &mut contexts {
        input.events.retain(|event| {
            !matches!(
                event,
                egui::Event::Key {
                    key: egui::Key::Tab,
                    ..
                }
            )
        });
        let ctx = context.get_mut();
        if let Some(focused) = ctx.memory(|memory| memory.focused())
            && typing_in(ctx).is_none()
        {
            ctx.memory_mut(|memory| memory.surrender_focus(focused));
        }
    }
}

/// Held this long, a push repeats, and then this often: as keyboards do from the start.
const REPEAT_AFTER: Duration = Duration::from_millis(420);
const REPEAT_EVERY: Duration = Duration::from_millis(130);
/// A longer frame counts as this: nobody can let go in time of what they have not seen move.
const LONGEST_FRAME: Duration = Duration::from_millis(100);
/// A stick that is meant; worn ones rest at up to 0.2.
const PUSHED: f32 = 0.6;

/// One push after another while it is held.
#[derive(Debug, Default)]
pub(super) struct Repeat {
    way: Option<Way>,
    next: Duration,
}

impl Repeat {
    /// A push that meant something else: it counts again once it was let go.
    fn pass_over(&mut self, way: Option<Way>, now: Duration) {
        self.way = way;
        self.next = now + 4 * REPEAT_AFTER;
    }

    fn push(&mut self, way: Option<Way>, now: Duration) -> Option<Way> {
        if way != self.way {
            self.way = way;
            self.next = now + REPEAT_AFTER;
            return way;
        }
        if now < self.next {
            return None;
        }
        self.next = now + REPEAT_EVERY;
        way
    }
}

/// Where the cross leads, and the stick unless it walks.
fn way_of(pad: &Gamepad, walks: bool) -> Option<Way> {
    for (button, way) in [
        (GamepadButton::DPadUp, Way::Up),
        (GamepadButton::DPadDown, Way::Down),
        (GamepadButton::DPadLeft, Way::Left),
        (GamepadButton::DPadRight, Way::Right),
    ] {
        if pad.pressed(button) || pad.just_pressed(button) {
            return Some(way);
        }
    }
    let push = pad.left_stick();
    if walks || push.length() < PUSHED {
        None
    } else if push.x.abs() > push.y.abs() {
        Some(if push.x > 0.0 { Way::Right } else { Way::Left })
    } else {
        Some(if push.y > 0.0 { Way::Up } else { Way::Down })
    }
}

/// The field that is typed in.
pub(super) fn typing_in(ctx: &egui::Context) -> Option<egui::Id> {
    let focused = ctx.memory(|memory| memory.focused())?;
    egui::text_edit::TextEditState::load(ctx, focused).map(|_| focused)
}

/// A key pressed and let go, as egui hears of it.
pub(super) fn tap(key: egui::Key, shift: bool) -> [egui::Event; 2] {
    [true, false].map(|pressed| egui::Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: if shift {
            egui::Modifiers::SHIFT
        } else {
            egui::Modifiers::NONE
        },
    })
}

/// A push that may have led nowhere: from what, which way, and how many frames ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pushed {
    from: egui::Id,
    way: Way,
    frames: u8,
}

impl Pushed {
    /// The frames until what was pushed is seen: egui hears of it in the next one, and moves the focus at its end.
    const SEEN_AFTER: u8 = 2;

    /// egui looks for the next control within 45° of the way. Where it finds none, up and down lead to the one before and the
    /// one after, so that there is a way to each; from the last one to the first.
    fn led_nowhere(ctx: &egui::Context, pushed: &mut Option<Self>) -> Option<[egui::Event; 2]> {
        let push = pushed.as_mut()?;
        push.frames += 1;
        if push.frames < Self::SEEN_AFTER {
            return None;
        }
        let push = pushed.take()?;
        (ctx.memory(|memory| memory.focused()) == Some(push.from))
            .then(|| tap(egui::Key::Tab, push.way == Way::Up))
    }

    fn new(ctx: &egui::Context, way: Way) -> Option<Self> {
        let from = ctx.memory(|memory| memory.focused())?;
        let upright = matches!(way, Way::Up | Way::Down) && typing_in(ctx).is_none();
        upright.then_some(Self { from, way, frames: 0 })
    }
}

/// The key that moves the focus that way.
fn move_focus(ctx: &egui::Context, way: Way) -> [egui::Event; 2] {
    let focused = ctx.memory(|memory| memory.focused());
    let field = typing_in(ctx).is_some();
    match (way, focused) {
        (_, None) => tap(egui::Key::Tab, false),
        // In a field the arrows move between letters; up and down lead out of it.
        (Way::Up, _) if field => tap(egui::Key::Tab, true),
        (Way::Down, _) if field => tap(egui::Key::Tab, false),
        (Way::Up, _) => tap(egui::Key::ArrowUp, false),
        (Way::Down, _) => tap(egui::Key::ArrowDown, false),
        (Way::Left, _) => tap(egui::Key::ArrowLeft, false),
        (Way::Right, _) => tap(egui::Key::ArrowRight, false),
    }
}

fn steer(
    pads: Query<&Gamepad>,
    phase: Res<State<SessionPhase>>,
    mut listening: ResMut<Listening>,
    device: Res<Device>,
    time: Res<Time<Real>>,
    mut screens: ResMut<Screens>,
    mut board: ResMut<Board>,
    mut leave: MessageWriter<LeaveSession>,
    mut contexts: Query<(Entity, &mut EguiContext), With<PrimaryEguiContext>>,
    mut typed: MessageWriter<EguiInputEvent>,
    mut repeat: Local<Repeat>,
    mut seen: Local<Duration>,
    mut opened: Local<Opened>,
    mut led: Local<Option<Pushed>>,
) {
    let Ok((context, mut egui)) = contexts.single_mut() else {
        return;
    };
    let ctx = egui.get_mut();
    board.follow(ctx);
    if *device == Device::Touch && !platform::LENDS_KEYBOARD {
        board.offer(typing_in(ctx));
    }
    let walking = in_world(&phase) && !screens.blocks_walking();
    let listed = screens.list_has_the_pad(*device);
    *seen += time.delta().min(LONGEST_FRAME);
    let now = *seen;
    let pushed = pads.iter().find_map(|pad| way_of(pad, walking));
    // What opened a panel, in this frame, does not also go somewhere in it.
    let just_opened = std::mem::replace(&mut *opened, screens.opened()) != screens.opened();
    if (walking && !listed) || listening.busy() || just_opened {
        repeat.pass_over(pushed, now);
        *led = None;
        return;
    }
    let mut events: Vec<egui::Event> = Vec::new();
    events.extend(Pushed::led_nowhere(ctx, &mut led).into_iter().flatten());
    if let Some(way) = repeat.push(pushed, now) {
        if board.is_open() {
            board.go(way);
        } else {
            // In the log of the chat they go from line to line.
            let log = matches!(screens.top(), Some(Panel::Chat | Panel::ChatEdit));
            *led = Pushed::new(ctx, way).filter(|_| !log);
            events.extend(move_focus(ctx, way));
        }
    }
    for pad in &pads {
        let pressed = |button| pad.just_pressed(button);
        if board.is_open() {
            events.extend(board.pressed(&pressed));
            continue;
        }
        if pressed(GamepadButton::East) {
            if !listening.keep() {
                step_back(&phase, &mut screens, &mut leave);
            }
        } else if pressed(GamepadButton::South) {
            match typing_in(ctx) {
                Some(field) => board.open(field),
                None => events.extend(tap(egui::Key::Enter, false)),
            }
        } else if pressed(GamepadButton::LeftTrigger) {
            events.extend(tap(egui::Key::PageUp, false));
        } else if pressed(GamepadButton::RightTrigger) {
            events.extend(tap(egui::Key::PageDown, false));
        }
    }
    typed.write_batch(events.into_iter().map(|event| EguiInputEvent { context, event }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_push_repeats_and_a_new_one_is_at_once() {
        let mut repeat = Repeat::default();
        let ms = Duration::from_millis;
        assert_eq!(repeat.push(Some(Way::Down), ms(0)), Some(Way::Down));
        assert_eq!(repeat.push(Some(Way::Down), ms(200)), None);
        assert_eq!(repeat.push(Some(Way::Down), ms(430)), Some(Way::Down));
        assert_eq!(repeat.push(Some(Way::Down), ms(500)), None);
        assert_eq!(repeat.push(Some(Way::Left), ms(510)), Some(Way::Left));
        assert_eq!(repeat.push(None, ms(520)), None);
        assert_eq!(repeat.push(Some(Way::Left), ms(530)), Some(Way::Left));
    }
}
