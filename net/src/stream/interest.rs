//! What one receiver is told about now.
//!
//! Flow: every tick each one's account grows by the rate its distance earns; when it is full and there
//! is a new sample, it is due. When not all that are due fit, the fullest accounts go first, the
//! nearest ten before all. On a link that drops what it is given less is given.
//! Invariant: an account grows until its owner is told of, so nobody starves; one pass over plain arrays.

use super::crowd::{Crowd, View};
use super::{MAX_ENTRIES, Streamed};
use crate::wire::BitWriter;

/// A full account.
const DUE: u16 = 256;
/// Within this distance everybody is told every tick, metres.
const NEAR_METRES: f32 = 10.0;
/// Ticks between updates grow as 1 + d² times this (Basis' law)…
const PER_SQUARE_METRE: f32 = 0.005;
/// …up to this many: 250 ms at 20 Hz. Longer would save little (everybody far together is a tenth of the
/// budget) and cost a receiver as much delay, which takes seconds to lose again when somebody comes near.
const MAX_TICKS: f32 = 5.0;
/// The nearest get every tick, however far they are: some 40 bytes of a datagram that leaves anyway. At every
/// second tick the worst served of 200 guests got 8 to 9.8 poses a second of each, where 10 are promised.
const NEAREST: usize = 10;
const NEAREST_RATE: u16 = DUE;
/// Ticks between looks at who the nearest are: a quarter of a second…
const NEAREST_TICKS: u16 = 5;
/// …in which two people come or go this much, metres.
const NEAREST_MARGIN: f32 = 2.0;
/// A sample that was told once is told again after this many ticks if nothing newer came: it may be lost.
const AGAIN_TICKS: u16 = 10;

/// Above this share of loss a link is taken for full: bad air loses less.
const FULL_LOSS: f32 = 0.08;
/// Share of the room that is kept whatever is lost: 170 bytes, the nearest ten and some.
const LEAST_SHARE: f32 = 0.15;

/// One receiver's accounts. See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Interest {
    account: Vec<u16>,
    /// Serial and tick of the sample last told.
    told: Vec<(u32, u16)>,
    /// Slots chosen, ascending.
    chosen: Vec<u16>,
    /// Squared distances, for finding the nearest.
    distances: Vec<f32>,
    /// Squared distance within which somebody is among the nearest.
    nearest: f32,
    nearest_at: Option<u16>,
    pub(super) scratch: BitWriter,
    order: Vec<(u32, u16)>,
    /// Running share of datagrams lost.
    lost: f32,
    /// What of the room is left unused because the link drops what it gets: 0 to 1 − [`LEAST_SHARE`].
    withheld: f32,
}

impl Interest {
    /// Lets accounts grow and gives how many are due.
    pub(super) fn choose<V: Streamed>(&mut self, crowd: &Crowd<V>, view: View, now: u16) -> usize {
        let len = crowd.len();
        if self.account.len() < len {
            self.account.resize(len, DUE);
            self.told.resize(len, (0, now));
        }
        self.chosen.clear();
        let except = view.except.map(|slot| usize::from(slot.0));
        let eye = view.eye;
        if let Some(eye) = eye {
            self.find_nearest(crowd, eye, now);
        }
        for slot in 0..len {
            if !crowd.present[slot] || except == Some(slot) {
                continue;
            }
            let rate = match eye {
                None => DUE,
                Some(eye) => {
                    let square = square_distance(crowd, slot, eye);
                    let rate = rate(square);
                    if square <= self.nearest {
                        rate.max(NEAREST_RATE)
                    } else {
                        rate
                    }
                }
            };
            let account = self.account[slot].saturating_add(rate);
            let (serial, tick) = self.told[slot];
            let known = serial == crowd.serial[slot] && now.wrapping_sub(tick) < AGAIN_TICKS;
            if known {
                self.account[slot] = account.min(DUE); // nothing to tell: nothing is saved up
            } else {
                self.account[slot] = account;
                if account >= DUE {
                    self.chosen.push(slot as u16);
                }
            }
        }
        self.chosen.len()
    }

    /// Slots chosen, ascending.
    pub(super) fn chosen(&self) -> &[u16] {
        &self.chosen
    }

    fn find_nearest<V: Streamed>(&mut self, crowd: &Crowd<V>, eye: [f32; 3], now: u16) {
        if self
            .nearest_at
            .is_some_and(|at| now.wrapping_sub(at) < NEAREST_TICKS)
        {
            return;
        }
        self.nearest_at = Some(now);
        self.distances.clear();
        let present = (0..crowd.len()).filter(|slot| crowd.present[*slot]);
        self.distances
            .extend(present.map(|slot| square_distance(crowd, slot, eye)));
        // Somebody who looks at people is in there, too, at distance zero.
        self.nearest = if self.distances.len() <= NEAREST + 1 {
            f32::INFINITY
        } else {
            let tenth = *self.distances.select_nth_unstable_by(NEAREST, f32::total_cmp).1;
            (tenth.sqrt() + NEAREST_MARGIN).powi(2)
        };
    }

    /// Keeps of what was chosen the most pressing that fit into `room` bits.
    pub(super) fn keep_what_fits<V: Streamed>(
        &mut self,
        crowd: &Crowd<V>,
        view: View,
        room: usize,
        scratch: &mut BitWriter,
        mut bits: impl FnMut(u16, &mut BitWriter) -> usize,
    ) {
        self.order.clear();
        for &slot in &self.chosen {
            let at = usize::from(slot);
            let near = view
                .eye
                .is_some_and(|eye| square_distance(crowd, at, eye) <= self.nearest);
            self.order
                .push((u32::from(self.account[at]) | u32::from(near) << 16, slot));
        }
        self.order.sort_unstable_by(|a, b| b.cmp(a));
        self.chosen.clear();
        let mut left = room;
        for &(_, slot) in self.order.iter().take(MAX_ENTRIES) {
            let needs = bits(slot, scratch);
            if needs > left {
                break;
            }
            left -= needs;
            self.chosen.push(slot);
        }
        self.chosen.sort_unstable();
    }

    /// What was chosen has been written.
    pub(super) fn sent<V: Streamed>(&mut self, crowd: &Crowd<V>, now: u16) {
        for &slot in &self.chosen {
            let at = usize::from(slot);
            self.account[at] = self.account[at].saturating_sub(DUE).min(DUE - 1);
            self.told[at] = (crowd.serial[at], now);
        }
    }

    /// A datagram's fate is known: additive increase, multiplicative decrease, as everywhere.
    pub(super) fn settled(&mut self, arrived: bool) {
        self.lost += (if arrived { 0.0 } else { 1.0 } - self.lost) * 0.02;
        if arrived {
            self.withheld = (self.withheld - 0.001).max(0.0);
        } else if self.lost > FULL_LOSS {
            self.withheld = (1.0 - (1.0 - self.withheld) * 0.97).min(1.0 - LEAST_SHARE);
        }
    }

    /// What of `bits` may be used on this link now.
    pub(super) fn share_of(&self, bits: usize) -> usize {
        (bits as f32 * (1.0 - self.withheld)) as usize
    }

    pub(super) fn loss(&self) -> f32 {
        self.lost
    }
}

fn square_distance<V>(crowd: &Crowd<V>, slot: usize, [x, y, z]: [f32; 3]) -> f32 {
    let (dx, dy, dz) = (crowd.x[slot] - x, crowd.y[slot] - y, crowd.z[slot] - z);
    dx * dx + dy * dy + dz * dz
}

/// What an account grows by each tick at this squared distance.
fn rate(square: f32) -> u16 {
    if square <= NEAR_METRES * NEAR_METRES {
        return DUE;
    }
    let ticks = (1.0 + PER_SQUARE_METRE * square).min(MAX_TICKS);
    (f32::from(DUE) / ticks) as u16
}
