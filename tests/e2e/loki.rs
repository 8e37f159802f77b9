//! Questions in Loki's HTTP API and their answers as plain values, and lines pushed as clients push them.
//!
//! Invariant: an answer of any other shape than expected is an error that shows it.

use crate::daemon::Belfry;
use crate::http::{Answer, Request, escape, send};
use crate::poll::now;
use crate::prometheus::{Labels, labels, list, sample};
use anyhow::{Context, Result, anyhow, ensure};
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::{Message, WebSocket};

/// The most lines of one answer.
pub(crate) const LINES_MAX: usize = 5_000;

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// Nanoseconds since the epoch.
    pub(crate) timestamp: i64,
    /// Its text.
    pub(crate) text: String,
    /// All its labels, structured metadata included.
    pub(crate) labels: Labels,
}

impl Belfry {
    /// Pushes a body of JSON.
    pub(crate) fn push(&self, body: &[u8], headers: &[(&str, &str)]) -> Result<Answer> {
        let headers = [&[("Content-Type", "application/json")], headers].concat();
        let path = "/loki/api/v1/push";
        send(self.address(), &Request { method: "POST", path, headers: &headers, body })
    }

    /// Pushes lines of one stream, written as JSON, with times in nanoseconds; they must be taken.
    pub(crate) fn push_lines(&self, stream: &serde_json::Value, lines: &[(i64, String)]) -> Result<()> {
        let values: Vec<_> = lines.iter().map(|(time, line)| serde_json::json!([time.to_string(), line])).collect();
        let body = serde_json::json!({"streams": [{"stream": stream, "values": values}]}).to_string();
        let answer = self.push(body.as_bytes(), &[])?;
        ensure!(answer.status == 204, "push: {} {}", answer.status, answer.text());
        Ok(())
    }

    /// Lines of the last hour, oldest first, at most [`LINES_MAX`].
    pub(crate) fn lines(&self, query: &str) -> Result<Vec<Line>> {
        let end = (now()? + 60_000) * 1_000_000;
        let start = end - 3_600_000_000_000;
        let path = format!(
            "/loki/api/v1/query_range?query={}&start={start}&end={end}&limit={LINES_MAX}&direction=forward",
            escape(query)
        );
        let result = self.log_result(&path)?;
        let mut found = Vec::new();
        for stream in list(&result)? {
            found.extend(lines_of(stream)?);
        }
        // A stable sort: lines of one time stay in the order of their stream.
        found.sort_by_key(|line| line.timestamp);
        Ok(found)
    }

    /// The samples of an instant query, now.
    pub(crate) fn log_vector(&self, query: &str) -> Result<Vec<(Labels, f64)>> {
        let result = self.log_result(&format!("/loki/api/v1/query?query={}", escape(query)))?;
        list(&result)?.iter().map(|series| Ok((labels(&series["metric"])?, sample(&series["value"])?.1))).collect()
    }

    /// Follows a query live.
    pub(crate) fn follow(&self, query: &str) -> Result<Following> {
        let url = format!("ws://{}/loki/api/v1/tail?query={}", self.address(), escape(query));
        let stream = TcpStream::connect(self.address())?;
        stream.set_read_timeout(Some(Duration::from_millis(200)))?;
        let (socket, _) = tungstenite::client(url, stream).map_err(|error| anyhow!("{query}: {error}"))?;
        Ok(Following { socket })
    }

    fn log_result(&self, path: &str) -> Result<serde_json::Value> {
        let answer = self.get(path)?;
        ensure!(answer.status == 200, "{path}: status {}, {}", answer.status, answer.text());
        let json = answer.json()?;
        ensure!(json["status"] == "success", "{path}: {json}");
        Ok(json["data"]["result"].clone())
    }
}

/// A live tail.
pub(crate) struct Following {
    socket: WebSocket<TcpStream>,
}

impl Following {
    /// The lines of the next frame; none when nothing came for a moment.
    pub(crate) fn next(&mut self) -> Result<Vec<Line>> {
        match self.socket.read() {
            Ok(Message::Text(text)) => {
                let frame: serde_json::Value = serde_json::from_str(&text).with_context(|| text.to_string())?;
                let mut found = Vec::new();
                for stream in list(&frame["streams"])? {
                    found.extend(lines_of(stream)?);
                }
                Ok(found)
            }
            Ok(_) => Ok(Vec::new()),
            Err(tungstenite::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(Vec::new()),
            Err(error) => Err(anyhow!("tail: {error}")),
        }
    }
}

fn lines_of(stream: &serde_json::Value) -> Result<Vec<Line>> {
    let labels = labels(&stream["stream"])?;
    let line = |pair: &serde_json::Value| {
        let text = |at: usize| pair[at].as_str().with_context(|| format!("expected [time, line], got {pair}"));
        Ok(Line { timestamp: text(0)?.parse()?, text: text(1)?.to_owned(), labels: labels.clone() })
    };
    list(&stream["values"])?.iter().map(line).collect()
}
