//! What the tests of notifications share: alerts, a receiver from YAML, and an HTTP server on loopback.

use super::{Context, Notification, Notifier};
use crate::config::receiver::{Global, RawGlobal, RawReceiver, Receiver, read_global, read_receiver};
use crate::links::Links;
use crate::notify::template::Templates;
use crate::posted::PostedAlert;
use model::clock::ManualClock;
use model::finding::Finding;
use model::labels::Labels;
use model::time::Millis;
use serde::Deserialize;
use serde_saphyr::Spanned;
use settings::Source;
use settings::report::{Key, Report};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// 2026-11-28T10:12:03Z, a Saturday.
pub(crate) const NOW: Millis = Millis(1_795_860_723_000);

/// Twelve minutes and three seconds before.
pub(crate) const START: Millis = Millis(1_795_860_000_000);

/// The alert of a pod that is down.
pub(crate) fn pod_down(pod: &str) -> PostedAlert {
    PostedAlert {
        labels: Labels::from_pairs([
            ("alertname", "PodDown"),
            ("namespace", "blog-system"),
            ("pod", pod),
            ("severity", "critical"),
        ]),
        annotations: Labels::from_pairs([
            ("summary", format!("Pod {pod} is down")),
            ("description", "No <ready> container for 2 minutes & more.\n두 번째 줄".to_owned()),
            ("runbook_url", "https://wiki.home/PodDown".to_owned()),
        ]),
        starts_at: START,
        ends_at: Millis(i64::MAX),
        generator_url: "http://belfry.home:9090/graph?g0.expr=kube_pod%20%3D%3D%200&g0.tab=1".to_owned(),
        value: String::new(),
    }
}

/// The same, ended now.
pub(crate) fn pod_up(pod: &str) -> PostedAlert {
    PostedAlert { ends_at: NOW, ..pod_down(pod) }
}

/// A notification of alerts, grouped by their name.
pub(crate) fn notification(alerts: Vec<PostedAlert>) -> Notification {
    Notification {
        receiver: "on.call".to_owned(),
        group_key: r#"{}:{alertname="PodDown"}"#.to_owned(),
        group_labels: Labels::from_pairs([("alertname", "PodDown")]),
        alerts,
        now: NOW,
    }
}

/// Links to `http://belfry.home:9090`, and the built-in templates.
pub(crate) fn context() -> Context {
    context_with(Templates::default())
}

pub(crate) fn context_with(templates: Templates) -> Context {
    Context {
        links: Links::new("http://belfry.home:9090"),
        clock: Arc::new(ManualClock::new(NOW)),
        templates: Arc::new(templates),
    }
}

#[derive(Deserialize)]
struct File {
    global: Option<Spanned<RawGlobal>>,
    receivers: Vec<Spanned<RawReceiver>>,
}

/// Reads `global` and `receivers` of a YAML text.
pub(crate) fn read(yaml: &str) -> Result<(Global, Vec<Receiver>), Vec<Finding>> {
    let file: File = settings::source::parse(yaml, "am.yml").map_err(|finding| vec![finding])?;
    let source = Source { file: "am.yml".to_owned(), folder: "/etc/am".into() };
    let mut report = Report::new("am.yml".to_owned());
    let global = read_global(file.global, &Key::root("global"), &source, &mut report);
    let receivers =
        file.receivers.into_iter().enumerate().map(|(index, raw)| {
            read_receiver(raw, &Key::root("receivers").index(index), &global, &source, &mut report)
        });
    let receivers: Vec<_> = receivers.collect();
    report.finish((global, receivers))
}

/// The only integration of the only receiver of a YAML text.
pub(crate) fn notifier(yaml: &str, context: &Context) -> Arc<dyn Notifier> {
    let (_, receivers) = read(yaml).unwrap_or_else(|findings| panic!("{findings:?}"));
    let mut notifiers = receivers[0].notifiers(context).expect("built");
    assert_eq!(notifiers.len(), 1);
    notifiers.remove(0)
}

/// A request as the server received it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// `POST /path HTTP/1.1`
    pub(crate) line: String,
    /// The head, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Sends this and closes.
    Raw(Vec<u8>),
    /// Never answers.
    Hang,
}

/// An answer with a status line, headers and a body.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Raw(
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}").into(),
    )
}

/// An HTTP server on a thread of its own.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Answers every request with what the function says.
    pub(crate) fn start(answer: impl Fn(&Received) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let log = Arc::clone(&received);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming().flatten() {
                let Some(request) = read_request(&stream) else { continue };
                log.lock().expect("the log").push(request.clone());
                match answer(&request) {
                    // A client may leave before it has read everything.
                    Reply::Raw(bytes) => drop((&stream).write_all(&bytes)),
                    Reply::Hang => held.push(stream),
                }
            }
        });
        Self { port, received }
    }

    /// What it has received so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("the log").clone()
    }
}

fn read_request(stream: &TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut head = String::new();
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? <= 2 {
            break;
        }
        head.push_str(&header.to_lowercase());
    }
    let length = head.lines().find_map(|header| header.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap_or(0))];
    reader.read_exact(&mut body).ok()?;
    Some(Received { line: line.trim().to_owned(), head, body: String::from_utf8(body).ok()? })
}

/// Compares a text with the file of that name in `fixtures`, or writes the file when `UPDATE_GOLDEN` is set.
pub(crate) fn golden(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/notify/fixtures").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} (UPDATE_GOLDEN=1 writes it anew)");
}
