//! The canonical form of label sets, and what is refused.

use super::*;

fn check(pairs: &[(&str, &str)], expected: &str) {
    let labels = Labels::from_pairs(pairs.iter().copied());
    assert_eq!(labels.to_string(), expected);
    assert_eq!(Labels::from_raw(labels.as_raw()).as_ref(), Ok(&labels));
}

#[test]
fn sets_are_sorted_and_empty_values_are_absent() {
    check(&[], "{}");
    check(&[("b", "2"), ("a", "1")], r#"{a="1", b="2"}"#);
    check(&[("a", "1"), ("a", "")], "{}");
    check(&[("my.label", "q\"\n")], r#"{"my.label"="q\"\n"}"#);
    check(&[("한글", "값")], r#"{"한글"="값"}"#);
}

#[test]
fn ascending_pairs_make_the_same_set() {
    let labels = Labels::from_ascending([("a", "1"), ("b", ""), ("c", "3")]);
    assert_eq!(labels, Labels::from_pairs([("c", "3"), ("a", "1")]));
    let mut raw = String::new();
    push_raw_pair(&mut raw, "a", "1");
    push_raw_pair(&mut raw, "b", "");
    push_raw_pair(&mut raw, "c", "3");
    assert_eq!(raw.as_bytes(), labels.as_raw());
}

#[test]
fn long_texts_survive() {
    for len in [94, 95, 96, 127, 128, 16_383, 16_384, 2_100_000] {
        let value = "x".repeat(len);
        let labels = Labels::from_pairs([("a", value.as_str()), ("b", "1")]);
        assert_eq!(labels.get("a").map(str::len), Some(len));
        assert_eq!(labels.get("b"), Some("1"));
        assert_eq!(Labels::from_raw(labels.as_raw()), Ok(labels));
    }
}

#[test]
fn raw_forms_that_are_not_canonical_are_refused() {
    assert_eq!(Labels::from_raw(b"\x01a"), Err(LabelBytesError::Truncated(2)));
    assert_eq!(Labels::from_raw(b"\x01b\x011\x01a\x011"), Err(LabelBytesError::Order(4)));
    assert_eq!(Labels::from_raw(b"\x01a\x00"), Err(LabelBytesError::EmptyValue(2)));
    assert_eq!(Labels::from_raw(b"\x01\xff"), Err(LabelBytesError::NotUtf8(1)));
    assert_eq!(Labels::from_raw(b"\x60\x00\x00\x01a\x011"), Err(LabelBytesError::Truncated(0)));
}

#[test]
fn order_is_label_by_label() {
    let a = Labels::from_pairs([("a", "1")]);
    let ab = Labels::from_pairs([("a", "1"), ("b", "1")]);
    let long = Labels::from_pairs([("a", "1".repeat(200))]);
    let b = Labels::from_pairs([("b", "0")]);
    assert!(a < ab && ab < long && long < b);
}

#[test]
fn builder_sets_deletes_and_retains() {
    let mut builder = Labels::from_pairs([("a", "1"), ("b", "2"), ("c", "3")]).to_builder();
    builder.set("b", "").delete("missing").set("d", "4").retain(|name| name != "c");
    assert_eq!(builder.build().to_string(), r#"{a="1", d="4"}"#);
}
