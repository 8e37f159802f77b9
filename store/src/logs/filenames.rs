//! Every name of the log store that reaches the disk; those of the WAL's own folder are in `wal::filenames`.

use super::span::Span;
use std::path::{Path, PathBuf};

/// The store's folder in the data folder.
pub(crate) fn store(root: &Path) -> PathBuf {
    root.join("logs")
}

/// The WAL's folder in the store's.
pub(crate) fn wal(store: &Path) -> PathBuf {
    store.join("wal")
}

/// What a part says of itself.
pub(crate) fn part_meta(part: &Path) -> PathBuf {
    part.join("meta")
}

/// A part's streams and the headers of their chunks.
pub(crate) fn part_table(part: &Path) -> PathBuf {
    part.join("table")
}

/// A part's entries.
pub(crate) fn part_chunks(part: &Path) -> PathBuf {
    part.join("chunks")
}

/// Which words stand in which chunk of a part.
pub(crate) fn part_index(part: &Path) -> PathBuf {
    part.join("index")
}

/// The partitions' folder in the store's.
pub(crate) fn partitions(store: &Path) -> PathBuf {
    store.join("partitions")
}

/// A partition's folder.
pub(crate) fn partition(partitions: &Path, span: Span) -> PathBuf {
    partitions.join(span.name())
}

/// A part's folder: the sealing that brought its newest entries, and a number that makes it unique.
pub(crate) fn part(partition: &Path, sealing: u64, number: u64) -> PathBuf {
    partition.join(format!("{sealing:08}-{number:08}"))
}

/// The two numbers in a part's name, or `None` for any other name.
pub(crate) fn part_numbers(name: &str) -> Option<(u64, u64)> {
    let number = |text: &str| {
        let digits = text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (sealing, unique) = name.split_once('-')?;
    number(sealing).zip(number(unique))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_names_round_trip() {
        for (sealing, number) in [(1, 2), (123_456_789, 1_000_000_000)] {
            let path = part(Path::new("/x"), sealing, number);
            let name = path.file_name().and_then(|name| name.to_str()).expect("name");
            assert_eq!(part_numbers(name), Some((sealing, number)), "{name}");
        }
        for name in ["00000001", "00000001-00000002.deleting", "00000001-00000002.temporary", "1-2", "a-b", ""] {
            assert_eq!(part_numbers(name), None, "{name}");
        }
    }
}
