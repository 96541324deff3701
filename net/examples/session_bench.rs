//! What a host's session costs: guests over the in-memory transport, everybody walking, one process.
//!
//! `cargo run --release -p holm-net --example session_bench -- [--json] [guests] [seconds]`
//! Times the host's `update` only (the guests run beside it and are not counted); the transport in
//! memory is in the figure, WebRTC is not.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads a clock and prints its figures"
)]

use core::time::Duration;
use holm_identity::Identity;
use holm_net::link::RoomSecret;
use holm_net::pose::Pose;
use holm_net::session::guest::{Guest, GuestConfig};
use holm_net::session::host::{Host, HostConfig};
use holm_net::transport::memory::{MemoryNet, Weather};
use std::time::Instant;

fn walking(number: usize, now: Duration) -> Pose {
    // On a square kilometre's worth of circles, so that tiers of distance matter.
    let angle = now.as_secs_f32() * 0.5 + number as f32;
    let (x, z) = ((number % 15) as f32 * 6.0, (number / 15) as f32 * 6.0);
    Pose {
        position: [x + 3.0 * angle.cos(), 0.0, z + 3.0 * angle.sin()],
        yaw: -angle,
        ..Pose::default()
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let json = args.iter().any(|arg| arg == "--json");
    let mut numbers = args.iter().filter_map(|arg| arg.parse::<usize>().ok());
    let (guest_count, seconds) = (numbers.next().unwrap_or(200), numbers.next().unwrap_or(20));

    let secret = RoomSecret([7; 16]);
    let net = MemoryNet::new(1);
    let mut host_transport = net.host();
    let mut host = Host::new(HostConfig {
        identity: Identity::from_secrets(&[1; 32], &[2; 32]),
        secret: secret.clone(),
        world_name: "Bench".into(),
        game_protocol: 1,
        max_guests: guest_count,
        own_name: None,
        stream_bytes_per_sec: 32_000,
    });
    let mut guests: Vec<_> = (0..guest_count)
        .map(|number| {
            let mut account = [3; 32];
            account[..8].copy_from_slice(&(number as u64).to_le_bytes());
            let identity = Identity::from_secrets(&account, &[4; 32]);
            let config = GuestConfig {
                identity,
                secret: secret.clone(),
                name: format!("Bot {number}"),
                game_protocol: 1,
            };
            (Guest::new(config), net.guest(Weather::GOOD_WIFI))
        })
        .collect();

    let frame = Duration::from_nanos(1_000_000_000 / 60);
    let (mut host_events, mut guest_events) = (Vec::new(), Vec::new());
    let mut run = |frames: core::ops::Range<u32>| {
        let mut busy = Duration::ZERO;
        let mut longest = Duration::ZERO;
        for at in frames {
            let now = frame * at;
            let start = Instant::now();
            host.update(now, &mut host_transport, &mut host_events);
            let took = start.elapsed();
            busy += took;
            longest = longest.max(took);
            host_events.clear();
            for (number, (guest, transport)) in guests.iter_mut().enumerate() {
                guest.set_own_pose(now, walking(number, now));
                guest.update(now, transport, &mut guest_events);
            }
            guest_events.clear();
        }
        (busy, longest, host.totals())
    };
    let (join_busy, _, before) = run(0..180);
    let (busy, longest, after) = run(180..180 + 60 * seconds as u32);
    let core = busy.as_secs_f64() / seconds as f64;
    let updates = after.avatar_updates - before.avatar_updates;
    let bytes = after.avatar_update_bytes - before.avatar_update_bytes;
    let messages = after.sent_stream_messages - before.sent_stream_messages;
    let stream = after.sent_stream_bytes - before.sent_stream_bytes + messages * 93;
    let kbit = stream as f64 * 8.0 / 1000.0 / guest_count as f64 / seconds as f64;
    let per_update = bytes as f64 / updates.max(1) as f64;
    let rate = updates as f64 / seconds as f64;
    let (joins, join_ms, longest_ms) = (after.joins, join_busy.as_millis(), longest.as_secs_f64() * 1e3);
    if json {
        println!(
            "{{\"guests\":{guest_count},\"joins\":{joins},\"join_busy_ms\":{join_ms},\"host_core\":{core:.4},\"longest_update_ms\":{longest_ms:.2},\"avatar_updates_per_sec\":{rate:.0},\"bytes_per_update\":{per_update:.2},\"kbit_per_guest\":{kbit:.1}}}"
        );
    } else {
        println!(
            "{guest_count} guests, {joins} joined in {join_ms} ms of host time; then {core:.3} of a core, longest update {longest_ms:.2} ms"
        );
        println!(
            "{rate:.0} avatar updates a second, {per_update:.2} bytes each, {kbit:.1} kbit/s to each guest with headers"
        );
    }
}
