//! Numbers and texts in bytes: written one after another, read back with every bound looked at.

/// Writes at the end.
#[derive(Default)]
pub(super) struct Out(pub Vec<u8>);

impl Out {
    /// Seven bits a byte, the low ones first.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// Reads from the front; `None` where the bytes are not what they should be.
pub(super) struct In<'a>(pub &'a [u8]);

impl<'a> In<'a> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

/// A list of numbers of one width, little end first.
#[derive(Clone, Copy)]
pub(super) struct Table<'a>(pub &'a [u8]);

impl Table<'_> {
    pub(super) fn u32(&self, index: usize) -> Option<u32> {
        let bytes = self.0.get(index.checked_mul(4)?..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    pub(super) fn u64(&self, index: usize) -> Option<u64> {
        let bytes = self.0.get(index.checked_mul(8)?..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    }

    /// The first of `count` entries that is not `before`.
    pub(super) fn first(count: usize, before: impl Fn(usize) -> bool) -> usize {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// FNV-1a, 64 bits: the same in every process, program and machine. Whoever looks something up
/// by a hash compares the whole afterwards.
#[derive(Clone, Copy)]
pub(super) struct Fnv(pub u64);

impl Fnv {
    pub(super) fn of(kind: u8, parts: &[&str]) -> u64 {
        let mut hash = Self(0xcbf2_9ce4_8422_2325);
        hash.add(&[kind]);
        for part in parts {
            hash.add(part.as_bytes());
            // No byte of a text.
            hash.add(&[0xff]);
        }
        hash.0
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_come_out_as_they_went_in_and_cut_off_ones_do_not() {
        let mut out = Out::default();
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            out.number(number);
        }
        out.text("Łódź");
        let mut read = In(&out.0);
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            assert_eq!(read.number(), Some(number));
        }
        assert_eq!(read.text(), Some("Łódź"));
        assert_eq!(read.byte(), None);
        assert_eq!(In(&out.0[out.0.len() - 3..]).text(), None);
        assert_eq!(In(&[0x80, 0x80]).number(), None);
    }
}
