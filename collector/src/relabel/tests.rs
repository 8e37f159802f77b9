//! Table tests of the actions, in the notation of the config.

use super::*;
use crate::config::NameScheme;
use model::labels::Labels;

const INPUT: &[(&str, &str)] = &[("a", "foo"), ("b", "bar"), ("c", "baz")];

fn draft(yaml: &str) -> Draft {
    let mut draft = Draft::default();
    for (key, value) in yaml.split(", ").filter_map(|field| field.split_once(": ")) {
        let text = Some(value.to_owned());
        match key {
            "action" => draft.action = Some(Action::from_name(value).expect(value)),
            "source" => draft.source_labels = value.split(' ').map(str::to_owned).collect(),
            "separator" => draft.separator = text,
            "regex" => draft.regex = text,
            "modulus" => draft.modulus = value.parse().ok(),
            "target" => draft.target_label = text,
            "replacement" => draft.replacement = if value == "''" { Some(String::new()) } else { text },
            other => panic!("unknown field {other}"),
        }
    }
    draft
}

fn check(input: &[(&str, &str)], rules: &[&str], expected: Option<&[(&str, &str)]>) {
    let compiled: Vec<Rule> = rules.iter().map(|rule| Rule::new(draft(rule), NameScheme::Utf8).expect(rule)).collect();
    let mut builder = Labels::from_pairs(input.iter().copied()).to_builder();
    let kept = apply(&compiled, &mut builder).then(|| builder.build());
    assert_eq!(kept, expected.map(|pairs| Labels::from_pairs(pairs.iter().copied())), "{rules:?}");
}

#[test]
fn replace_fills_its_templates() {
    let with = |name: &'static str, value: &'static str| {
        let mut pairs = INPUT.to_vec();
        pairs.push((name, value));
        pairs
    };
    check(INPUT, &["source: a, regex: f(.*), target: d, replacement: ch${1}-ch${1}"], Some(&with("d", "choo-choo")));
    check(INPUT, &["source: a b, regex: (.*);(.*), target: d, replacement: $2$$$1"], Some(&with("d", "bar$foo")));
    check(INPUT, &["source: a b, separator: /, target: d"], Some(&with("d", "foo/bar")));
    check(INPUT, &["source: a, regex: f(?P<rest>.*), target: d, replacement: ${rest}!"], Some(&with("d", "oo!")));
    check(INPUT, &["source: a, regex: (f)(x)?.*, target: d, replacement: $1$2$7"], Some(&with("d", "f")));
    check(INPUT, &["source: a, target: ${1}_x"], Some(&with("foo_x", "foo")));
    check(INPUT, &["target: d, replacement: fixed"], Some(&with("d", "fixed")));
    check(INPUT, &["source: missing, target: d, replacement: fixed"], Some(&with("d", "fixed")));
}

#[test]
fn replace_that_does_not_match_changes_nothing_and_an_empty_result_deletes() {
    check(INPUT, &["source: a, regex: x(.*), target: d, replacement: y"], Some(INPUT));
    check(INPUT, &["source: a, regex: o, target: d"], Some(INPUT));
    check(INPUT, &["source: a, regex: .*, target: b, replacement: ''"], Some(&[("a", "foo"), ("c", "baz")]));
    check(INPUT, &["source: a, regex: f(x)?oo, target: b, replacement: $1"], Some(&[("a", "foo"), ("c", "baz")]));
}

#[test]
fn keep_and_drop_decide() {
    check(INPUT, &["source: a, regex: f.*, action: keep"], Some(INPUT));
    check(INPUT, &["source: a, regex: f, action: keep"], None);
    check(INPUT, &["source: a b, regex: foo;bar, action: drop"], None);
    check(INPUT, &["source: a, regex: f, action: drop"], Some(INPUT));
    check(INPUT, &["source: missing, regex: .+, action: keep"], None);
    check(INPUT, &["source: a, target: b, action: keepequal"], None);
    check(&[("a", "x"), ("b", "x")], &["source: a, target: b, action: keepequal"], Some(&[("a", "x"), ("b", "x")]));
    check(&[("a", "x"), ("b", "x")], &["source: a, target: b, action: dropequal"], None);
    check(INPUT, &["source: missing, target: gone, action: dropequal"], None);
}

#[test]
fn later_rules_see_what_earlier_ones_did() {
    check(
        &[("a", "foo")],
        &["source: a, target: b", "source: b, regex: foo, target: c, replacement: seen", "regex: b, action: labeldrop"],
        Some(&[("a", "foo"), ("c", "seen")]),
    );
    check(INPUT, &["source: a, regex: foo, action: drop", "target: d, replacement: never"], None);
}

#[test]
fn names_are_mapped_dropped_and_kept() {
    check(
        &[("__meta_x_one", "1"), ("__meta_x_two", "2"), ("z", "9")],
        &["regex: __meta_x_(.+), action: labelmap", "regex: __meta.*, action: labeldrop"],
        Some(&[("one", "1"), ("two", "2"), ("z", "9")]),
    );
    check(INPUT, &["regex: a|c, action: labelkeep"], Some(&[("a", "foo"), ("c", "baz")]));
    check(INPUT, &["regex: (a), action: labelmap, replacement: my_${1}_x"], {
        Some(&[("a", "foo"), ("b", "bar"), ("c", "baz"), ("my_a_x", "foo")])
    });
}

#[test]
fn case_and_hash_as_prometheus() {
    check(&[("a", "FoÖ")], &["source: a, target: b, action: lowercase"], Some(&[("a", "FoÖ"), ("b", "foö")]));
    check(&[("a", "foö")], &["source: a, target: b, action: uppercase"], Some(&[("a", "foö"), ("b", "FOÖ")]));
    // md5("foo") = acbd18db4cc2f85cedef654fccc4a4d8; 0xedef654fccc4a4d8 mod 1000 = 696.
    check(
        &[("a", "foo")],
        &["source: a, target: d, modulus: 1000, action: hashmod"],
        Some(&[("a", "foo"), ("d", "696")]),
    );
    check(&[("a", "foo\nbar")], &["source: a, target: d, modulus: 1000, action: hashmod"], {
        Some(&[("a", "foo\nbar"), ("d", "734")])
    });
}

#[test]
fn an_expression_spans_lines() {
    check(
        &[("a", "x\ny")],
        &["source: a, regex: x.y, target: b, replacement: hit"],
        Some(&[("a", "x\ny"), ("b", "hit")]),
    );
}

#[test]
fn refusals_are_in_prometheus_words() {
    let check = |rule: &str, scheme: NameScheme, expected: &str| {
        assert_eq!(Rule::new(draft(rule), scheme).map(|_| ()), Err(expected.to_owned()), "{rule}");
    };
    let (utf8, legacy) = (NameScheme::Utf8, NameScheme::Legacy);
    check("action: hashmod, target: d", utf8, "relabel configuration for hashmod requires non-zero modulus");
    check("source: a", utf8, "relabel configuration for replace action requires 'target_label' value");
    check("target: a-b", legacy, "\"a-b\" is invalid 'target_label' for replace action");
    check("target: ${1}-b", legacy, "\"${1}-b\" is invalid 'target_label' for replace action");
    check("target: a.b, action: lowercase", legacy, "\"a.b\" is invalid 'target_label' for lowercase action");
    check("target: a, replacement: x, action: uppercase", utf8, "'replacement' can not be set for uppercase action");
    check("replacement: a-b, action: labelmap", legacy, "\"a-b\" is invalid 'replacement' for labelmap action");
    check(
        "source: a, regex: a, action: labeldrop",
        utf8,
        "labeldrop action requires only 'regex', and no other fields",
    );
    check("source: a, target: b, regex: x, action: keepequal", utf8, {
        "keepequal action requires only 'source_labels' and `target_label`, and no other fields"
    });
    assert_eq!(Action::from_name("Repl"), Err("unknown relabel action \"Repl\"".to_owned()));
    assert_eq!(Action::from_name("HashMod"), Ok(Action::HashMod));
    assert!(Rule::new(draft("target: ${1}_b"), legacy).is_ok());
    assert!(Rule::new(draft("target: a-b"), utf8).is_ok());
}
