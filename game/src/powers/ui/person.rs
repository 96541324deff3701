//! About somebody: what they are here, and what one can do about them.

use super::{About, Around, amounts, capability_words, order, role_words, short, struck, with_things};
use crate::confirm::Ask;
use crate::people::mute::{Block, Mute};
use crate::platform;
use crate::powers::Reports;
use crate::screens::{Panel, Screens};
use crate::theme::{self, widgets};
use crate::things::Build;
use crate::view::FirstFocus;
use crate::voice::ui::card::Card;
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, RichText};
use holm_document::{Capabilities, Capability, Order, PersonNo, Quota, Role, Standing};
use holm_identity::AccountKey;

/// What was done so long ago at most is taken back, minutes.
const BACK_MINUTES: [u64; 3] = [5, 30, 24 * 60];
/// How long somebody is silent, minutes; the last is until it is taken back.
const SILENT_MINUTES: [u64; 3] = [10, 60, 24 * 60];

pub(super) fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    about: Res<About>,
    around: Around,
    reports: Res<Reports>,
    words: Res<Words>,
    mut build: MessageWriter<Build>,
    mut mutes: MessageWriter<Mute>,
    mut blocks: MessageWriter<Block>,
    mut asks: MessageWriter<Ask>,
    mut voice: Card,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Person) {
        return Ok(());
    }
    let Some(account) = about.0 else {
        screens.close(Panel::Person);
        return Ok(());
    };
    let name = around.name(&account, &words);
    // As they called themselves: where a name is wanted, not shown.
    let plain = around.here(&account).map_or_else(
        || around.known.name(&account).unwrap_or_default().to_owned(),
        |person| person.name.clone(),
    );
    let me = around.here(&account).is_some_and(|person| person.me);
    let mut back = false;
    let (mut wish, mut ask) = (None, None);
    crate::view::dialog(contexts.ctx_mut()?, "person", 440.0, |ui| {
        let button = widgets::heading_button(ui, &name, &words.say("powers-back"));
        first.give(screens.opened(), &button);
        back = button.clicked();
        let standing = around.standing(&account);
        widgets::aside(ui, what_they_are(&words, &around, &account, standing));
        if let Some(report) = reports.of(&account) {
            let p = theme::palette(ui.ctx());
            ui.label(RichText::new(struck(&words, report)).small().color(p.coral));
        }
        if !me {
            for_me(
                ui,
                &words,
                &around,
                &account,
                &plain,
                &mut mutes,
                &mut blocks,
                &mut build,
            );
            // Of whoever is muted nothing is heard, whatever stands here.
            if !around.muted.contains(&account) {
                voice.show(ui, &words, account, &plain, around.here(&account).is_some());
            }
        }
        let Some((number, standing)) = standing else {
            return;
        };
        let may = around.things.may();
        if !me {
            let who = Subject {
                words: &words,
                around: &around,
                account,
                name: &plain,
                number,
                standing,
                may,
            };
            who.order_kept(ui, &mut wish, &mut ask);
        }
        let own = around.things.standing().map(|standing| standing.role);
        let over = around.may_over(may, Capability::Settings, standing.role);
        if !me && over {
            rank(ui, &words, own, standing, number, &mut wish);
            exceptions(ui, &words, &around, may, standing, number, &mut wish);
            allotted(ui, &words, &around, standing, number, &mut wish);
        } else {
            rights(ui, &words, &around, standing);
        }
    });
    if let Some(wish) = wish {
        order(&mut build, wish);
    }
    if let Some(ask) = ask {
        asks.write(ask);
    }
    if back {
        screens.close(Panel::Person);
    }
    Ok(())
}

/// Their role, what they have here, and the letters by which one can be sure who it is.
fn what_they_are(
    words: &Words,
    around: &Around,
    account: &AccountKey,
    standing: Option<(PersonNo, &Standing)>,
) -> String {
    let key = words.with("powers-key", &[("key", short(account).into())]);
    let (Some((number, standing)), Some(state)) = (standing, around.things.state()) else {
        return key;
    };
    let role = if standing.banned {
        words.say("powers-banned")
    } else {
        words.say(role_words(standing.role))
    };
    let has = state.usage(number).things;
    let most = state.powers().quota(standing).things;
    let has = words.with("powers-has", &[("count", has.into()), ("most", most.into())]);
    format!("{role} · {has} · {key}")
}

/// What nobody is asked about: whether one hears and sees them.
fn for_me(
    ui: &mut egui::Ui,
    words: &Words,
    around: &Around,
    account: &AccountKey,
    name: &str,
    mutes: &mut MessageWriter<Mute>,
    blocks: &mut MessageWriter<Block>,
    build: &mut MessageWriter<Build>,
) {
    let blocked = around.muted.is_blocked(account);
    let name = name.to_owned();
    ui.horizontal_wrapped(|ui| {
        if !blocked {
            let muted = around.muted.contains(account);
            let text = if muted {
                "chat-unmute-short"
            } else {
                "chat-mute-short"
            };
            if widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0).clicked() {
                mutes.write(Mute {
                    account: *account,
                    name: name.clone(),
                    on: !muted,
                });
            }
        }
        let text = if blocked { "powers-unblock" } else { "powers-block" };
        if widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0).clicked() {
            blocks.write(Block {
                account: *account,
                name,
                on: !blocked,
            });
            if let Some((person, _)) = around.standing(account) {
                let blocked = !blocked;
                order(build, Order::Block { person, blocked });
            }
        }
    });
    widgets::aside(ui, words.say("powers-block-what"));
}

struct Subject<'a, 'w, 's> {
    words: &'a Words,
    around: &'a Around<'w, 's>,
    account: AccountKey,
    name: &'a str,
    number: PersonNo,
    standing: &'a Standing,
    may: Capabilities,
}

impl Subject<'_, '_, '_> {
    fn may(&self, capability: Capability) -> bool {
        self.around.may_over(self.may, capability, self.standing.role)
    }

    /// Sending away, silence, bans, and taking back.
    fn order_kept(&self, ui: &mut egui::Ui, wish: &mut Option<Order>, ask: &mut Option<Ask>) {
        let words = self.words;
        let (account, name) = (self.account, self.name.to_owned());
        let kick = self.may(Capability::Kick) && self.around.here(&account).is_some();
        let ban = self.may(Capability::Ban);
        if kick || ban {
            widgets::name(ui, &words.say("powers-order"));
            ui.horizontal_wrapped(|ui| {
                let press = |ui: &mut egui::Ui, text: &str| {
                    widgets::button(ui, &words.say(text), widgets::Weight::Plain, 0.0).clicked()
                };
                if kick && press(ui, "people-send-away") {
                    *ask = Some(Ask::SendAway {
                        account,
                        name: name.clone(),
                    });
                }
                if ban && self.standing.banned && press(ui, "powers-unban") {
                    *wish = Some(Order::Ban {
                        person: self.number,
                        banned: false,
                    });
                } else if ban && !self.standing.banned && press(ui, "powers-ban-them") {
                    *ask = Some(Ask::Ban {
                        account,
                        name: name.clone(),
                    });
                }
            });
        }
        if self.may(Capability::Kick) {
            self.silence(ui, wish);
        }
        if self.may(Capability::RollBack) {
            widgets::name(ui, &words.say("powers-take-back"));
            ui.horizontal_wrapped(|ui| {
                for minutes in BACK_MINUTES {
                    let text = minutes_said(words, minutes);
                    if widgets::button(ui, &text, widgets::Weight::Plain, 0.0).clicked() {
                        *ask = Some(Ask::RollBack {
                            account,
                            name: name.clone(),
                            secs: minutes * 60,
                        });
                    }
                }
            });
        }
    }

    fn silence(&self, ui: &mut egui::Ui, wish: &mut Option<Order>) {
        let words = self.words;
        let now = platform::unix_secs();
        let silent = self.standing.silent_until > now;
        widgets::name(ui, &words.say("powers-silence"));
        if silent {
            let left = (self.standing.silent_until - now).div_ceil(60);
            widgets::aside(
                ui,
                words.with("powers-silent-for", &[("time", minutes_said(words, left).into())]),
            );
        }
        ui.horizontal_wrapped(|ui| {
            let mut press = |ui: &mut egui::Ui, text: &str, until_secs| {
                if widgets::button(ui, text, widgets::Weight::Plain, 0.0).clicked() {
                    *wish = Some(Order::Silence {
                        person: self.number,
                        until_secs,
                    });
                }
            };
            if silent {
                press(ui, &words.say("powers-let-speak"), 0);
            }
            for minutes in SILENT_MINUTES {
                press(ui, &minutes_said(words, minutes), now + minutes * 60);
            }
        });
    }
}

/// So long, in the largest unit that is even.
fn minutes_said(words: &Words, minutes: u64) -> String {
    let (key, count) = match minutes {
        m if m >= 24 * 60 => ("powers-days", m / (24 * 60)),
        m if m >= 60 => ("powers-hours", m / 60),
        m => ("powers-minutes", m),
    };
    words.with(key, &[("count", count.into())])
}

fn rank(
    ui: &mut egui::Ui,
    words: &Words,
    own: Option<Role>,
    standing: &Standing,
    person: PersonNo,
    wish: &mut Option<Order>,
) {
    widgets::name(ui, &words.say("powers-role"));
    let given = Role::ALL
        .into_iter()
        // An owner may make another one, and never unmake one.
        .filter(|role| own == Some(Role::Owner) || own.is_some_and(|own| own.is_over(*role)));
    let options: Vec<(Role, String)> = given.map(|role| (role, words.say(role_words(role)))).collect();
    let mut role = standing.role;
    widgets::choose(ui, &mut role, &options);
    if role != standing.role {
        *wish = Some(Order::Rank { person, role });
    }
}

/// What they may, each by itself: what differs from their role is an exception.
fn exceptions(
    ui: &mut egui::Ui,
    words: &Words,
    around: &Around,
    mine: Capabilities,
    standing: &Standing,
    person: PersonNo,
    wish: &mut Option<Order>,
) {
    let Some(state) = around.things.state() else {
        return;
    };
    let of_role = state.powers().line(standing.role).may;
    widgets::name(ui, &words.say("powers-may"));
    for capability in Capability::ALL {
        let before = of_role.and(standing.more).without(standing.less).has(capability);
        let mut on = before;
        // Nobody gives what they have not.
        if !before && !mine.has(capability) {
            continue;
        }
        widgets::toggle(ui, &mut on, &words.say(capability_words(capability)));
        if on != before {
            let one = Capabilities::of(&[capability]);
            let (mut more, mut less) = (standing.more.without(one), standing.less.without(one));
            match (on, of_role.has(capability)) {
                (true, false) => more = more.and(one),
                (false, true) => less = less.and(one),
                _ => {}
            }
            *wish = Some(Order::Except { person, more, less });
        }
    }
    let plain = standing.more == Capabilities::NONE && standing.less == Capabilities::NONE;
    if !plain && widgets::button(ui, &words.say("powers-as-role"), widgets::Weight::Plain, 0.0).clicked() {
        let (more, less) = (Capabilities::NONE, Capabilities::NONE);
        *wish = Some(Order::Except { person, more, less });
    }
}

/// How many things they may have.
fn allotted(
    ui: &mut egui::Ui,
    words: &Words,
    around: &Around,
    standing: &Standing,
    person: PersonNo,
    wish: &mut Option<Order>,
) {
    let Some(state) = around.things.state() else {
        return;
    };
    let line = state.powers().line(standing.role);
    widgets::name(ui, &words.say("powers-things"));
    let now = standing.quota.map(|quota: Quota| quota.things);
    let mut options = vec![(None, words.say("powers-as-role"))];
    options.extend(amounts(now.unwrap_or_default()).into_iter().map(|count| {
        (
            Some(count),
            words.with("powers-amount", &[("count", count.into())]),
        )
    }));
    let mut chosen = now;
    widgets::choose(ui, &mut chosen, &options);
    if chosen != now {
        let quota = chosen.map(|things| with_things(line, things).quota);
        *wish = Some(Order::Allot { person, quota });
    }
}

/// What they may, to be read.
fn rights(ui: &mut egui::Ui, words: &Words, around: &Around, standing: &Standing) {
    let Some(state) = around.things.state() else {
        return;
    };
    let may = state.powers().of(standing, platform::unix_secs());
    widgets::name(ui, &words.say("powers-may"));
    let list: Vec<String> = Capability::ALL
        .into_iter()
        .filter(|capability| may.has(*capability))
        .map(|capability| words.say(capability_words(capability)))
        .collect();
    if list.is_empty() {
        widgets::aside(ui, words.say("powers-may-nothing"));
    }
    for line in list {
        widgets::aside(ui, line);
    }
}
