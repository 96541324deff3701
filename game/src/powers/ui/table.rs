//! Who may what in this world: for those who set it, to be changed; for everybody, to be read.

use super::{About, Around, amounts, capability_words, order, role_words, with_things};
use crate::screens::{Panel, Screens};
use crate::theme::widgets;
use crate::things::Build;
use crate::view::FirstFocus;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};
use holm_document::power::Line;
use holm_document::{Capability, Order, Role};
use holm_identity::AccountKey;

/// The role whose line is looked at.
#[derive(Resource, Debug)]
pub(super) struct Shown(Role);

impl Default for Shown {
    fn default() -> Self {
        Self(Role::Guest)
    }
}

/// What a press leads to.
enum Next {
    Stay,
    Back,
    Past,
    Versions,
    Person(AccountKey),
    Order(Order),
}

pub(super) fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    mut shown: ResMut<Shown>,
    mut about: ResMut<About>,
    around: Around,
    words: Res<Words>,
    mut build: MessageWriter<Build>,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Powers) {
        return Ok(());
    }
    let mut next = Next::Stay;
    crate::view::dialog(contexts.ctx_mut()?, "powers", 460.0, |ui| {
        let button = widgets::heading_button(ui, &words.say("powers-title"), &words.say("powers-back"));
        first.give(screens.opened(), &button);
        if button.clicked() {
            next = Next::Back;
        }
        let (Some(state), Some(standing)) = (around.things.state(), around.things.standing()) else {
            widgets::aside(ui, words.say("powers-wait"));
            return;
        };
        let role = words.say(role_words(standing.role));
        widgets::aside(ui, words.with("powers-you-are", &[("role", role.into())]));
        if widgets::wide_button(ui, &words.say("powers-past"), widgets::Weight::Plain).clicked() {
            next = Next::Past;
        }
        let settings = around.things.may().has(Capability::Settings);
        let powers = state.powers();
        if settings
            && widgets::wide_button(ui, &words.say("versions-title"), widgets::Weight::Plain).clicked()
        {
            next = Next::Versions;
        }
        if settings {
            let mut locked = powers.locked;
            if widgets::toggle(ui, &mut locked, &words.say("powers-locked")).changed() {
                next = Next::Order(Order::Lock { locked });
            }
            widgets::aside(ui, words.say("powers-locked-what"));
            widgets::name(ui, &words.say("powers-newcomers"));
            let mut newcomer = powers.newcomer();
            let options = roles(&words, |role| role != Role::Owner && standing.role.is_over(role));
            widgets::choose(ui, &mut newcomer, &options);
            if newcomer != powers.newcomer() {
                next = Next::Order(Order::Newcomers { role: newcomer });
            }
        } else if powers.locked {
            widgets::aside(ui, words.say("powers-is-locked"));
        }
        widgets::name(ui, &words.say("powers-table"));
        widgets::choose(ui, &mut shown.0, &roles(&words, |role| role != Role::Owner));
        let may_change = settings && standing.role.is_over(shown.0);
        if let Some(line) = line(ui, &words, powers.line(shown.0), may_change) {
            next = Next::Order(Order::Line { role: shown.0, line });
        }
        if around.things.may().has(Capability::Ban)
            && let Some(account) = banned(ui, &words, &around)
        {
            next = Next::Person(account);
        }
    });
    match next {
        Next::Stay => {}
        Next::Back => {
            screens.close(Panel::Powers);
        }
        Next::Past => screens.open(Panel::Past),
        Next::Versions => screens.open(Panel::Versions),
        Next::Person(account) => {
            about.0 = Some(account);
            screens.open(Panel::Person);
        }
        Next::Order(wish) => order(&mut build, wish),
    }
    Ok(())
}

fn roles(words: &Words, of: impl Fn(Role) -> bool) -> Vec<(Role, String)> {
    let all = Role::ALL.into_iter().filter(|role| of(*role));
    all.map(|role| (role, words.say(role_words(role)))).collect()
}

/// What a role may; as it is to be from now on, where that was changed.
fn line(ui: &mut egui::Ui, words: &Words, before: Line, may_change: bool) -> Option<Line> {
    let mut line = before;
    ui.add_enabled_ui(may_change, |ui| {
        for capability in Capability::ALL {
            let mut on = line.may.has(capability);
            widgets::toggle(ui, &mut on, &words.say(capability_words(capability)));
            let one = holm_document::Capabilities::of(&[capability]);
            line.may = if on {
                line.may.and(one)
            } else {
                line.may.without(one)
            };
        }
        widgets::name(ui, &words.say("powers-things"));
        let options: Vec<(u32, String)> = amounts(line.quota.things)
            .into_iter()
            .map(|count| (count, words.with("powers-amount", &[("count", count.into())])))
            .collect();
        let mut things = line.quota.things;
        widgets::choose(ui, &mut things, &options);
        if things != line.quota.things {
            line = with_things(line, things);
        }
    });
    (may_change && line != before).then_some(line)
}

/// Those who may not come in, whom one can let in again.
fn banned(ui: &mut egui::Ui, words: &Words, around: &Around) -> Option<AccountKey> {
    let state = around.things.state()?;
    let banned: Vec<AccountKey> = state
        .people()
        .filter(|(_, standing)| standing.banned)
        .map(|(_, standing)| AccountKey(standing.account))
        .collect();
    if banned.is_empty() {
        return None;
    }
    widgets::name(ui, &words.say("powers-banned-list"));
    let mut chosen = None;
    for account in banned {
        let name = around.name(&account, words);
        if widgets::wide_button(ui, &name, widgets::Weight::Plain).clicked() {
            chosen = Some(account);
        }
    }
    chosen
}
