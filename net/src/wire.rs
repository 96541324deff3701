//! Bits, varints and bounds: every reader of foreign bytes is built from this.
//!
//! Flow: a [`BitWriter`] appends fields, least significant bit first, to one growing buffer that is kept
//! between messages; a [`BitReader`] takes the same fields back from a slice and answers a [`WireError`]
//! where the bytes end or lie.
//! Invariant: no read panics, loops longer than its input, or allocates more than a bound its caller named.
//!
//! ```
//! use holm_net::wire::{BitReader, BitWriter};
//! let mut w = BitWriter::new();
//! w.bits(5, 3);
//! w.varint(300);
//! w.str("hej");
//! let bytes = w.finish().to_vec();
//! let mut r = BitReader::new(&bytes);
//! assert_eq!(r.bits(3), Ok(5));
//! assert_eq!(r.varint(), Ok(300));
//! assert_eq!(r.str(16), Ok("hej".to_string()));
//! assert_eq!(r.end(), Ok(()));
//! ```

/// Why foreign bytes could not be read. Facts only: safe to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes ended in the middle of a field.
    #[error("bytes ended early")]
    End,
    /// A length is over what the reader takes.
    #[error("length {len} is over {max}")]
    TooLong { len: usize, max: usize },
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// A value no honest writer makes.
    #[error("value out of range")]
    Range,
    /// Bytes were left after the last field.
    #[error("bytes left over")]
    Trailing,
    /// The bytes refer to something that is not here (any more). Honest peers can cause it; drop and go on.
    #[error("refers to what is not here")]
    Unknown,
}

/// Appends bit fields to a buffer, least significant bit first.
///
/// The buffer grows only while a message is larger than any before it: [`BitWriter::clear`] keeps it.
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, in the low `pending` bits; the rest is zero.
    acc: u64,
    pending: u32,
}

/// A place in a [`BitWriter`] to come back to when what followed does not fit.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    len: usize,
    acc: u64,
    pending: u32,
}

/// Bits that a signed number needs; 0 needs none.
#[inline]
pub(crate) fn width(value: i32) -> u32 {
    let magnitude = (value ^ (value >> 31)) as u32; // −1 → 0, −2 → 1
    if value == 0 {
        0
    } else {
        33 - magnitude.leading_zeros()
    }
}

/// A prefix and a signed number in one go.
#[inline]
pub(crate) fn signed_after(w: &mut BitWriter, prefix: u32, prefix_bits: u32, value: i32, bits: u32) {
    let value = value as u32 & ((1 << bits) - 1);
    w.bits(prefix | value << prefix_bits, prefix_bits + bits);
}

/// `0`, `10`, `110`, `111` as 0 to 3.
pub(crate) fn prefix(r: &mut BitReader<'_>) -> Result<u32, WireError> {
    for ones in 0..3 {
        if !r.bool()? {
            return Ok(ones);
        }
    }
    Ok(3)
}

impl BitWriter {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer that holds `bytes` bytes before it has to grow.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            acc: 0,
            pending: 0,
        }
    }

    /// Forgets what was written and keeps the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.acc = 0;
        self.pending = 0;
    }

    /// Bits written so far.
    #[must_use]
    pub fn bit_len(&self) -> usize {
        self.bytes.len() * 8 + self.pending as usize
    }

    /// Bytes that [`Self::finish`] would give now.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.bit_len().div_ceil(8)
    }

    /// The low `count` bits of `value`, `count` in 0..=32.
    #[inline]
    pub fn bits(&mut self, value: u32, count: u32) {
        debug_assert!(
            count <= 32 && (count == 32 || value >> count == 0),
            "{value} in {count} bits"
        );
        let value = u64::from(value) & ((1u64 << count) - 1);
        self.acc |= value << self.pending;
        self.pending += count;
        if self.pending >= 32 {
            let [a, b, c, d, ..] = self.acc.to_le_bytes();
            self.bytes.extend_from_slice(&[a, b, c, d]);
            self.acc >>= 32;
            self.pending -= 32;
        }
    }

    /// One bit.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.bits(u32::from(value), 1);
    }

    /// A signed number in `count` bits of two's complement, `count` in 1..=32.
    #[inline]
    pub fn signed(&mut self, value: i32, count: u32) {
        let mask = ((1u64 << count) - 1) as u32;
        self.bits(value as u32 & mask, count);
    }

    /// Eight bits.
    pub fn u8(&mut self, value: u8) {
        self.bits(u32::from(value), 8);
    }

    /// Sixteen bits.
    pub fn u16(&mut self, value: u16) {
        self.bits(u32::from(value), 16);
    }

    /// Thirty-two bits.
    pub fn u32(&mut self, value: u32) {
        self.bits(value, 32);
    }

    /// Sixty-four bits.
    pub fn u64(&mut self, value: u64) {
        self.bits(value as u32, 32);
        self.bits((value >> 32) as u32, 32);
    }

    /// LEB128: seven bits at a time, low first, the eighth says that more follow. 1–10 bytes.
    pub fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bits((value as u32 & 0x7F) | 0x80, 8);
            value >>= 7;
        }
        self.bits(value as u32, 8);
    }

    /// A signed varint: zigzag, then [`Self::varint`].
    pub fn varint_signed(&mut self, value: i64) {
        self.varint(((value << 1) ^ (value >> 63)) as u64);
    }

    /// Fills the last byte with zero bits.
    pub fn align(&mut self) {
        let rest = self.pending % 8;
        if rest != 0 {
            self.bits(0, 8 - rest);
        }
    }

    /// Bytes without a length, starting at the next byte boundary.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.flush();
        self.bytes.extend_from_slice(bytes);
    }

    /// A varint length, then the bytes, starting at the next byte boundary.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.raw(bytes);
    }

    /// Text as [`Self::bytes`].
    pub fn str(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Remembers this place.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark {
            len: self.bytes.len(),
            acc: self.acc,
            pending: self.pending,
        }
    }

    /// Takes back everything written since `mark`, which came from this writer since its last `clear`.
    pub fn rewind(&mut self, mark: Mark) {
        self.bytes.truncate(mark.len);
        self.acc = mark.acc;
        self.pending = mark.pending;
    }

    /// Everything written, the last byte filled with zero bits. Writing may go on after it, byte-aligned.
    pub fn finish(&mut self) -> &[u8] {
        self.flush();
        &self.bytes
    }

    fn flush(&mut self) {
        let count = self.pending.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&self.acc.to_le_bytes()[..count]);
        self.acc = 0;
        self.pending = 0;
    }
}

/// Takes bit fields from a slice; every read is checked against its end.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    /// Next bit to read, counted from the start of `bytes`.
    at: usize,
}

impl<'a> BitReader<'a> {
    /// Reads `bytes` from their first bit.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bits not read yet.
    #[must_use]
    pub fn bits_left(&self) -> usize {
        self.bytes.len() * 8 - self.at
    }

    /// Bits read so far.
    #[must_use]
    pub fn bit_position(&self) -> usize {
        self.at
    }

    /// `count` bits, `count` in 0..=32.
    #[inline]
    pub fn bits(&mut self, count: u32) -> Result<u32, WireError> {
        debug_assert!(count <= 32);
        if self.bits_left() < count as usize {
            return Err(WireError::End);
        }
        let byte = self.at / 8;
        let window = if let Some(eight) = self.bytes.get(byte..).and_then(|b| b.first_chunk::<8>()) {
            u64::from_le_bytes(*eight)
        } else {
            let mut eight = [0u8; 8];
            let rest = &self.bytes[byte.min(self.bytes.len())..];
            eight[..rest.len()].copy_from_slice(rest);
            u64::from_le_bytes(eight)
        };
        let value = (window >> (self.at % 8)) & ((1u64 << count) - 1);
        self.at += count as usize;
        Ok(value as u32)
    }

    /// One bit.
    #[inline]
    pub fn bool(&mut self) -> Result<bool, WireError> {
        Ok(self.bits(1)? != 0)
    }

    /// A signed number in `count` bits of two's complement, `count` in 1..=32.
    #[inline]
    pub fn signed(&mut self, count: u32) -> Result<i32, WireError> {
        let raw = self.bits(count)?;
        let shift = 32 - count;
        Ok(((raw << shift) as i32) >> shift)
    }

    /// Eight bits.
    pub fn u8(&mut self) -> Result<u8, WireError> {
        Ok(self.bits(8)? as u8)
    }

    /// Sixteen bits.
    pub fn u16(&mut self) -> Result<u16, WireError> {
        Ok(self.bits(16)? as u16)
    }

    /// Thirty-two bits.
    pub fn u32(&mut self) -> Result<u32, WireError> {
        self.bits(32)
    }

    /// Sixty-four bits.
    pub fn u64(&mut self) -> Result<u64, WireError> {
        let low = u64::from(self.bits(32)?);
        let high = u64::from(self.bits(32)?);
        Ok(low | high << 32)
    }

    /// A [`BitWriter::varint`]. Longer than ten bytes, over 64 bits or not in its shortest form is
    /// [`WireError::Range`]: one value has one spelling.
    pub fn varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.bits(8)?;
            let part = u64::from(byte & 0x7F);
            if shift == 63 && part > 1 {
                return Err(WireError::Range);
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return if part == 0 && shift > 0 {
                    Err(WireError::Range)
                } else {
                    Ok(value)
                };
            }
        }
        Err(WireError::Range)
    }

    /// A [`BitWriter::varint_signed`].
    pub fn varint_signed(&mut self) -> Result<i64, WireError> {
        let raw = self.varint()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// Skips to the next byte boundary; the bits skipped must be zero.
    pub fn align(&mut self) -> Result<(), WireError> {
        let rest = self.at % 8;
        if rest != 0 && self.bits(8 - rest as u32)? != 0 {
            return Err(WireError::Range);
        }
        Ok(())
    }

    /// `len` bytes as they lie, from the next byte boundary; borrowed, nothing is copied.
    pub fn raw(&mut self, len: usize) -> Result<&'a [u8], WireError> {
        self.align()?;
        let start = self.at / 8;
        let bytes = start
            .checked_add(len)
            .and_then(|end| self.bytes.get(start..end))
            .ok_or(WireError::End)?;
        self.at += len * 8;
        Ok(bytes)
    }

    /// A varint length of at most `max`, then that many bytes; borrowed.
    pub fn bytes(&mut self, max: usize) -> Result<&'a [u8], WireError> {
        let len = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        if len > max {
            return Err(WireError::TooLong { len, max });
        }
        self.raw(len)
    }

    /// Text of at most `max` bytes.
    pub fn str(&mut self, max: usize) -> Result<String, WireError> {
        core::str::from_utf8(self.bytes(max)?)
            .map(str::to_owned)
            .map_err(|_| WireError::Utf8)
    }

    /// What follows the next byte boundary.
    pub fn rest(&mut self) -> Result<&'a [u8], WireError> {
        self.align()?;
        self.raw(self.bits_left() / 8)
    }

    /// Says that the message ends here: fewer than eight bits are left, all zero.
    pub fn end(&mut self) -> Result<(), WireError> {
        if self.bits_left() >= 8 {
            return Err(WireError::Trailing);
        }
        if self.bits(self.bits_left() as u32)? != 0 {
            return Err(WireError::Range);
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Field {
        Bits(u32, u32),
        Signed(i32, u32),
        Varint(u64),
        VarintSigned(i64),
        Bytes(Vec<u8>),
        Str(String),
        U64(u64),
        Align,
    }

    fn field() -> impl Strategy<Value = Field> {
        prop_oneof![
            (any::<u32>(), 0u32..=32)
                .prop_map(|(v, n)| Field::Bits((u64::from(v) & ((1u64 << n) - 1)) as u32, n)),
            (any::<i32>(), 1u32..=32).prop_map(|(v, n)| Field::Signed(v >> (32 - n), n)),
            any::<u64>().prop_map(Field::Varint),
            any::<i64>().prop_map(Field::VarintSigned),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Field::Bytes),
            ".{0,20}".prop_map(Field::Str),
            any::<u64>().prop_map(Field::U64),
            Just(Field::Align),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(fields in proptest::collection::vec(field(), 0..40)) {
            let mut w = BitWriter::new();
            for f in &fields {
                match f {
                    Field::Bits(v, n) => w.bits(*v, *n),
                    Field::Signed(v, n) => w.signed(*v, *n),
                    Field::Varint(v) => w.varint(*v),
                    Field::VarintSigned(v) => w.varint_signed(*v),
                    Field::Bytes(v) => w.bytes(v),
                    Field::Str(v) => w.str(v),
                    Field::U64(v) => w.u64(*v),
                    Field::Align => w.align(),
                }
            }
            let bytes = w.finish().to_vec();
            let mut r = BitReader::new(&bytes);
            for f in &fields {
                match f {
                    Field::Bits(v, n) => prop_assert_eq!(r.bits(*n), Ok(*v)),
                    Field::Signed(v, n) => prop_assert_eq!(r.signed(*n), Ok(*v)),
                    Field::Varint(v) => prop_assert_eq!(r.varint(), Ok(*v)),
                    Field::VarintSigned(v) => prop_assert_eq!(r.varint_signed(), Ok(*v)),
                    Field::Bytes(v) => prop_assert_eq!(r.bytes(40), Ok(v.as_slice())),
                    Field::Str(v) => prop_assert_eq!(r.str(100), Ok(v.clone())),
                    Field::U64(v) => prop_assert_eq!(r.u64(), Ok(*v)),
                    Field::Align => prop_assert_eq!(r.align(), Ok(())),
                }
            }
            prop_assert_eq!(r.end(), Ok(()));
        }

        #[test]
        fn a_rewound_writer_forgets_only_what_followed(
            before in proptest::collection::vec((any::<u32>(), 1u32..=32), 0..20),
            after in proptest::collection::vec((any::<u32>(), 1u32..=32), 0..20),
        ) {
            let put = |w: &mut BitWriter, list: &[(u32, u32)]| for (v, n) in list {
                w.bits((u64::from(*v) & ((1u64 << n) - 1)) as u32, *n);
            };
            let mut plain = BitWriter::new();
            put(&mut plain, &before);
            let mut w = plain.clone();
            let mark = w.mark();
            put(&mut w, &after);
            w.rewind(mark);
            prop_assert_eq!(w.bit_len(), plain.bit_len());
            prop_assert_eq!(w.finish(), plain.finish());
        }

        #[test]
        fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), steps in proptest::collection::vec((0u8..9, 0u32..=32), 0..64)) {
            let mut r = BitReader::new(&bytes);
            for (what, n) in steps {
                match what {
                    0 => { let _ = r.bits(n); }
                    1 => { let _ = r.signed(n.max(1)); }
                    2 => { let _ = r.varint(); }
                    3 => { let _ = r.varint_signed(); }
                    4 => { let _ = r.bytes(n as usize); }
                    5 => { let _ = r.str(n as usize); }
                    6 => { let _ = r.raw(n as usize * 1_000_000_000); }
                    7 => { let _ = r.align(); }
                    _ => { let _ = r.end(); }
                }
            }
        }
    }

    #[test]
    fn a_varint_has_one_spelling() {
        assert_eq!(BitReader::new(&[0x80, 0x00]).varint(), Err(WireError::Range));
        assert_eq!(BitReader::new(&[0xFF; 10]).varint(), Err(WireError::Range));
        assert_eq!(BitReader::new(&[0xFF; 3]).varint(), Err(WireError::End));
        assert_eq!(BitReader::new(&[0xAC, 0x02]).varint(), Ok(300));
    }

    #[test]
    fn a_length_over_the_bound_is_refused_before_anything_is_taken() {
        let mut w = BitWriter::new();
        w.varint(u64::MAX);
        let bytes = w.finish().to_vec();
        assert_eq!(
            BitReader::new(&bytes).bytes(16),
            Err(WireError::TooLong {
                len: usize::MAX,
                max: 16
            })
        );
    }

    #[test]
    fn bits_left_over_are_noticed() {
        assert_eq!(BitReader::new(&[0]).end(), Err(WireError::Trailing));
        let mut r = BitReader::new(&[0b1000_0000]);
        r.bits(4).unwrap();
        assert_eq!(r.end(), Err(WireError::Range));
    }
}
