//! Lines that are longer than a line may be.
//!
//! Invariant: what is kept ends at a character; what was cut is told in the line's structured metadata.

use crate::limits::LINE_BYTES_MAX;

/// The structured metadata that tells how many bytes of a line were cut off.
pub const TRUNCATED: &str = "truncated_bytes";

/// Cuts a line at [`LINE_BYTES_MAX`]: what is kept, and how many bytes are not.
pub fn cut_line(line: &str) -> (&str, usize) {
    let kept = line.get(..line.floor_char_boundary(LINE_BYTES_MAX)).unwrap_or(line);
    (kept, line.len() - kept.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_characters() {
        let check = |line: &str, kept: usize, cut: usize| {
            let (text, bytes) = cut_line(line);
            assert_eq!((text.len(), bytes), (kept, cut));
        };
        check("", 0, 0);
        check(&"a".repeat(LINE_BYTES_MAX), LINE_BYTES_MAX, 0);
        check(&"a".repeat(LINE_BYTES_MAX + 7), LINE_BYTES_MAX, 7);
        check(&format!("{}é", "a".repeat(LINE_BYTES_MAX - 1)), LINE_BYTES_MAX - 1, 2);
    }
}
