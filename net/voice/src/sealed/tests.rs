//! What takes a member's secrets to try.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn circle(number: u8) -> Circle {
    let me = Identity::from_secrets(&[number; 32], &[number | 0x80; 32]);
    Circle::new(me, [1; 16], [2; 16]).unwrap()
}

#[test]
fn a_member_who_gives_anothers_key_as_their_own_is_not_heard_in_that_ones_words() {
    let (mut alice, mut bob, mut mallory) = (circle(1), circle(2), circle(3));
    let admit = |to: &mut Circle, who: &Circle| to.admit(who.me.account(), &who.announce()).unwrap();
    admit(&mut alice, &mallory);
    admit(&mut mallory, &alice);
    admit(&mut bob, &mallory);
    let ends = |from: &Circle, to: &Circle| Ends {
        place: from.place,
        from: (from.me.account(), from.own.public),
        to: (to.me.account(), to.own.public),
    };

    // Mallory, who is in the circle, reads Alice's key and gives it to Bob.
    let words = alice.seal(b"words", b"").unwrap();
    let letters = alice.outgoing().unwrap();
    let letter = letters.iter().find(|letter| letter.to == mallory.me.account());
    let (_, secret) = mallory
        .own
        .read_key(
            &ends(&alice, &mallory),
            &alice.me.credential(),
            0,
            &letter.unwrap().bytes,
        )
        .unwrap();
    let letter = letters::write_key(
        &mallory.me,
        &ends(&mallory, &bob),
        1,
        &secret,
        letters::draw().unwrap(),
    );
    let from = mallory.me.account();
    bob.hear_key(from, &letter.unwrap(), Duration::ZERO).unwrap();
    assert_eq!(
        bob.open(from, &words, b"", Duration::ZERO),
        Err(SealedError::Frame(FrameError::Forged))
    );
}

#[test]
fn a_listener_holds_four_keys_of_a_talker_and_the_newest_opens() {
    let (mut alice, mut bob) = (circle(1), circle(2));
    alice.admit(bob.me.account(), &bob.announce()).unwrap();
    bob.admit(alice.me.account(), &alice.announce()).unwrap();
    let mut frames = Vec::new();
    for number in 0..7_u8 {
        alice.need_another_key();
        frames.push(alice.seal(&[number], b"").unwrap());
        let letter = alice.outgoing().unwrap().remove(0);
        bob.hear_key(alice.me.account(), &letter.bytes, Duration::ZERO)
            .unwrap();
    }
    assert_eq!(bob.members[0].keys.len(), HELD_KEYS);
    for (number, frame) in (0..).zip(&frames) {
        let opened = bob.open(alice.me.account(), frame, b"", Duration::ZERO);
        let held = usize::from(number) >= frames.len() - HELD_KEYS;
        assert_eq!(
            opened,
            if held {
                Ok(vec![number])
            } else {
                Err(SealedError::NoKey)
            }
        );
    }
}

#[test]
fn a_sealed_frame_stays_as_it_is() {
    let secret = [30; 32];
    let mut key = SealingKey::derive(SUITE, kid(9), &secret);
    let metadata = told(AccountKey([4; 32]), &[7, 0]);
    let frames: Vec<_> = (0..9).map(|_| key.seal(&metadata, b"words")).collect();
    let seen = |frame: &[u8]| data_encoding::HEXLOWER.encode(frame);
    assert_eq!(
        [seen(&frames[0]), seen(&frames[8])],
        ["10dd35b7269e8f6eca58b694565d", "1808c00dbfe7b8c24ef347eb758d5f"]
    );
}
