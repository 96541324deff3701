//! What people do with their arms, and once with everything: laid over whatever the legs do.

use super::*;
use crate::gesture::{CLAP, DANCE, LAUGH, POINT, SHRUG, WAVE};

/// Lays an emote over `held`, `there` of the way, `secs` after it began.
pub(super) fn lay_over(held: &mut Held, emote: u8, secs: f32, there: f32, mover: &Mover) {
    let mut over = *held;
    match emote {
        WAVE => wave(&mut over, secs),
        CLAP => clap(&mut over, secs),
        POINT => point(&mut over, mover.head),
        DANCE => dance(&mut over, secs, mover),
        LAUGH => laugh(&mut over, secs),
        SHRUG => shrug(&mut over, secs),
        _ => return,
    }
    *held = held.mix(&over, there.clamp(0.0, 1.0));
}

fn wave(held: &mut Held, secs: f32) {
    let swing = (secs * 9.5).sin();
    *held.at(RightUpperArm) = Vec3::new(0.22, 0.10, 0.78 + 0.06 * swing);
    *held.at(RightLowerArm) = Vec3::new(0.0, 0.25, 0.62 + 0.42 * swing);
    *held.at(RightHand) = Vec3::new(0.0, 0.0, 0.22 * (secs * 9.5 - 0.9).sin());
    *held.at(RightShoulder) = Vec3::new(0.0, 0.0, 0.14);
    held.at(Chest).z += 0.05;
    held.at(Head).z -= 0.07;
    held.mouth = 0.35;
}

fn clap(held: &mut Held, secs: f32) {
    // Apart slowly, together quickly.
    let beat = (secs * 2.9).fract();
    let apart = smooth(0.12, 0.6, beat) - smooth(0.7, 1.0, beat);
    for side in 0..2 {
        let out = SIDES[side];
        *held.at(UPPER_ARMS[side]) = Vec3::new(0.62, out * 0.28, -out * 1.12);
        *held.at(LOWER_ARMS[side]) = Vec3::new(0.0, out * (1.42 - 0.40 * apart), out * 0.22);
        *held.at(HANDS[side]) = Vec3::new(0.0, out * 0.06, 0.0);
    }
    held.at(Chest).x += 0.04 * apart;
    held.at(Head).x -= 0.05 * (1.0 - apart);
    held.hips.y -= 0.006 * (1.0 - apart);
    held.mouth = 0.4;
}

/// Where one looks, with a straight arm.
fn point(held: &mut Held, look: Vec2) {
    let aside = look.x.clamp(-1.2, 1.2);
    *held.at(RightUpperArm) = Vec3::new(0.0, 1.45 + aside, look.y.clamp(-0.8, 0.9) + 0.05);
    *held.at(RightLowerArm) = Vec3::new(0.0, 0.04, 0.0);
    *held.at(RightHand) = Vec3::ZERO;
    held.at(RightShoulder).y = 0.20;
    held.at(Chest).y += 0.10 + aside * 0.15;
}

fn dance(held: &mut Held, secs: f32, mover: &Mover) {
    // Two beats a second; a figure of eight with the hips, arms in turns, now and then both up.
    let beat = secs * 2.0;
    let sway = (beat * core::f32::consts::PI).sin();
    let bounce = (beat * TAU).sin();
    let both = smooth(0.55, 0.8, (secs * 0.55 + mover.own).sin());
    held.hips.x += 0.055 * sway;
    held.hips.y -= 0.035 + 0.030 * bounce;
    held.at(Hips).z += -0.10 * sway;
    held.at(Hips).y += 0.22 * sway;
    held.at(Spine).z += 0.14 * sway;
    held.at(Chest).y += -0.28 * sway;
    held.at(Chest).z += 0.06 * sway;
    held.at(Head).z += -0.14 * sway;
    held.at(Head).x += 0.07 * bounce;
    for side in 0..2 {
        let out = SIDES[side];
        let mine = if side == 0 { sway } else { -sway };
        let up = smooth(-0.4, 0.9, mine).max(both);
        *held.at(UPPER_ARMS[side]) = Vec3::new(0.55 - 0.25 * up, out * 0.15, -out * (1.05 - 1.75 * up));
        *held.at(LOWER_ARMS[side]) = Vec3::new(
            0.0,
            out * (1.25 - 0.55 * up),
            out * (0.15 + 0.35 * up + 0.12 * bounce),
        );
        *held.at(SHOULDERS[side]) = Vec3::new(0.0, 0.0, out * 0.12 * up);
        // The foot without weight taps.
        let free = smooth(0.2, 0.9, -mine);
        held.feet[side].at.y += 0.045 * free * (0.5 + 0.5 * bounce);
        held.feet[side].at.x += out * 0.025;
        held.feet[side].pitch -= 0.35 * free;
    }
    held.mouth = 0.45;
}

fn laugh(held: &mut Held, secs: f32) {
    let wave = smooth(-0.6, 0.5, (secs * 1.9).sin());
    let shake = (secs * 31.0).sin() * (0.35 + 0.65 * wave);
    let back = 0.5 + 0.5 * (secs * 1.9 + 0.8).sin();
    held.at(Spine).x += 0.10 * back - 0.16 * (1.0 - back);
    held.at(Chest).x += 0.10 * back + 0.035 * shake;
    held.at(Head).x += 0.26 * back - 0.10 * (1.0 - back);
    held.at(Head).z += 0.06 * (secs * 2.7).sin();
    held.hips.y += 0.008 * shake - 0.012;
    for side in 0..2 {
        let out = SIDES[side];
        // One hand on the belly, the other a little lower.
        let low = side as f32 * 0.10;
        *held.at(UPPER_ARMS[side]) = Vec3::new(0.30, out * 0.15, -out * (1.20 + low));
        *held.at(LOWER_ARMS[side]) = Vec3::new(0.0, out * (1.55 - low), -out * (0.10 + low));
        held.at(SHOULDERS[side]).z = out * (0.10 + 0.08 * shake);
    }
    held.mouth = 0.75 + 0.25 * wave;
}

fn shrug(held: &mut Held, secs: f32) {
    let up = smooth(0.0, 0.28, secs) * (1.0 - smooth(1.35, 1.75, secs));
    let up = up * (1.0 + 0.05 * (secs * 7.0).sin());
    let rest = *held;
    for side in 0..2 {
        let out = SIDES[side];
        *held.at(SHOULDERS[side]) = Vec3::new(0.0, 0.0, out * 0.38);
        *held.at(UPPER_ARMS[side]) = Vec3::new(0.12, 0.0, -out * 1.38);
        *held.at(LOWER_ARMS[side]) = Vec3::new(-0.9, out * 0.95, out * 1.05);
        *held.at(HANDS[side]) = Vec3::new(-0.5, 0.0, out * 0.35);
    }
    held.at(Head).z += 0.20;
    held.at(Head).x -= 0.06;
    held.at(Chest).x -= 0.06;
    *held = rest.mix(held, up.clamp(0.0, 1.0));
}
