//! A stream that escapes what clients leave unescaped in request lines, such as the quotes and braces of
//! `curl -g 'http://host/api/v1/series?match[]=up{job="x"}'`. Go's servers take that, and the HTTP parser below us
//! answers an empty 400.
//!
//! Invariant: only the bytes between a request line's first blank and its end change, and only those that are an error
//! there. The heads are followed just closely enough to find where the next one begins; from the first request that
//! says anything unusual of its body on, the connection passes as it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Header fields that matter are shorter. A longer one that might matter ends the following.
const FIELD_BYTES_MAX: usize = 64;

/// The stream.
pub(super) struct RequestLines<S> {
    stream: S,
    heads: Heads,
    /// What was received and does not fit the reader's buffer any more, now that it is escaped.
    escaped: Vec<u8>,
    given: usize,
}

impl<S> RequestLines<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, heads: Heads::default(), escaped: Vec::new(), given: 0 }
    }

    /// Hands out what is escaped already; `false` when there is nothing.
    fn give(&mut self, into: &mut ReadBuf<'_>) -> bool {
        let rest = self.escaped.get(self.given..).unwrap_or_default();
        let Some(piece) = rest.get(..rest.len().min(into.remaining())).filter(|piece| !piece.is_empty()) else {
            self.escaped = Vec::new();
            return false;
        };
        into.put_slice(piece);
        self.given += piece.len();
        true
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestLines<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let lines = self.get_mut();
        if lines.give(into) {
            return Poll::Ready(Ok(()));
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut lines.stream).poll_read(context, into))?;
        if let Some(escaped) = lines.heads.follow(into.filled().get(before..).unwrap_or_default()) {
            into.set_filled(before);
            (lines.escaped, lines.given) = (escaped, 0);
            lines.give(into);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestLines<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

/// Follows the requests of a connection.
#[derive(Debug, Default)]
struct Heads {
    place: Place,
    /// The start of the line at hand, as much as matters.
    line: Vec<u8>,
    /// The length that the head at hand gave its body.
    body: Option<u64>,
    /// Whether the head at hand says something that is not followed.
    unusual: bool,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// The method, or blank lines before it.
    #[default]
    Method,
    /// The rest of the request line.
    Target,
    /// The header fields.
    Fields,
    /// The body, of which this much is left.
    Body(u64),
    /// Nothing that is followed.
    Passed,
}

impl Heads {
    /// Follows what was received; `Some` is what to read in its stead.
    fn follow(&mut self, received: &[u8]) -> Option<Vec<u8>> {
        let mut escaped: Option<Vec<u8>> = None;
        let mut rest = received;
        while let Some((byte, behind)) = rest.split_first() {
            let mut taken = 1;
            match self.place {
                Place::Passed => taken = rest.len(),
                Place::Body(left) => {
                    taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let left = left.saturating_sub(taken as u64);
                    self.place = if left == 0 { Place::Method } else { Place::Body(left) };
                }
                Place::Target if must_be_escaped(*byte) => {
                    let escaped = escaped.get_or_insert_with(|| before(received, rest).to_vec());
                    escaped.extend(percent(*byte));
                    rest = behind;
                    continue;
                }
                Place::Method | Place::Target | Place::Fields => self.step(*byte),
            }
            let (passed, behind) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            if let Some(escaped) = &mut escaped {
                escaped.extend_from_slice(passed);
            }
            rest = behind;
        }
        escaped
    }

    /// One byte of a head.
    fn step(&mut self, byte: u8) {
        match (self.place, byte) {
            (Place::Method, b'\r' | b'\n') if self.line.is_empty() => {}
            (Place::Method, b' ') => {
                self.unusual = self.line == b"CONNECT";
                self.place = Place::Target;
            }
            (Place::Method | Place::Target, b'\n') => {
                self.line.clear();
                self.place = Place::Fields;
            }
            (Place::Fields, b'\n') => self.end_field(),
            (Place::Method | Place::Fields, _) if self.line.len() <= FIELD_BYTES_MAX => self.line.push(byte),
            _ => {}
        }
    }

    fn end_field(&mut self) {
        let line = std::mem::take(&mut self.line);
        let field = line.strip_suffix(b"\r").unwrap_or(&line);
        if field.is_empty() {
            let body = self.body.take().unwrap_or(0);
            self.place = match (self.unusual, body) {
                (true, _) => Place::Passed,
                (false, 0) => Place::Method,
                (false, length) => Place::Body(length),
            };
            return;
        }
        let colon = field.iter().position(|byte| *byte == b':').unwrap_or(field.len());
        let (name, value) = field.split_at_checked(colon).unwrap_or((field, &[]));
        let is = |known: &str| name.trim_ascii().eq_ignore_ascii_case(known.as_bytes());
        if is("content-length") {
            let length = length(value, line.len()).filter(|_| self.body.is_none());
            self.unusual |= length.is_none();
            self.body = length;
        }
        self.unusual |= is("transfer-encoding") || is("upgrade") || field.starts_with(b" ") || field.starts_with(b"\t");
    }
}

/// Reads `: 17`; `None` when it is anything else, or was cut.
fn length(value: &[u8], line_length: usize) -> Option<u64> {
    let digits = std::str::from_utf8(value.strip_prefix(b":")?).ok()?.trim_matches([' ', '\t']);
    let is_whole = line_length <= FIELD_BYTES_MAX && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_whole)
}

/// What was received before the rest.
fn before<'a>(received: &'a [u8], rest: &[u8]) -> &'a [u8] {
    received.get(..received.len() - rest.len()).unwrap_or_default()
}

/// Whether the byte may not stand in a URL, and means nothing in a request line either.
fn must_be_escaped(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x80..)
}

fn percent(byte: u8) -> [u8; 3] {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'A' + value - 10 };
    [b'%', digit(byte >> 4), digit(byte & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// Sends the bytes in pieces of every size and checks what is read.
    async fn check(sent: &str, expected: &str) {
        for size in [1, 2, 3, 7, 64, sent.len()] {
            let (ours, mut theirs) = tokio::io::duplex(size);
            let mut lines = RequestLines::new(ours);
            let mut read = Vec::new();
            let send = async {
                theirs.write_all(sent.as_bytes()).await.expect("writes");
                drop(theirs);
            };
            let (all, ()) = tokio::join!(lines.read_to_end(&mut read), send);
            all.expect("reads");
            assert_eq!(String::from_utf8_lossy(&read), expected, "in pieces of {size}");
        }
    }

    #[tokio::test]
    async fn selectors_in_request_lines_are_escaped() {
        check(
            "GET /s?match[]=up{job=\"x\"} HTTP/1.1\r\nHost: {\"h\"}\r\n\r\n",
            "GET /s?match[]=up%7Bjob=%22x%22%7D HTTP/1.1\r\nHost: {\"h\"}\r\n\r\n",
        )
        .await;
        check("GET /a<b>c\\d^e`f|g\u{e9} HTTP/1.1\n\n", "GET /a%3Cb%3Ec%5Cd%5Ee%60f%7Cg%C3%A9 HTTP/1.1\n\n").await;
        check("GET /plain%20?x=1&y=[2] HTTP/1.1\r\n\r\n", "GET /plain%20?x=1&y=[2] HTTP/1.1\r\n\r\n").await;
        check("G{T / HTTP/1.1\r\n\r\n", "G{T / HTTP/1.1\r\n\r\n").await;
    }

    #[tokio::test]
    async fn bodies_pass_and_the_request_behind_them_is_found() {
        let body = "GET /{} HTTP/1.1\r\n\r\n";
        let length = body.len();
        check(
            &format!(
                "\r\nPOST /{{ HTTP/1.1\r\ncontent-LENGTH:  {length} \r\nX: y\r\n\r\n{body}GET /}} HTTP/1.1\r\n\r\nGET /{{"
            ),
            &format!(
                "\r\nPOST /%7B HTTP/1.1\r\ncontent-LENGTH:  {length} \r\nX: y\r\n\r\n{body}GET /%7D HTTP/1.1\r\n\r\nGET /%7B"
            ),
        )
        .await;
    }

    #[tokio::test]
    async fn what_is_unusual_ends_the_following() {
        for field in [
            "Transfer-Encoding: chunked",
            "Content-Length: 1\r\nContent-Length: 1",
            "Content-Length: 1, 1",
            "Content-Length: +1",
            "Content-Length:",
            "X: y\r\n Content-Length: 1",
            "Upgrade: h2c",
            &format!("Content-Length: {}1", " ".repeat(100)),
        ] {
            let rest = format!("HTTP/1.1\r\n{field}\r\n\r\n4\r\nGET /{{\r\n0\r\n\r\nGET /}} HTTP/1.1\r\n\r\n");
            check(&format!("POST /{{ {rest}"), &format!("POST /%7B {rest}")).await;
        }
        check("CONNECT h:1 HTTP/1.1\r\n\r\nGET /{ \n", "CONNECT h:1 HTTP/1.1\r\n\r\nGET /{ \n").await;
    }
}
