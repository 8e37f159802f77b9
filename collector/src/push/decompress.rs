//! Inflates snappy blocks, gzip and deflate, never beyond a cap.
//!
//! Invariant: no more than the cap is ever held, whatever the compressed bytes claim or contain; what passes it is
//! refused as soon as it is known. This is the only place where bytes from outside are inflated.

use std::fmt;
use std::io::{self, Write};

/// Most bytes that one byte of a snappy block can stand for: the densest element is three bytes that copy 64.
const SNAPPY_RATIO_MAX: usize = 22;

/// Why a body was not inflated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InflateError {
    /// It inflates to more than this many bytes.
    TooLarge(usize),
    /// It is not of the format, or cut off.
    Malformed(String),
}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(max) => write!(f, "body inflates to more than {}", model::bytes::format(*max as u64)),
            Self::Malformed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for InflateError {}

/// Inflates a snappy block (not the framed format) over what `into` holds. A block tells its size first, so a bomb is
/// refused before anything is allocated.
///
/// # Errors
/// When the block is malformed or tells more than `max` bytes; `into` is then empty.
pub fn snappy(block: &[u8], into: &mut Vec<u8>, max: usize) -> Result<(), InflateError> {
    into.clear();
    let size = snap::raw::decompress_len(block).map_err(|error| malformed("snappy block", &error))?;
    if size > max {
        return Err(InflateError::TooLarge(max));
    }
    if block.is_empty() || size / SNAPPY_RATIO_MAX > block.len() {
        return Err(malformed("snappy block", &format!("{} bytes cannot hold the {size} that it claims", block.len())));
    }
    into.resize(size, 0);
    let inflated = snap::raw::Decoder::new().decompress(block, into);
    let size = inflated.map_err(|error| {
        into.clear();
        malformed("snappy block", &error)
    })?;
    into.truncate(size);
    Ok(())
}

/// Inflates gzip over what `into` holds.
///
/// # Errors
/// As [`Gunzip`]; `into` then holds nothing of use.
pub fn gzip(body: &[u8], into: &mut Vec<u8>, max: usize) -> Result<(), InflateError> {
    let mut gunzip = Gunzip::new(std::mem::take(into), max);
    gunzip.write(body)?;
    *into = gunzip.finish()?;
    Ok(())
}

/// Inflates raw deflate (RFC 1951, what Loki means by `Content-Encoding: deflate`) over what `into` holds.
///
/// # Errors
/// When the body is malformed, cut off, or inflates to more than `max` bytes; `into` then holds nothing of use.
pub fn deflate(body: &[u8], into: &mut Vec<u8>, max: usize) -> Result<(), InflateError> {
    let mut bytes = std::mem::take(into);
    bytes.clear();
    let mut decoder = flate2::write::DeflateDecoder::new(Capped { bytes, max, is_full: false });
    let inflated = decoder.write_all(body).and_then(|()| decoder.try_finish());
    if let Err(error) = inflated {
        return Err(match decoder.get_ref().is_full {
            true => InflateError::TooLarge(max),
            false => malformed("deflate body", &error),
        });
    }
    *into = std::mem::take(&mut decoder.get_mut().bytes);
    Ok(())
}

/// Inflates gzip as it arrives, chunk by chunk; several members in a row are one body.
#[derive(Debug)]
pub struct Gunzip {
    decoder: flate2::write::MultiGzDecoder<Capped>,
    max: usize,
}

impl Gunzip {
    /// An inflater that writes over what `into` holds and keeps its capacity.
    pub fn new(mut into: Vec<u8>, max: usize) -> Self {
        into.clear();
        Self { decoder: flate2::write::MultiGzDecoder::new(Capped { bytes: into, max, is_full: false }), max }
    }

    /// Takes the next chunk.
    ///
    /// # Errors
    /// When the body is malformed or has inflated to the cap.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), InflateError> {
        self.decoder.write_all(chunk).map_err(|error| self.judge(&error))
    }

    /// The inflated body.
    ///
    /// # Errors
    /// When the body is cut off or its checksum is wrong, or the last bytes passed the cap.
    pub fn finish(mut self) -> Result<Vec<u8>, InflateError> {
        self.decoder.try_finish().map_err(|error| self.judge(&error))?;
        Ok(std::mem::take(&mut self.decoder.get_mut().bytes))
    }

    fn judge(&self, error: &io::Error) -> InflateError {
        match self.decoder.get_ref().is_full {
            true => InflateError::TooLarge(self.max),
            false if error.kind() == io::ErrorKind::UnexpectedEof => malformed("gzip body", &"it is cut off"),
            false => malformed("gzip body", error),
        }
    }
}

fn malformed(what: &str, why: &dyn fmt::Display) -> InflateError {
    InflateError::Malformed(format!("malformed {what}: {why}"))
}

/// Bytes up to a cap; the decoder hands over at most its small buffer at a time.
#[derive(Debug)]
struct Capped {
    bytes: Vec<u8>,
    max: usize,
    is_full: bool,
}

impl Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + chunk.len() > self.max {
            self.is_full = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflated(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(body).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn snappy_blocks_inflate_up_to_the_cap() {
        let body = b"abc".repeat(1000);
        let block = snap::raw::Encoder::new().compress_vec(&body).expect("compresses");
        let mut into = b"old".to_vec();
        assert_eq!(snappy(&block, &mut into, 3000), Ok(()));
        assert_eq!(into, body);
        assert_eq!(snappy(&block, &mut into, 2999), Err(InflateError::TooLarge(2999)));
        assert!(into.is_empty());
        assert!(matches!(snappy(&block[..20], &mut into, 3000), Err(InflateError::Malformed(_))));
        assert!(matches!(snappy(b"", &mut into, 3000), Err(InflateError::Malformed(_))));
    }

    #[test]
    fn a_snappy_block_that_claims_gigabytes_allocates_nothing() {
        let mut into = Vec::new();
        let claims_4_gib = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00];
        assert_eq!(snappy(&claims_4_gib, &mut into, 1 << 20), Err(InflateError::TooLarge(1 << 20)));
        let claims_1_kib = [0x80, 0x08, 0x00];
        let error = snappy(&claims_1_kib, &mut into, 1 << 20).expect_err("nothing is behind the claim");
        assert_eq!(error.to_string(), "malformed snappy block: 3 bytes cannot hold the 1024 that it claims");
        assert_eq!(into.capacity(), 0);
    }

    #[test]
    fn gzip_inflates_in_chunks_and_members() {
        let mut body = deflated(b"hello ");
        body.extend(deflated(b"world"));
        for size in [1, 7, body.len()] {
            let mut gunzip = Gunzip::new(b"old".to_vec(), 11);
            for chunk in body.chunks(size) {
                assert_eq!(gunzip.write(chunk), Ok(()));
            }
            assert_eq!(gunzip.finish().as_deref(), Ok(&b"hello world"[..]));
        }
    }

    #[test]
    fn a_gzip_bomb_stops_at_the_cap() {
        let bomb = deflated(&vec![0; 64 << 20]);
        let mut gunzip = Gunzip::new(Vec::new(), 1 << 20);
        assert_eq!(gunzip.write(&bomb), Err(InflateError::TooLarge(1 << 20)));
        assert!(gunzip.decoder.get_ref().bytes.capacity() <= 2 << 20);
        let mut into = Vec::new();
        let error = gzip(&bomb, &mut into, 1 << 20).expect_err("too large");
        assert_eq!(error.to_string(), "body inflates to more than 1.0 MiB");
    }

    #[test]
    fn raw_deflate_inflates_up_to_the_cap() {
        let body = b"some text ".repeat(100);
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&body).expect("memory");
        let whole = encoder.finish().expect("memory");
        let mut into = b"old".to_vec();
        assert_eq!(deflate(&whole, &mut into, 1000), Ok(()));
        assert_eq!(into, body);
        assert_eq!(deflate(&whole, &mut into, 999), Err(InflateError::TooLarge(999)));
        for cut in 0..whole.len() {
            let told = deflate(&whole[..cut], &mut into, 1000);
            assert!(matches!(told, Err(InflateError::Malformed(_))), "{cut}: {told:?}");
        }
        assert!(matches!(deflate(b"\xffhello", &mut into, 1000), Err(InflateError::Malformed(_))));
    }

    #[test]
    fn gzip_that_is_cut_off_or_garbled_is_refused() {
        let whole = deflated(&b"some text ".repeat(100));
        let check = |body: &[u8]| {
            let told = gzip(body, &mut Vec::new(), 1 << 20);
            assert!(matches!(told, Err(InflateError::Malformed(_))), "{told:?}");
        };
        for cut in 1..whole.len() {
            check(&whole[..cut]);
        }
        check(b"not gzip at all, just text");
        let mut garbled = whole.clone();
        let last = garbled.len() - 6;
        garbled[last] ^= 0xff;
        check(&garbled);
        assert_eq!(gzip(&whole, &mut Vec::new(), 1 << 20), Ok(()));
    }
}
