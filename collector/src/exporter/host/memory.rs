//! Memory by use, from `/proc/meminfo`: every field that the kernel tells.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let text = read(&reading.roots.proc.join("meminfo"))?;
    for (field, value) in text.lines().filter_map(field) {
        let help = format!("Memory information field {field}.");
        page.single(&format!("node_memory_{field}"), Gauge, &help, value);
    }
    Ok(())
}

/// `Active(anon):  12 kB` is the field `Active_anon_bytes`; a field without unit keeps its name.
fn field(line: &str) -> Option<(String, f64)> {
    let (name, rest) = line.split_once(':')?;
    let mut rest = rest.split_ascii_whitespace();
    let value = rest.next().and_then(number)?;
    let name = name.replace('(', "_").replace(')', "");
    match rest.next() {
        Some("kB") => Some((name + "_bytes", value * 1024.0)),
        _ => Some((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_node_exporter_names_them() {
        let check = |line, expected: Option<(&str, f64)>| {
            assert_eq!(field(line), expected.map(|(name, value)| (name.to_owned(), value)));
        };
        check("MemTotal:       16384 kB", Some(("MemTotal_bytes", 16_777_216.0)));
        check("Active(anon):    1 kB", Some(("Active_anon_bytes", 1024.0)));
        check("HugePages_Total:       3", Some(("HugePages_Total", 3.0)));
        check("nonsense", None);
    }
}
