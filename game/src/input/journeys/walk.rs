//! A walk through every screen there is by Tab alone and by a pad alone: the first control has the focus, each is reached,
//! what has the focus shows it where it can be seen, and the way back is one step.
//!
//! The screens are those of the gallery (`shots/gallery/pages`), with a host's own person, to whom everything is offered.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::confirm::{Ask, Asked};
use crate::people::People;
use crate::settings::Settings;
use crate::shots::Scene;
use crate::shots::gallery::pages::{self, Hands, PAGES, Page};
use bevy_egui::{EguiFullOutput, EguiPostUpdateSet};
use std::collections::HashSet;

/// Frames in which a panel scrolls to what has the focus.
const SCROLLING: usize = 45;
/// The ring of whatever has the focus, points.
const RING: f32 = 2.0;

/// The rings in the last frame, each with what it is cut by.
#[derive(Resource, Default)]
struct Rings(Vec<(egui::Rect, egui::Rect)>);

fn note_rings(
    outputs: Query<&EguiFullOutput>,
    mut contexts: Query<&mut EguiContext>,
    mut rings: ResMut<Rings>,
) {
    rings.0.clear();
    let Ok(mut context) = contexts.single_mut() else {
        return;
    };
    let p = crate::theme::palette(context.get_mut());
    // Fields have an edge of their own, which changes its colour.
    let is_ring =
        |stroke: &egui::Stroke| stroke.width >= RING && (stroke.color == p.foam || stroke.color == p.amber);
    for shape in outputs
        .iter()
        .filter_map(|output| output.as_ref())
        .flat_map(|output| &output.shapes)
    {
        let found = match &shape.shape {
            egui::Shape::Rect(rect) if is_ring(&rect.stroke) => Some(rect.rect),
            egui::Shape::Circle(circle) if is_ring(&circle.stroke) => Some(egui::Rect::from_center_size(
                circle.center,
                egui::Vec2::splat(2.0 * circle.radius),
            )),
            _ => None,
        };
        rings.0.extend(found.map(|ring| (ring, shape.clip_rect)));
    }
}

/// A control that keys can come to.
#[derive(Clone, Debug)]
struct Control {
    id: egui::Id,
    layer: egui::LayerId,
}

struct Walker {
    journey: Journey,
    pad: Entity,
    wrong: Vec<String>,
}

impl Walker {
    fn new(mut journey: Journey) -> Self {
        journey.guest.init_resource::<Rings>().add_systems(
            PostUpdate,
            note_rings
                .after(EguiPostUpdateSet::EndPass)
                .before(EguiPostUpdateSet::ProcessOutput),
        );
        let pad = journey.pad();
        journey.guest.world_mut().resource_mut::<Screen>().0 = Vec2::new(1280.0, 720.0);
        journey.run(4);
        Self {
            journey,
            pad,
            wrong: Vec::new(),
        }
    }

    fn ctx(&mut self) -> egui::Context {
        let world = self.journey.guest.world_mut();
        let mut contexts = world.query::<&mut EguiContext>();
        contexts.single_mut(world).unwrap().get_mut().clone()
    }

    fn focused(&mut self) -> Option<egui::Id> {
        self.ctx().memory(|memory| memory.focused())
    }

    /// Whatever keys can come to on this screen.
    fn controls(&mut self) -> Vec<Control> {
        self.ctx().viewport(|viewport| {
            let widgets = &viewport.prev_pass.widgets;
            let all = widgets.layers().flat_map(|(_, widgets)| widgets.iter());
            all.filter(|widget| widget.enabled && widget.sense.is_focusable())
                .map(|widget| Control {
                    id: widget.id,
                    layer: widget.layer_id,
                })
                .collect()
        })
    }

    fn called(&mut self, id: egui::Id) -> String {
        self.ctx().viewport(|viewport| {
            let widgets = &viewport.prev_pass.widgets;
            let name = widgets
                .info(id)
                .map(|info| format!("{:?} {:?}", info.typ, info.label));
            let at = widgets.get(id).map(|widget| widget.rect);
            format!("{} at {at:?}", name.unwrap_or_else(|| format!("{id:?}")))
        })
    }

    fn note(&mut self, page: &Page, what: String) {
        self.wrong.push(format!("{}: {what}", page.name));
    }

    fn open(&mut self, page: &Page, device: Device) {
        let world = self.journey.guest.world_mut();
        if page.panels.contains(&Panel::Confirm) {
            world.resource_mut::<Asked>().about(Ask::CloseWorld);
        }
        world.resource_mut::<Screens>().close_all();
        self.journey.run(2);
        let world = self.journey.guest.world_mut();
        pages::tidy(world, page.name);
        for panel in page.panels {
            world.resource_mut::<Screens>().open(*panel);
        }
        for frame in 0..page.settling {
            (page.act)(self.journey.guest.world_mut(), frame);
            *self.journey.guest.world_mut().resource_mut::<Device>() = device;
            self.journey.run(1);
        }
    }

    fn depth(&self) -> usize {
        self.journey.guest.world().resource::<Screens>().depth()
    }

    /// Whether what has the focus shows it, whole, where it can be seen; it may have to be scrolled to.
    fn shows_focus(&mut self, id: egui::Id) -> bool {
        for _ in 0..SCROLLING {
            let ctx = self.ctx();
            let Some(rect) = ctx.read_response(id).map(|response| response.rect) else {
                return false;
            };
            let screen = ctx.content_rect();
            let rings = &self.journey.guest.world().resource::<Rings>().0;
            let seen = rings.iter().any(|(ring, clip)| {
                // That of a switch or a slider is around what moves on it.
                rect.expand(6.0).contains_rect(*ring)
                    && clip.intersect(screen).expand(1.0).contains_rect(*ring)
            });
            if seen {
                return true;
            }
            self.journey.run(1);
        }
        false
    }

    /// Keys: from the first control by Tab to each and round again.
    fn by_tab(&mut self, page: &Page) {
        self.open(page, Device::Keyboard);
        let Some(first) = self.focused() else {
            return self.note(page, "nothing has the focus".to_owned());
        };
        let mut reached = HashSet::new();
        let most = 2 * self.controls().len() + 4;
        for _ in 0..most {
            let Some(at) = self.focused() else {
                self.journey.key(KeyCode::Tab, Key::Tab);
                self.journey.run(1);
                continue;
            };
            if !reached.insert(at) && at == first {
                break;
            }
            if !self.shows_focus(at) {
                let (name, rings) = (self.called(at), self.rings());
                self.note(page, format!("by Tab, {name} does not show its focus: {rings}"));
            }
            self.journey.key(KeyCode::Tab, Key::Tab);
            self.journey.run(1);
        }
        if self.focused() != Some(first) {
            self.note(page, "Tab does not lead back to where it began".to_owned());
        }
        for control in self.controls() {
            if !reached.contains(&control.id) {
                let name = self.called(control.id);
                self.note(page, format!("Tab never comes to {name} in {:?}", control.layer));
            }
        }
    }

    fn rings(&self) -> String {
        format!("{:?}", self.journey.guest.world().resource::<Rings>().0)
    }

    /// The cross: whether there is a way to each control.
    fn by_pad(&mut self, page: &Page) {
        self.open(page, Device::Gamepad);
        let Some(first) = self.focused() else {
            return self.note(page, "with a pad nothing has the focus".to_owned());
        };
        let mut ahead = vec![first];
        let mut reached = HashSet::from([first]);
        while let Some(at) = ahead.pop() {
            for way in [
                GamepadButton::DPadDown,
                GamepadButton::DPadRight,
                GamepadButton::DPadUp,
                GamepadButton::DPadLeft,
            ] {
                if self
                    .controls()
                    .iter()
                    .all(|control| reached.contains(&control.id))
                {
                    break;
                }
                self.ctx().memory_mut(|memory| memory.request_focus(at));
                self.journey.run(2);
                let pad = self.pad;
                self.journey.button(pad, way);
                // Where the way leads nowhere, the next one in order follows.
                self.journey.run(3);
                let Some(next) = self.focused() else { continue };
                if reached.insert(next) {
                    ahead.push(next);
                    if !self.shows_focus(next) {
                        let name = self.called(next);
                        self.note(page, format!("by the cross, {name} does not show its focus"));
                    }
                }
            }
        }
        for control in self.controls() {
            if !reached.contains(&control.id) {
                let name = self.called(control.id);
                self.note(
                    page,
                    format!("the cross never comes to {name} in {:?}", control.layer),
                );
            }
        }
    }

    /// In the chat Tab has work of its own (whom a line is for, a name that was begun): a page up leads into the log, and
    /// down from its last line out of it again.
    fn chat(&mut self, page: &Page) {
        let (entry, log) = (egui::Id::new("chat entry"), egui::Id::new("chat log"));
        self.open(page, Device::Keyboard);
        for (key, to) in [(KeyCode::PageUp, log), (KeyCode::ArrowDown, entry)] {
            let logical = match key {
                KeyCode::PageUp => Key::PageUp,
                _ => Key::ArrowDown,
            };
            self.journey.key(key, logical);
            self.journey.run(2);
            if self.focused() != Some(to) {
                self.note(page, format!("{key:?} does not lead to {to:?}"));
            }
        }
        self.open(page, Device::Gamepad);
        for (button, to) in [
            (GamepadButton::LeftTrigger, log),
            (GamepadButton::DPadDown, entry),
        ] {
            let pad = self.pad;
            self.journey.button(pad, button);
            self.journey.run(2);
            if self.focused() != Some(to) {
                self.note(page, format!("{button:?} does not lead to {to:?}"));
            }
        }
    }

    /// One step back, wherever the focus is, and the focus is somewhere again.
    fn back(&mut self, page: &Page) {
        if page.panels.is_empty() {
            return;
        }
        for device in [Device::Keyboard, Device::Gamepad] {
            self.open(page, device);
            let fields: Vec<egui::Id> = {
                let ctx = self.ctx();
                let all = self.controls().into_iter().map(|control| control.id);
                all.filter(|id| egui::text_edit::TextEditState::load(&ctx, *id).is_some())
                    .collect()
            };
            let starts: Vec<Option<egui::Id>> = core::iter::once(None)
                .chain(fields.into_iter().map(Some))
                .collect();
            for start in starts {
                self.open(page, device);
                if let Some(field) = start {
                    self.ctx().memory_mut(|memory| memory.request_focus(field));
                    self.journey.run(2);
                }
                let before = self.depth();
                let begun = self.journey.guest.world().resource::<Screens>().has_begun();
                match device {
                    Device::Gamepad => {
                        let pad = self.pad;
                        self.journey.button(pad, GamepadButton::East);
                    }
                    _ => self.journey.key(KeyCode::Escape, Key::Escape),
                }
                self.journey.run(3);
                let after = self.depth();
                // A question in a panel, and what was begun in it, is a step of its own.
                let steps = usize::from(page.name != "question" && !begun);
                if before != after + steps {
                    self.note(
                        page,
                        format!("back with {device:?} from {start:?} goes {before} → {after}"),
                    );
                }
                if after > 0 && self.focused().is_none() && self.journey.top() != Some(Panel::People) {
                    self.note(
                        page,
                        format!("after the way back with {device:?} nothing has the focus"),
                    );
                }
            }
        }
    }

    fn walk(&mut self, place: Scene) {
        for page in PAGES.iter().filter(|page| page.place == place) {
            // Beside an open world there is nothing to press.
            let free = page.panels.is_empty() && place == Scene::World || page.panels == [Panel::Hand];
            // The letters on the screen go by rules of their own (`board`); a longer list is a list.
            if page.hands == Hands::Fingers || free || ["letters", "people-50"].contains(&page.name) {
                continue;
            }
            match page.panels.last() {
                Some(Panel::Chat | Panel::ChatEdit) => self.chat(page),
                // Beside the list of people one walks on with keys.
                Some(Panel::People) => self.by_pad(page),
                _ => {
                    self.by_tab(page);
                    self.by_pad(page);
                }
            }
            self.back(page);
        }
    }

    fn ends(self) {
        assert!(
            self.wrong.is_empty(),
            "{}:\n{}",
            self.wrong.len(),
            self.wrong.join("\n")
        );
    }
}

#[test]
fn every_screen_of_the_title_is_walked_by_keys_alone_and_by_a_pad_alone() {
    let mut walker = Walker::new(Journey::begin());
    walker.walk(Scene::Title);
    walker.ends();
}

#[test]
fn every_screen_in_a_world_is_walked_by_keys_alone_and_by_a_pad_alone() {
    let mut journey = Journey::between(person(1, "Mei"), client(2, "Ada"));
    journey.guest.world_mut().resource_mut::<Settings>().guide = false;
    let net = journey.net.clone();
    open_world(&mut journey.guest, &net);
    journey.inside();
    journey.ada.world_mut().write_message(JoinLink { link: link() });
    journey.until("both are there", |journey| {
        journey.guest.world().resource::<People>().len() == 2
    });
    for (mine, line) in [
        (true, "It looks even better from the pier"),
        (false, "@Ada is that your boat? https://example.org/boats/seal"),
    ] {
        let app = if mine {
            &mut journey.guest
        } else {
            &mut journey.ada
        };
        app.world_mut().write_message(crate::chat::Say::to_all(line));
        journey.until("it is heard", |journey| {
            let log = journey.guest.world().resource::<ChatLog>();
            log.lines().any(|said| said.text == line)
        });
    }
    let mut walker = Walker::new(journey);
    walker.walk(Scene::World);
    walker.ends();
}
