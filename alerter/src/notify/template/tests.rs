//! Alertmanager's data in templates, the users' own templates, and the default texts.

use super::*;
use crate::links::Links;
use crate::notify::for_tests::{NOW, golden, notification, pod_down, pod_up};
use crate::notify::message::{plain_subject, plain_text};
use crate::posted::PostedAlert;
use model::labels::Labels;

fn data(alerts: Vec<PostedAlert>) -> Data {
    Data::new(&notification(alerts), &Links::new("http://belfry.home:9090"))
}

fn rendered(templates: &Templates, template: &str, data: &Data) -> String {
    let template = templates.parse("text", template).expect("parses");
    text(&template, data).unwrap_or_else(|error| error)
}

#[test]
fn data_is_alertmanagers() {
    let (templates, data) = (Templates::default(), data(vec![pod_down("was-0"), pod_down("was-1"), pod_up("was-2")]));
    let check =
        |template: &str, expected: &str| assert_eq!(rendered(&templates, template, &data), expected, "{template}");
    check("{{ .Receiver }} {{ .Status }} {{ .ExternalURL }}", r"on\.call firing http://belfry.home:9090");
    check("{{ len .Alerts }} {{ len .Alerts.Firing }} {{ .Alerts.Resolved | len }}", "3 2 1");
    check("{{ .GroupLabels }} {{ .CommonLabels.SortedPairs }}", {
        "alertname=PodDown alertname=PodDown, namespace=blog-system, severity=critical"
    });
    check("{{ .CommonLabels.Names.Join \"/\" }} {{ .CommonLabels.Values | join \" \" }}", {
        "alertname/namespace/severity PodDown blog-system critical"
    });
    check("{{ .CommonLabels.Remove .GroupLabels.Names }}", "namespace=blog-system, severity=critical");
    check(r#"{{ .CommonLabels.Remove (stringSlice "alertname" "severity") }}"#, "namespace=blog-system");
    check("{{ range .CommonLabels.SortedPairs }}{{ .Name }}:{{ .Value }} {{ end }}", {
        "alertname:PodDown namespace:blog-system severity:critical "
    });
    check("{{ range $k, $v := .CommonAnnotations }}{{ $k }} {{ end }}", "description runbook_url ");
    check("[{{ .CommonLabels.pod }}{{ index .CommonLabels \"none\" }}]", "[]");
    check("{{ with .GroupLabels.Remove .GroupLabels.Names }}x{{ else }}empty{{ end }}", "empty");
    check("{{ range .Alerts }}{{ .Labels.pod }} {{ .Status }} {{ .EndsAt.IsZero }}; {{ end }}", {
        "was-0 firing true; was-1 firing true; was-2 resolved false; "
    });
    check("{{ (index .Alerts 0).Fingerprint }} {{ (index .Alerts 2).Annotations.summary }}", {
        "a3c50ca8c7bfb633 Pod was-2 is down"
    });
    check("{{ (index .Alerts 0).StartsAt }} {{ since (index .Alerts 0).StartsAt }}", {
        "2026-11-28 10:00:00 +0000 UTC 12m3s"
    });
    check(r#"{{ now | tz "Asia/Seoul" | date "15:04:05 MST" }}"#, "19:12:03 KST");
    check("{{ .GroupLabels | toJson }} {{ .GroupLabels.SortedPairs | toJson }}", {
        r#"{"alertname":"PodDown"} [{"Name":"alertname","Value":"PodDown"}]"#
    });
    check("{{ (index .Alerts 0).Nonsense }}", {
        r#"template: text:1:18: executing "text" at <0>: can't evaluate field Nonsense in type template.Alert"#
    });
}

#[test]
fn json_of_alerts_has_their_fields_in_order() {
    let data = data(vec![pod_up("was-0")]);
    let json = rendered(&Templates::default(), "{{ toJson .Alerts }}", &data);
    assert!(json.starts_with(r#"[{"status":"resolved","labels":{"alertname":"PodDown","#), "{json}");
    let end = r#""startsAt":"2026-11-28T10:00:00Z","endsAt":"2026-11-28T10:12:03Z","generatorURL":"http://belfry.home:9090/graph?g0.expr=kube_pod%20%3D%3D%200&g0.tab=1","fingerprint":"a3c50ca8c7bfb633"}]"#;
    assert!(json.ends_with(end), "{json}");
}

#[test]
fn users_templates_replace_ours() {
    let files = [
        ("/etc/belfry/a.tmpl".to_owned(), r#"{{ define "own" }}own {{ .Status }}{{ end }}hello"#.to_owned()),
        ("b.tmpl".to_owned(), r#"{{ define "__subject" }}{{ template "own" . }}{{ end }}"#.to_owned()),
    ];
    let templates = Templates::read(&files).expect("valid");
    let data = data(vec![pod_down("was-0")]);
    assert_eq!(rendered(&templates, r#"{{ template "slack.default.title" . }}"#, &data), "own firing");
    assert_eq!(rendered(&templates, r#"{{ template "a.tmpl" . }}"#, &data), "hello");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let files = [
        ("ok.tmpl".to_owned(), "{{ .Status }}".to_owned()),
        ("/etc/bad.tmpl".to_owned(), "line 1\n  {{ nonsense . }}".to_owned()),
        ("worse.tmpl".to_owned(), r#"{{ define "x" }}"#.to_owned()),
    ];
    let findings = Templates::read(&files).expect_err("two mistakes");
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            r#"/etc/bad.tmpl:2:6: template: bad.tmpl:2: function "nonsense" not defined"#,
            "worse.tmpl:1:17: template: worse.tmpl:1: unexpected EOF",
        ]
    );
    let error = check("title", "{{ .Status | nonsense }}").expect_err("no such function");
    assert_eq!(error, r#"template: title:1: function "nonsense" not defined (column 14)"#);
}

#[test]
fn the_default_texts_read_well() {
    let templates = Templates::default();
    let subject = r#"{{ template "__subject" . }}"#;
    let check = |alerts: Vec<PostedAlert>, expected: &str| {
        assert_eq!(rendered(&templates, subject, &data(alerts)), expected);
    };
    check(vec![pod_down("was-0")], "[FIRING:1] PodDown was-0 (blog-system) critical");
    check(vec![pod_down("was-0"), pod_down("was-1"), pod_up("x")], "[FIRING:2] PodDown (blog-system) critical");
    check(vec![pod_up("was-0")], "[RESOLVED] PodDown was-0 (blog-system) critical");
    let bare = |labels: &[(&str, &str)]| PostedAlert { labels: Labels::from_pairs(labels.to_vec()), ..pod_down("x") };
    check(vec![bare(&[("alertname", "NodeDown"), ("instance", "node-1:9100")])], "[FIRING:1] NodeDown node-1:9100");
    for (name, alerts) in [
        ("firing", vec![pod_down("was-0")]),
        ("resolved", vec![pod_up("was-0")]),
        ("both", vec![pod_down("was-0"), pod_up("was-1")]),
        ("many", (0..25).map(|index| pod_down(&format!("was-{index}"))).collect()),
        (
            "bare",
            vec![PostedAlert { annotations: Labels::empty(), generator_url: String::new(), ..bare(&[("a", "b")]) }],
        ),
    ] {
        let data = data(alerts);
        golden(&format!("text-{name}.txt"), &rendered(&templates, r#"{{ template "email.default.text" . }}"#, &data));
        golden(&format!("slack-{name}.txt"), &rendered(&templates, r#"{{ template "slack.default.text" . }}"#, &data));
        let template = templates.parse("html", r#"{{ template "email.default.html" . }}"#).expect("parses");
        if name != "many" {
            golden(&format!("mail-{name}.html"), &html(&template, &data).expect("renders"));
        }
    }
}

#[test]
fn html_escapes_what_alerts_say() {
    let mut alert = pod_down("<b>was</b>");
    alert.generator_url = "javascript:alert(1)".to_owned();
    let data = data(vec![alert]);
    let template = Templates::default().parse("html", r#"{{ template "email.default.html" . }}"#).expect("parses");
    let html = html(&template, &data).expect("renders");
    assert!(html.contains("Pod &lt;b&gt;was&lt;/b&gt; is down"), "{html}");
    assert!(html.contains(r##"<a href="#ZgotmplZ""##), "{html}");
    assert!(!html.contains("<b>"), "{html}");
}

#[test]
fn colors_tell_how_bad_it_is() {
    let color = |severity: &str, resolved: bool| {
        let mut alert = if resolved { pod_up("a") } else { pod_down("a") };
        alert.labels = Labels::from_pairs([("alertname", "X"), ("severity", severity)]);
        rendered(&Templates::default(), r#"{{ template "slack.default.color" . }}"#, &data(vec![alert]))
    };
    assert_eq!(color("critical", false), "danger");
    assert_eq!(color("", false), "danger");
    assert_eq!(color("Warning", false), "warning");
    assert_eq!(color("info", false), "#439fe0");
    assert_eq!(color("critical", true), "good");
}

#[test]
fn a_plain_text_names_alerts_and_reason() {
    let data = data((0..22).map(|index| pod_down(&format!("was-{index}"))).chain([pod_up("gone")]).collect());
    assert_eq!(plain_subject(&data), "[FIRING:22] PodDown");
    golden("plain.txt", &plain_text(&data, "template: title:1:2: it broke"));
    assert_eq!(data.now, NOW);
}
