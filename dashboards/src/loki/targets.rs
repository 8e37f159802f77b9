//! `/api/belfry/v1/log_targets`: the files that are tailed and how that goes, for the page. Loki has nothing like it,
//! so the path is ours.

use crate::json::Json;
use crate::state::Backends;
use axum::Extension;
use collector::tail::{TailedFile, TailedJob};
use model::rfc3339;
use std::sync::Arc;

pub(super) async fn log_targets(Extension(backends): Extension<Arc<Backends>>) -> Json {
    write(&backends.tail.view())
}

fn write(jobs: &[TailedJob]) -> Json {
    let mut json = Json::new();
    let files = jobs.iter().flat_map(|job| job.files.iter().map(|file| (job.name.as_str(), file)));
    json.raw("{\"status\":\"success\",\"data\":{\"targets\":");
    json.array(files, |json, (job, file)| write_file(json, job, file));
    let problems = jobs.iter().flat_map(|job| job.problems.iter().map(|problem| (job.name.as_str(), problem)));
    json.raw(",\"problems\":").array(problems, |json, (job, problem)| {
        json.raw("{\"job\":").text(job).raw(",\"problem\":").text(problem).raw("}");
    });
    json.raw("}}");
    json
}

fn write_file(json: &mut Json, job: &str, file: &TailedFile) {
    json.raw("{\"job\":").text(job).raw(",\"path\":").text(&file.path.to_string_lossy());
    json.raw(",\"labels\":").labels(&file.labels).raw(",\"state\":").text(file.state.as_str());
    json.raw(",\"position\":").digits(file.position).raw(",\"size\":").digits(file.size);
    json.raw(",\"lag\":").digits(file.lag).raw(",\"lines\":").digits(file.lines);
    json.raw(",\"lastRead\":").text(&file.last_read.map(rfc3339::format_millis).unwrap_or_default());
    json.raw(",\"lastError\":").text(&file.last_error).raw("}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use collector::tail::FileState;
    use model::labels::Labels;
    use model::time::Millis;

    #[test]
    fn files_are_told_with_how_they_go() {
        let file = |path: &str, state: FileState, last_error: &str, last_read: Option<Millis>| TailedFile {
            path: path.into(),
            labels: Labels::from_pairs([("app", "x")]),
            state,
            last_error: last_error.to_owned(),
            position: 5,
            size: 9,
            lag: 4,
            last_read,
            lines: 2,
        };
        let read = file("/pods/a \"b\"", FileState::Following, "", Some(Millis(1_700_000_000_500)));
        let unread = file("/pods/c", FileState::Failing, "permission denied", None);
        let jobs = [
            TailedJob { name: "none".to_owned(), problems: vec!["/x: not found".to_owned()], files: Vec::new() },
            TailedJob { name: "pods".to_owned(), problems: Vec::new(), files: vec![read, unread] },
        ];
        let expected = concat!(
            r#"{"status":"success","data":{"targets":["#,
            r#"{"job":"pods","path":"/pods/a \"b\"","labels":{"app":"x"},"state":"following","position":5,"size":9,"#,
            r#""lag":4,"lines":2,"lastRead":"2023-11-14T22:13:20.5Z","lastError":""},"#,
            r#"{"job":"pods","path":"/pods/c","labels":{"app":"x"},"state":"failing","position":5,"size":9,"#,
            r#""lag":4,"lines":2,"lastRead":"","lastError":"permission denied"}],"#,
            r#""problems":[{"job":"none","problem":"/x: not found"}]}}"#
        );
        assert_eq!(write(&jobs).into_string(), expected);
        assert_eq!(write(&[]).into_string(), r#"{"status":"success","data":{"targets":[],"problems":[]}}"#);
    }
}
