//! What may stand in one place only: the clock, the tasks, the files, and nothing of the machine it was written on.
//!
//! Invariant: clippy bans the calls by their path; these rules hold where clippy is not run, and see renamed imports' text.

use crate::scanner::{code, shipped_code};
use crate::tree::{File, assert_clean, assert_found, files, read};

/// A call, the only folders or files it may stand in, and what to use elsewhere.
struct Ban {
    calls: &'static [&'static str],
    homes: &'static [&'static str],
    instead: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        calls: &["SystemTime::now", "UNIX_EPOCH.elapsed", "Utc::now", "Local::now"],
        homes: &["belfry/src/clock.rs", "blog-api/src/clock.rs"],
        instead: "time is injected, take a model::clock::Clock",
    },
    Ban {
        calls: &["tokio::spawn", "task::spawn", "JoinSet", "thread::spawn", "spawn_blocking"],
        homes: &["runtime/src/"],
        instead: "a runtime::TaskSet names, restarts and stops tasks",
    },
    Ban {
        calls: &["fs::File", "File::open", "File::create", "OpenOptions"],
        // The second writes a pod's log, which is no file of the data folder's store.
        homes: &["store/src/fs", "belfry/src/daemon/pod_log.rs"],
        instead: "store::fs opens files of the data folder, std::fs::read and friends do elsewhere",
    },
    Ban {
        calls: &["unbounded_channel", "mpsc::channel()", "mpsc::unbounded"],
        homes: &[],
        instead: "every queue is bounded by a named limit",
    },
    Ban {
        calls: &["process::exit"],
        homes: &["belfry/src/main.rs"],
        instead: "return an error, main decides the exit code",
    },
    Ban { calls: &["unsafe {", "unsafe fn", "unsafe impl"], homes: &[], instead: "there is a safe way or a crate" },
];

/// What clippy.toml must ban, so that the rules above also hold against renamed imports.
const CLIPPY_BANS: &[&str] = &[
    "std::fs::File",
    "flate2::read::GzDecoder",
    "flate2::read::MultiGzDecoder",
    "std::time::SystemTime::now",
    "tokio::spawn",
    "tokio::task::spawn",
    "tokio::task::spawn_blocking",
    "tokio::sync::mpsc::unbounded_channel",
    "std::sync::mpsc::channel",
    "std::process::exit",
];

/// The crates' own code; tests, examples and fuzz targets may do what they need.
fn is_shipped(file: &File) -> bool {
    file.is_rust() && file.path.contains("/src/") && !file.is_test() && !file.path.starts_with("tests/")
}

fn calls(files: &[File], bans: &[Ban]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_shipped(file)) {
        let code = shipped_code(&file.text);
        for ban in bans.iter().filter(|ban| !ban.homes.iter().any(|home| file.path.starts_with(home))) {
            for (number, line) in code.lines().enumerate() {
                if let Some(call) = ban.calls.iter().find(|call| line.contains(**call)) {
                    findings.push(format!("{}:{}: `{call}`: {}", file.path, number + 1, ban.instead));
                }
            }
        }
    }
    findings
}

fn forbids_unsafe(files: &[File]) -> Vec<String> {
    let roots = files.iter().filter(|file| {
        let crate_root = file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs");
        crate_root && file.path.matches('/').count() == 2
    });
    let without = roots.filter(|file| !code(&file.text).contains("#![forbid(unsafe_code)]"));
    without.map(|file| format!("{}: add `#![forbid(unsafe_code)]`", file.path)).collect()
}

fn clippy_bans(file: &File) -> Vec<String> {
    let missing = CLIPPY_BANS.iter().filter(|path| {
        let entry = format!("path = \"{path}\", reason = \"");
        !file.text.contains(&entry)
    });
    missing.map(|path| format!("{}: ban `{path}` with a reason", file.path)).collect()
}

/// A neighbouring checkout may be read only by a file that takes it from the environment or says that it skips.
fn machine_paths(files: &[File]) -> Vec<String> {
    let machine = [concat!("/wo", "rk/"), concat!("/tmp/", "peers"), concat!("/ro", "ot/")];
    let neighbour = concat!("../", "shared");
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path != "LICENSE") {
        let from_environment = file.text.contains("env::var") || file.text.contains(":-}");
        let optional = from_environment && file.text.to_lowercase().contains("skip");
        for (number, line) in file.lines() {
            if let Some(path) = machine.iter().find(|path| line.contains(**path)) {
                findings.push(format!("{}:{number}: `{path}` exists on one machine only", file.path));
            }
            if line.contains(neighbour) && !optional {
                findings.push(format!(
                    "{}:{number}: `{neighbour}` needs an environment variable or a loud skip",
                    file.path
                ));
            }
        }
    }
    findings
}

/// Dependencies come from the public index by name; where this machine fetched them from is not committed.
fn registries(files: &[File]) -> Vec<String> {
    let index = "registry+https://github.com/rust-lang/crates.io-index";
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.lock")) {
        for (number, line) in file.lines() {
            if let Some(source) = line.strip_prefix("source = ")
                && source.trim_matches('"') != index
            {
                findings.push(format!("{}:{number}: source {source}, expected the public index", file.path));
            }
        }
    }
    for file in files.iter().filter(|file| file.path.ends_with(".toml")) {
        for (number, line) in file.lines() {
            if line.contains("replace-with") || line.contains("[source.") || line.contains("[registries") {
                findings.push(format!("{}:{number}: a registry is the machine's affair", file.path));
            }
        }
    }
    findings
}

#[test]
fn calls_stand_at_home() {
    assert_clean(&calls(files(), BANS));
}

#[test]
fn crates_forbid_unsafe() {
    assert_clean(&forbids_unsafe(files()));
}

#[test]
fn clippy_knows_the_bans() {
    assert_clean(&clippy_bans(&read("clippy.toml")));
}

#[test]
fn no_machine_is_named() {
    assert_clean(&machine_paths(files()));
    assert_clean(&registries(files()));
}

#[test]
fn rules_find_something() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        assert_found(&calls(&[File::sample(path, text)], BANS), expected);
    };
    check("store/src/a.rs", "fn f() {\n    SystemTime::now();\n}\n", &["store/src/a.rs:2: `SystemTime::now`"]);
    check("belfry/src/clock.rs", "SystemTime::now();", &[]);
    check("store/src/a.rs", "// SystemTime::now()\nf(\"tokio::spawn\");\n", &[]);
    check("store/src/a.rs", "tokio::spawn(x);", &["store/src/a.rs:1: `tokio::spawn`"]);
    check("store/src/a/tests.rs", "tokio::spawn(x);", &[]);
    check("store/src/a.rs", "#[cfg(test)]\nmod tests {\n    fn f() { File::open(x); }\n}\n", &[]);
    check("query/src/a.rs", "std::fs::File::open(x)", &["query/src/a.rs:1: `fs::File`"]);

    assert_found(&forbids_unsafe(&[File::sample("a/src/lib.rs", "//! A.\n")]), &["a/src/lib.rs"]);
    assert_found(&clippy_bans(&File::sample("clippy.toml", "")), &["clippy.toml"; CLIPPY_BANS.len()]);

    let machine = format!("a\nb = {}x\n", concat!("/wo", "rk/"));
    assert_found(&machine_paths(&[File::sample("a.md", &machine)]), &["a.md:2"]);
    let neighbour = format!("let a = \"{}\";\n", concat!("../", "shared"));
    assert_found(&machine_paths(&[File::sample("a.rs", &neighbour)]), &["a.rs:1"]);
    let optional = format!("{neighbour}env::var(b); println!(\"SKIP\");\n");
    assert_found(&machine_paths(&[File::sample("a.rs", &optional)]), &[]);
    let script = format!("[ -z \"${{A:-}}\" ] && A={} # or it skips\n", concat!("../", "shared"));
    assert_found(&machine_paths(&[File::sample("run", &script)]), &[]);

    let lock = "source = \"registry+https://mirror.example/index\"\n";
    assert_found(&registries(&[File::sample("Cargo.lock", lock)]), &["Cargo.lock:1"]);
    assert_found(&registries(&[File::sample(".cargo/config.toml", "[source.x]\n")]), &[".cargo/config.toml:1"]);
}
