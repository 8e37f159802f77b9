//! The smallest HTTP client: one request, one connection, everything read.
//!
//! Invariant: never waits longer than [`PATIENCE`]. It knows nothing of keep-alive, redirects or TLS.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for a connection, a write or a read.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The head, lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, without transfer coding.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("status {}, body {}", self.status, self.text()))
    }

    /// A header by its lower-case name; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str())
    }
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// `GET` or `POST`.
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) path: &'a str,
    /// Beyond host, length and connection.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// Empty for `GET`.
    pub(crate) body: &'a [u8],
}

/// Sends a request and reads its answer to the end.
pub(crate) fn send(address: SocketAddr, request: &Request<'_>) -> Result<Answer> {
    let told = || format!("{} http://{address}{}", request.method, request.path);
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(told)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n", request.method, request.path);
    for (name, value) in request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", request.body.len()));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(request.body);
    stream.write_all(&bytes).with_context(told)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).with_context(told)?;
    parse(&answer).with_context(told)
}

/// Percent-encodes a value of a query string or form.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn parse(bytes: &[u8]) -> Result<Answer> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        bail!("the answer ends inside its head: {:?}", String::from_utf8_lossy(bytes));
    };
    let head = std::str::from_utf8(&bytes[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status line")?.parse()?;
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').context("a header without a colon")?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    let body = &bytes[end + 4..];
    answer.body = match answer.header("content-length").parse::<usize>() {
        _ if answer.header("transfer-encoding") == "chunked" => unchunk(body)?,
        Ok(length) if length != body.len() => bail!("body of {} bytes, {length} announced", body.len()),
        _ => body.to_vec(),
    };
    Ok(answer)
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").context("a chunk without its size")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line])?.trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(line + 2..line + 2 + size).context("a chunk ends early")?);
        rest = &rest[line + 4 + size..];
    }
}
