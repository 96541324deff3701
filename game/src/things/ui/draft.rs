//! A value under way: what is slid or typed becomes a wish when it is let go, not at every step.

use bevy_egui::egui::Response;
use holm_document::ThingId;

/// Frames between a wish and its effect: until then the old value would be shown.
const SETTLING_FRAMES: u8 = 4;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<T> {
    pub value: T,
    of: Option<ThingId>,
    /// Frames until what the thing says is shown again; `None` while the value is being changed.
    left: Option<u8>,
}

impl<T> Draft<T> {
    /// Shows what the thing says, unless that is being changed here.
    pub(super) fn follow(&mut self, of: ThingId, says: T) {
        match &mut self.left {
            Some(left) if self.of == Some(of) && *left > 0 => *left -= 1,
            None if self.of == Some(of) => {}
            _ => {
                self.value = says;
                self.of = Some(of);
                self.left = Some(0);
            }
        }
    }

    /// It is being changed.
    pub(super) fn hold(&mut self) {
        self.left = None;
    }

    /// It was let go, and a wish is on its way.
    pub(super) fn done(&mut self) {
        self.left = Some(SETTLING_FRAMES);
    }

    /// Notes what a control did to the value; whether it was let go.
    pub(super) fn note(&mut self, response: &Response) -> bool {
        let let_go = response.drag_stopped()
            || response.clicked()
            || response.changed() && !response.is_pointer_button_down_on();
        if let_go {
            self.done();
        } else if response.changed() || response.dragged() {
            self.hold();
        }
        let_go
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holm_document::PersonNo;

    #[test]
    fn what_is_being_changed_stays_until_its_wish_has_come_true() {
        let id = |serial| ThingId {
            maker: PersonNo(0),
            serial,
        };
        let mut draft = Draft::<u8>::default();
        draft.follow(id(1), 5);
        assert_eq!(draft.value, 5);
        draft.value = 9;
        draft.hold();
        draft.follow(id(1), 5);
        assert_eq!(draft.value, 9, "somebody is at it");
        draft.done();
        draft.follow(id(1), 5);
        assert_eq!(draft.value, 9, "the wish is on its way");
        for _ in 0..SETTLING_FRAMES {
            draft.follow(id(1), 7);
        }
        assert_eq!(draft.value, 7, "somebody else was last");
        draft.hold();
        draft.follow(id(2), 3);
        assert_eq!(draft.value, 3, "another thing");
    }
}
