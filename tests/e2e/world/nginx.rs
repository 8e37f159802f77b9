//! A real nginx with its exporter: the web tier of the blog. Its access log is the pod's log, in CRI form.

use crate::http::{Request, send};
use crate::poll::await_until;
use crate::process::{Process, free_address};
use crate::program::Program;
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

const UP_WITHIN: Duration = Duration::from_secs(20);

/// nginx and what exports it.
pub(crate) struct Nginx {
    _nginx: Process,
    _exporter: Process,
    address: SocketAddr,
    exporter: SocketAddr,
}

impl Nginx {
    /// Starts both; the access log goes to the pod's container log under `pods`.
    pub(crate) fn start(scene: &Scene) -> Result<Self> {
        let (address, exporter) = (free_address()?, free_address()?);
        let folder = scene.path("nginx");
        let log = scene.path("pods/blog-system_web-0_0001/nginx");
        std::fs::create_dir_all(&folder)?;
        std::fs::create_dir_all(&log)?;
        let config = config(address, &log.join("0.log").display().to_string());
        let config = scene.write("nginx.conf", &config)?;
        let program = Program::Nginx.find().context("no nginx")?;
        let mut command = Command::new(program);
        command.arg("-p").arg(&folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(config);
        let nginx = Process::start(scene, "nginx", &mut command)?;
        // Its exporter gives up at once when it finds nobody.
        await_until("nginx answers", UP_WITHIN, || {
            let answer = send(address, &Request { method: "GET", path: "/health", headers: &[], body: &[] })?;
            ensure!(answer.status == 200, "status {}", answer.status);
            Ok(())
        })?;
        let program = Program::NginxExporter.find().context("no nginx exporter")?;
        let mut command = Command::new(program);
        command.arg(format!("-nginx.scrape-uri=http://{address}/nginx_status"));
        command.arg(format!("-web.listen-address={exporter}"));
        let exporting = Process::start(scene, "nginx exporter", &mut command)?;
        let started = Self { _nginx: nginx, _exporter: exporting, address, exporter };
        await_until("nginx is exported", UP_WITHIN, || {
            let page = send(exporter, &Request { method: "GET", path: "/metrics", headers: &[], body: &[] })?.text();
            ensure!(page.contains("\nnginx_up 1"), "no nginx_up 1 on the page");
            Ok(())
        })?;
        Ok(started)
    }

    /// The exporter, as a target.
    pub(crate) fn target(&self) -> String {
        self.exporter.to_string()
    }

    /// Reads a page of the blog, which writes a line.
    pub(crate) fn visit(&self, path: &str) -> Result<u16> {
        Ok(send(self.address, &Request { method: "GET", path, headers: &[], body: &[] })?.status)
    }
}

fn config(address: SocketAddr, log: &str) -> String {
    format!(
        "daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr;\nevents {{ worker_connections 64; }}\n\
         http {{\nclient_body_temp_path temp_client_body;\nproxy_temp_path temp_proxy;\nlog_format cri '$time_iso8601 stdout F $remote_addr - - [$time_local] \"$request\" $status $body_bytes_sent';\n\
         access_log {log} cri;\nserver {{\nlisten {address};\n\
         location /nginx_status {{ stub_status; access_log off; }}\n\
         location /health {{ return 200 'OK'; }}\nlocation /missing {{ return 404; }}\nlocation / {{ return 200 'a page'; }}\n}}\n}}\n"
    )
}
