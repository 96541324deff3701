//! Voice: people hear each other where they stand.
//!
//! Flow: `devices` (microphone) → [`SayFrame`] → `sealed`, if it is for a few → the session's stream → the host, which sends it
//! to whoever is to hear it (`host`: rights, blocks, whispers) → [`FrameHeard`] → `devices` (speakers). Beside it, reliably:
//! [`MyVoice`] → `wire` → everybody's [`Microphone`], what the host says of who hears us ([`HeardBy`]), and who speaks to us
//! alone ([`Offers`]).
//! Invariants: a frame is opaque to everybody but the two programs at its ends; a headless host never decodes one; who is
//! muted, blocked or silenced is not heard whatever their program does.

#[cfg(feature = "view")]
pub mod devices;
mod host;
mod sealed;
#[cfg(feature = "view")]
pub(crate) mod ui;
pub mod wire;

use crate::customs;
use crate::people::mute::{MuteSystems, Muted};
use crate::people::{Me, People, PeopleSystems, Person};
use crate::profile::Profile;
use crate::session::{Entered, Session, SessionEnded, SessionPhase, SessionSystems, TellHost, Told};
use crate::succession::{Outlook, SuccessionSystems, Testament};
use crate::things::motion::MotionSystems;
use crate::wire::{FromHost, ToHost};
use bevy::prelude::*;
use holm_identity::AccountKey;
use holm_net::pose::{MAX_SLOTS, Slot};
use holm_voice::frame::Sequence;
pub use holm_voice::frame::{Frame, Reach};
use sealed::Circles;
pub use sealed::{Offer, Offers};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<MyVoice>()
        .init_resource::<HeardBy>()
        .init_resource::<Offers>()
        .init_resource::<Circles>()
        .init_resource::<host::Room>()
        .add_message::<SayFrame>()
        .add_message::<FrameHeard>()
        .configure_sets(
            PreUpdate,
            // Last: who may speak, who is blocked and which world this is are known by then.
            VoiceSystems::Hear
                .after(PeopleSystems::Follow)
                .after(MuteSystems::Apply)
                .after(SuccessionSystems::Receive),
        )
        .configure_sets(
            PostUpdate,
            VoiceSystems::Say
                .after(MotionSystems::Speak)
                .before(SessionSystems::Send),
        )
        .add_systems(
            PreUpdate,
            (equip, host::judge, note, hear, show)
                .chain()
                .in_set(VoiceSystems::Hear),
        )
        .add_systems(PostUpdate, (tell, say, post).chain().in_set(VoiceSystems::Say));
}

#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoiceSystems {
    /// `PreUpdate`, after people follow the roster: what came in becomes [`FrameHeard`] and [`Speaking`].
    Hear,
    /// `PostUpdate`, before the session sends: [`SayFrame`] goes out.
    Say,
}

/// A wish: say this, 20 ms of it.
#[derive(Message, Clone, Copy, Debug)]
pub struct SayFrame(pub Frame);

/// Somebody said this to us.
#[derive(Message, Clone, Copy, Debug)]
pub struct FrameHeard {
    pub slot: Slot,
    pub frame: Frame,
}

/// On everybody's entity, ourselves too: whether they speak just now, as far as we hear it.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct Speaking {
    /// 0 (silent) to 15; it follows the frames' own, and falls to 0 within 0.2 s when none come.
    pub level: u8,
    pub reach: Reach,
    /// Only its circle hears it.
    pub sealed: bool,
}

/// On everybody's entity, ourselves too: what they told of their microphone.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Microphone {
    /// They have none, or it is not open: they listen.
    #[default]
    None,
    /// They muted it.
    Muted,
    /// It is open: who speaks is heard.
    Open,
}

/// For whom we speak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// For whoever is within reach.
    #[default]
    All,
    /// For these alone, end-to-end encrypted: one is a whisper, more a circle. At most 15.
    Few(Vec<AccountKey>),
}

/// What we tell the others of our voice; `devices` writes it, the host is told when it changes.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct MyVoice {
    pub microphone: Microphone,
    /// Whom we speak to.
    pub audience: Audience,
    /// We hear nobody who is farther away, metres.
    pub earmuffs: Option<f32>,
}

/// How many people hear us, as the host said while we spoke last; `None`: it has not said it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeardBy(pub Option<u16>);

impl From<wire::Microphone> for Microphone {
    fn from(told: wire::Microphone) -> Self {
        match told {
            wire::Microphone::None => Self::None,
            wire::Microphone::Muted => Self::Muted,
            wire::Microphone::Open => Self::Open,
        }
    }
}

impl From<Microphone> for wire::Microphone {
    fn from(mine: Microphone) -> Self {
        match mine {
            Microphone::None => Self::None,
            Microphone::Muted => Self::Muted,
            Microphone::Open => Self::Open,
        }
    }
}

/// Frames come two and two, and late: between them a mouth does not close.
const HELD: Duration = Duration::from_millis(100);
/// So long after the last frame nobody speaks any more.
const SILENT_AFTER: Duration = Duration::from_millis(200);

/// Of each: the newest frame that was heard of them, and when.
#[derive(Component, Clone, Copy, Debug, Default)]
struct Newest(Option<(Duration, Sequence, Speaking)>);

impl Newest {
    fn note(&mut self, frame: &Frame, now: Duration) {
        let overtaken = self.0.is_some_and(|(at, sequence, _)| {
            now.saturating_sub(at) < SILENT_AFTER && frame.sequence.since(sequence) < 0
        });
        if !overtaken {
            let speaking = Speaking {
                level: frame.level(),
                reach: frame.flags.reach,
                sealed: frame.flags.sealed,
            };
            self.0 = Some((now, frame.sequence, speaking));
        }
    }

    fn speaking(&self, now: Duration) -> Speaking {
        let Some((at, _, speaking)) = self.0 else {
            return Speaking::default();
        };
        let since = now.saturating_sub(at).saturating_sub(HELD).as_secs_f32();
        let left = 1.0 - since / (SILENT_AFTER - HELD).as_secs_f32();
        let level = (f32::from(speaking.level) * left.max(0.0)).ceil() as u8;
        if level == 0 {
            return Speaking::default();
        }
        Speaking { level, ..speaking }
    }
}

/// Everybody new has a voice.
fn equip(mut commands: Commands, new: Query<Entity, (With<Person>, Without<Newest>)>) {
    for entity in &new {
        let silent = (Speaking::default(), Microphone::default(), Newest::default());
        commands.entity(entity).try_insert(silent);
    }
}

/// What the host told, and who is here to be spoken to.
fn note(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    session: Res<Session>,
    profile: Option<Res<Profile>>,
    muted: Res<Muted>,
    time: Res<Time<Real>>,
    (outlook, testament): (Res<Outlook>, Res<Testament>),
    people: Res<People>,
    mut persons: Query<(&Person, &mut Microphone, &mut Newest)>,
    mut circles: ResMut<Circles>,
    mut heard_by: ResMut<HeardBy>,
    mut offers: ResMut<Offers>,
) {
    let moved = entered.read().last().map(|entered| entered.moved);
    let ended = ended.read().count() > 0;
    if ended || moved.is_some() {
        heard_by.set_if_neq(HeardBy(None));
    }
    if ended || moved == Some(false) {
        circles.reset();
        for (_, mut microphone, mut newest) in &mut persons {
            (*microphone, *newest) = (Microphone::None, Newest::default());
        }
    }
    let me = session.me();
    let mut here = BTreeMap::new();
    session.for_each_person(|person| {
        if Some(person.slot) != me {
            here.insert(person.account, person.slot);
        }
    });
    let world = if session.is_host() {
        testament.world()
    } else {
        Some(outlook.world())
    };
    if let Some(world) = world {
        circles.set_world(world);
    }
    circles.set_here(here, moved == Some(true));
    if muted.is_changed() {
        muted.iter().for_each(|(account, _)| circles.deaf_to(account));
    }
    for Told(message) in told.read() {
        let FromHost::Voice(message) = message else {
            continue;
        };
        match message {
            wire::FromHost::Microphones(list) => {
                for (slot, told) in list.iter().take(MAX_SLOTS) {
                    // Our own we know, and sooner.
                    if let Some(entity) = people.entity(Slot(*slot))
                        && let Ok((person, mut microphone, _)) = persons.get_mut(entity)
                        && !person.me
                    {
                        microphone.set_if_neq((*told).into());
                    }
                }
            }
            wire::FromHost::HeardBy(listeners) => {
                heard_by.set_if_neq(HeardBy(Some(customs::listeners(*listeners))));
            }
            wire::FromHost::Letter { from, circle, letter } => {
                let from = AccountKey(*from);
                if let Some(profile) = &profile
                    && customs::letter(letter)
                    && !muted.contains(&from)
                {
                    circles.hear(&profile.identity, from, *circle, letter, time.elapsed());
                }
            }
        }
    }
    offers.set_if_neq(Offers(circles.offers()));
}

/// What was said becomes a fact, for whoever is not muted and may be understood.
fn hear(
    mut session: ResMut<Session>,
    muted: Res<Muted>,
    time: Res<Time<Real>>,
    people: Res<People>,
    mut persons: Query<(&Person, &mut Newest)>,
    mut circles: ResMut<Circles>,
    mut heard: MessageWriter<FrameHeard>,
) {
    let now = time.elapsed();
    for said in session.hear() {
        let Some(entity) = people.entity(said.slot) else {
            continue;
        };
        let Ok((person, mut newest)) = persons.get_mut(entity) else {
            continue;
        };
        if person.me || muted.contains(&person.account) {
            continue;
        }
        let opened = if said.frame.flags.sealed {
            circles.open(person.account, &said.frame, now)
        } else {
            Some(said.frame)
        };
        let Some(frame) = opened else { continue };
        newest.note(&said.frame, now);
        heard.write(FrameHeard {
            slot: said.slot,
            frame,
        });
    }
}

fn show(
    time: Res<Time<Real>>,
    mine: Res<MyVoice>,
    muted: Res<Muted>,
    mut persons: Query<(&Person, &Newest, &mut Speaking, &mut Microphone)>,
) {
    for (person, newest, mut speaking, mut microphone) in &mut persons {
        if person.me {
            microphone.set_if_neq(mine.microphone);
        }
        let hidden = !person.me && muted.contains(&person.account);
        speaking.set_if_neq(if hidden {
            Speaking::default()
        } else {
            newest.speaking(time.elapsed())
        });
    }
}

/// The host is told of our voice at most so often: somebody may drag a slider.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What the host knows of our voice.
#[derive(Default)]
struct TheyKnow {
    mine: Option<wire::Mine>,
    next: Duration,
}

fn tell(
    mut entered: MessageReader<Entered>,
    mine: Res<MyVoice>,
    session: Res<Session>,
    profile: Option<Res<Profile>>,
    muted: Res<Muted>,
    time: Res<Time<Real>>,
    mut circles: ResMut<Circles>,
    mut known: Local<TheyKnow>,
    mut host: MessageWriter<TellHost>,
) {
    if let Some(Entered { moved, .. }) = entered.read().last() {
        // A host that never met us takes us for somebody without a microphone; one that goes on with a world knows nothing.
        known.mine = (!moved).then(wire::Mine::default);
        known.next = Duration::ZERO;
    }
    let inside = matches!(session.phase(), SessionPhase::Inside | SessionPhase::Away);
    let Some(profile) = profile.filter(|_| inside && session.me().is_some()) else {
        return;
    };
    let me = &profile.identity;
    let now = time.elapsed();
    let audience = few(&mine.audience, me.account(), &muted);
    circles.speak_to(me, audience.clone(), now);
    circles.tend(me, now);
    let mine = wire::Mine {
        microphone: mine.microphone.into(),
        earmuffs: mine
            .earmuffs
            .filter(|metres| metres.is_finite())
            .map(|metres| metres.round() as u8),
        audience: audience.map(|few| few.iter().map(|account| account.0).collect()),
    };
    if known.mine.as_ref() != Some(&mine) && now >= known.next {
        known.next = now + TELL_EVERY;
        known.mine = Some(mine.clone());
        host.write(TellHost(ToHost::Voice(wire::ToHost::Mine(mine))));
    }
}

/// Whom we speak to alone: each once, not ourselves, and nobody whom we block.
fn few(audience: &Audience, me: AccountKey, muted: &Muted) -> Option<Vec<AccountKey>> {
    let Audience::Few(few) = audience else {
        return None;
    };
    let mut few: Vec<AccountKey> = few
        .iter()
        .copied()
        .filter(|account| *account != me && !muted.is_blocked(account))
        .collect();
    few.sort_unstable();
    few.dedup();
    few.truncate(customs::MAX_AUDIENCE);
    Some(few)
}

fn say(
    mut wishes: MessageReader<SayFrame>,
    mut session: ResMut<Session>,
    time: Res<Time<Real>>,
    mut circles: ResMut<Circles>,
    mut mine: Query<&mut Newest, With<Me>>,
) {
    if session.phase() != SessionPhase::Inside || session.me().is_none() {
        wishes.clear();
        return;
    }
    for SayFrame(frame) in wishes.read() {
        // Nothing that is meant for a few is said before they can open it.
        let Some(frame) = circles.seal(frame) else {
            continue;
        };
        session.say(&frame);
        for mut newest in &mut mine {
            newest.note(&frame, time.elapsed());
        }
    }
}

/// Letters leave, and with them the keys of what was said just now.
fn post(mut circles: ResMut<Circles>, time: Res<Time<Real>>, mut host: MessageWriter<TellHost>) {
    let letters = circles.outgoing(time.elapsed());
    host.write_batch(letters.into_iter().map(|letter| {
        TellHost(ToHost::Voice(wire::ToHost::Letter {
            to: letter.to.0,
            circle: letter.circle,
            letter: letter.letter,
        }))
    }));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use holm_voice::frame::Flags;

    fn frame(number: u16, level: u8) -> Frame {
        Frame::new(Sequence(number), Flags::default(), level, &[1]).unwrap()
    }

    #[test]
    fn a_level_follows_the_newest_frame_and_is_gone_within_a_fifth_of_a_second() {
        let ms = Duration::from_millis;
        let mut newest = Newest::default();
        let level = |newest: &Newest, at| newest.speaking(ms(at)).level;
        assert_eq!(level(&newest, 0), 0);
        newest.note(&frame(10, 12), ms(1_000));
        newest.note(&frame(9, 3), ms(1_000));
        assert_eq!(level(&newest, 1_000), 12, "an older one came late");
        assert_eq!(level(&newest, 1_090), 12, "the next are on their way");
        let falling: Vec<u8> = (1_100..1_200).step_by(10).map(|at| level(&newest, at)).collect();
        assert!(
            falling.is_sorted_by(|a, b| a >= b) && falling[5] < 12,
            "{falling:?}"
        );
        assert_eq!(newest.speaking(ms(1_200)), Speaking::default());
        // Somebody else's program, or a number that wrapped: after a pause any number is new.
        newest.note(&frame(2, 7), ms(1_300));
        assert_eq!(level(&newest, 1_300), 7);
        newest.note(&frame(3, 0), ms(1_310));
        assert_eq!(
            level(&newest, 1_310),
            0,
            "they say themselves that they are silent"
        );
    }

    #[test]
    fn an_audience_has_nobody_twice_nor_us_nor_whom_we_block() {
        let mut app = App::new();
        app.add_plugins(crate::people::mute::plugin);
        app.world_mut().write_message(crate::people::mute::Block {
            account: AccountKey([3; 32]),
            name: "Cy".to_owned(),
            on: true,
        });
        app.update();
        let muted = app.world().resource::<Muted>();
        let account = |number: u8| AccountKey([number; 32]);
        let of = |list: &[u8]| {
            let accounts = list.iter().copied().map(account).collect();
            few(&Audience::Few(accounts), account(1), muted)
        };
        assert_eq!(few(&Audience::All, account(1), muted), None);
        assert_eq!(of(&[5, 3, 1, 2, 5]), Some(vec![account(2), account(5)]));
        assert_eq!(of(&[3]), Some(vec![]), "nobody, and not all");
        let many: Vec<u8> = (10..60).collect();
        assert_eq!(of(&many).unwrap().len(), customs::MAX_AUDIENCE);
    }
}
