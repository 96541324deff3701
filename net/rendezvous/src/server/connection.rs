//! From an accepted socket to its last byte.
//!
//! Flow: count it in, shake hands (TLS, within its time), serve HTTP/1.1 until it upgrades, idles or errs.
//! Invariant: the [`Permit`] travels inside the byte stream, so that a websocket counts until it closes.
//! HTTP/1.1 only: websockets need it, four files gain nothing from HTTP/2, and its resets are a flood's tool.

use core::convert::Infallible;
use core::pin::pin;
use core::time::Duration;
use std::net::TcpListener as StdListener;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::{Extension, Router};
use holm_net::household::Household;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::stall::Stalling;
use super::{SHUTDOWN, Shared};
use crate::signal::GOING_AWAY;
use crate::web::{self, Client};

/// Longest head of a request. Browsers send about 1 KiB; a long token and a proxy's headers fit too.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// First byte of a TLS record that carries a handshake (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// A place among the open connections, given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    shared: Arc<Shared>,
    address: Option<Household>,
    /// Dropped with the last connection: what the end of the server waits for.
    _open: mpsc::Sender<Infallible>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.rooms.disconnect(self.address);
    }
}

/// Accepts until `stop` says so, then tells everyone and waits a little.
pub(crate) async fn serve(
    listener: StdListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the listening socket is of no use"),
    };
    let tls = tls.map(TlsAcceptor::from);
    let router = web::router(Arc::clone(&shared));
    let (open, mut all_closed) = mpsc::channel(1);
    let mut sweep = interval(Duration::from_secs(1));
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = until(&mut stop) => break,
            _ = sweep.tick() => shared.rooms.sweep(shared.now()),
            accepted = listener.accept() => match accepted {
                Ok((tcp, peer)) => {
                    let address = shared.connection_address(peer.ip());
                    if !shared.rooms.connect(address, shared.now()) {
                        continue;
                    }
                    let permit = Permit { shared: Arc::clone(&shared), address, _open: open.clone() };
                    let router = router.clone().layer(Extension(Client(peer.ip())));
                    tokio::spawn(connection(tcp, permit, tls.clone(), router, stop.clone()));
                }
                Err(error) => {
                    // Out of files, mostly: the ones we have will end some time.
                    tracing::warn!(%error, "cannot take a connection");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    shared.rooms.close(GOING_AWAY);
    drop(open);
    let _ = timeout(SHUTDOWN, all_closed.recv()).await;
}

async fn connection(
    tcp: TcpStream,
    permit: Permit,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: watch::Receiver<bool>,
) {
    let limits = &permit.shared.rooms.limits;
    let (handshake, stall) = (limits.handshake, limits.stall);
    let _ = tcp.set_nodelay(true); // signaling frames are small and each is waited for
    let Some(tls) = tls else {
        return http(Stalling::new(tcp, stall, permit), handshake, router, stop).await;
    };
    let mut first = [0];
    match timeout(handshake, tcp.peek(&mut first)).await {
        Ok(Ok(1)) => {}
        _ => return,
    }
    let stream = Stalling::new(tcp, stall, permit);
    if first == [TLS_HANDSHAKE] {
        if let Ok(Ok(stream)) = timeout(handshake, tls.accept(stream)).await {
            http(stream, handshake, router, stop).await;
        }
    } else {
        to_https(stream, handshake).await;
    }
}

async fn http<S>(stream: S, handshake: Duration, router: Router, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let served = builder(handshake)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let mut served = pin!(served);
    tokio::select! {
        _ = served.as_mut() => {} // an error is the end of this connection and nobody else's business
        () = until(&mut stop) => {
            served.as_mut().graceful_shutdown();
            let _ = timeout(SHUTDOWN, served).await;
        }
    }
}

/// Returns when the server is to end.
async fn until(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await; // without a handle there is nobody to go on for
}

/// Somebody typed `http://` for a port that speaks https: send them there, fragment and all.
async fn to_https(stream: Stalling<TcpStream>, handshake: Duration) {
    let redirect = service_fn(|request: Request<hyper::body::Incoming>| {
        let host = request
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        // A host and a path that hyper took for a header and a URI are harmless in a header.
        let to = host.map(|host| {
            format!(
                "https://{host}{}",
                request.uri().path_and_query().map_or("/", |path| path.as_str())
            )
        });
        let mut response = Response::new(Body::from("this port speaks https\n"));
        match to.and_then(|to| HeaderValue::try_from(to).ok()) {
            Some(to) => {
                *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
                response.headers_mut().insert(header::LOCATION, to);
            }
            None => *response.status_mut() = StatusCode::BAD_REQUEST,
        }
        async move { Ok::<_, Infallible>(response) }
    });
    let served = builder(handshake)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), redirect);
    let _ = timeout(handshake, served).await;
}

fn builder(handshake: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(handshake)
        .max_buf_size(MAX_HEAD_BYTES)
        .max_headers(64);
    builder
}
