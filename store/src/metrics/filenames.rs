//! Every name of the metrics store that reaches the disk; those of the WAL's own folder are in `wal::filenames`.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// The store's folder in the data folder.
pub(crate) fn store(root: &Path) -> PathBuf {
    root.join("metrics")
}

/// The WAL's folder in the store's.
pub(crate) fn wal(store: &Path) -> PathBuf {
    store.join("wal")
}

/// The blocks' folder in the store's.
pub(crate) fn blocks(store: &Path) -> PathBuf {
    store.join("blocks")
}

/// A block's folder: the bounds of its range in milliseconds, and a number that makes it unique.
pub(crate) fn block(blocks: &Path, range: &Range<i64>, number: u64) -> PathBuf {
    blocks.join(format!("{}-{}-{number}", range.start, range.end))
}

/// The number in a block's name, or `None` for any other name.
pub(crate) fn block_number(name: &str) -> Option<u64> {
    let (bounds, number) = name.rsplit_once('-')?;
    let (start, end) = bounds.get(1..)?.split_once('-')?;
    let is_number = |text: &str| text.parse::<u64>().is_ok() || text.is_empty();
    (is_number(start) && end.parse::<i64>().is_ok()).then(|| number.parse().ok()).flatten()
}

/// What a block says of itself.
pub(crate) fn meta(block: &Path) -> PathBuf {
    block.join("meta")
}

/// A block's labels.
pub(crate) fn index(block: &Path) -> PathBuf {
    block.join("index")
}

/// A block's samples.
pub(crate) fn chunks(block: &Path) -> PathBuf {
    block.join("chunks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_names_round_trip() {
        for (range, number) in [(0..7_200_000, 3), (-7_200_000..0, 4), (-14_400_000..-7_200_000, 5)] {
            let path = block(Path::new("/x"), &range, number);
            let name = path.file_name().and_then(|name| name.to_str()).expect("name");
            assert_eq!(block_number(name), Some(number), "{name}");
        }
        for name in ["0-1", "lock", "0-1-2.deleting", "0-1-2.unreadable", "0-1-2.temporary", "a-b-3"] {
            assert_eq!(block_number(name), None, "{name}");
        }
    }
}
