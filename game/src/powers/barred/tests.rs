//! Who is kept out with somebody who is banned, for how long, and who is not.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const ADA: Account = [1; 32];
const BO: Account = [2; 32];
const CY: Account = [3; 32];
const NOW: u64 = 1_800_000_000;

fn household(text: &str) -> Household {
    text.parse().unwrap()
}

/// Who is here, by which id each is known.
fn here(these: &[(Account, u8)]) -> BTreeMap<Account, Option<[u8; 16]>> {
    let known = these.iter().map(|(account, id)| (*account, Some([*id; 16])));
    known.collect()
}

/// Links below 10 come from one household, the others from one each; 0 from nobody knows where.
fn from(id: [u8; 16]) -> Option<Household> {
    match id[0] {
        0 => None,
        1..10 => Some(household("203.0.113.1")),
        n => Some(Household::V4([198, 51, 100, n])),
    }
}

fn noted(these: &[(Account, u8)]) -> Whereabouts {
    let mut whereabouts = Whereabouts::default();
    whereabouts.note(&here(these), NOW, from);
    whereabouts
}

fn nobody(_: &Account) -> bool {
    false
}

#[test]
fn whoever_shares_a_network_with_others_who_are_here_takes_nobody_out_with_them() {
    let whereabouts = noted(&[(ADA, 1), (BO, 2), (CY, 20)]);
    assert_eq!(whereabouts.to_bar(&BO, nobody), Err(Barring::Shared));
    assert_eq!(
        whereabouts.to_bar(&CY, nobody),
        Ok(Household::V4([198, 51, 100, 20]))
    );
    // Whoever is banned themselves protects nobody.
    assert_eq!(
        whereabouts.to_bar(&BO, |other| *other == ADA),
        Ok(household("203.0.113.1"))
    );
}

#[test]
fn whoever_is_away_is_still_here_and_whoever_has_left_is_not() {
    let mut whereabouts = noted(&[(ADA, 1), (BO, 2)]);
    let mut away = here(&[(BO, 2)]);
    away.insert(ADA, None);
    whereabouts.note(&away, NOW + 10, from);
    assert_eq!(whereabouts.to_bar(&BO, nobody), Err(Barring::Shared));
    whereabouts.note(&here(&[(BO, 2)]), NOW + 40, from);
    assert_eq!(whereabouts.to_bar(&BO, nobody), Ok(household("203.0.113.1")));
}

#[test]
fn where_somebody_came_from_is_known_for_a_day_and_of_so_many() {
    let mut whereabouts = noted(&[(ADA, 20), (BO, 0)]);
    assert_eq!(whereabouts.to_bar(&BO, nobody), Err(Barring::Unknown));
    whereabouts.note(&here(&[]), NOW, from);
    whereabouts.forget(NOW + REMEMBERED_SECS - 1);
    let left = Household::V4([198, 51, 100, 20]);
    assert_eq!(whereabouts.to_bar(&ADA, nobody), Ok(left));
    whereabouts.forget(NOW + REMEMBERED_SECS);
    assert_eq!(whereabouts.to_bar(&ADA, nobody), Err(Barring::Unknown));
    assert!(whereabouts.0.is_empty());

    // One after the other comes and goes; one stays.
    let mut whereabouts = Whereabouts::default();
    let account = |n: usize| {
        let mut account = [9; 32];
        account[..8].copy_from_slice(&(n as u64).to_be_bytes());
        account
    };
    for n in 0..MOST_REMEMBERED + 10 {
        let now_secs = NOW + n as u64;
        whereabouts.note(&here(&[(account(n), 30), (CY, 40)]), now_secs, from);
    }
    whereabouts.note(&here(&[(CY, 40)]), NOW + 1_000, from);
    assert_eq!(whereabouts.0.len(), MOST_REMEMBERED + 1);
    assert!(!whereabouts.0.contains_key(&account(9)));
    assert!(whereabouts.0.contains_key(&account(10)) && whereabouts.0.contains_key(&CY));
}

#[test]
fn another_link_may_come_from_somewhere_else_and_each_is_asked_about_once() {
    let asked = std::cell::Cell::new(0);
    let ask = |id| {
        asked.set(asked.get() + 1);
        from(id)
    };
    let mut whereabouts = Whereabouts::default();
    for _ in 0..5 {
        whereabouts.note(&here(&[(ADA, 20), (BO, 0)]), NOW, ask);
    }
    assert_eq!(asked.get(), 2);
    whereabouts.note(&here(&[(ADA, 21), (BO, 0)]), NOW, ask);
    assert_eq!(asked.get(), 3);
    assert_eq!(
        whereabouts.to_bar(&ADA, nobody),
        Ok(Household::V4([198, 51, 100, 21]))
    );
}

#[test]
fn a_bar_ends_after_a_week_whatever_the_clock_does() {
    let one = household("2001:db8:0:1::/64");
    let mut bars = Bars::default();
    bars.add(one, BO, NOW);
    assert!(!bars.tidy(NOW + BARRED_SECS - 1));
    assert!(bars.tidy(NOW + BARRED_SECS));
    assert_eq!(bars, Bars::default());
    // The clock was a year ahead, or somebody wrote into the file.
    bars.add(one, BO, NOW + 365 * 24 * 60 * 60);
    bars.0[0].until_secs = u64::MAX;
    assert!(!bars.tidy(NOW));
    assert_eq!(bars.0[0].until_secs, NOW + BARRED_SECS);
    assert!(bars.tidy(NOW + BARRED_SECS));
}

#[test]
fn a_bar_is_lifted_with_the_ban_and_by_hand() {
    let (one, other) = (household("203.0.113.1"), household("203.0.113.2"));
    let mut bars = Bars::default();
    bars.add(one, ADA, NOW);
    bars.add(one, BO, NOW);
    bars.add(other, BO, NOW);
    assert!(bars.lift(&BO));
    assert!(!bars.lift(&BO));
    assert_eq!(
        bars.households(),
        BTreeSet::from([one]),
        "Ada came from there, too"
    );
    assert!(!bars.unbar(other));
    assert!(bars.unbar(one));
    assert_eq!(bars, Bars::default());
}

#[test]
fn there_are_so_many_bars_at_most_and_the_same_one_once() {
    let mut bars = Bars::default();
    bars.add(household("203.0.113.1"), BO, NOW);
    bars.add(household("203.0.113.1"), BO, NOW + 5);
    assert_eq!(bars.0.len(), 1);
    assert_eq!(bars.0[0].until_secs, NOW + 5 + BARRED_SECS);
    for n in 0..=MOST {
        let household = Household::V4([10, 0, (n >> 8) as u8, n as u8]);
        bars.add(household, [7; 32], NOW + 10 + n as u64);
    }
    assert_eq!(bars.0.len(), MOST);
    let households = bars.households();
    assert!(!households.contains(&household("203.0.113.1")));
    assert!(!households.contains(&household("10.0.0.0")));
    assert!(households.contains(&household("10.0.0.1")));
}
