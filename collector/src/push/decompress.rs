//! Inflates snappy blocks and gzip, never beyond a cap.
