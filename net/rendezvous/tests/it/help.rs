//! Servers on ports of their own, a websocket that knows the frames, and HTTP by hand.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use futures::{SinkExt, StreamExt};
use holm_net::transport::signal::{RoomId, Signal, SignalLine};
use holm_rendezvous::{Server, ServerConfig, ServerHandle};
use matchbox_protocol::{PeerEvent, PeerId, PeerRequest};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub(crate) type Event = PeerEvent<Signal>;

/// Longer than anything honest takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) fn config() -> ServerConfig {
    ServerConfig::on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

pub(crate) fn start(config: ServerConfig) -> ServerHandle {
    Server::bind(config).unwrap().start().unwrap()
}

pub(crate) fn room(n: u8) -> RoomId {
    RoomId(format!("{n:032x}"))
}

pub(crate) struct Ws(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Ws {
    pub(crate) async fn open(server: &ServerHandle, room: &RoomId, query: &str) -> Self {
        let url = format!("ws://{}/signal/{}{query}", server.local_addr(), room.0);
        Self(
            timeout(DEADLINE, connect_async(url))
                .await
                .expect("in time")
                .expect("an upgrade")
                .0,
        )
    }

    /// Through a proxy on this machine that says where it comes from.
    pub(crate) async fn open_from(server: &ServerHandle, room: &RoomId, address: &str) -> Self {
        let url = format!("ws://{}/signal/{}", server.local_addr(), room.0);
        let mut request = url.into_client_request().unwrap();
        let forwarded = HeaderValue::from_str(address).unwrap();
        request.headers_mut().insert("x-forwarded-for", forwarded);
        let opened = timeout(DEADLINE, connect_async(request)).await;
        Self(opened.expect("in time").expect("an upgrade").0)
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) -> bool {
        self.0.send(Message::Text(text.into().into())).await.is_ok()
    }

    pub(crate) async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.0.send(Message::Binary(bytes.into())).await.unwrap();
    }

    pub(crate) async fn say(&mut self, receiver: PeerId, data: Signal) {
        assert!(self.send_text(request(receiver, data)).await);
    }

    /// The next event, or the close frame.
    pub(crate) async fn next(&mut self) -> Result<Event, Option<CloseFrame>> {
        loop {
            match timeout(DEADLINE, self.0.next())
                .await
                .expect("something within the deadline")
            {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Reads on until the line is closed; the close code.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(frame) = self.next().await {
                return frame.map(|f| f.code.into());
            }
        }
    }

    /// Whether nothing arrives for a moment.
    pub(crate) async fn is_silent(&mut self) -> bool {
        timeout(Duration::from_millis(300), self.next()).await.is_err()
    }

    pub(crate) async fn assigned(&mut self) -> PeerId {
        match self.next().await {
            Ok(Event::IdAssigned(id)) => id,
            other => panic!("wanted an id, got {other:?}"),
        }
    }

    /// What a guest is told first: its id and its host's.
    pub(crate) async fn greeted(&mut self) -> (PeerId, PeerId) {
        let id = self.assigned().await;
        match self.next().await {
            Ok(Event::NewPeer(host)) => (id, host),
            other => panic!("wanted the host, got {other:?}"),
        }
    }
}

pub(crate) fn request(receiver: PeerId, data: Signal) -> String {
    serde_json::to_string(&PeerRequest::Signal { receiver, data }).unwrap()
}

/// The next event at an in-process seat, `None` when the line ended.
pub(crate) async fn at_seat(line: &mut SignalLine) -> Option<Event> {
    let text = timeout(DEADLINE, line.from_rendezvous.next())
        .await
        .expect("something within the deadline")?;
    Some(serde_json::from_str(&text).unwrap())
}

pub(crate) async fn seat_id(line: &mut SignalLine) -> PeerId {
    match at_seat(line).await {
        Some(Event::IdAssigned(id)) => id,
        other => panic!("wanted an id, got {other:?}"),
    }
}

/// One HTTP exchange, as text for the head and bytes for the body.
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(crate) fn get(server: &ServerHandle, path: &str, headers: &str) -> Answer {
    ask(
        server,
        &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"),
    )
}

pub(crate) fn ask(server: &ServerHandle, request: &str) -> Answer {
    let mut tcp = TcpStream::connect(server.local_addr()).unwrap();
    tcp.set_read_timeout(Some(DEADLINE)).unwrap();
    tcp.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    tcp.read_to_end(&mut all).unwrap();
    parse(&all)
}

pub(crate) fn parse(all: &[u8]) -> Answer {
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let mut answer = Answer {
        head,
        body: all[end + 4..].to_vec(),
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.body = unchunk(&answer.body);
    }
    answer
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = bytes
            .windows(2)
            .position(|w| w == b"\r\n")
            .expect("a chunk's length");
        let len = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if len == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + len]);
        bytes = &bytes[end + 4 + len..];
    }
}

/// Waits until `/metrics` has a line with `part`.
pub(crate) async fn until_metric(server: &ServerHandle, part: &str) {
    let seen = async {
        while !get(server, "/metrics", "").text().contains(part) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(DEADLINE, seen).await.expect(part);
}
