//! `belfry silence`: adds, lists and expires silences of a running daemon, over Alertmanager's API.
#![expect(clippy::print_stdout, reason = "the answer of `belfry silence`")]

use crate::cli::{Output, SilenceCommand};
use crate::clock::SystemClock;
use crate::exit::Exit;
use crate::{ask, table};
use anyhow::{anyhow, bail};
use model::clock::Clock;
use model::rfc3339::format_millis;
use serde_json::{Value, json};

const SILENCES: &str = "/api/v2/silences";

/// Does what is asked.
pub(crate) fn run(command: &SilenceCommand) -> Result<(), Exit> {
    match command {
        SilenceCommand::Add { matchers, duration, author, comment, daemon } => {
            let read: Result<Vec<_>, _> = matchers.iter().map(|text| matcher(text)).collect();
            let length = model::duration::parse(duration).map_err(|error| anyhow!("--duration: {error}"))?;
            let now = SystemClock.now();
            let silence = json!({
                "matchers": read?, "startsAt": format_millis(now), "endsAt": format_millis(now.plus(length)),
                "createdBy": author, "comment": comment,
            });
            let answer = ask::post_json(&daemon.url, SILENCES, &silence)?;
            println!("{}", answer.get("silenceID").and_then(Value::as_str).unwrap_or_default());
        }
        SilenceCommand::List { all, output, daemon } => list(&daemon.url, *all, *output)?,
        SilenceCommand::Expire { ids, daemon } => {
            for id in ids {
                expire(&daemon.url, id)?;
            }
        }
    }
    Ok(())
}

fn expire(url: &str, id: &str) -> anyhow::Result<()> {
    if !id.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        bail!("not a silence's id, got {id}");
    }
    let page = ask::delete(url, &format!("/api/v2/silence/{id}"))?;
    match page.status.as_u16() {
        200 => Ok(()),
        404 => bail!("no silence has the id {id}"),
        _ => bail!("expiring {id}: {}: {}", page.status, page.text.trim()),
    }
}

fn list(url: &str, all: bool, output: Output) -> anyhow::Result<()> {
    let answer = ask::json(url, SILENCES)?;
    let silences = answer.as_array().into_iter().flatten();
    let shown: Vec<_> = silences.filter(|silence| all || state(silence) != "expired").collect();
    match output {
        Output::Json => println!("{}", json!(shown)),
        Output::Table if shown.is_empty() => println!("nothing is silenced"),
        Output::Table => {
            let rows: Vec<_> = shown.iter().map(|silence| row(silence)).collect();
            let head = ["STATE", "ID", "UNTIL", "MATCHERS", "BY", "COMMENT"];
            table::lines(head, &rows).iter().for_each(|line| println!("{line}"));
        }
    }
    Ok(())
}

fn state(silence: &Value) -> &str {
    silence.pointer("/status/state").and_then(Value::as_str).unwrap_or_default()
}

fn row(silence: &Value) -> [String; 6] {
    let text = |name: &str| silence.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let matchers = silence.get("matchers").and_then(Value::as_array).into_iter().flatten();
    let matchers: Vec<_> = matchers.map(shown).collect();
    [state(silence).to_owned(), text("id"), text("endsAt"), matchers.join(","), text("createdBy"), text("comment")]
}

fn shown(matcher: &Value) -> String {
    let text = |name: &str| matcher.get(name).and_then(Value::as_str).unwrap_or_default();
    let is = |name: &str, otherwise: bool| matcher.get(name).and_then(Value::as_bool).unwrap_or(otherwise);
    let operator = match (is("isEqual", true), is("isRegex", false)) {
        (true, false) => "=",
        (false, false) => "!=",
        (true, true) => "=~",
        (false, true) => "!~",
    };
    format!("{}{operator}{}", text("name"), model::number::quoted(text("value")))
}

/// `name=value`, with any of the four operators; the value may stand in double quotes.
fn matcher(text: &str) -> anyhow::Result<Value> {
    let wrong = || anyhow!("not a matcher such as alertname=PodDown or pod=~\"was-.*\", got {text}");
    let at = text.find(['=', '!']).ok_or_else(wrong)?;
    let (name, rest) = text.split_at(at);
    let operators = [("=~", true, true), ("!~", false, true), ("!=", false, false), ("=", true, false)];
    let found =
        operators.iter().find_map(|(operator, equal, regex)| Some((rest.strip_prefix(operator)?, *equal, *regex)));
    let (value, equal, regex) = found.ok_or_else(wrong)?;
    if name.trim().is_empty() {
        return Err(wrong());
    }
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    Ok(json!({"name": name.trim(), "value": value, "isRegex": regex, "isEqual": equal}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_read_with_all_operators() {
        let check = |text: &str, expected: &str| {
            assert_eq!(matcher(text).map(|read| shown(&read)).ok().as_deref(), Some(expected), "{text}")
        };
        check("alertname=PodDown", r#"alertname="PodDown""#);
        check(r#"pod=~"was-.*""#, r#"pod=~"was-.*""#);
        check("severity != critical", r#"severity!="critical""#);
        check("a!~b=c", r#"a!~"b=c""#);
        check("a=", r#"a="""#);
        for wrong in ["", "alertname", "=x", "a!x"] {
            assert!(matcher(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_row_says_what_until_when_and_why() {
        let silence = json!({"id": "i", "status": {"state": "active"}, "endsAt": "2026-11-28T10:00:00.000Z",
            "matchers": [{"name": "a", "value": "b", "isRegex": false, "isEqual": true}], "createdBy": "me", "comment": "known"});
        assert_eq!(row(&silence), ["active", "i", "2026-11-28T10:00:00.000Z", r#"a="b""#, "me", "known"]);
    }
}
