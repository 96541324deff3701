//! Blobs: large immutable bytes, named by their BLAKE3 hash, pulled by whoever wants them.
//!
//! Flow, on the bulk channel: guest's [`Fetcher`] → want (blocks `first..first + count` of a hash) →
//! host's [`Asked`] → blocks of [`BLOCK_BYTES`], as fast as the host's budget allows → the guest hashes
//! them in order and hands over the blob when the hash is right. The receiver's credit
//! ([`WINDOW_BLOCKS`]) is all the flow control there is: nobody sends what was not asked for, so a
//! transport without backpressure never fills.
//! Invariants: a blob that is handed over has the hash that was asked for; memory grows with what has
//! come, not with what was announced; after a lost link only what is missing is asked again.
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
/// Blocks asked for and not yet here, over all blobs of one guest: 256 KiB, as for ordered messages.
const WINDOW_BLOCKS: u32 = 16;
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

const WANT: u8 = 1;
const BLOCK: u8 = 2;
const MISSING: u8 = 3;

/// Name of a blob: its BLAKE3 hash.
pub type BlobHash = [u8; 32];

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

/// What a host has to give.
#[derive(Debug, Default)]
pub(crate) struct BlobStore(BTreeMap<BlobHash, Bytes>);

impl BlobStore {
    pub(crate) fn offer(&mut self, bytes: Bytes) -> BlobHash {
        let hash = *blake3::hash(&bytes).as_bytes();
        self.0.insert(hash, bytes);
        hash
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
    pub(crate) fn want(&mut self, store: &BlobStore, bytes: &[u8]) -> Result<Answer, WireError> {
        let want = Want::read(bytes)?;
        let Some(blob) = store.0.get(&want.hash) else {
            self.unknown += 1;
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
        if want.count == 0 || end > block_count(blob.len() as u64) || self.blocks > MAX_ASKED_BLOCKS {
            return Err(WireError::Range);
        }
        self.ranges.push_back(Blocks {
            id: want.id,
            blob: blob.clone(),
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
    Asked,
    Here,
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
        for block in self.blocks.iter_mut().filter(|block| **block == Block::Asked) {
            *block = Block::Unasked;
        }
        self.cursor = self.hashed;
    }

    /// The next run of unasked blocks, at most `max`, now marked asked.
    fn ask(&mut self, max: u32) -> Option<Want> {
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
        let count = run.map(|block| *block = Block::Asked).count();
        let first = u32::try_from(self.cursor).ok()?;
        self.cursor += count;
        (count > 0).then_some(Want {
            id: self.id,
            first,
            count: count as u8,
            hash: self.hash,
        })
    }

    /// Takes a block; false when it was not asked for (any more) or has the wrong size.
    fn take(&mut self, index: usize, part: &[u8]) -> Result<bool, ()> {
        if self.blocks.get(index) != Some(&Block::Asked) {
            return Ok(false);
        }
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
        Ok(true)
    }

    fn is_whole(&self) -> bool {
        self.hashed == self.blocks.len()
    }
}

/// A guest's side: asks, collects, verifies.
#[derive(Debug, Default)]
pub(crate) struct Fetcher {
    active: Vec<Fetch>,
    waiting: VecDeque<(BlobHash, u64)>,
    next_id: u32,
    /// Blocks asked for and not here.
    outstanding: u32,
    /// Last time a block came or was asked for.
    moved: Duration,
    done: Vec<Fetched>,
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

    /// A new link: what was asked on the old one will not come.
    pub(crate) fn relink(&mut self) {
        self.active.iter_mut().for_each(Fetch::forget_asked);
        self.outstanding = 0;
    }

    /// Takes a message of the host. An error is misbehaviour.
    pub(crate) fn receive(&mut self, now: Duration, bytes: &[u8]) -> Result<(), WireError> {
        let mut reader = BitReader::new(bytes);
        let kind = reader.u8()?;
        let id = reader.u32()?;
        // An id nobody fetches (any more) is a block that was under way when its blob failed.
        let Some(at) = self.active.iter().position(|fetch| fetch.id == id) else {
            return Ok(());
        };
        match kind {
            BLOCK => {
                let index = reader.u32()? as usize;
                match self.active[at].take(index, reader.rest()?) {
                    Ok(true) => {
                        self.outstanding = self.outstanding.saturating_sub(1);
                        self.moved = now;
                        if self.active[at].is_whole() {
                            self.finish(at);
                        }
                    }
                    Ok(false) => {}
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
        let asked = fetch
            .blocks
            .iter()
            .filter(|block| **block == Block::Asked)
            .count();
        self.outstanding = self.outstanding.saturating_sub(asked as u32);
        self.done.push(Fetched::Failed { hash: fetch.hash });
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
            // In halves: one want for eight blocks instead of eight wants.
            if self.outstanding <= WINDOW_BLOCKS / 2 {
                for fetch in &mut self.active {
                    while self.outstanding < WINDOW_BLOCKS
                        && let Some(want) = fetch.ask(WINDOW_BLOCKS - self.outstanding)
                    {
                        self.outstanding += u32::from(want.count);
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
