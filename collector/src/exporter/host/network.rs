//! Traffic of each network interface, from `/proc/net/dev`.

use super::source::{Problem, number, read, read_number};
use super::{Reading, Writer};
use model::metadata::MetricKind::Counter;

/// The kernel's columns, under the names of the families.
const COLUMNS: [&str; 16] = [
    "receive_bytes",
    "receive_packets",
    "receive_errs",
    "receive_drop",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errs",
    "transmit_drop",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed",
];

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let text = read(&reading.roots.proc.join("net/dev"))?;
    let interfaces: Vec<(&str, Vec<f64>)> = text.lines().filter_map(interface).collect();
    for (column, statistic) in COLUMNS.iter().enumerate() {
        let told = interfaces.iter().filter_map(|(device, values)| Some((*device, *values.get(column)?)));
        write_family(page, statistic, told);
    }
    let without_handler = |device: &str| {
        read_number(&reading.roots.sys.join("class/net").join(device).join("statistics/rx_nohandler")).ok()
    };
    let told = interfaces.iter().filter_map(|(device, _)| Some((*device, without_handler(device)?)));
    write_family(page, "receive_nohandler", told);
    Ok(())
}

fn write_family<'a>(page: &mut Writer, statistic: &str, told: impl Iterator<Item = (&'a str, f64)>) {
    let name = format!("node_network_{statistic}_total");
    page.family(&name, Counter, &format!("Network device statistic {statistic}."));
    for (device, value) in told {
        page.sample(&name, &[("device", device)], value);
    }
}

/// `eth0: 1 2 3 ...`; the two heading lines hold no colon.
fn interface(line: &str) -> Option<(&str, Vec<f64>)> {
    let (device, columns) = line.rsplit_once(':')?;
    Some((device.trim(), columns.split_ascii_whitespace().filter_map(number).collect()))
}
