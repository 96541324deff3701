//! Are you sure: asked before a press that other people would pay for.
//!
//! Flow: a panel writes [`Ask`] → [`Panel::Confirm`] says what happens and to whom → the wish itself, or one step back.
//! Invariants: the focus begins on what changes nothing, and Escape is no; a yes never meets somebody else who took the
//! seat meanwhile.

use crate::people::{People, Person};
use crate::powers::SendAway;
use crate::screens::{Panel, Screens};
use crate::session::{LeaveSession, Session};
use crate::succession::ui::next_host;
use crate::succession::{GoOn, HandOver, Testament};
use crate::theme::{self, widgets};
use crate::things::versions::AskVersion;
use crate::things::wire::VersionWish;
use crate::things::{Build, Things};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui::RichText;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::{Act, Order};
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
    SendAway {
        account: AccountKey,
        name: String,
    },
    Ban {
        account: AccountKey,
        name: String,
    },
    /// What they did in the last so many seconds.
    RollBack {
        account: AccountKey,
        name: String,
        secs: u64,
    },
    /// The world is as it was in this version.
    Restore {
        name: String,
    },
    /// This version is thrown away.
    Forget {
        name: String,
    },
    /// Somebody else hosts the world from now on.
    HandOver {
        account: AccountKey,
        name: String,
    },
    /// Whoever cannot be reached has lost the world, whatever they did with it.
    GoOn,
}

impl Ask {
    fn about(&self) -> Option<&AccountKey> {
        match self {
            Self::CloseWorld | Self::Restore { .. } | Self::Forget { .. } | Self::GoOn => None,
            Self::SendAway { account, .. }
            | Self::Ban { account, .. }
            | Self::RollBack { account, .. }
            | Self::HandOver { account, .. } => Some(account),
        }
    }
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
        Ask::Restore { name } | Ask::Forget { name } => {
            let name = || crate::customs::world_name(name).into();
            let [title, what, yes, no] = match ask {
                Ask::Restore { .. } => [
                    "confirm-restore",
                    "confirm-restore-what",
                    "confirm-restore-yes",
                    "confirm-restore-no",
                ],
                _ => [
                    "confirm-forget",
                    "confirm-forget-what",
                    "confirm-forget-yes",
                    "confirm-forget-no",
                ],
            };
            [
                words.with(title, &[("name", name())]),
                words.with(what, &[("name", name())]),
                words.say(yes),
                words.say(no),
            ]
        }
        Ask::Ban { name, .. } => {
            let name = || words.called(name).into();
            [
                words.with("confirm-ban", &[("name", name())]),
                words.with("confirm-ban-what", &[("name", name())]),
                words.say("confirm-ban-yes"),
                words.say("confirm-ban-no"),
            ]
        }
        Ask::RollBack { name, secs, .. } => {
            let name = || words.called(name).into();
            let minutes = || secs.div_ceil(60).into();
            [
                words.with("confirm-roll-back", &[("name", name())]),
                words.with(
                    "confirm-roll-back-what",
                    &[("name", name()), ("minutes", minutes())],
                ),
                words.say("confirm-roll-back-yes"),
                words.say("confirm-roll-back-no"),
            ]
        }
        Ask::HandOver { name, .. } => {
            let name = || words.called(name).into();
            [
                words.with("succession-hand-over-ask", &[("name", name())]),
                words.with("succession-hand-over-what", &[("name", name())]),
                words.say("succession-hand-over-yes"),
                words.say("succession-hand-over-no"),
            ]
        }
        Ask::GoOn => [
            words.say("succession-go-on-ask"),
            words.say("succession-go-on-what"),
            words.say("succession-go-on-yes"),
            words.say("succession-go-on-no"),
        ],
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
    things: Res<Things>,
    testament: Res<Testament>,
    mut leave: MessageWriter<LeaveSession>,
    mut away: MessageWriter<SendAway>,
    mut build: MessageWriter<Build>,
    mut versions: MessageWriter<AskVersion>,
    mut over: MessageWriter<HandOver>,
    mut on: MessageWriter<GoOn>,
    mut first: Local<crate::view::FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Confirm) {
        return Ok(());
    }
    let account = asked.0.as_ref().and_then(Ask::about);
    let slot = persons
        .iter()
        .find(|person| Some(&person.account) == account && !person.me)
        .map(|person| person.slot);
    let number = account.and_then(|account| things.state()?.number_of(&account.0));
    let still = match &asked.0 {
        None => false,
        Some(Ask::CloseWorld) => session.is_host(),
        Some(Ask::Restore { .. } | Ask::Forget { .. }) => true,
        Some(Ask::SendAway { .. }) => slot.is_some(),
        Some(Ask::Ban { .. } | Ask::RollBack { .. }) => number.is_some(),
        Some(Ask::HandOver { account, .. }) => next_host(&testament) == Some(*account),
        Some(Ask::GoOn) => session.is_host() && !testament.writes() && !testament.is_giving(),
    };
    let (Some(ask), true) = (&asked.0, still) else {
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
    let Some(yes) = answer else { return Ok(()) };
    if yes {
        let mut order = |act| {
            build.write(Build { acts: vec![act] });
        };
        match (ask, slot, number) {
            (Ask::CloseWorld, ..) => {
                leave.write(LeaveSession::default());
            }
            (Ask::Restore { name }, ..) => {
                let name = name.clone();
                versions.write(AskVersion(VersionWish::Restore { name }));
            }
            (Ask::Forget { name }, ..) => {
                let name = name.clone();
                versions.write(AskVersion(VersionWish::Remove { name }));
            }
            (Ask::HandOver { .. }, ..) => {
                over.write_default();
            }
            (Ask::GoOn, ..) => {
                on.write_default();
            }
            (Ask::SendAway { account, .. }, Some(slot), _) => {
                away.write(SendAway {
                    slot,
                    account: *account,
                });
            }
            (Ask::Ban { .. }, _, Some(person)) => order(Act::Order(Order::Ban { person, banned: true })),
            (Ask::RollBack { secs, .. }, _, Some(person)) => order(Act::RollBack { person, secs: *secs }),
            _ => {}
        }
    }
    screens.close(Panel::Confirm);
    Ok(())
}
