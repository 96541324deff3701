//! Which names are whole and which are only a dot, so that a crowd can be read. Pure.
//!
//! Invariants: no two whole names touch; who is whole stays so while that is true, so that nothing flickers when the
//! camera sways: newcomers need more room than those who are there, and nearer must be clearly nearer.

use bevy_egui::egui::{Pos2, Rect, Vec2};
use holm_net::pose::Slot;
use std::collections::BTreeMap;

/// A name that would like to be seen: its middle and size on the screen, points, and how far its person is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) who: Slot,
    pub(super) at: Pos2,
    pub(super) size: Vec2,
    pub(super) metres: f32,
}

/// Room around a name that was not whole before, points: a camera in a hand sways by less.
const NEWCOMER_MARGIN: f32 = 6.0;
/// Who is whole counts as this much nearer.
const LOYALTY: f32 = 0.75;
/// Steps that a name may go up, each half its height.
const LIFTS: u8 = 4;

/// Who was whole in the last frame, and how far up.
#[derive(Clone, Debug, Default)]
pub(super) struct Declutter {
    whole: BTreeMap<Slot, u8>,
}

impl Declutter {
    /// Where each whole name is, in the order of `wishes`; `None` is a dot. None steps up beyond `top`.
    pub(super) fn settle(&mut self, wishes: &[Wish], top: f32) -> Vec<Option<Rect>> {
        let mut order: Vec<usize> = (0..wishes.len()).collect();
        let rank = |index: &usize| {
            let wish = &wishes[*index];
            let loyal = if self.whole.contains_key(&wish.who) {
                LOYALTY
            } else {
                1.0
            };
            wish.metres * loyal
        };
        order.sort_by(|a, b| {
            rank(a)
                .total_cmp(&rank(b))
                .then(wishes[*a].who.cmp(&wishes[*b].who))
        });
        let mut shown = vec![None; wishes.len()];
        let mut taken: Vec<Rect> = Vec::with_capacity(wishes.len());
        let mut whole = BTreeMap::new();
        for index in order {
            let wish = &wishes[index];
            let before = self.whole.get(&wish.who).copied();
            let lifted = |up: u8| {
                let step = wish.size.y * 0.5 * f32::from(up);
                Rect::from_center_size(wish.at - Vec2::new(0.0, step), wish.size)
            };
            // Somewhere else one is a newcomer again: else two take turns at one place.
            let free = |up: u8, rect: &Rect| {
                let margin = if before == Some(up) { 0.0 } else { NEWCOMER_MARGIN };
                (up == 0 || rect.top() >= top)
                    && !taken.iter().any(|other| other.intersects(rect.expand(margin)))
            };
            // Where it was, before anywhere else: a name that hops is worse than one that hangs high.
            let found = before
                .into_iter()
                .chain(0..=LIFTS)
                .map(|up| (up, lifted(up)))
                .find(|(up, rect)| free(*up, rect));
            if let Some((up, rect)) = found {
                taken.push(rect);
                whole.insert(wish.who, up);
                shown[index] = Some(rect);
            }
        }
        self.whole = whole;
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crowd() -> impl Strategy<Value = Vec<Wish>> {
        prop::collection::vec((0.0f32..700.0, 100.0f32..400.0, 40.0f32..140.0, 1.5f32..40.0), 50).prop_map(
            |people| {
                people
                    .into_iter()
                    .enumerate()
                    .map(|(slot, (x, y, width, metres))| Wish {
                        who: Slot(slot as u16),
                        at: Pos2::new(x, y),
                        size: Vec2::new(width, 26.0),
                        metres,
                    })
                    .collect()
            },
        )
    }

    proptest! {
        #[test]
        fn no_two_whole_names_touch_and_the_nearest_is_whole(wishes in crowd()) {
            let mut declutter = Declutter::default();
            for _ in 0..3 {
                let shown: Vec<Rect> = declutter.settle(&wishes, f32::NEG_INFINITY).into_iter().flatten().collect();
                for (index, rect) in shown.iter().enumerate() {
                    prop_assert!(shown[index + 1..].iter().all(|other| !other.intersects(*rect)));
                }
            }
            let fresh = Declutter::default().settle(&wishes, f32::NEG_INFINITY);
            let nearest = (0..wishes.len()).min_by(|a, b| wishes[*a].metres.total_cmp(&wishes[*b].metres));
            prop_assert!(fresh[nearest.unwrap_or(0)].is_some());
        }

        #[test]
        fn nobody_steps_up_out_of_the_picture(wishes in crowd()) {
            let shown = Declutter::default().settle(&wishes, 180.0);
            for (wish, rect) in wishes.iter().zip(shown) {
                let own = Rect::from_center_size(wish.at, wish.size);
                prop_assert!(rect.is_none_or(|rect| rect.top() >= own.top().min(180.0)));
            }
        }

        #[test]
        fn a_swaying_camera_makes_nobody_flicker(wishes in crowd(), phase in 0.0f32..6.0) {
            let mut declutter = Declutter::default();
            let mut before = declutter.settle(&wishes, f32::NEG_INFINITY);
            let mut changes = vec![0; wishes.len()];
            for frame in 0..60 {
                let moved: Vec<Wish> = wishes
                    .iter()
                    .map(|wish| {
                        let turn = frame as f32 * 0.7 + phase + f32::from(wish.who.0);
                        let mut wish = *wish;
                        wish.at += Vec2::new(turn.sin(), (turn * 1.3).cos());
                        wish.metres *= 1.0 + 0.01 * turn.sin();
                        wish
                    })
                    .collect();
                let now = declutter.settle(&moved, f32::NEG_INFINITY);
                for (count, (was, is)) in changes.iter_mut().zip(before.iter().zip(&now)) {
                    *count += u32::from(was.is_some() != is.is_some());
                }
                before = now;
            }
            prop_assert!(changes.iter().all(|count| *count <= 4), "{changes:?}");
        }
    }
}
