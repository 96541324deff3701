//! Blobs: large immutable bytes, named by their BLAKE3 hash, pulled by whoever wants them.
//!
//! Both sides of a link may offer and fetch: a guest fetches the world from its host, a host fetches what a guest
//! wears. The first byte of a message says whose it is to answer.
//! Flow, on the bulk channel: guest's `Fetcher` → want (blocks `first..first + count` of a hash) →
//! host's `Asked` → blocks of [`BLOCK_BYTES`], as fast as the host's budget allows → the guest hashes
//! them in order and hands over the blob when the hash is right. The receiver's credit
//! (`WINDOW_BLOCKS`) is all the flow control there is: nobody sends what was not asked for, so a
//! transport without backpressure never fills.
//! Invariants: a blob that is handed over has the hash that was asked for; memory grows with what has
//! come, not with what was announced; after a lost link only what is missing is asked again; what is
//! under way is kept small enough that poses on the same line are hardly late.
//!
//! On the wire: want = `1`, id u32, first u32, count u8, hash 32 (42 bytes); block = `2`, id u32,
//! index u32, bytes; missing = `3`, id u32. Numbers are little-endian; the id is the guest's own.

use crate::wire::{BitReader, BitWriter, WireError};
use bytes::Bytes;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

/// One block: 26 ms of a 5 Mbit/s line, so that a voice datagram behind one is not late.
pub const BLOCK_BYTES: usize = 16 * 1024;
/// Largest blob. One blob is held in memory on both sides.
pub const MAX_BLOB_BYTES: u64 = 512 * 1024 * 1024;
/// Most blocks asked for and not yet here, over all blobs of one guest: 512 KiB fill 40 Mbit/s at a round
/// trip of 100 ms.
const WINDOW_BLOCKS: u32 = 32;
/// Fewest, and how many at first: enough to measure with.
const MIN_WINDOW: f64 = 2.0;
const FIRST_WINDOW: f64 = 4.0;
/// A block that took this much longer than the quickest lately has waited in a queue, and with it every
/// pose behind it: ask for fewer. Under half of it there is room for more.
const QUEUE_SECS: f64 = 0.15;
/// What each block adds to the quickest time, so that a longer way is believed after some hundred blocks.
const FLOOR_RISE_SECS: f64 = 0.000_05;
/// Blobs fetched side by side; the others wait. Two hide the round trip between one and the next.
const MAX_ACTIVE: usize = 2;
/// Blobs a guest's game may ask for at once.
const MAX_QUEUED: usize = 4096;
/// An asked block that has not come after this is asked again: browsers drop reliable messages when
/// their send queue is full.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// Blocks a guest may have asked for and not been sent: twice what an honest one does (it asks again
/// after [`ASK_AGAIN`]).
const MAX_ASKED_BLOCKS: u32 = 2 * WINDOW_BLOCKS;
/// Questions for blobs that are not here before somebody is fishing.
const MAX_UNKNOWN: u32 = 256;
/// Blobs taken back that are remembered: what a full room changes its clothes for in ten seconds, with two worlds' files.
const MAX_WITHDRAWN: usize = 2048;

const WANT: u8 = 1;
const BLOCK: u8 = 2;
const MISSING: u8 = 3;

/// Longest message that carries a block.
pub(crate) const MAX_BLOCK_MESSAGE_BYTES: usize = 9 + BLOCK_BYTES;

/// Name of a blob: its BLAKE3 hash.
pub type BlobHash = [u8; 32];

/// Whether a bulk message asks for something (`Asked` answers it) or brings something (to the `Fetcher`).
pub(crate) fn is_want(bytes: &[u8]) -> bool {
    bytes.first() == Some(&WANT)
}

fn block_count(len: u64) -> u32 {
    u32::try_from(len.div_ceil(BLOCK_BYTES as u64)).unwrap_or(u32::MAX)
}

/// A guest asks for blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Want {
    id: u32,
    first: u32,
    count: u8,
    hash: BlobHash,
}

impl Want {
    fn write(self) -> Bytes {
        let mut writer = BitWriter::with_capacity(42);
        writer.u8(WANT);
        writer.u32(self.id);
        writer.u32(self.first);
        writer.u8(self.count);
        writer.raw(&self.hash);
        Bytes::copy_from_slice(writer.finish())
    }

    fn read(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = BitReader::new(bytes);
        if reader.u8()? != WANT {
            return Err(WireError::Range);
        }
        let want = Self {
            id: reader.u32()?,
            first: reader.u32()?,
            count: reader.u8()?,
            hash: reader.raw(32)?.try_into().map_err(|_| WireError::End)?,
        };
        reader.end()?;
        Ok(want)
    }
}

fn header(kind: u8, id: u32, more: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(9 + more);
    bytes.push(kind);
    bytes.extend_from_slice(&id.to_le_bytes());
    bytes
}

#[derive(Debug)]
struct Offered {
    bytes: Bytes,
    /// How many times: two features may offer the same bytes.
    offers: u32,
    /// When somebody asked for a part of it last.
    asked: Option<Duration>,
}

/// What one side has to give.
#[derive(Debug, Default)]
pub(crate) struct BlobStore {
    blobs: BTreeMap<BlobHash, Offered>,
    /// Taken back lately: who asks for one of these has only not heard yet.
    withdrawn: VecDeque<BlobHash>,
}

impl BlobStore {
    pub(crate) fn offer(&mut self, bytes: Bytes) -> BlobHash {
        let hash = *blake3::hash(&bytes).as_bytes();
        let offered = self.blobs.entry(hash).or_insert(Offered {
            bytes,
            offers: 0,
            asked: None,
        });
        offered.offers = offered.offers.saturating_add(1);
        hash
    }

    /// When somebody asked for a part of it last, while it is here.
    pub(crate) fn asked(&self, hash: &BlobHash) -> Option<Duration> {
        self.blobs.get(hash)?.asked
    }

    /// Takes one offer back. What is being sent is sent to its end.
    pub(crate) fn withdraw(&mut self, hash: &BlobHash) {
        if let Some(Offered { offers, .. }) = self.blobs.get_mut(hash) {
            *offers -= 1; // at least one while it is here
            if *offers == 0 {
                self.blobs.remove(hash);
                if self.withdrawn.len() >= MAX_WITHDRAWN {
                    self.withdrawn.pop_front();
                }
                self.withdrawn.push_back(*hash);
            }
        }
    }
}

#[derive(Debug)]
struct Blocks {
    id: u32,
    blob: Bytes,
    next: u32,
    end: u32,
}

/// What one guest has asked for and not been sent.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    ranges: VecDeque<Blocks>,
    blocks: u32,
    unknown: u32,
}

/// What a want led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Queued,
    /// Not here; the answer to send.
    Unknown {
        hash: BlobHash,
        reply: Bytes,
    },
}

impl Asked {
    /// Reads a want. An error is misbehaviour.
    pub(crate) fn want(
        &mut self,
        now: Duration,
        store: &mut BlobStore,
        bytes: &[u8],
    ) -> Result<Answer, WireError> {
        let want = Want::read(bytes)?;
        let Some(offered) = store.blobs.get_mut(&want.hash) else {
            self.unknown += u32::from(!store.withdrawn.contains(&want.hash));
            if self.unknown > MAX_UNKNOWN {
                return Err(WireError::Range);
            }
            return Ok(Answer::Unknown {
                hash: want.hash,
                reply: header(MISSING, want.id, 0).into(),
            });
        };
        let end = want
            .first
            .checked_add(u32::from(want.count))
            .ok_or(WireError::Range)?;
        self.blocks += u32::from(want.count);
        let blocks = block_count(offered.bytes.len() as u64);
        if want.count == 0 || end > blocks || self.blocks > MAX_ASKED_BLOCKS {
            return Err(WireError::Range);
        }
        offered.asked = Some(now);
        self.ranges.push_back(Blocks {
            id: want.id,
            blob: offered.bytes.clone(),
            next: want.first,
            end,
        });
        Ok(Answer::Queued)
    }

    /// Nobody asks any more: the link is gone.
    pub(crate) fn clear(&mut self) {
        self.ranges.clear();
        self.blocks = 0;
    }

    /// The next block to send.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        let range = self.ranges.front_mut()?;
        let start = range.next as usize * BLOCK_BYTES;
        let part = range
            .blob
            .get(start..range.blob.len().min(start + BLOCK_BYTES))
            .unwrap_or_default();
        let mut bytes = header(BLOCK, range.id, part.len());
        bytes.extend_from_slice(&range.next.to_le_bytes());
        bytes.extend_from_slice(part);
        range.next += 1;
        self.blocks -= 1;
        if range.next >= range.end {
            self.ranges.pop_front();
        }
        Some(bytes.into())
    }
}

/// How a fetch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    Blob { hash: BlobHash, bytes: Bytes },
    Failed { hash: BlobHash },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Unasked,
    /// At this time, milliseconds.
    Asked(u32),
    Here,
}

impl Block {
    fn is_asked(self) -> bool {
        matches!(self, Self::Asked(_))
    }
}

/// Milliseconds, wrapping after 49 days: for differences.
fn millis(time: Duration) -> u32 {
    time.as_millis() as u32
}

#[derive(Debug)]
struct Fetch {
    id: u32,
    hash: BlobHash,
    len: u64,
    blocks: Vec<Block>,
    /// No unasked block lies before this one.
    cursor: usize,
    data: Vec<u8>,
    received: u64,
    /// Blocks before this one are here and hashed.
    hashed: usize,
    hasher: blake3::Hasher,
}

impl Fetch {
    fn new(id: u32, hash: BlobHash, len: u64) -> Self {
        let blocks = vec![Block::Unasked; block_count(len) as usize];
        Self {
            id,
            hash,
            len,
            blocks,
            cursor: 0,
            data: Vec::new(),
            received: 0,
            hashed: 0,
            hasher: blake3::Hasher::new(),
        }
    }

    fn block_len(&self, index: usize) -> usize {
        let start = index as u64 * BLOCK_BYTES as u64;
        usize::try_from(self.len - start).map_or(BLOCK_BYTES, |left| left.min(BLOCK_BYTES))
    }

    fn forget_asked(&mut self) {
        for block in self.blocks.iter_mut().filter(|block| block.is_asked()) {
            *block = Block::Unasked;
        }
        self.cursor = self.hashed;
    }

    /// The next run of unasked blocks, at most `max`, now marked asked.
    fn ask(&mut self, now: Duration, max: u32) -> Option<Want> {
        while self
            .blocks
            .get(self.cursor)
            .is_some_and(|block| *block != Block::Unasked)
        {
            self.cursor += 1;
        }
        let max = max.min(u32::from(u8::MAX)) as usize;
        let run = self.blocks[self.cursor..]
            .iter_mut()
            .take(max)
            .take_while(|block| **block == Block::Unasked);
        let count = run.map(|block| *block = Block::Asked(millis(now))).count();
        let first = u32::try_from(self.cursor).ok()?;
        self.cursor += count;
        (count > 0).then_some(Want {
            id: self.id,
            first,
            count: count as u8,
            hash: self.hash,
        })
    }

    /// Takes a block and says when it was asked for; `None` when it was not (any more). An error is the
    /// wrong size, or no memory for it.
    fn take(&mut self, index: usize, part: &[u8]) -> Result<Option<u32>, ()> {
        let Some(&Block::Asked(at)) = self.blocks.get(index) else {
            return Ok(None);
        };
        if part.len() != self.block_len(index) {
            return Err(());
        }
        let end = index * BLOCK_BYTES + part.len();
        if self.data.len() < end {
            self.data.try_reserve(end - self.data.len()).map_err(|_| ())?;
            self.data.resize(end, 0);
        }
        self.data[index * BLOCK_BYTES..end].copy_from_slice(part);
        self.blocks[index] = Block::Here;
        self.received += part.len() as u64;
        let from = self.hashed;
        while self.blocks.get(self.hashed) == Some(&Block::Here) {
            self.hashed += 1;
        }
        let hashed_end = (self.hashed * BLOCK_BYTES).min(self.data.len());
        self.hasher.update(&self.data[from * BLOCK_BYTES..hashed_end]);
        Ok(Some(at))
    }

    fn is_whole(&self) -> bool {
        self.hashed == self.blocks.len()
    }
}

/// The asking side: asks, collects, verifies.
#[derive(Debug)]
pub(crate) struct Fetcher {
    active: Vec<Fetch>,
    waiting: VecDeque<(BlobHash, u64)>,
    next_id: u32,
    /// Blocks asked for and not here.
    outstanding: u32,
    /// Of those, blocks of fetches that nobody wants any more, by the fetch's id: they still come, and count until then.
    forgotten: BTreeMap<u32, u32>,
    /// Last time a block came or was asked for.
    moved: Duration,
    done: Vec<Fetched>,
    /// Blocks to have under way; the fraction is what it has gained on the way to the next.
    window: f64,
    /// The quickest block lately, seconds from asking to arrival.
    floor_secs: Option<f64>,
    newly_asked: u32,
}

impl Default for Fetcher {
    fn default() -> Self {
        Self {
            active: Vec::new(),
            waiting: VecDeque::new(),
            next_id: 0,
            outstanding: 0,
            forgotten: BTreeMap::new(),
            moved: Duration::ZERO,
            done: Vec::new(),
            window: FIRST_WINDOW,
            floor_secs: None,
            newly_asked: 0,
        }
    }
}

impl Fetcher {
    /// Wants a blob. One that is being fetched already is not fetched twice.
    pub(crate) fn fetch(&mut self, hash: BlobHash, len: u64) {
        if self.progress(&hash).is_some() {
            return;
        }
        if len > MAX_BLOB_BYTES || self.waiting.len() >= MAX_QUEUED {
            self.done.push(Fetched::Failed { hash });
        } else {
            self.waiting.push_back((hash, len));
        }
    }

    /// Nobody wants it any more: what is here of it is dropped, and nothing more asked for.
    pub(crate) fn forget(&mut self, hash: &BlobHash) {
        self.waiting.retain(|(waiting, _)| waiting != hash);
        if let Some(at) = self.active.iter().position(|fetch| fetch.hash == *hash) {
            let fetch = self.active.remove(at);
            let asked = fetch.blocks.iter().filter(|block| block.is_asked()).count();
            if asked > 0 {
                self.forgotten.insert(fetch.id, asked as u32);
            }
        }
    }

    /// A message for a fetch that was forgotten.
    fn receive_forgotten(&mut self, now: Duration, kind: u8, id: u32) {
        let Some(left) = self.forgotten.get_mut(&id) else {
            return;
        };
        let gone = if kind == MISSING { *left } else { 1 };
        *left -= gone; // at least one while it is here
        if *left == 0 {
            self.forgotten.remove(&id);
        }
        self.outstanding = self.outstanding.saturating_sub(gone);
        self.moved = now;
    }

    /// Bytes here and in all, of a blob being fetched.
    pub(crate) fn progress(&self, hash: &BlobHash) -> Option<(u64, u64)> {
        let active = self
            .active
            .iter()
            .find(|fetch| fetch.hash == *hash)
            .map(|fetch| (fetch.received, fetch.len));
        active.or_else(|| {
            self.waiting
                .iter()
                .find(|(waiting, _)| waiting == hash)
                .map(|(_, len)| (0, *len))
        })
    }

    /// Whether it is wanted and nothing of it is under way: the credit belongs to another one, whose turn it is.
    pub(crate) fn waits(&self, hash: &BlobHash) -> bool {
        let comes = |fetch: &Fetch| fetch.blocks[fetch.hashed..].iter().any(|block| block.is_asked());
        match self.active.iter().find(|fetch| fetch.hash == *hash) {
            Some(fetch) => !comes(fetch),
            None => self.waiting.iter().any(|(waiting, _)| waiting == hash),
        }
    }

    /// A new link: what was asked on the old one will not come.
    pub(crate) fn relink(&mut self) {
        self.active.iter_mut().for_each(Fetch::forget_asked);
        self.outstanding = 0;
        self.forgotten.clear();
        self.window = FIRST_WINDOW;
        self.floor_secs = None;
    }

    /// A block asked for at `asked` milliseconds is here: looks whether it had to queue.
    fn measure(&mut self, now: Duration, asked: u32) {
        let took = f64::from(millis(now).wrapping_sub(asked)) / 1e3;
        let floor = self
            .floor_secs
            .map_or(took, |floor| (floor + FLOOR_RISE_SECS).min(took));
        self.floor_secs = Some(floor);
        let queued = took - floor;
        if queued > QUEUE_SECS {
            self.window = (self.window - 0.5).max(MIN_WINDOW);
        } else if queued < QUEUE_SECS / 2.0 {
            self.window = (self.window + 0.5).min(f64::from(WINDOW_BLOCKS));
        }
    }

    /// Takes a message of the other side. An error is misbehaviour.
    pub(crate) fn receive(&mut self, now: Duration, bytes: &[u8]) -> Result<(), WireError> {
        let mut reader = BitReader::new(bytes);
        let kind = reader.u8()?;
        let id = reader.u32()?;
        // An id nobody fetches (any more) is a block that was under way when its blob failed.
        let Some(at) = self.active.iter().position(|fetch| fetch.id == id) else {
            self.receive_forgotten(now, kind, id);
            return Ok(());
        };
        match kind {
            BLOCK => {
                let index = reader.u32()? as usize;
                match self.active[at].take(index, reader.rest()?) {
                    Ok(Some(asked)) => {
                        self.measure(now, asked);
                        self.outstanding = self.outstanding.saturating_sub(1);
                        self.moved = now;
                        if self.active[at].is_whole() {
                            self.finish(at);
                        }
                    }
                    Ok(None) => {}
                    Err(()) => self.fail(at),
                }
                Ok(())
            }
            MISSING => {
                reader.end()?;
                self.fail(at);
                Ok(())
            }
            _ => Err(WireError::Range),
        }
    }

    fn finish(&mut self, at: usize) {
        let fetch = self.active.remove(at);
        let right = fetch.hasher.finalize() == blake3::Hash::from(fetch.hash); // constant time, no matter
        self.done.push(if right {
            Fetched::Blob {
                hash: fetch.hash,
                bytes: fetch.data.into(),
            }
        } else {
            Fetched::Failed { hash: fetch.hash }
        });
    }

    fn fail(&mut self, at: usize) {
        let fetch = self.active.remove(at);
        let asked = fetch.blocks.iter().filter(|block| block.is_asked()).count();
        self.outstanding = self.outstanding.saturating_sub(asked as u32);
        self.done.push(Fetched::Failed { hash: fetch.hash });
    }

    /// Blocks asked for in the last `update`, for the receiver's gate.
    pub(crate) fn take_newly_asked(&mut self) -> u32 {
        core::mem::take(&mut self.newly_asked)
    }

    /// Asks for what the credit allows and hands out what is done. `send` says whether it was taken.
    pub(crate) fn update(
        &mut self,
        now: Duration,
        linked: bool,
        mut send: impl FnMut(Bytes) -> bool,
        done: &mut Vec<Fetched>,
    ) {
        while self.active.len() < MAX_ACTIVE
            && let Some((hash, len)) = self.waiting.pop_front()
        {
            self.next_id = self.next_id.wrapping_add(1);
            self.active.push(Fetch::new(self.next_id, hash, len));
            if len == 0 {
                self.finish(self.active.len() - 1);
            }
        }
        if linked {
            if self.outstanding > 0 && now.saturating_sub(self.moved) >= ASK_AGAIN {
                self.relink();
            }
            let window = self.window as u32;
            // In halves: one want for eight blocks instead of eight wants.
            if self.outstanding <= window / 2 {
                for fetch in &mut self.active {
                    while self.outstanding < window
                        && let Some(want) = fetch.ask(now, window - self.outstanding)
                    {
                        self.outstanding += u32::from(want.count);
                        self.newly_asked += u32::from(want.count);
                        self.moved = now;
                        send(want.write());
                    }
                }
            }
        }
        done.append(&mut self.done);
    }
}

#[cfg(test)]
mod tests;
