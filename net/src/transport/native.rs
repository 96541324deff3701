//! WebRTC's outside on desktops and servers: threads, and websockets to a rendezvous.
//!
//! Flow: [`spawn`] runs a link's task on the same executor as the WebRTC connections themselves (smol's
//! global one, which matchbox chooses), so a message crosses no thread on its way down; [`dial`] opens a
//! line and carries frames until one end hangs up.
//! Invariant: a task that panics ends alone, and a line whose other end is gone ends within [`LINE_SILENCE`].

mod look;

pub(super) use look::look_out;

use super::signal::MAX_SIGNAL_BYTES;
use super::webrtc::{DIAL_TIMEOUT, Dialled, LineEnd};
use async_tungstenite::tungstenite::client::IntoClientRequest;
use async_tungstenite::tungstenite::protocol::WebSocketConfig;
use async_tungstenite::tungstenite::{Error, Message};
use async_tungstenite::{WebSocketStream, smol::ConnectStream};
use core::time::Duration;
use futures::channel::mpsc;
use futures::{FutureExt, SinkExt, StreamExt};
use futures_timer::Delay;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// How the names of smol's threads begin.
const THREAD_NAMES: &str = "smol-";

/// A line that brings nothing for this long is dead: a rendezvous pings every 15 s. TCP alone would go on
/// believing in it for a quarter of an hour, and nobody could join a host meanwhile.
const LINE_SILENCE: Duration = Duration::from_secs(60);

/// How many threads carry WebRTC. Call it first thing in `main`, before any thread exists; later calls
/// change nothing.
///
/// matchbox runs every connection on smol's global executor, which has one thread unless the environment
/// says otherwise when it starts. Measured on two cores (`links_bench`): 200 guests at 20 Hz take 0.20 of a
/// core on one thread and 0.32 on two, so more threads cost, and pay only on a host that nears one whole core
/// (some 700 guests), or where one guest's handshake or flood must not delay another's poses by a millisecond.
pub fn configure_threads(threads: usize) {
    if std::env::var_os("SMOL_THREADS").is_some() {
        return; // whoever runs us has decided
    }
    // SAFETY: the caller promises that no other thread exists yet, so none reads the environment now.
    #[allow(unsafe_code, reason = "the only way to tell smol's global executor its size")]
    unsafe {
        std::env::set_var("SMOL_THREADS", threads.clamp(1, 16).to_string());
    }
}

/// Has panics on WebRTC's threads told by one line in the log. Any other hook prints each and looks up its
/// backtrace, and strangers cause as many as they like by giving up in the middle of a handshake.
fn log_panics_of_links() {
    // The hook is the process's: it is set once, and what was set before us has all other panics.
    static SET: Once = Once::new();
    SET.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let thread = std::thread::current();
            if thread.name().is_some_and(|name| name.starts_with(THREAD_NAMES)) {
                tracing::warn!("on a link's thread: {info}");
            } else {
                others(info);
            }
        }));
    });
}

/// Runs a task to its end, a panic included, which costs that task's link and nothing else.
pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    log_panics_of_links();
    let supervised = AssertUnwindSafe(task).catch_unwind().map(drop); // a panic is in the log already
    smol::spawn(supervised).detach();
}

/// A link's task. Nothing to hold on to: matchbox closes the connection when its socket is dropped.
#[derive(Debug)]
pub(super) struct LinkTask;

/// Runs the task of one link.
pub(super) fn spawn_link(task: impl Future<Output = ()> + Send + 'static) -> LinkTask {
    spawn(task);
    LinkTask
}

/// Opens a line to `url` and carries frames between it and the two queues. Ends when the far end hangs
/// up (told as [`Dialled::Down`]) or when this end drops its side.
pub(super) fn dial(url: String, outbox: mpsc::Receiver<String>, mut inbox: mpsc::Sender<Dialled>) {
    spawn(async move {
        let end = run(&url, outbox, &mut inbox).await;
        let _ = inbox.send(Dialled::Down(end)).await; // fails when this end hung up first
    });
}

async fn run(url: &str, mut outbox: mpsc::Receiver<String>, inbox: &mut mpsc::Sender<Dialled>) -> LineEnd {
    let connecting = connect(url).fuse();
    futures::pin_mut!(connecting);
    let socket = futures::select! {
        socket = connecting => socket,
        () = Delay::new(DIAL_TIMEOUT).fuse() => return LineEnd::Unreachable,
    };
    let socket = match socket {
        Ok(socket) => socket,
        Err(error) => {
            tracing::debug!("no line to the rendezvous: {error}");
            return if is_about_tls(&error) {
                LineEnd::Insecure
            } else {
                LineEnd::Unreachable
            };
        }
    };
    if inbox.send(Dialled::Up).await.is_err() {
        return LineEnd::Lost;
    }
    let (mut to, mut from) = socket.split();
    let mut silence = Delay::new(LINE_SILENCE);
    loop {
        futures::select_biased! {
            frame = outbox.next().fuse() => match frame {
                Some(frame) => {
                    if to.send(Message::Text(frame.into())).await.is_err() {
                        return LineEnd::Lost;
                    }
                }
                None => {
                    let _ = to.close(None).await;
                    return LineEnd::Lost;
                }
            },
            message = from.next().fuse() => {
                match message {
                    Some(Ok(Message::Text(frame))) => {
                        // Waits when we do not poll: TCP then holds the rendezvous back.
                        if inbox.send(Dialled::Frame(frame.as_str().to_owned())).await.is_err() {
                            return LineEnd::Lost;
                        }
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return frame.map_or(LineEnd::Lost, |frame| LineEnd::Told(frame.code.into()));
                    }
                    Some(Ok(_)) => {} // pings are answered below us; binary is not ours
                    Some(Err(Error::ConnectionClosed)) | None => return LineEnd::Lost,
                    Some(Err(error)) => {
                        tracing::debug!("the line to the rendezvous broke: {error}");
                        return LineEnd::Lost;
                    }
                }
                silence.reset(LINE_SILENCE);
            },
            () = (&mut silence).fuse() => {
                tracing::debug!("the line to the rendezvous fell silent");
                return LineEnd::Lost;
            },
        }
    }
}

/// rustls tells what it refuses as an I/O error of invalid data.
fn is_about_tls(error: &Error) -> bool {
    match error {
        Error::Tls(_) => true,
        Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// Connects and upgrades. TLS trusts the roots browsers trust, compiled in, so that it is the same on every
/// machine; who the host is, is proven by the session above, not by TLS.
async fn connect(url: &str) -> Result<WebSocketStream<ConnectStream>, Error> {
    let request = url.into_client_request()?;
    let uri = request.uri();
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = uri
        .port_u16()
        .unwrap_or(if uri.scheme_str() == Some("wss") { 443 } else { 80 });
    let tcp = smol::net::TcpStream::connect((host.as_str(), port)).await?;
    // Frames are small and each waits for an answer: Nagle would add its 40 ms to every candidate.
    tcp.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_SIGNAL_BYTES))
        .max_frame_size(Some(MAX_SIGNAL_BYTES));
    let (socket, _) =
        async_tungstenite::smol::client_async_tls_with_config(request, tcp, Some(config)).await?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::oneshot;

    async fn give_up_as_matchbox_does() {
        panic!("Sender closed before channel was ready");
    }

    #[test]
    fn a_task_that_panics_ends_alone_and_is_known_by_its_thread() {
        let (held, dropped) = oneshot::channel::<()>();
        spawn(async move {
            give_up_as_matchbox_does().await;
            drop(held);
        });
        assert!(smol::block_on(dropped).is_err(), "the task is dropped whole");
        let (say, said) = oneshot::channel();
        spawn(async move {
            let name = std::thread::current().name().unwrap_or_default().to_owned();
            let _ = say.send(name);
        });
        let name = smol::block_on(said).expect("the executor goes on");
        assert!(name.starts_with(THREAD_NAMES), "{name}");
    }
}
