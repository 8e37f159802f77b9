//! Which kernel runs, from the system call `uname`.

use super::source::Problem;
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(_: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let uname = rustix::system::uname();
    let name = "node_uname_info";
    page.family(name, Gauge, "Labeled system information as provided by the uname system call.");
    let labels = [
        ("domainname", uname.domainname()),
        ("machine", uname.machine()),
        ("nodename", uname.nodename()),
        ("release", uname.release()),
        ("sysname", uname.sysname()),
        ("version", uname.version()),
    ];
    let labels = labels.map(|(label, text)| (label, text.to_string_lossy()));
    page.sample(name, &labels.each_ref().map(|(label, text)| (*label, text.as_ref())), 1.0);
    Ok(())
}
