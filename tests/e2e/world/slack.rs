//! Slack's incoming webhook: it keeps every message and answers as it is told.
//!
//! Invariant: one thread per connection; the listener closes with its owner. A message counts as received however it
//! is answered, as at Slack.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(5);

/// How a message is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Accepted,
    /// 429 with `Retry-After` in seconds.
    TooMany(u64),
    /// 500.
    Broken,
    /// 404 with Slack's text.
    NoSuchHook,
    /// Never.
    Silence,
}

/// A message with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    pub(crate) message: Value,
    pub(crate) reply: Reply,
}

#[derive(Debug, Default)]
struct Desk {
    received: Vec<Received>,
    /// The next answers; afterwards every message is accepted.
    replies: VecDeque<Reply>,
}

/// A listening webhook.
pub(crate) struct Slack {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
    closed: Arc<AtomicBool>,
}

impl Slack {
    /// Listens on a free port.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("binding a fake Slack")?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let (desk, closed) = (Arc::<Mutex<Desk>>::default(), Arc::new(AtomicBool::new(false)));
        let slack = Self { address, desk: Arc::clone(&desk), closed: Arc::clone(&closed) };
        std::thread::spawn(move || {
            while !closed.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let (desk, closed) = (Arc::clone(&desk), Arc::clone(&closed));
                        // A sender that hangs up is the scenario's matter.
                        std::thread::spawn(move || drop(answer(stream, &desk, &closed)));
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
                    Err(_) => return,
                }
            }
        });
        Ok(slack)
    }

    /// The webhook's URL, whose path is its secret.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/services/T000/B000/{SECRET}", self.address)
    }

    /// Answers the next messages so.
    pub(crate) fn reply_next(&self, replies: &[Reply]) {
        self.desk().replies.extend(replies);
    }

    /// Everything that arrived, however it was answered.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.desk().received.clone()
    }

    /// What was accepted, as text: all strings of the message in one.
    pub(crate) fn accepted(&self) -> Vec<String> {
        let accepted = self.received().into_iter().filter(|received| received.reply == Reply::Accepted);
        accepted.map(|received| strings(&received.message)).collect()
    }

    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last part of the URL's path: it must never be shown.
pub(crate) const SECRET: &str = "XXXSECRETXXX";

impl Drop for Slack {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

/// All strings of a message, a line each.
fn strings(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(values) => values.iter().map(strings).collect(),
        Value::Object(fields) => fields.values().map(strings).collect(),
        _ => String::new(),
    }
}

fn answer(stream: TcpStream, desk: &Mutex<Desk>, closed: &AtomicBool) -> Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream);
    while let Some(body) = read_request(&mut reader)? {
        let message = serde_json::from_slice(&body).context("a message that is no JSON")?;
        let reply = {
            let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
            let reply = desk.replies.pop_front().unwrap_or(Reply::Accepted);
            desk.received.push(Received { at: Instant::now(), message, reply });
            reply
        };
        let (status, headers, text) = match reply {
            Reply::Accepted => ("200 OK", String::new(), "ok"),
            Reply::TooMany(seconds) => ("429 Too Many Requests", format!("Retry-After: {seconds}\r\n"), "rate_limited"),
            Reply::Broken => ("500 Internal Server Error", String::new(), "oops"),
            Reply::NoSuchHook => ("404 Not Found", String::new(), "no_service"),
            Reply::Silence => {
                while !closed.load(Ordering::Relaxed) {
                    std::thread::sleep(PAUSE);
                }
                return Ok(());
            }
        };
        let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{text}", text.len());
        reader.get_mut().write_all(head.as_bytes())?;
    }
    Ok(())
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Result<Option<Vec<u8>>> {
    let (mut length, mut line) = (0_usize, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(body))
}
