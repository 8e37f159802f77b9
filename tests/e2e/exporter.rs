//! A fake exporter whose answer a scenario steers while it runs.
//!
//! Invariant: one thread per connection, none of which outlives its connection; the listener closes with its owner.

use anyhow::{Context, Result};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Between two looks for a connection.
const PAUSE: Duration = Duration::from_millis(5);

/// How a body is sent.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// At once.
    Whole(Vec<u8>),
    /// The line again and again until so many bytes are sent.
    Repeated(&'static str, u64),
    /// One byte per pause, for ever.
    Drip(Duration),
}

/// The page that the exporter shows.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The status code.
    pub(crate) status: u16,
    /// Beyond `Connection`.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What follows.
    pub(crate) body: Body,
    /// Before the head is sent.
    pub(crate) delay: Duration,
}

impl Page {
    /// A good page of Prometheus text.
    pub(crate) fn text(body: &str) -> Self {
        Self::bytes(body.as_bytes().to_vec())
    }

    /// A page of Prometheus text of any bytes.
    pub(crate) fn bytes(body: Vec<u8>) -> Self {
        Self::of("text/plain; version=0.0.4", Body::Whole(body))
    }

    /// A page of any type and any way of sending.
    pub(crate) fn of(content_type: &str, body: Body) -> Self {
        Self { status: 200, headers: vec![("Content-Type", content_type.to_owned())], body, delay: Duration::ZERO }
    }
}

/// A listening exporter.
pub(crate) struct Exporter {
    address: SocketAddr,
    page: Arc<Mutex<Page>>,
    requests: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

impl Exporter {
    /// Listens on a free port of the loopback and shows the page.
    pub(crate) fn start(page: Page) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("binding a fake exporter")?;
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let (page, closed) = (Arc::new(Mutex::new(page)), Arc::new(AtomicBool::new(false)));
        let requests = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&requests);
        let exporter = Self { address, page: Arc::clone(&page), requests, closed: Arc::clone(&closed) };
        std::thread::spawn(move || {
            while !closed.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        counted.fetch_add(1, Ordering::Relaxed);
                        let page = page.lock().unwrap_or_else(PoisonError::into_inner).clone();
                        // A scraper that hangs up in the middle is what several scenarios are about.
                        std::thread::spawn(move || drop(answer(stream, &page)));
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
                    Err(_) => return,
                }
            }
        });
        Ok(exporter)
    }

    /// `host:port`, as a target.
    pub(crate) fn target(&self) -> String {
        self.address.to_string()
    }

    /// How often it was asked.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Shows another page from the next request on.
    pub(crate) fn show(&self, page: Page) {
        *self.page.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

fn answer(mut stream: TcpStream, page: &Page) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    read_head(&mut stream)?;
    std::thread::sleep(page.delay);
    let mut head = format!("HTTP/1.1 {} Page\r\nConnection: close\r\n", page.status);
    for (name, value) in &page.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    match &page.body {
        Body::Whole(body) => stream.write_all(body),
        Body::Repeated(line, bytes) => {
            let block = line.repeat(64 * 1024 / line.len());
            let mut sent = 0;
            while sent < *bytes {
                stream.write_all(block.as_bytes())?;
                sent += block.len() as u64;
            }
            Ok(())
        }
        Body::Drip(pause) => loop {
            stream.write_all(b"#")?;
            std::thread::sleep(*pause);
        },
    }
}

fn read_head(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.extend_from_slice(&byte);
    }
    Ok(())
}
