//! What one bot sees of the others: how often their poses come, and how far they walk.
//!
//! Flow: [`Watch::look`] each tick → counts for each neighbour in windows of a second → pose intervals, and the
//! rate of the slowest served of the ten nearest.
//! Invariant: somebody who stands still sends nothing, so only those who move all through a window count.

use crate::customs;
use holm_net::pose::Slot;
use holm_net::session::guest::Guest;
use std::collections::BTreeMap;
use std::time::Duration;

/// Of how many neighbours the service is judged: about as many as one talks with in a crowd.
const NEAREST: usize = 10;
/// Counts are taken over this long…
const WINDOW: Duration = Duration::from_secs(1);
/// …in as many parts, in each of which somebody must have moved to count as moving.
const PARTS: u32 = 4;
/// Less than this in a part is standing, metres; a slow walk makes 0.5.
const MOVES_METRES: f32 = 0.15;
/// Farther than this between two looks is somebody who was put elsewhere, metres.
const PUT_ELSEWHERE_METRES: f32 = 3.0;

/// Somebody seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) name: String,
    pub(super) walked_metres: f32,
    pub(super) waved: bool,
}

#[derive(Clone, Copy, Debug)]
struct Neighbour {
    person: usize,
    /// Poses of theirs that ever came, and when the last did.
    samples: u64,
    arrived: Duration,
    at: [f32; 3],
    near: bool,
    in_window: u64,
    part_at: [f32; 3],
    parts_moved: u32,
}

/// One bot's eyes.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) people: Vec<Seen>,
    /// Between two poses of one of the nearest, while moving, milliseconds.
    pub(super) intervals_ms: Vec<f32>,
    /// Of each window the rate of the slowest served of the nearest.
    slowest_hz: Vec<f32>,
    neighbours: BTreeMap<Slot, Neighbour>,
    window_began: Duration,
    parts: u32,
}

impl Watch {
    pub(super) fn look(&mut self, guest: &Guest, now: Duration, own: [f32; 3], measuring: bool) {
        // In a crowd only the nearest are watched at every look; everybody once a window.
        let crowded = self.neighbours.len() > 2 * NEAREST;
        if !crowded {
            self.meet(guest, now, own);
        }
        for (slot, neighbour) in self
            .neighbours
            .iter_mut()
            .filter(|(_, neighbour)| neighbour.near || !crowded)
        {
            if let Some(pose) = guest.shown_pose(*slot, now) {
                let step = distance(neighbour.at, pose.position);
                let person = &mut self.people[neighbour.person];
                if step < PUT_ELSEWHERE_METRES && neighbour.samples > 1 {
                    person.walked_metres += step;
                }
                person.waved |= pose.gesture == crate::gesture::WAVE;
                neighbour.at = pose.position;
            }
            let samples = guest.samples_of(*slot);
            let new = samples.saturating_sub(neighbour.samples);
            if new > 0 {
                let moving = neighbour.parts_moved > 0 && neighbour.parts_moved == self.parts;
                if measuring && neighbour.near && moving {
                    // Several at one look came between two looks of ours: the gap before each is its share.
                    let gap = now.saturating_sub(neighbour.arrived).as_secs_f32() * 1000.0 / new as f32;
                    self.intervals_ms.extend(core::iter::repeat_n(gap, new as usize));
                }
                neighbour.samples = samples;
                neighbour.arrived = now;
                neighbour.in_window += new;
            }
        }
        let age = now.saturating_sub(self.window_began);
        if age >= WINDOW * (self.parts + 1) / PARTS {
            self.parts += 1;
            for neighbour in self.neighbours.values_mut() {
                neighbour.parts_moved += u32::from(distance(neighbour.at, neighbour.part_at) >= MOVES_METRES);
                neighbour.part_at = neighbour.at;
            }
        }
        if age >= WINDOW {
            self.turn_window(guest, now, own, measuring.then_some(age));
        }
    }

    /// Takes note of everybody who is new.
    fn meet(&mut self, guest: &Guest, now: Duration, own: [f32; 3]) {
        let me = guest.slot();
        for person in guest.people().filter(|person| Some(person.slot) != me) {
            if self.neighbours.contains_key(&person.slot) {
                continue;
            }
            self.people.push(Seen {
                name: customs::name(&person.name),
                walked_metres: 0.0,
                waved: false,
            });
            let at = guest
                .shown_pose(person.slot, now)
                .map_or(own, |pose| pose.position);
            let neighbour = Neighbour {
                person: self.people.len() - 1,
                samples: guest.samples_of(person.slot),
                arrived: now,
                at,
                near: false,
                in_window: 0,
                part_at: at,
                parts_moved: 0,
            };
            self.neighbours.insert(person.slot, neighbour);
        }
    }

    fn turn_window(&mut self, guest: &Guest, now: Duration, own: [f32; 3], measured: Option<Duration>) {
        if let Some(age) = measured {
            let slowest = self
                .neighbours
                .values()
                .filter(|n| n.near && n.parts_moved >= PARTS)
                .map(|n| n.in_window as f32 / age.as_secs_f32())
                .min_by(f32::total_cmp);
            self.slowest_hz.extend(slowest);
        }
        self.meet(guest, now, own);
        let here: Vec<Slot> = guest.people().map(|person| person.slot).collect();
        self.neighbours.retain(|slot, _| here.binary_search(slot).is_ok());
        let mut by_distance: Vec<(f32, Slot)> = self
            .neighbours
            .keys()
            .filter_map(|slot| Some((distance(guest.shown_pose(*slot, now)?.position, own), *slot)))
            .collect();
        by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
        by_distance.truncate(NEAREST);
        for (slot, neighbour) in &mut self.neighbours {
            let near = by_distance.iter().any(|(_, nearest)| nearest == slot);
            if near && !neighbour.near {
                neighbour.at = guest
                    .shown_pose(*slot, now)
                    .map_or(neighbour.at, |pose| pose.position);
                neighbour.arrived = now;
                neighbour.samples = guest.samples_of(*slot);
            }
            neighbour.near = near;
            neighbour.in_window = 0;
            neighbour.parts_moved = 0;
            neighbour.part_at = neighbour.at;
        }
        self.window_began = now;
        self.parts = 0;
    }

    /// How often the slowest served of the ten nearest was heard of, over all windows; `None` if nobody near
    /// ever moved through a whole one.
    pub(super) fn slowest_near_hz(&self) -> Option<f32> {
        let count = self.slowest_hz.len();
        (count > 0).then(|| self.slowest_hz.iter().sum::<f32>() / count as f32)
    }
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f32>().sqrt()
}
