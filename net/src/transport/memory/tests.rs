//! What the in-memory links promise.

use super::*;

const MS: Duration = Duration::from_millis(1);

fn joined(seed: u64, weather: Weather) -> (MemoryNet, MemoryTransport, MemoryTransport, LinkId, Duration) {
    let net = MemoryNet::new(seed);
    let mut host = net.host();
    let mut guest = net.guest(weather);
    let (mut now, mut events) = (Duration::ZERO, Vec::new());
    while guest.link().is_none() {
        host.poll(now, &mut events);
        guest.poll(now, &mut events);
        now += MS;
        assert!(
            now < MS * 3000,
            "seed {seed}: no link in 3 s over {}",
            weather.name
        );
    }
    host.poll(now, &mut events);
    let link = guest.link().unwrap();
    (net, host, guest, link, now)
}

/// Sends 2,000 numbered messages up, one each 5 ms, and gives each arrival's number and delay.
fn arrivals(seed: u64, weather: Weather, channel: Channel) -> Vec<(u32, Duration)> {
    let (_net, mut host, mut guest, link, start) = joined(seed, weather);
    let (mut got, mut events) = (Vec::new(), Vec::new());
    for step in 0..15_000u32 {
        let now = start + MS * step;
        guest.poll(now, &mut Vec::new());
        if step % 5 == 0 && step < 10_000 {
            guest
                .send(link, channel, Bytes::copy_from_slice(&step.to_le_bytes()))
                .unwrap();
        }
        host.poll(now, &mut events);
        for event in events.drain(..) {
            if let LinkEvent::Received {
                bytes, channel: on, ..
            } = event
            {
                assert_eq!(on, channel);
                let sent = u32::from_le_bytes(bytes[..].try_into().unwrap());
                got.push((sent / 5, now - start - MS * sent));
            }
        }
    }
    got
}

#[test]
fn the_same_seed_is_the_same_history_and_another_is_not() {
    for weather in Weather::ALL {
        assert_eq!(
            arrivals(3, weather, Channel::Stream),
            arrivals(3, weather, Channel::Stream),
            "{}",
            weather.name
        );
    }
    assert_ne!(
        arrivals(3, Weather::BENCH_50MS, Channel::Stream),
        arrivals(4, Weather::BENCH_50MS, Channel::Stream)
    );
}

#[test]
fn a_stream_loses_delays_and_reorders_as_its_weather_says() {
    let weather = Weather::BENCH_50MS;
    let (mut count, mut swapped, mut gaps) = (0usize, 0usize, 0usize);
    for seed in 0..5 {
        let got = arrivals(seed, weather, Channel::Stream);
        assert!(
            got.iter().all(|(_, delay)| (MS * 30..=MS * 71).contains(delay)),
            "seed {seed}"
        );
        swapped += got.windows(2).filter(|w| w[1].0 < w[0].0).count();
        let mut numbers: Vec<u32> = got.iter().map(|(n, _)| *n).collect();
        numbers.sort_unstable();
        gaps += numbers.windows(2).filter(|w| w[1] - w[0] > 1).count();
        count += got.len();
    }
    let lost = 10_000 - count;
    assert!((120..300).contains(&lost), "lost {lost} of 10,000");
    assert!(lost as f64 / gaps as f64 > 1.4, "lost {lost} in {gaps} bursts");
    assert!(swapped > 500, "swapped {swapped}");
}

#[test]
fn the_ordered_channel_gives_everything_once_and_in_order() {
    for weather in Weather::ALL {
        let got = arrivals(1, weather, Channel::Order);
        assert!(got.iter().map(|(n, _)| *n).eq(0..2000), "{}", weather.name);
    }
}

#[test]
fn bulk_gives_everything_once_in_any_order() {
    let mut numbers: Vec<u32> = arrivals(1, Weather::BAD_WIFI, Channel::Bulk)
        .iter()
        .map(|(n, _)| *n)
        .collect();
    assert!(numbers.windows(2).any(|w| w[1] < w[0]));
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..2000));
}

#[test]
fn a_narrow_link_takes_its_time() {
    let narrow = Weather {
        bits_per_sec: Some(80_000),
        ..Weather::PERFECT
    };
    let (_net, mut host, mut guest, link, now) = joined(1, narrow);
    for _ in 0..10 {
        guest
            .send(link, Channel::Bulk, Bytes::from(vec![0; 1000 - HEADER_BYTES]))
            .unwrap();
    }
    let mut events = Vec::new();
    host.poll(now + MS * 550, &mut events);
    assert_eq!(events.len(), 5, "1,000 bytes each 100 ms");
}

#[test]
fn a_cut_link_is_silent_and_then_both_are_told() {
    let (net, mut host, mut guest, link, now) = joined(1, Weather::PERFECT);
    net.cut(link, MS * 5000);
    guest.send(link, Channel::Order, "lost".into()).unwrap();
    let mut events = Vec::new();
    host.poll(now + MS * 4000, &mut events);
    assert_eq!(events, []);
    host.poll(now + MS * 5001, &mut events);
    guest.poll(now + MS * 5001, &mut events);
    assert_eq!(
        events,
        [
            LinkEvent::Closed {
                link,
                cause: CloseCause::Network
            },
            LinkEvent::Closed {
                link,
                cause: CloseCause::Network
            }
        ]
    );
    assert_eq!(
        guest.send(link, Channel::Order, "gone".into()),
        Err(SendError::NoLink)
    );
}

#[test]
fn a_mended_black_hole_gives_back_only_what_is_reliable() {
    let (net, mut host, mut guest, link, now) = joined(1, Weather::PERFECT);
    net.black_hole(link);
    guest.send(link, Channel::Stream, "stream".into()).unwrap();
    guest.send(link, Channel::Order, "order".into()).unwrap();
    let mut events = Vec::new();
    host.poll(now + MS * 9000, &mut events);
    assert_eq!(events, []);
    net.mend(link);
    host.poll(now + MS * 9001, &mut events);
    assert_eq!(
        events,
        [LinkEvent::Received {
            link,
            channel: Channel::Order,
            bytes: "order".into()
        }]
    );
}

#[test]
fn closing_tells_the_other_side_and_a_crash_does_not() {
    let (_net, mut host, mut guest, link, now) = joined(1, Weather::LAN);
    guest.close(link);
    let mut events = Vec::new();
    guest.poll(now, &mut events);
    host.poll(now + MS * 9, &mut events);
    assert_eq!(
        events,
        [
            LinkEvent::Closed {
                link,
                cause: CloseCause::Here
            },
            LinkEvent::Closed {
                link,
                cause: CloseCause::There
            }
        ]
    );

    let (_net, mut host, guest, _link, now) = joined(1, Weather::LAN);
    drop(guest);
    events.clear();
    host.poll(now + MS * 60_000, &mut events);
    assert_eq!(events, []);
}

#[test]
fn a_guest_without_a_host_is_told() {
    let mut guest = MemoryNet::new(1).guest(Weather::PERFECT);
    let mut events = Vec::new();
    guest.poll(MS, &mut events);
    assert_eq!(
        events.last(),
        Some(&LinkEvent::Failed {
            cause: JoinFailure::NoSuchRoom
        })
    );
}

#[test]
fn both_ends_share_a_binding_unless_somebody_is_in_the_middle() {
    let bindings = |middle: bool| {
        let net = MemoryNet::new(1);
        let mut host = net.host();
        let mut guest = if middle {
            net.guest_through_a_middleman(Weather::PERFECT)
        } else {
            net.guest(Weather::PERFECT)
        };
        let mut events = Vec::new();
        guest.poll(MS, &mut events);
        host.poll(MS, &mut events);
        let found: Vec<_> = events
            .iter()
            .filter_map(|e| {
                if let LinkEvent::Opened { binding, .. } = e {
                    Some(*binding)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(found.len(), 2);
        found[0] == found[1]
    };
    assert!(bindings(false));
    assert!(!bindings(true));
}
