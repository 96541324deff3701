//! Circles through a host that forwards; in `hostile`, through hosts and members that do worse.
#![allow(clippy::unwrap_used, reason = "tests")]

mod hostile;

use core::time::Duration;
use holm_identity::{AccountKey, Identity, IdentityError};
use holm_voice::codec::MAX_PAYLOAD;
use holm_voice::sealed::sframe::{FrameError, Header};
use holm_voice::sealed::{
    ANNOUNCEMENT_BYTES, Circle, KEY_LETTER_BYTES, MAX_MEMBERS, MAX_PLAIN_BYTES, OVERHEAD_BYTES, SealedError,
    ToMember,
};

const WORLD: [u8; 16] = [1; 16];
const CIRCLE: [u8; 16] = [2; 16];
const NOW: Duration = Duration::from_secs(100);
/// What goes with each frame in the open.
const NUMBER: &[u8] = &[7, 0];
const UNPROVEN: SealedError = SealedError::Unproven(IdentityError::BadSignature);

/// Somebody in a circle.
struct Person {
    account: AccountKey,
    circle: Circle,
}

fn identity(number: u8) -> Identity {
    Identity::from_secrets(&[number; 32], &[number | 0x80; 32])
}

fn person(number: u8) -> Person {
    let me = identity(number);
    Person {
        account: me.account(),
        circle: Circle::new(me, WORLD, CIRCLE).unwrap(),
    }
}

/// An honest host: what each has to say to the others arrives.
fn forward(people: &mut [Person]) {
    for at in 0..people.len() {
        let from = people[at].account;
        for ToMember { to, bytes } in people[at].circle.outgoing().unwrap() {
            assert_eq!(bytes.len(), KEY_LETTER_BYTES);
            let to = people.iter_mut().find(|person| person.account == to).unwrap();
            to.circle.hear_key(from, &bytes, NOW).unwrap();
        }
    }
}

/// Each admits each other, and all have all keys.
fn circle_of<const N: usize>() -> [Person; N] {
    let mut people = core::array::from_fn(|at| person(at as u8 + 1));
    introduce(&mut people);
    forward(&mut people);
    people
}

fn introduce(people: &mut [Person]) {
    let announced: Vec<_> = people
        .iter()
        .map(|person| (person.account, person.circle.announce()))
        .collect();
    for person in people {
        for (account, announcement) in &announced {
            if *account != person.account {
                person.circle.admit(*account, announcement).unwrap();
            }
        }
    }
}

fn hear(to: &mut Person, from: AccountKey, sealed: &[u8]) -> Result<Vec<u8>, SealedError> {
    to.circle.open(from, sealed, NUMBER, NOW)
}

/// Everybody says something, and everybody else hears that.
fn all_hear_all(people: &mut [Person]) {
    for talker in 0..people.len() {
        let words = vec![talker as u8; 60];
        let sealed = people[talker].circle.seal(&words, NUMBER).unwrap();
        assert!(!sealed.windows(60).any(|bytes| bytes == words));
        let from = people[talker].account;
        for listener in (0..people.len()).filter(|listener| *listener != talker) {
            assert_eq!(hear(&mut people[listener], from, &sealed), Ok(words.clone()));
        }
    }
}

#[test]
fn a_whisper_is_heard_by_the_one_it_is_for() {
    let mut people = circle_of::<2>();
    all_hear_all(&mut people);
    let [a, b] = &mut people;
    assert!(a.circle.can_hear(b.account) && b.circle.can_hear(a.account));
    assert!(a.circle.members().eq([b.account]));
}

#[test]
fn five_hear_each_other_and_a_sixth_outside_nobody() {
    let mut people = circle_of::<5>();
    all_hear_all(&mut people);
    // The sixth has all that was announced, and admits everybody; nobody admitted them.
    let mut sixth = person(6);
    for person in &people {
        sixth
            .circle
            .admit(person.account, &person.circle.announce())
            .unwrap();
    }
    let from = people[0].account;
    let sealed = people[0].circle.seal(b"secret", NUMBER).unwrap();
    assert_eq!(hear(&mut sixth, from, &sealed), Err(SealedError::NoKey));
    let theirs = sixth.circle.seal(b"hello?", NUMBER).unwrap();
    assert_eq!(
        hear(&mut people[0], sixth.account, &theirs),
        Err(SealedError::NotAMember)
    );
}

#[test]
fn a_sealed_frame_is_at_most_eleven_bytes_longer_and_fits() {
    assert_eq!(OVERHEAD_BYTES, 11);
    let [mut a, mut b] = circle_of();
    let longest = [9; MAX_PLAIN_BYTES];
    let mut overheads = Vec::new();
    // Over the border where a talker takes another key.
    for number in 0_u32..65_540 {
        let sealed = a.circle.seal(&longest, NUMBER).unwrap();
        assert!(sealed.len() <= MAX_PAYLOAD, "{number}");
        overheads.push(sealed.len() - longest.len());
        if number >= 65_535 {
            for ToMember { bytes, .. } in a.circle.outgoing().unwrap() {
                assert_eq!(number, 65_536);
                b.circle.hear_key(a.account, &bytes, NOW).unwrap();
            }
            assert_eq!(hear(&mut b, a.account, &sealed), Ok(longest.to_vec()));
        }
    }
    assert_eq!(overheads[..9], [9, 9, 9, 9, 9, 9, 9, 9, 10]);
    assert_eq!((overheads[255], overheads[256], overheads[65_535]), (10, 11, 11));
    assert_eq!(overheads[65_536], 9);
    assert_eq!(
        a.circle.seal(&[9; MAX_PLAIN_BYTES + 1], NUMBER),
        Err(SealedError::TooLong {
            bytes: MAX_PLAIN_BYTES + 1
        })
    );
}

#[test]
fn whoever_was_removed_opens_nothing_that_follows() {
    let [mut a, mut b, mut c] = circle_of();
    let before = a.circle.seal(b"before", NUMBER).unwrap();
    assert_eq!(hear(&mut c, a.account, &before), Ok(b"before".to_vec()));

    assert!(a.circle.remove(c.account) && b.circle.remove(c.account));
    assert!(!a.circle.remove(c.account));
    // Sealed at once, with nobody having asked what is to go out.
    let after = a.circle.seal(b"after", NUMBER).unwrap();
    assert_eq!(hear(&mut c, a.account, &after), Err(SealedError::NoKey));
    let letters = a.circle.outgoing().unwrap();
    assert_eq!(
        letters.iter().map(|letter| letter.to).collect::<Vec<_>>(),
        [b.account]
    );
    // A host that gives them the letter of another gives them nothing.
    assert_eq!(
        c.circle.hear_key(a.account, &letters[0].bytes, NOW),
        Err(UNPROVEN)
    );
    assert_eq!(hear(&mut c, a.account, &after), Err(SealedError::NoKey));
    b.circle.hear_key(a.account, &letters[0].bytes, NOW).unwrap();
    assert_eq!(hear(&mut b, a.account, &after), Ok(b"after".to_vec()));
    // Nor are they heard.
    let theirs = c.circle.seal(b"still here", NUMBER).unwrap();
    assert_eq!(hear(&mut a, c.account, &theirs), Err(SealedError::NotAMember));
    // Their former announcement does not bring them back; a new one does.
    let former = c.circle.announce();
    assert_eq!(a.circle.admit(c.account, &former), Err(SealedError::Outdated));
    let c = person(3);
    a.circle.admit(c.account, &c.circle.announce()).unwrap();
}

#[test]
fn whoever_comes_opens_nothing_from_before() {
    let [a, b] = circle_of();
    let mut people = vec![a, b];
    let from = people[0].account;
    let before = people[0].circle.seal(b"before", NUMBER).unwrap();
    people.push(person(3));
    introduce(&mut people);
    forward(&mut people);
    let c = &mut people[2];
    assert!(c.circle.can_hear(from));
    // No key has it: the KID is another generation's.
    assert_eq!(hear(c, from, &before), Err(SealedError::NoKey));
    assert_eq!(hear(&mut people[1], from, &before), Ok(b"before".to_vec()));
    all_hear_all(&mut people);
}

#[test]
fn a_kid_that_comes_round_again_opens_nothing_of_the_generation_before() {
    let [mut a, mut b] = circle_of();
    let old = a.circle.seal(b"old", NUMBER).unwrap();
    // Eight comings and goings later the KID is the same; of the letters between only the last one is taken.
    let mut newest = Vec::new();
    for number in 10..14 {
        let guest = person(number);
        a.circle.admit(guest.account, &guest.circle.announce()).unwrap();
        a.circle.outgoing().unwrap();
        assert!(a.circle.remove(guest.account));
        newest = a.circle.outgoing().unwrap();
    }
    b.circle.hear_key(a.account, &newest[0].bytes, NOW).unwrap();
    let new = a.circle.seal(b"new", NUMBER).unwrap();
    assert_eq!(Header::read(&new).unwrap().kid, Header::read(&old).unwrap().kid);
    let forged = Err(SealedError::Frame(FrameError::Forged));
    assert_eq!(hear(&mut b, a.account, &old), forged);
    assert_eq!(hear(&mut b, a.account, &new), Ok(b"new".to_vec()));
}

/// `a` takes another key at this time, and `b` hears of it.
fn another_key(a: &mut Person, b: &mut Person, guest: u8, now: Duration) {
    let guest = person(guest);
    a.circle.admit(guest.account, &guest.circle.announce()).unwrap();
    for letter in a.circle.outgoing().unwrap() {
        if letter.to == b.account {
            b.circle.hear_key(a.account, &letter.bytes, now).unwrap();
        }
    }
}

#[test]
fn frames_of_the_key_before_open_for_two_seconds_and_then_no_more() {
    let [mut a, mut b] = circle_of();
    let frames: Vec<_> = (0..3_u8)
        .map(|number| a.circle.seal(&[number], NUMBER).unwrap())
        .collect();
    let from = a.account;
    let at = |b: &mut Person, sealed: &[u8], millis| {
        b.circle
            .open(from, sealed, NUMBER, NOW + Duration::from_millis(millis))
    };
    another_key(&mut a, &mut b, 3, NOW);
    let new = a.circle.seal(b"new", NUMBER).unwrap();
    assert_eq!(at(&mut b, &new, 0), Ok(b"new".to_vec()));
    assert_eq!(at(&mut b, &frames[0], 0), Ok(vec![0]));
    // A further key prolongs nothing.
    another_key(&mut a, &mut b, 4, NOW + Duration::from_secs(1));
    assert_eq!(at(&mut b, &frames[1], 1_999), Ok(vec![1]));
    assert_eq!(at(&mut b, &frames[2], 2_000), Err(SealedError::NoKey));
    let newest = a.circle.seal(b"newest", NUMBER).unwrap();
    assert_eq!(at(&mut b, &newest, 3_600_000), Ok(b"newest".to_vec()));
}

#[test]
fn a_frame_that_overtakes_its_key_is_lost_and_no_more() {
    let [mut a, mut b] = circle_of();
    let c = person(3);
    a.circle.admit(c.account, &c.circle.announce()).unwrap();
    let frame = a.circle.seal(b"new", NUMBER).unwrap();
    assert_eq!(hear(&mut b, a.account, &frame), Err(SealedError::NoKey));
    let letters = a.circle.outgoing().unwrap();
    let letter = letters.iter().find(|letter| letter.to == b.account).unwrap();
    b.circle.hear_key(a.account, &letter.bytes, NOW).unwrap();
    assert_eq!(hear(&mut b, a.account, &frame), Ok(b"new".to_vec()));
}

#[test]
fn letters_that_nobody_took_are_not_piled_up() {
    let [mut a, b] = circle_of();
    for guest in 3..10 {
        let guest = person(guest);
        a.circle.admit(guest.account, &guest.circle.announce()).unwrap();
        a.circle.seal(b"words", NUMBER).unwrap();
        a.circle.remove(guest.account);
        a.circle.seal(b"words", NUMBER).unwrap();
    }
    let letters = a.circle.outgoing().unwrap();
    assert_eq!(
        letters.iter().map(|letter| letter.to).collect::<Vec<_>>(),
        [b.account]
    );
    assert_eq!(a.circle.outgoing(), Ok(Vec::new()));
}

#[test]
fn loss_is_harmless_order_is_free_and_nothing_is_heard_twice() {
    let [mut a, mut b] = circle_of();
    let frames: Vec<_> = (0..200_u8)
        .map(|number| a.circle.seal(&[number], NUMBER).unwrap())
        .collect();
    let replayed = Err(SealedError::Frame(FrameError::Replayed));
    // Every third is lost, and pairs change places.
    for pair in frames.chunks(3) {
        for number in (0..pair.len().min(2)).rev() {
            assert!(hear(&mut b, a.account, &pair[number]).is_ok());
            assert_eq!(hear(&mut b, a.account, &pair[number]), replayed);
        }
    }
    // One that was thought lost comes late; one far too late is refused, and so is everything again.
    assert_eq!(hear(&mut b, a.account, &frames[197]), Ok(vec![197]));
    assert_eq!(hear(&mut b, a.account, &frames[2]), replayed);
    for frame in frames.iter().filter(|frame| **frame != frames[2]).step_by(3) {
        assert_eq!(hear(&mut b, a.account, frame), replayed);
    }
}

#[test]
fn an_announcement_again_changes_nothing() {
    let mut people = circle_of::<2>();
    introduce(&mut people);
    for person in &mut people {
        assert_eq!(person.circle.outgoing(), Ok(Vec::new()));
    }
    all_hear_all(&mut people);
}

#[test]
fn a_letter_that_comes_before_its_announcement_is_kept() {
    let (mut a, mut b) = (person(1), person(2));
    a.circle.admit(b.account, &b.circle.announce()).unwrap();
    for letter in a.circle.outgoing().unwrap() {
        b.circle.hear_key(a.account, &letter.bytes, NOW).unwrap();
    }
    // As many as a circle has people, whatever a host says.
    let letter = [0; KEY_LETTER_BYTES];
    for number in 0..100 {
        let stranger = AccountKey([number; 32]);
        let kept = b.circle.hear_key(stranger, &letter, NOW);
        let room = usize::from(number) + 1 < MAX_MEMBERS;
        assert_eq!(kept, if room { Ok(()) } else { Err(SealedError::Full) });
    }
    assert!(!b.circle.can_hear(a.account));
    b.circle.admit(a.account, &a.circle.announce()).unwrap();
    assert!(b.circle.can_hear(a.account));
    let words = a.circle.seal(b"first", NUMBER).unwrap();
    assert_eq!(hear(&mut b, a.account, &words), Ok(b"first".to_vec()));
}

#[test]
fn a_circle_has_sixteen_people_and_bounded_memory_of_those_who_left() {
    let mut people: Vec<_> = (1..=16).map(person).collect();
    introduce(&mut people);
    forward(&mut people);
    all_hear_all(&mut people);
    let one_more = person(17);
    let announcement = one_more.circle.announce();
    assert_eq!(
        people[0].circle.admit(one_more.account, &announcement),
        Err(SealedError::Full)
    );
    let (a, b) = (&mut people.swap_remove(0), identity(2));
    let came_again = (0..1_000)
        .take_while(|_| {
            let again = Circle::new(b.clone(), WORLD, CIRCLE).unwrap();
            a.circle.admit(b.account(), &again.announce()).is_ok()
        })
        .count();
    assert_eq!(came_again, 256 - 15);
    let again = Circle::new(b.clone(), WORLD, CIRCLE).unwrap();
    assert_eq!(
        a.circle.admit(b.account(), &again.announce()),
        Err(SealedError::WornOut)
    );
    // Those who are in still talk.
    assert!(a.circle.seal(b"words", NUMBER).is_ok());
}

#[test]
fn nothing_secret_is_in_debug_output_and_a_circle_goes_to_another_thread() {
    fn sends<T: Send + Sync>(_: &T) {}
    let [a, b] = circle_of();
    sends(&a.circle);
    let text = format!("{:?}", a.circle);
    let account = format!("{:?}", a.account);
    assert_eq!(
        text,
        format!("Circle {{ me: {account}, members: 1, generation: 1, .. }}")
    );
    drop(b);
}
