//! Fingers on glass: a walking stick where the left thumb lands, a view that the right one draws, buttons.
//!
//! Flow: [`Layout::of`] says where the buttons are → [`Fingers::touch`] for each event → [`Fingers::frame`] once a
//! frame gives what was done since.
//! Invariants: a finger is one thing from landing to lifting; with no finger on the glass everything rests, but for who
//! bent down by a tap and stands up by the next; whatever began on the interface does nothing here.

use crate::input::actions::Doing;
use crate::input::hands::Touched;
use bevy::math::Vec2;

/// Free of notches, rounded corners and the system's own gestures, points from each edge.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Edges {
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    pub left: f32,
}

/// A round button.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Button {
    pub doing: Doing,
    pub centre: Vec2,
    pub radius: f32,
}

/// Where things are on a glass of this size, points, y down.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub size: Vec2,
    pub buttons: Vec<Button>,
}

/// The big one under the thumb, the ones around it, and the small ones: farther around it, and at the top. A thumb hits
/// 44 points across.
pub const JUMP_RADIUS: f32 = 36.0;
pub const ACTION_RADIUS: f32 = 27.0;
pub const TOP_RADIUS: f32 = 23.0;
const _: () = assert!(TOP_RADIUS * 2.0 >= 44.0 && ACTION_RADIUS > TOP_RADIUS && JUMP_RADIUS > ACTION_RADIUS);
/// From what is free of notches, points.
const MARGIN: f32 = 18.0;
/// Between two buttons, points.
const GAP: f32 = 12.0;
/// From the middle of the big button to that of the one for bending down, points along each edge: as near as its
/// neighbours let it.
const CROUCH_ASIDE: f32 = 72.0;
/// From the middle of the button for the view to that of the microphone, points along the lower edge: as near as both let it.
const MUTE_ASIDE: f32 = 2.0 * TOP_RADIUS + GAP + 4.0;
/// So far above the lower edge what the thumb reaches ends, points.
pub const THUMB_REACHES: f32 = MARGIN
    + JUMP_RADIUS
    + (JUMP_RADIUS + ACTION_RADIUS + GAP)
    + (ACTION_RADIUS + TOP_RADIUS + GAP)
    + TOP_RADIUS;

/// How far a thumb moves from where it landed for a full walk, points: the joint's reach.
pub const RIM: f32 = 54.0;
/// Beyond the rim by this part one runs.
const RUN_BEYOND: f32 = 1.3;
/// A thumb that trembles this much, points, stands still.
const TREMBLE: f32 = 5.0;
/// Distance of two fingers times this is a notch of the wheel (the wheel's own 0.86, see `Eye::zoom`).
const NOTCH: f32 = 0.86;
/// Fingers that are followed; glass knows ten.
const MOST_FINGERS: usize = 10;

/// What there is for hands to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Near {
    #[default]
    Nothing,
    /// To act on.
    Something,
    /// What is held can be put down, or thrown.
    InHand,
}

impl Layout {
    pub fn of(size: Vec2, safe: Edges, near: Near) -> Self {
        let corner = size - Vec2::new(safe.right, safe.bottom) - MARGIN;
        let jump = corner - JUMP_RADIUS;
        let around = JUMP_RADIUS + ACTION_RADIUS + GAP;
        let farther = around + ACTION_RADIUS + TOP_RADIUS + GAP;
        let mut buttons = vec![
            Button {
                doing: Doing::Jump,
                centre: jump,
                radius: JUMP_RADIUS,
            },
            Button {
                doing: Doing::Emotes,
                centre: jump - Vec2::new(0.0, around),
                radius: ACTION_RADIUS,
            },
            // What is seldom wanted is small and a stretch away: between the two, and above.
            Button {
                doing: Doing::Crouch,
                centre: jump - Vec2::splat(CROUCH_ASIDE),
                radius: TOP_RADIUS,
            },
            Button {
                doing: Doing::FirstPerson,
                centre: jump - Vec2::new(0.0, farther),
                radius: TOP_RADIUS,
            },
            // Where the thumb that looks around can hold it while the other one walks.
            Button {
                doing: Doing::Mute,
                centre: jump - Vec2::new(MUTE_ASIDE, farther),
                radius: TOP_RADIUS,
            },
        ];
        if near != Near::Nothing {
            buttons.push(Button {
                doing: Doing::Act,
                centre: jump - Vec2::new(around, 0.0),
                radius: ACTION_RADIUS,
            });
        }
        if near == Near::InHand {
            buttons.push(Button {
                doing: Doing::Throw,
                centre: jump - Vec2::new(around + 2.0 * ACTION_RADIUS + GAP, 0.0),
                radius: ACTION_RADIUS,
            });
        }
        let top = Vec2::new(
            size.x - safe.right - MARGIN - TOP_RADIUS,
            safe.top + MARGIN + TOP_RADIUS,
        );
        for (index, doing) in [Doing::Menu, Doing::People, Doing::Chat].into_iter().enumerate() {
            let along = index as f32 * (TOP_RADIUS * 2.0 + GAP);
            buttons.push(Button {
                doing,
                centre: top - Vec2::new(along, 0.0),
                radius: TOP_RADIUS,
            });
        }
        Self { size, buttons }
    }

    /// A little more than is drawn: thumbs are not seen through.
    fn button(&self, at: Vec2) -> Option<Doing> {
        self.buttons
            .iter()
            .find(|button| button.centre.distance(at) <= button.radius + GAP / 2.0)
            .map(|button| button.doing)
    }

    fn stick_side(&self, at: Vec2) -> bool {
        at.x < self.size.x * 0.5
    }
}

/// What the one button for the view does: over the right shoulder, over the left one, by one's own eyes, and again.
pub fn next_view(first_person: bool, left_shoulder: bool) -> &'static [Doing] {
    match (first_person, left_shoulder) {
        (false, false) => &[Doing::Shoulder],
        (false, true) | (true, false) => &[Doing::FirstPerson],
        (true, true) => &[Doing::FirstPerson, Doing::Shoulder],
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Began,
    Moved,
    Ended,
}

/// What a finger is, from landing to lifting.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Finger {
    /// The interface has it.
    Theirs,
    Stick {
        landed: Vec2,
        at: Vec2,
    },
    Look {
        at: Vec2,
    },
    Button(Doing),
}

/// All fingers on the glass, and what they did since the last frame.
#[derive(Clone, Debug, Default)]
pub struct Fingers {
    down: Vec<(u64, Finger)>,
    look: Vec2,
    zoom: f32,
    started: Vec<Doing>,
    /// Bent down, until the next tap there or a jump.
    crouched: bool,
}

impl Fingers {
    /// One event. `theirs`: the interface is under the finger, or a panel has everything.
    pub fn touch(&mut self, layout: &Layout, id: u64, phase: Phase, at: Vec2, theirs: bool) {
        // No glass is that large; whoever lifts lifts, wherever that is said to be.
        if phase != Phase::Ended && !(at.is_finite() && at.abs().max_element() < 1e5) {
            return;
        }
        match phase {
            Phase::Began => self.land(layout, id, at, theirs),
            Phase::Moved => self.slide(id, at),
            Phase::Ended => self.down.retain(|(held, _)| *held != id),
        }
    }

    fn land(&mut self, layout: &Layout, id: u64, at: Vec2, theirs: bool) {
        // A lifting that was lost is made up for by the next landing of that finger.
        self.down.retain(|(held, _)| *held != id);
        if self.down.len() >= MOST_FINGERS {
            return;
        }
        let finger = if theirs {
            Finger::Theirs
        } else if let Some(doing) = layout.button(at) {
            self.started.push(doing);
            match doing {
                Doing::Crouch => self.crouched = !self.crouched,
                Doing::Jump => self.crouched = false,
                _ => {}
            }
            Finger::Button(doing)
        } else if layout.stick_side(at) && self.stick().is_none() {
            Finger::Stick { landed: at, at }
        } else {
            Finger::Look { at }
        };
        self.down.push((id, finger));
    }

    fn slide(&mut self, id: u64, to: Vec2) {
        let before = self.spread();
        let lookers = self.lookers().count();
        let Some((_, finger)) = self.down.iter_mut().find(|(held, _)| *held == id) else {
            return;
        };
        match finger {
            Finger::Stick { at, .. } => *at = to,
            Finger::Look { at } => {
                // Two fingers pinch; a third would only confuse.
                if lookers == 1 {
                    self.look += to - *at;
                }
                *at = to;
            }
            Finger::Theirs | Finger::Button(_) => {}
        }
        if let (Some(before), Some(after)) = (before, self.spread()) {
            // Apart is nearer.
            self.zoom += (before / after).ln() / NOTCH.ln();
        }
    }

    fn lookers(&self) -> impl Iterator<Item = Vec2> + '_ {
        self.down.iter().filter_map(|(_, finger)| match finger {
            Finger::Look { at } => Some(*at),
            _ => None,
        })
    }

    /// Between the two fingers that pinch; at least a finger's breadth, so that no quotient explodes.
    fn spread(&self) -> Option<f32> {
        let mut lookers = self.lookers();
        let (one, other) = (lookers.next()?, lookers.next()?);
        lookers.next().is_none().then(|| one.distance(other).max(24.0))
    }

    /// Where the walking thumb landed and where it is.
    pub fn stick(&self) -> Option<(Vec2, Vec2)> {
        self.down.iter().find_map(|(_, finger)| match finger {
            Finger::Stick { landed, at } => Some((*landed, *at)),
            _ => None,
        })
    }

    /// Whether a button is to be seen pressed.
    pub fn pressed(&self, doing: Doing) -> bool {
        doing == Doing::Crouch && self.crouched
            || self
                .down
                .iter()
                .any(|(_, finger)| *finger == Finger::Button(doing))
    }

    /// Where no button would say that one is bent down, one is not.
    pub fn stand_up(&mut self) {
        self.crouched = false;
    }

    /// Every finger is forgotten: the window is out of sight and will not hear of their lifting.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// What was done since the last call.
    pub fn frame(&mut self) -> Touched {
        let push = self.stick().map_or(Vec2::ZERO, |(landed, at)| at - landed);
        let length = push.length();
        let walk = if length > TREMBLE {
            // Screens count downwards.
            push / length * (length / RIM).min(1.0) * Vec2::new(1.0, -1.0)
        } else {
            Vec2::ZERO
        };
        Touched {
            walk,
            run: length > RIM * RUN_BEYOND,
            crouch: self.crouched,
            look: std::mem::take(&mut self.look),
            zoom: std::mem::take(&mut self.zoom),
            talk: false,
            started: std::mem::take(&mut self.started),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::Rect;
    use proptest::prelude::*;

    const PHONE: Vec2 = Vec2::new(800.0, 360.0);

    fn layout() -> Layout {
        Layout::of(PHONE, Edges::default(), Near::InHand)
    }

    fn button(doing: Doing) -> Vec2 {
        let layout = layout();
        layout
            .buttons
            .iter()
            .find(|button| button.doing == doing)
            .map_or(Vec2::NAN, |button| button.centre)
    }

    #[test]
    fn stick_look_and_jump_at_once() {
        let (layout, mut fingers) = (layout(), Fingers::default());
        fingers.touch(&layout, 1, Phase::Began, Vec2::new(120.0, 250.0), false);
        fingers.touch(&layout, 2, Phase::Began, Vec2::new(500.0, 150.0), false);
        fingers.touch(&layout, 3, Phase::Began, button(Doing::Jump), false);
        fingers.touch(&layout, 1, Phase::Moved, Vec2::new(120.0, 250.0 - RIM), false);
        fingers.touch(&layout, 2, Phase::Moved, Vec2::new(530.0, 140.0), false);
        let done = fingers.frame();
        assert_eq!(done.walk, Vec2::Y);
        assert!(!done.run);
        assert_eq!(done.look, Vec2::new(30.0, -10.0));
        assert_eq!(done.started, [Doing::Jump]);
        // A button is begun once, a stick is held.
        let next = fingers.frame();
        assert!(next.started.is_empty() && next.look == Vec2::ZERO && next.walk == Vec2::Y);
    }

    #[test]
    fn beyond_the_rim_one_runs() {
        let (layout, mut fingers) = (layout(), Fingers::default());
        fingers.touch(&layout, 1, Phase::Began, Vec2::new(120.0, 250.0), false);
        fingers.touch(
            &layout,
            1,
            Phase::Moved,
            Vec2::new(120.0, 250.0 - RIM * 1.5),
            false,
        );
        let done = fingers.frame();
        assert!(done.run && done.walk == Vec2::Y);
    }

    #[test]
    fn a_tap_bends_down_and_the_next_or_a_jump_stands_up() {
        let (layout, mut fingers) = (layout(), Fingers::default());
        let tap = |fingers: &mut Fingers, doing| {
            fingers.touch(&layout, 4, Phase::Began, button(doing), false);
            fingers.touch(&layout, 4, Phase::Ended, button(doing), false);
            fingers.frame().crouch
        };
        assert!(tap(&mut fingers, Doing::Crouch));
        assert!(fingers.frame().crouch, "without a finger on the glass");
        assert!(!tap(&mut fingers, Doing::Crouch));
        assert!(tap(&mut fingers, Doing::Crouch));
        assert!(!tap(&mut fingers, Doing::Jump));
        assert!(tap(&mut fingers, Doing::Crouch));
        fingers.stand_up();
        assert!(!fingers.frame().crouch);
    }

    #[test]
    fn one_button_goes_through_all_three_views_and_comes_back() {
        let (mut first, mut left) = (false, false);
        let mut seen = Vec::new();
        for _ in 0..3 {
            for doing in next_view(first, left) {
                match doing {
                    Doing::FirstPerson => first = !first,
                    _ => left = !left,
                }
            }
            seen.push((first, left && !first));
        }
        assert_eq!(seen, [(false, true), (true, false), (false, false)]);
    }

    #[test]
    fn two_fingers_apart_come_nearer_and_turn_nothing() {
        let (layout, mut fingers) = (layout(), Fingers::default());
        fingers.touch(&layout, 1, Phase::Began, Vec2::new(500.0, 150.0), false);
        fingers.touch(&layout, 2, Phase::Began, Vec2::new(560.0, 150.0), false);
        fingers.touch(&layout, 2, Phase::Moved, Vec2::new(640.0, 150.0), false);
        let done = fingers.frame();
        assert!(done.zoom > 1.0 && done.look == Vec2::ZERO, "{done:?}");
    }

    #[test]
    fn a_finger_that_lands_on_the_interface_walks_nobody_wherever_it_goes() {
        let (layout, mut fingers) = (layout(), Fingers::default());
        fingers.touch(&layout, 1, Phase::Began, Vec2::new(120.0, 250.0), true);
        fingers.touch(&layout, 1, Phase::Moved, Vec2::new(300.0, 100.0), false);
        assert_eq!(fingers.frame(), Touched::default());
    }

    #[test]
    fn thumbs_hit_one_button_each_and_all_are_on_the_glass() {
        let safe = Edges {
            top: 40.0,
            right: 30.0,
            bottom: 20.0,
            left: 30.0,
        };
        for size in [Vec2::new(320.0, 568.0), PHONE, Vec2::new(1280.0, 720.0)] {
            let layout = Layout::of(size, safe, Near::InHand);
            for (index, button) in layout.buttons.iter().enumerate() {
                assert!(button.radius * 2.0 >= 44.0);
                let free = Rect::new(safe.left, safe.top, size.x - safe.right, size.y - safe.bottom);
                assert!(
                    free.contains(button.centre - button.radius)
                        && free.contains(button.centre + button.radius)
                );
                for other in &layout.buttons[index + 1..] {
                    let apart = button.centre.distance(other.centre);
                    assert!(
                        apart >= button.radius + other.radius + GAP - 0.01,
                        "{button:?} {other:?}"
                    );
                }
            }
        }
    }

    fn some_event() -> impl Strategy<Value = (u64, Phase, Vec2, bool)> {
        let phase = prop_oneof![Just(Phase::Began), Just(Phase::Moved), Just(Phase::Ended)];
        let number = prop_oneof![8 => -50.0f32..900.0, 1 => Just(f32::NAN), 1 => Just(f32::MAX)];
        (
            0u64..14,
            phase,
            (number.clone(), number).prop_map(|(x, y)| Vec2::new(x, y)),
            any::<bool>(),
        )
    }

    proptest! {
        #[test]
        fn no_touches_give_more_than_a_person_can_do(events in proptest::collection::vec(some_event(), 0..80)) {
            let (layout, mut fingers) = (layout(), Fingers::default());
            let mut ids = Vec::new();
            for (id, phase, at, theirs) in events {
                fingers.touch(&layout, id, phase, at, theirs);
                ids.push(id);
                prop_assert!(fingers.down.len() <= MOST_FINGERS);
                let done = fingers.frame();
                prop_assert!(done.walk.length() <= 1.0 + 1e-5, "{:?}", done);
                prop_assert!(!done.zoom.is_nan());
            }
            // Everybody lifts: everything rests.
            for id in ids {
                fingers.touch(&layout, id, Phase::Ended, Vec2::ZERO, false);
            }
            fingers.frame();
            fingers.stand_up();
            prop_assert_eq!(fingers.frame(), Touched::default());
        }

        #[test]
        fn a_looking_finger_never_moves_the_stick(
            push in (-60.0f32..60.0, -60.0f32..60.0),
            path in proptest::collection::vec((0.0f32..800.0, 0.0f32..360.0), 1..20),
        ) {
            let (layout, mut fingers) = (layout(), Fingers::default());
            let landed = Vec2::new(120.0, 200.0);
            fingers.touch(&layout, 1, Phase::Began, landed, false);
            fingers.touch(&layout, 1, Phase::Moved, landed + Vec2::from(push), false);
            let before = fingers.frame().walk;
            fingers.touch(&layout, 2, Phase::Began, Vec2::new(600.0, 150.0), false);
            let mut drawn = Vec2::ZERO;
            for at in &path {
                fingers.touch(&layout, 2, Phase::Moved, Vec2::from(*at), false);
                let done = fingers.frame();
                prop_assert_eq!(done.walk, before);
                drawn += done.look;
            }
            let all = path.last().map_or(Vec2::ZERO, |at| Vec2::from(*at) - Vec2::new(600.0, 150.0));
            prop_assert!((drawn - all).length() < 0.1);
        }
    }
}
