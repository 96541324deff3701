//! What delays follow from when frames came.
use super::*;

#[test]
fn the_target_is_what_97_of_100_needed_and_a_margin() {
    let mut delay = Delay::new(true);
    for number in 0..2_000 {
        // Four of a hundred take 60 ms, three 100 ms, the rest up to 30.
        let takes = match number % 100 {
            0..4 => 60,
            4..7 => 100,
            rest => rest % 31,
        };
        delay.arrived((number * 20 + takes) * MS, number);
    }
    assert_eq!(delay.target(), 65 * MS);
}

#[test]
fn it_rises_at_once_and_falls_slowly() {
    let mut delay = Delay::new(true);
    for number in 0..1_000 {
        delay.arrived(number * FRAME, number);
    }
    assert_eq!(delay.target(), MIN);
    for number in 1_000..1_004 {
        delay.arrived(number * FRAME + 80 * MS, number);
    }
    assert_eq!(delay.target(), 85 * MS, "after four of a hundred");
    for number in 1_004..1_154 {
        delay.arrived(number * FRAME, number);
    }
    assert_eq!(
        delay.target(),
        85 * MS - 54 * FALL,
        "2 s later it comes down by 10 ms a second"
    );
}

#[test]
fn whatever_the_times_are_the_target_is_20_to_120_ms() {
    let mut delay = Delay::new(true);
    let mut seed = 1_u64;
    for _ in 0..10_000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        delay.arrived((seed >> 10).cast_signed(), (seed >> 40).cast_signed());
        delay.fetched((seed >> 20).cast_signed(), (seed >> 30).cast_signed(), 480);
        assert!((MIN..=MAX).contains(&delay.target()));
    }
}

#[test]
fn after_a_long_silence_the_base_is_learned_anew_and_the_jitter_is_not() {
    let mut delay = Delay::new(true);
    let jitter = |number: i64| number % 3 * 20 * MS;
    for number in 0..1_000 {
        delay.arrived(number * FRAME + jitter(number), number);
    }
    assert_eq!(delay.target(), 45 * MS);
    // A minute later the clocks are 100 ms apart.
    for number in 4_000..4_600 {
        delay.arrived(number * FRAME + 100 * MS + jitter(number), number);
        assert!(delay.target() <= 65 * MS);
    }
    assert_eq!(delay.target(), 45 * MS);
    assert_eq!(delay.age(4_600 * FRAME + 100 * MS, 4_600), 0);
    // Or they are as they were, and the first frame is not the quickest.
    for number in 7_001..7_020 {
        delay.arrived(number * FRAME + 100 * MS + jitter(number), number);
        assert_eq!(delay.target(), 45 * MS);
    }
}

#[test]
fn who_does_not_adapt_waits_60_ms() {
    let mut delay = Delay::new(false);
    for number in 0..1_000 {
        delay.arrived(number * FRAME + number % 7 * 20 * MS, number);
    }
    assert_eq!(delay.target(), 60 * MS);
}
