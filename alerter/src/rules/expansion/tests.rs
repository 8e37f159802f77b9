//! Templates as rules use them.

use super::*;

#[test]
fn templates_see_labels_value_and_the_outside() {
    let labels = Labels::from_pairs([("instance", "db-0:9104"), ("job", "db")]);
    let external = Labels::from_pairs([("cluster", "home")]);
    let query = Arc::new(|text: &str| match text {
        "up" => Ok(vec![Sample { labels: Labels::from_pairs([("pod", "a")]), value: 3.0 }]),
        other => Err(format!("no {other}")),
    });
    let check = |text: &str, expected: &str| {
        let mut expansion = Expansion::new("A", &external, "http://belfry:9090", query.clone());
        assert_eq!(expansion.expand(text, Of { labels: &labels, value: 95.25 }), expected, "{text}");
    };
    check("plain", "plain");
    check("{{ $labels.instance }} {{ .Labels.job }}", "db-0:9104 db");
    check("{{ $labels.missing }}|{{ index $labels \"job\" }}", "|db");
    check("{{ $value }} {{ .Value | printf \"%.0f\" }} {{ $value | humanize }}", "95.25 95 95.25");
    check(
        "{{ $externalLabels.cluster }} {{ .ExternalURL }}{{ externalURL }}",
        "home http://belfry:9090http://belfry:9090",
    );
    let mut expansion = Expansion::new("A", &external, "", query.clone());
    assert_eq!(expansion.expand("{{ $value }}", Of { labels: &labels, value: f64::INFINITY }), "+Inf");
    check("{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}", "instance=db-0:9104;job=db;");
    check("{{ query \"up\" | first | value }} {{ query \"up\" | first | label \"pod\" }}", "3 a");
    check(
        "{{ query \"x\" }}",
        "<error expanding template: error executing template __alert_A: template: __alert_A:1:115: executing \
         \"__alert_A\" at <query \"x\">: error calling query: no x>",
    );
    check(
        "{{ nothing }}",
        "<error expanding template: error parsing template __alert_A: template: __alert_A:1: function \"nothing\" not \
         defined>",
    );
    assert_eq!(expand_long(&labels).len(), EXPANDED_BYTES_MAX);
}

fn expand_long(labels: &Labels) -> String {
    let empty = Labels::empty();
    let mut expansion = Expansion::new("A", &empty, "", Arc::new(|_| Ok(Vec::new())));
    expansion.expand("{{ printf \"%100000d\" 1 }}", Of { labels, value: 0.0 })
}

#[test]
fn templates_are_checked_before_they_are_needed() {
    assert_eq!(check("A", "{{ $labels.a | humanize1024 }} {{ $value }}"), Ok(()));
    let refused = check("A", "{{ $labels.a").expect_err("not closed");
    assert!(refused.starts_with("template: __alert_A:1:"), "{refused}");
}
