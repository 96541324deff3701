//! The admin page: what the console can, for whoever has the token, in a browser, on a port of its own.
//!
//! Flow: a connection → [`guard`] (which host name, which page asks, which token) → the page's own files, or the log; or `/state`,
//! `/versions`, `/command` (a line of the console's language) or `/metrics` → the desk → an answer.
//! Invariants: nothing but the page's files and a refusal is given to who has no token, and the page knows nothing; a wrong
//! token costs whoever tries it a second, and never locks out the right one.

mod guard;

use super::Vault;
use super::desk::{Asker, NotAsked};
use super::metrics::text;
use crate::console::language::MAX_LINE_BYTES;
use crate::console::{Answer, Ask};
use crate::headless::recent::{Line, RecentLog};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use guard::Token;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Where it is when nobody says: beside a host's usual port.
pub(super) const USUAL_PORT: u16 = 4657;
/// Under this name the token is kept in the data folder; that of a further world of the program has the world's before it.
pub(super) const TOKEN: &str = "admin.token";
/// A token of fewer letters can be guessed.
const LEAST_TOKEN: usize = 16;
/// Connections at once: a few open pages, a Prometheus, and whoever knocks.
const CONNECTIONS: usize = 32;
/// How long one may be open, so that who reads nothing does not keep it; a page makes a new one unseen.
const CONNECTION: Duration = Duration::from_secs(300);
/// How long the head or the body of a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the loop may take to answer: a roll-back of much takes the longest.
const ANSWER: Duration = Duration::from_secs(30);
/// How long a wrong token waits for its refusal…
const WRONG: Duration = Duration::from_secs(1);
/// …and how many may wait at once: the rest are refused unread.
const WRONG_AT_ONCE: usize = 4;

/// What may change while it is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Live {
    /// Names under which a proxy shows the page.
    pub(super) names: Vec<String>,
    pub(super) metrics: bool,
}

/// How it is opened.
pub(super) struct Wanted {
    pub(super) listen: SocketAddr,
    pub(super) token: TokenPlace,
    pub(super) live: Live,
    /// What it shows of the program's log.
    pub(super) log: RecentLog,
}

/// Where a token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenPlace {
    /// In this file.
    File(PathBuf),
    /// In the data folder, under this name.
    Named(String),
}

struct Shared {
    token: Token,
    live: RwLock<Live>,
    log: RecentLog,
    desk: Asker,
    wrong: Semaphore,
}

/// An open admin page; closed when dropped.
pub(super) struct Admin {
    address: SocketAddr,
    shared: Arc<Shared>,
    token_file: PathBuf,
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Who is at the other end.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

/// Reads `127.0.0.1:4657`, `4657` (this machine only) or `localhost:4657`.
///
/// # Errors
/// A sentence.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let here = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let text = text.trim();
    if let Ok(port) = text.strip_prefix("localhost:").unwrap_or(text).parse::<u16>() {
        return Ok(here(port));
    }
    text.parse().map_err(|_| {
        format!("“{text}” is no address for the admin page: it looks like 127.0.0.1:{USUAL_PORT}.")
    })
}

/// Takes the port and serves the page on a thread of its own.
///
/// # Errors
/// A sentence for a person.
pub(super) fn open(wanted: Wanted, vault: &Vault, desk: Asker) -> Result<Admin, String> {
    let (token, token_file) = token(&wanted.token, vault)?;
    let closed = |error: std::io::Error| {
        format!(
            "The admin page cannot be opened on {}: {error}. Give another address with --admin.",
            wanted.listen
        )
    };
    let listener = TcpListener::bind(wanted.listen).map_err(closed)?;
    listener.set_nonblocking(true).map_err(closed)?;
    let address = listener.local_addr().map_err(closed)?;
    if !address.ip().is_loopback() {
        bevy::log::warn!(
            "the admin page on {address} is open to the network, without https: whoever listens there reads the token"
        );
    }
    let shared = Arc::new(Shared {
        token,
        live: RwLock::new(wanted.live),
        log: wanted.log,
        desk,
        wrong: Semaphore::new(WRONG_AT_ONCE),
    });
    let (stop, stopped) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(closed)?;
    let router = router(Arc::clone(&shared));
    let thread = std::thread::Builder::new()
        .name("admin page".to_owned())
        .spawn(move || {
            runtime.block_on(serve(listener, router, stopped));
            runtime.shutdown_background();
        })
        .map_err(closed)?;
    Ok(Admin {
        address,
        shared,
        token_file,
        stop,
        thread: Some(thread),
    })
}

impl Admin {
    /// Opens the page; whoever has it has the token.
    pub(super) fn link(&self) -> String {
        format!("{}#{}", self.page(), self.shared.token.text())
    }

    /// Where the page is, without the token.
    pub(super) fn page(&self) -> String {
        // A page that is on all addresses is opened from here.
        let ip = match self.address.ip() {
            ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        format!("http://{}/", SocketAddr::new(ip, self.address.port()))
    }

    pub(super) fn token_file(&self) -> &Path {
        &self.token_file
    }

    pub(super) fn set(&self, live: Live) {
        *self.shared.live.write().unwrap_or_else(PoisonError::into_inner) = live;
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // if it panicked, it has said so
        }
    }
}

/// Makes a token where there is none yet. Before the worlds of a program begin, each on a thread of its own: two that have one
/// file would make two tokens, of which one opens nothing.
///
/// # Errors
/// A sentence for a person.
pub(super) fn prepare(place: &TokenPlace, vault: &Vault) -> Result<(), String> {
    token(place, vault).map(|_| ())
}

/// The token that is kept, or a new one.
fn token(place: &TokenPlace, vault: &Vault) -> Result<(Token, PathBuf), String> {
    let (folder, name) = match place {
        TokenPlace::Named(name) => (vault.clone(), name.clone()),
        TokenPlace::File(path) => {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| format!("{} is no file for a token.", path.display()))?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            (
                Vault::at(Some(folder.unwrap_or(Path::new(".")).to_owned())),
                name.to_owned(),
            )
        }
    };
    let path = folder.folder().join(&name);
    let said = |error: String| {
        format!(
            "The admin page's token in {} cannot be used: {error}.",
            path.display()
        )
    };
    let kept = folder.load(&name).map_err(said)?;
    let text = match kept {
        Some(bytes) => {
            warn_of_readers(&path);
            let text = String::from_utf8(bytes).map_err(|_| said("it is no text".to_owned()))?;
            text.trim().to_owned()
        }
        None => {
            let mut bytes = [0; 20];
            getrandom::fill(&mut bytes).map_err(|error| said(error.to_string()))?;
            let text = data_encoding::BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
            folder.save(&name, format!("{text}\n").as_bytes()).map_err(said)?;
            text
        }
    };
    let fits = text.len() >= LEAST_TOKEN
        && text
            .bytes()
            .all(|letter| letter.is_ascii_alphanumeric() || b"-_.~".contains(&letter));
    if !fits {
        return Err(said(format!(
            "it must be one word of at least {LEAST_TOKEN} letters and digits"
        )));
    }
    Ok((Token::new(text), path))
}

#[cfg(unix)]
fn warn_of_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0) {
        bevy::log::warn!("others on this machine may read {}: chmod 600 it", path.display());
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_: &Path) {}

async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return bevy::log::error!("the admin page is of no use: {error}"),
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, peer)) => {
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    continue; // one too many is closed unread
                };
                let router = router.clone().layer(Extension(Peer(peer.ip().to_canonical())));
                tokio::spawn(async move {
                    let _ = timeout(CONNECTION, connection(tcp, router)).await;
                    drop(place);
                });
            }
            Err(error) => {
                bevy::log::warn!("the admin page cannot take a connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connection(tcp: TcpStream, router: Router) {
    let _ = tcp.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(16 * 1024)
        .max_headers(64)
        .serve_connection(TokioIo::new(tcp), TowerToHyperService::new(router));
    let _ = served.await; // its end is nobody else's business
}

fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new()
        .route("/state", get(state))
        .route("/command", post(command))
        .route("/versions", get(versions))
        .route("/log", get(log))
        .route("/metrics", get(metrics));
    for (path, kind, bytes) in FILES {
        router = router.route(path, get(move || file(kind, bytes)));
    }
    router
        .layer(from_fn_with_state(Arc::clone(&shared), border))
        .with_state(shared)
}

/// What the page is made of: all of it is in the program.
const FILES: [(&str, &str, &[u8]); 6] = [
    ("/", "text/html; charset=utf-8", include_bytes!("admin/page.html")),
    (
        "/admin.css",
        "text/css; charset=utf-8",
        include_bytes!("admin/admin.css"),
    ),
    (
        "/admin.js",
        "text/javascript; charset=utf-8",
        include_bytes!("admin/admin.js"),
    ),
    (
        "/icon.svg",
        "image/svg+xml",
        include_bytes!("../../../web/icon.svg"),
    ),
    (
        "/nunito.ttf",
        "font/ttf",
        include_bytes!("../../../../assets/theme/Nunito-Medium.ttf"),
    ),
    (
        "/nunito-bold.ttf",
        "font/ttf",
        include_bytes!("../../../../assets/theme/Nunito-Bold.ttf"),
    ),
];

async fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], bytes).into_response()
}

/// What a browser may do with what it gets here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Looks at every request before anything else does, and marks every answer.
async fn border(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let asked_by = {
        let live = shared.live.read().unwrap_or_else(PoisonError::into_inner);
        guard::asked_by_us(request.headers(), &live.names)
    };
    let mut response = match asked_by {
        Ok(()) => next.run(request).await,
        Err(why) => refused(StatusCode::FORBIDDEN, why),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

/// Lets through whoever has the token.
async fn admit(shared: &Shared, headers: &HeaderMap) -> Result<(), Response> {
    if guard::bearer(headers).is_some_and(|given| shared.token.is(given)) {
        return Ok(());
    }
    let mut response = match shared.wrong.try_acquire() {
        Ok(_place) => {
            sleep(WRONG).await;
            refused(StatusCode::UNAUTHORIZED, "This is not the token.")
        }
        Err(_) => refused(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many wrong tokens: wait a moment.",
        ),
    };
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    Err(response)
}

/// Asks the loop.
async fn ask(shared: &Shared, what: Ask) -> Result<Answer, Response> {
    match timeout(ANSWER, shared.desk.ask(what)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(NotAsked::Busy)) => Err(refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "The host is busy: try again.",
        )),
        Ok(Err(NotAsked::Gone)) => Err(refused(StatusCode::SERVICE_UNAVAILABLE, "The host is closing.")),
        Err(_) => Err(refused(StatusCode::GATEWAY_TIMEOUT, "The host does not answer.")),
    }
}

async fn state(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Response, Response> {
    admit(&shared, &headers).await?;
    match ask(&shared, Ask::Picture).await? {
        Answer::Picture(picture) => Ok(Json(*picture).into_response()),
        _ => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, "That is no picture.")),
    }
}

/// The world's versions; why there are none to be had is for people, too.
async fn versions(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Response, Response> {
    admit(&shared, &headers).await?;
    match ask(&shared, Ask::Versions).await? {
        Answer::Versions(versions) => Ok(Json(json!({ "versions": versions, "why": null })).into_response()),
        Answer::Said { lines, .. } => {
            Ok(Json(json!({ "versions": [], "why": lines.join(" ") })).into_response())
        }
        Answer::Picture(_) => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, "That is no list.")),
    }
}

/// The log from a line on. The loop is not asked: it may be what the log tells of.
async fn log(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Result<Response, Response> {
    admit(&shared, &headers).await?;
    let Some(number) = asked_after(uri.query()) else {
        return Err(refused(
            StatusCode::BAD_REQUEST,
            "A part of the log is /log?after=NUMBER.",
        ));
    };
    let look = shared.log.after(number);
    let lines: Vec<&Line> = look.lines.iter().map(|line| &**line).collect();
    let told = json!({ "next": look.next, "missed": look.missed, "lines": lines });
    Ok(Json(told).into_response())
}

/// After which line a query asks: after none where it says nothing. `None`: it says something else.
fn asked_after(query: Option<&str>) -> Option<u64> {
    let Some(query) = query.filter(|query| !query.is_empty()) else {
        return Some(0);
    };
    let number = query.strip_prefix("after=")?;
    // A sign would be read, too.
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    number.parse().ok()
}

async fn command(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    admit(&shared, &headers).await?;
    // A form of another page cannot send this kind, even if it had the token.
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Say it as application/json.",
        ));
    }
    let body = timeout(PATIENCE, to_bytes(body, 2 * MAX_LINE_BYTES)).await;
    let body = body.ok().and_then(Result::ok);
    let line = body.and_then(|body| serde_json::from_slice::<String>(&body).ok());
    let Some(line) = line else {
        return Err(refused(StatusCode::BAD_REQUEST, "A line is a JSON string."));
    };
    match ask(&shared, Ask::Line(line)).await? {
        Answer::Said { done, lines } => Ok(Json(json!({ "done": done, "lines": lines })).into_response()),
        _ => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, "That is no answer.")),
    }
}

async fn metrics(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    if !guard::is_this_machine(peer, &headers) {
        admit(&shared, &headers).await?;
    }
    let wanted = shared.live.read().unwrap_or_else(PoisonError::into_inner).metrics;
    if !wanted {
        return Err(refused(
            StatusCode::NOT_FOUND,
            "This host tells no figures: metrics is false.",
        ));
    }
    match ask(&shared, Ask::Picture).await? {
        Answer::Picture(picture) => {
            let kind = HeaderValue::from_static(text::CONTENT_TYPE);
            Ok(([(header::CONTENT_TYPE, kind)], text::render(&picture)).into_response())
        }
        _ => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, "That is no picture.")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_this_machines_unless_said_otherwise() {
        for (said, meant) in [
            ("4657", "127.0.0.1:4657"),
            (" localhost:9 ", "127.0.0.1:9"),
            ("[::1]:9", "[::1]:9"),
        ] {
            assert_eq!(address(said).unwrap().to_string(), meant);
        }
        assert!(address("everywhere").unwrap_err().contains("127.0.0.1:4657"));
    }

    #[test]
    fn the_log_is_asked_for_by_a_number_and_nothing_else() {
        for (query, number) in [
            (None, 0),
            (Some(""), 0),
            (Some("after=0"), 0),
            (Some("after=0017"), 17),
            (Some("after=18446744073709551615"), u64::MAX),
        ] {
            assert_eq!(asked_after(query), Some(number), "{query:?}");
        }
        for query in [
            "after",
            "after=",
            "after=-1",
            "after=+1",
            "after=1.5",
            "after=1e3",
            "after=0x10",
            "after=%31",
            "after= 1",
            "after=18446744073709551616",
            "after=1&after=2",
            "after=1&token=whatever",
            "After=1",
            "before=1",
            "&after=1",
            "after=１",
        ] {
            assert_eq!(asked_after(Some(query)), None, "{query}");
        }
        assert_eq!(asked_after(Some(&"9".repeat(10_000))), None);
        assert_eq!(asked_after(Some(&format!("after={}", "9".repeat(10_000)))), None);
    }

    #[test]
    fn a_token_is_made_once_for_nobody_elses_eyes_and_a_short_one_is_refused() {
        let folder = std::env::temp_dir().join(format!("holm-token-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let vault = Vault::at(Some(folder.clone()));
        let named = |name: &str| TokenPlace::Named(name.to_owned());
        prepare(&named(TOKEN), &vault).unwrap();
        let (first, path) = token(&named(TOKEN), &vault).unwrap();
        let (second, _) = token(&named(TOKEN), &vault).unwrap();
        assert_eq!(first.text(), second.text());
        let (garden, _) = token(&named("garden.admin.token"), &vault).unwrap();
        assert_ne!(garden.text(), first.text(), "another world's is another");
        assert!(first.text().len() >= 32);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        let own = folder.join("own.token");
        std::fs::write(&own, "short").unwrap();
        assert!(
            token(&TokenPlace::File(own.clone()), &vault)
                .err()
                .unwrap()
                .contains("at least")
        );
        std::fs::write(&own, "a-token-of-my-own-choice\n").unwrap();
        assert_eq!(
            token(&TokenPlace::File(own), &vault).unwrap().0.text(),
            "a-token-of-my-own-choice"
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
