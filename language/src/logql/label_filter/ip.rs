//! Addresses in text: `ip("10.0.0.1")`, `ip("10.0.0.0/8")`, `ip("10.0.0.1-10.0.0.9")`, of IPv4 and IPv6.
//!
//! Invariant: a text is searched once, left to right; what looks like the beginning of an address is read to its end
//! and skipped when it is none, so that the search is linear.

use model::number::quoted;
use std::net::IpAddr;

/// Which addresses are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// First address, inclusive.
    first: IpAddr,
    /// Last address, inclusive; of the same family.
    last: IpAddr,
}

impl Pattern {
    /// Reads an address, a CIDR block, or a range `a-b`.
    ///
    /// # Errors
    /// It is none of these, in Loki's words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let single = || text.parse::<IpAddr>().ok().map(|address| Self { first: address, last: address });
        single()
            .or_else(|| block(text))
            .or_else(|| range(text))
            .ok_or_else(|| format!("ip: invalid pattern: {}", quoted(text)))
    }

    /// Whether any address in the text is looked for.
    pub fn is_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let length = if begins_v4(rest) {
                span(rest, |byte| byte.is_ascii_digit() || byte == b'.')
            } else if begins_v6(rest) {
                span(rest, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
            } else {
                at += 1;
                continue;
            };
            let candidate = text.get(at..at + length).and_then(|text| text.parse().ok());
            if candidate.is_some_and(|address| self.contains(address)) {
                return true;
            }
            // The character after a candidate begins no other.
            at += length + 1;
        }
        false
    }

    fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }
}

fn block(text: &str) -> Option<Pattern> {
    let (address, bits) = text.split_once('/')?;
    // Go takes neither signs nor leading zeros here.
    if !bits.bytes().all(|byte| byte.is_ascii_digit()) || (bits.len() > 1 && bits.starts_with('0')) {
        return None;
    }
    let bits = bits.parse::<u32>().ok()?;
    let (first, last) = match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => {
            let host = u32::MAX.checked_shr(bits).unwrap_or(0);
            let base = u32::from(address);
            (bits <= 32).then(|| (IpAddr::V4((base & !host).into()), IpAddr::V4((base | host).into())))?
        }
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(bits).unwrap_or(0);
            let base = u128::from(address);
            (bits <= 128).then(|| (IpAddr::V6((base & !host).into()), IpAddr::V6((base | host).into())))?
        }
    };
    Some(Pattern { first, last })
}

fn range(text: &str) -> Option<Pattern> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.parse::<IpAddr>().ok()?, last.parse::<IpAddr>().ok()?);
    (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Pattern { first, last })
}

fn span(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| belongs(**byte)).count()
}

/// A digit with a point within the next three characters.
fn begins_v4(bytes: &[u8]) -> bool {
    match bytes {
        [digit, near @ ..] if digit.is_ascii_digit() && near.len() >= 3 => {
            near.iter().take(3).any(|byte| *byte == b'.')
        }
        _ => false,
    }
}

/// `::f`, or up to four hexadecimal digits and a colon.
fn begins_v6(bytes: &[u8]) -> bool {
    match bytes {
        [b':', b':', digit, ..] => digit.is_ascii_hexdigit(),
        _ => {
            let digits = bytes.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
            digits > 0 && bytes.get(digits) == Some(&b':')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_text() {
        let check = |pattern: &str, text: &str, expected: bool| {
            let compiled = Pattern::parse(pattern).expect(pattern);
            assert_eq!(compiled.is_in(text), expected, "{pattern} in {text:?}");
        };
        check("192.168.0.1", "from 192.168.0.1:80", true);
        check("192.168.0.1", "from 192.168.0.11", false);
        check("192.168.0.0/16", "a 10.0.0.1 b 192.168.255.255", true);
        check("192.168.0.1-192.168.4.5", "x=192.168.4.5", true);
        check("192.168.0.1-192.168.4.5", "x=192.168.4.6", false);
        check("0.0.0.0/0", "1.2.3.4", true);
        check("::1", "[::1]:80", true);
        check("2001:db8::/32", "at 2001:db8:0:85a3::ac1f:8001", true);
        check("2001:db8::/32", "at 2001:db9::1", false);
        check("192.168.0.1", "", false);
        check("192.168.0.1", "1.2.3.4.5.6 é 192.168.0.1", true);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "foo", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/08", "1.2.3.4-1.2.3.3", "1.2.3.4-::1"] {
            assert_eq!(Pattern::parse(text), Err(format!("ip: invalid pattern: {}", quoted(text))));
        }
    }
}
