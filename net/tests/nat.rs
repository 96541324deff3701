//! Host, guest and a TURN server in Linux network namespaces with real NATs between them.
//!
//! ```text
//!   peer ── NAT ──┐                   ┌── NAT ── peer
//!   10.0.1.2      ├── 203.0.113.0/24 ─┤          10.0.2.2
//!                 └── coturn (.10) ───┘
//! ```
//!
//! Flow: for each pair of NATs, `lab` lays the wires, this program starts itself twice inside them (`peer`)
//! and carries the signaling itself, and the guest says how its join ended.
//! Invariant: direct wherever a direct path can exist, through TURN where none can, a named cause where neither.
//! Needs Linux, root and `ip`, `nft` and `turnserver`; says so and passes where they are missing.
#![allow(clippy::disallowed_methods, reason = "real sockets run on the real clock")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]
#![allow(unreachable_pub, reason = "modules of a test program")]

#[path = "nat/lab.rs"]
mod lab;
#[path = "nat/peer.rs"]
mod peer;

use lab::{Lab, Nat};
use peer::{Ended, PROMISE};
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Direct,
    Relayed,
    /// `NoPath`, with what is known about UDP.
    NoPath(&'static str),
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if args.get(1).is_some_and(|arg| arg == "peer") {
        return peer::main(&args[2..]);
    }
    if args.iter().any(|arg| arg == "--list") {
        println!("nat_matrix: test");
        return ExitCode::SUCCESS;
    }
    if let Err(why) = lab::possible() {
        println!("SKIPPED: the NAT matrix needs Linux, root, ip, nft and turnserver: {why}");
        // CI says in its table that it cannot run here, or has installed what is missing: then this is a failure.
        let promised = std::env::var_os("HOLM_NAT").is_some();
        return if promised {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    use Expect::{Direct, NoPath, Relayed};
    use Nat::{Blocked, FullCone, Open, PortRestricted, Symmetric};
    let with_turn = [
        // host, guest
        (Open, Open, Direct),
        (Open, FullCone, Direct),
        (Open, PortRestricted, Direct),
        (Open, Symmetric, Direct),
        (FullCone, FullCone, Direct),
        (FullCone, PortRestricted, Direct),
        (FullCone, Symmetric, Direct),
        (PortRestricted, Open, Direct),
        (PortRestricted, FullCone, Direct),
        (PortRestricted, PortRestricted, Direct),
        (Symmetric, Open, Direct),
        (Symmetric, FullCone, Direct),
        // Neither side can foresee the port that the symmetric one will use.
        (PortRestricted, Symmetric, Relayed),
        (Symmetric, PortRestricted, Relayed),
        (Symmetric, Symmetric, Relayed),
        (Open, Blocked, NoPath("Blocked")),
        (Blocked, PortRestricted, NoPath("Works")),
    ];
    let started = Instant::now();
    let mut failures = 0;
    let mut one_more = true;
    println!("host              guest             expected           ended");
    // `-- Symmetric-Open` runs that one alone.
    let only = args.get(1).filter(|arg| !arg.starts_with('-'));
    let mut case = |host, guest, turn: bool, expected| {
        if only.is_some_and(|only| !format!("{host:?}-{guest:?}").contains(only.as_str())) {
            return;
        }
        let case_started = Instant::now();
        let mut ended = run(host, guest, turn);
        // Met once, and not again in 450 tries: neither linked nor failed. A session makes such a link anew
        // (`FIRST_WORD`); here one in the whole matrix is told and made anew, too.
        if let Ok(Ended::Neither { .. }) = ended
            && std::mem::take(&mut one_more)
        {
            println!("made anew: {ended:?}");
            ended = run(host, guest, turn);
        }
        let took = case_started.elapsed();
        let fits = match (&ended, expected) {
            (Ok(Ended::Linked { path, .. }), Direct) => path == "Direct",
            (Ok(Ended::Linked { path, .. }), Relayed) => path == "Relayed",
            (Ok(Ended::Failed { cause, after_ms, .. }), NoPath(udp)) => {
                *cause == format!("NoPath {{ relay_offered: {turn}, udp: {udp} }}")
                    && u128::from(*after_ms) <= PROMISE.as_millis()
            }
            _ => false,
        };
        let verdict = if fits { "ok  " } else { "FAIL" };
        let kind = |nat: Nat| format!("{nat:?}");
        let turn = if turn { "" } else { " (no TURN)" };
        println!(
            "{:<17} {:<17} {:<18} {verdict} {ended:?} {took:.1?}",
            kind(host),
            kind(guest),
            format!("{expected:?}{turn}")
        );
        if !fits {
            failures += 1;
        }
    };
    for (host, guest, expected) in with_turn {
        case(host, guest, true, expected);
    }
    case(PortRestricted, PortRestricted, false, Direct);
    case(Symmetric, Symmetric, false, NoPath("Works"));
    println!("nat matrix: {failures} failed, {:.0?}", started.elapsed());
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run(host: Nat, guest: Nat, turn: bool) -> Result<Ended, String> {
    let lab = Lab::build(host, guest)?;
    let ice = if turn { lab.stun_and_turn() } else { lab.stun() };
    peer::meet(&lab, &ice, PROMISE + Duration::from_secs(5))
}
