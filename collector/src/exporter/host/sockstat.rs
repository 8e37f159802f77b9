//! Sockets by protocol, from `/proc/net/sockstat` and `sockstat6`.

use super::source::{Problem, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::Gauge;

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let folder = reading.roots.proc.join("net");
    write_protocols(page, &read(&folder.join("sockstat"))?);
    // A machine without IPv6 has no such file.
    if let Ok(text) = read(&folder.join("sockstat6")) {
        write_protocols(page, &text);
    }
    Ok(())
}

/// Lines `TCP: inuse 5 mem 3`. Memory is counted in pages.
#[expect(clippy::cast_precision_loss, reason = "a page has few bytes")]
fn write_protocols(page: &mut Writer, text: &str) {
    for (protocol, states) in text.lines().filter_map(|line| line.split_once(':')) {
        if protocol == "sockets" {
            if let Some(used) = states.trim().strip_prefix("used ").and_then(number) {
                page.single("node_sockstat_sockets_used", Gauge, "Number of IPv4 sockets in use.", used);
            }
            continue;
        }
        let mut states = states.split_ascii_whitespace();
        while let (Some(state), Some(value)) = (states.next(), states.next().and_then(number)) {
            write_state(page, protocol, state, value);
            if state == "mem" {
                write_state(page, protocol, "mem_bytes", value * procfs::page_size() as f64);
            }
        }
    }
}

fn write_state(page: &mut Writer, protocol: &str, state: &str, value: f64) {
    let name = format!("node_sockstat_{protocol}_{state}");
    page.single(&name, Gauge, &format!("Number of {protocol} sockets in state {state}."), value);
}
