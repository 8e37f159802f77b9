//! Programs of others that scenarios run beside Belfry, all of them Debian packages.
//!
//! Invariant: where one is missing its scenarios skip by name, and fail under `CI=true`. None is started by its package.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    NodeExporter,
    Nginx,
    NginxExporter,
    Mariadbd,
    MariadbInstall,
    /// What the installation asks for its settings.
    MyPrintDefaults,
    MysqldExporter,
    Amtool,
    Alertmanager,
    /// The system's Python with aiosmtpd, a mail server.
    Aiosmtpd,
}

/// What the world of the alerting scenarios is made of.
pub(crate) const WORLD: &[Program] = &[
    Program::NodeExporter,
    Program::Nginx,
    Program::NginxExporter,
    Program::Mariadbd,
    Program::MariadbInstall,
    Program::MyPrintDefaults,
    Program::MysqldExporter,
    Program::Amtool,
    Program::Aiosmtpd,
];

/// A database with its exporter.
pub(crate) const DATABASE: &[Program] =
    &[Program::Mariadbd, Program::MariadbInstall, Program::MyPrintDefaults, Program::MysqldExporter];

impl Program {
    /// The Debian package that has it.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::NodeExporter => "prometheus-node-exporter",
            Self::Nginx => "nginx-light",
            Self::NginxExporter => "prometheus-nginx-exporter",
            Self::Mariadbd | Self::MariadbInstall => "mariadb-server-core",
            Self::MyPrintDefaults => "mariadb-client-core",
            Self::MysqldExporter => "prometheus-mysqld-exporter",
            Self::Amtool | Self::Alertmanager => "prometheus-alertmanager",
            Self::Aiosmtpd => "python3-aiosmtpd",
        }
    }

    /// Debian's name, then others.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::NodeExporter => &["prometheus-node-exporter", "node_exporter"],
            Self::Nginx => &["nginx"],
            Self::NginxExporter => &["prometheus-nginx-exporter", "nginx-prometheus-exporter"],
            Self::Mariadbd => &["mariadbd"],
            Self::MariadbInstall => &["mariadb-install-db"],
            Self::MyPrintDefaults => &["my_print_defaults"],
            Self::MysqldExporter => &["prometheus-mysqld-exporter", "mysqld_exporter"],
            Self::Amtool => &["amtool"],
            Self::Alertmanager => &["prometheus-alertmanager", "alertmanager"],
            Self::Aiosmtpd => &["python3"],
        }
    }

    /// Where it is: for node_exporter as `NODE_EXPORTER` says; else on the path or where Debian puts daemons.
    pub(crate) fn find(self) -> Option<PathBuf> {
        if let (Self::NodeExporter, Some(named)) = (self, std::env::var_os("NODE_EXPORTER")) {
            return Some(PathBuf::from(named));
        }
        // Debian's packages for Python are for its own interpreter, whichever is first on the path.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let system = ["/usr/bin", "/usr/sbin"].map(PathBuf::from);
        let folders: Vec<_> = system.into_iter().chain(std::env::split_paths(&path)).collect();
        let mut found = self.names().iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let found = found.find(|path| path.is_file())?;
        (self != Self::Aiosmtpd || imports_aiosmtpd(&found)).then_some(found)
    }
}

fn imports_aiosmtpd(python: &std::path::Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", "import aiosmtpd"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The packages that are missing of these, told as one sentence; `None` when all are there.
pub(crate) fn missing(programs: &[Program]) -> Option<String> {
    let mut packages: Vec<_> =
        programs.iter().filter(|program| program.find().is_none()).map(|p| p.package()).collect();
    packages.dedup();
    if packages.is_empty() { None } else { Some(format!("not installed: {}", packages.join(", "))) }
}
