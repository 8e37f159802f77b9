//! Open files of the whole machine, from `/proc/sys/fs/file-nr`: allocated, unused (always 0), maximum.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let path = reading.roots.proc.join("sys/fs/file-nr");
    let text = read(&path)?;
    let numbers: Vec<f64> = text.split_ascii_whitespace().filter_map(number).collect();
    let [allocated, _, maximum] = numbers.as_slice() else {
        return Err(format!("reading {}: expected three numbers, got {:?}", path.display(), text.trim()));
    };
    page.single("node_filefd_allocated", Gauge, "File descriptor statistics: allocated.", *allocated);
    page.single("node_filefd_maximum", Gauge, "File descriptor statistics: maximum.", *maximum);
    Ok(())
}
