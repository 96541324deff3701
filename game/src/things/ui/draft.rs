//! A value under way: what is slid or typed becomes a wish when it is let go, not at every step.

use bevy_egui::egui::{Context, Id, Key, Response};
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
    /// The field in which it is typed.
    field: Option<Id>,
}

impl<T> Draft<T> {
    /// Shows what the thing says, unless that is being changed here.
    pub(super) fn follow(&mut self, of: ThingId, says: T) {
        match &mut self.left {
            Some(left) if self.of == Some(of) && *left > 0 => *left -= 1,
            None if self.of == Some(of) || self.field.is_some() => {}
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

    /// It is being typed, for as long as this field has the focus.
    pub(super) fn hold_in(&mut self, field: Id) {
        self.left = None;
        self.field = Some(field);
    }

    /// Once, when the field it is typed in has lost the focus: what it is about. Escape drops what was typed.
    pub(super) fn let_go(&mut self, ctx: &Context) -> Option<ThingId> {
        let field = self.field?;
        if ctx.memory(|memory| memory.has_focus(field)) {
            return None;
        }
        self.field = None;
        if ctx.input(|input| input.key_pressed(Key::Escape)) {
            self.left = Some(0);
            return None;
        }
        self.done();
        self.of
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
    use bevy_egui::egui;
    use holm_document::PersonNo;

    /// A pass of an interface with one field in it, and what was typed for, once.
    fn pass(ctx: &egui::Context, draft: &mut Draft<String>, focus: bool, escape: bool) -> Option<ThingId> {
        let events = if escape {
            vec![key(Key::Escape)]
        } else {
            Vec::new()
        };
        let input = egui::RawInput {
            events,
            ..egui::RawInput::default()
        };
        let mut let_go = None;
        let mut output = ctx.run_ui(input, |ui| {
            let_go = draft.let_go(ui.ctx());
            draft.follow(id(1), "before".to_owned());
            let field = ui.text_edit_singleline(&mut draft.value);
            if focus {
                field.request_focus();
                draft.hold_in(field.id);
            } else {
                field.surrender_focus();
            }
        });
        output.textures_delta.clear();
        let_go
    }

    fn key(key: Key) -> egui::Event {
        egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: egui::Modifiers::NONE,
        }
    }

    fn id(serial: u32) -> ThingId {
        ThingId {
            maker: PersonNo(0),
            serial,
        }
    }

    #[test]
    fn what_is_typed_is_for_the_thing_it_was_typed_for_and_escape_drops_it() {
        for escape in [false, true] {
            let ctx = egui::Context::default();
            let mut draft = Draft::<String>::default();
            assert_eq!(pass(&ctx, &mut draft, true, false), None);
            draft.value = "after".to_owned();
            assert_eq!(pass(&ctx, &mut draft, true, false), None, "still at it");
            draft.follow(id(2), "of another".to_owned());
            assert_eq!(draft.value, "after", "not given to another thing");
            assert_eq!(pass(&ctx, &mut draft, false, false), None, "it has the focus");
            let let_go = pass(&ctx, &mut draft, false, escape);
            assert_eq!(let_go, (!escape).then_some(id(1)));
            assert_eq!(draft.value, if escape { "before" } else { "after" });
            assert_eq!(pass(&ctx, &mut draft, false, false), None, "once");
        }
    }

    #[test]
    fn what_is_being_changed_stays_until_its_wish_has_come_true() {
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
