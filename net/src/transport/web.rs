//! WebRTC's outside in a browser: the event loop, and websockets to a rendezvous.
//!
//! Flow: as `native`, with the browser's own executor and websocket.
//! Invariant: nothing here blocks.

use super::outside::{Place, Seen};
use super::signal::MAX_SIGNAL_BYTES;
use super::webrtc::{DIAL_TIMEOUT, Dialled, LineEnd};
use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures::channel::{mpsc, oneshot};
use futures::future::select;
use futures::{FutureExt, SinkExt, StreamExt};
use futures_timer::Delay;
use js_sys::{Array, Function, Object, Proxy, Reflect};
use pharos::{Observable, ObserveConfig};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::RtcPeerConnection;
use ws_stream_wasm::{WsErr, WsEvent, WsMessage, WsMeta};

/// A page has no UDP socket, and a browser shows it its addresses only as far as a call needs them.
pub(super) async fn look_out(_places: Vec<Place>) -> Seen {
    Seen::default()
}

/// A browser has one thread; there is nothing to configure.
pub fn configure_threads(_threads: usize) {}

/// Runs a task to its end.
pub(super) fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}

/// A link's task. Dropping it ends the task and closes its connection.
#[derive(Debug)]
pub(super) struct LinkTask {
    _gone: oneshot::Sender<()>,
}

/// Runs the task of one link, and closes its `RTCPeerConnection` with it.
///
/// matchbox drops the connections of a browser without closing them. They live on then, the host goes on
/// talking to them, and their event handlers panic for want of a listener, which ends the whole program.
pub(super) fn spawn_link(task: impl Future<Output = ()> + 'static) -> LinkTask {
    let (gone, dropped) = oneshot::channel();
    let made = Made::default();
    let watched = Watched {
        task: Box::pin(task),
        made: Rc::clone(&made),
    };
    spawn(async move {
        select(watched, dropped).await;
        if let Some(connection) = made.take() {
            connection.close();
        }
    });
    LinkTask { _gone: gone }
}

/// The connection a task made, once it has.
type Made = Rc<RefCell<Option<RtcPeerConnection>>>;

/// A task that is watched for the connection it makes: while it is polled, and only then, the name
/// `RTCPeerConnection` stands for a proxy that notes what is constructed.
struct Watched {
    task: Pin<Box<dyn Future<Output = ()>>>,
    made: Made,
}

impl Future for Watched {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.made.borrow().is_some() {
            return self.task.as_mut().poll(cx);
        }
        let name = JsValue::from_str("RTCPeerConnection");
        let global = js_sys::global();
        let Ok(original) = Reflect::get(&global, &name) else {
            return self.task.as_mut().poll(cx);
        };
        let made = Rc::clone(&self.made);
        let construct =
            Closure::<dyn FnMut(Function, Array) -> JsValue>::new(
                move |class, args| match Reflect::construct(&class, &args) {
                    Ok(connection) => {
                        made.replace(Some(connection.clone().unchecked_into()));
                        connection
                    }
                    Err(error) => wasm_bindgen::throw_val(error),
                },
            );
        let handler = Object::new();
        let _ = Reflect::set(&handler, &"construct".into(), construct.as_ref());
        let _ = Reflect::set(&global, &name, &Proxy::new(&original, &handler));
        let polled = self.task.as_mut().poll(cx);
        let _ = Reflect::set(&global, &name, &original);
        polled
    }
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
    let connecting = WsMeta::connect(url, None).fuse();
    futures::pin_mut!(connecting);
    let connected = futures::select! {
        connected = connecting => connected,
        () = Delay::new(DIAL_TIMEOUT).fuse() => return LineEnd::Unreachable,
    };
    let (mut meta, socket) = match connected {
        Ok(connected) => connected,
        Err(WsErr::ConnectionFailed { event }) if (4000..5000).contains(&event.code) => {
            return LineEnd::Told(event.code);
        }
        Err(error) => {
            tracing::debug!("no line to the rendezvous: {error}");
            return LineEnd::Unreachable;
        }
    };
    // The close code comes by this way only; the stream of messages just ends.
    let mut closing = match meta.observe(ObserveConfig::default()).await {
        Ok(events) => events.fuse(),
        Err(_) => return LineEnd::Lost,
    };
    if inbox.send(Dialled::Up).await.is_err() {
        return LineEnd::Lost;
    }
    let (mut to, from) = socket.split();
    let mut from = from.fuse();
    loop {
        futures::select_biased! {
            frame = outbox.next().fuse() => match frame {
                Some(frame) => {
                    if to.send(WsMessage::Text(frame)).await.is_err() {
                        return LineEnd::Lost;
                    }
                }
                None => {
                    let _ = meta.close().await;
                    return LineEnd::Lost;
                }
            },
            message = from.next() => match message {
                Some(WsMessage::Text(frame)) if frame.len() <= MAX_SIGNAL_BYTES => {
                    if inbox.send(Dialled::Frame(frame)).await.is_err() {
                        return LineEnd::Lost;
                    }
                }
                Some(_) => {} // too long or binary: not a frame of ours
                None => {
                    return match closing.next().await {
                        Some(WsEvent::Closed(event)) => LineEnd::Told(event.code),
                        _ => LineEnd::Lost,
                    };
                }
            },
        }
    }
}
