//! Never two who write, whatever is lost when.

#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use proptest::prelude::*;

const HOST: Account = [0; 32];

fn account(number: u8) -> Account {
    [number; 32]
}

fn secs(secs: f32) -> Duration {
    Duration::from_secs_f32(secs)
}

/// Everybody in `all` is here; of them those in `reached` can be reached.
fn here(all: &[u8], reached: &[u8]) -> BTreeMap<Account, bool> {
    let mut here: BTreeMap<Account, bool> = all
        .iter()
        .map(|number| (account(*number), reached.contains(number)))
        .collect();
    here.insert(HOST, true);
    here
}

fn nobody() -> BTreeSet<Account> {
    BTreeSet::new()
}

/// A book in which these are here, and 1 is an heir that knows it.
fn book(all: &[u8]) -> Book {
    let mut book = Book::default();
    assert!(book.look(secs(1.0), &here(all, all), &nobody()));
    book.told(account(1));
    let newest = book.newest().number;
    book.acknowledged(&account(1), newest);
    book
}

#[test]
fn a_host_writes_with_half_and_not_with_less() {
    let mut book = book(&[1, 2, 3]);
    assert!(book.may_write());
    book.look(secs(9.0), &here(&[1, 2, 3], &[2, 3]), &nobody());
    assert!(book.may_write(), "the heir alone is one of four");
    book.look(secs(9.0), &here(&[1, 2, 3], &[3]), &nobody());
    assert!(book.may_write(), "two of four");
    book.look(secs(9.0), &here(&[1, 2, 3], &[]), &nobody());
    assert!(!book.may_write());
    // Their seats are given up: they may still be together.
    book.look(secs(40.0), &here(&[], &[]), &nobody());
    assert!(!book.may_write());
    book.look(secs(50.0), &here(&[1], &[1]), &nobody());
    assert!(!book.may_write(), "the heir may have gone on meanwhile");
    book.is_back(&account(1));
    assert!(book.may_write(), "and says that it has not");
}

#[test]
fn who_says_good_bye_goes_on_nowhere() {
    let mut book = book(&[1, 2]);
    let left = BTreeSet::from([account(1), account(2)]);
    book.look(secs(9.0), &here(&[], &[]), &left);
    assert!(book.may_write());
}

#[test]
fn who_is_lost_much_later_cannot_have_come_to_an_heir_in_time() {
    let mut book = book(&[1, 2]);
    book.look(secs(10.0), &here(&[1, 2], &[2]), &nobody());
    book.look(secs(60.0), &here(&[2], &[2]), &nobody());
    book.look(secs(300.0), &here(&[2], &[]), &nobody());
    assert!(book.may_write());
    let mut both = self::book(&[1, 2]);
    both.look(secs(10.0), &here(&[1, 2], &[2]), &nobody());
    both.look(secs(30.0), &here(&[1, 2], &[]), &nobody());
    assert!(!both.may_write());
    both.forgets_the_lost();
    assert!(both.may_write(), "its owner said so");
}

#[test]
fn an_heir_writes_with_more_than_half_and_gives_up_without() {
    let roll = book(&[1, 2, 3]).newest();
    let mut claim = Claim::new(roll.clone(), account(1), secs(10.0), false);
    assert_eq!(claim.look(secs(11.0), [account(2)]), Claimed::Waits);
    assert_eq!(
        claim.look(secs(12.0), [account(2), account(9)]),
        Claimed::Waits,
        "a stranger"
    );
    assert_eq!(claim.look(secs(13.0), [account(2), account(3)]), Claimed::Writes);
    assert_eq!(claim.look(secs(300.0), []), Claimed::Writes, "for good");
    let mut alone = Claim::new(roll.clone(), account(1), secs(10.0), false);
    assert_eq!(alone.look(secs(60.0), []), Claimed::GivesUp);
    let mut half = Claim::new(roll, account(1), secs(10.0), true);
    assert_eq!(half.look(secs(10.1), []), Claimed::Waits);
    assert_eq!(half.look(secs(10.2), [account(3)]), Claimed::Writes);
}

#[test]
fn a_host_that_ended_asks_its_heirs_where_they_could_have_gone_on() {
    let heirs = BTreeSet::from([account(1)]);
    let roll = |all: &[u8]| book(all).newest();
    assert!(may_have_gone_on(&roll(&[1]), &heirs, &HOST));
    assert!(may_have_gone_on(&roll(&[1, 2, 3]), &heirs, &HOST));
    assert!(
        !may_have_gone_on(&roll(&[2, 3]), &heirs, &HOST),
        "none of them was there"
    );
    let mut alone = Book::default();
    alone.look(secs(1.0), &here(&[], &[]), &nobody());
    assert!(!may_have_gone_on(&alone.newest(), &heirs, &HOST));
}

/// What happens to one of six people.
#[derive(Clone, Copy, Debug)]
enum Happens {
    Comes(u8),
    Leaves(u8),
    /// Cannot be reached, or can be again.
    Lost(u8),
    Back(u8),
    /// An heir's word that it has this many rolls less than all.
    Acknowledges(u8, u32),
    Waits(f32),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (1_u8..7).prop_map(Happens::Comes),
        (1_u8..7).prop_map(Happens::Leaves),
        (1_u8..7).prop_map(Happens::Lost),
        (1_u8..7).prop_map(Happens::Back),
        (1_u8..3, 0_u32..3).prop_map(|(heir, less)| Happens::Acknowledges(heir, less)),
        (0.1_f32..50.0).prop_map(Happens::Waits),
    ]
}

proptest! {
    /// 1 and 2 are heirs. At any moment: whichever of them is lost, with whatever roll it may have by then, and with everybody who
    /// was lost from the host by then and could have reached it before it gave up: if that is enough, the host does not write.
    #[test]
    fn never_two_who_write(script in proptest::collection::vec(happens(), 1..60)) {
        let mut book = Book::default();
        let mut now = secs(1.0);
        let mut people = BTreeMap::<u8, bool>::new();
        let mut lost = BTreeMap::<u8, Duration>::new();
        // What each heir may have: every roll that it was told, from the last that it acknowledged on.
        let mut may_have = BTreeMap::<u8, Vec<Roll>>::new();
        for what in script {
            let mut left = BTreeSet::new();
            match what {
                Happens::Comes(who) => {
                    lost.remove(&who);
                    people.insert(who, true);
                    book.is_back(&account(who));
                }
                Happens::Leaves(who) => {
                    if people.get(&who) == Some(&true) {
                        people.remove(&who);
                        left.insert(account(who));
                        may_have.remove(&who);
                    }
                }
                Happens::Lost(who) => if let Some(reached) = people.get_mut(&who) {
                    *reached = false;
                    lost.entry(who).or_insert(now);
                },
                Happens::Back(who) => if let Some(reached) = people.get_mut(&who) {
                    *reached = true;
                    lost.remove(&who);
                    book.is_back(&account(who));
                },
                Happens::Acknowledges(heir, less) => if people.get(&heir) == Some(&true)
                    && let Some(rolls) = may_have.get_mut(&heir)
                    && let Some(at) = rolls.len().checked_sub(1 + less as usize) {
                    book.acknowledged(&account(heir), rolls[at].number);
                    rolls.drain(..at);
                },
                Happens::Waits(more) => {
                    now += secs(more);
                    // Seats are not kept for ever.
                    let over = |who: &u8| lost.get(who).is_some_and(|since| now.saturating_sub(*since) > secs(30.0));
                    people.retain(|who, _| !over(who));
                }
            }
            let here: BTreeMap<Account, bool> = people.iter().map(|(who, reached)| (account(*who), *reached)).chain([(HOST, true)]).collect();
            book.look(now, &here, &left);
            for heir in [1, 2] {
                if people.get(&heir) == Some(&true) && book.is_due(&account(heir)) {
                    book.told(account(heir));
                    may_have.entry(heir).or_default().push(book.newest());
                }
            }
            for (heir, rolls) in &may_have {
                let Some(since) = lost.get(heir) else { continue };
                let opened = *since + TAKE_OVER;
                for roll in rolls {
                    let mut claim = Claim::new(roll.clone(), account(*heir), opened, false);
                    let came = lost.iter().filter(|(_, at)| **at <= opened + GIVE_UP_AFTER).map(|(who, _)| account(*who));
                    if claim.look(opened, came) == Claimed::Writes {
                        prop_assert!(!book.may_write(), "heir {heir} with {roll:?}, {what:?}");
                    }
                }
            }
        }
    }
}
