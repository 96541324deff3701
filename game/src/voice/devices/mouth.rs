//! One's own microphone: when it is open and heard, and what becomes of what it hears.
//!
//! Flow: `obey` (hands and wishes → what is wanted, [`VoiceView`]) → `serve` (the device follows, frames go out as
//! [`SayFrame`] or, in a test, into one's own speakers) → [`MyVoice`] and [`VoiceTold`].
//! Invariants: it is first opened by a press of its person; leaving a world lets it go and mutes; a key that is held ends
//! with the window's attention, with a panel that takes the keys and with the session; no frame of a test is ever said.

use super::{MicrophoneView, VoiceTold, VoiceView, VoiceWish};
use crate::input::actions::Doing;
use crate::input::hands::Hands;
use crate::screens::{Panel, Screens, in_world};
use crate::session::{Session, SessionPhase};
use crate::settings::{Settings, VoiceSettings};
use crate::sound::{Ears, HasDevices};
use crate::voice::{self, Audience, MyVoice, Reach, SayFrame, VoiceSystems};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use holm_audio::{Meter, Microphone, MicrophoneSettings, MicrophoneState, Mode, Placement, Trouble, devices};
use holm_net::transport::Path;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<HasDevices>()
        .init_non_send::<Mouth>()
        .add_systems(PostUpdate, (obey, serve).chain().before(VoiceSystems::Say));
}

/// A muted microphone stays open for so long. Whoever coughs or has a word with somebody in the room is back by then, and
/// opening takes a moment: a headset changes to another quality of sound, a browser may ask again. Longer, and the light
/// that says "this microphone is in use" stays on for nothing, and a headset sounds like a telephone for nothing.
const RELEASED_AFTER: Duration = Duration::from_secs(60);

/// How often the link is looked at: its loss is measured over 10 s.
const ADAPT_EVERY: Duration = Duration::from_secs(1);

/// What a microphone heard in a test is on its way here for less than this; it is not said afterwards.
const TEST_LINGERS: Duration = Duration::from_millis(250);

/// A browser knows its devices a moment after it was asked, and their names after it was allowed one.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The talker that oneself is in a test: no slot is as high.
const MYSELF: u16 = u16::MAX;

/// Most people whom one speaks to alone; the host takes no more.
const MOST_OF_FEW: usize = 15;

/// One's own microphone and what was asked of it. `NonSend`: what a system calls a sound device belongs to one thread on
/// some.
#[derive(Default)]
struct Mouth {
    microphone: Option<Microphone>,
    /// As the microphone was told last.
    settings: MicrophoneSettings,
    keeper: Keeper,
    hold: Hold,
    audience: Audience,
    /// Its person said in this world whether they are muted; before, a key that is held to talk says it.
    chosen: bool,
    /// It was open in this world.
    had: bool,
    /// One that failed is to be tried again.
    retry: bool,
    teller: Teller,
    /// One hears oneself.
    testing: bool,
    /// Until then frames may be of a test.
    private_until: Duration,
    adapt_at: Duration,
    looks: Looks,
}

impl Mouth {
    /// Mutes, or is heard from now on.
    fn mute(&mut self, view: &mut VoiceView, muted: bool) {
        self.chosen = true;
        self.retry |= view.muted && !muted;
        view.muted = muted;
    }

    fn toggle(&mut self, view: &mut VoiceView) {
        let muted = !view.muted;
        self.mute(view, muted);
    }

    /// As one comes into a world.
    fn fall_silent(&mut self, view: &mut VoiceView) {
        view.muted = true;
        view.held = false;
        view.reach = Reach::Normal;
        self.hold = Hold::default();
        self.audience = Audience::All;
        (self.chosen, self.had) = (false, false);
    }

    /// The device is open or not, hears as it is wanted to, and is tried again if somebody asked for that.
    fn follow(&mut self, keeps: bool, wanted: MicrophoneSettings) {
        let retry = core::mem::take(&mut self.retry);
        if !keeps {
            // Whoever drops it lets it go.
            self.microphone = None;
            return;
        }
        let Some(microphone) = &mut self.microphone else {
            self.microphone = Some(Microphone::open(&wanted));
            self.settings = wanted;
            self.teller.asked();
            return;
        };
        if self.settings != wanted {
            microphone.set(&wanted);
            self.settings = wanted;
        }
        if retry && matches!(microphone.state(), MicrophoneState::Failed(_)) {
            microphone.retry();
            self.teller.asked();
        }
    }

    fn obey(&mut self, wish: &VoiceWish, view: &mut VoiceView, inside: bool, now: Duration) {
        match wish {
            VoiceWish::Mute(muted) if inside => self.mute(view, *muted),
            VoiceWish::ToggleMute if inside => self.toggle(view),
            VoiceWish::Reach(reach) if inside => view.reach = *reach,
            VoiceWish::Audience(audience) if inside => self.audience = few(audience),
            VoiceWish::Mute(_) | VoiceWish::ToggleMute | VoiceWish::Reach(_) | VoiceWish::Audience(_) => {}
            VoiceWish::Test(on) => {
                self.retry |= *on;
                view.testing = *on;
            }
            VoiceWish::Retry => self.retry = true,
            VoiceWish::LookForDevices => self.looks.ask(now),
            VoiceWish::Volume { .. } => {} // `volumes` hears of it
        }
    }
}

/// No more than the host takes.
fn few(audience: &Audience) -> Audience {
    match audience {
        Audience::All => Audience::All,
        Audience::Few(accounts) => Audience::Few(accounts.iter().take(MOST_OF_FEW).copied().collect()),
    }
}

/// What a microphone is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// To be heard, by others or by oneself.
    Heard,
    /// It may be heard again any moment.
    Muted,
    Nothing,
}

impl Need {
    fn of(inside: bool, testing: bool, muted: bool) -> Self {
        match (inside, testing, muted) {
            (_, true, _) | (true, _, false) => Self::Heard,
            (true, false, true) => Self::Muted,
            (false, false, _) => Self::Nothing,
        }
    }
}

/// Whether a microphone is kept open.
#[derive(Clone, Copy, Debug, Default)]
struct Keeper {
    muted_since: Option<Duration>,
}

impl Keeper {
    /// Whether it is to be open now. Muted, one that is not stays so.
    fn keeps(&mut self, need: Need, is_open: bool, now: Duration) -> bool {
        if need != Need::Muted {
            self.muted_since = None;
            return need == Need::Heard;
        }
        let since = *self.muted_since.get_or_insert(now);
        is_open && now.saturating_sub(since) < RELEASED_AFTER
    }
}

/// A key that counts while it is held, from where nothing else had it.
#[derive(Clone, Copy, Debug, Default)]
struct Hold(bool);

impl Hold {
    /// `free`: a press is meant for us. One that began elsewhere, or was taken away, counts only once it is pressed anew.
    fn follow(&mut self, free: bool, started: bool, held: bool) -> bool {
        self.0 = free && (started || self.0 && held);
        self.0
    }
}

/// Where keys go on meaning what they mean in the world: whoever builds or takes a picture talks to the others meanwhile.
fn hands_are_free(screens: &Screens) -> bool {
    !screens.blocks_walking() || matches!(screens.top(), Some(Panel::Build | Panel::Photo))
}

/// When devices are listed: on some machines that takes as long as some frames, so only when somebody is to see the list.
#[derive(Clone, Copy, Debug, Default)]
struct Looks {
    asked: bool,
    at: Option<Duration>,
    /// A list without microphones is looked at once more.
    again: bool,
}

impl Looks {
    fn ask(&mut self, now: Duration) {
        (self.asked, self.at, self.again) = (true, Some(now), true);
    }

    fn are_due(&self, now: Duration) -> bool {
        self.at.is_some_and(|at| at <= now)
    }

    fn looked(&mut self, now: Duration, empty: bool) {
        self.at = (empty && self.again).then_some(now + LOOK_AGAIN);
        self.again = false;
    }
}

/// What was told of devices already.
#[derive(Clone, Copy, Debug, Default)]
struct Teller {
    microphone: bool,
    speakers: bool,
}

impl Teller {
    /// Its person asked for it: what comes of that is told even if it is the same as before.
    fn asked(&mut self) {
        self.microphone = false;
    }

    fn microphone(&mut self, is: &MicrophoneView) -> Option<VoiceTold> {
        match is {
            MicrophoneView::Open(_) => self.microphone = false,
            MicrophoneView::Failed(trouble) if !self.microphone => {
                self.microphone = true;
                return Some(match trouble {
                    Trouble::Lost => VoiceTold::MicrophoneLost,
                    trouble => VoiceTold::MicrophoneFailed(*trouble),
                });
            }
            // It is tried again by itself, and fails again.
            MicrophoneView::Failed(_) | MicrophoneView::Opening | MicrophoneView::Off => {}
        }
        None
    }

    /// Of speakers a person hears once there is somebody to be heard.
    fn speakers(&mut self, trouble: Option<Trouble>, inside: bool) -> Option<VoiceTold> {
        match (trouble, self.speakers) {
            (Some(_), false) if inside => {
                self.speakers = true;
                Some(VoiceTold::SpeakersLost)
            }
            (None, true) => {
                self.speakers = false;
                Some(VoiceTold::SpeakersBack)
            }
            _ => None,
        }
    }
}

/// What hands and panels ask for.
fn obey(
    mut wishes: MessageReader<VoiceWish>,
    hands: Res<Hands>,
    screens: Res<Screens>,
    windows: Query<&Window, With<PrimaryWindow>>,
    phase: Res<State<SessionPhase>>,
    settings: Res<Settings>,
    time: Res<Time<Real>>,
    mut mouth: NonSendMut<Mouth>,
    mut view: ResMut<VoiceView>,
) {
    let (mouth, view) = (&mut *mouth, &mut *view);
    let inside = in_world(&phase);
    if !inside {
        mouth.fall_silent(view);
    }
    for wish in wishes.read() {
        mouth.obey(wish, view, inside, time.elapsed());
    }
    let attended = windows.iter().all(|window| window.focused);
    let free = inside && attended && hands_are_free(&screens);
    if free && hands.started(Doing::Mute) {
        mouth.toggle(view);
    }
    let (started, held) = (hands.started(Doing::Talk), hands.held(Doing::Talk));
    view.held = mouth.hold.follow(free, started, held);
    if view.held && settings.voice.push_to_talk && !mouth.chosen {
        // There is no clearer way to ask to be heard. Whoever muted themselves stays muted, whatever they hold.
        mouth.mute(view, false);
    }
}

/// How the microphone is to hear now.
fn wanted(settings: &VoiceSettings, view: &VoiceView) -> MicrophoneSettings {
    MicrophoneSettings {
        device: settings.microphone.clone(),
        // In a test one is heard whatever the others would hear.
        mode: match (view.testing, view.muted, settings.push_to_talk) {
            (true, ..) => Mode::OpenMic,
            (false, true, _) => Mode::Muted,
            (false, false, true) => Mode::PushToTalk,
            (false, false, false) => Mode::OpenMic,
        },
        reach: view.reach,
        without_noise: settings.without_noise,
        automatic_gain: settings.automatic_gain,
        without_echo: settings.without_echo,
    }
}

/// The device follows what is wanted, and what it hears goes where it is to be heard.
fn serve(
    mut mouth: NonSendMut<Mouth>,
    mut ears: NonSendMut<Ears>,
    mut view: ResMut<VoiceView>,
    mut my_voice: ResMut<MyVoice>,
    mut session: ResMut<Session>,
    mut says: MessageWriter<SayFrame>,
    mut told: MessageWriter<VoiceTold>,
    has_devices: Res<HasDevices>,
    settings: Res<Settings>,
    phase: Res<State<SessionPhase>>,
    time: Res<Time<Real>>,
) {
    let (mouth, ears, view) = (&mut *mouth, &mut *ears, &mut *view);
    let (now, inside) = (time.elapsed(), in_world(&phase));
    let need = Need::of(inside, view.testing, view.muted);
    let keeps = mouth.keeper.keeps(need, mouth.microphone.is_some(), now);
    mouth.follow(keeps && has_devices.0, wanted(&settings.voice, view));
    if mouth.testing && !view.testing {
        mouth.private_until = now + TEST_LINGERS;
        if let Some(speakers) = &mut ears.speakers {
            speakers.remove(MYSELF);
        }
    }
    mouth.testing = view.testing;
    let private = view.testing || now < mouth.private_until;
    let was_open = matches!(view.microphone, MicrophoneView::Open(_));
    if let Some(microphone) = &mut mouth.microphone {
        microphone.hold(view.held);
        microphone.tick();
        microphone.frames(|frame| {
            if !private && inside {
                says.write(SayFrame(*frame));
            } else if view.testing
                && let Some(speakers) = &mut ears.speakers
            {
                speakers.put(MYSELF, frame);
            }
        });
        if view.testing
            && let Some(speakers) = &mut ears.speakers
        {
            speakers.place(MYSELF, &Placement::default());
        }
        if inside && now >= mouth.adapt_at {
            mouth.adapt_at = now + ADAPT_EVERY;
            let (loss, budget) = link(&mut session);
            microphone.adapt(loss, budget);
            session.repeat_voice(microphone.repeat());
        }
        view.meter = microphone.meter();
        view.microphone = match microphone.state() {
            MicrophoneState::Opening => MicrophoneView::Opening,
            MicrophoneState::Open(name) => MicrophoneView::Open(name),
            MicrophoneState::Failed(trouble) => MicrophoneView::Failed(trouble),
        };
    } else {
        view.meter = Meter::default();
        view.microphone = MicrophoneView::Off;
    }
    view.sending = view.meter.sending;
    view.speakers = ears.trouble;
    let is_open = matches!(view.microphone, MicrophoneView::Open(_));
    if is_open && !was_open && mouth.looks.asked {
        mouth.looks.ask(now);
    }
    if has_devices.0 && mouth.looks.are_due(now) {
        view.devices = devices();
        mouth.looks.looked(now, view.devices.microphones.is_empty());
    }
    mouth.had = inside && (mouth.had || is_open) && !matches!(view.microphone, MicrophoneView::Failed(_));
    my_voice.set_if_neq(MyVoice {
        microphone: as_told(view, mouth.had),
        audience: mouth.audience.clone(),
        earmuffs: settings.sound.earmuffs,
    });
    told.write_batch(mouth.teller.microphone(&view.microphone));
    told.write_batch(mouth.teller.speakers(view.speakers, inside));
}

/// What others are told of it. `had`: it was open in this world; that it is let go after a while of silence is nobody's
/// business.
fn as_told(view: &VoiceView, had: bool) -> voice::Microphone {
    let quiet = view.muted || view.testing;
    match &view.microphone {
        _ if had && quiet => voice::Microphone::Muted,
        MicrophoneView::Open(_) if !quiet => voice::Microphone::Open,
        _ => voice::Microphone::None,
    }
}

/// Bits a second that one's own voice may take: the most that are heard in a voice, or enough for repeats.
const USUAL_BUDGET: u32 = 32_000;
/// Through a relay every bit goes twice over somebody's line: still one repeat beside what is understood well.
const RELAYED_BUDGET: u32 = 28_000;
/// A link that is full: the least a codec takes, and nothing repeated.
const FULL_BUDGET: u32 = 18_000;
/// Loss alone may be weak Wi-Fi, which repeats are for; with such a round trip, milliseconds, something waits in a queue.
const FULL_LOSS: f32 = 0.1;
const FULL_RTT_MS: f32 = 400.0;

fn budget(relayed: bool, loss: f32, rtt_ms: Option<f32>) -> u32 {
    if loss >= FULL_LOSS && rtt_ms.is_some_and(|rtt| rtt >= FULL_RTT_MS) {
        FULL_BUDGET
    } else if relayed {
        RELAYED_BUDGET
    } else {
        USUAL_BUDGET
    }
}

/// What the way to the others loses, 0 to 1, and what it has room for. A guest knows the loss of the way back: links are
/// mostly bad both ways. A host's voice takes a way to each: the mean, so that one bad link does not cost all of them.
fn link(session: &mut Session) -> (f32, u32) {
    if let Some(stats) = session.guest_stats() {
        let relayed = session
            .report()
            .is_some_and(|report| report.path == Path::Relayed);
        return (stats.loss, budget(relayed, stats.loss, stats.rtt_ms));
    }
    let links = session.guest_links();
    let loss: f32 = links.iter().map(|link| link.loss).sum();
    (loss / links.len().max(1) as f32, USUAL_BUDGET)
}

#[cfg(test)]
#[path = "mouth_tests.rs"]
mod tests;
