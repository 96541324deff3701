//! Asks STUN and TURN servers from one UDP socket, so that what they see differs only by who looks.
//!
//! Flow: names → addresses (in another thread, as the system's resolver blocks) → questions, three times at most →
//! answers until all are in or the time is up.
//! Invariant: an answer is believed only from the address that was asked, and every wait has an end.

use super::super::outside::{ANSWERS_WITHIN, LOOK_DEADLINE, Place, Seen, TRIES};
use super::super::stun::{Answer, Ask, MAX_BYTES, Nonce, answer, question};
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use futures::future::{Either, join_all, select};
use futures_timer::Delay;
use smol::net::UdpSocket;

/// A server that is asked.
struct Asked {
    at: SocketAddr,
    ask: Ask,
    nonce: Nonce,
    /// An answer came, whatever was in it.
    over: bool,
}

/// For finding the addresses of all names.
const NAMES_WITHIN: Duration = Duration::from_secs(3);

const _: () = assert!(NAMES_WITHIN.as_millis() + ANSWERS_WITHIN.as_millis() < LOOK_DEADLINE.as_millis());

/// See [`super::super::outside::Look`].
pub(in super::super) async fn look_out(places: Vec<Place>) -> Seen {
    let mut seen = Seen {
        can_ask: true,
        asked: places.iter().filter(|place| !place.relay).count(),
        relays_asked: places.iter().filter(|place| place.relay).count(),
        ..Seen::default()
    };
    let found = join_all(places.iter().map(find)).await;
    let mut all: Vec<Asked> = Vec::new();
    for (place, addresses) in places.iter().zip(&found) {
        // One family for all: answers over different ones cannot be compared.
        let v4 = found.iter().flatten().any(SocketAddr::is_ipv4);
        let mut nonce = Nonce::default();
        let Some(at) = addresses.iter().find(|at| at.is_ipv4() == v4).copied() else {
            continue;
        };
        if getrandom::fill(&mut nonce).is_err() {
            continue;
        }
        let ask = if place.relay { Ask::Relay } else { Ask::WhereFrom };
        // Two names of one server would look like a NAT that is steady.
        if all.iter().all(|other| other.at != at || other.ask != ask) {
            all.push(Asked {
                at,
                ask,
                nonce,
                over: false,
            });
        }
    }
    if let Err(error) = ask_all(&mut all, &mut seen).await {
        tracing::debug!("no UDP socket to ask from: {error}");
    }
    seen
}

async fn find(place: &Place) -> Vec<SocketAddr> {
    let names = smol::net::resolve((place.host.clone(), place.port));
    let names = std::pin::pin!(names);
    match select(names, Delay::new(NAMES_WITHIN)).await {
        Either::Left((Ok(found), _)) => found,
        _ => Vec::new(),
    }
}

async fn ask_all(all: &mut [Asked], seen: &mut Seen) -> std::io::Result<()> {
    let Some(first) = all.first().map(|asked| asked.at) else {
        return Ok(());
    };
    let any: SocketAddr = if first.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    // What the system would send from: nothing is sent by this.
    let towards = UdpSocket::bind(any).await?;
    if towards.connect(first).await.is_ok() {
        let ip = towards.local_addr()?.ip();
        seen.local = Some(SocketAddr::new(ip, socket.local_addr()?.port()));
    }
    drop(towards);
    let mut buffer = [0; MAX_BYTES + 1];
    let mut passed = Duration::ZERO;
    let ends = TRIES[1..].iter().chain([&ANSWERS_WITHIN]);
    for until in ends {
        for asked in all.iter().filter(|asked| !asked.over) {
            // A way that is not there shows as an answer that does not come.
            let _ = socket.send_to(&question(asked.ask, &asked.nonce), asked.at).await;
        }
        let mut over = Delay::new(until.saturating_sub(passed));
        passed = *until;
        loop {
            if all.iter().all(|asked| asked.over) {
                return Ok(());
            }
            let read = {
                let read = std::pin::pin!(socket.recv_from(&mut buffer));
                match select(read, &mut over).await {
                    Either::Left((read, _)) => read,
                    Either::Right(_) => break,
                }
            };
            match read {
                Ok((len, from)) => hear(all, seen, from, &buffer[..len]),
                // Some systems tell here that nobody listens at the other end.
                Err(_) => {
                    select(Delay::new(Duration::from_millis(20)), &mut over).await;
                }
            }
        }
    }
    Ok(())
}

fn hear(all: &mut [Asked], seen: &mut Seen, from: SocketAddr, bytes: &[u8]) {
    for asked in all.iter_mut().filter(|asked| asked.at == from && !asked.over) {
        match answer(asked.ask, &asked.nonce, bytes) {
            Some(Answer::From(address)) => seen.reflexive.push(address),
            Some(Answer::Relays) => seen.relays_answered += 1,
            Some(Answer::Nothing) => {}
            None => continue,
        }
        asked.over = true;
        return;
    }
}
