//! Texts of a message: rendered on a thread that may take its time, and replaced by a plain text where a template fails.
//!
//! Invariant: an alert is told whatever the templates are; the plain text names the alerts and why it is plain.

use super::Undelivered;
use super::template::{self, AlertData, Data, Templates};
use crate::alert::ALERT_NAME;
use crate::limits::{PLAIN_ALERTS_MAX, RENDERINGS_AT_ONCE, RENDERINGS_WAITING_MAX};
use language::template::Template;
use runtime::pool::Pool;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One for all integrations: threads are counted in the whole process.
static POOL: LazyLock<Pool> = LazyLock::new(|| Pool::new(RENDERINGS_AT_ONCE, RENDERINGS_WAITING_MAX));

/// Renders off the reactor.
///
/// # Errors
/// Too many wait already, or the rendering panicked.
pub(crate) async fn render<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Undelivered> {
    POOL.run(work).await.map_err(|error| Undelivered::soon(format!("rendering the message: {error}")))
}

/// Renders the texts of one message, and remembers the first that failed.
#[derive(Debug)]
pub(crate) struct Texts<'d> {
    data: &'d Data,
    failure: Option<String>,
}

impl<'d> Texts<'d> {
    pub(crate) fn new(data: &'d Data) -> Self {
        Self { data, failure: None }
    }

    /// A text; empty where it fails.
    pub(crate) fn text(&mut self, template: &Template) -> String {
        self.kept(template::text(template, self.data))
    }

    /// HTML; empty where it fails.
    pub(crate) fn html(&mut self, template: &Template) -> String {
        self.kept(template::html(template, self.data))
    }

    fn kept(&mut self, rendered: Result<String, String>) -> String {
        rendered.unwrap_or_else(|error| {
            self.failure.get_or_insert(error);
            String::new()
        })
    }

    /// Why the first template that failed did so.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

/// The texts of a message by their keys, compiled.
#[derive(Debug)]
pub(crate) struct Layout(BTreeMap<&'static str, Template>);

impl Layout {
    /// Compiles the texts of a kind.
    ///
    /// # Errors
    /// The key with the first mistake of its text.
    pub(crate) fn new(kind: &str, config: &BTreeMap<&'static str, String>, from: &Templates) -> Result<Self, String> {
        let compiled = config.iter().map(|(name, text)| Ok((*name, from.compile(kind, name, text)?)));
        compiled.collect::<Result<_, String>>().map(Self)
    }

    /// A text; empty where none is configured.
    pub(crate) fn text(&self, name: &str, texts: &mut Texts<'_>) -> String {
        self.0.get(name).map(|template| texts.text(template)).unwrap_or_default()
    }

    /// A text as HTML; empty where none is configured.
    pub(crate) fn html(&self, name: &str, texts: &mut Texts<'_>) -> String {
        self.0.get(name).map(|template| texts.html(template)).unwrap_or_default()
    }
}

/// What a message says in one line without any template.
pub(crate) fn plain_subject(data: &Data) -> String {
    let firing = data.firing().count();
    let state = if firing > 0 { format!("FIRING:{firing}") } else { "RESOLVED".to_owned() };
    let name = data.common_labels.get(ALERT_NAME).map_or_else(|| data.group_labels.to_string(), str::to_owned);
    format!("[{state}] {name}")
}

/// What a message says without any template.
pub(crate) fn plain_text(data: &Data, failure: &str) -> String {
    let mut text = String::new();
    let alerts = data.firing().chain(data.resolved());
    alerts.take(PLAIN_ALERTS_MAX).for_each(|alert| push_alert(alert, &mut text));
    if data.alerts.len() > PLAIN_ALERTS_MAX {
        text.push_str(&format!("{PLAIN_ALERTS_MAX} of {} alerts are shown.\n", data.alerts.len()));
    }
    text.push_str(&format!("\nThis text is plain because a template failed: {failure}\n"));
    text
}

fn push_alert(alert: &AlertData, text: &mut String) {
    let summary = ["summary", "description"].iter().find_map(|name| alert.annotations.get(name)).unwrap_or_default();
    let since = model::rfc3339::format_millis(alert.starts_at);
    let until = alert.ends_at.map(|end| format!(" until {}", model::rfc3339::format_millis(end))).unwrap_or_default();
    text.push_str(&format!("{} {} since {since}{until}\n", alert.status.to_uppercase(), alert.labels));
    for line in [summary, &alert.generator_url].into_iter().filter(|line| !line.is_empty()) {
        text.push_str(&format!("  {line}\n"));
    }
}

/// At most so many characters; what is cut ends in `…`.
pub(crate) fn cut(text: String, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
