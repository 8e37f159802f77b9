//! Which operating system runs, from `/etc/os-release`.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

/// The fields that become labels, all of them always there.
const LABELS: [(&str, &str); 12] = [
    ("build_id", "BUILD_ID"),
    ("id", "ID"),
    ("id_like", "ID_LIKE"),
    ("image_id", "IMAGE_ID"),
    ("image_version", "IMAGE_VERSION"),
    ("name", "NAME"),
    ("pretty_name", "PRETTY_NAME"),
    ("variant", "VARIANT"),
    ("variant_id", "VARIANT_ID"),
    ("version", "VERSION"),
    ("version_codename", "VERSION_CODENAME"),
    ("version_id", "VERSION_ID"),
];

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let root = &reading.roots.root;
    let text = read(&root.join("etc/os-release")).or_else(|_| read(&root.join("usr/lib/os-release")))?;
    let help = "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, \
                pretty_name, variant, variant_id, version, version_codename, version_id.";
    page.family("node_os_info", Gauge, help);
    page.sample("node_os_info", &LABELS.map(|(label, field)| (label, value(&text, field))), 1.0);
    if let Some(version) = major_and_minor(value(&text, "VERSION_ID")) {
        page.family("node_os_version", Gauge, "Metric containing the major.minor part of the OS version.");
        let labels = [("id", value(&text, "ID")), ("id_like", value(&text, "ID_LIKE")), ("name", value(&text, "NAME"))];
        page.sample("node_os_version", &labels, version);
    }
    Ok(())
}

/// The value of a field without its quotes; empty where it is not told.
fn value<'a>(text: &'a str, field: &str) -> &'a str {
    let value = text.lines().find_map(|line| line.trim().strip_prefix(field)?.strip_prefix('='));
    value.map_or("", |value| value.trim_matches(['"', '\'']))
}

/// `12` of `12`, `22.04` of `22.04.3`.
fn major_and_minor(version: &str) -> Option<f64> {
    let end = version.match_indices('.').nth(1).map_or(version.len(), |(end, _)| end);
    version.get(..end).and_then(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_versions_are_read() {
        let text = "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID='22.04.3'\n";
        assert_eq!(value(text, "NAME"), "Debian GNU/Linux");
        assert_eq!(value(text, "ID"), "debian");
        assert_eq!(value(text, "VERSION"), "");
        assert_eq!(major_and_minor(value(text, "VERSION_ID")), Some(22.04));
        assert_eq!(major_and_minor("12"), Some(12.0));
        assert_eq!(major_and_minor(""), None);
    }
}
