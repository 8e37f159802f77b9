//! A real `belfry` on a port of its own.
//!
//! Invariant: the process ends with its [`Belfry`]; its data stay with the scene, so that another may be started on them.

use crate::http::{Answer, Request, escape, send};
use crate::poll::await_until;
use crate::scene::{Output, Scene, text};
use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::PoisonError;
use std::time::Duration;

/// How long a start may take on a busy machine.
const START_WITHIN: Duration = Duration::from_secs(30);
/// How long the contract gives a stop.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(10);

/// The loopback, on whichever port is free.
pub(crate) const FREE_PORT: &str = "127.0.0.1:0";

/// A running daemon.
pub(crate) struct Belfry {
    child: Child,
    address: SocketAddr,
    log: Output,
}

/// What a command that ends has left.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// The binary under test.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_belfry"));
    command.env_remove("BELFRY_URL").env_remove("RUST_BACKTRACE").stdin(Stdio::null());
    command
}

/// Runs `belfry` with arguments until it ends.
pub(crate) fn run(scene: &Scene, arguments: &[&str]) -> Result<Ended> {
    let mut command = binary();
    command.args(arguments).current_dir(scene.folder()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("starting belfry")?;
    let ended =
        await_until(&format!("belfry {arguments:?} ends"), START_WITHIN, || child.try_wait()?.context("it still runs"));
    if ended.is_err() {
        child.kill().context("killing a command that does not end")?;
    }
    let output = child.wait_with_output()?;
    ended?;
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ended { code: output.status.code(), stdout: lossy(&output.stdout), stderr: lossy(&output.stderr) })
}

impl Belfry {
    /// Starts with a config file on the scene's `data` folder and waits until it is ready.
    pub(crate) fn start(scene: &Scene, config: &str) -> Result<Self> {
        let path = scene.write("belfry.yml", config)?;
        let belfry = Self::spawn(scene, &["--config", &path.to_string_lossy(), "--listen", FREE_PORT])?;
        belfry.await_ready()?;
        Ok(belfry)
    }

    /// Starts with the embedded defaults and waits until it is ready.
    pub(crate) fn start_embedded(scene: &Scene) -> Result<Self> {
        let belfry = Self::spawn(scene, &["--listen", FREE_PORT])?;
        belfry.await_ready()?;
        Ok(belfry)
    }

    /// Starts on the scene's `data` folder and waits until it listens.
    pub(crate) fn spawn(scene: &Scene, arguments: &[&str]) -> Result<Self> {
        let data = scene.path("data");
        let mut command = binary();
        command.arg("serve").args(arguments).arg("--data-dir").arg(&data);
        command.current_dir(scene.folder()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("starting belfry")?;
        let (printed, log) = (scene.output("stdout"), scene.output("stderr"));
        collect(child.stdout.take(), &printed);
        collect(child.stderr.take(), &log);
        let address = await_until("belfry listens", START_WITHIN, || {
            if let Some(status) = child.try_wait()? {
                bail!("it ended: {status}");
            }
            address(&text(&printed))
        });
        match address {
            Ok(address) => Ok(Self { child, address, log }),
            Err(error) => {
                child.kill().context("killing a belfry that does not listen")?;
                child.wait()?;
                Err(error)
            }
        }
    }

    /// Waits until `/-/ready` says so.
    pub(crate) fn await_ready(&self) -> Result<()> {
        await_until("belfry is ready", START_WITHIN, || {
            let answer = self.get("/-/ready")?;
            ensure!(answer.status == 200, "status {}: {}", answer.status, answer.text());
            Ok(())
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL without a path.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        text(&self.log)
    }

    /// `GET` of a path with its query.
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        send(self.address, &Request { method: "GET", path, headers: &[], body: &[] })
    }

    /// `POST` of a form.
    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Answer> {
        let pairs: Vec<_> = form.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let body = pairs.join("&");
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        send(self.address, &Request { method: "POST", path, headers: &headers, body: body.as_bytes() })
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(id, signal).context("signaling belfry")
    }

    /// Ends it the hard way, as a power switch would for the process.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill().context("killing belfry")?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop with SIGTERM and waits for as long as the contract allows.
    pub(crate) fn stop(mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        let child = &mut self.child;
        await_until("belfry stops", STOP_WITHIN, || child.try_wait()?.context("it still runs"))
    }

    /// Resident memory now, in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).context(path)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Belfry {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn address(printed: &str) -> Result<SocketAddr> {
    let mut rest = printed.lines().filter_map(|line| line.split_once("listening on http://"));
    let (_, address) = rest.next().ok_or_else(|| anyhow!("printed {printed:?}"))?;
    let end = address.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(address.len());
    address[..end].parse().with_context(|| address.to_owned())
}

/// Reads a stream of the child line by line into the output until it ends.
pub(crate) fn collect(stream: Option<impl Read + Send + 'static>, output: &Output) {
    let Some(stream) = stream else { return };
    let output = Output::clone(output);
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            output.lock().unwrap_or_else(PoisonError::into_inner).push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
}
