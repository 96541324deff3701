//! Who goes on with this world: the panel, what one is told of it, and the pill of a world that can only be looked at.
//!
//! Flow: [`Panel::Succession`] → a press → the wish itself, or [`Ask`] where others would pay for it; [`News`] → [`Notice`].
//! Invariant: what is offered is what would be done, as far as is known here; the host decides.

use super::will::MOST_HEIRS;
use super::{Agree, Heirship, NameHeir, News, Outlook, Readiness, TakeHome, Testament};
use crate::confirm::Ask;
use crate::notices::Notice;
use crate::people::Person;
use crate::powers::ui::Around;
use crate::screens::{Panel, Screens};
use crate::session::{Session, SessionPhase};
use crate::theme::widgets::{self, Mood, Weight};
use crate::theme::{self, letters};
use crate::view::{FirstFocus, ViewSystems};
use crate::words::Words;
use bevy::prelude::*;
use bevy_egui::egui;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_document::Role;
use holm_identity::AccountKey;

pub(crate) fn plugin(app: &mut App) {
    let in_world = in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away));
    app.add_systems(Update, tell).add_systems(
        EguiPrimaryContextPass,
        (
            show.in_set(ViewSystems::Panels).run_if(in_world),
            // While the link is lost, that is what is said.
            looked_at
                .in_set(ViewSystems::Hud)
                .run_if(in_state(SessionPhase::Inside)),
        ),
    );
}

/// Who would host this world if it were handed over now; nobody while it may be somebody else's.
pub(crate) fn next_host(testament: &Testament) -> Option<AccountKey> {
    let ours = testament.writes() && !testament.is_giving();
    let ready = testament.named().find(|(_, how)| *how == Readiness::Ready);
    ready.filter(|_| ours).map(|(account, _)| AccountKey(account))
}

/// What a press leads to.
enum Next {
    Back,
    Name(NameHeir),
    Agree(bool),
    Home,
    Ask(Ask),
}

fn show(
    mut contexts: EguiContexts,
    mut screens: ResMut<Screens>,
    session: Res<Session>,
    testament: Res<Testament>,
    heirship: Res<Heirship>,
    outlook: Res<Outlook>,
    around: Around,
    words: Res<Words>,
    mut names: MessageWriter<NameHeir>,
    mut agrees: MessageWriter<Agree>,
    mut home: MessageWriter<TakeHome>,
    mut asks: MessageWriter<Ask>,
    mut first: Local<FirstFocus>,
) -> Result {
    if screens.top() != Some(Panel::Succession) {
        return Ok(());
    }
    let mut next = None;
    crate::view::dialog(contexts.ctx_mut()?, "succession", 460.0, |ui| {
        let back = widgets::heading_button(ui, &words.say("succession-title"), &words.say("menu-back"));
        first.give(screens.opened(), &back);
        let pressed = if session.is_host() {
            at_host(ui, &words, &around, &testament)
        } else {
            at_guest(ui, &words, &around, &heirship, &outlook)
        };
        next = if back.clicked() { Some(Next::Back) } else { pressed };
    });
    match next {
        None => {}
        Some(Next::Back) => screens.close(Panel::Succession),
        Some(Next::Name(wish)) => {
            names.write(wish);
        }
        Some(Next::Agree(agreed)) => {
            agrees.write(Agree(agreed));
        }
        Some(Next::Home) => {
            home.write_default();
        }
        Some(Next::Ask(ask)) => {
            asks.write(ask);
        }
    }
    Ok(())
}

fn owns(around: &Around) -> bool {
    let own = around.things.standing();
    own.is_some_and(|own| own.role == Role::Owner)
}

fn only_looked_at(ui: &mut egui::Ui, words: &Words) {
    widgets::callout(
        ui,
        Mood::Trouble,
        &words.say("succession-looked-at"),
        &words.say("succession-looked-at-next"),
    );
}

fn at_host(ui: &mut egui::Ui, words: &Words, around: &Around, testament: &Testament) -> Option<Next> {
    widgets::aside(ui, words.say("succession-what"));
    if testament.is_giving() {
        widgets::callout(
            ui,
            Mood::Plain,
            &words.say("succession-giving"),
            &words.say("succession-giving-next"),
        );
        return None;
    }
    let mut next = None;
    if !testament.writes() {
        only_looked_at(ui, words);
        if owns(around) && widgets::wide_button(ui, &words.say("succession-go-on"), Weight::Plain).clicked() {
            next = Some(Next::Ask(Ask::GoOn));
        }
    }
    widgets::name(ui, &words.say("succession-heirs"));
    if let Some(wish) = candidates(ui, words, around, testament) {
        next = Some(Next::Name(wish));
    }
    if let Some(account) = next_host(testament) {
        ui.add_space(4.0);
        if widgets::wide_button(ui, &words.say("succession-hand-over"), Weight::Plain).clicked() {
            let name = around.name(&account, words);
            next = Some(Next::Ask(Ask::HandOver { account, name }));
        }
    }
    next
}

/// Everybody else who is here, then those of whom it is waited for. A press moves no row: the focus is on it.
fn candidates(ui: &mut egui::Ui, words: &Words, around: &Around, testament: &Testament) -> Option<NameHeir> {
    let named: Vec<(AccountKey, Readiness)> = testament
        .named()
        .map(|(account, how)| (AccountKey(account), how))
        .collect();
    let mut here: Vec<&Person> = around.persons.iter().filter(|person| !person.me).collect();
    here.sort_by_cached_key(|person| (person.name.to_lowercase(), person.slot));
    let mut rows: Vec<AccountKey> = here.iter().map(|person| person.account).collect();
    let awaited = named.iter().map(|(account, _)| *account);
    rows.extend(awaited.filter(|account| around.here(account).is_none()));
    if rows.is_empty() {
        widgets::aside(ui, words.say("succession-alone"));
    }
    let is_full = named.len() >= MOST_HEIRS;
    let mut wish = None;
    for account in rows {
        let place = named.iter().position(|(other, _)| *other == account);
        let mut on = place.is_some();
        ui.add_enabled_ui(on || !is_full, |ui| {
            widgets::toggle(ui, &mut on, &around.name(&account, words));
        });
        if on != place.is_some() {
            wish = Some(NameHeir {
                account: account.0,
                named: on,
            });
        }
        let how = place.and_then(|place| named.get(place)).map(|(_, how)| *how);
        if let (Some(place), Some(how)) = (place, how) {
            let how = words.say(how_far(how, around.here(&account).is_some()));
            widgets::aside(ui, format!("{} · {how}", place + 1));
        }
    }
    if is_full {
        widgets::aside(ui, words.with("succession-most", &[("most", MOST_HEIRS.into())]));
    }
    wish
}

fn how_far(how: Readiness, here: bool) -> &'static str {
    match how {
        Readiness::Asked if here => "succession-how-asked",
        Readiness::Asked => "succession-how-away",
        Readiness::Copying => "succession-how-copying",
        Readiness::Ready => "succession-how-ready",
    }
}

fn at_guest(
    ui: &mut egui::Ui,
    words: &Words,
    around: &Around,
    heirship: &Heirship,
    outlook: &Outlook,
) -> Option<Next> {
    widgets::aside(ui, words.say("succession-what-guest"));
    if !outlook.writes() {
        only_looked_at(ui, words);
    }
    widgets::name(ui, &words.say("succession-heirs-guest"));
    let heirs: Vec<AccountKey> = outlook.heirs().map(|account| AccountKey(*account)).collect();
    if heirs.is_empty() {
        widgets::aside(ui, words.say("succession-nobody"));
    }
    for account in &heirs {
        let is_me = around.here(account).is_some_and(|person| person.me);
        let name = if is_me {
            words.say("people-you")
        } else {
            around.name(account, words)
        };
        widgets::aside(ui, name);
    }
    ui.add_space(4.0);
    let owns = owns(around);
    if heirship.is_willing() {
        return willing(ui, words, heirship, owns);
    }
    // Whoever owns it needs not be asked.
    let (what, more) = match (heirship.is_asked(), owns) {
        (true, _) => ("succession-asked", "succession-asked-what"),
        (false, true) => ("succession-own", "succession-own-what"),
        (false, false) => return None,
    };
    widgets::callout(ui, Mood::Plain, &words.say(what), &words.say(more));
    let yes = if heirship.is_asked() {
        "succession-yes"
    } else {
        "succession-own-yes"
    };
    let mut next = None;
    if widgets::wide_button(ui, &words.say(yes), Weight::Primary).clicked() {
        next = Some(Next::Agree(true));
    }
    if heirship.is_asked() && widgets::wide_button(ui, &words.say("succession-no"), Weight::Quiet).clicked() {
        next = Some(Next::Agree(false));
    }
    next
}

/// Somebody said yes: how far they are, and the way back.
fn willing(ui: &mut egui::Ui, words: &Words, heirship: &Heirship, owns: bool) -> Option<Next> {
    let (mood, what, more) = if heirship.is_ready() {
        (Mood::Fine, "succession-ready", "succession-ready-next")
    } else {
        (Mood::Plain, "succession-copying", "succession-copying-next")
    };
    widgets::callout(ui, mood, &words.say(what), &words.say(more));
    let files = heirship.files_left();
    if files > 0 {
        widgets::aside(ui, words.with("succession-files", &[("count", files.into())]));
    }
    let mut next = None;
    if heirship.is_ready() && owns {
        if widgets::wide_button(ui, &words.say("succession-home"), Weight::Plain).clicked() {
            next = Some(Next::Home);
        }
        widgets::aside(ui, words.say("succession-home-what"));
    }
    if widgets::wide_button(ui, &words.say("succession-not-any-more"), Weight::Quiet).clicked() {
        next = Some(Next::Agree(false));
    }
    next
}

/// As long as nothing can be changed, below where one is.
fn looked_at(
    mut contexts: EguiContexts,
    screens: Res<Screens>,
    session: Res<Session>,
    testament: Res<Testament>,
    outlook: Res<Outlook>,
    words: Res<Words>,
) -> Result {
    let writes = if session.is_host() {
        testament.writes()
    } else {
        outlook.writes()
    };
    if writes || screens.blocks_walking() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let (corner, x) = if theme::begins_right(ctx) {
        (egui::Align2::RIGHT_TOP, -20.0)
    } else {
        (egui::Align2::LEFT_TOP, 20.0)
    };
    let top = crate::view::below(ctx, &[(egui::Order::Middle, "place")], 52.0);
    let room = ctx.content_rect().width() - 40.0;
    egui::Area::new("looked at".into())
        .anchor(corner, [x, top])
        .interactable(false)
        .show(ctx, |ui| {
            let p = theme::palette(ui.ctx());
            let from_right = letters::from_right(ui.ctx());
            let text = {
                let said = words.say("succession-only-look");
                let font = egui::TextStyle::Small.resolve(ui.style());
                // Its margins, the dot, and what is between that and the letters.
                let width = (room - 24.0 - 12.0 - ui.spacing().item_spacing.x).max(60.0);
                let mut job = egui::text::LayoutJob::simple(said, font, p.foam, width);
                if from_right {
                    job.halign = egui::Align::RIGHT;
                }
                ui.painter().layout_job(job)
            };
            egui::Frame::NONE
                .fill(p.pill(0.95))
                .corner_radius(egui::CornerRadius::same(14))
                .inner_margin(egui::Margin::symmetric(12, 5))
                .show(ui, |ui| {
                    ui.horizontal(|ui| {
                        if from_right {
                            ui.label(text);
                            widgets::dot(ui, p.coral);
                        } else {
                            widgets::dot(ui, p.coral);
                            ui.label(text);
                        }
                    });
                });
        });
    Ok(())
}

fn tell(mut news: MessageReader<News>, words: Res<Words>, mut notices: MessageWriter<Notice>) {
    for news in news.read() {
        notices.write(notice(&words, news));
    }
}

fn notice(words: &Words, news: &News) -> Notice {
    let (mood, key) = match news {
        News::NotReady(why) => {
            return Notice::trouble(words.say("succession-not-ready"), words.phrase(why));
        }
        News::Asked => (Mood::Plain, "succession-asked"),
        News::Ready => (Mood::Fine, "succession-ready"),
        News::HeirReady { .. } => (Mood::Fine, "succession-heir-ready"),
        News::NoHeir { .. } => (Mood::Plain, "succession-no-heir"),
        News::Ours => (Mood::Fine, "succession-ours"),
        News::Moved => (Mood::Plain, "succession-moved"),
        News::Writes => (Mood::Fine, "succession-writes"),
        News::CutOff => (Mood::Trouble, "succession-looked-at"),
        News::MayHaveGoneOn => (Mood::Trouble, "succession-may"),
        News::Elsewhere => (Mood::Plain, "succession-elsewhere"),
        News::GaveUp => (Mood::Trouble, "succession-gave-up"),
    };
    let name = match news {
        News::HeirReady { name } | News::NoHeir { name } => words.called(name),
        _ => String::new(),
    };
    let what = words.with(key, &[("name", name.into())]);
    let next = words.say(&format!("{key}-next"));
    Notice { mood, what, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Phrase};

    #[test]
    fn all_news_is_told_in_every_language_with_what_to_do() {
        let name = || "Mei".to_owned();
        let all = [
            News::Asked,
            News::NotReady(Phrase::new("succession-browser")),
            News::Ready,
            News::HeirReady { name: name() },
            News::NoHeir { name: name() },
            News::Ours,
            News::Moved,
            News::Writes,
            News::CutOff,
            News::MayHaveGoneOn,
            News::Elsewhere,
            News::GaveUp,
        ];
        for language in Language::ALL {
            let words = Words::new(language);
            for news in &all {
                let told = notice(&words, news);
                for said in [&told.what, &told.next] {
                    let is_key = said.is_empty() || said.starts_with("succession-");
                    assert!(!is_key && !said.contains('{'), "{news:?}: {said}");
                }
                let names = matches!(news, News::HeirReady { .. } | News::NoHeir { .. });
                assert_eq!(told.what.contains("Mei"), names, "{news:?}: {}", told.what);
            }
        }
    }
}
