//! What the port answers over HTTP.
//!
//! Flow: `/signal/ROOM` → `signal`; `/world.json`, `/healthz`, `/metrics` are answered here; every other path
//! is a file of the browser client from `bundle`, or the page that says how to make one.
//! Invariant: only GET and HEAD, nothing reads a body, and every answer carries the headers that keep a
//! browser from running or framing what is not ours.

mod bundle;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};

use crate::server::Shared;
use crate::signal;

pub(crate) use bundle::Bundle;

/// The other end of a connection, as the socket says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(pub(crate) IpAddr);

/// Longest name of a world, in bytes; longer ones are cut at a character.
const MAX_NAME_BYTES: usize = 200;

/// `world.json`: what anybody may know about the world hosted here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldCard {
    /// What its host calls it.
    pub name: String,
    /// How many are inside.
    pub people: u32,
    /// How many fit.
    pub max: u32,
    /// The protocol version spoken, as in `Knock`.
    pub version: u16,
}

impl WorldCard {
    pub(crate) fn to_json(&self) -> String {
        let mut card = self.clone();
        card.name.truncate(card.name.floor_char_boundary(MAX_NAME_BYTES));
        serde_json::to_string(&card).expect("text and numbers cannot fail to be written")
    }
}

/// Only our own files, WebAssembly, and websockets anywhere: a link may name another rendezvous. `img-src` and
/// `media-src` take what the client makes itself.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// On every answer. The `cross-origin` three isolate the page, which gives it shared memory and exact clocks.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), payment=(), usb=(), microphone=(self), gamepad=(self), fullscreen=(self)",
    ),
];

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/signal/{room}", get(signal::upgrade))
        .route("/world.json", get(world))
        .route(
            "/healthz",
            get(async || ([(header::CACHE_CONTROL, "no-store")], "ok\n")),
        )
        .route("/metrics", get(metrics))
        .fallback_service(get(file).with_state(Arc::clone(&shared)))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), dress))
        .with_state(shared)
}

async fn dress(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    shared.rooms.metrics.request(response.status().as_u16());
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn world(State(shared): State<Arc<Shared>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, shared.world()).into_response()
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &shared.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            (
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")],
                text,
            )
                .into_response()
        }
        Err(error) => {
            tracing::warn!(%error, "a metric cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn file(State(shared): State<Arc<Shared>>, uri: Uri, request: Request) -> Response {
    shared.bundle.answer(uri.path(), request.headers()).await
}
