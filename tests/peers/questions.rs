//! What is asked: every operator, function and modifier of the stable language over the demo service, as instant and as
//! range queries, wrong queries too, and the endpoints that pickers use.
//!
//! Templates hold `$(a||b)$`: one question per alternative.

/// A question and where to put it.
pub(crate) struct Question {
    /// How the report names it.
    pub(crate) text: String,
    /// Path and parameters.
    pub(crate) path: String,
}

const TEMPLATES: &str = include_str!("questions.txt");

/// All questions for samples that end at this time.
pub(crate) fn all(end_ms: i64) -> Vec<Question> {
    let end = end_ms / 1_000;
    let lines = TEMPLATES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut questions = Vec::new();
    for line in lines {
        if let Some(path) = line.strip_prefix("GET ") {
            let path = path.replace("$START", &(end - 3_600).to_string()).replace("$END", &end.to_string());
            questions.push(Question { text: line.to_owned(), path });
            continue;
        }
        let (line, ranged) = line.strip_prefix("INSTANT ").map_or((line, true), |line| (line, false));
        for text in expand(line) {
            questions.push(instant(&text, end));
            questions.extend(ranged.then(|| range(&text, end)));
        }
    }
    questions
}

fn instant(text: &str, end: i64) -> Question {
    let path = format!("/api/v1/query?query={}&time={end}", quoted(text));
    Question { text: format!("instant {text}"), path }
}

fn range(text: &str, end: i64) -> Question {
    let path = format!("/api/v1/query_range?query={}&start={}&end={end}&step=31", quoted(text), end - 5_400);
    Question { text: format!("range   {text}"), path }
}

fn quoted(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// One text per combination of alternatives.
fn expand(template: &str) -> Vec<String> {
    let Some((before, rest)) = template.split_once("$(") else { return vec![template.to_owned()] };
    let Some((choices, after)) = rest.split_once(")$") else { return vec![template.to_owned()] };
    choices.split("||").flat_map(|choice| expand(&format!("{before}{choice}{after}"))).collect()
}
