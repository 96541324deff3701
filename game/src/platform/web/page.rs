//! The client and the page it runs on.
//!
//! To the page: `window.__holm_state`, what the client says of itself; the page hides its door by it, and the browser
//! tests read what a person would see. From the page: whether anybody can see it, and `window.__holm_closing`.
//! Invariant: nothing is told that is not on the screen: no key, no secret, no link.

use crate::avatar::own::{Own, OwnAvatar};
use crate::body::camera::MainCamera;
use crate::chat::ChatLog;
use crate::guide::Guide;
use crate::people::{Person, Posture};
use crate::profile::Profile;
use crate::session::{LeaveSession, Session, SessionEnded, SessionPhase};
use crate::voice::Speaking;
use crate::voice::devices::{MicrophoneView, VoiceView};
use bevy::diagnostic::FrameCount;
use bevy::prelude::*;
use holm_net::transport::Path;
use serde_json::json;
use std::time::Duration;

/// How often. A test that waits for something waits this much longer; writing it takes microseconds.
const EVERY: Duration = Duration::from_millis(500);

/// Most lines of chat that are told.
const LINES: usize = 50;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Ends>()
        .add_systems(First, (leave_with_the_page, rest_unseen))
        .add_systems(
            Last,
            (
                count,
                tell.run_if(bevy::time::common_conditions::on_real_timer(EVERY)),
            )
                .chain(),
        );
}

/// A page that closes gives its program two frames: the host hears a good-bye, and nobody waits for us.
fn leave_with_the_page(session: Res<Session>, mut leave: MessageWriter<LeaveSession>) {
    let closing = || {
        let window = web_sys::window()?;
        js_sys::Reflect::get(&window, &"__holm_closing".into())
            .ok()?
            .as_bool()
    };
    if session.phase() != SessionPhase::Off && closing() == Some(true) {
        leave.write_default();
    }
}

/// A hidden page goes on without drawing. Nothing would hold its frames back but the clock that calls them, and a
/// graphics card that falls behind has all of them to draw before the first that is seen again.
fn rest_unseen(mut cameras: Query<&mut Camera, With<MainCamera>>) {
    let seen = web_sys::window()
        .and_then(|window| window.document())
        .is_none_or(|document| !document.hidden());
    for mut camera in &mut cameras {
        if camera.is_active != seen {
            camera.is_active = seen;
        }
    }
}

/// Ways in and stays that ended since the program started: a way in may be over between two tellings.
#[derive(Resource, Default)]
struct Ends(u32);

fn count(mut ended: MessageReader<SessionEnded>, mut ends: ResMut<Ends>) {
    ends.0 += ended.read().count() as u32;
}

fn tell(
    session: Res<Session>,
    profile: Res<Profile>,
    people: Query<(&Person, &Posture, &Speaking)>,
    voice: Res<VoiceView>,
    chat: Res<ChatLog>,
    ends: Res<Ends>,
    own: Res<Own>,
    guide: Res<Guide>,
    frames: Res<FrameCount>,
) {
    let phase = match session.phase() {
        SessionPhase::Off => "off",
        SessionPhase::Joining => "joining",
        SessionPhase::Inside => "inside",
        SessionPhase::Away => "away",
    };
    let me = people.iter().find(|(person, ..)| person.me);
    let others: Vec<_> = people
        .iter()
        .filter(|(person, ..)| !person.me)
        .map(|(person, posture, speaking)| {
            json!({
                "name": person.name,
                "position": posture.pose.position,
                "seen": posture.known,
                "ping_ms": person.ping_ms,
                "speaking": speaking.level > 0,
            })
        })
        .collect();
    let lines: Vec<_> = chat
        .lines()
        .rev()
        .take(LINES)
        .rev()
        .map(|line| json!({ "from": line.name, "text": line.text }))
        .collect();
    let path = session.report().map(|link| match link.path {
        Path::Direct => "direct",
        Path::Relayed => "relayed",
        Path::Unknown | Path::Memory => "unknown",
    });
    let state = json!({
        "frames": frames.0,
        "phase": phase,
        "ends": ends.0,
        "wears": match own.avatar {
            OwnAvatar::None => "family",
            OwnAvatar::Reading => "reading",
            OwnAvatar::Asking { .. } => "asking",
            OwnAvatar::Worn { .. } => "file",
            OwnAvatar::Failed(_) => "failed",
        },
        "name": me.map_or(profile.name.as_str(), |(person, ..)| person.name.as_str()),
        "world": session.world_name(),
        "position": me.map(|(_, posture, _)| posture.pose.position),
        "offers_a_look": guide.offers_a_look(),
        "path": path,
        "microphone": match &voice.microphone {
            MicrophoneView::Off => "off",
            MicrophoneView::Opening => "opening",
            MicrophoneView::Open(_) => "open",
            MicrophoneView::Failed(_) => "failed",
        },
        "muted": voice.muted,
        "people": others,
        "chat": lines,
    });
    if let Some(window) = web_sys::window() {
        // Fails only when somebody froze the window object; then nobody reads it either.
        let _ = js_sys::Reflect::set(&window, &"__holm_state".into(), &state.to_string().into());
    }
}
