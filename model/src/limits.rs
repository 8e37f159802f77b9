//! Bounds of the vocabulary itself. Each says what happens beyond it.

/// Longest label name or value that [`crate::labels::Labels`] can hold, in bytes (64 MiB - 1).
/// Longer text is cut at a character boundary; the limits of `store` and `collector` refuse far shorter ones first.
pub const LABEL_TEXT_BYTES_MAX: usize = (1 << 26) - 1;

/// Largest compiled size of one regular expression, in bytes. A larger one is refused when it is compiled.
pub const REGEX_PROGRAM_BYTES_MAX: usize = 1 << 20;
