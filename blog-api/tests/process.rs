//! The binary as its operator sees it: starts, is killed, starts again, stops when told.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a step that fails ends its test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use tempfile::TempDir;

/// A running blog and its log.
struct Blog {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blog-api"));
    command.current_dir(folder).env_remove("BLOG_LISTEN").env_remove("BLOG_DATABASE");
    command.env_remove("BLOG_TOKENS").env_remove("BLOG_TOKENS_FILE");
    command
}

impl Blog {
    fn start(folder: &Path) -> Self {
        let mut command = command(folder);
        command.args(["--listen", "127.0.0.1:0", "--database", "sqlite://data/posts.db"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "the blog ended before it listened");
            if let Some((_, rest)) = line.split_once("listening on http://") {
                break rest.split('"').next().unwrap().to_owned();
            }
        };
        Self { child, out, address }
    }

    fn ask(&self, line: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        told
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Blog {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn acknowledged_posts_survive_a_kill() {
    let folder = TempDir::new().unwrap();
    for round in 0..3 {
        let mut blog = Blog::start(folder.path());
        for number in 0..10 {
            let told = blog.ask("POST /api/posts", &format!(r#"{{"title":"{round}-{number}"}}"#));
            assert!(told.starts_with("HTTP/1.1 201 "), "{told}");
        }
        let told = blog.ask("GET /api/posts/1", "");
        assert!(told.contains(&format!(r#""viewCount":{},"#, round + 1)), "{told}");
        blog.child.kill().unwrap();
        blog.child.wait().unwrap();
    }
    let blog = Blog::start(folder.path());
    let told = blog.ask("GET /api/posts?size=100", "");
    assert!(told.contains(r#""totalElements":30"#), "{told}");
    for round in 0..3 {
        for number in 0..10 {
            assert!(told.contains(&format!(r#""title":"{round}-{number}""#)), "{round}-{number} is lost: {told}");
        }
    }
}

#[test]
fn signals_stop_it_in_order() {
    for signal in ["-TERM", "-INT"] {
        let folder = TempDir::new().unwrap();
        let mut blog = Blog::start(folder.path());
        blog.ask("POST /api/posts", r#"{"title":"a"}"#);
        blog.signal(signal);
        assert_eq!(blog.child.wait().unwrap().code(), Some(0), "{signal}");
        let mut rest = String::new();
        blog.out.read_to_string(&mut rest).unwrap();
        let lines: Vec<serde_json::Value> = rest.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let messages: Vec<_> = lines.iter().map(|line| line["msg"].as_str().unwrap()).collect();
        assert_eq!(messages, ["post created", "POST /api/posts 201", "stopping", "stopped"]);
        let left = std::fs::read_dir(folder.path().join("data")).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["posts.db"], "the log was not folded into the file");
    }
}

#[test]
fn wrong_starts_are_told() {
    let folder = TempDir::new().unwrap();
    let check = |arguments: &[&str], code: i32, expected: &str| {
        let Output { status, stderr, stdout } = command(folder.path()).args(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert!(!String::from_utf8(stdout).unwrap().contains("listening"), "{arguments:?}");
    };
    check(&["--database", "mysql://db/blog"], 2, "blog-api: database: scheme `mysql`, expected sqlite://path");
    check(&["--listen", "nowhere"], 2, "invalid value 'nowhere' for '--listen <LISTEN>'");
    check(&["--tokens-file", "absent"], 2, "blog-api: reading tokens from absent: ");
    check(&["--database", "sqlite://."], 1, "blog-api: opening .: ");
    check(&["--listen", "192.0.2.1:80"], 1, "blog-api: listening on 192.0.2.1:80: ");
}
