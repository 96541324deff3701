//! What the program itself sounds like: buttons and panels, lines of chat, people who come and go, notices, pictures, the
//! microphone.
//!
//! Flow: what other features tell anyway (nothing of theirs is changed), in order of importance → at most one
//! [`PlaySound`] a frame, by [`Manners`].
//! Invariant: whatever a peer sends, and however much of it: this machine does not become an alarm clock.

use super::PlaySound;
use crate::chat::Said;
use crate::notices::Notice;
use crate::people::mute::Muted;
use crate::people::{Person, PersonEntered, PersonLeft};
use crate::photo::TakePhoto;
use crate::screens::{Opened, Panel, Screens};
use crate::session::{Entered, Session, SessionPhase};
use crate::theme::widgets::Mood;
use crate::view::ViewSystems;
use crate::voice::{Microphone, MyVoice};
use bevy::prelude::*;
use bevy_egui::egui::output::OutputEvent;
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};
use holm_audio::Group;
use holm_audio::clips::Clip;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pressed>()
        .add_systems(EguiPrimaryContextPass, note_presses.after(ViewSystems::Overlay))
        .add_systems(Last, say);
}

/// Something was pressed since the last frame.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pressed(bool);

/// Every control tells screen readers that it was pressed, and so it tells us.
fn note_presses(mut contexts: EguiContexts, mut pressed: ResMut<Pressed>) -> Result {
    let ctx = contexts.ctx_mut()?;
    let now = ctx.output(|output| {
        output.events.iter().any(|event| {
            matches!(
                event,
                OutputEvent::Clicked(_) | OutputEvent::DoubleClicked(_) | OutputEvent::TripleClicked(_)
            )
        })
    });
    if now {
        pressed.0 = true;
    }
    Ok(())
}

/// Between any two sounds of the program.
const GAP: Duration = Duration::from_millis(90);
/// After something of importance what only goes along with it is quiet: the notice that says so.
const HUSH: Duration = Duration::from_millis(1_500);

/// A sound of each kind comes again after so long.
fn again_after(clip: Clip) -> Duration {
    Duration::from_millis(match clip {
        Clip::Press => 90,
        Clip::ChatLine => 1_500,
        Clip::Mention => 3_000,
        Clip::PersonCame | Clip::PersonLeft => 2_000,
        Clip::Notice | Clip::Trouble => 1_500,
        _ => 200,
    })
}

/// What was said when, so that it is not said too often.
#[derive(Debug, Default)]
struct Manners {
    last: Option<Duration>,
    of_kind: BTreeMap<Clip, Duration>,
    hushed_until: Duration,
}

impl Manners {
    /// The first of these that may be heard now, most important first; then it was.
    fn choose(&mut self, wishes: &[Clip], now: Duration) -> Option<Clip> {
        let since = |last: Option<&Duration>, least: Duration| {
            last.is_none_or(|last| now.saturating_sub(*last) >= least)
        };
        let goes_along = |clip: Clip| matches!(clip, Clip::Notice | Clip::ChatLine);
        if !since(self.last.as_ref(), GAP) {
            return None;
        }
        let chosen = wishes.iter().copied().find(|clip| {
            since(self.of_kind.get(clip), again_after(*clip))
                && !(goes_along(*clip) && now < self.hushed_until)
        })?;
        self.last = Some(now);
        self.of_kind.insert(chosen, now);
        if matches!(
            chosen,
            Clip::Mention | Clip::PersonCame | Clip::PersonLeft | Clip::Trouble | Clip::Photo
        ) {
            self.hushed_until = now + HUSH;
        }
        Some(chosen)
    }
}

/// What of it is heard with which panel on top: those that only lend hands open without a sound.
fn panel(before: Opened, now: Opened) -> Option<Clip> {
    let is_quiet = |panel: Option<Panel>| {
        matches!(
            panel,
            Some(Panel::Chat | Panel::ChatEdit | Panel::ChatLine | Panel::Hand | Panel::Emotes)
        )
    };
    if before.count == now.count || before.top == now.top {
        return None;
    }
    match (now.came_back, before.top, now.top) {
        (true, closed, _) if closed.is_some() && !is_quiet(closed) => Some(Clip::PanelClose),
        (false, _, opened) if opened.is_some() && !is_quiet(opened) => Some(Clip::PanelOpen),
        _ => None,
    }
}

/// What of it is heard when our microphone is this now.
fn microphone(before: Microphone, now: Microphone) -> Option<Clip> {
    match (before, now) {
        (Microphone::Open, Microphone::Muted) => Some(Clip::MicrophoneOff),
        (Microphone::Muted, Microphone::Open) => Some(Clip::MicrophoneOn),
        // Devices that come and go say so in words.
        _ => None,
    }
}

/// People who were there when we came are not news (as for notices).
const SETTLING: Duration = Duration::from_secs(3);

/// What [`say`] saw the last time.
#[derive(Default)]
struct Before {
    inside_since: Option<Duration>,
    opened: Option<Opened>,
    microphone: Option<Microphone>,
    manners: Manners,
}

fn say(
    mut pressed: ResMut<Pressed>,
    mut entered: MessageReader<Entered>,
    mut came: MessageReader<PersonEntered>,
    mut left: MessageReader<PersonLeft>,
    mut said: MessageReader<Said>,
    mut notices: MessageReader<Notice>,
    mut photos: MessageReader<TakePhoto>,
    people: Query<&Person>,
    (screens, muted, session, phase, my_voice): (
        Res<Screens>,
        Res<Muted>,
        Res<Session>,
        Res<State<SessionPhase>>,
        Option<Res<MyVoice>>,
    ),
    time: Res<Time<Real>>,
    mut before: Local<Before>,
    mut play: MessageWriter<PlaySound>,
) {
    let now = time.elapsed();
    let mut wishes = Vec::new();
    if entered.read().count() > 0 {
        before.inside_since = Some(now);
    }
    let settled = before
        .inside_since
        .is_some_and(|since| now.saturating_sub(since) > SETTLING);
    let inside = settled && *phase.get() == SessionPhase::Inside;
    let lines: Vec<bool> = said
        .read()
        .filter(|said| session.me() != Some(said.line.slot) && !muted.contains(&said.line.account))
        .map(|said| said.line.names_me)
        .collect();
    if lines.contains(&true) {
        wishes.push(Clip::Mention);
    }
    let others = |entity: Entity| people.get(entity).is_ok_and(|person| !person.me);
    // All are read in any case: what nobody hears now is not heard later either.
    if came.read().filter(|came| others(came.entity)).count() > 0 && inside {
        wishes.push(Clip::PersonCame);
    }
    if left.read().count() > 0 && inside {
        wishes.push(Clip::PersonLeft);
    }
    let moods: Vec<Mood> = notices.read().map(|notice| notice.mood).collect();
    if moods.contains(&Mood::Trouble) {
        wishes.push(Clip::Trouble);
    }
    if photos.read().count() > 0 {
        wishes.push(Clip::Photo);
    }
    if let Some(mine) = my_voice.map(|mine| mine.microphone) {
        let last = before.microphone.replace(mine).unwrap_or(mine);
        wishes.extend(microphone(last, mine));
    }
    if !moods.is_empty() {
        wishes.push(Clip::Notice);
    }
    if !lines.is_empty() {
        wishes.push(Clip::ChatLine);
    }
    let opened = screens.opened();
    let last = before.opened.replace(opened).unwrap_or(opened);
    wishes.extend(panel(last, opened));
    if std::mem::take(&mut pressed.0) {
        wishes.push(Clip::Press);
    }
    if let Some(clip) = before.manners.choose(&wishes, now) {
        play.write(PlaySound {
            clip,
            group: Group::Interface,
            at: None,
            gain: 1.0,
            rate: 1.0,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: f32) -> Duration {
        Duration::from_secs_f32(secs)
    }

    #[test]
    fn a_flood_of_lines_gives_few_sounds_and_a_mention_comes_through() {
        let mut manners = Manners::default();
        let heard = (0..600u32)
            .filter_map(|frame| manners.choose(&[Clip::ChatLine], secs(frame as f32 / 60.0)))
            .count();
        assert!((5..=8).contains(&heard), "{heard} in ten seconds");
        let now = secs(10.2);
        assert_eq!(
            manners.choose(&[Clip::Mention, Clip::ChatLine], now),
            Some(Clip::Mention)
        );
        assert_eq!(
            manners.choose(&[Clip::Mention, Clip::ChatLine], now + GAP),
            None,
            "hushed"
        );
    }

    #[test]
    fn who_comes_is_heard_and_the_notice_that_says_so_is_not() {
        let mut manners = Manners::default();
        let both = [Clip::PersonCame, Clip::Notice];
        assert_eq!(manners.choose(&both, secs(1.0)), Some(Clip::PersonCame));
        assert_eq!(manners.choose(&[Clip::Notice], secs(1.2)), None);
        assert_eq!(manners.choose(&[Clip::Trouble], secs(1.3)), Some(Clip::Trouble));
        assert_eq!(manners.choose(&[Clip::Notice], secs(4.0)), Some(Clip::Notice));
    }

    #[test]
    fn panels_are_heard_when_they_open_and_close_and_not_when_one_types() {
        let at = |count: u64, top: Option<Panel>, came_back: bool| Opened {
            count,
            top,
            came_back,
        };
        let nothing = at(1, None, false);
        let menu = at(2, Some(Panel::Menu), false);
        assert_eq!(panel(nothing, menu), Some(Clip::PanelOpen));
        assert_eq!(panel(menu, at(3, None, true)), Some(Clip::PanelClose));
        assert_eq!(panel(menu, menu), None);
        let chat = at(2, Some(Panel::Chat), false);
        assert_eq!(panel(nothing, chat), None);
        assert_eq!(panel(chat, at(3, None, true)), None);
        // Closing what was not open.
        assert_eq!(panel(nothing, at(2, None, true)), None);
    }

    #[test]
    fn a_microphone_is_heard_when_it_opens_and_closes() {
        use Microphone::{Muted, None, Open};
        assert_eq!(microphone(Muted, Open), Some(Clip::MicrophoneOn));
        assert_eq!(microphone(Open, Muted), Some(Clip::MicrophoneOff));
        assert_eq!(microphone(None, Open), Option::None);
        assert_eq!(microphone(Open, Open), Option::None);
    }
}
