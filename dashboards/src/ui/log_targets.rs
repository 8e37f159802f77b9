//! `/api/belfry/v1/log_targets`: the log files that are tailed and how far.
//!
//! Invariant: what the collector made ready is written down; nobody waits for a disk.

use crate::json::Json;
use crate::state::Backends;
use axum::Extension;
use collector::tail::{TailedFile, TailedJob};
use model::rfc3339;
use std::sync::Arc;

pub(super) async fn log_targets(Extension(backends): Extension<Arc<Backends>>) -> Json {
    answer(&backends.tail.view())
}

fn answer(jobs: &[TailedJob]) -> Json {
    let mut json = Json::new();
    json.raw("{\"status\":\"success\",\"data\":{\"jobs\":").array(jobs, |json, job| {
        json.raw("{\"name\":").text(&job.name).raw(",\"problems\":").texts(&job.problems);
        json.raw(",\"files\":").array(&job.files, write_file).raw("}");
    });
    json.raw("}}");
    json
}

/// `lastRead` is empty before the first line.
fn write_file(json: &mut Json, file: &TailedFile) {
    json.raw("{\"path\":").text(&file.path.display().to_string()).raw(",\"labels\":").labels(&file.labels);
    json.raw(",\"state\":").text(file.state.as_str()).raw(",\"lastError\":").text(&file.last_error);
    json.raw(",\"position\":").digits(file.position).raw(",\"size\":").digits(file.size);
    json.raw(",\"lag\":").digits(file.lag).raw(",\"lines\":").digits(file.lines);
    json.raw(",\"lastRead\":").text(&file.last_read.map(rfc3339::format_millis).unwrap_or_default()).raw("}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use collector::tail::FileState;
    use model::labels::Labels;
    use model::time::Millis;
    use std::path::PathBuf;

    #[test]
    fn files_are_told_with_their_job() {
        let file = TailedFile {
            path: PathBuf::from("/var/log/\"a\".log"),
            labels: Labels::from_pairs([("app", "a")]),
            state: FileState::Failing,
            last_error: "reading: no".to_owned(),
            position: 5,
            size: 9,
            lag: 4,
            last_read: Some(Millis(1_700_000_000_000)),
            lines: 2,
        };
        let unread = TailedFile { path: PathBuf::from("/b"), last_read: None, ..file.clone() };
        let problems = vec!["/c: permission denied".to_owned()];
        let jobs = [TailedJob { name: "pods".to_owned(), problems, files: vec![file, unread] }];
        let expected = concat!(
            r#"{"status":"success","data":{"jobs":[{"name":"pods","problems":["/c: permission denied"],"files":["#,
            r#"{"path":"/var/log/\"a\".log","labels":{"app":"a"},"state":"failing","lastError":"reading: no","#,
            r#""position":5,"size":9,"lag":4,"lines":2,"lastRead":"2023-11-14T22:13:20Z"},"#,
            r#"{"path":"/b","labels":{"app":"a"},"state":"failing","lastError":"reading: no","#,
            r#""position":5,"size":9,"lag":4,"lines":2,"lastRead":""}]}]}}"#
        );
        assert_eq!(answer(&jobs).into_string(), expected);
    }
}
