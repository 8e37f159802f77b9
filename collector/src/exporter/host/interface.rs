//! Properties of each network interface, from `/sys/class/net`. What an interface does not tell is left out.

use super::source::{Problem, names, number, read};
use super::{Reading, Writer};
use model::metadata::MetricKind::{self, Counter, Gauge};
use std::path::Path;

/// The bit of `flags` that says that the interface is switched on.
const IFF_UP: u64 = 1;
/// Bytes a second in one Mbit/s, the unit of `speed`.
const MBIT_BYTES: f64 = 125_000.0;

/// A file of an interface and the family that it becomes.
type Property = (&'static str, &'static str, MetricKind);

const PROPERTIES: [Property; 17] = [
    ("addr_assign_type", "address_assign_type", Gauge),
    ("carrier", "carrier", Gauge),
    ("carrier_changes", "carrier_changes_total", Counter),
    ("carrier_down_count", "carrier_down_changes_total", Counter),
    ("carrier_up_count", "carrier_up_changes_total", Counter),
    ("dev_id", "device_id", Gauge),
    ("dormant", "dormant", Gauge),
    ("flags", "flags", Gauge),
    ("ifindex", "iface_id", Gauge),
    ("iflink", "iface_link", Gauge),
    ("link_mode", "iface_link_mode", Gauge),
    ("mtu", "mtu_bytes", Gauge),
    ("name_assign_type", "name_assign_type", Gauge),
    ("netdev_group", "net_dev_group", Gauge),
    ("speed", "speed_bytes", Gauge),
    ("tx_queue_len", "transmit_queue_length", Gauge),
    ("type", "protocol_type", Gauge),
];

pub(super) fn write(reading: &Reading<'_>, page: &mut Writer) -> Result<(), Problem> {
    let folder = reading.roots.sys.join("class/net");
    let mut interfaces = names(&folder)?;
    // Beside the interfaces stand files, such as bonding_masters.
    interfaces.retain(|name| folder.join(name).is_dir());
    write_states(page, &folder, &interfaces);
    for (file, suffix, kind) in PROPERTIES {
        let told: Vec<(&str, f64)> =
            interfaces.iter().filter_map(|name| Some((name.as_str(), property(&folder.join(name), file)?))).collect();
        if told.is_empty() {
            continue;
        }
        let name = format!("node_network_{suffix}");
        page.family(&name, kind, &format!("Network device property: {suffix}"));
        for (device, value) in told {
            page.sample(&name, &[("device", device)], value);
        }
    }
    Ok(())
}

fn property(interface: &Path, file: &str) -> Option<f64> {
    let text = text(interface, file)?;
    let value = hexadecimal(&text).or_else(|| number(&text))?;
    Some(if file == "speed" { value * MBIT_BYTES } else { value })
}

#[expect(clippy::cast_precision_loss, reason = "flags and ids have few bits")]
fn hexadecimal(text: &str) -> Option<f64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok().map(|value| value as f64)
}

/// A property's text; `None` where the kernel does not tell it, as for the carrier of an interface that is down.
fn text(interface: &Path, file: &str) -> Option<String> {
    read(&interface.join(file)).ok().map(|text| text.trim().to_owned())
}

fn write_states(page: &mut Writer, folder: &Path, interfaces: &[String]) {
    let name = "node_network_info";
    page.family(name, Gauge, "Non-numeric data from /sys/class/net/<iface>, value is always 1.");
    for device in interfaces {
        let text = |file: &str| text(&folder.join(device), file).unwrap_or_default();
        let flags = text("flags").strip_prefix("0x").and_then(|flags| u64::from_str_radix(flags, 16).ok());
        let admin_state = match flags {
            Some(flags) if flags & IFF_UP != 0 => "up",
            Some(_) => "down",
            None => "unknown",
        };
        let labels = [
            ("address", text("address")),
            ("adminstate", admin_state.to_owned()),
            ("broadcast", text("broadcast")),
            ("device", device.clone()),
            ("duplex", text("duplex")),
            ("ifalias", text("ifalias")),
            ("operstate", text("operstate")),
        ];
        page.sample(name, &labels.each_ref().map(|(name, value)| (*name, value.as_str())), 1.0);
    }
    let name = "node_network_up";
    page.family(name, Gauge, "Value is 1 if operstate is 'up', 0 otherwise.");
    for device in interfaces {
        let is_up = text(&folder.join(device), "operstate").is_some_and(|state| state == "up");
        page.sample(name, &[("device", device)], f64::from(u8::from(is_up)));
    }
}
