//! Where a world goes on: everybody's side.
//!
//! Flow: the host says in which term it is, and who its heirs are → it is silent, or says that the world is elsewhere from now on → their
//! doors are tried in their order → one lets us in and shows by which right → over we go, and everything that one sees stays.
//! Invariants: nobody goes to whom the host that one was with did not name; a host that speaks again is not left.

use super::News;
use super::rules::{Account, TAKE_OVER};
use super::will::{Heir, Signed};
use super::wire::FromHost as SuccessionFromHost;
use crate::profile::Profile;
use crate::session::{Entered, Network, Session, SessionEnded, SessionPhase, Told};
use crate::things::Things;
use crate::wire::FromHost;
use bevy::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

/// A host of which nothing was heard for so long may be gone: others are asked, and it may still speak.
pub(super) const SUSPECT: Duration = Duration::from_millis(1_200);

/// What a guest knows of its host's succession.
#[derive(Resource, Default)]
pub struct Outlook {
    pub(super) world: [u8; 16],
    pub(super) term: u64,
    pub(super) chain: super::will::Chain,
    pub(super) will: Option<Signed>,
    /// What the host said last: whether the world can be changed.
    writes: Option<bool>,
    /// It is there from now on: the host said so.
    over: Option<(Heir, Duration)>,
    /// Since when nothing was heard of the host.
    lost_since: Option<Duration>,
}

impl Outlook {
    /// Whether the world that we are in as a guest can be changed, as far as its host knows.
    pub fn writes(&self) -> bool {
        self.writes.unwrap_or(true)
    }

    /// Which world it is, as its host says; zeros before that, and where it is kept nowhere.
    pub(crate) fn world(&self) -> [u8; 16] {
        self.world
    }

    /// Who goes on if the host vanishes, the first first.
    pub fn heirs(&self) -> impl Iterator<Item = &Account> {
        let heirs = self.will.iter().flat_map(|will| &will.will.heirs);
        heirs.map(|heir| &heir.account)
    }

    /// How long nothing was heard of the host, if for longer than usual.
    pub(super) fn lost_for(&self, now: Duration) -> Option<Duration> {
        Some(now.saturating_sub(self.lost_since?))
    }

    /// The host gave the world to this account.
    pub(super) fn given_to(&self) -> Option<&Heir> {
        self.over.as_ref().map(|(heir, _)| heir)
    }
}

pub(super) fn hear(
    mut entered: MessageReader<Entered>,
    mut ended: MessageReader<SessionEnded>,
    mut told: MessageReader<Told>,
    session: Res<Session>,
    time: Res<Time<Real>>,
    mut outlook: ResMut<Outlook>,
    mut news: MessageWriter<News>,
) {
    let moved = entered.read().last().map(|entered| entered.moved);
    if moved.is_some() || ended.read().count() > 0 {
        *outlook = Outlook::default();
    }
    if moved == Some(true) && !session.is_host() {
        news.write(News::Moved);
    }
    for Told(message) in told.read() {
        let FromHost::Succession(message) = message else {
            continue;
        };
        if session.is_host() {
            continue;
        }
        match message {
            SuccessionFromHost::Standing {
                world,
                term,
                chain,
                writes,
                ..
            } => {
                (outlook.world, outlook.term) = (*world, *term);
                outlook.chain = chain.clone();
                outlook.writes = Some(*writes);
                outlook.over = None;
            }
            SuccessionFromHost::Writes(writes) => {
                // Whoever was to have it does not: while it is given away nothing is said of that.
                outlook.over = None;
                if outlook.writes.replace(*writes) != Some(*writes) {
                    news.write(if *writes { News::Writes } else { News::CutOff });
                }
            }
            SuccessionFromHost::Will(signed) => {
                let host = session.host_account().map(|host| host.0);
                let sound = signed.check().is_ok()
                    && Some(signed.account) == host
                    && (signed.will.world, signed.will.term) == (outlook.world, outlook.term);
                if sound {
                    outlook.will = Some(signed.clone());
                }
            }
            SuccessionFromHost::Over(heir) => outlook.over = Some((heir.clone(), time.elapsed())),
            SuccessionFromHost::Asked(_) | SuccessionFromHost::Copy { .. } | SuccessionFromHost::Roll(_) => {}
        }
    }
}

/// Looks for whoever goes on, while the host is silent or has said where it is.
pub(super) fn follow(
    mut session: ResMut<Session>,
    network: Option<Res<Network>>,
    profile: Option<Res<Profile>>,
    things: Res<Things>,
    time: Res<Time<Real>>,
    mut outlook: ResMut<Outlook>,
) {
    let inside = matches!(session.phase(), SessionPhase::Inside | SessionPhase::Away);
    let (Some(network), Some(profile), true) = (network, profile, inside && !session.is_host()) else {
        return;
    };
    let now = time.elapsed();
    let silence = session.silence();
    match silence {
        Some(silence) if silence < SUSPECT => outlook.lost_since = None,
        Some(silence) => outlook.lost_since = Some(now.saturating_sub(silence)),
        None => {
            outlook.lost_since.get_or_insert(now);
        }
    }
    let me = profile.identity.account().0;
    let heirs: Vec<Heir> = match (&outlook.over, &outlook.will) {
        (Some((heir, _)), _) => vec![heir.clone()],
        (None, Some(will)) => {
            // Whoever is one themselves asks those before them.
            let heirs = will.will.heirs.iter();
            heirs.take_while(|heir| heir.account != me).cloned().collect()
        }
        (None, None) => Vec::new(),
    };
    let lost = outlook.lost_for(now);
    if outlook.over.is_none() && lost.is_none() || heirs.is_empty() {
        session.drop_next();
        session.hold_until(None, false);
        return;
    }
    let since = outlook
        .over
        .as_ref()
        .map_or_else(|| outlook.lost_since.unwrap_or(now), |(_, at)| *at);
    // Longer than an heir waits for those who come.
    session.hold_until(Some(since + super::MOVING), outlook.over.is_some());
    if let Some((host, told)) = session.next() {
        let owners: BTreeSet<Account> = things.state().iter().flat_map(|state| state.owners()).collect();
        let sound = told.iter().find_map(|message| match message {
            FromHost::Succession(SuccessionFromHost::Standing {
                world,
                term,
                chain,
                ended,
                ..
            }) => {
                // Before that the host may still take it that we have heard it.
                let waited = lost.is_some_and(|lost| lost >= TAKE_OVER) || *ended || outlook.over.is_some();
                if !waited {
                    return None;
                }
                let named = heirs.iter().any(|heir| heir.account == host.0);
                let later = outlook.over.is_some() || *term > outlook.term;
                let by_right = chain.check(world, *term, &host.0, &owners).is_ok();
                Some(named && later && by_right && *world == outlook.world)
            }
            _ => None,
        });
        match sound {
            Some(true) => {
                info!(
                    "the world goes on elsewhere: its host was silent for {:?}{}",
                    lost.unwrap_or_default(),
                    if outlook.over.is_some() {
                        ", and said so"
                    } else {
                        ""
                    }
                );
                session.go_next();
            }
            Some(false) => session.drop_next(),
            None => {}
        }
        return;
    }
    let Some(secret) = session.link().map(|link| link.secret.clone()) else {
        return;
    };
    let tried = now.saturating_sub(since).as_millis() / super::TRY_EACH.as_millis();
    let heir = &heirs[tried as usize % heirs.len()];
    if let Some(link) = heir.door.link(&secret)
        && session.next_link() != Some(&link)
    {
        let dial = (network.0)(&link);
        session.try_next(&profile, link, dial);
    }
}

const _: () = assert!(SUSPECT.as_millis() < TAKE_OVER.as_millis());
