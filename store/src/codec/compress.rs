//! LZ4 blocks whose inflated size is told and bounded.

use super::Malformed;

/// The bytes as one LZ4 block, or `None` when that would not be shorter by an eighth.
pub(crate) fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let block = lz4_flex::block::compress(bytes);
    (block.len() < bytes.len() - bytes.len() / 8).then_some(block)
}

/// Inflates a block to exactly `len` bytes. The caller has checked `len` against its limit.
pub(crate) fn decompress(block: &[u8], len: usize) -> Result<Vec<u8>, Malformed> {
    match lz4_flex::block::decompress(block, len) {
        Ok(bytes) if bytes.len() == len => Ok(bytes),
        _ => Err(Malformed { what: "LZ4 block of the told size", at: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_round_trip_and_lies_are_refused() {
        let bytes = b"belfry belfry belfry belfry belfry belfry belfry".repeat(9);
        let block = compress(&bytes).expect("repeats shrink");
        assert_eq!(decompress(&block, bytes.len()), Ok(bytes.clone()));
        assert!(decompress(&block, bytes.len() - 1).is_err());
        assert!(decompress(&block, bytes.len() + 1).is_err());
        assert!(decompress(&[0xff; 20], 100).is_err());
        assert_eq!(compress(&[1, 2, 3, 250, 7, 99]), None);
    }
}
