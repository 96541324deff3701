//! The stick and the buttons on glass, as light as they can be and still be found.
//!
//! Invariant: nothing is drawn that would not be hit, and only while glass is the device in use.

use super::Glass;
use super::rules::{Layout, RIM};
use crate::input::actions::Doing;
use crate::platform;
use crate::screens::{Device, Screens};
use crate::session::SessionPhase;
use crate::settings::Settings;
use crate::theme;
use crate::theme::glyph::{Sign, paint_sign};
use crate::voice::devices::VoiceView;
use crate::voice::ui::face::{self, Face};
use bevy::prelude::*;
use bevy_egui::egui::{self, Stroke};
use bevy_egui::{EguiContexts, EguiPrimaryContextPass};

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        EguiPrimaryContextPass,
        show.in_set(crate::view::ViewSystems::Hud)
            .run_if(in_state(SessionPhase::Inside).or_else(in_state(SessionPhase::Away))),
    );
}

fn sign(doing: Doing) -> Option<Sign> {
    Some(match doing {
        Doing::Jump => Sign::Jump,
        Doing::Act => Sign::Hand,
        Doing::Throw => Sign::Throw,
        Doing::Emotes => Sign::Smile,
        Doing::Chat => Sign::Bubble,
        Doing::People => Sign::People,
        Doing::Menu => Sign::Menu,
        Doing::Crouch => Sign::Crouch,
        Doing::FirstPerson => Sign::Eye,
        _ => return None,
    })
}

fn show(
    mut contexts: EguiContexts,
    glass: Res<Glass>,
    device: Res<Device>,
    screens: Res<Screens>,
    voice: Res<VoiceView>,
    settings: Res<Settings>,
    time: Res<Time<Real>>,
) -> Result {
    if *device != Device::Touch || screens.blocks_walking() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let p = theme::palette(ctx);
    let size = ctx.content_rect().size();
    let [top, right, bottom, left] = platform::safe_edges().map(|edge| edge / ctx.zoom_factor());
    let safe = super::rules::Edges {
        top,
        right,
        bottom,
        left,
    };
    let layout = Layout::of(Vec2::new(size.x, size.y), safe, glass.near);
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Background, "touch".into()));
    let at = |point: Vec2| egui::pos2(point.x, point.y);
    if let Some((landed, thumb)) = glass.fingers.stick() {
        // Over whatever passes: a thumb covers enough by itself.
        let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, "stick".into()));
        painter.circle(
            at(landed),
            RIM,
            p.pill(0.25),
            Stroke::new(2.0, p.foam.gamma_multiply(0.5)),
        );
        let push = (thumb - landed).clamp_length_max(RIM * 1.3);
        painter.circle(
            at(landed + push),
            24.0,
            p.foam.gamma_multiply(0.75),
            Stroke::new(2.0, p.ink.gamma_multiply(0.6)),
        );
    }
    for button in &layout.buttons {
        if button.doing == Doing::Mute {
            let face = Face::of(&voice, settings.voice.push_to_talk);
            let lit = glass.fingers.pressed(button.doing);
            let secs = time.elapsed_secs();
            face::paint(&painter, at(button.centre), button.radius, face, lit, secs);
            continue;
        }
        let Some(sign) = sign(button.doing) else { continue };
        let pressed = glass.fingers.pressed(button.doing);
        let (fill, ink) = if pressed {
            (p.amber, p.ink)
        } else {
            (p.pill(0.75), p.foam)
        };
        painter.circle(
            at(button.centre),
            button.radius,
            fill,
            Stroke::new(1.5, p.foam.gamma_multiply(0.45)),
        );
        paint_sign(&painter, sign, at(button.centre), button.radius * 1.15, ink);
    }
    Ok(())
}
