//! Are you sure: asked before a press that other people would pay for.
//!
//! Flow: a panel writes [`Ask`] → [`Panel::Confirm`] says what happens and to whom → the wish itself, or one step back.
//! Invariants: the focus begins on what changes nothing, and Escape is no; a yes never meets somebody else who took the
//! seat meanwhile.

use crate::people::{People, Person};
use crate::screens::{Panel, Screens};
use crate::session::{Kick, LeaveSession, Session};
use crate::theme::{self, widgets};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::RichText;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_identity::AccountKey;

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Asked>()
        .add_message::<Ask>()
        .add_systems(Update, open)
        .add_systems(
            EguiPrimaryContextPass,
            show.in_set(crate::view::ViewSystems::Panels),
        );
}

/// A wish: do this, if they are sure.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    CloseWorld,
    SendAway { account: AccountKey, name: String },
}

/// What is asked while the panel is open.
#[derive(Resource, Debug, Default)]
pub(crate) struct Asked(Option<Ask>);

impl Asked {
    pub(crate) fn about(&mut self, ask: Ask) {
        self.0 = Some(ask);
    }
}

fn open(mut wishes: MessageReader<Ask>, mut asked: ResMut<Asked>, mut screens: ResMut<Screens>) {
    if let Some(ask) = wishes.read().last() {
        asked.about(ask.clone());
        screens.open(Panel::Confirm);
    }
}

/// What is asked, in words: a title, what happens, yes, no.
fn sentences(ask: &Ask, words: &Words, world: &str, others: usize) -> [String; 4] {
    match ask {
        Ask::CloseWorld => [
            words.with("confirm-close", &[("world", world.to_owned().into())]),
            words.with("confirm-close-what", &[("others", others.into())]),
            words.say("confirm-close-yes"),
            words.say("confirm-close-no"),
        ],
        Ask::SendAway { name, .. } => {
            let name = || words.called(name).into();
            [
                words.with("confirm-send-away", &[("name", name())]),
                words.with("confirm-send-away-what", &[("name", name())]),
                words.say("confirm-send-away-yes"),
                words.say("confirm-send-away-no"),
            ]
        }
    }
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    asked: Res<Asked>,
    session: Res<Session>,
    people: Res<People>,
    persons: Query<&Person>,
    words: Res<Words>,
    mut leave: MessageWriter<LeaveSession>,
    mut kicks: MessageWriter<Kick>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Confirm) {
        return Ok(());
    }
    let slot = match &asked.0 {
        Some(Ask::SendAway { account, .. }) => persons
            .iter()
            .find(|person| person.account == *account && !person.me)
            .map(|person| person.slot),
        _ => None,
    };
    let (Some(ask), true) = (
        &asked.0,
        session.is_host() && (slot.is_some() || asked.0 == Some(Ask::CloseWorld)),
    ) else {
        // Whom it was about has gone by themselves.
        screens.close(Panel::Confirm);
        return Ok(());
    };
    let world = crate::world::said_name(&words, session.world_name());
    let [title, what, yes, no] = sentences(ask, &words, &world, people.len().saturating_sub(1));
    let mut answer = None;
    crate::view::dialog(contexts.ctx_mut()?, "confirm", 400.0, |ui| {
        let p = theme::palette(ui.ctx());
        ui.label(RichText::new(title).heading().color(p.foam));
        ui.label(RichText::new(what).color(p.mist));
        ui.add_space(8.0);
        let stay = widgets::wide_button(ui, &no, widgets::Weight::Primary);
        first.give(screens.opened(), &stay);
        if stay.clicked() {
            answer = Some(false);
        }
        if widgets::wide_button(ui, &yes, widgets::Weight::Plain).clicked() {
            answer = Some(true);
        }
    });
    match (answer, slot) {
        (None, _) => return Ok(()),
        (Some(true), Some(slot)) => {
            kicks.write(Kick {
                slot,
                why: String::new(),
            });
        }
        (Some(true), None) => {
            leave.write(LeaveSession::default());
        }
        (Some(false), _) => {}
    }
    screens.close(Panel::Confirm);
    Ok(())
}
