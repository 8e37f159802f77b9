//! A real SMTP server (aiosmtpd) that demands STARTTLS and a password, and keeps what it is given.

use crate::poll::await_until;
use crate::process::{Process, free_address};
use crate::program::Program;
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const UP_WITHIN: Duration = Duration::from_secs(20);

/// Its certificate is for `localhost`, by the authority beside it.
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../collector/src/scrape/client/fixtures");

/// Who may send.
pub(crate) const USER: &str = "belfry";
/// With this.
pub(crate) const PASSWORD: &str = "a mail pass";

/// A message as it arrived, decoded.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// The server.
pub(crate) struct MailServer {
    process: Option<Process>,
    address: SocketAddr,
    mails: PathBuf,
}

impl MailServer {
    /// Starts it on a free port.
    pub(crate) fn start(scene: &Scene) -> Result<Self> {
        let mut server = Self { process: None, address: free_address()?, mails: scene.path("mails.jsonl") };
        server.restart(scene)?;
        Ok(server)
    }

    /// Goes away, as a server in maintenance does.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.process.take().context("the mail server is stopped already")?.stop()
    }

    /// Comes (back) on the same port.
    pub(crate) fn restart(&mut self, scene: &Scene) -> Result<()> {
        let script = scene.write("mail.py", include_str!("mail.py"))?;
        let mut command = Command::new(Program::Aiosmtpd.find().context("no aiosmtpd")?);
        command.arg(script).arg(self.address.port().to_string()).arg(&self.mails).args([USER, PASSWORD]);
        command.arg(format!("{FIXTURES}/server.pem")).arg(format!("{FIXTURES}/server.key"));
        let mut process = Process::start(scene, "mail server", &mut command)?;
        await_until("the mail server answers", UP_WITHIN, || {
            process.check_alive()?;
            TcpStream::connect(self.address).context("connecting").map(drop)
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// `smarthost` of a config.
    pub(crate) fn smarthost(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// The authority that its certificate is by.
    pub(crate) fn ca_file() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../collector/src/scrape/client/fixtures/ca.pem"))
    }

    /// Everything that arrived, in order.
    pub(crate) fn mails(&self) -> Result<Vec<Mail>> {
        let Ok(text) = std::fs::read_to_string(&self.mails) else { return Ok(Vec::new()) };
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let mails: Result<Vec<Mail>, _> = whole.lines().map(serde_json::from_str).collect();
        let mails = mails.context("reading what arrived")?;
        ensure!(mails.iter().all(|mail| !mail.to.is_empty()), "a mail without an addressee: {mails:?}");
        Ok(mails)
    }
}
