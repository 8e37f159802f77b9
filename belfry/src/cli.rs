//! The command line, read into types and handed to the command it names.
//!
//! Invariant: only commands that work are offered. Bare `belfry` is `belfry serve`.

use crate::exit::Exit;
use crate::{alerts, check, daemon, health, notify, silence, status, version};
use alerter::config::rules::Language;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Where a running daemon is looked for, unless `--url` or BELFRY_URL say otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:9090";

/// Metrics, logs and alerts for small clusters, in one process.
#[derive(Debug, Parser)]
#[command(name = "belfry", version = version::VERSION, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeFlags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the daemon (what bare `belfry` does)
    Serve(ServeFlags),
    /// Validates config files and prints every finding as file:line:column: key: what
    Check {
        /// Config files, belfry's own, a prometheus.yml or an alertmanager.yml, or rule files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The rules of rule files are LogQL, not PromQL
        #[arg(long)]
        logs: bool,
    },
    /// Sends a test message through each integration of a receiver and prints which arrived
    Notify(NotifyFlags),
    /// Prints the version and the commit
    Version,
    /// Shows how a running daemon is doing
    Status(Daemon),
    /// Lists what is pending and firing in a running daemon
    Alerts(AlertsFlags),
    /// Adds, lists and expires silences of a running daemon
    #[command(subcommand)]
    Silence(SilenceCommand),
    /// Asks a running daemon whether it is ready; exit code 0 or 1, for container probes
    Health(Daemon),
}

/// Flags of `notify`.
#[derive(Args, Clone, Debug)]
pub(crate) struct NotifyFlags {
    /// Config file, belfry's own or an alertmanager.yml
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// Only this receiver; without it, every one of the config
    #[arg(long, value_name = "NAME")]
    pub(crate) receiver: Option<String>,
    /// Labels of the test alert, such as severity=critical
    #[arg(long, value_name = "NAME=VALUE", num_args = 1.., value_parser = label)]
    pub(crate) labels: Vec<(String, String)>,
    /// Sends the end of the test alert instead of its beginning
    #[arg(long)]
    pub(crate) resolved: bool,
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Which daemon to ask.
#[derive(Args, Debug)]
pub(crate) struct Daemon {
    /// Where it listens
    #[arg(long, env = "BELFRY_URL", default_value = DEFAULT_URL)]
    pub(crate) url: String,
}

/// Form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Table,
    /// For machines
    Json,
}

/// Flags of `alerts`.
#[derive(Args, Debug)]
pub(crate) struct AlertsFlags {
    #[command(flatten)]
    pub(crate) daemon: Daemon,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// What to do with silences.
#[derive(Debug, Subcommand)]
pub(crate) enum SilenceCommand {
    /// Silences every alert that all matchers match, and prints the silence's id
    Add {
        /// Such as alertname=PodDown, pod=~"was-.*", severity!=critical
        #[arg(required = true, value_name = "MATCHER")]
        matchers: Vec<String>,
        /// For how long from now
        #[arg(short, long, default_value = "2h")]
        duration: String,
        /// Who silences
        #[arg(short, long, env = "USER", default_value = "belfry")]
        author: String,
        /// Why
        #[arg(short, long, default_value = "")]
        comment: String,
        #[command(flatten)]
        daemon: Daemon,
    },
    /// Lists silences that are active or pending
    List {
        /// Expired ones too
        #[arg(long)]
        all: bool,
        /// Form of the answer
        #[arg(short, long, value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        daemon: Daemon,
    },
    /// Ends silences now
    Expire {
        /// As `add` and `list` print them
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        #[command(flatten)]
        daemon: Daemon,
    },
}

/// Flags of `serve`. They win over the file.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ServeFlags {
    /// Config file, belfry's own or a prometheus.yml; without it the embedded defaults run
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:9090]; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<String>,
    /// Prometheus's feature flags to turn on, such as promql-experimental-functions
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) enable_feature: Vec<String>,
    /// Form of belfry's own log on stderr
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
    /// Least severity that is logged
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_level: LogLevel,
}

/// Form of our own log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For machines: one object a line
    Json,
}

/// Least severity that is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Everything
    Trace,
    /// What helps to find a fault
    Debug,
    /// What an operator wants to know
    #[default]
    Info,
    /// What may need a hand
    Warn,
    /// What went wrong
    Error,
}

impl LogLevel {
    /// As the log filter spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Reads the command line and runs what it names.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<(), Exit> {
    let line = CommandLine::try_parse_from(arguments)?;
    match line.command.unwrap_or(Command::Serve(line.serve)) {
        Command::Serve(flags) => daemon::serve(flags),
        Command::Check { files, logs } => check::run(&files, if logs { Language::LogQl } else { Language::PromQl }),
        Command::Notify(flags) => notify::run(&flags),
        Command::Version => {
            version::print();
            Ok(())
        }
        Command::Status(daemon) => status::run(&daemon.url),
        Command::Alerts(flags) => alerts::run(&flags.daemon.url, flags.output),
        Command::Silence(command) => silence::run(&command),
        Command::Health(daemon) => health::run(&daemon.url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<CommandLine, clap::Error> {
        CommandLine::try_parse_from(line.split(' '))
    }

    fn serve_flags(line: &str) -> ServeFlags {
        let parsed = parse(line).expect("it parses");
        match parsed.command {
            Some(Command::Serve(flags)) => flags,
            None => parsed.serve,
            Some(other) => panic!("{other:?} from {line}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn bare_is_serve_and_takes_its_flags() {
        assert_eq!(serve_flags("belfry").config, None);
        for line in ["belfry --config a.yml --listen :0", "belfry serve --config=a.yml --listen=:0"] {
            let flags = serve_flags(line);
            assert_eq!(flags.config, Some(PathBuf::from("a.yml")), "{line}");
            assert_eq!(flags.listen.as_deref(), Some(":0"), "{line}");
        }
    }

    #[test]
    fn features_come_as_a_list_or_repeated() {
        let flags = serve_flags("belfry serve --enable-feature=a,b --enable-feature=c --log-format json");
        assert_eq!(flags.enable_feature, ["a", "b", "c"]);
        assert_eq!(flags.log_format, LogFormat::Json);
    }

    #[test]
    fn labels_of_a_test_message_come_as_a_list_or_repeated() {
        let line = "belfry notify --config a.yml --labels a=1 b==2 --labels c=3 --resolved";
        let Ok(CommandLine { command: Some(Command::Notify(flags)), .. }) = parse(line) else { panic!("{line}") };
        let labels = [("a", "1"), ("b", "=2"), ("c", "3")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!((flags.labels.as_slice(), flags.resolved, flags.receiver), (labels.as_slice(), true, None));
        assert!(parse("belfry notify --config a.yml --labels a").is_err());
    }

    #[test]
    fn what_makes_no_sense_is_a_usage_error_and_help_is_not() {
        for (line, usage) in [("belfry dance", true), ("belfry check", true), ("belfry --help", false)] {
            let error = parse(line).expect_err(line);
            assert_eq!(matches!(Exit::from(error), Exit::Usage(_)), usage, "{line}");
        }
    }
}
