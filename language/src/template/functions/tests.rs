//! The functions of Prometheus and Alertmanager on texts as people write them.

use super::{alertmanager, prometheus};
use crate::template::function::{Call, Kind};
use crate::template::time::Time;
use crate::template::value::{Contents, Object, Text, Value};
use crate::template::{Functions, Library, Limits, Template};
use model::labels::Labels;
use model::time::Nanos;
use std::rc::Rc;
use std::sync::Arc;

fn rules() -> Functions {
    let query = |text: &str| match text {
        "up" => Ok(vec![
            prometheus::Sample { labels: Labels::from_pairs([("instance", "b:9100"), ("job", "x")]), value: 1.0 },
            prometheus::Sample { labels: Labels::from_pairs([("instance", "a:9100"), ("job", "x")]), value: 0.5 },
        ]),
        "none" => Ok(Vec::new()),
        other => Err(format!("cannot ask {other}")),
    };
    prometheus::functions(prometheus::Outside {
        query: Arc::new(query),
        external_url: "http://belfry.example/prefix".to_owned(),
    })
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let labels = Value::map([(Text::from("instance"), Value::borrowed("db-1.example.com:9100"))]);
    let dot = Value::map([(Text::from("Labels"), labels), (Text::from("Value"), Value::Float(1234.5678))]);
    let text = format!("{{{{$labels := .Labels}}}}{{{{$value := .Value}}}}{text}");
    let given = match Template::parse("__alert_X", &text, &rules()) {
        Ok(template) => template.render(dot, &Limits::MESSAGE).unwrap_or_else(|error| error.to_string()),
        Err(error) => error.to_string(),
    };
    assert_eq!(given, expected, "{text}");
}

#[test]
fn numbers_are_humanized() {
    check(
        "{{humanize $value}} {{0.00012 | humanize}} {{humanize 0.0}} {{humanize -2.5e7}} {{humanize \"1e9\"}}",
        "1.235k 120u 0 -25M 1G",
    );
    check("{{humanize1024 $value}} {{humanize1024 1048576.0}} {{humanize1024 0.5}}", "1.206ki 1Mi 0.5");
    check("{{humanizePercentage 0.12345}} {{humanizePercentage 1}}", "12.35% 100%");
    check(
        "{{humanizeDuration 0.0}} {{humanizeDuration 59.5}} {{humanizeDuration 61}} {{humanizeDuration 3661}} {{humanizeDuration 90061}}",
        "0s 59.5s 1m 1s 1h 1m 1s 1d 1h 1m 1s",
    );
    check(
        "{{humanizeDuration 0.0012}} {{humanizeDuration -90}} {{humanizeDuration \"x\"}}",
        "template: __alert_X:1:97: executing \"__alert_X\" at <humanizeDuration \"x\">: error calling humanizeDuration: strconv.ParseFloat: parsing \"x\": invalid syntax",
    );
    check("{{humanizeDuration 0.0012}} {{humanizeDuration -90}}", "1.2ms -1m 30s");
    check(
        "{{humanizeTimestamp 1435065584.128}} {{(toTime 1435065584.128).Year}}",
        "2015-06-23 13:19:44.128 +0000 UTC 2015",
    );
    check("{{parseDuration \"1h30m\"}} {{1.5 | printf \"%.2f\"}}", "5400 1.50");
}

#[test]
fn queries_are_asked_and_shown() {
    check(
        "{{range query \"up\" | sortByLabel \"instance\"}}{{.Labels.instance}}={{.Value}} {{end}}",
        "a:9100=0.5 b:9100=1 ",
    );
    check(
        "{{with query \"up\"}}{{. | first | value | humanizePercentage}} {{. | first | label \"job\"}}{{end}}",
        "100% x",
    );
    check(
        "{{query \"none\" | first | value}}",
        "template: __alert_X:1:59: executing \"__alert_X\" at <first>: error calling first: first() called on vector with no elements",
    );
    check("{{range query \"none\"}}a{{else}}nothing{{end}} {{len (query \"up\")}}", "nothing 2");
    check(
        "{{query \"bad\"}}",
        "template: __alert_X:1:44: executing \"__alert_X\" at <query \"bad\">: error calling query: cannot ask bad",
    );
}

#[test]
fn texts_of_alerts_are_made() {
    check(
        "{{$labels.instance}} {{stripPort $labels.instance}} {{stripDomain $labels.instance}} {{stripDomain \"10.0.0.1:80\"}}",
        "db-1.example.com:9100 db-1.example.com db-1:9100 10.0.0.1:80",
    );
    check(
        "{{toUpper \"a\"}}{{toLower \"B\"}} {{title \"disk full\"}} {{match \"d.*l\" \"disk full\"}} {{reReplaceAll \"(d)(i)\" \"$2$1\" \"disk\"}}",
        "Ab Disk Full true idsk",
    );
    check(
        "{{externalURL}}{{graphLink \"up == 0\"}} {{tableLink \"a\"}} {{pathPrefix}}",
        "http://belfry.example/prefix/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=a&g0.tab=1 /prefix",
    );
    check(
        "{{define \"d\"}}{{.arg0}}-{{.arg1}}{{end}}{{template \"d\" (args 1 \"x\")}} {{tmpl \"d\" (args 2 \"y\") | toUpper}}",
        "1-x 2-Y",
    );
    check(
        "{{tmpl \"no\" .}}",
        "template: __alert_X:1:44: executing \"__alert_X\" at <tmpl \"no\" .>: template \"no\" not defined",
    );
    check("{{safeHtml \"<b>\"}} {{$labels.missing}}", "<b> <no value>");
}

#[test]
fn values_nest_so_deep_only() {
    check("{{$x := args 1}}{{range 150}}{{$x = args $x}}{{end}}{{len $x}}", "1");
    let part = "lists and maps nest deeper than 200";
    for text in [
        "{{$x := args 1}}{{range 1000000}}{{$x = args $x}}{{end}}",
        "{{$x := args 1}}{{range 300}}{{$x = args $x $x}}{{end}}",
    ] {
        let template = Template::parse("t", text, &rules()).expect("parses");
        let error = template.render(Value::Nil, &Limits::MESSAGE).expect_err("is refused").to_string();
        assert!(error.contains(part) || error.contains("more than 5000000 steps"), "{error}");
    }
}

/// Labels or annotations, as a notification shows them.
#[derive(Clone, Debug)]
struct Pairs(Rc<Vec<(String, String)>>);

impl Pairs {
    fn texts<'d>(&self, pick: fn(&(String, String)) -> &String) -> Value<'d> {
        Value::list(self.0.iter().map(|pair| Value::text(pick(pair).as_str())))
    }
}

impl<'d> Object<'d> for Pairs {
    fn type_name(&self) -> &'static str {
        "template.KV"
    }

    fn field(&self, name: &str) -> Option<Value<'d>> {
        let found = self.0.iter().find(|(known, _)| known == name);
        Some(found.map_or(Value::borrowed(""), |(_, value)| Value::text(value.as_str())))
    }

    fn is_map(&self) -> bool {
        true
    }

    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        match name {
            "SortedPairs" | "Names" | "Values" => Some(&[]),
            "Remove" => Some(&[Kind::List]),
            _ => None,
        }
    }

    fn call(&self, name: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        Ok(match name {
            "Names" => self.texts(|(name, _)| name),
            "Values" => self.texts(|(_, value)| value),
            "Remove" => {
                let Value::List(names) = call.value(0) else { return Ok(Value::object(self.clone())) };
                let kept = self.0.iter().filter(|(name, _)| !names.iter().any(|other| other.as_text() == Some(name)));
                Value::object(Self(Rc::new(kept.cloned().collect())))
            }
            _ => Value::object(Sorted(self.clone())),
        })
    }

    fn contents(&self) -> Contents<'d> {
        let pair = |(name, value): &(String, String)| (Text::from(name.clone()), Value::text(value.as_str()));
        Contents::Map(self.0.iter().map(pair).collect())
    }
}

/// What `SortedPairs` gives.
#[derive(Clone, Debug)]
struct Sorted(Pairs);

impl<'d> Object<'d> for Sorted {
    fn type_name(&self) -> &'static str {
        "template.Pairs"
    }

    fn field(&self, _: &str) -> Option<Value<'d>> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static [Kind]> {
        matches!(name, "Names" | "Values").then_some(&[])
    }

    fn call(&self, name: &str, call: &Call<'_, 'd>) -> Result<Value<'d>, String> {
        self.0.call(name, call)
    }

    fn contents(&self) -> Contents<'d> {
        let pair = |(name, value): &(String, String)| {
            let (name, value) = (Value::text(name.as_str()), Value::text(value.as_str()));
            Value::map([(Text::from("Name"), name), (Text::from("Value"), value)])
        };
        Contents::List(self.0.0.iter().map(pair).collect())
    }
}

/// All alerts of a notification: a list with methods.
#[derive(Clone, Debug)]
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
        let wanted = name.to_lowercase();
        let has = |alert: &&Value<'d>| matches!(alert, Value::Map(fields) if fields.get("Status").and_then(Value::as_text) == Some(&wanted));
        Ok(Value::object(Self(self.0.iter().filter(has).cloned().collect())))
    }

    fn contents(&self) -> Contents<'d> {
        Contents::List(Rc::clone(&self.0))
    }
}

fn pairs<'d>(pairs: &[(&str, &str)]) -> Value<'d> {
    Value::object(Pairs(Rc::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())))
}

/// A notification of two firing alerts and a resolved one.
fn notification<'d>() -> Value<'d> {
    let alert = |status: &'static str, instance: &str| {
        Value::map([
            (Text::from("Status"), Value::borrowed(status)),
            (Text::from("Labels"), pairs(&[("alertname", "DiskFull"), ("instance", instance), ("severity", "page")])),
            (Text::from("Annotations"), pairs(&[("summary", "disk fills up")])),
            (Text::from("StartsAt"), Value::Time(Time::utc(Nanos(1_795_374_245_000_000_000)))),
            (Text::from("GeneratorURL"), Value::borrowed("http://belfry/graph")),
        ])
    };
    let alerts = [alert("firing", "a"), alert("firing", "b"), alert("resolved", "c")];
    Value::map([
        (Text::from("Status"), Value::borrowed("firing")),
        (Text::from("Receiver"), Value::borrowed("team")),
        (Text::from("GroupLabels"), pairs(&[("alertname", "DiskFull")])),
        (Text::from("CommonLabels"), pairs(&[("alertname", "DiskFull"), ("severity", "page")])),
        (Text::from("CommonAnnotations"), pairs(&[("summary", "disk fills up")])),
        (Text::from("ExternalURL"), Value::borrowed("http://belfry")),
        (Text::from("Alerts"), Value::object(Alerts(alerts.into_iter().collect()))),
    ])
}

const DEFAULT: &str = r#"
{{- define "own.title" -}}
[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .GroupLabels.SortedPairs.Values | join " " }}
{{- with .CommonLabels.Remove .GroupLabels.Names }} ({{ .SortedPairs.Values | join ", " }}){{ end }}
{{- end }}
{{- define "own.list" }}{{ range . }}
- {{ .Labels.instance }} since {{ .StartsAt.Format "15:04" }}{{ range .Labels.SortedPairs }} {{ .Name }}={{ .Value }}{{ end }}
{{- end }}{{ end }}"#;

#[test]
fn notifications_are_written() {
    let functions = alertmanager::functions(Arc::new(|| Nanos(1_795_374_305_000_000_000)));
    let mut library = Library::new();
    library.add("own.tmpl", DEFAULT, &functions).expect("parses");
    let check = |text: &str, expected: &str| {
        let template = library.parse("text", text, &functions).expect("parses").with_zero_for_missing();
        let given = template.render(notification(), &Limits::MESSAGE).unwrap_or_else(|error| error.to_string());
        assert_eq!(given, expected, "{text}");
    };
    check(r#"{{ template "own.title" . }}"#, "[FIRING:2] DiskFull (page)");
    check(
        r#"{{ template "own.list" .Alerts.Firing }}"#,
        "\n- a since 19:04 alertname=DiskFull instance=a severity=page\n- b since 19:04 alertname=DiskFull instance=b severity=page",
    );
    check("{{ len .Alerts }} {{ len .Alerts.Resolved }} {{ (index .Alerts 2).Labels.instance }}", "3 1 c");
    check(
        r#"{{ (.CommonLabels.Remove (stringSlice "severity")).Names }} {{ .CommonLabels.missing }}|"#,
        "[alertname] |",
    );
    check(
        r#"{{ range $name, $value := .CommonLabels }}{{ $name }}:{{ $value }} {{ end }}"#,
        "alertname:DiskFull severity:page ",
    );
    check(
        "{{ .CommonAnnotations.summary | title }} {{ .CommonLabels }}",
        "Disk Fills Up map[alertname:DiskFull severity:page]",
    );
    check(r#"{{ (index .Alerts 0).StartsAt | tz "Asia/Seoul" | date "15:04 MST" }}"#, "04:04 KST");
    check(
        r#"{{ since (index .Alerts 0).StartsAt | humanizeDuration }} {{ since (index .Alerts 0).StartsAt }}"#,
        "1m 0s 1m0s",
    );
    check(
        r#"{{ .CommonLabels | toJson }} {{ toJson "a\"b" }}"#,
        r#"{"alertname":"DiskFull","severity":"page"} "a\"b""#,
    );
    check(
        r#"{{ reReplaceAll "D(.*)F" "$1" .GroupLabels.alertname | trimSpace }} {{ match "^Disk" .GroupLabels.alertname }}"#,
        "iskull true",
    );
    check(r#"{{ title "HELLO don't was_pod a-b 3rd" }}"#, "Hello Don't Was_pod A-B 3rd");
    check(r#"{{ now.Unix }} {{ (toDate "2006-01-02" "2026-11-28").Unix }}"#, "1795374305 1795824000");
    check(r#"{{ base64encode "a?>" }} {{ base64decode "YT8-" }}"#, "YT8- a?>");
    check(
        r#"{{ $l := list 1 "a" }}{{ $l = append $l 2 }}{{ len $l }} {{ (dict "k" "v" "n" 1).k }} {{ dict "b" 1 | toJson }}"#,
        r#"3 v {"b":1}"#,
    );
    check(
        r#"{{ .Alerts.Nonsense }}"#,
        r#"template: text:1:10: executing "text" at <.Alerts.Nonsense>: can't evaluate field Nonsense in type interface {}"#,
    );
    check(
        r#"{{ template "absent" . }}"#,
        r#"template: text:1:12: executing "text" at <{{template "absent" .}}>: template "absent" not defined"#,
    );
    check(
        r#"{{ (index .Alerts 0).StartsAt | tz "Mars/Base" }}"#,
        r#"template: text:1:32: executing "text" at <tz "Mars/Base">: error calling tz: unknown time zone Mars/Base"#,
    );
}
