//! The browser client's files: precompressed where the browser takes it, cached by content.
//!
//! Flow: a path is checked as text, becomes a file below the folder, then the best form of it the browser
//! accepts: `NAME.br`, `NAME.gz`, `NAME` itself, or `NAME.br` unpacked on the way.
//! Invariant: nothing outside the folder is ever opened: a path is made of plain names only, and where a link
//! leads out of the folder it leads nowhere. Memory does not grow with file sizes.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, stream};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// Bytes a file is read by.
const CHUNK_BYTES: usize = 64 * 1024;
/// Longest path and deepest folder that can be a file of ours.
const MAX_PATH_BYTES: usize = 200;
/// Hashes remembered; a bundle has some dozens of files.
const MAX_TAGS: usize = 512;
/// Hex digits in a name that make it a content hash, 64 bits.
const HASH_DIGITS: usize = 16;

/// A folder to serve from, which may come and go.
#[derive(Debug)]
pub(crate) struct Bundle {
    folder: Option<PathBuf>,
    tags: Arc<Mutex<Tags>>,
}

/// Content hashes of files that have not changed since.
type Tags = HashMap<PathBuf, Tag>;

#[derive(Clone, Debug)]
struct Tag {
    len: u64,
    modified: Option<SystemTime>,
    tag: String,
}

/// How bytes on the disk become bytes on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Brotli,
    Gzip,
    Plain,
    /// The `.br` file, unpacked for a browser that does not take it (plain http away from localhost).
    Unpacked,
}

impl Form {
    fn suffix(self) -> &'static str {
        match self {
            Self::Brotli | Self::Unpacked => ".br",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }

    fn encoding(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain | Self::Unpacked => None,
        }
    }
}

struct Found {
    file: File,
    form: Form,
    len: u64,
    tag: String,
}

impl Bundle {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            tags: Arc::default(),
        }
    }

    /// Answers a GET or HEAD for `path`.
    pub(crate) async fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        let name = if path == "/" {
            "index.html"
        } else {
            path.strip_prefix('/').unwrap_or(path)
        };
        let (Some(kind), Some(folder)) = (kind_of(name), self.folder.clone()) else {
            return not_here(path);
        };
        let forms = forms(headers);
        let relative = name.to_owned();
        let tags = Arc::clone(&self.tags);
        let found = match spawn_blocking(move || find(&folder, &relative, &forms, &tags)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => return not_here(path),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a file of the browser client cannot be read");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
        let tag = format!(
            "\"{}{}\"",
            found.tag,
            found.form.encoding().map_or(String::new(), |e| format!("-{e}"))
        );
        let mut response = Response::new(Body::empty());
        let out = response.headers_mut();
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let cache = if has_content_hash(name) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache" /* ask first */
        };
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
        let known =
            known.is_some_and(|list| list.split(',').any(|t| t.trim().trim_start_matches("W/") == tag));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            out.insert(header::ETAG, tag);
        }
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(encoding) = found.form.encoding() {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        *response.body_mut() = if found.form == Form::Unpacked {
            Body::from_stream(unpack(found.file))
        } else {
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(found.len));
            Body::from_stream(read(found.file, found.len))
        };
        response
    }
}

fn not_here(path: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    if path == "/" {
        return (headers, Html(NO_BUNDLE)).into_response();
    }
    (StatusCode::NOT_FOUND, headers, "nothing here\n").into_response()
}

/// `/` where no browser client was made.
const NO_BUNDLE: &str = "<!doctype html><html lang=en><meta charset=utf-8>\
<meta name=viewport content='width=device-width'><title>Holm</title>\
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;\
background:#0f2027;color:#e8e2d6}code{background:#1d3540;padding:.15em .4em;border-radius:.3em}</style>\
<h1>A world is hosted here</h1><p>This host has no browser client with it, so this page cannot take you inside. \
The desktop client can: open the same link there.</p>\
<p>To serve the browser client as well, run <code>cargo xtask web</code> in Holm's source folder; this page then \
becomes the door.</p></html>";

/// The media type, if `name` can be a file of ours at all: plain names, known endings.
fn kind_of(name: &str) -> Option<&'static str> {
    let plain = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && segment
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    if name.len() > MAX_PATH_BYTES || !name.split('/').all(plain) {
        return None;
    }
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "ktx2" => "image/ktx2",
        "glb" => "model/gltf-binary",
        "gltf" => "model/gltf+json",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "bin" | "ron" | "data" => "application/octet-stream",
        _ => return None,
    })
}

/// Whether a part of the name is a hash, so that what it names never changes.
fn has_content_hash(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.split(['.', '-', '_'])
        .any(|part| part.len() >= HASH_DIGITS && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

/// The forms this browser takes, best first.
fn forms(headers: &HeaderMap) -> Vec<Form> {
    let accepts = |wanted: &str| {
        let lists = headers
            .get_all(header::ACCEPT_ENCODING)
            .into_iter()
            .filter_map(|v| v.to_str().ok());
        lists.flat_map(|list| list.split(',')).any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
            let refused = parts.any(|p| p.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
            named && !refused
        })
    };
    let mut forms = Vec::new();
    if accepts("br") {
        forms.push(Form::Brotli);
    }
    if accepts("gzip") {
        forms.push(Form::Gzip);
    }
    forms.extend([Form::Plain, Form::Unpacked]);
    forms
}

fn find(folder: &Path, name: &str, forms: &[Form], tags: &Mutex<Tags>) -> io::Result<Found> {
    let folder = fs::canonicalize(folder)?;
    for &form in forms {
        let path = match fs::canonicalize(folder.join(format!("{name}{}", form.suffix()))) {
            Ok(path) if path.starts_with(&folder) => path,
            _ => continue,
        };
        let mut file = File::open(&path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            continue;
        }
        let (len, modified) = (about.len(), about.modified().ok());
        let known = lock(tags)
            .get(&path)
            .filter(|t| t.len == len && t.modified == modified && modified.is_some())
            .cloned();
        let tag = match known {
            Some(known) => known.tag,
            None => {
                let tag = hash(&mut file)?;
                let mut tags = lock(tags);
                if tags.len() >= MAX_TAGS {
                    tags.clear(); // they are made again when asked for
                }
                tags.insert(
                    path,
                    Tag {
                        len,
                        modified,
                        tag: tag.clone(),
                    },
                );
                tag
            }
        };
        return Ok(Found { file, form, len, tag });
    }
    Err(io::ErrorKind::NotFound.into())
}

fn lock(tags: &Mutex<Tags>) -> MutexGuard<'_, Tags> {
    tags.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hash(file: &mut File) -> io::Result<String> {
    use std::io::Seek as _;
    let mut hasher = blake3::Hasher::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let n = file.read(&mut chunk)?;
        let Some(read) = chunk.get(..n).filter(|read| !read.is_empty()) else {
            break;
        };
        hasher.update(read);
    }
    file.rewind()?;
    Ok(hasher.finalize().to_hex().chars().take(2 * HASH_DIGITS).collect())
}

fn read(file: File, len: u64) -> impl Stream<Item = io::Result<Bytes>> + Send {
    // `take`: a file that grows meanwhile must not outgrow its announced length.
    let file = tokio::fs::File::from_std(file).take(len);
    stream::try_unfold(file, async |mut file| {
        let mut chunk = bytes::BytesMut::with_capacity(CHUNK_BYTES);
        let n = file.read_buf(&mut chunk).await?;
        Ok((n > 0).then(|| (chunk.freeze(), file)))
    })
}

fn unpack(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send {
    // Two chunks ahead; the thread waits for the reader, and ends when there is none.
    let (to, from) = mpsc::channel(2);
    spawn_blocking(move || {
        let mut plain = brotli_decompressor::Decompressor::new(file, CHUNK_BYTES);
        loop {
            let mut chunk = vec![0; CHUNK_BYTES];
            let (chunk, last) = match plain.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => {
                    chunk.truncate(n);
                    (Ok(Bytes::from(chunk)), false)
                }
                Err(error) => (Err(error), true),
            };
            if to.blocking_send(chunk).is_err() || last {
                break;
            }
        }
    });
    stream::unfold(from, async |mut from| Some((from.recv().await?, from)))
}
