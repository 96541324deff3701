//! What the host lets people wear, and what it keeps of it. Pure: time is handed in.
//!
//! Invariants: the host holds at most [`MAX_HELD_BYTES`] of avatars, promised ones included, and lets go of one as soon
//! as nobody wears it; nobody is told of an avatar that cannot be fetched; whoever does not send what they wear costs
//! nobody else who wears the same, whatever length they say it has.

use super::wire::{AvatarRef, WhyNot, Worn};
use crate::session::patience::Watch;
use bytes::Bytes;
use core::time::Duration;
use holm_net::pose::Slot;
use std::collections::BTreeMap;

/// All avatars a host keeps for its guests: twelve of the largest, or fifty of a usual size.
pub(super) const MAX_HELD_BYTES: u64 = 256 << 20;

/// Changes at once, and then one in [`EVERY`]: trying on a wardrobe is fine, making everybody fetch one after the other
/// is not.
const AT_ONCE: u32 = 4;
const EVERY: Duration = Duration::from_secs(3);

/// How often somebody may change: kept by the host for everybody, and by everybody for themselves, so that what is
/// chosen quickly is told late instead of being refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// Changes left, and since when they grow again.
    left: u32,
    since: Duration,
}

impl Allowance {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            left: AT_ONCE,
            since: now,
        }
    }

    /// Whether one more change is allowed now; it is counted if so.
    pub(super) fn take(&mut self, now: Duration) -> bool {
        let earned = u32::try_from(now.saturating_sub(self.since).as_millis() / EVERY.as_millis())
            .unwrap_or(AT_ONCE)
            .min(AT_ONCE);
        if earned > 0 {
            self.left = (self.left + earned).min(AT_ONCE);
            self.since = now;
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }

    /// The host says that it was too often: messages that were held up came to it at once.
    pub(super) fn exhaust(&mut self, now: Duration) {
        *self = Self { left: 0, since: now };
    }
}

/// What a wish led to, for the host to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Tell everybody.
    Tell(Slot, Worn),
    /// Tell its wearer.
    Refuse(Slot, WhyNot),
    /// Ask its wearer for the file.
    Fetch(Slot, AvatarRef),
    /// What is on its way from them is not wanted any more.
    Forget(Slot, [u8; 32]),
    /// Make it available.
    Offer(Bytes),
    /// It is nobody's any more.
    Withdraw([u8; 32]),
}

/// Everybody's clothes, at the host.
#[derive(Debug, Default)]
pub(super) struct Wardrobe {
    people: BTreeMap<Slot, Wearer>,
    files: BTreeMap<Key, File>,
}

/// Hash and length: whoever says a wrong length of a file says it of another.
type Key = ([u8; 32], u32);

fn key(avatar: &AvatarRef) -> Key {
    (avatar.hash, avatar.len)
}

#[derive(Debug)]
struct Wearer {
    worn: Worn,
    allowance: Allowance,
}

#[derive(Debug)]
struct File {
    here: bool,
    /// Who was asked for it.
    asked: Slot,
    watch: Watch,
}

impl File {
    fn asked_of(asked: Slot) -> Self {
        Self {
            here: false,
            asked,
            watch: Watch::default(),
        }
    }
}

impl Wearer {
    fn wears(&self, of: Key) -> bool {
        self.worn.avatar.is_some_and(|avatar| key(&avatar) == of)
    }
}

impl Wardrobe {
    /// Somebody wishes to wear this. `own` has the file when it is the host's own person.
    pub(super) fn wear(&mut self, now: Duration, slot: Slot, wish: Worn, own: Option<Bytes>) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let wearer = self.people.entry(slot).or_insert(Wearer {
            worn: Worn::default(),
            allowance: Allowance::new(now),
        });
        if !wearer.allowance.take(now) {
            return vec![Deed::Refuse(slot, WhyNot::TooOften)];
        }
        let wish = match wish.checked() {
            Ok(wish) => wish,
            Err(why) => {
                deeds.push(Deed::Refuse(slot, why));
                Worn {
                    look: wish.look.map(crate::people::look::Look::checked),
                    avatar: None,
                }
            }
        };
        wearer.worn = wish;
        let Some(avatar) = wish.avatar else {
            deeds.push(Deed::Tell(slot, wish));
            self.tidy(&mut deeds);
            return deeds;
        };
        // What is not worn any more makes room first.
        self.tidy(&mut deeds);
        match self.files.get(&key(&avatar)) {
            Some(file) if file.here => deeds.push(Deed::Tell(slot, wish)),
            // Somebody is being asked for the same.
            Some(_) => deeds.push(Deed::Tell(slot, Worn { avatar: None, ..wish })),
            None => {
                let held: u64 = self.files.keys().map(|(_, len)| u64::from(*len)).sum();
                if held + u64::from(avatar.len) > MAX_HELD_BYTES {
                    self.drop_avatar(slot, WhyNot::Full, &mut deeds);
                } else {
                    self.files.insert(key(&avatar), File::asked_of(slot));
                    deeds.push(Deed::Tell(slot, Worn { avatar: None, ..wish }));
                    match own {
                        Some(bytes) => self.arrived(slot, avatar.hash, Some(bytes), &mut deeds),
                        None => deeds.push(Deed::Fetch(slot, avatar)),
                    }
                }
            }
        }
        deeds
    }

    /// A file that was asked for is here, its hash right, or cannot be had.
    pub(super) fn arrived(
        &mut self,
        from: Slot,
        hash: [u8; 32],
        bytes: Option<Bytes>,
        deeds: &mut Vec<Deed>,
    ) {
        let asked = |(of, file): &(&Key, &mut File)| of.0 == hash && !file.here && file.asked == from;
        let Some((of, file)) = self.files.iter_mut().find(asked) else {
            return;
        };
        let of = *of;
        match bytes {
            Some(bytes) if bytes.len() == of.1 as usize => {
                file.here = true;
                deeds.push(Deed::Offer(bytes));
                for (slot, wearer) in &self.people {
                    if wearer.wears(of) {
                        deeds.push(Deed::Tell(*slot, wearer.worn));
                    }
                }
            }
            _ => self.not_had(of, from, deeds),
        }
    }

    /// Gives up on whoever has been asked for a file and does not send it. `here` is how much of it has come from
    /// them, `None` while their link is lost.
    pub(super) fn watch(
        &mut self,
        now: Duration,
        here: impl Fn(Slot, &[u8; 32]) -> Option<u64>,
        deeds: &mut Vec<Deed>,
    ) {
        let mut still = Vec::new();
        for (of, file) in self.files.iter_mut().filter(|(_, file)| !file.here) {
            if file.watch.is_still(now, here(file.asked, &of.0)) {
                still.push((*of, file.asked));
            }
        }
        for (of, asked) in still {
            deeds.push(Deed::Forget(asked, of.0));
            self.not_had(of, asked, deeds);
        }
    }

    /// It is not to be had from whoever was asked.
    fn not_had(&mut self, of: Key, from: Slot, deeds: &mut Vec<Deed>) {
        self.files.remove(&of);
        self.ask_another(of, from, deeds);
        if self.people.get(&from).is_some_and(|wearer| wearer.wears(of)) {
            self.drop_avatar(from, WhyNot::NotReceived, deeds);
        }
    }

    /// Somebody left. All are told that the slot wears nothing: whoever gets it next did not choose those clothes, and
    /// a slot can be lent again before anybody has seen it empty.
    pub(super) fn left(&mut self, slot: Slot) -> Vec<Deed> {
        let mut deeds = Vec::new();
        if self.people.remove(&slot).is_some() {
            deeds.push(Deed::Tell(slot, Worn::default()));
        }
        let asked: Vec<Key> = self
            .files
            .iter()
            .filter(|(_, file)| !file.here && file.asked == slot)
            .map(|(of, _)| *of)
            .collect();
        for of in asked {
            self.files.remove(&of);
            self.ask_another(of, slot, &mut deeds);
        }
        self.tidy(&mut deeds);
        deeds
    }

    /// What a newcomer is told.
    pub(super) fn all(&self) -> impl Iterator<Item = (Slot, Worn)> + '_ {
        self.people.iter().map(|(slot, wearer)| {
            let here = |avatar: &AvatarRef| self.files.get(&key(avatar)).is_some_and(|file| file.here);
            let worn = Worn {
                look: wearer.worn.look,
                avatar: wearer.worn.avatar.filter(here),
            };
            (*slot, worn)
        })
    }

    /// Somebody else who wears the same may have it.
    fn ask_another(&mut self, of: Key, not: Slot, deeds: &mut Vec<Deed>) {
        let other = self.people.iter().find_map(|(slot, wearer)| {
            let avatar = wearer.worn.avatar.filter(|avatar| key(avatar) == of)?;
            (*slot != not && *slot != Slot::HOST).then_some((*slot, avatar))
        });
        if let Some((slot, avatar)) = other {
            self.files.insert(of, File::asked_of(slot));
            deeds.push(Deed::Fetch(slot, avatar));
        }
    }

    fn drop_avatar(&mut self, slot: Slot, why: WhyNot, deeds: &mut Vec<Deed>) {
        if let Some(wearer) = self.people.get_mut(&slot) {
            wearer.worn.avatar = None;
            deeds.push(Deed::Tell(slot, wearer.worn));
            deeds.push(Deed::Refuse(slot, why));
        }
    }

    /// Lets go of what nobody wears, also of what is here of one that is still coming.
    fn tidy(&mut self, deeds: &mut Vec<Deed>) {
        let people = &self.people;
        self.files.retain(|of, file| {
            let worn = people.values().any(|wearer| wearer.wears(*of));
            if !worn {
                deeds.push(match file.here {
                    true => Deed::Withdraw(of.0),
                    false => Deed::Forget(file.asked, of.0),
                });
            }
            worn
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::avatar::limits::MAX_FILE_BYTES;
    use crate::avatar::wire::Weight;
    use proptest::prelude::*;

    fn avatar(n: u8, len: u32) -> AvatarRef {
        AvatarRef {
            hash: [n; 32],
            len,
            weight: Weight::Good,
            declared: false,
        }
    }

    fn worn(avatar: Option<AvatarRef>) -> Worn {
        Worn {
            avatar,
            ..Worn::default()
        }
    }

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn an_avatar_is_told_once_it_is_here_and_let_go_of_when_its_wearer_leaves() {
        let mut wardrobe = Wardrobe::default();
        let wish = worn(Some(avatar(1, 4)));
        let deeds = wardrobe.wear(NOW, Slot(1), wish, None);
        assert_eq!(
            deeds,
            [
                Deed::Tell(Slot(1), worn(None)),
                Deed::Fetch(Slot(1), avatar(1, 4))
            ]
        );
        assert_eq!(wardrobe.all().collect::<Vec<_>>(), [(Slot(1), worn(None))]);
        let mut deeds = Vec::new();
        let bytes = Bytes::from_static(b"here");
        // From somebody who was not asked it is nothing.
        wardrobe.arrived(Slot(2), [1; 32], Some(bytes.clone()), &mut deeds);
        assert_eq!(deeds, []);
        wardrobe.arrived(Slot(1), [1; 32], Some(bytes.clone()), &mut deeds);
        assert_eq!(deeds, [Deed::Offer(bytes), Deed::Tell(Slot(1), wish)]);
        assert_eq!(wardrobe.all().collect::<Vec<_>>(), [(Slot(1), wish)]);
        // A second one of the same is there at once, and keeps it here.
        assert_eq!(
            wardrobe.wear(NOW, Slot(2), wish, None),
            [Deed::Tell(Slot(2), wish)]
        );
        // Whoever gets the slot next does not wear it.
        let bare = |slot| Deed::Tell(Slot(slot), Worn::default());
        assert_eq!(wardrobe.left(Slot(1)), [bare(1)]);
        assert_eq!(wardrobe.left(Slot(2)), [bare(2), Deed::Withdraw([1; 32])]);
        assert_eq!(wardrobe.left(Slot(2)), [], "nobody was there");
    }

    #[test]
    fn what_is_still_coming_is_forgotten_when_its_wearer_wants_something_else() {
        let mut wardrobe = Wardrobe::default();
        wardrobe.wear(NOW, Slot(1), worn(Some(avatar(1, 4))), None);
        let deeds = wardrobe.wear(NOW, Slot(1), worn(Some(avatar(2, 4))), None);
        assert!(deeds.contains(&Deed::Forget(Slot(1), [1; 32])), "{deeds:?}");
        assert!(deeds.contains(&Deed::Fetch(Slot(1), avatar(2, 4))), "{deeds:?}");
        let deeds = wardrobe.wear(NOW, Slot(1), worn(None), None);
        assert!(deeds.contains(&Deed::Forget(Slot(1), [2; 32])), "{deeds:?}");
        assert_eq!(wardrobe.files.len(), 0);
    }

    #[test]
    fn who_does_not_send_it_wears_the_default_and_hears_why() {
        let mut wardrobe = Wardrobe::default();
        wardrobe.wear(NOW, Slot(1), worn(Some(avatar(1, 4))), None);
        wardrobe.wear(NOW, Slot(2), worn(Some(avatar(1, 4))), None);
        let mut deeds = Vec::new();
        wardrobe.arrived(Slot(1), [1; 32], None, &mut deeds);
        let refused = [
            Deed::Tell(Slot(1), worn(None)),
            Deed::Refuse(Slot(1), WhyNot::NotReceived),
        ];
        assert_eq!(
            deeds[0],
            Deed::Fetch(Slot(2), avatar(1, 4)),
            "the other may have it"
        );
        assert_eq!(deeds[1..], refused);
        // And one who vanishes meanwhile.
        assert_eq!(wardrobe.left(Slot(2)), [Deed::Tell(Slot(2), Worn::default())]);
        assert_eq!(wardrobe.files.len(), 0);
    }

    #[test]
    fn a_wrong_length_that_somebody_says_costs_nobody_else_who_wears_the_same() {
        let mut wardrobe = Wardrobe::default();
        wardrobe.wear(NOW, Slot(1), worn(Some(avatar(1, 9))), None);
        let wish = worn(Some(avatar(1, 4)));
        let deeds = wardrobe.wear(NOW, Slot(2), wish, None);
        assert_eq!(
            deeds,
            [
                Deed::Tell(Slot(2), worn(None)),
                Deed::Fetch(Slot(2), avatar(1, 4))
            ]
        );
        let mut deeds = Vec::new();
        let bytes = Bytes::from_static(b"here");
        wardrobe.arrived(Slot(2), [1; 32], Some(bytes.clone()), &mut deeds);
        assert_eq!(deeds, [Deed::Offer(bytes.clone()), Deed::Tell(Slot(2), wish)]);
        // Who says the wrong one has it after all, and is not told of with a length that it does not have.
        let mut deeds = Vec::new();
        wardrobe.arrived(Slot(1), [1; 32], Some(bytes), &mut deeds);
        let refused = Deed::Refuse(Slot(1), WhyNot::NotReceived);
        assert_eq!(deeds, [Deed::Tell(Slot(1), worn(None)), refused]);
        assert_eq!(wardrobe.left(Slot(2)).last(), Some(&Deed::Withdraw([1; 32])));
    }

    #[test]
    fn who_stops_sending_is_given_up_and_whoever_else_wears_the_same_is_asked() {
        let mut wardrobe = Wardrobe::default();
        wardrobe.wear(NOW, Slot(1), worn(Some(avatar(1, 4))), None);
        wardrobe.wear(NOW, Slot(2), worn(Some(avatar(1, 4))), None);
        wardrobe.wear(NOW, Slot(3), worn(Some(avatar(2, 4))), None);
        let mut now = NOW;
        let mut given_up = Vec::new();
        while given_up.is_empty() && now < NOW + Duration::from_secs(120) {
            now += Duration::from_millis(100);
            // The third one's link is lost: nothing can come of them.
            wardrobe.watch(now, |slot, _| (slot != Slot(3)).then_some(0), &mut given_up);
        }
        assert_eq!(
            given_up,
            [
                Deed::Forget(Slot(1), [1; 32]),
                Deed::Fetch(Slot(2), avatar(1, 4)),
                Deed::Tell(Slot(1), worn(None)),
                Deed::Refuse(Slot(1), WhyNot::NotReceived),
            ]
        );
        let mut deeds = Vec::new();
        wardrobe.watch(now, |_, _| Some(0), &mut deeds);
        assert_eq!(deeds, [], "the next one has all the time as well");
        // They may try again.
        let deeds = wardrobe.wear(now, Slot(1), worn(Some(avatar(3, 4))), None);
        assert!(deeds.contains(&Deed::Fetch(Slot(1), avatar(3, 4))), "{deeds:?}");
    }

    #[test]
    fn too_large_too_often_and_too_many_are_refused() {
        let mut wardrobe = Wardrobe::default();
        let huge = worn(Some(avatar(1, MAX_FILE_BYTES as u32 + 1)));
        let deeds = wardrobe.wear(NOW, Slot(1), huge, None);
        assert_eq!(
            deeds,
            [
                Deed::Refuse(Slot(1), WhyNot::TooLarge),
                Deed::Tell(Slot(1), worn(None))
            ]
        );
        for _ in 1..AT_ONCE {
            wardrobe.wear(NOW, Slot(1), worn(None), None);
        }
        assert_eq!(
            wardrobe.wear(NOW, Slot(1), worn(None), None),
            [Deed::Refuse(Slot(1), WhyNot::TooOften)]
        );
        assert_eq!(wardrobe.wear(NOW + EVERY, Slot(1), worn(None), None).len(), 1);
        let largest = MAX_FILE_BYTES as u32;
        let fit = (MAX_HELD_BYTES / MAX_FILE_BYTES as u64) as u16;
        for n in 0..fit {
            let deeds = wardrobe.wear(NOW, Slot(10 + n), worn(Some(avatar(10 + n as u8, largest))), None);
            assert!(matches!(deeds[1], Deed::Fetch(..)), "{n}");
        }
        let deeds = wardrobe.wear(NOW, Slot(99), worn(Some(avatar(99, largest))), None);
        assert!(deeds.contains(&Deed::Refuse(Slot(99), WhyNot::Full)), "{deeds:?}");
    }

    proptest! {
        #[test]
        fn whatever_people_do_the_host_keeps_within_its_room_and_to_its_word(
            steps in proptest::collection::vec((0_u8..4, 0_u16..5, 0_u8..4, any::<bool>()), 1..120)
        ) {
            let mut wardrobe = Wardrobe::default();
            let mut offered = std::collections::BTreeMap::new();
            let mut now = NOW;
            let len = 8;
            for (what, slot, file, yes) in steps {
                now += Duration::from_secs(2);
                let slot = Slot(1 + slot);
                let mut deeds = Vec::new();
                match what {
                    0 => deeds = wardrobe.wear(now, slot, worn(yes.then_some(avatar(file, len))), None),
                    1 => deeds = wardrobe.left(slot),
                    _ => {
                        let bytes = yes.then(|| Bytes::from(vec![0; len as usize]));
                        wardrobe.arrived(slot, [file; 32], bytes, &mut deeds);
                    }
                }
                for deed in deeds {
                    match deed {
                        Deed::Offer(bytes) => { offered.insert([file; 32], bytes.len()); }
                        Deed::Withdraw(hash) => { prop_assert!(offered.remove(&hash).is_some()); }
                        Deed::Tell(_, worn) => if let Some(avatar) = worn.avatar {
                            prop_assert!(offered.contains_key(&avatar.hash));
                        },
                        _ => {}
                    }
                }
                prop_assert!(wardrobe.files.keys().map(|(_, len)| u64::from(*len)).sum::<u64>() <= MAX_HELD_BYTES);
                for (_, worn) in wardrobe.all() {
                    if let Some(avatar) = worn.avatar {
                        prop_assert!(offered.contains_key(&avatar.hash));
                    }
                }
            }
        }
    }
}
