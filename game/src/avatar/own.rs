//! What I wear: from a file's bytes to something others see.
//!
//! Flow: [`TryOn`] → a task reads the file → its licence asks, or not ([`OwnAvatar::Asking`] → [`Answer`]) → worn, offered
//! and told to the host; told again in every room one enters.
//! Invariant: a file that reserves a right leaves this machine only after its wearer has said that they have it.

use super::document::AvatarDocument;
use super::error::AvatarError;
use super::licence::{Reserved, may_be_tried_on, reserved};
use super::rules::Allowance;
use super::wire::{AvatarRef, ToHost, WhyNot, Worn};
use super::{AvatarSystems, read};
use crate::people::look::Look;
use crate::session::patience::Tries;
use crate::session::{Entered, Session, SessionEnded, SessionSystems, TellHost};
use crate::wire::ToHost as GameToHost;
use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task, futures::check_ready};
use bytes::Bytes;
use core::time::Duration;
use std::sync::Arc;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Own>()
        .add_message::<TryOn>()
        .add_message::<Answered>()
        .add_message::<TakeOff>()
        .add_message::<ChangeLook>()
        .add_systems(PreUpdate, (obey, finish).chain().in_set(AvatarSystems::Own))
        .add_systems(
            PostUpdate,
            tell.before(SessionSystems::Send)
                .before(crate::chat::ChatSystems::Speak),
        );
}

/// A wish: wear what is in this file.
#[derive(Message, Clone, Debug)]
pub struct TryOn {
    pub bytes: Bytes,
    /// Given earlier for the same file.
    pub answer: Option<Answer>,
}

/// A wish: the answer to what the licence asks.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered(pub Answer);

/// What somebody says about a file that reserves a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// I am its author or have permission.
    IMayShowIt,
    /// Then only I see it.
    OnlyMe,
}

/// A wish: the default again.
#[derive(Message, Clone, Copy, Debug, Default)]
pub struct TakeOff;

/// A wish: these clothes of the default family.
#[derive(Message, Clone, Copy, Debug)]
pub struct ChangeLook(pub Look);

/// What I wear.
#[derive(Resource, Debug, Default)]
pub struct Own {
    /// `None` until somebody chooses.
    pub look: Option<Look>,
    pub avatar: OwnAvatar,
    /// Why others do not see it, as the host has it.
    pub refused: Option<WhyNot>,
    task: Option<Reading>,
    /// As others were told last, and what is offered to the host for it.
    told: Option<Worn>,
    offered: Option<[u8; 32]>,
    /// How often the host still takes a change; `None` in no room.
    allowance: Option<Allowance>,
    /// What the host was told last is told again as soon as it takes it: it came too soon, or was put on anew.
    again: bool,
    /// How often the host could not pass it on, and when it is told again on its own.
    tries: Tries,
}

#[derive(Debug)]
struct Reading {
    task: Task<Result<AvatarDocument, AvatarError>>,
    bytes: Bytes,
    answer: Option<Answer>,
}

/// The avatar I brought.
#[derive(Clone, Debug, Default)]
pub enum OwnAvatar {
    #[default]
    None,
    /// Being read.
    Reading,
    /// Read, and its licence asks something.
    Asking {
        bytes: Bytes,
        document: Arc<AvatarDocument>,
        reserved: Vec<Reserved>,
    },
    Worn {
        bytes: Bytes,
        document: Arc<AvatarDocument>,
        /// `None`: nothing was asked.
        answer: Option<Answer>,
    },
    Failed(AvatarError),
}

impl Own {
    /// The avatar I see myself in.
    pub fn document(&self) -> Option<&Arc<AvatarDocument>> {
        match &self.avatar {
            OwnAvatar::Worn { document, .. } => Some(document),
            _ => None,
        }
    }

    /// How others are told of it, if they are.
    pub fn avatar_ref(&self) -> Option<AvatarRef> {
        match &self.avatar {
            OwnAvatar::Worn {
                bytes,
                document,
                answer,
            } if *answer != Some(Answer::OnlyMe) => Some(AvatarRef {
                hash: document.hash,
                len: u32::try_from(bytes.len()).ok()?,
                weight: document.meter.rank.into(),
                declared: *answer == Some(Answer::IMayShowIt),
            }),
            _ => None,
        }
    }

    /// The file of the avatar that others are told of.
    pub(super) fn bytes(&self) -> Option<&Bytes> {
        match &self.avatar {
            OwnAvatar::Worn { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// The host does not pass on what it was told last.
    pub(super) fn refuse(&mut self, now: Duration, why: WhyNot) {
        match why {
            // It is told again in a moment: nothing that its wearer has to know.
            WhyNot::TooOften => {
                if let Some(allowance) = &mut self.allowance {
                    allowance.exhaust(now);
                }
                self.again = true;
            }
            why => {
                self.refused = Some(why);
                // One that was told again is counted already.
                if self.tries.are_over(now) {
                    self.tries.failed(now);
                }
            }
        }
    }

    /// Everybody has been told that I wear this.
    pub(super) fn passed_on(&mut self, avatar: Option<AvatarRef>) {
        if avatar.is_some() && avatar == self.avatar_ref() {
            (self.refused, self.tries) = (None, Tries::default());
        }
    }

    /// What the host could not pass on may be had by now: its link was bad, or there was no room. A file that is too
    /// large stays so.
    fn is_tried_again(&self, now: Duration) -> bool {
        let may_change = matches!(self.refused, Some(WhyNot::NotReceived | WhyNot::Full));
        may_change && self.tries.are_over(now)
    }
}

fn obey(
    mut own: ResMut<Own>,
    mut files: MessageReader<TryOn>,
    mut answers: MessageReader<Answered>,
    mut off: MessageReader<TakeOff>,
    mut looks: MessageReader<ChangeLook>,
) {
    if let Some(ChangeLook(look)) = looks.read().last() {
        own.look = Some(look.checked());
    }
    if off.read().count() > 0 {
        own.task = None;
        own.refused = None;
        own.avatar = OwnAvatar::None;
    }
    if let Some(TryOn { bytes, answer }) = files.read().last() {
        let file = bytes.clone();
        own.task = Some(Reading {
            task: AsyncComputeTaskPool::get().spawn(async move { read(&file) }),
            bytes: bytes.clone(),
            answer: *answer,
        });
        own.refused = None;
        own.again = true;
        own.avatar = OwnAvatar::Reading;
    }
    if let Some(Answered(answer)) = answers.read().last()
        && let OwnAvatar::Asking { bytes, document, .. } = &own.avatar
        && (*answer == Answer::IMayShowIt || may_be_tried_on(&document.meta))
    {
        own.avatar = OwnAvatar::Worn {
            bytes: bytes.clone(),
            document: document.clone(),
            answer: Some(*answer),
        };
    }
}

fn finish(mut own: ResMut<Own>) {
    if own.task.is_none() {
        return;
    }
    let Some(reading) = &mut own.task else { return };
    let Some(result) = check_ready(&mut reading.task) else {
        return;
    };
    let (bytes, answer) = (reading.bytes.clone(), reading.answer);
    own.task = None;
    own.avatar = match result {
        Err(error) => {
            info!("a file cannot be worn: {error}");
            OwnAvatar::Failed(error)
        }
        Ok(document) => {
            let document = Arc::new(document);
            let reserved = reserved(&document.meta);
            match answer {
                _ if reserved.is_empty() => OwnAvatar::Worn {
                    bytes,
                    document,
                    answer: None,
                },
                Some(answer) if answer == Answer::IMayShowIt || may_be_tried_on(&document.meta) => {
                    OwnAvatar::Worn {
                        bytes,
                        document,
                        answer: Some(answer),
                    }
                }
                _ => OwnAvatar::Asking {
                    bytes,
                    document,
                    reserved,
                },
            }
        }
    };
}

/// Tells the host what I wear, when I come in and whenever it changes; of many changes the newest, once it is time.
fn tell(
    mut own: ResMut<Own>,
    mut session: ResMut<Session>,
    time: Res<Time<Real>>,
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut host: MessageWriter<TellHost>,
) {
    if ended.read().count() > 0 {
        let own = own.bypass_change_detection();
        (own.told, own.offered, own.allowance) = (None, None, None);
    }
    if let Some(Entered { me, .. }) = entered.read().last() {
        let own = own.bypass_change_detection();
        (own.told, own.offered, own.again) = (None, None, false);
        (own.refused, own.tries) = (None, Tries::default());
        own.allowance = me.map(|_| Allowance::new(time.elapsed()));
    }
    // Taking off what is about to be replaced would be a change of its own.
    if matches!(own.avatar, OwnAvatar::Reading)
        || own.look.is_none() && own.avatar_ref().is_none() && own.told.is_none()
    {
        return;
    }
    let worn = Worn {
        look: own.look,
        avatar: own.avatar_ref(),
    };
    let now = time.elapsed();
    let again = own.again || own.is_tried_again(now);
    if own.told == Some(worn) && !again {
        return;
    }
    let allowance = own.bypass_change_detection().allowance.as_mut();
    if !allowance.is_some_and(|allowance| allowance.take(now)) {
        return;
    }
    if own.told == Some(worn) {
        // Whether it helps is heard later; until then it is as it was.
        own.tries.failed(now);
    } else {
        (own.refused, own.tries) = (None, Tries::default());
    }
    own.again = false;
    let offered = own.offered.take();
    // The host's own file is its wardrobe's to offer.
    if !session.is_host() {
        own.offered = worn.avatar.and_then(|_| {
            let bytes = own.bytes()?.clone();
            session.offer_blob(bytes)
        });
        if let Some(before) = offered {
            session.withdraw_blob(&before);
        }
    }
    own.told = Some(worn);
    host.write(TellHost(GameToHost::Avatar(ToHost::Wear(worn))));
}
