//! Starts a server of a kind on loopback with a fresh folder, speaks HTTP to it, and kills it.

use std::io::{Error, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The servers that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Belfry,
    Prometheus,
    VictoriaMetrics,
}

/// Belfry, and the peers whose binaries `PEERS` holds.
pub(crate) fn available() -> Vec<Kind> {
    let all = [Kind::Belfry, Kind::Prometheus, Kind::VictoriaMetrics];
    all.into_iter().filter(|kind| kind.program().is_some_and(|program| program.exists())).collect()
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Belfry => "belfry",
            Self::Prometheus => "prometheus",
            Self::VictoriaMetrics => "victoria-metrics",
        }
    }

    fn program(self) -> Option<PathBuf> {
        match self {
            Self::Belfry => Some(PathBuf::from(env!("CARGO_BIN_EXE_belfry"))),
            _ => std::env::var_os("PEERS").map(|folder| Path::new(&folder).join(self.name())),
        }
    }

    fn arguments(self, port: u16, folder: &Path, config: &Path) -> Vec<String> {
        let address = format!("127.0.0.1:{port}");
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let (folder, config) = (folder.display().to_string(), config.display().to_string());
        match self {
            Self::Belfry => words(&["serve", "--config", &config, "--data-dir", &folder, "--listen", &address]),
            Self::Prometheus => words(&[
                &format!("--config.file={config}"),
                &format!("--storage.tsdb.path={folder}"),
                &format!("--web.listen-address={address}"),
                "--web.enable-remote-write-receiver",
                "--log.level=error",
            ]),
            Self::VictoriaMetrics => words(&[
                &format!("-storageDataPath={folder}"),
                &format!("-httpListenAddr={address}"),
                &format!("-promscrape.config={config}"),
                "-promscrape.config.strictParse=false",
                "-loggerLevel=ERROR",
                "-retentionPeriod=10y",
            ]),
        }
    }
}

/// A running server.
pub(crate) struct Server {
    kind: Kind,
    child: Child,
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    config: PathBuf,
}

impl Server {
    /// Starts it on an empty folder with this config and waits until it is ready.
    pub(crate) fn start(kind: Kind, config_text: &str) -> Result<Self, Error> {
        let folder = std::env::temp_dir().join(format!(
            "belfry-bench-{}-{}-{}",
            kind.name(),
            std::process::id(),
            TcpListener::bind("127.0.0.1:0")?.local_addr()?.port()
        ));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        let config = folder.join("bench.yml");
        std::fs::write(&config, config_text)?;
        let data = folder.join("data");
        Self::launch(kind, data, config)
    }

    fn launch(kind: Kind, folder: PathBuf, config: PathBuf) -> Result<Self, Error> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let program = kind.program().ok_or_else(|| Error::other("no program"))?;
        let child = Command::new(program)
            .args(kind.arguments(port, &folder, &config))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { kind, child, port, folder, config };
        let path = if kind == Kind::VictoriaMetrics { "/health" } else { "/-/ready" };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !server.get(path).is_ok_and(|(status, _)| status == 200) {
            if Instant::now() > deadline {
                return Err(Error::other("not ready after 60 s"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9, and start again on the same folder; the time from start to ready.
    pub(crate) fn restart_after_kill(mut self) -> Result<(Self, f64), Error> {
        self.child.kill()?;
        self.child.wait()?;
        let start = Instant::now();
        let next = Self::launch(self.kind, self.folder.clone(), self.config.clone())?;
        // The old value must not remove the folder that the new one uses.
        self.folder = PathBuf::new();
        Ok((next, start.elapsed().as_secs_f64()))
    }

    /// SIGTERM, and wait for the end; the folder stays until the value is dropped.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        Command::new("kill").arg(self.pid().to_string()).status()?;
        self.child.wait().map(drop)
    }

    pub(crate) fn get(&self, path: &str) -> Result<(u16, String), Error> {
        Connection::open(self.port)?.exchange("GET", path, &[], "")
    }

    pub(crate) fn connect(&self) -> Result<Connection, Error> {
        Connection::open(self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.folder.as_os_str().is_empty() {
            return;
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(parent) = self.folder.parent() {
            let _ = std::fs::remove_dir_all(parent);
        }
    }
}

/// One kept-alive HTTP/1.1 connection.
pub(crate) struct Connection {
    stream: TcpStream,
}

impl Connection {
    fn open(port: u16) -> Result<Self, Error> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream })
    }

    /// Sends a request and reads the whole answer: its status and body.
    pub(crate) fn exchange(
        &mut self,
        method: &str,
        path: &str,
        body: &[u8],
        headers: &str,
    ) -> Result<(u16, String), Error> {
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
        self.stream.write_all(head.as_bytes())?;
        self.stream.write_all(body)?;
        let mut received = Vec::new();
        let mut buffer = [0_u8; 65_536];
        loop {
            let read = self.stream.read(&mut buffer)?;
            if read == 0 {
                return Err(Error::other("connection closed before the answer ended"));
            }
            received.extend_from_slice(buffer.get(..read).unwrap_or_default());
            if let Some(answer) = complete(&received) {
                return Ok(answer);
            }
        }
    }

    /// Posts a remote-write request.
    pub(crate) fn write(&mut self, body: &[u8]) -> Result<(), Error> {
        let headers = "Content-Encoding: snappy\r\nContent-Type: application/x-protobuf\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n";
        let (status, text) = self.exchange("POST", "/api/v1/write", body, headers)?;
        if status / 100 == 2 { Ok(()) } else { Err(Error::other(format!("write answered {status}: {text}"))) }
    }
}

impl Connection {
    /// Posts lines as Loki's agents do.
    pub(crate) fn push(&mut self, body: &[u8]) -> Result<(), Error> {
        let headers = "Content-Encoding: snappy\r\nContent-Type: application/x-protobuf\r\n";
        let (status, text) = self.exchange("POST", "/loki/api/v1/push", body, headers)?;
        if status / 100 == 2 { Ok(()) } else { Err(Error::other(format!("push answered {status}: {text}"))) }
    }
}

/// The answer once it is whole: by Content-Length, or by the last chunk of a chunked one.
fn complete(received: &[u8]) -> Option<(u16, String)> {
    let head_end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(received.get(..head_end)?).to_ascii_lowercase();
    let body = received.get(head_end + 4..)?;
    let status = head.split_whitespace().nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|n| n.trim().parse().ok());
    let whole = match length {
        Some(length) => body.get(..length)?.to_vec(),
        None if status == 204 => Vec::new(),
        None if head.contains("transfer-encoding: chunked") => joined_chunks(body)?,
        None => return None,
    };
    Some((status, String::from_utf8_lossy(&whole).into_owned()))
}

/// The chunks' content, once the empty last one is there.
fn joined_chunks(mut body: &[u8]) -> Option<Vec<u8>> {
    if !body.ends_with(b"0\r\n\r\n") {
        return None;
    }
    let mut whole = Vec::new();
    loop {
        let line_end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(body.get(..line_end)?).ok()?, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        let start = line_end + 2;
        whole.extend_from_slice(body.get(start..start + size)?);
        body = body.get(start + size + 2..)?;
    }
}
