//! Somebody else's voice, on their card: how loud they are here, and speaking to them alone.
//!
//! Flow: `powers/ui/person` → [`Card::show`] → [`VoiceWish`].
//! Invariant: a circle has at most [`MOST`] people, each once, and is never empty: then one speaks to all.

use crate::theme::widgets::{self, Weight};
use crate::voice::devices::{VoiceWish, Volumes};
use crate::voice::{Audience, MyVoice};
use crate::words::Words;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use bevy_egui::egui::Ui;
use holm_identity::AccountKey;

/// Most people one speaks to alone; [`Audience`] says so.
const MOST: usize = 15;
/// Twice as loud as they are: for a microphone that whispers.
const LOUDEST: f32 = 2.0;
/// A key makes so much of it.
const STEP: f32 = 0.05;

/// What the card needs.
#[derive(SystemParam)]
pub(crate) struct Card<'w> {
    volumes: Res<'w, Volumes>,
    mine: Res<'w, MyVoice>,
    wishes: MessageWriter<'w, VoiceWish>,
}

impl Card<'_> {
    /// `here`: they are in this world now, and can be spoken to.
    pub(crate) fn show(&mut self, ui: &mut Ui, words: &Words, account: AccountKey, name: &str, here: bool) {
        let before = self.volumes.of(&account);
        let mut volume = before;
        let percent = (before * 100.0).round() as u32;
        let shown = words.with("voice-percent", &[("percent", percent.into())]);
        widgets::slider_in_steps(
            ui,
            &words.say("voice-volume"),
            &mut volume,
            0.0..=LOUDEST,
            STEP,
            shown,
        );
        if volume != before {
            self.wishes.write(VoiceWish::Volume {
                account,
                name: name.to_owned(),
                volume,
            });
        }
        if here && let Some(audience) = whom(ui, words, &self.mine.audience, account) {
            self.wishes.write(VoiceWish::Audience(audience));
        }
    }
}

/// Speaking to them alone, or to them, too.
fn whom(ui: &mut Ui, words: &Words, now: &Audience, account: AccountKey) -> Option<Audience> {
    let few: &[AccountKey] = match now {
        Audience::All => &[],
        Audience::Few(few) => few,
    };
    let theirs = few.contains(&account);
    let mut next = None;
    ui.horizontal_wrapped(|ui| {
        let mut offer = |ui: &mut Ui, text: &str, audience: Audience| {
            if widgets::button(ui, &words.say(text), Weight::Plain, 0.0).clicked() {
                next = Some(audience);
            }
        };
        if !theirs || few.len() > 1 {
            offer(ui, "voice-whisper-to-them", Audience::Few(vec![account]));
        }
        if !theirs && !few.is_empty() && few.len() < MOST {
            offer(ui, "voice-add", with(few, account));
        }
        if theirs && few.len() > 1 {
            offer(ui, "voice-take-out", without(few, account));
        }
        if !few.is_empty() {
            offer(ui, "voice-to-all", Audience::All);
        }
    });
    if theirs {
        let few = words.with("voice-circle", &[("count", few.len().into())]);
        widgets::aside(ui, few);
    }
    next
}

/// The circle with one more.
fn with(few: &[AccountKey], account: AccountKey) -> Audience {
    let mut few = few.to_vec();
    if !few.contains(&account) && few.len() < MOST {
        few.push(account);
    }
    Audience::Few(few)
}

/// The circle without somebody; all, when nobody is left.
fn without(few: &[AccountKey], account: AccountKey) -> Audience {
    let few: Vec<AccountKey> = few.iter().copied().filter(|other| *other != account).collect();
    if few.is_empty() {
        Audience::All
    } else {
        Audience::Few(few)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> AccountKey {
        AccountKey([seed; 32])
    }

    #[test]
    fn a_circle_grows_by_one_and_has_nobody_twice() {
        assert_eq!(with(&[key(1)], key(2)), Audience::Few(vec![key(1), key(2)]));
        assert_eq!(with(&[key(1)], key(1)), Audience::Few(vec![key(1)]));
        let full: Vec<AccountKey> = (0..MOST as u8).map(key).collect();
        assert_eq!(with(&full, key(99)), Audience::Few(full.clone()), "it is full");
    }

    #[test]
    fn who_takes_the_last_one_out_speaks_to_all() {
        assert_eq!(without(&[key(1), key(2)], key(1)), Audience::Few(vec![key(2)]));
        assert_eq!(without(&[key(2)], key(2)), Audience::All);
    }
}
