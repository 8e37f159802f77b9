//! The kernel's entropy pool, from `/proc/sys/kernel/random`.

use super::source::{Problem, read_number};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let folder = reading.roots.proc.join("sys/kernel/random");
    let available = read_number(&folder.join("entropy_avail"))?;
    let size = read_number(&folder.join("poolsize"))?;
    page.single("node_entropy_available_bits", Gauge, "Bits of available entropy.", available);
    page.single("node_entropy_pool_size_bits", Gauge, "Bits of entropy pool.", size);
    Ok(())
}
