//! Sets of the chunks of a part, as bits.
//!
//! Invariant: no bit is set beyond the part's chunks.

/// Some of the chunks of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    words: Vec<u64>,
    len: u32,
}

impl Blocks {
    /// None of `len` chunks.
    pub(super) fn none(len: u32) -> Self {
        Self { words: vec![0; (len as usize).div_ceil(64)], len }
    }

    /// All of `len` chunks.
    pub(super) fn all(len: u32) -> Self {
        let mut blocks = Self { words: vec![u64::MAX; (len as usize).div_ceil(64)], len };
        if let Some(last) = blocks.words.last_mut()
            && !len.is_multiple_of(64)
        {
            *last = (1 << (len % 64)) - 1;
        }
        blocks
    }

    /// Adds a chunk; one that the part does not have is left out.
    pub(super) fn insert(&mut self, block: u32) {
        if block < self.len
            && let Some(word) = self.words.get_mut(block as usize / 64)
        {
            *word |= 1 << (block % 64);
        }
    }

    /// Adds what is in the other.
    pub(super) fn unite(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Keeps what is in the other as well.
    pub(super) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// How many.
    pub(super) fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether it has every chunk.
    pub(super) fn is_all(&self) -> bool {
        self.count() == self.len
    }

    /// Chunk 0 is the lowest bit of the first word.
    pub(super) fn into_words(self) -> Vec<u64> {
        self.words
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.words.len() * 8
    }

    /// The chunks in it, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().zip(0_u32..).flat_map(|(word, place)| {
            let mut word = *word;
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros();
                word &= word.wrapping_sub(1);
                (bit < 64).then_some(place * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_every_length_hold_what_they_have() {
        for len in [0, 1, 63, 64, 65, 128, 200] {
            assert_eq!(Blocks::all(len).count(), len);
            assert!(Blocks::all(len).iter().eq(0..len));
            let mut odd = Blocks::none(len);
            (0..400).filter(|block| block % 2 == 1).for_each(|block| odd.insert(block));
            assert_eq!(odd.count(), len / 2);
            let mut both = Blocks::all(len);
            both.intersect(&odd);
            assert_eq!(both, odd);
            both.unite(&Blocks::all(len));
            assert!(both.is_all());
        }
    }
}
