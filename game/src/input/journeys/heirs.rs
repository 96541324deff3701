//! By keys alone: whoever hosts names somebody who goes on with the world, and takes it back.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::sure::{hosting, press};
use super::*;
use crate::succession::{Readiness, Testament};

fn named(journey: &Journey) -> Vec<([u8; 32], Readiness)> {
    journey.guest.world().resource::<Testament>().named().collect()
}

#[test]
fn somebody_is_named_and_it_is_taken_back() {
    let mut journey = hosting();
    let ada = journey.ada.world().resource::<Profile>().identity.account().0;
    journey.key(KeyCode::Escape, Key::Escape);
    press(&mut journey, "If the host vanishes");
    assert_eq!(journey.top(), Some(Panel::Succession));
    press(&mut journey, "Ada");
    assert_eq!(named(&journey), [(ada, Readiness::Asked)]);
    press(&mut journey, "Ada");
    assert!(named(&journey).is_empty());
    journey.key(KeyCode::Escape, Key::Escape);
    assert_eq!(journey.top(), Some(Panel::Menu));
}
