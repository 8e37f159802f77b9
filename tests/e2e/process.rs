//! A server of others that runs for as long as its owner.
//!
//! Invariant: it ends with its [`Process`]; what it wrote is told when the scenario fails.

use crate::daemon::collect;
use crate::scene::Scene;
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

/// A running server.
pub(crate) struct Process {
    child: Child,
    name: &'static str,
}

impl Process {
    /// Starts it in the scene's folder; its output is kept under its name.
    pub(crate) fn start(scene: &Scene, name: &'static str, command: &mut Command) -> Result<Self> {
        command.current_dir(scene.folder()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
        let output = scene.output(name);
        collect(child.stdout.take(), &output);
        collect(child.stderr.take(), &output);
        Ok(Self { child, name })
    }

    /// Fails when it has ended by itself.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => anyhow::bail!("{} ended: {status}", self.name),
        }
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        kill_process(id, Signal::TERM).with_context(|| format!("stopping {}", self.name))?;
        self.child.wait().with_context(|| format!("waiting for {}", self.name))?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address that is free now, for servers that cannot be asked which port they took.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
