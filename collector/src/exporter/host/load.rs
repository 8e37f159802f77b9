//! Load averages, from `/proc/loadavg`.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let path = reading.roots.proc.join("loadavg");
    let text = read(&path)?;
    let loads: Vec<f64> = text.split_ascii_whitespace().take(3).filter_map(number).collect();
    let [one, five, fifteen] = loads.as_slice() else {
        return Err(format!("reading {}: expected three numbers, got {:?}", path.display(), text.trim()));
    };
    page.single("node_load1", Gauge, "1m load average.", *one);
    page.single("node_load15", Gauge, "15m load average.", *fifteen);
    page.single("node_load5", Gauge, "5m load average.", *five);
    Ok(())
}
