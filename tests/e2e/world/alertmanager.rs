//! A real Alertmanager, which somebody may go on to use beside Belfry.

use crate::http::{Request, escape, send};
use crate::poll::await_until;
use crate::process::{Process, free_address};
use crate::program::Program;
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

const UP_WITHIN: Duration = Duration::from_secs(20);

/// The server.
pub(crate) struct Alertmanager {
    _process: Process,
    address: SocketAddr,
}

impl Alertmanager {
    /// Starts it with a receiver that tells nobody.
    pub(crate) fn start(scene: &Scene) -> Result<Self> {
        let address = free_address()?;
        let config = scene.write("alertmanager.yml", "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")?;
        let mut command = Command::new(Program::Alertmanager.find().context("no Alertmanager")?);
        command.arg(format!("--config.file={}", config.display()));
        command.arg(format!("--storage.path={}", scene.path("alertmanager").display()));
        command.arg(format!("--web.listen-address={address}")).arg("--cluster.listen-address=");
        let process = Process::start(scene, "alertmanager", &mut command)?;
        let started = Self { _process: process, address };
        await_until("Alertmanager is ready", UP_WITHIN, || {
            let answer = send(address, &Request { method: "GET", path: "/-/ready", headers: &[], body: &[] })?;
            ensure!(answer.status == 200, "status {}", answer.status);
            Ok(())
        })?;
        Ok(started)
    }

    /// As a target.
    pub(crate) fn target(&self) -> String {
        self.address.to_string()
    }

    /// The alerts that it holds with a filter.
    pub(crate) fn held(&self, filter: &str) -> Result<Vec<Value>> {
        let path = format!("/api/v2/alerts?filter={}", escape(filter));
        let answer = send(self.address, &Request { method: "GET", path: &path, headers: &[], body: &[] })?;
        Ok(answer.json()?.as_array().cloned().unwrap_or_default())
    }
}
