//! Those who do not play by the rules lose their own link, and learn nothing.

use crate::party::{Party, STEP, Stranger, guest_config, ms};
use bytes::Bytes;
use holm_net::link::RoomSecret;
use holm_net::pose::Slot;
use holm_net::session::EndReason;
use holm_net::session::guest::{Guest, GuestEvent};
use holm_net::session::host::HostEvent;
use holm_net::transport::memory::{MemoryNet, MemoryTransport, Weather};
use holm_net::transport::{Channel, LinkEvent, Transport};
use proptest::prelude::*;

/// Nothing the host sent names anybody or the world.
fn tells_nothing(messages: &[Bytes]) -> bool {
    messages.iter().all(|bytes| {
        ["Hilda", "Guest", "Harbour"]
            .iter()
            .all(|word| !bytes.windows(word.len()).any(|part| part == word.as_bytes()))
    })
}

#[test]
fn the_wrong_secret_opens_nothing() {
    let mut party = Party::new(1);
    party.connect(Weather::PERFECT);
    let mut config = guest_config(1);
    config.secret = RoomSecret([43; 16]);
    let b = party.join(config, Weather::PERFECT);
    party.step(ms(300));
    assert_eq!(party.visitors[b].ended(), Some(&EndReason::WrongSecret));
    assert_eq!(party.host.people().count(), 2);
}

#[test]
fn somebody_who_proves_nothing_sees_nothing_and_is_shown_out() {
    let mut party = Party::new(2);
    party.connect(Weather::PERFECT);
    let mut stranger = Stranger::new(&party);
    stranger.step(&mut party, ms(9000));
    assert_eq!(stranger.received().len(), 1, "only the challenge");
    assert_eq!(stranger.received()[0].len(), 87);
    assert!(tells_nothing(&stranger.received()));
    assert!(!stranger.is_closed());
    stranger.step(&mut party, ms(1500));
    assert!(stranger.is_closed());
}

#[test]
fn a_rendezvous_in_the_middle_fails_on_both_sides() {
    let mut party = Party::new(3);
    let a = party.join(guest_config(0), Weather::PERFECT);
    party.visitors[a].transport = party.net.guest_through_a_middleman(Weather::PERFECT);
    party.step(ms(300));
    assert_eq!(party.visitors[a].ended(), Some(&EndReason::HostUnproven));
    assert_eq!(party.host.totals().joins, 0);
    assert!(
        !party
            .host_events
            .iter()
            .any(|event| matches!(event, HostEvent::Joined { .. }))
    );
}

/// Lets a guest shake hands with a host through somebody who copies what they say, byte for byte.
/// Gives the guest's hello, which that host has taken on that link.
fn recorded_hello(seed: u64) -> Bytes {
    let mut party = Party::new(seed);
    let listening = MemoryNet::new(seed);
    let mut ear = listening.host();
    let mut guest = Guest::new(guest_config(0));
    let mut transport = listening.guest(Weather::PERFECT);
    let mut stranger = Stranger::new(&party);
    stranger.step(&mut party, ms(100));
    let challenge = stranger.received()[0].clone();
    // Same seed, first link: the two networks happen to have the same binding, so this hello is genuine.
    let (mut events, mut heard) = (Vec::new(), Vec::new());
    for tick in 0..10 {
        let now = STEP * tick;
        ear.poll(now, &mut heard);
        if let Some(LinkEvent::Opened { link, .. }) = heard.first() {
            let _ = ear.send(*link, Channel::Order, challenge.clone());
        }
        guest.update(now, &mut transport, &mut events);
        if let Some(LinkEvent::Received { bytes, .. }) = heard.get(1) {
            // It is good on the link it was made for …
            let link = stranger.transport.link().unwrap();
            stranger
                .transport
                .send(link, Channel::Order, bytes.clone())
                .unwrap();
            stranger.step(&mut party, ms(100));
            assert_eq!(party.host.totals().joins, 1);
            return bytes.clone();
        }
    }
    panic!("no hello: {events:?}");
}

#[test]
fn a_recorded_hello_is_worth_nothing_on_another_link() {
    let hello = recorded_hello(4);
    // … and on no other, whatever the challenge.
    let mut party = Party::new(4);
    Stranger::new(&party).step(&mut party, ms(100));
    let mut replayer = Stranger::new(&party);
    replayer.step(&mut party, ms(100));
    let link = replayer.transport.link().unwrap();
    replayer.transport.send(link, Channel::Order, hello).unwrap();
    replayer.step(&mut party, ms(2000));
    assert_eq!(party.host.totals().joins, 0);
    assert_eq!(party.host.totals().refused, 1);
    assert!(replayer.is_closed() && tells_nothing(&replayer.received()));
}

#[test]
fn an_older_and_a_newer_guest_are_told_the_hosts_version() {
    for version in [0u16, 2, 9999] {
        let mut party = Party::new(5);
        let mut stranger = Stranger::new(&party);
        stranger.step(&mut party, ms(100));
        // Only the first seven bytes are for ever; the rest may be anything, of any length.
        let mut hello = b"holmH".to_vec();
        hello.extend_from_slice(&version.to_le_bytes());
        hello.extend_from_slice(&[0xee; 3000]);
        let link = stranger.transport.link().unwrap();
        stranger
            .transport
            .send(link, Channel::Order, hello.into())
            .unwrap();
        stranger.step(&mut party, ms(100));
        // `holm`, `R`, version 3, then the reason: the third (2), with the version.
        assert_eq!(
            stranger.received()[1].as_ref(),
            [b"holmR".as_slice(), &[3, 0, 2, 3]].concat()
        );
        stranger.step(&mut party, ms(2000));
        assert!(stranger.is_closed());
    }
}

/// A guest, and whoever it thinks hosts.
fn guest_and_false_host() -> (Guest, MemoryTransport, MemoryTransport) {
    let net = MemoryNet::new(6);
    let host = net.host();
    (Guest::new(guest_config(0)), net.guest(Weather::PERFECT), host)
}

fn what_a_guest_makes_of(challenge: &[u8]) -> (Vec<GuestEvent>, Vec<LinkEvent>) {
    let (mut guest, mut transport, mut host) = guest_and_false_host();
    let (mut told, mut heard) = (Vec::new(), Vec::new());
    let mut said = false;
    for tick in 0..20 {
        host.poll(STEP * tick, &mut heard);
        if let (Some(LinkEvent::Opened { link, .. }), false) = (heard.first(), said) {
            host.send(*link, Channel::Order, Bytes::copy_from_slice(challenge))
                .unwrap();
            said = true;
        }
        guest.update(STEP * tick, &mut transport, &mut told);
    }
    (told, heard)
}

#[test]
fn a_guest_that_meets_another_version_is_told_which_and_tells_its_own() {
    for version in [0u16, 2] {
        for letter in [b'C', b'R'] {
            let [low, high] = version.to_le_bytes();
            let mut challenge = vec![b'h', b'o', b'l', b'm', letter, low, high];
            challenge.extend_from_slice(&[0; 500]);
            let (told, heard) = what_a_guest_makes_of(&challenge);
            assert_eq!(
                told.last(),
                Some(&GuestEvent::Ended(EndReason::Version { host: version }))
            );
            assert!(heard.iter().any(|event| matches!(event, LinkEvent::Received { bytes, .. } if bytes.as_ref() == b"holmH\x03\x00")));
        }
    }
}

#[test]
fn a_false_host_learns_nothing_about_its_guest() {
    // The right room, but no proof: whoever knows the room's name can say that much.
    let mut party = Party::new(7);
    let mut stranger = Stranger::new(&party);
    stranger.step(&mut party, ms(100));
    let mut challenge = stranger.received()[0].to_vec(); // made for another link
    let (told, heard) = what_a_guest_makes_of(&challenge);
    assert_eq!(told.last(), Some(&GuestEvent::Ended(EndReason::HostUnproven)));
    assert!(
        !heard
            .iter()
            .any(|event| matches!(event, LinkEvent::Received { .. })),
        "{heard:?}"
    );
    // Not even that it would need an update.
    challenge[7] ^= 1;
    let (told, _) = what_a_guest_makes_of(&challenge);
    assert_eq!(told.last(), Some(&GuestEvent::Ended(EndReason::HostUnproven)));
}

#[test]
fn a_host_that_says_nothing_is_met_on_a_second_link_before_the_join_fails() {
    let net = MemoryNet::new(6);
    let mut host = net.host();
    let mut transport = net.guest(Weather::PERFECT);
    let mut guest = Guest::new(guest_config(0));
    let (mut told, mut heard) = (Vec::new(), Vec::new());
    let mut dialled = Vec::new();
    for tick in 0..800 {
        host.poll(STEP * tick, &mut heard);
        guest.update(STEP * tick, &mut transport, &mut told);
        if guest.wants_new_link() {
            dialled.push(STEP * tick);
            transport = net.guest(Weather::PERFECT);
            guest.update(STEP * tick, &mut transport, &mut told);
        }
    }
    assert_eq!(dialled.len(), 1, "{dialled:?}");
    assert!(dialled[0] > ms(3_900) && dialled[0] < ms(5_000), "{dialled:?}");
    assert_eq!(
        told.last(),
        Some(&GuestEvent::Failed(holm_net::transport::JoinFailure::HostSilent))
    );
}

#[test]
fn a_link_over_which_nothing_comes_costs_four_seconds_and_not_the_join() {
    let mut party = Party::new(6);
    let net = MemoryNet::new(16);
    let mut deaf = net.host();
    let mut transport = net.guest(Weather::PERFECT);
    let mut guest = Guest::new(guest_config(0));
    let (mut told, mut heard) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        party.step(STEP);
        deaf.poll(party.now, &mut heard);
        guest.update(party.now, &mut transport, &mut told);
        if guest.wants_new_link() {
            transport = party.net.guest(Weather::PERFECT);
            guest.update(party.now, &mut transport, &mut told);
        }
    }
    let entered = |event: &GuestEvent| matches!(event, GuestEvent::Entered { .. });
    assert!(told.iter().any(entered), "{told:?}");
}

/// Somebody inside who then misbehaves: sends raw bytes on their own link.
fn misbehave(messages: impl IntoIterator<Item = (Channel, Bytes)>) -> Party {
    let mut party = Party::new(8);
    let (bad, good) = (party.connect(Weather::PERFECT), party.connect(Weather::PERFECT));
    party.visitors[bad].comes_back = false;
    let link = party.visitors[bad].link();
    for (channel, bytes) in messages {
        let _ = party.visitors[bad].transport.send(link, channel, bytes);
    }
    party.step(ms(1500));
    party.visitors[good].guest.send("undisturbed".into());
    party.step(ms(200));
    assert_eq!(party.heard_from(Slot(2)), ["undisturbed"]);
    party
}

#[test]
fn each_kind_of_nonsense_ends_only_its_senders_session() {
    let ack_of_the_future = Bytes::from_static(&[0xff, 0x7f, 2, 2, 0xff, 0x7f]);
    for (channel, bytes) in [
        (Channel::Order, Bytes::new()),
        (Channel::Order, Bytes::from_static(&[9, 9])),
        (Channel::Order, Bytes::from_static(&[2, 7])),
        (Channel::Order, Bytes::from_static(&[2, 0, 0])),
        (Channel::Order, vec![1; 48 * 1024 + 2].into()),
        (Channel::Order, b"holmH\x03\x00".as_slice().into()),
        (Channel::Stream, Bytes::from_static(&[1])),
        (Channel::Stream, Bytes::from_static(&[0xff, 0x7f, 99, 0])),
        (Channel::Stream, Bytes::from_static(&[0xff, 0x7f, 1, 200])),
        (Channel::Stream, ack_of_the_future),
        (Channel::Bulk, Bytes::from_static(&[1, 2, 3])),
        (Channel::Bulk, vec![0; 3000].into()),
        // A block that nobody asked for.
        (Channel::Bulk, vec![2; 3000].into()),
    ] {
        let party = misbehave([(channel, bytes.clone())]);
        let reason = EndReason::Misbehaved;
        assert_eq!(party.visitors[0].ended(), Some(&reason), "{channel:?} {bytes:?}");
        assert!(
            party.host_events.contains(&HostEvent::Left {
                slot: Slot(1),
                reason
            }),
            "{channel:?} {bytes:?}"
        );
        assert_eq!(party.host.totals().misbehaved, 1);
        assert_eq!(party.host.people().count(), 2);
    }
}

#[test]
fn floods_on_each_channel_end_only_their_senders_session() {
    let stream = Bytes::from_static(&[0, 0]);
    let order = Bytes::from_static(&[1, 0]);
    let want = Bytes::from([&[1, 1, 0, 0, 0, 0, 0, 0, 0, 1][..], &[7; 32]].concat());
    for (channel, bytes) in [
        (Channel::Stream, stream),
        (Channel::Order, order),
        (Channel::Bulk, want),
    ] {
        let party = misbehave((0..10_000).map(|_| (channel, bytes.clone())));
        assert!(
            party.host_events.contains(&HostEvent::Left {
                slot: Slot(1),
                reason: EndReason::Misbehaved
            }),
            "{channel:?}"
        );
    }
}

#[test]
fn the_same_room_with_another_host_does_not_get_somebody_elses_resume() {
    let mut party = Party::new(9);
    let a = party.connect(Weather::PERFECT);
    // Somebody else who has the link (a guest, say) takes over the room's name at the rendezvous.
    let mut config = crate::party::host_config();
    config.identity = holm_identity::Identity::from_secrets(&[77; 32], &[78; 32]);
    party.host_transport = party.net.host();
    party.host = holm_net::session::host::Host::new(config);
    party.step(ms(8000));
    assert_eq!(party.visitors[a].ended(), Some(&EndReason::Lost));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Garbage in every state: at the door and inside, on every channel, towards host and guest.
    #[test]
    fn garbage_never_panics_and_never_disturbs_others(
        messages in proptest::collection::vec((0usize..3, proptest::collection::vec(any::<u8>(), 0..200), any::<bool>()), 1..12)
    ) {
        let mut party = Party::new(10);
        let (bad, good) = (party.connect(Weather::PERFECT), party.connect(Weather::PERFECT));
        party.visitors[bad].comes_back = false;
        let mut stranger = Stranger::new(&party);
        stranger.step(&mut party, ms(60));
        let channels = [Channel::Stream, Channel::Order, Channel::Bulk];
        for (channel, bytes, framed) in messages {
            let mut bytes = bytes;
            if framed && bytes.len() > 8 {
                // Nearly right: a hello's beginning, a frame's kind, a section's kind.
                bytes[..7].copy_from_slice(b"holmH\x03\x00");
            } else if let Some(first) = bytes.first_mut() {
                *first %= 5;
            }
            let bytes = Bytes::from(bytes);
            let link = party.visitors[bad].link();
            let _ = party.visitors[bad].transport.send(link, channels[channel], bytes.clone());
            let _ = party.host_transport.send(link, channels[channel], bytes.clone());
            let _ = stranger.transport.link().map(|link| stranger.transport.send(link, channels[channel], bytes.clone()));
            stranger.step(&mut party, ms(40));
        }
        party.visitors[good].guest.send("undisturbed".into());
        party.step(ms(200));
        prop_assert_eq!(party.heard_from(Slot(2)), ["undisturbed"]);
        prop_assert!(tells_nothing(&stranger.received()));
    }
}
