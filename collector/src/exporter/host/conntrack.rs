//! Tracked connections, from `/proc/sys/net/netfilter`. A kernel without connection tracking has none.

use super::source::{Problem, read_number};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let folder = reading.roots.proc.join("sys/net/netfilter");
    let entries = read_number(&folder.join("nf_conntrack_count"))?;
    let limit = read_number(&folder.join("nf_conntrack_max"))?;
    let help = "Number of currently allocated flow entries for connection tracking.";
    page.single("node_nf_conntrack_entries", Gauge, help, entries);
    page.single("node_nf_conntrack_entries_limit", Gauge, "Maximum size of connection tracking table.", limit);
    Ok(())
}
