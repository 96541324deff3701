//! Which panel is open, who has the pointer, and what was last used to press things.
//!
//! Flow: keys, buttons and panels call [`Screens::open`] and [`Screens::back`]; `title`, `menu`, `chat/ui`,
//! `people/ui`, `report/ui`, `settings/ui` draw what is on top; [`Pointer`] follows.
//! Invariants: Escape (or B) always goes exactly one step back; the pointer is held only while somebody is in
//! a world with no panel open, and in a browser only after a click; nobody walks under a panel.

use crate::input::actions::Doing;
use crate::input::board::Board;
use crate::input::hands::Hands;
use crate::input::ui::Listening;
use crate::platform;
use crate::session::SessionPhase;
use bevy::input::gamepad::GamepadButton;
use bevy::input::mouse::AccumulatedMouseMotion;
use bevy::input::touch::TouchInput;
use bevy::prelude::*;
use bevy::window::{CursorGrabMode, CursorOptions, PrimaryWindow};
use bevy_egui::input::EguiWantsInput;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Screens>()
        .init_resource::<Pointer>()
        .insert_resource(if platform::is_touched() {
            Device::Touch
        } else {
            Device::default()
        })
        .configure_sets(Update, ScreenSystems::Choose)
        .add_systems(
            Update,
            (note_device, keys, hold_pointer)
                .chain()
                .in_set(ScreenSystems::Choose),
        );
    close_between_places(app);
}

/// The panels of one place mean nothing in the next. Not on entering `Inside`: whoever is typing when a lost link
/// comes back types on.
fn close_between_places(app: &mut App) {
    app.add_systems(OnExit(SessionPhase::Off), close_all)
        .add_systems(OnExit(SessionPhase::Joining), close_all)
        .add_systems(OnEnter(SessionPhase::Off), close_all);
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScreenSystems {
    /// `Update`: keys choose what is open. The body heard the hands before it, in the same frame's fixed steps.
    Choose,
}

/// Something that lies over the title screen or the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    Join,
    Host,
    Settings,
    Menu,
    Share,
    People,
    Report,
    Chat,
    Bindings,
    /// The wheel of gestures.
    Emotes,
    /// What one wears.
    Look,
    /// The chat, with a line of one's own in the entry to be changed.
    ChatEdit,
    /// What can be done with a line of the chat.
    ChatLine,
    /// Where a link leads, before anything opens.
    Address,
    /// An avatar of one's own.
    Avatar,
    /// The test of devices and network.
    Checkup,
    Photo,
    /// What one builds with.
    Build,
    /// Something to put down is in one's hand: one walks on with it.
    Hand,
    /// Somebody: what they may, and what one can do about them.
    Person,
    /// Who may what in this world.
    Powers,
    /// A file of one's own, to be put into the world.
    Bring,
    /// Who did what in it.
    Past,
    /// The versions of it that were saved.
    Versions,
    /// Who goes on with it if its host vanishes.
    Succession,
    /// One's own voice: muted or not, how far it is heard, and by whom.
    Voice,
    /// Are you sure.
    Confirm,
}

/// The open panels, the last on top.
#[derive(Resource, Debug, Default)]
pub struct Screens {
    stack: Vec<Panel>,
    opened: u64,
    /// A panel in which something has begun that the next step back ends, instead of the panel.
    begun: Option<Panel>,
    /// That step was taken.
    ended: bool,
    /// What is on top came up because something above it closed.
    came_back: bool,
}

/// What is open, so that a panel knows its first frame and can put the focus where it belongs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Changes whenever what is open changes.
    pub count: u64,
    pub top: Option<Panel>,
    /// Somebody was here before and comes back.
    pub came_back: bool,
}

impl Screens {
    pub fn top(&self) -> Option<Panel> {
        self.stack.last().copied()
    }

    pub fn is_open(&self, panel: Panel) -> bool {
        self.stack.contains(&panel)
    }

    /// How many panels lie over each other.
    #[cfg(test)]
    pub(crate) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// The next step back ends something in the panel on top, and leaves it there.
    #[cfg(test)]
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.is_some() && self.begun == self.top()
    }

    /// Puts a panel on top; one that is open below comes up instead of being there twice.
    pub fn open(&mut self, panel: Panel) {
        self.stack.retain(|open| *open != panel);
        self.stack.push(panel);
        self.opened += 1;
        self.came_back = false;
    }

    /// Whether something has begun in a panel that the next step back ends, while that panel is on top.
    pub fn keep_step(&mut self, panel: Panel, begun: bool) {
        self.begun = begun.then_some(panel);
    }

    /// That step was taken since this was asked last.
    pub fn took_step(&mut self) -> bool {
        std::mem::take(&mut self.ended)
    }

    /// One step back. False when nothing was open.
    pub fn back(&mut self) -> bool {
        if self.begun.is_some() && self.begun == self.top() {
            self.begun = None;
            self.ended = true;
            // The key that ended it took the focus, too: it comes back to where it was, or to the first control.
            self.opened += 1;
            self.came_back = true;
            return true;
        }
        self.opened += 1;
        self.came_back = true;
        self.stack.pop().is_some()
    }

    pub fn close(&mut self, panel: Panel) {
        self.stack.retain(|open| *open != panel);
        self.opened += 1;
        self.came_back = true;
    }

    pub fn toggle(&mut self, panel: Panel) {
        if self.is_open(panel) {
            self.close(panel)
        } else {
            self.open(panel)
        }
    }

    pub fn close_all(&mut self) {
        self.stack.clear();
        self.opened += 1;
        self.came_back = true;
    }

    /// Changes whenever what is open changes.
    pub fn opened(&self) -> Opened {
        Opened {
            count: self.opened,
            top: self.top(),
            came_back: self.came_back,
        }
    }

    /// The list of people only shows, and with something in hand one walks; everything else takes the keys and the pointer.
    pub fn blocks_walking(&self) -> bool {
        self.stack
            .iter()
            .any(|panel| !matches!(panel, Panel::People | Panel::Hand))
    }

    /// A pad has few buttons: with the list of people on top its cross and its faces work the list, while the
    /// sticks walk on.
    pub fn list_has_the_pad(&self, device: Device) -> bool {
        device == Device::Gamepad && self.top() == Some(Panel::People)
    }
}

/// Whether the mouse turns the view.
#[derive(Resource, Debug, Default)]
pub struct Pointer {
    held: bool,
    since_secs: f32,
    /// A panel closed and the pointer may be taken back without a click.
    owed: bool,
}

impl Pointer {
    pub fn held(&self) -> bool {
        self.held
    }
}

/// What was last used; hints name its keys or buttons.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    #[default]
    Keyboard,
    Gamepad,
    Touch,
}

fn close_all(mut screens: ResMut<Screens>) {
    screens.close_all();
}

/// How far a stick must be pushed to count as used: worn ones rest at up to 0.2.
const STICK_MEANT: f32 = 0.4;
/// A mouse that is moved on purpose goes this far, pixels, before it forgets what it went; one that is bumped into
/// or trembles on its table does not.
const MOUSE_MEANT: f32 = 90.0;

fn note_device(
    keys: Res<ButtonInput<KeyCode>>,
    mouse: Res<ButtonInput<MouseButton>>,
    motion: Res<AccumulatedMouseMotion>,
    pads: Query<&Gamepad>,
    mut touches: MessageReader<TouchInput>,
    wants: Option<Res<EguiWantsInput>>,
    time: Res<Time<Real>>,
    mut device: ResMut<Device>,
    mut moved: Local<f32>,
) {
    let pad = pads.iter().any(|pad| {
        pad.get_just_pressed().next().is_some()
            || pad.left_stick().length() > STICK_MEANT
            || pad.right_stick().length() > STICK_MEANT
    });
    // Half of it is forgotten every quarter of a second.
    *moved = *moved * 0.5f32.powf(time.delta_secs() * 4.0) + motion.delta.length();
    // The keyboard that a phone lends for a field sends keys, too; taking it back for them would lose the rest.
    let lent = platform::LENDS_KEYBOARD
        && *device == Device::Touch
        && wants.is_some_and(|wants| wants.wants_keyboard_input());
    let hands = (!lent && keys.get_just_pressed().next().is_some())
        || mouse.get_just_pressed().next().is_some()
        || *moved > MOUSE_MEANT;
    let finger = touches.read().count() > 0;
    let now = match (finger, pad, hands) {
        (true, ..) => Device::Touch,
        (_, true, _) => Device::Gamepad,
        (_, _, true) => Device::Keyboard,
        _ => return,
    };
    if now != Device::Keyboard {
        *moved = 0.0;
    }
    device.set_if_neq(now);
}

pub(crate) fn in_world(phase: &SessionPhase) -> bool {
    matches!(phase, SessionPhase::Inside | SessionPhase::Away)
}

pub(crate) fn keys(
    hands: Res<Hands>,
    pads: Query<&Gamepad>,
    phase: Res<State<SessionPhase>>,
    mut listening: ResMut<Listening>,
    mut board: ResMut<Board>,
    mut screens: ResMut<Screens>,
    mut leave: MessageWriter<crate::session::LeaveSession>,
) {
    if listening.busy() {
        return;
    }
    if hands.started(Doing::Menu) {
        // Start closes everything at once: whoever is deep in panels wants the world back.
        let start = pads.iter().any(|pad| pad.just_pressed(GamepadButton::Start));
        if board.is_open() {
            // The letters on the screen are a step of their own; Start finishes the line on them.
            if !start {
                board.close();
            }
        } else if start && in_world(&phase) && screens.blocks_walking() {
            screens.close_all();
        } else if !start && listening.keep() {
            // The question was a step of its own.
        } else if !start || in_world(&phase) {
            step_back(&phase, &mut screens, &mut leave);
        }
        return;
    }
    if hands.started(Doing::Connection) {
        screens.toggle(Panel::Report);
    }
    if !in_world(&phase) {
        return;
    }
    // In a panel Tab is the way to its next control, even where none has the focus.
    if hands.started(Doing::People) && !screens.blocks_walking() {
        screens.toggle(Panel::People);
    }
    if hands.started(Doing::Chat) && !screens.blocks_walking() {
        screens.open(Panel::Chat);
    }
}

/// Escape and B: close what is on top; in a world with nothing open the menu; on the way in, turn around.
pub(crate) fn step_back(
    phase: &SessionPhase,
    screens: &mut Screens,
    leave: &mut MessageWriter<crate::session::LeaveSession>,
) {
    if screens.back() {
        return;
    }
    match phase {
        SessionPhase::Inside | SessionPhase::Away => screens.open(Panel::Menu),
        SessionPhase::Joining => {
            leave.write(crate::session::LeaveSession::default());
        }
        SessionPhase::Off => {}
    }
}

fn hold_pointer(
    phase: Res<State<SessionPhase>>,
    mouse: Res<ButtonInput<MouseButton>>,
    wants: Res<EguiWantsInput>,
    time: Res<Time<Real>>,
    mut screens: ResMut<Screens>,
    mut pointer: ResMut<Pointer>,
    mut window: Query<(&Window, &mut CursorOptions), With<PrimaryWindow>>,
) {
    let Ok((window, mut cursor)) = window.single_mut() else {
        return;
    };
    let may = in_world(&phase) && !screens.blocks_walking() && window.focused;
    let now = time.elapsed_secs();
    if pointer.held {
        if !may {
            pointer.held = false;
            pointer.owed = in_world(&phase);
        } else if platform::pointer_was_released(now - pointer.since_secs) {
            // A browser gives the pointer back on Escape without telling anybody which key it was.
            pointer.held = false;
            pointer.owed = false;
            screens.open(Panel::Menu);
        }
    } else if may {
        let clicked = mouse.just_pressed(MouseButton::Left) && !wants.wants_pointer_input();
        let taken_back = pointer.owed && !platform::POINTER_NEEDS_CLICK;
        if clicked || taken_back {
            pointer.held = true;
            pointer.owed = false;
            pointer.since_secs = now;
        }
    }
    let wanted = if pointer.held {
        CursorGrabMode::Locked
    } else {
        CursorGrabMode::None
    };
    if cursor.grab_mode != wanted {
        cursor.grab_mode = wanted;
        cursor.visible = !pointer.held;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_is_one_step_and_nothing_is_open_twice() {
        let mut screens = Screens::default();
        screens.open(Panel::Menu);
        screens.open(Panel::Settings);
        screens.open(Panel::Menu);
        assert_eq!(screens.top(), Some(Panel::Menu));
        assert!(screens.back());
        assert_eq!(screens.top(), Some(Panel::Settings));
        assert!(screens.back());
        assert!(!screens.back());
    }

    #[test]
    fn what_has_begun_in_a_panel_is_a_step_of_its_own() {
        let mut screens = Screens::default();
        screens.open(Panel::Build);
        screens.keep_step(Panel::Build, true);
        assert!(screens.back() && screens.took_step() && !screens.took_step());
        assert_eq!(screens.top(), Some(Panel::Build));
        screens.keep_step(Panel::Build, true);
        screens.open(Panel::Settings);
        assert!(screens.back() && !screens.took_step(), "another panel is on top");
        screens.keep_step(Panel::Build, false);
        assert!(screens.back() && screens.top().is_none());
    }

    #[test]
    fn panels_stay_open_when_a_lost_link_comes_back_and_close_with_the_world() {
        let mut app = App::new();
        app.add_plugins(bevy::state::app::StatesPlugin)
            .init_state::<SessionPhase>()
            .init_resource::<Screens>();
        close_between_places(&mut app);
        let go = |app: &mut App, phase| {
            app.world_mut()
                .resource_mut::<NextState<SessionPhase>>()
                .set(phase);
            app.update();
        };
        go(&mut app, SessionPhase::Joining);
        app.world_mut().resource_mut::<Screens>().open(Panel::Report);
        go(&mut app, SessionPhase::Inside);
        assert_eq!(app.world().resource::<Screens>().top(), None);
        app.world_mut().resource_mut::<Screens>().open(Panel::Chat);
        go(&mut app, SessionPhase::Away);
        go(&mut app, SessionPhase::Inside);
        assert_eq!(app.world().resource::<Screens>().top(), Some(Panel::Chat));
        go(&mut app, SessionPhase::Off);
        assert_eq!(app.world().resource::<Screens>().top(), None);
    }

    #[test]
    fn the_list_of_people_lets_one_walk_on() {
        let mut screens = Screens::default();
        screens.open(Panel::People);
        assert!(!screens.blocks_walking());
        screens.open(Panel::Chat);
        assert!(screens.blocks_walking());
        screens.close(Panel::Chat);
        assert!(screens.is_open(Panel::People) && !screens.blocks_walking());
    }
}
