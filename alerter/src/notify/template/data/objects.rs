//! The values that templates handle: a notification, its alerts, sets of pairs, lists of names.
//!
//! Invariant: fields and methods are those of Alertmanager's types; sets print as `name=value, name=value` with the
//! alert's name first.

use super::{AlertData, Data};
use crate::alert::ALERT_NAME;
use language::template::time::Time;
use language::template::value::Contents;
use language::template::{Call, Kind, Object, Text, Value};
use model::labels::Labels;
use model::time::{Millis, Nanos};
use std::rc::Rc;

/// The field that holds the time of the notification. No template can write it.
pub(in crate::notify::template) const NOW: &str = "\0now";

pub(super) fn data(data: &Data) -> Value<'_> {
    Value::object(Whole { data, alerts: data.alerts.iter().map(|alert| Value::object(One(alert))).collect() })
}

fn time<'d>(at: Millis) -> Value<'d> {
    Value::Time(Time::utc(Nanos::from(at)))
}

/// The whole notification.
#[derive(Debug)]
struct Whole<'d> {
    data: &'d Data,
    alerts: Rc<[Value<'d>]>,
}

impl<'d> Object<'d> for Whole<'d> {
    fn type_name(&self) -> &'static str {
        "*template.Data"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        let data = self.data;
        Some(match name {
            "Receiver" => Value::borrowed(&data.receiver),
            "Status" => Value::borrowed(data.status),
            "Alerts" => Value::object(Alerts(Rc::clone(&self.alerts))),
            "NotificationReason" => Value::borrowed(super::super::REASON),
            "GroupLabels" => set(&data.group_labels),
            "CommonLabels" => set(&data.common_labels),
            "CommonAnnotations" => set(&data.common_annotations),
            "ExternalURL" => Value::borrowed(&data.external_url),
            NOW => time(data.now),
            _ => return None,
        })
    }

    /// For printing and `toJson`, under the names of the JSON.
    fn contents(&self) -> Contents<'d> {
        let named = [
            ("receiver", "Receiver"),
            ("status", "Status"),
            ("alerts", "Alerts"),
            ("notification_reason", "NotificationReason"),
            ("groupLabels", "GroupLabels"),
            ("commonLabels", "CommonLabels"),
            ("commonAnnotations", "CommonAnnotations"),
            ("externalURL", "ExternalURL"),
        ];
        fields(self, &named)
    }
}

/// All alerts, or some: a list with methods.
#[derive(Debug)]
struct Alerts<'d>(Rc<[Value<'d>]>);

impl<'d> Object<'d> for Alerts<'d> {
    fn type_name(&self) -> &'static str {
        "template.Alerts"
    }

    fn field(&self, _: &str) -> Option<Value<'d>> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        matches!(name, "Firing" | "Resolved").then_some(&[])
    }

    fn call(&self, name: &str, _: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        let wanted = if name == "Firing" { "firing" } else { "resolved" };
        let has = |alert: &&Value<'d>| match alert {
            Value::Object(alert) => alert.field("Status").is_some_and(|status| status.as_text() == Some(wanted)),
            _ => false,
        };
        Ok(Value::list(self.0.iter().filter(has).cloned()))
    }

    fn contents(&self) -> Contents<'d> {
        Contents::List(Rc::clone(&self.0))
    }
}

/// One alert.
#[derive(Debug)]
struct One<'d>(&'d AlertData);

impl<'d> Object<'d> for One<'d> {
    fn type_name(&self) -> &'static str {
        "template.Alert"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        let alert = self.0;
        Some(match name {
            "Status" => Value::borrowed(alert.status),
            "Labels" => set(&alert.labels),
            "Annotations" => set(&alert.annotations),
            "StartsAt" => time(alert.starts_at),
            "EndsAt" => alert.ends_at.map_or_else(|| Value::Time(Time::default()), time),
            "GeneratorURL" => Value::borrowed(&alert.generator_url),
            "Value" => Value::borrowed(&alert.value),
            "Fingerprint" => Value::borrowed(&alert.fingerprint),
            "SilenceURL" => Value::borrowed(&alert.silence_url),
            "LogsURL" => Value::borrowed(&alert.logs_url),
            _ => return None,
        })
    }

    /// For printing and `toJson`, under the names of the JSON.
    fn contents(&self) -> Contents<'d> {
        let named = [
            ("status", "Status"),
            ("labels", "Labels"),
            ("annotations", "Annotations"),
            ("startsAt", "StartsAt"),
            ("endsAt", "EndsAt"),
            ("generatorURL", "GeneratorURL"),
            ("fingerprint", "Fingerprint"),
        ];
        fields(self, &named)
    }
}

fn fields<'d>(object: &dyn Object<'d>, named: &[(&'static str, &'static str)]) -> Contents<'d> {
    let pairs = named.iter().map(|(json, name)| (Text::from(*json), object.field(name).unwrap_or(Value::Nil)));
    Contents::Map(pairs.collect())
}

type Pair<'d> = (Text<'d>, Text<'d>);

fn set(labels: &Labels) -> Value<'_> {
    let pairs = labels.iter().map(|(name, value)| (Text::from(name), Text::from(value)));
    Value::object(Set(pairs.collect()))
}

/// A set of labels or annotations: a map with methods, `KV` in Alertmanager.
#[derive(Debug)]
struct Set<'d>(Vec<Pair<'d>>);

impl<'d> Set<'d> {
    /// The alert's name first, then by name.
    fn sorted(&self) -> Rc<[Pair<'d>]> {
        let (first, others): (Vec<_>, Vec<_>) = self.0.iter().cloned().partition(|(name, _)| &**name == ALERT_NAME);
        first.into_iter().chain(others).collect()
    }
}

impl<'d> Object<'d> for Set<'d> {
    fn type_name(&self) -> &'static str {
        "template.KV"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        let found = self.0.iter().find(|(known, _)| &**known == name);
        Some(found.map_or(Value::borrowed(""), |(_, value)| Value::Text(value.clone())))
    }

    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        match name {
            "SortedPairs" | "Names" | "Values" | "String" => Some(&[]),
            "Remove" => Some(&[Kind::Any]),
            _ => None,
        }
    }

    fn call(&self, name: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        match name {
            "Remove" => {
                let Contents::List(names) = call.value(0).contents() else {
                    return Err(format!("can't remove {}", call.value(0).type_name()));
                };
                let is_named = |name: &str| names.iter().any(|each| each.as_text() == Some(name));
                Ok(Value::object(Self(self.0.iter().filter(|(name, _)| !is_named(name)).cloned().collect())))
            }
            "SortedPairs" => Ok(Value::object(Pairs(self.sorted()))),
            other => Pairs(self.sorted()).call(other, call),
        }
    }

    fn is_map(&self) -> bool {
        true
    }

    fn contents(&self) -> Contents<'d> {
        Contents::Map(self.0.iter().map(|(name, value)| (name.clone(), Value::Text(value.clone()))).collect())
    }

    fn text(&self) -> Option<String> {
        Pairs(self.sorted()).text()
    }
}

/// Pairs in their order.
#[derive(Debug)]
struct Pairs<'d>(Rc<[Pair<'d>]>);

impl<'d> Object<'d> for Pairs<'d> {
    fn type_name(&self) -> &'static str {
        "template.Pairs"
    }

    fn field(&self, _: &str) -> Option<Value<'d>> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        matches!(name, "Names" | "Values" | "String").then_some(&[])
    }

    fn call(&self, name: &str, _: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        let texts: Vec<Text<'d>> = match name {
            "Names" => self.0.iter().map(|(name, _)| name.clone()).collect(),
            "Values" => self.0.iter().map(|(_, value)| value.clone()).collect(),
            _ => return Ok(Value::text(self.text().unwrap_or_default())),
        };
        Ok(Value::object(Strings(texts.into_iter().map(Value::Text).collect())))
    }

    fn contents(&self) -> Contents<'d> {
        let pair = |(name, value): &Pair<'d>| Value::object(NameValue(name.clone(), value.clone()));
        Contents::List(self.0.iter().map(pair).collect())
    }

    fn text(&self) -> Option<String> {
        let texts: Vec<String> = self.0.iter().map(|(name, value)| format!("{}={}", &**name, &**value)).collect();
        Some(texts.join(", "))
    }
}

/// A name with its value.
#[derive(Debug)]
struct NameValue<'d>(Text<'d>, Text<'d>);

impl<'d> Object<'d> for NameValue<'d> {
    fn type_name(&self) -> &'static str {
        "template.Pair"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        match name {
            "Name" => Some(Value::Text(self.0.clone())),
            "Value" => Some(Value::Text(self.1.clone())),
            _ => None,
        }
    }

    fn contents(&self) -> Contents<'d> {
        fields(self, &[("Name", "Name"), ("Value", "Value")])
    }

    fn text(&self) -> Option<String> {
        Some(format!("{{{} {}}}", &*self.0, &*self.1))
    }
}

/// Names or values: a list that joins itself.
#[derive(Debug)]
struct Strings<'d>(Rc<[Value<'d>]>);

impl<'d> Object<'d> for Strings<'d> {
    fn type_name(&self) -> &'static str {
        "template.Strings"
    }

    fn field(&self, _: &str) -> Option<Value<'d>> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        (name == "Join").then_some(&[Kind::Text])
    }

    fn call(&self, _: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        let mut into = call.bounded();
        for (at, text) in self.0.iter().enumerate() {
            into.push(if at > 0 { call.text(0) } else { "" })?;
            into.push(text.as_text().unwrap_or_default())?;
        }
        Ok(into.into_value())
    }

    fn contents(&self) -> Contents<'d> {
        Contents::List(Rc::clone(&self.0))
    }
}
