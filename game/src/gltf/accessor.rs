//! Numbers out of glTF buffers. Every offset, stride and count is checked before a byte is read.
//!
//! Flow: accessor → view → buffer, each range inside the one before, in 64-bit arithmetic that cannot
//! overflow → components, normalised as the file says → sparse replacements.
//! Invariant: the caller has counted `count` against its limits before anything is allocated.

use super::json::{Accessor, BufferView, Root};
use bytes::Bytes;

/// Facts about a bad accessor; the caller knows which file it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bad(pub(crate) &'static str);

/// Buffers of a file, and the way into them.
pub(crate) struct Buffers<'a> {
    pub(crate) root: &'a Root,
    pub(crate) buffers: Vec<Bytes>,
}

#[derive(Clone, Copy)]
enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn of(code: u32) -> Result<Self, Bad> {
        Ok(match code {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            _ => return Err(Bad("unknown number type")),
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    /// `raw` has [`Self::bytes`] bytes.
    fn float(self, raw: &[u8], normalized: bool) -> f32 {
        let (value, most) = match (self, raw) {
            (Self::I8, [a]) => (f32::from(*a as i8), 127.0),
            (Self::U8, [a]) => (f32::from(*a), 255.0),
            (Self::I16, [a, b]) => (f32::from(i16::from_le_bytes([*a, *b])), 32_767.0),
            (Self::U16, [a, b]) => (f32::from(u16::from_le_bytes([*a, *b])), 65_535.0),
            (Self::U32, [a, b, c, d]) => (u32::from_le_bytes([*a, *b, *c, *d]) as f32, u32::MAX as f32),
            (Self::F32, [a, b, c, d]) => return f32::from_le_bytes([*a, *b, *c, *d]),
            _ => return f32::NAN, // a wrong slice is our mistake; NaN is refused further on
        };
        if normalized {
            (value / most).max(-1.0)
        } else {
            value
        }
    }

    fn index(self, raw: &[u8]) -> Result<u32, Bad> {
        match (self, raw) {
            (Self::U8, [a]) => Ok(u32::from(*a)),
            (Self::U16, [a, b]) => Ok(u32::from(u16::from_le_bytes([*a, *b]))),
            (Self::U32, [a, b, c, d]) => Ok(u32::from_le_bytes([*a, *b, *c, *d])),
            _ => Err(Bad("indices of the wrong type")),
        }
    }
}

/// Components of an accessor's type; matrices are read by [`Buffers::matrices`] alone.
fn width(shape: &str) -> Result<usize, Bad> {
    match shape {
        "SCALAR" => Ok(1),
        "VEC2" => Ok(2),
        "VEC3" => Ok(3),
        "VEC4" => Ok(4),
        _ => Err(Bad("unknown vector type")),
    }
}

/// Elements of equal size at equal distance.
struct Elements<'a> {
    bytes: &'a [u8],
    stride: usize,
    size: usize,
}

impl<'a> Elements<'a> {
    /// `index` is below the count that was checked.
    fn get(&self, index: usize) -> &'a [u8] {
        let begin = index * self.stride;
        self.bytes.get(begin..begin + self.size).unwrap_or_default()
    }
}

impl Buffers<'_> {
    pub(crate) fn accessor(&self, index: usize) -> Result<&Accessor, Bad> {
        self.root
            .accessors
            .get(index)
            .ok_or(Bad("an accessor that is not there"))
    }

    /// The bytes of a view.
    pub(crate) fn view(&self, index: usize) -> Result<(&BufferView, Bytes), Bad> {
        let view = self
            .root
            .buffer_views
            .get(index)
            .ok_or(Bad("a buffer view that is not there"))?;
        let buffer = self
            .buffers
            .get(view.buffer)
            .ok_or(Bad("a buffer that is not there"))?;
        let end = view
            .byte_offset
            .checked_add(view.byte_length)
            .ok_or(Bad("a view outside its buffer"))?;
        if end > buffer.len() as u64 {
            return Err(Bad("a view outside its buffer"));
        }
        // Both are at most `buffer.len()`.
        Ok((view, buffer.slice(view.byte_offset as usize..end as usize)))
    }

    /// Checks that `count` elements of `size` bytes lie in a view.
    fn elements<'b>(
        bytes: &'b [u8],
        offset: u64,
        stride: u64,
        count: u64,
        size: usize,
    ) -> Result<Elements<'b>, Bad> {
        let outside = Bad("numbers outside their view");
        if stride < size as u64 || stride > 4096 {
            return Err(Bad("an impossible distance between numbers"));
        }
        let span = match count.checked_sub(1) {
            None => 0,
            Some(before) => before
                .checked_mul(stride)
                .and_then(|n| n.checked_add(size as u64))
                .ok_or(outside)?,
        };
        let end = offset.checked_add(span).ok_or(outside)?;
        if end > bytes.len() as u64 {
            return Err(outside);
        }
        let bytes = bytes.get(offset as usize..end as usize).ok_or(outside)?;
        Ok(Elements {
            bytes,
            stride: stride as usize,
            size,
        })
    }

    /// Vectors of floats. Missing components are `fill`, surplus ones are dropped.
    pub(crate) fn vectors<const N: usize>(&self, index: usize, fill: f32) -> Result<Vec<[f32; N]>, Bad> {
        let width = width(&self.accessor(index)?.shape)?;
        self.read(index, width, fill)
    }

    /// Matrices of 4 by 4, column after column.
    pub(crate) fn matrices(&self, index: usize) -> Result<Vec<[f32; 16]>, Bad> {
        if self.accessor(index)?.shape != "MAT4" {
            return Err(Bad("something else in place of matrices"));
        }
        // Columns of one and two byte numbers would be padded; nobody writes those, and only floats are allowed.
        if self.accessor(index)?.component_type != 5126 {
            return Err(Bad("matrices of the wrong type"));
        }
        self.read(index, 16, 0.0)
    }

    fn read<const N: usize>(&self, index: usize, width: usize, fill: f32) -> Result<Vec<[f32; N]>, Bad> {
        let accessor = self.accessor(index)?;
        let component = Component::of(accessor.component_type)?;
        let size = width * component.bytes();
        let count = usize::try_from(accessor.count).map_err(|_| Bad("too many numbers"))?;
        let read = |raw: &[u8]| {
            let mut vector = [fill; N];
            for (value, raw) in vector.iter_mut().zip(raw.chunks_exact(component.bytes())) {
                *value = component.float(raw, accessor.normalized);
            }
            vector
        };
        let mut out = match accessor.buffer_view {
            Some(view) => {
                let (view, bytes) = self.view(view)?;
                let stride = view.byte_stride.unwrap_or(size as u64);
                let elements = Self::elements(&bytes, accessor.byte_offset, stride, accessor.count, size)?;
                (0..count).map(|n| read(elements.get(n))).collect()
            }
            None => vec![[0.0; N]; count],
        };
        if let Some(sparse) = &accessor.sparse {
            if sparse.count > accessor.count {
                return Err(Bad("more replacements than numbers"));
            }
            let index_component = Component::of(sparse.indices.component_type)?;
            let (_, index_bytes) = self.view(sparse.indices.buffer_view)?;
            let (_, value_bytes) = self.view(sparse.values.buffer_view)?;
            let index_size = index_component.bytes();
            let indices = Self::elements(
                &index_bytes,
                sparse.indices.byte_offset,
                index_size as u64,
                sparse.count,
                index_size,
            )?;
            let values = Self::elements(
                &value_bytes,
                sparse.values.byte_offset,
                size as u64,
                sparse.count,
                size,
            )?;
            for n in 0..sparse.count as usize {
                let at = index_component.index(indices.get(n))? as usize;
                *out.get_mut(at).ok_or(Bad("a replacement outside its numbers"))? = read(values.get(n));
            }
        }
        Ok(out)
    }

    /// Triangle corners, each below `vertices`.
    pub(crate) fn indices(&self, index: usize, vertices: usize) -> Result<Vec<u32>, Bad> {
        let accessor = self.accessor(index)?;
        let component = Component::of(accessor.component_type)?;
        if accessor.shape != "SCALAR" || accessor.sparse.is_some() {
            return Err(Bad("indices of the wrong type"));
        }
        let view = accessor.buffer_view.ok_or(Bad("indices without bytes"))?;
        let (_, bytes) = self.view(view)?;
        let size = component.bytes();
        let elements = Self::elements(&bytes, accessor.byte_offset, size as u64, accessor.count, size)?;
        let count = usize::try_from(accessor.count).map_err(|_| Bad("too many numbers"))?;
        (0..count)
            .map(|n| {
                let index = component.index(elements.get(n))?;
                if (index as usize) < vertices {
                    Ok(index)
                } else {
                    Err(Bad("a triangle with a corner that is not there"))
                }
            })
            .collect()
    }
}
