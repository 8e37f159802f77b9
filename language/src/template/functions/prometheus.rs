//! The functions of Prometheus's rule templates: `{{ $value | humanize }}`, `{{ query "up" | first | value }}`.
//!
//! Invariant: what lies outside a template, queries and the address of the daemon, is what the caller gives.

use super::{humanize, regex, text};
use crate::template::function::{Call, Function, Functions, Kind};
use crate::template::value::{Text, Value};
use model::labels::Labels;
use std::fmt;
use std::sync::Arc;

/// One result of a query.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The labels of the series.
    pub labels: Labels,
    /// Its value.
    pub value: f64,
}

type Query = dyn Fn(&str) -> Result<Vec<Sample>, String> + Send + Sync;

/// What templates reach outside.
#[derive(Clone)]
pub struct Outside {
    /// Answers `query "..."`: an instant query at the time of the evaluation. The caller bounds what it costs.
    pub query: Arc<Query>,
    /// The address under which users see the daemon, without a slash at its end.
    pub external_url: String,
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("external_url", &self.external_url).finish_non_exhaustive()
    }
}

/// All of them.
pub fn functions(outside: Outside) -> Functions {
    let mut functions = Functions::new();
    let Outside { query, external_url } = outside;
    let path = external_url.splitn(4, '/').nth(3).map_or_else(String::new, |path| format!("/{path}"));
    functions
        .add("externalURL", Function::new(&[], move |call| text::made(call, &external_url)))
        .add("pathPrefix", Function::new(&[], move |call| text::made(call, &path)))
        .add("query", Function::new(&[Kind::Text], move |call| queried(call, &*query)))
        .add("tmpl", Function::rendering());
    humanize::add(&mut functions);
    text::add_messages(&mut functions);
    regex::add_messages(&mut functions);
    add_samples(&mut functions);
    add_links(&mut functions);
    functions
}

const LABELS: &str = "Labels";
const VALUE: &str = "Value";

fn queried<'d>(call: &Call<'_, 'd>, query: &Query) -> Result<Value<'d>, String> {
    let samples = query(call.text(0))?;
    let bytes: usize = samples.iter().map(|sample| sample.labels.as_raw().len() + 2 * size_of::<Value<'_>>()).sum();
    if bytes > call.room {
        return Err(format!("result of {bytes} bytes is more than the {} that are left", call.room));
    }
    let shown = samples.into_iter().map(|Sample { labels, value }| {
        let labels = labels.iter().map(|(name, value)| (Text::from(name.to_owned()), Value::text(value)));
        Value::map([(Text::from(LABELS), Value::map(labels)), (Text::from(VALUE), Value::Float(value))])
    });
    Ok(Value::list(shown))
}

fn add_samples(functions: &mut Functions) {
    functions
        .add(
            "first",
            Function::new(&[Kind::List], |call| match call.value(0) {
                Value::List(samples) => samples.first().cloned().ok_or_else(no_elements),
                _ => Err(no_elements()),
            }),
        )
        .add("value", Function::new(&[Kind::Any], |call| Ok(part(call.value(0), VALUE).unwrap_or(Value::Float(0.0)))))
        .add("label", Function::new(&[Kind::Text, Kind::Any], |call| Ok(label(call.value(1), call.text(0)))))
        .add("strvalue", Function::new(&[Kind::Any], |call| Ok(label(call.value(0), "__value__"))))
        .add("sortByLabel", Function::new(&[Kind::Text, Kind::List], sorted))
        .add("args", Function::new(&[], arguments).with_further(Kind::Any))
        .add("parseDuration", Function::new(&[Kind::Text], |call| parsed_duration(call.text(0)).map(Value::Float)));
}

fn no_elements() -> String {
    "first() called on vector with no elements".to_owned()
}

fn part<'d>(sample: &Value<'d>, name: &str) -> Option<Value<'d>> {
    if let Value::Map(fields) = sample { fields.get(name).cloned() } else { None }
}

fn label<'d>(sample: &Value<'d>, name: &str) -> Value<'d> {
    part(sample, LABELS).and_then(|labels| part(&labels, name)).unwrap_or(Value::borrowed(""))
}

fn sorted<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let Value::List(samples) = call.value(1) else { return Ok(Value::list([])) };
    let mut samples = samples.to_vec();
    samples.sort_by_cached_key(|sample| label(sample, call.text(0)).as_text().unwrap_or_default().to_owned());
    Ok(Value::list(samples))
}

fn arguments<'d>(call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
    let named = call.rest(0).iter().enumerate().map(|(at, value)| (Text::from(format!("arg{at}")), value.clone()));
    Ok(Value::map(named))
}

fn parsed_duration(text: &str) -> Result<f64, String> {
    model::duration::parse(text).map(|duration| duration.as_secs_f64()).map_err(|error| error.to_string())
}

fn add_links(functions: &mut Functions) {
    let link = |tab: &'static str| {
        Function::new(&[Kind::Text], move |call| {
            let mut into = call.bounded();
            into.push("/graph?g0.expr=")?;
            crate::template::builtin::push_url_query(call.text(0), &mut into)?;
            into.push("&g0.tab=")?;
            into.push(tab)?;
            Ok(into.into_value())
        })
    };
    functions
        .add("graphLink", link("0"))
        .add("tableLink", link("1"))
        .add("stripPort", Function::new(&[Kind::Text], |call| text::made(call, host(call.text(0)).0)))
        .add("stripDomain", Function::new(&[Kind::Text], |call| text::made(call, &without_domain(call.text(0)))));
}

/// The host of `host:port` or `[host]:port`, and the port; all is host when there is no port.
fn host(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if host.starts_with('[') && host.ends_with(']') => {
            (host.trim_start_matches('[').trim_end_matches(']'), Some(port))
        }
        Some((host, port)) if !host.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}

/// A host without its domain; addresses and the port stay.
fn without_domain(text: &str) -> String {
    let (name, port) = host(text);
    if name.parse::<std::net::IpAddr>().is_ok() {
        return text.to_owned();
    }
    let name = name.split('.').next().unwrap_or(name);
    port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}
