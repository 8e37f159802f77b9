//! Which samples belong to a metric family: those with its name, and those with the suffixes of its type.

use model::metadata::MetricKind;

/// The suffixes that samples of the type may have behind the family's name.
fn suffixes(kind: MetricKind) -> &'static [&'static str] {
    match kind {
        MetricKind::Counter => &["_total", "_created"],
        MetricKind::Histogram => &["_bucket", "_count", "_sum", "_created"],
        MetricKind::GaugeHistogram => &["_bucket", "_gcount", "_gsum", "_count", "_sum"],
        MetricKind::Summary => &["_count", "_sum", "_created"],
        MetricKind::Info => &["_info"],
        MetricKind::Unknown | MetricKind::Gauge | MetricKind::StateSet => &[],
    }
}

/// Whether samples of the metric belong to the family that `# TYPE` (or `# HELP`) named.
pub fn belongs_to(metric: &str, family: &str, kind: MetricKind) -> bool {
    match metric.strip_prefix(family) {
        Some(suffix) => suffix.is_empty() || suffixes(kind).contains(&suffix),
        None => false,
    }
}

/// The metric name that a series text starts with, without looking into its braces; empty where the name is quoted.
pub fn base_name(series: &str) -> &str {
    let end = series.bytes().position(|byte| matches!(byte, b'{' | b' ' | b'\t')).unwrap_or(series.len());
    series.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_holds_its_name_and_the_suffixes_of_its_type() {
        let check = |metric: &str, family: &str, kind, expected: bool| {
            assert_eq!(belongs_to(metric, family, kind), expected, "{metric} in {family}");
        };
        check("a", "a", MetricKind::Gauge, true);
        check("a_total", "a", MetricKind::Counter, true);
        check("a_total", "a_total", MetricKind::Counter, true);
        check("a_bucket", "a", MetricKind::Histogram, true);
        check("a_bucket", "a", MetricKind::Summary, false);
        check("a_gsum", "a", MetricKind::GaugeHistogram, true);
        check("a_info", "a", MetricKind::Info, true);
        check("ab", "a", MetricKind::Gauge, false);
        check("b", "a", MetricKind::Unknown, false);
        assert_eq!(base_name("foo{a=\"1\"}"), "foo");
        assert_eq!(base_name("foo {a=\"1\"}"), "foo");
        assert_eq!(base_name("foo"), "foo");
        assert_eq!(base_name("{\"foo\"}"), "");
    }
}
