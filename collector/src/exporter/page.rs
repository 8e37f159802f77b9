//! Writes exposition text.
//!
//! Invariant: label values and help texts are escaped here and nowhere else.

use model::metadata::MetricKind;
use model::number;

/// A page as it grows. The format's own ending is the caller's.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
}

impl Writer {
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Begins a family: its help and its type.
    pub(super) fn family(&mut self, name: &str, kind: MetricKind, help: &str) {
        // The text format calls untyped what OpenMetrics calls unknown; only the host's page, in text, has such.
        let kind = if kind == MetricKind::Unknown { "untyped" } else { kind.as_str() };
        self.text.push_str("# HELP ");
        self.text.push_str(name);
        self.text.push(' ');
        push_escaped(&mut self.text, help);
        self.text.push_str("\n# TYPE ");
        self.text.push_str(name);
        self.text.push(' ');
        self.text.push_str(kind);
        self.text.push('\n');
    }

    /// Adds a sample. A label with an empty value is written too, as node_exporter does; a scrape leaves it out.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(name);
        for (position, (label, text)) in labels.iter().enumerate() {
            self.text.push(if position == 0 { '{' } else { ',' });
            self.text.push_str(label);
            self.text.push_str("=\"");
            push_escaped(&mut self.text, text);
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        self.text.push(' ');
        number::write_decimal(&mut self.text, value);
        self.text.push('\n');
    }

    /// A family of one sample without labels.
    pub(super) fn single(&mut self, name: &str, kind: MetricKind, help: &str, value: f64) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }
}

fn push_escaped(into: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '"' => into.push_str("\\\""),
            other => into.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_exposition_text() {
        let mut page = Writer::default();
        page.family("a", MetricKind::Gauge, "some\nhelp");
        page.sample("a", &[("x", "q\"\\\n"), ("y", "")], 0.5);
        page.single("b_total", MetricKind::Counter, "B", 1e21);
        let expected = "# HELP a some\\nhelp\n# TYPE a gauge\na{x=\"q\\\"\\\\\\n\",y=\"\"} 0.5\n\
                        # HELP b_total B\n# TYPE b_total counter\nb_total 1000000000000000000000\n";
        assert_eq!(page.finish(), expected);
    }
}
