//! Hosts and members that alter, swap, replay and make up what others send.

use super::*;
use holm_identity::{Credential, DeviceKey, Domain, Signature};
use proptest::prelude::*;

#[test]
fn frames_altered_renumbered_or_said_to_be_anothers_are_refused() {
    let [mut a, mut b, c] = circle_of();
    let forged = Err(SealedError::Frame(FrameError::Forged));
    let sealed = a.circle.seal(b"words", NUMBER).unwrap();
    assert_eq!(b.circle.open(a.account, &sealed, &[8, 0], NOW), forged);
    // Both have a key with this KID: the header is fine, the key another.
    assert_eq!(hear(&mut b, c.account, &sealed), forged);
    let own = b.account;
    assert_eq!(hear(&mut b, own, &sealed), Err(SealedError::NotAMember));
    // What one said oneself does not come back.
    assert_eq!(hear(&mut a, b.account, &sealed), forged);
    assert_eq!(hear(&mut b, a.account, &sealed), Ok(b"words".to_vec()));
    let malformed = Err(SealedError::Frame(FrameError::Malformed));
    for bytes in [0, MAX_PAYLOAD + 1] {
        assert_eq!(hear(&mut b, a.account, &vec![0; bytes]), malformed);
    }
}

#[test]
fn an_announcement_is_good_for_one_person_one_circle_and_one_world() {
    let [a, b] = [person(1), person(2)];
    let mut c = person(3);
    let ours = a.circle.announce();
    assert_eq!(ours.len(), ANNOUNCEMENT_BYTES);
    // A's for B's.
    assert_eq!(c.circle.admit(b.account, &ours), Err(SealedError::AnotherPerson));
    // B's account written over A's.
    let mut altered = ours.clone();
    altered[..32].copy_from_slice(&b.account.0);
    assert_eq!(
        c.circle.admit(b.account, &altered),
        Err(SealedError::Unproven(IdentityError::BadCertificate))
    );
    // B's key in A's announcement, which is what a host that listens would want.
    let mut altered = ours.clone();
    altered[128..160].copy_from_slice(&b.circle.announce()[128..160]);
    assert_eq!(c.circle.admit(a.account, &altered), Err(UNPROVEN));
    // Of another world, and of another circle in this one.
    for (world, circle) in [([9; 16], CIRCLE), (WORLD, [9; 16]), (CIRCLE, WORLD)] {
        let elsewhere = Circle::new(identity(1), world, circle).unwrap().announce();
        assert_eq!(c.circle.admit(a.account, &elsewhere), Err(UNPROVEN));
    }
    // Oneself.
    let own = c.circle.announce();
    assert_eq!(c.circle.admit(c.account, &own), Err(SealedError::Myself));
    assert_eq!(c.circle.members().count(), 0);
    assert_eq!(c.circle.seal(b"?", NUMBER), Err(SealedError::Nobody));
    assert_eq!(c.circle.outgoing(), Ok(Vec::new()));
    c.circle.admit(a.account, &ours).unwrap();
}

/// Signs as [`Identity::sign`] does, with any key.
fn sign(key: &ed25519_dalek::SigningKey, domain: &str, message: &[u8]) -> [u8; 64] {
    use ed25519_dalek::Signer;
    let framed = [&[domain.len() as u8], domain.as_bytes(), message].concat();
    key.sign(&framed).to_bytes()
}

#[test]
fn whoever_certifies_somebody_elses_device_does_not_get_their_key() {
    let a = person(1);
    let mut c = person(3);
    // B certifies A's device as one of B's own, which takes A's public key only, and shows A's announcement as theirs.
    let b = identity(2);
    let secret = ed25519_dalek::SigningKey::from_bytes(&[2; 32]);
    let device = identity(1).credential().device;
    let certificate = sign(&secret, "holm.identity.device.1", &device.0);
    let stolen = Credential {
        account: b.account(),
        device,
        certificate: Signature(certificate),
    };
    assert_eq!(stolen.check(), Ok(()));
    let mut announcement = a.circle.announce();
    announcement[..32].copy_from_slice(&b.account().0);
    announcement[64..128].copy_from_slice(&certificate);
    assert_eq!(c.circle.admit(b.account(), &announcement), Err(UNPROVEN));
}

#[test]
fn a_key_that_makes_every_secret_known_is_refused() {
    let mut c = person(3);
    let b = identity(2);
    // The points of small order, as RFC 7748 §6.1 warns: whoever agrees with them agrees on zero.
    let mut one = [0; 32];
    one[0] = 1;
    for public in [[0; 32], one] {
        let Credential {
            account,
            device: DeviceKey(device),
            certificate,
        } = b.credential();
        let message = [&WORLD[..], &CIRCLE, &account.0, &device, &public].concat();
        let signature = b.sign(Domain::new("holm.voice.sealed.1"), &message);
        let announcement = [&account.0[..], &device, &certificate.0, &public, &signature.0].concat();
        assert_eq!(c.circle.admit(account, &announcement), Err(SealedError::BadKey));
    }
}

#[test]
fn letters_altered_swapped_or_played_again_are_refused() {
    let mut people = [person(1), person(2), person(3)];
    introduce(&mut people);
    let [mut a, mut b, mut c] = people;
    let of = |person: &mut Person, to: AccountKey| {
        let letters = person.circle.outgoing().unwrap();
        let letter = letters.into_iter().find(|letter| letter.to == to).unwrap();
        letter.bytes
    };
    let from_a = of(&mut a, b.account);
    let from_c = of(&mut c, b.account);
    // C's for A's, and the other way round.
    assert_eq!(b.circle.hear_key(a.account, &from_c, NOW), Err(UNPROVEN));
    assert_eq!(b.circle.hear_key(c.account, &from_a, NOW), Err(UNPROVEN));
    // C signs A's sealed key as C's own: it is sealed as A's.
    for at in [4, 40, 100, 147] {
        let mut altered = from_a.clone();
        altered[at] ^= 1;
        assert_eq!(b.circle.hear_key(a.account, &altered, NOW), Err(UNPROVEN));
    }
    for cut in [0, 3, 147] {
        assert_eq!(
            b.circle.hear_key(a.account, &from_a[..cut], NOW),
            Err(SealedError::Malformed)
        );
    }
    b.circle.hear_key(a.account, &from_a, NOW).unwrap();
    b.circle.hear_key(c.account, &from_c, NOW).unwrap();
    // Again, and one before the newest.
    assert_eq!(
        b.circle.hear_key(a.account, &from_a, NOW),
        Err(SealedError::Outdated)
    );
    let d = person(4);
    a.circle.admit(d.account, &d.circle.announce()).unwrap();
    let newer = of(&mut a, b.account);
    b.circle.hear_key(a.account, &newer, NOW).unwrap();
    assert_eq!(
        b.circle.hear_key(a.account, &from_a, NOW),
        Err(SealedError::Outdated)
    );
    let words = a.circle.seal(b"words", NUMBER).unwrap();
    assert_eq!(hear(&mut b, a.account, &words), Ok(b"words".to_vec()));
}

#[test]
fn a_member_who_signs_anothers_letter_as_their_own_has_nothing_of_it() {
    let mut people = [person(1), person(2), person(3)];
    introduce(&mut people);
    let [mut a, mut b, c] = people;
    let letters = a.circle.outgoing().unwrap();
    let letter = letters.iter().find(|letter| letter.to == b.account).unwrap();
    // All of A's but the signature, which is C's, over C's ends.
    let body = &letter.bytes[..KEY_LETTER_BYTES - 64];
    let key = |person: &Person| person.circle.announce()[128..160].to_vec();
    let ends = [
        &WORLD[..],
        &CIRCLE,
        &c.account.0,
        &key(&c),
        &b.account.0,
        &key(&b),
    ]
    .concat();
    let signature = identity(3).sign(
        Domain::new("holm.voice.sealed.key.1"),
        &[&ends[..], body].concat(),
    );
    let stolen = [body, &signature.0].concat();
    assert_eq!(
        b.circle.hear_key(c.account, &stolen, NOW),
        Err(SealedError::BadKey)
    );
    assert!(!b.circle.can_hear(c.account));
}

#[test]
fn what_was_said_and_sent_in_an_earlier_time_is_worth_nothing_in_a_later_one() {
    let [mut a, mut b] = circle_of();
    let (announced, words) = (a.circle.announce(), a.circle.seal(b"before", NUMBER).unwrap());
    // Any change makes a letter of this time.
    a.circle.remove(b.account);
    let b_again = person(2);
    a.circle.admit(b.account, &b_again.circle.announce()).unwrap();
    let letter = a.circle.outgoing().unwrap().remove(0).bytes;

    // A comes anew; then the host plays A's former announcement, letter and words to B.
    let mut a_again = person(1);
    b.circle.admit(a.account, &a_again.circle.announce()).unwrap();
    assert!(!b.circle.can_hear(a.account));
    assert_eq!(b.circle.admit(a.account, &announced), Err(SealedError::Outdated));
    assert_eq!(b.circle.hear_key(a.account, &letter, NOW), Err(UNPROVEN));
    assert_eq!(hear(&mut b, a.account, &words), Err(SealedError::NoKey));
    a_again.circle.admit(b.account, &b.circle.announce()).unwrap();
    let mut people = [a_again, b];
    forward(&mut people);
    all_hear_all(&mut people);
}

proptest! {
    #[test]
    fn no_bytes_panic_or_open(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        fitting in proptest::collection::vec(any::<u8>(), ANNOUNCEMENT_BYTES),
        at: proptest::sample::Index,
        bit in 0..8_u8,
    ) {
        let mut people = [person(1), person(2)];
        introduce(&mut people);
        let [mut a, mut b] = people;
        let letter = a.circle.outgoing().unwrap().remove(0).bytes;
        let mut sealed = a.circle.seal(b"words", NUMBER).unwrap();
        for bytes in [&bytes[..], &fitting[..], &fitting[..KEY_LETTER_BYTES]] {
            prop_assert!(b.circle.admit(a.account, bytes).is_err());
            prop_assert!(b.circle.hear_key(a.account, bytes, NOW).is_err());
            prop_assert!(hear(&mut b, a.account, bytes).is_err());
        }
        // One bit of what is real.
        let mut altered = a.circle.announce();
        altered[at.index(ANNOUNCEMENT_BYTES)] ^= 1 << bit;
        prop_assert!(b.circle.admit(a.account, &altered).is_err());
        let mut altered = letter.clone();
        altered[at.index(KEY_LETTER_BYTES)] ^= 1 << bit;
        prop_assert!(b.circle.hear_key(a.account, &altered, NOW).is_err());
        prop_assert_eq!(b.circle.hear_key(a.account, &letter, NOW), Ok(()));
        let altered = at.index(sealed.len());
        sealed[altered] ^= 1 << bit;
        prop_assert!(hear(&mut b, a.account, &sealed).is_err());
        sealed[altered] ^= 1 << bit;
        prop_assert_eq!(hear(&mut b, a.account, &sealed), Ok(b"words".to_vec()));
    }
}
