//! A real MariaDB with its exporter. It is stopped and started as an operator would.

use crate::http::{Request, send};
use crate::poll::await_until;
use crate::process::{Process, free_address};
use crate::program::Program;
use crate::scene::Scene;
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

const UP_WITHIN: Duration = Duration::from_secs(60);

/// The database and what exports it.
pub(crate) struct Mariadb {
    server: Option<Process>,
    _exporter: Process,
    address: SocketAddr,
    exporter: SocketAddr,
}

impl Mariadb {
    /// Makes a data folder and starts both.
    pub(crate) fn start(scene: &Scene) -> Result<Self> {
        install(scene)?;
        let (address, exporter) = (free_address()?, free_address()?);
        let server = Some(serve(scene, address)?);
        let program = Program::MysqldExporter.find().context("no exporter for MySQL")?;
        let mut command = Command::new(program);
        command.env("DATA_SOURCE_NAME", format!("root@tcp({address})/"));
        // It takes the offset off the time that a scrape has, which is short here.
        command.arg(format!("--web.listen-address={exporter}")).arg("--timeout-offset=0");
        let exporting = Process::start(scene, "mysqld exporter", &mut command)?;
        let started = Self { server, _exporter: exporting, address, exporter };
        started.await_up(1)?;
        Ok(started)
    }

    /// The exporter, as a target.
    pub(crate) fn target(&self) -> String {
        self.exporter.to_string()
    }

    /// Stops the server; the exporter stays and says so.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.server.take().context("MariaDB is stopped already")?.stop()?;
        self.await_up(0)
    }

    /// Starts the server again.
    pub(crate) fn restart(&mut self, scene: &Scene) -> Result<()> {
        self.server = Some(serve(scene, self.address)?);
        self.await_up(1)
    }

    fn await_up(&self, up: u8) -> Result<()> {
        await_until(&format!("mysql_up is {up}"), UP_WITHIN, || {
            let page =
                send(self.exporter, &Request { method: "GET", path: "/metrics", headers: &[], body: &[] })?.text();
            ensure!(page.contains(&format!("\nmysql_up {up}")), "no mysql_up {up} on the page");
            Ok(())
        })
    }
}

/// Root may run it only when it says so.
fn as_whoever_runs(command: &mut Command) {
    if rustix::process::geteuid().is_root() {
        command.arg("--user=root");
    }
}

fn install(scene: &Scene) -> Result<()> {
    let mut command = Command::new(Program::MariadbInstall.find().context("no mariadb-install-db")?);
    command.arg("--no-defaults").arg(format!("--datadir={}", scene.path("mariadb").display()));
    command.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
    as_whoever_runs(&mut command);
    let output = command.stdin(Stdio::null()).output().context("running mariadb-install-db")?;
    let told = [output.stdout, output.stderr].concat();
    ensure!(output.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&told));
    Ok(())
}

fn serve(scene: &Scene, address: SocketAddr) -> Result<Process> {
    let mut command = Command::new(Program::Mariadbd.find().context("no mariadbd")?);
    let path = |name: &str| scene.path(name).display().to_string();
    command.arg("--no-defaults").arg(format!("--datadir={}", path("mariadb")));
    command.arg(format!("--socket={}", path("mariadb.sock"))).arg(format!("--pid-file={}", path("mariadb.pid")));
    command.arg(format!("--bind-address={}", address.ip())).arg(format!("--port={}", address.port()));
    command.args(["--innodb-buffer-pool-size=8M", "--innodb-log-file-size=8M", "--skip-name-resolve"]);
    as_whoever_runs(&mut command);
    Process::start(scene, "mariadb", &mut command)
}
