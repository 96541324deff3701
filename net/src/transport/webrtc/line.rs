//! Our end of the line to a rendezvous, whichever kind it is.
//!
//! Flow: [`Line::poll`] yields checked [`LineEvent`]s, [`Line::send`] says one thing to one peer.
//! Invariant: a line that is down stays down; who wants another opens another.

use crate::transport::platform;
use crate::transport::signal::{MAX_SIGNAL_BYTES, Signal, SignalLine, close_code};
use futures::channel::mpsc;
use matchbox_protocol::{PeerEvent, PeerId, PeerRequest};

/// Frames that may wait on a dialled line in each direction; a full line is a lost line. A host that
/// welcomes 256 guests at once writes three frames to each.
pub(in crate::transport) const LINE_FRAMES: usize = 1024;

/// Where the rendezvous is.
#[derive(Debug)]
pub enum Rendezvous {
    /// In this process.
    Seat(SignalLine),
    /// At a websocket: `ws(s)://authority/signal/ROOM`.
    Url(String),
}

/// What a dialled line tells.
#[derive(Debug)]
pub(crate) enum Dialled {
    Up,
    Frame(String),
    Down(LineEnd),
}

/// Why a line is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// Nobody answered at the address, or not like a rendezvous.
    Unreachable,
    /// Somebody answered, but TLS failed: a certificate that is not trusted, or no TLS behind that port. Browsers
    /// do not tell their pages, there it is `Unreachable`.
    Insecure,
    /// The rendezvous ended it, with this websocket close code ([`close_code`]).
    Told(u16),
    /// It broke.
    Lost,
}

impl LineEnd {
    /// Whether trying again soon can help.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Told(close_code::TAKEN | close_code::UNAUTHORISED | close_code::NO_SUCH_ROOM)
        )
    }
}

/// What happened on a line.
#[derive(Debug)]
pub(super) enum LineEvent {
    Up,
    /// To a guest: this is the host.
    Host(PeerId),
    Left(PeerId),
    Signal {
        from: PeerId,
        signal: Signal,
    },
    Down(LineEnd),
}

#[derive(Debug)]
enum Source {
    Seat {
        frames: mpsc::Receiver<String>,
        told_up: bool,
    },
    Dialled(mpsc::Receiver<Dialled>),
    Down,
}

/// One line, up or not yet up or down for good.
#[derive(Debug)]
pub(super) struct Line {
    to: mpsc::Sender<String>,
    source: Source,
    /// A frame could not be sent: the line is over, and this is yet to be told.
    choked: bool,
}

impl Line {
    pub(super) fn open(rendezvous: Rendezvous) -> Self {
        match rendezvous {
            Rendezvous::Seat(seat) => Self {
                to: seat.to_rendezvous,
                source: Source::Seat {
                    frames: seat.from_rendezvous,
                    told_up: false,
                },
                choked: false,
            },
            Rendezvous::Url(url) => Self::dial(url),
        }
    }

    pub(super) fn dial(url: String) -> Self {
        let (to, outbox) = mpsc::channel(LINE_FRAMES);
        let (inbox, events) = mpsc::channel(LINE_FRAMES);
        platform::dial(url, outbox, inbox);
        Self {
            to,
            source: Source::Dialled(events),
            choked: false,
        }
    }

    pub(super) fn is_down(&self) -> bool {
        matches!(self.source, Source::Down)
    }

    /// Hangs up.
    pub(super) fn close(&mut self) {
        self.source = Source::Down;
        self.to.close_channel();
    }

    /// The next thing that happened, if any. Frames that are no frames are left out. `budget` is how many frames
    /// may still be read: a flood waits in the line, which holds the rendezvous back, and not in our poll.
    pub(super) fn poll(&mut self, budget: &mut usize) -> Option<LineEvent> {
        loop {
            *budget = budget.checked_sub(1)?;
            if self.choked {
                return Some(self.down(LineEnd::Lost));
            }
            let frame = match &mut self.source {
                Source::Down => return None,
                Source::Seat {
                    told_up: told_up @ false,
                    ..
                } => {
                    *told_up = true;
                    return Some(LineEvent::Up);
                }
                Source::Seat { frames, .. } => match frames.try_recv() {
                    Ok(frame) => frame,
                    Err(mpsc::TryRecvError::Empty) => return None,
                    Err(mpsc::TryRecvError::Closed) => return Some(self.down(LineEnd::Lost)),
                },
                Source::Dialled(events) => match events.try_recv() {
                    Ok(Dialled::Up) => return Some(LineEvent::Up),
                    Ok(Dialled::Frame(frame)) => frame,
                    Ok(Dialled::Down(end)) => return Some(self.down(end)),
                    Err(mpsc::TryRecvError::Empty) => return None,
                    Err(mpsc::TryRecvError::Closed) => return Some(self.down(LineEnd::Lost)),
                },
            };
            if let Some(event) = read(&frame) {
                return Some(event);
            }
        }
    }

    fn down(&mut self, end: LineEnd) -> LineEvent {
        self.choked = false;
        self.close();
        LineEvent::Down(end)
    }

    /// Says something to one peer. A line that cannot take it is down at the next poll.
    pub(super) fn send(&mut self, to: PeerId, signal: Signal) {
        self.send_request(&PeerRequest::Signal {
            receiver: to,
            data: signal,
        });
    }

    /// Keeps what is in between from forgetting a line that says nothing. A seat needs none.
    pub(super) fn keep_alive(&mut self) {
        if matches!(self.source, Source::Dialled(_)) {
            self.send_request(&PeerRequest::KeepAlive);
        }
    }

    fn send_request(&mut self, request: &PeerRequest<Signal>) {
        if self.is_down() {
            return;
        }
        let sent = serde_json::to_string(request)
            .ok()
            .filter(|frame| frame.len() <= MAX_SIGNAL_BYTES)
            .is_some_and(|frame| self.to.try_send(frame).is_ok());
        self.choked |= !sent;
    }
}

/// Frames read in one poll: parsing them takes some 10 µs each, a frame of the game has 16 ms.
pub(super) const FRAMES_A_POLL: usize = 256;

/// Reads one frame of a rendezvous; `None` for what is not one.
fn read(frame: &str) -> Option<LineEvent> {
    if frame.len() > MAX_SIGNAL_BYTES {
        return None;
    }
    Some(match serde_json::from_str::<PeerEvent<Signal>>(frame).ok()? {
        PeerEvent::IdAssigned(_) => return None, // our own; nobody needs it
        PeerEvent::NewPeer(id) => LineEvent::Host(id),
        PeerEvent::PeerLeft(id) => LineEvent::Left(id),
        PeerEvent::Signal { sender, data } => LineEvent::Signal {
            from: sender,
            signal: data,
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    const FRAME: &str =
        r#"{"Signal":{"sender":"00000000-0000-0000-0000-000000000007","data":{"Knock":{"version":1}}}}"#;

    #[test]
    fn a_frame_of_the_rendezvous_is_read() {
        assert!(matches!(
            read(FRAME),
            Some(LineEvent::Signal {
                signal: Signal::Knock { version: 1 },
                ..
            })
        ));
    }

    #[test]
    fn a_full_line_is_a_lost_line_and_says_so_once() {
        let (to_rendezvous, _outbox) = mpsc::channel(0);
        let (_inbox, from_rendezvous) = mpsc::channel(8);
        let mut line = Line::open(Rendezvous::Seat(SignalLine {
            to_rendezvous,
            from_rendezvous,
        }));
        assert!(matches!(line.poll(&mut 8), Some(LineEvent::Up)));
        let Some(LineEvent::Signal { from, .. }) = read(FRAME) else {
            panic!()
        };
        for _ in 0..3 {
            line.send(from, Signal::Knock { version: 1 });
        }
        assert!(matches!(line.poll(&mut 8), Some(LineEvent::Down(LineEnd::Lost))));
        assert!(line.poll(&mut 8).is_none());
    }

    proptest! {
        #[test]
        fn no_frame_makes_the_reader_panic(text in any::<String>()) {
            let _ = read(&text);
        }

        #[test]
        fn no_damage_to_a_real_frame_makes_the_reader_panic(at in 0usize..FRAME.len(), text in "[ -~]{0,8}") {
            let mut frame = FRAME.to_owned();
            frame.replace_range(at..(at + text.len()).min(FRAME.len()), &text);
            let _ = read(&frame);
        }
    }
}
