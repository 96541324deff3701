//! WebRTC's outside on desktops and servers: threads, and websockets to a rendezvous.
//!
//! Flow: [`spawn`] runs a link's task on the same executor as the WebRTC connections themselves (smol's
//! global one, which matchbox chooses), so a message crosses no thread on its way down; [`dial`] opens a
//! line and carries frames until one end hangs up.
//! Invariant: a task that panics ends alone.

use super::signal::MAX_SIGNAL_BYTES;
use super::webrtc::{DIAL_TIMEOUT, Dialled, LineEnd};
use async_tungstenite::tungstenite::client::IntoClientRequest;
use async_tungstenite::tungstenite::protocol::WebSocketConfig;
use async_tungstenite::tungstenite::{Error, Message};
use async_tungstenite::{WebSocketStream, smol::ConnectStream};
use futures::channel::mpsc;
use futures::{FutureExt, SinkExt, StreamExt};
use futures_timer::Delay;
use std::panic::AssertUnwindSafe;

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

/// Runs a task to its end, a panic included.
pub(super) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    let supervised = AssertUnwindSafe(task).catch_unwind().map(|end| {
        if end.is_err() {
            tracing::warn!("a link's task panicked; its link is closed");
        }
    });
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
            return LineEnd::Unreachable;
        }
    };
    if inbox.send(Dialled::Up).await.is_err() {
        return LineEnd::Lost;
    }
    let (mut to, mut from) = socket.split();
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
            message = from.next().fuse() => match message {
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
            },
        }
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
