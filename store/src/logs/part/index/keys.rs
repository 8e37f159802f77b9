//! Keys of codes: what a chunk's filter holds of ids, hashes and numbers, of which nearly each stands in one chunk.
//!
//! Ids of the two usual lengths are one key each. Of any other long code, and of a literal that may be a piece of one,
//! the keys are chosen by the code's own text: of every window of [`WINDOW`] grams the gram with the smallest hash. So
//! every whole window of a piece chooses the same gram in the code that the piece was cut from.
//!
//! Invariant: [`of_run`] of a code has every key that [`of_piece`] names for any piece of it, in one of the ways that
//! it names.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Bytes of a gram.
const GRAM: usize = 8;
/// Grams of a window.
const WINDOW: usize = 9;
/// Pieces shorter than a window of grams tell nothing.
const PIECE_MIN: usize = GRAM + WINDOW - 1;
/// Codes shorter than this are not indexed.
const CODE_MIN: usize = 8;

const UUID: usize = 36;
const HEX: usize = 32;

/// A key of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Spread evenly.
    pub(super) hash: u64,
    /// How many bits it sets: more, where a literal has no other key.
    pub(super) probes: u32,
}

/// Bits of a key that is all there is of its code.
const PROBES_WHOLE: u32 = 9;
/// Bits of a key that is one of several.
const PROBES_GRAM: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Short, or a short number, date or time: not indexed.
    Trivial,
    /// `8-4-4-4-12` hexadecimal digits.
    Uuid,
    /// 32 hexadecimal digits, as trace ids have.
    Hex,
    Other,
}

fn is_hex(byte: &u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn is_dash_of_uuid(place: usize) -> bool {
    matches!(place, 8 | 13 | 18 | 23)
}

/// Whether the text may be what stands from `place` on in a UUID.
fn fits_uuid(text: &[u8], place: usize) -> bool {
    let fits = |(at, byte): (usize, &u8)| if is_dash_of_uuid(place + at) { *byte == b'-' } else { is_hex(byte) };
    place + text.len() <= UUID && text.iter().enumerate().all(fits)
}

fn shape(run: &[u8]) -> Shape {
    let is_time = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'T' | b'Z');
    match run.len() {
        len if len < CODE_MIN => Shape::Trivial,
        len if len < PIECE_MIN && run.iter().all(is_time) => Shape::Trivial,
        UUID if fits_uuid(run, 0) => Shape::Uuid,
        HEX if run.iter().all(is_hex) => Shape::Hex,
        _ => Shape::Other,
    }
}

fn whole(run: &[u8]) -> Key {
    Key { hash: xxh3_64_with_seed(run, 1), probes: PROBES_WHOLE }
}

/// The finalizer of SplitMix64, which spreads eight bytes evenly.
fn spread(gram: u64) -> u64 {
    let mut hash = gram.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The chosen grams of a text of at least [`GRAM`] bytes; one with less than a window is a window of its own.
fn grams(text: &[u8], mut visit: impl FnMut(Key)) {
    let hashes: Vec<u64> = text
        .windows(GRAM)
        .filter_map(|gram| gram.first_chunk::<GRAM>())
        .map(|gram| spread(u64::from_le_bytes(*gram)))
        .collect();
    let mut last = None;
    for window in hashes.windows(WINDOW.min(hashes.len())) {
        let least = window.iter().copied().min();
        if least != last {
            last = least;
            if let Some(hash) = least {
                visit(Key { hash, probes: PROBES_GRAM });
            }
        }
    }
}

/// The keys of a whole code.
pub(super) fn of_run(run: &[u8], mut visit: impl FnMut(Key)) {
    match shape(run) {
        Shape::Trivial => {}
        Shape::Uuid | Shape::Hex => visit(whole(run)),
        Shape::Other => grams(run, visit),
    }
}

/// The ways in which a chunk may hold a literal's code: all keys of one of them are in its filter. `None` when it
/// cannot be told.
pub(super) type Ways = Option<Vec<Vec<Key>>>;

/// The ways of a code that is cut on neither side.
pub(super) fn of_whole(run: &[u8]) -> Ways {
    let mut keys = Vec::new();
    of_run(run, |key| keys.push(key));
    (!keys.is_empty()).then(|| vec![keys])
}

/// The ways of a code that may be a piece of a longer one.
pub(super) fn of_piece(piece: &[u8]) -> Ways {
    if piece.len() < PIECE_MIN || !piece.iter().any(u8::is_ascii_digit) {
        return None;
    }
    let is_hex = piece.iter().all(is_hex);
    let inside_hex = is_hex && piece.len() < HEX;
    let inside_uuid = piece.len() < UUID && (0..UUID - piece.len() + 1).any(|place| fits_uuid(piece, place));
    if inside_hex || inside_uuid {
        return None;
    }
    let mut pieces = Vec::new();
    grams(piece, |key| pieces.push(key));
    let mut ways = vec![pieces];
    if matches!(shape(piece), Shape::Uuid | Shape::Hex) {
        ways.push(vec![whole(piece)]);
    }
    Some(ways)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(run: &str) -> Vec<Key> {
        let mut keys = Vec::new();
        of_run(run.as_bytes(), |key| keys.push(key));
        keys
    }

    #[test]
    fn codes_have_few_keys() {
        let check = |run: &str, expected: usize| assert_eq!(keys(run).len(), expected, "{run}");
        check("1234567", 0);
        check("2026-11-28T12", 0);
        check("123456789Z", 0);
        check("4f5e6d7c8b9a", 1);
        check("550e8400-e29b-41d4-a716-446655440000", 1);
        check("4bf92f3577b34da6a3ce929d0e0e4736", 1);
        let long: String = (0..1000_u32).map(|n| char::from(b'a' + (n * n % 23) as u8)).collect();
        assert!(keys(&long).len() < 300, "{}", keys(&long).len());
    }

    #[test]
    fn pieces_of_ids_that_cannot_be_told_are_not_told() {
        assert_eq!(of_piece(b"00f067aa0ba902b7"), None, "may stand in a trace id");
        assert_eq!(of_piece(b"8400-e29b-41d4-a716"), None, "may stand in a UUID");
        assert_eq!(of_piece(b"short-1"), None);
        assert_eq!(of_piece(b"4bf92f3577b34da6a3ce929d0e0e4736").map(|ways| ways.len()), Some(2));
        assert_eq!(of_piece(b"belfry-7f9c6d5b8-x2x9z").map(|ways| ways.len()), Some(1));
    }

    proptest! {
        #[test]
        fn no_piece_of_a_code_is_missed(
            run in "[a-f0-9]{32}|[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}|[a-f0-9]{14,60}|[A-Za-z0-9_-]{1,80}|a{20,40}1a{20}",
            ends in (0..80_usize, 0..80_usize),
        ) {
            prop_assume!(run.bytes().any(|byte| byte.is_ascii_digit()));
            let held = keys(&run);
            let (start, end) = (ends.0.min(run.len()), ends.1.min(run.len()));
            let piece = &run.as_bytes()[start.min(end)..start.max(end)];
            for ways in [of_piece(piece), of_piece(run.as_bytes()), of_whole(run.as_bytes())].into_iter().flatten() {
                prop_assert!(ways.iter().any(|way| way.iter().all(|key| held.contains(key))), "{run} {ways:?}");
            }
        }
    }
}
