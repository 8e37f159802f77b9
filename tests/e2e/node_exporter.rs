//! A real node_exporter beside Belfry.
//!
//! Invariant: the process ends with its [`NodeExporter`].

use crate::http::{Request, send};
use crate::poll::await_until;
use crate::program::Program;
use anyhow::{Context, Result, ensure};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Today's defaults of the original: Debian 12 leaves the loopback out, and has a version that counts compressed memory
/// among the disks.
const AS_TODAY: [&str; 2] = [
    "--collector.netdev.device-exclude=^$",
    r"--collector.diskstats.device-exclude=^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$",
];

/// A running node_exporter.
pub(crate) struct NodeExporter {
    child: Child,
    address: SocketAddr,
}

impl NodeExporter {
    /// Starts on a free port and waits for its first page.
    pub(crate) fn start() -> Result<Self> {
        Self::start_with(&AS_TODAY)
    }

    /// The same without file systems: how full those of this machine are is not the scenario's matter.
    pub(crate) fn start_without_disks() -> Result<Self> {
        Self::start_with(&["--no-collector.filesystem"])
    }

    fn start_with(arguments: &[&str]) -> Result<Self> {
        let program = Program::NodeExporter.find().context("no node_exporter")?;
        // It cannot be asked which port it took, so one is found first and given to it.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(&program);
        command.arg(format!("--web.listen-address={address}")).args(arguments).stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let exporter = Self { child: child.with_context(|| program.display().to_string())?, address };
        await_until("node_exporter answers", Duration::from_secs(20), || {
            let answer = send(address, &Request { method: "GET", path: "/metrics", headers: &[], body: &[] })?;
            ensure!(answer.status == 200, "status {}", answer.status);
            Ok(())
        })?;
        Ok(exporter)
    }

    /// `host:port`, as a target.
    pub(crate) fn target(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for NodeExporter {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
